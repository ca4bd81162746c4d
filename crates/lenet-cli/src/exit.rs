//! What the program's exit code says. Nowhere else is there a number for it.

use std::fmt;
use std::process::ExitCode;

use crate::term::Closed;

/// How the program ends; the numbers are documented in `lenet --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Success = 0,
    /// Something could not be done: a file, the network, the content of an input.
    Failure = 1,
    /// The command line asks for something that does not exist.
    Usage = 2,
    /// Stopped by Ctrl-C or SIGTERM; a training run can be resumed.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

impl Exit {
    /// The exit code of an error that reached `main`, and whether it is worth a message.
    pub(crate) fn of(error: &anyhow::Error) -> (Exit, bool) {
        if error.is::<Closed>() {
            (Exit::Success, false)
        } else if error.is::<Usage>() {
            (Exit::Usage, true)
        } else {
            (Exit::Failure, true)
        }
    }
}

/// A value on the command line that names nothing we have.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}
