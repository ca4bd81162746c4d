//! Forward, and the same seven layers upwards: gradients and second derivatives.

use std::ops::Range;

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;

use super::connections::{self, FEEDS};
use super::{Criterion, Gradient, LENET5, Parameters, State};
use crate::data::Image;
use crate::kernels::level::{self, Level, has_32_registers};
use crate::kernels::single::columns::{self, Columns, OUTPUTS};
use crate::kernels::single::convolution::{MAP, WIDTH};
use crate::kernels::single::inputs::ROW;
use crate::kernels::single::winograd::{self, STRIDE};
use crate::kernels::single::{convolution, dense, inputs, rbf, subsampling};
use crate::kernels::squash;
use crate::kernels::tile::winograd::two::{self, EVALUATED, POINTS, at_six_points};
use crate::kernels::tile::winograd::{self as tile_winograd, Form, Four, Two};
use crate::kernels::tile::{lanes, subsampling as tile_subsampling};

/// Computes the states of all layers from the state's input.
pub fn forward(level: Level, parameters: &Parameters, state: &mut State) {
    lay_out(level, parameters, state);
    dispatch!(level, simd => forward_at(simd, parameters, state));
}

/// Lays weights out in the state, as [`forward_at`] and [`gradient_at`] read them: to be done whenever they have changed.
pub(crate) fn lay_out(level: Level, p: &Parameters, s: &mut State) {
    s.level = level;
    connections::spread(level::lanes(level), p.view(LENET5.c3.weights()), &mut s.c3_kernels[..]);
    dispatch!(level, simd => evaluate_kernels(simd, p, s));
    columns::transpose(
        p.view(LENET5.c5.weights()),
        400,
        |k| column(level::lanes(level), k),
        &mut s.c5_columns[..],
    );
}

/// The kernels of C1, and those of C3 that lie in the state, at the points of minimal filtering.
#[simd]
pub(in crate::net) fn evaluate_kernels<S: Simd>(simd: S, p: &Parameters, s: &mut State) {
    tile_winograd::evaluate_kernels::<Four>(p.view(LENET5.c1.weights()), &mut s.c1_at_points[..]);
    winograd::evaluate_kernels::<S, Four>(simd, &s.c3_kernels[..], &mut s.c3_four[..]);
    winograd::evaluate_kernels::<S, Two>(simd, &s.c3_kernels[..], &mut s.c3_two[..]);
}

/// The criterion's value for a pattern of class `class` after [`forward`] with the same parameters, and its gradient; at the
/// level of the forward pass.
pub fn backward(
    parameters: &Parameters,
    state: &State,
    criterion: &Criterion,
    class: u8,
    gradient: &mut Gradient,
) -> f64 {
    dispatch!(state.level, simd => gradient_at(simd, parameters, state, criterion, class, gradient))
}

/// Adds one pattern's Gauss-Newton second derivatives h_kk (eq. 23, 25, 27) to `sum`, after [`forward`] and at its level.
///
/// The same walk as [`backward`] with weights, inputs and slopes squared; `squares` is the caller's work space and
/// `squared_parameters` is [`Parameters::squared`] of the parameters.
pub fn curvature(
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
    square(&mut squares.input[..], &state.input[..]);
    square(&mut squares.s2_sums[..], &state.s2_sums[..]);
    square(&mut squares.s2[..], &state.s2[..]);
    square(&mut squares.s4[..], &state.s4[..]);
    square(&mut squares.c5[..], &state.c5[..]);
    let kernels = squared_parameters.view(LENET5.c3.weights());
    connections::spread(level::lanes(state.level), kernels, &mut squares.c3_kernels[..]);
    dispatch!(state.level, simd => evaluate_kernels(simd, squared_parameters, squares));
    gradient.d_f6.fill(criterion.seed_of_curvature());
    dispatch!(state.level, simd => backward_at::<_, 2>(simd, squared_parameters, state, squares, gradient));
    gradient.add_to(squares, sum);
}

/// Where the column of an input of C5 is: S4's states as they are computed, `[group of maps][position][lane]`.
pub(in crate::net) fn column(lanes: usize, k: usize) -> usize {
    let (map, position) = (k / 25, k % 25);
    (map / lanes * 25 + position) * lanes + map % lanes
}

