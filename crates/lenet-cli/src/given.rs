//! Files that were named: the bytes of those that are read, or of standard input; the names of those that are written.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use anyhow::{Context, bail};

use crate::exit::Usage;

/// What stands in a file, or on standard input for `-`: the first `most` bytes of it.
pub(crate) fn bytes(file: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let stdin = file == Path::new("-");
    if !stdin && file.is_dir() {
        let folder = file.display();
        bail!("this is a folder, expected a picture; `lenet read {folder}` reads the pictures in it");
    }
    let read = if stdin {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        fs::File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    if read.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        if file.is_symlink() {
            bail!("this link leads to a file that is not there; mend the link or leave it out");
        }
        bail!("there is no such file; give pictures, or `-` for one on standard input");
    }
    read.context("the file can't be read")?;
    if stdin && bytes.is_empty() {
        bail!(
            "standard input is empty, expected a picture: write `< FILE` after the command, or pipe one to it"
        );
    }
    Ok(bytes)
}

/// That a picture to be written has a name that says what it is.
pub(crate) fn is_png(flag: &str, out: &Path) -> Result<(), Usage> {
    if out.extension().is_some_and(|end| end.eq_ignore_ascii_case("png")) {
        return Ok(());
    }
    Err(Usage(format!("{flag} {}: the picture is a PNG; give a name that ends in .png", out.display())))
}
