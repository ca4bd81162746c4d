//! A network's weights as a safetensors file that `torch` modules load by name.
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

use crate::files::write_atomically;
use crate::kernels::TAPS;
use crate::net::{Parameters, TENSORS};
use crate::paper::{CODE, CODES, TABLE_I};

const CODES_NAME: &str = "output.codes";
const C3_NAME: &str = "c3.weight";
/// Maps of S2, the second index of C3's kernels.
const C3_INPUTS: usize = 6;

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
    /// A tensor that LeNet-5 has is not there.
    #[error("{path}: tensor `{tensor}` is missing; the file has {found}. LeNet-5 needs {expected}.", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The names that are there.
        found: String,
        /// The names that must be there.
        expected: String,
    },
    /// A tensor that LeNet-5 does not have.
    #[error(
        "{path}: tensor `{tensor}` is none of LeNet-5's, so this may be another network. LeNet-5 has {expected}; leave \
         out the rest.", path = path.display()
    )]
    Extra {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The names that may be there.
        expected: String,
    },
    /// A tensor of another shape.
    #[error("{path}: tensor `{tensor}` has the shape {found:?}, but LeNet-5's is {expected:?}.", path = path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        tensor: String,
        /// The shape found.
        found: Vec<usize>,
        /// The shape of LeNet-5.
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
    /// A weight where Table I has no connection.
    #[error(
        "{path}: `c3.weight` connects map {output} of C3 with map {input} of S2, which Table I of the paper leaves out; \
         these kernels must be zero (mask them while training).", path = path.display()
    )]
    Connection {
        /// The file.
        path: PathBuf,
        /// Map of C3.
        output: usize,
        /// Map of S2.
        input: usize,
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

/// The shape of a tensor in the file: PyTorch's where it differs from the buffer's.
fn shape(name: &str) -> Vec<usize> {
    match name {
        "c1.weight" => vec![6, 1, 5, 5],
        C3_NAME => vec![TABLE_I.len(), C3_INPUTS, 5, 5],
        CODES_NAME => vec![CODES.len(), CODE],
        _ => TENSORS.iter().find(|tensor| tensor.name == name).expect("a tensor of LeNet-5").shape.to_vec(),
    }
}

fn names() -> Vec<&'static str> {
    TENSORS.iter().map(|tensor| tensor.name).chain([CODES_NAME]).collect()
}

