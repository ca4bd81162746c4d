//! What makes a page hard to read, each with its strength.

use rand::Rng;
use rand::rngs::ChaCha8Rng;

use super::outline::UNITS;
use crate::pen::chance::{below, between, happens, one};

/// What a page was made under. Without any, ink is black, paper white, and edges are sharp.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Degrees by which digits lean to the right, -20 to 20.
    pub slant: Option<f32>,
    /// Degrees by which digits are turned clockwise, -8 to 8.
    pub rotation: Option<f32>,
    /// Width of strokes as a factor, 0 to 2: 0 is a line of one pixel, 1 the width as it was written. Wider strokes leave holes
    /// open.
    pub stroke: Option<f32>,
    /// The paper is dark and the ink is light.
    pub light_on_dark: bool,
    /// Other colours than black and white.
    pub colours: Option<Colours>,
    /// Light that does not fall everywhere alike.
    pub light: Option<Light>,
    /// Standard deviation of a Gaussian blur as a share of the digits' size, 0 to 0.04.
    pub blur: Option<f32>,
    /// Standard deviation of the sensor's noise in grey levels.
    pub noise: Option<f32>,
    /// The picture went through a JPEG file of this quality, 30 to 95.
    pub jpeg: Option<u8>,
    /// Lines printed on the paper.
    pub lines: Option<Lines>,
    /// Degrees by which the page was tilted against the camera to the side and upwards, -10 to 10.
    pub perspective: Option<[f32; 2]>,
    /// Specks of dust for each square of the digits' size.
    pub dust: Option<f32>,
}

/// Two colours as red, green, blue, the paper's being the lighter one; their grey levels differ by 60 at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colours {
    /// The paper's.
    pub paper: [u8; 3],
    /// The ink's.
    pub ink: [u8; 3],
}

/// How light falls: where it is darkest, `darkest` of the brightness is left, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Light {
    /// Darker from one edge of the picture to the other, in `direction`, degrees clockwise from rightwards.
    Slope {
        /// Degrees.
        direction: f32,
        /// Brightness at the dark edge.
        darkest: f32,
    },
    /// Darker towards the corners.
    Vignette {
        /// Brightness in the corners.
        darkest: f32,
    },
    /// A shadow with an edge across the picture.
    Shadow {
        /// Degrees clockwise from rightwards, across the edge.
        direction: f32,
        /// Brightness in the shadow.
        darkest: f32,
        /// Where the edge is: -1 to 1, from one end of the picture to the other; 0 is the middle.
        place: f32,
        /// Width of the edge, on the same scale.
        softness: f32,
    },
}

/// What kind of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// Lines to write on.
    Ruled,
    /// Squared paper.
    Squared,
    /// A box around each digit.
    Boxed,
}

/// Lines printed on the paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lines {
    /// What kind.
    pub ruling: Ruling,
    /// Pixels, 1 to 3.
    pub width: f32,
    /// From the paper's colour, 0, to the ink's, 1.
    pub darkness: f32,
    /// From line to line, or from the ink to its box, in sizes of the digits.
    pub spacing: f32,
    /// Of the first lines, to the right and downwards, as shares of the spacing.
    pub offset: [f32; 2],
}

/// So many conditions of paper, light and camera at once: under more of them people cannot read either.
const MOST: usize = 4;
/// Of paper, light and camera.
const KINDS: usize = 9;
/// Grey levels between ink and paper, at least.
const CONTRAST: f32 = 60.0;
/// Below this factor strokes are so thin that what hides strokes must be weak.
const THIN: f32 = 0.45;
/// Below so many pixels digits are so small that what hides details must be weak.
const SMALL: f32 = 24.0;

impl Conditions {
    /// Names of the conditions that are there, for reports.
    pub fn names(&self) -> Vec<&'static str> {
        let all = [
            ("slant", self.slant.is_some()),
            ("rotation", self.rotation.is_some()),
            ("thin strokes", self.stroke.is_some_and(|factor| factor < 1.0)),
            ("bold strokes", self.stroke.is_some_and(|factor| factor >= 1.0)),
            ("light on dark", self.light_on_dark),
            ("colours", self.colours.is_some()),
            ("uneven light", self.light.is_some()),
            ("blur", self.blur.is_some()),
            ("noise", self.noise.is_some()),
            ("JPEG", self.jpeg.is_some()),
            ("lines", self.lines.is_some()),
            ("perspective", self.perspective.is_some()),
            ("dust", self.dust.is_some()),
        ];
        all.into_iter().filter(|(_, there)| *there).map(|(name, _)| name).collect()
    }

    /// Conditions by chance for digits of `size` pixels: each is there as often as not, but at most four of paper, light and
    /// camera, and their strengths together leave a page that can be read. Boxes only if there is `room` for them.
    pub(super) fn by_chance(size: f32, room: bool, random: &mut ChaCha8Rng) -> Conditions {
        let there = chosen(random);
        let hand =
            |random: &mut ChaCha8Rng, most: f32| happens(random, 0.5).then(|| between(random, -most, most));
        let (slant, rotation) = (hand(random, 20.0), hand(random, 8.0));
        let stroke = happens(random, 0.5).then(|| {
            if happens(random, 0.5) { between(random, 0.0, 0.8) } else { between(random, 1.15, 1.6) }
        });
        let thin = stroke.is_some_and(|factor| factor < THIN);
        let weak = thin || size < SMALL;
        let colours = there[1].then(|| colours(if weak { 100.0 } else { CONTRAST }, random));
        let contrast = colours.map_or(255.0, |colours| grey(colours.paper) - grey(colours.ink));
        Conditions {
            slant,
            rotation,
            stroke,
            light_on_dark: there[0],
            colours,
            light: there[2].then(|| light((CONTRAST / contrast).max(0.45), random)),
            blur: there[3].then(|| blur(size, stroke, random)),
            noise: there[4].then(|| between(random, 0.02, if weak { 0.08 } else { 0.16 }) * contrast),
            jpeg: there[5].then(|| between(random, if weak { 60.0 } else { 30.0 }, 95.0) as u8),
            lines: there[6].then(|| lines(size, room, thin, random)),
            perspective: there[7].then(|| [between(random, -10.0, 10.0), between(random, -10.0, 10.0)]),
            dust: there[8].then(|| between(random, 0.5, 4.0)),
        }
    }
}

