//! What was read: a page has lines, a line has digits.

use std::fmt;

use serde::Serialize;

use super::boxes::Box;
use super::confidence::Likely;
use super::ink::Polarity;
use crate::data::Image;

/// A gap of more than this many heights of the line's digits is a space.
const SPACE: f32 = 1.2;

/// What was read from a picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    /// The lines from top to bottom, each with a digit at least.
    pub lines: Vec<Line>,
    /// What else was looked at and is no digit, nor in a line as large as one.
    pub others: Vec<Digit>,
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
    /// What the network got: the ink as MNIST's images have it, or of digits that touch the window around their middle.
    #[serde(skip)]
    pub image: Image,
}

impl Page {
    pub(super) fn blank(polarity: Option<Polarity>, why: Blank) -> Self {
        Page { lines: Vec::new(), others: Vec::new(), polarity, blank: Some(why) }
    }

    /// How much of the page was read: the areas of its digits, each as far as it is sure.
    pub(super) fn digits_read(&self) -> f32 {
        let digits = self.lines.iter().flat_map(|line| &line.digits).filter(|digit| digit.value.is_some());
        digits.map(|digit| digit.probability * (digit.bbox.width * digit.bbox.height) as f32).sum()
    }

    /// The page as it is in a picture so many times smaller.
    pub(super) fn shrunk(mut self, times: f32) -> Self {
        for line in &mut self.lines {
            line.bbox = line.bbox.shrunk(times);
        }
        let digits = self.lines.iter_mut().flat_map(|line| &mut line.digits).chain(&mut self.others);
        digits.for_each(|digit| digit.bbox = digit.bbox.shrunk(times));
        self
    }

    /// All lines, with a line feed between them.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

impl Line {
    /// Of things from left to right; none of none.
    pub(super) fn of(digits: Vec<Digit>) -> Option<Self> {
        let bbox = digits.iter().map(|digit| digit.bbox).reduce(|a, b| a.and(&b))?;
        let mut heights: Vec<usize> = digits.iter().map(|digit| digit.bbox.height).collect();
        heights.sort_unstable();
        let space = SPACE * heights[heights.len() / 2] as f32;
        let mut text = String::new();
        for (k, digit) in digits.iter().enumerate() {
            let before = k.checked_sub(1).map(|before| digits[before].bbox.shared_columns(&digit.bbox));
            if before.is_some_and(|shared| -shared as f32 > space) {
                text.push(' ');
            }
            text.push(digit.value.map_or('?', |value| char::from(b'0' + value)));
        }
        Some(Line { text, bbox, digits })
    }
}

impl Digit {
    pub(super) fn new(bbox: Box, value: Option<u8>, likely: &Likely, image: Image) -> Self {
        let mut others: Vec<(u8, f32)> =
            (0..10).zip(likely.digits).filter(|(class, _)| Some(*class) != value).collect();
        others.sort_by(|a, b| b.1.total_cmp(&a.1));
        let probability = value.map_or(likely.nothing, |value| likely.digits[usize::from(value)]);
        Digit { bbox, value, probability, alternatives: others, image }
    }

    /// Takes what was rejected for the digit that it looks most like.
    pub(super) fn accept(&mut self) {
        let (value, probability) = self.alternatives.remove(0);
        (self.value, self.probability) = (Some(value), probability);
    }

    /// Takes a digit for none after all.
    pub(super) fn reject(&mut self) {
        let Some(value) = self.value.take() else { return };
        self.alternatives.insert(0, (value, self.probability));
        self.probability = 1.0 - self.alternatives.iter().map(|(_, p)| p).sum::<f32>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rejected_keeps_what_it_may_be() {
        let bbox = Box { x: 0, y: 0, width: 20, height: 30 };
        let mut rejected = Digit::new(bbox, Some(4), &Likely::of(&[20.0; 10]), [0; 784]);
        let before = rejected.clone();
        rejected.reject();
        assert_eq!((rejected.value, rejected.alternatives[0]), (None, (4, before.probability)));
        let all: f32 = rejected.alternatives.iter().map(|(_, p)| p).sum::<f32>() + rejected.probability;
        assert!(rejected.alternatives.len() == 10 && (all - 1.0).abs() < 1e-5);
        rejected.accept();
        assert_eq!((rejected.value, rejected.probability), (before.value, before.probability));
    }
}
