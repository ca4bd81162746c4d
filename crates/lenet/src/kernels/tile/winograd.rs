//! The same 5x5 convolution with fewer products: four rows at a time by Winograd's minimal filtering F(4, 5).
//!
//! Four outputs of a filter with five weights take twenty products. But the polynomials d(t) = d0 + d1 t + d2 t^2 + d3 t^3 and
//! w(t) = w0 + ... + w4 t^4 have a product of degree seven, which eight of its values determine, and each value takes one
//! product: s(p) = w(p) d(p). The points here are 0, infinity (the leading coefficients), 1, -1, 2, -2, 1/2 and -1/2. The eight
//! coefficients of s are what four gradients send back to eight rows of inputs; read in the other two directions, the same
//! identity gives four outputs from eight inputs, and five gradients of weights (Winograd 1980; Lavin and Gray 2016):
//!
//! ```text
//! E: d(p)          D: w(p) / M'(p)          B: coefficients of M(t) / (t - p)          M(t): the product of all t - p
//!
//! states                    y   =  E^T ((D w) . (B x))      y:  4 rows of outputs        . : point by point, eight products
//! gradients of the inputs   d_x =  B^T ((D w) . (E d))      d_x: 8 rows, added to those of the rows before
//! gradients of the weights  d_w =  D^T ((E d) . (B x))      d_w: once for a batch, from the sums over all positions
//! ```
//!
//! This is done down the columns only; along a row the five taps of the kernel are what they were. So for each of the eight
//! points the kernel is a convolution of one row with five weights, `1 x 5`, the walk of [`super::convolution`]:
//! 40 products take the place of 100. C1's 28 rows are seven times four. C3's ten are twice four and then two, which six points
//! determine: F(2, 5), 30 products in place of 50. What the matrices hold for either is in [`four`] and [`two`]; the gradients of
//! weights take two rows at a time, see there.
//!
//! What it costs: B is computed once for all output maps (24 operations for eight rows, a column), E^T once for all input
//! maps (16 for four rows); the sums at the points are stored and loaded again. So two rows at a time gain nothing in C1, whose maps
//! see one input map: there, what is saved comes back as E^T. Four do gain, also because E^T runs while the processor divides for
//! the squashing function.
//!
//! Rounding grows a little, as the tests below say: what is summed up is larger than the result. Still more rows would need points
//! farther from 1 or nearer to 0, whose powers multiply what is rounded.
//!
//! The points of the rows in work, for all maps of S2, are 43 kB with 16 lanes and stay in the first-level cache, or nearly so, while
//! all maps of C3 pass by; for the gradients one point at a time is kept for that reason.

mod four;
pub(crate) mod two;

use std::ops::{Add, Sub};

use fearless_simd::prelude::*;

use super::convolution::{IMAGES, kernel_row, products, scattered};
use crate::kernels::{KERNEL, TAPS, squash};

pub(crate) use four::Four;
use two::ONE;
pub(crate) use two::Two;

/// Points of the form that has most of them, and the input rows it needs.
pub(crate) const MOST: usize = 8;

/// How many rows of outputs are computed together, and what the matrices hold for that. Of arrays with `MOST` numbers the first
/// `POINTS` count, of four rows the first `ROWS`.
pub(crate) trait Form {
    /// Rows of outputs.
    const ROWS: usize;
    /// Points at which polynomials are evaluated; as many rows of inputs are seen.
    const POINTS: usize;
    /// Numbers of a kernel at all points: `[point][v]`.
    const EVALUATED: usize = Self::POINTS * KERNEL;

    /// D w for one column of a kernel. `times` multiplies: numbers here, vectors where maps are in the lanes.
    fn kernel<T: Copy + Add<Output = T> + Sub<Output = T>>(
        w: [T; KERNEL],
        times: impl Fn(f32, T) -> T,
    ) -> [T; MOST];

    /// Row `P` of B x.
    fn input<S: Simd, const P: usize>(simd: S, x: &[S::f32s; MOST]) -> S::f32s;

    /// Row `P` of E d.
    fn gradient<S: Simd, const P: usize>(simd: S, d: &[S::f32s; 4]) -> S::f32s;

    /// E^T m.
    fn outputs<S: Simd>(simd: S, m: &[S::f32s; MOST]) -> [S::f32s; 4];

