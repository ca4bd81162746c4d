//! Full connection for one image (p. 8): a = b + W x with W `[output][input]`: F6, and the gradient of C5's inputs where it is wanted
//! without an update. All else of C5 is in [`super::columns`].
//!
//! ```text
//! for o, for k:  a[o]   += w[o][k] * x[k]          forward
//! for o, for k:  d_x[k] += w[o][k] * d[o]          gradient of the inputs
//!                w[o][k] -= step[o][k] d[o] x[k]   update after one pattern (eq. 18, p. 42), from the same w[o][k]
//! ```
//!
//! A weight is used once, so what limits is how fast W comes from the second-level cache: both ways read it row after row,
//! from front to end. Forward, a row's products go to five sums in turn, and the sums of sixteen rows are added up over
//! their lanes together. Backward, sums for some of the inputs stay in registers while these columns of all rows pass by, for
//! not more than 13 vectors of them, since what LLVM does not unroll it keeps in memory.
//!
//! The gradient of the weights is the product of two short vectors, d[o] x[k]. On-line training multiplies it out while it applies
//! it, so that its 10,000 numbers never go through memory, and it does so in the same walk as the gradient of the inputs: W comes
//! from the second-level cache once for both.

use fearless_simd::f32x8;
use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::level::has_32_registers;
use crate::kernels::tile::lanes::add_up_16;

/// Outputs whose sums are added up together; it divides 84.
const BLOCK: usize = 12;
/// Sums of a row that are under way at the same time.
const CHAINS: usize = 5;

/// Calls a function that is generic over level, vectors, inputs `IN` and a number of vectors with every input to begin at, so that
/// as many vectors are done at once as the registers have room for.
macro_rules! in_blocks {
    ($function:ident($simd:expr, $($argument:expr),*)) => {
        let (lanes, mut k) = (S::f32s::LEN, 0);
        while has_32_registers::<S>() && k + 13 * lanes <= IN {
            $function::<S, S::f32s, IN, 13>($simd, $($argument),*, k);
            k += 13 * lanes;
        }
        while has_32_registers::<S>() && k + 12 * lanes <= IN {
            $function::<S, S::f32s, IN, 12>($simd, $($argument),*, k);
            k += 12 * lanes;
        }
        while k + 10 * lanes <= IN {
            $function::<S, S::f32s, IN, 10>($simd, $($argument),*, k);
            k += 10 * lanes;
        }
        while k + 7 * lanes <= IN {
            $function::<S, S::f32s, IN, 7>($simd, $($argument),*, k);
            k += 7 * lanes;
        }
        while k + 5 * lanes <= IN {
            $function::<S, S::f32s, IN, 5>($simd, $($argument),*, k);
            k += 5 * lanes;
        }
        while k < IN {
            $function::<S, f32x8<S>, IN, 1>($simd, $($argument),*, k);
            k += 8;
        }
    };
}

/// a = b + W x.
#[simd]
pub(crate) fn forward<S: Simd, const IN: usize>(
    simd: S,
    weights: &[f32],
    biases: &[f32],
    x: &[f32; IN],
    a: &mut [f32],
) {
    let blocks = weights.chunks_exact(BLOCK * IN).zip(biases.chunks_exact(BLOCK));
    for ((weights, biases), a) in blocks.zip(a.chunks_exact_mut(BLOCK)) {
        let mut sums = [S::f32s::splat(simd, 0.0); 16];
        let mut rest = [0.0; BLOCK];
        for (r, row) in weights.chunks_exact(IN).enumerate() {
            (sums[r], rest[r]) = row_product::<S, IN>(simd, row, x);
        }
        let sums = add_up_16::<S>(sums);
        for r in 0..BLOCK {
            a[r] = biases[r] + (sums[r] + rest[r]);
        }
    }
}

