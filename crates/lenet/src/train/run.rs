//! A training run from its first pass to its last, in a form that can stop anywhere and go on with the same bits.

use std::time::Instant;

use fearless_simd::dispatch;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use super::event::{Event, Flow, PassRecord};
use super::recipe::{Recipe, RecipeError};
use super::sdlm::{self, Tally, Workspace};
use crate::data::Split;
use crate::kernels::level::Level;
use crate::net::Parameters;

/// Patterns between two events, and between two chances to stop: about 20 ms.
const STRETCH: usize = 250;

/// The streams of the one generator, so that no use of random numbers depends on another.
const STREAM_INITIAL: u64 = 0;
const STREAM_ORDER: u64 = 1;
const STREAM_CURVATURE: u64 = 2;

/// A run in progress: all that decides how it goes on.
#[derive(Clone, Debug)]
pub struct Training {
    pub(super) recipe: Recipe,
    pub(super) seed: u64,
    pub(super) level: Level,
    pub(super) parameters: Parameters,
    /// The curvature in use, from the first pattern of a pass on.
    pub(super) curvature: Option<Parameters>,
    pub(super) history: Vec<PassRecord>,
    /// Patterns of the current pass that have been presented.
    pub(super) seen: usize,
    pub(super) tally: Tally,
    /// Seconds spent in the current pass.
    pub(super) seconds: f64,
    /// The constant random order of presentation (p. 41); follows from seed and number of patterns.
    pub(super) order: Vec<u32>,
    /// Which digits these are, so that a run never goes on with others.
    pub(super) fingerprint: String,
}

impl Training {
    /// A new run with freshly drawn parameters.
    ///
    /// # Errors
    /// [`RecipeError`] when the recipe is impossible or there is no pattern to train on.
    pub fn new(recipe: Recipe, seed: u64, train: &Split, level: Level) -> Result<Self, RecipeError> {
        recipe.check()?;
        if train.is_empty() {
            return Err(RecipeError::NoPatterns);
        }
        let parameters = recipe.initial.draw(&mut stream(seed, STREAM_INITIAL));
        Ok(Training {
            recipe,
            seed,
            level,
            parameters,
            curvature: None,
            history: Vec::new(),
            seen: 0,
            tally: Tally::default(),
            seconds: 0.0,
            order: presentation_order(seed, train.len()),
            fingerprint: train.fingerprint(),
        })
    }

    /// The network as it is now.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The recipe of the run.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The seed of all its random numbers.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The instruction level it runs at. Another level rounds differently, so bits are equal per level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The finished passes.
    pub fn history(&self) -> &[PassRecord] {
        &self.history
    }

    /// Whether all passes are done.
    pub fn is_finished(&self) -> bool {
        self.history.len() >= self.recipe.passes
    }

    /// Trains until the recipe's last pass is over (true) or the callback says [`Flow::Stop`] (false).
    ///
    /// `train` must be the set that the run began with.
    pub fn run(&mut self, train: &Split, on_event: &mut dyn FnMut(Event<'_>) -> Flow) -> bool {
        while !self.is_finished() {
            if self.pass(train, on_event) == Flow::Stop {
                return self.is_finished();
            }
        }
        true
    }

    /// Goes on with the current pass to its end.
    fn pass(&mut self, train: &Split, on_event: &mut dyn FnMut(Event<'_>) -> Flow) -> Flow {
        let pass = self.history.len() + 1;
        let mut clock = Instant::now();
        if self.seen == 0 {
            self.renew_curvature(train, pass);
        }
        let h = self.curvature.as_ref().expect("every pass begins with a curvature");
        let eta = self.recipe.eta(pass);
        let steps = sdlm::step_sizes(&self.recipe.optimiser, eta, h);
        let mut work = Workspace::new();
        let mut stop = false;
        while self.seen < self.order.len() {
            let end = (self.seen + STRETCH).min(self.order.len());
            let order = &self.order[self.seen..end];
            let (parameters, tally) = (&mut self.parameters, &mut self.tally);
            let criterion = &self.recipe.criterion;
            dispatch!(self.level, simd => sdlm::present(
                simd, parameters, &steps, criterion, train, order, &mut work, tally
            ));
            self.seen = end;
            self.seconds += clock.elapsed().as_secs_f64();
            let progress = Event::Progress { pass, seen: self.seen, of: self.order.len() };
            stop = on_event(progress) == Flow::Stop;
            if stop && self.seen < self.order.len() {
                return Flow::Stop;
            }
            clock = Instant::now();
        }
        let range = |pick: fn(f32, f32) -> f32| steps.as_slice().iter().copied().reduce(pick).unwrap_or(0.0);
        self.history.push(PassRecord {
            pass,
            eta,
            step_min: range(f32::min),
            step_max: range(f32::max),
            criterion: self.tally.criterion / self.order.len() as f64,
            errors: self.tally.errors,
            patterns: self.order.len(),
            seconds: self.seconds,
        });
        (self.seen, self.tally, self.seconds) = (0, Tally::default(), 0.0);
        let answer = on_event(Event::PassEnd(&self.history[pass - 1]));
        if stop { Flow::Stop } else { answer }
    }

    /// Estimates the curvature on patterns drawn for this pass.
    fn renew_curvature(&mut self, train: &Split, pass: usize) {
        let (level, parameters) = (self.level, &self.parameters);
        let Recipe { criterion, optimiser, .. } = &self.recipe;
        let seed = self.seed;
        let estimate = || {
            let mut random = stream(seed, STREAM_CURVATURE + pass as u64);
            let mut drawn: Vec<u32> = (0..train.len() as u32).collect();
            let count = optimiser.curvature_patterns.min(drawn.len());
            shuffle_first(&mut drawn, count, &mut random);
            sdlm::estimate(
                level,
                parameters,
                criterion,
                drawn[..count].iter().map(|&n| &train.images[n as usize]),
            )
        };
        self.curvature = Some(sdlm::renew(optimiser.curvature, self.curvature.as_ref(), estimate));
    }
}

/// The indices of the patterns in the order in which a run with this seed presents them, the same in every pass.
pub fn presentation_order(seed: u64, patterns: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..patterns as u32).collect();
    shuffle_first(&mut order, patterns, &mut stream(seed, STREAM_ORDER));
    order
}

fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

/// Fisher and Yates: the first `count` places become a random choice in random order.
///
/// Our own, since libraries do not promise that theirs keeps its values. The bias of taking 64 bits modulo n is below
/// 2^-47 for any n here.
fn shuffle_first(items: &mut [u32], count: usize, random: &mut impl Rng) {
    for k in 0..count {
        let other = k + (random.next_u64() % (items.len() - k) as u64) as usize;
        items.swap(k, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_a_permutation_fixed_by_the_seed() {
        let mut sorted = presentation_order(3, 1000);
        assert_eq!(sorted, presentation_order(3, 1000));
        assert_ne!(sorted, presentation_order(4, 1000));
        assert_ne!(sorted, (0..1000).collect::<Vec<u32>>());
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<u32>>());
    }
}
