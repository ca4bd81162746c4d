//! IDX, the format of the MNIST files, read strictly: every byte is accounted for before a digit is believed.
//!
//! Big-endian: 00 00, a byte for the type of the elements (08 = unsigned byte), a byte for the number of
//! dimensions, a `u32` for each size, then the elements, last index fastest. Images are `[n][28][28]` of `u8` and
//! labels `[n]` of `u8`. One variation is read as well: the labels of QMNIST, `[n][8]` of `i32` with the class in
//! the first column. A file may be gzip-compressed; its first two bytes tell, not its name.
//!
//! Foreign bytes decide nothing here that they cannot pay for: sizes are compared with what is there (or with
//! [`MAX_BYTES`]) before memory is taken, and no more is unpacked than the header promises.
//!
//! ```
//! use lenet::data::{IdxError, idx};
//!
//! let file = [0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]; // three labels
//! assert_eq!(idx::labels(&file), Ok(vec![5, 0, 4]));
//! assert_eq!(idx::labels(&file[..10]), Err(IdxError::Truncated { found: 10, expected: 11 }));
//! ```

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::{DataError, Foreign, IdxError, Image, SIDE};

/// The largest file, packed or unpacked, that is read: 1 GiB, six times the images of EMNIST's 240,000 digits.
pub const MAX_BYTES: u64 = 1 << 30;

const UNSIGNED_BYTE: u8 = 0x08;
const INTEGER: u8 = 0x0c;
/// Columns of QMNIST's extended labels: the class, then where the digit comes from.
const EXTENDED: u32 = 8;

/// What a file should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `[n][28][28]`, 0 = white, 255 = black.
    Images,
    /// `[n]`, 0..=9.
    Labels,
}

/// The images of an IDX file (raw or gzip), in file order.
pub fn images(stored: &[u8]) -> Result<Vec<Image>, IdxError> {
    let content = content(stored, Kind::Images)?;
    let header = Header::parse(&content, Kind::Images)?;
    let (images, _) = content[header.start..].as_chunks();
    Ok(images.to_vec())
}

/// The labels of an IDX file (raw or gzip, plain or extended), in file order; each is 0..=9.
pub fn labels(stored: &[u8]) -> Result<Vec<u8>, IdxError> {
    let content = content(stored, Kind::Labels)?;
    let header = Header::parse(&content, Kind::Labels)?;
    let data = &content[header.start..];
    let classes = data.chunks_exact(header.item).map(|item| match *item {
        [label] => i32::from(label),
        [a, b, c, d, ..] => i32::from_be_bytes([a, b, c, d]),
        _ => -1, // an item is 1 or 32 bytes long
    });
    let mut labels = Vec::with_capacity(data.len() / header.item);
    for (index, label) in classes.enumerate() {
        match u8::try_from(label) {
            Ok(digit @ 0..=9) => labels.push(digit),
            _ => return Err(IdxError::LabelRange { index, label }),
        }
    }
    Ok(labels)
}

/// [`images`] of the file at `path`.
pub fn read_images(path: &Path) -> Result<Vec<Image>, DataError> {
    images(&read(path)?).map_err(|problem| DataError::Malformed { file: path.into(), problem })
}

/// [`labels`] of the file at `path`.
pub fn read_labels(path: &Path) -> Result<Vec<u8>, DataError> {
    labels(&read(path)?).map_err(|problem| DataError::Malformed { file: path.into(), problem })
}

/// The unpacked file: header and data, both checked for size and shape, the values not yet.
pub fn content(stored: &[u8], kind: Kind) -> Result<Cow<'_, [u8]>, IdxError> {
    let content =
        if stored.starts_with(&[0x1f, 0x8b]) { Cow::from(gunzip(stored, kind)?) } else { stored.into() };
    let (found, expected) = (content.len() as u64, Header::parse(&content, kind)?.total);
    match found.cmp(&expected) {
        std::cmp::Ordering::Less => Err(IdxError::Truncated { found, expected }),
        std::cmp::Ordering::Equal => Ok(content),
        std::cmp::Ordering::Greater => Err(IdxError::TrailingBytes { expected }),
    }
}

