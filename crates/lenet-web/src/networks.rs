//! The networks that can be asked for, by name: what comes with the program, what the command line named, and finished runs.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use lenet::classify::{self, Answer};
use lenet::data::normalise::scale;
use lenet::export::weights::{self, AnyNetwork};
use lenet::kernels::level::Level;
use lenet::models;
use lenet::net::{self, Criterion, LENET5, Parameters, State};
use lenet::read::{Likely, REJECTED, Reader, distance, limit};
use lenet::systems::Plan;
use lenet::train::{Network, Recipe};
use lenet::workers::Workers;

use crate::ServeError;
use crate::app::App;
use crate::engine::Engine;
use crate::numbers::Floats;
use crate::refusal::Refusal;

/// The network that is meant when none is named.
pub(crate) const READING: &str = "reading";
/// The most accurate network that comes with the program.
pub(crate) const BEST: &str = "best";
/// What the command line named.
pub(crate) const GIVEN: &str = "given";
/// What a run's name begins with.
const RUN: &str = "run:";
/// Runs that are kept loaded.
const LOADED: usize = 8;

/// A network with its weights.
pub(crate) struct Net {
    pub(crate) name: String,
    /// For people.
    pub(crate) title: String,
    pub(crate) model: AnyNetwork,
    /// What it minimised: the scale of its penalties.
    criterion: Criterion,
    /// Whether it has been taught what is no digit.
    knows_nothing: bool,
    engine: OnceLock<Engine>,
    reader: OnceLock<Reader>,
}

/// How sure an answer is.
pub(crate) struct Sureness {
    /// Of the ten digits.
    pub(crate) probabilities: [f32; 10],
    /// The digit; none if it looks like none, which only networks say that were taught it.
    pub(crate) value: Option<u8>,
}

/// What a network does, whichever it is.
pub(crate) trait Model {
    fn plan(&self) -> Plan;

    /// The answers to images or fields. An image's answer has the same bits whoever it is answered with.
    fn answers<const AREA: usize>(
        &self,
        level: Level,
        pictures: &[[u8; AREA]],
        workers: &Workers,
    ) -> Vec<Answer>;

    /// The states of all layers, from the input to the penalties.
    fn states<const AREA: usize>(&self, level: Level, picture: &[u8; AREA]) -> Vec<Vec<f32>>;

    /// The tensors as a weights file has them.
    fn tensors(&self) -> Vec<(String, Floats)>;
}

impl Model for AnyNetwork {
    fn plan(&self) -> Plan {
        match self {
            AnyNetwork::LeNet5(_) => Plan::lenet_5(),
            AnyNetwork::Other(stack, _) => stack.plan().clone(),
        }
    }

    fn answers<const AREA: usize>(
        &self,
        level: Level,
        pictures: &[[u8; AREA]],
        workers: &Workers,
    ) -> Vec<Answer> {
        match self {
            AnyNetwork::LeNet5(parameters) => classify::answers(level, parameters, pictures),
            AnyNetwork::Other(stack, parameters) => stack.answers(level, parameters, pictures, workers),
        }
    }

    fn states<const AREA: usize>(&self, level: Level, picture: &[u8; AREA]) -> Vec<Vec<f32>> {
        match self {
            AnyNetwork::LeNet5(parameters) => {
                let mut state = State::new();
                match picture.as_slice().try_into() {
                    Ok(image) => state.set_image(image),
                    Err(_) => state.set_input(&std::array::from_fn(|at| scale(picture[at]))),
                }
                net::forward(level, parameters, &mut state);
                state.layers().into_iter().map(|(_, values)| values).collect()
            }
            AnyNetwork::Other(stack, parameters) => {
                stack.states(level, parameters, picture).into_iter().map(|layer| layer.values).collect()
            }
        }
    }

    fn tensors(&self) -> Vec<(String, Floats)> {
        let tensors = match self {
            AnyNetwork::LeNet5(parameters) => weights::tensors(&LENET5, parameters),
            AnyNetwork::Other(stack, parameters) => weights::tensors(&**stack, parameters),
        };
        tensors.into_iter().map(|(name, shape, values)| (name, Floats::new(&shape, &values))).collect()
    }
}

