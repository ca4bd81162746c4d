//! What is left of a digit when it is cut, mirrored or crossed with another one.
//!
//! Some pieces of digits are digits: the upper half of an 8 is a 0, each half of a 1 is a 1. So there are lists of what may be
//! done to which digit.

use rand::Rng;

use super::Canvas;
use super::chance::{below, between, happens, one};
use crate::data::{Image, SIDE, Split};
use crate::distort::{Affine, mapped};

/// A part of a digit that has nearly half of its ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Upper,
    Lower,
    Left,
}

/// Halves that are no digits. Every half of 1 and the right ones of 4, 7 and 9 are a 1; the upper ones of 8 and 9 and the
/// lower ones of 6 and 8 are a 0; the right half of 8 is a 3; the other halves of 2, 3, 5, 7 and 9 are often enough what the
/// whole was, written small.
const HALVES: [(u8, Half); 6] =
    [(0, Half::Upper), (0, Half::Lower), (2, Half::Lower), (3, Half::Left), (4, Half::Left), (8, Half::Left)];

/// Digits that are none when left and right are exchanged. 0, 1 and 8 stay what they are, 2 becomes a 5 and 5 a 2.
const MIRRORED_SIDEWAYS: [u8; 5] = [3, 4, 6, 7, 9];

/// Digits that are none when top and bottom are exchanged. 0, 1, 3 and 8 stay what they are, 2 becomes a 5 and 5 a 2.
const MIRRORED_UPWARDS: [u8; 4] = [4, 6, 7, 9];

/// Digits of which two, crossed, are neither. A 1 is a bar through the other one, and a 0 a ring around it.
const CROSSED: [u8; 8] = [2, 3, 4, 5, 6, 7, 8, 9];

/// Pairs of digits that are tried before it is given up to cross two.
const TRIES: usize = 20;

/// A half of a digit, or two digits crossed over one another. Blank if there is no digit that serves.
pub(super) fn piece(digits: &Split, random: &mut impl Rng) -> Canvas {
    let piece = if happens(random, 0.5) {
        let (label, half) = one(random, &HALVES);
        // What is slim may be taken for a 1.
        let wide = |piece: &Canvas| 5 * piece.width() >= 2 * piece.height();
        search(digits, &[label], random, |digit| Some(half_of(digit, half)).filter(wide))
    } else {
        (0..TRIES).map_while(|_| crossed(digits, random)).find(|(_, mixed)| *mixed).map(|(canvas, _)| canvas)
    };
    piece.unwrap_or(Canvas::new(1, 1))
}

/// A digit in the mirror. Blank if there is no digit that serves.
pub(super) fn mirrored(digits: &Split, random: &mut impl Rng) -> Canvas {
    let sideways = happens(random, 0.5);
    let labels: &[u8] = if sideways { &MIRRORED_SIDEWAYS } else { &MIRRORED_UPWARDS };
    let digit = search(digits, labels, random, |digit| Some(*digit));
    let last = SIDE - 1;
    let turned = |digit: Image| {
        let at = |x, y| if sideways { digit[y * SIDE + last - x] } else { digit[(last - y) * SIDE + x] };
        Canvas::square(SIDE, at).cropped()
    };
    digit.map_or(Canvas::new(1, 1), turned)
}

/// What becomes of the first digit, from a random place on, that has one of the labels and serves.
fn search<T>(
    digits: &Split,
    labels: &[u8],
    random: &mut impl Rng,
    serve: impl Fn(&Image) -> Option<T>,
) -> Option<T> {
    let count = digits.images.len().min(digits.labels.len());
    let start = below(random, count.max(1));
    let fits = (start..count).chain(0..start).filter(|&k| labels.contains(&digits.labels[k]));
    fits.into_iter().find_map(|k| serve(&digits.images[k]))
}

/// Cut where two fifths of the ink are on this side: in the middle of its box, a digit with a long tail would stay whole.
fn half_of(digit: &Image, half: Half) -> Canvas {
    let sideways = half == Half::Left;
    let line = |k: usize| if sideways { k % SIDE } else { k / SIDE };
    let mut ink = [0; SIDE];
    digit.iter().enumerate().for_each(|(k, &pixel)| ink[line(k)] += u32::from(pixel));
    let all: u32 = ink.iter().sum();
    let mut before = 0;
    let passed = |ink: &u32| {
        before += ink;
        5 * before > if half == Half::Lower { 3 * all } else { 2 * all }
    };
    let cut = ink.iter().position(passed).unwrap_or(0);
    let inside = |x: usize, y: usize| if half == Half::Lower { y > cut } else { line(y * SIDE + x) < cut };
    Canvas::square(SIDE, |x, y| if inside(x, y) { digit[y * SIDE + x] } else { 0 }).cropped()
}

/// Two digits over one another, the second one turned by about a quarter, and whether each adds much to the other: if not, one
/// of them can still be read.
fn crossed(digits: &Split, random: &mut impl Rng) -> Option<(Canvas, bool)> {
    let one = search(digits, &CROSSED, random, |digit| Some(*digit))?;
    let other = search(digits, &CROSSED, random, |digit| Some(*digit))?;
    let rotation = f64::from(between(random, 60.0, 120.0)).to_radians();
    let translation = [(); 2].map(|()| f64::from(between(random, -2.0, 2.0)));
    let turned = mapped(&other, &Affine { rotation, translation, ..Affine::IDENTITY });
    let canvas = Canvas::square(SIDE, |x, y| one[y * SIDE + x].max(turned[y * SIDE + x]));
    let ink = |pixels: &[u8]| pixels.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
    let most = ink(&one).max(ink(&turned));
    let mixed = 10 * ink(canvas.ink()) >= 15 * most;
    Some((canvas.cropped(), mixed))
}
