//! The state before the first pass.
//!
//! ```
//! use lenet::net::{FanIn, Initial, LENET5};
//! use rand::{rngs::ChaCha8Rng, SeedableRng};
//!
//! let initial = Initial { gain: 1.1, over: FanIn::RootFanIn, coefficient: 0.55 };
//! let parameters = initial.draw(&mut ChaCha8Rng::seed_from_u64(1));
//! assert!(parameters.view(LENET5.c1.weights()).iter().all(|w| w.abs() <= 1.1 / 5.0));
//! ```

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::layer::Convolution;
use super::{LENET5, Parameters};
use crate::kernels::TAPS;

/// How parameters are drawn: weights uniform in +-gain/sqrt(fan-in) or +-gain/fan-in, coefficients constant, biases zero.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initial {
    /// Numerator of the weights' bound, > 0.
    pub gain: f32,
    /// Denominator of the weights' bound.
    pub over: FanIn,
    /// Coefficient of every sub-sampling map, which multiplies the sum of four states.
    pub coefficient: f32,
}

/// How the number of a unit's inputs enters the bound of its weights (`docs/PAPER.md`, question 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FanIn {
    /// The root of the number of inputs.
    RootFanIn,
    /// The number of inputs, as page 41 prints it.
    FanIn,
}

impl Initial {
    /// Draws all parameters, in the order of the buffer.
    pub fn draw(&self, random: &mut impl Rng) -> Parameters {
        let mut parameters = Parameters::zeros();
        for layer in [LENET5.c1, LENET5.c3] {
            self.convolution(layer, &mut parameters, random);
        }
        for layer in [LENET5.s2, LENET5.s4] {
            parameters.view_mut(layer.coefficients()).fill(self.coefficient);
        }
        for layer in [LENET5.c5, LENET5.f6] {
            self.draw_weights(parameters.view_mut(layer.weights()), layer.inputs, random);
        }
        parameters
    }

    /// Draws weights of units that have this many inputs.
    pub(crate) fn draw_weights(&self, weights: &mut [f32], fan_in: usize, random: &mut impl Rng) {
        uniform(weights, self.bound(fan_in), random);
    }

    fn bound(&self, fan_in: usize) -> f32 {
        match self.over {
            FanIn::RootFanIn => self.gain / (fan_in as f32).sqrt(),
            FanIn::FanIn => self.gain / fan_in as f32,
        }
    }

    fn convolution(&self, layer: Convolution, parameters: &mut Parameters, random: &mut impl Rng) {
        let mut kernels = parameters.view_mut(layer.weights());
        for inputs in layer.table {
            let (map, rest) = kernels.split_at_mut(inputs.len() * TAPS);
            self.draw_weights(map, inputs.len() * TAPS, random);
            kernels = rest;
        }
    }
}

/// Uniform in +-bound, from the upper 24 bits of each number so that the values never depend on a library's
/// idea of a distribution.
fn uniform(weights: &mut [f32], bound: f32, random: &mut impl Rng) {
    for w in weights {
        let unit = (random.next_u32() >> 8) as f32 / (1 << 24) as f32;
        *w = bound * (2.0 * unit - 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn weights_fill_their_interval_and_biases_are_zero() {
        let initial = Initial { gain: 1.1, over: FanIn::RootFanIn, coefficient: 0.55 };
        let parameters = initial.draw(&mut ChaCha8Rng::seed_from_u64(7));
        let bound = 1.1 / 20.0;
        let c5 = parameters.view(LENET5.c5.weights());
        assert!(c5.iter().all(|w| w.abs() <= bound));
        assert!(c5.iter().any(|&w| w > 0.99 * bound) && c5.iter().any(|&w| w < -0.99 * bound));
        let mean = c5.iter().sum::<f32>() / c5.len() as f32;
        // five standard deviations of the mean of 48,000 uniform numbers
        assert!(mean.abs() < 5.0 * bound / 3f32.sqrt() / (48_000f32).sqrt());
        // map 15 of C3 has six inputs, so its bound is 1.1 / sqrt(150)
        let map15 = &parameters.view(LENET5.c3.weights())[54 * TAPS..];
        assert!(map15.iter().all(|w| w.abs() <= 1.1 / 150f32.sqrt()));
        assert!(parameters.view(LENET5.c3.biases()).iter().all(|&b| b == 0.0));
        assert!(parameters.view(LENET5.s4.coefficients()).iter().all(|&c| c == 0.55));
    }

    #[test]
    fn the_bound_of_page_41_is_smaller_by_the_root_of_the_fan_in() {
        let initial = Initial { gain: 2.4, over: FanIn::FanIn, coefficient: 0.55 };
        let parameters = initial.draw(&mut ChaCha8Rng::seed_from_u64(7));
        let largest = |range| parameters.view(range).iter().fold(0.0f32, |largest, w| largest.max(w.abs()));
        assert!(largest(LENET5.c5.weights()) <= 2.4 / 400.0 && largest(LENET5.c5.weights()) > 2.3 / 400.0);
        assert!(largest(LENET5.f6.weights()) <= 2.4 / 120.0 && largest(LENET5.f6.weights()) > 2.3 / 120.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_network_and_another_seed_another() {
        let initial = Initial { gain: 1.1, over: FanIn::RootFanIn, coefficient: 0.55 };
        let draw = |seed| initial.draw(&mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