/// Each kind as often as not, `MOST` at most.
fn chosen(random: &mut ChaCha8Rng) -> [bool; KINDS] {
    let mut there: [bool; KINDS] = std::array::from_fn(|_| happens(random, 0.5));
    let mut count = there.iter().filter(|&&there| there).count();
    while count > MOST {
        let kind = below(random, KINDS);
        count -= usize::from(std::mem::take(&mut there[kind]));
    }
    there
}

/// The grey level of a colour, as JPEG and television have it.
pub(super) fn grey([red, green, blue]: [u8; 3]) -> f32 {
    0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
}

/// Grey levels, or colours, that differ by `contrast` at least.
fn colours(contrast: f32, random: &mut impl Rng) -> Colours {
    let paper = between(random, contrast + 40.0, 255.0);
    let ink = between(random, 0.0, paper - contrast);
    let greys = Colours { paper: [paper.round() as u8; 3], ink: [ink.floor() as u8; 3] };
    let mut tinted =
        |grey: f32, most: f32| [(); 3].map(|()| (grey + between(random, -most, most)).round() as u8);
    let colours = Colours { paper: tinted(paper, 35.0), ink: tinted(ink, 70.0) };
    let enough = grey(colours.paper) - grey(colours.ink) >= contrast;
    if enough && happens(random, 0.6) { colours } else { greys }
}

fn light(least: f32, random: &mut impl Rng) -> Light {
    let (direction, darkest) = (between(random, 0.0, 360.0), between(random, least, 0.9));
    match below(random, 3) {
        0 => Light::Slope { direction, darkest },
        1 => Light::Vignette { darkest },
        _ => Light::Shadow {
            direction,
            darkest: darkest.max(0.55),
            place: between(random, -0.5, 0.5),
            softness: between(random, 0.05, 0.5),
        },
    }
}

/// Not so much that thin strokes vanish: at most 0.4 of their width.
fn blur(size: f32, stroke: Option<f32>, random: &mut impl Rng) -> f32 {
    let width = (stroke.unwrap_or(1.0).min(1.0) * 2.5 / UNITS).max(1.0 / size);
    between(random, 0.005, 0.04).min(0.4 * width)
}

fn lines(size: f32, room: bool, thin: bool, random: &mut impl Rng) -> Lines {
    let kinds = [Ruling::Ruled, Ruling::Squared, Ruling::Boxed];
    let ruling = one(random, if room { &kinds } else { &kinds[..2] });
    let width = between(random, 1.0, (size / 20.0).clamp(1.0, 3.0));
    let dark = if thin { 0.5 } else { 1.0 };
    let (darkness, spacing) = match ruling {
        Ruling::Ruled => (between(random, 0.3, dark), between(random, 0.7, 1.6)),
        // Close lines in the ink's colour are a fence.
        Ruling::Squared => (between(random, 0.15, 0.5), between(random, 0.3, 1.2)),
        Ruling::Boxed => (between(random, 0.3, 1.0), between(random, 0.1, 0.35)),
    };
    // Not closer than people can see, whatever the size.
    let spacing = if ruling == Ruling::Boxed { spacing.max(3.0 / size) } else { spacing.max(8.0 / size) };
    Lines { ruling, width, darkness, spacing, offset: [between(random, 0.0, 1.0), between(random, 0.0, 1.0)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn conditions_are_in_their_ranges_and_each_is_there_often() {
        let random = &mut ChaCha8Rng::seed_from_u64(2);
        let mut counts = std::collections::BTreeMap::new();
        for k in 0..4000 {
            let size = 12.0 + (k % 189) as f32;
            let conditions = Conditions::by_chance(size, true, random);
            let names = conditions.names();
            let hand =
                [conditions.slant.is_some(), conditions.rotation.is_some(), conditions.stroke.is_some()];
            assert!(names.len() - hand.iter().filter(|there| **there).count() <= MOST);
            names.into_iter().for_each(|name| *counts.entry(name).or_insert(0) += 1);
            if let Some(Colours { paper, ink }) = conditions.colours {
                assert!(grey(paper) - grey(ink) >= 59.5, "{paper:?} {ink:?}");
            }
            assert!(conditions.jpeg.is_none_or(|quality| (30..=95).contains(&quality)));
            assert!(conditions.blur.is_none_or(|blur| (0.0..=0.04).contains(&blur)));
            assert!(conditions.lines.is_none_or(|lines| (1.0..=3.0).contains(&lines.width)));
        }
        assert_eq!(counts.len(), 13, "{counts:?}");
        assert!(counts.values().all(|count| (800..2300).contains(count)), "{counts:?}");
        assert_eq!(Conditions::default().names(), Vec::<&str>::new());
    }
}
