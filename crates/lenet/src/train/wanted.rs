//! Strips of digits that are read whole: a network of pieces is taught that the right way to cut a strip must be the likeliest of all
//! (discriminative forward training of a graph transformer network, section VI).
//!
//! What is wanted of each piece follows from how likely it is on a path that reads the strip rightly, and on any
//! ([`Lattice::wanted`]): where the right way is the likeliest by far nothing is, where another one is likely its pieces are to be
//! less likely and the right ones more. Where the cuts were need not be known.

use rayon::prelude::*;

use super::scene::{Placed, add};
use crate::classify::Answer;
use crate::data::normalise::{BORDER, INPUT};
use crate::data::{Field, Image};
use crate::lattice::{Lattice, TrueStrip};
use crate::net::{Criterion, Truth};

/// Pieces of a strip that are learnt at most, those of which the most is wanted.
pub(super) const MOST: usize = 64;
/// Of which less than this is wanted is not learnt.
const LEAST: f32 = 0.02;
/// How many patterns of a batch a strip counts as.
const WEIGHT: f32 = 32.0;
/// The logarithm of the least likelihood that is told from none.
const UNLIKELY: f32 = -20.0;

/// Pieces of strips, and what is wanted of them.
#[derive(Debug)]
pub(super) struct Wanted {
    pieces: Vec<(Image, [f32; 10])>,
}

impl Wanted {
    /// Of these strips, as the network answers to their pieces; to be called inside of `Workers::enter`.
    pub(super) fn of(
        strips: &[&TrueStrip],
        criterion: &Criterion,
        answers: impl FnOnce(&[Image]) -> Vec<Answer>,
    ) -> Self {
        let cut: Vec<_> = strips.par_iter().map(|known| Lattice::new(&known.strip)).collect();
        let images: Vec<Image> = cut.iter().flat_map(|(_, images)| images).copied().collect();
        let logs =
            |answer: &Answer| criterion.values(&answer.penalties).map(|value| (-value as f32).max(UNLIKELY));
        let logs: Vec<[f32; 10]> = answers(&images).par_iter().map(logs).collect();
        let mut starts = vec![0];
        cut.iter().for_each(|(_, images)| starts.push(starts[starts.len() - 1] + images.len()));
        let of_strips = strips.par_iter().zip(&cut).zip(starts.par_windows(2));
        let pieces = of_strips.flat_map_iter(|((known, (lattice, images)), at)| {
            let wanted =
                lattice.wanted(&logs[at[0]..at[1]], &known.text).map_or(Vec::new(), |(wanted, _)| wanted);
            most(images.iter().copied().zip(wanted).collect())
        });
        Wanted { pieces: pieces.collect() }
    }

    /// Writes a piece over the field and returns what is wanted of it.
    pub(super) fn put(&self, piece: u32, field: &mut Field) -> Truth {
        let (image, wanted) = &self.pieces[piece as usize];
        field.fill(0);
        add(field, INPUT, &Placed { image: *image, x: BORDER as f64, y: BORDER as f64 });
        Truth::Wanted(*wanted)
    }

    /// The numbers of all pieces.
    pub(super) fn all(&self) -> Vec<u32> {
        (0..self.pieces.len() as u32).collect()
    }
}

/// Those of a strip's pieces that are learnt, each as many times as a strip counts.
fn most(mut pieces: Vec<(Image, [f32; 10])>) -> Vec<(Image, [f32; 10])> {
    let size = |(_, wanted): &(Image, [f32; 10])| wanted.iter().map(|w| w.abs()).sum::<f32>();
    pieces.retain(|piece| size(piece) >= LEAST);
    pieces.sort_by(|a, b| size(b).total_cmp(&size(a)));
    pieces.truncate(MOST);
    pieces.iter_mut().flat_map(|(_, wanted)| wanted).for_each(|w| *w *= WEIGHT);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lattice::Strip;

    #[test]
    fn what_is_learnt_makes_the_text_likelier() {
        let strip =
            Strip { width: 21, ink: (0..32 * 21).map(|at| if at % 21 == 20 { 9 } else { 200 }).collect() };
        let known = TrueStrip { strip, text: vec![4, 2] };
        let criterion = Criterion::Map { scale: 0.1, j: 5.0 };
        // Penalties that depend on a piece's ink.
        let penalties = |image: &Image| {
            let ink = image.iter().map(|ink| usize::from(*ink)).sum::<usize>();
            std::array::from_fn(|digit| 20.0 + ((ink / 100 * (digit + 3)) % 37) as f32)
        };
        let answers = |images: &[Image]| -> Vec<Answer> {
            images.iter().map(|image| Answer { penalties: penalties(image) }).collect()
        };
        let wanted = Wanted::of(&[&known, &known], &criterion, answers);
        assert!(!wanted.pieces.is_empty() && wanted.pieces.len() <= 2 * MOST);
        let (one, other) = wanted.pieces.split_at(wanted.pieces.len() / 2);
        assert!(one == other && wanted.all().len() == wanted.pieces.len());
        assert!(one.iter().all(|(_, wanted)| wanted.iter().map(|w| w.abs()).sum::<f32>() >= LEAST * WEIGHT));
        // A little of what is wanted, and the text is likelier than before.
        let (lattice, images) = Lattice::new(&known.strip);
        let cost = |step: f32| {
            let log = |image: &Image| {
                let mut logs = criterion.values(&penalties(image)).map(|value| -value as f32);
                if let Some((_, wanted)) = one.iter().find(|(piece, _)| piece == image) {
                    logs.iter_mut().zip(wanted).for_each(|(log, wanted)| *log += step * wanted);
                }
                logs
            };
            lattice.wanted(&images.iter().map(log).collect::<Vec<_>>(), &known.text).unwrap().1
        };
        assert!(cost(0.01) < cost(0.0) && cost(0.0) < cost(-0.01));
    }
}
