//! What the reading network is taught with: digits as they are and as the reader finds them on pages, and much that is no digit.

use std::sync::Arc;

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::boxes::Box;
use super::evaluation::grey;
use super::prepare::drawn;
use super::reader::OnPage;
use super::true_strips::true_strips;
use crate::data::{Image, Split};
use crate::distort::shifted;
use crate::lattice::TrueStrip;
use crate::net::NOTHING;
use crate::pages::{Kind, Made, Maker};
use crate::pen::chance::below;
use crate::pen::{Canvas, Face, Nothing, abroad, nothing};
use crate::train::Scene;
use crate::workers::Workers;

/// Of each kind of non-digits, drawn, one for so many digits.
const DRAWN: usize = 12;
/// Of two digits taken for one, likewise: wrong cuts of a string are often this.
const PAIRS: usize = 6;
/// A page with a digit for so many digits.
const PAGES: usize = 2;
/// Of each kind of non-digits a page for so many digits.
const NOTHING_PAGES: usize = 40;
/// One of so many digits is as other hands than MNIST's write it, where they differ.
const ABROAD: usize = 3;
/// Things beside the digit that are taken from one page, at most: what is left of ruled lines, dust.
const BESIDE: usize = 2;
/// Share of their common box that a thing and the digit must have in common, so that it is the digit.
pub(super) const SAME: f32 = 0.6;
/// Pixels between the ink of two digits that are taken for one.
const GAPS: std::ops::RangeInclusive<i32> = -3..=4;
/// Pixels by which what is drawn is off the middle at most, every second time.
const ASIDE: usize = 10;
/// The one seed of all lessons: they are part of the data, not of a run.
pub(super) const SEED: u64 = 1998;

/// All that a network of the reader is taught with.
#[derive(Clone, Debug)]
pub struct Lessons {
    /// Digits and what is none, each an image of its own ([`lessons`]).
    pub patterns: Split,
    /// Digits that touch, whose text is known ([`true_strips`]); none if the recipe wants none.
    pub strips: Arc<[TrueStrip]>,
}

impl Lessons {
    /// Made of these digits, for a recipe with this scene.
    pub fn new(scene: &Scene, digits: &Split, workers: &Workers) -> Self {
        let strips = if scene.strips > 0 { true_strips(digits, workers) } else { Vec::new() };
        Lessons { patterns: lessons(digits, workers), strips: strips.into() }
    }
}

/// The digits, and some as other hands write them ([`abroad`]); then of half of all these what the reader finds when they stand on a
/// page, under conditions by chance; and what is none, of the class [`NOTHING`]: letters of [`Face::Sans`], scribbles, pieces of
/// digits, mirrored digits, textures, dirt, drawn and on pages, what else is on pages, and pairs of digits. From the same digits
/// always the same.
///
/// ```
/// use lenet::data::{Dataset, Split};
/// use lenet::{net::NOTHING, read, workers::Workers};
///
/// let train = Dataset::bundled().train;
/// let few = Split { images: train.images[..120].to_vec(), labels: train.labels[..120].to_vec() };
/// let lessons = read::lessons(&few, &Workers::all()?);
/// assert_eq!(lessons.images[..120], few.images);
/// assert!(lessons.labels.iter().filter(|label| **label == NOTHING).count() > 60);
/// # Ok::<(), lenet::workers::WorkersError>(())
/// ```
pub fn lessons(digits: &Split, workers: &Workers) -> Split {
    let mut lessons = digits.clone();
    let written = with_other_hands(digits);
    for n in (0..digits.len()).filter(|n| written.images[*n] != digits.images[*n]) {
        lessons.images.push(written.images[n]);
        lessons.labels.push(written.labels[n]);
    }
    let mut learn = |stream: u64, count: usize, draw: &dyn Fn(&mut ChaCha8Rng) -> Canvas, anywhere: bool| {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        random.set_stream(stream);
        // What has no ink, as a piece of a digit that is not there, is left out: the count is what is tried.
        for k in 0..count {
            let Some(image) = drawn(&draw(&mut random)) else { continue };
            // A window that slides over it must see nothing everywhere; of a pair it may see one of the two.
            let aside = if anywhere && k % 2 == 1 { below(&mut random, 2 * ASIDE + 1) } else { ASIDE };
            lessons.images.push(shifted(&image, [0, aside as i8 - ASIDE as i8]));
            lessons.labels.push(NOTHING);
        }
    };
    let kinds = Nothing::ALL.into_iter().filter(|kind| *kind != Nothing::Blank);
    for (stream, kind) in kinds.enumerate() {
        let draw = |random: &mut ChaCha8Rng| nothing(kind, Face::Sans, digits, random);
        learn(stream as u64, digits.len() / DRAWN, &draw, true);
    }
    let draw = |random: &mut ChaCha8Rng| pair(digits, random);
    learn(Nothing::ALL.len() as u64, digits.len() / PAIRS, &draw, false);
    let Ok(maker) = Maker::new(&written, SEED) else { return lessons };
    let maker = maker.writing(Face::Sans);
    let mut pages: Vec<(Kind, u64)> =
        (0..digits.len() as u64).step_by(PAGES).map(|n| (Kind::Digit, n)).collect();
    for kind in Nothing::ALL {
        pages.extend((0..(digits.len() / NOTHING_PAGES) as u64).map(|n| (Kind::Nothing(kind), n)));
    }
    let found: Vec<Vec<(Image, u8)>> =
        workers.enter(|| pages.into_par_iter().map(|(kind, n)| on_page(&maker, &kind, n)).collect());
    for (image, label) in found.into_iter().flatten() {
        lessons.images.push(image);
        lessons.labels.push(label);
    }
    lessons
}

