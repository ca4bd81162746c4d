//! Sub-sampling of 2x2 neighbourhoods with one trainable coefficient and one bias per map (p. 7), one image per lane, or one
//! map per lane.
//!
//! ```text
//! sum[y][x] = in[2y][2x] + in[2y][2x+1] + in[2y+1][2x] + in[2y+1][2x+1]
//! out[y][x] = f(coefficient * sum[y][x] + bias)
//! ```
//!
//! A row at a time, right after the two rows that it sums up, so that these are still in the first-level cache. The sums are
//! not kept: on the way back they cost three additions, less than a trip to memory.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::squash;

/// A row of states from two rows of inputs.
#[inline(always)]
pub(crate) fn forward_row<S: Simd>(
    simd: S,
    rows: &[f32],
    coefficient: S::f32s,
    bias: S::f32s,
    output: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let (upper, lower) = rows.split_at(2 * output.len());
    let pairs = upper.chunks_exact(2 * lanes).zip(lower.chunks_exact(2 * lanes));
    for ((upper, lower), output) in pairs.zip(output.chunks_exact_mut(lanes)) {
        let sum = four::<S>(simd, upper, lower);
        squash::squash::<S>(simd, sum.mul_add(coefficient, bias)).store_slice(output);
    }
}

/// Upper left + upper right + lower left + lower right.
#[inline(always)]
fn four<S: Simd>(simd: S, upper: &[f32], lower: &[f32]) -> S::f32s {
    let lanes = S::f32s::LEN;
    let (left, right) = (upper.split_at(lanes), lower.split_at(lanes));
    (S::f32s::from_slice(simd, left.0) + S::f32s::from_slice(simd, left.1))
        + (S::f32s::from_slice(simd, right.0) + S::f32s::from_slice(simd, right.1))
}

/// From the gradients `d` of a map's pre-activations: those of the pre-activations of its inputs, whose states are
/// `inputs`; and, added to `sums` apart by image, of the coefficient, of the bias and of the inputs' bias.
///
/// `side` positions in a row of `d`; `d` may be a band of whole rows. For second derivatives (`ORDER` 2) the caller passes the
/// squared coefficient.
#[simd]
pub(crate) fn backward<S: Simd, const ORDER: usize>(
    simd: S,
    d: &[f32],
    side: usize,
    coefficient: S::f32s,
    inputs: &[f32],
    d_inputs: &mut [f32],
    sums: [&mut [f32]; 3],
) {
    let lanes = S::f32s::LEN;
    let factor = coefficient;
    let [coefficient, bias, inputs_bias] = sums;
    let mut d_coefficient = S::f32s::from_slice(simd, coefficient);
    let mut d_bias = S::f32s::from_slice(simd, bias);
    let mut d_inputs_bias = S::f32s::from_slice(simd, inputs_bias);
    let rows = inputs.chunks_exact(4 * side * lanes).zip(d_inputs.chunks_exact_mut(4 * side * lanes));
    for (d, (states, d_states)) in d.chunks_exact(side * lanes).zip(rows) {
        let (upper, lower) = states.split_at(2 * side * lanes);
        let (d_upper, d_lower) = d_states.split_at_mut(2 * side * lanes);
        let states = upper.chunks_exact(2 * lanes).zip(lower.chunks_exact(2 * lanes));
        let d_states = d_upper.chunks_exact_mut(2 * lanes).zip(d_lower.chunks_exact_mut(2 * lanes));
        for ((d, states), d_states) in d.chunks_exact(lanes).zip(states).zip(d_states) {
            let d = S::f32s::from_slice(simd, d);
            let sum = four::<S>(simd, states.0, states.1);
            d_coefficient = d.mul_add(if ORDER == 2 { sum * sum } else { sum }, d_coefficient);
            d_bias += d;
            let d = d * factor;
            for (states, d_states) in [(states.0, d_states.0), (states.1, d_states.1)] {
                for (x, d_x) in states.chunks_exact(lanes).zip(d_states.chunks_exact_mut(lanes)) {
                    let d = d * squash::slope::<S, ORDER>(simd, S::f32s::from_slice(simd, x));
                    d.store_slice(d_x);
                    d_inputs_bias += d;
                }
            }
        }
    }
    d_coefficient.store_slice(coefficient);
    d_bias.store_slice(bias);
    d_inputs_bias.store_slice(inputs_bias);
}
