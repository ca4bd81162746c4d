//! Forward, and the same seven layers upwards: gradients and second derivatives.

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;

use super::state::{C3_STRIDE, INPUT_COPY, S2_COPY};
use super::{Criterion, LENET5, Parameters, State};
use crate::kernels::aligned::Aligned;
use crate::kernels::level::Level;
use crate::kernels::single::{SLACK, convolution, dense, rbf, subsampling};
use crate::kernels::{KERNEL, TAPS, squash};
use crate::paper::{CODE, KERNELS_C3, TABLE_I};

/// Parameters of C1, S2, C3, S4: all but the dense layers' weights and biases.
pub(crate) const FRONT: usize = LENET5.c5.first;

/// For each map of S2, the ten (map of C3, index of the kernel) that read it.
pub(in crate::net) const FEEDS: [[(usize, usize); 10]; 6] = {
    let mut feeds = [[(0, 0); 10]; 6];
    let mut count = [0; 6];
    let (mut o, mut kernel) = (0, 0);
    while o < TABLE_I.len() {
        let mut k = 0;
        while k < TABLE_I[o].len() {
            let i = TABLE_I[o][k];
            feeds[i][count[i]] = (o, kernel);
            count[i] += 1;
            kernel += 1;
            k += 1;
        }
        o += 1;
    }
    assert!(kernel == KERNELS_C3);
    feeds
};

/// The gradient of the criterion on one pattern (or its second derivatives), and the work space to compute it.
///
/// The dense layers' share stays in factors, `d_w[o][k] = d[o] x[k]`; [`Gradient::add_to`] multiplies it out.
#[derive(Clone, Debug)]
pub struct Gradient {
    pub(crate) front: Box<Aligned<FRONT>>,
    pub(crate) d_c5: Box<Aligned<120>>,
    pub(crate) d_f6: Box<Aligned<CODE>>,
    d_s4: Box<Aligned<{ 400 + SLACK }>>,
    d_c3: Box<Aligned<{ 16 * C3_STRIDE + SLACK }>>,
    d_s2: Box<Aligned<{ 6 * 196 + SLACK }>>,
    d_c1: Box<Aligned<{ 6 * 784 + SLACK }>>,
}

impl Default for Gradient {
    fn default() -> Self {
        Self::new()
    }
}

impl Gradient {
    /// A gradient of zero.
    pub fn new() -> Self {
        Gradient {
            front: Aligned::zeros(),
            d_c5: Aligned::zeros(),
            d_f6: Aligned::zeros(),
            d_s4: Aligned::zeros(),
            d_c3: Aligned::zeros(),
            d_s2: Aligned::zeros(),
            d_c1: Aligned::zeros(),
        }
    }

    /// Adds the whole gradient to `sum`; `state` is the one that the backward pass was given.
    pub fn add_to(&self, state: &State, sum: &mut Parameters) {
        for (sum, d) in sum.view_mut(0..FRONT).iter_mut().zip(self.front.iter()) {
            *sum += d;
        }
        let (s4, c5) = (&state.s4[..400], &state.c5[..]);
        for (layer, d, x) in [(LENET5.c5, &self.d_c5[..], s4), (LENET5.f6, &self.d_f6[..], c5)] {
            for (row, d) in sum.view_mut(layer.weights()).chunks_exact_mut(layer.inputs).zip(d) {
                for (sum, x) in row.iter_mut().zip(x) {
                    *sum += d * x;
                }
            }
            for (sum, d) in sum.view_mut(layer.biases()).iter_mut().zip(d) {
                *sum += d;
            }
        }
    }
}

/// Computes the states of all layers from the state's input.
pub fn forward(level: Level, parameters: &Parameters, state: &mut State) {
    dispatch!(level, simd => forward_at(simd, parameters, state));
}

/// The criterion's value for a pattern of class `class` after [`forward`], and its gradient.
pub fn backward(
    level: Level,
    parameters: &Parameters,
    state: &State,
    criterion: &Criterion,
    class: u8,
    gradient: &mut Gradient,
) -> f64 {
    dispatch!(level, simd => gradient_at(simd, parameters, state, criterion, class, gradient))
}

/// Adds one pattern's Gauss-Newton second derivatives h_kk (eq. 23, 25, 27) to `sum`, after [`forward`].
///
/// The same walk as [`backward`] with weights, inputs and slopes squared; `squares` is the caller's work space and
/// `squared_parameters` is [`Parameters::squared`] of the parameters.
pub fn curvature(
    level: Level,
    squared_parameters: &Parameters,
    state: &State,
    criterion: &Criterion,
    squares: &mut State,
    gradient: &mut Gradient,
    sum: &mut Parameters,
) {
    let square = |to: &mut [f32], from: &[f32]| {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = from * from);
    };
    square(&mut squares.input_copies[..], &state.input_copies[..]);
    square(&mut squares.s2_sums[..], &state.s2_sums[..]);
    square(&mut squares.s2_copies[..], &state.s2_copies[..]);
    square(&mut squares.s4_sums[..], &state.s4_sums[..]);
    square(&mut squares.s4[..], &state.s4[..]);
    square(&mut squares.c5[..], &state.c5[..]);
    gradient.d_f6.fill(criterion.seed_of_curvature());
    dispatch!(level, simd => backward_at::<_, 2>(simd, squared_parameters, state, squares, gradient));
    gradient.add_to(squares, sum);
}

