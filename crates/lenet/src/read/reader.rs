//! The stages put together, with the network at their end.

use std::fmt;

use serde::Serialize;

use super::confidence::{Likely, distance, limit};
use super::cuts;
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
/// Parts wider than this share are more than one.
const WIDE: f32 = 1.4;
/// What is no digit is told as `?` if its height is within these shares of the digits' next to it.
const AS_LARGE: [f32; 2] = [0.6, 1.6];
/// Among digits most things are digits: of those that are as large, this share of what is rejected elsewhere is.
const AMONG: f32 = 1.0 / 3.0;
/// A gap of more than this many heights of the line's digits is a space.
const SPACE: f32 = 1.2;
/// A part that is taken for a digit with less than this probability may be two.
const DOUBTFUL: f32 = 0.8;
/// A part that is wider than this is a string, if it is anything.
const LONG: f32 = 2.0;
/// A part that is wider than this is none: nobody writes so many digits in one stroke, and all their pieces would be looked at at once.
const LONGEST: f32 = 60.0;
/// Of a page of more parts than this none is looked at as a string: that takes milliseconds for each.
const CROWDED: usize = 2_000;
/// What a part must be to be taken for several digits that touch, among digits and by itself.
const AMONG_DIGITS: Sure = Sure { narrow: 0.8, each: 0.15, mean: 0.6 };
const ALONE: Sure = Sure { narrow: 1.05, each: 0.7, mean: 0.9 };
/// A string of touching digits is higher than one of them, as they go up and down: heights of a digit to try, in those of the line.
const SIZES: [f32; 3] = [0.95, 0.87, 0.79];

/// What makes a string of a part.
#[derive(Clone, Copy, Debug)]
struct Sure {
    /// Parts narrower than this share of the line's digits' height are one digit at most.
    narrow: f32,
    /// The least probability of each digit.
    each: f32,
    /// The least geometric mean of the probabilities of all.
    mean: f32,
}

/// Reads digits from pictures. It can be shared by threads.
#[derive(Debug)]
pub struct Reader {
    parameters: Parameters,
    /// The network that knows pieces of strings.
    pieces: Parameters,
    way: Touching,
    deslanted: bool,
    level: Level,
    /// The distance from which on a thing is no digit.
    limit: f32,
    /// The same for a thing among digits, as large as they are.
    limit_among: f32,
}

/// How digits that touch are told apart: the paper's two ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Touching {
    /// By cutting the ink wherever two digits may meet (heuristic over-segmentation, section V), which reads more of them.
    #[default]
    Cuts,
    /// By the replicated network (p. 27-29).
    Replicated,
}

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
    fn blank(polarity: Option<Polarity>, why: Blank) -> Self {
        Page { lines: Vec::new(), others: Vec::new(), polarity, blank: Some(why) }
    }

    /// How much of the page was read: the areas of its digits, each as far as it is sure.
    fn digits_read(&self) -> f32 {
        let digits = self.lines.iter().flat_map(|line| &line.digits).filter(|digit| digit.value.is_some());
        digits.map(|digit| digit.probability * (digit.bbox.width * digit.bbox.height) as f32).sum()
    }

    /// All lines, with a line feed between them.
    pub fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }
}

impl Reader {
    /// A reader with this network, which must have been trained by the recipe `reading`. Digits that touch are told apart by the
    /// shipped network of the recipe `pieces`.
    pub fn new(parameters: Parameters, level: Level) -> Self {
        Reader {
            parameters,
            pieces: models::pieces(),
            way: Touching::default(),
            deslanted: false,
            level,
            limit: limit(REJECTED),
            limit_among: limit(REJECTED * AMONG),
        }
    }

    /// The same, but telling digits that touch apart in this way.
    pub fn telling_apart(mut self, way: Touching) -> Self {
        self.way = way;
        self
    }

    /// A reader with the network that comes with the program.
    pub fn shipped() -> Self {
        Self::new(models::reading(), Level::new())
    }

    /// The same, but taking the whole slant of every digit that stands alone away before the network sees it, by its moments. Without it
    /// this is done with what a slant has beyond 27 degrees only, since the network knows the slants of MNIST's writers.
    pub fn deslanting(mut self, deslanted: bool) -> Self {
        self.deslanted = deslanted;
        self
    }

