//! How fast this machine does it, next to what its arithmetic could do at most.
//!
//! Every figure is measured in short slices, in turn with slices of the multiply-adds that the processor can do in the
//! same way ([`peak`]), so that whatever else the machine is busy with hits both alike. A share of the peak is the median over the
//! rounds of what was done over what could have been done; it is what to compare between machines and versions.
//!
//! ```no_run
//! use lenet::bench::{Bench, Kind};
//! use lenet::data::Dataset;
//! use lenet::kernels::level::Level;
//! use lenet::workers::Workers;
//!
//! let digits = Dataset::bundled().train;
//! let bench = Bench { level: Level::new(), workers: &Workers::all()?, digits: &digits, batch: None, seconds: 1.0 };
//! for figure in bench.measure(Kind::Training) {
//!     println!("{} {:.0} {}", figure.what, figure.median, figure.unit);
//! }
//! # Ok::<(), lenet::workers::WorkersError>(())
//! ```

mod layers;
pub mod peak;
mod whole;

use std::time::Instant;

use serde::Serialize;

use crate::data::Split;
use crate::kernels::level::{self, Level};
use crate::workers::Workers;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The multiply-adds of one thread and of all: the peak.
    Peak,
    /// Training by batches with [`Recipe::adamw`](crate::train::Recipe::adamw): forward, backward and update, shuffling included.
    Training,
    /// Answers to many images.
    Classification,
    /// The answer to one image, on one thread, again and again.
    OneImage,
    /// The paper's training: one update per pattern, on one thread.
    Online,
    /// The parts of training, layer by layer, on one thread.
    Layers,
}

impl Kind {
    /// All of them, in the order in which they make sense.
    pub const ALL: [Kind; 6] =
        [Kind::Peak, Kind::Training, Kind::Classification, Kind::OneImage, Kind::Online, Kind::Layers];
}

/// One result.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What was measured.
    pub what: &'static str,
    /// The level of vector instructions.
    pub level: &'static str,
    /// Threads at work.
    pub threads: usize,
    /// Images per update or per call, where that is a choice.
    pub batch: Option<usize>,
    /// Of `median`, `low`, `high` and `p99`.
    pub unit: &'static str,
    /// The median over all slices; of `us`, over all calls.
    pub median: f64,
    /// The lowest slice or call.
    pub low: f64,
    /// The highest slice or call.
    pub high: f64,
    /// What 99 of 100 calls stay below, for `us`.
    pub p99: Option<f64>,
    /// Slices or calls.
    pub n: usize,
    /// Floating-point operations a second, in 10^9; none where nothing but data moves.
    pub gflops: Option<f64>,
    /// Median over the rounds of `gflops` over the peak of as many threads at the same level, from 0 to 1. None at the level `scalar`,
    /// whose peak the compiler outdoes with vectors of its own.
    pub share_of_peak: Option<f64>,
}

/// What to measure with.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// The level of vector instructions.
    pub level: Level,
    /// The threads of training and classification.
    pub workers: &'a Workers,
    /// Digits to work on, at least one; 8192 or more give caches what real work gives them.
    pub digits: &'a Split,
    /// Patterns of a batch of [`Kind::Training`]; none for 64.
    pub batch: Option<usize>,
    /// Time for each figure.
    pub seconds: f64,
}

/// Something that can be done again and again.
struct Trial<'a> {
    what: &'static str,
    threads: usize,
    batch: Option<usize>,
    /// Items of one call of `work`, and floating-point operations of one item.
    items: usize,
    operations: f64,
    work: Box<dyn FnMut() + 'a>,
}

/// Seconds of a slice.
const SLICE: f64 = 0.02;
/// Rounds, at least.
const ROUNDS: usize = 9;