    /// Adds B^T r.
    fn add_inputs<S: Simd>(simd: S, r: &[S::f32s; MOST], d: &mut [S::f32s; MOST]);
}

/// Calls a function that is generic over level, form and point for all points of a form, in their order.
macro_rules! at_all_points {
    ($form:ty, $function:ident($($argument:expr),*)) => {
        $function::<_, $form, 0>($($argument),*);
        $function::<_, $form, 1>($($argument),*);
        $function::<_, $form, 2>($($argument),*);
        $function::<_, $form, 3>($($argument),*);
        $function::<_, $form, 4>($($argument),*);
        $function::<_, $form, 5>($($argument),*);
        if <$form as $crate::kernels::tile::winograd::Form>::POINTS == $crate::kernels::tile::winograd::MOST {
            $function::<_, $form, 6>($($argument),*);
            $function::<_, $form, 7>($($argument),*);
        }
    };
}
pub(crate) use at_all_points;

/// D w: kernels `[..][5][5]` at the points, `[..][point][v]`.
pub(crate) fn evaluate_kernels<F: Form>(kernels: &[f32], evaluated: &mut [f32]) {
    for (w, out) in kernels.chunks_exact(TAPS).zip(evaluated.chunks_exact_mut(F::EVALUATED)) {
        for v in 0..KERNEL {
            let column = std::array::from_fn(|u| w[u * KERNEL + v]);
            for (p, value) in F::kernel(column, |factor, x| factor * x)[..F::POINTS].iter().enumerate() {
                out[p * KERNEL + v] = *value;
            }
        }
    }
}

/// y + factor x.
#[inline(always)]
fn plus<S: Simd>(simd: S, y: S::f32s, factor: f32, x: S::f32s) -> S::f32s {
    x.mul_add(S::f32s::splat(simd, factor), y)
}

/// Column `k` of as many rows as `F` has points, which begin `stride` vectors apart.
#[inline(always)]
pub(crate) fn column<S: Simd, F: Form>(simd: S, rows: &[f32], stride: usize, k: usize) -> [S::f32s; MOST] {
    let lanes = S::f32s::LEN;
    let mut x = [S::f32s::splat(simd, 0.0); MOST];
    for r in 0..F::POINTS {
        x[r] = S::f32s::from_slice(simd, &rows[(r * stride + k) * lanes..][..lanes]);
    }
    x
}

/// B x for one column, of which the first `F::POINTS` count.
#[inline(always)]
pub(crate) fn at_points<S: Simd, F: Form>(simd: S, x: &[S::f32s; MOST]) -> [S::f32s; MOST] {
    [
        F::input::<S, 0>(simd, x),
        F::input::<S, 1>(simd, x),
        F::input::<S, 2>(simd, x),
        F::input::<S, 3>(simd, x),
        F::input::<S, 4>(simd, x),
        F::input::<S, 5>(simd, x),
        F::input::<S, 6>(simd, x),
        F::input::<S, 7>(simd, x),
    ]
}

/// B x: the rows that `F` needs of a map of `WIDTH` columns at all points, which begin `STRIDE` vectors apart.
#[inline(always)]
pub(crate) fn evaluate_input<S: Simd, F: Form, const WIDTH: usize, const STRIDE: usize>(
    simd: S,
    rows: &[f32],
    points: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let rows = &rows[..F::POINTS * WIDTH * lanes];
    let points = &mut points[..((F::POINTS - 1) * STRIDE + WIDTH) * lanes];
    for k in 0..WIDTH {
        let x = column::<S, F>(simd, rows, WIDTH, k);
        let at_points = at_points::<S, F>(simd, &x);
        for p in 0..F::POINTS {
            at_points[p].store_slice(&mut points[(p * STRIDE + k) * lanes..][..lanes]);
        }
    }
}

/// Row `P` of E d: `F::ROWS` rows of gradients, of `WIDTH` columns, at one point.
#[inline(always)]
pub(crate) fn evaluate_gradient_at<S: Simd, F: Form, const P: usize, const WIDTH: usize>(
    simd: S,
    rows: &[f32],
    point: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let (rows, point) = (&rows[..F::ROWS * WIDTH * lanes], &mut point[..WIDTH * lanes]);
    for k in 0..WIDTH {
        let d = gradients::<S, F>(simd, rows, WIDTH, k);
        F::gradient::<S, P>(simd, &d).store_slice(&mut point[k * lanes..][..lanes]);
    }
}

