//! Writes a page of handwritten digits whose text is known, made from MNIST's test digits, and prints the text.
//!
//!     cargo run --release --example made_page -- page.png

use std::env;
use std::error::Error;

use lenet::data::Dataset;
use lenet::pages::{Conditions, Kind, Light, Maker};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("say where the PNG goes: made_page page.png")?;
    let digits = Dataset::bundled().test;
    let conditions = Conditions {
        slant: Some(8.0),
        light: Some(Light::Slope { direction: 60.0, darkest: 0.55 }),
        perspective: Some([6.0, -5.0]),
        blur: Some(0.02),
        ..Conditions::default()
    };
    let page = Maker::new(&digits, 1998)?.make_under(&Kind::Sheet { rows: 4, columns: 8 }, 0, conditions);
    page.picture.save(&path)?;
    for line in &page.lines {
        println!("{}", line.text);
    }
    Ok(())
}
