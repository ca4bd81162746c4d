//! The same 5x5 convolution with fewer products: two rows at a time by Winograd's minimal filtering F(2, 5).
//!
//! Two outputs of a filter with five weights take ten products. But the polynomials d(t) = d0 + d1 t and
//! w(t) = w0 + ... + w4 t^4 have a product of degree five, which six of its values determine, and each value takes one
//! product: s(p) = w(p) d(p). The points here are 0, infinity (the leading coefficients), 1, -1, 2 and -2. The six
//! coefficients of s are what two gradients send back to six rows of inputs; read in the other two directions, the same
//! identity gives two outputs from six inputs, and five gradients of weights (Winograd 1980; Lavin and Gray 2016):
//!
//! ```text
//!                 E: d(p)                D: w(p) / M'(p)             B: coefficients of M(t) / (t - p), M(t) = t (t^2 - 1) (t^2 - 4)
//! p = 0           d0                      w0 / 4                     4 x0        - 5 x2        + x4
//! infinity        d1                      w4                                4 x1        - 5 x3        + x5
//! +1, -1          d0 +- d1                - (w0 +- w1 + ...) / 6      +- (x3 - 4 x1) - 4 x2 + x4
//! +2, -2          d0 +- 2 d1              (w0 +- 2 w1 + ...) / 24     +- 2 (x3 - x1) - x2 + x4
//!
//! states                    y   =  E^T ((D w) . (B x))      y:  2 rows of outputs        . : point by point, six products
//! gradients of the inputs   d_x =  B^T ((D w) . (E d))      d_x: 6 rows, added to those of the pairs of rows before
//! gradients of the weights  d_w =  D^T ((E d) . (B x))      d_w: once for a batch, from the sums over all positions
//! ```
//!
//! This is done down the columns only; along a row the five taps of the kernel are what they were. So for each of the six
//! points the kernel is a convolution of one row with five weights, `1 x 5`, the walk of [`super::convolution`]:
//! 30 products take the place of 50.
//!
//! What it costs: B is computed once for all output maps (12 operations for six rows, a column), E^T once for all input
//! maps (8 for two rows). C3, where ten maps see a map and a map sees three to six, saves a third of its arithmetic. C1 sees one
//! map: forward, what it saves goes into E^T and into storing the sums, so it stays with [`super::convolution`] (for a single image
//! it does gain a little, `single::convolution`); its gradient needs no E^T and gains. Only small whole numbers multiply states, so rounding grows little: the tests hold the results to
//! the tolerances of the direct form.
//!
//! The six points of one pair of rows, for all maps of S2, are 32 kB with 16 lanes and stay in the first-level cache while
//! all maps of C3 pass by; for the gradients one point at a time is kept for that reason.

use std::ops::{Add, Sub};

use fearless_simd::prelude::*;

use super::convolution::{IMAGES, kernel_row, products, scattered};
use crate::kernels::{KERNEL, TAPS, squash};

/// Points at which polynomials are evaluated, in the order 0, infinity, 1, -1, 2, -2.
pub(crate) const POINTS: usize = 6;
/// Numbers of a kernel at all points: `[point][v]`.
pub(crate) const EVALUATED: usize = POINTS * KERNEL;

pub(crate) const ZERO: usize = 0;
pub(crate) const INFINITY: usize = 1;
pub(crate) const ONE: usize = 2;
pub(crate) const MINUS_ONE: usize = 3;
pub(crate) const TWO: usize = 4;
pub(crate) const MINUS_TWO: usize = 5;

/// Calls a function that is generic over level and point for all six points, in their order.
macro_rules! at_all_points {
    ($function:ident($($argument:expr),*)) => {
        $function::<_, 0>($($argument),*);
        $function::<_, 1>($($argument),*);
        $function::<_, 2>($($argument),*);
        $function::<_, 3>($($argument),*);
        $function::<_, 4>($($argument),*);
        $function::<_, 5>($($argument),*);
    };
}
pub(crate) use at_all_points;

/// 1 / M'(p), and 1 for infinity.
const SCALE: [f32; POINTS] = [1.0 / 4.0, 1.0, -1.0 / 6.0, -1.0 / 6.0, 1.0 / 24.0, 1.0 / 24.0];

