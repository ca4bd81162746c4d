//! The paper's tables and figures, measured anew and set beside the paper's values.
//!
//! An [`Experiment`] is a claim in one sentence and what must be done to see whether it holds. It gets a [`Laboratory`], which
//! has the digits and trains networks, and comes to an [`Outcome`]: a [`Judgement`], a verdict in words, tables and figures as
//! plain data. The [`page`] is made from outcomes only, so that it can be drawn again without training anything. A [`Folder`]
//! keeps outcomes, so that no experiment runs twice.
//!
//! Another experiment is another file here, and a line in [`ALL`].
//!
//! ```
//! use lenet::data::{Dataset, Split};
//! use lenet::experiments::{Budget, Judgement, Laboratory, find};
//! use lenet::kernels::level::Level;
//! use lenet::train::Flow;
//! use lenet::workers::Workers;
//!
//! let white = |count| Split { images: vec![[0; 784]; count], labels: vec![3; count] };
//! let digits = Dataset { name: "white paper".to_string(), train: white(200), test: white(50) };
//! let (workers, mut go_on) = (Workers::all()?, |_: &_| Flow::Continue);
//! let mut laboratory = Laboratory::new(&digits, Budget::Quick, Level::new(), &workers, &mut go_on)?;
//! let outcome = find("layers").unwrap().run(&mut laboratory)?;
//! assert!(outcome.judgement == Judgement::Holds && outcome.verdict.contains("340,908"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod outcome;
mod judgement;
mod laboratory;
mod training;
mod words;
mod gallery;
pub mod page;
mod folder;

mod layers;
mod fig_5;
mod fig_6;
mod fig_8;
mod fig_10;
mod fig_13;
mod others;
mod variants;
mod fig_9;
mod boosted;
mod parameters;
mod topology;
mod shifts;
mod table_i;
mod sub_sampling;
mod input_size;
mod squashing;
mod codes;
mod criterion;
mod fig_25;

pub use folder::{Folder, FolderError, Kept, Settings};
pub use judgement::Judgement;
pub use laboratory::{Budget, Laboratory, Progress, TooFewDigits, Unfinished};
pub use outcome::{Content, Figure, Gallery, Outcome, Picture, Table};
pub use training::{Job, Trained};

/// Whose a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The paper makes it, if not in these words.
    Paper,
    /// We do: it follows from the paper, or is said of LeNet-5 since.
    Ours,
}

impl Origin {
    /// In words, for the report.
    pub fn words(self) -> &'static str {
        match self {
            Origin::Paper => "the paper's",
            Origin::Ours => "ours",
        }
    }
}

/// A claim, and the way to see whether it holds.
#[derive(Debug)]
pub struct Experiment {
    /// Its name on the command line and in files: small letters, digits and hyphens.
    pub name: &'static str,
    /// Its heading.
    pub title: &'static str,
    /// The claim, in one sentence.
    pub claim: &'static str,
    /// Whose it is.
    pub origin: Origin,
    /// What the paper says, with the page.
    pub paper: &'static str,
    /// Raised when what it does or shows is changed: outcomes of another version are not kept.
    pub version: u32,
    run: fn(&mut Laboratory<'_>) -> Result<Outcome, Unfinished>,
}

impl Experiment {
    /// Does it.
    ///
    /// # Errors
    /// [`Unfinished::Stopped`] when the laboratory's callback says so; what has been trained is kept if the laboratory has a
    /// folder for it. [`Unfinished`] else when that folder can't be written or nothing can be trained.
    pub fn run(&self, laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
        (self.run)(laboratory)
    }
}

/// All experiments, in the order of the report.
pub const ALL: [&Experiment; 18] = [
    &layers::EXPERIMENT,
    &fig_5::EXPERIMENT,
    &fig_6::EXPERIMENT,
    &fig_8::EXPERIMENT,
    &fig_9::EXPERIMENT,
    &boosted::EXPERIMENT,
    &fig_10::EXPERIMENT,
    &fig_13::EXPERIMENT,
    &parameters::EXPERIMENT,
    &topology::EXPERIMENT,
    &shifts::EXPERIMENT,
    &table_i::EXPERIMENT,
    &sub_sampling::EXPERIMENT,
    &input_size::EXPERIMENT,
    &squashing::EXPERIMENT,
    &codes::EXPERIMENT,
    &criterion::EXPERIMENT,
    &fig_25::EXPERIMENT,
];

/// The experiment of that name.
pub fn find(name: &str) -> Option<&'static Experiment> {
    ALL.into_iter().find(|experiment| experiment.name == name)
}
