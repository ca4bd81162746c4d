//! Results for people: tables as text, pictures as images, a page to look inside, a network as data for programs that draw it. Nothing here prints or writes a file.
//!
//! ```
//! use lenet::net::LENET5;
//! use lenet::report::{picture, table};
//!
//! let layers = table::facts(&LENET5.facts());
//! assert!(layers.lines().last().unwrap().contains("340,908"));
//!
//! let mut counts = [[0; 10]; 10];
//! counts[4][4] = 981;
//! counts[4][9] = 1;
//! assert!(table::confusion(&counts, table::plain).contains("981"));
//! let heat_map = picture::confusion(&counts);
//! assert!(picture::png(&heat_map).starts_with(b"\x89PNG"));
//! ```

pub mod table;
pub(crate) mod font;
pub mod picture;
pub(crate) mod paint;
pub(crate) mod html;
pub mod plot;
pub mod graph;
pub mod inspect;
