//! Full connection (C5, which sees all of S4, and F6; p. 8), one image per lane: a = b + W x with W `[output][input]`.
//!
//! ```text
//! for o, for k:  a[o]      += w[o][k] * x[k]          forward
//! for k, for o:  d_x[k]    += w[o][k] * d[o]          gradient of the inputs
//! for o, for k:  d_w[o][k] += d[o] * x[k]             gradient of the weights, summed over the images of the tile
//! ```
//!
//! Forward and backward, a block of sums stays in registers; each step loads one vector and one weight per sum, which the
//! processor broadcasts while it loads. The gradient of the weights is a sum over images, that is over lanes: x and d are
//! turned round first ([`super::lanes::turn`]), images become the inner loop and vectors run along a row of weights.

use fearless_simd::f32x8;
use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::level::has_32_registers;
use crate::kernels::squash;

/// States of all outputs, `O` at a time; `O` divides their number.
#[simd]
pub(crate) fn forward<S: Simd, const IN: usize, const O: usize>(
    simd: S,
    weights: &[f32],
    biases: &[f32],
    x: &[f32],
    output: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let x = &x[..IN * lanes];
    let blocks = weights.chunks_exact(O * IN).zip(biases.chunks_exact(O));
    for ((weights, biases), output) in blocks.zip(output.chunks_exact_mut(O * lanes)) {
        let mut sums = [S::f32s::splat(simd, 0.0); O];
        for o in 0..O {
            sums[o] = S::f32s::splat(simd, biases[o]);
        }
        for k in 0..IN {
            let x = S::f32s::from_slice(simd, &x[k * lanes..][..lanes]);
            for o in 0..O {
                sums[o] = x.mul_add(S::f32s::splat(simd, weights[o * IN + k]), sums[o]);
            }
        }
        for o in 0..O {
            squash::squash::<S>(simd, sums[o]).store_slice(&mut output[o * lanes..][..lanes]);
        }
    }
}

/// Gradients of the pre-activations of the inputs, whose states are `x`, `K` at a time; `K` divides their number `IN`.
#[simd]
pub(crate) fn input_gradient<S: Simd, const IN: usize, const K: usize>(
    simd: S,
    weights: &[f32],
    d: &[f32],
    x: &[f32],
    d_x: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    for first in (0..IN).step_by(K) {
        let mut sums = [S::f32s::splat(simd, 0.0); K];
        for (row, d) in weights.chunks_exact(IN).zip(d.chunks_exact(lanes)) {
            let row = &row[first..first + K];
            let d = S::f32s::from_slice(simd, d);
            for k in 0..K {
                sums[k] = d.mul_add(S::f32s::splat(simd, row[k]), sums[k]);
            }
        }
        let (x, d_x) = (&x[first * lanes..][..K * lanes], &mut d_x[first * lanes..][..K * lanes]);
        for k in 0..K {
            let slope = squash::slope::<S, 1>(simd, S::f32s::from_slice(simd, &x[k * lanes..][..lanes]));
            (sums[k] * slope).store_slice(&mut d_x[k * lanes..][..lanes]);
        }
    }
}

/// d_w[o][k] = sum over images of d[n][o] * x[n][k], from `d` as `[n][OUT]` and `x` as `[n][IN]`.
///
/// A few columns of `x` at a time, which stay in the first-level cache while all outputs pass by.
#[simd]
pub(crate) fn weight_gradient<S: Simd, const IN: usize, const OUT: usize>(
    simd: S,
    d: &[f32],
    x: &[f32],
    d_w: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let mut k = 0;
    while has_32_registers::<S>() && k + 5 * lanes <= IN {
        outer::<S, S::f32s, IN, OUT, 5>(simd, d, x, k, d_w);
        k += 5 * lanes;
    }
    while k + 2 * lanes <= IN {
        outer::<S, S::f32s, IN, OUT, 2>(simd, d, x, k, d_w);
        k += 2 * lanes;
    }
    while k + lanes <= IN {
        outer::<S, S::f32s, IN, OUT, 1>(simd, d, x, k, d_w);
        k += lanes;
    }
    // F6's 120 inputs are no multiple of 16.
    while k < IN {
        outer::<S, f32x8<S>, IN, OUT, 1>(simd, d, x, k, d_w);
        k += 8;
    }
}

/// `V` vectors of every row of the gradient from input `k` on, four rows at a time.
#[inline(always)]
fn outer<S: Simd, F: SimdFloat<S, Element = f32>, const IN: usize, const OUT: usize, const V: usize>(
    simd: S,
    d: &[f32],
    x: &[f32],
    k: usize,
    d_w: &mut [f32],
) {
    for (block, d_w) in d_w.chunks_exact_mut(4 * IN).enumerate() {
        let mut sums = [[F::splat(simd, 0.0); V]; 4];
        for (d, x) in d.chunks_exact(OUT).zip(x.chunks_exact(IN)) {
            let (d, x) = (&d[4 * block..4 * block + 4], &x[k..k + V * F::LEN]);
            for j in 0..V {
                let x = F::from_slice(simd, &x[j * F::LEN..][..F::LEN]);
                for r in 0..4 {
                    sums[r][j] = x.mul_add(F::splat(simd, d[r]), sums[r][j]);
                }
            }
        }
        for r in 0..4 {
            let row = &mut d_w[r * IN + k..][..V * F::LEN];
            for j in 0..V {
                sums[r][j].store_slice(&mut row[j * F::LEN..][..F::LEN]);
            }
        }
    }
}
