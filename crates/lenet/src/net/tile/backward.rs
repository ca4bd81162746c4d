//! Output -> F6 -> C5 -> S4 -> C3 -> S2 -> C1: the forward pass read upwards, for the images of a tile.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::{Tally, TileState};
use crate::kernels::aligned::Buffer;
use crate::kernels::tile::convolution::IMAGES;
use crate::kernels::tile::{convolution, dense, lanes, rbf, subsampling};
use crate::kernels::{TAPS, squash};
use crate::net::passes::{FEEDS, FRONT};
use crate::net::{Criterion, LENET5, Parameters, class};
use crate::paper::CODE;

/// Parameters whose gradients are summed up apart by image: all but the weights of the dense layers.
const SPARSE: usize = FRONT + 120 + CODE;
/// Rows of C1 whose gradients are in work at a time: with the eight rows of the input that they see they fit into the
/// first-level cache.
const BAND: usize = 4;

/// The gradient of the criterion summed over images, and the work space to compute it.
#[derive(Debug)]
pub(crate) struct TileGradient {
    d_output: Buffer,
    d_f6: Buffer,
    d_c5: Buffer,
    d_s4: Buffer,
    d_c3: Buffer,
    d_s2: Buffer,
    /// Rows of a map of C1.
    d_c1: Buffer,
    /// Images so far, whole tiles of them.
    rows: usize,
    /// Their states of S4 and C5 and gradients of C5 and F6, turned round: `[image][unit]`.
    s4_rows: Buffer,
    c5_rows: Buffer,
    d_c5_rows: Buffer,
    d_f6_rows: Buffer,
    /// Sums of the gradients of all parameters but the dense weights, apart by image: `[SPARSE][lane]`.
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
            d_c1: buffer(BAND * 28),
            rows: 0,
            s4_rows: rows(400),
            c5_rows: rows(120),
            d_c5_rows: rows(120),
            d_f6_rows: rows(CODE),
            sums: buffer(SPARSE),
        }
    }

    /// Forgets the images so far.
    pub(crate) fn clear(&mut self) {
        self.rows = 0;
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
        dense::weight_gradient::<S, 120, CODE>(simd, d, x, gradient.view_mut(net.f6.weights()));
        let (d, x) = (&self.d_c5_rows[..self.rows * 120], &self.s4_rows[..self.rows * 400]);
        dense::weight_gradient::<S, 400, 120>(simd, d, x, gradient.view_mut(net.c5.weights()));
    }

    /// The gradient of everything else.
    #[inline(always)]
    pub(crate) fn add_up<S: Simd>(&self, simd: S, gradient: &mut Parameters) {
        let net = &LENET5;
        let lanes = S::f32s::LEN;
        let (front, rest) = self.sums.split_at(FRONT * lanes);
        let (c5, f6) = rest.split_at(120 * lanes);
        lanes::add_up(simd, front, gradient.view_mut(0..FRONT));
        lanes::add_up(simd, c5, gradient.view_mut(net.c5.biases()));
        lanes::add_up(simd, f6, gradient.view_mut(net.f6.biases()));
    }
}