impl Net {
    fn new(name: &str, title: String, model: AnyNetwork, recipe: &Recipe) -> Arc<Self> {
        Arc::new(Net {
            name: name.to_string(),
            title,
            criterion: recipe.clone().for_plan(&model.plan()).criterion,
            knows_nothing: recipe.scene.is_some(),
            model,
            engine: OnceLock::new(),
            reader: OnceLock::new(),
        })
    }

    /// What reads pages with this network; with the shipped one, the whole committee that it is the first of.
    pub(crate) fn reader(&self, level: Level) -> Result<&Reader, Refusal> {
        let network = self.lenet_5()?;
        Ok(self.reader.get_or_init(|| {
            let others =
                if self.name == READING { models::reading_committee().split_off(1) } else { Vec::new() };
            Reader::new(network.clone(), level).with(others)
        }))
    }

    /// The thread that answers for this network, which begins with the first question.
    pub(crate) fn engine(self: &Arc<Self>, app: &App) -> &Engine {
        self.engine.get_or_init(|| {
            Engine::start(Arc::downgrade(self), app.level, app.workers.clone(), app.counts.clone())
        })
    }

    /// LeNet-5's parameters, which alone can do what is asked for.
    pub(crate) fn lenet_5(&self) -> Result<&Parameters, Refusal> {
        match &self.model {
            AnyNetwork::LeNet5(parameters) => Ok(parameters),
            AnyNetwork::Other(stack, _) => Err(Refusal::wrong(format!(
                "{} is a {}; this can be done by {} only",
                self.name,
                stack.plan().name,
                LENET5.name()
            ))),
        }
    }

    /// How sure an answer is. A network that was taught what is no digit is as sure as pages of training digits have shown; of the
    /// others it is the soft maximum that they were trained with.
    pub(crate) fn sureness(&self, answer: &Answer) -> Sureness {
        let penalties = &answer.penalties;
        if self.knows_nothing {
            let value = (distance(penalties) <= limit(REJECTED)).then(|| answer.digit());
            return Sureness { probabilities: Likely::of(penalties).digits, value };
        }
        let scale = self.criterion.scale();
        let terms = penalties.map(|y| (scale * (answer.penalty() - y)).exp());
        let sum: f32 = terms.iter().sum();
        Sureness { probabilities: terms.map(|term| term / sum), value: Some(answer.digit()) }
    }
}

/// The recipe beside a weights file; if there is none, the one that most runs have.
fn recipe_beside(weights: &Path) -> Result<Recipe, ServeError> {
    let path = weights.with_file_name("recipe.toml");
    match fs::read_to_string(&path) {
        Err(_) => Ok(Recipe::fast()),
        Ok(text) => {
            Recipe::from_toml(&text).map_err(|error| ServeError::Run { path, reason: error.to_string() })
        }
    }
}

/// Whether a name from a request can be that of a run: one part of a path, and none that leads elsewhere.
pub(crate) fn is_run_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=120).contains(&name.len()) && !name.starts_with('.') && name.chars().all(plain)
}

/// All of them.
pub(crate) struct Networks {
    /// The folder of runs.
    folder: PathBuf,
    reading: OnceLock<Arc<Net>>,
    best: OnceLock<Arc<Net>>,
    given: Option<Arc<Net>>,
    runs: Mutex<HashMap<String, Loaded>>,
}

/// A run that is loaded.
struct Loaded {
    /// When its weights were written.
    written: SystemTime,
    /// Counts up with every use of any.
    used: u64,
    net: Arc<Net>,
}

impl Networks {
    /// Those that come with the program, the runs in a folder, and a weights file or folder of a run.
    pub(crate) fn new(folder: PathBuf, given: Option<&Path>) -> Result<Self, ServeError> {
        let given = given.map(|path| {
            let file = if path.is_dir() { path.join("weights.safetensors") } else { path.to_path_buf() };
            let title = path.display().to_string();
            Ok::<_, ServeError>(Net::new(GIVEN, title, weights::load_any(&file)?, &recipe_beside(&file)?))
        });
        let given = given.transpose()?;
        let (reading, best, runs) = Default::default();
        Ok(Networks { folder, reading, best, given, runs })
    }

