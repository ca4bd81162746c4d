//! Digits as hands write them that MNIST hardly knows: it was written in the United States.

use std::f32::consts::PI;

use rand::Rng;

use super::chance::{between, happens};
use super::{Canvas, DRAWN, curve};

/// Share of the 1s that stand on a bar.
const STANDING: f32 = 0.25;

/// A digit of this class as most of the world writes it and MNIST hardly ever, on a canvas that just holds it; none where the two
/// do not differ.
///
/// A 1 has an upstroke that ends at its top, a quarter to three fifths as long as the 1 is high, and sometimes a bar to stand on; to
/// who knows only bare strokes it is a 7. It rises at 40 to 70 degrees: the bar of a 7 lies flatter. A 9 has a tail that turns to
/// the left below; to who knows only straight ones it is a 3.
pub fn abroad(class: u8, random: &mut impl Rng) -> Option<Canvas> {
    match class {
        1 => Some(one(random)),
        9 => Some(nine(random)),
        _ => None,
    }
}

/// What is drawn in a square from -1/2 to 1/2 each way, `height` pixels high, slanted as hands do.
struct Sheet {
    canvas: Canvas,
    height: f32,
    width: f32,
    slant: f32,
}

impl Sheet {
    fn new(random: &mut impl Rng) -> Self {
        let height = between(random, 0.6, 0.9) * DRAWN as f32;
        let width = between(random, 0.07, 0.2) * height;
        Sheet { canvas: Canvas::new(2 * DRAWN, 2 * DRAWN), height, width, slant: between(random, -0.1, 0.35) }
    }

    fn stroke(&mut self, points: &[[f32; 2]]) {
        let middle = DRAWN as f32;
        let place =
            |&[x, y]: &[f32; 2]| [middle + (x - self.slant * y) * self.height, middle + y * self.height];
        let points: Vec<[f32; 2]> = points.iter().map(place).collect();
        self.canvas.stroke(&curve(&points), self.width);
    }
}

fn one(random: &mut impl Rng) -> Canvas {
    let mut sheet = Sheet::new(random);
    sheet.stroke(&[[0.0, -0.5], [between(random, -0.05, 0.05), 0.0], [0.0, 0.5]]);
    let (down, left) = between(random, 40.0f32, 70.0).to_radians().sin_cos();
    let length = between(random, 0.25, 0.6);
    // As it looks on the paper, so what the slant adds is taken away.
    let at = |share: f32| [(sheet.slant * down - left) * share * length, -0.5 + share * length * down];
    let [half, end] = [at(0.5), at(1.0)];
    sheet.stroke(&[[0.0, -0.5], [half[0] + between(random, -0.05, 0.08), half[1]], end]);
    if happens(random, STANDING) {
        let mut reach = || between(random, 0.12, 0.35);
        sheet.stroke(&[[-reach(), 0.5], [reach(), 0.5]]);
    }
    sheet.canvas.cropped()
}

fn nine(random: &mut impl Rng) -> Canvas {
    let mut sheet = Sheet::new(random);
    let (wide, high) = (between(random, 0.18, 0.3), between(random, 0.17, 0.26));
    let middle = high - 0.5;
    // From the right over the top and around, not always quite to where it began.
    let (begin, end) = (between(random, -0.25, 0.25), between(random, 1.8, 2.0));
    let ring = (0..=8).map(|k| {
        let (sine, cosine) = (PI * (begin + (end - begin) * k as f32 / 8.0)).sin_cos();
        [wide * cosine, middle - high * sine]
    });
    let deep = between(random, 0.0, 0.12);
    let tail = [
        [wide, middle],
        [wide, between(random, 0.1, 0.25)],
        [between(random, 0.0, 0.5) * wide, 0.5],
        [-wide * between(random, 0.5, 1.1), 0.5 - deep],
    ];
    sheet.stroke(&ring.collect::<Vec<_>>());
    sheet.stroke(&tail);
    sheet.canvas.cropped()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    /// Shares of a thousand digits of this class of which something is true.
    fn share(class: u8, of: impl Fn(&Canvas) -> bool) -> f32 {
        let random = &mut ChaCha8Rng::seed_from_u64(4);
        (0..1000).filter(|_| of(&abroad(class, random).unwrap())).count() as f32 / 1000.0
    }

    /// Columns with ink in the row at this share of the height.
    fn row(canvas: &Canvas, at: f32) -> Vec<usize> {
        let y = ((canvas.height() - 1) as f32 * at) as usize;
        (0..canvas.width()).filter(|x| canvas.at(*x, y) > 127).collect()
    }

    #[test]
    fn they_are_higher_than_wide_and_fit_a_page() {
        for class in [1, 9] {
            assert!(share(class, |canvas| canvas.height() > canvas.width()) > 0.95, "{class}");
            assert_eq!(share(class, |canvas| (50..130).contains(&canvas.height())), 1.0, "{class}");
        }
        for class in [0, 2, 3, 4, 5, 6, 7, 8] {
            assert_eq!(abroad(class, &mut ChaCha8Rng::seed_from_u64(1)), None, "{class}");
        }
    }

    #[test]
    fn a_one_has_an_upstroke_on_the_left_and_may_stand_on_a_bar() {
        let begins = |canvas: &Canvas| row(canvas, 0.2).len() > row(canvas, 0.75).len();
        assert!(share(1, begins) > 0.9, "{}", share(1, begins));
        let stands = |canvas: &Canvas| row(canvas, 0.96).len() > 2 * row(canvas, 0.75).len();
        assert!((0.15..0.35).contains(&share(1, stands)), "{}", share(1, stands));
    }

    #[test]
    fn a_nine_ends_left_of_its_stem() {
        let turns = |canvas: &Canvas| row(canvas, 0.95).first() < row(canvas, 0.65).first();
        assert!(share(9, turns) > 0.9, "{}", share(9, turns));
    }
}
