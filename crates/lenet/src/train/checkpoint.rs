//! Saving a run in progress.
