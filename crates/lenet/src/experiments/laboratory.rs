//! Where experiments are done: the digits, the means, and how much of them may be spent.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::training::Trained;
use crate::data::Dataset;
use crate::distort::Distortion;
use crate::eval::{Evaluation, evaluate};
use crate::kernels::level::Level;
use crate::net::Parameters;
use crate::systems::StackParameters;
use crate::train::checkpoint::CheckpointError;
use crate::train::{Flow, Recipe, RecipeError};
use crate::workers::Workers;

/// How much may be spent. Recipes and seeds follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Budget {
    /// Minutes: short runs by batches, three seeds.
    Quick,
    /// Under an hour: the paper's recipes, five seeds.
    Full,
}

impl Budget {
    /// The seeds of an experiment's runs.
    pub fn seeds(self) -> RangeInclusive<u64> {
        match self {
            Budget::Quick => 1..=3,
            Budget::Full => 1..=5,
        }
    }

    /// The recipe for digits as they are: the paper's, or a few passes by batches.
    pub fn plain(self) -> Recipe {
        match self {
            Budget::Quick => {
                Recipe { name: "fast-plain".to_string(), passes: 4, shift: 0, ..Recipe::adamw() }
            }
            Budget::Full => Recipe::paper_1998(),
        }
    }

    /// The same for digits distorted as in the paper; by batches they are distorted anew in every pass.
    pub fn distorted(self) -> Recipe {
        let paper = Recipe::paper_1998_distorted();
        match self {
            Budget::Quick => {
                let distortion = paper.distortion.map(|d| Distortion { copies: 0, ..d });
                Recipe { name: "fast-distorted".to_string(), distortion, ..self.plain() }
            }
            Budget::Full => paper,
        }
    }
}

/// How far an experiment has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is going on.
    pub what: String,
    /// Patterns trained on or looked at so far.
    pub done: u64,
    /// Patterns there are.
    pub of: u64,
}

/// Why there is no outcome.
#[derive(Debug, Error)]
pub enum Unfinished {
    /// Somebody said [`Flow::Stop`].
    #[error("stopped")]
    Stopped,
    /// A run can't be kept.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A run can't be kept: its folder.
    #[error("{path}: {source}; free space or choose another folder", path = path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Nothing can be trained.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}

/// The digits are too few for experiments.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "the data set has {train} training and {test} test digits; experiments need at least {LEAST_TRAIN} and {LEAST_TEST}"
)]
pub struct TooFewDigits {
    /// Training digits.
    pub train: usize,
    /// Test digits.
    pub test: usize,
}

/// The fewest training digits: a quarter of them is trained on too.
const LEAST_TRAIN: usize = 100;
/// The fewest test digits.
const LEAST_TEST: usize = 20;

/// The means of experiments.
pub struct Laboratory<'a> {
    pub(super) digits: &'a Dataset,
    pub(super) level: Level,
    pub(super) workers: &'a Workers,
    budget: Budget,
    pub(super) on_progress: &'a mut dyn FnMut(&Progress) -> Flow,
    /// Where runs are kept, finished or not.
    pub(super) networks: Option<PathBuf>,
    /// The finished ones by their key: experiments share them.
    pub(super) trained: BTreeMap<String, Trained>,
    /// The parameters of finished runs of other networks, likewise.
    pub(super) others: BTreeMap<String, StackParameters>,
}

impl fmt::Debug for Laboratory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Laboratory").field("budget", &self.budget).field("data", &self.digits.name).finish()
    }
}

impl<'a> Laboratory<'a> {
    /// A laboratory with these digits and means. `on_progress` hears what goes on, some times a second, and may stop it.
    ///
    /// # Errors
    /// [`TooFewDigits`].
    pub fn new(
        digits: &'a Dataset,
        budget: Budget,
        level: Level,
        workers: &'a Workers,
        on_progress: &'a mut dyn FnMut(&Progress) -> Flow,
    ) -> Result<Self, TooFewDigits> {
        let (train, test) = (digits.train.len(), digits.test.len());
        if train < LEAST_TRAIN || test < LEAST_TEST {
            return Err(TooFewDigits { train, test });
        }
        let (networks, trained, others) = (None, BTreeMap::new(), BTreeMap::new());
        Ok(Laboratory { digits, level, workers, budget, on_progress, networks, trained, others })
    }

    /// Keeps runs in this folder, so that after an interruption they go on from where they were.
    pub fn keeping_networks_in(mut self, folder: PathBuf) -> Self {
        self.networks = Some(folder);
        self
    }

    /// The digits.
    pub fn digits(&self) -> &'a Dataset {
        self.digits
    }

    /// How much may be spent.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// Whether these are the digits that the paper's numbers are about.
    pub fn has_mnist(&self) -> bool {
        self.digits.name == "mnist"
    }

    /// The level of vector instructions.
    pub fn level(&self) -> Level {
        self.level
    }

    /// What a network makes of the test digits.
    pub fn test(&self, parameters: &Parameters) -> Evaluation {
        evaluate(self.level, parameters, &self.digits.test, self.workers)
    }

    /// Tells how far something has come.
    ///
    /// # Errors
    /// [`Unfinished::Stopped`] if the answer is to stop.
    pub fn progress(&mut self, what: &str, done: u64, of: u64) -> Result<(), Unfinished> {
        match (self.on_progress)(&Progress { what: what.to_string(), done, of }) {
            Flow::Continue => Ok(()),
            Flow::Stop => Err(Unfinished::Stopped),
        }
    }
}
