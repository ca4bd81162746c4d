//! Gradients of the 5x5 convolution of one image with its output maps in the lanes: C3, whose 16 maps fill a vector of the
//! widest level, or several groups of narrower ones.
//!
//! ```text
//! d_in[i][y + u][x + v] += w[o,i][u][v] * d[o][y][x]             gradient of the inputs, summed over the lanes by the caller
//! d_w[o,i][u][v]        += in[i][y + u][x + v] * d[o][y][x]      gradient of the weights
//! ```
//!
//! Forward is [`tile::convolution`](crate::kernels::tile::convolution) with inputs and weights exchanged: a weight is a vector
//! over output maps, zero where Table I has no connection, and an input is a number that is broadcast. So is the gradient of the
//! inputs here, in which positions outside the map are left out, not multiplied by zero.
//!
//! The gradient of the weights keeps `5 U` sums, `U` kernel rows of one kernel, and the `X` gradients of a row in registers;
//! an input is broadcast once per kernel row.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::level::has_32_registers;
use crate::kernels::tile::convolution::{MAPS, kernel_row, scattered};
use crate::kernels::{KERNEL, TAPS};

/// Gradients of the inputs, row `y` of one input map, all `2 X` of them as two halves, in parts by output map, which are to be
/// added up.
///
/// `feeds` lists (group of output maps, index of the kernel) of the map's connections; `d`: `[o][2 X - 4][2 X - 4]`.
#[inline(always)]
pub(crate) fn input_gradient_row<S: Simd, const X: usize>(
    simd: S,
    d: &[f32],
    weights: &[f32],
    feeds: &[(usize, usize)],
    y: usize,
) -> [[S::f32s; X]; 2] {
    let (lanes, outside) = (S::f32s::LEN, 2 * X - 4);
    let kernel_size = TAPS * lanes;
    let mut left = [S::f32s::splat(simd, 0.0); X];
    let mut right = left;
    for &(o, kernel) in feeds {
        for u in (y + 1).saturating_sub(outside)..KERNEL.min(y + 1) {
            let row = &d[(o * outside + y - u) * outside * lanes..][..outside * lanes];
            let w = kernel_row::<S, MAPS>(simd, &weights[kernel * kernel_size..][..kernel_size], u);
            scattered::<S, X, 0>(simd, row, &w, &mut left);
            scattered::<S, X, 4>(simd, &row[(X - 4) * lanes..], &w, &mut right);
        }
    }
    [left, right]
}

/// Adds to the gradient of a kernel what the output positions contribute.
///
/// `input`: `[outside + 4][outside + 4]`; `d`: `[outside][outside]`; `sums`:
/// `[5][5]` vectors, apart by output map. Three and two rows of the kernel at a time where the registers hold so many, else
/// two, two and one; and `X` columns of `d`, where `X` divides `outside`.
#[simd]
pub(crate) fn kernel_gradient<S: Simd, const X: usize>(
    simd: S,
    input: &[f32],
    d: &[f32],
    outside: usize,
    sums: &mut [f32],
) {
    const { assert!(KERNEL == 5) };
    if has_32_registers::<S>() {
        weight_gradient::<S, X, 3>(simd, input, d, outside, 0, sums);
        weight_gradient::<S, X, 2>(simd, input, d, outside, 3, sums);
    } else {
        weight_gradient::<S, X, 2>(simd, input, d, outside, 0, sums);
        weight_gradient::<S, X, 2>(simd, input, d, outside, 2, sums);
        weight_gradient::<S, X, 1>(simd, input, d, outside, 4, sums);
    }
}

/// [`kernel_gradient`] for `U` rows of the kernel from row `first` on.
#[inline(always)]
fn weight_gradient<S: Simd, const X: usize, const U: usize>(
    simd: S,
    input: &[f32],
    d: &[f32],
    outside: usize,
    first: usize,
    sums: &mut [f32],
) {
    let (lanes, inside) = (S::f32s::LEN, outside + KERNEL - 1);
    let sums = &mut sums[first * KERNEL * lanes..][..U * KERNEL * lanes];
    let mut a = [[S::f32s::splat(simd, 0.0); KERNEL]; U];
    for u in 0..U {
        for v in 0..KERNEL {
            a[u][v] = S::f32s::from_slice(simd, &sums[(u * KERNEL + v) * lanes..][..lanes]);
        }
    }
    for y in 0..outside {
        for x in (0..outside).step_by(X) {
            let row = &d[(y * outside + x) * lanes..][..X * lanes];
            let mut d = [S::f32s::splat(simd, 0.0); X];
            for j in 0..X {
                d[j] = S::f32s::from_slice(simd, &row[j * lanes..][..lanes]);
            }
            for u in 0..U {
                let row = &input[(y + first + u) * inside + x..][..X + KERNEL - 1];
                for c in 0..X + KERNEL - 1 {
                    let x = S::f32s::splat(simd, row[c]);
                    for v in 0..KERNEL {
                        if c >= v && c - v < X {
                            a[u][v] = x.mul_add(d[c - v], a[u][v]);
                        }
                    }
                }
            }
        }
    }
    for u in 0..U {
        for v in 0..KERNEL {
            a[u][v].store_slice(&mut sums[(u * KERNEL + v) * lanes..][..lanes]);
        }
    }
}
