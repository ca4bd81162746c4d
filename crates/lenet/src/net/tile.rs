//! Forward and backward for a tile: as many images as a vector has lanes, one in each.
//!
//! The same seven layers as in `passes`, for batches. See `kernels::tile` for the layout.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::passes::{FEEDS, FRONT};
use super::{Criterion, LENET5, Parameters};
use crate::data::normalise::{BACKGROUND, BORDER, INPUT, scale};
use crate::data::{Image, SIDE};
use crate::kernels::aligned::Buffer;
use crate::kernels::level::has_32_registers;
use crate::kernels::tile::{convolution, dense, lanes, rbf, subsampling};
use crate::kernels::{KERNEL, TAPS};
use crate::paper::{CODE, TABLE_I};

/// Parameters whose gradients are summed up apart by image: all but the weights of the dense layers.
const SPARSE: usize = FRONT + 120 + CODE;
/// Rows of C1 whose gradients are in work at a time: with the eight rows of the input that they see they fit into the
/// first-level cache.
const BAND: usize = 4;

/// For each map of C3 the index of its first kernel.
const FIRST_KERNEL: [usize; 16] = {
    let (mut first, mut o) = ([0; 16], 0);
    while o < 16 {
        first[o] = LENET5.c3.first_kernel(o);
        o += 1;
    }
    first
};

/// The states of all layers for the images of a tile.
#[derive(Debug)]
pub(crate) struct TileState {
    /// Images in the tile; the other lanes hold white paper.
    images: usize,
    input: Buffer,
    /// All rows of all maps, or the two rows in work if only the output is wanted; `c3` likewise.
    c1: Buffer,
    s2: Buffer,
    c3: Buffer,
    s4: Buffer,
    c5: Buffer,
    f6: Buffer,
    /// The penalties: `[class][lane]`.
    output: Buffer,
}

impl TileState {
    /// Work space for tiles of `lanes` images. `KEEP` says whether C1 and C3 are kept for the way back.
    pub(crate) fn new<const KEEP: bool>(lanes: usize) -> Self {
        let maps = |maps: usize, side: usize| {
            Buffer::zeros(if KEEP { maps * side * side } else { 2 * side } * lanes)
        };
        let mut input = Buffer::zeros(INPUT * INPUT * lanes);
        input.fill(BACKGROUND);
        TileState {
            images: 0,
            input,
            c1: maps(6, 28),
            s2: Buffer::zeros(6 * 196 * lanes),
            c3: maps(16, 10),
            s4: Buffer::zeros(400 * lanes),
            c5: Buffer::zeros(120 * lanes),
            f6: Buffer::zeros(CODE * lanes),
            output: Buffer::zeros(10 * lanes),
        }
    }

    /// The ten penalties of image `lane`.
    pub(crate) fn penalties(&self, lane: usize) -> [f32; 10] {
        let lanes = self.output.len() / 10;
        let mut y = [0.0; 10];
        for class in 0..10 {
            y[class] = self.output[class * lanes + lane];
        }
        y
    }

    /// Scales and frames the images (`data::normalise`), from 1 to as many as there are lanes.
    #[inline(always)]
    pub(crate) fn set_images<'a, S: Simd>(
        &mut self,
        simd: S,
        images: impl ExactSizeIterator<Item = &'a Image>,
    ) {
        self.images = images.len();
        let mut found: [&Image; 16] = [&[0; SIDE * SIDE]; 16];
        for (place, image) in found.iter_mut().zip(images) {
            *place = image;
        }
        write_input(simd, &found, &mut self.input);
    }
}

/// 16 pixels at a time: the images' bytes are turned round, then scaled.
#[simd]
fn write_input<S: Simd>(simd: S, images: &[&Image; 16], input: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let mut rows = [[0; 16]; 16];
    for first in (0..SIDE * SIDE).step_by(16) {
        for lane in 0..lanes {
            rows[lane] = *images[lane][first..].first_chunk().expect("16 divides the number of pixels");
        }
        for (k, pixels) in lanes::turn_bytes(simd, &rows).iter().enumerate() {
            let (y, x) = ((first + k) / SIDE + BORDER, (first + k) % SIDE + BORDER);
            let to = &mut input[(y * INPUT + x) * lanes..][..lanes];
            for lane in 0..lanes {
                to[lane] = scale(pixels[lane]);
            }
        }
    }
}

