//! Digits in: IDX files and data sets, checked and named, then scaled and framed for the network.
//!
//! | module | what happens there |
//! |---|---|
#![cfg_attr(feature = "fetch", doc = "| [`fetch`] | four files come from a public mirror into a cache |")]
//! | [`known`] | files are recognised by their hashes |
//! | [`idx`] | bytes become images and labels |
//! | `load` | four files become a [`Dataset`]: [`Dataset::bundled`], [`Dataset::from_dir`] |
//! | [`normalise`] | grey levels become the network's input |

mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
pub mod known;
pub mod idx;
mod load;
pub mod normalise;

pub use error::{DataError, Foreign, IdxError};

use sha2::{Digest, Sha256};

/// Rows and columns of an MNIST image (p. 10).
pub const SIDE: usize = 28;

/// One 28x28 grey image in row-major order, 0 = white paper, 255 = black ink.
pub type Image = [u8; SIDE * SIDE];

/// A picture of the size of the network's input, without a frame: 32x32 grey levels in row-major order, as in an [`Image`].
pub type Field = [u8; normalise::INPUT * normalise::INPUT];

/// Images with their labels, in file order: one of the two halves of a [`Dataset`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The images, as stored.
    pub images: Vec<Image>,
    /// `labels[n]` is the class of `images[n]`, 0..=9.
    pub labels: Vec<u8>,
}

impl Split {
    /// Number of digits.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// True when there is no digit.
    pub fn is_empty(&self) -> bool {
        self.images.is_empty()
    }

    /// SHA-256 of images and labels in hexadecimal: equal for equal digits in equal order.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.images.as_flattened());
        hash.update(&self.labels);
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A training set and a test set that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The known data set that these are (by the hash of the content), or "unknown".
    pub name: String,
    /// The digits to learn from.
    pub train: Split,
    /// The digits that only measure: nothing may be chosen by them.
    pub test: Split,
}
