//! Results over seeds in words, next to the paper's.

use super::Judgement;
use crate::eval::{Mean, Verdict, Welch, wilson};
use crate::paper::UNCERTAINTY;
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

    /// Whether ours are lower or higher than the paper's single result, by the 95 % interval of one more run of ours. A value
    /// within it is not called equal: the interval says how far apart they may still be.
    pub(super) fn against(&self, paper: f64) -> String {
        match self.over_seeds().map(|mean| mean.next()) {
            None => "not tested".to_string(),
            Some((_, high)) if paper > high => "ours is lower".to_string(),
            Some((low, _)) if paper < low => "ours is higher".to_string(),
            Some((low, high)) => {
                format!("one more run of ours could have it ({:.2} to {high:.2})", low.max(0.0))
            }
        }
    }

    /// Whether a single value is above what one more run of ours would have.
    pub(super) fn below(&self, value: f64) -> Judgement {
        match self.over_seeds().map(|mean| mean.next()) {
            None => Judgement::NotTested,
            Some((_, high)) if value > high => Judgement::Holds,
            Some((low, _)) if value < low => Judgement::DoesNotHold,
            Some(_) => Judgement::NotShown,
        }
    }

    fn test(&self, other: &OverSeeds) -> Option<Welch> {
        self.over_seeds().zip(other.over_seeds()).and_then(|(a, b)| Welch::of(&a, &b))
    }

    /// Whether ours are lower, by Welch's test.
    pub(super) fn lower_than(&self, other: &OverSeeds) -> Judgement {
        self.test(other).map_or(Judgement::NotTested, |test| Judgement::lower(test.verdict()))
    }

    /// Whether ours are not higher by as much as the paper's own uncertainty.
    pub(super) fn no_higher_than(&self, other: &OverSeeds) -> Judgement {
        self.no_higher_by(other, UNCERTAINTY)
    }

    /// Whether ours are not higher: what a test does not show to be higher holds only if its interval excludes so many points.
    pub(super) fn no_higher_by(&self, other: &OverSeeds, points: f64) -> Judgement {
        match self.test(other) {
            None => Judgement::NotTested,
            Some(test) if test.verdict() == Verdict::Worse => Judgement::DoesNotHold,
            Some(test) if test.interval.1 < points => Judgement::Holds,
            Some(_) => Judgement::NotShown,
        }
    }

    /// "better (p = 0.012)", about ours. No difference is said only where one as large as the paper's uncertainty is excluded.
    pub(super) fn compared(&self, other: &OverSeeds) -> String {
        let Some(test) = self.test(other) else {
            return "not tested: there is no spread to compare with".to_string();
        };
        let ((low, high), p) = (test.interval, p_value(test.p));
        match test.verdict() {
            Verdict::NoDifferenceShown if low > -UNCERTAINTY && high < UNCERTAINTY => {
                format!("no difference of {UNCERTAINTY} points (p {p})")
            }
            Verdict::NoDifferenceShown => {
                format!("too few seeds to tell (p {p}, difference {low:+.2} to {high:+.2})")
            }
            verdict => format!("{verdict} (p {p})"),
        }
    }
}

/// "seeds 1 to 3"
pub(super) fn seeds(seeds: std::ops::RangeInclusive<u64>) -> String {
    format!("seeds {} to {}", seeds.start(), seeds.end())
}

/// What the intervals of a figure are.
pub(super) const INTERVALS: &str = "Intervals are 95 %: of several networks that of their mean over seeds, by Student's t; of a \
    single one Wilson's. The paper's value is one run: ours is called lower or higher only if it lies outside the 95 % interval \
    of one more run of ours. Where no difference is shown between ours, the seeds are too few to tell unless the interval of the \
    difference excludes 0.1 points, the uncertainty that the paper gives its rates (p. 12).";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_and_worse_are_said_only_beyond_one_more_run() {
        let ours = OverSeeds::of([90, 95, 100], 10_000);
        assert_eq!(ours.text(), "0.95 (0.83 to 1.07)");
        // One more run: 0.95 +- 4.303 * 0.05 * 1.155 = 0.70 to 1.20.
        let within = "one more run of ours could have it (0.70 to 1.20)";
        for (paper, expected, below) in [
            (0.69, "ours is higher", Judgement::DoesNotHold),
            (0.71, within, Judgement::NotShown),
            (1.19, within, Judgement::NotShown),
            (1.21, "ours is lower", Judgement::Holds),
        ] {
            assert_eq!((ours.against(paper).as_str(), ours.below(paper)), (expected, below), "{paper}");
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
        assert_eq!(good.compared(&good), "no difference of 0.1 points (p = 1.00)");
        assert!(OverSeeds::of([1], 10).compared(&good).starts_with("not tested"));
        let judged = |a: &OverSeeds, b: &OverSeeds| (a.lower_than(b), a.no_higher_than(b));
        assert_eq!(judged(&good, &bad), (Judgement::Holds, Judgement::Holds));
        assert_eq!(judged(&bad, &good), (Judgement::DoesNotHold, Judgement::DoesNotHold));
        assert_eq!(judged(&good, &good), (Judgement::NotShown, Judgement::Holds));
    }

    #[test]
    fn seeds_that_cannot_tell_are_no_agreement() {
        let wide = OverSeeds::of([60, 80, 100], 10_000);
        assert!(
            wide.compared(&wide).starts_with("too few seeds to tell (p = 1.00, difference -0.45 to +0.45")
        );
        assert_eq!(wide.no_higher_than(&wide), Judgement::NotShown);
        assert_eq!(wide.no_higher_by(&wide, 0.5), Judgement::Holds);
    }
}
