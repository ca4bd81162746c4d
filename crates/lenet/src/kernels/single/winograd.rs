//! C3 for one image with fewer products: minimal filtering as for tiles, with output maps in the lanes.
//!
//! [`tile::winograd`](crate::kernels::tile::winograd) says what is computed: the kernels `D w`, rows of inputs `B x` and rows of gradients
//! `E d` are multiplied point by point. Of ten rows the states of twice four take eight points, 40 products in place of 100; those of the
//! last two rows, and the gradients of kernels, take six for two rows, 30 in place of 50. Here a lane is an output map:
//!
//! ```text
//!                lanes                 multiplied as
//! D w            output maps           a vector for each input map, point and column of the kernel; 0 without a connection
//! B x            columns of a row      a number that is broadcast
//! E d            output maps           a vector for each position
//! ```
//!
//! B x is cheap, since it is computed with columns in the lanes: 132 rows for the whole of S2. Forward, the walk is that of the tiles.
//! The gradient of the kernels keeps the sums of `U` input maps at one point in registers, so that a vector of E d that is loaded
//! meets all of them, and is turned back by D^T once at the end. The gradient of the inputs has columns in the lanes, see
//! [`super::inputs`].

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::tile::convolution::{MAPS, kernel_row, products};
use crate::kernels::tile::winograd::two::{EVALUATED, ONE, POINTS, gradient_at, kernel_from_points};
use crate::kernels::tile::winograd::{Form, MOST, at_points, column};
use crate::kernels::{KERNEL, TAPS, squash};

/// Floats from a row of B x to the next: as many as the vectors that cover a row of S2, on every level.
pub(crate) const STRIDE: usize = 16;
/// Half of the columns of C3: two halves are unrolled where a whole row is not.
const X: usize = 5;

/// D w: `kernels` `[..][5][5][lane]` at the points, `[..][point][v][lane]`.
#[simd]
pub(crate) fn evaluate_kernels<S: Simd, F: Form>(simd: S, kernels: &[f32], evaluated: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let splat = |value: f32| S::f32s::splat(simd, value);
    let evaluated = evaluated.chunks_exact_mut(F::EVALUATED * lanes);
    for (w, out) in kernels.chunks_exact(TAPS * lanes).zip(evaluated) {
        for v in 0..KERNEL {
            let mut column = [splat(0.0); KERNEL];
            for u in 0..KERNEL {
                column[u] = S::f32s::from_slice(simd, &w[(u * KERNEL + v) * lanes..][..lanes]);
            }
            let values = F::kernel(column, |factor, x| x * splat(factor));
            for p in 0..F::POINTS {
                values[p].store_slice(&mut out[(p * KERNEL + v) * lanes..][..lanes]);
            }
        }
    }
}

/// D^T: the gradients of kernels, `[..][5][5][lane]`, from those at the points, `[..][point][v][lane]`.
#[simd]
pub(crate) fn kernel_gradients<S: Simd>(simd: S, evaluated: &[f32], kernels: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let splat = |value: f32| S::f32s::splat(simd, value);
    for (r, d_w) in evaluated.chunks_exact(EVALUATED * lanes).zip(kernels.chunks_exact_mut(TAPS * lanes)) {
        for v in 0..KERNEL {
            let mut values = [splat(0.0); POINTS];
            for p in 0..POINTS {
                let at = (p * KERNEL + v) * lanes;
                values[p] = S::f32s::from_slice(simd, &r[at..at + lanes]);
            }
            let column = kernel_from_points(values, |factor, x| x * splat(factor));
            for u in 0..KERNEL {
                column[u].store_slice(&mut d_w[(u * KERNEL + v) * lanes..][..lanes]);
            }
        }
    }
}

/// B x of the rows from `y` on, as many as `F` needs, of all `maps` of `side` columns: `[point][map][ROW]`, `ROW` a multiple of 16.
///
/// What stands behind the `side` columns of a row is of no meaning. `x`: `[map][side][side]`, and slack.
#[simd]
pub(crate) fn evaluate_inputs<S: Simd, F: Form, const ROW: usize>(
    simd: S,
    x: &[f32],
    maps: usize,
    side: usize,
    y: usize,
    points: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let points = &mut points[..F::POINTS * maps * ROW];
    for i in 0..maps {
        for first in (0..ROW).step_by(lanes) {
            let mut rows = [S::f32s::splat(simd, 0.0); MOST];
            for r in 0..F::POINTS {
                let at = (i * side + y + r) * side + first;
                rows[r] = S::f32s::from_slice(simd, &x[at..at + lanes]);
            }
            let at_points = at_points::<S, F>(simd, &rows);
            for p in 0..F::POINTS {
                let at = (p * maps + i) * ROW + first;
                at_points[p].store_slice(&mut points[at..at + lanes]);
            }
        }
    }
}

/// What is done while C3 is computed, in small steps.
pub(crate) trait Meanwhile<S: Simd> {
    fn step(&mut self, simd: S);
}

