//! From the criterion back to the input, for the images of a tile, and the sums of gradients over tiles.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::forward::convolve_map;
use super::plan::{Kind, Output, Placed, Pooling, Squashing, block};
use super::space::{Space, Sums};
use super::stack::{Stack, StackParameters};
use crate::kernels::aligned::Buffer;
use crate::kernels::tile::dense::Varying;
use crate::kernels::tile::{convolution, dense, lanes, pooling, rbf};
use crate::kernels::{KERNEL, TAPS, squash};

/// Makes ready for these parameters, to be done whenever they have changed, and forgets the images so far.
pub(crate) fn begin(stack: &Stack, p: &StackParameters, t: &mut Space) {
    t.clear();
    for (layer, sums) in stack.layers.iter().zip(&mut t.sums) {
        sums.turn_kernels(layer, &p.as_slice()[layer.weights.clone()]);
    }
}

/// Adds the tile's images to those whose gradient the sums hold, from the gradient by the penalties in `d_output`.
#[simd]
pub(crate) fn backward<S: Simd>(simd: S, stack: &Stack, p: &StackParameters, t: &mut Space) {
    output_gradient(simd, stack, t);
    for (l, layer) in stack.layers.iter().enumerate().rev() {
        let weights = &p.as_slice()[layer.weights.clone()];
        let (d_below, d_above) = t.gradients.split_at_mut(l + 1);
        let (d, d_x) = (&d_above[0][..], &mut d_below[l][..]);
        let (x, out, sums) = (&t.states[l][..], &t.states[l + 1][..], &mut t.sums[l]);
        // Nobody wants the gradient of the input.
        let below = l.checked_sub(1).map(|below| &stack.layers[below]);
        match &layer.layer.kind {
            Kind::Convolution { table } => {
                convolution_sums(simd, layer, table, d, x, sums);
                if below.is_some() {
                    convolution_back(simd, layer, d, &mut t.padded, sums, d_x);
                }
            }
            Kind::Subsampling { pooling, fan_out } => {
                subsampling(simd, layer, *pooling, *fan_out, weights, d, [x, out], d_x, sums);
            }
            Kind::Dense { .. } => {
                dense_rows(simd, layer, d, x, t.rows, sums);
                if below.is_some() {
                    dense_back(simd, layer.sizes(), weights, d, x, d_x);
                }
            }
        }
        if below.is_some_and(|below| below.squashed) {
            through_squashing(simd, stack.plan().squashing, d_x, x);
        }
    }
    t.rows += S::f32s::LEN;
}

/// The gradient by the last layer's sums.
#[simd]
fn output_gradient<S: Simd>(simd: S, stack: &Stack, t: &mut Space) {
    let (d, x) = (t.gradients.last_mut().expect("of the input at least"), t.states.last().expect("likewise"));
    match stack.plan().output {
        Output::Codes => rbf::backward(simd, &t.d_output, x, d),
        Output::Linear => d.iter_mut().zip(t.d_output.iter()).for_each(|(d, d_y)| *d = -d_y),
    }
}

#[simd]
fn through_squashing<S: Simd>(simd: S, squashing: Squashing, d: &mut [f32], x: &[f32]) {
    match squashing {
        Squashing::Tanh => squash::backward::<S, 1>(simd, d, x),
        Squashing::Relu => d.iter_mut().zip(x).for_each(|(d, x)| *d = if *x > 0.0 { *d } else { 0.0 }),
    }
}

/// Kernels and biases.
#[simd]
fn convolution_sums<S: Simd>(
    simd: S,
    layer: &Placed,
    table: &[Vec<usize>],
    d: &[f32],
    x: &[f32],
    sums: &mut Sums,
) {
    let lanes = S::f32s::LEN;
    let sides = [layer.inputs.side, layer.outputs.side];
    let (inside, outside) = (layer.inputs.area() * lanes, layer.outputs.area() * lanes);
    let connections = table.iter().enumerate().flat_map(|(o, inputs)| inputs.iter().map(move |&i| (o, i)));
    for ((o, i), sums) in connections.zip(sums.weights.chunks_exact_mut(TAPS * lanes)) {
        kernel_sums(simd, &x[i * inside..][..inside], &d[o * outside..][..outside], sides, sums);
    }
    for (sum, d) in sums.biases.chunks_exact_mut(lanes).zip(d.chunks_exact(outside)) {
        add_positions(simd, d, sum);
    }
}

#[simd]
fn kernel_sums<S: Simd>(simd: S, x: &[f32], d: &[f32], [inside, outside]: [usize; 2], sums: &mut [f32]) {
    macro_rules! sums {
        ($x:literal) => {
            convolution::kernel_gradient::<S, $x>(simd, x, inside, d, outside, sums)
        };
    }
    match outside {
        14 | 28 => sums!(7),
        12 | 24 => sums!(6),
        10 => sums!(5),
        8 => sums!(4),
        _ => sums!(2),
    }
}

