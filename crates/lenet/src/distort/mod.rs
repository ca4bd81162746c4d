//! Digits distorted a little: what a network should not mind.
//!
//! How a digit is distorted follows from the seed, the pass and the place of the digit in its set, and from nothing else.
//! Per digit, u being numbers by chance from -1 to 1, p = (x, y) a point from the middle of the field:
//!
//! | field | what happens to the digit |
//! |---|---|
//! | `stroke` | x' = x + \|w\|/2 (max or min over a pixel and its four neighbours - x), w = `stroke` u |
//! | `scale` | p' = s p, s = 1 + `scale` u |
//! | `squeeze` | p' = (q x, y / q), q = 1 + `squeeze` u |
//! | `shear` | p' = (x + h y, y), h = `shear` u |
//! | `rotation` | p' = (x cos r - y sin r, x sin r + y cos r), r = `rotation` u |
//! | `translation` | p' = p + `translation` (u, v) |
//! | `elastic` | p' looks up its ink at p + `alpha` (G * N)(p'), noise N of U(-1, 1) for every pixel and direction, blurred by the Gaussian G of `sigma` |
//! | `noise` | x' = 255 - x with probability `noise` |
//!
//! in this order; all the maps become one look-up (`warp`), so that a digit is interpolated once.
//!
//! ```
//! use lenet::distort::{Distorter, Distortion, shifted};
//! use rand::{SeedableRng, rngs::ChaCha8Rng};
//!
//! let mut image = [0; 784];
//! image[0] = 255;
//! assert_eq!(shifted(&image, [1, 2])[28 + 2], 255); // a row down, two columns to the right
//! assert_eq!(shifted(&image, [-1, 0]), [0; 784]); // moved out
//!
//! let distorter = |strength: &Distortion| Distorter::new(strength, &mut ChaCha8Rng::seed_from_u64(1));
//! assert_eq!(distorter(&Distortion::default()).distorted(&image, 7), image);
//! let noise = Distortion { noise: 0.1, ..Distortion::default() };
//! assert_ne!(distorter(&noise).distorted(&image, 7), image);
//! assert_eq!(distorter(&noise).distorted(&image, 7), distorter(&noise).distorted(&image, 7));
//! ```

mod shift;
mod chance;
mod affine;
mod warp;
mod elastic;
mod stroke;
mod noise;

pub use affine::Affine;
pub use shift::shifted;
pub(crate) use shift::{shift_into, shifts};

use std::ops::RangeInclusive;

use fearless_simd::{Level, dispatch, prelude::*};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::data::{Image, SIDE};
pub(crate) use chance::Chance;
use elastic::Field;
use warp::Window;

/// How much digits are distorted: for each kind how far it goes at most. Every field may be left out and is then 0.
///
/// A distorted digit's values are drawn from -1 to 1 times these, every one as likely as every other and each kind by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Distortion {
    /// 0: every digit is distorted anew in every pass. From 1 to 99: the training set is every digit as it is and so many
    /// distorted versions of it, made once (the paper's has 9, p. 11), in one random order; a pass presents as many patterns
    /// as there are digits and the next one goes on where it ended. (By batches, the patterns of a pass are shuffled anew.)
    pub copies: u8,
    /// Pixels down or up and, by itself, to the right or left, 0 to 8 (p. 11).
    pub translation: f32,
    /// Larger or smaller by this share, 0 to 0.5 (p. 11): 0.1 is 10 % of the size.
    pub scale: f32,
    /// Wider by this share and by as much lower, or the reverse, 0 to 0.5 (p. 11).
    pub squeeze: f32,
    /// Tangent of the angle by which verticals lean to the right or left, 0 to 1 (p. 11).
    pub shear: f32,
    /// Degrees clockwise or back, 0 to 180. Not among the paper's distortions.
    pub rotation: f32,
    /// Pixels by which strokes become wider or narrower, 0 to 2.
    pub stroke: f32,
    /// Probability with which a pixel of the 28x28 is inverted, 0 to 1: salt and pepper (0.1 on p. 16).
    pub noise: f32,
    /// Each pixel its own way; none if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elastic: Option<Elastic>,
}

/// Elastic displacements (Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to visual
/// document analysis", ICDAR 2003): noise U(-1, 1) for every pixel, blurred, times a strength.
///
/// The displacements' standard deviation is alpha / (sigma sqrt(12 pi)) pixels in each direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elastic {
    /// The strength, in pixels, 0 to 1000.
    pub alpha: f32,
    /// The standard deviation of the Gaussian, in pixels, 0.5 to 16.
    pub sigma: f32,
}

