//! Digits that touch: heuristic over-segmentation (section V). The ink is cut wherever two digits may meet, a network says of every
//! piece between two cuts how likely it is each digit, and the row of pieces that is the likeliest altogether is taken
//! ([`crate::lattice`]).
//!
//! How sure that is says another network. The first one has learnt that the right row must be the likeliest, whatever each of its pieces is
//! by itself; the other one knows of each piece by itself whether it is a digit.

use super::confidence::Likely;
use super::strings::Found;
use crate::classify;
use crate::data::Image;
use crate::kernels::level::Level;
use crate::lattice::{Lattice, Strip};
use crate::models;
use crate::net::Parameters;

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
        let mut logs =
            likely(&self.strings, &images.concat()).map(|likely| likely.digits.map(|p| p.max(1e-9).ln()));
        let path = |lattice: &Lattice| {
            lattice.likeliest(&logs.by_ref().take(lattice.pieces().len()).collect::<Vec<_>>())
        };
        let paths: Vec<Vec<(usize, u8)>> = lattices.iter().map(path).collect();
        let of_paths = paths.iter().zip(&images);
        let taken: Vec<Image> =
            of_paths.flat_map(|(path, images)| path.iter().map(|(piece, _)| images[*piece])).collect();
        let mut sure = likely(&self.pieces, &taken);
        let found = |(lattice, path): (&Lattice, Vec<(usize, u8)>)| {
            let found = path.into_iter().zip(sure.by_ref()).map(|((piece, value), likely)| Found {
                columns: lattice.pieces()[piece].clone(),
                value,
                likely,
            });
            found.collect()
        };
        lattices.iter().zip(paths).map(found).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::normalise::INPUT;

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
