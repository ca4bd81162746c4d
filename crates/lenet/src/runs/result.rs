//! What a run or a test came to: the one value behind all that is told of it, and `result.json`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::eval::Evaluation;
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
    /// The digits.
    pub data: DataFacts,
    /// The test set after the last pass.
    pub test: Score,
    /// The training set after the last pass, without its misread digits.
    pub training: TrainingScore,
    /// Seconds spent training, measuring and interruptions not counted.
    pub seconds: f64,
    /// Presented in a second of training.
    pub patterns_per_second: f64,
    /// All passes.
    pub history: Vec<PassFacts>,
    /// Where its files are.
    pub files: Files,
}

/// The error on the training set.
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
