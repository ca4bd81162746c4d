//! What was read: a page has lines, a line has digits.

use std::fmt;

use serde::Serialize;

use super::boxes::Box;
use super::confidence::Likely;
use super::ink::Polarity;
use crate::data::Image;

/// A gap of more than this many heights of the line's digits is a space, however far apart the other digits are.
const SPACE: f32 = 1.2;
/// So is one by this many heights wider than [`WIDER`] times what the line's narrow gaps are.
const BESIDES: f32 = 0.3;
const WIDER: f32 = 1.25;
/// Gaps that are narrower count as so many heights: digits of one number may touch here and not there.
const NARROW: f32 = 0.1;

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
    /// The digits, a `?` for each that is none, and a space where the gap is wide, or wide beside the line's others.
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

    /// How much of the page was read: the sizes of its digits, each as far as it is sure and counted up to `most` pixels; nothing if they are
    /// fewer than `least`. Not their areas, since a sheet on a dark desk is no digit that is worth all those on it.
    pub(super) fn digits_read(&self, least: usize, most: f32) -> f32 {
        let size = |digit: &Digit| ((digit.bbox.width * digit.bbox.height) as f32).sqrt().min(most);
        let sum: f32 = self.digits_found().map(|digit| digit.probability * size(digit)).sum();
        if self.digits_found().count() < least { 0.0 } else { sum }
    }

    /// The digits of all lines, without what is none.
    pub(super) fn digits_found(&self) -> impl Iterator<Item = &Digit> {
        self.lines.iter().flat_map(|line| &line.digits).filter(|digit| digit.value.is_some())
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

    /// The same without the spaces.
    pub(super) fn digits(&self) -> String {
        self.text().replace(' ', "")
    }
}

impl Line {
    /// Of things from left to right; none of none.
    pub(super) fn of(digits: Vec<Digit>) -> Option<Self> {
        let bbox = digits.iter().map(|digit| digit.bbox).reduce(|a, b| a.and(&b))?;
        let mut heights: Vec<usize> = digits.iter().map(|digit| digit.bbox.height).collect();
        heights.sort_unstable();
        let height = heights[heights.len() / 2] as f32;
        let gap = |pair: &[Digit]| -pair[0].bbox.shared_columns(&pair[1].bbox) as f32 / height;
        let gaps: Vec<f32> = digits.windows(2).map(gap).collect();
        let space = space(&gaps);
        let mut text = String::new();
        for (digit, gap) in digits.iter().zip(std::iter::once(0.0).chain(gaps)) {
            if gap > space {
                text.push(' ');
            }
            text.push(digit.value.map_or('?', |value| char::from(b'0' + value)));
        }
        Some(Line { text, bbox, digits })
    }
}

/// The gap beyond which digits of a line belong to different numbers, in heights, as `gaps` are: measured by the narrowest quarter of
/// them, since the others may all be spaces.
fn space(gaps: &[f32]) -> f32 {
    let mut sorted = gaps.to_vec();
    sorted.sort_by(f32::total_cmp);
    let narrow = sorted.get(sorted.len().saturating_sub(1) / 4).copied().unwrap_or(0.0).max(NARROW);
    (BESIDES + WIDER * narrow).min(SPACE)
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
    fn a_gap_is_a_space_beside_narrower_ones_or_where_it_is_wide() {
        let text = |gaps: &[usize]| {
            let digit = |x| {
                let bbox = Box { x, y: 0, width: 40, height: 100 };
                Digit::new(bbox, Some(3), &Likely::of(&[20.0; 10]), [0; 784])
            };
            let mut x = 5;
            let next = gaps.iter().map(|gap| {
                x += 40 + gap;
                digit(x)
            });
            Line::of(std::iter::once(digit(5)).chain(next).collect()).unwrap().text
        };
        assert_eq!(text(&[]), "3");
        assert_eq!(text(&[10, 10, 50, 12]), "333 33");
        assert_eq!(text(&[50, 8, 55]), "3 33 3");
        assert_eq!(text(&[0, 0, 40]), "3333");
        assert_eq!(text(&[15, 40, 20, 35]), "33333");
        assert_eq!(text(&[60, 70, 80]), "3333");
        assert_eq!(text(&[110]), "33");
        assert_eq!(text(&[130]), "3 3");
        assert_eq!(text(&[80, 90, 130]), "333 3");
    }

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
