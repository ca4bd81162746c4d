//! Requests and answers of the protocol, as tensors: each in JSON or in the bytes after it.

use std::borrow::Cow;
use std::fmt;

use lenet::classify::Answer;
use lenet::data::{Field, Image};
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{MODEL, VERSION};
use crate::body::in_json;
use crate::engine::Pictures;
use crate::networks::Net;
use crate::refusal::Refusal;

/// The outputs in the order in which they are sent.
const OUTPUTS: [&str; 3] = ["digit", "penalties", "probabilities"];

/// What is asked.
pub(crate) struct Request {
    pub(super) id: Option<String>,
    pub(crate) pictures: Pictures,
    /// Index of each output, and whether it is wanted as bytes.
    pub(super) outputs: Vec<(usize, bool)>,
}

/// The form of a request in JSON.
const FORM: &str =
    r#"{"inputs": [{"name": "image", "datatype": "UINT8", "shape": [1, 784], "data": [784 numbers]}]}"#;

#[derive(Deserialize)]
struct Header<'a> {
    id: Option<String>,
    #[serde(default)]
    parameters: Parameters,
    #[serde(borrow)]
    inputs: Vec<Input<'a>>,
    #[serde(borrow)]
    outputs: Option<Vec<Output<'a>>>,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    datatype: Cow<'a, str>,
    shape: Vec<u64>,
    #[serde(default)]
    parameters: Parameters,
    data: Option<Numbers>,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
struct Parameters {
    binary_data_size: Option<u64>,
    binary_data: Option<bool>,
    binary_data_output: Option<bool>,
}

/// Numbers of a tensor in JSON, flat or nested as its shape is.
struct Numbers(Vec<f32>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut numbers = Vec::new();
        Into(&mut numbers).deserialize(deserializer)?;
        Ok(Numbers(numbers))
    }
}

/// Where numbers go: straight into one buffer, since a tree of them would be many times as large.
struct Into<'a>(&'a mut Vec<f32>);

impl<'de> DeserializeSeed<'de> for Into<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Into<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("numbers, or lists of them")
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.push(value as f32);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.push(value as f32);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.0.push(value as f32);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Into(self.0))?.is_some() {}
        Ok(())
    }
}

impl Request {
    /// Reads the JSON and the bytes after it.
    pub(super) fn parse(header: &[u8], tensors: &[u8]) -> Result<Self, Refusal> {
        let header: Header<'_> = in_json(header, FORM)?;
        let [input] = &header.inputs[..] else {
            let error = format!("there are {} inputs, expected one: `image`", header.inputs.len());
            return Err(Refusal::wrong(error));
        };
        if input.name != "image" {
            return Err(Refusal::wrong(format!("the input is called {:?}, expected \"image\"", input.name)));
        }
        let binary = header.parameters.binary_data_output.unwrap_or(false);
        let outputs = match header.outputs {
            None => (0..OUTPUTS.len()).map(|k| (k, binary)).collect(),
            Some(wanted) => {
                let output = |output: Output<'_>| {
                    let index = OUTPUTS.iter().position(|name| *name == output.name).ok_or_else(|| {
                        let names = OUTPUTS.join(", ");
                        Refusal::wrong(format!("there is no output {:?}; there are {names}", output.name))
                    })?;
                    Ok((index, output.parameters.binary_data.unwrap_or(binary)))
                };
                // Each once at most, or an answer could be made as large as one likes.
                if wanted.len() > OUTPUTS.len() {
                    return Err(Refusal::wrong(format!(
                        "{} outputs are wanted; there are {}",
                        wanted.len(),
                        OUTPUTS.len()
                    )));
                }
                wanted.into_iter().map(output).collect::<Result<_, Refusal>>()?
            }
        };
        Ok(Request { id: header.id, pictures: input.pictures(tensors)?, outputs })
    }
}

