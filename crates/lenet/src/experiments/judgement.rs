//! Whether a claim holds, as far as what was measured can tell.

use serde::{Deserialize, Serialize};

use crate::eval::{Verdict, wilson};

/// Whether a claim holds. In this order each weighs more than those before it: a claim of several parts is judged by the part
/// that fares worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// What it says was measured, and chance explains that badly.
    Holds,
    /// Chance explains what was measured, or the seeds are too few to tell.
    NotShown,
    /// Nothing was measured that could speak against it.
    NotTested,
    /// The opposite was measured, and chance explains that badly.
    DoesNotHold,
}

impl Judgement {
    /// In words, for the report.
    pub fn words(self) -> &'static str {
        match self {
            Judgement::Holds => "holds",
            Judgement::NotShown => "not shown",
            Judgement::NotTested => "not tested",
            Judgement::DoesNotHold => "does not hold",
        }
    }

    /// Of a claim that all of these together are; of no parts nothing is tested.
    pub(super) fn all(parts: impl IntoIterator<Item = Judgement>) -> Judgement {
        parts.into_iter().max().unwrap_or(Judgement::NotTested)
    }

    /// Of a claim that the first of two has the lower error.
    pub(super) fn lower(verdict: Verdict) -> Judgement {
        match verdict {
            Verdict::Better => Judgement::Holds,
            Verdict::Worse => Judgement::DoesNotHold,
            Verdict::NoDifferenceShown => Judgement::NotShown,
        }
    }

    /// Of a claim that more than half are hits, by Wilson's interval.
    pub(super) fn most(hits: usize, of: usize) -> Judgement {
        match wilson(hits, of) {
            (low, _) if low > 0.5 => Judgement::Holds,
            (_, high) if high < 0.5 => Judgement::DoesNotHold,
            _ => Judgement::NotShown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_is_said_beyond_chance_only() {
        for (hits, expected) in
            [(70, Judgement::Holds), (55, Judgement::NotShown), (30, Judgement::DoesNotHold)]
        {
            assert_eq!(Judgement::most(hits, 100), expected, "{hits}");
        }
        assert_eq!(Judgement::most(0, 0), Judgement::NotShown);
    }

    #[test]
    fn one_part_that_does_not_hold_is_enough() {
        use Judgement::{DoesNotHold, Holds, NotShown, NotTested};
        assert_eq!(Judgement::all([Holds, Holds]), Holds);
        assert_eq!(Judgement::all([Holds, NotShown]), NotShown);
        assert_eq!(Judgement::all([NotShown, DoesNotHold, NotTested]), DoesNotHold);
        assert_eq!(Judgement::all([]), NotTested);
    }
}
