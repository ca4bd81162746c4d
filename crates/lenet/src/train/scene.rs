//! Digits as they stand in strings: with neighbours, or with nothing in the middle (p. 28).
//!
//! ```text
//! alone            with neighbours        between two
//! +--------+       +--------+             +--------+
//! |   3    |       |)  3  4 |  -> 3       |3   4  (|  -> nothing
//! +--------+       +--------+             +--------+
//! ```

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::order::{STREAM_DISTORTION, STREAM_SCENE, stream};
use super::piece::{put_nothing, put_piece};
use super::presented::Patterns;
use super::recipe::Recipe;
use super::wanted::Wanted;
use crate::data::normalise::{BORDER, INPUT};
use crate::data::{Field, Image, SIDE, Split};
use crate::distort::{Chance, Distorter};
use crate::net::{NOTHING, Truth};

/// How digits are put into the field of 32x32 that the network sees. What is not said here stands alone, as it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// Share of the digits that get neighbours, 0 to 1.
    pub neighbours: f32,
    /// Share of the digits that are shown beside the middle, with neighbours, so that the class is [`NOTHING`] where there is room;
    /// 0 to 1, together with `neighbours` at most 1.
    pub between: f32,
    /// The narrowest gap between the ink of neighbours, in pixels, -8 to `widest`: below 0 they overlap (-1 on p. 28).
    pub narrowest: f32,
    /// The widest gap, in pixels, up to 16 (4 on p. 28).
    pub widest: f32,
    /// Whether digits are cut out of their row, as `read::cuts` does, rather than shown in it: `neighbours` is then the share of those
    /// that are cut out rightly, and `between` of those that are not, so that the class is [`NOTHING`].
    #[serde(default)]
    pub pieces: bool,
    /// Strips of digits that touch, read whole beside each batch, 0 to 64 (`Training::with_strips`): what is taught by them is that the right
    /// way to cut one must be the likeliest of all.
    #[serde(default)]
    pub strips: u32,
    /// Share of the fields of which a tenth of the pixels is inverted, 0 to 1.
    pub noisy: f32,
}

/// Ink from this grey level on counts for where a digit ends.
const INK: u8 = 64;
/// Pixels by which a digit is off the middle at most: outputs are four pixels apart, so that one of them is as near.
pub(super) const OFF: f64 = 2.0;
/// Pixels from the middle of the field to that of the nearest digit from which on none is in the middle.
const CLEAR: f64 = 4.0;
/// Share of digits that have a neighbour on one side only, for each side.
const ONE_SIDED: f64 = 0.2;
/// The middle of the field, in pixels from its edge.
const MIDDLE: f64 = INPUT as f64 / 2.0;
/// Share of pixels that noise inverts (p. 28).
const NOISE: f64 = crate::paper::NOISE;

impl Scene {
    /// The first field that is not in its range: its name, its value and the values allowed.
    pub(super) fn out_of_range(&self) -> Option<(&'static str, f32, &'static str)> {
        let rest = 1.0 - self.neighbours;
        let fields = [
            ("neighbours", self.neighbours, 0.0..=1.0, "a share from 0 to 1"),
            ("between", self.between, 0.0..=rest, "a share from 0 to 1, with `neighbours` at most 1"),
            ("narrowest", self.narrowest, -8.0..=16.0, "a number of pixels from -8 to 16"),
            ("widest", self.widest, self.narrowest..=16.0, "a number of pixels from `narrowest` to 16"),
            ("strips", self.strips as f32, 0.0..=64.0, "a whole number from 0 to 64"),
            ("noisy", self.noisy, 0.0..=1.0, "a share from 0 to 1"),
        ];
        let wrong = fields.into_iter().find(|(_, value, range, _)| !range.contains(value));
        wrong.map(|(name, value, _, range)| (name, value, range))
    }
}

/// The patterns of a pass: the digits of a set in their scenes. Patterns of the class [`NOTHING`] stand alone.
#[derive(Debug)]
pub(super) struct Scenes<'a> {
    digits: &'a Split,
    scene: Scene,
    key: u64,
    distorter: Distorter,
}