/// [`backward`] within a level.
#[simd]
fn gradient_at<S: Simd>(
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

/// The penalties of an image: [`State::set_image`] and [`forward_at`].
#[simd]
pub(crate) fn answer_at<S: Simd>(simd: S, p: &Parameters, s: &mut State, image: &Image) {
    s.set_image(image);
    forward_at(simd, p, s);
}

/// C1 -> S2 -> C3 -> S4 -> C5 -> F6 -> output.
#[simd]
pub(crate) fn forward_at<S: Simd>(simd: S, p: &Parameters, s: &mut State) {
    let net = &LENET5;
    c1_forward(simd, p, s); // c1: [6][28][28]
    subsampling::forward::<S, 14>(
        simd,
        &s.c1[..],
        MAP,
        p.view(net.s2.coefficients()),
        p.view(net.s2.biases()),
        &mut s.s2_sums[..],
        &mut s.s2[..],
    ); // s2: [6][14][14]
    c3_s4_c5_forward(simd, p, s); // c3: [16][10][10], s4: [16][5][5], c5: [120]
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
    dense::input_gradient(simd, p.view(net.c5.weights()), &g.d_c5[..], &mut g.d_s4);
    for (d, lanes) in
        g.d_s4.chunks_exact(25 * S::f32s::LEN).zip(g.d_s4_lanes.chunks_exact_mut(25 * S::f32s::LEN))
    {
        lanes::turn_back(simd, d, 25, lanes);
    }
    front_backward::<S, ORDER>(simd, p, s, x, g);
    connections::gather(S::f32s::LEN, &g.c3_kernels[..], &mut g.front[net.c3.weights()]);
}

/// S4 -> C3 -> S2 -> C1, from the derivatives by S4's states in `g.d_s4_lanes`. The kernels of C3 stay in their lanes.
#[simd]
pub(in crate::net) fn front_backward<S: Simd, const ORDER: usize>(
    simd: S,
    p: &Parameters,
    s: &State,
    x: &State,
    g: &mut Gradient,
) {
    let net = &LENET5;
    squash::backward::<S, ORDER>(simd, &mut g.d_s4_lanes[..], &s.s4_lanes[..]);
    s4_backward::<S, ORDER>(simd, p, s, g);
    c3_backward(simd, x, g);
    squash::backward::<S, ORDER>(simd, &mut g.d_s2[..6 * 196], &s.s2[..6 * 196]);
    let (coefficients, biases) = g.front[net.s2.first..].split_at_mut(net.s2.maps);
    subsampling::backward::<S, 14, ORDER>(
        simd,
        &g.d_s2[..],
        &x.s2_sums[..],
        p.view(net.s2.coefficients()),
        &s.c1[..],
        MAP,
        coefficients,
        biases,
        &mut g.d_c1[..],
    );
    c1_backward(simd, x, g);
}

/// C1, four rows of all maps at a time; squashed afterwards, in whole vectors.
#[simd]
fn c1_forward<S: Simd>(simd: S, p: &Parameters, s: &mut State) {
    let biases = p.view(LENET5.c1.biases());
    for y in (0..28).step_by(Four::ROWS) {
        let (points, rows) = (&mut s.input_at_points[..], &mut s.c1[y * 28..]);
        winograd::evaluate_inputs::<S, Four, WIDTH>(simd, &s.input[..], 1, 32, y, points);
        convolution::forward_rows::<S, Four>(
            simd,
            points,
            &s.c1_at_points[..],
            biases,
            &mut s.sums[..],
            rows,
        );
    }
    squash::apply(simd, &mut s.c1[..6 * MAP]);
}

/// C3 and S4, the maps in the lanes: a group of maps after the other, four or two rows of C3 and the rows of S4 that sum them up at a
/// time. C5 adds up what rows of S4 there are in the meantime, and the rest at the end.
#[simd]
fn c3_s4_c5_forward<S: Simd>(simd: S, p: &Parameters, s: &mut State) {
    let (net, lanes) = (&LENET5, S::f32s::LEN);
    let [four, two] = [Four::POINTS, Two::POINTS].map(|points| points * 6 * STRIDE);
    winograd::evaluate_inputs::<S, Four, STRIDE>(simd, &s.s2[..], 6, 14, 0, &mut s.s2_at_points[..four]);
    winograd::evaluate_inputs::<S, Four, STRIDE>(
        simd,
        &s.s2[..],
        6,
        14,
        4,
        &mut s.s2_at_points[four..][..four],
    );
    winograd::evaluate_inputs::<S, Two, STRIDE>(
        simd,
        &s.s2[..],
        6,
        14,
        8,
        &mut s.s2_at_points[2 * four..][..two],
    );
    let biases = p.view(net.c5.biases());
    s.c5_sums[..biases.len()].copy_from_slice(biases);
    s.c5_sums[biases.len()..].fill(0.0);
    let mut added = 0;
    for group in 0..16 / lanes {
        added = c3_s4_rows::<S, Four>(simd, p, s, [group, 0], added);
        added = c3_s4_rows::<S, Four>(simd, p, s, [group, 4], added);
        added = c3_s4_rows::<S, Two>(simd, p, s, [group, 8], added);
        let maps = group * 25 * lanes..(group + 1) * 25 * lanes;
        lanes::turn(simd, &s.s4_lanes[maps.clone()], 25, &mut s.s4[maps]);
    }
    Columns { weights: &s.c5_columns[added * OUTPUTS..], x: &s.s4_lanes[added..], sums: &mut s.c5_sums }
        .finish(simd);
    squash::apply(simd, &mut s.c5_sums[..]);
    s.c5.copy_from_slice(&s.c5_sums[..120]);
}

/// Rows of C3 from row `y` on and their rows of S4, of one group of maps. Of S4's states before them C5 has added up `added`; how many it
/// has now is what comes back.
#[inline(always)]
fn c3_s4_rows<S: Simd, F: Form>(
    simd: S,
    p: &Parameters,
    s: &mut State,
    [group, y]: [usize; 2],
    added: usize,
) -> usize {
    let (net, lanes) = (&LENET5, S::f32s::LEN);
    let vector = |range: Range<usize>| S::f32s::from_slice(simd, &p.view(range)[group * lanes..][..lanes]);
    let kernels = if F::ROWS == Four::ROWS { &s.c3_four[..] } else { &s.c3_two[..] };
    let kernels = &kernels[group * 6 * F::EVALUATED * lanes..];
    let points = &s.s2_at_points[y / Four::ROWS * Four::POINTS * 6 * STRIDE..];
    let row = group * 10 + y;
    let rows = &mut s.c3[row * 10 * lanes..][..F::ROWS * 10 * lanes];
    let (s4, out) = s.s4_lanes.split_at_mut(row / 2 * 5 * lanes);
    let mut c5 = Columns { weights: &s.c5_columns[added * OUTPUTS..], x: &s4[added..], sums: &mut s.c5_sums };
    let bias = vector(net.c3.biases());
    winograd::forward_rows::<S, F>(simd, points, 6, kernels, bias, &mut s.sums[..], rows, &mut c5);
    let added = s4.len() - c5.x.len();
    let (coefficient, bias) = (vector(net.s4.coefficients()), vector(net.s4.biases()));
    for (pair, out) in rows.chunks_exact(20 * lanes).zip(out.chunks_exact_mut(5 * lanes)) {
        tile_subsampling::forward_row(simd, pair, coefficient, bias, out);
    }
    added
}

/// Coefficients and biases of S4, biases of C3, and the gradients of C3's pre-activations.
#[simd]
fn s4_backward<S: Simd, const ORDER: usize>(simd: S, p: &Parameters, s: &State, g: &mut Gradient) {
    let (net, lanes) = (&LENET5, S::f32s::LEN);
    let places = [net.s4.coefficients().start, net.s4.biases().start, net.c3.biases().start];
    for group in 0..16 / lanes {
        let first = group * lanes;
        let sums = places.map(|place| place + first..place + first + lanes);
        let sums = g.front.get_disjoint_mut(sums).expect("three different places");
        let sums = sums.map(|sum| {
            sum.fill(0.0);
            sum
        });
        let coefficient = S::f32s::from_slice(simd, &p.view(net.s4.coefficients())[first..first + lanes]);
        let maps = group * 25 * lanes..(group + 1) * 25 * lanes;
        let d = &g.d_s4_lanes[maps];
        let maps = group * 100 * lanes..(group + 1) * 100 * lanes;
        let (states, d_c3) = (&s.c3[maps.clone()], &mut g.d_c3[maps]);
        tile_subsampling::backward::<S, ORDER>(simd, d, 5, coefficient, states, d_c3, sums);
    }
}

/// Kernels of C3, and the gradient of S2's states.
#[simd]
fn c3_backward<S: Simd>(simd: S, x: &State, g: &mut Gradient) {
    let lanes = S::f32s::LEN;
    for (m, points) in g.s2_at_points.chunks_exact_mut(POINTS * 6 * STRIDE).enumerate() {
        winograd::evaluate_inputs::<S, Two, STRIDE>(simd, &x.s2[..], 6, 14, 2 * m, points);
    }
    for group in 0..16 / lanes {
        at_six_points!(c3_kernels_at(simd, g, group));
    }
    winograd::kernel_gradients(simd, &g.c3_at_points[..], &mut g.c3_kernels[..]);
    for group in 0..16 / lanes {
        for y in 0..10 {
            let row = &g.d_c3[(group * 100 + y * 10) * lanes..][..10 * lanes];
            let by_map = &mut g.d_c3_by_map[(group * lanes * 10 + y) * ROW..];
            lanes::turn_padded::<S, ROW>(simd, row, 10 * ROW, by_map);
        }
    }
    inputs::evaluate(simd, &g.d_c3_by_map[..], &mut g.d_c3_at_points[..]);
    for (i, sums) in g.s2_sums.chunks_exact_mut(inputs::POINTS * ROW).enumerate() {
        let four = &x.c3_four[i * Four::EVALUATED * lanes..];
        let two = &x.c3_two[i * Two::EVALUATED * lanes..];
        inputs::sums(simd, &g.d_c3_at_points[..], &FEEDS[i], [four, two], sums);
        inputs::all_rows(simd, sums, &mut g.d_s2[i * 196..]);
    }
}

/// Kernels of a group of C3's maps at point `P`.
#[simd]
fn c3_kernels_at<S: Simd, const P: usize>(simd: S, g: &mut Gradient, group: usize) {
    let lanes = S::f32s::LEN;
    let d = &g.d_c3[group * 100 * lanes..][..100 * lanes];
    winograd::evaluate_gradients_at::<S, P>(simd, d, 10, &mut g.d_c3_at_point[..50 * lanes]);
    let d = &g.d_c3_at_point[..50 * lanes];
    let sums = &mut g.c3_at_points[group * 6 * EVALUATED * lanes..][..6 * EVALUATED * lanes];
    let points = &g.s2_at_points[..];
    if has_32_registers::<S>() {
        for i in [0, 3] {
            winograd::kernel_gradient_at::<S, 5, 3>(simd, points, 6, [P, i], d, 10, sums);
        }
    } else {
        for i in [0, 2, 4] {
            winograd::kernel_gradient_at::<S, 2, 2>(simd, points, 6, [P, i], d, 10, sums);
        }
    }
}

/// Kernels and biases of C1.
#[simd]
fn c1_backward<S: Simd>(simd: S, x: &State, g: &mut Gradient) {
    for (m, points) in g.input_at_points.chunks_exact_mut(POINTS * WIDTH).enumerate() {
        winograd::evaluate_inputs::<S, Two, WIDTH>(simd, &x.input[..], 1, 32, 2 * m, points);
    }
    at_six_points!(c1_kernels_at(simd, g));
    lanes::add_up(simd, &g.c1_sums[..], &mut g.c1_at_points[..]);
    two::kernel_gradients(&g.c1_at_points[..], &mut g.front[LENET5.c1.weights()]);
    bias_gradient(simd, &g.d_c1[..], MAP, &mut g.front[LENET5.c1.biases()]);
}

/// Kernels of C1 at point `P`.
#[simd]
fn c1_kernels_at<S: Simd, const P: usize>(simd: S, g: &mut Gradient) {
    let (points, d, sums) = (&g.input_at_points[..], &g.d_c1[..], &mut g.c1_sums[..]);
    if has_32_registers::<S>() {
        for o in [0, 3] {
            convolution::weight_gradient_at::<S, P, 3>(simd, points, d, o, sums);
        }
    } else {
        for o in [0, 2, 4] {
            convolution::weight_gradient_at::<S, P, 2>(simd, points, d, o, sums);
        }
    }
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
