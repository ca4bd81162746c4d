//! The weights that come with the program: LeNet-5 trained as well as we could, 60,000 numbers.
//!
//! `models/README.md` says which run made them and where its record is. The file itself says it too: its metadata has recipe, seed
//! and test error.
//!
//! ```
//! use lenet::classify::Classifier;
//! use lenet::kernels::level::Level;
//! use lenet::models;
//!
//! let mut classifier = Classifier::new(models::lenet_5(), Level::new());
//! println!("{}", classifier.classify_one(&[0; 784]).digit());
//! ```

use std::path::Path;

use crate::export::weights;
use crate::net::Parameters;

/// The content of the weights file, for whoever wants to write it out. A static: a constant would be there again for every crate that names it.
pub static LENET_5: &[u8] = include_bytes!("../models/lenet-5.safetensors");

/// LeNet-5's shipped parameters.
pub fn lenet_5() -> Parameters {
    weights::from_bytes(LENET_5, Path::new("models/lenet-5.safetensors"))
        .expect("a test reads the file that is compiled in")
}

/// The contents of the weights files of the recipe `reading`, from the first seeds.
pub static READING: [&[u8]; 3] = [
    include_bytes!("../models/lenet-5-reading.safetensors"),
    include_bytes!("../models/lenet-5-reading-2.safetensors"),
    include_bytes!("../models/lenet-5-reading-3.safetensors"),
];

/// Shipped parameters of LeNet-5 trained by the recipe `reading`, which knows what is no digit: of those that read pages together the
/// first.
pub fn reading() -> Parameters {
    let [first, ..] = READING;
    weights::from_bytes(first, Path::new("models/lenet-5-reading.safetensors"))
        .expect("a test reads the file that is compiled in")
}

/// All networks that read pages together, as a committee: those of [`READING`] and the one that knows pieces.
pub fn reading_committee() -> Vec<Parameters> {
    let load = |bytes| weights::from_bytes(bytes, Path::new("models/lenet-5-reading.safetensors"));
    let mut committee: Vec<Parameters> = READING
        .into_iter()
        .map(|bytes| load(bytes).expect("a test reads the files that are compiled in"))
        .collect();
    committee.push(pieces());
    committee
}

/// The content of the weights file of the network that knows pieces of strings.
pub static PIECES: &[u8] = include_bytes!("../models/lenet-5-pieces.safetensors");

/// Shipped parameters of LeNet-5 trained by the recipe `pieces`, which tells whether a piece of a string is a digit.
pub fn pieces() -> Parameters {
    weights::from_bytes(PIECES, Path::new("models/lenet-5-pieces.safetensors"))
        .expect("a test reads the file that is compiled in")
}

/// The content of the weights file of the network that knows how strings are to be cut.
pub static STRINGS: &[u8] = include_bytes!("../models/lenet-5-strings.safetensors");

/// Shipped parameters of LeNet-5 trained by the recipe `strings`, to which the right way to cut digits that touch is the likeliest.
pub fn strings() -> Parameters {
    weights::from_bytes(STRINGS, Path::new("models/lenet-5-strings.safetensors"))
        .expect("a test reads the file that is compiled in")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_weights_can_be_read() {
        assert!(lenet_5().as_slice().iter().any(|&w| w != 0.0));
        let committee = reading_committee();
        assert!(committee.iter().all(|network| network.as_slice().iter().any(|&w| w != 0.0)));
        assert!(committee[0] == reading() && committee[1..].iter().all(|network| *network != reading()));
        assert!(committee.contains(&pieces()) && committee.len() == 4);
        assert!([pieces(), strings()].iter().all(|network| network.as_slice().iter().any(|&w| w != 0.0)));
    }
}