/// Computes the states of all layers; with `KEEP` all of C1 and C3 stay for [`backward_at`].
#[simd]
pub(crate) fn forward_at<S: Simd, const KEEP: bool>(simd: S, p: &Parameters, t: &mut TileState) {
    let net = &LENET5;
    c1_s2::<S, KEEP>(simd, p, t); // s2: [6][14][14]
    c3_s4::<S, KEEP>(simd, p, t); // s4: [16][5][5]
    let (weights, biases) = (p.view(net.c5.weights()), p.view(net.c5.biases()));
    dense::forward::<S, 400, 12>(simd, weights, biases, &t.s4, &mut t.c5); // c5: [120]
    let (weights, biases) = (p.view(net.f6.weights()), p.view(net.f6.biases()));
    dense::forward::<S, 120, 12>(simd, weights, biases, &t.c5, &mut t.f6); // f6: [84]
    rbf::forward(simd, &t.f6, &mut t.output); // output: [10]
}

/// C1 and S2, two rows of C1 and the row of S2 that sums them up at a time.
#[simd]
fn c1_s2<S: Simd, const KEEP: bool>(simd: S, p: &Parameters, t: &mut TileState) {
    let (net, lanes) = (&LENET5, S::f32s::LEN);
    let (weights, biases) = (p.view(net.c1.weights()), p.view(net.c1.biases()));
    let (coefficients, s2_biases) = (p.view(net.s2.coefficients()), p.view(net.s2.biases()));
    for y in 0..14 {
        for o in 0..6 {
            let at = if KEEP { (o * 28 + 2 * y) * 28 * lanes } else { 0 };
            let rows = &mut t.c1[at..][..2 * 28 * lanes];
            for (r, row) in rows.chunks_exact_mut(28 * lanes).enumerate() {
                let kernel = &weights[o * TAPS..][..TAPS];
                convolution::forward_row::<S, 7>(
                    simd,
                    &t.input,
                    32,
                    28,
                    &[0],
                    kernel,
                    biases[o],
                    2 * y + r,
                    row,
                );
            }
            let out = &mut t.s2[(o * 14 + y) * 14 * lanes..][..14 * lanes];
            subsampling::forward_row(simd, rows, coefficients[o], s2_biases[o], out);
        }
    }
}

/// C3 and S4 in the same way.
#[simd]
fn c3_s4<S: Simd, const KEEP: bool>(simd: S, p: &Parameters, t: &mut TileState) {
    let (net, lanes) = (&LENET5, S::f32s::LEN);
    let (weights, biases) = (p.view(net.c3.weights()), p.view(net.c3.biases()));
    let (coefficients, s4_biases) = (p.view(net.s4.coefficients()), p.view(net.s4.biases()));
    for y in 0..5 {
        for (o, table) in TABLE_I.iter().enumerate() {
            let at = if KEEP { (o * 10 + 2 * y) * 10 * lanes } else { 0 };
            let rows = &mut t.c3[at..][..2 * 10 * lanes];
            for (r, row) in rows.chunks_exact_mut(10 * lanes).enumerate() {
                let kernels = &weights[FIRST_KERNEL[o] * TAPS..];
                convolution::forward_row::<S, 5>(
                    simd,
                    &t.s2,
                    14,
                    10,
                    table,
                    kernels,
                    biases[o],
                    2 * y + r,
                    row,
                );
            }
            let out = &mut t.s4[(o * 5 + y) * 5 * lanes..][..5 * lanes];
            subsampling::forward_row(simd, rows, coefficients[o], s4_biases[o], out);
        }
    }
}

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
    /// States of S4 and C5 and gradients of C5 and F6, turned round: `[lane][unit]`.
    s4_rows: Buffer,
    c5_rows: Buffer,
    d_c5_rows: Buffer,
    d_f6_rows: Buffer,
    /// Sums of the gradients of all parameters but the dense weights, apart by image: `[SPARSE][lane]`.
    sums: Buffer,
}

