//! The folder of a training run: its name, its files, who may write there, which run is the newest.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use lenet::files::write_atomically;
use lenet::train::{PassRecord, Recipe};
use serde::{Deserialize, Serialize};

/// Where runs are put and looked for.
const RUNS: &str = "runs";
const RECIPE: &str = "recipe.toml";
const CHECKPOINT: &str = "checkpoint.safetensors";
const WEIGHTS: &str = "weights.safetensors";
const NOTES: &str = "run.json";
/// What the command line calls the weights that come with the program.
pub(crate) const SHIPPED: &str = "shipped";

/// The folder of a run that this process is working on. Nobody else can open it meanwhile.
pub(crate) struct RunFolder {
    path: PathBuf,
    /// `recipe.toml`, which is never replaced, holds the lock until the process ends, in whatever way.
    _lock: File,
}

/// What must be remembered of the command line and of the time so far, in `run.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notes {
    /// The program that began the run.
    pub(crate) program: String,
    /// The value of --data: a name, or a folder as an absolute path. None for the embedded MNIST.
    pub(crate) data: Option<String>,
    /// Fingerprint of the test set; the checkpoint has that of the training set.
    pub(crate) test_fingerprint: String,
    /// Whether the test error is measured after every pass.
    pub(crate) curve: bool,
    /// Misread test digits after each pass so far, if `curve`.
    pub(crate) test_errors: Vec<usize>,
}

impl RunFolder {
    /// Makes the folder and writes the recipe into it. No file that exists is touched.
    pub(crate) fn create(
        out: Option<&Path>,
        net: Option<&str>,
        recipe: &Recipe,
        seed: Option<u64>,
    ) -> anyhow::Result<Self> {
        let path = match out {
            Some(path) => {
                refuse_if_used(path)?;
                fs::create_dir_all(path).with_context(|| {
                    format!("--out {}: the folder can't be made; choose another place", path.display())
                })?;
                path.to_path_buf()
            }
            None => create_in_runs(net, recipe, seed)?,
        };
        let recipe_file = path.join(RECIPE);
        let new = OpenOptions::new().write(true).create_new(true).open(&recipe_file);
        let unwritable =
            || format!("{} can't be written; choose another place with --out DIR", recipe_file.display());
        let mut file = new.with_context(unwritable)?;
        lock(&file, &path)?;
        file.write_all(recipe.to_toml().as_bytes())
            .and_then(|()| file.sync_all())
            .with_context(unwritable)?;
        Ok(RunFolder { path, _lock: file })
    }

    /// Opens the folder of a run to go on with it.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let what = format!("--resume {}", path.display());
        if !path.is_dir() {
            bail!("{what}: there is no such folder; give the folder of a run, as `lenet train` named it");
        }
        let recipe = path.join(RECIPE);
        if !recipe.exists() || !path.join(NOTES).exists() {
            bail!("{what}: this is not the folder of a run: it has no {RECIPE} or no {NOTES}");
        }
        let file = File::open(recipe).context(what)?;
        lock(&file, path)?;
        remove_halves(path);
        Ok(RunFolder { path: path.to_path_buf(), _lock: file })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The run as it was after the last finished pass, or when it was interrupted.
    pub(crate) fn checkpoint(&self) -> PathBuf {
        self.path.join(CHECKPOINT)
    }

    /// For a finished run, which needs none: one that can't be removed does no harm.
    pub(crate) fn remove_checkpoint(&self) {
        let _ = fs::remove_file(self.checkpoint());
    }

    /// The result of the finished run; written last, so a run that has it is finished.
    pub(crate) fn result(&self) -> PathBuf {
        self.path.join("result.json")
    }

    pub(crate) fn weights(&self) -> PathBuf {
        self.path.join(WEIGHTS)
    }

    /// Writes one of the files.
    pub(crate) fn write(&self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let path = self.path.join(name);
        write_atomically(&path, content)
            .with_context(|| format!("{} can't be written; free space, then resume the run", path.display()))
    }

    pub(crate) fn write_notes(&self, notes: &Notes) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(notes).context("the notes have no JSON form")?;
        self.write(NOTES, (text + "\n").as_bytes())
    }

    /// Writes `history.csv`, a row for each finished pass.
    pub(crate) fn write_history(&self, history: &[PassRecord], notes: &Notes) -> anyhow::Result<()> {
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
pub(crate) fn notes(path: &Path) -> anyhow::Result<Notes> {
    let file = path.join(NOTES);
    let text = fs::read_to_string(&file).with_context(|| format!("{} can't be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is damaged; start the run anew", file.display()))
}

/// The weights that are meant by a file or a run folder, with the folder of the run if they lie in one.
pub(crate) fn weights(given: &Path) -> anyhow::Result<(PathBuf, Option<PathBuf>)> {
    let path = match given {
        path if path.is_dir() => path.join(WEIGHTS),
        path if path.exists() => path.to_path_buf(),
        path => bail!(
            "{}: there is no such file or folder; give a weights file or the folder of a run, or `{SHIPPED}`",
            path.display()
        ),
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    if !path.exists() {
        if folder.join(CHECKPOINT).exists() {
            bail!("{0}: this run is not finished; go on with `lenet train --resume {0}`", folder.display());
        }
        bail!("{}: there is no {WEIGHTS} in this folder, so it is not the folder of a run", folder.display());
    }
    let folder = folder.join(NOTES).exists().then(|| folder.to_path_buf());
    Ok((path, folder))
}

/// The weights in ./runs that were written last, if there are any.
pub(crate) fn newest() -> Option<PathBuf> {
    let age = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).ok();
    let folders = fs::read_dir(RUNS).into_iter().flatten().flatten();
    let weights = folders.map(|folder| folder.path().join(WEIGHTS));
    weights.filter_map(|path| Some((age(&path)?, path))).max().map(|(_, path)| path)
}

fn refuse_if_used(path: &Path) -> anyhow::Result<()> {
    let there = |name: &str| path.join(name).exists();
    if there(CHECKPOINT) && !there("result.json") {
        bail!(
            "--out {0} holds an interrupted run; go on with `lenet train --resume {0}`, or choose another folder",
            path.display()
        );
    }
    if [RECIPE, WEIGHTS, NOTES, "result.json", "history.csv", "confusion.png", "worst.png"]
        .into_iter()
        .any(there)
    {
        bail!(
            "--out {} holds a run already; choose another folder, runs are never overwritten",
            path.display()
        );
    }
    Ok(())
}

/// A new folder in ./runs, named by time, network if it was named, recipe and seed.
fn create_in_runs(net: Option<&str>, recipe: &Recipe, seed: Option<u64>) -> anyhow::Result<PathBuf> {
    let unwritable =
        |path: &Path| format!("{} can't be made; choose another place with --out DIR", path.display());
    fs::create_dir_all(RUNS).with_context(|| unwritable(Path::new(RUNS)))?;
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
    for path in names.map(|name| Path::new(RUNS).join(name)) {
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| unwritable(&path)),
        }
    }
    unreachable!("the names do not end")
}

fn lock(file: &File, path: &Path) -> anyhow::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => bail!("{}: another process is working on this run", path.display()),
        // Some file systems know no locks.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Removes what was half written when the process was killed; it has the names of temporary files.
fn remove_halves(folder: &Path) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        if file.file_name().to_string_lossy().starts_with(".tmp") {
            let _ = fs::remove_file(file.path());
        }
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
