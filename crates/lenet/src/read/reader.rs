//! The stages put together, with the network at their end.

use std::fmt;

use serde::Serialize;

use super::ink::{Ink, Polarity};
use super::lines::{Row, rows};
use super::parts::{Box, Part, connected, digits};
use super::picture::Grey;
use super::prepare::prepared;
use super::rules::without_rules;
use crate::classify::{self, Answer};
use crate::data::Image;
use crate::kernels::level::Level;
use crate::models;
use crate::net::Parameters;

/// What a penalty is multiplied with before it becomes a probability.
const SHARPNESS: f32 = 0.1;

/// Reads digits from pictures. It can be shared by threads.
#[derive(Debug)]
pub struct Reader {
    parameters: Parameters,
    level: Level,
}

/// What was read from a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// The lines from top to bottom.
    pub lines: Vec<Line>,
    /// Which is darker, ink or paper; none if there is no ink.
    pub polarity: Option<Polarity>,
    /// Why there is no line, if there is none.
    pub blank: Option<Blank>,
}

/// Why a page has no digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Blank {
    /// Nothing stands out from the paper and its noise.
    NoInk,
    /// There is ink, but nothing that is large enough, or the shape, to be a digit.
    NoDigit,
}

impl fmt::Display for Blank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Blank::NoInk => "nothing stands out from the paper",
            Blank::NoDigit => "there is ink, but nothing that looks like a digit",
        })
    }
}

/// Digits next to each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The digits, a `?` for each that is none, and a space where there is a wide gap.
    pub text: String,
    /// The smallest box around all digits.
    pub bbox: Box,
    /// From left to right.
    pub digits: Vec<Digit>,
}

/// One digit of a page.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Digit {
    /// Where it is, in pixels of the picture.
    pub bbox: Box,
    /// The digit, 0 to 9; none if it looks like none.
    pub value: Option<u8>,
    /// How sure the network is of it, 0 to 1.
    pub probability: f32,
    /// The other digits with their probabilities, the likeliest first.
    pub alternatives: Vec<(u8, f32)>,
}

impl Page {
    /// All lines, with a line feed between them.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

impl Reader {
    /// A reader with this network, which must have been trained on digits prepared as MNIST's are.
    pub fn new(parameters: Parameters, level: Level) -> Self {
        Reader { parameters, level }
    }

    /// A reader with the network that comes with the program.
    pub fn shipped() -> Self {
        Self::new(models::lenet_5(), Level::new())
    }

    /// Reads a page, on the thread that asks.
    pub fn read(&self, grey: &Grey) -> Page {
        let found = match Found::on(grey) {
            Ok(found) => found,
            Err((polarity, why)) => return Page { lines: Vec::new(), polarity, blank: Some(why) },
        };
        let mut answers = classify::answers(self.level, &self.parameters, &found.images).into_iter();
        let lines = found.rows.iter().map(|row| line(row, answers.by_ref().take(row.parts.len()))).collect();
        Page { lines, polarity: Some(found.polarity), blank: None }
    }
}

/// What there is to be read on a page, before anybody reads it.
#[derive(Clone, Debug)]
pub struct Found {
    /// Which is darker, ink or paper.
    pub polarity: Polarity,
    /// The parts that may be digits, prepared as MNIST's images are, line by line.
    pub images: Vec<Image>,
    rows: Vec<Row>,
}

impl Found {
    /// Looks for parts that may be digits.
    ///
    /// # Errors
    /// Why there are none, and the polarity if there is ink.
    pub fn on(grey: &Grey) -> Result<Self, (Option<Polarity>, Blank)> {
        let mut ink = Ink::of(grey).ok_or((None, Blank::NoInk))?;
        let polarity = ink.polarity;
        let parts = connected(&ink.values, ink.width);
        let parts = digits(without_rules(&mut ink, parts));
        let rows: Vec<Row> = rows(parts).into_iter().map(|row| segments(row, &ink)).collect();
        if rows.is_empty() {
            return Err((Some(polarity), Blank::NoDigit));
        }
        let images = rows.iter().flat_map(|row| &row.parts).map(|part| prepared(part, &ink)).collect();
        Ok(Found { polarity, images, rows })
    }

    /// Where each image was on the page.
    pub fn boxes(&self) -> Vec<Box> {
        self.rows.iter().flat_map(|row| &row.parts).map(|part| part.bbox).collect()
    }
}

/// A line with one part for each digit. Parts that touch stay one.
fn segments(row: Row, _ink: &Ink) -> Row {
    row
}

fn line(row: &Row, answers: impl Iterator<Item = Answer>) -> Line {
    let mut text = String::new();
    let mut digits = Vec::new();
    for (k, answer) in answers.enumerate() {
        let digit = digit(&row.parts[k], &answer);
        if row.space_before(k) {
            text.push(' ');
        }
        text.push(digit.value.map_or('?', |value| char::from(b'0' + value)));
        digits.push(digit);
    }
    let bbox = row.parts.iter().map(|part| part.bbox).reduce(|a, b| a.and(&b));
    Line { text, bbox: bbox.expect("a line has parts"), digits }
}

fn digit(part: &Part, answer: &Answer) -> Digit {
    let least = answer.penalty();
    let likely = answer.penalties.map(|penalty| (-SHARPNESS * (penalty - least)).exp());
    let sum: f32 = likely.iter().sum();
    let value = answer.digit();
    let mut alternatives: Vec<(u8, f32)> = (0..10)
        .filter(|class| *class != value)
        .map(|class| (class, likely[usize::from(class)] / sum))
        .collect();
    alternatives.sort_by(|a, b| b.1.total_cmp(&a.1));
    Digit { bbox: part.bbox, value: Some(value), probability: likely[usize::from(value)] / sum, alternatives }
}
