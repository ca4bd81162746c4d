//! The gradient of a batch, shared out to all workers: the same bits for any number of them.
//!
//! ```text
//! batch    | shard 0: 32 patterns | shard 1: 32 patterns | ... | the last one may be shorter
//! shard    | tile | tile |        as many tiles as 32 patterns fill at the level
//! ```
//!
//! A shard's gradient is summed up tile after tile by one worker, whichever is free, in a buffer of the shard's own; then the
//! buffers are summed up shard after shard, every worker taking a range of the parameters. So the order of every sum
//! follows from the batch alone. What a worker needs on the way is its own and stays in its cache.

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;
use rayon::prelude::*;

use crate::data::Split;
use crate::kernels::level::{self, Level};
use crate::net::tile::{self, Tally, TileGradient, TileState};
use crate::net::{Criterion, Parameters};
use crate::workers::{PerWorker, Workers};

/// Patterns of a shard.
const SHARD: usize = 32;

/// The work space of training by batches.
#[derive(Debug)]
pub(super) struct Batches {
    level: Level,
    /// A worker's states and gradients, for one tile.
    spaces: PerWorker<(TileState, TileGradient)>,
    shards: Vec<Shard>,
}

/// Part of a batch.
#[derive(Debug)]
struct Shard {
    gradient: Parameters,
    tally: Tally,
}

impl Batches {
    /// For batches of at most `size` patterns.
    pub(super) fn new(level: Level, size: usize, workers: &Workers) -> Self {
        let lanes = level::lanes(level);
        let space = || (TileState::new::<true>(lanes), TileGradient::new(lanes));
        let shard = || Shard { gradient: Parameters::zeros(), tally: Tally::default() };
        Batches {
            level,
            spaces: PerWorker::new(workers, space),
            shards: (0..size.div_ceil(SHARD)).map(|_| shard()).collect(),
        }
    }

    /// Sums up the gradient of the patterns `order` of `data`, which are not more than a batch.
    ///
    /// To be called inside of `Workers::enter`; [`Batches::gradients`] has the result.
    pub(super) fn present(
        &mut self,
        parameters: &Parameters,
        criterion: &Criterion,
        data: &Split,
        order: &[u32],
        tally: &mut Tally,
    ) {
        let (level, spaces) = (self.level, &self.spaces);
        let shards = &mut self.shards[..order.len().div_ceil(SHARD)];
        shards.par_iter_mut().zip(order.par_chunks(SHARD)).with_max_len(1).for_each(|(shard, order)| {
            let (state, work) = &mut *spaces.mine();
            dispatch!(level, simd => present_shard(simd, parameters, criterion, data, order, state, work, shard));
        });
        for shard in shards {
            tally.criterion += shard.tally.criterion;
            tally.errors += shard.tally.errors;
        }
    }

    /// The gradients of the shards that hold `patterns` patterns, to be summed up in this order.
    pub(super) fn gradients(&self, patterns: usize) -> impl Iterator<Item = &Parameters> + Clone {
        self.shards[..patterns.div_ceil(SHARD)].iter().map(|shard| &shard.gradient)
    }
}

#[simd]
fn present_shard<S: Simd>(
    simd: S,
    parameters: &Parameters,
    criterion: &Criterion,
    data: &Split,
    order: &[u32],
    state: &mut TileState,
    work: &mut TileGradient,
    shard: &mut Shard,
) {
    work.clear();
    shard.gradient.as_mut_slice().fill(0.0);
    shard.tally = Tally::default();
    for order in order.chunks(S::f32s::LEN) {
        let mut labels = [0; 16];
        for (label, &n) in labels.iter_mut().zip(order) {
            *label = data.labels[n as usize];
        }
        state.set_images(simd, order.iter().map(|&n| &data.images[n as usize]));
        tile::forward_at::<S, true>(simd, parameters, state);
        tile::backward_at(simd, parameters, state, criterion, &labels, work, &mut shard.gradient, &mut shard.tally);
    }
    work.finish(simd, &mut shard.gradient);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use crate::net::{Gradient, State, backward, forward};
    use crate::train::Recipe;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn speed() {
        let digits = Dataset::bundled();
        let recipe = Recipe::paper_1998();
        let parameters = recipe.initial.draw(&mut ChaCha8Rng::seed_from_u64(1));
        for (name, level) in level::available().into_iter().take(2) {
            for threads in [1, 2] {
                let workers = Workers::new(threads).unwrap();
                let mut batches = Batches::new(level, 256, &workers);
                let order: Vec<u32> = (0..256).collect();
                let mut tally = Tally::default();
                let mut times = vec![];
                workers.enter(|| for _ in 0..21 {
                    let t = std::time::Instant::now();
                    for _ in 0..5 { batches.present(&parameters, &recipe.criterion, &digits.train, &order, &mut tally); }
                    times.push(t.elapsed().as_secs_f64() / 5.0 / 256.0);
                });
                times.sort_by(f64::total_cmp);
                println!("{name} {threads}: {:.2} us/image, {:.0} images/s {:.1} GF", times[10]*1e6, 1.0/times[10], 1.733e-3/times[10]);
                if threads == 1 {
                    let mut sum = Parameters::zeros();
                    for g in batches.gradients(256) { for (s, g) in sum.as_mut_slice().iter_mut().zip(g.as_slice()) { *s += g; } }
                    let mut expected = Parameters::zeros();
                    let (mut state, mut gradient) = (State::new(), Gradient::new());
                    for n in 0..256 {
                        state.set_image(&digits.train.images[n]);
                        forward(level, &parameters, &mut state);
                        backward(level, &parameters, &state, &recipe.criterion, digits.train.labels[n], &mut gradient);
                        gradient.add_to(&state, &mut expected);
                    }
                    for tensor in &crate::net::TENSORS {
                        let (a, b) = (sum.view(tensor.range.clone()), expected.view(tensor.range.clone()));
                        let worst = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                        let big = b.iter().fold(0.0f32, |m, x| m.max(x.abs()));
                        if worst / big > 1e-5 { println!("  {} {:e}", tensor.name, worst / big); }
                    }
                }
            }
        }
    }
}
