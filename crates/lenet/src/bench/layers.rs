//! The parts of training by batches, for the images of one tile on one thread.

use std::cell::RefCell;
use std::rc::Rc;

use fearless_simd::{Simd, dispatch};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{Bench, Trial};
use crate::data::{Image, SIDE};
use crate::distort::Distorter;
use crate::kernels::{level, squash};
use crate::net::tile::{self, Tally, TileGradient, TileState};
use crate::net::{Criterion, LENET5, Parameters, TRAINING_MULTIPLY_ADDS, Truth};
use crate::train::Recipe;

/// Images whose gradient is summed up: a shard of a batch.
const SHARD: usize = 32;

/// States of an image that are squashed: C1, S2, C3, S4, C5, F6.
const SQUASHED: usize = 4704 + 1176 + 1600 + 400 + 120 + 84;

/// A part of the way forward and back, in the order in which training does them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Input,
    C1S2,
    C3S4,
    DenseOutput,
    OutputBack,
    DenseStates,
    DenseWeights,
    S4C3Back,
    S2C1Back,
    Turned,
    AddedUp,
    /// The whole way of a shard, again and again with the same images: what the parts above cost when each finds its inputs
    /// where the one before has left them.
    InARow,
    /// All squashing of an image, which is part of the parts above.
    Squashing,
    /// What the recipe `best` does to every digit beforehand.
    Distortion,
}

impl Part {
    const ALL: [Part; 14] = [
        Part::Input,
        Part::C1S2,
        Part::C3S4,
        Part::DenseOutput,
        Part::OutputBack,
        Part::DenseStates,
        Part::DenseWeights,
        Part::S4C3Back,
        Part::S2C1Back,
        Part::Turned,
        Part::AddedUp,
        Part::InARow,
        Part::Squashing,
        Part::Distortion,
    ];

    /// Its name and the multiply-adds of an image.
    fn facts(self) -> (&'static str, usize) {
        let net = &LENET5;
        let dense = net.c5.multiply_adds() + net.f6.multiply_adds();
        match self {
            Part::Input => ("input", 0),
            Part::C1S2 => ("C1, S2", net.c1.multiply_adds() + net.s2.multiply_adds()),
            Part::C3S4 => ("C3, S4", net.c3.multiply_adds() + net.s4.multiply_adds()),
            Part::DenseOutput => ("C5, F6, output", dense + net.output.multiply_adds()),
            Part::OutputBack => ("output back", 0),
            Part::DenseStates => ("F6, C5 back: states", dense),
            Part::DenseWeights => ("F6, C5 back: weights", dense),
            Part::S4C3Back => ("S4, C3 back", 2 * net.c3.multiply_adds()),
            Part::S2C1Back => ("S2, C1 back", net.c1.multiply_adds()),
            Part::Turned => ("dense states turned", 0),
            Part::AddedUp => ("sums over images", 0),
            Part::InARow => ("(all of it in a row)", TRAINING_MULTIPLY_ADDS),
            Part::Squashing => ("(all squashing, apart)", 0),
            Part::Distortion => ("(distorting, recipe `best`)", 0),
        }
    }

    /// Images of one call: what is done once for a shard is measured for a shard.
    fn images(self, lanes: usize) -> usize {
        let of_a_shard = [Part::DenseWeights, Part::Turned, Part::AddedUp, Part::InARow];
        if of_a_shard.contains(&self) { SHARD } else { lanes }
    }
}

/// All that a tile's way forward and back needs.
struct Space {
    images: Vec<Image>,
    truths: Vec<Truth>,
    distorter: Distorter,
    distorted: Image,
    criterion: Criterion,
    parameters: Parameters,
    state: TileState,
    /// As many numbers as the tile has states that are squashed.
    states: Vec<f32>,
    work: TileGradient,
    gradient: Parameters,
    tally: Tally,
}

impl Space {
    #[inline(always)]
    fn run<S: Simd>(&mut self, simd: S, part: Part) {
        let (p, t, g) = (&self.parameters, &mut self.state, &mut self.work);
        match part {
            Part::Input => t.set_images(simd, &self.images),
            Part::C1S2 => tile::c1_s2::<S, true>(simd, p, t),
            Part::C3S4 => tile::c3_s4::<S, true>(simd, p, t),
            Part::DenseOutput => tile::dense_output(simd, p, [t]),
            Part::OutputBack => {
                tile::output_gradient(simd, t, &self.criterion, &self.truths, g, &mut self.tally);
            }
            Part::DenseStates => tile::dense_states(simd, p, t, g),
            Part::DenseWeights => g.dense_weights(simd, &mut self.gradient),
            Part::S4C3Back => tile::c3_gradient(simd, p, t, g),
            Part::S2C1Back => tile::c1_gradient(simd, p, t, g),
            Part::Turned => {
                g.clear();
                for _ in 0..SHARD / self.images.len() {
                    tile::dense_rows(simd, t, g);
                }
            }
            Part::AddedUp => g.add_up(simd, &mut self.gradient),
            Part::InARow => {
                t.set_kernels(p);
                g.clear();
                for _ in 0..SHARD / self.images.len() {
                    t.set_images(simd, &self.images);
                    tile::forward_at(simd, p, t);
                    tile::backward_at(simd, p, t, &self.criterion, &self.truths, g, &mut self.tally);
                }
                g.finish(simd, &mut self.gradient);
            }
            Part::Squashing => squash::apply(simd, &mut self.states),
            Part::Distortion => {
                for (n, digit) in self.images.iter().enumerate() {
                    self.distorter.put(simd, digit, n as u32, [0, 0], &mut self.distorted);
                }
            }
        }
    }
}

impl Bench<'_> {
    /// The parts in the order in which training does them.
    pub(super) fn layers(&self) -> Vec<Trial<'_>> {
        let (level, lanes, recipe) = (self.level, level::lanes(self.level), Recipe::fast());
        let digits = self.some_digits(lanes);
        let distortion = Recipe::best().distortion.unwrap_or_default();
        let mut space = Space {
            images: digits.images,
            truths: digits.labels.into_iter().map(Truth::Class).collect(),
            distorter: Distorter::new(&distortion, &mut ChaCha8Rng::seed_from_u64(1)),
            distorted: [0; SIDE * SIDE],
            criterion: recipe.criterion,
            parameters: recipe.initial.draw(&mut ChaCha8Rng::seed_from_u64(1)),
            state: TileState::new::<true>(lanes),
            states: (0..SQUASHED * lanes).map(|k| (k % 1000) as f32 / 200.0 - 2.5).collect(),
            work: TileGradient::new(lanes, SHARD),
            gradient: Parameters::zeros(),
            tally: Tally::default(),
        };
        space.state.set_kernels(&space.parameters);
        // Every part reads what parts before it have left: all of them once, those at the end before those in the middle.
        for part in Part::ALL.into_iter().chain(Part::ALL) {
            dispatch!(level, simd => space.run(simd, part));
        }
        let space = Rc::new(RefCell::new(space));
        let trial = |part: Part| {
            let space = Rc::clone(&space);
            let (what, multiply_adds) = part.facts();
            Trial {
                what,
                threads: 1,
                batch: Some(lanes),
                items: part.images(lanes),
                operations: 2.0 * multiply_adds as f64,
                work: Box::new(move || {
                    let space = &mut *space.borrow_mut();
                    dispatch!(level, simd => space.run(simd, part));
                }),
            }
        };
        Part::ALL.into_iter().map(trial).collect()
    }
}
