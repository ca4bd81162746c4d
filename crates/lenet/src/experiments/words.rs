//! Results over seeds in words, next to the paper's.

use crate::eval::{Mean, Welch, wilson};
use crate::report::plot::Point;
use crate::report::table::p_value;

/// Errors of networks that differ in their seed only.
#[derive(Clone, Debug)]
pub(super) struct OverSeeds {
    /// In %, one per seed.
    percents: Vec<f64>,
    /// Digits that each was measured on.
    patterns: usize,
}

impl OverSeeds {
    /// From the misread digits of each network, of so many.
    pub(super) fn of(errors: impl IntoIterator<Item = usize>, patterns: usize) -> OverSeeds {
        let percent = |errors: usize| 100.0 * errors as f64 / patterns.max(1) as f64;
        OverSeeds { percents: errors.into_iter().map(percent).collect(), patterns }
    }

    /// From results in %, one per seed, of so many digits.
    pub(super) fn of_percents(percents: Vec<f64>, patterns: usize) -> OverSeeds {
        OverSeeds { percents, patterns }
    }

    /// The mean in %.
    pub(super) fn mean(&self) -> f64 {
        self.percents.iter().sum::<f64>() / self.percents.len().max(1) as f64
    }

    fn over_seeds(&self) -> Option<Mean> {
        Mean::of(&self.percents)
    }

    /// The 95 % interval in %: of several networks that of their mean, of one that of its rate.
    pub(super) fn interval(&self) -> (f64, f64) {
        match self.over_seeds() {
            Some(mean) => (mean.interval.0.max(0.0), mean.interval.1),
            None => {
                let hits = (self.mean() / 100.0 * self.patterns as f64).round() as usize;
                let (low, high) = wilson(hits, self.patterns);
                (100.0 * low, 100.0 * high)
            }
        }
    }

    /// The mean as a point of a plot.
    pub(super) fn point(&self, x: f64) -> Point {
        Point { x, y: self.mean(), interval: Some(self.interval()) }
    }

    /// "0.95 (0.91 to 0.99)"
    pub(super) fn text(&self) -> String {
        let (low, high) = self.interval();
        format!("{:.2} ({low:.2} to {high:.2})", self.mean())
    }

    /// Whether the paper's single result is one that a run of ours could have: by the 95 % interval of one more run.
    pub(super) fn against(&self, paper: f64) -> &'static str {
        match self.over_seeds().map(|mean| mean.next()) {
            None => "not tested",
            Some((_, high)) if paper > high => "better",
            Some((low, _)) if paper < low => "worse",
            Some(_) => "no difference shown",
        }
    }

    /// "better than B (p = 0.012)", about the errors of A.
    pub(super) fn compared(&self, other: &OverSeeds) -> String {
        let test = self.over_seeds().zip(other.over_seeds()).and_then(|(a, b)| Welch::of(&a, &b));
        match test {
            None => "not tested: there is no spread to compare with".to_string(),
            Some(test) => format!("{} (p {})", test.verdict(), equals(test.p)),
        }
    }
}

/// "= 0.012" or "below 0.0001"
pub(super) fn equals(p: f64) -> String {
    let text = p_value(p);
    if text.starts_with("below") { text } else { format!("= {text}") }
}

/// "seeds 1 to 3"
pub(super) fn seeds(seeds: std::ops::RangeInclusive<u64>) -> String {
    format!("seeds {} to {}", seeds.start(), seeds.end())
}

/// What the intervals of a figure are.
pub(super) const INTERVALS: &str = "Intervals are 95 %: of several networks that of their mean over seeds, by Student's t; of a \
    single one Wilson's. The paper's value is one run: it is called different only if it lies outside the 95 % interval of \
    one more run of ours.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_and_worse_are_said_only_beyond_one_more_run() {
        let ours = OverSeeds::of([90, 95, 100], 10_000);
        assert_eq!(ours.text(), "0.95 (0.83 to 1.07)");
        // One more run: 0.95 +- 4.303 * 0.05 * 1.155 = 0.70 to 1.20.
        for (paper, expected) in
            [(0.69, "worse"), (0.71, "no difference shown"), (1.19, "no difference shown"), (1.21, "better")]
        {
            assert_eq!(ours.against(paper), expected, "{paper}");
        }
        assert_eq!(OverSeeds::of([95], 10_000).against(3.0), "not tested");
        let (low, high) = OverSeeds::of([95], 10_000).interval();
        assert!((low - 0.78).abs() < 0.01 && (high - 1.16).abs() < 0.01);
    }

    #[test]
    fn two_recipes_are_compared_by_the_test() {
        let (good, bad) = (OverSeeds::of([80, 82, 84], 10_000), OverSeeds::of([120, 124, 119], 10_000));
        assert!(good.compared(&bad).starts_with("better (p "), "{}", good.compared(&bad));
        assert!(bad.compared(&good).starts_with("worse"));
        assert!(good.compared(&good).starts_with("no difference shown (p = 1.00"));
        assert!(OverSeeds::of([1], 10).compared(&good).starts_with("not tested"));
    }
}
