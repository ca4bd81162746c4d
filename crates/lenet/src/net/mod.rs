//! The network: what its layers are, its parameters, its states, forward and backward, the criterion.
//!
//! ```
//! use lenet::kernels::level::Level;
//! use lenet::net::{self, State};
//! use lenet::train::Recipe;
//! use rand::{rngs::ChaCha8Rng, SeedableRng};
//!
//! let parameters = Recipe::paper_1998().initial.draw(&mut ChaCha8Rng::seed_from_u64(1));
//! let mut state = State::new();
//! state.set_image(&[0; 784]);
//! net::forward(Level::new(), &parameters, &mut state);
//! assert_eq!(state.c1(0).len(), 28 * 28);
//! println!("an untrained network takes white paper for a {}", state.class());
//! ```

mod layer;
mod lenet5;
mod params;
mod state;
mod init;
mod criterion;
mod connections;
mod gradient;
mod passes;
mod learn;
mod replicated;
pub(crate) mod tile;

pub use criterion::{Criterion, NOTHING, Truth};
pub use gradient::Gradient;
pub use init::{FanIn, Initial};
pub use layer::{Convolution, Dense, LayerFacts, Rbf, Subsampling};
pub(crate) use learn::{Steps, gather, learn_at};
pub use lenet5::{CONNECTIONS, LENET5, LeNet5, MULTIPLY_ADDS, PARAMETERS, TRAINING_MULTIPLY_ADDS};
pub use params::{Parameters, TENSORS, Tensor};
pub(crate) use passes::{answer_at, forward_at, lay_out};
pub use passes::{backward, curvature, forward};
pub use replicated::{STEP, replicated};
pub use state::State;
pub(crate) use state::class;