impl<'a> Scenes<'a> {
    /// The patterns of a pass, counted from 1, of a run with this seed.
    pub(super) fn new(scene: Scene, recipe: &Recipe, seed: u64, digits: &'a Split, pass: usize) -> Self {
        let distortion = recipe.distortion.unwrap_or_default();
        Scenes {
            digits,
            scene,
            key: stream(seed, STREAM_SCENE + pass as u64).next_u64(),
            distorter: Distorter::new(&distortion, &mut stream(seed, STREAM_DISTORTION + pass as u64)),
        }
    }
}

/// What a pass with scenes presents: these, or pieces of the strips that are read beside them.
pub(super) enum Shown<'a> {
    Scenes(&'a Scenes<'a>),
    Pieces(&'a Wanted),
}

impl Patterns<{ INPUT * INPUT }> for Shown<'_> {
    fn fetch(&self, _: &[u32]) {}

    #[inline(always)]
    fn put<S: Simd>(&self, simd: S, pattern: u32, field: &mut Field) -> Truth {
        match self {
            Shown::Scenes(scenes) => Truth::Class(put(simd, scenes, pattern, field)),
            Shown::Pieces(wanted) => wanted.put(pattern, field),
        }
    }
}

#[simd]
fn put<S: Simd>(simd: S, scenes: &Scenes<'_>, pattern: u32, field: &mut Field) -> u8 {
    let Scenes { digits, scene, key, distorter } = scenes;
    let mut chance = Chance::of(*key, pattern);
    let (kind, noisy) = (chance.share(), chance.share() < f64::from(scene.noisy));
    let class = digits.labels[pattern as usize];
    let mut image = [0; SIDE * SIDE];
    distorter.put(simd, &digits.images[pattern as usize], pattern, [0; 2], &mut image);
    field.fill(0);
    let crowded = kind < f64::from(scene.between + scene.neighbours);
    let class = match Ink::of(&image) {
        Some(ink) if crowded && class != NOTHING && scene.pieces => {
            let wrongly = kind < f64::from(scene.between);
            put_piece(simd, scenes, pattern, (image, ink, class), wrongly, (&mut chance, field))
        }
        Some(_) if crowded && scene.pieces => {
            put_nothing(&image, &mut chance, field);
            class
        }
        Some(ink) if crowded && class != NOTHING => {
            let between = kind < f64::from(scene.between);
            let row = scenes.row(simd, pattern, (image, ink), between, &mut chance);
            row.iter().flatten().for_each(|digit| add(field, INPUT, digit));
            // The middle of the middle one is where it was put, or farther away than a digit may be.
            let off = row[1].as_ref().map_or(0.0, |digit| (digit.x + ink.middle() - MIDDLE).abs());
            if off > OFF + 1.0 { NOTHING } else { class }
        }
        _ => {
            add(field, INPUT, &Placed { image, x: BORDER as f64, y: BORDER as f64 });
            class
        }
    };
    if noisy {
        for pixel in field {
            if chance.share() < NOISE {
                *pixel = 255 - *pixel;
            }
        }
    }
    class
}

