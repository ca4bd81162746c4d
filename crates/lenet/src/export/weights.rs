//! A network's weights as a safetensors file that `torch` modules load by name. LeNet-5's tensors, and those of the other systems
//! in the same manner:
//!
//! | tensor | shape | |
//! |---|---|---|
//! | `c1.weight` `c1.bias` | \[6, 1, 5, 5\] \[6\] | a `Conv2d` |
//! | `s2.coefficient` `s2.bias` | \[6\] \[6\] | multiply and shift the sum of 2x2 |
//! | `c3.weight` `c3.bias` | \[16, 6, 5, 5\] \[16\] | a `Conv2d`, zero where Table I has no connection |
//! | `s4.coefficient` `s4.bias` | \[16\] \[16\] | |
//! | `c5.weight` `c5.bias` | \[120, 16, 5, 5\] \[120\] | a `Conv2d` |
//! | `f6.weight` `f6.bias` | \[84, 120\] \[84\] | a `Linear` |
//! | `output.codes` | \[10, 84\] | a buffer: the fixed codes |
//!
//! ```
//! use lenet::export::weights;
//! use lenet::net::Parameters;
//!
//! let bytes = weights::to_bytes(&Parameters::zeros(), &[("seed", "1".to_string())]);
//! assert_eq!(weights::from_bytes(&bytes, "memory".as_ref())?, Parameters::zeros());
//! # Ok::<(), weights::WeightsError>(())
//! ```

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use thiserror::Error;

use super::layout::{Content, FileTensor};
use crate::files::write_atomically;
use crate::kernels::TAPS;
use crate::net::{LENET5, Parameters};
use crate::paper::{CODE, CODES};
use crate::systems::{Plan, Stack, StackParameters};
use crate::train::{Network, Values};

pub use super::layout::Saved;

/// The key of the metadata with the network's name; LeNet-5's files need none.
const NET: &str = "net";

/// Why a weights file can't be used or written.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// The file can't be read.
    #[error("{path}: the weights can't be read: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file can't be written.
    #[error("{path}: the weights can't be written: {source}. Free space or choose another place.", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not a safetensors file, or a damaged one.
    #[error(
        "{path}: not a safetensors file ({reason}). Give the weights.safetensors of a run, or a state_dict saved with \
         safetensors.torch.save_file.", path = path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// A tensor that the network has is not there.
    #[error("{path}: tensor `{tensor}` is missing; the file has {found}. {net} needs {expected}.", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The network.
        net: String,
        /// The tensor.
        tensor: String,
        /// The names that are there.
        found: String,
        /// The names that must be there.
        expected: String,
    },
    /// A tensor that the network does not have.
    #[error(
        "{path}: tensor `{tensor}` is none of {net}'s, so this may be another network. {net} has {expected}; leave \
         out the rest.", path = path.display()
    )]
    Extra {
        /// The file.
        path: PathBuf,
        /// The network.
        net: String,
        /// The tensor.
        tensor: String,
        /// The names that may be there.
        expected: String,
    },
    /// A tensor of another shape.
    #[error("{path}: tensor `{tensor}` has the shape {found:?}, but {net}'s is {expected:?}.", path = path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The network.
        net: String,
        /// The tensor.
        tensor: String,
        /// The shape found.
        found: Vec<usize>,
        /// The shape that it must have.
        expected: Vec<usize>,
    },
    /// A tensor of another number type.
    #[error("{path}: tensor `{tensor}` is of type {found}, expected F32; in PyTorch convert it with .float().", path = path.display())]
    Type {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The type found.
        found: String,
    },
    /// A value that is no number.
    #[error("{path}: tensor `{tensor}` has {found} at index {index}: the training that made it diverged.", path = path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Index in the flattened tensor.
        index: usize,
        /// The value: NaN or an infinity.
        found: f32,
    },
    /// A weight where the table, for LeNet-5 Table I, has no connection.
    #[error(
        "{path}: `{tensor}` connects map {output} of {layer} with map {input} of the layer before, which the paper's table \
         leaves out; these kernels must be zero (mask them while training).", path = path.display()
    )]
    Connection {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// Its layer.
        layer: String,
        /// Map of the layer.
        output: usize,
        /// Map of the layer before.
        input: usize,
    },
    /// The file is another network's.
    #[error("{path}: these are weights of {found}, not of {expected}.", path = path.display())]
    OtherNet {
        /// The file.
        path: PathBuf,
        /// The network that it names.
        found: String,
        /// The network asked for.
        expected: String,
    },
    /// The output has other codes.
    #[error("{path}: the code of class {class} in `output.codes` is not the paper's (Fig. 3). The codes are fixed.", path = path.display())]
    Codes {
        /// The file.
        path: PathBuf,
        /// The class.
        class: usize,
    },
}

