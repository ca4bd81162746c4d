//! C1 for one image: 5x5 convolution of the one input map into six (p. 7), by minimal filtering.
//!
//! The equation, for output map `o`:
//!
//! ```text
//! a[o][y][x] = b[o] + sum over u, v of w[o][u][v] * in[y + u][x + v]
//!
//! for each o, for u in 0..5, for v in 0..5, for y, for x:
//!     a[o][y][x] += w[o][u][v] * in[y + u][x + v]
//! ```
//!
//! (C3 has its 16 maps in the lanes, see [`super::winograd`]; six maps would leave most lanes empty.) What the fast version changes,
//! and why:
//!
//! 1. **Four rows at a time from eight rows at eight points**, 40 products in place of 100
//!    ([`tile::winograd`](crate::kernels::tile::winograd) has the algebra). A point's row of inputs is computed once and meets all six
//!    maps. The gradient of the weights takes two rows of gradients from six rows at six points.
//! 2. **Columns are in the lanes**, and kernel column `v` reads the row from `v` on:
//!
//!    ```text
//!    a row at point p    x0 x1 x2 x3 ... x15 | x16 ... x31        28 outputs take two vectors of 16 and leave 4 lanes without one
//!    v = 0               ^------ 16 ------^    ^-- 16 --^
//!    v = 1                  ^------ 16 ------^    ^-- 16 --^
//!    ```
//!
//!    What the last four lanes hold has no meaning. It is stored over the beginning of the next row, which is written later, or
//!    behind the last row, where [`MAP`] leaves room.
//! 3. **Two vectors of all six maps stay in registers** while the five columns of the kernels pass by.
//! 4. **The gradient of the weights** keeps the five columns of `M` maps at one point in registers, for all rows, and sums up the
//!    lanes of all of them together at the end.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::KERNEL;
use crate::kernels::tile::winograd::two::{EVALUATED, ONE, POINTS, gradient_at};
use crate::kernels::tile::winograd::{Form, column};

/// Maps of C1.
const MAPS: usize = 6;
/// Rows and columns of a map of C1.
const SIDE: usize = 28;
/// Columns of the input, and floats of one of its rows at a point.
pub(crate) const WIDTH: usize = 32;
/// Floats from a map of C1 to the next.
pub(crate) const MAP: usize = SIDE * SIDE + 16;
/// 1 where a row has a position, 0 behind its end.
const POSITIONS: [f32; WIDTH] = {
    let (mut positions, mut x) = ([0.0; WIDTH], 0);
    while x < SIDE {
        positions[x] = 1.0;
        x += 1;
    }
    positions
};

/// Pre-activations of `F::ROWS` rows of all maps.
///
/// `points`: rows of the input, `[point][WIDTH]` and more; `kernels`: `[map][point][v]`; `sums`: work space, `[point][map][2]`
/// vectors; `rows`: the rows in the first map, `MAP` floats from those in the next.
#[simd]
pub(crate) fn forward_rows<S: Simd, F: Form>(
    simd: S,
    points: &[f32],
    kernels: &[f32],
    biases: &[f32],
    sums: &mut [f32],
    rows: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let (kernels, biases) = (&kernels[..MAPS * F::EVALUATED], &biases[..MAPS]);
    let sums = &mut sums[..F::POINTS * MAPS * 2 * lanes];
    // From the right to the left, since what is behind the end of a row lies over the next one.
    for first in (0..WIDTH).step_by(2 * lanes).rev() {
        for (p, sums) in sums.chunks_exact_mut(MAPS * 2 * lanes).enumerate() {
            let mut a = [[S::f32s::splat(simd, 0.0); 2]; MAPS];
            if p == ONE {
                // Every output has the sum at 1 among its terms, with the factor 1.
                for o in 0..MAPS {
                    a[o] = [S::f32s::splat(simd, biases[o]); 2];
                }
            }
            for v in 0..KERNEL {
                let row = &points[p * WIDTH + first + v..][..2 * lanes];
                let x = [S::f32s::from_slice(simd, &row[..lanes]), S::f32s::from_slice(simd, &row[lanes..])];
                for o in 0..MAPS {
                    let w = S::f32s::splat(simd, kernels[o * F::EVALUATED + p * KERNEL + v]);
                    for j in 0..2 {
                        a[o][j] = x[j].mul_add(w, a[o][j]);
                    }
                }
            }
            for o in 0..MAPS {
                for j in 0..2 {
                    a[o][j].store_slice(&mut sums[(2 * o + j) * lanes..][..lanes]);
                }
            }
        }
        for o in 0..MAPS {
            let rows = &mut rows[o * MAP + first..];
            let y = [0, 1].map(|j| F::outputs::<S>(simd, &column::<S, F>(simd, sums, MAPS * 2, 2 * o + j)));
            for r in 0..F::ROWS {
                for j in 0..2 {
                    y[j][r].store_slice(&mut rows[r * SIDE + j * lanes..][..lanes]);
                }
            }
        }
    }
}

/// The gradient of the kernels of `M` maps from map `o` on at point `P`, apart by lane.
///
/// `points`: the input, `[pair of rows][point][WIDTH]` and more; `d`: the gradients of the pre-activations, `[map][MAP]`; `sums`:
/// `[map][point][v]` vectors.
#[simd]
pub(crate) fn weight_gradient_at<S: Simd, const P: usize, const M: usize>(
    simd: S,
    points: &[f32],
    d: &[f32],
    o: usize,
    sums: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let mut a = [[S::f32s::splat(simd, 0.0); KERNEL]; M];
    for m in 0..SIDE / 2 {
        for first in (0..SIDE).step_by(lanes) {
            let mut e = [S::f32s::splat(simd, 0.0); M];
            for k in 0..M {
                let rows = &d[(o + k) * MAP + 2 * m * SIDE + first..][..SIDE + lanes];
                let pair = [&rows[..lanes], &rows[SIDE..]].map(|row| S::f32s::from_slice(simd, row));
                e[k] = gradient_at::<S, P>(simd, pair[0], pair[1]);
                if first + lanes > SIDE {
                    e[k] *= S::f32s::from_slice(simd, &POSITIONS[first..first + lanes]);
                }
            }
            let row = &points[(m * POINTS + P) * WIDTH + first..][..lanes + KERNEL - 1];
            for v in 0..KERNEL {
                let x = S::f32s::from_slice(simd, &row[v..v + lanes]);
                for k in 0..M {
                    a[k][v] = x.mul_add(e[k], a[k][v]);
                }
            }
        }
    }
    for k in 0..M {
        for v in 0..KERNEL {
            let at = ((o + k) * EVALUATED + P * KERNEL + v) * lanes;
            a[k][v].store_slice(&mut sums[at..at + lanes]);
        }
    }
}
