//! Networks as typed, and networks as found in weights files.

use std::path::{Path, PathBuf};

use anyhow::bail;
use lenet::classify::Answer;
use lenet::data::Split;
use lenet::export::weights::{self, AnyNetwork};
use lenet::kernels::level::Level;
use lenet::models;
use lenet::net::{LENET5, Parameters};
use lenet::runs::{self, Notes, SHIPPED};
use lenet::systems::{Plan, Stack};
use lenet::train::Network;
use lenet::workers::Workers;

use crate::exit::Usage;

/// Where runs are put and looked for.
pub(crate) const RUNS: &str = "runs";

/// A network that the program knows by name.
pub(crate) enum Known {
    LeNet5,
    Other(Box<Stack>),
}

impl Known {
    /// The network of that name; LeNet-5 if there is none.
    pub(crate) fn by_name(name: Option<&str>) -> anyhow::Result<Self> {
        let name = name.unwrap_or(LENET5.name());
        if name == LENET5.name() {
            return Ok(Known::LeNet5);
        }
        let Some(plan) = Plan::by_name(name) else {
            let names: Vec<String> = Plan::known().into_iter().map(|plan| plan.name).collect();
            let message =
                format!("--net {name}: there is no network of that name; there are {}", names.join(", "));
            return Err(Usage(message).into());
        };
        Ok(Known::Other(Box::new(Stack::new(plan)?)))
    }
}

/// A trained network.
pub(crate) struct Trained {
    /// Its weights file, or what the shipped ones are called.
    pub(crate) name: String,
    /// The folder of its run, if it lies in one.
    folder: Option<PathBuf>,
    parameters: AnyNetwork,
}

impl Trained {
    /// The network that the command line names: a weights file, a run folder, or `shipped`.
    pub(crate) fn load(given: &Path) -> anyhow::Result<Self> {
        if given == Path::new(SHIPPED) && !given.exists() {
            return Ok(Self::shipped());
        }
        let (path, folder) = runs::weights(given)?;
        let parameters = weights::load_any(&path)?;
        Ok(Trained { name: path.display().to_string(), folder, parameters })
    }

    /// The newest run in ./runs, or else what comes with the program.
    pub(crate) fn newest() -> anyhow::Result<Self> {
        runs::newest(Path::new(RUNS)).map_or_else(|| Ok(Self::shipped()), |path| Self::load(&path))
    }

    /// What comes with the program.
    pub(crate) fn shipped() -> Self {
        let parameters = AnyNetwork::LeNet5(Box::new(models::lenet_5()));
        Trained { name: format!("{SHIPPED} with the program"), folder: None, parameters }
    }

    /// The parameters, if it is LeNet-5, which alone can do what is asked for.
    pub(crate) fn lenet_5(self) -> anyhow::Result<Parameters> {
        match self.parameters {
            AnyNetwork::LeNet5(parameters) => Ok(*parameters),
            AnyNetwork::Other(stack, _) => bail!(
                "{}: these are weights of {}; this command is for {} only (`lenet eval` measures any network)",
                self.name,
                stack.plan().name,
                LENET5.name()
            ),
        }
    }

    /// The network's name.
    pub(crate) fn net(&self) -> &str {
        match &self.parameters {
            AnyNetwork::LeNet5(_) => LENET5.name(),
            AnyNetwork::Other(stack, _) => stack.name(),
        }
    }

    /// Whether both are the same weights of the same network, wherever they lie.
    pub(crate) fn is_the_same(&self, other: &Self) -> bool {
        match (&self.parameters, &other.parameters) {
            (AnyNetwork::LeNet5(a), AnyNetwork::LeNet5(b)) => a == b,
            (AnyNetwork::Other(_, a), AnyNetwork::Other(_, b)) => {
                self.net() == other.net() && a.as_slice() == b.as_slice()
            }
            _ => false,
        }
    }

    pub(crate) fn answers(&self, level: Level, digits: &Split, workers: &Workers) -> Vec<Answer> {
        match &self.parameters {
            AnyNetwork::LeNet5(parameters) => LENET5.answers(level, parameters, &digits.images, workers),
            AnyNetwork::Other(stack, parameters) => stack.answers(level, parameters, &digits.images, workers),
        }
    }

    /// The `--data` that it was trained with; none for the embedded digits, or if nobody knows.
    pub(crate) fn data(&self) -> anyhow::Result<Option<String>> {
        Ok(self.notes()?.and_then(|notes| notes.data))
    }

    /// What its run has noted; none if it lies in no run.
    pub(crate) fn notes(&self) -> anyhow::Result<Option<Notes>> {
        Ok(self.folder.as_deref().map(runs::notes).transpose()?)
    }
}