/// The content of a weights file of LeNet-5; `metadata` goes into its header (seed, recipe, error, whatever tells its origin).
/// Equal arguments give equal bytes.
pub fn to_bytes(parameters: &Parameters, metadata: &[(&str, String)]) -> Vec<u8> {
    network_to_bytes(&LENET5, parameters, metadata)
}

/// The content of a weights file of any network.
pub fn network_to_bytes<N: Saved>(
    network: &N,
    parameters: &N::Parameters,
    metadata: &[(&str, String)],
) -> Vec<u8> {
    let layout = network.layout();
    let tensors: Vec<(&FileTensor, Vec<u8>)> = layout
        .iter()
        .map(|tensor| {
            let values = tensor.values(parameters.as_slice());
            (tensor, values.iter().flat_map(|value| value.to_le_bytes()).collect())
        })
        .collect();
    let views = tensors.iter().map(|(tensor, bytes)| {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes);
        (&tensor.name, view.expect("the shape fits the bytes"))
    });
    let metadata = metadata.iter().map(|(key, value)| (key.to_string(), value.clone()));
    let metadata = metadata.chain([(NET.to_string(), network.name().to_string())]).collect::<HashMap<_, _>>();
    in_order(serialize(views, Some(metadata)).expect("tensors of known shape serialise"))
}

/// The file with the keys of its header in alphabetical order: `serialize` takes the metadata from a hash map, whose order
/// is another one in every process.
fn in_order(mut file: Vec<u8>) -> Vec<u8> {
    let (len, rest) = file.split_first_chunk_mut().expect("a file begins with the length of its header");
    let header = &mut rest[..u64::from_le_bytes(*len) as usize];
    let ordered: serde_json::Value = serde_json::from_slice(header).expect("the header is JSON");
    let ordered = ordered.to_string();
    // The same text in another order, and the spaces that fill it up.
    header[..ordered.len()].copy_from_slice(ordered.as_bytes());
    file
}

/// The tensors of a network as its weights file has them: name, shape, values.
pub fn tensors<N: Saved>(network: &N, parameters: &N::Parameters) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let layout = network.layout().into_iter();
    layout
        .map(|tensor| {
            let values = tensor.values(parameters.as_slice());
            (tensor.name, tensor.shape, values)
        })
        .collect()
}

/// Writes a weights file of LeNet-5, complete or not at all.
///
/// # Errors
/// [`WeightsError::Write`].
pub fn save(parameters: &Parameters, metadata: &[(&str, String)], path: &Path) -> Result<(), WeightsError> {
    save_network(&LENET5, parameters, metadata, path)
}

/// Writes a weights file of any network, complete or not at all.
///
/// # Errors
/// [`WeightsError::Write`].
pub fn save_network<N: Saved>(
    network: &N,
    parameters: &N::Parameters,
    metadata: &[(&str, String)],
    path: &Path,
) -> Result<(), WeightsError> {
    write_atomically(path, &network_to_bytes(network, parameters, metadata))
        .map_err(|source| WeightsError::Write { path: path.into(), source })
}

/// Reads a weights file of LeNet-5.
///
/// # Errors
/// Every variant of [`WeightsError`] but `Write`.
pub fn load(path: &Path) -> Result<Parameters, WeightsError> {
    load_network(&LENET5, path)
}

/// Reads a weights file of any network.
///
/// # Errors
/// Every variant of [`WeightsError`] but `Write`.
pub fn load_network<N: Saved>(network: &N, path: &Path) -> Result<N::Parameters, WeightsError> {
    network_from_bytes(network, &read(path)?, path)
}

/// Any network with its parameters.
#[derive(Clone, Debug)]
pub enum AnyNetwork {
    /// LeNet-5.
    LeNet5(Box<Parameters>),
    /// One of the others.
    Other(Box<Stack>, StackParameters),
}