/// The products of a row with x, summed up into one vector and, where the row is no multiple of the lanes, a number.
#[inline(always)]
fn row_product<S: Simd, const IN: usize>(simd: S, row: &[f32], x: &[f32; IN]) -> (S::f32s, f32) {
    let lanes = S::f32s::LEN;
    let (row, whole) = (&row[..IN], IN / lanes * lanes);
    let at = |values: &[f32], k: usize| S::f32s::from_slice(simd, &values[k..k + lanes]);
    let mut chains = [S::f32s::splat(simd, 0.0); CHAINS];
    let mut k = 0;
    while k + CHAINS * lanes <= whole {
        for c in 0..CHAINS {
            chains[c] = at(x, k + c * lanes).mul_add(at(row, k + c * lanes), chains[c]);
        }
        k += CHAINS * lanes;
    }
    while k < whole {
        chains[0] = at(x, k).mul_add(at(row, k), chains[0]);
        k += lanes;
    }
    let mut rest = 0.0;
    if k + 8 <= IN {
        let (x, w) = (f32x8::from_slice(simd, &x[k..k + 8]), f32x8::from_slice(simd, &row[k..k + 8]));
        rest = (x * w).reduce_sum();
        k += 8;
    }
    for k in k..IN {
        rest += row[k] * x[k];
    }
    ((chains[0] + chains[1]) + (chains[2] + chains[3]) + chains[4], rest)
}

/// d_x = W^T d; the number of inputs must be a multiple of 8.
#[simd]
pub(crate) fn input_gradient<S: Simd, const IN: usize>(
    simd: S,
    weights: &[f32],
    d: &[f32],
    d_x: &mut [f32; IN],
) {
    in_blocks!(columns(simd, weights, d, d_x));
}

/// `d_x = W^T d` and, with the rows of W still at hand, `w[o][k] -= steps[o][k] * d[o] * x[k]` (eq. 18).
#[simd]
pub(crate) fn descend<S: Simd, const IN: usize>(
    simd: S,
    weights: &mut [f32],
    steps: &[f32],
    d: &[f32],
    x: &[f32; IN],
    d_x: &mut [f32; IN],
) {
    in_blocks!(columns_and_update(simd, weights, steps, d, x, d_x));
}

/// `V` vectors of d_x from input `first` on, and the same columns of W after the update.
#[inline(always)]
fn columns_and_update<S: Simd, F: SimdFloat<S, Element = f32>, const IN: usize, const V: usize>(
    simd: S,
    weights: &mut [f32],
    steps: &[f32],
    d: &[f32],
    x: &[f32; IN],
    d_x: &mut [f32; IN],
    first: usize,
) {
    let (x, d_x) = (&x[first..][..V * F::LEN], &mut d_x[first..][..V * F::LEN]);
    let mut sums = [F::splat(simd, 0.0); V];
    for ((row, steps), &d) in weights.chunks_exact_mut(IN).zip(steps.chunks_exact(IN)).zip(d) {
        let (d, minus_d) = (F::splat(simd, d), F::splat(simd, -d));
        let (row, steps) = (&mut row[first..][..V * F::LEN], &steps[first..][..V * F::LEN]);
        for j in 0..V {
            let place = &mut row[j * F::LEN..][..F::LEN];
            let w = F::from_slice(simd, place);
            sums[j] = w.mul_add(d, sums[j]);
            let change = F::from_slice(simd, &x[j * F::LEN..][..F::LEN]) * minus_d;
            F::from_slice(simd, &steps[j * F::LEN..][..F::LEN]).mul_add(change, w).store_slice(place);
        }
    }
    store(sums, d_x);
}

/// `V` vectors of d_x from input `first` on.
#[inline(always)]
fn columns<S: Simd, F: SimdFloat<S, Element = f32>, const IN: usize, const V: usize>(
    simd: S,
    weights: &[f32],
    d: &[f32],
    d_x: &mut [f32; IN],
    first: usize,
) {
    let mut sums = [F::splat(simd, 0.0); V];
    for (row, &d) in weights.chunks_exact(IN).zip(d) {
        let d = F::splat(simd, d);
        let window = &row[first..][..V * F::LEN];
        for j in 0..V {
            sums[j] = F::from_slice(simd, &window[j * F::LEN..][..F::LEN]).mul_add(d, sums[j]);
        }
    }
    store(sums, &mut d_x[first..]);
}

/// Vectors one after the other.
#[inline(always)]
fn store<S: Simd, F: SimdFloat<S, Element = f32>, const V: usize>(vectors: [F; V], place: &mut [f32]) {
    for j in 0..V {
        vectors[j].store_slice(&mut place[j * F::LEN..][..F::LEN]);
    }
}
