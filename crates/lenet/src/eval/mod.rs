//! Measuring a trained network: error rate with its interval, confusion matrix, the digits it misreads.
//!
//! ```
//! use lenet::data::Split;
//! use lenet::eval::{evaluate, wilson};
//! use lenet::kernels::level::Level;
//! use lenet::net::Parameters;
//! use lenet::workers::Workers;
//!
//! let digits = Split { images: vec![[0; 784]; 2], labels: vec![3, 4] };
//! let evaluation = evaluate(Level::new(), &Parameters::zeros(), &digits, &Workers::all()?);
//! assert_eq!(evaluation.patterns, 2);
//! // 95 errors in 10,000 are 0.95 %, and the true rate is probably between 0.78 and 1.16 %.
//! let (low, high) = wilson(95, 10_000);
//! assert!(low > 0.0077 && high < 0.0117);
//! # Ok::<(), lenet::workers::WorkersError>(())
//! ```

use serde::Serialize;

use crate::classify::{Answer, Classifier};
use crate::data::Split;
use crate::kernels::level::Level;
use crate::net::Parameters;
use crate::workers::Workers;

/// What a network made of a set of digits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// Number of digits.
    pub patterns: usize,
    /// `confusion[truth][answer]` counts digits.
    pub confusion: [[usize; 10]; 10],
    /// The digits it misreads, in file order.
    pub misread: Vec<Misread>,
}

/// A digit and a wrong answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Misread {
    /// Index in the set.
    pub index: usize,
    /// The label.
    pub truth: u8,
    /// The class with the smallest penalty.
    pub answer: u8,
    /// Penalty of the truth minus penalty of the answer: how sure it was of the wrong answer.
    pub margin: f32,
}

impl Evaluation {
    /// Number of misread digits.
    pub fn errors(&self) -> usize {
        self.misread.len()
    }

    /// Share of misread digits in %.
    pub fn error_percent(&self) -> f64 {
        100.0 * self.errors() as f64 / self.patterns.max(1) as f64
    }

    /// The 95 % interval of the error rate in %, see [`wilson`].
    pub fn interval_percent(&self) -> (f64, f64) {
        let (low, high) = wilson(self.errors(), self.patterns);
        (100.0 * low, 100.0 * high)
    }

    /// The misread digits, surest error first.
    pub fn worst(&self) -> Vec<Misread> {
        let mut worst = self.misread.clone();
        worst.sort_by(|a, b| b.margin.total_cmp(&a.margin).then(a.index.cmp(&b.index)));
        worst
    }
}

/// Classifies every digit of a set.
pub fn evaluate(level: Level, parameters: &Parameters, digits: &Split, workers: &Workers) -> Evaluation {
    let mut answers = vec![Answer::default(); digits.len()];
    Classifier::new(parameters.clone(), level).classify(&digits.images, &mut answers, workers);
    let mut evaluation = Evaluation { patterns: digits.len(), confusion: [[0; 10]; 10], misread: Vec::new() };
    for (index, (answer, &truth)) in answers.iter().zip(&digits.labels).enumerate() {
        let digit = answer.digit();
        evaluation.confusion[usize::from(truth)][usize::from(digit)] += 1;
        if digit != truth {
            let margin = answer.penalties[usize::from(truth)] - answer.penalty();
            evaluation.misread.push(Misread { index, truth, answer: digit, margin });
        }
    }
    evaluation
}

/// Wilson's 95 % interval of a rate of which `hits` in `trials` were seen (Wilson 1927), as shares of 1.
///
/// Of no trials nothing is known: (0, 1).
pub fn wilson(hits: usize, trials: usize) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    /// The 97.5 % point of the normal distribution.
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (trials as f64, hits as f64 / trials as f64);
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        // Newcombe 1998, table I, method 3
        for (hits, trials, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
        {
            let interval = wilson(hits, trials);
            assert!((interval.0 - low).abs() < 5e-5 && (interval.1 - high).abs() < 5e-5, "{interval:?}");
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn the_confusion_matrix_counts_every_digit_once() {
        let digits = Split { images: vec![[0; 784]; 5], labels: vec![0, 1, 2, 3, 3] };
        let workers = Workers::new(2).unwrap();
        let evaluation = evaluate(Level::new(), &Parameters::zeros(), &digits, &workers);
        let answer = evaluation.confusion[0].iter().position(|&count| count == 1).unwrap();
        assert_eq!(evaluation.confusion.as_flattened().iter().sum::<usize>(), 5);
        assert_eq!(evaluation.errors(), digits.labels.iter().filter(|&&l| usize::from(l) != answer).count());
        assert!(evaluation.worst().windows(2).all(|pair| pair[0].margin >= pair[1].margin));
    }
}
