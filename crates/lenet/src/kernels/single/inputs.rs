//! What C3 sends back to S2 in one image, by minimal filtering and with columns in the lanes.
//!
//! ```text
//! d_in[i][y + u][x + v] += w[o,i][u][v] * d[o][y][x]
//!
//! at every point p:  s(p)[i][x + v] += (D w)(p)[o,i][v] * (E d)(p)[o][x]        then d_in is B^T s
//! ```
//!
//! [`tile::winograd`](crate::kernels::tile::winograd) has the algebra: of C3's ten rows four are taken together, then four more and two. With
//! C3's maps in the lanes, as [`super::winograd`] has them, each of these sums would end in a sum over the lanes, and the zeros of Table I
//! would be multiplied. With columns in the lanes:
//!
//! 1. **Only the ten maps of C3 that see a map of S2 are taken**, and a weight is a number that is broadcast.
//! 2. **The five columns of the kernel have sums of their own** in registers, so that a row of E d is loaded once for all of them, from
//!    an even place. Shifted against each other they are added at the end, by Horner's rule:
//!
//!    ```text
//!    s = s0 + shift(s1 + shift(s2 + shift(s3 + shift(s4))))       shift: one column to the right
//!    ```
//! 3. **Twice four rows share a kernel at a point**, and so the number that is broadcast.
//!
//! A row of ten columns takes one vector of 16, or two of 8.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::KERNEL;
use crate::kernels::tile::winograd::{Form, Four, MOST, Two};

/// Rows and columns of C3 and of S2.
const OUTSIDE: usize = 10;
const INSIDE: usize = 14;
/// Maps of C3.
const MAPS: usize = 16;
/// Floats of a row at a point.
pub(crate) const ROW: usize = 16;
/// Rows at points, for four rows of C3, four and two.
pub(crate) const POINTS: usize = 2 * Four::POINTS + Two::POINTS;

/// E d: `rows`, `[map][OUTSIDE][ROW]`, at all points: `[point][map][ROW]`, for four rows, four and two.
#[simd]
pub(crate) fn evaluate<S: Simd>(simd: S, rows: &[f32], points: &mut [f32]) {
    let (four, rest) = points.split_at_mut(Four::POINTS * MAPS * ROW);
    let (next_four, two) = rest.split_at_mut(Four::POINTS * MAPS * ROW);
    evaluate_block::<S, Four>(simd, rows, 0, four);
    evaluate_block::<S, Four>(simd, rows, 4, next_four);
    evaluate_block::<S, Two>(simd, rows, 8, two);
}

/// The rows from row `y` on that `F` takes together.
#[inline(always)]
fn evaluate_block<S: Simd, F: Form>(simd: S, rows: &[f32], y: usize, points: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let points = &mut points[..F::POINTS * MAPS * ROW];
    for (o, rows) in rows[..MAPS * OUTSIDE * ROW].chunks_exact(OUTSIDE * ROW).enumerate() {
        for first in (0..ROW).step_by(lanes) {
            let mut d = [S::f32s::splat(simd, 0.0); 4];
            for r in 0..F::ROWS {
                d[r] = S::f32s::from_slice(simd, &rows[(y + r) * ROW + first..][..lanes]);
            }
            let at_points = [
                F::gradient::<S, 0>(simd, &d),
                F::gradient::<S, 1>(simd, &d),
                F::gradient::<S, 2>(simd, &d),
                F::gradient::<S, 3>(simd, &d),
                F::gradient::<S, 4>(simd, &d),
                F::gradient::<S, 5>(simd, &d),
                F::gradient::<S, 6>(simd, &d),
                F::gradient::<S, 7>(simd, &d),
            ];
            for p in 0..F::POINTS {
                at_points[p].store_slice(&mut points[(p * MAPS + o) * ROW + first..][..lanes]);
            }
        }
    }
}

