//! The layout `tile`: as many images as a vector has lanes, one image per lane.
//!
//! ```text
//! a map of a tile, row-major:   [ y 0, x 0: image 0, 1, ... LEN-1 ] [ y 0, x 1: image 0, 1, ... ] ...
//! ```
//!
//! Every state is a vector and every weight a number that is broadcast, so kernels read like the loops of the book.
//! The odd sizes 28, 14, 10 and 5, Table I and the sub-sampling need no shuffle, no padding and no remainder. What is
//! left to arrange is which sums stay in registers while the products pass by.

pub(crate) mod convolution;
pub(crate) mod winograd;
pub(crate) mod subsampling;
pub(crate) mod pooling;
pub(crate) mod dense;
pub(crate) mod rbf;
pub(crate) mod lanes;
