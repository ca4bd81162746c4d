//! Output -> F6 -> C5 -> S4 -> C3 -> S2 -> C1: the forward pass read upwards, for the images of a tile.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::{Tally, TileState};
use crate::kernels::aligned::Buffer;
use crate::kernels::squash;
use crate::kernels::tile::dense::Fixed;
use crate::kernels::tile::winograd::two::{self, EVALUATED, INFINITY, POINTS, ZERO, at_six_points};
use crate::kernels::tile::winograd::{self, Form, Four, MOST, Two, at_all_points};
use crate::kernels::tile::{dense, lanes, rbf, subsampling};
use crate::net::connections::FEEDS;
use crate::net::{Criterion, LENET5, Parameters, Truth};
use crate::paper::{CODE, KERNELS_C3, TABLE_I};

/// Parameters whose gradients are summed up apart by image, but for the kernels: first what stands between the kernels of
/// C1 and those of C3, then what follows these up to C5, and the biases of C5 and F6.
const BEFORE: usize = LENET5.c3.first - LENET5.c1.biases().start;
const BEHIND: usize = LENET5.c5.first - LENET5.c3.biases().start;
const OTHERS: usize = BEFORE + BEHIND + 120 + CODE;

/// The sums of map `o`'s coefficient, bias and bias of the convolution before it, which are parameters of these places plus `o`.
fn sums_of_map(sums: &mut [f32], places: [usize; 3], o: usize, lanes: usize) -> [&mut [f32]; 3] {
    let place = |parameter: usize| {
        if parameter < LENET5.c3.first {
            parameter - LENET5.c1.biases().start
        } else {
            BEFORE + parameter - LENET5.c3.biases().start
        }
    };
    let ranges = places.map(|parameter| (place(parameter) + o) * lanes..(place(parameter) + o + 1) * lanes);
    sums.get_disjoint_mut(ranges).expect("three different places")
}

/// The gradient of the criterion summed over images, and the work space to compute it.
#[derive(Debug)]
pub struct TileGradient {
    d_output: Buffer,
    d_f6: Buffer,
    d_c5: Buffer,
    d_s4: Buffer,
    d_c3: Buffer,
    d_s2: Buffer,
    /// A pair of rows of a map of C1.
    d_c1: Buffer,
    /// Work space for the convolutions: rows of states, rows of gradients and what goes back to the inputs, at one point or at
    /// all of them.
    x_points: Buffer,
    d_points: Buffer,
    back_points: Buffer,
    /// Images so far, whole tiles of them.
    rows: usize,
    /// Their states of S4 and C5 and gradients of C5 and F6, turned round: `[image][unit]`.
    s4_rows: Buffer,
    c5_rows: Buffer,
    d_c5_rows: Buffer,
    d_f6_rows: Buffer,
    /// Sums of the gradients of kernels at the points, of C1 and then of C3, apart by image: `[kernel][point][v][lane]`.
    kernels: Buffer,
    /// Sums of those of coefficients and biases, apart by image: `[OTHERS][lane]`.
    sums: Buffer,
}

impl TileGradient {
    /// Work space for tiles of `lanes` images, and to sum up the gradient of at most `images`.
    pub(crate) fn new(lanes: usize, images: usize) -> Self {
        let buffer = |units: usize| Buffer::zeros(units * lanes);
        let rows = |units: usize| Buffer::zeros(units * images.next_multiple_of(lanes));
        TileGradient {
            d_output: buffer(10),
            d_f6: buffer(CODE),
            d_c5: buffer(120),
            d_s4: buffer(400),
            d_c3: buffer(1600),
            d_s2: buffer(6 * 196),
            d_c1: buffer(2 * 28),
            x_points: buffer((6 * 5 * 14).max(POINTS * 32)),
            d_points: buffer(16 * 10),
            back_points: buffer(MOST * 6 * 14),
            rows: 0,
            s4_rows: rows(400),
            c5_rows: rows(120),
            d_c5_rows: rows(120),
            d_f6_rows: rows(CODE),
            kernels: buffer((6 + KERNELS_C3) * EVALUATED),
            sums: buffer(OTHERS),
        }
    }

