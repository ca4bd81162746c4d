//! Pages whose text is known: what a reader of pages is measured by.
//!
//! A reader that is tested on the very images it was trained on, or on 28x28 pixels only, looks better than it is. Here the
//! digits of a split become digits of any size in any hand, on any paper, under any light, and the page says what stands
//! where. Page n is a function of the digits, the seed, the kind of the page and n.
//!
//! ```
//! use lenet::data::Dataset;
//! use lenet::pages::{Kind, Maker};
//!
//! let digits = Dataset::bundled().test;
//! let maker = Maker::new(&digits, 7)?;
//! let page = maker.make(&Kind::String { digits: 5, gaps: 4.0..=12.0 }, 0);
//! assert_eq!((page.lines.len(), page.lines[0].text.len(), page.lines[0].boxes.len()), (1, 5, 5));
//! assert!(page.picture == maker.make(&Kind::String { digits: 5, gaps: 4.0..=12.0 }, 0).picture);
//!
//! let page = maker.make(&Kind::CleanDigit, 0);
//! assert_eq!(page.lines[0].text, digits.labels[0].to_string());
//! assert!(page.conditions.names().is_empty());
//! # Ok::<(), lenet::pages::NoDigits>(())
//! ```

mod grid;
mod skeleton;
mod outline;
mod conditions;
mod page;
mod camera;
mod layout;

pub use conditions::{Colours, Conditions, Light, Lines, Ruling};

use std::ops::RangeInclusive;

use image::RgbImage;
use rand::{SeedableRng, rngs::ChaCha8Rng};
use thiserror::Error;

use crate::data::Split;
use crate::pen::{Face, Nothing};
use camera::Lens;
use layout::Layout;
use page::bounds;

/// What a page is to hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// One digit, black on white, in the middle, 12 to 200 pixels along the longer side of its ink, as it was written.
    CleanDigit,
    /// One digit of 12 to 200 pixels, anywhere, under conditions by chance.
    Digit,
    /// Digits side by side on a base line, 12 to 120 pixels each, under conditions by chance.
    String {
        /// How many, 1 to 100.
        digits: usize,
        /// From the box of one digit's ink to the next one's, in twentieths of the digits' size, which are pixels of MNIST's
        /// own. Below 0 boxes overlap, and strokes may touch or cross.
        gaps: RangeInclusive<f32>,
    },
    /// Lines of digits of 28 to 56 pixels below each other, under conditions by chance: 100 pixels for each row and column.
    Sheet {
        /// Lines, 1 to 100.
        rows: usize,
        /// Digits in each, 1 to 100.
        columns: usize,
    },
    /// Something that is no digit, under conditions by chance.
    Nothing(Nothing),
}

/// A page and the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// The page as a camera saw it.
    pub picture: RgbImage,
    /// The lines of text from top to bottom; none where there is no digit.
    pub lines: Vec<TrueLine>,
    /// What the page was made under.
    pub conditions: Conditions,
    /// Pixels along the longer side of a digit's ink; those of strings and sheets differ from it by a tenth.
    pub size: f32,
}

/// A line of digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueLine {
    /// The digits, 0 to 9, from left to right.
    pub text: String,
    /// The box of each digit's ink in the picture: left, top, width, height in pixels.
    pub boxes: Vec<[u32; 4]>,
}

/// A split that pages cannot be made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "pages are made from digits, but the split has {images} images and {labels} labels: give it one label for each image, and at least one digit"
)]
pub struct NoDigits {
    /// Images in the split.
    pub images: usize,
    /// Labels in the split.
    pub labels: usize,
}

/// Makes pages.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    digits: &'a Split,
    seed: u64,
    face: Face,
}

/// For each page its own streams of random numbers, so that conditions do not change what is written.
const STREAM_WRITTEN: u64 = 0;
const STREAM_CONDITIONS: u64 = 1;
const STREAM_CAMERA: u64 = 2;
const STREAMS: u64 = 4;

impl<'a> Maker<'a> {
    /// A maker of pages from these digits. Another seed gives other pages.
    ///
    /// # Errors
    ///
    /// There is no digit, or there are more images than labels or fewer.
    pub fn new(digits: &'a Split, seed: u64) -> Result<Maker<'a>, NoDigits> {
        let (images, labels) = (digits.images.len(), digits.labels.len());
        if images == 0 || images != labels {
            Err(NoDigits { images, labels })
        } else {
            Ok(Maker { digits, seed, face: Face::Serif })
        }
    }

    /// The same with letters of this face; else they are of [`Face::Serif`], the face for tests.
    pub fn writing(self, face: Face) -> Maker<'a> {
        Maker { face, ..self }
    }

    /// Page `n` of a kind. Single digits are those of the split in its order, over and over; strings and sheets take any.
    pub fn make(&self, kind: &Kind, n: u64) -> Made {
        let layout = self.layout(kind, n);
        let conditions = match kind {
            Kind::CleanDigit => Conditions::default(),
            _ => Conditions::by_chance(layout.size, layout.room(), &mut self.stream(n, STREAM_CONDITIONS)),
        };
        self.made(layout, conditions, n)
    }

    /// Page `n` under conditions of your choice: the same digits of the same size as those of [`Maker::make`].
    pub fn make_under(&self, kind: &Kind, n: u64, conditions: Conditions) -> Made {
        self.made(self.layout(kind, n), conditions, n)
    }

    fn layout(&self, kind: &Kind, n: u64) -> Layout {
        Layout::new(kind, self.digits, self.face, n, &mut self.stream(n, STREAM_WRITTEN))
    }

    fn made(&self, layout: Layout, conditions: Conditions, n: u64) -> Made {
        let mut camera = self.stream(n, STREAM_CAMERA);
        let (page, written) = layout.page(&conditions, &mut camera);
        let lens = conditions.perspective.map(|tilt| Lens::new(tilt, page.width, page.height));
        let seen = |point: &[f32; 2]| lens.as_ref().map_or(*point, |lens| lens.seen(*point));
        let end = [page.width as f32, page.height as f32];
        let in_pixels = |edge: &Vec<[f32; 2]>| {
            let [from, to] = bounds(edge.iter().map(seen));
            let [left, top] = [0, 1].map(|c| from[c].floor().clamp(0.0, end[c] - 1.0) as u32);
            let [right, bottom] = [0, 1].map(|c| to[c].ceil().clamp(1.0, end[c]) as u32);
            [left, top, right.saturating_sub(left).max(1), bottom.saturating_sub(top).max(1)]
        };
        let lines = written.iter().map(|line| TrueLine {
            text: line.labels.iter().map(|&label| char::from(b'0' + label)).collect(),
            boxes: line.edges.iter().map(in_pixels).collect(),
        });
        let lines = lines.collect();
        let picture = camera::picture(page, lens.as_ref(), &conditions, layout.size, &mut camera);
        Made { picture, lines, conditions, size: layout.size }
    }

    fn stream(&self, n: u64, purpose: u64) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(n.wrapping_mul(STREAMS).wrapping_add(purpose));
        random
    }
}

#[cfg(test)]
mod tests;
