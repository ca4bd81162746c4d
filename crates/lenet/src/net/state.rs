//! The states of all units for one image, by the layers' names.

use crate::data::Image;
use crate::data::normalise::{INPUT, frame};
use crate::kernels::TAPS;
use crate::kernels::aligned::Aligned;
use crate::kernels::level::{self, Level};
use crate::kernels::single::SLACK;
use crate::kernels::single::columns::OUTPUTS;
use crate::kernels::single::convolution::{MAP, WIDTH};
use crate::kernels::single::winograd::STRIDE;
use crate::kernels::tile::winograd::{Form, Four, MOST, Two};
use crate::paper::CODE;

/// The work space of one image: every layer's states, and what the kernels keep for the way back.
///
/// C3 and S4 have groups of as many maps as a vector has lanes, one map in each lane: `[group][position][lane]`.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) input: Box<Aligned<{ 32 * 32 + SLACK }>>,
    /// The input at the points of minimal filtering, for four rows of C1: `[point][32]`, and slack.
    pub(crate) input_at_points: Box<Aligned<{ MOST * WIDTH + SLACK }>>,
    /// C1's kernels at the points: `[map][point][5]`.
    pub(crate) c1_at_points: Box<Aligned<{ 6 * Four::EVALUATED }>>,
    /// Maps lie `MAP` floats apart.
    pub(crate) c1: Box<Aligned<{ 6 * MAP + SLACK }>>,
    pub(crate) s2_sums: Box<Aligned<{ 6 * 196 + SLACK }>>,
    pub(crate) s2: Box<Aligned<{ 6 * 196 + SLACK }>>,
    /// C3's kernels, zero where Table I has no connection: `[group][map of S2][5][5][lane]`.
    pub(crate) c3_kernels: Box<Aligned<{ 16 * 6 * TAPS }>>,
    /// The same at the points of minimal filtering, for four rows and for two: `[group][map of S2][point][5][lane]`.
    pub(crate) c3_four: Box<Aligned<{ 16 * 6 * Four::EVALUATED }>>,
    pub(crate) c3_two: Box<Aligned<{ 16 * 6 * Two::EVALUATED }>>,
    /// S2 at the points, for four rows of C3, four and two: `[point][map][16]` each.
    pub(crate) s2_at_points: Box<Aligned<{ (2 * Four::POINTS + Two::POINTS) * 6 * STRIDE }>>,
    /// Work space: rows of C1 or C3 at the points.
    pub(crate) sums: Box<Aligned<{ MOST * 12 * 16 }>>,
    pub(crate) c3: Box<Aligned<{ 16 * 100 }>>,
    pub(crate) s4_lanes: Box<Aligned<400>>,
    /// S4 map after map, as C5's weights have it.
    pub(crate) s4: Box<Aligned<400>>,
    /// C5's weights, a column for each number in `s4_lanes`.
    pub(crate) c5_columns: Box<Aligned<{ 400 * OUTPUTS }>>,
    pub(crate) c5_sums: Box<Aligned<OUTPUTS>>,
    pub(crate) c5: Box<Aligned<120>>,
    pub(crate) f6: Box<Aligned<CODE>>,
    pub(crate) output: [f32; 10],
    /// The level that the states were computed at, which decides how C3 and S4 lie.
    pub(crate) level: Level,
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    /// A work space, all zero.
    pub fn new() -> Self {
        State {
            input: Aligned::zeros(),
            input_at_points: Aligned::zeros(),
            c1_at_points: Aligned::zeros(),
            c1: Aligned::zeros(),
            s2_sums: Aligned::zeros(),
            s2: Aligned::zeros(),
            c3_kernels: Aligned::zeros(),
            c3_four: Aligned::zeros(),
            c3_two: Aligned::zeros(),
            s2_at_points: Aligned::zeros(),
            sums: Aligned::zeros(),
            c3: Aligned::zeros(),
            s4_lanes: Aligned::zeros(),
            s4: Aligned::zeros(),
            c5_columns: Aligned::zeros(),
            c5_sums: Aligned::zeros(),
            c5: Aligned::zeros(),
            f6: Aligned::zeros(),
            output: [0.0; 10],
            level: Level::new(),
        }
    }

    /// Makes an image the input: scaled and framed (`data::normalise`).
    #[inline(always)]
    pub fn set_image(&mut self, image: &Image) {
        let input = self.input.first_chunk_mut().expect("the buffer is longer");
        frame(image, input);
    }

    /// Makes 32x32 scaled values the input.
    pub fn set_input(&mut self, input: &[f32; INPUT * INPUT]) {
        self.input[..INPUT * INPUT].copy_from_slice(input);
    }

    /// The input, 32x32.
    pub fn input(&self) -> &[f32] {
        &self.input[..INPUT * INPUT]
    }

    /// Map `o` of C1, 28x28; 6 maps.
    pub fn c1(&self, o: usize) -> &[f32] {
        &self.c1[..6 * MAP][o * MAP..][..784]
    }

    /// Map `o` of S2, 14x14; 6 maps.
    pub fn s2(&self, o: usize) -> &[f32] {
        &self.s2[..6 * 196][o * 196..][..196]
    }

    /// Map `o` of C3, 10x10; 16 maps.
    pub fn c3(&self, o: usize) -> [f32; 100] {
        let lanes = level::lanes(self.level);
        let (group, lane) = (o / lanes, o % lanes);
        std::array::from_fn(|p| self.c3[(group * 100 + p) * lanes + lane])
    }

    /// Map `o` of S4, 5x5; 16 maps.
    pub fn s4(&self, o: usize) -> &[f32] {
        &self.s4[o * 25..][..25]
    }

    /// The 120 units of C5.
    pub fn c5(&self) -> &[f32; 120] {
        &self.c5
    }

    /// The 84 units of F6, row by row of the 7x12 code.
    pub fn f6(&self) -> &[f32; CODE] {
        &self.f6
    }

    /// The penalties of the ten classes (eq. 7): squared distances between F6 and the codes.
    pub fn output(&self) -> &[f32; 10] {
        &self.output
    }

    /// Every layer's states by the layer's name, map after map, each map row after row.
    pub fn layers(&self) -> [(&'static str, Vec<f32>); 8] {
        [
            ("input", self.input().to_vec()),
            ("c1", (0..6).flat_map(|o| self.c1(o).to_vec()).collect()),
            ("s2", (0..6).flat_map(|o| self.s2(o).to_vec()).collect()),
            ("c3", (0..16).flat_map(|o| self.c3(o).to_vec()).collect()),
            ("s4", (0..16).flat_map(|o| self.s4(o).to_vec()).collect()),
            ("c5", self.c5.to_vec()),
            ("f6", self.f6.to_vec()),
            ("output", self.output.to_vec()),
        ]
    }

    /// The class with the smallest penalty.
    pub fn class(&self) -> u8 {
        class(&self.output)
    }
}

/// The class with the smallest of ten penalties; of equal ones the first.
pub(crate) fn class(y: &[f32; 10]) -> u8 {
    let mut best = 0;
    for class in 1..10 {
        if y[class] < y[best] {
            best = class;
        }
    }
    best as u8
}