/// What a stretch of patterns added up to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Sum of the criterion.
    pub(crate) criterion: f64,
    /// Misread patterns.
    pub(crate) errors: usize,
}

impl TileGradient {
    /// Work space for tiles of `lanes` images.
    pub(crate) fn new(lanes: usize) -> Self {
        let buffer = |units: usize| Buffer::zeros(units * lanes);
        TileGradient {
            d_output: buffer(10),
            d_f6: buffer(CODE),
            d_c5: buffer(120),
            d_s4: buffer(400),
            d_c3: buffer(1600),
            d_s2: buffer(6 * 196),
            d_c1: buffer(BAND * 28),
            s4_rows: buffer(400),
            c5_rows: buffer(120),
            d_c5_rows: buffer(120),
            d_f6_rows: buffer(CODE),
            sums: buffer(SPARSE),
        }
    }

    /// Forgets what was summed up.
    pub(crate) fn clear(&mut self) {
        self.sums.fill(0.0);
    }

    /// Writes the sums over the images into the gradient whose dense weights [`backward_at`] has been adding to.
    #[inline(always)]
    pub(crate) fn finish<S: Simd>(&self, simd: S, gradient: &mut Parameters) {
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
        tally.errors += usize::from(super::class(&y) != label);
        for class in 0..10 {
            d[class * lanes + lane] = gradient[class];
        }
    }
}

/// Adds the gradient over the tile's images to `g` and, for the weights of the dense layers, to `gradient`.
#[simd]
pub(crate) fn backward_at<S: Simd>(
    simd: S,
    p: &Parameters,
    t: &TileState,
    criterion: &Criterion,
    labels: &[u8],
    g: &mut TileGradient,
    gradient: &mut Parameters,
    tally: &mut Tally,
) {
    let net = &LENET5;
    criterion_gradient(t, criterion, &labels[..t.images], &mut g.d_output, tally);
    rbf::backward(simd, &g.d_output, &t.f6, &mut g.d_f6);
    dense::input_gradient::<S, 120, 12>(simd, p.view(net.f6.weights()), &g.d_f6, &t.c5, &mut g.d_c5);
    dense::input_gradient::<S, 400, 10>(simd, p.view(net.c5.weights()), &g.d_c5, &t.s4, &mut g.d_s4);
    dense_gradient(simd, t, g, gradient);
    c3_gradient(simd, p, t, g);
    c1_gradient(simd, p, t, g);
}

/// Weights and biases of F6 and C5.
#[simd]
fn dense_gradient<S: Simd>(simd: S, t: &TileState, g: &mut TileGradient, gradient: &mut Parameters) {
    let net = &LENET5;
    lanes::turn(simd, &t.s4, 400, &mut g.s4_rows);
    lanes::turn(simd, &t.c5, 120, &mut g.c5_rows);
    lanes::turn(simd, &g.d_c5, 120, &mut g.d_c5_rows);
    lanes::turn(simd, &g.d_f6, CODE, &mut g.d_f6_rows);
    dense::weight_gradient::<S, 120, CODE>(
        simd,
        &g.d_f6_rows,
        &g.c5_rows,
        gradient.view_mut(net.f6.weights()),
    );
    dense::weight_gradient::<S, 400, 120>(
        simd,
        &g.d_c5_rows,
        &g.s4_rows,
        gradient.view_mut(net.c5.weights()),
    );
    let (c5, f6) = g.sums[FRONT * S::f32s::LEN..].split_at_mut(120 * S::f32s::LEN);
    for (sums, d) in [(c5, &g.d_c5), (f6, &g.d_f6)] {
        for (sum, d) in sums.iter_mut().zip(d.iter()) {
            *sum += d;
        }
    }
}

