//! The other systems: the networks that the paper compares LeNet-5 with, and LeNet-5 without one of its ideas.
//!
//! A [`Plan`] is a network as a list of layers of the same kinds; a [`Stack`] is that network with its arithmetic, from the same
//! kernels. LeNet-5 itself has a room of its own, [`crate::net`], with kernels for its sizes; here it is one plan among
//! others, the one that the others are variations of.
//!
//! ```
//! use lenet::kernels::level::Level;
//! use lenet::systems::{Plan, Stack};
//! use lenet::workers::Workers;
//!
//! let lenet_1 = Stack::new(Plan::lenet_1())?;
//! assert_eq!(lenet_1.parameters(), 2_578);
//! let answers = lenet_1.answers(Level::new(), &lenet_1.zeros(), &[[0; 784]], &Workers::all()?);
//! println!("without having learnt anything it takes white paper for a {}", answers[0].digit());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod plan;
mod known;
mod space;
mod stack;
mod forward;
mod backward;
mod neighbours;

pub(crate) use backward::{backward, begin, finish};
pub(crate) use forward::forward;
pub use neighbours::nearest_neighbours;
pub use plan::{Kind, Layer, Output, Plan, PlanError, Pooling, Squashing};
pub use space::Space;
pub use stack::{LayerStates, Stack, StackParameters, StackTensor};
