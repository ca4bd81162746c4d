//! Digits as heuristic over-segmentation cuts them out of their row: from one cut to another, rightly or wrongly (`read::cuts`).
//!
//! ```text
//! row          3 3 8 8 8 1 4 4          digits of the row overlap or are apart
//! rightly          |8 8 8|              both cuts are near the digit's ends: the class is its own
//! wrongly        |3 8 8|                one of them is not: the class is nothing
//! ```

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::scene::{Ink, OFF, Placed, Scenes, add};
use crate::data::normalise::{BORDER, INPUT, cut_out};
use crate::data::{Field, Image, SIDE};
use crate::distort::Chance;
use crate::net::NOTHING;

/// Columns for a row of digits, the one that is taught in the middle.
const WIDE: usize = 4 * INPUT;
/// Digits of a row, the one that is taught in the middle of them.
const ROW: usize = 5;
const MIDDLE: usize = ROW / 2;
/// How often there is a neighbour, and how often one behind it.
const THERE: [f64; 2] = [0.8, 0.7];
/// Pixels by which a right cut is off the middle of gap or overlap at most.
const NEAR: f64 = 2.0;
/// Pixels off gap or overlap from which on a cut is wrong.
const FAR: f64 = 4.0;
/// The narrowest and the widest wrong piece, in pixels.
const PIECES: [f64; 2] = [3.0, 27.0];
/// How often a wrong piece is two digits.
const PAIRS: f64 = 0.4;
/// How often any other wrong piece is looked for, where a row of narrow digits has few.
const TRIES: usize = 6;

/// Digits next to each other.
struct Row {
    ink: [u8; INPUT * WIDE],
    /// Where the ink of each digit begins and ends, from left to right.
    spans: [[f64; 2]; ROW],
    /// Those that are there.
    there: Range<usize>,
}

/// Puts a digit's piece into the field, or if `wrongly` a piece that is none; says its class.
#[simd]
pub(super) fn put_piece<S: Simd>(
    simd: S,
    scenes: &Scenes<'_>,
    pattern: u32,
    (image, ink, class): (Image, Ink, u8),
    wrongly: bool,
    (chance, field): (&mut Chance, &mut Field),
) -> u8 {
    let mut row = Row { ink: [0; INPUT * WIDE], spans: [[0.0; 2]; ROW], there: MIDDLE..MIDDLE + 1 };
    row.add(MIDDLE, &image, ink, WIDE as f64 / 2.0 - ink.middle(), chance);
    for right in [false, true] {
        for (far, there) in THERE.into_iter().enumerate() {
            if chance.share() >= there {
                break;
            }
            let place = if right { MIDDLE + 1 + far } else { MIDDLE - 1 - far };
            let mut image = [0; SIDE * SIDE];
            let gap = scenes.gap(chance);
            let Some(ink) = scenes.neighbour(simd, scenes.number(pattern, place), chance, &mut image) else {
                break;
            };
            let x = if right {
                row.spans[place - 1][1] + gap - ink.left
            } else {
                row.spans[place + 1][0] - gap - ink.right
            };
            row.add(place, &image, ink, x, chance);
        }
    }
    let wrong = if wrongly { row.wrong(chance) } else { None };
    let (columns, class) = match wrong {
        Some(columns) => (columns, NOTHING),
        None => (row.right(chance), class),
    };
    let column = |x: f64| (x.round().max(0.0) as usize).min(WIDE);
    let columns = column(columns.start)..column(columns.end).max(column(columns.start));
    if cut_out(&row.ink, WIDE, columns, field, INPUT) { class } else { NOTHING }
}

/// Puts any columns of what is no digit into the field.
pub(super) fn put_nothing(image: &Image, chance: &mut Chance, field: &mut Field) {
    let mut column = || (chance.share() * (SIDE + 1) as f64) as usize;
    let (a, b) = (column(), column());
    cut_out(image, SIDE, a.min(b)..a.max(b), field, INPUT);
}

impl Row {
    /// Adds a digit whose image begins in column `x`.
    fn add(&mut self, place: usize, image: &Image, ink: Ink, x: f64, chance: &mut Chance) {
        let placed = Placed { image: *image, x: x.round(), y: BORDER as f64 + OFF * chance.either_way() };
        add(&mut self.ink, WIDE, &placed);
        self.spans[place] = [placed.x + ink.left, placed.x + ink.right];
        self.there = self.there.start.min(place)..self.there.end.max(place + 1);
    }

    /// Where the digit at this place and the one before it meet: the middle of gap or overlap, and half of its width; the end of the
    /// row is as wide as you like.
    fn border(&self, place: usize) -> (f64, f64) {
        if place == self.there.start {
            (self.spans[place][0], f64::INFINITY)
        } else if place == self.there.end {
            (self.spans[place - 1][1], f64::INFINITY)
        } else {
            let (left, right) = (self.spans[place - 1][1], self.spans[place][0]);
            ((left + right) / 2.0, (right - left).abs() / 2.0)
        }
    }

    /// The middle of a digit.
    fn middle(&self, place: usize) -> f64 {
        (self.spans[place][0] + self.spans[place][1]) / 2.0
    }