    /// Forgets the images so far.
    pub(crate) fn clear(&mut self) {
        self.rows = 0;
        self.kernels.fill(0.0);
        self.sums.fill(0.0);
    }

    /// Writes the gradient, summed over all images since [`TileGradient::clear`].
    #[inline(always)]
    pub(crate) fn finish<S: Simd>(&self, simd: S, gradient: &mut Parameters) {
        self.add_up(simd, gradient);
        self.dense_weights(simd, gradient);
    }

    /// The gradient of the weights of F6 and C5.
    #[inline(always)]
    pub(crate) fn dense_weights<S: Simd>(&self, simd: S, gradient: &mut Parameters) {
        let net = &LENET5;
        let (d, x) = (&self.d_f6_rows[..self.rows * CODE], &self.c5_rows[..self.rows * 120]);
        dense::weight_gradient(simd, Fixed::<120, CODE>, d, x, gradient.view_mut(net.f6.weights()));
        let (d, x) = (&self.d_c5_rows[..self.rows * 120], &self.s4_rows[..self.rows * 400]);
        dense::weight_gradient(simd, Fixed::<400, 120>, d, x, gradient.view_mut(net.c5.weights()));
    }

    /// The gradient of everything else.
    #[inline(always)]
    pub(crate) fn add_up<S: Simd>(&self, simd: S, gradient: &mut Parameters) {
        let net = &LENET5;
        let lanes = S::f32s::LEN;
        let mut evaluated = [0.0; (6 + KERNELS_C3) * EVALUATED];
        lanes::add_up(simd, &self.kernels, &mut evaluated);
        let (c1, c3) = evaluated.split_at(6 * EVALUATED);
        two::kernel_gradients(c1, gradient.view_mut(net.c1.weights()));
        two::kernel_gradients(c3, gradient.view_mut(net.c3.weights()));
        let mut rest = &self.sums[..];
        let front = [net.c1.biases().start..net.c3.first, net.c3.biases().start..net.c5.first];
        for range in front.into_iter().chain([net.c5.biases(), net.f6.biases()]) {
            let (sums, behind) = rest.split_at(range.len() * lanes);
            lanes::add_up(simd, sums, gradient.view_mut(range));
            rest = behind;
        }
    }
}

/// The criterion and its gradient `d` by the penalties, for the images in the tile that are to be this; other lanes have none.
#[inline(always)]
pub(crate) fn criterion_gradient(
    penalties: impl Fn(usize) -> [f32; 10],
    criterion: &Criterion,
    truths: &[Truth],
    d: &mut [f32],
    tally: &mut Tally,
) {
    let lanes = d.len() / 10;
    d.fill(0.0);
    for (lane, truth) in truths.iter().enumerate() {
        let (value, gradient, misread) = truth.judge(criterion, &penalties(lane));
        tally.criterion += value;
        tally.errors += usize::from(misread);
        for class in 0..10 {
            d[class * lanes + lane] = gradient[class];
        }
    }
}

/// Adds the tile's images to those whose gradient `g` sums up.
#[simd]
pub(crate) fn backward_at<S: Simd>(
    simd: S,
    p: &Parameters,
    t: &TileState,
    criterion: &Criterion,
    truths: &[Truth],
    g: &mut TileGradient,
    tally: &mut Tally,
) {
    output_gradient(simd, t, criterion, truths, g, tally);
    dense_states(simd, p, t, g);
    dense_rows(simd, t, g);
    c3_gradient(simd, p, t, g);
    c1_gradient(simd, p, t, g);
}

/// The criterion, and the gradients of F6's pre-activations.
#[simd]
pub(crate) fn output_gradient<S: Simd>(
    simd: S,
    t: &TileState,
    criterion: &Criterion,
    truths: &[Truth],
    g: &mut TileGradient,
    tally: &mut Tally,
) {
    criterion_gradient(|lane| t.penalties(lane), criterion, &truths[..t.images], &mut g.d_output, tally);
    rbf::backward(simd, &g.d_output, &t.f6, &mut g.d_f6);
}

