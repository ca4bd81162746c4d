//! The folder of a training run: its name, its files, who may write there, which run is the newest.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::changed::refuse_if_changed;
use super::error::RunError;
use super::result::RunResult;
use crate::files::{remove_halves, write_atomically};
use crate::train::{PassRecord, Recipe, checkpoint};

pub(super) const RECIPE: &str = "recipe.toml";
const CHECKPOINT: &str = "checkpoint.safetensors";
pub(super) const WEIGHTS: &str = "weights.safetensors";
pub(super) const NOTES: &str = "run.json";
const RESULT: &str = "result.json";
/// What the weights that come with the program are called where a run may be named.
pub const SHIPPED: &str = "shipped";

/// Where a new run's folder is made.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// It is this folder.
    At(&'a Path),
    /// In this folder, named by time, network and seed if they are told, and recipe.
    In {
        /// The folder of runs.
        folder: &'a Path,
        /// The network's name.
        net: Option<&'a str>,
        /// The seed.
        seed: Option<u64>,
    },
}

/// How far a run has come that is not finished.
#[derive(Clone, Debug)]
pub struct Stand {
    /// The network's name.
    pub net: String,
    /// The recipe.
    pub recipe: Recipe,
    /// The seed.
    pub seed: u64,
    /// The passes that are over.
    pub history: Vec<PassRecord>,
}

/// The folder of a run that this process is working on. Nobody else can open it meanwhile.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    /// `recipe.toml`, which is never replaced, holds the lock until the process ends, in whatever way.
    _lock: File,
}

/// What must be remembered of the command line and of the time so far, in `run.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notes {
    /// The program that began the run.
    pub program: String,
    /// The value of --data: a name, or a folder as an absolute path. None for the embedded MNIST.
    pub data: Option<String>,
    /// Fingerprint of the test set; the checkpoint has that of the training set.
    pub test_fingerprint: String,
    /// The weights that it began with, as they were named; none where parameters were drawn by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// SHA-256 of their file, since a name tells not what lay there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_sha256: Option<String>,
    /// Whether the test error is measured after every pass.
    pub curve: bool,
    /// Misread test digits after each pass so far, if `curve`.
    pub test_errors: Vec<usize>,
}

