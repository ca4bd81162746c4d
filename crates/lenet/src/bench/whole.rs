//! What a user waits for: training, classification, one image, one update per pattern.

use std::hint::black_box;
use std::time::Instant;

use super::{Bench, Figure, SLICE, Trial, peak, quantile};
use crate::classify::{Answer, Classifier};
use crate::data::Split;
use crate::kernels::level;
use crate::net::{MULTIPLY_ADDS, Parameters, TRAINING_MULTIPLY_ADDS};
use crate::train::{Event, Flow, Optimiser, Recipe, Training};
use crate::workers::Workers;

/// Digits of a pass of training, and of a call of the classifier.
const DIGITS: usize = 8192;
/// Patterns of a slice of on-line training; it divides the digits of a pass.
const PATTERNS: usize = 1000;

impl Bench<'_> {
    /// As many digits as are asked for, again and again the same if there are fewer.
    pub(super) fn some_digits(&self, count: usize) -> Split {
        let pick = |n: usize| n % self.digits.len();
        Split {
            images: (0..count).map(|n| self.digits.images[pick(n)]).collect(),
            labels: (0..count).map(|n| self.digits.labels[pick(n)]).collect(),
        }
    }

    /// A network that has seen something, so that its states are not all alike.
    fn parameters(&self) -> Parameters {
        let digits = self.some_digits(2048);
        let recipe = Recipe { passes: 1, ..Recipe::adamw() };
        let mut training = Training::new(recipe, 1, &digits, self.level).expect("the recipe is ours");
        training.run(&digits, self.workers, &mut |_| Flow::Continue);
        training.parameters().clone()
    }

    pub(super) fn training(&self) -> Trial<'_> {
        let mut recipe = Recipe { passes: usize::MAX / DIGITS, ..Recipe::adamw() };
        let Optimiser::Batch(batch) = &mut recipe.optimiser else {
            unreachable!("the recipe is one of batches")
        };
        batch.size = self.batch.unwrap_or(batch.size).clamp(1, DIGITS);
        let batch = Some(batch.size);
        let digits = self.some_digits(DIGITS);
        let mut training = Training::new(recipe, 1, &digits, self.level).expect("the recipe is ours");
        Trial {
            what: "training",
            threads: self.workers.threads(),
            batch,
            items: DIGITS,
            operations: 2.0 * TRAINING_MULTIPLY_ADDS as f64,
            work: Box::new(move || {
                training.run(&digits, self.workers, &mut |event| match event {
                    Event::PassEnd(_) => Flow::Stop,
                    Event::Progress { .. } => Flow::Continue,
                });
            }),
        }
    }

    pub(super) fn classification(&self) -> Trial<'_> {
        let digits = self.some_digits(DIGITS);
        let mut classifier = Classifier::new(self.parameters(), self.level);
        let mut answers = vec![Answer::default(); DIGITS];
        Trial {
            what: "classification",
            threads: self.workers.threads(),
            batch: None,
            items: DIGITS,
            operations: 2.0 * MULTIPLY_ADDS as f64,
            work: Box::new(move || classifier.classify(&digits.images, &mut answers, self.workers)),
        }
    }

    /// Patterns a second within passes, as they are trained: one run, whose clock stands still while the peak is measured.
    pub(super) fn online(&self) -> Figure {
        let digits = self.some_digits(60_000);
        let recipe = Recipe { passes: usize::MAX, ..Recipe::paper_1998() };
        let mut training = Training::new(recipe, 1, &digits, self.level).expect("the recipe is ours");
        let workers = Workers::new(1).expect("one thread");
        let operations = 2.0 * TRAINING_MULTIPLY_ADDS as f64;
        let (mut rates, mut shares) = (Vec::new(), Vec::new());
        // The curvature, which is estimated before the first pattern of a pass, belongs to no slice.
        let mut slice: Option<(f64, Instant)> = None;
        training.run(&digits, &workers, &mut |event| {
            let Event::Progress { seen, of, .. } = event else {
                return Flow::Continue;
            };
            if !seen.is_multiple_of(PATTERNS) {
                return Flow::Continue;
            }
            if let Some((peak, clock)) = slice {
                let rate = PATTERNS as f64 / clock.elapsed().as_secs_f64();
                rates.push(rate);
                shares.push(rate * operations / 1e9 / peak);
            }
            if rates.len() == self.rounds() {
                return Flow::Stop;
            }
            let peak = peak::gflops(self.level, &workers, SLICE);
            slice = (seen < of).then(|| (peak, Instant::now()));
            Flow::Continue
        });
        self.throughput("on-line", 1, Some(1), operations, rates, shares)
    }

    /// The time from an image to its answer, call after call.
    pub(super) fn one_image(&self) -> Figure {
        let digits = self.some_digits(1000);
        let mut classifier = Classifier::new(self.parameters(), self.level);
        let one = Workers::new(1).expect("one thread");
        let (mut times, mut shares) = (Vec::new(), Vec::new());
        let operations = 2.0 * MULTIPLY_ADDS as f64;
        for _ in 0..self.rounds() {
            let peak = peak::gflops(self.level, &one, SLICE);
            let (begin, first) = (Instant::now(), times.len());
            while begin.elapsed().as_secs_f64() < SLICE {
                let image = &digits.images[times.len() % digits.len()];
                let clock = Instant::now();
                black_box(classifier.classify_one(black_box(image)));
                times.push(1e6 * clock.elapsed().as_secs_f64());
            }
            let mut round = times[first..].to_vec();
            round.sort_by(f64::total_cmp);
            shares.push(operations / quantile(&round, 0.5) / 1e3 / peak);
        }
        times.sort_by(f64::total_cmp);
        shares.sort_by(f64::total_cmp);
        let median = quantile(&times, 0.5);
        Figure {
            what: "one image",
            level: level::name(self.level),
            threads: 1,
            batch: Some(1),
            unit: "us",
            median,
            low: times[0],
            high: times[times.len() - 1],
            p99: Some(quantile(&times, 0.99)),
            n: times.len(),
            gflops: Some(operations / median / 1e3),
            share_of_peak: Some(quantile(&shares, 0.5)),
        }
    }
}
