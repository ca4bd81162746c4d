//! The folder of a reproduction: outcomes that need not be measured again, the report, the figures as files of their own.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::page::{FIGURES, Run, report};
use super::{ALL, Budget, Experiment, Outcome};
use crate::data::Dataset;
use crate::files::write_atomically;
use crate::kernels::level::{self, Level};
use crate::paper::PASSES;
use crate::report::table::grouped;
use crate::systems::Plan;

/// Where outcomes are.
const OUTCOMES: &str = "outcomes";
/// Where runs are.
const NETWORKS: &str = "networks";
/// The report's name.
const REPORT: &str = "report.html";

/// All that decides an outcome, but the experiment itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The program's version.
    pub program: String,
    /// How much was spent.
    pub budget: Budget,
    /// The level of vector instructions.
    pub level: String,
    /// The name of the data set.
    pub data: String,
    /// The fingerprint of its training digits.
    pub train: String,
    /// The fingerprint of its test digits.
    pub test: String,
    /// Numbers of training and of test digits.
    pub digits: (usize, usize),
}

impl Settings {
    /// The settings of this program with these digits.
    pub fn new(digits: &Dataset, budget: Budget, level: Level) -> Settings {
        Settings {
            program: concat!("lenet ", env!("CARGO_PKG_VERSION")).to_string(),
            budget,
            level: level::name(level).to_string(),
            data: digits.name.clone(),
            train: digits.train.fingerprint(),
            test: digits.test.fingerprint(),
            digits: (digits.train.len(), digits.test.len()),
        }
    }

    /// In words, for the report.
    fn facts(&self) -> [String; 2] {
        let compared = self.budget.compared(&Plan::lenet_5()).passes;
        let (train, test) = (grouped(self.digits.0), grouped(self.digits.1));
        let budget = match self.budget {
            Budget::Quick => format!(
                "Quick: Fig. 5 has the first passes of the paper's own recipe, pattern by pattern; all else that is trained learns for {compared} \
                 passes by batches with AdamW, and networks that are compared with one another on an eighth of the digits. So \
                 the paper's error rates are not to be expected. Without --quick its own recipe runs where it is the subject."
            ),
            Budget::Full => format!(
                "Full: Figs. 5, 6, 8, 10 and 13 and the criteria have the paper's own recipes, pattern by pattern, {PASSES} passes; networks that are \
                 compared with one another learn by batches with AdamW, as each part says, as a rule for {compared} passes."
            ),
        };
        let other = match self.data.as_str() {
            "mnist" => "",
            _ => " These are not the paper's digits: its values are about MNIST.",
        };
        let measured = format!(
            "{}, level {}, data {}: {train} training and {test} test digits.{other}",
            self.program, self.level, self.data
        );
        [measured, budget]
    }

    /// The command that measures under these conditions, into this folder.
    fn command(&self, out: &Path) -> String {
        let mut command = "lenet reproduce".to_string();
        if self.budget == Budget::Quick {
            command += " --quick";
        }
        match self.data.as_str() {
            "mnist" => (),
            // A folder's place is not among the settings.
            "unknown" => command += " --data DIR",
            name => command += &format!(" --data {name}"),
        }
        if self.level != level::name(Level::new()) {
            command += &format!(" --level {}", self.level);
        }
        let out = out.display().to_string();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        match out.chars().all(plain) {
            true => command + " --out " + &out,
            // As a shell wants it.
            false => format!("{command} --out '{}'", out.replace('\'', "'\\''")),
        }
    }
}

/// An outcome as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The experiment's name.
    pub experiment: String,
    /// The experiment's version.
    pub version: u32,
    /// The conditions.
    pub settings: Settings,
    /// Seconds that it took, what was shared with other experiments not counted twice.
    pub seconds: f64,
    /// What it came to.
    pub outcome: Outcome,
}

/// A file of the folder can't be written.
#[derive(Debug, Error)]
#[error("{path} can't be written: {source}; choose another place with --out DIR", path = path.display())]
pub struct FolderError {
    path: PathBuf,
    source: std::io::Error,
}

/// The folder, for outcomes of these settings.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    settings: Settings,
}

impl Folder {
    /// Makes the folder, if it is not there.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn open(path: &Path, settings: Settings) -> Result<Folder, FolderError> {
        for part in [OUTCOMES, FIGURES] {
            let path = path.join(part);
            fs::create_dir_all(&path).map_err(|source| FolderError { path, source })?;
        }
        Ok(Folder { path: path.to_path_buf(), settings })
    }

    /// The report.
    pub fn report(&self) -> PathBuf {
        self.path.join(REPORT)
    }

    /// Where [`super::Laboratory::keeping_networks_in`] should keep them.
    pub fn networks(&self) -> PathBuf {
        self.path.join(NETWORKS)
    }

    /// The outcome of an experiment, if it was done before under the same settings.
    pub fn kept(&self, experiment: &Experiment) -> Option<Kept> {
        let text = fs::read(self.outcome_path(experiment)).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        let same = kept.experiment == experiment.name
            && kept.version == experiment.version
            && kept.settings == self.settings;
        same.then_some(kept)
    }

    /// Keeps an outcome, its figures, and a report with it and all others that are here.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn keep(&self, experiment: &Experiment, outcome: Outcome, seconds: f64) -> Result<(), FolderError> {
        let kept = Kept {
            experiment: experiment.name.to_string(),
            version: experiment.version,
            settings: self.settings.clone(),
            seconds,
            outcome,
        };
        for figure in &kept.outcome.figures {
            let path = |end: &str| self.path.join(FIGURES).join(format!("{}.{end}", figure.name));
            write(&path("svg"), figure.svg().as_bytes())?;
            write(&path("json"), &json(&figure.content))?;
        }
        // The outcome is written last of its files: if it is there, they are.
        write(&self.outcome_path(experiment), &json(&kept))?;
        self.write_report()
    }

    /// Writes the report of all outcomes that are here.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn write_report(&self) -> Result<(), FolderError> {
        let kept: Vec<Option<Kept>> = ALL.iter().map(|experiment| self.kept(experiment)).collect();
        let mut runs = Vec::new();
        for (experiment, kept) in ALL.into_iter().zip(&kept) {
            runs.push(Run { experiment, outcome: kept.as_ref().map(|kept| &kept.outcome) });
        }
        let facts = self.settings.facts();
        write(
            &self.report(),
            report(&[&facts[0], &facts[1]], &self.settings.command(&self.path), &runs).as_bytes(),
        )
    }

    fn outcome_path(&self, experiment: &Experiment) -> PathBuf {
        self.path.join(OUTCOMES).join(format!("{}.json", experiment.name))
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).expect("numbers and text have a JSON form");
    text.push(b'\n');
    text
}

fn write(path: &Path, content: &[u8]) -> Result<(), FolderError> {
    write_atomically(path, content).map_err(|source| FolderError { path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Split;

    #[test]
    fn the_command_has_the_flags_of_this_report() {
        let digits =
            |name: &str| Dataset { name: name.to_string(), train: Split::default(), test: Split::default() };
        let command = |name: &str, budget, out: &str| {
            Settings::new(&digits(name), budget, Level::new()).command(Path::new(out))
        };
        assert_eq!(command("mnist", Budget::Quick, "out/a"), "lenet reproduce --quick --out out/a");
        let expected = "lenet reproduce --data fashion-mnist --out 'my runs'";
        assert_eq!(command("fashion-mnist", Budget::Full, "my runs"), expected);
    }
}
