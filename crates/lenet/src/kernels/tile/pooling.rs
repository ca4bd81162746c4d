//! Sub-sampling of 2x2 neighbourhoods of a map, one image per lane, in the ways that LeNet-5 is compared with.
//!
//! ```text
//! trainable:  out = coefficient * (a + b + c + d) + bias
//! average:    out = (a + b + c + d) / 4                       the same with 1/4 and 0
//! maximum:    out = the largest; the gradient goes to the first of the largest
//! ```
//!
//! The squashing function is applied apart, where there is one.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

/// Where the four neighbours of position `k` of a map with `side` rows begin in the map of twice as many.
fn four(k: usize, side: usize, lanes: usize) -> [usize; 4] {
    let upper = (2 * (k / side) * 2 * side + 2 * (k % side)) * lanes;
    let lower = upper + 2 * side * lanes;
    [upper, upper + lanes, lower, lower + lanes]
}

/// factor * sum + bias of each four neighbours.
#[simd]
pub(crate) fn sums<S: Simd>(simd: S, input: &[f32], side: usize, factor: f32, bias: f32, output: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let load = |at: usize| S::f32s::from_slice(simd, &input[at..at + lanes]);
    let (factor, bias) = (S::f32s::splat(simd, factor), S::f32s::splat(simd, bias));
    for (k, out) in output.chunks_exact_mut(lanes).enumerate() {
        let [a, b, c, d] = four(k, side, lanes);
        let sum = (load(a) + load(b)) + (load(c) + load(d));
        sum.mul_add(factor, bias).store_slice(out);
    }
}

/// Adds what [`sums`] sends back to the gradients of its inputs, and to the gradients of factor and bias, apart by image.
#[simd]
pub(crate) fn sums_backward<S: Simd>(
    simd: S,
    d: &[f32],
    side: usize,
    factor: f32,
    input: &[f32],
    d_input: &mut [f32],
    [d_factor, d_bias]: [&mut [f32]; 2],
) {
    let lanes = S::f32s::LEN;
    let factor = S::f32s::splat(simd, factor);
    let mut of_factor = S::f32s::from_slice(simd, d_factor);
    let mut of_bias = S::f32s::from_slice(simd, d_bias);
    for (k, d) in d.chunks_exact(lanes).enumerate() {
        let d = S::f32s::from_slice(simd, d);
        of_bias += d;
        for at in four(k, side, lanes) {
            of_factor = d.mul_add(S::f32s::from_slice(simd, &input[at..at + lanes]), of_factor);
            let place = &mut d_input[at..at + lanes];
            d.mul_add(factor, S::f32s::from_slice(simd, place)).store_slice(place);
        }
    }
    of_factor.store_slice(d_factor);
    of_bias.store_slice(d_bias);
}

/// The largest of each four neighbours.
#[simd]
pub(crate) fn maxima<S: Simd>(simd: S, input: &[f32], side: usize, output: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let load = |at: usize| S::f32s::from_slice(simd, &input[at..at + lanes]);
    for (k, out) in output.chunks_exact_mut(lanes).enumerate() {
        let [a, b, c, d] = four(k, side, lanes);
        load(a).max(load(b)).max(load(c).max(load(d))).store_slice(out);
    }
}

/// Adds what [`maxima`] sends back to the gradients of its inputs.
#[simd]
pub(crate) fn maxima_backward<S: Simd>(
    simd: S,
    d: &[f32],
    side: usize,
    input: &[f32],
    output: &[f32],
    d_input: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let zero = S::f32s::splat(simd, 0.0);
    for (k, (d, largest)) in d.chunks_exact(lanes).zip(output.chunks_exact(lanes)).enumerate() {
        let mut left = S::f32s::from_slice(simd, d);
        let largest = S::f32s::from_slice(simd, largest);
        for at in four(k, side, lanes) {
            let is_it = S::f32s::from_slice(simd, &input[at..at + lanes]).simd_eq(largest);
            let place = &mut d_input[at..at + lanes];
            (S::f32s::from_slice(simd, place) + is_it.select(left, zero)).store_slice(place);
            left = is_it.select(zero, left);
        }
    }
}
