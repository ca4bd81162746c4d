//! Data sets from public mirrors into a directory of the caller's choice, checked to the last byte.
//!
//! What lands under a final name is complete and is the published file: a download grows in a `.part` file (which a
//! later call resumes), its hash is compared with [`known`](super::known), and only then it is renamed. A mirror
//! that fails in any way gives way to the next; if none is left, the error tells what each of them did.
//! Files are kept as published, under the four standard names: what is special about a set (QMNIST's extended
//! labels, EMNIST's images on their side) is put right by [`Dataset::from_dir`](super::Dataset::from_dir).
//!
//! The addresses are those in public sources (PyTorch's torchvision, TensorFlow Datasets, the authors' own
//! repositories); mirrors come and go, which is why MNIST itself comes with the program.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use lenet::data::Dataset;
//! use lenet::data::fetch::{Options, Source, fetch};
//!
//! let source = Source::named("qmnist")?;
//! let dir = fetch(&source, Path::new("cache"), &Options::default(), &mut |progress| {
//!     println!("{}: {} bytes", progress.file, progress.received);
//! })?;
//! let digits = Dataset::from_dir(dir)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod error;
mod http;
mod sources;

use super::idx::{self, MAX_BYTES};
use super::known::{Known, Published, Role, sha256};
pub use error::{FetchError, Reason};
use http::Trouble;
pub use sources::{Mirror, NAMES, Source};

/// How to reach the mirrors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Time for finding and reaching a server.
    pub connect: Duration,
    /// The longest silence of a server that is borne. The whole may take as long as it likes.
    pub idle: Duration,
    /// Address of an HTTP or SOCKS proxy, such as `http://proxy.example:3128`. The library does not look for one.
    pub proxy: Option<String>,
}

impl Default for Options {
    /// 15 s to connect, 30 s of silence, no proxy.
    fn default() -> Options {
        Options { connect: Duration::from_secs(15), idle: Duration::from_secs(30), proxy: None }
    }
}

/// How far a download has come; reported after every few kilobytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Name of the file that is being made.
    pub file: &'a str,
    /// Where it comes from.
    pub url: &'a str,
    /// Bytes so far, those of an interrupted download included.
    pub received: u64,
    /// Bytes in all, if the server tells.
    pub total: Option<u64>,
}

/// Makes the files of `source` present in `cache_dir`/NAME and returns that directory.
///
/// Files that are there already and have the right hash are not downloaded again, so the second call needs no
/// network. Several processes may call it at once: one downloads, the others wait.
///
/// # Errors
///
/// [`FetchError::AllMirrors`] if no mirror had one of the files, with the reason of each; the others tell of a
/// directory that cannot be written or a proxy address that is none.
pub fn fetch(
    source: &Source,
    cache_dir: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<PathBuf, FetchError> {
    let dir = cache_dir.join(source.known.name.as_ref());
    fs::create_dir_all(&dir).map_err(|reason| FetchError::Disk { path: dir.clone(), reason })?;
    let lock = dir.join(".lock");
    let lock = File::create(&lock).map_err(|reason| FetchError::Disk { path: lock, reason })?;
    // Some network file systems have no locks. Two downloads into one file are then found out by the hash.
    let _ = lock.lock();

    let mut job = Job { dir: &dir, agent: http::agent(options)?, archives: Vec::new(), progress };
    for (n, role) in Role::ALL.into_iter().enumerate() {
        job.file(&source.known, role, &source.known.files[n], &source.mirrors[n])?;
    }
    // Archives are large and what was wanted of them has been taken out; one that stays does no harm.
    for archive in job.archives {
        let _ = fs::remove_file(archive);
    }
    Ok(dir)
}

struct Job<'a> {
    dir: &'a Path,
    agent: ureq::Agent,
    /// Archives that were opened for one file and may serve the next.
    archives: Vec<PathBuf>,
    progress: &'a mut dyn FnMut(Progress<'_>),
}

