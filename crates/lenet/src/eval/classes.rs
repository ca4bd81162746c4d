//! What the network makes of each class: the mean state of F6, and the digits nearest to the class's code and farthest.

use fearless_simd::dispatch;

use crate::data::Split;
use crate::kernels::level::Level;
use crate::net::{Parameters, State, answer_at, lay_out};
use crate::paper::CODE;

/// The digits of one class, as F6 sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Number of digits, >= 1.
    pub digits: usize,
    /// The mean of F6's states over them, row by row of the 7x12 code.
    pub mean: [f32; CODE],
    /// The digit with the smallest penalty of this class, its own.
    pub nearest: Distance,
    /// The digit with the largest: the first to go where digits are rejected by their penalty.
    pub farthest: Distance,
}

/// A digit and how far it is from the code of its class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// Index in the set.
    pub index: usize,
    /// The penalty of the digit's own class: the squared distance of F6's states to its code (eq. 7).
    pub penalty: f32,
    /// The class with the smallest penalty, which may be another.
    pub answer: u8,
}

/// Looks at every digit of a set, on one thread. A class of which there is no digit is None.
pub fn classes(level: Level, parameters: &Parameters, digits: &Split) -> [Option<Class>; 10] {
    let mut state = State::new();
    lay_out(level, parameters, &mut state);
    let mut sums = [[0.0f64; CODE]; 10];
    let mut classes = [const { None::<Class> }; 10];
    for (index, (image, &truth)) in digits.images.iter().zip(&digits.labels).enumerate() {
        dispatch!(level, simd => answer_at(simd, parameters, &mut state, image));
        let truth = usize::from(truth);
        let here = Distance { index, penalty: state.output()[truth], answer: state.class() };
        let class = classes[truth].get_or_insert(Class {
            digits: 0,
            mean: [0.0; CODE],
            nearest: here,
            farthest: here,
        });
        class.digits += 1;
        if here.penalty < class.nearest.penalty {
            class.nearest = here;
        }
        if here.penalty > class.farthest.penalty {
            class.farthest = here;
        }
        for (sum, &x) in sums[truth].iter_mut().zip(state.f6()) {
            *sum += f64::from(x);
        }
    }
    for (class, sums) in classes.iter_mut().zip(&sums) {
        if let Some(class) = class {
            class.mean = sums.map(|sum| (sum / class.digits as f64) as f32);
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Recipe;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn nearest_and_farthest_are_the_ends_and_the_mean_lies_between() {
        let parameters = Recipe::paper_1998().initial.draw(&mut ChaCha8Rng::seed_from_u64(1));
        let images: Vec<[u8; 784]> =
            (0..6u32).map(|n| std::array::from_fn(|k| ((k as u32 * (n + 3) * 37) % 251) as u8)).collect();
        let digits = Split { images, labels: vec![3, 3, 3, 3, 3, 8] };
        let found = classes(Level::new(), &parameters, &digits);
        assert!(found.iter().enumerate().all(|(class, found)| found.is_some() == [3, 8].contains(&class)));
        let (three, eight) = (found[3].as_ref().unwrap(), found[8].as_ref().unwrap());
        assert_eq!((three.digits, eight.digits), (5, 1));
        assert!(three.nearest.penalty < three.farthest.penalty);
        let mut state = State::new();
        let mut sums = [0.0f32; CODE];
        for n in 0..5 {
            state.set_image(&digits.images[n]);
            crate::net::forward(Level::new(), &parameters, &mut state);
            assert!((three.nearest.penalty..=three.farthest.penalty).contains(&state.output()[3]));
            sums.iter_mut().zip(state.f6()).for_each(|(sum, x)| *sum += x / 5.0);
        }
        assert!(sums.iter().zip(&three.mean).all(|(a, b)| (a - b).abs() < 1e-5));
        assert_eq!((eight.nearest, eight.nearest.index), (eight.farthest, 5));
    }
}
