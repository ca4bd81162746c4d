//! The page and the HTTP interface of LeNet-5: draw, look inside, watch it train, and answer other programs.
//!
//! One process, one origin, no network needed: the page is inside the program. [`serve`] answers on a listener until it is told to
//! stop, finishes what it began, and returns.
//!
//! | module | what happens there |
//! |---|---|
//! | `listen`, `patient` | connections: limits, time-outs, the end |
//! | `guard` | who may ask: host, origin, token; headers of every answer |
//! | `app` | all routes, and what they share |
//! | `networks` | the networks that can be asked for, by name |
//! | `engine` | one thread that answers all who wait, together |
//! | `training`, `feed` | the run in training, and what it tells |
//! | `digits` | MNIST, when it is asked for |
//! | `counts` | what Prometheus asks for |
//! | `api` | the description of all routes |
//! | `routes` | a file for each group of routes |
//! | `body`, `numbers`, `refusal` | requests in, numbers out, and why not |
//! | [`bodies`] | how the routes read bodies, without a server |
//!
//! ```no_run
//! use std::net::TcpListener;
//!
//! use lenet_web::{App, Options, ServeError};
//!
//! let listener = TcpListener::bind("127.0.0.1:8098")?;
//! lenet_web::serve(App::new(Options::default())?, listener, std::thread::park)?;
//! # Ok::<(), ServeError>(())
//! ```

mod refusal;
mod numbers;
mod body;
mod digits;
mod counts;
mod networks;
mod engine;
mod feed;
mod training;
mod app;
mod api;
mod routes;
pub mod bodies;
mod guard;
mod patient;
mod listen;

use std::path::PathBuf;

use lenet::export::weights::WeightsError;
use thiserror::Error;

pub use app::{App, Options};
pub use guard::token;
pub use listen::{address, serve};

/// Why there is no server, or not any more.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The weights that were named.
    #[error(transparent)]
    Weights(Box<WeightsError>),
    /// A file that should say how a run was trained.
    #[error("{}: {reason}", path.display())]
    Run {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The threads of the arithmetic.
    #[error(transparent)]
    Workers(#[from] lenet::workers::WorkersError),
    /// Sockets, threads, random numbers: what the system refused.
    #[error("the system refuses: {0}")]
    System(#[from] std::io::Error),
}

impl From<WeightsError> for ServeError {
    fn from(error: WeightsError) -> Self {
        ServeError::Weights(Box::new(error))
    }
}
