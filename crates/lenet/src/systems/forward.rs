//! From the input to the penalties, layer by layer, for the images of a tile.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::plan::{Kind, Output, Placed, Pooling, Squashing};
use super::space::Space;
use super::stack::{Stack, StackParameters};
use crate::kernels::TAPS;
use crate::kernels::squash;
use crate::kernels::tile::convolution;
use crate::kernels::tile::{dense, pooling, rbf};

/// Computes the states of all layers and the penalties.
#[simd]
pub(crate) fn forward<S: Simd>(simd: S, stack: &Stack, p: &StackParameters, t: &mut Space) {
    for (l, layer) in stack.layers.iter().enumerate() {
        let (below, above) = t.states.split_at_mut(l + 1);
        let (x, out) = (&below[l][..], &mut above[0][..]);
        let (weights, biases) = (&p.as_slice()[layer.weights.clone()], &p.as_slice()[layer.biases.clone()]);
        match &layer.layer.kind {
            Kind::Convolution { table } => convolve(simd, layer, table, weights, biases, x, out),
            Kind::Subsampling { pooling, fan_out } => {
                subsample(simd, layer, *pooling, *fan_out, weights, biases, x, out)
            }
            Kind::Dense { .. } => full(simd, layer, weights, biases, x, out),
        }
        if layer.squashed {
            squash_all(simd, stack.plan().squashing, out);
        }
    }
    let last = t.states.last().expect("the input at least");
    match stack.plan().output {
        Output::Codes => rbf::forward(simd, last, &mut t.output),
        Output::Linear => t.output.iter_mut().zip(last.iter()).for_each(|(y, a)| *y = -a),
    }
}

#[simd]
fn squash_all<S: Simd>(simd: S, squashing: Squashing, values: &mut [f32]) {
    match squashing {
        Squashing::Tanh => squash::apply(simd, values),
        Squashing::Relu => values.iter_mut().for_each(|a| *a = a.max(0.0)),
    }
}

#[simd]
fn convolve<S: Simd>(
    simd: S,
    layer: &Placed,
    table: &[Vec<usize>],
    weights: &[f32],
    biases: &[f32],
    x: &[f32],
    out: &mut [f32],
) {
    let mut kernels = weights;
    let maps = out.chunks_exact_mut(layer.outputs.area() * S::f32s::LEN);
    for ((inputs, &bias), map) in table.iter().zip(biases).zip(maps) {
        let (mine, rest) = kernels.split_at(inputs.len() * TAPS);
        convolve_map(simd, x, [layer.inputs.side, layer.outputs.side], inputs, mine, bias, map);
        kernels = rest;
    }
}

/// One output map of a convolution, with `[inside, outside]` rows.
#[simd]
pub(super) fn convolve_map<S: Simd>(
    simd: S,
    x: &[f32],
    [inside, outside]: [usize; 2],
    table: &[usize],
    kernels: &[f32],
    bias: f32,
    map: &mut [f32],
) {
    let bias = S::f32s::splat(simd, bias);
    for (y, row) in map.chunks_exact_mut(outside * S::f32s::LEN).enumerate() {
        macro_rules! row {
            ($x:literal) => {
                convolution::forward_row::<S, $x>(simd, x, inside, outside, table, kernels, bias, y, row)
            };
        }
        // Half a block; two of them have to divide the row, which has an even length.
        match outside {
            14 | 28 => row!(7),
            12 | 24 => row!(6),
            10 => row!(5),
            8 => row!(4),
            _ => row!(1),
        }
    }
}

#[simd]
fn subsample<S: Simd>(
    simd: S,
    layer: &Placed,
    how: Pooling,
    fan_out: usize,
    coefficients: &[f32],
    biases: &[f32],
    x: &[f32],
    out: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let side = layer.outputs.side;
    for (o, map) in out.chunks_exact_mut(layer.outputs.area() * lanes).enumerate() {
        let area = layer.inputs.area() * lanes;
        let input = &x[o / fan_out * area..][..area];
        match how {
            Pooling::Trainable | Pooling::TrainableLinear => {
                pooling::sums(simd, input, side, coefficients[o], biases[o], map);
            }
            Pooling::Average => pooling::sums(simd, input, side, 0.25, 0.0, map),
            Pooling::Max => pooling::maxima(simd, input, side, map),
        }
    }
}

#[simd]
fn full<S: Simd>(simd: S, layer: &Placed, weights: &[f32], biases: &[f32], x: &[f32], out: &mut [f32]) {
    let sizes = layer.sizes();
    macro_rules! full {
        ($o:literal) => {
            dense::forward::<S, _, $o, 1, false>(simd, sizes, weights, biases, [(x, out)])
        };
    }
    match super::plan::block(biases.len()) {
        Some(12) => full!(12),
        Some(10) => full!(10),
        Some(8) => full!(8),
        _ => full!(5),
    }
}
