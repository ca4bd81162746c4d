//! How sure an answer is: from penalties to probabilities, and when a thing is called no digit.
//!
//! The network of the recipe `reading` minimised eq. 9, which is the negative logarithm of
//!
//! ```text
//! p(digit i) = e^(-s y_i) / (e^-j + sum over all k of e^(-s y_k)),    p(nothing) = e^-j / (the same)
//! ```
//!
//! with s = 0.1 and j = 5 (p. 9). All exponents times one number, fitted on pages of training digits, make these probabilities what
//! they say: of the answers that are called 90 % sure nine in ten are right.

use serde::Serialize;

/// s, what the recipe multiplies penalties with.
const SCALE: f32 = 0.1;
/// j, the penalty of what is no digit.
const RUBBISH: f32 = 5.0;
/// What all exponents are multiplied with: of the factors tried the one with the least expected calibration error.
const HONESTY: f32 = 1.35;
/// Shares of the digits that are rejected, in %, and from which [`distance`] on that is, by the whole reader: the means of two times 10,000
/// pages of training digits that were held out of the training of four networks ([`fit`](super::evaluation::fit)).
const LIMITS: [(f32, f32); 6] =
    [(0.0, 12.0), (0.3, 8.5), (1.0, 5.15), (3.0, 3.5), (10.0, 2.1), (100.0, -3.0)];

/// The same for the digits of strings, which are rejected below a probability: measured on 5,981 of them, from 3,000 pages of strings of held-out digits. Up to
/// 1 % a string is taken as it was found.
const LEAST: [(f32, f32); 6] =
    [(1.0, 0.0), (2.0, 0.49), (3.0, 0.59), (10.0, 0.862), (30.0, 0.977), (100.0, 1.0 + f32::EPSILON)];

/// The probabilities of what a thing may be; together 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Likely {
    /// Of each digit.
    pub digits: [f32; 10],
    /// That it is no digit.
    pub nothing: f32,
}

impl Likely {
    /// From the penalties of a network of the recipe `reading` (eq. 7).
    pub fn of(penalties: &[f32; 10]) -> Self {
        Self::with(HONESTY, penalties)
    }

    /// The same with all exponents times another factor.
    pub(super) fn with(honesty: f32, penalties: &[f32; 10]) -> Self {
        let exponents = penalties.map(|y| -honesty * SCALE * y);
        let nothing = -honesty * RUBBISH;
        let most = exponents.iter().copied().fold(nothing, f32::max);
        let (terms, rest) = (exponents.map(|e| (e - most).exp()), (nothing - most).exp());
        let sum = rest + terms.iter().sum::<f32>();
        Likely { digits: terms.map(|term| term / sum), nothing: rest / sum }
    }

    /// The likeliest digit.
    pub fn digit(&self) -> u8 {
        let better = |best: usize, k: usize| if self.digits[k] > self.digits[best] { k } else { best };
        (1..10).fold(0, better) as u8
    }
}

/// How far a thing is from all digits together: the negative logarithm of the sum of e^(-s y).
pub fn distance(penalties: &[f32; 10]) -> f32 {
    let least = penalties.iter().copied().fold(f32::INFINITY, f32::min);
    let sum: f32 = penalties.iter().map(|y| (SCALE * (least - y)).exp()).sum();
    SCALE * least - sum.ln()
}

/// The [`distance`] from which on things are rejected, if `percent` of the digits may be: from 0 to 100.
pub fn limit(percent: f32) -> f32 {
    between(&LIMITS, percent)
}

/// The probability below which a digit of a string is rejected, if `percent` of them may be: from 0 to 100.
pub(super) fn least(percent: f32) -> f32 {
    between(&LEAST, percent)
}

/// What a table has for a share, between two shares in proportion.
fn between(table: &[(f32, f32)], percent: f32) -> f32 {
    let percent = percent.clamp(table[0].0, 100.0);
    let above = table.iter().position(|(share, _)| *share >= percent).unwrap_or(table.len() - 1).max(1);
    let ((from, near), (to, far)) = (table[above - 1], table[above]);
    near + (percent - from) / (to - from) * (far - near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Criterion;
    use crate::train::Recipe;

    #[test]
    fn scale_and_rubbish_are_the_recipe_s() {
        assert_eq!(Recipe::reading().criterion, Criterion::Map { scale: SCALE, j: RUBBISH });
    }

    #[test]
    fn probabilities_add_up_and_follow_the_penalties() {
        let mut near = [300.0; 10];
        near[4] = 2.0;
        near[7] = 25.0;
        for penalties in [near, [400.0; 10], [0.0; 10], [1e6; 10]] {
            let likely = Likely::of(&penalties);
            assert!((likely.digits.iter().sum::<f32>() + likely.nothing - 1.0).abs() < 1e-5);
        }
        let likely = Likely::of(&near);
        assert!(
            likely.digit() == 4 && likely.digits[4] > likely.digits[7] && likely.digits[7] > likely.digits[0]
        );
        assert!(likely.nothing < 0.1 && Likely::of(&[400.0; 10]).nothing > 0.99);
        assert!(distance(&near) < 1.0 && distance(&[400.0; 10]) > 30.0);
    }

    #[test]
    fn the_more_may_be_rejected_the_nearer_is_the_limit() {
        assert!(LIMITS.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 > pair[1].1));
        for (share, at) in LIMITS {
            assert!((limit(share) - at).abs() < 1e-5);
        }
        let mut before = f32::INFINITY;
        for percent in 0..=100 {
            assert!(limit(percent as f32) < before);
            before = limit(percent as f32);
        }
        assert!(LEAST.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        assert!(least(0.0) == 0.0 && least(1.0) == 0.0 && least(100.0) > 1.0);
        // Half-way between two of the shares.
        assert!((least(6.5) - (LEAST[2].1 + LEAST[3].1) / 2.0).abs() < 1e-5, "{}", least(6.5));
        assert!(
            (limit(-1.0) - LIMITS[0].1).abs() < 1e-5
                && (limit(200.0) - LIMITS[LIMITS.len() - 1].1).abs() < 1e-5
        );
    }
}
