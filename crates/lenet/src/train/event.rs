//! What a training run tells while it runs.

use serde::{Deserialize, Serialize};

/// The answer to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop here; [`super::Training::run`] returns and the run can be saved and continued later.
    Stop,
}

/// Something worth telling.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A few hundred patterns later.
    Progress {
        /// The pass, counted from 1.
        pass: usize,
        /// Patterns seen in this pass.
        seen: usize,
        /// Patterns of a pass.
        of: usize,
    },
    /// A pass is over.
    PassEnd(&'a PassRecord),
}

/// One pass in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassRecord {
    /// The pass, counted from 1.
    pub pass: usize,
    /// The global rate: eta of the paper's method, the largest rate of the pass with batches.
    pub eta: f32,
    /// The smallest step size: eta / (mu + h_kk) over all parameters; with batches the smallest rate.
    pub step_min: f32,
    /// The largest step size, likewise.
    pub step_max: f32,
    /// Mean of the criterion over the pass, each pattern's value taken before the update that it is part of.
    pub criterion: f64,
    /// Patterns misread when they were presented: the training error of the paper's Fig. 5.
    pub errors: usize,
    /// Patterns of the pass.
    pub patterns: usize,
    /// Misread patterns among those held out, after the pass; none if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_errors: Option<usize>,
    /// Seconds spent, curvature included; interruptions and the validation not.
    pub seconds: f64,
}

impl PassRecord {
    /// Training error of the pass in %.
    pub fn error_percent(&self) -> f64 {
        100.0 * self.errors as f64 / self.patterns as f64
    }
}
