//! Ctrl-C and SIGTERM: the first asks the run to stop, the second stops the program at once.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use anyhow::Context;

use crate::exit::Exit;

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on a signal does not kill the program but makes [`asked`] true. Files are safe from the second one too,
/// since each is written under a temporary name first.
pub(crate) fn watch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            process::exit(Exit::Interrupted as i32);
        }
    })
    .context("Ctrl-C can't be watched")
}

/// The same for who has nothing to look at meanwhile: what is returned waits for the first signal.
pub(crate) fn wait() -> anyhow::Result<impl FnOnce() + Send + 'static> {
    let (told, asked) = mpsc::channel();
    ctrlc::set_handler(move || {
        if ASKED.swap(true, Ordering::Relaxed) {
            process::exit(Exit::Interrupted as i32);
        }
        let _ = told.send(());
    })
    .context("Ctrl-C can't be watched")?;
    Ok(move || {
        let _ = asked.recv();
    })
}

/// Whether somebody asked us to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