/// Reads a weights file of whatever network it names, LeNet-5 if it names none.
///
/// # Errors
/// Every variant of [`WeightsError`] but `Write`.
pub fn load_any(path: &Path) -> Result<AnyNetwork, WeightsError> {
    let other = network_name(path)?.and_then(|name| Plan::by_name(&name));
    match other.filter(|plan| plan.name != LENET5.name()) {
        None => Ok(AnyNetwork::LeNet5(Box::new(load(path)?))),
        Some(plan) => {
            let stack = Stack::new(plan).expect("a test builds all known networks");
            let parameters = load_network(&stack, path)?;
            Ok(AnyNetwork::Other(Box::new(stack), parameters))
        }
    }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, WeightsError> {
    std::fs::read(path).map_err(|source| WeightsError::Read { path: path.into(), source })
}

/// The name of the network whose weights a file has, if it says so; files from elsewhere need not.
///
/// # Errors
/// [`WeightsError::Read`], [`WeightsError::Format`].
pub fn network_name(path: &Path) -> Result<Option<String>, WeightsError> {
    name_in(&read(path)?, path)
}

fn name_in(bytes: &[u8], path: &Path) -> Result<Option<String>, WeightsError> {
    let (_, header) = SafeTensors::read_metadata(bytes)
        .map_err(|error| WeightsError::Format { path: path.into(), reason: error.to_string() })?;
    Ok(header.metadata().as_ref().and_then(|metadata| metadata.get(NET)).cloned())
}

/// Reads the content of a weights file of LeNet-5; `path` is for the messages.
///
/// # Errors
/// Every variant of [`WeightsError`] but `Read` and `Write`.
pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Parameters, WeightsError> {
    network_from_bytes(&LENET5, bytes, path)
}

/// Reads the content of a weights file of any network; `path` is for the messages.
///
/// # Errors
/// Every variant of [`WeightsError`] but `Read` and `Write`.
pub fn network_from_bytes<N: Saved>(
    network: &N,
    bytes: &[u8],
    path: &Path,
) -> Result<N::Parameters, WeightsError> {
    let (net, layout) = (network.name(), network.layout());
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|error| WeightsError::Format { path: path.into(), reason: error.to_string() })?;
    if let Some(found) = name_in(bytes, path)?.filter(|found| found != net) {
        return Err(WeightsError::OtherNet { path: path.into(), found, expected: net.to_string() });
    }
    check_names(net, &layout, &tensors, path)?;
    let mut parameters = network.zeros();
    for tensor in &layout {
        let values = tensor_values(&tensors, net, tensor, path)?;
        match &tensor.content {
            Content::Plain(range) => parameters.as_mut_slice()[range.clone()].copy_from_slice(&values),
            Content::Kernels { range, table, inputs } => {
                let kernels = gather(&values, tensor, table, *inputs, path)?;
                parameters.as_mut_slice()[range.clone()].copy_from_slice(&kernels);
            }
            Content::Codes => {
                let wrong = (0..CODES.len()).find(|&class| values[class * CODE..][..CODE] != CODES[class]);
                if let Some(class) = wrong {
                    return Err(WeightsError::Codes { path: path.into(), class });
                }
            }
        }
    }
    Ok(parameters)
}

/// All tensors of the network are there, and no others.
fn check_names(
    net: &str,
    layout: &[FileTensor],
    tensors: &SafeTensors<'_>,
    path: &Path,
) -> Result<(), WeightsError> {
    let known: Vec<&str> = layout.iter().map(|tensor| tensor.name.as_str()).collect();
    let mut found = tensors.names();
    found.sort_unstable();
    let (path, net) = (path.to_path_buf(), net.to_string());
    if let Some(missing) = known.iter().find(|name| !found.contains(name)) {
        return Err(WeightsError::Missing {
            path,
            net,
            tensor: missing.to_string(),
            found: if found.is_empty() { "none".to_string() } else { found.join(", ") },
            expected: known.join(", "),
        });
    }
    match found.iter().find(|name| !known.contains(name)) {
        Some(extra) => {
            Err(WeightsError::Extra { path, net, tensor: extra.to_string(), expected: known.join(", ") })
        }
        None => Ok(()),
    }
}

fn tensor_values(
    tensors: &SafeTensors<'_>,
    net: &str,
    wanted: &FileTensor,
    path: &Path,
) -> Result<Vec<f32>, WeightsError> {
    let (tensor, path) = (wanted.name.clone(), path.to_path_buf());
    let view = match tensors.tensor(&tensor) {
        Ok(view) => view,
        Err(error) => return Err(WeightsError::Format { path, reason: error.to_string() }),
    };
    if view.dtype() != Dtype::F32 {
        return Err(WeightsError::Type { path, tensor, found: format!("{:?}", view.dtype()) });
    }
    if view.shape() != wanted.shape {
        let (net, found, expected) = (net.to_string(), view.shape().to_vec(), wanted.shape.clone());
        return Err(WeightsError::Shape { path, net, tensor, found, expected });
    }
    let values: Vec<f32> =
        view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(WeightsError::NotFinite { path, tensor, index, found: values[index] }),
        None => Ok(values),
    }
}

/// The kernels between connected maps, from those between all of them.
fn gather(
    all: &[f32],
    tensor: &FileTensor,
    table: &[Vec<usize>],
    inputs: usize,
    path: &Path,
) -> Result<Vec<f32>, WeightsError> {
    let mut kernels = Vec::new();
    for (place, kernel) in all.chunks_exact(TAPS).enumerate() {
        let (output, input) = (place / inputs, place % inputs);
        if table[output].contains(&input) {
            kernels.extend_from_slice(kernel);
        } else if kernel.iter().any(|&w| w != 0.0) {
            let (tensor, layer) = (tensor.name.clone(), tensor.layer.clone());
            return Err(WeightsError::Connection { path: path.into(), tensor, layer, output, input });
        }
    }
    Ok(kernels)
}
