//! The gradient of a batch, shared out to all workers: the same bits for any number of them.
//!
//! ```text
//! batch    | shard 0: 32 patterns | shard 1: 32 patterns | ... | the last one may be shorter
//! shard    | tile | tile |        as many tiles as 32 patterns fill at the level
//!
//! (64 patterns a shard in batches of more than 256: fewer buffers to sum up)
//! ```
//!
//! A shard's gradient is summed up tile after tile by one worker, whichever is free, in a buffer of the shard's own; then the
//! buffers are summed up shard after shard, every worker taking a range of the parameters. So the order of every sum
//! follows from the batch alone. What a worker needs on the way is its own and stays in its cache.

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;
use rayon::prelude::*;

use super::muon::{Matrix, Orthogonal};
use super::network::{Network, Values};
use super::optimiser::{Batch, Rule};
use super::presented::{Patterns, Presented};
use crate::data::Split;
use crate::kernels::level::{self, Level};
use crate::kernels::update;
use crate::net::tile::Tally;
use crate::net::{Criterion, Truth};
use crate::workers::{PerWorker, Workers};

/// Patterns of a shard, which follow from the size of the batch alone.
fn shard_size(batch: usize) -> usize {
    if batch <= 256 { 32 } else { 64 }
}

/// Parameters that a worker updates at a time.
const RANGE: usize = 4096;

/// What an optimiser remembers from step to step, a value for each parameter.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moments<P> {
    /// Running sum or average of the gradient.
    pub(super) first: P,
    /// Running average of the squared gradient; zero where the rule has none.
    pub(super) second: P,
    /// Running average of the parameters; zero if the recipe has none.
    pub(super) average: P,
    /// Steps taken.
    pub(super) steps: u64,
}

impl<P: Clone> Moments<P> {
    /// Before the first step from `parameters`.
    pub(super) fn new(parameters: &P, zeros: P) -> Self {
        Moments { first: zeros.clone(), second: zeros, average: parameters.clone(), steps: 0 }
    }
}

/// The work space of training by batches.
#[derive(Debug)]
pub(super) struct Batches<N: Network> {
    network: N,
    level: Level,
    /// Patterns of a shard.
    shard: usize,
    /// A worker's states and gradients, for one tile.
    spaces: PerWorker<N::Space>,
    shards: Vec<Shard<N::Parameters>>,
    /// Those of them that have a gradient since the last step.
    presented: usize,
    /// For the network's matrices, if the rule takes them as such, and where their parameters stand.
    matrices: Vec<Orthogonal>,
    ends: Vec<[usize; 2]>,
}

/// Part of a batch.
#[derive(Debug)]
struct Shard<P> {
    gradient: P,
    tally: Tally,
}

impl<N: Network> Batches<N> {
    /// For batches of at most `size` patterns, `beside` more that are presented by themselves, and steps by `rule`.
    pub(super) fn new(
        network: N,
        level: Level,
        [size, beside]: [usize; 2],
        rule: Rule,
        workers: &Workers,
    ) -> Self {
        let (lanes, patterns) = (level::lanes(level), shard_size(size));
        let space = || network.space(lanes, patterns);
        let shard = || Shard { gradient: network.zeros(), tally: Tally::default() };
        let matrices = if let Rule::Muon { .. } = rule { network.matrices() } else { Vec::new() };
        Batches {
            level,
            shard: patterns,
            spaces: PerWorker::new(workers, space),
            shards: (0..size.div_ceil(patterns) + beside.div_ceil(patterns)).map(|_| shard()).collect(),
            presented: 0,
            ends: matrices.iter().map(Matrix::ends).collect(),
            matrices: matrices.into_iter().map(|matrix| Orthogonal::new(matrix, level)).collect(),
            network,
        }
    }

