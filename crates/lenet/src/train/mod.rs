//! Training: recipe in, events and a trained network out.
//!
//! A *pass* is one sweep over the training set (the paper's word). The library neither prints nor watches the
//! clock of a user: [`Training::run`] reports [`Event`]s, and what the callback answers decides whether it goes on.
//!
//! ```
//! use lenet::data::Split;
//! use lenet::kernels::level::Level;
//! use lenet::train::{Flow, Recipe, Training};
//! use lenet::workers::Workers;
//!
//! // Two white "digits" are enough to show the calls; `Dataset::bundled()` has the real ones.
//! let train = Split { images: vec![[0; 784]; 2], labels: vec![3, 3] };
//! let recipe = Recipe { passes: 1, ..Recipe::paper_1998() };
//! let mut training = Training::new(recipe, 1, &train, Level::new())?;
//! let finished = training.run(&train, &Workers::all()?, &mut |_event| Flow::Continue);
//! assert!(finished && training.history().len() == 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod schedule;
mod fields;
mod optimiser;
mod recipe;
mod known;
mod event;
mod muon;
mod order;
mod network;
mod presented;
mod wanted;
mod scene;
mod piece;
mod sdlm;
mod batch;
mod run;
pub mod checkpoint;

pub use batch::mean_gradient;
pub use event::{Event, Flow, PassRecord};
pub use fields::RecipeError;
pub use network::{Network, Values};
pub use optimiser::{Batch, Curvature, Optimiser, Pooled, Rule, Sdlm, Stage};
pub use order::presentation_order;
pub use presented::Presented;
pub use recipe::Recipe;
pub use run::Training;
pub use scene::Scene;
pub use schedule::Schedule;
