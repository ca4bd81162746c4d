//! Digits from images: a network with its work space, for one image or for millions.
//!
//! ```
//! use lenet::classify::Classifier;
//! use lenet::kernels::level::Level;
//! use lenet::net::Parameters;
//! use lenet::workers::Workers;
//!
//! let mut classifier = Classifier::new(Parameters::zeros(), Level::new());
//! let answer = classifier.classify_one(&[0; 784]);
//! println!("digit {}, penalty {}", answer.digit(), answer.penalty());
//!
//! // Many images, on all cores; the answers go where the caller wants them.
//! let images = vec![[0; 784]; 100];
//! let mut answers = vec![Default::default(); images.len()];
//! classifier.classify(&images, &mut answers, &Workers::all()?);
//! assert_eq!(answers[99].digit(), answer.digit());
//! # Ok::<(), lenet::workers::WorkersError>(())
//! ```

use std::cell::RefCell;
use std::sync::Arc;

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;
use rayon::prelude::*;

use crate::data::Image;
use crate::kernels::level::{self, Level};
use crate::net::tile::{self, TileState};
use crate::net::{self, Parameters, State};
use crate::workers::{PerWorker, Workers};

/// Images that a worker takes at a time: many tiles, so that sharing out costs nothing, and few enough that no worker
/// is left with much when the others are done.
const PORTION: usize = 128;