/// Column `k` of the rows of gradients that `F` takes together, which begin `stride` vectors apart.
#[inline(always)]
fn gradients<S: Simd, F: Form>(simd: S, rows: &[f32], stride: usize, k: usize) -> [S::f32s; 4] {
    let lanes = S::f32s::LEN;
    let mut d = [S::f32s::splat(simd, 0.0); 4];
    for r in 0..F::ROWS {
        d[r] = S::f32s::from_slice(simd, &rows[(r * stride + k) * lanes..][..lanes]);
    }
    d
}

/// States of `F::ROWS` rows of one output map, `outside` columns in blocks of `2 X`.
///
/// `points`: the rows of every input map at all points, `[point][i][inside]`; `kernels`: a kernel for each map of `table`, at the
/// points; `output`: the rows; `sums`: work space, `[point][2 X]`.
#[inline(always)]
pub(crate) fn forward_rows<S: Simd, F: Form, const X: usize>(
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
    let output = &mut output[..F::ROWS * outside * lanes];
    let sums = &mut sums[..F::POINTS * 2 * X * lanes];
    let points = &points[..F::POINTS * maps * inside * lanes];
    for first in (0..outside).step_by(2 * X) {
        for (p, sums) in sums.chunks_exact_mut(2 * X * lanes).enumerate() {
            // Every output has the sum at 1 among its terms, with the factor 1.
            let start = if p == ONE { bias } else { S::f32s::splat(simd, 0.0) };
            let mut left = [start; X];
            let mut right = left;
            for (&i, kernel) in table.iter().zip(kernels.chunks_exact(F::POINTS * KERNEL)) {
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
        for j in 0..2 * X {
            let y = F::outputs::<S>(simd, &column::<S, F>(simd, sums, 2 * X, j));
            for r in 0..F::ROWS {
                let state = squash::squash::<S>(simd, y[r]);
                state.store_slice(&mut output[(r * outside + first + j) * lanes..][..lanes]);
            }
        }
    }
}

/// What rows of gradients send back to the rows of one input map that they see, at point `p`: `2 X` columns.
///
/// `feeds` lists (output map, index of the kernel) of the map's connections; `d`: a row of gradients of every output map at
/// that point, `stride` vectors apart; `kernels`: at the points.
#[inline(always)]
pub(crate) fn input_gradient_at<S: Simd, F: Form, const X: usize>(
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
        let w = kernel_row::<S, IMAGES>(simd, &kernels[kernel * F::EVALUATED..][..F::EVALUATED], p);
        scattered::<S, X, 0>(simd, row, &w, &mut left);
        scattered::<S, X, 4>(simd, &row[(X - 4) * lanes..], &w, &mut right);
    }
    let (to_left, to_right) = sums[..2 * X * lanes].split_at_mut(X * lanes);
    for j in 0..X {
        left[j].store_slice(&mut to_left[j * lanes..][..lanes]);
        right[j].store_slice(&mut to_right[j * lanes..][..lanes]);
    }
}

/// B^T: adds the sums at all points, which begin `STRIDE` vectors apart, to the first `known` rows of gradients of `WIDTH` columns, and
/// writes the rows behind them.
#[inline(always)]
pub(crate) fn add_rows<S: Simd, F: Form, const WIDTH: usize, const STRIDE: usize>(
    simd: S,
    points: &[f32],
    known: usize,
    rows: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let points = &points[..((F::POINTS - 1) * STRIDE + WIDTH) * lanes];
    let rows = &mut rows[..F::POINTS * WIDTH * lanes];
    for k in 0..WIDTH {
        let mut d = [S::f32s::splat(simd, 0.0); MOST];
        for r in 0..known {
            d[r] = S::f32s::from_slice(simd, &rows[(r * WIDTH + k) * lanes..][..lanes]);
        }
        F::add_inputs::<S>(simd, &column::<S, F>(simd, points, STRIDE, k), &mut d);
        for r in 0..F::POINTS {
            d[r].store_slice(&mut rows[(r * WIDTH + k) * lanes..][..lanes]);
        }
    }
}

#[cfg(test)]
mod tests;
