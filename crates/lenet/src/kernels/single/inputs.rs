//! What C3 sends back to S2 in one image, by minimal filtering and with columns in the lanes.
//!
//! ```text
//! d_in[i][y + u][x + v] += w[o,i][u][v] * d[o][y][x]
//!
//! at every point p:  s(p)[i][x + v] += (D w)(p)[o,i][v] * (E d)(p)[o][x]        then d_in, six rows for two, is B^T s
//! ```
//!
//! [`tile::winograd::two`](crate::kernels::tile::winograd::two) has the algebra. With C3's maps in the lanes, as [`super::winograd`] has them,
//! each of these sums would end in a sum over the lanes, and the zeros of Table I would be multiplied. With columns in the lanes:
//!
//! 1. **Only the ten maps of C3 that see a map of S2 are taken**, and a weight is a number that is broadcast.
//! 2. **The five columns of the kernel have sums of their own** in registers, so that a row of E d is made once for all of them, from
//!    two rows of d in even places. Shifted against each other they are added at the end, by Horner's rule:
//!
//!    ```text
//!    s = s0 + shift(s1 + shift(s2 + shift(s3 + shift(s4))))       shift: one column to the right
//!    ```
//!
//! A row of ten columns takes one vector of 16, or two of 8.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::KERNEL;
use crate::kernels::tile::winograd::two::{
    EVALUATED, INFINITY, MINUS_ONE, MINUS_TWO, ONE, POINTS, TWO, ZERO, gradient_at,
};

/// Rows and columns of C3 and of S2.
const OUTSIDE: usize = 10;
const INSIDE: usize = 14;
/// Pairs of rows of C3.
const PAIRS: usize = OUTSIDE / 2;
/// Floats of a row at a point.
pub(crate) const ROW: usize = 16;

/// Rows of the sums of one map of S2 at point `P`, `[pair][POINTS][ROW]`.
///
/// `rows`: the gradients of C3, `[map][OUTSIDE][ROW]`, 0 behind the end of a row; `feeds`: the maps of C3 that see the map;
/// `kernels`: the map's kernels at the points, `[group of maps of C3][map][point][v][lane]` from the map's first on.
#[simd]
pub(crate) fn sums_at<S: Simd, const P: usize>(
    simd: S,
    rows: &[f32],
    feeds: &[(usize, usize); 10],
    kernels: &[f32],
    sums: &mut [f32],
) {
    match S::f32s::LEN {
        16 => sums_of_pairs::<S, P, 5, 1>(simd, rows, feeds, kernels, sums),
        8 => sums_of_pairs::<S, P, 1, 2>(simd, rows, feeds, kernels, sums),
        _ => sums_of_pairs::<S, P, 1, 3>(simd, rows, feeds, kernels, sums),
    }
}

/// [`sums_at`] for `M` pairs of rows at a time, whose columns fill `B` vectors.
#[inline(always)]
fn sums_of_pairs<S: Simd, const P: usize, const M: usize, const B: usize>(
    simd: S,
    rows: &[f32],
    feeds: &[(usize, usize); 10],
    kernels: &[f32],
    sums: &mut [f32],
) {
    let (lanes, zero) = (S::f32s::LEN, S::f32s::splat(simd, 0.0));
    let group = 6 * EVALUATED * lanes;
    for first in (0..PAIRS).step_by(M) {
        let mut a = [[[zero; KERNEL]; B]; M];
        for &(o, _) in feeds {
            let rows = &rows[(o * OUTSIDE + 2 * first) * ROW..][..2 * M * ROW];
            let w = &kernels[o / lanes * group + P * KERNEL * lanes..][..KERNEL * lanes];
            let mut d = [[zero; B]; M];
            for m in 0..M {
                for b in 0..B {
                    let row =
                        |r: usize| S::f32s::from_slice(simd, &rows[(2 * m + r) * ROW + b * lanes..][..lanes]);
                    d[m][b] = gradient_at::<S, P>(simd, row(0), row(1));
                }
            }
            for v in 0..KERNEL {
                let w = S::f32s::splat(simd, w[v * lanes + o % lanes]);
                for m in 0..M {
                    for b in 0..B {
                        a[m][b][v] = d[m][b].mul_add(w, a[m][b][v]);
                    }
                }
            }
        }
        for m in 0..M {
            let mut before = [zero; KERNEL];
            let sums = &mut sums[((first + m) * POINTS + P) * ROW..][..ROW];
            for (b, out) in sums.chunks_exact_mut(lanes).enumerate() {
                let mut now = if b < B { a[m][b.min(B - 1)] } else { [zero; KERNEL] };
                for v in (0..KERNEL - 1).rev() {
                    now[v] += shifted::<S>(before[v + 1], now[v + 1]);
                }
                now[0].store_slice(out);
                before = now;
            }
        }
    }
}

/// The vector one column to the right, the first lane from the vector before.
#[inline(always)]
fn shifted<S: Simd>(before: S::f32s, now: S::f32s) -> S::f32s {
    match S::f32s::LEN {
        16 => before.slide::<15>(now),
        8 => before.slide::<7>(now),
        _ => before.slide::<3>(now),
    }
}

/// B^T: all rows of one map of S2 from its sums, `[pair][POINTS][ROW]`, and up to a vector behind them.
#[simd]
pub(crate) fn all_rows<S: Simd>(simd: S, sums: &[f32], rows: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let sums = &sums[..PAIRS * POINTS * ROW];
    // From the right to the left, since what is behind the end of a row lies over the next one.
    for first in (0..ROW).step_by(lanes).rev() {
        let mut d = [S::f32s::splat(simd, 0.0); INSIDE];
        six_rows::<S, 0>(simd, sums, first, &mut d);
        six_rows::<S, 1>(simd, sums, first, &mut d);
        six_rows::<S, 2>(simd, sums, first, &mut d);
        six_rows::<S, 3>(simd, sums, first, &mut d);
        six_rows::<S, 4>(simd, sums, first, &mut d);
        for y in 0..INSIDE {
            d[y].store_slice(&mut rows[y * INSIDE + first..][..lanes]);
        }
    }
}

/// Adds what pair of rows `M` has.
#[inline(always)]
fn six_rows<S: Simd, const M: usize>(simd: S, sums: &[f32], first: usize, d: &mut [S::f32s; INSIDE]) {
    let plus = |y: S::f32s, factor: f32, x: S::f32s| x.mul_add(S::f32s::splat(simd, factor), y);
    let mut r = [S::f32s::splat(simd, 0.0); POINTS];
    for p in 0..POINTS {
        r[p] = S::f32s::from_slice(simd, &sums[(M * POINTS + p) * ROW + first..][..S::f32s::LEN]);
    }
    let (even, odd) = (r[ONE] + r[MINUS_ONE], r[ONE] - r[MINUS_ONE]);
    let (even_2, odd_2) = (r[TWO] + r[MINUS_TWO], r[TWO] - r[MINUS_TWO]);
    d[2 * M] = plus(d[2 * M], 4.0, r[ZERO]);
    d[2 * M + 1] = plus(plus(plus(d[2 * M + 1], -2.0, odd_2), -4.0, odd), 4.0, r[INFINITY]);
    d[2 * M + 2] = plus(plus(d[2 * M + 2] - even_2, -4.0, even), -5.0, r[ZERO]);
    d[2 * M + 3] = plus(plus(d[2 * M + 3] + odd, 2.0, odd_2), -5.0, r[INFINITY]);
    d[2 * M + 4] += r[ZERO] + (even + even_2);
    d[2 * M + 5] += r[INFINITY];
}