/// The digits, but that every third one of a class that the world writes otherwise is written so.
pub(super) fn with_other_hands(digits: &Split) -> Split {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    random.set_stream(Nothing::ALL.len() as u64 + 1);
    let mut written = digits.clone();
    for (image, label) in written.images.iter_mut().zip(&digits.labels).step_by(ABROAD) {
        let other = abroad(*label, &mut random).and_then(|canvas| drawn(&canvas));
        *image = other.unwrap_or(*image);
    }
    written
}

/// What the reader finds on a page with a digit, or with none.
fn on_page(maker: &Maker<'_>, kind: &Kind, n: u64) -> Vec<(Image, u8)> {
    let made = maker.make(kind, n);
    // What is left of a ruled line looks like a 1, so there it is not told what is none.
    let most = if made.conditions.lines.is_some() { 0 } else { BESIDE };
    let Ok(found) = OnPage::on(&grey(&made)) else { return Vec::new() };
    let truth = digit_of(&made);
    let (mut learnt, mut beside) = (Vec::new(), 0);
    for (bbox, image) in found.boxes().into_iter().zip(&found.images) {
        let in_common = truth.as_ref().map_or(0.0, |(place, _)| in_common(&bbox, place));
        match truth {
            Some((_, label)) if in_common >= SAME => learnt.push((*image, label)),
            // A piece of the digit, or the digit and more: neither one nor the other.
            _ if in_common > 0.0 => {}
            _ if beside < most => {
                learnt.push((*image, NOTHING));
                beside += 1;
            }
            _ => {}
        }
    }
    learnt
}

/// Where the first digit of a page is, and which it is.
pub(super) fn digit_of(made: &Made) -> Option<(Box, u8)> {
    let line = made.lines.first()?;
    let [x, y, width, height] = line.boxes[0].map(|pixels| pixels as usize);
    Some((Box { x, y, width, height }, line.text.as_bytes()[0] - b'0'))
}

/// The share that two boxes have in common of the pixels that are in one of them.
pub(super) fn in_common(a: &Box, b: &Box) -> f32 {
    let overlap = |shared: isize| shared.max(0) as f32;
    let both = overlap(a.shared_columns(b)) * overlap(a.shared_rows(b));
    both / ((a.width * a.height + b.width * b.height) as f32 - both).max(1.0)
}

/// Two digits next to each other.
fn pair(digits: &Split, random: &mut impl Rng) -> Canvas {
    let mut digit = || Canvas::of(&digits.images[below(random, digits.len())]).cropped();
    let (left, right) = (digit(), digit());
    let gap = GAPS.start() + below(random, GAPS.count()) as i32;
    let height = left.height().max(right.height());
    let start = (left.width() as i32 + gap).max(0) as usize;
    let mut both = Canvas::new(left.width().max(start + right.width()), height);
    both.add(&left, 0, (height - left.height()) / 2);
    both.add(&right, start, (height - right.height()) / 2);
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SIDE;

    #[test]
    fn a_pair_has_the_ink_of_two_digits_side_by_side() {
        let ink = |canvas: &Canvas| canvas.ink().iter().map(|ink| u64::from(*ink)).sum::<u64>();
        let mut image: Image = [0; SIDE * SIDE];
        (4..24).for_each(|y| image[y * SIDE + 10..y * SIDE + 16].fill(255));
        let digits = Split { images: vec![image; 3], labels: vec![1; 3] };
        let mut random = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..50 {
            let pair = pair(&digits, &mut random);
            assert_eq!(pair.height(), 20);
            assert!((9..=16).contains(&pair.width()), "{}", pair.width());
            let expected = 255 * 20 * pair.width().min(12) as u64;
            assert_eq!(ink(&pair), expected);
        }
    }

    #[cfg(feature = "bundled")]
    #[test]
    fn the_same_digits_give_the_same_lessons() {
        let train = crate::data::Dataset::bundled().train;
        let few = Split { images: train.images[..120].to_vec(), labels: train.labels[..120].to_vec() };
        let [one, two] = [1, 2].map(|threads| Workers::new(threads).unwrap());
        assert!(lessons(&few, &one) == lessons(&few, &two));
        let empty = Split::default();
        assert_eq!(lessons(&empty, &one), empty);
    }

    #[test]
    fn boxes_have_all_in_common_with_themselves_and_nothing_with_what_is_beside() {
        let place = |x, width| Box { x, y: 3, width, height: 10 };
        assert_eq!(in_common(&place(0, 10), &place(0, 10)), 1.0);
        assert_eq!(in_common(&place(0, 10), &place(10, 10)), 0.0);
        assert!((in_common(&place(0, 10), &place(5, 10)) - 1.0 / 3.0).abs() < 1e-6);
    }
}