/// The bytes of the file at `path`, as stored.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    let unreadable = |reason| DataError::Unreadable { file: path.into(), reason };
    let mut stored = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut stored))
        .map_err(unreadable)?;
    if stored.len() as u64 > MAX_BYTES {
        return Err(unreadable(io::Error::other(format!(
            "it is larger than {MAX_BYTES} bytes, no data set is"
        ))));
    }
    Ok(stored)
}

fn gunzip(stored: &[u8], kind: Kind) -> Result<Vec<u8>, IdxError> {
    let mut decoder = MultiGzDecoder::new(stored);
    let mut content = Vec::new();
    let mut unpack = |content: &mut Vec<u8>, limit: u64| {
        let result = (&mut decoder).take(limit).read_to_end(content);
        let unpacked = content.len() as u64;
        result.map_err(|reason| match reason.kind() {
            io::ErrorKind::UnexpectedEof => IdxError::GzipTruncated { unpacked },
            _ => IdxError::GzipDamaged { unpacked, reason: reason.to_string() },
        })
    };
    // Enough for the header, and to tell what the file is if it has none.
    unpack(&mut content, 64)?;
    let total = Header::parse(&content, kind)?.total;
    // Digits shrink about five times; a false promise gets no more than eight.
    content.reserve((total as usize).min(stored.len().saturating_mul(8)));
    // One byte more than promised: to see that there is none, the decoder must check the sum at the end.
    unpack(&mut content, (total + 1).saturating_sub(64))?;
    Ok(content)
}

/// What the first bytes promise.
struct Header {
    /// Where the data starts: 8, 12 or 16.
    start: usize,
    /// Bytes of one image or label.
    item: usize,
    /// Bytes of header and data.
    total: u64,
}

impl Header {
    fn parse(content: &[u8], kind: Kind) -> Result<Header, IdxError> {
        let found = content.len() as u64;
        let (element, dimensions) = match *content {
            [] => return Err(IdxError::Empty),
            [0, 0, element @ (UNSIGNED_BYTE | 0x09 | 0x0b..=0x0e), dimensions, ..] => (element, dimensions),
            [0] | [0, 0] | [0, 0, _] => return Err(IdxError::Truncated { found, expected: 4 }),
            _ => return Err(IdxError::NotIdx(Foreign::guess(content))),
        };
        match (kind, element, dimensions) {
            (Kind::Images, UNSIGNED_BYTE, 3)
            | (Kind::Labels, UNSIGNED_BYTE, 1)
            | (Kind::Labels, INTEGER, 2) => {}
            (Kind::Images, UNSIGNED_BYTE, 1) | (Kind::Images, INTEGER, 2) => {
                return Err(IdxError::LabelsForImages);
            }
            (Kind::Labels, UNSIGNED_BYTE, 3) => return Err(IdxError::ImagesForLabels),
            (Kind::Images, UNSIGNED_BYTE, found) => return Err(IdxError::Dimensions { found, expected: 3 }),
            (Kind::Labels, UNSIGNED_BYTE, found) => return Err(IdxError::Dimensions { found, expected: 1 }),
            (_, found, _) => return Err(IdxError::ElementType { found }),
        }
        let start = 4 + 4 * usize::from(dimensions);
        let Some(sizes) = content.get(4..start) else {
            return Err(IdxError::Truncated { found, expected: start as u64 });
        };
        let mut sizes = sizes.as_chunks().0.iter().map(|&size| u32::from_be_bytes(size));
        let count = sizes.next().unwrap_or(0);
        let item = match (sizes.next(), sizes.next()) {
            (Some(rows), Some(columns)) if (rows, columns) != (SIDE as u32, SIDE as u32) => {
                return Err(IdxError::ImageSize { rows, columns });
            }
            (Some(_), Some(_)) => SIDE * SIDE,
            (Some(found), None) if found != EXTENDED => return Err(IdxError::LabelColumns { found }),
            (Some(_), None) => EXTENDED as usize * size_of::<i32>(),
            (None, _) => 1,
        };
        // At most 16 + 2^32 * 784: no overflow.
        let total = start as u64 + u64::from(count) * item as u64;
        match count {
            0 => Err(IdxError::NoItems),
            _ if total > MAX_BYTES => Err(IdxError::TooLarge { promised: total, limit: MAX_BYTES }),
            _ => Ok(Header { start, item, total }),
        }
    }
}
