//! Networks out, to other programs.

mod layout;
pub mod weights;
