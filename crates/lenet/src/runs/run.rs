//! A run from its wish to its folder, through every interruption.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::RunError;
use super::folder::{self, Notes, Place, RunFolder, SHIPPED};
use super::result::{self, DataFacts, Files, PROGRAM, PassFacts, RunResult, Score};
use crate::data::known::sha256;
use crate::data::{Dataset, Split};
use crate::eval::evaluate_network;
use crate::export::weights::{self, Saved};
use crate::kernels::level::{self, Level};
use crate::lattice::TrueStrip;
use crate::models;
use crate::read::Lessons;
use crate::report::picture;
use crate::train::{Event, Flow, PassRecord, Recipe, Training, checkpoint};
use crate::workers::Workers;

/// A data set and where it came from.
#[derive(Clone, Debug)]
pub struct Digits {
    /// The digits.
    pub set: Arc<Dataset>,
    /// "embedded" or a folder.
    pub source: String,
    /// What names it again from any folder, for a run that is resumed; none for the embedded one.
    pub again: Option<String>,
}

impl Digits {
    /// The digits that come with the program.
    #[cfg(feature = "bundled")]
    pub fn embedded() -> Self {
        Digits { set: Arc::new(Dataset::bundled()), source: "embedded".to_string(), again: None }
    }

    /// Name, origin and size.
    pub fn facts(&self) -> DataFacts {
        DataFacts {
            name: self.set.name.clone(),
            source: self.source.clone(),
            training_patterns: self.set.train.len(),
            test_patterns: self.set.test.len(),
        }
    }
}

/// How a run is to be.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What decides its result.
    pub recipe: Recipe,
    /// The seed of all random numbers.
    pub seed: u64,
    /// The level of vector instructions.
    pub level: Level,
    /// The weights file or run whose parameters it begins with, or `shipped`; none: with parameters drawn by chance.
    pub from: Option<PathBuf>,
    /// Whether the test error is measured after every pass, for the record only.
    pub curve: bool,
}

/// What a run tells while it goes on.
#[derive(Debug)]
pub enum Told<'a, N: Saved> {
    /// A few hundred patterns later.
    Progress {
        /// The pass, counted from 1.
        pass: usize,
        /// Patterns seen in this pass.
        seen: usize,
        /// Patterns of a pass.
        of: usize,
    },
    /// A pass is over and written down.
    Pass(&'a Run<N>),
}

/// A run that this process works on.
#[derive(Debug)]
pub struct Run<N: Saved> {
    folder: RunFolder,
    notes: Notes,
    digits: Digits,
    /// What is trained on instead of the training digits, if the recipe puts them into scenes.
    lessons: Option<Lessons>,
    training: Training<N>,
    workers: Arc<Workers>,
}

/// The parameters that are named, of this network, and the SHA-256 of their file.
fn trained<N: Saved>(network: &N, named: &Path) -> Result<(N::Parameters, String), RunError> {
    if named == Path::new(SHIPPED) && !named.exists() {
        let parameters = weights::network_from_bytes(network, models::LENET_5, named)?;
        return Ok((parameters, sha256(models::LENET_5)));
    }
    let path = folder::weights(named)?.0;
    let bytes = weights::read(&path)?;
    Ok((weights::network_from_bytes(network, &bytes, &path)?, sha256(&bytes)))
}

/// What is trained on.
fn taught<'a>(lessons: Option<&'a Lessons>, digits: &'a Digits) -> &'a Split {
    lessons.map_or(&digits.set.train, |lessons| &lessons.patterns)
}

fn strips(lessons: Option<&Lessons>) -> Arc<[TrueStrip]> {
    lessons.map_or_else(Arc::default, |lessons| lessons.strips.clone())
}

/// Writes what a run needs to go on.
fn first_files<N: Saved>(folder: &RunFolder, notes: &Notes, training: &Training<N>) -> Result<(), RunError> {
    let written = folder.write_notes(notes);
    written.and_then(|()| Ok(checkpoint::save(training, &folder.checkpoint())?)).map_err(
        |error| match error {
            // There is no run to resume yet.
            RunError::Write { path, source } => RunError::NotBegun { path, source },
            other => other,
        },
    )
}

