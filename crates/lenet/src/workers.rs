//! The threads that share a batch: a pool that is entered once per pass, with a place for each worker's own work space.
//!
//! How many there are never changes a result: what is summed up, and in which order, follows from the batch alone.
//!
//! ```
//! use lenet::workers::Workers;
//!
//! assert_eq!(Workers::new(2)?.threads(), 2);
//! assert!(Workers::all()?.threads() >= 1);
//! # Ok::<(), lenet::workers::WorkersError>(())
//! ```

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use thiserror::Error;

/// A number of threads that live as long as this value.
pub struct Workers(ThreadPool);

/// The system grants no threads.
#[derive(Debug, Error)]
#[error("{threads} threads can't be started: {source}; ask for fewer")]
pub struct WorkersError {
    threads: usize,
    source: ThreadPoolBuildError,
}

impl Workers {
    /// So many threads; 0 counts as 1.
    ///
    /// # Errors
    /// [`WorkersError`] when the system refuses to start them.
    pub fn new(threads: usize) -> Result<Self, WorkersError> {
        let threads = threads.max(1);
        let builder = ThreadPoolBuilder::new().num_threads(threads).thread_name(|k| format!("lenet-{k}"));
        builder.build().map(Workers).map_err(|source| WorkersError { threads, source })
    }

    /// As many threads as the system grants this process cores.
    ///
    /// # Errors
    /// [`WorkersError`] when the system refuses to start them.
    pub fn all() -> Result<Self, WorkersError> {
        Self::new(available_parallelism().map_or(1, usize::from))
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.0.current_num_threads()
    }

    /// Does `work` for 0, 1 and so on, `count` times on all threads together, begun in this order.
    pub fn each(&self, count: usize, work: impl Fn(usize) + Sync) {
        let next = AtomicUsize::new(0);
        self.0.broadcast(|_| {
            loop {
                let k = next.fetch_add(1, Ordering::Relaxed);
                if k >= count {
                    break;
                }
                work(k);
            }
        });
    }

    /// Runs `work` on one of the threads, from where it can share out parts to the others for a fraction of a microsecond.
    pub(crate) fn enter<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.0.install(work)
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").field("threads", &self.threads()).finish()
    }
}

/// One of something for each worker.
#[derive(Debug)]
pub(crate) struct PerWorker<T>(Vec<Mutex<T>>);

impl<T> PerWorker<T> {
    /// Makes one for each.
    pub(crate) fn new(workers: &Workers, make: impl Fn() -> T) -> Self {
        PerWorker((0..workers.threads()).map(|_| Mutex::new(make())).collect())
    }

    /// For how many workers.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The one of the worker that asks. Nobody else asks for it, so there is never a wait.
    pub(crate) fn mine(&self) -> MutexGuard<'_, T> {
        let worker = rayon::current_thread_index().unwrap_or(0);
        self.0[worker].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
