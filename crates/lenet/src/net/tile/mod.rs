//! Forward and backward for a tile: as many images as a vector has lanes, one in each.
//!
//! The same seven layers as in `passes`, for batches. See `kernels::tile` for the layout.

mod forward;
mod backward;

pub(crate) use backward::*;
pub(crate) use forward::*;

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::data::normalise::{BACKGROUND, INPUT, scale};
use crate::kernels::aligned::Buffer;
use crate::kernels::tile::lanes;
use crate::kernels::tile::winograd::{self, Form, Four, MOST, Two};
use crate::net::{LENET5, Parameters};
use crate::paper::{CODE, KERNELS_C3};

/// What a stretch of patterns added up to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Sum of the criterion.
    pub(crate) criterion: f64,
    /// Misread patterns.
    pub(crate) errors: usize,
}

/// The states of all layers for the images of a tile.
#[derive(Debug)]
pub struct TileState {
    /// Images in the tile; the other lanes hold white paper.
    images: usize,
    input: Buffer,
    /// All rows of all maps, or the four rows in work if only the output is wanted; `c3` likewise.
    c1: Buffer,
    s2: Buffer,
    c3: Buffer,
    s4: Buffer,
    c5: Buffer,
    f6: Buffer,
    /// The penalties: `[class][lane]`.
    output: Buffer,
    kernels: Kernels,
    /// Work space of [`winograd`]: rows of all maps of S2 and a row of one map of C3, or some of the input and of C1, at all points.
    points: Buffer,
    sums: Buffer,
}

/// The kernels of C1, and those of C3 for four rows at a time and for two, as [`winograd`] reads them.
#[derive(Debug)]
struct Kernels {
    c1: Buffer,
    c3_four: Buffer,
    c3_two: Buffer,
}

impl Kernels {
    fn zeros() -> Self {
        Kernels {
            c1: Buffer::zeros(6 * Four::EVALUATED),
            c3_four: Buffer::zeros(KERNELS_C3 * Four::EVALUATED),
            c3_two: Buffer::zeros(KERNELS_C3 * Two::EVALUATED),
        }
    }

    /// Those of C3 for as many rows as `F` computes together.
    fn c3<F: Form>(&self) -> &[f32] {
        if F::ROWS == Four::ROWS { &self.c3_four } else { &self.c3_two }
    }
}

impl TileState {
    /// Work space for tiles of `lanes` images. `KEEP` says whether C1 and C3 are kept for the way back.
    pub(crate) fn new<const KEEP: bool>(lanes: usize) -> Self {
        let maps = |maps: usize, side: usize| {
            Buffer::zeros(if KEEP { maps * side * side } else { 4 * side } * lanes)
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
            kernels: Kernels::zeros(),
            points: Buffer::zeros(MOST * 6 * 14 * lanes),
            sums: Buffer::zeros(MOST * 14 * lanes),
        }
    }

    /// Makes ready for these parameters: to be done whenever they have changed.
    pub(crate) fn set_kernels(&mut self, p: &Parameters) {
        let (c1, c3) = (p.view(LENET5.c1.weights()), p.view(LENET5.c3.weights()));
        winograd::evaluate_kernels::<Four>(c1, &mut self.kernels.c1);
        winograd::evaluate_kernels::<Four>(c3, &mut self.kernels.c3_four);
        winograd::evaluate_kernels::<Two>(c3, &mut self.kernels.c3_two);
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

    /// Scales the images, from 1 to as many as there are lanes, and frames those that are smaller than the input
    /// (`data::normalise`): `AREA` is that of an [`Image`](crate::data::Image) or of a [`Field`](crate::data::Field).
    #[inline(always)]
    pub(crate) fn set_images<S: Simd, const AREA: usize>(&mut self, simd: S, images: &[[u8; AREA]]) {
        self.images = images.len();
        let mut found: [&[u8; AREA]; 16] = [&[0; AREA]; 16];
        for (place, image) in found.iter_mut().zip(images) {
            *place = image;
        }
        write_input(simd, &found, &mut self.input);
    }
}

/// 16 pixels at a time: the images' bytes are turned round, then scaled.
#[simd]
fn write_input<S: Simd, const AREA: usize>(simd: S, images: &[&[u8; AREA]; 16], input: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let side = const { AREA.isqrt() };
    let border = (INPUT - side) / 2;
    let mut rows = [[0; 16]; 16];
    for first in (0..AREA).step_by(16) {
        for lane in 0..lanes {
            rows[lane] = *images[lane][first..].first_chunk().expect("16 divides the number of pixels");
        }
        for (k, pixels) in lanes::turn_bytes(simd, &rows).iter().enumerate() {
            let (y, x) = ((first + k) / side + border, (first + k) % side + border);
            let to = &mut input[(y * INPUT + x) * lanes..][..lanes];
            for lane in 0..lanes {
                to[lane] = scale(pixels[lane]);
            }
        }
    }
}