impl<N: Saved> Run<N> {
    /// Begins a run: its folder is there afterwards, with a checkpoint. `lessons` is what is trained on instead of the training digits,
    /// for a recipe with scenes.
    ///
    /// # Errors
    /// [`RunError`]: the recipe is impossible, the folder used or not to be made, or the weights to begin with are none of this network.
    pub fn begin(
        network: N,
        wish: Wish,
        place: Place<'_>,
        digits: Digits,
        lessons: Option<Lessons>,
        workers: Arc<Workers>,
    ) -> Result<Self, RunError> {
        let train = taught(lessons.as_ref(), &digits);
        let training = Training::of(network, wish.recipe, wish.seed, train, wish.level)?;
        let mut training = training.with_strips(strips(lessons.as_ref()));
        let mut from_sha256 = None;
        if let Some(from) = &wish.from {
            let (parameters, hash) = trained(training.network(), from)?;
            training = training.starting_from(parameters);
            from_sha256 = Some(hash);
        }
        let folder = RunFolder::create(place, training.recipe())?;
        let notes = Notes {
            program: PROGRAM.to_string(),
            data: digits.again.clone(),
            test_fingerprint: digits.set.test.fingerprint(),
            from: wish.from.map(|from| from.display().to_string()),
            from_sha256,
            curve: wish.curve,
            test_errors: Vec::new(),
        };
        if let Err(error) = first_files(&folder, &notes, &training) {
            folder.give_up();
            return Err(error);
        }
        Ok(Run { folder, notes, digits, lessons, training, workers })
    }

    /// Goes on with an interrupted run, on the digits that it began with.
    ///
    /// # Errors
    /// [`RunError`]: other digits, or a damaged file.
    pub fn resume(
        network: N,
        folder: RunFolder,
        digits: Digits,
        lessons: Option<Lessons>,
        workers: Arc<Workers>,
    ) -> Result<Self, RunError> {
        let mut notes = folder::notes(folder.path())?;
        let train = taught(lessons.as_ref(), &digits);
        let training = checkpoint::load_of(network, &folder.checkpoint(), train)?;
        let training = training.with_strips(strips(lessons.as_ref()));
        if digits.set.test.fingerprint() != notes.test_fingerprint {
            return Err(RunError::OtherTest { path: folder.path().to_path_buf() });
        }
        // A test error may have been noted just before the power went and the checkpoint of its pass could be written.
        notes.test_errors.truncate(training.history().len());
        Ok(Run { folder, notes, digits, lessons, training, workers })
    }

    /// Its folder.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// The digits that it is measured on.
    pub fn digits(&self) -> &Digits {
        &self.digits
    }

    /// What it is trained on instead of the training digits, if it is.
    pub fn lessons(&self) -> Option<&Lessons> {
        self.lessons.as_ref()
    }

    /// What it began with, if not with parameters drawn by chance.
    pub fn from(&self) -> Option<&str> {
        self.notes.from.as_deref()
    }

    /// The training.
    pub fn training(&self) -> &Training<N> {
        &self.training
    }

    /// The threads that it has.
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Whether the test error is measured after every pass.
    pub fn has_curve(&self) -> bool {
        self.notes.curve
    }

    /// The test error after a pass (counted from 0) in %, if it was measured.
    pub fn test_percent(&self, pass: usize) -> Option<f64> {
        let errors = self.notes.test_errors.get(pass)?;
        Some(100.0 * *errors as f64 / self.digits.set.test.len() as f64)
    }

    /// Patterns of a pass.
    pub fn patterns(&self) -> usize {
        taught(self.lessons.as_ref(), &self.digits).len() - self.training.recipe().validation
    }

