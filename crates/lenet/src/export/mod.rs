//! Networks out, to other programs.

pub mod weights;
