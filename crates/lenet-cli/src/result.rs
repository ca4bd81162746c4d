//! What a run or a test came to: the one value behind the text on stdout, `--json` and `result.json`.

use std::path::PathBuf;

use lenet::eval::Evaluation;
use lenet::report::table::{self, grouped};
use lenet::train::{PassRecord, Recipe};
use serde::{Deserialize, Serialize};

use crate::term::paint;

/// Name and version of this program.
pub(crate) const PROGRAM: &str = concat!("lenet ", env!("CARGO_PKG_VERSION"));

/// A network measured on a set of digits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Score {
    pub(crate) patterns: usize,
    pub(crate) errors: usize,
    pub(crate) error_percent: f64,
    /// 95 %, Wilson.
    pub(crate) interval_percent: (f64, f64),
    /// `confusion[truth][answer]`.
    pub(crate) confusion: [[usize; 10]; 10],
    /// Surest error first.
    pub(crate) misread: Vec<Misread>,
}

/// A digit and a wrong answer, see [`lenet::eval::Misread`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Misread {
    pub(crate) index: usize,
    pub(crate) truth: u8,
    pub(crate) answer: u8,
    pub(crate) margin: f32,
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
    pub(crate) fn line(&self) -> String {
        let (low, high) = self.interval_percent;
        let (errors, patterns) = (grouped(self.errors), grouped(self.patterns));
        format!(
            "{:.2} %  ({errors} of {patterns}; 95 % interval {low:.2} to {high:.2} %)",
            self.error_percent
        )
    }

    /// The confusion matrix with colour codes and a line that explains it.
    pub(crate) fn confusion(&self) -> String {
        format!(
            "Confusion: a row for each true class, a column for each answer\n{}",
            table::confusion(&self.confusion, paint)
        )
    }
}

/// A data set by name, origin and size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DataFacts {
    pub(crate) name: String,
    /// "embedded" or a folder.
    pub(crate) source: String,
    pub(crate) training_patterns: usize,
    pub(crate) test_patterns: usize,
}

/// A pass with the test error after it, if that was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PassFacts {
    #[serde(flatten)]
    pub(crate) record: PassRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) test_errors: Option<usize>,
}

/// The files of a run folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Files {
    pub(crate) weights: PathBuf,
    pub(crate) recipe: PathBuf,
    pub(crate) history: PathBuf,
    pub(crate) confusion: PathBuf,
    pub(crate) worst: PathBuf,
}

/// A finished training run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RunResult {
    pub(crate) program: String,
    pub(crate) run: PathBuf,
    /// The network's name.
    pub(crate) net: String,
    pub(crate) recipe: Recipe,
    pub(crate) seed: u64,
    pub(crate) level: String,
    pub(crate) data: DataFacts,
    /// The test set after the last pass.
    pub(crate) test: Score,
    /// The training set after the last pass, without its misread digits.
    pub(crate) training: TrainingScore,
    /// Seconds spent training, measuring and interruptions not counted.
    pub(crate) seconds: f64,
    pub(crate) patterns_per_second: f64,
    pub(crate) history: Vec<PassFacts>,
    pub(crate) files: Files,
}

/// The error on the training set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TrainingScore {
    pub(crate) patterns: usize,
    pub(crate) errors: usize,
    pub(crate) error_percent: f64,
    /// Counted while learning in the last pass: each digit just before its update, as in Fig. 5.
    pub(crate) last_pass_error_percent: f64,
}

impl RunResult {
    /// The result for people, with colour codes.
    pub(crate) fn text(&self) -> String {
        let t = &self.training;
        let (errors, patterns) = (grouped(t.errors), grouped(t.patterns));
        let rate = grouped(self.patterns_per_second.round() as usize);
        format!(
            "test error      {}\n\
             training error  {:.2} %  ({errors} of {patterns})\n\
             while learning  {:.2} %  (in the last pass, each digit just before its update)\n\
             training time   {:.1} s  ({rate} patterns/s)\n\n{}\n\
             run folder      {}\n",
            self.test.line(),
            t.error_percent,
            t.last_pass_error_percent,
            self.seconds,
            self.test.confusion(),
            self.run.display(),
        )
    }
}
