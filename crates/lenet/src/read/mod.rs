//! Pictures in, digits out: from a file's bytes to lines of text.
//!
//! | module | what happens there |
//! |---|---|
//! | `picture` | bytes become grey levels: [`Picture::from_bytes`] |
//! | `windows` | minima, maxima and means around every place |
//! | `ink` | grey levels become ink on paper: [`Ink`] |
//! | `parts` | ink falls into parts |
//! | `rules` | ruled lines and boxes are taken away |
//! | `lines` | parts stand in lines |
//! | `stroke` | how wide strokes are, and other widths |
//! | `prepare` | a part becomes an image as MNIST has them |
//! | `reader` | all of it, and the network: [`Reader`] |
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
mod parts;
mod rules;
mod lines;
mod stroke;
mod prepare;
mod reader;

pub use ink::{Ink, Polarity};
pub use parts::{Box, Part};
pub use picture::{Grey, Limits, Note, Picture, PictureError};
pub use reader::{Blank, Digit, Found, Line, Page, Reader};
