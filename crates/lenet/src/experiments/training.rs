//! Networks for experiments: many runs at once, shared between experiments, kept between calls.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use sha2::{Digest, Sha256};

use super::laboratory::{Laboratory, Progress, Unfinished};
use crate::data::Split;
use crate::eval::evaluate;
use crate::files::write_atomically;
use crate::kernels::level::{self, Level};
use crate::net::{LENET5, Parameters};
use crate::train::{Event, Flow, Network, Optimiser, PassRecord, Recipe, RecipeError, Training, checkpoint};
use crate::workers::Workers;

/// A run to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The recipe.
    pub recipe: Recipe,
    /// The seed.
    pub seed: u64,
    /// Digits to train on: the first of the training set, in file order.
    pub digits: usize,
}

impl Job {
    /// One pattern, one update: such a run keeps one core busy.
    fn is_online(&self) -> bool {
        matches!(self.recipe.optimiser, Optimiser::Sdlm(_))
    }

    /// Patterns it presents.
    fn patterns(&self) -> u64 {
        (self.recipe.passes * self.digits) as u64
    }

    fn key(&self, train: &Split, level: Level) -> String {
        key(&self.recipe.name, "lenet-5", &self.recipe, self.seed, train, level)
    }
}

/// A name for a run and its file, that begins as told and has a hash of everything that decides the run's bits.
pub(super) fn key(
    begin: &str,
    network: &str,
    recipe: &Recipe,
    seed: u64,
    train: &Split,
    level: Level,
) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let (level, digits, recipe) = (level::name(level), train.fingerprint(), recipe.to_toml());
    let all = format!("{version}\n{level}\n{seed}\n{digits}\n{network}\n{recipe}");
    let hash: String = Sha256::digest(all)[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{begin}-{}-seed-{seed}-{hash}", train.len())
}

/// A run from where the file has it, if it has it and that is `usable`; else from its beginning.
pub(super) fn begun<N: Network>(
    network: N,
    (recipe, seed): (&Recipe, u64),
    train: &Split,
    level: Level,
    kept: Option<&Path>,
    usable: impl Fn(&Training<N>) -> bool,
) -> Result<Training<N>, RecipeError> {
    let again = kept.and_then(|path| checkpoint::load_of(network.clone(), path, train).ok());
    match again.filter(usable) {
        Some(training) => Ok(training),
        None => Training::of(network, recipe.clone(), seed, train, level),
    }
}

/// A finished run.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The network.
    pub parameters: Parameters,
    /// The passes.
    pub history: Vec<PassRecord>,
    /// Misread test digits after each pass, of runs by the paper's method: for the record only, nothing is decided by them. By
    /// batches passes are too short to measure after each; then it is empty.
    pub curve: Vec<usize>,
}

impl Laboratory<'_> {
    /// Trains a network for each seed of the budget on all training digits.
    ///
    /// # Errors
    /// As [`Laboratory::train_all`].
    pub fn train_seeds(&mut self, what: &str, recipe: &Recipe) -> Result<Vec<Trained>, Unfinished> {
        let digits = self.digits.train.len();
        let jobs = self.budget().seeds().map(|seed| Job { recipe: recipe.clone(), seed, digits });
        self.train_all(what, &jobs.collect::<Vec<_>>())
    }

    /// Does all these runs, those that are done already excepted, and returns their networks in the same order. Runs by the
    /// paper's method go side by side, one on each core; others one after the other, each on all.
    ///
    /// # Errors
    /// [`Unfinished::Stopped`] when told to; other [`Unfinished`] when a run can't begin or be kept.
    pub fn train_all(&mut self, what: &str, jobs: &[Job]) -> Result<Vec<Trained>, Unfinished> {
        let all = &self.digits.train;
        let mut parts: BTreeMap<usize, Split> = BTreeMap::new();
        for job in jobs.iter().filter(|job| job.digits < all.len()) {
            let part = || Split {
                images: all.images[..job.digits].to_vec(),
                labels: all.labels[..job.digits].to_vec(),
            };
            parts.entry(job.digits).or_insert_with(part);
        }
        let train = |job: &Job| parts.get(&job.digits).unwrap_or(all);
        let keys: Vec<String> = jobs.iter().map(|job| job.key(train(job), self.level)).collect();
        for online in [false, true] {
            let open = (0..jobs.len()).filter(|&k| jobs[k].is_online() == online);
            let open: Vec<usize> = open.filter(|&k| !self.trained.contains_key(&keys[k])).collect();
            let runs: Vec<Run<'_>> =
                open.iter().map(|&k| Run { job: &jobs[k], train: train(&jobs[k]), key: &keys[k] }).collect();
            self.train_runs(what, &runs, online)?;
        }
        Ok(keys.iter().map(|key| self.trained[key].clone()).collect())
    }

    /// Does the runs and keeps their networks; of several failures the first is told.
    fn train_runs(&mut self, what: &str, runs: &[Run<'_>], online: bool) -> Result<(), Unfinished> {
        if let (Some(folder), false) = (&self.networks, runs.is_empty()) {
            fs::create_dir_all(folder).map_err(|source| Unfinished::File { path: folder.clone(), source })?;
        }
        let (of, mut done) = (runs.iter().map(|run| run.job.patterns()).sum(), vec![0; runs.len()]);
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let bench = Bench {
            level: self.level,
            test: &self.digits.test,
            networks: self.networks.as_deref(),
            workers: self.workers,
            runs,
            next: &next,
            stop: &stop,
        };
        let runners = if online { self.workers.threads().min(runs.len()) } else { runs.len().min(1) };
        let (sender, receiver) = channel();
        let on_progress = &mut *self.on_progress;
        let finished = thread::scope(|scope| {
            let runners: Vec<_> = (0..runners)
                .map(|_| {
                    let sender = sender.clone();
                    scope.spawn(move || bench.work(online, &sender))
                })
                .collect();
            drop(sender);
            for (k, patterns) in receiver {
                done[k] = patterns;
                let progress = Progress { what: what.to_string(), done: done.iter().sum(), of };
                if on_progress(&progress) == Flow::Stop {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            let join = |runner: thread::ScopedJoinHandle<'_, _>| match runner.join() {
                Ok(results) => results,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            runners.into_iter().flat_map(join).collect::<Vec<_>>()
        });
        let mut failure = stop.load(Ordering::Relaxed).then_some(Unfinished::Stopped);
        for (k, result) in finished {
            match result {
                Ok(trained) => drop(self.trained.insert(runs[k].key.to_string(), trained)),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(()), Err)
    }
}

/// A run with the digits that it is about.
struct Run<'a> {
    job: &'a Job,
    train: &'a Split,
    key: &'a str,
}

/// What the runners share.
#[derive(Clone, Copy)]
struct Bench<'a> {
    level: Level,
    test: &'a Split,
    networks: Option<&'a Path>,
    workers: &'a Workers,
    runs: &'a [Run<'a>],
    /// The first run that nobody has taken.
    next: &'a AtomicUsize,
    stop: &'a AtomicBool,
}

