//! What is left of a digit when it is cut, mirrored or crossed with another one.
//!
//! Some pieces of digits are digits: the upper half of an 8 is a 0, each half of a 1 is a 1. So there are lists of what may be
//! done to which digit.

use rand::Rng;

use super::Canvas;
use super::chance::{below, between, happens, one};
use crate::data::{Image, SIDE, Split};
use crate::distort::{Affine, mapped};

/// A half of the ink's box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Upper,
    Lower,
    Left,
}

/// Halves that are no digits. Every half of 1 and the right ones of 4, 7 and 9 are a 1; the upper ones of 8 and 9 and the
/// lower ones of 6 and 8 are a 0; the right half of 8 is a 3; the other halves of 3, 5 and 7 are too close to 2, 3 and 7.
const HALVES: [(u8, Half); 9] = [
    (0, Half::Upper),
    (0, Half::Lower),
    (2, Half::Lower),
    (2, Half::Left),
    (3, Half::Left),
    (4, Half::Left),
    (5, Half::Left),
    (8, Half::Left),
    (9, Half::Left),
];

/// Digits that are none when left and right are exchanged. 0, 1 and 8 stay what they are, 2 becomes a 5 and 5 a 2.
const MIRRORED_SIDEWAYS: [u8; 5] = [3, 4, 6, 7, 9];

/// Digits that are none when top and bottom are exchanged. 0, 1, 3 and 8 stay what they are, 2 becomes a 5 and 5 a 2.
const MIRRORED_UPWARDS: [u8; 4] = [4, 6, 7, 9];

/// Digits of which two, crossed, are neither. A 1 is a bar through the other one, and a 0 a ring around it.
const CROSSED: [u8; 8] = [2, 3, 4, 5, 6, 7, 8, 9];

/// A half of a digit, or two digits crossed over one another. Blank if there is no digit that serves.
pub(super) fn piece(digits: &Split, random: &mut impl Rng) -> Canvas {
    if happens(random, 0.5) {
        let (label, half) = one(random, &HALVES);
        any_of(digits, &[label], random).map_or(Canvas::new(1, 1), |digit| half_of(digit, half))
    } else {
        let pair = (any_of(digits, &CROSSED, random), any_of(digits, &CROSSED, random));
        let (Some(one), Some(other)) = pair else { return Canvas::new(1, 1) };
        crossed(one, other, random)
    }
}

/// A digit in the mirror. Blank if there is no digit that serves.
pub(super) fn mirrored(digits: &Split, random: &mut impl Rng) -> Canvas {
    let sideways = happens(random, 0.5);
    let labels: &[u8] = if sideways { &MIRRORED_SIDEWAYS } else { &MIRRORED_UPWARDS };
    let Some(digit) = any_of(digits, labels, random) else { return Canvas::new(1, 1) };
    let last = SIDE - 1;
    let at = |x, y| if sideways { digit[y * SIDE + last - x] } else { digit[(last - y) * SIDE + x] };
    Canvas::square(SIDE, at).cropped()
}

/// The first digit from a random place on that has one of the labels.
fn any_of<'a>(digits: &'a Split, labels: &[u8], random: &mut impl Rng) -> Option<&'a Image> {
    let start = below(random, digits.len().max(1));
    let fits = |k: &usize| digits.labels.get(*k).is_some_and(|label| labels.contains(label));
    (start..digits.len()).chain(0..start).find(fits).map(|k| &digits.images[k])
}

fn half_of(digit: &Image, half: Half) -> Canvas {
    let whole = Canvas::of(digit).cropped();
    let (width, height) = (whole.width(), whole.height());
    let mut canvas = Canvas::new(width, height);
    for y in 0..height {
        for x in 0..width {
            let inside = match half {
                Half::Upper => y < height / 2,
                Half::Lower => y >= height / 2,
                Half::Left => x < width / 2,
            };
            if inside {
                canvas.put(x, y, whole.at(x, y));
            }
        }
    }
    canvas.cropped()
}

/// The first one as it is, the second one turned by about a quarter.
fn crossed(one: &Image, other: &Image, random: &mut impl Rng) -> Canvas {
    let rotation = f64::from(between(random, 60.0, 120.0)).to_radians();
    let translation = [(); 2].map(|()| f64::from(between(random, -2.0, 2.0)));
    let turned = mapped(other, &Affine { rotation, translation, ..Affine::IDENTITY });
    Canvas::square(SIDE, |x, y| one[y * SIDE + x].max(turned[y * SIDE + x])).cropped()
}
