//! Ink that is drawn: strokes, letters, scribbles, textures, pieces of digits, none of which is a digit; and digits as hands write them
//! that MNIST does not know ([`abroad`]).
//!
//! A network that knows ten answers gives one of them to everything. To teach it "no digit", and to see whether it learnt, one
//! needs things that are none, and many.
//!
//! ```
//! use lenet::data::Dataset;
//! use lenet::pen::{Canvas, Face, Nothing, abroad, curve, letter, nothing};
//! use rand::{SeedableRng, rngs::ChaCha8Rng};
//!
//! let mut canvas = Canvas::new(100, 50);
//! canvas.stroke(&curve(&[[10.0, 10.0], [50.0, 40.0], [90.0, 10.0]]), 4.0);
//! assert_eq!((canvas.at(50, 40), canvas.at(0, 0)), (255, 0));
//!
//! assert!(letter(Face::Sans, 'A', 80.0).height() > 40);
//! let one = abroad(1, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
//! assert!(one.height() > one.width());
//!
//! let digits = Dataset::bundled().test;
//! for kind in Nothing::ALL {
//!     let drawn = nothing(kind, Face::Serif, &digits, &mut ChaCha8Rng::seed_from_u64(1));
//!     assert_eq!(drawn.ink_box().is_some(), kind != Nothing::Blank, "{}", kind.name());
//! }
//! ```

mod canvas;
pub(crate) mod chance;
mod stroke;
mod letter;
mod scribble;
mod texture;
mod dirt;
mod piece;
mod hand;

pub use canvas::Canvas;
pub use dirt::dirt;
pub use hand::abroad;
pub use letter::{Face, LETTERS, letter};
pub use scribble::scribble;
pub use stroke::curve;
pub(crate) use stroke::distance;
pub use texture::texture;

use rand::Rng;

use crate::data::Split;

/// Pixels of the square that things are drawn on: enough for a page, far more than the network sees.
const DRAWN: usize = 96;

/// What is no digit, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nothing {
    /// Paper.
    Blank,
    /// One of [`LETTERS`].
    Letter,
    /// A [`scribble()`].
    Scribble,
    /// A half of a digit that is no digit, or two digits crossed over one another.
    Piece,
    /// A digit in the mirror that is none there.
    Mirrored,
    /// A [`texture()`].
    Texture,
    /// [`dirt()`].
    Dirt,
}

impl Nothing {
    /// All kinds.
    pub const ALL: [Nothing; 7] = [
        Nothing::Blank,
        Nothing::Letter,
        Nothing::Scribble,
        Nothing::Piece,
        Nothing::Mirrored,
        Nothing::Texture,
        Nothing::Dirt,
    ];

    /// The kind's name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Nothing::Blank => "blank",
            Nothing::Letter => "letter",
            Nothing::Scribble => "scribble",
            Nothing::Piece => "piece of a digit",
            Nothing::Mirrored => "mirrored digit",
            Nothing::Texture => "texture",
            Nothing::Dirt => "dirt",
        }
    }
}

/// Something of this kind on a canvas that just holds it, 96 pixels at most. What it is follows from the stream alone.
///
/// Letters come from `face`, pieces and mirrored digits from `digits`, which are 28 pixels at most; they are blank if none of
/// the digits serves. [`Nothing::Blank`] is always blank.
pub fn nothing(kind: Nothing, face: Face, digits: &Split, random: &mut impl Rng) -> Canvas {
    match kind {
        Nothing::Blank => Canvas::new(DRAWN, DRAWN),
        Nothing::Letter => letter(face, chance::one(random, &LETTERS), DRAWN as f32),
        Nothing::Scribble => scribble(random, DRAWN),
        Nothing::Piece => piece::piece(digits, random),
        Nothing::Mirrored => piece::mirrored(digits, random),
        Nothing::Texture => texture(random, DRAWN).cropped(),
        Nothing::Dirt => dirt(random, DRAWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    /// A ring with a bar for each class: wide enough for its halves to be wide.
    fn digits() -> Split {
        let image = |k: usize| {
            let mut canvas = Canvas::new(28, 28);
            let ring: Vec<_> = (0..25).map(|k| (k as f32 / 24.0 * std::f32::consts::TAU).sin_cos()).collect();
            let ring: Vec<_> = ring.iter().map(|(y, x)| [14.0 + 9.0 * x, 14.0 + 6.0 * y]).collect();
            canvas.stroke(&ring, 1.4 + 0.15 * k as f32);
            canvas.stroke(&[[10.0, 10.0], [10.0 + k as f32, 17.0]], 1.5);
            canvas.ink().try_into().unwrap()
        };
        Split { images: (0..10).map(image).collect(), labels: (0..10).collect() }
    }

    fn drawn(kind: Nothing, seed: u64, digits: &Split) -> Canvas {
        nothing(kind, Face::Sans, digits, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    #[test]
    fn every_kind_has_ink_up_to_its_edges_and_many_looks() {
        let digits = digits();
        for kind in Nothing::ALL.into_iter().filter(|kind| *kind != Nothing::Blank) {
            let mut looks = std::collections::HashSet::new();
            for seed in 0..100 {
                let canvas = drawn(kind, seed, &digits);
                let (width, height) = (canvas.width(), canvas.height());
                assert_eq!(canvas.ink_box(), Some([0, 0, width, height]), "{kind:?} {seed}");
                assert!(
                    width.max(height) <= DRAWN && width.max(height) >= 7,
                    "{kind:?} {seed}: {width}x{height}"
                );
                looks.insert(canvas.ink().to_vec());
            }
            assert!(looks.len() > 8, "{kind:?}: {}", looks.len());
        }
    }

    #[test]
    fn the_same_stream_draws_the_same() {
        for kind in Nothing::ALL {
            for seed in 0..20 {
                assert!(drawn(kind, seed, &digits()) == drawn(kind, seed, &digits()));
            }
        }
    }

    #[test]
    fn without_digits_what_needs_them_is_blank() {
        let none = Split::default();
        let labels_only = Split { images: Vec::new(), labels: vec![3] };
        for seed in 0..20 {
            for kind in [Nothing::Blank, Nothing::Piece, Nothing::Mirrored] {
                assert_eq!(drawn(kind, seed, &none).ink_box(), None);
                assert_eq!(drawn(kind, seed, &labels_only).ink_box(), None);
            }
        }
    }
}