/// The criterion and its gradient by the penalties, for the images in the tile; other lanes have none.
#[inline(always)]
fn criterion_gradient(t: &TileState, criterion: &Criterion, labels: &[u8], d: &mut [f32], tally: &mut Tally) {
    let lanes = d.len() / 10;
    d.fill(0.0);
    for (lane, &label) in labels.iter().enumerate() {
        let y = t.penalties(lane);
        let (value, gradient) = criterion.value_and_gradient(&y, usize::from(label));
        tally.criterion += value;
        tally.errors += usize::from(class(&y) != label);
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
    labels: &[u8],
    g: &mut TileGradient,
    tally: &mut Tally,
) {
    output_gradient(simd, t, criterion, labels, g, tally);
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
    labels: &[u8],
    g: &mut TileGradient,
    tally: &mut Tally,
) {
    criterion_gradient(t, criterion, &labels[..t.images], &mut g.d_output, tally);
    rbf::backward(simd, &g.d_output, &t.f6, &mut g.d_f6);
}

/// The gradients of C5's and S4's pre-activations.
#[simd]
pub(crate) fn dense_states<S: Simd>(simd: S, p: &Parameters, t: &TileState, g: &mut TileGradient) {
    let net = &LENET5;
    dense::input_gradient::<S, 120, 12>(simd, p.view(net.f6.weights()), &g.d_f6, &t.c5, &mut g.d_c5);
    dense::input_gradient::<S, 400, 10>(simd, p.view(net.c5.weights()), &g.d_c5, &t.s4, &mut g.d_s4);
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
    let (c5, f6) = g.sums[FRONT * S::f32s::LEN..].split_at_mut(120 * S::f32s::LEN);
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
        let sums = g.sums.get_disjoint_mut(places.map(|place| (place + o) * lanes..(place + o + 1) * lanes));
        let states = &t.c3[o * 100 * lanes..][..100 * lanes];
        let d = &g.d_s4[o * 25 * lanes..][..25 * lanes];
        let d_c3 = &mut g.d_c3[o * 100 * lanes..][..100 * lanes];
        subsampling::backward::<S, 1>(
            simd,
            d,
            5,
            S::f32s::splat(simd, coefficients[o]),
            states,
            d_c3,
            sums.expect("three different places"),
        );
    }
    let weights = p.view(net.c3.weights());
    for (i, feeds) in FEEDS.iter().enumerate() {
        let input = &t.s2[i * 196 * lanes..][..196 * lanes];
        for &(o, kernel) in feeds {
            let d = &g.d_c3[o * 100 * lanes..][..100 * lanes];
            let sums = &mut g.sums[(net.c3.first + kernel * TAPS) * lanes..][..TAPS * lanes];
            convolution::kernel_gradient::<S, IMAGES, 5, 5>(simd, input, 14, d, 10, 10, sums);
        }
        for y in 0..14 {
            let row = (i * 14 + y) * 14 * lanes..(i * 14 + y + 1) * 14 * lanes;
            let sums = convolution::input_gradient_row::<S, IMAGES, 7>(simd, &g.d_c3, weights, feeds, y);
            squash::backward_of::<S, 1>(simd, sums.as_flattened(), &t.s2[row.clone()], &mut g.d_s2[row]);
        }
    }
}

/// S2's coefficients and biases, C1's kernels and biases.
#[simd]
pub(crate) fn c1_gradient<S: Simd>(simd: S, p: &Parameters, t: &TileState, g: &mut TileGradient) {
    let net = &LENET5;
    let lanes = S::f32s::LEN;
    let coefficients = p.view(net.s2.coefficients());
    for y in (0..28).step_by(BAND) {
        let input = &t.input[y * 32 * lanes..][..(BAND + 4) * 32 * lanes];
        for o in 0..6 {
            let places = [net.s2.coefficients().start, net.s2.biases().start, net.c1.biases().start];
            let sums =
                g.sums.get_disjoint_mut(places.map(|place| (place + o) * lanes..(place + o + 1) * lanes));
            let d = &g.d_s2[(o * 14 + y / 2) * 14 * lanes..][..BAND / 2 * 14 * lanes];
            let states = &t.c1[(o * 28 + y) * 28 * lanes..][..BAND * 28 * lanes];
            let sums = sums.expect("three different places");
            subsampling::backward::<S, 1>(
                simd,
                d,
                14,
                S::f32s::splat(simd, coefficients[o]),
                states,
                &mut g.d_c1,
                sums,
            );
            let sums = &mut g.sums[(net.c1.first + o * TAPS) * lanes..][..TAPS * lanes];
            convolution::kernel_gradient::<S, IMAGES, 7, 4>(simd, input, 32, &g.d_c1, 28, BAND, sums);
        }
    }
}