impl Distortion {
    /// The first field that is not in its range: its name, its value and the values allowed.
    pub(crate) fn out_of_range(&self) -> Option<(&'static str, f32, &'static str)> {
        let fields: [(_, _, RangeInclusive<f32>, _); 8] = [
            ("copies", self.copies.into(), 0.0..=99.0, "a whole number from 0 to 99"),
            ("translation", self.translation, 0.0..=8.0, "a number of pixels from 0 to 8"),
            ("scale", self.scale, 0.0..=0.5, "a share from 0 to 0.5"),
            ("squeeze", self.squeeze, 0.0..=0.5, "a share from 0 to 0.5"),
            ("shear", self.shear, 0.0..=1.0, "a number from 0 to 1"),
            ("rotation", self.rotation, 0.0..=180.0, "a number of degrees from 0 to 180"),
            ("stroke", self.stroke, 0.0..=2.0, "a number of pixels from 0 to 2"),
            ("noise", self.noise, 0.0..=1.0, "a share from 0 to 1"),
        ];
        let elastic = self.elastic.map(|Elastic { alpha, sigma }| {
            [
                ("elastic.alpha", alpha, 0.0..=1000.0, "a number from 0 to 1000"),
                ("elastic.sigma", sigma, 0.5..=16.0, "a number of pixels from 0.5 to 16"),
            ]
        });
        let mut all = fields.into_iter().chain(elastic.into_iter().flatten());
        all.find(|(_, value, range, _)| !range.contains(value))
            .map(|(name, value, _, range)| (name, value, range))
    }

    /// Each kind by itself: its name, its strength in words, and the distortion that is nothing else. Made anew in every pass;
    /// kinds without strength are left out.
    pub fn kinds(&self) -> Vec<(&'static str, String, Distortion)> {
        let none = Distortion::default();
        let percent = |share: f32| format!("{} %", (share * 1000.0).round() / 10.0);
        let all = [
            (
                "translation",
                format!("{} px", self.translation),
                Distortion { translation: self.translation, ..none },
            ),
            ("scale", percent(self.scale), Distortion { scale: self.scale, ..none }),
            ("squeeze", percent(self.squeeze), Distortion { squeeze: self.squeeze, ..none }),
            ("shear", self.shear.to_string(), Distortion { shear: self.shear, ..none }),
            (
                "rotation",
                format!("{} degrees", self.rotation),
                Distortion { rotation: self.rotation, ..none },
            ),
            ("stroke", format!("{} px", self.stroke), Distortion { stroke: self.stroke, ..none }),
            ("noise", percent(self.noise), Distortion { noise: self.noise, ..none }),
        ];
        let elastic = self.elastic.map(|Elastic { alpha, sigma }| {
            let strength = format!("alpha {alpha}, sigma {sigma}");
            ("elastic", strength, Distortion { elastic: self.elastic, ..none })
        });
        all.into_iter().filter(|(_, _, alone)| *alone != none).chain(elastic).collect()
    }

    /// Whether pixels are looked up elsewhere.
    fn warps(&self) -> bool {
        let affine = [self.translation, self.scale, self.squeeze, self.shear, self.rotation];
        affine.iter().any(|range| *range > 0.0) || self.elastic.is_some()
    }
}

/// Distorts digits: a function of the digit and its number.
pub struct Distorter {
    distortion: Distortion,
    /// What tells this distorter's random numbers from another one's.
    key: u64,
    field: Option<Field>,
}

/// The digit as a map of given strength makes it. What goes beyond the 28x28 is lost; what comes from there is white.
///
/// ```
/// use lenet::distort::{Affine, mapped, shifted};
///
/// let mut image = [0; 784];
/// image[10 * 28 + 10] = 255;
/// let down = Affine { translation: [3.0, 0.0], ..Affine::IDENTITY };
/// assert_eq!(mapped(&image, &down), shifted(&image, [3, 0]));
/// assert_eq!(mapped(&image, &Affine::IDENTITY), image);
/// ```
pub fn mapped(digit: &Image, map: &Affine) -> Image {
    let mut mapped = [0; SIDE * SIDE];
    let none = [Window::NONE, Window::NONE];
    dispatch!(Level::new(), simd => warp::warp(simd, &warp::framed(digit), map.back(), &none, &mut mapped));
    mapped
}

/// What one digit's distortion is made of.
#[derive(Debug)]
struct Drawn {
    affine: Affine,
    /// Pixels.
    stroke: f64,
    /// For the windows of the elastic field.
    windows: u64,
    noise: Chance,
}

impl std::fmt::Debug for Distorter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Distorter").field("distortion", &self.distortion).finish()
    }
}

impl Distorter {
    /// A distorter that takes its numbers from this stream: two words, and the noise of the elastic field if there is one.
    ///
    /// `distortion` must be in its ranges, as a checked recipe's is.
    pub fn new(distortion: &Distortion, random: &mut impl Rng) -> Self {
        let key = random.next_u64();
        let field = distortion.elastic.map(|elastic| Field::new(&elastic, random));
        Distorter { distortion: *distortion, key, field }
    }