    /// The same, but rejecting so many of the digits, in % from 0 to 100, and by that more or fewer of the things that are none. It
    /// is 1 % unless told otherwise, and a third of it among digits. Digits that touch are told apart, or not, by their probabilities
    /// alone, whatever the share.
    pub fn rejecting(mut self, percent: f32) -> Self {
        (self.limit, self.limit_among) = (limit(percent), limit(percent * AMONG));
        self
    }

    /// Reads a page, on the thread that asks.
    pub fn read(&self, grey: &Grey) -> Page {
        let pages = OnPage::candidates(grey, self.deslanted).into_iter().map(|found| match found {
            Ok(found) => {
                let page = self.page(&found);
                (found.ink.likely * page.digits_read(), page)
            }
            Err(polarity) => (0.0, Page::blank(Some(polarity), Blank::NoDigit)),
        });
        // Where ink may be the dark or the light, it is what more can be read of.
        let best = pages.reduce(|a, b| if b.0 > a.0 { b } else { a });
        best.map_or(Page::blank(None, Blank::NoInk), |(_, page)| page)
    }

    fn page(&self, found: &OnPage) -> Page {
        let mut answers = self.answers(found).into_iter().zip(found.images.iter().copied());
        let (mut lines, mut others) = (Vec::new(), Vec::new());
        for row in &found.rows {
            let seen = answers.by_ref().take(row.parts.len());
            let (things, beside) = self.things(row, found, seen);
            lines.extend(Line::of(things));
            others.extend(beside);
        }
        let blank = lines.is_empty().then_some(Blank::NoDigit);
        Page { lines, others, polarity: Some(found.polarity), blank }
    }

    /// What the network makes of every part, in their order.
    pub(super) fn answers(&self, found: &OnPage) -> Vec<Answer> {
        classify::answers(self.level, &self.parameters, &found.images)
    }

    /// The digits of a row, with what is as large as they are and none; and what else is there.
    fn things(
        &self,
        row: &Row,
        found: &OnPage,
        answers: impl Iterator<Item = (Answer, Image)>,
    ) -> (Vec<Digit>, Vec<Digit>) {
        let (answers, images): (Vec<Answer>, Vec<Image>) = answers.unzip();
        let parts = row.parts.iter().zip(&answers).zip(images);
        let alone: Vec<Digit> =
            parts.map(|((part, answer), image)| self.digit(part, answer, image)).collect();
        let digits = alone.iter().filter(|thing| thing.value.is_some()).count();
        // With the distance of each that stands alone; digits of a string are sure enough.
        let mut things = Vec::new();
        for ((part, answer), alone) in row.parts.iter().zip(&answers).zip(alone) {
            let among = digits > usize::from(alone.value.is_some());
            match self.touching(part, &alone, among, row, found) {
                Some(string) => things.extend(string.into_iter().map(|digit| (digit, 0.0))),
                None => things.push((alone, distance(&answer.penalties))),
            }
        }
        let mut heights: Vec<usize> = things
            .iter()
            .filter(|(thing, _)| thing.value.is_some())
            .map(|(thing, _)| thing.bbox.height)
            .collect();
        heights.sort_unstable();
        let usual = heights.get(heights.len() / 2).map_or(f32::INFINITY, |height| *height as f32);
        let sizes = AS_LARGE[0] * usual..=AS_LARGE[1] * usual;
        let as_large = |thing: &Digit| sizes.contains(&(thing.bbox.height as f32));
        let doubtful = things.iter().filter(|(thing, _)| thing.value.is_none() && as_large(thing)).count();
        if heights.len() >= 2 && heights.len() > doubtful {
            for (thing, distance) in &mut things {
                if thing.value.is_none() && as_large(thing) && *distance <= self.limit_among {
                    thing.accept();
                }
            }
        }
        things.into_iter().map(|(thing, _)| thing).partition(|thing| thing.value.is_some() || as_large(thing))
    }

    /// A part taken for one digit.
    fn digit(&self, part: &Part, answer: &Answer, image: Image) -> Digit {
        let value = (distance(&answer.penalties) <= self.limit).then(|| answer.digit());
        Digit::new(part.bbox, value, &Likely::of(&answer.penalties), image)
    }

