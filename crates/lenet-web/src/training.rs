//! Training, one run at a time, on a thread of its own: the folders are those of `lenet train`.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use lenet::export::weights::{self, Saved};
use lenet::net::LENET5;
use lenet::read;
use lenet::runs::{self, Digits, Place, Run, RunError, RunFolder, Score, Told, Wish};
use lenet::systems::{Plan, Stack};
use lenet::train::{Flow, Network, Recipe};
use lenet::workers::Workers;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};

use crate::app::App;
use crate::feed::Feed;
use crate::networks::is_run_name;
use crate::numbers::Floats;
use crate::refusal::Refusal;

/// The least time between two events of progress.
const BETWEEN: Duration = Duration::from_millis(100);
/// Layers whose kernels are told after every pass: the first two convolutions of the nets that have some.
const SHOWN: [&str; 4] = ["c1.weight", "c3.weight", "h1.weight", "h3.weight"];
/// How long a run that is stopped may take to be saved.
const SAVING: Duration = Duration::from_secs(30);

/// The folder of runs, and the one in training.
pub(crate) struct Runs {
    folder: PathBuf,
    current: Mutex<Option<Arc<Current>>>,
}

/// The run in training.
pub(crate) struct Current {
    /// None until its folder is there.
    name: Mutex<Option<String>>,
    stop: AtomicBool,
    done: watch::Sender<bool>,
    pub(crate) feed: Feed,
}

/// What is to be trained.
pub(crate) enum Task {
    /// A new run.
    New {
        plan: Option<Plan>,
        wish: Box<Wish>,
        /// The seed, if it is to be part of the name.
        seed: Option<u64>,
    },
    /// One that was interrupted.
    Old(String),
}