/// S4's coefficients and biases, C3's kernels and biases, and the gradients of S2's pre-activations.
#[simd]
fn c3_gradient<S: Simd>(simd: S, p: &Parameters, t: &TileState, g: &mut TileGradient) {
    let net = &LENET5;
    let lanes = S::f32s::LEN;
    let coefficients = p.view(net.s4.coefficients());
    for o in 0..16 {
        let places = [net.s4.coefficients().start, net.s4.biases().start, net.c3.biases().start];
        let sums = g.sums.get_disjoint_mut(places.map(|place| (place + o) * lanes..(place + o + 1) * lanes));
        let states = &t.c3[o * 100 * lanes..][..100 * lanes];
        let d = &g.d_s4[o * 25 * lanes..][..25 * lanes];
        let d_c3 = &mut g.d_c3[o * 100 * lanes..][..100 * lanes];
        subsampling::backward(
            simd,
            d,
            5,
            coefficients[o],
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
            kernel_gradient::<S, 5, 5>(simd, input, 14, d, 10, 10, sums);
        }
        for y in 0..14 {
            let row = (i * 14 + y) * 14 * lanes..(i * 14 + y + 1) * 14 * lanes;
            let (states, d_s2) = (&t.s2[row.clone()], &mut g.d_s2[row]);
            convolution::input_gradient_row::<S, 7>(simd, &g.d_c3, weights, feeds, y, states, d_s2);
        }
    }
}

/// S2's coefficients and biases, C1's kernels and biases.
#[simd]
fn c1_gradient<S: Simd>(simd: S, p: &Parameters, t: &TileState, g: &mut TileGradient) {
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
            subsampling::backward(simd, d, 14, coefficients[o], states, &mut g.d_c1, sums);
            let sums = &mut g.sums[(net.c1.first + o * TAPS) * lanes..][..TAPS * lanes];
            kernel_gradient::<S, 7, 4>(simd, input, 32, &g.d_c1, 28, BAND, sums);
        }
    }
}