/// D w for one column of a kernel, point by point. `times` multiplies: numbers here, vectors where maps are in the lanes.
#[inline(always)]
pub(crate) fn kernel_at_points<T: Copy + Add<Output = T> + Sub<Output = T>>(
    w: [T; KERNEL],
    times: impl Fn(f32, T) -> T,
) -> [T; POINTS] {
    let (even, odd) = (w[0] + w[2] + w[4], w[1] + w[3]);
    let (even_2, odd_2) = (w[0] + times(4.0, w[2]) + times(16.0, w[4]), times(2.0, w[1]) + times(8.0, w[3]));
    let mut values = [w[0]; POINTS];
    values[INFINITY] = w[4];
    (values[ONE], values[MINUS_ONE]) = (even + odd, even - odd);
    (values[TWO], values[MINUS_TWO]) = (even_2 + odd_2, even_2 - odd_2);
    for p in 0..POINTS {
        values[p] = times(SCALE[p], values[p]);
    }
    values
}

/// D^T for one column of the gradient of a kernel, the way back of [`kernel_at_points`].
#[inline(always)]
pub(crate) fn kernel_from_points<T: Copy + Add<Output = T> + Sub<Output = T>>(
    mut r: [T; POINTS],
    times: impl Fn(f32, T) -> T,
) -> [T; KERNEL] {
    for p in 0..POINTS {
        r[p] = times(SCALE[p], r[p]);
    }
    let (even, odd) = (r[ONE] + r[MINUS_ONE], r[ONE] - r[MINUS_ONE]);
    let (even_2, odd_2) = (r[TWO] + r[MINUS_TWO], r[TWO] - r[MINUS_TWO]);
    [
        r[ZERO] + even + even_2,
        odd + times(2.0, odd_2),
        even + times(4.0, even_2),
        odd + times(8.0, odd_2),
        even + times(16.0, even_2) + r[INFINITY],
    ]
}

/// D w: kernels `[..][5][5]` at the points, `[..][point][v]`.
pub(crate) fn evaluate_kernels(kernels: &[f32], evaluated: &mut [f32]) {
    for (w, out) in kernels.chunks_exact(TAPS).zip(evaluated.chunks_exact_mut(EVALUATED)) {
        for v in 0..KERNEL {
            let column = std::array::from_fn(|u| w[u * KERNEL + v]);
            for (p, value) in kernel_at_points(column, |factor, x| factor * x).into_iter().enumerate() {
                out[p * KERNEL + v] = value;
            }
        }
    }
}

/// D^T: the gradients of kernels, `[..][5][5]`, from those at the points, `[..][point][v]`.
pub(crate) fn kernel_gradients(evaluated: &[f32], kernels: &mut [f32]) {
    for (r, d_w) in evaluated.chunks_exact(EVALUATED).zip(kernels.chunks_exact_mut(TAPS)) {
        for v in 0..KERNEL {
            let at_points = std::array::from_fn(|p| r[p * KERNEL + v]);
            for (u, d) in kernel_from_points(at_points, |factor, x| factor * x).into_iter().enumerate() {
                d_w[u * KERNEL + v] = d;
            }
        }
    }
}

/// y + factor x.
#[inline(always)]
fn plus<S: Simd>(simd: S, y: S::f32s, factor: f32, x: S::f32s) -> S::f32s {
    x.mul_add(S::f32s::splat(simd, factor), y)
}

/// Row `P` of B x, for one column.
#[inline(always)]
pub(crate) fn input_at<S: Simd, const P: usize>(simd: S, x: &[S::f32s; 6]) -> S::f32s {
    match P {
        ZERO => plus::<S>(simd, plus::<S>(simd, x[4], -5.0, x[2]), 4.0, x[0]),
        INFINITY => plus::<S>(simd, plus::<S>(simd, x[5], -5.0, x[3]), 4.0, x[1]),
        ONE => plus::<S>(simd, x[4], -4.0, x[2]) + plus::<S>(simd, x[3], -4.0, x[1]),
        MINUS_ONE => plus::<S>(simd, x[4], -4.0, x[2]) - plus::<S>(simd, x[3], -4.0, x[1]),
        TWO => plus::<S>(simd, x[4] - x[2], 2.0, x[3] - x[1]),
        _ => plus::<S>(simd, x[4] - x[2], -2.0, x[3] - x[1]),
    }
}

