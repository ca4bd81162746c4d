//! What training minimises: eq. 8 or eq. 9 of page 9, on the penalties of the output units.
//!
//! ```
//! use lenet::net::Criterion;
//!
//! let criterion = Criterion::Map { scale: 0.5, j: 10.0 };
//! let mut penalties = [200.0; 10];
//! penalties[3] = 2.0;
//! assert!(criterion.value(&penalties, 3) < criterion.value(&penalties, 4));
//! ```

use serde::{Deserialize, Serialize};

use super::class as net_class;

/// The class of patterns that are no digit: the "rubbish" that eq. 9 reserves e^-j for (p. 9).
pub const NOTHING: u8 = 10;

/// A class whose share of the sum in eq. 9 is smaller gets no gradient. It could do no more than break a tie in rounding; but from 1e-38 on
/// down such numbers are subnormal, and an Intel processor interrupts itself for every product with one: 0.7 us of 25 for a pattern of
/// on-line training.
const NEGLIGIBLE: f32 = 1e-30;

/// A criterion on the ten penalties y of a pattern of class D, each multiplied by `scale` first.
///
/// The scale is 1 in the paper's eq. 7; 1/2 makes the penalty half the squared distance (`docs/PAPER.md`, question 4).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Criterion {
    /// Eq. 8, maximum likelihood: E = y_D. The other classes play no part.
    Mle {
        /// Factor of every penalty, > 0.
        scale: f32,
    },
    /// Eq. 9, maximum a posteriori: E = y_D + log(e^-j + sum over all i of e^-y_i).
    Map {
        /// Factor of every penalty, > 0.
        scale: f32,
        /// The penalty of the "rubbish" class, > 0: classes whose penalty is far above it are left alone.
        j: f32,
    },
}

impl Criterion {
    /// The factor of the penalties.
    pub fn scale(&self) -> f32 {
        match *self {
            Criterion::Mle { scale } | Criterion::Map { scale, .. } => scale,
        }
    }

    /// Whether a pattern with these penalties counts as that class: of a digit the smallest penalty tells; [`NOTHING`] has to be
    /// farther than j from all of them.
    pub fn reads(&self, y: &[f32; 10], class: u8) -> bool {
        let nearest = net_class(y);
        match *self {
            Criterion::Map { scale, j } if class == NOTHING => scale * y[usize::from(nearest)] > j,
            _ => nearest == class,
        }
    }

    /// E for a pattern of class `class` with the penalties `y` (eq. 7, not yet scaled).
    ///
    /// Of [`NOTHING`] it is eq. 9 with j in the place of y_D, E = j + log(e^-j + sum over all i of e^-y_i); eq. 8 has nothing to say
    /// of it, 0.
    pub fn value(&self, y: &[f32; 10], class: usize) -> f64 {
        self.value_and_gradient(y, class).0
    }

    /// E and its derivatives by the ten penalties.
    ///
    /// The exponentials are taken relative to the smallest term, since e^-y of a penalty of 100 is no f32 number.
    pub fn value_and_gradient(&self, y: &[f32; 10], class: usize) -> (f64, [f32; 10]) {
        let mut gradient = [0.0; 10];
        let mut right = 0.0;
        if let Some(slope) = gradient.get_mut(class) {
            *slope = self.scale();
            right = f64::from(self.scale()) * f64::from(y[class]);
        }
        let Criterion::Map { scale, j } = *self else { return (right, gradient) };
        if class == usize::from(NOTHING) {
            right = f64::from(j);
        }
        let scaled = y.map(|y| f64::from(scale) * f64::from(y));
        let least = scaled.iter().copied().fold(f64::from(j), f64::min);
        let terms = scaled.map(|y| (least - y).exp());
        let sum = (least - f64::from(j)).exp() + terms.iter().sum::<f64>();
        for (gradient, term) in gradient.iter_mut().zip(terms) {
            let share = (term / sum) as f32;
            if share > NEGLIGIBLE {
                *gradient -= scale * share;
            }
        }
        (right + sum.ln() - least, gradient)
    }