    /// Cuts near both ends of the digit in the middle, not beyond the middle of a narrow neighbour.
    fn right(&self, chance: &mut Chance) -> Range<f64> {
        let mut cut = |place: usize| self.border(place).0 + NEAR * chance.either_way();
        let (mut start, mut end) = (cut(MIDDLE), cut(MIDDLE + 1));
        if self.there.start < MIDDLE {
            start = start.max(self.middle(MIDDLE - 1) + 1.0);
        }
        if self.there.end > MIDDLE + 1 {
            end = end.min(self.middle(MIDDLE + 1) - 1.0);
        }
        start..end
    }

    /// Cuts that are no digit's: around two of them, or anywhere; none if chance finds none.
    fn wrong(&self, chance: &mut Chance) -> Option<Range<f64>> {
        let both = self.there.start.max(MIDDLE - 1)..self.there.end.min(MIDDLE + 2);
        if both.len() > 1 && chance.share() < PAIRS {
            let first = if both.len() == 2 || chance.share() < 0.5 { both.start } else { both.start + 1 };
            let mut cut = |place: usize| self.border(place).0 + NEAR * chance.either_way();
            return Some(cut(first)..cut(first + 2));
        }
        let (from, to) = (self.border(both.start).0 - 1.0, self.border(MIDDLE + 1).0);
        let end = self.border(self.there.end).0;
        let mut tries = (0..TRIES).map(|_| {
            let start = from + chance.share() * (to - from);
            start..start + PIECES[0] + chance.share() * (PIECES[1] - PIECES[0])
        });
        tries.find(|cut| cut.end < end + FAR && !self.there.clone().any(|place| self.is_cut_out(place, cut)))
    }

    /// Whether both cuts are near the ends of a digit, or beyond the row's, with no other digit's middle between them.
    fn is_cut_out(&self, place: usize, cut: &Range<f64>) -> bool {
        let near = |place: usize, at: f64, outwards: f64| {
            let (middle, half) = self.border(place);
            if half.is_infinite() {
                (at - middle) * outwards > -FAR
            } else {
                (at - middle).abs() < half + FAR
            }
        };
        let alone = self.there.clone().all(|other| other == place || !cut.contains(&self.middle(other)));
        alone && near(place, cut.start, -1.0) && near(place + 1, cut.end, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Scene;
    use crate::train::scene::tests::fields;

    const SCENE: Scene = Scene {
        neighbours: 0.5,
        between: 0.5,
        narrowest: 0.0,
        widest: 6.0,
        pieces: true,
        strips: 0,
        noisy: 0.0,
    };

    #[test]
    fn what_is_cut_out_rightly_has_the_most_of_its_digit_and_what_is_not_is_nothing() {
        let (mut right, mut wrong) = (0, 0);
        for pass in 1..=30 {
            for (n, (field, class)) in fields(SCENE, pass).iter().enumerate() {
                // A row through the middle: all bars are there, whether up or down by two.
                let row = &field[16 * INPUT..][..INPUT];
                let own = row.iter().filter(|ink| **ink == 100 + n as u8).count();
                let all = row.iter().filter(|ink| **ink > 0).count();
                if *class == NOTHING {
                    wrong += 1;
                    continue;
                }
                right += 1;
                assert_eq!(*class, n as u8 % 10);
                // Bars are six pixels wide and do not overlap; a cut is off by two pixels at most, on both sides.
                assert!(own >= 6 - 2 * 2 && all <= 6 + 2 * 2, "pass {pass}, digit {n}: {own} of {all}");
            }
        }
        // Half, but for what is nothing itself and where chance finds no wrong piece.
        assert!((560..700).contains(&right) && right + wrong == 1200, "{right}, {wrong}");
    }

    #[test]
    fn pieces_follow_from_seed_pass_and_pattern_and_have_their_mass_in_the_middle() {
        assert!(fields(SCENE, 3) == fields(SCENE, 3) && fields(SCENE, 3) != fields(SCENE, 4));
        for (field, _) in fields(SCENE, 5) {
            let (mut mass, mut x, mut y) = (0.0, 0.0, 0.0);
            for (k, ink) in field.iter().enumerate() {
                mass += f64::from(*ink);
                x += f64::from(*ink) * (k % INPUT) as f64;
                y += f64::from(*ink) * (k / INPUT) as f64;
            }
            // Of a wide piece the square may lose an end.
            let off = ((x / mass - 16.0).abs(), (y / mass - 16.0).abs());
            assert!(mass == 0.0 || off.0 < 2.5 && off.1 < 1.0, "{off:?}");
        }
    }

    #[test]
    fn a_piece_is_a_digit_only_if_it_is_cut_at_its_ends_and_has_no_other_one_s_middle() {
        let mut row = Row { ink: [0; INPUT * WIDE], spans: [[0.0; 2]; ROW], there: 1..4 };
        row.spans[1..4].copy_from_slice(&[[10.0, 20.0], [20.0, 34.0], [32.0, 36.0]]);
        let is = |place: usize, start: f64, end: f64| row.is_cut_out(place, &(start..end));
        assert!(is(2, 20.0, 33.0) && is(2, 17.0, 33.5) && is(1, 2.0, 20.0) && is(3, 33.0, 50.0));
        // Half of it, half of its neighbour too, the narrow neighbour too, another one.
        assert!(!is(2, 26.0, 33.0) && !is(2, 14.0, 33.0) && !is(2, 20.0, 36.0) && !is(1, 20.0, 33.0));
        assert_eq!((row.border(1).0, row.border(2), row.border(3)), (10.0, (20.0, 0.0), (33.0, 1.0)));
    }
}
