//! A training run from its first pass to its last, in a form that can stop anywhere and go on with the same bits.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use fearless_simd::dispatch;
use rand::Rng;

use super::batch::{Batches, Moments};
use super::event::{Event, Flow, PassRecord};
use super::fields::RecipeError;
use super::network::Network;
use super::optimiser::{Batch, Optimiser, Sdlm};
use super::order::{
    STREAM_CURVATURE, STREAM_INITIAL, STREAM_SHUFFLE, STREAM_STRIPS, divide, shuffle_first, stream,
};
use super::presented::{self, Patterns, Presented};
use super::recipe::Recipe;
use super::scene::{Scenes, Shown};
use super::sdlm::{self, Workspace};
use super::wanted::{self, Wanted};
use crate::data::{Image, Split};
use crate::distort::Chance;
use crate::kernels::level::Level;
use crate::lattice::TrueStrip;
use crate::net::tile::Tally;
use crate::net::{LENET5, LeNet5, Parameters, Steps};
use crate::workers::Workers;

/// Patterns between two events, and between two chances to stop, of on-line training: about 10 ms.
const STRETCH: usize = 250;
/// The least number of patterns between two events of training by batches, likewise.
const BATCH_STRETCH: usize = 2048;

/// A run in progress: all that decides how it goes on.
#[derive(Clone, Debug)]
pub struct Training<N: Network = LeNet5> {
    pub(super) network: N,
    pub(super) recipe: Recipe,
    pub(super) seed: u64,
    pub(super) level: Level,
    pub(super) parameters: N::Parameters,
    pub(super) memory: Memory<N::Parameters>,
    pub(super) history: Vec<PassRecord>,
    /// Patterns of the current pass that have been presented.
    pub(super) seen: usize,
    pub(super) tally: Tally,
    /// Seconds spent in the current pass.
    pub(super) seconds: f64,
    /// The patterns to train on, in the constant random order of presentation (p. 41); follows from seed, number of patterns
    /// and number held out.
    pub(super) order: Vec<u32>,
    /// The patterns held out.
    pub(super) held_out: Vec<u32>,
    /// Which digits these are, so that a run never goes on with others.
    pub(super) fingerprint: String,
    /// What is read whole beside the batches, if the recipe wants that.
    pub(super) strips: Arc<[TrueStrip]>,
}

/// What the optimiser carries from one update to the next.
#[derive(Clone, Debug)]
pub(super) enum Memory<P> {
    /// The curvature in use, from the first pattern of a pass on.
    Sdlm {
        curvature: Option<P>,
    },
    Batch(Box<Moments<P>>),
}

impl Training {
    /// A new run of LeNet-5 with freshly drawn parameters.
    ///
    /// # Errors
    /// [`RecipeError`] when the recipe is impossible or there is no pattern to train on.
    pub fn new(recipe: Recipe, seed: u64, train: &Split, level: Level) -> Result<Self, RecipeError> {
        Self::of(LENET5, recipe, seed, train, level)
    }

