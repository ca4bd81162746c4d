//! The state before the first pass.
//!
//! ```
//! use lenet::net::{Initial, LENET5};
//! use rand::{rngs::ChaCha8Rng, SeedableRng};
//!
//! let initial = Initial { gain: 1.1, coefficient: 0.55 };
//! let parameters = initial.draw(&mut ChaCha8Rng::seed_from_u64(1));
//! assert!(parameters.view(LENET5.c1.weights()).iter().all(|w| w.abs() <= 1.1 / 5.0));
//! ```

use rand::Rng;
use serde::{Deserialize, Serialize};

use super::layer::Convolution;
use super::{LENET5, Parameters};
use crate::kernels::convolution::TAPS;

/// How parameters are drawn: weights uniform in +-gain/sqrt(fan-in), coefficients constant, biases zero
/// (`docs/PAPER.md`, question 1: why not the +-2.4/fan-in of page 41).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Initial {
    /// Bound of the weights times the root of the number of a unit's inputs, > 0.
    pub gain: f32,
    /// Coefficient of every sub-sampling map, which multiplies the sum of four states.
    pub coefficient: f32,
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
            uniform(parameters.view_mut(layer.weights()), self.gain, layer.inputs, random);
        }
        parameters
    }

    fn convolution(&self, layer: Convolution, parameters: &mut Parameters, random: &mut impl Rng) {
        let mut kernels = parameters.view_mut(layer.weights());
        for inputs in layer.table {
            let (map, rest) = kernels.split_at_mut(inputs.len() * TAPS);
            uniform(map, self.gain, inputs.len() * TAPS, random);
            kernels = rest;
        }
    }
}

/// Uniform in +-gain/sqrt(fan_in), from the upper 24 bits of each number so that the values never depend on a library's
/// idea of a distribution.
fn uniform(weights: &mut [f32], gain: f32, fan_in: usize, random: &mut impl Rng) {
    let bound = gain / (fan_in as f32).sqrt();
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
        let initial = Initial { gain: 1.1, coefficient: 0.55 };
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
    fn the_same_seed_gives_the_same_network_and_another_seed_another() {
        let initial = Initial { gain: 1.1, coefficient: 0.55 };
        let draw = |seed| initial.draw(&mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