/// The gradients of C5's and S4's pre-activations.
#[simd]
pub(crate) fn dense_states<S: Simd>(simd: S, p: &Parameters, t: &TileState, g: &mut TileGradient) {
    let net = &LENET5;
    dense::input_gradient::<S, _, 12, true>(
        simd,
        Fixed::<120, CODE>,
        p.view(net.f6.weights()),
        &g.d_f6,
        &t.c5,
        &mut g.d_c5,
    );
    dense::input_gradient::<S, _, 10, true>(
        simd,
        Fixed::<400, 120>,
        p.view(net.c5.weights()),
        &g.d_c5,
        &t.s4,
        &mut g.d_s4,
    );
}

/// Keeps what the weights of F6 and C5 need, and the sums of their biases.
#[simd]
pub(crate) fn dense_rows<S: Simd>(simd: S, t: &TileState, g: &mut TileGradient) {
    let first = g.rows;
    g.rows += S::f32s::LEN;
    lanes::turn(simd, &t.s4, 400, &mut g.s4_rows[first * 400..]);
    lanes::turn(simd, &t.c5, 120, &mut g.c5_rows[first * 120..]);
    lanes::turn(simd, &g.d_c5, 120, &mut g.d_c5_rows[first * 120..]);
    lanes::turn(simd, &g.d_f6, CODE, &mut g.d_f6_rows[first * CODE..]);
    let (c5, f6) = g.sums[(BEFORE + BEHIND) * S::f32s::LEN..].split_at_mut(120 * S::f32s::LEN);
    for (sums, d) in [(c5, &g.d_c5), (f6, &g.d_f6)] {
        for (sum, d) in sums.iter_mut().zip(d.iter()) {
            *sum += d;
        }
    }
}

/// S4's coefficients and biases, C3's kernels and biases, and the gradients of S2's pre-activations.
#[simd]
pub(crate) fn c3_gradient<S: Simd>(simd: S, p: &Parameters, t: &TileState, g: &mut TileGradient) {
    let net = &LENET5;
    let lanes = S::f32s::LEN;
    let coefficients = p.view(net.s4.coefficients());
    for o in 0..16 {
        let places = [net.s4.coefficients().start, net.s4.biases().start, net.c3.biases().start];
        let sums = sums_of_map(&mut g.sums, places, o, lanes);
        let states = &t.c3[o * 100 * lanes..][..100 * lanes];
        let d = &g.d_s4[o * 25 * lanes..][..25 * lanes];
        let d_c3 = &mut g.d_c3[o * 100 * lanes..][..100 * lanes];
        subsampling::backward::<S, 1>(simd, d, 5, S::f32s::splat(simd, coefficients[o]), states, d_c3, sums);
    }
    at_six_points!(c3_kernels_at(simd, t, g));
    s2_states(simd, t, g);
}

/// The gradients of C3's kernels at point `P`.
#[simd]
fn c3_kernels_at<S: Simd, const P: usize>(simd: S, t: &TileState, g: &mut TileGradient) {
    let lanes = S::f32s::LEN;
    for i in 0..6 {
        for m in 0..5 {
            let rows = &t.s2[(i * 14 + 2 * m) * 14 * lanes..];
            two::evaluate_input_at::<S, P, 14>(simd, rows, &mut g.x_points[(i * 5 + m) * 14 * lanes..]);
        }
    }
    let mut kernel = 6;
    for (o, table) in TABLE_I.iter().enumerate() {
        let d = &g.d_c3[o * 100 * lanes..][..100 * lanes];
        for &i in *table {
            let sums = &mut g.kernels[(kernel * EVALUATED + P * 5) * lanes..][..5 * lanes];
            let input = &g.x_points[i * 5 * 14 * lanes..];
            two::kernel_gradient_at::<S, P, 5>(simd, input, d, 10, sums);
            kernel += 1;
        }
    }
}

/// The gradients of S2's pre-activations.
#[simd]
fn s2_states<S: Simd>(simd: S, t: &TileState, g: &mut TileGradient) {
    s2_rows::<S, Four>(simd, t, g, 0);
    s2_rows::<S, Four>(simd, t, g, 4);
    s2_rows::<S, Two>(simd, t, g, 8);
}