/// All five rows of a kernel: three and two at a time and `X` columns where the registers hold so many, else two, two and one
/// and `LESS` columns.
#[simd]
fn kernel_gradient<S: Simd, const X: usize, const LESS: usize>(
    simd: S,
    input: &[f32],
    inside: usize,
    d: &[f32],
    outside: usize,
    rows: usize,
    sums: &mut [f32],
) {
    const { assert!(KERNEL == 5) };
    if has_32_registers::<S>() {
        convolution::weight_gradient::<S, X, 3>(simd, input, inside, d, outside, rows, 0, sums);
        convolution::weight_gradient::<S, X, 2>(simd, input, inside, d, outside, rows, 3, sums);
    } else {
        convolution::weight_gradient::<S, LESS, 2>(simd, input, inside, d, outside, rows, 0, sums);
        convolution::weight_gradient::<S, LESS, 2>(simd, input, inside, d, outside, rows, 2, sums);
        convolution::weight_gradient::<S, LESS, 1>(simd, input, inside, d, outside, rows, 4, sums);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::dispatch;
    #[test]
    fn pieces() {
        use rand::{SeedableRng, rngs::ChaCha8Rng};
        let digits = crate::data::Dataset::bundled();
        let p = crate::net::Initial { gain: 1.1, over: crate::net::FanIn::RootFanIn, coefficient: 0.55 }
            .draw(&mut ChaCha8Rng::seed_from_u64(1));
        for (name, level) in crate::kernels::level::available().into_iter().take(2) {
            let lanes = crate::kernels::level::lanes(level);
            let (mut t, mut g, mut s) =
                (TileState::new::<true>(lanes), TileGradient::new(lanes), Parameters::zeros());
            let mut small = TileState::new::<false>(lanes);
            let images = &digits.train.images[..lanes];
            let labels = &digits.train.labels[..lanes];
            let c = Criterion::Map { scale: 0.5, j: 10.0 };
            let mut tally = Tally::default();
            fn time(name: &str, what: &str, macs: usize, lanes: usize, f: &mut dyn FnMut()) {
                let mut v: Vec<f64> = (0..25)
                    .map(|_| {
                        let t = std::time::Instant::now();
                        for _ in 0..10 {
                            f()
                        }
                        t.elapsed().as_secs_f64() / 10.0
                    })
                    .collect();
                v.sort_by(f64::total_cmp);
                println!(
                    "{name:7} {what:16} best {:8.2} median {:8.2} us  {:6.1} GF",
                    v[0] * 1e6,
                    v[12] * 1e6,
                    2.0 * (macs * lanes) as f64 / v[0] / 1e9
                );
            }
            let mut go = |what: &str, macs: usize, f: &mut dyn FnMut()| time(name, what, macs, lanes, f);
            go("set_images", 0, &mut || dispatch!(level, simd => t.set_images(simd, images.iter())));
            dispatch!(level, simd => small.set_images(simd, images.iter()));
            go(
                "forward small",
                332_824,
                &mut || dispatch!(level, simd => forward_at::<_, false>(simd, &p, &mut small)),
            );
            go(
                "forward keep",
                332_824,
                &mut || dispatch!(level, simd => forward_at::<_, true>(simd, &p, &mut t)),
            );
            go(
                "c1 s2",
                117_600 + 4704,
                &mut || dispatch!(level, simd => c1_s2::<_, false>(simd, &p, &mut small)),
            );
            go(
                "c3 s4",
                150_000 + 1600,
                &mut || dispatch!(level, simd => c3_s4::<_, false>(simd, &p, &mut small)),
            );
            go(
                "c5",
                48000,
                &mut || dispatch!(level, simd => dense::forward::<_, 400, 12>(simd, p.view(LENET5.c5.weights()), p.view(LENET5.c5.biases()), &small.s4, &mut small.c5)),
            );
            go(
                "f6",
                10080,
                &mut || dispatch!(level, simd => dense::forward::<_, 120, 12>(simd, p.view(LENET5.f6.weights()), p.view(LENET5.f6.biases()), &small.c5, &mut small.f6)),
            );
            go(
                "output",
                840,
                &mut || dispatch!(level, simd => rbf::forward(simd, &small.f6, &mut small.output)),
            );
            go("criterion", 0, &mut || criterion_gradient(&t, &c, labels, &mut g.d_output, &mut tally));
            go(
                "rbf back",
                840,
                &mut || dispatch!(level, simd => rbf::backward(simd, &g.d_output, &t.f6, &mut g.d_f6)),
            );
            go(
                "f6 in",
                10080,
                &mut || dispatch!(level, simd => dense::input_gradient::<_, 120, 12>(simd, p.view(LENET5.f6.weights()), &g.d_f6, &t.c5, &mut g.d_c5)),
            );
            go(
                "c5 in",
                48000,
                &mut || dispatch!(level, simd => dense::input_gradient::<_, 400, 10>(simd, p.view(LENET5.c5.weights()), &g.d_c5, &t.s4, &mut g.d_s4)),
            );
            go("turn", 0, &mut || dispatch!(level, simd => lanes::turn(simd, &t.s4, 400, &mut g.s4_rows)));
            go(
                "dense weights",
                58080,
                &mut || dispatch!(level, simd => dense_gradient(simd, &t, &mut g, &mut s)),
            );
            go("c3 back", 300_000, &mut || dispatch!(level, simd => c3_gradient(simd, &p, &t, &mut g)));
            go("c1 back", 117_600, &mut || dispatch!(level, simd => c1_gradient(simd, &p, &t, &mut g)));
            go("finish", 0, &mut || dispatch!(level, simd => g.finish(simd, &mut s)));
            go(
                "squash c1",
                0,
                &mut || dispatch!(level, simd => crate::kernels::squash::apply(simd, &mut t.c1)),
            );
        }
    }
}