/// Rows of the sums of one map of S2, `[point][ROW]` for four rows, four and two.
///
/// `points`: what [`evaluate`] leaves, 0 behind the end of a row; `feeds`: the maps of C3 that see the map; `four`, `two`: the map's
/// kernels at the points, `[group of maps of C3][map][point][v][lane]` from the map's first on.
#[simd]
pub(crate) fn sums<S: Simd>(
    simd: S,
    points: &[f32],
    feeds: &[(usize, usize); 10],
    [four, two]: [&[f32]; 2],
    sums: &mut [f32],
) {
    match S::f32s::LEN {
        16 => {
            sums_of::<S, Four, 2, 1>(simd, points, feeds, four, 0, sums);
            sums_of::<S, Two, 1, 1>(simd, points, feeds, two, 2 * Four::POINTS, sums);
        }
        8 => sums_of_each::<S, 2>(simd, points, feeds, [four, two], sums),
        _ => sums_of_each::<S, 3>(simd, points, feeds, [four, two], sums),
    }
}

/// [`sums`], with few registers: one block of rows at a time, whose columns fill `B` vectors.
#[inline(always)]
fn sums_of_each<S: Simd, const B: usize>(
    simd: S,
    points: &[f32],
    feeds: &[(usize, usize); 10],
    [four, two]: [&[f32]; 2],
    sums: &mut [f32],
) {
    sums_of::<S, Four, 1, B>(simd, points, feeds, four, 0, sums);
    sums_of::<S, Four, 1, B>(simd, points, feeds, four, Four::POINTS, sums);
    sums_of::<S, Two, 1, B>(simd, points, feeds, two, 2 * Four::POINTS, sums);
}

/// The sums of `M` blocks of rows that `F` takes together, of which the points begin at `first`.
#[inline(always)]
fn sums_of<S: Simd, F: Form, const M: usize, const B: usize>(
    simd: S,
    points: &[f32],
    feeds: &[(usize, usize); 10],
    kernels: &[f32],
    first: usize,
    sums: &mut [f32],
) {
    let (lanes, zero) = (S::f32s::LEN, S::f32s::splat(simd, 0.0));
    let group = 6 * F::EVALUATED * lanes;
    for p in 0..F::POINTS {
        let mut a = [[[zero; KERNEL]; B]; M];
        for &(o, _) in feeds {
            let w = &kernels[o / lanes * group + p * KERNEL * lanes..][..KERNEL * lanes];
            let mut d = [[zero; B]; M];
            for m in 0..M {
                let row = &points[((first + m * F::POINTS + p) * MAPS + o) * ROW..][..ROW];
                for b in 0..B {
                    d[m][b] = S::f32s::from_slice(simd, &row[b * lanes..][..lanes]);
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
            let sums = &mut sums[(first + m * F::POINTS + p) * ROW..][..ROW];
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

/// B^T: all rows of one map of S2 from its [`sums`], and up to a vector behind them.
#[simd]
pub(crate) fn all_rows<S: Simd>(simd: S, sums: &[f32], rows: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let sums = &sums[..POINTS * ROW];
    // From the right to the left, since what is behind the end of a row lies over the next one.
    for column in (0..ROW).step_by(lanes).rev() {
        let mut d = [S::f32s::splat(simd, 0.0); INSIDE];
        add_block::<S, Four, 0>(simd, sums, column, 0, &mut d);
        add_block::<S, Four, 4>(simd, sums, column, Four::POINTS, &mut d);
        add_block::<S, Two, 8>(simd, sums, column, 2 * Four::POINTS, &mut d);
        for y in 0..INSIDE {
            d[y].store_slice(&mut rows[y * INSIDE + column..][..lanes]);
        }
    }
}

/// Adds what a block of rows of C3 gives the rows from row `Y` on; its points begin at `first`.
#[inline(always)]
fn add_block<S: Simd, F: Form, const Y: usize>(
    simd: S,
    sums: &[f32],
    column: usize,
    first: usize,
    d: &mut [S::f32s; INSIDE],
) {
    let (mut r, mut seen) = ([S::f32s::splat(simd, 0.0); MOST], [S::f32s::splat(simd, 0.0); MOST]);
    for p in 0..F::POINTS {
        r[p] = S::f32s::from_slice(simd, &sums[(first + p) * ROW + column..][..S::f32s::LEN]);
        seen[p] = d[Y + p];
    }
    F::add_inputs::<S>(simd, &r, &mut seen);
    d[Y..Y + F::POINTS].copy_from_slice(&seen[..F::POINTS]);
}
