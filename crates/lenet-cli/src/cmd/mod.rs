//! The verbs of the command line, one file each.

pub(crate) mod train;
pub(crate) mod eval;
pub(crate) mod read;
pub(crate) mod eval_reading;
pub(crate) mod predict;
pub(crate) mod inspect;
pub(crate) mod serve;
pub(crate) mod info;
pub(crate) mod fetch;
pub(crate) mod bench;
pub(crate) mod reproduce;
pub(crate) mod show_distortions;
pub(crate) mod completions;
