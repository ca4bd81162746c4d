//! A run in progress as one file: after loading it the run goes on with the same bits.
//!
//! The file is in safetensors format: `parameters` and what the optimiser remembers, `curvature` (from the first pattern on) or
//! `first_moment`, `second_moment` and `average` (f32, one for each parameter of the network); all else is in the header's metadata.
//!
//! ```
//! use lenet::data::Split;
//! use lenet::kernels::level::Level;
//! use lenet::train::{checkpoint, Recipe, Training};
//!
//! let train = Split { images: vec![[0; 784]; 2], labels: vec![3, 3] };
//! let training = Training::new(Recipe::paper_1998(), 1, &train, Level::new())?;
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("checkpoint.safetensors");
//! checkpoint::save(&training, &path)?;
//! let again = checkpoint::load(&path, &train)?;
//! assert_eq!(again.parameters(), training.parameters());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::batch::Moments;
use super::event::PassRecord;
use super::network::{Network, Values};
use super::optimiser::Optimiser;
use super::order::divide;
use super::recipe::Recipe;
use super::run::{Memory, Training};
use crate::data::Split;
use crate::files::write_atomically;
use crate::kernels::level;
use crate::net::LENET5;
use crate::net::tile::Tally;

/// Version of the file's layout.
const FORMAT: u32 = 3;
/// The key of the metadata under which [`Progress`] is kept.
const KEY: &str = "lenet.checkpoint";

/// Why a run can't be saved or continued.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file can't be written.
    #[error("{}: the checkpoint can't be written; free space or choose another folder", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file can't be read.
    #[error("{}: the checkpoint can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is no checkpoint, or damaged.
    #[error("{path}: this is no checkpoint of a training run: {reason}. Start the run anew.", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The run was trained on other digits.
    #[error(
        "{path}: the run began on {began} training patterns with fingerprint {expected:.12}, but these are {found_patterns} \
         with {found:.12}. Give the same data set as at the start (--data).", path = path.display()
    )]
    OtherData {
        /// The file.
        path: PathBuf,
        /// Patterns the run began with.
        began: usize,
        /// Fingerprint of the data that the run began with.
        expected: String,
        /// Patterns given now.
        found_patterns: usize,
        /// Fingerprint of the data given now.
        found: String,
    },
    /// This processor can't run the instruction level of the run, so the bits would differ.
    #[error(
        "{path}: the run uses the instruction level {level}, which this processor lacks (it has {available}). Continue it \
         on a machine of the same kind.", path = path.display()
    )]
    OtherLevel {
        /// The file.
        path: PathBuf,
        /// The run's level.
        level: String,
        /// The levels of this processor.
        available: String,
    },
}

/// The part of the metadata that every version has.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// All of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    format: u32,
    /// Name of the network.
    net: String,
    recipe: Recipe,
    seed: u64,
    level: String,
    patterns: usize,
    fingerprint: String,
    history: Vec<PassRecord>,
    seen: usize,
    /// Updates by batches.
    steps: u64,
    criterion: f64,
    errors: usize,
    seconds: f64,
}

/// Writes the run as it is now; a file of that name is replaced only when the new one is complete.
///
/// # Errors
/// [`CheckpointError::Write`].
pub fn save<N: Network>(training: &Training<N>, path: &Path) -> Result<(), CheckpointError> {
    let progress = Progress {
        format: FORMAT,
        net: training.network.name().to_string(),
        recipe: training.recipe.clone(),
        seed: training.seed,
        level: level::name(training.level).to_string(),
        patterns: training.order.len() + training.held_out.len(),
        fingerprint: training.fingerprint.clone(),
        history: training.history.clone(),
        seen: training.seen,
        steps: if let Memory::Batch(moments) = &training.memory { moments.steps } else { 0 },
        criterion: training.tally.criterion,
        errors: training.tally.errors,
        seconds: training.seconds,
    };
    let text = serde_json::to_string(&progress).expect("numbers and strings are JSON");
    let mut tensors = vec![("parameters", bytes(&training.parameters))];
    match &training.memory {
        Memory::Sdlm { curvature } => tensors.extend(curvature.as_ref().map(|h| ("curvature", bytes(h)))),
        Memory::Batch(moments) => tensors.extend([
            ("first_moment", bytes(&moments.first)),
            ("second_moment", bytes(&moments.second)),
            ("average", bytes(&moments.average)),
        ]),
    }
    let views = tensors.iter().map(|(name, bytes)| {
        (*name, TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes).expect("the shape fits the bytes"))
    });
    let metadata = HashMap::from([(KEY.to_string(), text)]);
    let content = serialize(views, Some(metadata)).expect("tensors of known shape serialise");
    write_atomically(path, &content).map_err(|source| CheckpointError::Write { path: path.into(), source })
}

/// Reads a run of LeNet-5 back. `train` must be the training set that it began with.
///
/// # Errors
/// Every other variant of [`CheckpointError`].
pub fn load(path: &Path, train: &Split) -> Result<Training, CheckpointError> {
    load_of(LENET5, path, train)
}

/// The name of the network whose run this is.
///
/// # Errors
/// [`CheckpointError::Read`], [`CheckpointError::Damaged`].
pub fn network_name(path: &Path) -> Result<String, CheckpointError> {
    Ok(progress(path, &read(path)?)?.net)
}

