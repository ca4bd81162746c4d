//! Kernels for one field that is wider than the network's input: positions of a row are in the lanes (Fig. 23 of the paper).
//!
//! ```text
//! a[o][y][x] = b[o] + sum over i, u, v of w[o,i][u][v] * in[i][y + u][x + v]
//!
//! x, x+1, ..., x+7 in one vector, and the next eight in another: a weight is broadcast once and meets both
//! ```
//!
//! Rows have as many floats as the vectors that cover them, and what stands behind their end takes part without being looked at: so
//! no row has a remainder. [`stride`] says how many.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::{KERNEL, TAPS};

/// Floats that two vectors of the widest level hold.
const BLOCK: usize = 32;

/// Floats of a row of so many positions.
pub(crate) fn stride(width: usize) -> usize {
    width.next_multiple_of(BLOCK)
}

/// Floats behind the last row: as many as a kernel reads beyond.
pub(crate) const SLACK: usize = KERNEL;

/// Pre-activations of row `y` of one output map.
///
/// `input`: `[i][rows][stride]`, and [`SLACK`]; `kernels`: one for each map of `table`; `row`: as long as a row of the output.
#[simd]
pub(crate) fn convolution_row<S: Simd>(
    simd: S,
    input: &[f32],
    [rows, stride]: [usize; 2],
    table: &[usize],
    kernels: &[f32],
    bias: f32,
    y: usize,
    row: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    for (block, out) in row.chunks_exact_mut(2 * lanes).enumerate() {
        let x = block * 2 * lanes;
        let mut sums = [S::f32s::splat(simd, bias); 2];
        for (&i, kernel) in table.iter().zip(kernels.chunks_exact(TAPS)) {
            for (u, weights) in kernel.chunks_exact(KERNEL).enumerate() {
                let inputs = &input[(i * rows + y + u) * stride + x..][..2 * lanes + KERNEL - 1];
                for (v, &w) in weights.iter().enumerate() {
                    let w = S::f32s::splat(simd, w);
                    sums[0] = S::f32s::from_slice(simd, &inputs[v..v + lanes]).mul_add(w, sums[0]);
                    sums[1] =
                        S::f32s::from_slice(simd, &inputs[v + lanes..v + 2 * lanes]).mul_add(w, sums[1]);
                }
            }
        }
        sums[0].store_slice(&mut out[..lanes]);
        sums[1].store_slice(&mut out[lanes..]);
    }
}

/// Pre-activations of one unit at all positions, each of which sees the column of all `inputs` units there.
///
/// `input`: `[k][stride]`; `row`: `stride` floats.
#[simd]
pub(crate) fn unit_row<S: Simd>(simd: S, input: &[f32], weights: &[f32], bias: f32, row: &mut [f32]) {
    let (lanes, stride) = (S::f32s::LEN, row.len());
    for (block, out) in row.chunks_exact_mut(lanes).enumerate() {
        let mut sum = S::f32s::splat(simd, bias);
        for (inputs, &w) in input.chunks_exact(stride).zip(weights) {
            let inputs = &inputs[block * lanes..][..lanes];
            sum = S::f32s::from_slice(simd, inputs).mul_add(S::f32s::splat(simd, w), sum);
        }
        sum.store_slice(out);
    }
}

/// Pre-activations of one row of sub-sampling: the coefficient times the sum of 2x2, plus the bias.
///
/// `upper` and `lower`: two rows of the input; `row`: `width` positions.
pub(crate) fn subsampling_row(upper: &[f32], lower: &[f32], coefficient: f32, bias: f32, row: &mut [f32]) {
    let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
    for (out, (upper, lower)) in row.iter_mut().zip(pairs) {
        *out = ((upper[0] + upper[1]) + (lower[0] + lower[1])) * coefficient + bias;
    }
}
