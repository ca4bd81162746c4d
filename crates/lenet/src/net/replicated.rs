//! The network replicated over a wide field: a space displacement neural network (p. 27, Fig. 23).
//!
//! All layers run over the whole width, C5 as the convolution that it is by name, so that what two places have in common is
//! computed once. There is an answer for every window of 32 columns that begins at a multiple of four, since two
//! sub-samplings have halved the positions twice:
//!
//! ```text
//! field      32 x W                         W a multiple of 4, at least 32
//! C1          6 x 28 x (W - 4)
//! S2          6 x 14 x (W - 4) / 2
//! C3         16 x 10 x (W - 12) / 2
//! S4         16 x  5 x (W - 12) / 4
//! C5, F6    120, 84 x  (W - 28) / 4         one column for each window
//! output     10 x      (W - 28) / 4
//! ```

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;

use super::{LENET5, Parameters};
use crate::data::normalise::INPUT;
use crate::kernels::level::Level;
use crate::kernels::squash;
use crate::kernels::strip::{self, SLACK, stride};
use crate::paper::{CODE, CODES, TABLE_I};

/// Columns between two windows.
pub const STEP: usize = 4;

/// The ten penalties (eq. 7) of every window of a field, from left to right: window `k` begins at column `4 k`.
///
/// `field`: 32 rows of `width` values, scaled as `data::normalise` does; white paper is -0.1.
///
/// ```
/// use lenet::kernels::level::Level;
/// use lenet::{models, net};
///
/// let penalties = net::replicated(Level::new(), &models::lenet_5(), &[-0.1; 32 * 64], 64);
/// assert_eq!(penalties.len(), 9); // as in Fig. 25
/// ```
///
/// # Panics
/// When `width` is below 32 or not a multiple of 4, or when the field is not `32 * width` values.
pub fn replicated(level: Level, parameters: &Parameters, field: &[f32], width: usize) -> Vec<[f32; 10]> {
    assert!(width >= INPUT && width.is_multiple_of(STEP), "a width of {width}");
    assert!(field.len() == INPUT * width, "{} values are no {INPUT} rows of {width}", field.len());
    dispatch!(level, simd => penalties(simd, parameters, field, width))
}

/// Maps of a layer: `[map][row][stride]`.
struct Maps {
    values: Vec<f32>,
    rows: usize,
    stride: usize,
}

impl Maps {
    fn new(maps: usize, rows: usize, width: usize) -> Self {
        let stride = stride(width);
        Maps { values: vec![0.0; maps * rows * stride + SLACK], rows, stride }
    }

    /// The rows, map by map.
    fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.values.chunks_exact_mut(self.stride)
    }
}

#[simd]
fn penalties<S: Simd>(simd: S, p: &Parameters, field: &[f32], width: usize) -> Vec<[f32; 10]> {
    let net = &LENET5;
    let mut input = Maps::new(1, INPUT, width);
    for (row, values) in input.rows_mut().zip(field.chunks_exact(width)) {
        row[..width].copy_from_slice(values);
    }
    let one = [[0].as_slice(); 6];
    let (weights, biases) = (p.view(net.c1.weights()), p.view(net.c1.biases()));
    let c1 = convolved(simd, &input, width - 4, &one, weights, biases);
    let (coefficients, biases) = (p.view(net.s2.coefficients()), p.view(net.s2.biases()));
    let s2 = subsampled(simd, &c1, (width - 4) / 2, coefficients, biases);
    let (weights, biases) = (p.view(net.c3.weights()), p.view(net.c3.biases()));
    let c3 = convolved(simd, &s2, (width - 12) / 2, &TABLE_I, weights, biases);
    let (coefficients, biases) = (p.view(net.s4.coefficients()), p.view(net.s4.biases()));
    let s4 = subsampled(simd, &c3, (width - 12) / 4, coefficients, biases);
    let windows = (width - 28) / 4;
    let all: [usize; 16] = std::array::from_fn(|i| i);
    let (weights, biases) = (p.view(net.c5.weights()), p.view(net.c5.biases()));
    let c5 = convolved(simd, &s4, windows, &[all.as_slice(); 120], weights, biases);
    let mut f6 = Maps::new(CODE, 1, windows);
    let weights = p.view(net.f6.weights()).chunks_exact(net.f6.inputs);
    for ((row, weights), bias) in f6.rows_mut().zip(weights).zip(p.view(net.f6.biases())) {
        strip::unit_row(simd, &c5.values, weights, *bias, row);
        squash::apply(simd, row);
    }
    let penalty = |k: usize, code: &[f32; CODE]| {
        let states = f6.values.iter().skip(k).step_by(f6.stride);
        states.zip(code).map(|(x, w)| (x - w) * (x - w)).sum()
    };
    (0..windows).map(|k| std::array::from_fn(|class| penalty(k, &CODES[class]))).collect()
}

/// The states of a convolution with as many output maps as the table has rows.
#[simd]
fn convolved<S: Simd>(
    simd: S,
    input: &Maps,
    width: usize,
    table: &[&[usize]],
    weights: &[f32],
    biases: &[f32],
) -> Maps {
    let rows = input.rows - 4;
    let mut out = Maps::new(table.len(), rows, width);
    let mut kernels = weights;
    let mut all = out.rows_mut();
    for (inputs, &bias) in table.iter().zip(biases) {
        let (mine, rest) = kernels.split_at(inputs.len() * 25);
        for (y, row) in all.by_ref().take(rows).enumerate() {
            let size = [input.rows, input.stride];
            strip::convolution_row(simd, &input.values, size, inputs, mine, bias, y, row);
            squash::apply(simd, row);
        }
        kernels = rest;
    }
    drop(all);
    out
}

/// The states of sub-sampling.
#[simd]
fn subsampled<S: Simd>(simd: S, input: &Maps, width: usize, coefficients: &[f32], biases: &[f32]) -> Maps {
    let rows = input.rows / 2;
    let mut out = Maps::new(coefficients.len(), rows, width);
    let pairs = input.values.chunks_exact(2 * input.stride);
    for (k, (row, pair)) in out.rows_mut().zip(pairs).enumerate() {
        let (upper, lower) = pair.split_at(input.stride);
        let map = k / rows;
        strip::subsampling_row(upper, lower, coefficients[map], biases[map], &mut row[..width]);
        squash::apply(simd, row);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::level;
    use crate::net::{self, State};
    use crate::train::Recipe;
    use rand::{Rng, SeedableRng, rngs::ChaCha8Rng};

    /// Every window's answer is that of the network to the window alone.
    #[test]
    fn every_window_is_answered_as_if_it_were_alone() {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        let parameters = Recipe::paper_1998().initial.draw(&mut random);
        for width in [32, 36, 64, 100, 164] {
            let field: Vec<f32> =
                (0..32 * width).map(|_| random.next_u32() as f32 / u32::MAX as f32).collect();
            for (name, level) in level::available() {
                let answers = replicated(level, &parameters, &field, width);
                assert_eq!(answers.len(), (width - 28) / 4);
                for (k, answer) in answers.iter().enumerate() {
                    let mut state = State::new();
                    let window = std::array::from_fn(|at| field[at / 32 * width + 4 * k + at % 32]);
                    state.set_input(&window);
                    net::forward(level, &parameters, &mut state);
                    for (a, b) in answer.iter().zip(state.output()) {
                        assert!((a - b).abs() < 1e-3 * b.abs().max(1.0), "{name} {width} {k}: {a} {b}");
                    }
                }
            }
        }
    }
}