/// States of `F::ROWS` rows of ten positions, of as many of C3's maps as there are lanes, from `maps` input maps.
///
/// `points`: what [`evaluate_inputs`] leaves; `kernels`: `[map][point][v][lane]`; `sums`: work space, ten vectors for each point;
/// `rows`: `[row][10][lane]`.
#[inline(always)]
pub(crate) fn forward_rows<S: Simd, F: Form>(
    simd: S,
    points: &[f32],
    maps: usize,
    kernels: &[f32],
    bias: S::f32s,
    sums: &mut [f32],
    rows: &mut [f32],
    meanwhile: &mut impl Meanwhile<S>,
) {
    let lanes = S::f32s::LEN;
    let (kernels, points) = (&kernels[..maps * F::EVALUATED * lanes], &points[..F::POINTS * maps * STRIDE]);
    let (sums, rows) = (&mut sums[..F::POINTS * 2 * X * lanes], &mut rows[..F::ROWS * 2 * X * lanes]);
    for (p, sums) in sums.chunks_exact_mut(2 * X * lanes).enumerate() {
        // Every output has the sum at 1 among its terms, with the factor 1.
        let start = if p == ONE { bias } else { S::f32s::splat(simd, 0.0) };
        let mut left = [start; X];
        let mut right = left;
        for (i, kernel) in kernels.chunks_exact(F::EVALUATED * lanes).enumerate() {
            let row = &points[(p * maps + i) * STRIDE..][..STRIDE];
            let w = kernel_row::<S, MAPS>(simd, kernel, p);
            products::<S, MAPS, X>(simd, row, &w, &mut left);
            products::<S, MAPS, X>(simd, &row[X..], &w, &mut right);
            meanwhile.step(simd);
        }
        for j in 0..X {
            left[j].store_slice(&mut sums[j * lanes..][..lanes]);
            right[j].store_slice(&mut sums[(X + j) * lanes..][..lanes]);
        }
    }
    for j in 0..2 * X {
        let y = F::outputs::<S>(simd, &column::<S, F>(simd, sums, 2 * X, j));
        for r in 0..F::ROWS {
            squash::squash::<S>(simd, y[r]).store_slice(&mut rows[(r * 2 * X + j) * lanes..][..lanes]);
        }
    }
}

/// Row `P` of E d for all pairs of rows: `d` `[pair][2][outside]` gradients, `point` `[pair][outside]`.
#[simd]
pub(crate) fn evaluate_gradients_at<S: Simd, const P: usize>(
    simd: S,
    d: &[f32],
    outside: usize,
    point: &mut [f32],
) {
    let (lanes, row) = (S::f32s::LEN, outside * S::f32s::LEN);
    for (d, point) in d.chunks_exact(2 * row).zip(point.chunks_exact_mut(row)) {
        let (upper, lower) = d.split_at(row);
        let pairs = upper.chunks_exact(lanes).zip(lower.chunks_exact(lanes));
        for ((upper, lower), point) in pairs.zip(point.chunks_exact_mut(lanes)) {
            let d = [S::f32s::from_slice(simd, upper), S::f32s::from_slice(simd, lower)];
            gradient_at::<S, P>(simd, d[0], d[1]).store_slice(point);
        }
    }
}

/// The gradients of kernels at point `p`, for `U` of `maps` input maps from map `i` on: `d` `[pair][outside]` vectors at the point,
/// `points` as [`evaluate_inputs`] leaves them for one pair of rows after the other, `sums` `[map][point][v]` vectors. `X` columns at a time; `X` divides `outside`.
#[simd]
pub(crate) fn kernel_gradient_at<S: Simd, const X: usize, const U: usize>(
    simd: S,
    points: &[f32],
    maps: usize,
    [p, i]: [usize; 2],
    d: &[f32],
    outside: usize,
    sums: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let mut a = [[S::f32s::splat(simd, 0.0); KERNEL]; U];
    let pairs = points.chunks_exact(POINTS * maps * STRIDE);
    for (points, d) in pairs.zip(d.chunks_exact(outside * lanes)) {
        let rows = &points[(p * maps + i) * STRIDE..][..U * STRIDE];
        for (block, d) in d.chunks_exact(X * lanes).enumerate() {
            let mut columns = [S::f32s::splat(simd, 0.0); X];
            for j in 0..X {
                columns[j] = S::f32s::from_slice(simd, &d[j * lanes..][..lanes]);
            }
            for u in 0..U {
                let row = &rows[u * STRIDE + block * X..][..X + KERNEL - 1];
                for c in 0..X + KERNEL - 1 {
                    let x = S::f32s::splat(simd, row[c]);
                    for v in 0..KERNEL {
                        if c >= v && c - v < X {
                            a[u][v] = x.mul_add(columns[c - v], a[u][v]);
                        }
                    }
                }
            }
        }
    }
    for u in 0..U {
        for v in 0..KERNEL {
            let at = ((i + u) * EVALUATED + p * KERNEL + v) * lanes;
            a[u][v].store_slice(&mut sums[at..at + lanes]);
        }
    }
}
