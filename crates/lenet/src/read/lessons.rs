//! What the reading network is taught with: digits, and much that is no digit.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use super::prepare::drawn;
use crate::data::Split;
use crate::net::NOTHING;
use crate::pen::{Canvas, Face, Nothing, nothing};

/// Of each kind of non-digits one for so many digits.
const RARENESS: usize = 12;
/// Of two digits taken for one, likewise: wrong cuts of a string are often this.
const PAIR_RARENESS: usize = 6;
/// Pixels between the ink of two digits that are taken for one.
const GAPS: std::ops::RangeInclusive<i32> = -3..=4;
/// The one seed of all lessons: they are part of the data, not of a run.
const SEED: u64 = 1998;

/// The digits, followed by what is none, prepared in the same way, of the class [`NOTHING`]: letters of [`Face::Sans`], scribbles,
/// pieces of digits, mirrored digits, textures, dirt, and pairs of digits. From the same digits always the same.
///
/// ```
/// use lenet::data::{Dataset, Split};
/// use lenet::{net::NOTHING, read};
///
/// let train = Dataset::bundled().train;
/// let few = Split { images: train.images[..240].to_vec(), labels: train.labels[..240].to_vec() };
/// let lessons = read::lessons(&few);
/// assert_eq!(lessons.images[..240], few.images);
/// assert_eq!(lessons.len(), 240 + 6 * 20 + 40);
/// assert!(lessons.labels[240..].iter().all(|label| *label == NOTHING));
/// ```
pub fn lessons(digits: &Split) -> Split {
    let mut lessons = digits.clone();
    let mut learn = |stream: u64, count: usize, draw: &dyn Fn(&mut ChaCha8Rng) -> Canvas| {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        random.set_stream(stream);
        // What has no ink, as a piece of a digit that is not there, is left out: the count is what is tried.
        for image in (0..count).filter_map(|_| drawn(&draw(&mut random))) {
            lessons.images.push(image);
            lessons.labels.push(NOTHING);
        }
    };
    let kinds = Nothing::ALL.into_iter().filter(|kind| *kind != Nothing::Blank);
    for (stream, kind) in kinds.enumerate() {
        let count = digits.len() / RARENESS;
        learn(stream as u64, count, &|random| nothing(kind, Face::Sans, digits, random));
    }
    let pairs = digits.len() / PAIR_RARENESS;
    learn(Nothing::ALL.len() as u64, pairs, &|random| pair(digits, random));
    lessons
}

/// Two digits next to each other.
fn pair(digits: &Split, random: &mut impl Rng) -> Canvas {
    let mut below = |count: usize| ((u128::from(random.next_u64()) * count as u128) >> 64) as usize;
    let mut digit = || Canvas::of(&digits.images[below(digits.len())]).cropped();
    let (left, right) = (digit(), digit());
    let gap = GAPS.start() + below(GAPS.count()) as i32;
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
    use crate::data::{Dataset, Image, SIDE};

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

    #[test]
    fn the_same_digits_give_the_same_lessons() {
        let train = Dataset::bundled().train;
        let few = Split { images: train.images[..120].to_vec(), labels: train.labels[..120].to_vec() };
        let lessons = lessons(&few);
        assert!(lessons == super::lessons(&few));
        let empty = Split::default();
        assert_eq!(super::lessons(&empty), empty);
    }
}