/// Column `k` of six rows that begin `stride` vectors apart.
#[inline(always)]
fn column<S: Simd>(simd: S, rows: &[f32], stride: usize, k: usize) -> [S::f32s; 6] {
    let lanes = S::f32s::LEN;
    let mut x = [S::f32s::splat(simd, 0.0); 6];
    for r in 0..6 {
        x[r] = S::f32s::from_slice(simd, &rows[(r * stride + k) * lanes..][..lanes]);
    }
    x
}

/// B x: six rows of a map of `WIDTH` columns at all points, which begin `STRIDE` vectors apart.
#[inline(always)]
pub(crate) fn evaluate_input<S: Simd, const WIDTH: usize, const STRIDE: usize>(
    simd: S,
    rows: &[f32],
    points: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let (rows, points) = (&rows[..6 * WIDTH * lanes], &mut points[..(5 * STRIDE + WIDTH) * lanes]);
    for k in 0..WIDTH {
        let x = column::<S>(simd, rows, WIDTH, k);
        let at_points = [
            input_at::<S, ZERO>(simd, &x),
            input_at::<S, INFINITY>(simd, &x),
            input_at::<S, ONE>(simd, &x),
            input_at::<S, MINUS_ONE>(simd, &x),
            input_at::<S, TWO>(simd, &x),
            input_at::<S, MINUS_TWO>(simd, &x),
        ];
        for p in 0..POINTS {
            at_points[p].store_slice(&mut points[(p * STRIDE + k) * lanes..][..lanes]);
        }
    }
}

/// Row `P` of B x: six rows of a map of `WIDTH` columns at one point.
#[inline(always)]
pub(crate) fn evaluate_input_at<S: Simd, const P: usize, const WIDTH: usize>(
    simd: S,
    rows: &[f32],
    point: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let (rows, point) = (&rows[..6 * WIDTH * lanes], &mut point[..WIDTH * lanes]);
    for k in 0..WIDTH {
        input_at::<S, P>(simd, &column::<S>(simd, rows, WIDTH, k))
            .store_slice(&mut point[k * lanes..][..lanes]);
    }
}

/// Row `P` of E d, for one column.
#[inline(always)]
pub(crate) fn gradient_at<S: Simd, const P: usize>(simd: S, d_0: S::f32s, d_1: S::f32s) -> S::f32s {
    match P {
        ZERO => d_0,
        INFINITY => d_1,
        ONE => d_0 + d_1,
        MINUS_ONE => d_0 - d_1,
        TWO => plus::<S>(simd, d_0, 2.0, d_1),
        _ => plus::<S>(simd, d_0, -2.0, d_1),
    }
}

/// Row `P` of E d: two rows of gradients, of `WIDTH` columns, at one point.
#[inline(always)]
pub(crate) fn evaluate_gradient_at<S: Simd, const P: usize, const WIDTH: usize>(
    simd: S,
    rows: &[f32],
    point: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let (rows, point) = (&rows[..2 * WIDTH * lanes], &mut point[..WIDTH * lanes]);
    for k in 0..WIDTH {
        let d_0 = S::f32s::from_slice(simd, &rows[k * lanes..][..lanes]);
        let d_1 = S::f32s::from_slice(simd, &rows[(WIDTH + k) * lanes..][..lanes]);
        gradient_at::<S, P>(simd, d_0, d_1).store_slice(&mut point[k * lanes..][..lanes]);
    }
}