    /// The digit as it looks as number `number`.
    pub fn distorted(&self, digit: &Image, number: u32) -> Image {
        let mut distorted = [0; SIDE * SIDE];
        dispatch!(Level::new(), simd => self.put(simd, digit, number, [0; 2], &mut distorted));
        distorted
    }

    /// [`Distorter::distorted`], moved down and right by whole pixels besides and written over another image.
    pub(crate) fn put<S: Simd>(
        &self,
        simd: S,
        digit: &Image,
        number: u32,
        shift: [i8; 2],
        distorted: &mut Image,
    ) {
        let Drawn { mut affine, stroke, windows, mut noise } = self.drawn(number);
        let mut framed = warp::framed(digit);
        if self.distortion.stroke > 0.0 {
            stroke::widen(simd, &mut framed, stroke);
        }
        if self.distortion.warps() || shift != [0; 2] {
            for (translation, shift) in affine.translation.iter_mut().zip(shift) {
                *translation += f64::from(shift);
            }
            let none = [Window::NONE, Window::NONE];
            let windows = self.field.as_ref().map_or(none, |field| field.windows(windows));
            warp::warp(simd, &framed, affine.back(), &windows, distorted);
        } else {
            warp::unframed(&framed, distorted);
        }
        if self.distortion.noise > 0.0 {
            noise::invert(distorted, self.distortion.noise, &mut noise);
        }
    }