    /// Goes on with the current pass to its end, pattern by pattern.
    fn online_pass(
        &mut self,
        sdlm: &Sdlm,
        train: &Split,
        workers: &Workers,
        on_event: &mut dyn FnMut(Event<'_>) -> Flow,
    ) -> Flow {
        let pass = self.history.len() + 1;
        let clock = Instant::now();
        let h = self.curvature(sdlm, train, pass);
        let eta = sdlm.eta(pass);
        let steps = Steps::new(self.level, sdlm::step_sizes(sdlm, eta, &h));
        self.memory = Memory::Sdlm { curvature: Some(h) };
        self.seconds += clock.elapsed().as_secs_f64();
        let digits = &Presented::new(&self.recipe, self.seed, train, pass);
        let order = self.patterns(train, pass);
        let mut work = Workspace::new(self.level, &self.parameters);
        let stop = self.stretches(STRETCH, on_event, |run, places| {
            let order = &order[places];
            let (parameters, tally, criterion) = (&mut run.parameters, &mut run.tally, &run.recipe.criterion);
            dispatch!(run.level, simd => sdlm::present(
                simd, parameters, &steps, criterion, digits, order, &mut work, tally
            ));
        });
        self.end_pass(eta, steps.range(), train, workers, on_event, stop)
    }

    /// The curvature for what is left of the pass: at its beginning estimated on patterns drawn for it, later the one that is
    /// in use.
    fn curvature(&self, sdlm: &Sdlm, train: &Split, pass: usize) -> Parameters {
        let Memory::Sdlm { curvature } = &self.memory else { unreachable!("the memory is the recipe's") };
        match curvature {
            Some(h) if self.seen > 0 => h.clone(),
            before => sdlm::renew(sdlm.curvature, before.as_ref(), || {
                let mut random = stream(self.seed, STREAM_CURVATURE + pass as u64);
                let mut drawn: Vec<u32> = self.order.clone();
                drawn.sort_unstable();
                let count = sdlm.curvature_patterns.min(drawn.len());
                shuffle_first(&mut drawn, count, &mut random);
                let images = drawn[..count].iter().map(|&n| &train.images[n as usize]);
                sdlm::estimate(self.level, &self.parameters, &self.recipe.criterion, images)
            }),
        }
    }
}

impl<N: Network> Training<N> {
    /// A new run of any network with freshly drawn parameters.
    ///
    /// # Errors
    /// [`RecipeError`] when the recipe is impossible, or on-line and the network not LeNet-5, or there is no pattern to train on.
    pub fn of(
        network: N,
        recipe: Recipe,
        seed: u64,
        train: &Split,
        level: Level,
    ) -> Result<Self, RecipeError> {
        recipe.check()?;
        if matches!(recipe.optimiser, Optimiser::Sdlm(_)) && !N::ONLINE {
            return Err(RecipeError::OnlineIsLeNet5 { net: network.name().to_string() });
        }
        if train.len() <= recipe.validation {
            return Err(RecipeError::NoPatterns { patterns: train.len(), validation: recipe.validation });
        }
        let parameters = network.draw(&recipe.initial, &mut stream(seed, STREAM_INITIAL));
        let memory = match recipe.optimiser {
            Optimiser::Sdlm(_) => Memory::Sdlm { curvature: None },
            Optimiser::Batch(_) => Memory::Batch(Box::new(Moments::new(&parameters, network.zeros()))),
        };
        let (order, held_out) = divide(seed, train.len(), recipe.validation);
        Ok(Training {
            network,
            recipe,
            seed,
            level,
            parameters,
            memory,
            history: Vec::new(),
            seen: 0,
            tally: Tally::default(),
            seconds: 0.0,
            order,
            held_out,
            fingerprint: train.fingerprint(),
            strips: Arc::default(),
        })
    }

    /// The run with strips to read beside its batches ([`Scene::strips`](super::Scene::strips)). Without them none is read; a run that is
    /// interrupted goes on with the same bits if it is given the same ones again.
    pub fn with_strips(mut self, strips: Arc<[TrueStrip]>) -> Self {
        self.strips = strips;
        self
    }

    /// The run, begun from these parameters instead of freshly drawn ones. Only before its first pattern; later nothing
    /// changes.
    pub fn starting_from(mut self, parameters: N::Parameters) -> Self {
        if self.history.is_empty() && self.seen == 0 {
            if let Memory::Batch(moments) = &mut self.memory {
                **moments = Moments::new(&parameters, self.network.zeros());
            }
            self.parameters = parameters;
        }
        self
    }

    /// The network as it is now: the running average of the parameters, if the recipe has one.
    pub fn parameters(&self) -> &N::Parameters {
        match (&self.memory, &self.recipe.optimiser) {
            (Memory::Batch(moments), Optimiser::Batch(batch)) if batch.average > 0.0 => &moments.average,
            _ => &self.parameters,
        }
    }

