//! What a run in training tells to whoever listens: passes are kept for who comes late, progress is not.

use std::sync::{Mutex, PoisonError};

use lenet::train::PassRecord;
use serde_json::{Value, json};
use tokio::sync::broadcast;

/// Messages that a slow listener may be behind.
const BEHIND: usize = 256;

/// Name and data of an event.
pub(crate) type Message = (&'static str, String);

/// One run's events.
pub(crate) struct Feed {
    told: Mutex<Told>,
    sender: broadcast::Sender<Message>,
}

#[derive(Default)]
struct Told {
    passes: Vec<PassRecord>,
    /// Those of the last pass.
    weights: Value,
    /// How it ended.
    end: Option<Message>,
}

impl Feed {
    pub(crate) fn new() -> Self {
        Feed { told: Mutex::default(), sender: broadcast::channel(BEHIND).0 }
    }

    /// The passes of a run that goes on, before anybody listens.
    pub(crate) fn begin(&self, passes: &[PassRecord], weights: Value) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        (told.passes, told.weights) = (passes.to_vec(), weights);
    }

    /// Whoever listens is told; that nobody does is no error.
    pub(crate) fn progress(&self, data: &Value) {
        let _ = self.sender.send(("progress", data.to_string()));
    }

    pub(crate) fn pass(&self, record: &PassRecord, weights: Value) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.sender.send(pass(record, &weights));
        told.passes.push(record.clone());
        told.weights = weights;
    }

    pub(crate) fn end(&self, name: &'static str, data: &Value) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let message = (name, data.to_string());
        let _ = self.sender.send(message.clone());
        told.end = Some(message);
    }

    /// All that has been told so far, and what is told from now on, if it has not ended.
    pub(crate) fn listen(&self) -> (Vec<Message>, Option<broadcast::Receiver<Message>>) {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = passes(&told.passes, &told.weights);
        before.extend(told.end.clone());
        (before, told.end.is_none().then(|| self.sender.subscribe()))
    }

    /// The passes that are over.
    pub(crate) fn history(&self) -> Vec<PassRecord> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).passes.clone()
    }
}

/// An event for each pass; only the last has weights.
pub(crate) fn passes(history: &[PassRecord], weights: &Value) -> Vec<Message> {
    let last = history.len().wrapping_sub(1);
    let weights_of = |k| if k == last { weights } else { &Value::Null };
    history.iter().enumerate().map(|(k, record)| pass(record, weights_of(k))).collect()
}

fn pass(record: &PassRecord, weights: &Value) -> Message {
    ("pass", json!({ "record": record, "weights": weights }).to_string())
}
