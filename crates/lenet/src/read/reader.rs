//! The stages put together, with the network at their end.

use std::fmt;

use serde::Serialize;

use super::confidence::{Likely, distance, limit};
use super::ink::{Ink, Polarity};
use super::lines::{Row, rows};
use super::parts::{Box, Part, connected, digits};
use super::picture::Grey;
use super::prepare::{prepared, strip};
use super::rules::without_rules;
use super::strings::{self, Found};
use crate::classify::{self, Answer};
use crate::data::Image;
use crate::kernels::level::Level;
use crate::models;
use crate::net::Parameters;

/// Share of the digits that is rejected unless told otherwise, in %.
pub const REJECTED: f32 = 1.0;
/// Parts narrower than this share of the line's digits' height are one digit at most.
const NARROW: f32 = 0.55;
/// Parts wider than this share are more than one.
const WIDE: f32 = 1.4;
/// The least probability that every digit of a string of touching ones must have.
const EACH: f32 = 0.5;

/// Reads digits from pictures. It can be shared by threads.
#[derive(Debug)]
pub struct Reader {
    parameters: Parameters,
    level: Level,
    /// The distance from which on a thing is no digit.
    limit: f32,
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
    /// How sure the network is of that, 0 to 1.
    pub probability: f32,
    /// Other digits that it may be, with their probabilities, the likeliest first.
    pub alternatives: Vec<(u8, f32)>,
}

impl Page {
    /// All lines, with a line feed between them.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

impl Reader {
    /// A reader with this network, which must have been trained by the recipe `reading`.
    pub fn new(parameters: Parameters, level: Level) -> Self {
        Reader { parameters, level, limit: limit(REJECTED) }
    }

    /// A reader with the network that comes with the program.
    pub fn shipped() -> Self {
        Self::new(models::reading(), Level::new())
    }

    /// The same, but rejecting so many of the digits, in % from 0 to 100, and by that more or fewer of the things that are none. It
    /// is 1 % unless told otherwise.
    pub fn rejecting(mut self, percent: f32) -> Self {
        self.limit = limit(percent);
        self
    }

    /// Reads a page, on the thread that asks.
    pub fn read(&self, grey: &Grey) -> Page {
        let found = match OnPage::on(grey) {
            Ok(found) => found,
            Err((polarity, why)) => return Page { lines: Vec::new(), polarity, blank: Some(why) },
        };
        let mut answers = self.answers(&found).into_iter();
        let line = |row: &Row| self.line(row, &found.ink, answers.by_ref().take(row.parts.len()));
        Page { lines: found.rows.iter().map(line).collect(), polarity: Some(found.polarity), blank: None }
    }

    /// What the network makes of every part, in their order.
    pub(super) fn answers(&self, found: &OnPage) -> Vec<Answer> {
        classify::answers(self.level, &self.parameters, &found.images)
    }

    fn line(&self, row: &Row, ink: &Ink, answers: impl Iterator<Item = Answer>) -> Line {
        let mut text = String::new();
        let mut digits = Vec::new();
        for (k, (part, answer)) in row.parts.iter().zip(answers).enumerate() {
            if row.space_before(k) {
                text.push(' ');
            }
            let alone = self.digit(part, &answer);
            let found = self.touching(part, &alone, row, ink).unwrap_or(vec![alone]);
            text.extend(found.iter().map(|digit| digit.value.map_or('?', |value| char::from(b'0' + value))));
            digits.extend(found);
        }
        let bbox = row.parts.iter().map(|part| part.bbox).reduce(|a, b| a.and(&b));
        Line { text, bbox: bbox.expect("a line has parts"), digits }
    }

    /// A part taken for one digit.
    fn digit(&self, part: &Part, answer: &Answer) -> Digit {
        let value = (distance(&answer.penalties) <= self.limit).then(|| answer.digit());
        Digit::new(part.bbox, value, &Likely::of(&answer.penalties))
    }

    /// A part taken for several digits that touch; none if it is one digit, or if that does not make digits of it.
    fn touching(&self, part: &Part, alone: &Digit, row: &Row, ink: &Ink) -> Option<Vec<Digit>> {
        let (width, height) = (part.bbox.width as f32, row.height);
        if width < NARROW * height || (alone.value.is_some() && width < WIDE * height) {
            return None;
        }
        let strip = strip(part, ink, height);
        let found = strings::digits(self.level, &self.parameters, &strip);
        let sure = |digit: &Found| digit.likely.digits[usize::from(digit.value)] >= EACH;
        if found.len() < 2 || !found.iter().all(sure) {
            return None;
        }
        let scale = width / strip.width as f32;
        let place = |column: usize| part.bbox.x + (column as f32 * scale).round() as usize;
        let digit = |found: &Found| {
            let (left, right) = (place(found.columns.start), place(found.columns.end));
            Digit::new(part.within(left..right.max(left + 1)), Some(found.value), &found.likely)
        };
        Some(found.iter().map(digit).collect())
    }
}

impl Digit {
    fn new(bbox: Box, value: Option<u8>, likely: &Likely) -> Self {
        let mut others: Vec<(u8, f32)> =
            (0..10).zip(likely.digits).filter(|(class, _)| Some(*class) != value).collect();
        others.sort_by(|a, b| b.1.total_cmp(&a.1));
        let probability = value.map_or(likely.nothing, |value| likely.digits[usize::from(value)]);
        Digit { bbox, value, probability, alternatives: others }
    }
}

/// What there is to be read on a page, before anybody reads it.
#[derive(Clone, Debug)]
pub struct OnPage {
    /// Which is darker, ink or paper.
    pub polarity: Polarity,
    /// The parts that may be digits, prepared as MNIST's images are, line by line.
    pub images: Vec<Image>,
    rows: Vec<Row>,
    ink: Ink,
}

impl OnPage {
    /// Looks for parts that may be digits.
    ///
    /// # Errors
    /// Why there are none, and the polarity if there is ink.
    pub fn on(grey: &Grey) -> Result<Self, (Option<Polarity>, Blank)> {
        let mut ink = Ink::of(grey).ok_or((None, Blank::NoInk))?;
        let polarity = ink.polarity;
        let parts = connected(&ink.values, ink.width);
        let parts = digits(without_rules(&mut ink, parts));
        let rows = rows(parts);
        if rows.is_empty() {
            return Err((Some(polarity), Blank::NoDigit));
        }
        let images = rows.iter().flat_map(|row| &row.parts).map(|part| prepared(part, &ink)).collect();
        Ok(OnPage { polarity, images, rows, ink })
    }

    /// Where each image was on the page.
    pub fn boxes(&self) -> Vec<Box> {
        self.rows.iter().flat_map(|row| &row.parts).map(|part| part.bbox).collect()
    }
}