impl RunFolder {
    /// Makes the folder and writes the recipe into it. No file that exists is touched, but recipe and notes of a run that was killed
    /// before it had anything to lose.
    ///
    /// # Errors
    /// [`RunError`]: the folder is used or can't be made.
    pub fn create(place: Place<'_>, recipe: &Recipe) -> Result<Self, RunError> {
        let path = match place {
            Place::At(path) => {
                refuse_if_used(path, recipe)?;
                fs::create_dir_all(path)
                    .map_err(|source| RunError::NoPlace { path: path.to_path_buf(), source })?;
                path.to_path_buf()
            }
            Place::In { folder, net, seed } => create_in(folder, net, recipe, seed)?,
        };
        let recipe_file = path.join(RECIPE);
        let unwritable = |source| RunError::NotBegun { path: recipe_file.clone(), source };
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&recipe_file);
        let mut file = opened.map_err(unwritable)?;
        lock(&file, &path)?;
        // Another process may have begun, or even ended, a run here since the folder was looked at.
        refuse_if_used(&path, recipe)?;
        let written = file.set_len(0).and_then(|()| file.write_all(recipe.to_toml().as_bytes()));
        let written = written.and_then(|()| file.sync_all());
        let folder = RunFolder { path, _lock: file };
        match written {
            Ok(()) => Ok(folder),
            Err(error) => {
                folder.give_up();
                Err(unwritable(error))
            }
        }
    }

    /// Takes back what was written of a run that can't begin, so that its folder may be used again.
    pub(super) fn give_up(self) {
        for name in [NOTES, RECIPE] {
            // One that stays belongs to a run that is not begun, which the next one may replace.
            let _ = fs::remove_file(self.path.join(name));
        }
    }

    /// Opens the folder of a run to go on with it.
    ///
    /// # Errors
    /// [`RunError`]: there is no run, somebody else works on it, its checkpoint is damaged, or its recipe is not what it was.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        let owned = || path.to_path_buf();
        if !path.is_dir() {
            return Err(RunError::NoFolder { path: owned() });
        }
        let recipe = path.join(RECIPE);
        if !recipe.exists() || (has_begun(path) && !path.join(NOTES).exists()) {
            return Err(RunError::NoRun { path: owned() });
        }
        let file = File::open(&recipe).map_err(|source| RunError::NotOpened { path: owned(), source })?;
        lock(&file, path)?;
        if !has_begun(path) {
            return Err(RunError::NothingTrained { path: owned() });
        }
        let (checkpoint, result) = (path.join(CHECKPOINT), path.join(RESULT));
        if checkpoint.exists() && !result.exists() {
            refuse_if_changed(&recipe, &checkpoint::recipe(&checkpoint)?)?;
        }
        remove_halves(path);
        Ok(RunFolder { path: owned(), _lock: file })
    }

    /// The result of the finished run in the folder `path`.
    ///
    /// # Errors
    /// [`RunError::Read`], [`RunError::Result`].
    pub fn result_of(path: &Path) -> Result<RunResult, RunError> {
        let path = path.join(RESULT);
        let text =
            fs::read_to_string(&path).map_err(|source| RunError::Read { path: path.clone(), source })?;
        serde_json::from_str(&text).map_err(|source| RunError::Result { path, source })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The run as it was after the last finished pass, or when it was interrupted.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join(CHECKPOINT)
    }

    /// For a finished run, which needs none: one that can't be removed does no harm.
    pub fn remove_checkpoint(&self) {
        let _ = fs::remove_file(self.checkpoint());
    }

    /// The result of the finished run; written last, so a run that has it is finished.
    pub fn result(&self) -> PathBuf {
        self.path.join(RESULT)
    }

    /// The weights of the finished run.
    pub fn weights(&self) -> PathBuf {
        self.path.join(WEIGHTS)
    }

    /// Writes one of the files.
    ///
    /// # Errors
    /// [`RunError::Write`].
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), RunError> {
        let path = self.path.join(name);
        write_atomically(&path, content).map_err(|source| RunError::Write { path, source })
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// [`RunError::Write`].
    pub fn write_notes(&self, notes: &Notes) -> Result<(), RunError> {
        let text = serde_json::to_string_pretty(notes).expect("notes are plain data");
        self.write(NOTES, (text + "\n").as_bytes())
    }

    /// Writes `history.csv`, a row for each finished pass.
    ///
    /// # Errors
    /// [`RunError::Write`].
    pub fn write_history(&self, history: &[PassRecord], notes: &Notes) -> Result<(), RunError> {
        let mut csv = "pass,eta,step_min,step_max,criterion,errors,patterns,seconds".to_string();
        if history.iter().any(|pass| pass.validation_errors.is_some()) {
            csv += ",validation_errors";
        }
        csv += if notes.curve { ",test_errors\n" } else { "\n" };
        for (k, p) in history.iter().enumerate() {
            csv += &format!(
                "{},{},{},{},{},{},{},{:.3}",
                p.pass, p.eta, p.step_min, p.step_max, p.criterion, p.errors, p.patterns, p.seconds
            );
            csv += &p.validation_errors.map_or(String::new(), |errors| format!(",{errors}"));
            if notes.curve {
                csv += &notes.test_errors.get(k).map_or(",".to_string(), |errors| format!(",{errors}"));
            }
            csv.push('\n');
        }
        self.write("history.csv", csv.as_bytes())
    }
}

/// Reads `run.json` of the folder `path`.
///
/// # Errors
/// [`RunError::Read`], [`RunError::Notes`].
pub fn notes(path: &Path) -> Result<Notes, RunError> {
    let path = path.join(NOTES);
    let text = fs::read_to_string(&path).map_err(|source| RunError::Read { path: path.clone(), source })?;
    serde_json::from_str(&text).map_err(|source| RunError::Notes { path, source })
}

/// How far the run in the folder `path` has come, by its checkpoint.
///
/// # Errors
/// [`RunError::Checkpoint`].
pub fn stand(path: &Path) -> Result<Stand, RunError> {
    let (net, recipe, seed, history) = checkpoint::stand(&path.join(CHECKPOINT))?;
    Ok(Stand { net, recipe, seed, history })
}