impl Scenes<'_> {
    /// A digit and its neighbours, to the left and to the right; the digit is in the middle of the field, or if `between`, where
    /// there is room, a place beside it that is [`CLEAR`] of all of them.
    #[simd]
    fn row<S: Simd>(
        &self,
        simd: S,
        pattern: u32,
        (image, ink): (Image, Ink),
        between: bool,
        chance: &mut Chance,
    ) -> [Option<Placed>; 3] {
        // As if the digit were in the middle.
        let mut row = [None, Some(Placed { image, x: MIDDLE - ink.middle(), y: 0.0 }), None];
        let mut middles = [-(SIDE as f64), MIDDLE, (INPUT + SIDE) as f64];
        let sides = chance.share();
        for (side, there) in [(0, sides >= ONE_SIDED), (2, sides < 1.0 - ONE_SIDED)] {
            let mut image = [0; SIDE * SIDE];
            let neighbour = self.neighbour(simd, self.number(pattern, side), chance, &mut image);
            let gap = self.gap(chance);
            if let (Some(other), true) = (neighbour, there) {
                let half = (ink.right - ink.left) / 2.0 + gap;
                let x = if side == 0 { MIDDLE - half - other.right } else { MIDDLE + half - other.left };
                middles[side] = x + other.middle();
                row[side] = Some(Placed { image, x, y: 0.0 });
            }
        }
        // How far the whole row goes to the right.
        let mut by = OFF * chance.either_way();
        if between {
            let right = chance.share() < 0.5;
            let (from, to) = if right { (middles[1], middles[2]) } else { (middles[0], middles[1]) };
            let room = to - from - 2.0 * CLEAR;
            if room > 0.0 {
                by = MIDDLE - (from + CLEAR + chance.share() * room);
            }
        }
        for digit in row.iter_mut().flatten() {
            digit.x += by;
            digit.y = BORDER as f64 + OFF * chance.either_way();
        }
        row
    }

    /// By which chance the distortion of the neighbour at this place of the row is another one than that of the digit.
    pub(super) fn number(&self, pattern: u32, place: usize) -> u32 {
        pattern + self.digits.len() as u32 * (1 + place as u32)
    }

    /// Pixels between a digit and its neighbour.
    pub(super) fn gap(&self, chance: &mut Chance) -> f64 {
        let Scene { narrowest, widest, .. } = self.scene;
        f64::from(narrowest) + chance.share() * f64::from(widest - narrowest)
    }

    /// A neighbour by chance, distorted; none if chance meets what is no digit.
    #[simd]
    pub(super) fn neighbour<S: Simd>(
        &self,
        simd: S,
        number: u32,
        chance: &mut Chance,
        image: &mut Image,
    ) -> Option<Ink> {
        let n = (chance.share() * self.digits.len() as f64) as usize;
        if self.digits.labels[n] == NOTHING {
            return None;
        }
        self.distorter.put(simd, &self.digits.images[n], number, [0; 2], image);
        Ink::of(image)
    }
}

/// An image and where in the field its first pixel goes, to the nearest pixel.
pub(super) struct Placed {
    pub(super) image: Image,
    pub(super) x: f64,
    pub(super) y: f64,
}

/// The columns in which a digit has ink: the first one, and the one behind the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ink {
    pub(super) left: f64,
    pub(super) right: f64,
}

impl Ink {
    /// Of an image; none if there is no ink.
    fn of(image: &Image) -> Option<Self> {
        let mut columns = [0; SIDE];
        for row in image.chunks_exact(SIDE) {
            columns.iter_mut().zip(row).for_each(|(most, pixel)| *most = (*pixel).max(*most));
        }
        let left = columns.iter().position(|most| *most >= INK)?;
        let right = columns.iter().rposition(|most| *most >= INK)? + 1;
        Some(Ink { left: left as f64, right: right as f64 })
    }

    pub(super) fn middle(self) -> f64 {
        (self.left + self.right) / 2.0
    }
}

