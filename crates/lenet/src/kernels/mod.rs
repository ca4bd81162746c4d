//! The arithmetic of the layer kinds, for one image at a time, in vectors over positions or over inputs.
//!
//! Each kernel is written once, generic over the instruction level `S` ([`level`]), in safe code. Kernels know
//! no file, clock, thread or random number; they take slices of known size and cannot fail. The caller enters
//! a level once per pass (`dispatch!`), and everything below is compiled for it.
//!
//! | kind | equation | file |
//! |---|---|---|
//! | convolution | a = b + sum w x over a 5x5 window of each connected map | `convolution` |
//! | sub-sampling | a = b + coefficient * (sum of 2x2) | `subsampling` |
//! | dense | a = b + sum w x over all inputs | `dense` |
//! | squashing | x = A tanh(S a) | `squash` |
//! | radial basis function | y = sum (x - w)^2, eq. 7 | `rbf` |
//! | update | w -= step * gradient, eq. 18 | `update` |
//!
//! Backward kernels serve gradients and second derivatives alike: eq. 27 is the same walk with every weight,
//! input and slope squared. The caller squares weights and inputs; `ORDER` (1 or 2) squares the slopes.

pub mod level;
pub(crate) mod aligned;
pub(crate) mod convolution;
pub(crate) mod subsampling;
pub(crate) mod dense;
pub(crate) mod squash;
pub(crate) mod rbf;
pub(crate) mod update;

/// Floats behind the last map of a buffer that a kernel may read or overwrite: one vector of the widest level.
pub(crate) const SLACK: usize = 16;