    /// Trains to the end (true) or until the callback says [`Flow::Stop`] (false); either way the run is saved.
    ///
    /// # Errors
    /// [`RunError`] when something can't be written.
    pub fn train(&mut self, tell: &mut dyn FnMut(Told<'_, N>) -> Flow) -> Result<bool, RunError> {
        while !self.training.is_finished() {
            let before = self.training.history().len();
            let train = taught(self.lessons.as_ref(), &self.digits);
            let mut flow = Flow::Continue;
            self.training.run(train, &self.workers, &mut |event| match event {
                Event::Progress { pass, seen, of } => {
                    flow = tell(Told::Progress { pass, seen, of });
                    flow
                }
                // To save the run after every pass.
                Event::PassEnd(_) => Flow::Stop,
            });
            if self.training.history().len() > before {
                self.end_pass()?;
                if tell(Told::Pass(self)) == Flow::Stop {
                    flow = Flow::Stop;
                }
            }
            checkpoint::save(&self.training, &self.folder.checkpoint())?;
            if flow == Flow::Stop && !self.training.is_finished() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Notes a pass that has just ended.
    fn end_pass(&mut self) -> Result<(), RunError> {
        let training = &self.training;
        if self.notes.curve {
            let (level, parameters) = (training.level(), training.parameters());
            let test = &self.digits.set.test;
            let test = evaluate_network(training.network(), level, parameters, test, &self.workers);
            self.notes.test_errors.push(test.errors());
            self.folder.write_notes(&self.notes)?;
        }
        self.folder.write_history(training.history(), &self.notes)
    }

    /// Measures the trained network and writes the files of the finished run, `result.json` last.
    ///
    /// # Errors
    /// [`RunError`] when something can't be written.
    pub fn finish(&self) -> Result<RunResult, RunError> {
        let Run { folder, notes, digits, training, workers, .. } = self;
        let (network, parameters, history) = (training.network(), training.parameters(), training.history());
        let measure = |set: &Split| evaluate_network(network, training.level(), parameters, set, workers);
        let (test, train) = (measure(&digits.set.test), measure(&digits.set.train));
        let seconds: f64 = history.iter().map(|pass| pass.seconds).sum();
        let presented: usize = history.iter().map(|pass| pass.patterns).sum();
        let passes = history.iter().enumerate();
        let last_pass = history.last().map_or(0.0, PassRecord::error_percent);
        // Of a set with scenes the digits themselves come first.
        let (trained_on, held_out) = result::parted(&train, training.held_out(), last_pass);
        let file = |name: &str| folder.path().join(name);
        let result = RunResult {
            program: PROGRAM.to_string(),
            run: folder.path().to_path_buf(),
            net: network.name().to_string(),
            recipe: training.recipe().clone(),
            seed: training.seed(),
            level: level::name(training.level()).to_string(),
            threads: Some(workers.threads()),
            from: notes.from.clone(),
            from_sha256: notes.from_sha256.clone(),
            data: digits.facts(),
            test: Score::from(&test),
            training: trained_on,
            held_out,
            seconds,
            patterns_per_second: presented as f64 / seconds.max(1e-9),
            history: passes
                .map(|(k, pass)| PassFacts {
                    record: pass.clone(),
                    test_errors: notes.test_errors.get(k).copied(),
                })
                .collect(),
            files: Files {
                weights: folder.weights(),
                recipe: file("recipe.toml"),
                history: file("history.csv"),
                confusion: file("confusion.png"),
                worst: file("worst.png"),
            },
        };
        let metadata = [
            ("program", PROGRAM.to_string()),
            ("recipe", training.recipe().to_toml()),
            ("seed", training.seed().to_string()),
            ("passes", history.len().to_string()),
            ("data", digits.set.name.clone()),
            ("test_error_percent", format!("{:.2}", test.error_percent())),
        ];
        weights::save_network(network, parameters, &metadata, &folder.weights())?;
        folder.write_history(history, notes)?;
        folder.write("confusion.png", &picture::png(&picture::confusion(&test.confusion)))?;
        folder.write("worst.png", &picture::png(&picture::worst(&digits.set.test, &test.worst())))?;
        let text = serde_json::to_string_pretty(&result).expect("a result is plain data");
        folder.write("result.json", (text + "\n").as_bytes())?;
        folder.remove_checkpoint();
        Ok(result)
    }
}
