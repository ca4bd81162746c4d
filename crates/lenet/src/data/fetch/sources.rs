//! Where the known data sets can be had.

use std::fmt;

use super::FetchError;
use crate::data::known::{KNOWN, Known, Role};

/// The data sets that [`Source::named`] knows.
pub const NAMES: [&str; 5] = ["mnist", "fashion-mnist", "kmnist", "qmnist", "emnist-digits"];

/// A data set and the places that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name and the hashes of its files.
    pub known: Known,
    /// For each file, in the order of [`Role::ALL`], where to try, best first.
    pub mirrors: [Vec<Mirror>; 4],
}

/// A place that has one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mirror {
    /// The file itself.
    File {
        /// Its address.
        url: String,
    },
    /// A member of a zip archive, which is downloaded once for all the files in it and deleted at the end.
    Member {
        /// Address of the archive.
        archive: String,
        /// Its name, whatever the folder inside the archive.
        member: String,
    },
}

impl fmt::Display for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mirror::File { url } => f.write_str(url),
            Mirror::Member { archive, member } => write!(f, "{member} in {archive}"),
        }
    }
}

impl Source {
    /// The public mirrors of one of [`NAMES`].
    ///
    /// # Errors
    ///
    /// [`FetchError::UnknownName`], which lists the names there are.
    pub fn named(name: &str) -> Result<Source, FetchError> {
        let known = KNOWN.iter().find(|known| known.name == name).cloned();
        let known = known.ok_or_else(|| FetchError::UnknownName { name: name.into() })?;
        let mirrors = Role::ALL.map(|role| match name {
            "mnist" => files(MNIST, role.file_name()),
            "fashion-mnist" => files(FASHION_MNIST, role.file_name()),
            "kmnist" => files(KMNIST, role.file_name()),
            "qmnist" => files(QMNIST, qmnist_name(role)),
            _ => {
                let mut mirrors = files(EMNIST, emnist_name(role));
                let member = format!("{}.gz", emnist_name(role));
                mirrors.extend(EMNIST_ARCHIVES.iter().map(|archive| {
                    let archive = archive.to_string();
                    Mirror::Member { archive, member: member.clone() }
                }));
                mirrors
            }
        });
        Ok(Source { known, mirrors })
    }
}

fn files(bases: &[&str], name: &str) -> Vec<Mirror> {
    bases.iter().map(|base| Mirror::File { url: format!("{base}{name}.gz") }).collect()
}

// http where the server has no https: the hash decides, not the server.
const MNIST: &[&str] = &[
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
];
const FASHION_MNIST: &[&str] = &[
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
];
const KMNIST: &[&str] =
    &["https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"];
const QMNIST: &[&str] = &["https://raw.githubusercontent.com/facebookresearch/qmnist/master/"];
/// A copy file by file: 35 MB, where the archives below are 560 MB with all the letters.
const EMNIST: &[&str] = &["https://raw.githubusercontent.com/aurelienduarte/emnist/master/gzip/"];
const EMNIST_ARCHIVES: &[&str] = &[
    "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
    "https://rds.westernsydney.edu.au/Institutes/MARCS/BENS/EMNIST/emnist-gzip.zip",
];

fn qmnist_name(role: Role) -> &'static str {
    match role {
        Role::TrainImages => "qmnist-train-images-idx3-ubyte",
        Role::TrainLabels => "qmnist-train-labels-idx2-int",
        Role::TestImages => "qmnist-test-images-idx3-ubyte",
        Role::TestLabels => "qmnist-test-labels-idx2-int",
    }
}

fn emnist_name(role: Role) -> &'static str {
    match role {
        Role::TrainImages => "emnist-digits-train-images-idx3-ubyte",
        Role::TrainLabels => "emnist-digits-train-labels-idx1-ubyte",
        Role::TestImages => "emnist-digits-test-images-idx3-ubyte",
        Role::TestLabels => "emnist-digits-test-labels-idx1-ubyte",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_set_has_a_source_and_every_file_a_mirror() {
        assert_eq!(KNOWN.each_ref().map(|known| known.name.as_ref()), NAMES);
        for name in NAMES {
            assert!(Source::named(name).unwrap().mirrors.iter().all(|mirrors| !mirrors.is_empty()), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = Source::named("svhn").unwrap_err().to_string();
        assert!(NAMES.iter().all(|name| error.contains(name)), "{error}");
    }
}
