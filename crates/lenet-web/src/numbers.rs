//! Many numbers inside JSON: base64 of their bytes, with their shape beside them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

/// Floats.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Floats {
    /// Outermost index first.
    pub(crate) shape: Vec<usize>,
    /// Base64 of little-endian 32-bit floats.
    pub(crate) f32: String,
}

/// Grey levels.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Bytes {
    /// Outermost index first.
    pub(crate) shape: Vec<usize>,
    /// Base64 of bytes, 0 paper to 255 ink.
    pub(crate) u8: String,
}

impl Floats {
    pub(crate) fn new(shape: &[usize], values: &[f32]) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Floats { shape: shape.to_vec(), f32: STANDARD.encode(bytes) }
    }
}

impl Bytes {
    /// A 28x28 image.
    pub(crate) fn image(image: &lenet::data::Image) -> Self {
        Bytes { shape: vec![28, 28], u8: STANDARD.encode(image) }
    }
}