    /// E for a pattern with the penalties `y` for each class that it may be of: the negative logarithm of how likely the class is.
    pub fn values(&self, y: &[f32; 10]) -> [f64; 10] {
        let sum = match *self {
            Criterion::Map { j, .. } => self.value(y, usize::from(NOTHING)) - f64::from(j),
            Criterion::Mle { .. } => 0.0,
        };
        y.map(|y| f64::from(self.scale()) * f64::from(y) + sum)
    }

    /// The sum of [`Criterion::values`], each times how much its class is wanted, and its derivatives by the ten penalties. Where one class is
    /// wanted by 1 and no other, that is E; a class that is wanted by less than 0 is to become less likely.
    pub fn value_and_gradient_wanting(&self, y: &[f32; 10], wanted: &[f32; 10]) -> (f64, [f32; 10]) {
        let value = wanted.iter().zip(self.values(y)).map(|(wanted, value)| f64::from(*wanted) * value).sum();
        let (_, shares) = self.value_and_gradient(y, usize::from(NOTHING));
        let (scale, all) = (self.scale(), wanted.iter().sum::<f32>());
        (value, std::array::from_fn(|i| scale * wanted[i] + all * shares[i]))
    }

    /// The second derivative of the criterion by each state of F6, as the curvature pass takes it: that of the scaled
    /// distance to the right code, 2 * scale. The exact one of eq. 9 vanishes where one digit clearly wins, and the steps
    /// would grow without bound (`docs/PAPER.md`, question 6).
    pub fn seed_of_curvature(&self) -> f32 {
        2.0 * self.scale()
    }
}

/// What a pattern is taught to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Truth {
    /// Of one class, 0 to 9 or [`NOTHING`].
    Class(u8),
    /// Of each class as much as it is wanted ([`Criterion::value_and_gradient_wanting`]).
    Wanted([f32; 10]),
}