    /// Sums up the gradient of the patterns `order` of `data`, beside those that were presented since the last step.
    ///
    /// To be called inside of `Workers::enter`.
    pub(super) fn present<const AREA: usize>(
        &mut self,
        parameters: &N::Parameters,
        criterion: &Criterion,
        data: &impl Patterns<AREA>,
        order: &[u32],
        tally: &mut Tally,
    ) {
        let (network, level, spaces) = (&self.network, self.level, &self.spaces);
        let first = self.presented;
        self.presented += order.len().div_ceil(self.shard);
        let shards = &mut self.shards[first..self.presented];
        shards.par_iter_mut().zip(order.par_chunks(self.shard)).with_max_len(1).for_each(|(shard, order)| {
            let space = &mut *spaces.mine();
            dispatch!(level, simd => present_shard(
                simd, network, parameters, criterion, data, order, space, shard
            ));
        });
        for shard in shards {
            tally.criterion += shard.tally.criterion;
            tally.errors += shard.tally.errors;
        }
    }

    /// Takes one step by the gradient of what was presented since the last one, divided by `patterns`.
    ///
    /// To be called inside of `Workers::enter`. `rate` is that of the step.
    pub(super) fn step(
        &mut self,
        recipe: &Batch,
        rate: f32,
        patterns: usize,
        parameters: &mut N::Parameters,
        moments: &mut Moments<N::Parameters>,
    ) {
        let (level, shards) = (self.level, &self.shards[..self.presented]);
        self.presented = 0;
        moments.steps += 1;
        let (steps, share) = (moments.steps, 1.0 / patterns as f32);
        let step = Step { recipe, rate, steps, share, matrices: &self.ends };
        let ranges = parameters.as_mut_slice().par_chunks_mut(RANGE);
        let ranges = ranges.zip(moments.first.as_mut_slice().par_chunks_mut(RANGE));
        let ranges = ranges.zip(moments.second.as_mut_slice().par_chunks_mut(RANGE));
        let ranges = ranges.zip(moments.average.as_mut_slice().par_chunks_mut(RANGE));
        ranges.enumerate().for_each(|(k, (((w, m), v), average))| {
            let range = k * RANGE..k * RANGE + w.len();
            let first = range.start;
            let gradients = shards.iter().map(|shard| &shard.gradient.as_slice()[range.clone()]);
            dispatch!(level, simd => step.take(simd, first, gradients, [w, m, v, average]));
        });
        let gradient = moments.first.as_slice();
        self.matrices.par_iter_mut().with_max_len(1).for_each(|matrix| matrix.prepare(level, gradient));
        let (parameters, average) = (parameters.as_mut_slice(), moments.average.as_mut_slice());
        for (first, values) in self.matrices.iter().flat_map(Orthogonal::steps) {
            let places = first..first + values.len();
            let w = &mut parameters[places.clone()];
            dispatch!(level, simd => step.take_prepared(simd, values, w, &mut average[places]));
        }
    }
}

/// One step.
struct Step<'a> {
    recipe: &'a Batch,
    rate: f32,
    /// Its number, counted from 1.
    steps: u64,
    /// One over the number of patterns.
    share: f32,
    /// The parameters that are left to [`Orthogonal`], but for the average of their gradient: from each first to behind its last, ascending.
    matrices: &'a [[usize; 2]],
}