/// The content of a weights file; `metadata` goes into its header (seed, recipe, error, whatever tells its origin). Equal
/// arguments give equal bytes.
pub fn to_bytes(parameters: &Parameters, metadata: &[(&str, String)]) -> Vec<u8> {
    let tensors: Vec<(&str, Vec<u8>)> = names()
        .into_iter()
        .map(|name| {
            let values = match name {
                CODES_NAME => CODES.as_flattened().to_vec(),
                C3_NAME => spread(parameters.tensor(name).expect("a tensor of LeNet-5")),
                _ => parameters.tensor(name).expect("a tensor of LeNet-5").to_vec(),
            };
            (name, values.iter().flat_map(|value| value.to_le_bytes()).collect())
        })
        .collect();
    let views = tensors.iter().map(|(name, bytes)| {
        (*name, TensorView::new(Dtype::F32, shape(name), bytes).expect("the shape fits the bytes"))
    });
    let metadata =
        metadata.iter().map(|(key, value)| (key.to_string(), value.clone())).collect::<HashMap<_, _>>();
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

/// Writes a weights file, complete or not at all.
///
/// # Errors
/// [`WeightsError::Write`].
pub fn save(parameters: &Parameters, metadata: &[(&str, String)], path: &Path) -> Result<(), WeightsError> {
    write_atomically(path, &to_bytes(parameters, metadata))
        .map_err(|source| WeightsError::Write { path: path.into(), source })
}

/// Reads a weights file.
///
/// # Errors
/// Every variant of [`WeightsError`] but `Write`.
pub fn load(path: &Path) -> Result<Parameters, WeightsError> {
    let bytes = std::fs::read(path).map_err(|source| WeightsError::Read { path: path.into(), source })?;
    from_bytes(&bytes, path)
}

/// Reads the content of a weights file; `path` is for the messages.
///
/// # Errors
/// Every variant of [`WeightsError`] but `Read` and `Write`.
pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Parameters, WeightsError> {
    let path = || path.to_path_buf();
    let tensors = SafeTensors::deserialize(bytes)
        .map_err(|error| WeightsError::Format { path: path(), reason: error.to_string() })?;
    let known = names();
    let mut found = tensors.names();
    found.sort_unstable();
    if let Some(missing) = known.iter().find(|name| !found.contains(name)) {
        return Err(WeightsError::Missing {
            path: path(),
            tensor: missing.to_string(),
            found: if found.is_empty() { "none".to_string() } else { found.join(", ") },
            expected: known.join(", "),
        });
    }
    if let Some(extra) = found.iter().find(|name| !known.contains(name)) {
        return Err(WeightsError::Extra {
            path: path(),
            tensor: extra.to_string(),
            expected: known.join(", "),
        });
    }
    let mut parameters = Parameters::zeros();
    for tensor in &TENSORS {
        let values = tensor_values(&tensors, tensor.name, path)?;
        let values = if tensor.name == C3_NAME { gather(&values, path)? } else { values };
        parameters.view_mut(tensor.range.clone()).copy_from_slice(&values);
    }
    let codes = tensor_values(&tensors, CODES_NAME, path)?;
    if let Some(class) = (0..CODES.len()).find(|&class| codes[class * CODE..][..CODE] != CODES[class]) {
        return Err(WeightsError::Codes { path: path(), class });
    }
    Ok(parameters)
}

fn tensor_values(
    tensors: &SafeTensors<'_>,
    name: &str,
    path: impl Fn() -> PathBuf,
) -> Result<Vec<f32>, WeightsError> {
    let tensor = name.to_string();
    let view = tensors
        .tensor(name)
        .map_err(|error| WeightsError::Format { path: path(), reason: error.to_string() })?;
    if view.dtype() != Dtype::F32 {
        return Err(WeightsError::Type { path: path(), tensor, found: format!("{:?}", view.dtype()) });
    }
    if view.shape() != shape(name) {
        let (found, expected) = (view.shape().to_vec(), shape(name));
        return Err(WeightsError::Shape { path: path(), tensor, found, expected });
    }
    let values: Vec<f32> =
        view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(WeightsError::NotFinite { path: path(), tensor, index, found: values[index] }),
        None => Ok(values),
    }
}

/// The 60 kernels of Table I at their places among the 16 x 6 of a `Conv2d`.
fn spread(kernels: &[f32]) -> Vec<f32> {
    let mut all = vec![0.0; TABLE_I.len() * C3_INPUTS * TAPS];
    let places =
        TABLE_I.iter().enumerate().flat_map(|(o, inputs)| inputs.iter().map(move |i| o * C3_INPUTS + i));
    for (place, kernel) in places.zip(kernels.chunks_exact(TAPS)) {
        all[place * TAPS..][..TAPS].copy_from_slice(kernel);
    }
    all
}

/// The kernels of Table I from all 16 x 6.
fn gather(all: &[f32], path: impl Fn() -> PathBuf) -> Result<Vec<f32>, WeightsError> {
    let mut kernels = Vec::new();
    for (place, kernel) in all.chunks_exact(TAPS).enumerate() {
        let (output, input) = (place / C3_INPUTS, place % C3_INPUTS);
        if TABLE_I[output].contains(&input) {
            kernels.extend_from_slice(kernel);
        } else if kernel.iter().any(|&w| w != 0.0) {
            return Err(WeightsError::Connection { path: path(), output, input });
        }
    }
    Ok(kernels)
}
