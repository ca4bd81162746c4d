//! Digits as a pass presents them.

use std::fmt;
use std::hint::black_box;

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;

use super::order::{STREAM_COPIES, STREAM_DISTORTION, STREAM_SHIFT, shuffle_first, stream};
use super::recipe::Recipe;
use crate::data::{Image, SIDE, Split};
use crate::distort::{Distorter, shift_into, shifts};
use crate::kernels::level::Level;
use crate::net::Truth;

/// What a pass presents: pictures of 28x28 or 32x32, which `AREA` tells, with their classes.
pub(super) trait Patterns<const AREA: usize>: Sync {
    /// Reads what these patterns will be made of, so that it is on its way from memory.
    fn fetch(&self, patterns: &[u32]);

    /// Writes a pattern over `image` and returns what it is to be.
    fn put<S: Simd>(&self, simd: S, pattern: u32, image: &mut [u8; AREA]) -> Truth;
}

impl Patterns<{ SIDE * SIDE }> for Presented<'_> {
    #[inline]
    fn fetch(&self, patterns: &[u32]) {
        self.fetch(patterns);
    }

    #[inline(always)]
    fn put<S: Simd>(&self, simd: S, pattern: u32, image: &mut Image) -> Truth {
        Truth::Class(self.put(simd, pattern, image))
    }
}

/// The patterns of a pass: the digits of a set, moved and distorted as the recipe wants them.
///
/// A pattern is a number: that of the digit, or if the recipe has copies, `copy * digits + digit`, copy 0 being the digit as it
/// is.
pub struct Presented<'a> {
    digits: &'a Split,
    /// How far each digit is moved; empty if none is.
    shifts: Vec<[i8; 2]>,
    distorter: Option<Distorter>,
    /// Distorted versions of each digit that are made once; 0 if they are made anew in every pass.
    copies: u8,
}

impl<'a> Presented<'a> {
    /// The digits as they are.
    pub(super) fn unchanged(digits: &'a Split) -> Self {
        Presented { digits, shifts: Vec::new(), distorter: None, copies: 0 }
    }

    /// The patterns of a pass, counted from 1, of a run with this seed.
    pub fn new(recipe: &Recipe, seed: u64, digits: &'a Split, pass: usize) -> Self {
        let moved = if recipe.shift > 0 { digits.len() } else { 0 };
        let copies = recipe.copies();
        // What is made once is made from one stream, what is made anew from that of the pass.
        let round = if copies > 0 { 0 } else { pass as u64 };
        let random = || stream(seed, STREAM_DISTORTION + round);
        Presented {
            digits,
            shifts: shifts(moved, recipe.shift, &mut stream(seed, STREAM_SHIFT + pass as u64)),
            distorter: recipe.distortion.as_ref().map(|distortion| Distorter::new(distortion, &mut random())),
            copies,
        }
    }

    /// A pattern as it is presented: its image and its class.
    ///
    /// # Panics
    /// When there is no pattern of that number.
    pub fn pattern(&self, pattern: u32) -> (Image, u8) {
        let mut image = [0; SIDE * SIDE];
        let class = dispatch!(Level::new(), simd => self.put(simd, pattern, &mut image));
        (image, class)
    }

    /// Reads a byte of every cache line of the digits of these patterns, which lie anywhere in the set: asked for all at once they
    /// come from memory in a third of the time that they take one after the other.
    #[inline]
    pub(super) fn fetch(&self, patterns: &[u32]) {
        let digit = |&pattern: &u32| &self.digits.images[pattern as usize % self.digits.len()];
        let lines = patterns.iter().map(digit).flat_map(|image| image.iter().step_by(64));
        black_box(lines.fold(0, |all, &pixel| all | pixel));
    }

