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
    /// The global rate eta.
    pub eta: f32,
    /// The smallest step size eta / (mu + h_kk).
    pub step_min: f32,
    /// The largest step size.
    pub step_max: f32,
    /// Mean of the criterion over the pass, each pattern's value taken before its update.
    pub criterion: f64,
    /// Patterns misread when they were presented: the training error of the paper's Fig. 5.
    pub errors: usize,
    /// Patterns of the pass.
    pub patterns: usize,
    /// Seconds spent, curvature included, interruptions not.
    pub seconds: f64,
}

impl PassRecord {
    /// Training error of the pass in %.
    pub fn error_percent(&self) -> f64 {
        100.0 * self.errors as f64 / self.patterns as f64
    }
}
