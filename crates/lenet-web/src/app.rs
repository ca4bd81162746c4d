//! All routes, and what they share.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use lenet::kernels::level::Level;
use lenet::workers::Workers;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tower_http::catch_panic::CatchPanicLayer;

use crate::ServeError;
use crate::counts::Counts;
use crate::digits::Digits;
use crate::guard::{self, Guard};
use crate::networks::{Net, Networks};
use crate::refusal::Refusal;
use crate::routes;
use crate::training::Runs;

/// What is served, and to whom.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of training runs.
    pub runs: PathBuf,
    /// Weights that are taken unless a request names others: a weights file or the folder of a run.
    pub weights: Option<PathBuf>,
    /// Threads of the arithmetic; 0 is one for each core.
    pub threads: usize,
    /// The level of vector instructions.
    pub level: Level,
    /// What every request but that for the page must bring, unless only this machine can ask.
    pub token: Option<String>,
    /// A name of this machine that requests may call it by, besides `localhost` and addresses.
    pub name: Option<String>,
    /// How long a request's headers may take, and how long a connection may be idle.
    pub header_time: Duration,
    /// How long a body may take, and how long a client may take nothing of its answer.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            runs: PathBuf::from("runs"),
            weights: None,
            threads: 0,
            level: Level::new(),
            token: None,
            name: None,
            header_time: Duration::from_secs(15),
            patience: Duration::from_secs(30),
        }
    }
}

/// What all requests share.
pub struct App {
    pub(crate) level: Level,
    pub(crate) workers: Arc<Workers>,
    pub(crate) networks: Networks,
    pub(crate) digits: Digits,
    pub(crate) guard: Guard,
    /// As many pictures are read at a time as there are threads.
    places: Semaphore,
    pub(crate) runs: Runs,
    /// Whether the server is about to end.
    closing: watch::Sender<bool>,
    pub(crate) header_time: Duration,
    pub(crate) patience: Duration,
    /// Requests that have begun and have no answer yet.
    begun: AtomicUsize,
    pub(crate) counts: Arc<Counts>,
}

impl App {
    /// Loads what is needed at once: the weights that the options name.
    ///
    /// # Errors
    /// [`ServeError`] when they can't be used or the system grants no threads.
    pub fn new(options: Options) -> Result<Arc<Self>, ServeError> {
        let workers = match options.threads {
            0 => Workers::all()?,
            threads => Workers::new(threads)?,
        };
        Ok(Arc::new(App {
            level: options.level,
            places: Semaphore::new(workers.threads()),
            workers: Arc::new(workers),
            networks: Networks::new(options.runs.clone(), options.weights.as_deref())?,
            runs: Runs::new(options.runs),
            closing: watch::channel(false).0,
            header_time: options.header_time,
            patience: options.patience,
            begun: AtomicUsize::new(0),
            digits: Digits::default(),
            counts: Arc::new(Counts::new()),
            guard: Guard::new(options.token, options.name),
        }))
    }

    /// All routes, with whoever may not ask refused.
    pub fn router(self: &Arc<Self>) -> Router {
        let (routes, _) = routes::all();
        routes
            .with_state(self.clone())
            .layer(CatchPanicLayer::custom(broken))
            .layer(middleware::from_fn_with_state(self.clone(), guard::check))
    }

    /// Does what takes milliseconds or more where it holds up no other request, and not more of it at a time than there are cores.
    pub(crate) async fn work<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(&App) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let app = self.clone();
        let _place = self.places.acquire().await.map_err(Refusal::ours)?;
        spawn_blocking(move || work(&app))
            .await
            .map_err(|_| Refusal::ours("the work broke off; try again"))?
    }

    /// Counts a request until what is returned is dropped.
    pub(crate) fn count(&self) -> Begun<'_> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Begun(&self.begun)
    }

    /// Requests that have begun and have no answer yet.
    pub(crate) fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Lets go of what has not been used for a while.
    pub(crate) fn tidy(&self) {
        self.digits.tidy();
        self.counts.tidy();
    }

    /// Becomes true when the server is about to end.
    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// The server is about to end: whatever would go on for ever ends now, and the run in training is saved.
    pub(crate) async fn end(&self) {
        self.closing.send_replace(true);
        if let Some(current) = self.runs.current() {
            Runs::stop(&current).await;
        }
    }

    /// A network by name, which may have to be loaded.
    pub(crate) async fn net(self: &Arc<Self>, name: Option<String>) -> Result<Arc<Net>, Refusal> {
        if let Some(net) = self.networks.at_hand(name.as_deref()) {
            return Ok(net.clone());
        }
        self.clone().work(move |app| app.networks.get(name.as_deref())).await
    }
}

/// A request that has begun.
pub(crate) struct Begun<'a>(&'a AtomicUsize);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The answer where a route broke: it says so instead of hanging up.
fn broken(_: Box<dyn Any + Send>) -> Response {
    Refusal::ours("this request broke the server's route; please report it").into_response()
}
