//! MNIST, when it is asked for: it lies compressed in the program, and unpacked it would be most of the memory of an idle server.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use lenet::data::Dataset;

/// How long it is kept after it was last used.
const KEPT: Duration = Duration::from_secs(60);

/// The digits, if they are unpacked at the moment.
#[derive(Default)]
pub(crate) struct Digits(Mutex<Option<(Arc<Dataset>, Instant)>>);

impl Digits {
    /// The digits; unpacking takes half a second, so never on a thread that answers.
    pub(crate) fn get(&self) -> Arc<Dataset> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let digits = match kept.take() {
            Some((digits, _)) => digits,
            None => Arc::new(Dataset::bundled()),
        };
        *kept = Some((digits.clone(), Instant::now()));
        digits
    }

    /// Lets go of them if nobody has used them for a while.
    pub(crate) fn tidy(&self) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take_if(|(_, used)| used.elapsed() > KEPT);
    }
}