/// sum += d of every position.
#[simd]
fn add_positions<S: Simd>(simd: S, d: &[f32], sum: &mut [f32]) {
    let mut total = S::f32s::from_slice(simd, sum);
    for d in d.chunks_exact(S::f32s::LEN) {
        total += S::f32s::from_slice(simd, d);
    }
    total.store_slice(sum);
}

/// The gradient by the inputs of a convolution is a convolution too: of the gradients, framed with zeros, with the kernels turned
/// round.
#[simd]
fn convolution_back<S: Simd>(
    simd: S,
    layer: &Placed,
    d: &[f32],
    padded: &mut Buffer,
    sums: &Sums,
    d_x: &mut [f32],
) {
    const BORDER: usize = KERNEL - 1;
    let lanes = S::f32s::LEN;
    let (inside, outside) = (layer.inputs.side, layer.outputs.side);
    let framed = outside + 2 * BORDER;
    // Of another layer there may be something in the border.
    padded.fill(0.0);
    for (o, map) in d.chunks_exact(outside * outside * lanes).enumerate() {
        for (y, row) in map.chunks_exact(outside * lanes).enumerate() {
            let first = ((o * framed + y + BORDER) * framed + BORDER) * lanes;
            padded[first..first + row.len()].copy_from_slice(row);
        }
    }
    let mut kernels = &sums.turned[..];
    for (maps, map) in sums.feeds.iter().zip(d_x.chunks_exact_mut(inside * inside * lanes)) {
        let (mine, rest) = kernels.split_at(maps.len() * TAPS);
        convolve_map(simd, padded, [framed, inside], maps, mine, 0.0, map);
        kernels = rest;
    }
}

#[simd]
fn subsampling<S: Simd>(
    simd: S,
    layer: &Placed,
    how: Pooling,
    fan_out: usize,
    coefficients: &[f32],
    d: &[f32],
    [x, out]: [&[f32]; 2],
    d_x: &mut [f32],
    sums: &mut Sums,
) {
    let lanes = S::f32s::LEN;
    let (side, inside, outside) =
        (layer.outputs.side, layer.inputs.area() * lanes, layer.outputs.area() * lanes);
    d_x.fill(0.0);
    let mut nobody = [[0.0; 16]; 2];
    for (o, d) in d.chunks_exact(outside).enumerate() {
        let input = &x[o / fan_out * inside..][..inside];
        let d_input = &mut d_x[o / fan_out * inside..][..inside];
        match how {
            Pooling::Trainable | Pooling::TrainableLinear => {
                let sums = [&mut sums.weights[o * lanes..][..lanes], &mut sums.biases[o * lanes..][..lanes]];
                pooling::sums_backward(simd, d, side, coefficients[o], input, d_input, sums);
            }
            Pooling::Average => {
                let sums = nobody.each_mut().map(|sums| &mut sums[..lanes]);
                pooling::sums_backward(simd, d, side, 0.25, input, d_input, sums);
            }
            Pooling::Max => {
                pooling::maxima_backward(simd, d, side, input, &out[o * outside..][..outside], d_input);
            }
        }
    }
}

/// Keeps what the weights need, and the sums of the biases.
#[simd]
fn dense_rows<S: Simd>(simd: S, layer: &Placed, d: &[f32], x: &[f32], first: usize, sums: &mut Sums) {
    let (inputs, units) = (layer.inputs.units(), layer.outputs.units());
    lanes::turn(simd, x, inputs, &mut sums.x_rows[first * inputs..]);
    lanes::turn(simd, d, units, &mut sums.d_rows[first * units..]);
    sums.biases.iter_mut().zip(d).for_each(|(sum, d)| *sum += d);
}

#[simd]
fn dense_back<S: Simd>(simd: S, sizes: Varying, weights: &[f32], d: &[f32], x: &[f32], d_x: &mut [f32]) {
    macro_rules! back {
        ($k:literal) => {
            dense::input_gradient::<S, _, $k, false>(simd, sizes, weights, d, x, d_x)
        };
    }
    match block(sizes.inputs) {
        Some(12) => back!(12),
        Some(10) => back!(10),
        Some(8) => back!(8),
        Some(5) => back!(5),
        _ => back!(1),
    }
}

/// Writes the gradient, summed over all images since [`Space::clear`].
#[simd]
pub(crate) fn finish<S: Simd>(simd: S, stack: &Stack, t: &Space, gradient: &mut StackParameters) {
    for (layer, sums) in stack.layers.iter().zip(&t.sums) {
        let weights = &mut gradient.as_mut_slice()[layer.weights.clone()];
        if let Kind::Dense { units } = layer.layer.kind {
            let sizes = layer.sizes();
            let (d, x) = (&sums.d_rows[..t.rows * units], &sums.x_rows[..t.rows * sizes.inputs]);
            dense::weight_gradient(simd, sizes, d, x, weights);
        } else {
            lanes::add_up(simd, &sums.weights, weights);
        }
        lanes::add_up(simd, &sums.biases, &mut gradient.as_mut_slice()[layer.biases.clone()]);
    }
}