impl Bench<'_> {
    /// Takes runs until there are no more; `alone` on one thread, else on all.
    fn work(&self, alone: bool, sender: &Sender<(usize, u64)>) -> Vec<(usize, Result<Trained, Unfinished>)> {
        let own = if alone { Some(Workers::new(1)) } else { None };
        let workers = match own.as_ref() {
            None => self.workers,
            Some(Ok(workers)) => workers,
            // If the system gives no other thread, all may share those that are there.
            Some(Err(_)) => self.workers,
        };
        let mut finished = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let k = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(run) = self.runs.get(k) else { break };
            // The receiver lives as long as the runners.
            let result = self.train(run, workers, &|patterns| {
                let _ = sender.send((k, patterns));
            });
            finished.push((k, result));
        }
        finished
    }

    /// One run, from its beginning or from where it was interrupted.
    fn train(&self, run: &Run<'_>, workers: &Workers, told: &dyn Fn(u64)) -> Result<Trained, Unfinished> {
        let (job, train) = (run.job, run.train);
        let kept = self.networks.map(|folder| folder.join(format!("{}.safetensors", run.key)));
        let notes = kept.as_ref().map(|path| path.with_extension("json"));
        let mut curve: Vec<usize> = notes
            .as_ref()
            .and_then(|notes| serde_json::from_slice(&fs::read(notes).ok()?).ok())
            .unwrap_or_default();
        // A run that can't be read, or whose curve has a gap, is begun anew.
        let usable = |training: &Training| !job.is_online() || curve.len() >= training.history().len();
        let recipe = (&job.recipe, job.seed);
        let mut training = begun(LENET5, recipe, train, self.level, kept.as_deref(), usable)?;
        curve.truncate(training.history().len());
        while !training.is_finished() {
            let passes = training.history().len();
            training.run(train, workers, &mut |event| match event {
                Event::Progress { pass, seen, of } => {
                    told(((pass - 1) * of + seen) as u64);
                    if self.stop.load(Ordering::Relaxed) { Flow::Stop } else { Flow::Continue }
                }
                Event::PassEnd(_) => Flow::Stop,
            });
            if job.is_online() && training.history().len() > passes {
                curve.push(evaluate(self.level, training.parameters(), self.test, workers).errors());
            }
            let stopped = self.stop.load(Ordering::Relaxed);
            if let (Some(path), Some(notes), true) =
                (&kept, &notes, job.is_online() || stopped || training.is_finished())
            {
                let text = serde_json::to_vec(&curve).expect("numbers have a JSON form");
                write_atomically(notes, &text)
                    .map_err(|source| Unfinished::File { path: notes.clone(), source })?;
                checkpoint::save(&training, path)?;
            }
            if stopped && !training.is_finished() {
                return Err(Unfinished::Stopped);
            }
        }
        told(job.patterns());
        Ok(Trained { parameters: training.parameters().clone(), history: training.history().to_vec(), curve })
    }
}