/// States of two rows of one output map, `outside` columns in blocks of `2 X`.
///
/// `points`: the six rows of every input map at all points, `[point][i][inside]`; `kernels`: a kernel for each map of
/// `table`, at the points; `output`: the two rows; `sums`: work space, `[point][2 X]`.
#[inline(always)]
pub(crate) fn forward_rows<S: Simd, const X: usize>(
    simd: S,
    points: &[f32],
    maps: usize,
    inside: usize,
    table: &[usize],
    kernels: &[f32],
    bias: S::f32s,
    sums: &mut [f32],
    output: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let outside = inside - 4;
    let (upper, lower) = output[..2 * outside * lanes].split_at_mut(outside * lanes);
    let sums = &mut sums[..POINTS * 2 * X * lanes];
    let points = &points[..POINTS * maps * inside * lanes];
    for first in (0..outside).step_by(2 * X) {
        for (p, sums) in sums.chunks_exact_mut(2 * X * lanes).enumerate() {
            // Each output has exactly one of these two points among its terms with the factor 1.
            let start = if p <= INFINITY { bias } else { S::f32s::splat(simd, 0.0) };
            let mut left = [start; X];
            let mut right = left;
            for (&i, kernel) in table.iter().zip(kernels.chunks_exact(EVALUATED)) {
                let row = &points[((p * maps + i) * inside + first) * lanes..];
                let w = kernel_row::<S, IMAGES>(simd, kernel, p);
                products::<S, IMAGES, X>(simd, row, &w, &mut left);
                products::<S, IMAGES, X>(simd, &row[X * lanes..], &w, &mut right);
            }
            let (to_left, to_right) = sums.split_at_mut(X * lanes);
            for j in 0..X {
                left[j].store_slice(&mut to_left[j * lanes..][..lanes]);
                right[j].store_slice(&mut to_right[j * lanes..][..lanes]);
            }
        }
        let (upper, lower) =
            (&mut upper[first * lanes..][..2 * X * lanes], &mut lower[first * lanes..][..2 * X * lanes]);
        for j in 0..2 * X {
            let [y_0, y_1] = two_outputs::<S>(simd, sums, 2 * X, j);
            squash::squash::<S>(simd, y_0).store_slice(&mut upper[j * lanes..][..lanes]);
            squash::squash::<S>(simd, y_1).store_slice(&mut lower[j * lanes..][..lanes]);
        }
    }
}

/// E^T, for column `k` of the sums at six points.
#[inline(always)]
pub(crate) fn two_outputs<S: Simd>(simd: S, sums: &[f32], width: usize, k: usize) -> [S::f32s; 2] {
    let m = column::<S>(simd, sums, width, k);
    let y_0 = (m[ZERO] + (m[ONE] + m[MINUS_ONE])) + (m[TWO] + m[MINUS_TWO]);
    let y_1 =
        (m[TWO] - m[MINUS_TWO]).mul_add(S::f32s::splat(simd, 2.0), (m[ONE] - m[MINUS_ONE]) + m[INFINITY]);
    [y_0, y_1]
}

/// What two rows of gradients send back to six rows of one input map, at point `p`: `2 X` columns.
///
/// `feeds` lists (output map, index of the kernel) of the map's connections; `d`: a row of gradients of every output map at
/// that point, `stride` vectors apart; `kernels`: at the points.
#[inline(always)]
pub(crate) fn input_gradient_at<S: Simd, const X: usize>(
    simd: S,
    p: usize,
    d: &[f32],
    stride: usize,
    kernels: &[f32],
    feeds: &[(usize, usize)],
    sums: &mut [f32],
) {
    let (lanes, outside) = (S::f32s::LEN, 2 * X - 4);
    let mut left = [S::f32s::splat(simd, 0.0); X];
    let mut right = left;
    for &(o, kernel) in feeds {
        let row = &d[o * stride * lanes..][..outside * lanes];
        let w = kernel_row::<S, IMAGES>(simd, &kernels[kernel * EVALUATED..][..EVALUATED], p);
        scattered::<S, X, 0>(simd, row, &w, &mut left);
        scattered::<S, X, 4>(simd, &row[(X - 4) * lanes..], &w, &mut right);
    }
    let (to_left, to_right) = sums[..2 * X * lanes].split_at_mut(X * lanes);
    for j in 0..X {
        left[j].store_slice(&mut to_left[j * lanes..][..lanes]);
        right[j].store_slice(&mut to_right[j * lanes..][..lanes]);
    }
}