    /// The name that is meant when none is given.
    pub(crate) fn usual(&self) -> &'static str {
        if self.given.is_some() { GIVEN } else { READING }
    }

    /// The network of that name, if it is loaded and nothing can have changed it.
    pub(crate) fn at_hand(&self, name: Option<&str>) -> Option<&Arc<Net>> {
        match name.unwrap_or(self.usual()) {
            READING => self.reading.get(),
            BEST => self.best.get(),
            GIVEN => self.given.as_ref(),
            _ => None,
        }
    }

    /// The network of that name.
    pub(crate) fn get(&self, name: Option<&str>) -> Result<Arc<Net>, Refusal> {
        match name.unwrap_or(self.usual()) {
            READING => Ok(self.reading.get_or_init(|| {
                let model = AnyNetwork::LeNet5(Box::new(models::reading()));
                Net::new(
                    READING,
                    "LeNet-5 that reads pages, with the program".into(),
                    model,
                    &Recipe::reading(),
                )
            })),
            BEST => Ok(self.best.get_or_init(|| {
                let model = AnyNetwork::LeNet5(Box::new(models::lenet_5()));
                Net::new(BEST, "LeNet-5 of the lowest error, with the program".into(), model, &Recipe::best())
            })),
            name => match (name, name.strip_prefix(RUN), &self.given) {
                (GIVEN, _, Some(given)) => Ok(given),
                (_, Some(run), _) => return self.run(run),
                _ => {
                    let error =
                        format!("there is no network {name:?}; there are those that /api/about lists");
                    return Err(Refusal::absent(error));
                }
            },
        }
        .cloned()
    }

    /// The network of a finished run.
    fn run(&self, name: &str) -> Result<Arc<Net>, Refusal> {
        if !is_run_name(name) {
            return Err(Refusal::wrong("a run's name has letters, digits, '-', '_' and '.' only"));
        }
        let file = self.folder.join(name).join("weights.safetensors");
        let written = fs::metadata(&file).and_then(|data| data.modified());
        let written = written.map_err(|_| {
            Refusal::absent(format!("there is no finished run {name}; /api/runs lists them all"))
        })?;
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let now = runs.values().map(|run| run.used + 1).max().unwrap_or(0);
        if let Some(run) = runs.get_mut(name)
            && run.written == written
        {
            run.used = now;
            return Ok(run.net.clone());
        }
        let both = weights::load_any(&file)
            .map_err(ServeError::from)
            .and_then(|model| Ok((model, recipe_beside(&file)?)));
        let (model, recipe) = both.map_err(Refusal::ours)?;
        let title = format!("{name}, {} by {}", model.plan().name, recipe.name);
        let net = Net::new(&format!("{RUN}{name}"), title, model, &recipe);
        while runs.len() >= LOADED {
            let Some(oldest) = runs.iter().min_by_key(|(_, run)| run.used).map(|(name, _)| name.clone())
            else {
                break;
            };
            runs.remove(&oldest);
        }
        runs.insert(name.to_string(), Loaded { written, used: now, net: net.clone() });
        Ok(net)
    }

    /// Name, title and network of all that can be asked for.
    pub(crate) fn list(&self) -> Vec<(String, String, String)> {
        let given = self.given.is_some().then_some(GIVEN);
        let here = given.into_iter().chain([READING, BEST]).filter_map(|name| self.get(Some(name)).ok());
        let mut list: Vec<_> =
            here.map(|net| (net.name.clone(), net.title.clone(), net.model.plan().name)).collect();
        let folders = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut runs: Vec<String> = folders
            .filter_map(|folder| folder.file_name().into_string().ok())
            .filter(|name| is_run_name(name))
            .collect();
        runs.sort();
        // Only the headers are read: there may be hundreds.
        list.extend(runs.into_iter().rev().filter_map(|name| {
            let file = self.folder.join(&name).join("weights.safetensors");
            let net = weights::network_name(&file).ok()?.unwrap_or(LENET5.name().to_string());
            let recipe = recipe_beside(&file).ok()?.name;
            Some((format!("{RUN}{name}"), format!("{name}, {net} by {recipe}"), net))
        }));
        list
    }
}
