//! What a run or a test came to: the one value behind all that is told of it, and `result.json`.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::eval::{Evaluation, wilson};
use crate::report::table::grouped;
use crate::train::{PassRecord, Recipe};

/// Name and version of this program.
pub const PROGRAM: &str = concat!("lenet ", env!("CARGO_PKG_VERSION"));

/// A network measured on a set of digits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Score {
    /// Number of digits.
    pub patterns: usize,
    /// Misread ones.
    pub errors: usize,
    /// Their share in %.
    pub error_percent: f64,
    /// 95 %, Wilson.
    pub interval_percent: (f64, f64),
    /// `confusion[truth][answer]`.
    pub confusion: [[usize; 10]; 10],
    /// Surest error first.
    pub misread: Vec<Misread>,
}

/// A digit and a wrong answer, see [`crate::eval::Misread`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Misread {
    /// Index in the set.
    pub index: usize,
    /// The label.
    pub truth: u8,
    /// The class with the smallest penalty.
    pub answer: u8,
    /// How sure it was of the wrong answer.
    pub margin: f32,
}

impl From<&Evaluation> for Score {
    fn from(evaluation: &Evaluation) -> Self {
        let worst = evaluation.worst().into_iter();
        Score {
            patterns: evaluation.patterns,
            errors: evaluation.errors(),
            error_percent: evaluation.error_percent(),
            interval_percent: evaluation.interval_percent(),
            confusion: evaluation.confusion,
            misread: worst
                .map(|m| Misread { index: m.index, truth: m.truth, answer: m.answer, margin: m.margin })
                .collect(),
        }
    }
}

impl Score {
    /// "0.95 %  (95 of 10,000; 95 % interval 0.78 to 1.16 %)"
    pub fn line(&self) -> String {
        let (low, high) = self.interval_percent;
        let (errors, patterns) = (grouped(self.errors), grouped(self.patterns));
        format!(
            "{:.2} %  ({errors} of {patterns}; 95 % interval {low:.2} to {high:.2} %)",
            self.error_percent
        )
    }
}

/// A data set by name, origin and size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DataFacts {
    /// The name, "unknown" if it is none of the known ones.
    pub name: String,
    /// "embedded" or a folder.
    pub source: String,
    /// Digits to learn from.
    pub training_patterns: usize,
    /// Digits to measure with.
    pub test_patterns: usize,
}

/// A pass with the test error after it, if that was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PassFacts {
    /// The pass.
    #[serde(flatten)]
    pub record: PassRecord,
    /// Misread test digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_errors: Option<usize>,
}

/// The files of a run folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Files {
    /// weights.safetensors
    pub weights: PathBuf,
    /// recipe.toml
    pub recipe: PathBuf,
    /// history.csv
    pub history: PathBuf,
    /// confusion.png
    pub confusion: PathBuf,
    /// worst.png
    pub worst: PathBuf,
}

/// A finished training run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunResult {
    /// The program that finished it.
    pub program: String,
    /// The folder.
    pub run: PathBuf,
    /// The network's name.
    pub net: String,
    /// The recipe.
    pub recipe: Recipe,
    /// The seed.
    pub seed: u64,
    /// The level of vector instructions.
    pub level: String,
    /// Threads of the process that finished it, which change its speed and none of its bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// The weights that it began with, as they were named; none where parameters were drawn by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// SHA-256 of their file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_sha256: Option<String>,
    /// The digits.
    pub data: DataFacts,
    /// The test set after the last pass.
    pub test: Score,
    /// The digits trained on after the last pass, without the misread ones.
    pub training: TrainingScore,
    /// The digits held out of the training set after the last pass; none if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_out: Option<HeldOutScore>,
    /// Seconds spent training, measuring and interruptions not counted.
    pub seconds: f64,
    /// Presented in a second of training.
    pub patterns_per_second: f64,
    /// All passes.
    pub history: Vec<PassFacts>,
    /// Where its files are.
    pub files: Files,
}

/// The error on the digits held out of the training set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HeldOutScore {
    /// Number of digits.
    pub patterns: usize,
    /// Misread ones.
    pub errors: usize,
    /// Their share in %.
    pub error_percent: f64,
    /// 95 %, Wilson.
    pub interval_percent: (f64, f64),
}

/// The error on the digits trained on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrainingScore {
    /// Number of digits.
    pub patterns: usize,
    /// Misread ones.
    pub errors: usize,
    /// Their share in %.
    pub error_percent: f64,
    /// Counted while learning in the last pass: each digit just before its update, as in Fig. 5.
    pub last_pass_error_percent: f64,
}

/// The training set measured: the digits trained on, and those held out, which are named by their places. Those that are beyond the set
/// are none of its digits.
pub(super) fn parted(
    train: &Evaluation,
    held_out: &[u32],
    last_pass_error_percent: f64,
) -> (TrainingScore, Option<HeldOutScore>) {
    let held_out: HashSet<usize> = held_out.iter().map(|&place| place as usize).collect();
    let patterns = held_out.iter().filter(|place| **place < train.patterns).count();
    let errors = train.misread.iter().filter(|digit| held_out.contains(&digit.index)).count();
    let percent = |errors: usize, patterns: usize| 100.0 * errors as f64 / patterns.max(1) as f64;
    let (low, high) = wilson(errors, patterns);
    let (learnt, misread) = (train.patterns - patterns, train.errors() - errors);
    let training = TrainingScore {
        patterns: learnt,
        errors: misread,
        error_percent: percent(misread, learnt),
        last_pass_error_percent,
    };
    let held_out = HeldOutScore {
        patterns,
        errors,
        error_percent: percent(errors, patterns),
        interval_percent: (100.0 * low, 100.0 * high),
    };
    (training, (patterns > 0).then_some(held_out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Answer;

    #[test]
    fn what_is_held_out_is_no_part_of_the_training_error() {
        // All answers are 0.
        let mut zero = [1.0; 10];
        zero[0] = 0.0;
        let train = Evaluation::of(&[Answer { penalties: zero }; 6], &[0, 1, 0, 2, 3, 0]);
        let (training, held_out) = parted(&train, &[1, 2, 900], 0.0);
        assert_eq!((training.patterns, training.errors, training.error_percent), (4, 2, 50.0));
        let held_out = held_out.unwrap();
        assert_eq!((held_out.patterns, held_out.errors, held_out.error_percent), (2, 1, 50.0));
        let (all, none) = parted(&train, &[], 0.0);
        assert_eq!((all.patterns, all.errors), (6, 3));
        assert!(none.is_none());
    }
}