    /// A part taken for several digits that touch; none if it is one digit, or if that does not make digits of it. `among`: there are
    /// digits in the row besides.
    fn touching(
        &self,
        part: &Part,
        alone: &Digit,
        among: bool,
        row: &Row,
        found: &OnPage,
    ) -> Option<Vec<Digit>> {
        let (width, height) = (part.bbox.width as f32, row.height);
        let Sure { narrow, each, mean: least } =
            if among || width > LONG * height { AMONG_DIGITS } else { ALONE };
        let one = alone.value.is_some() && alone.probability >= DOUBTFUL && width < WIDE * height;
        let may_be = (narrow * height..=LONGEST * height).contains(&width) && found.images.len() <= CROWDED;
        if one || !may_be {
            return None;
        }
        let sure = |digit: &Found| digit.likely.digits[usize::from(digit.value)];
        let tried = SIZES.iter().map(|size| {
            let strip = strip(part, &found.ink, size * height);
            let found = match self.way {
                Touching::Cuts => cuts::digits(self.level, &self.pieces, &strip),
                Touching::Replicated => strings::digits(self.level, &self.parameters, &strip),
            };
            let sum: f32 = found.iter().map(|digit| sure(digit).max(1e-9).ln()).sum();
            ((sum / found.len().max(1) as f32).exp(), strip, found)
        });
        let (mean, strip, found) = tried.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        if found.len() < 2 || mean < least || found.iter().any(|digit| sure(digit) < each) {
            return None;
        }
        let scale = width / strip.width as f32;
        let place = |column: usize| part.bbox.x + (column as f32 * scale).round() as usize;
        let digit = |found: &Found| {
            let (left, right) = (place(found.columns.start), place(found.columns.end));
            let bbox = part.within(left..right.max(left + 1));
            Digit::new(bbox, Some(found.value), &found.likely, strip.window(&found.columns))
        };
        Some(found.iter().map(digit).collect())
    }
}

impl Line {
    /// Of things from left to right; none of none.
    fn of(digits: Vec<Digit>) -> Option<Self> {
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
    fn new(bbox: Box, value: Option<u8>, likely: &Likely, image: Image) -> Self {
        let mut others: Vec<(u8, f32)> =
            (0..10).zip(likely.digits).filter(|(class, _)| Some(*class) != value).collect();
        others.sort_by(|a, b| b.1.total_cmp(&a.1));
        let probability = value.map_or(likely.nothing, |value| likely.digits[usize::from(value)]);
        Digit { bbox, value, probability, alternatives: others, image }
    }

    /// Takes what was rejected for the digit that it looks most like.
    fn accept(&mut self) {
        let (value, probability) = self.alternatives.remove(0);
        (self.value, self.probability) = (Some(value), probability);
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
    /// Looks for parts that may be digits; where it is in doubt whether ink is dark or light, it is the likelier one.
    ///
    /// # Errors
    /// Why there are none, and the polarity if there is ink.
    pub fn on(grey: &Grey) -> Result<Self, (Option<Polarity>, Blank)> {
        let likely = Self::candidates(grey, false).into_iter().next();
        likely.ok_or((None, Blank::NoInk))?.map_err(|polarity| (Some(polarity), Blank::NoDigit))
    }

    /// The same for all that may be ink; where there are no parts, the polarity.
    fn candidates(grey: &Grey, deslanted: bool) -> Vec<Result<Self, Polarity>> {
        Ink::candidates(grey).into_iter().map(|ink| Self::of(ink, deslanted)).collect()
    }

    fn of(mut ink: Ink, deslanted: bool) -> Result<Self, Polarity> {
        let polarity = ink.polarity;
        let parts = connected(&ink.values, ink.width);
        let (parts, ruled) = without_rules(&mut ink, parts);
        let parts = digits(parts, &ink, ruled);
        let rows = rows(parts);
        if rows.is_empty() {
            return Err(polarity);
        }
        let parts = rows.iter().flat_map(|row| &row.parts);
        let images = parts.map(|part| prepared(part, &ink, deslanted)).collect();
        Ok(OnPage { polarity, images, rows, ink })
    }

    /// Where each image was on the page.
    pub fn boxes(&self) -> Vec<Box> {
        self.rows.iter().flat_map(|row| &row.parts).map(|part| part.bbox).collect()
    }
}
