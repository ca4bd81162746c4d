//! Writing files so that nothing is ever half there.
//!
//! ```
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("weights.safetensors");
//! lenet::files::write_atomically(&path, b"60,000 numbers")?;
//! assert_eq!(std::fs::read(&path)?, b"60,000 numbers");
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// What the names of files that are being written begin with: of no other program's, since [`remove_halves`] deletes them.
const HALF: &str = ".lenet-half-";

/// Writes a file under a temporary name beside it, flushes it to the disk, then renames it: whoever reads `path`
/// sees the old content or the new one, even if the power fails in between.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(HALF);
    // As for any new file, less what the user's umask takes away; the default of temporary files is 0600.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(|error| without_temporary_name(&error, folder))?;
    // To the file itself: errors of its wrapper have the temporary name in them.
    file.as_file_mut().write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Why no file can be made in the folder, without the name that only this module knows.
fn without_temporary_name(error: &io::Error, folder: &Path) -> io::Error {
    let folder = folder.display();
    let said = match error.kind() {
        ErrorKind::NotFound => format!("the folder {folder} is not there"),
        ErrorKind::NotADirectory => format!("{folder} is no folder"),
        other => format!("no file can be made in the folder {folder}: {other}"),
    };
    io::Error::new(error.kind(), said)
}

/// Removes from a folder what [`write_atomically`] had half written when the process was killed, and nothing else. Only for whom the
/// folder belongs to: another process may be writing at this moment.
pub(crate) fn remove_halves(folder: &Path) {
    for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if file.file_name().to_string_lossy().starts_with(HALF) {
            // One that stays does no harm.
            let _ = std::fs::remove_file(file.path());
        }
    }
}

/// Makes a rename in the folder last. Only Unix lets a folder be flushed.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        write_atomically(&path, b"old and long").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), b"x").unwrap();
        let error = write_atomically(&folder.path().join("file/weights"), b"x").unwrap_err().to_string();
        assert!(error.contains("file") && !error.contains(HALF), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_may_be_read_by_whom_the_umask_lets() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        write_atomically(&folder.path().join("ours"), b"x").unwrap();
        std::fs::write(folder.path().join("usual"), b"x").unwrap();
        let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode("ours"), mode("usual"));
    }

    #[test]
    fn halves_are_removed_and_files_of_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let half =
            tempfile::Builder::new().prefix(HALF).tempfile_in(folder.path()).unwrap().keep().unwrap().1;
        for name in [".tmpdata.npy", ".tmpAb3dE9", "lenet-half-"] {
            std::fs::write(folder.path().join(name), "theirs").unwrap();
        }
        remove_halves(folder.path());
        assert!(!half.exists());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_missing_folder_is_an_error_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_atomically(&folder.path().join("missing/weights"), b"x").unwrap_err();
        let missing = folder.path().join("missing");
        assert_eq!(error.to_string(), format!("the folder {} is not there", missing.display()));
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