impl Current {
    pub(crate) fn name(&self) -> Option<String> {
        self.name.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Runs {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Runs { folder, current: Mutex::default() }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of a run that a request names; nothing in a request is a path.
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf, Refusal> {
        if !is_run_name(name) {
            return Err(Refusal::wrong("a run's name has letters, digits, '-', '_' and '.' only"));
        }
        let path = self.folder.join(name);
        if !path.join("recipe.toml").is_file() {
            return Err(Refusal::absent(format!("there is no run {name}; /api/runs lists them all")));
        }
        Ok(path)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Current>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run in training, if there is one.
    pub(crate) fn current(&self) -> Option<Arc<Current>> {
        self.lock().clone()
    }

    /// That run, if it has this name.
    pub(crate) fn in_training(&self, name: &str) -> Option<Arc<Current>> {
        self.current().filter(|current| current.name().as_deref() == Some(name))
    }

    /// Begins or goes on, and returns the name once the folder is there.
    pub(crate) async fn start(app: Arc<App>, task: Task) -> Result<String, Refusal> {
        let current = Arc::new(Current {
            name: Mutex::default(),
            stop: AtomicBool::new(false),
            done: watch::channel(false).0,
            feed: Feed::new(),
        });
        {
            let mut place = app.runs.lock();
            if let Some(other) = &*place {
                let name = other.name().unwrap_or("one that is about to begin".to_string());
                let error = format!("a run is in training already, {name}; stop it or wait");
                return Err(Refusal::new(StatusCode::CONFLICT, error));
            }
            *place = Some(current.clone());
        }
        let (begun, name) = oneshot::channel();
        thread::Builder::new()
            .name("training".into())
            .spawn({
                let app = app.clone();
                move || {
                    // A panic must not keep the place for ever.
                    let free = Free { app: app.clone(), current: current.clone() };
                    let mut begun = Some(begun);
                    let outcome = work(&app, &current, task, &mut begun);
                    // Whoever hears of the end may begin the next run at once.
                    free.make_room();
                    match (outcome, begun) {
                        (Ok((name, data)), _) => current.feed.end(name, &data),
                        (Err(refusal), Some(begun)) => drop(begun.send(Err(refusal))),
                        (Err(refusal), None) => {
                            current.feed.end("failed", &json!({ "error": refusal.error }))
                        }
                    }
                }
            })
            .map_err(|error| {
                app.runs.lock().take();
                Refusal::ours(error)
            })?;
        name.await.map_err(|_| Refusal::ours("the training broke off before it began"))?
    }

    /// Asks a run to stop and waits until it is saved.
    pub(crate) async fn stop(current: &Current) {
        current.stop.store(true, Ordering::Relaxed);
        let mut done = current.done.subscribe();
        let _ = tokio::time::timeout(SAVING, done.wait_for(|done| *done)).await;
    }
}

/// Makes room for the next run when a thread ends, in whatever way.
struct Free {
    app: Arc<App>,
    current: Arc<Current>,
}

impl Free {
    fn make_room(&self) {
        self.app.runs.lock().take_if(|current| Arc::ptr_eq(current, &self.current));
    }
}

impl Drop for Free {
    fn drop(&mut self) {
        self.make_room();
        if thread::panicking() {
            self.current.feed.end("failed", &json!({ "error": "the training broke off; resume the run" }));
        }
        self.current.done.send_replace(true);
    }
}

type Begun = Option<oneshot::Sender<Result<String, Refusal>>>;
/// Name and data of the event that a run ends with.
type End = (&'static str, Value);

fn work(app: &App, current: &Current, task: Task, begun: &mut Begun) -> Result<End, Refusal> {
    let digits = Digits { set: app.digits.get(), source: "embedded".to_string(), again: None };
    match opened(app, task)? {
        (Some(plan), opened) => {
            let stack = Stack::new(plan).map_err(Refusal::wrong)?;
            train(app, current, stack, opened, digits, begun)
        }
        (None, opened) => train(app, current, LENET5, opened, digits, begun),
    }
}

/// A task whose folder is open, if it has one.
enum Opened {
    New { net: Option<String>, wish: Box<Wish>, seed: Option<u64> },
    Old { folder: RunFolder, recipe: Recipe },
}

/// Opens the folder of an old run; with the plan of the network, if it is not LeNet-5.
fn opened(app: &App, task: Task) -> Result<(Option<Plan>, Opened), Refusal> {
    match task {
        Task::New { plan, wish, seed } => {
            let net = plan.as_ref().map(|plan| plan.name.clone());
            let other = plan.filter(|plan| plan.name != LENET5.name());
            Ok((other, Opened::New { net, wish, seed }))
        }
        Task::Old(name) => {
            let path = app.runs.path(&name)?;
            let conflict = |error: String| Refusal::new(StatusCode::CONFLICT, error);
            if path.join("result.json").exists() {
                return Err(conflict(format!("{name} is finished already")));
            }
            if let Some(data) = runs::notes(&path).map_err(refused)?.data {
                let error = format!(
                    "{name} learns from {data}; go on with `lenet train --resume {}`",
                    path.display()
                );
                return Err(Refusal::wrong(error));
            }
            let folder = RunFolder::open(&path).map_err(refused)?;
            let stand = runs::stand(&path).map_err(refused)?;
            let other = Plan::by_name(&stand.net).filter(|plan| plan.name != LENET5.name());
            Ok((other, Opened::Old { folder, recipe: stand.recipe }))
        }
    }
}

/// Why a run can't be begun or gone on with, as an answer.
pub(crate) fn refused(error: RunError) -> Refusal {
    let status = match error {
        RunError::Busy { .. } => StatusCode::CONFLICT,
        RunError::Recipe(_) => StatusCode::BAD_REQUEST,
        RunError::NoFolder { .. } | RunError::NoRun { .. } => StatusCode::NOT_FOUND,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    // What is wrong and what the system says of it.
    let source = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
    Refusal::new(status, format!("{error}{source}"))
}

fn train<N: Saved>(
    app: &App,
    current: &Current,
    network: N,
    opened: Opened,
    digits: Digits,
    begun: &mut Begun,
) -> Result<End, Refusal> {
    let mut run = open(app, network, opened, digits)?;
    let name = run.folder().path().file_name().and_then(|name| name.to_str()).unwrap_or_default().to_string();
    *current.name.lock().unwrap_or_else(PoisonError::into_inner) = Some(name.clone());
    current.feed.begin(run.training().history(), shown(&run));
    if let Some(begun) = begun.take() {
        // Who asked may be gone; the run goes on.
        let _ = begun.send(Ok(name));
    }
    Ok(match go_on(current, &mut run).map_err(refused)? {
        Some(test) => ("end", json!({ "state": "finished", "test": summary(&test) })),
        None => ("end", json!({ "state": "stopped", "test": null })),
    })
}

fn open<N: Saved>(app: &App, network: N, opened: Opened, digits: Digits) -> Result<Run<N>, Refusal> {
    // A pool of its own: requests are answered beside it.
    let workers = Arc::new(Workers::new(app.workers.threads()).map_err(Refusal::ours)?);
    let recipe = match &opened {
        Opened::New { wish, .. } => &wish.recipe,
        Opened::Old { recipe, .. } => recipe,
    };
    recipe.check().map_err(Refusal::wrong)?;
    let lessons = recipe.scene.map(|scene| read::Lessons::new(&scene, &digits.set.train, &workers));
    match opened {
        Opened::New { net, wish, seed } => {
            let place = Place::In { folder: app.runs.folder(), net: net.as_deref(), seed };
            Run::begin(network, *wish, place, digits, lessons, workers)
        }
        Opened::Old { folder, .. } => Run::resume(network, folder, digits, lessons, workers),
    }
    .map_err(refused)
}

/// Trains to the end, or until it is stopped (None).
fn go_on<N: Saved>(current: &Current, run: &mut Run<N>) -> Result<Option<Score>, RunError> {
    let (patterns, passes) = (run.patterns(), run.training().recipe().passes);
    let (began, mut told) = (Instant::now(), None::<Instant>);
    // Patterns before this call, as far as the first event tells.
    let mut first = None;
    let finished = run.train(&mut |event| {
        match event {
            Told::Progress { pass, seen, of } => {
                let done = (pass - 1) * patterns + seen;
                let first = *first.get_or_insert(done.saturating_sub(1));
                if told.is_none_or(|told| told.elapsed() >= BETWEEN) {
                    told = Some(Instant::now());
                    let rate = (done - first) as f64 / began.elapsed().as_secs_f64().max(1e-3);
                    let left = (passes * patterns).saturating_sub(done) as f64 / rate.max(1.0);
                    current.feed.progress(&json!({
                        "pass": pass, "passes": passes, "seen": seen, "of": of, "patterns_per_second": rate.round(),
                        "seconds_left": (10.0 * left).round() / 10.0,
                    }));
                }
            }
            Told::Pass(run) => {
                if let Some(record) = run.training().history().last() {
                    current.feed.pass(record, shown(run));
                }
            }
        }
        if current.stop.load(Ordering::Relaxed) { Flow::Stop } else { Flow::Continue }
    })?;
    if finished { run.finish().map(|result| Some(result.test)) } else { Ok(None) }
}

/// The kernels that are told after every pass.
fn shown<N: Saved>(run: &Run<N>) -> Value {
    let training = run.training();
    let tensors = weights::tensors(training.network(), training.parameters()).into_iter();
    let shown = tensors.filter(|(name, shape, _)| SHOWN.contains(&name.as_str()) && shape.len() == 4);
    let tensors: serde_json::Map<String, Value> =
        shown.map(|(name, shape, values)| (name, json!(Floats::new(&shape, &values)))).collect();
    json!({ "tensors": tensors })
}

/// A score without its digits.
pub(crate) fn summary(score: &Score) -> Value {
    json!({
        "patterns": score.patterns, "errors": score.errors, "error_percent": score.error_percent,
        "interval_percent": score.interval_percent,
    })
}
