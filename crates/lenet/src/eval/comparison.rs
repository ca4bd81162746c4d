//! Which of two is better, if that can be said: two networks on the same digits, two recipes over seeds.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Evaluation;
use super::statistics::{ALPHA, Welch, at_most_heads};

/// What a test says about the first of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has the lower error, and chance explains that badly: p < [`ALPHA`].
    Better,
    /// It has the higher error, and chance explains that badly.
    Worse,
    /// Chance explains the difference well enough. That is not to say that there is none.
    NoDifferenceShown,
}

impl Verdict {
    /// From a difference in errors, first minus second, and its p value.
    fn of(difference: f64, p: f64) -> Verdict {
        match p < ALPHA {
            true if difference < 0.0 => Verdict::Better,
            true if difference > 0.0 => Verdict::Worse,
            _ => Verdict::NoDifferenceShown,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::NoDifferenceShown => "no difference shown",
        })
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Welch {
    /// Whether the first recipe is better, its results being errors.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.difference, self.p)
    }
}

/// Two networks A and B on the same digits. What both read right and what both misread tells nothing of their difference;
/// McNemar's test (1947) looks at the digits that only one of them misreads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Paired {
    /// Digits that both read right.
    pub both_right: usize,
    /// Digits that A misreads and B does not.
    pub only_a_wrong: usize,
    /// Digits that B misreads and A does not.
    pub only_b_wrong: usize,
    /// Digits that both misread, be it with different answers.
    pub both_wrong: usize,
}

impl Paired {
    /// Counts who misreads what. Both evaluations are of the same digits.
    ///
    /// # Panics
    /// When they are not of equally many digits.
    pub fn of(a: &Evaluation, b: &Evaluation) -> Paired {
        assert_eq!(a.patterns, b.patterns, "both networks read the same digits");
        // Misread digits stand in file order.
        let in_b = |index: usize| b.misread.binary_search_by_key(&index, |misread| misread.index).is_ok();
        let both_wrong = a.misread.iter().filter(|misread| in_b(misread.index)).count();
        let (only_a_wrong, only_b_wrong) = (a.errors() - both_wrong, b.errors() - both_wrong);
        let both_right = a.patterns - both_wrong - only_a_wrong - only_b_wrong;
        Paired { both_right, only_a_wrong, only_b_wrong, both_wrong }
    }

    /// Digits that exactly one of the two misreads.
    pub fn only_one_wrong(&self) -> usize {
        self.only_a_wrong + self.only_b_wrong
    }

    /// The exact two-sided p value: the probability that of so many digits, each as likely to be misread by A as by B, they
    /// misread at least as unequal numbers. 1 if there are none.
    pub fn p(&self) -> f64 {
        let fewer = self.only_a_wrong.min(self.only_b_wrong);
        (2.0 * at_most_heads(fewer, self.only_one_wrong())).min(1.0)
    }

    /// The mid-p value, which counts only half of the probability of what was seen. Where there is no difference, the exact
    /// test finds one in less than 5 % of cases, of few digits in far less; the mid-p test comes nearer to 5 % and seldom
    /// exceeds it (Fagerland, Lydersen and Laake 2013). 1 if there are no such digits.
    pub fn mid_p(&self) -> f64 {
        let (fewer, all) = (self.only_a_wrong.min(self.only_b_wrong), self.only_one_wrong());
        if all == 0 {
            return 1.0;
        }
        let up_to = at_most_heads(fewer, all);
        let below = if fewer == 0 { 0.0 } else { at_most_heads(fewer - 1, all) };
        // Equal numbers are one outcome; of unequal ones there is another with A and B exchanged, as far out.
        if 2 * fewer == all { 1.0 - (up_to - below) / 2.0 } else { up_to + below }
    }

    /// Whether A is better than B, by the exact p value.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(self.only_a_wrong as f64 - self.only_b_wrong as f64, self.p())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Mean, Misread};
    use super::*;

    fn paired(only_a_wrong: usize, only_b_wrong: usize) -> Paired {
        Paired { both_right: 0, only_a_wrong, only_b_wrong, both_wrong: 0 }
    }

    #[test]
    fn p_values_are_the_published_ones() {
        // The children of table 1 of Fagerland, Lydersen and Laake 2013; and larger numbers, by their formulas in whole numbers.
        for (a, b, exact, mid) in [(1, 7, 0.0703, 0.0391), (6, 16, 0.0525, 0.0347)] {
            for table in [paired(a, b), paired(b, a)] {
                assert!((table.p() - exact).abs() < 5e-5, "{a} {b}: {}", table.p());
                assert!((table.mid_p() - mid).abs() < 5e-5, "{a} {b}: {}", table.mid_p());
            }
        }
    }

    #[test]
    fn equal_numbers_and_none_are_no_evidence() {
        for table in [paired(0, 0), paired(1, 1), paired(40, 40)] {
            assert!((table.p() - 1.0).abs() < 1e-12 && table.mid_p() > 0.5);
            assert_eq!(table.verdict(), Verdict::NoDifferenceShown);
        }
        // 1 less half the probability of one and one: 3/4.
        assert!((paired(1, 1).mid_p() - 0.75).abs() < 1e-12 && paired(0, 0).mid_p() == 1.0);
        assert!(paired(3000, 5000).p() > 0.0, "far out, yet not nothing");
    }

    #[test]
    fn the_verdict_is_that_of_the_test() {
        // 0 of 5 has p = 2/32, 0 of 6 has p = 2/64.
        assert_eq!(paired(0, 5).verdict(), Verdict::NoDifferenceShown);
        assert_eq!(paired(0, 6).verdict(), Verdict::Better);
        assert_eq!(paired(6, 0).verdict(), Verdict::Worse);
        let [low, high, spread] =
            [[0.7, 0.71, 0.72], [0.9, 0.91, 0.92], [0.2, 0.8, 1.4]].map(|x| Mean::of(&x).unwrap());
        assert_eq!(Welch::of(&low, &high).unwrap().verdict(), Verdict::Better);
        assert_eq!(Welch::of(&high, &low).unwrap().verdict(), Verdict::Worse);
        assert_eq!(Welch::of(&low, &spread).unwrap().verdict(), Verdict::NoDifferenceShown);
        assert_eq!(serde_json::to_string(&Verdict::NoDifferenceShown).unwrap(), r#""no difference shown""#);
    }

    #[test]
    fn every_digit_is_counted_in_one_place() {
        let evaluation = |wrong: &[usize]| {
            let misread = wrong.iter().map(|&index| Misread { index, truth: 1, answer: 7, margin: 1.0 });
            Evaluation { patterns: 20, confusion: [[0; 10]; 10], misread: misread.collect() }
        };
        let table = Paired::of(&evaluation(&[2, 5, 11]), &evaluation(&[0, 5, 7, 11, 19]));
        assert_eq!(table, Paired { both_right: 14, only_a_wrong: 1, only_b_wrong: 3, both_wrong: 2 });
    }
}
