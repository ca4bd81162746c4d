//! Digits that touch: heuristic over-segmentation (section V). The ink is cut wherever two digits may meet, a network says of every
//! piece between two cuts how likely it is each digit, and the row of pieces that is the likeliest altogether is taken
//! ([`crate::lattice`]).
//!
//! Which digits these pieces are it says together with another network, and that one alone how sure they are. The first one has learnt that
//! the right row must be the likeliest, whatever each of its pieces is by itself; the other one knows of each piece by itself whether it
//! is a digit.

use super::confidence::Likely;
use super::strings::Found;
use crate::classify;
use crate::data::Image;
use crate::kernels::level::Level;
use crate::lattice::{Lattice, Strip};
use crate::models;
use crate::net::Parameters;

/// What the logarithm of the second network's probability counts beside the first one's where a piece that was taken is named.
const SECOND: f32 = 0.5;

/// The two networks.
#[derive(Clone, Debug)]
pub(super) struct Cutter {
    /// Of the recipe `strings`.
    strings: Parameters,
    /// Of the recipe `pieces`.
    pieces: Parameters,
}

impl Cutter {
    pub(super) fn shipped() -> Self {
        Cutter { strings: models::strings(), pieces: models::pieces() }
    }

    /// For each strip the likeliest row of digits whose pieces cover its ink; an empty one if there is none. All strips together, so that
    /// the networks' work spaces are made once and full.
    pub(super) fn digits(&self, level: Level, strips: &[Strip]) -> Vec<Vec<Found>> {
        let likely = |network, images: &[Image]| {
            let answers = classify::answers(level, network, images);
            answers.into_iter().map(|answer| Likely::of(&answer.penalties))
        };
        let (lattices, images): (Vec<Lattice>, Vec<Vec<Image>>) = strips.iter().map(Lattice::new).unzip();
        let log = |likely: &Likely| likely.digits.map(|p| p.max(1e-9).ln());
        let mut logs = likely(&self.strings, &images.concat()).map(|likely| log(&likely));
        // The pieces of each path, and how likely each of them is each digit.
        let path = |lattice: &Lattice| -> Vec<(usize, [f32; 10])> {
            let logs: Vec<[f32; 10]> = logs.by_ref().take(lattice.pieces().len()).collect();
            lattice.likeliest(&logs).into_iter().map(|(piece, _)| (piece, logs[piece])).collect()
        };
        let paths: Vec<Vec<(usize, [f32; 10])>> = lattices.iter().map(path).collect();
        let of_paths = paths.iter().zip(&images);
        let taken: Vec<Image> =
            of_paths.flat_map(|(path, images)| path.iter().map(|(piece, _)| images[*piece])).collect();
        let mut sure = likely(&self.pieces, &taken);
        let found = |(lattice, path): (&Lattice, Vec<(usize, [f32; 10])>)| {
            let found = path.into_iter().zip(sure.by_ref()).map(|((piece, first), likely)| Found {
                columns: lattice.pieces()[piece].clone(),
                value: named(&first, &log(&likely)),
                likely,
            });
            found.collect()
        };
        lattices.iter().zip(paths).map(found).collect()
    }
}

/// Which digit a piece is, by the logarithms of what both networks say.
fn named(first: &[f32; 10], second: &[f32; 10]) -> u8 {
    let both = |digit: &usize| first[*digit] + SECOND * second[*digit];
    (0..10).max_by(|a, b| both(a).total_cmp(&both(b))).unwrap_or_default() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::normalise::INPUT;

    #[test]
    fn a_piece_is_what_both_networks_can_agree_on() {
        let log = |likely: [(usize, f32); 2]| {
            let mut logs = [0.001_f32.ln(); 10];
            likely.into_iter().for_each(|(digit, p)| logs[digit] = p.ln());
            logs
        };
        assert_eq!(named(&log([(4, 0.6), (9, 0.4)]), &log([(9, 0.9), (1, 0.1)])), 9);
        assert_eq!(named(&log([(4, 0.9), (9, 0.1)]), &log([(9, 0.8), (4, 0.2)])), 4);
        assert_eq!(named(&log([(4, 0.99), (9, 0.01)]), &log([(1, 0.9), (7, 0.1)])), 4);
    }

    #[test]
    fn strokes_side_by_side_on_one_foot_are_ones_in_their_columns() {
        // Upright strokes of three columns, every twelfth, and a hair below that makes them one.
        let inked = |x: usize, y: usize| (6..26).contains(&y) && x % 12 < 3 || y == 25;
        let ink = (0..INPUT * 39).map(|at| if inked(at % 39, at / 39) { 255 } else { 0 }).collect();
        let found = &Cutter::shipped().digits(Level::new(), &[Strip { width: 39, ink }])[0];
        assert_eq!(found.iter().map(|digit| digit.value).collect::<Vec<_>>(), [1; 4]);
        for (k, digit) in found.iter().enumerate() {
            assert!(digit.columns.contains(&(12 * k + 1)), "{k}: {:?}", digit.columns);
        }
    }
}
