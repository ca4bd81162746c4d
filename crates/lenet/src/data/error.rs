//! Everything that can be wrong with files of digits, each kind with its own words: which file, what was found,
//! what was expected, how to mend it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::SIDE;

/// What is wrong with the bytes of one file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdxError {
    /// There is no byte at all.
    #[error("the file is empty: get it anew")]
    Empty,
    /// The first bytes are not those of an IDX file.
    #[error("not an IDX file: {0}")]
    NotIdx(Foreign),
    /// The gzip stream ends in the middle.
    #[error(
        "the gzip file is cut off: it yields {unpacked} bytes and then ends without its check sum; get it anew"
    )]
    GzipTruncated {
        /// Bytes that could be unpacked.
        unpacked: u64,
    },
    /// The gzip stream contradicts itself.
    #[error("the gzip file is damaged after {unpacked} unpacked bytes ({reason}); get it anew")]
    GzipDamaged {
        /// Bytes that could be unpacked.
        unpacked: u64,
        /// What the decoder says.
        reason: String,
    },
    /// The elements are not unsigned bytes.
    #[error(
        "the elements are of type 0x{found:02x} ({}), expected 0x08 (unsigned bytes): convert the file",
        element_name(*found)
    )]
    ElementType {
        /// Third byte of the file.
        found: u8,
    },
    /// The number of dimensions is that of neither images nor labels.
    #[error("the array has {found} dimensions, expected {expected}: this is another kind of data")]
    Dimensions {
        /// Fourth byte of the file.
        found: u8,
        /// 3 for images, 1 for labels.
        expected: u8,
    },
    /// A file of labels stands where images belong.
    #[error("the file holds labels where images are expected: are two files swapped or misnamed?")]
    LabelsForImages,
    /// A file of images stands where labels belong.
    #[error("the file holds images where labels are expected: are two files swapped or misnamed?")]
    ImagesForLabels,
    /// The header promises no item.
    #[error("the file holds no item: its header promises 0 of them; get it anew")]
    NoItems,
    /// The images are not 28x28.
    #[error(
        "the images have {rows} rows and {columns} columns, expected {SIDE} and {SIDE}: scale them to {SIDE}x{SIDE} first"
    )]
    ImageSize {
        /// Second size of the header.
        rows: u32,
        /// Third size of the header.
        columns: u32,
    },
    /// The rows of an extended label file (QMNIST) have another length.
    #[error("the extended labels have {found} columns, expected 8 as in QMNIST: use a file of plain labels")]
    LabelColumns {
        /// Second size of the header.
        found: u32,
    },
    /// The header promises more than any data set of this kind holds.
    #[error(
        "the header promises {promised} bytes, the limit is {limit}: the header is damaged; get the file anew"
    )]
    TooLarge {
        /// Size of header and data by the header.
        promised: u64,
        /// [`idx::MAX_BYTES`](super::idx::MAX_BYTES).
        limit: u64,
    },
    /// The data ends early.
    #[error("the file is cut off: {found} bytes, expected {expected} by its header; get it anew")]
    Truncated {
        /// Bytes that are there.
        found: u64,
        /// Bytes that the header promises.
        expected: u64,
    },
    /// There is more data than promised.
    #[error(
        "the file goes on after the {expected} bytes that its header promises: header and data do not belong together; get it anew"
    )]
    TrailingBytes {
        /// Bytes that the header promises.
        expected: u64,
    },
    /// A label is not a digit.
    #[error(
        "label number {index} is {label}, expected 0 to 9: this network knows ten classes, use a set of digits (EMNIST: the part \"digits\")"
    )]
    LabelRange {
        /// 0-based position of the first such label.
        index: usize,
        /// Its value.
        label: i32,
    },
}

fn element_name(element: u8) -> &'static str {
    match element {
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floating point",
        _ => "64-bit floating point",
    }
}