/// Network, recipe, seed and the passes that are over.
///
/// # Errors
/// [`CheckpointError::Read`], [`CheckpointError::Damaged`].
pub fn stand(path: &Path) -> Result<(String, Recipe, u64, Vec<PassRecord>), CheckpointError> {
    let progress = progress(path, &read(path)?)?;
    Ok((progress.net, progress.recipe, progress.seed, progress.history))
}

/// The recipe of the run.
///
/// # Errors
/// [`CheckpointError::Read`], [`CheckpointError::Damaged`].
pub fn recipe(path: &Path) -> Result<Recipe, CheckpointError> {
    Ok(progress(path, &read(path)?)?.recipe)
}

fn read(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    std::fs::read(path).map_err(|source| CheckpointError::Read { path: path.into(), source })
}

/// The metadata of a checkpoint.
fn progress(path: &Path, content: &[u8]) -> Result<Progress, CheckpointError> {
    let damaged = |reason: String| CheckpointError::Damaged { path: path.into(), reason };
    let (_, header) = SafeTensors::read_metadata(content).map_err(|error| damaged(error.to_string()))?;
    let text = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let text = text.ok_or_else(|| damaged(format!("there is no `{KEY}` in its header")))?;
    let format = serde_json::from_str::<Format>(text).map_err(|error| damaged(error.to_string()))?.format;
    if format != FORMAT {
        return Err(damaged(format!("its layout is version {format}, this program knows {FORMAT}")));
    }
    let progress: Progress = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
    progress.recipe.check().map_err(|error| damaged(error.to_string()))?;
    Ok(progress)
}

/// Reads a run of any network back. `train` must be the training set that it began with.
///
/// # Errors
/// Every other variant of [`CheckpointError`].
pub fn load_of<N: Network>(network: N, path: &Path, train: &Split) -> Result<Training<N>, CheckpointError> {
    let damaged = |reason: String| CheckpointError::Damaged { path: path.into(), reason };
    let content = read(path)?;
    let progress = progress(path, &content)?;
    if progress.net != network.name() {
        return Err(damaged(format!("it is a run of {}, not of {}", progress.net, network.name())));
    }
    let tensors = SafeTensors::deserialize(&content).map_err(|error| damaged(error.to_string()))?;
    let tensor = |name: &str| -> Result<Option<N::Parameters>, CheckpointError> {
        let Ok(view) = tensors.tensor(name) else { return Ok(None) };
        let count = network.zeros().as_slice().len();
        values(&network, &view)
            .map(Some)
            .ok_or_else(|| damaged(format!("`{name}` is not {count} finite f32 numbers")))
    };
    let needed = |name: &str| tensor(name)?.ok_or_else(|| damaged(format!("`{name}` is missing")));
    let parameters = needed("parameters")?;
    let to_train_on = progress.patterns.saturating_sub(progress.recipe.validation);
    let mut whole = progress.seen < to_train_on.max(1);
    let memory = match &progress.recipe.optimiser {
        Optimiser::Sdlm(_) => {
            let curvature = tensor("curvature")?;
            whole &= progress.seen == 0 || curvature.is_some();
            Memory::Sdlm { curvature }
        }
        Optimiser::Batch(batch) => {
            whole &= progress.seen.is_multiple_of(batch.size);
            Memory::Batch(Box::new(Moments {
                first: needed("first_moment")?,
                second: needed("second_moment")?,
                average: needed("average")?,
                steps: progress.steps,
            }))
        }
    };
    if !whole {
        return Err(damaged(format!("it stands at pattern {} of {to_train_on}", progress.seen)));
    }
    let found = train.fingerprint();
    if found != progress.fingerprint || train.len() != progress.patterns {
        return Err(CheckpointError::OtherData {
            path: path.into(),
            began: progress.patterns,
            expected: progress.fingerprint,
            found_patterns: train.len(),
            found,
        });
    }
    let level = level::by_name(&progress.level).ok_or_else(|| CheckpointError::OtherLevel {
        path: path.into(),
        level: progress.level.clone(),
        available: level::available().iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
    })?;
    let (order, held_out) = divide(progress.seed, progress.patterns, progress.recipe.validation);
    Ok(Training {
        strips: std::sync::Arc::default(),
        order,
        held_out,
        network,
        recipe: progress.recipe,
        seed: progress.seed,
        level,
        parameters,
        memory,
        history: progress.history,
        seen: progress.seen,
        tally: Tally { criterion: progress.criterion, errors: progress.errors },
        seconds: progress.seconds,
        fingerprint: progress.fingerprint,
    })
}

fn bytes(parameters: &impl Values) -> Vec<u8> {
    parameters.as_slice().iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn values<N: Network>(network: &N, view: &TensorView<'_>) -> Option<N::Parameters> {
    let mut parameters = network.zeros();
    if view.dtype() != Dtype::F32 || view.data().len() != size_of_val(parameters.as_slice()) {
        return None;
    }
    let values: Vec<f32> =
        view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    parameters.as_mut_slice().copy_from_slice(&values);
    values.iter().all(|value| value.is_finite()).then_some(parameters)
}
