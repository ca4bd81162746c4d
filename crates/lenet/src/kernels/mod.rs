//! The arithmetic of the layer kinds, in two layouts.
//!
//! | layout | lanes of a vector are | for |
//! |---|---|---|
//! | `tile` | images: one image per lane | batches, where every size of the network fits without a remainder |
//! | `single` | positions or inputs of one image | one image, and one update per image |
//!
//! Each kernel is written once, generic over the instruction level `S` ([`level`]), in safe code. Kernels know
//! no file, clock, thread or random number; they take slices of known size and cannot fail. The caller enters
//! a level once per pass (`dispatch!`), and everything below is compiled for it.
//!
//! | kind | equation | file, in both folders |
//! |---|---|---|
//! | convolution | a = b + sum w x over a 5x5 window of each connected map | `convolution`, `winograd`; `single::inputs` |
//! | sub-sampling | a = b + coefficient * (sum of 2x2) | `subsampling` |
//! | dense | a = b + sum w x over all inputs | `dense`; `single::columns` |
//! | radial basis function | y = sum (x - w)^2, eq. 7 | `rbf` |
//! | squashing | x = A tanh(S a) | `squash`, in this folder |
//! | update | w -= step * gradient, eq. 18, and others | `update`, in this folder; `single::dense`, `single::columns` |

pub mod level;
pub(crate) mod aligned;
pub(crate) mod squash;
pub(crate) mod single;
pub(crate) mod strip;
pub(crate) mod tile;
pub(crate) mod update;

/// Side of a convolution's kernel (p. 7).
pub(crate) const KERNEL: usize = 5;
/// Weights of one kernel.
pub(crate) const TAPS: usize = KERNEL * KERNEL;
