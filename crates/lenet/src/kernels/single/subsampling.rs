//! Sub-sampling of 2x2 neighbourhoods with one trainable coefficient and one bias per map (p. 7).
//!
//! ```text
//! sum[y][x] = in[2y][2x] + in[2y][2x+1] + in[2y+1][2x] + in[2y+1][2x+1]
//! out[y][x] = f(coefficient * sum[y][x] + bias)
//! ```
//!
//! The fast version adds two rows, then even and odd columns. Vectors run over the end of a row; the next row,
//! map or the buffer's slack takes the surplus. Backward, each value is doubled in both directions again.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::squash;

/// Sums and states of all maps: `inputs` `[map][stride_in]` with `2 OUTSIDE` rows, outputs `[map][OUTSIDE^2]`.
#[simd]
pub(crate) fn forward<S: Simd, const OUTSIDE: usize>(
    simd: S,
    inputs: &[f32],
    stride_in: usize,
    coefficients: &[f32],
    biases: &[f32],
    sums: &mut [f32],
    outputs: &mut [f32],
) {
    let (lanes, inside) = (S::f32s::LEN, 2 * OUTSIDE);
    for map in 0..coefficients.len() {
        let coefficient = S::f32s::splat(simd, coefficients[map]);
        let bias = S::f32s::splat(simd, biases[map]);
        let input = &inputs[map * stride_in..];
        for y in 0..OUTSIDE {
            let to = (map * OUTSIDE + y) * OUTSIDE;
            let upper = &input[2 * y * inside..];
            let lower = &input[(2 * y + 1) * inside..];
            let mut x = 0;
            while x < OUTSIDE {
                let both = |from: usize| {
                    S::f32s::from_slice(simd, &upper[from..from + lanes])
                        + S::f32s::from_slice(simd, &lower[from..from + lanes])
                };
                let (even, odd) = both(2 * x).deinterleave(both(2 * x + lanes));
                let sum = even + odd;
                sum.store_slice(&mut sums[to + x..to + x + lanes]);
                let state = squash::squash::<S>(simd, sum.mul_add(coefficient, bias));
                state.store_slice(&mut outputs[to + x..to + x + lanes]);
                x += lanes;
            }
        }
    }
}

/// From the gradients `d` of the pre-activations: those of coefficients and biases, and of the inputs'
/// pre-activations (their states `inputs` give the slopes).
///
/// For second derivatives (`ORDER` 2) the caller passes squared sums and squared coefficients.
#[simd]
pub(crate) fn backward<S: Simd, const OUTSIDE: usize, const ORDER: usize>(
    simd: S,
    d: &[f32],
    sums: &[f32],
    coefficients: &[f32],
    inputs: &[f32],
    stride_in: usize,
    d_coefficients: &mut [f32],
    d_biases: &mut [f32],
    d_inputs: &mut [f32],
) {
    let (lanes, inside, area) = (S::f32s::LEN, 2 * OUTSIDE, OUTSIDE * OUTSIDE);
    for map in 0..coefficients.len() {
        let (mut d_coefficient, mut d_bias) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 0.0));
        let (d_map, sum) = (&d[map * area..][..area], &sums[map * area..][..area]);
        for (d, sum) in d_map.chunks_exact(lanes).zip(sum.chunks_exact(lanes)) {
            let d = S::f32s::from_slice(simd, d);
            d_coefficient = d.mul_add(S::f32s::from_slice(simd, sum), d_coefficient);
            d_bias += d;
        }
        let (mut coefficient, mut bias) = (d_coefficient.reduce_sum(), d_bias.reduce_sum());
        for k in area / lanes * lanes..area {
            coefficient += d_map[k] * sum[k];
            bias += d_map[k];
        }
        (d_coefficients[map], d_biases[map]) = (coefficient, bias);

        let coefficient = S::f32s::splat(simd, coefficients[map]);
        for row in 0..inside {
            // A row's surplus lands on the next row, which is written after it.
            let mut x = 0;
            while x < OUTSIDE {
                let from = map * area + row / 2 * OUTSIDE + x;
                let d = S::f32s::from_slice(simd, &d[from..from + lanes]) * coefficient;
                let (low, high) = d.interleave(d);
                let at = map * stride_in + row * inside + 2 * x;
                for (at, d) in [(at, low), (at + lanes, high)] {
                    let input = S::f32s::from_slice(simd, &inputs[at..at + lanes]);
                    let d = d * squash::slope::<S, ORDER>(simd, input);
                    d.store_slice(&mut d_inputs[at..at + lanes]);
                }
                x += lanes;
            }
        }
        // What ran over the end of the map must not count as positions.
        d_inputs[map * stride_in + inside * inside..][..stride_in - inside * inside].fill(0.0);
    }
}