    /// The numbers of a digit. All of them are drawn whatever the ranges, so that one kind's range changes no other kind.
    fn drawn(&self, number: u32) -> Drawn {
        let mut chance = Chance::of(self.key, number);
        let mut within = |range: f32| f64::from(range) * chance.either_way();
        let ranges = &self.distortion;
        let affine = Affine {
            translation: [within(ranges.translation), within(ranges.translation)],
            scale: 1.0 + within(ranges.scale),
            squeeze: 1.0 + within(ranges.squeeze),
            shear: within(ranges.shear),
            rotation: within(ranges.rotation).to_radians(),
        };
        let stroke = within(ranges.stroke);
        Drawn { affine, stroke, windows: chance.bits(), noise: chance }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::dispatch;
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    const ALL: Distortion = Distortion {
        copies: 0,
        translation: 3.0,
        scale: 0.2,
        squeeze: 0.1,
        shear: 0.3,
        rotation: 20.0,
        stroke: 1.5,
        noise: 0.1,
        elastic: Some(Elastic { alpha: 30.0, sigma: 4.0 }),
    };

    fn distorter(distortion: &Distortion) -> Distorter {
        Distorter::new(distortion, &mut ChaCha8Rng::seed_from_u64(6))
    }

    fn image(seed: u64) -> Image {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        std::array::from_fn(|_| (random.next_u32() >> 24) as u8)
    }

    #[test]
    fn without_strength_every_digit_keeps_its_bits() {
        let elastic = Some(Elastic { alpha: 0.0, sigma: 4.0 });
        for distortion in [Distortion::default(), Distortion { elastic, ..Distortion::default() }] {
            let distorter = distorter(&distortion);
            for number in 0..100 {
                assert!(distorter.distorted(&image(number.into()), number) == image(number.into()));
            }
        }
    }

    #[test]
    fn a_map_of_given_strength_turns_by_quarters_and_makes_larger() {
        let digit = image(3);
        let quarter = Affine { rotation: std::f64::consts::FRAC_PI_2, ..Affine::IDENTITY };
        let turned = mapped(&digit, &quarter);
        // Clockwise: the upper right corner comes from the upper left one.
        assert!((0..784).all(|k| turned[k % 28 * 28 + 27 - k / 28] == digit[k]));
        let mut dot = [0; 784];
        (12..16).for_each(|y| dot[y * 28 + 12..y * 28 + 16].fill(255));
        let ink = |image: &Image| image.iter().map(|&pixel| u32::from(pixel)).sum::<u32>();
        let doubled = mapped(&dot, &Affine { scale: 2.0, ..Affine::IDENTITY });
        assert!((3.5..4.5).contains(&(f64::from(ink(&doubled)) / f64::from(ink(&dot)))));
    }

    #[test]
    fn a_digit_is_widened_then_looked_up_elsewhere_then_inverted() {
        let whole = distorter(&ALL);
        let alone = |only: Distortion, digit: &Image, number| {
            // A key of its own would be another digit: the same stream gives the same.
            distorter(&only).distorted(digit, number)
        };
        for number in 0..50 {
            let none = Distortion::default();
            let stroke = alone(Distortion { stroke: ALL.stroke, ..none }, &image(1), number);
            let warped = alone(Distortion { stroke: 0.0, noise: 0.0, ..ALL }, &stroke, number);
            let noisy = alone(Distortion { noise: ALL.noise, ..none }, &warped, number);
            assert!(noisy == whole.distorted(&image(1), number), "{number}");
        }
    }

    #[test]
    fn all_strengths_in_their_ranges_are_equally_likely() {
        let distorter = distorter(&ALL);
        let mut values = vec![Vec::new(); 7];
        for number in 0..20_000 {
            let Drawn { affine, stroke, .. } = distorter.drawn(number);
            let [down, right] = affine.translation.map(|t| t / 3.0);
            let (scale, squeeze) = ((affine.scale - 1.0) / 0.2, (affine.squeeze - 1.0) / 0.1);
            let (shear, rotation) = (affine.shear / 0.3, affine.rotation.to_degrees() / 20.0);
            let drawn = [down, right, scale, squeeze, shear, rotation, stroke / 1.5];
            values.iter_mut().zip(drawn).for_each(|(values, drawn)| values.push(drawn));
        }
        let mean = |of: &dyn Fn(usize) -> f64| (0..20_000).map(of).sum::<f64>() / 20_000.0;
        for (a, x) in values.iter().enumerate() {
            // Ranges are f32: their widths are a little off 1.
            let (low, high) = x.iter().fold((0.0f64, 0.0f64), |(low, high), x| (low.min(*x), high.max(*x)));
            assert!(
                (-1.000_001..-0.998).contains(&low) && (0.998..1.000_001).contains(&high),
                "{a}: {low} {high}"
            );
            // Standard deviations: 0.0041, 0.0021; of a product 0.0024.
            assert!(mean(&|k| x[k]).abs() < 0.02, "{a}");
            assert!((mean(&|k| x[k] * x[k]) - 1.0 / 3.0).abs() < 0.01, "{a}");
            for (b, y) in values.iter().enumerate().filter(|(b, _)| *b != a) {
                assert!(mean(&|k| x[k] * y[k]).abs() < 0.012, "{a} {b}");
            }
        }
    }

    #[test]
    fn the_range_of_one_kind_changes_no_other_kind() {
        let (all, one) =
            (distorter(&ALL), distorter(&Distortion { rotation: 20.0, ..Distortion::default() }));
        for number in 0..20 {
            assert_eq!(all.drawn(number).affine.rotation, one.drawn(number).affine.rotation);
        }
    }

    #[test]
    fn kinds_are_those_with_strength() {
        let names =
            |distortion: &Distortion| distortion.kinds().iter().map(|kind| kind.0).collect::<Vec<_>>();
        assert!(names(&Distortion::default()).is_empty());
        assert!(names(&Distortion { copies: 9, ..Distortion::default() }).is_empty());
        let all = ["translation", "scale", "squeeze", "shear", "rotation", "stroke", "noise", "elastic"];
        assert_eq!(names(&ALL), all);
        let (_, strength, alone) = &Distortion { scale: 0.09, ..ALL }.kinds()[1];
        assert_eq!((strength.as_str(), alone), ("9 %", &Distortion { scale: 0.09, ..Distortion::default() }));
    }

    #[test]
    fn digits_passes_and_seeds_differ() {
        let looks = |seed, number| {
            Distorter::new(&ALL, &mut ChaCha8Rng::seed_from_u64(seed)).distorted(&image(1), number)
        };
        assert!(looks(1, 1) == looks(1, 1));
        assert!(looks(1, 1) != looks(1, 2) && looks(1, 1) != looks(2, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_strength_in_its_range_panics(
            affine in (0.0f32..=8.0, 0.0f32..=0.5, 0.0f32..=0.5, 0.0f32..=1.0, 0.0f32..=180.0),
            (stroke, noise) in (0.0f32..=2.0, 0.0f32..=1.0),
            elastic in proptest::option::of((0.0f32..=1000.0, 0.5f32..=16.0)),
            shift in proptest::array::uniform2(any::<i8>()),
            seed in any::<u64>(),
        ) {
            let (translation, scale, squeeze, shear, rotation) = affine;
            let elastic = elastic.map(|(alpha, sigma)| Elastic { alpha, sigma });
            let distortion =
                Distortion { copies: 0, translation, scale, squeeze, shear, rotation, stroke, noise, elastic };
            prop_assert!(distortion.out_of_range().is_none());
            let distorter = Distorter::new(&distortion, &mut ChaCha8Rng::seed_from_u64(seed));
            let (white, mut distorted) = ([0; 784], [1; 784]);
            for number in [0, 1, u32::MAX] {
                dispatch!(Level::new(), simd => distorter.put(simd, &image(seed), number, shift, &mut distorted));
                dispatch!(Level::new(), simd => distorter.put(simd, &white, number, shift, &mut distorted));
                prop_assert!(noise > 0.0 || distorted == white, "white paper stays white");
            }
        }
    }
}
