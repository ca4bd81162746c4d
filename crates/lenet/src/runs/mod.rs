//! Training runs as folders: begun, interrupted, resumed, finished, and read again by whoever wants to know.
//!
//! A run's folder has recipe.toml, run.json (what must be remembered beside it), history.csv, and while it goes on
//! checkpoint.safetensors; at the end weights.safetensors, confusion.png, worst.png and, written last, result.json.
//!
//! ```
//! use std::sync::Arc;
//!
//! use lenet::data::{Dataset, Split};
//! use lenet::kernels::level::Level;
//! use lenet::net::LENET5;
//! use lenet::runs::{Digits, Place, Run, RunFolder, Wish};
//! use lenet::train::{Flow, Recipe};
//! use lenet::workers::Workers;
//!
//! let few = Split { images: vec![[0; 784]; 20], labels: vec![3; 20] };
//! let set = Arc::new(Dataset { name: "unknown".into(), train: few.clone(), test: few });
//! let digits = Digits { set, source: "memory".into(), again: None };
//! let folder = tempfile::tempdir()?;
//!
//! let recipe = Recipe { passes: 1, ..Recipe::fast() };
//! let wish = Wish { recipe, seed: 1, level: Level::new(), from: None, curve: false };
//! let place = Place::In { folder: folder.path(), net: None, seed: Some(1) };
//! let mut run = Run::begin(LENET5, wish, place, digits, None, Arc::new(Workers::all()?))?;
//! assert!(run.train(&mut |_| Flow::Continue)?);
//! let result = run.finish()?;
//! assert_eq!(RunFolder::result_of(run.folder().path())?.test.errors, result.test.errors);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod changed;
mod folder;
mod result;
mod run;

pub use error::RunError;
pub use folder::{Notes, Place, RunFolder, SHIPPED, Stand, newest, notes, stand, weights};
pub use result::{
    DataFacts, Files, HeldOutScore, Misread, PROGRAM, PassFacts, RunResult, Score, TrainingScore,
};
pub use run::{Digits, Run, Told, Wish};
