//! Digits that touch: heuristic over-segmentation (section V). The ink is cut wherever two digits may meet, the network says of every
//! piece between two cuts which digit it is, or none, and the row of pieces that is the likeliest altogether is taken.
//!
//! ```text
//! ink        |   2  | 3 |
//! cuts       0 . . . a . b . . . . n          a piece is the ink from one cut to a later one
//! pieces     |---2---|                        -ln p: what taking it for this digit costs
//!            |----8-----|
//!                    |---3-----------|
//! ```
//!
//! The path from the first cut to the last is Viterbi's. Pieces are not scaled, so that half a digit does not look like a whole one,
//! but put into the middle by their centre of mass, as MNIST's digits are.

use std::ops::Range;

use super::confidence::Likely;
use super::strings::{Found, Strip};
use crate::classify;
use crate::data::normalise::cut_out;
use crate::data::{Image, SIDE};
use crate::kernels::level::Level;
use crate::net::Parameters;

/// Columns from one cut to the next.
const STEP: usize = 2;
/// The narrowest and the widest piece, in columns.
const WIDTHS: Range<usize> = 3..28;

/// What every digit takes off the cost of a row, so that a digit and its narrow neighbour are not taken for one too often: of the
/// values tried the one that read most strings of training digits.
const MORE: f32 = 0.25;

/// The likeliest row of digits whose pieces cover the strip's ink; none if there is none. The network must be one of the recipe
/// `pieces`.
pub(crate) fn digits(level: Level, parameters: &Parameters, strip: &Strip) -> Vec<Found> {
    let (pieces, images) = pieces(strip);
    let answers = classify::answers(level, parameters, &images);
    let likely: Vec<Likely> = answers.iter().map(|answer| Likely::of(&answer.penalties)).collect();
    // The least that it costs to have come to each column, and the piece that ends there; none where there is only paper.
    let mut best: Vec<(f32, Option<usize>)> = vec![(f32::INFINITY, None); strip.width + 1];
    best[0].0 = 0.0;
    let mut next = 0;
    for column in 0..strip.width {
        let so_far = best[column].0;
        if strip.blank(column) && so_far < best[column + 1].0 {
            best[column + 1] = (so_far, None);
        }
        while let Some(piece) = pieces.get(next).filter(|piece| piece.start == column) {
            let value = usize::from(likely[next].digit());
            let cost = so_far - likely[next].digits[value].max(1e-9).ln() - MORE;
            let end = &mut best[piece.end];
            if cost < end.0 {
                *end = (cost, Some(next));
            }
            next += 1;
        }
    }
    let (mut column, mut found) = (strip.width, Vec::new());
    if best[column].0 == f32::INFINITY {
        return found;
    }
    while column > 0 {
        column = match best[column].1 {
            Some(piece) => {
                let (columns, likely) = (pieces[piece].clone(), likely[piece]);
                found.push(Found { columns, value: likely.digit(), likely });
                pieces[piece].start
            }
            None => column - 1,
        }
    }
    found.reverse();
    found
}

/// The columns of all pieces, ordered by where they begin, and what the network gets of them.
fn pieces(strip: &Strip) -> (Vec<Range<usize>>, Vec<Image>) {
    let cuts: Vec<usize> = (0..strip.width).step_by(STEP).chain([strip.width]).collect();
    let narrowest = WIDTHS.start.min(strip.width);
    let (mut pieces, mut images) = (Vec::new(), Vec::new());
    for (k, start) in cuts.iter().enumerate() {
        for end in cuts[k + 1..].iter().filter(|end| (narrowest..WIDTHS.end).contains(&(**end - start))) {
            let mut image = [0; SIDE * SIDE];
            if cut_out(&strip.ink, strip.width, *start..*end, &mut image, SIDE) {
                pieces.push(*start..*end);
                images.push(image);
            }
        }
    }
    (pieces, images)
}

impl Strip {
    fn blank(&self, column: usize) -> bool {
        self.ink[column..].iter().step_by(self.width).all(|ink| *ink == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::normalise::INPUT;
    use crate::models;

    fn strip(width: usize, ink: impl Fn(usize, usize) -> bool) -> Strip {
        let grey = |at| if ink(at % width, at / width) { 255 } else { 0 };
        Strip { width, ink: (0..INPUT * width).map(grey).collect() }
    }

    #[test]
    fn strokes_side_by_side_on_one_foot_are_ones_in_their_columns() {
        // Upright strokes of three columns, every twelfth, and a hair below that makes them one.
        let strip = strip(39, |x, y| (6..26).contains(&y) && x % 12 < 3 || y == 25);
        let found = digits(Level::new(), &models::pieces(), &strip);
        assert_eq!(found.iter().map(|digit| digit.value).collect::<Vec<_>>(), [1; 4]);
        for (k, digit) in found.iter().enumerate() {
            assert!(digit.columns.contains(&(12 * k + 1)), "{k}: {:?}", digit.columns);
        }
    }

    #[test]
    fn digits_follow_each_other_and_leave_out_nothing_but_paper() {
        for width in 1..60 {
            let strip = strip(width, |x, y| x % 20 < 15 && (x * 7 + y * 3) % 5 < 3);
            let found = digits(Level::new(), &Parameters::zeros(), &strip);
            let mut covered = vec![false; width];
            for (k, digit) in found.iter().enumerate() {
                assert!(k == 0 || digit.columns.start >= found[k - 1].columns.end);
                covered[digit.columns.clone()].fill(true);
            }
            assert!((0..width).all(|x| covered[x] || strip.blank(x)), "{width}");
        }
        let paper = strip(30, |_, _| false);
        assert!(digits(Level::new(), &Parameters::zeros(), &paper).is_empty());
    }
}
