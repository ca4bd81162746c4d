//! Writes a page whose text is known, made from MNIST's test digits, and prints the text.
//!
//!     cargo run --release --example made_page -- sheet 0 page.jpg
//!
//! Kinds: `sheet` (under light from the side, tilted), `digit`, `string`, `touching` and `letter` (under conditions by chance).

#![allow(clippy::print_stdout, reason = "an example talks to people")]

use std::env;
use std::error::Error;

use lenet::data::Dataset;
use lenet::pages::{Conditions, Kind, Light, Maker};
use lenet::pen::Nothing;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [kind, number, path] = &arguments[..] else { return Err("made_page KIND NUMBER FILE".into()) };
    let number = number.parse()?;
    let digits = Dataset::bundled().test;
    let maker = Maker::new(&digits, 1998)?;
    let string = |gaps| Kind::String { digits: 5, gaps };
    let page = match kind.as_str() {
        "sheet" => {
            let conditions = Conditions {
                slant: Some(8.0),
                light: Some(Light::Slope { direction: 60.0, darkest: 0.55 }),
                perspective: Some([6.0, -5.0]),
                blur: Some(0.02),
                ..Conditions::default()
            };
            maker.make_under(&Kind::Sheet { rows: 4, columns: 8 }, number, conditions)
        }
        "digit" => maker.make(&Kind::Digit, number),
        "string" => maker.make(&string(1.0..=20.0), number),
        "touching" => maker.make(&string(-4.0..=0.0), number),
        "letter" => maker.make(&Kind::Nothing(Nothing::Letter), number),
        _ => return Err(format!("{kind} is none of the kinds").into()),
    };
    page.picture.save(path)?;
    for line in &page.lines {
        println!("{}", line.text);
    }
    Ok(())
}