impl Bench<'_> {
    /// Measures one kind; [`Kind::Layers`] has a figure for each layer.
    ///
    /// # Panics
    /// Never for digits of a `Dataset`; there must be one digit at least.
    pub fn measure(&self, kind: Kind) -> Vec<Figure> {
        let mut figures = self.figures(kind);
        // The compiler finds vectors in the work and not in the loop that measures the peak.
        if level::name(self.level) == "scalar" {
            figures.iter_mut().for_each(|figure| figure.share_of_peak = None);
        }
        figures
    }

    fn figures(&self, kind: Kind) -> Vec<Figure> {
        match kind {
            Kind::Peak => self.peaks(),
            Kind::Training => vec![self.rate(self.training())],
            Kind::Classification => vec![self.rate(self.classification())],
            Kind::OneImage => vec![self.one_image()],
            Kind::Online => vec![self.online()],
            Kind::Layers => self.layers().into_iter().map(|trial| self.latency_of_part(trial)).collect(),
        }
    }

    /// The peak of one thread, and of all if there are more.
    fn peaks(&self) -> Vec<Figure> {
        let one = Workers::new(1).ok();
        let all = (self.workers.threads() > 1).then_some(self.workers);
        let figure = |workers: &Workers| {
            let mut speeds: Vec<f64> =
                (0..self.rounds()).map(|_| peak::gflops(self.level, workers, SLICE)).collect();
            speeds.sort_by(f64::total_cmp);
            let median = quantile(&speeds, 0.5);
            Figure {
                what: "peak",
                level: level::name(self.level),
                threads: workers.threads(),
                batch: None,
                unit: "GFLOP/s",
                median,
                low: speeds[0],
                high: speeds[speeds.len() - 1],
                p99: None,
                n: speeds.len(),
                gflops: Some(median),
                share_of_peak: None,
            }
        };
        one.iter().chain(all).map(figure).collect()
    }

    fn rounds(&self) -> usize {
        ((self.seconds / SLICE / 2.0) as usize).max(ROUNDS)
    }

    /// Items a second, slices of work and of the peak in turn.
    fn rate(&self, mut trial: Trial<'_>) -> Figure {
        let rounds = self.rounds();
        let own =
            if trial.threads == self.workers.threads() { None } else { Workers::new(trial.threads).ok() };
        let workers = own.as_ref().unwrap_or(self.workers);
        slice(&mut trial.work);
        let (mut rates, mut shares) = (Vec::with_capacity(rounds), Vec::with_capacity(rounds));
        for _ in 0..rounds {
            let peak = peak::gflops(self.level, workers, SLICE);
            let rate = trial.items as f64 * slice(&mut trial.work);
            rates.push(rate);
            shares.push(rate * trial.operations / 1e9 / peak);
        }
        self.throughput(trial.what, trial.threads, trial.batch, trial.operations, rates, shares)
    }

    /// What slices of work come to: items a second, of so many operations each, and the share of the peak in every slice.
    fn throughput(
        &self,
        what: &'static str,
        threads: usize,
        batch: Option<usize>,
        operations: f64,
        mut rates: Vec<f64>,
        mut shares: Vec<f64>,
    ) -> Figure {
        rates.sort_by(f64::total_cmp);
        shares.sort_by(f64::total_cmp);
        let median = quantile(&rates, 0.5);
        Figure {
            what,
            level: level::name(self.level),
            threads,
            batch,
            unit: if what == "on-line" { "patterns/s" } else { "images/s" },
            median,
            low: rates[0],
            high: rates[rates.len() - 1],
            p99: None,
            n: rates.len(),
            gflops: Some(median * operations / 1e9),
            share_of_peak: Some(quantile(&shares, 0.5)),
        }
    }

    /// Microseconds of a part of the work for the images of a tile.
    fn latency_of_part(&self, trial: Trial<'_>) -> Figure {
        let (items, operations) = (level::lanes(self.level) as f64, trial.operations);
        let figure = self.rate(trial);
        let time = |rate: f64| 1e6 * items / rate;
        Figure {
            unit: "us",
            median: time(figure.median),
            low: time(figure.high),
            high: time(figure.low),
            gflops: figure.gflops.filter(|_| operations > 0.0),
            share_of_peak: figure.share_of_peak.filter(|_| operations > 0.0),
            ..figure
        }
    }
}

/// Calls a second, of as many calls as a slice has room for.
fn slice(work: &mut dyn FnMut()) -> f64 {
    let (clock, mut calls) = (Instant::now(), 0);
    loop {
        work();
        calls += 1;
        let seconds = clock.elapsed().as_secs_f64();
        if seconds >= SLICE {
            return f64::from(calls) / seconds;
        }
    }
}

/// The value below which that share of sorted values lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}