impl Job<'_> {
    /// One file, from the first mirror that has it.
    fn file(
        &mut self,
        set: &Known,
        role: Role,
        published: &Published,
        mirrors: &[Mirror],
    ) -> Result<(), FetchError> {
        let name = format!("{}.gz", role.file_name());
        let file = self.dir.join(&name);
        if idx::read(&file).is_ok_and(|stored| check(&stored, published, role).is_ok()) {
            return Ok(());
        }
        let mut failures = Vec::new();
        for mirror in mirrors {
            let result = match mirror {
                Mirror::File { url } => self.download(url, &name, published, role),
                Mirror::Member { archive, member } => self.extract(archive, member, &name, published, role),
            };
            match result {
                Ok(()) => return Ok(()),
                Err(Trouble::Mirror(reason)) => failures.push((mirror.to_string(), reason)),
                Err(Trouble::Here(error)) => return Err(error),
            }
        }
        let set = set.name.to_string();
        Err(FetchError::AllMirrors { file: name, set, dir: self.dir.into(), failures })
    }

    fn download(&mut self, url: &str, name: &str, published: &Published, role: Role) -> Result<(), Trouble> {
        let part = self.dir.join(format!("{name}.part"));
        loop {
            let resumed = http::length(&part) > 0;
            http::download(&self.agent, url, &part, name, self.progress)?;
            let stored = fs::read(&part).map_err(Trouble::here(&part))?;
            match check(&stored, published, role) {
                Ok(()) => return publish(&part, &self.dir.join(name)),
                Err(reason) => {
                    fs::remove_file(&part).map_err(Trouble::here(&part))?;
                    // The beginning may be of another mirror or day: this one deserves a clean try.
                    if !resumed {
                        return Err(reason.into());
                    }
                }
            }
        }
    }

    fn extract(
        &mut self,
        url: &str,
        member: &str,
        name: &str,
        published: &Published,
        role: Role,
    ) -> Result<(), Trouble> {
        let archive_name = url.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("archive.zip");
        let archive = self.dir.join(archive_name);
        loop {
            let before = archive.exists();
            if !before {
                let part = self.dir.join(format!("{archive_name}.part"));
                http::download(&self.agent, url, &part, archive_name, self.progress)?;
                publish(&part, &archive)?;
            }
            match unpack(&archive, member).and_then(|stored| check(&stored, published, role).map(|()| stored))
            {
                Ok(stored) => {
                    let part = self.dir.join(format!("{name}.part"));
                    fs::write(&part, stored).map_err(Trouble::here(&part))?;
                    if !self.archives.contains(&archive) {
                        self.archives.push(archive);
                    }
                    return publish(&part, &self.dir.join(name));
                }
                Err(reason) => {
                    fs::remove_file(&archive).map_err(Trouble::here(&archive))?;
                    if !before {
                        return Err(reason.into());
                    }
                }
            }
        }
    }
}

/// Is this the published file?
fn check(stored: &[u8], published: &Published, role: Role) -> Result<(), Reason> {
    // Read before hashed, because "a web page was saved" says more than two hashes.
    let content = idx::content(stored, role.kind())?;
    match published.fits(stored, &content) {
        true => Ok(()),
        false => {
            Err(Reason::Hash { found: sha256(stored), expected: published.gz_sha256.clone().into_owned() })
        }
    }
}

/// The bytes of a member of a zip archive, in whichever folder it is.
fn unpack(archive: &Path, member: &str) -> Result<Vec<u8>, Reason> {
    let failed = |reason: String| Reason::Archive { member: member.into(), reason };
    let damaged = |error: zip::result::ZipError| failed(error.to_string());
    let file = File::open(archive).map_err(|error| failed(error.to_string()))?;
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    let path = {
        let mut paths = archive.file_names().filter_map(Result::ok).map(|path| path.into_owned());
        paths.find(|path| path.rsplit('/').next() == Some(member))
    };
    let path = path.ok_or_else(|| failed("it has no such file".into()))?;
    let mut stored = Vec::new();
    let file = archive.by_name(&path).map_err(damaged)?;
    file.take(MAX_BYTES).read_to_end(&mut stored).map_err(|error| failed(error.to_string()))?;
    Ok(stored)
}

/// Gives a complete file its final name, so that a crash leaves either none or all of it.
fn publish(part: &Path, file: &Path) -> Result<(), Trouble> {
    File::options().write(true).open(part).and_then(|file| file.sync_all()).map_err(Trouble::here(part))?;
    fs::rename(part, file).map_err(Trouble::here(file))?;
    // Windows cannot open a directory for this and makes the renaming last by itself.
    #[cfg(unix)]
    if let Some(dir) = file.parent() {
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(Trouble::here(dir))?;
    }
    Ok(())
}
