//! Two outputs at a time, F(2, 5): the points 0, infinity, 1, -1, 2 and -2, and M(t) = t (t^2 - 1) (t^2 - 4).
//!
//! ```text
//!                 E: d(p)                D: w(p) / M'(p)             B: coefficients of M(t) / (t - p)
//! p = 0           d0                      w0 / 4                     4 x0        - 5 x2        + x4
//! infinity        d1                      w4                                4 x1        - 5 x3        + x5
//! +1, -1          d0 +- d1                - (w0 +- w1 + ...) / 6      +- (x3 - 4 x1) - 4 x2 + x4
//! +2, -2          d0 +- 2 d1              (w0 +- 2 w1 + ...) / 24     +- 2 (x3 - x1) - x2 + x4
//! ```
//!
//! It serves the last two of C3's ten rows and all gradients of weights, in tiles and in a single image. For the weights four rows
//! gain nothing: to evaluate their gradients at eight points takes as long as the products that are saved, in registers and, since what is stored
//! has to be loaded, also if it is done once for all kernels that see them.

use std::ops::{Add, Sub};

use fearless_simd::prelude::*;

use super::{Form, MOST, column, plus};
use crate::kernels::{KERNEL, TAPS};

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
macro_rules! at_six_points {
    ($function:ident($($argument:expr),*)) => {
        $function::<_, 0>($($argument),*);
        $function::<_, 1>($($argument),*);
        $function::<_, 2>($($argument),*);
        $function::<_, 3>($($argument),*);
        $function::<_, 4>($($argument),*);
        $function::<_, 5>($($argument),*);
    };
}
pub(crate) use at_six_points;

/// 1 / M'(p), and 1 for infinity.
const SCALE: [f32; POINTS] = [1.0 / 4.0, 1.0, -1.0 / 6.0, -1.0 / 6.0, 1.0 / 24.0, 1.0 / 24.0];

/// F(2, 5).
pub(crate) struct Two;

impl Form for Two {
    const ROWS: usize = 2;
    const POINTS: usize = POINTS;

    #[inline(always)]
    fn kernel<T: Copy + Add<Output = T> + Sub<Output = T>>(
        w: [T; KERNEL],
        times: impl Fn(f32, T) -> T,
    ) -> [T; MOST] {
        let (even, odd) = (w[0] + w[2] + w[4], w[1] + w[3]);
        let even_2 = w[0] + times(4.0, w[2]) + times(16.0, w[4]);
        let odd_2 = times(2.0, w[1]) + times(8.0, w[3]);
        let mut values = [w[0]; MOST];
        values[INFINITY] = w[4];
        (values[ONE], values[MINUS_ONE]) = (even + odd, even - odd);
        (values[TWO], values[MINUS_TWO]) = (even_2 + odd_2, even_2 - odd_2);
        for p in 0..POINTS {
            values[p] = times(SCALE[p], values[p]);
        }
        values
    }

    #[inline(always)]
    fn input<S: Simd, const P: usize>(simd: S, x: &[S::f32s; MOST]) -> S::f32s {
        input_at::<S, P>(simd, &first_six(*x))
    }

    #[inline(always)]
    fn gradient<S: Simd, const P: usize>(simd: S, d: &[S::f32s; 4]) -> S::f32s {
        gradient_at::<S, P>(simd, d[0], d[1])
    }

    #[inline(always)]
    fn outputs<S: Simd>(simd: S, m: &[S::f32s; MOST]) -> [S::f32s; 4] {
        let [y_0, y_1] = two_outputs::<S>(simd, &first_six(*m));
        [y_0, y_1, y_0, y_1]
    }

    #[inline(always)]
    fn add_inputs<S: Simd>(simd: S, r: &[S::f32s; MOST], d: &mut [S::f32s; MOST]) {
        let (even, odd) = (r[ONE] + r[MINUS_ONE], r[ONE] - r[MINUS_ONE]);
        let (even_2, odd_2) = (r[TWO] + r[MINUS_TWO], r[TWO] - r[MINUS_TWO]);
        d[0] = plus::<S>(simd, d[0], 4.0, r[ZERO]);
        d[1] =
            plus::<S>(simd, plus::<S>(simd, plus::<S>(simd, d[1], -2.0, odd_2), -4.0, odd), 4.0, r[INFINITY]);
        d[2] = plus::<S>(simd, plus::<S>(simd, d[2] - even_2, -4.0, even), -5.0, r[ZERO]);
        d[3] = plus::<S>(simd, plus::<S>(simd, d[3] + odd, 2.0, odd_2), -5.0, r[INFINITY]);
        d[4] = (d[4] + r[ZERO]) + (even + even_2);
        d[5] += r[INFINITY];
    }
}

/// The first six of so many.
#[inline(always)]
fn first_six<T: Copy>(all: [T; MOST]) -> [T; POINTS] {
    *all.first_chunk().expect("six of eight")
}

/// D^T for one column of the gradient of a kernel, the way back of [`Form::kernel`].
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

/// E^T.
#[inline(always)]
fn two_outputs<S: Simd>(simd: S, m: &[S::f32s; POINTS]) -> [S::f32s; 2] {
    let y_0 = (m[ZERO] + (m[ONE] + m[MINUS_ONE])) + (m[TWO] + m[MINUS_TWO]);
    let y_1 =
        (m[TWO] - m[MINUS_TWO]).mul_add(S::f32s::splat(simd, 2.0), (m[ONE] - m[MINUS_ONE]) + m[INFINITY]);
    [y_0, y_1]
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

/// Row `P` of B x: six rows of a map of `WIDTH` columns at one point.
#[inline(always)]
pub(crate) fn evaluate_input_at<S: Simd, const P: usize, const WIDTH: usize>(
    simd: S,
    rows: &[f32],
    point: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let (rows, point) = (&rows[..POINTS * WIDTH * lanes], &mut point[..WIDTH * lanes]);
    for k in 0..WIDTH {
        Two::input::<S, P>(simd, &column::<S, Two>(simd, rows, WIDTH, k))
            .store_slice(&mut point[k * lanes..][..lanes]);
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
