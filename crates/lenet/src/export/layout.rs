//! How a network's parameters lie in a weights file: tensors by name, in the shapes that `torch` modules have.

use std::ops::Range;

use crate::kernels::TAPS;
use crate::net::{LeNet5, TENSORS};
use crate::paper::{CODE, CODES, TABLE_I};
use crate::systems::{Kind, Output, Stack};
use crate::train::Network;

/// The name of the fixed codes, a buffer.
pub(super) const CODES_NAME: &str = "output.codes";
/// Maps of S2, the second index of C3's kernels.
const C3_INPUTS: usize = 6;

/// A network that has a place in weights files.
pub trait Saved: Network {
    /// Its tensors in the file.
    #[doc(hidden)]
    fn layout(&self) -> Vec<FileTensor>;
}

/// A tensor of a weights file.
#[derive(Clone, Debug)]
pub struct FileTensor {
    pub(super) name: String,
    /// The layer, as in `C3`.
    pub(super) layer: String,
    pub(super) shape: Vec<usize>,
    pub(super) content: Content,
}

/// Where its values are.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// In the network's parameters, as they are.
    Plain(Range<usize>),
    /// There, as the kernels between connected maps only; in the file those between all of them, zero where `table` has no
    /// connection.
    Kernels { range: Range<usize>, table: Vec<Vec<usize>>, inputs: usize },
    /// The paper's codes.
    Codes,
}

impl Saved for LeNet5 {
    fn layout(&self) -> Vec<FileTensor> {
        let tensors = TENSORS.iter().map(|tensor| {
            let (shape, content) = match tensor.name {
                "c1.weight" => (vec![6, 1, 5, 5], Content::Plain(tensor.range.clone())),
                "c3.weight" => {
                    let table = TABLE_I.iter().map(|inputs| inputs.to_vec()).collect();
                    kernels(tensor.range.clone(), table, C3_INPUTS)
                }
                _ => (tensor.shape.to_vec(), Content::Plain(tensor.range.clone())),
            };
            FileTensor::new(tensor.name, shape, content)
        });
        tensors.chain([codes()]).collect()
    }
}

impl Saved for Stack {
    fn layout(&self) -> Vec<FileTensor> {
        let tensors = self.tensors().into_iter().map(|tensor| {
            let kind = self.plan().layers.get(tensor.layer).map(|layer| &layer.kind);
            let (shape, content) = match kind {
                Some(Kind::Convolution { table }) if tensor.name.ends_with("weight") => {
                    kernels(tensor.range, table.clone(), tensor.inputs)
                }
                _ => (tensor.shape, Content::Plain(tensor.range)),
            };
            FileTensor::new(&tensor.name, shape, content)
        });
        tensors.chain((self.plan().output == Output::Codes).then(codes)).collect()
    }
}

fn kernels(range: Range<usize>, table: Vec<Vec<usize>>, inputs: usize) -> (Vec<usize>, Content) {
    (vec![table.len(), inputs, 5, 5], Content::Kernels { range, table, inputs })
}

fn codes() -> FileTensor {
    FileTensor::new(CODES_NAME, vec![CODES.len(), CODE], Content::Codes)
}

impl FileTensor {
    fn new(name: &str, shape: Vec<usize>, content: Content) -> Self {
        let layer = name.split('.').next().unwrap_or(name).to_uppercase();
        FileTensor { name: name.to_string(), layer, shape, content }
    }

    /// Its values in the file, from all parameters.
    pub(super) fn values(&self, parameters: &[f32]) -> Vec<f32> {
        match &self.content {
            Content::Plain(range) => parameters[range.clone()].to_vec(),
            Content::Codes => CODES.as_flattened().to_vec(),
            Content::Kernels { range, table, inputs } => {
                let mut all = vec![0.0; table.len() * inputs * TAPS];
                let connections =
                    table.iter().enumerate().flat_map(|(o, maps)| maps.iter().map(move |i| o * inputs + i));
                for (place, kernel) in connections.zip(parameters[range.clone()].chunks_exact(TAPS)) {
                    all[place * TAPS..][..TAPS].copy_from_slice(kernel);
                }
                all
            }
        }
    }
}