/// [`backward`] within a level.
#[simd]
pub(crate) fn gradient_at<S: Simd>(
    simd: S,
    parameters: &Parameters,
    state: &State,
    criterion: &Criterion,
    class: u8,
    gradient: &mut Gradient,
) -> f64 {
    let (value, d_output) = criterion.value_and_gradient(&state.output, usize::from(class));
    rbf::backward(simd, &d_output, &state.f6, &mut gradient.d_f6);
    backward_at::<S, 1>(simd, parameters, state, state, gradient);
    value
}

/// C1 -> S2 -> C3 -> S4 -> C5 -> F6 -> output.
#[simd]
pub(crate) fn forward_at<S: Simd>(simd: S, p: &Parameters, s: &mut State) {
    let net = &LENET5;
    convolution::spread::<S, 32, 28>(simd, &s.input[..], &mut s.input_copies[..]);
    c1_forward(simd, p, s); // c1: [6][28][28]
    squash::apply(simd, &mut s.c1[..6 * 784]);
    subsampling::forward::<S, 14>(
        simd,
        &s.c1[..],
        784,
        p.view(net.s2.coefficients()),
        p.view(net.s2.biases()),
        &mut s.s2_sums[..],
        &mut s.s2[..],
    ); // s2: [6][14][14]
    convolution::spread::<S, 14, 10>(simd, &s.s2[..], &mut s.s2_copies[..]);
    c3_forward(simd, p, s); // c3: [16][10][10]
    squash::apply(simd, &mut s.c3[..16 * C3_STRIDE]);
    subsampling::forward::<S, 5>(
        simd,
        &s.c3[..],
        C3_STRIDE,
        p.view(net.s4.coefficients()),
        p.view(net.s4.biases()),
        &mut s.s4_sums[..],
        &mut s.s4[..],
    ); // s4: [16][5][5]
    let s4 = s.s4.first_chunk::<400>().expect("the buffer is longer");
    dense::forward(simd, p.view(net.c5.weights()), p.view(net.c5.biases()), s4, &mut s.c5[..]); // c5: [120]
    squash::apply(simd, &mut s.c5[..]);
    dense::forward(simd, p.view(net.f6.weights()), p.view(net.f6.biases()), &s.c5, &mut s.f6[..]); // f6: [84]
    squash::apply(simd, &mut s.f6[..]);
    rbf::forward(simd, &s.f6, &mut s.output); // output: [10]
}

/// F6 -> C5 -> S4 -> C3 -> S2 -> C1, from the derivatives by F6's states in `g.d_f6`.
///
/// `x` holds the inputs that weights are multiplied with: `s` itself, or its squares when `ORDER` is 2.
#[simd]
fn backward_at<S: Simd, const ORDER: usize>(simd: S, p: &Parameters, s: &State, x: &State, g: &mut Gradient) {
    let net = &LENET5;
    squash::backward::<S, ORDER>(simd, &mut g.d_f6[..], &s.f6[..]);
    dense::input_gradient(simd, p.view(net.f6.weights()), &g.d_f6[..], &mut g.d_c5);
    squash::backward::<S, ORDER>(simd, &mut g.d_c5[..], &s.c5[..]);
    let d_s4 = g.d_s4.first_chunk_mut::<400>().expect("the buffer is longer");
    dense::input_gradient(simd, p.view(net.c5.weights()), &g.d_c5[..], d_s4);
    squash::backward::<S, ORDER>(simd, d_s4, &s.s4[..400]);
    let (coefficients, biases) = g.front[net.s4.first..].split_at_mut(net.s4.maps);
    subsampling::backward::<S, 5, ORDER>(
        simd,
        &g.d_s4[..],
        &x.s4_sums[..],
        p.view(net.s4.coefficients()),
        &s.c3[..],
        C3_STRIDE,
        coefficients,
        biases,
        &mut g.d_c3[..],
    );
    c3_backward(simd, p, x, g);
    squash::backward::<S, ORDER>(simd, &mut g.d_s2[..6 * 196], &s.s2[..6 * 196]);
    let (coefficients, biases) = g.front[net.s2.first..].split_at_mut(net.s2.maps);
    subsampling::backward::<S, 14, ORDER>(
        simd,
        &g.d_s2[..],
        &x.s2_sums[..],
        p.view(net.s2.coefficients()),
        &s.c1[..],
        784,
        coefficients,
        biases,
        &mut g.d_c1[..],
    );
    c1_backward(simd, x, g);
}

