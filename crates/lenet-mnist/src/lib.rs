//! The MNIST database of handwritten digits as part of the program: 60,000 training and 10,000 test images of
//! 28x28 grey levels with their labels, as the four IDX files of 1998, byte for byte.
//!
//! It is here so that training needs no download: the mirrors of these files have come and gone for ten years. The
//! data is kept in 9.9 MB of Zstandard frames and decoded by a pure Rust decoder. Origin, licences and the way the
//! frames were made are in the README of this crate.
//!
//! ```
//! use lenet_mnist::File;
//!
//! let labels = File::TestLabels.decode();
//! assert_eq!(labels.len(), 8 + 10_000); // the IDX header, then one byte a label
//! assert_eq!(labels[8..13], [7, 2, 1, 0, 4]);
//! ```

use std::thread;

use ruzstd::decoding::FrameDecoder;

/// One of the four files of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum File {
    /// 60,000 images: a header of 16 bytes, then 28x28 bytes an image, row-major, 0 = white, 255 = black.
    TrainImages,
    /// 60,000 labels: a header of 8 bytes, then one byte 0..=9 a label.
    TrainLabels,
    /// 10,000 images, in the form of [`File::TrainImages`].
    TestImages,
    /// 10,000 labels, in the form of [`File::TrainLabels`].
    TestLabels,
}

impl File {
    /// All four, in the order of the enum.
    pub const ALL: [File; 4] = [File::TrainImages, File::TrainLabels, File::TestImages, File::TestLabels];

    /// The name under which the file was published (without `.gz`).
    pub const fn name(self) -> &'static str {
        match self {
            File::TrainImages => "train-images-idx3-ubyte",
            File::TrainLabels => "train-labels-idx1-ubyte",
            File::TestImages => "t10k-images-idx3-ubyte",
            File::TestLabels => "t10k-labels-idx1-ubyte",
        }
    }

    /// The Zstandard frames that hold the file, in order; each decodes to an equal share of [`File::size`].
    pub const fn compressed(self) -> &'static [&'static [u8]] {
        match self {
            File::TrainImages => &[
                include_bytes!("../data/train-images-idx3-ubyte.1.zst"),
                include_bytes!("../data/train-images-idx3-ubyte.2.zst"),
            ],
            File::TrainLabels => &[include_bytes!("../data/train-labels-idx1-ubyte.1.zst")],
            File::TestImages => &[include_bytes!("../data/t10k-images-idx3-ubyte.1.zst")],
            File::TestLabels => &[include_bytes!("../data/t10k-labels-idx1-ubyte.1.zst")],
        }
    }

    /// Size of the decoded file in bytes.
    pub const fn size(self) -> usize {
        match self {
            File::TrainImages => 16 + 60_000 * 28 * 28,
            File::TrainLabels => 8 + 60_000,
            File::TestImages => 16 + 10_000 * 28 * 28,
            File::TestLabels => 8 + 10_000,
        }
    }

    /// SHA-256 of the decoded file, in lower-case hexadecimal.
    ///
    /// Of the content and not of the published `.gz`, because copies of that differ in their gzip headers.
    pub const fn sha256(self) -> &'static str {
        match self {
            File::TrainImages => "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            File::TrainLabels => "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            File::TestImages => "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            File::TestLabels => "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        }
    }

    /// The file as published: IDX header and data, [`File::size`] bytes.
    ///
    /// It decodes anew on every call (the training images: 0.4 s of work, on two threads): keep the result. The input
    /// is a constant of this crate, whose tests decode all of it and check every byte by SHA-256, so there is no
    /// error to return.
    pub fn decode(self) -> Vec<u8> {
        let frames = self.compressed();
        let mut content = vec![0; self.size()];
        thread::scope(|scope| {
            let mut shares = frames.iter().zip(content.chunks_exact_mut(self.size() / frames.len()));
            let here = shares.next();
            for (frame, share) in shares {
                scope.spawn(|| decode_frame(frame, share));
            }
            if let Some((frame, share)) = here {
                decode_frame(frame, share);
            }
        });
        content
    }
}

fn decode_frame(frame: &[u8], content: &mut [u8]) {
    FrameDecoder::new()
        .decode_all(frame, content)
        .expect("the embedded frames are valid: the test of their SHA-256 decodes them all");
}