impl Step<'_> {
    /// Steps with a range of the parameters, from the gradients of all shards there; `first` is the index of its first one.
    #[simd]
    fn take<'g, S: Simd>(
        &self,
        simd: S,
        first: usize,
        gradients: impl Iterator<Item = &'g [f32]>,
        [w, m, v, average]: [&mut [f32]; 4],
    ) {
        let mut d = [0.0; RANGE];
        let d = &mut d[..w.len()];
        update::sum(simd, d, gradients, self.share);
        let mut at = 0;
        while at < d.len() {
            let (end, whole) = self.part(first + at);
            let part = at..d.len().min(end - first);
            at = part.end;
            let (d, m) = (&d[part.clone()], &mut m[part.clone()]);
            match self.recipe.rule {
                Rule::Muon { momentum, .. } if whole => update::average(simd, m, d, momentum),
                _ => self.take_part(
                    simd,
                    d,
                    [&mut w[part.clone()], m, &mut v[part.clone()], &mut average[part]],
                ),
            }
        }
    }

    /// Up to which parameter those from `k` on are alike, and whether they are of a matrix.
    fn part(&self, k: usize) -> (usize, bool) {
        let ends = self.matrices.iter().find(|[_, end]| k < *end);
        ends.map_or((usize::MAX, false), |&[start, end]| if k < start { (start, false) } else { (end, true) })
    }

    /// Steps with parameters each for itself by their gradient `d`.
    #[simd]
    fn take_part<S: Simd>(&self, simd: S, d: &[f32], [w, m, v, average]: [&mut [f32]; 4]) {
        let (rate, shrink) = (self.rate, self.shrink());
        match self.recipe.rule {
            Rule::Sgd { momentum } => update::momentum(simd, w, m, d, momentum, rate, shrink),
            Rule::Adamw { beta_1, beta_2, epsilon } | Rule::Muon { beta_1, beta_2, epsilon, .. } => {
                // What is missing of the averages since they began at zero.
                let there = |beta: f32| 1.0 - f64::from(beta).powf(self.steps as f64);
                let root = there(beta_2).sqrt();
                let rate = (f64::from(rate) * root / there(beta_1)) as f32;
                let epsilon = (f64::from(epsilon) * root) as f32;
                update::adamw(simd, w, m, v, d, update::Adamw { beta_1, beta_2, rate, epsilon, shrink });
            }
        }
        self.average(simd, w, average);
    }

    /// Steps with parameters of a matrix by the values of its step.
    #[simd]
    fn take_prepared<S: Simd>(
        &self,
        simd: S,
        step: impl Iterator<Item = f32>,
        w: &mut [f32],
        average: &mut [f32],
    ) {
        let shrink = self.shrink();
        let rate = self.rate;
        w.iter_mut().zip(step).for_each(|(w, step)| *w = shrink * *w - rate * step);
        self.average(simd, w, average);
    }

    /// What weight decay leaves of a parameter.
    fn shrink(&self) -> f32 {
        1.0 - self.rate * self.recipe.weight_decay
    }

    /// The running average of the parameters, if there is one. In the first steps it is young: it follows more closely.
    #[simd]
    fn average<S: Simd>(&self, simd: S, w: &[f32], average: &mut [f32]) {
        if self.recipe.average > 0.0 {
            let young = self.steps as f32 / (self.steps as f32 + 10.0);
            update::average(simd, average, w, self.recipe.average.min(young));
        }
    }
}

/// The mean of the criterion over digits, taken as one batch, and its gradient, for LeNet-5 or another network.
///
/// The gradient that training by batches steps with: the same bits for any number of workers. Of no digits both are zero.
pub fn mean_gradient<N: Network>(
    network: &N,
    level: Level,
    parameters: &N::Parameters,
    criterion: &Criterion,
    digits: &Split,
    workers: &Workers,
) -> (f64, N::Parameters) {
    let no_step = Rule::Sgd { momentum: 0.0 };
    let mut batches = Batches::new(network.clone(), level, [digits.len(), 0], no_step, workers);
    let order: Vec<u32> = (0..digits.len() as u32).collect();
    let mut tally = Tally::default();
    let digits = &Presented::unchanged(digits);
    workers.enter(|| batches.present(parameters, criterion, digits, &order, &mut tally));
    let (mut gradient, count) = (network.zeros(), order.len().max(1));
    let parts = batches.shards.iter().map(|shard| shard.gradient.as_slice());
    dispatch!(level, simd => update::sum(simd, gradient.as_mut_slice(), parts, 1.0 / count as f32));
    (tally.criterion / count as f64, gradient)
}

#[simd]
fn present_shard<S: Simd, N: Network, P: Patterns<AREA>, const AREA: usize>(
    simd: S,
    network: &N,
    parameters: &N::Parameters,
    criterion: &Criterion,
    data: &P,
    order: &[u32],
    space: &mut N::Space,
    shard: &mut Shard<N::Parameters>,
) {
    network.begin(parameters, space);
    shard.tally = Tally::default();
    let (mut images, mut truths) = ([[0; AREA]; 16], [Truth::Class(0); 16]);
    for order in order.chunks(S::f32s::LEN) {
        data.fetch(order);
        for ((image, truth), &n) in images.iter_mut().zip(&mut truths).zip(order) {
            *truth = data.put(simd, n, image);
        }
        let examples = (&images[..order.len()], &truths[..order.len()]);
        network.learn(simd, parameters, examples, criterion, space, &mut shard.tally);
    }
    network.finish(simd, space, &mut shard.gradient);
}