impl Input<'_> {
    fn pictures(&self, tensors: &[u8]) -> Result<Pictures, Refusal> {
        let area = match self.shape[..] {
            [_, 28, 28] | [_, 784] | [_, 1, 28, 28] => 784,
            [_, 32, 32] | [_, 1024] | [_, 1, 32, 32] => 1024,
            _ => {
                return Err(Refusal::wrong(format!(
                    "`image` has the shape {:?}, expected [n,28,28], [n,784], [n,1,28,28], or with the white frame [n,32,32], \
                     [n,1024], [n,1,32,32]",
                    self.shape
                )));
            }
        };
        let count = self.shape[0].checked_mul(area).and_then(|count| usize::try_from(count).ok());
        let count = count.filter(|count| *count > 0).ok_or_else(|| {
            Refusal::wrong(format!(
                "`image` has the shape {:?}: no image, or more than fit anywhere",
                self.shape
            ))
        })?;
        let levels = match (&self.data, self.parameters.binary_data_size) {
            (None, Some(size)) => self.levels_of_bytes(size, count, tensors)?,
            (Some(numbers), None) if tensors.is_empty() => self.levels_of_numbers(&numbers.0, count)?,
            (Some(_), None) => {
                return Err(Refusal::wrong(
                    "there are bytes after the JSON, but `image` has no binary_data_size",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(Refusal::wrong("`image` has both `data` and binary_data_size; give one"));
            }
            (None, None) => {
                return Err(Refusal::wrong("`image` has neither `data` nor binary_data_size; give one"));
            }
        };
        Ok(match area {
            784 => Pictures::Images(levels.as_chunks::<{ size_of::<Image>() }>().0.to_vec()),
            _ => Pictures::Fields(levels.as_chunks::<{ size_of::<Field>() }>().0.to_vec()),
        })
    }

    /// Grey levels of a tensor in JSON.
    fn levels_of_numbers(&self, numbers: &[f32], count: usize) -> Result<Vec<u8>, Refusal> {
        if numbers.len() != count {
            return Err(Refusal::wrong(format!(
                "`image` has {} numbers, but its shape {:?} is {count}",
                numbers.len(),
                self.shape
            )));
        }
        match &*self.datatype {
            "FP32" => numbers.iter().enumerate().map(|(k, value)| level_of(k, *value)).collect(),
            "UINT8" => {
                let level = |(k, value): (usize, &f32)| {
                    let whole = (0.0..=255.0).contains(value) && value.fract() == 0.0;
                    whole.then_some(*value as u8).ok_or_else(|| {
                        Refusal::wrong(format!(
                            "`image` has {value} at {k}, expected a UINT8: a whole number, 0 to 255"
                        ))
                    })
                };
                numbers.iter().enumerate().map(level).collect()
            }
            _ => Err(self.other_type()),
        }
    }

    /// Grey levels of a tensor in bytes, which must be all that there are.
    fn levels_of_bytes(&self, size: u64, count: usize, tensors: &[u8]) -> Result<Vec<u8>, Refusal> {
        let width = match &*self.datatype {
            "UINT8" => 1,
            "FP32" => 4,
            _ => return Err(self.other_type()),
        };
        if size != tensors.len() as u64 || count.checked_mul(width) != Some(tensors.len()) {
            return Err(Refusal::wrong(format!(
                "`image` of shape {:?} and type {} and its binary_data_size of {size} do not fit the {} bytes after the JSON",
                self.shape,
                self.datatype,
                tensors.len()
            )));
        }
        if width == 1 {
            return Ok(tensors.to_vec());
        }
        let values = tensors.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
        values.enumerate().map(|(k, value)| level_of(k, value)).collect()
    }

    fn other_type(&self) -> Refusal {
        Refusal::wrong(format!(
            "`image` is of type {:?}, expected UINT8 (0 to 255) or FP32 (0 to 1)",
            self.datatype
        ))
    }
}

/// The grey level of a number from 0 to 1; NaN is none.
fn level_of(k: usize, value: f32) -> Result<u8, Refusal> {
    (0.0..=1.0).contains(&value).then(|| (255.0 * value).round() as u8).ok_or_else(|| {
        Refusal::wrong(format!(
            "`image` has {value} at {k}, expected an FP32 from 0 (paper) to 1 (ink); grey levels 0 to 255 are UINT8"
        ))
    })
}

#[derive(Serialize)]
struct Response {
    model_name: &'static str,
    model_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    outputs: Vec<Tensor>,
}

#[derive(Serialize)]
struct Tensor {
    name: &'static str,
    datatype: &'static str,
    shape: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Size>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Digits(Vec<u8>),
    Floats(Vec<f32>),
}

#[derive(Serialize)]
struct Size {
    binary_data_size: usize,
}

/// The JSON and the bytes after it.
pub(super) fn respond(
    net: &Net,
    answers: &[Answer],
    id: Option<String>,
    wanted: &[(usize, bool)],
) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
    let mut tensors = Vec::new();
    let mut outputs = Vec::new();
    for &(output, binary) in wanted {
        let floats: Vec<[f32; 10]> = match output {
            0 => Vec::new(),
            1 => answers.iter().map(|answer| answer.penalties).collect(),
            _ => answers.iter().map(|answer| net.sureness(answer).probabilities).collect(),
        };
        let (mut parameters, mut data) = (None, None);
        if binary {
            let before = tensors.len();
            match output {
                0 => {
                    tensors.extend(answers.iter().flat_map(|answer| i64::from(answer.digit()).to_le_bytes()))
                }
                _ => tensors.extend(floats.as_flattened().iter().flat_map(|value| value.to_le_bytes())),
            }
            parameters = Some(Size { binary_data_size: tensors.len() - before });
        } else {
            data = Some(match output {
                0 => Data::Digits(answers.iter().map(Answer::digit).collect()),
                _ => Data::Floats(floats.as_flattened().to_vec()),
            });
        }
        let (datatype, shape) =
            if output == 0 { ("INT64", vec![answers.len()]) } else { ("FP32", vec![answers.len(), 10]) };
        outputs.push(Tensor { name: OUTPUTS[output], datatype, shape, parameters, data });
    }
    let response = Response { model_name: MODEL, model_version: VERSION, id, outputs };
    Ok((serde_json::to_vec(&response).map_err(Refusal::ours)?, tensors))
}