/// What a file is that is not IDX, as far as its first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// HTML, as sent by servers in place of a file that is gone.
    WebPage,
    /// The archive of NumPy.
    Npz,
    /// Another zip archive.
    Zip,
    /// A picture.
    Png,
    /// An xz stream.
    Xz,
    /// The table format in which the Hugging Face hub keeps data sets.
    Parquet,
    /// The stand-in of a file that git-lfs has not fetched.
    GitLfs,
    /// None of these; the first (up to) four bytes.
    Unknown([u8; 4]),
}

impl Foreign {
    pub(super) fn guess(bytes: &[u8]) -> Foreign {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
        let opens = |tag: &[u8]| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
        if opens(b"<!doctype") || opens(b"<html") || opens(b"<head") || opens(b"<?xml") {
            Foreign::WebPage
        } else if bytes.starts_with(b"PK\x03\x04") {
            // The local header of a zip entry: length of its name at 26, the name at 30.
            let length = bytes.get(26..28).map_or(0, |n| usize::from(n[0]) + (usize::from(n[1]) << 8));
            let name = bytes.get(30..30 + length).unwrap_or_default();
            if name.ends_with(b".npy") { Foreign::Npz } else { Foreign::Zip }
        } else if bytes.starts_with(b"\x89PNG") {
            Foreign::Png
        } else if bytes.starts_with(b"\xfd7zXZ\0") {
            Foreign::Xz
        } else if bytes.starts_with(b"PAR1") {
            Foreign::Parquet
        } else if bytes.starts_with(b"version https://git-lfs") {
            Foreign::GitLfs
        } else {
            let mut first = [0; 4];
            first.iter_mut().zip(bytes).for_each(|(first, &byte)| *first = byte);
            Foreign::Unknown(first)
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Foreign::WebPage => "a web page was saved instead of the data; get the file from another mirror",
            Foreign::Npz => "this is NumPy's .npz; get the IDX files (or their .gz) instead",
            Foreign::Zip => "this is a zip archive; unpack it and use the files inside",
            Foreign::Png => "this is a PNG picture; a data set is four IDX files",
            Foreign::Xz => "this is an xz file; unpack it with `xz -d` first",
            Foreign::Parquet => "this is a Parquet table; get the IDX files (or their .gz) instead",
            Foreign::GitLfs => "this is a pointer of git-lfs and not the file; run `git lfs pull`",
            Foreign::Unknown([a, b, c, d]) => {
                return write!(
                    f,
                    "it starts with {a:02x} {b:02x} {c:02x} {d:02x}, expected 00 00 08 and the number of \
                     dimensions; get it anew"
                );
            }
        })
    }
}

/// Why a data set could not be read.
///
/// The messages are complete by themselves, so [`source`](std::error::Error::source) has nothing to add.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The operating system does not let us read the file.
    #[error("cannot read {}: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The content of a file is not what it should be.
    #[error("{}: {problem}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: IdxError,
    },
    /// The directory is not there.
    #[error("{} is not a directory: expected the one that holds the four files of the data set", dir.display())]
    NoDirectory {
        /// The path given.
        dir: PathBuf,
    },
    /// One of the four files is not in the directory.
    #[error(
        "{} has no {}; looked for {}; add it there or name another directory",
        dir.display(), tried.first().map_or("", |name| name), tried.join(", ")
    )]
    Missing {
        /// The directory.
        dir: PathBuf,
        /// Every name that would have been accepted.
        tried: Vec<String>,
    },
    /// Images and labels are not equally many.
    #[error(
        "{} holds {images} images but {} holds {labels} labels: they do not belong together, get both from one source",
        image_file.display(), label_file.display()
    )]
    Counts {
        /// The file of images.
        image_file: PathBuf,
        /// The file of labels.
        label_file: PathBuf,
        /// How many images.
        images: usize,
        /// How many labels.
        labels: usize,
    },
    /// The files are known ones, but do not belong together or stand under each other's names.
    #[error(
        "the files in {} are mixed up: {}; put the four files of one set there, each under its own name",
        dir.display(), found.join(", ")
    )]
    Mixed {
        /// The directory.
        dir: PathBuf,
        /// "FILE is the FILE of SET" for every file that was recognised.
        found: Vec<String>,
    },
}