/// What the rows of C3 from `y` on that `F` takes together send back to S2.
#[simd]
fn s2_rows<S: Simd, F: Form>(simd: S, t: &TileState, g: &mut TileGradient, y: usize) {
    let lanes = S::f32s::LEN;
    at_all_points!(F, back_at(simd, t, g, y));
    // Four rows of S2 have got something from rows of C3 further up; what comes later goes to rows further down.
    let known = if y == 0 { 0 } else { 4 };
    let end = if y + F::ROWS < 10 { y + F::ROWS } else { 14 };
    for i in 0..6 {
        let rows = &mut g.d_s2[(i * 14 + y) * 14 * lanes..];
        winograd::add_rows::<S, F, 14, { 6 * 14 }>(simd, &g.back_points[i * 14 * lanes..], known, rows);
        let finished = (i * 14 + y) * 14 * lanes..(i * 14 + end) * 14 * lanes;
        squash::backward::<S, 1>(simd, &mut g.d_s2[finished.clone()], &t.s2[finished]);
    }
}

/// What these rows of all maps of C3 send back to the maps of S2, at point `P`.
#[simd]
fn back_at<S: Simd, F: Form, const P: usize>(simd: S, t: &TileState, g: &mut TileGradient, y: usize) {
    let lanes = S::f32s::LEN;
    // At two of the points they are the first and the last row themselves.
    let (d, stride) = match P {
        ZERO => (&g.d_c3[y * 10 * lanes..], 100),
        INFINITY => (&g.d_c3[(y + F::ROWS - 1) * 10 * lanes..], 100),
        _ => {
            for o in 0..16 {
                let rows = &g.d_c3[(o * 10 + y) * 10 * lanes..];
                winograd::evaluate_gradient_at::<S, F, P, 10>(simd, rows, &mut g.d_points[o * 10 * lanes..]);
            }
            (&g.d_points[..], 10)
        }
    };
    let kernels = t.kernels.c3::<F>();
    for (i, feeds) in FEEDS.iter().enumerate() {
        let sums = &mut g.back_points[(P * 6 + i) * 14 * lanes..];
        winograd::input_gradient_at::<S, F, 7>(simd, P, d, stride, kernels, feeds, sums);
    }
}

/// S2's coefficients and biases, C1's kernels and biases.
#[simd]
pub(crate) fn c1_gradient<S: Simd>(simd: S, p: &Parameters, t: &TileState, g: &mut TileGradient) {
    let net = &LENET5;
    let lanes = S::f32s::LEN;
    let coefficients = p.view(net.s2.coefficients());
    // A pair of rows at a time: they and the rows of the input that they see, at all points, stay in the first-level cache.
    for m in 0..14 {
        winograd::evaluate_input::<S, Two, 32, 32>(simd, &t.input[2 * m * 32 * lanes..], &mut g.x_points);
        for o in 0..6 {
            let places = [net.s2.coefficients().start, net.s2.biases().start, net.c1.biases().start];
            let sums = sums_of_map(&mut g.sums, places, o, lanes);
            let d = &g.d_s2[(o * 14 + m) * 14 * lanes..][..14 * lanes];
            let states = &t.c1[(o * 28 + 2 * m) * 28 * lanes..][..2 * 28 * lanes];
            subsampling::backward::<S, 1>(
                simd,
                d,
                14,
                S::f32s::splat(simd, coefficients[o]),
                states,
                &mut g.d_c1,
                sums,
            );
            at_six_points!(c1_kernel_at(simd, g, o));
        }
    }
}

/// What the pair of rows in work contributes to the gradient of kernel `o` of C1, at point `P`.
#[simd]
fn c1_kernel_at<S: Simd, const P: usize>(simd: S, g: &mut TileGradient, o: usize) {
    let lanes = S::f32s::LEN;
    let sums = &mut g.kernels[(o * EVALUATED + P * 5) * lanes..][..5 * lanes];
    let input = &g.x_points[P * 32 * lanes..][..32 * lanes];
    two::kernel_gradient_at::<S, P, 7>(simd, input, &g.d_c1, 28, sums);
}