    /// Writes a pattern over `image` and returns its class.
    #[simd]
    pub(super) fn put<S: Simd>(&self, simd: S, pattern: u32, image: &mut Image) -> u8 {
        let count = self.digits.len() as u32;
        let (n, original) = match self.copies {
            0 => (pattern as usize, false),
            _ => ((pattern % count) as usize, pattern < count),
        };
        let digit = &self.digits.images[n];
        let shift = self.shifts.get(n).copied();
        match (&self.distorter, shift) {
            (Some(distorter), shift) if !original => {
                distorter.put(simd, digit, pattern, shift.unwrap_or_default(), image);
            }
            (_, Some(shift)) => shift_into(digit, shift, image),
            (_, None) => image.copy_from_slice(digit),
        }
        self.digits.labels[n]
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented").field("digits", &self.digits.len()).field("copies", &self.copies).finish()
    }
}

/// The patterns of a pass in the order of the run: the digits to train on in theirs, or if the recipe has copies, the part of
/// all their versions that it is the turn of.
pub(super) fn patterns(recipe: &Recipe, seed: u64, digits: usize, order: &[u32], pass: usize) -> Vec<u32> {
    let copies = u32::from(recipe.copies());
    if copies == 0 {
        return order.to_vec();
    }
    let count = (copies as usize + 1) * order.len();
    let mut all = Vec::with_capacity(count);
    (0..=copies).for_each(|copy| all.extend(order.iter().map(|n| copy * digits as u32 + n)));
    shuffle_first(&mut all, count, &mut stream(seed, STREAM_COPIES));
    let turn = (pass - 1) % (copies as usize + 1);
    all[turn * order.len()..][..order.len()].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distort::Distortion;

    fn recipe(copies: u8) -> Recipe {
        let distortion = Some(Distortion { copies, translation: 3.0, ..Distortion::default() });
        Recipe { distortion, ..Recipe::paper_1998() }
    }

    fn digits() -> Split {
        let image = |n: usize| std::array::from_fn(|k| ((k * (n + 3)) % 256) as u8);
        Split { images: (0..20).map(image).collect(), labels: (0..20).map(|n| n % 10).collect() }
    }

    #[test]
    fn copies_are_each_presented_once_in_as_many_passes_as_there_are_versions() {
        let order = [4, 0, 7, 3];
        let of = |pass| patterns(&recipe(2), 9, 20, &order, pass);
        let mut all = [of(1), of(2), of(3)].concat();
        assert_eq!((of(4), of(6)), (of(1), of(3)));
        assert_ne!(of(1), order);
        all.sort_unstable();
        assert_eq!(all, [0, 3, 4, 7, 20, 23, 24, 27, 40, 43, 44, 47]);
        assert_eq!(patterns(&recipe(0), 9, 20, &order, 5), order);
    }

    #[test]
    fn copies_stay_the_same_and_others_are_made_anew() {
        let digits = digits();
        let image = |copies, seed, pass, pattern| {
            Presented::new(&recipe(copies), seed, &digits, pass).pattern(pattern)
        };
        for n in 0..20 {
            assert_eq!(image(2, 1, 1, n), (digits.images[n as usize], (n % 10) as u8));
            for copy in 1..=2 {
                let (first, class) = image(2, 1, 1, copy * 20 + n);
                assert_eq!(class, (n % 10) as u8);
                assert!(first == image(2, 1, 5, copy * 20 + n).0, "made once");
                assert!(first != digits.images[n as usize] && first != image(2, 2, 1, copy * 20 + n).0);
                assert!(first != image(2, 1, 1, (3 - copy) * 20 + n).0, "a copy of its own");
            }
            assert!(image(0, 1, 1, n) == image(0, 1, 1, n) && image(0, 1, 1, n) != image(0, 1, 2, n));
        }
    }

    #[test]
    fn a_whole_pixel_shift_is_added_to_what_a_digit_is_distorted_by() {
        let digits = digits();
        let distortion = Some(Distortion::default());
        let shifted = Recipe { shift: 2, ..Recipe::paper_1998() };
        let both = Recipe { distortion, ..shifted.clone() };
        for n in 0..20 {
            let of = |recipe| Presented::new(recipe, 1, &digits, 3).pattern(n).0;
            assert!(of(&shifted) == of(&both), "{n}");
        }
    }
}