/// All six maps see the one input, so they share its vectors: 6 x 2 sums in 16 registers, 3 x 7 in 32.
#[simd]
fn c1_forward<S: Simd>(simd: S, p: &Parameters, s: &mut State) {
    let weights: [&[f32]; 6] = std::array::from_fn(|o| &p.view(LENET5.c1.weights())[o * TAPS..][..TAPS]);
    let biases: [f32; 6] = std::array::from_fn(|o| p.view(LENET5.c1.biases())[o]);
    let (copies, c1) = (&s.input_copies[..], &mut s.c1[..]);
    let lanes = S::f32s::LEN;
    if lanes == 16 {
        for maps in [0, 3] {
            let weights = [weights[maps], weights[maps + 1], weights[maps + 2]];
            let biases = [biases[maps], biases[maps + 1], biases[maps + 2]];
            for first in (0..784).step_by(7 * lanes) {
                let c1 = &mut c1[maps * 784..];
                convolution::forward::<S, 3, 7>(
                    simd,
                    copies,
                    INPUT_COPY,
                    28,
                    &[0],
                    weights,
                    biases,
                    first,
                    c1,
                    784,
                );
            }
        }
    } else {
        for first in (0..784).step_by(2 * lanes) {
            convolution::forward::<S, 6, 2>(
                simd,
                copies,
                INPUT_COPY,
                28,
                &[0],
                weights,
                biases,
                first,
                c1,
                784,
            );
        }
    }
}

/// Maps of C3 have different inputs: one map at a time, all its positions in registers where they fit.
#[simd]
fn c3_forward<S: Simd>(simd: S, p: &Parameters, s: &mut State) {
    let (copies, biases) = (&s.s2_copies[..], p.view(LENET5.c3.biases()));
    let mut weights = p.view(LENET5.c3.weights());
    for (o, inputs) in TABLE_I.iter().enumerate() {
        let (kernels, rest) = weights.split_at(inputs.len() * TAPS);
        weights = rest;
        let (kernels, bias) = ([kernels], [biases[o]]);
        let c3 = &mut s.c3[o * C3_STRIDE..];
        if S::f32s::LEN == 16 {
            convolution::forward::<S, 1, 7>(simd, copies, S2_COPY, 10, inputs, kernels, bias, 0, c3, 0);
        } else if S::f32s::LEN == 8 {
            convolution::forward::<S, 1, 13>(simd, copies, S2_COPY, 10, inputs, kernels, bias, 0, c3, 0);
        } else {
            convolution::forward::<S, 1, 13>(simd, copies, S2_COPY, 10, inputs, kernels, bias, 0, c3, 0);
            convolution::forward::<S, 1, 12>(simd, copies, S2_COPY, 10, inputs, kernels, bias, 52, c3, 0);
        }
    }
}

/// Kernels and biases of C3, and the gradient of S2's states.
#[simd]
fn c3_backward<S: Simd>(simd: S, p: &Parameters, x: &State, g: &mut Gradient) {
    let net = &LENET5;
    let d = &g.d_c3[..];
    let weights = p.view(net.c3.weights());
    g.d_s2.fill(0.0);
    for (i, feeds) in FEEDS.iter().enumerate() {
        let d_map = &mut g.d_s2[i * 196..];
        convolution::input_gradient::<S, 14, 10>(simd, d, C3_STRIDE, weights, feeds, d_map);
        let copies = &x.s2_copies[i * KERNEL * S2_COPY..];
        let out = &mut g.front[net.c3.weights()];
        for pair in feeds.chunks_exact(2) {
            let d = [&d[pair[0].0 * C3_STRIDE..], &d[pair[1].0 * C3_STRIDE..]];
            let at = [pair[0].1 * TAPS, pair[1].1 * TAPS];
            convolution::weight_gradient(simd, copies, S2_COPY, 10, 100, d, out, at);
        }
    }
    bias_gradient(simd, d, C3_STRIDE, &mut g.front[net.c3.biases()]);
}

/// Kernels and biases of C1.
#[simd]
fn c1_backward<S: Simd>(simd: S, x: &State, g: &mut Gradient) {
    let (d, copies) = (&g.d_c1[..], &x.input_copies[..]);
    let out = &mut g.front[LENET5.c1.weights()];
    for o in [0, 2, 4] {
        let d = [&d[o * 784..], &d[(o + 1) * 784..]];
        let at = [o * TAPS, (o + 1) * TAPS];
        convolution::weight_gradient(simd, copies, INPUT_COPY, 28, 784, d, out, at);
    }
    bias_gradient(simd, d, 784, &mut g.front[LENET5.c1.biases()]);
}

/// A bias counts at every position of its map.
#[simd]
fn bias_gradient<S: Simd>(simd: S, d: &[f32], stride: usize, out: &mut [f32]) {
    for (out, map) in out.iter_mut().zip(d.chunks_exact(stride)) {
        let mut sum = S::f32s::splat(simd, 0.0);
        for d in map.chunks_exact(S::f32s::LEN) {
            sum += S::f32s::from_slice(simd, d);
        }
        *out = sum.reduce_sum();
    }
}