    /// The network that is trained.
    pub fn network(&self) -> &N {
        &self.network
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

    /// The patterns that are held out, by their places in the set that is trained on.
    pub fn held_out(&self) -> &[u32] {
        &self.held_out
    }

    /// Whether all passes are done.
    pub fn is_finished(&self) -> bool {
        self.history.len() >= self.recipe.passes
    }

    /// Trains until the recipe's last pass is over (true) or the callback says [`Flow::Stop`] (false).
    ///
    /// `train` must be the set that the run began with. The number of workers changes no bit of the result; on-line training
    /// is one update after the other and keeps one of them busy.
    pub fn run(
        &mut self,
        train: &Split,
        workers: &Workers,
        on_event: &mut dyn FnMut(Event<'_>) -> Flow,
    ) -> bool {
        while !self.is_finished() {
            let flow = match self.recipe.optimiser.clone() {
                Optimiser::Sdlm(sdlm) => {
                    let run = N::lenet_5(self).expect("the network was looked at when the run was made");
                    run.online_pass(&sdlm, train, workers, on_event)
                }
                Optimiser::Batch(batch) => self.batch_pass(&batch, train, workers, on_event),
            };
            if flow == Flow::Stop {
                return self.is_finished();
            }
        }
        true
    }

    /// Goes on with the current pass to its end, batch by batch.
    fn batch_pass(
        &mut self,
        batch: &Batch,
        train: &Split,
        workers: &Workers,
        on_event: &mut dyn FnMut(Event<'_>) -> Flow,
    ) -> Flow {
        let pass = self.history.len() + 1;
        let clock = Instant::now();
        let mut order = self.patterns(train, pass);
        let patterns = order.len();
        shuffle_first(&mut order, patterns, &mut stream(self.seed, STREAM_SHUFFLE + pass as u64));
        let beside = self.strips_beside() * wanted::MOST;
        let sizes = [batch.size.min(patterns), beside];
        let mut batches = Batches::new(self.network.clone(), self.level, sizes, batch.rule, workers);
        let (a_pass, passes) = (patterns.div_ceil(batch.size), self.recipe.passes);
        let rate = |step: usize| batch.rate * batch.schedule.factor(step, a_pass * passes);
        let step = |k: usize| rate((pass - 1) * a_pass + k);
        self.seconds += clock.elapsed().as_secs_f64();
        let stop = match self.recipe.scene {
            None => {
                let digits = &Presented::new(&self.recipe, self.seed, train, pass);
                self.present(batch, &step, digits, &order, &mut batches, workers, on_event)
            }
            Some(scene) => {
                let scenes = Scenes::new(scene, &self.recipe, self.seed, train, pass);
                self.present(batch, &step, &Shown::Scenes(&scenes), &order, &mut batches, workers, on_event)
            }
        };
        let rates = ((pass - 1) * a_pass..pass * a_pass).map(rate);
        let steps = [rates.clone().fold(f32::MAX, f32::min), rates.fold(0.0, f32::max)];
        self.end_pass(steps[1], steps, train, workers, on_event, stop)
    }

    /// How many strips are read beside each batch.
    fn strips_beside(&self) -> usize {
        self.recipe.scene.filter(|_| !self.strips.is_empty()).map_or(0, |scene| scene.strips as usize)
    }

    /// Presents what is left of a pass, batch by batch and strips beside each, followed by a step; `rate` is that of a step of this pass.
    fn present<const AREA: usize>(
        &mut self,
        batch: &Batch,
        rate: &(dyn Fn(usize) -> f32 + Sync),
        digits: &impl Patterns<AREA>,
        order: &[u32],
        batches: &mut Batches<N>,
        workers: &Workers,
        on_event: &mut dyn FnMut(Event<'_>) -> Flow,
    ) -> Flow {
        let stretch = batch.size * BATCH_STRETCH.div_ceil(batch.size);
        let (beside, count) = (self.strips_beside(), self.strips.len());
        let key = stream(self.seed, STREAM_STRIPS + self.history.len() as u64 + 1).next_u64();
        let choice = |number: u32| (Chance::of(key, number).share() * count as f64) as usize;
        self.stretches(stretch, on_event, |run, places| {
            let Memory::Batch(moments) = &mut run.memory else { unreachable!("the memory is the recipe's") };
            let first = places.start / batch.size;
            let (parameters, tally, criterion) = (&mut run.parameters, &mut run.tally, &run.recipe.criterion);
            let (network, level, strips) = (&run.network, run.level, &run.strips);
            workers.enter(|| {
                for (k, order) in order[places].chunks(batch.size).enumerate() {
                    batches.present(parameters, criterion, digits, order, tally);
                    if beside > 0 {
                        let answers = |images: &[Image]| network.answers(level, parameters, images, workers);
                        let numbers = (first + k) * beside..(first + k + 1) * beside;
                        let chosen = numbers.map(|number| &strips[choice(number as u32)]).collect::<Vec<_>>();
                        let wanted = Wanted::of(&chosen, criterion, answers);
                        let (all, pieces) = (wanted.all(), Shown::Pieces(&wanted));
                        batches.present(parameters, criterion, &pieces, &all, &mut Tally::default());
                    }
                    batches.step(batch, rate(first + k), order.len(), parameters, moments);
                }
            });
        })
    }

    /// Does `work` on the places of the order that are left in the pass, so many at a time, with an event after each; stops
    /// where the callback says so. A stop at the end of the pass lets the pass end.
    fn stretches(
        &mut self,
        stretch: usize,
        on_event: &mut dyn FnMut(Event<'_>) -> Flow,
        mut work: impl FnMut(&mut Self, Range<usize>),
    ) -> Flow {
        let (pass, of) = (self.history.len() + 1, self.order.len());
        while self.seen < of {
            let clock = Instant::now();
            let end = (self.seen + stretch).min(of);
            work(self, self.seen..end);
            self.seen = end;
            self.seconds += clock.elapsed().as_secs_f64();
            if on_event(Event::Progress { pass, seen: end, of }) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    /// Notes the pass and gets ready for the next one, unless the pass was stopped before its end.
    fn end_pass(
        &mut self,
        eta: f32,
        [step_min, step_max]: [f32; 2],
        train: &Split,
        workers: &Workers,
        on_event: &mut dyn FnMut(Event<'_>) -> Flow,
        flow: Flow,
    ) -> Flow {
        let patterns = self.order.len();
        if self.seen < patterns {
            return Flow::Stop;
        }
        let held_out = &self.held_out;
        let errors = || self.errors_on(train, held_out, workers);
        let record = PassRecord {
            pass: self.history.len() + 1,
            eta,
            step_min,
            step_max,
            criterion: self.tally.criterion / patterns as f64,
            errors: self.tally.errors,
            patterns,
            validation_errors: (!held_out.is_empty()).then(errors),
            seconds: self.seconds,
        };
        let answer = on_event(Event::PassEnd(&record));
        self.history.push(record);
        (self.seen, self.tally, self.seconds) = (0, Tally::default(), 0.0);
        if flow == Flow::Stop { Flow::Stop } else { answer }
    }

    /// Number of the patterns `which` that the network misreads.
    fn errors_on(&self, train: &Split, which: &[u32], workers: &Workers) -> usize {
        let images: Vec<Image> = which.iter().map(|&n| train.images[n as usize]).collect();
        let answers = self.network.answers(self.level, self.parameters(), &images, workers);
        let pairs = answers.iter().zip(which);
        let criterion = &self.recipe.criterion;
        pairs.filter(|(answer, n)| !criterion.reads(&answer.penalties, train.labels[**n as usize])).count()
    }

    /// The patterns of a pass in the order of the run.
    fn patterns(&self, train: &Split, pass: usize) -> Vec<u32> {
        presented::patterns(&self.recipe, self.seed, train.len(), &self.order, pass)
    }
}
