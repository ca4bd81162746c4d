//! The 60,000 trainable parameters: one flat buffer with a named view for every layer.
//!
//! Gradients, curvatures and step sizes use the same layout, so an optimiser is a loop over flat buffers.
//!
//! ```
//! use lenet::net::{Parameters, TENSORS};
//!
//! let parameters = Parameters::zeros();
//! assert_eq!(parameters.as_slice().len(), 60_000);
//! for tensor in &TENSORS {
//!     println!("{:15} {:?} at {}", tensor.name, tensor.shape, tensor.range.start);
//! }
//! ```

use std::ops::Range;

use super::lenet5::{LENET5, PARAMETERS};
use crate::kernels::aligned::Aligned;

/// A value for each trainable parameter of the network, in the order of [`TENSORS`].
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters(Box<Aligned<PARAMETERS>>);

/// A named part of [`Parameters`].
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Name in the manner of PyTorch: layer, then what it is.
    pub name: &'static str,
    /// Shape, outermost index first. `c3.weight` is `[connection of Table I][5][5]`.
    pub shape: &'static [usize],
    /// Place in the buffer.
    pub range: Range<usize>,
}

/// The twelve tensors in the order of the buffer.
pub const TENSORS: [Tensor; 12] = [
    Tensor { name: "c1.weight", shape: &[6, 5, 5], range: LENET5.c1.weights() },
    Tensor { name: "c1.bias", shape: &[6], range: LENET5.c1.biases() },
    Tensor { name: "s2.coefficient", shape: &[6], range: LENET5.s2.coefficients() },
    Tensor { name: "s2.bias", shape: &[6], range: LENET5.s2.biases() },
    Tensor { name: "c3.weight", shape: &[60, 5, 5], range: LENET5.c3.weights() },
    Tensor { name: "c3.bias", shape: &[16], range: LENET5.c3.biases() },
    Tensor { name: "s4.coefficient", shape: &[16], range: LENET5.s4.coefficients() },
    Tensor { name: "s4.bias", shape: &[16], range: LENET5.s4.biases() },
    Tensor { name: "c5.weight", shape: &[120, 16, 5, 5], range: LENET5.c5.weights() },
    Tensor { name: "c5.bias", shape: &[120], range: LENET5.c5.biases() },
    Tensor { name: "f6.weight", shape: &[84, 120], range: LENET5.f6.weights() },
    Tensor { name: "f6.bias", shape: &[84], range: LENET5.f6.biases() },
];

impl Parameters {
    /// All zero.
    pub fn zeros() -> Self {
        Parameters(Aligned::zeros())
    }

    /// The values in the order of [`TENSORS`], if there are exactly 60,000.
    pub fn from_slice(values: &[f32]) -> Option<Self> {
        let mut parameters = Self::zeros();
        (values.len() == PARAMETERS).then(|| parameters.as_mut_slice().copy_from_slice(values))?;
        Some(parameters)
    }

    /// All values.
    pub fn as_slice(&self) -> &[f32] {
        &self.0[..]
    }

    /// All values, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.0[..]
    }

    /// The values at a layer's [`Range`], for example `parameters.view(LENET5.c1.weights())`.
    pub fn view(&self, range: Range<usize>) -> &[f32] {
        &self.0[range]
    }

    /// The values at a layer's [`Range`], to be changed.
    pub fn view_mut(&mut self, range: Range<usize>) -> &mut [f32] {
        &mut self.0[range]
    }

    /// The tensor of that name (see [`TENSORS`]).
    pub fn tensor(&self, name: &str) -> Option<&[f32]> {
        TENSORS.iter().find(|tensor| tensor.name == name).map(|tensor| self.view(tensor.range.clone()))
    }

    /// A buffer with every value squared: the weights of the second-derivative pass (eq. 27).
    pub fn squared(&self) -> Self {
        let mut squared = self.clone();
        squared.0.iter_mut().for_each(|w| *w *= *w);
        squared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tensors_follow_each_other_and_fill_the_buffer() {
        let mut next = 0;
        for tensor in &TENSORS {
            assert_eq!(tensor.range.start, next, "{}", tensor.name);
            assert_eq!(tensor.range.len(), tensor.shape.iter().product::<usize>(), "{}", tensor.name);
            next = tensor.range.end;
        }
        assert_eq!(next, PARAMETERS);
    }
}