/// Adds a digit's ink to a field of so many columns; what leaves it is lost.
pub(super) fn add(field: &mut [u8], columns: usize, digit: &Placed) {
    let (x, y) = (digit.x.round() as isize, digit.y.round() as isize);
    for (row, pixels) in digit.image.chunks_exact(SIDE).enumerate() {
        let row =
            usize::try_from(y + row as isize).ok().and_then(|row| field.chunks_exact_mut(columns).nth(row));
        let Some(row) = row else { continue };
        for (column, pixel) in pixels.iter().enumerate() {
            let place = usize::try_from(x + column as isize).ok().and_then(|column| row.get_mut(column));
            if let Some(place) = place {
                *place = (*place).max(*pixel);
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    const SCENE: Scene = Scene {
        neighbours: 0.5,
        between: 0.25,
        narrowest: -1.0,
        widest: 4.0,
        pieces: false,
        strips: 0,
        noisy: 0.0,
    };

    /// Bars of 6x20 pixels in the middle, each of another grey; the last one is nothing.
    pub(in crate::train) fn digits() -> Split {
        let bar = |n: usize| {
            std::array::from_fn(|k| {
                let inside = (4..24).contains(&(k / SIDE)) && (11..17).contains(&(k % SIDE));
                if inside { 100 + n as u8 } else { 0 }
            })
        };
        Split {
            images: (0..40).map(bar).collect(),
            labels: (0..40).map(|n| if n == 39 { NOTHING } else { n % 10 }).collect(),
        }
    }

    pub(in crate::train) fn fields(scene: Scene, pass: usize) -> Vec<(Field, u8)> {
        let digits = digits();
        let scenes = Scenes::new(scene, &Recipe::fast(), 1, &digits, pass);
        let field = |n: u32| {
            let mut field = [9; INPUT * INPUT];
            let class = dispatch!(Level::new(), simd => put(simd, &scenes, n, &mut field));
            (field, class)
        };
        (0..40).map(field).collect()
    }

    #[test]
    fn without_shares_digits_are_framed_as_they_are() {
        let alone = Scene { neighbours: 0.0, between: 0.0, ..SCENE };
        for ((field, class), (image, label)) in
            fields(alone, 1).iter().zip(digits().images.iter().zip(digits().labels))
        {
            assert_eq!(*class, label);
            for y in 0..INPUT {
                for x in 0..INPUT {
                    let inside = (2..30).contains(&y) && (2..30).contains(&x);
                    let expected = if inside { image[(y - 2) * SIDE + x - 2] } else { 0 };
                    assert_eq!(field[y * INPUT + x], expected);
                }
            }
        }
    }

    #[test]
    fn a_digit_stands_in_the_middle_and_keeps_its_class_or_beside_it_and_is_nothing() {
        let mut seen = [0; 3];
        for pass in 1..=20 {
            for (n, (field, class)) in fields(SCENE, pass).iter().enumerate() {
                let (x, ink) = (|x: usize| field[16 * INPUT + x], |x: &usize| field[16 * INPUT + x] > 0);
                if *class == NOTHING && n != 39 {
                    // The nearest bar's middle is 4 pixels away, rounded, and half a bar is 3.
                    assert!(!ink(&15) && !ink(&16), "pass {pass}, digit {n}");
                    seen[0] += 1;
                } else {
                    assert_eq!(*class, digits().labels[n]);
                    // A neighbour that overlaps it may be darker.
                    assert!(x(16) >= 100 + n as u8, "pass {pass}, digit {n}");
                    let crowded = (0..INPUT).filter(ink).count() > 6;
                    seen[1 + usize::from(crowded)] += 1;
                }
            }
        }
        // Of 800 scenes 20 are nothing from the beginning; a quarter of the others is beside the middle, if there is room: where the gap is
        // more than 2 of -1 to 4 pixels, or where there is no neighbour, a fifth of the scenes on each side.
        let about = |count: usize, expected: usize| count.abs_diff(expected) < 50;
        assert!(about(seen[0], 101) && about(seen[1], 215) && about(seen[2], 484), "{seen:?}");
    }

    #[test]
    fn scenes_follow_from_seed_pass_and_pattern_and_noise_inverts_a_tenth() {
        assert!(fields(SCENE, 3) == fields(SCENE, 3) && fields(SCENE, 3) != fields(SCENE, 4));
        let alone = Scene { neighbours: 0.0, between: 0.0, ..SCENE };
        let pairs = fields(alone, 1).into_iter().zip(fields(Scene { noisy: 1.0, ..alone }, 1));
        let changed: usize = pairs.map(|(a, b)| a.0.iter().zip(&b.0).filter(|(a, b)| a != b).count()).sum();
        assert!((3_800..4_400).contains(&changed), "{changed} of 40,960");
    }

    #[test]
    fn shares_and_gaps_beyond_their_ranges_are_named() {
        assert_eq!(SCENE.out_of_range(), None);
        for (scene, name) in [
            (Scene { neighbours: 1.5, ..SCENE }, "neighbours"),
            (Scene { between: 0.6, ..SCENE }, "between"),
            (Scene { narrowest: -9.0, ..SCENE }, "narrowest"),
            (Scene { widest: -2.0, ..SCENE }, "widest"),
            (Scene { strips: 65, ..SCENE }, "strips"),
            (Scene { noisy: f32::NAN, ..SCENE }, "noisy"),
        ] {
            assert_eq!(scene.out_of_range().map(|wrong| wrong.0), Some(name));
        }
    }
}