/// B^T: adds the sums at six points, which begin `STRIDE` vectors apart, to six rows of gradients of `WIDTH` columns.
#[inline(always)]
pub(crate) fn add_six_rows<S: Simd, const WIDTH: usize, const STRIDE: usize>(
    simd: S,
    points: &[f32],
    rows: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let (points, rows) = (&points[..(5 * STRIDE + WIDTH) * lanes], &mut rows[..6 * WIDTH * lanes]);
    for k in 0..WIDTH {
        let r = column::<S>(simd, points, STRIDE, k);
        let d = column::<S>(simd, rows, WIDTH, k);
        let (even, odd) = (r[ONE] + r[MINUS_ONE], r[ONE] - r[MINUS_ONE]);
        let (even_2, odd_2) = (r[TWO] + r[MINUS_TWO], r[TWO] - r[MINUS_TWO]);
        let sums = [
            plus::<S>(simd, d[0], 4.0, r[ZERO]),
            plus::<S>(simd, plus::<S>(simd, plus::<S>(simd, d[1], -2.0, odd_2), -4.0, odd), 4.0, r[INFINITY]),
            plus::<S>(simd, plus::<S>(simd, d[2] - even_2, -4.0, even), -5.0, r[ZERO]),
            plus::<S>(simd, plus::<S>(simd, d[3] + odd, 2.0, odd_2), -5.0, r[INFINITY]),
            (d[4] + r[ZERO]) + (even + even_2),
            d[5] + r[INFINITY],
        ];
        for row in 0..6 {
            sums[row].store_slice(&mut rows[(row * WIDTH + k) * lanes..][..lanes]);
        }
    }
}

/// Adds to the gradient of a kernel at point `P` what pairs of rows contribute.
///
/// `input`: rows of the input map at that point, `[pair][outside + 4]`; `d`: the gradients, `[pair][2][outside]`; `sums`:
/// `[v]`, apart by image. `X` columns for each of two sets of sums, so that ten multiply-adds are on their way; `2 X`
/// divides `outside`.
#[inline(always)]
pub(crate) fn kernel_gradient_at<S: Simd, const P: usize, const X: usize>(
    simd: S,
    input: &[f32],
    d: &[f32],
    outside: usize,
    sums: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let mut left = [S::f32s::splat(simd, 0.0); KERNEL];
    let mut right = left;
    for v in 0..KERNEL {
        left[v] = S::f32s::from_slice(simd, &sums[v * lanes..][..lanes]);
    }
    let pairs = d.chunks_exact(2 * outside * lanes);
    for (input, d) in input.chunks_exact((outside + 4) * lanes).zip(pairs) {
        let (upper, lower) = d.split_at(outside * lanes);
        for x in (0..outside).step_by(2 * X) {
            let input = &input[x * lanes..][..(2 * X + 4) * lanes];
            let (upper, lower) = (&upper[x * lanes..][..2 * X * lanes], &lower[x * lanes..][..2 * X * lanes]);
            correlated::<S, P, X>(simd, input, upper, lower, &mut left);
            let (upper, lower) = (&upper[X * lanes..], &lower[X * lanes..]);
            correlated::<S, P, X>(simd, &input[X * lanes..], upper, lower, &mut right);
        }
    }
    for v in 0..KERNEL {
        (left[v] + right[v]).store_slice(&mut sums[v * lanes..][..lanes]);
    }
}

/// sums[v] += row[x + v] * (E d)[x] at point `P`.
#[inline(always)]
fn correlated<S: Simd, const P: usize, const X: usize>(
    simd: S,
    row: &[f32],
    upper: &[f32],
    lower: &[f32],
    sums: &mut [S::f32s; KERNEL],
) {
    let lanes = S::f32s::LEN;
    let row = &row[..(X + KERNEL - 1) * lanes];
    let (upper, lower) = (&upper[..X * lanes], &lower[..X * lanes]);
    let mut d = [S::f32s::splat(simd, 0.0); X];
    for j in 0..X {
        let d_0 = S::f32s::from_slice(simd, &upper[j * lanes..][..lanes]);
        let d_1 = S::f32s::from_slice(simd, &lower[j * lanes..][..lanes]);
        d[j] = gradient_at::<S, P>(simd, d_0, d_1);
    }
    for c in 0..X + KERNEL - 1 {
        let x = S::f32s::from_slice(simd, &row[c * lanes..][..lanes]);
        for v in 0..KERNEL {
            if c >= v && c - v < X {
                sums[v] = x.mul_add(d[c - v], sums[v]);
            }
        }
    }
}

#[cfg(test)]
mod tests;
