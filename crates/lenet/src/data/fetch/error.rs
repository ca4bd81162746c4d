//! What can go wrong on the way from a mirror to the cache.

use std::io;
use std::path::PathBuf;

use crate::data::IdxError;
use crate::data::idx::MAX_BYTES;

use super::NAMES;

/// Why a data set could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no set of this name.
    #[error("no data set is called {name:?}; there are {}", NAMES.join(", "))]
    UnknownName {
        /// The name given.
        name: String,
    },
    /// The address of the proxy cannot be used.
    #[error(
        "the proxy address {proxy:?} cannot be used ({reason}); expected such as http://proxy.example:3128"
    )]
    Proxy {
        /// The address given.
        proxy: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The cache cannot be read or written.
    #[error("cannot write {}: {reason}; make room or name another cache directory", path.display())]
    Disk {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// No mirror had the file.
    #[error(
        "no mirror gave {file} of {set}:{}\ntry again later, or put the file into {} by hand",
        failures.iter().map(|(mirror, reason)| format!("\n  {mirror}: {reason}")).collect::<String>(),
        dir.display()
    )]
    AllMirrors {
        /// The file.
        file: String,
        /// The data set it belongs to.
        set: String,
        /// The directory that it should be in.
        dir: PathBuf,
        /// Every mirror and why it failed, in the order tried.
        failures: Vec<(String, Reason)>,
    },
}

/// Why one mirror failed.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The server was not reached, or did not speak HTTP or TLS as expected.
    #[error("{0}")]
    Network(String),
    /// The server was silent for too long.
    #[error("the server was silent for longer than allowed ({0})")]
    Silent(String),
    /// The server refused.
    #[error("the server answered with status {0} in place of the file")]
    Status(u16),
    /// The server sent another part of the file than was asked for.
    #[error("the server was asked for the bytes from {asked} on and answered with {answered:?}")]
    Range {
        /// First byte of the request.
        asked: u64,
        /// `Content-Range` of the answer.
        answered: String,
    },
    /// The connection ended in the middle, and trying again brought no more.
    #[error("the connection was cut after {received} bytes{} ({reason})", total.map_or(String::new(), |total| format!(" of {total}")))]
    Cut {
        /// Bytes so far.
        received: u64,
        /// Bytes in all, if the server told.
        total: Option<u64>,
        /// What the network says.
        reason: String,
    },
    /// The server sends without end.
    #[error("the server sent more than {MAX_BYTES} bytes, no data set is that large")]
    Endless,
    /// What came is not an IDX file of the right kind, or damaged.
    #[error("what came is of no use: {0}")]
    NotData(IdxError),
    /// What came is an IDX file, but not the published one.
    #[error("what came is another file: SHA-256 {found}, expected {expected}")]
    Hash {
        /// Hash of what came.
        found: String,
        /// Hash of the published gzip file.
        expected: String,
    },
    /// The archive is damaged or has another content.
    #[error("cannot take {member} out of the archive: {reason}")]
    Archive {
        /// Its name.
        member: String,
        /// What the zip reader says.
        reason: String,
    },
}

impl From<IdxError> for Reason {
    fn from(problem: IdxError) -> Reason {
        Reason::NotData(problem)
    }
}
