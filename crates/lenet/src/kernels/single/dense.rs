//! Full connection (C5, which sees all of S4, and F6; p. 8): a = b + W x with W `[output][input]`.
//!
//! Forward, a block of twelve outputs shares each loaded vector of inputs and their sums are added up together; backward, a block of inputs stays in
//! registers while all outputs pass by. So W is read in rows both ways and kept in the order that PyTorch uses.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::tile::lanes::add_up_16;

/// Outputs computed together, which divides 120 and 84: more sums than multiply-adds can be under way.
const BLOCK: usize = 12;

/// a = b + W x.
#[simd]
pub(crate) fn forward<S: Simd, const IN: usize>(
    simd: S,
    weights: &[f32],
    biases: &[f32],
    x: &[f32; IN],
    a: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let whole = IN / lanes * lanes;
    let blocks = weights.chunks_exact(BLOCK * IN).zip(biases.chunks_exact(BLOCK));
    for ((weights, biases), a) in blocks.zip(a.chunks_exact_mut(BLOCK)) {
        let mut sums = [S::f32s::splat(simd, 0.0); 16];
        let mut k = 0;
        while k < whole {
            let x = S::f32s::from_slice(simd, &x[k..k + lanes]);
            for r in 0..BLOCK {
                sums[r] = x.mul_add(S::f32s::from_slice(simd, &weights[r * IN + k..][..lanes]), sums[r]);
            }
            k += lanes;
        }
        let sums = add_up_16::<S>(sums);
        for r in 0..BLOCK {
            a[r] = biases[r] + sums[r];
            for k in whole..IN {
                a[r] += weights[r * IN + k] * x[k];
            }
        }
    }
}

/// d_x = W^T d.
#[simd]
pub(crate) fn input_gradient<S: Simd, const IN: usize>(
    simd: S,
    weights: &[f32],
    d: &[f32],
    d_x: &mut [f32; IN],
) {
    let lanes = S::f32s::LEN;
    let mut k = 0;
    while k + 10 * lanes <= IN {
        columns::<S, IN, 10>(simd, weights, d, k, d_x);
        k += 10 * lanes;
    }
    while k + 5 * lanes <= IN {
        columns::<S, IN, 5>(simd, weights, d, k, d_x);
        k += 5 * lanes;
    }
    while k + lanes <= IN {
        columns::<S, IN, 1>(simd, weights, d, k, d_x);
        k += lanes;
    }
    for k in k..IN {
        d_x[k] = d.iter().enumerate().map(|(o, d)| d * weights[o * IN + k]).sum();
    }
}

/// `V` vectors of d_x from input `first` on.
#[inline(always)]
fn columns<S: Simd, const IN: usize, const V: usize>(
    simd: S,
    weights: &[f32],
    d: &[f32],
    first: usize,
    d_x: &mut [f32; IN],
) {
    let lanes = S::f32s::LEN;
    let mut sums = [S::f32s::splat(simd, 0.0); V];
    for (row, &d) in weights.chunks_exact(IN).zip(d) {
        let d = S::f32s::splat(simd, d);
        let window = &row[first..][..V * lanes];
        for j in 0..V {
            sums[j] = S::f32s::from_slice(simd, &window[j * lanes..][..lanes]).mul_add(d, sums[j]);
        }
    }
    for j in 0..V {
        sums[j].store_slice(&mut d_x[first + j * lanes..][..lanes]);
    }
}