/// The weights that are meant by a file or a run folder, with the folder of the run if they lie in one.
///
/// # Errors
/// [`RunError`], with what is there instead.
pub fn weights(given: &Path) -> Result<(PathBuf, Option<PathBuf>), RunError> {
    let path = match given {
        path if path.is_dir() => path.join(WEIGHTS),
        path if path.exists() => path.to_path_buf(),
        path => return Err(RunError::NoWeights { path: path.to_path_buf() }),
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    if !path.exists() {
        let path = folder.to_path_buf();
        return Err(match folder.join(CHECKPOINT).exists() {
            true => RunError::NotFinished { path },
            false => RunError::NoRunHere { path },
        });
    }
    let folder = folder.join(NOTES).exists().then(|| folder.to_path_buf());
    Ok((path, folder))
}

/// The weights among the runs in `folder` that were written last, if there are any.
pub fn newest(folder: &Path) -> Option<PathBuf> {
    let age = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).ok();
    let folders = fs::read_dir(folder).into_iter().flatten().flatten();
    let weights = folders.map(|folder| folder.path().join(WEIGHTS));
    weights.filter_map(|path| Some((age(&path)?, path))).max().map(|(_, path)| path)
}

/// Whether there is anything of a run that training or measuring has made.
fn has_begun(path: &Path) -> bool {
    [CHECKPOINT, WEIGHTS, RESULT, "history.csv", "confusion.png", "worst.png"]
        .into_iter()
        .any(|name| path.join(name).exists())
}

/// Refuses a folder with anything that a run with this recipe would replace and that may be missed.
fn refuse_if_used(path: &Path, recipe: &Recipe) -> Result<(), RunError> {
    let there = |name: &str| path.join(name).exists();
    let owned = || path.to_path_buf();
    if there(CHECKPOINT) && !there(RESULT) {
        return Err(RunError::Interrupted { path: owned() });
    }
    if has_begun(path) || (there(NOTES) && !there(RECIPE)) {
        return Err(RunError::Used { path: owned() });
    }
    // A recipe with notes beside it is of a run that was killed before its first checkpoint. One alone may be the user's; it is the
    // same in any case if it is what will be written, or the beginning of it.
    let same = |text: String| recipe.to_toml().starts_with(&text);
    match there(RECIPE) && !there(NOTES) && !fs::read_to_string(path.join(RECIPE)).is_ok_and(same) {
        true => Err(RunError::OtherRecipe { path: owned() }),
        false => Ok(()),
    }
}

/// A new folder among the runs, named by time, network if it was named, recipe and seed.
fn create_in(
    runs: &Path,
    net: Option<&str>,
    recipe: &Recipe,
    seed: Option<u64>,
) -> Result<PathBuf, RunError> {
    let unwritable = |path: &Path, source| RunError::NotMade { path: path.to_path_buf(), source };
    fs::create_dir_all(runs).map_err(|source| unwritable(runs, source))?;
    let recipe: String = recipe
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' })
        .collect();
    let seed = seed.map_or(String::new(), |seed| format!("-seed{seed}"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let net = net.map_or(String::new(), |net| format!("{net}-"));
    let name = format!("{}-{net}{recipe}{seed}", utc(now));
    // Two runs may begin in the same second.
    let names = std::iter::once(name.clone()).chain((2..).map(|k| format!("{name}-{k}")));
    for path in names.map(|name| runs.join(name)) {
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unwritable(&path, error)),
        }
    }
    unreachable!("the names do not end")
}

fn lock(file: &File, path: &Path) -> Result<(), RunError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(RunError::Busy { path: path.to_path_buf() }),
        // Some file systems know no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Seconds since 1970 as `YYYYmmdd-HHMMSS`.
fn utc(seconds: u64) -> String {
    let (mut day, time) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    format!("{year}{month:02}{:02}-{:02}{:02}{:02}", day + 1, time / 3600, time / 60 % 60, time % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        let cases = [
            (0, "19700101-000000"),
            (951_782_399, "20000228-235959"),
            (951_782_400, "20000229-000000"),
            (1_735_689_599, "20241231-235959"),
            (1_767_225_600, "20260101-000000"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(utc(seconds), expected);
        }
    }
}
