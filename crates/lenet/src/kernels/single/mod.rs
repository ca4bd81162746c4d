//! The layout `single`: one image at a time, vectors over positions or over inputs.
//!
//! For one image's latency, and for the paper's training, which updates after every pattern.
//!
//! Backward kernels serve gradients and second derivatives alike: eq. 27 is the same walk with every weight,
//! input and slope squared. The caller squares weights and inputs; `ORDER` (1 or 2) squares the slopes.

pub(crate) mod convolution;
pub(crate) mod inputs;
pub(crate) mod winograd;
pub(crate) mod subsampling;
pub(crate) mod columns;
pub(crate) mod dense;
pub(crate) mod rbf;

/// Floats behind the last map of a buffer that a kernel may read or overwrite: one vector of the widest level.
pub(crate) const SLACK: usize = 16;