impl Truth {
    /// The criterion for these penalties, its derivatives by them, and whether the pattern is misread; one that classes are wanted of by degrees
    /// is not, whatever is read.
    pub fn judge(self, criterion: &Criterion, y: &[f32; 10]) -> (f64, [f32; 10], bool) {
        match self {
            Truth::Class(class) => {
                let (value, gradient) = criterion.value_and_gradient(y, usize::from(class));
                (value, gradient, !criterion.reads(y, class))
            }
            Truth::Wanted(wanted) => {
                let (value, gradient) = criterion.value_and_gradient_wanting(y, &wanted);
                (value, gradient, false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: Criterion = Criterion::Map { scale: 0.5, j: 10.0 };

    #[test]
    fn eq_9_is_what_it_says() {
        let y = [3.0f32, 8.0, 20.0, 4.0, 30.0, 12.0, 9.0, 7.0, 50.0, 6.0];
        let sum: f64 = (-10.0f64).exp() + y.iter().map(|&y| (-0.5 * f64::from(y)).exp()).sum::<f64>();
        assert!((MAP.value(&y, 3) - (2.0 + sum.ln())).abs() < 1e-12);
    }

    #[test]
    fn no_gradient_is_a_subnormal_number() {
        for far in (100..=220).map(|y| y as f32) {
            let mut y = [far; 10];
            y[3] = 1.0;
            let (_, gradient) = MAP.value_and_gradient(&y, 3);
            assert!(gradient.iter().all(|&d| d == 0.0 || d.is_normal()), "{far}: {gradient:?}");
            assert!(gradient[3] > 0.0, "{far}: {gradient:?}");
            assert!(
                (far > 130.0 || gradient[4] < 0.0) && (far < 150.0 || gradient[4] == 0.0),
                "{far}: {gradient:?}"
            );
        }
    }

    #[test]
    fn the_gradient_is_the_derivative() {
        let y = [3.0f32, 8.0, 20.0, 4.0, 30.0, 12.0, 9.0, 7.0, 50.0, 6.0];
        for criterion in [MAP, Criterion::Mle { scale: 0.25 }] {
            let (_, gradient) = criterion.value_and_gradient(&y, 3);
            let nothing = criterion.value_and_gradient(&y, usize::from(NOTHING)).1;
            for i in 0..10 {
                let (mut above, mut below) = (y, y);
                above[i] += 0.01;
                below[i] -= 0.01;
                let step = f64::from(above[i]) - f64::from(below[i]);
                for (class, gradient) in [(3, gradient), (usize::from(NOTHING), nothing)] {
                    let expected = (criterion.value(&above, class) - criterion.value(&below, class)) / step;
                    let off = (f64::from(gradient[i]) - expected).abs();
                    assert!(off < 1e-6, "{criterion:?}, class {class}, penalty {i}");
                }
            }
        }
    }

    #[test]
    fn classes_are_wanted_by_degrees() {
        let y = [3.0f32, 8.0, 20.0, 4.0, 30.0, 12.0, 9.0, 7.0, 50.0, 6.0];
        for criterion in [MAP, Criterion::Mle { scale: 0.25 }] {
            let one = criterion.value_and_gradient_wanting(&y, &std::array::from_fn(|c| f32::from(c == 3)));
            let (value, gradient) = criterion.value_and_gradient(&y, 3);
            assert!((one.0 - value).abs() < 1e-9);
            assert!(one.1.iter().zip(gradient).all(|(a, b)| (a - b).abs() < 1e-6), "{criterion:?}");
            let wanted: [f32; 10] = std::array::from_fn(|c| [0.7, -0.4, 0.1][c % 3]);
            let value = |y: &[f32; 10]| criterion.value_and_gradient_wanting(y, &wanted).0;
            for (i, d) in criterion.value_and_gradient_wanting(&y, &wanted).1.into_iter().enumerate() {
                let (mut above, mut below) = (y, y);
                above[i] += 0.01;
                below[i] -= 0.01;
                let expected = (value(&above) - value(&below)) / (f64::from(above[i]) - f64::from(below[i]));
                assert!((f64::from(d) - expected).abs() < 1e-6, "{criterion:?}, penalty {i}");
            }
        }
    }

    #[test]
    fn nothing_is_what_is_farther_than_j_from_every_digit() {
        let (near, far) = ([19.0; 10], [21.0; 10]); // j = 10 is a distance of 20
        assert!(!MAP.reads(&near, NOTHING) && MAP.reads(&far, NOTHING));
        assert!(MAP.reads(&near, 0) && MAP.reads(&far, 0) && !MAP.reads(&near, 1));
        assert!(MAP.value(&far, NOTHING.into()) < MAP.value(&near, NOTHING.into()));
        assert_eq!(Criterion::Mle { scale: 1.0 }.value(&near, NOTHING.into()), 0.0);
    }

    #[test]
    fn huge_penalties_neither_overflow_nor_vanish() {
        let (value, gradient) = MAP.value_and_gradient(&[1e4; 10], 0);
        // The rubbish class takes everything: E = y_D - j.
        assert!((value - (5e3 - 10.0)).abs() < 1e-9 && gradient[0] == 0.5 && gradient[1] == 0.0);
        let (value, gradient) = MAP.value_and_gradient(&[0.0; 10], 0);
        assert!(
            (value - (10.0 + (-10.0f64).exp()).ln()).abs() < 1e-12 && gradient.iter().all(|d| d.is_finite())
        );
    }

    #[test]
    fn eq_9_is_never_negative() {
        for y in [[0.0; 10], [1.0; 10], [90.0; 10]] {
            assert!(MAP.value(&y, 0) >= 0.0);
        }
    }
}
