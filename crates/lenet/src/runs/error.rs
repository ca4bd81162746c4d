//! Why a run can't be begun, gone on with, or read.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::folder::{NOTES, RECIPE, SHIPPED, WEIGHTS};
use crate::export::weights::WeightsError;
use crate::train::RecipeError;
use crate::train::checkpoint::CheckpointError;

/// Why a run can't be begun, gone on with, or read.
#[derive(Debug, Error)]
pub enum RunError {
    /// The folder has an interrupted run.
    #[error("{0} holds an interrupted run; go on with `lenet train --resume {0}`, or choose another folder", path.display())]
    Interrupted {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has a run.
    #[error("{} holds a run already; choose another folder, runs are never overwritten", path.display())]
    Used {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has a recipe that nothing was trained by, and that is not the one asked for.
    #[error("{}: there is another {RECIPE} in this folder, which would be overwritten; move it away, or choose another folder", path.display())]
    OtherRecipe {
        /// The folder.
        path: PathBuf,
    },
    /// The folder can't be made where it was asked for.
    #[error("{}: the folder can't be made; choose another place", path.display())]
    NoPlace {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A folder among the runs can't be made.
    #[error("{} can't be made; choose another place", path.display())]
    NotMade {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// One of the first files can't be written; what was written of the run is gone again.
    #[error("{} can't be written; free space or choose another place", path.display())]
    NotBegun {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no such folder.
    #[error("{}: there is no such folder; give the folder of a run, as `lenet train` named it", path.display())]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has no run.
    #[error("{}: this is not the folder of a run: it has no {RECIPE} or no {NOTES}", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// The run in the folder was killed before its first checkpoint.
    #[error("{0}: nothing was trained in this folder yet; begin a run in it with `lenet train --out {0}`", path.display())]
    NothingTrained {
        /// The folder.
        path: PathBuf,
    },
    /// The recipe in the folder of an interrupted run is not the one that the run began with.
    #[error(
        "{0} was changed since the run began: {changes}; change it back to go on, or begin a new run with it: \
         `lenet train --recipe {0} --out DIR`", path.display()
    )]
    RecipeChanged {
        /// The file.
        path: PathBuf,
        /// The fields that differ.
        changes: String,
    },
    /// The folder can't be opened.
    #[error("{}", path.display())]
    NotOpened {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Somebody else has it.
    #[error("{}: another process is working on this run", path.display())]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the run can't be written.
    #[error("{} can't be written; free space, then resume the run", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of the run can't be read.
    #[error("{} can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The notes are not as they were written.
    #[error("{} is damaged; start the run anew", path.display())]
    Notes {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The result is not as it was written.
    #[error("{} is damaged", path.display())]
    Result {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The test set is another one.
    #[error(
        "{}: the training set is the one that the run began with, but the test set is another; give the same data set as at \
         the start with --data", path.display()
    )]
    OtherTest {
        /// The folder.
        path: PathBuf,
    },
    /// There are no weights of that name.
    #[error("{}: there is no such file or folder; give a weights file or the folder of a run, or `{SHIPPED}`", path.display())]
    NoWeights {
        /// What was given.
        path: PathBuf,
    },
    /// The run has no weights yet.
    #[error("{0}: this run is not finished; go on with `lenet train --resume {0}`", path.display())]
    NotFinished {
        /// The folder.
        path: PathBuf,
    },
    /// The folder has no weights.
    #[error("{}: there is no {WEIGHTS} in this folder, so it is not the folder of a run", path.display())]
    NoRunHere {
        /// The folder.
        path: PathBuf,
    },
    /// The recipe is impossible.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The checkpoint can't be read or written.
    #[error(transparent)]
    Checkpoint(Box<CheckpointError>),
    /// Weights can't be read or written.
    #[error(transparent)]
    Weights(Box<WeightsError>),
}

impl From<CheckpointError> for RunError {
    fn from(error: CheckpointError) -> Self {
        RunError::Checkpoint(Box::new(error))
    }
}

impl From<WeightsError> for RunError {
    fn from(error: WeightsError) -> Self {
        RunError::Weights(Box::new(error))
    }
}
