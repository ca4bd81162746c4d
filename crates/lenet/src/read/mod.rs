//! Pictures in, digits out: from a file's bytes to lines of text.
//!
//! | module | what happens there |
//! |---|---|
//! | `picture` | bytes become grey levels: [`Picture::from_bytes`] |
//! | `windows` | minima, maxima and means around every place |
//! | `ink` | grey levels become ink on paper: [`Ink`] |
//! | `boxes` | where something is on a page |
//! | `parts` | ink falls into parts |
//! | `straight` | straight thin lines are found |
//! | `rules` | ruled lines are taken away |
//! | `frames` | boxes are taken away |
//! | `whole` | dirt is dropped, the pieces of a broken digit are joined |
//! | `lines` | parts stand in lines |
//! | `confidence` | how sure an answer is, and when a thing is called no digit |
//! | `strings` | digits that touch are told apart by the replicated network |
//! | `cuts` | the other way: by cutting them wherever they may meet |
//! | `stroke` | how wide strokes are, and other widths |
//! | `prepare` | a part becomes an image as MNIST has them |
//! | `page` | what was read: [`Page`] |
//! | `things` | what a thing is hangs on what stands around it |
//! | `reader` | all of it, and the network: [`Reader`] |
//! | `looks` | a small picture is looked at in three sizes |
//! | `overlay` | what it saw, as a picture: [`overlay`] |
//! | [`evaluation`] | how well it reads |
//! | `lessons` | what the network was taught with: [`lessons`] |
//! | `true_strips` | and the one for pieces: [`true_strips`] |
//!
//! ```
//! use lenet::read::{Limits, Picture, Reader};
//!
//! let picture = Picture::from_bytes(b"P2 2 2 255 255 255 255 255", &Limits::default())?;
//! let page = Reader::shipped().read(&picture.grey);
//! assert_eq!(page.text(), "");
//! println!("{}", page.blank.expect("there is a reason"));
//! # Ok::<(), lenet::read::PictureError>(())
//! ```

mod picture;
mod windows;
mod ink;
mod boxes;
mod parts;
mod straight;
mod rules;
mod frames;
mod whole;
mod lines;
mod confidence;
mod strings;
mod cuts;
mod stroke;
mod prepare;
mod page;
mod things;
mod reader;
mod looks;
mod lessons;
mod true_strips;
mod overlay;
pub mod evaluation;

pub use boxes::Box;
pub use confidence::{Likely, distance, limit};
pub use ink::{Ink, Polarity};
pub use lessons::{Lessons, lessons};
pub use overlay::{overlay, sheet};
pub use page::{Blank, Digit, Line, Page};
pub use parts::Part;
pub use picture::{Grey, Limits, Note, Picture, PictureError};
pub use reader::{OnPage, REJECTED, Reader, Touching};
pub(crate) use strings::digits as strip_digits;
pub use strings::{InString, string};
pub use true_strips::true_strips;
