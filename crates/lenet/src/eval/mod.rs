//! Measuring a trained network: error rate with its interval, confusion matrix, the digits it misreads. And comparing: two
//! networks on the same digits, two recipes over seeds, with a verdict that does not say more than the numbers do.
//!
//! ```
//! use lenet::data::Split;
//! use lenet::eval::{Mean, Paired, Verdict, Welch, evaluate, wilson};
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
//!
//! // A misreads 95 digits and B 80, 60 of them the same: B misreads 20 that A reads, A 35 that B reads.
//! let paired = Paired { both_right: 9_885, only_a_wrong: 35, only_b_wrong: 20, both_wrong: 60 };
//! assert!(paired.p() > 0.05);
//! assert_eq!(paired.verdict(), Verdict::NoDifferenceShown);
//!
//! // Errors in % over five seeds of two recipes.
//! let (a, b) = (Mean::of(&[0.95, 1.02, 0.97, 0.93, 0.98]), Mean::of(&[0.81, 0.78, 0.86, 0.80, 0.83]));
//! let test = Welch::of(&a.unwrap(), &b.unwrap()).unwrap();
//! assert_eq!(test.verdict(), Verdict::Worse);
//! # Ok::<(), lenet::workers::WorkersError>(())
//! ```

mod statistics;
mod comparison;
mod classes;

pub use classes::{Class, Distance, classes};
pub use comparison::{Paired, Verdict};
pub use statistics::{ALPHA, Mean, Welch, wilson};

use serde::Serialize;

use crate::classify::Answer;
use crate::data::Split;
use crate::kernels::level::Level;
use crate::net::{LENET5, Parameters};
use crate::train::Network;
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
    /// What these answers to digits with these labels come to.
    pub fn of(answers: &[Answer], labels: &[u8]) -> Self {
        let mut evaluation =
            Evaluation { patterns: labels.len(), confusion: [[0; 10]; 10], misread: Vec::new() };
        for (index, (answer, &truth)) in answers.iter().zip(labels).enumerate() {
            let digit = answer.digit();
            evaluation.confusion[usize::from(truth)][usize::from(digit)] += 1;
            if digit != truth {
                let margin = answer.penalties[usize::from(truth)] - answer.penalty();
                evaluation.misread.push(Misread { index, truth, answer: digit, margin });
            }
        }
        evaluation
    }

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

/// The answers of a committee to some images: the mean of its members' penalties. Members must be of one kind, so that their
/// penalties are of one size; without members there is no answer.
pub fn committee(members: &[Vec<Answer>]) -> Vec<Answer> {
    let images = members.iter().map(Vec::len).min().unwrap_or(0);
    let share = 1.0 / members.len().max(1) as f32;
    let mean = |n: usize, class: usize| members.iter().map(|member| member[n].penalties[class] * share).sum();
    (0..images).map(|n| Answer { penalties: std::array::from_fn(|class| mean(n, class)) }).collect()
}

/// The digits that every one of the networks misreads, as places in their set.
pub fn misread_by_all<'a>(evaluations: impl IntoIterator<Item = &'a Evaluation>) -> Vec<usize> {
    let mut evaluations = evaluations.into_iter();
    let indices = |evaluation: &Evaluation| evaluation.misread.iter().map(|digit| digit.index).collect();
    let mut shared: Vec<usize> = evaluations.next().map_or(Vec::new(), indices);
    for evaluation in evaluations {
        let misread: Vec<usize> = indices(evaluation);
        shared.retain(|index| misread.binary_search(index).is_ok());
    }
    shared
}

/// Classifies every digit of a set with LeNet-5.
pub fn evaluate(level: Level, parameters: &Parameters, digits: &Split, workers: &Workers) -> Evaluation {
    evaluate_network(&LENET5, level, parameters, digits, workers)
}

/// Classifies every digit of a set with any network.
pub fn evaluate_network<N: Network>(
    network: &N,
    level: Level,
    parameters: &N::Parameters,
    digits: &Split,
    workers: &Workers,
) -> Evaluation {
    Evaluation::of(&network.answers(level, parameters, &digits.images, workers), &digits.labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(penalties: [f32; 3]) -> Answer {
        let mut all = [9.0; 10];
        all[..3].copy_from_slice(&penalties);
        Answer { penalties: all }
    }

    #[test]
    fn a_committee_answers_by_mean_penalties() {
        // Two members that are unsure of 0 are overruled by one that is sure of 1.
        let members =
            [vec![answer([1.0, 2.0, 5.0])], vec![answer([1.0, 2.0, 5.0])], vec![answer([6.0, 0.0, 5.0])]];
        let answers = committee(&members);
        assert_eq!(answers[0].digit(), 1);
        assert!(
            (answers[0].penalties[0] - 8.0 / 3.0).abs() < 1e-6
                && (answers[0].penalties[9] - 9.0).abs() < 1e-6
        );
        assert!(committee(&[]).is_empty());
    }

    #[test]
    fn misread_by_all_is_what_no_network_reads() {
        let right = answer([0.0, 1.0, 1.0]);
        let wrong = answer([1.0, 0.0, 1.0]);
        let of = |answers: [Answer; 4]| Evaluation::of(&answers, &[0; 4]);
        let evaluations = [
            of([wrong, right, wrong, wrong]),
            of([wrong, wrong, wrong, right]),
            of([wrong, right, wrong, wrong]),
        ];
        assert_eq!(misread_by_all(&evaluations), [0, 2]);
        assert!(misread_by_all([]).is_empty());
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
