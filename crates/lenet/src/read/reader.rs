//! The stages put together, with the network at their end.

use super::boxes::Box;
use super::confidence::{Likely, distance, least, limit};
use super::cuts::Cutter;
use super::frames::without_frames;
use super::ink::{Ink, Polarity};
use super::lines::{Row, rows};
use super::page::{Blank, Digit, Line, Page};
use super::parts::{Part, connected};
use super::picture::Grey;
use super::prepare::{prepared, strip};
use super::rules::without_rules;
use super::strings::{self, Found, window};
use super::things::{Thing, doubt, hatched, reject_beyond, sizes, trust};
use super::whole::digits;
use crate::classify::{self, Answer};
use crate::data::Image;
use crate::kernels::level::Level;
use crate::lattice::Strip;
use crate::models;
use crate::net::Parameters;

/// Share of the digits that is rejected unless told otherwise, in %.
pub const REJECTED: f32 = 1.0;
/// A stroke that is wider than this share of its height lies: a dash or a hair, and no 1.
const LYING: f32 = 1.4;
/// Parts wider than this share are more than one.
const WIDE: f32 = 1.4;
/// Among digits most things are digits: of those that are as large, this share of what is rejected elsewhere is.
const AMONG: f32 = 1.0 / 3.0;
/// Among things that are none, so many times the share of the digits is rejected.
const AMONG_NONE: f32 = 10.0;
/// Where paper and ink are more likely to be the other way round, so many times.
const UNLIKELY: f32 = 4.0;
/// So many digits vouch for each other there; where it is far-fetched, so many must be read.
const PAGE_OF_DIGITS: usize = 4;
/// A part that is taken for a digit with less than this probability may be two.
const DOUBTFUL: f32 = 0.8;
/// A part that is wider than this is a string, if it is anything.
const LONG: f32 = 2.0;
/// A part that is wider than this is none: nobody writes so many digits in one stroke, and all their pieces would be looked at at once.
const LONGEST: f32 = 60.0;
/// Of a page of more parts than this none is looked at as a string: that takes milliseconds for each.
const CROWDED: usize = 2_000;
/// What a part must be to be taken for several digits that touch, among digits and by itself.
const AMONG_DIGITS: Sure = Sure { narrow: 0.8, each: 0.05, mean: 0.5 };
const ALONE: Sure = Sure { narrow: 1.05, each: 0.7, mean: 0.9 };
/// A string of touching digits is higher than one of them, as they go up and down: heights of a digit to try, in those of the line.
pub(super) const SIZES: [f32; 3] = [0.95, 0.87, 0.79];

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
#[derive(Clone, Debug)]
pub struct Reader {
    /// Those that vote on what stands alone; the first one is replicated over strings.
    committee: Vec<Parameters>,
    cutter: Cutter,
    way: Touching,
    deslanted: bool,
    level: Level,
    /// The distance from which on a thing is no digit.
    limit: f32,
    /// The same for a thing among digits, as large as they are.
    limit_among: f32,
    /// The same for a thing among others that are none.
    limit_doubtful: f32,
    /// The same where paper and ink are more likely to be the other way round.
    limit_unlikely: f32,
    /// The probability below which a digit of a string is none.
    least: f32,
}

/// A part taken for several digits that touch.
#[derive(Debug)]
struct Touched {
    digits: Vec<Digit>,
    /// The part's width in heights of the line's digits.
    wide: f32,
    /// The geometric mean of the digits' probabilities.
    mean: f32,
    /// The least of them.
    least: f32,
}

impl Touched {
    fn is(&self, sure: &Sure) -> bool {
        self.wide >= sure.narrow && self.least >= sure.each && self.mean >= sure.mean
    }
}

/// Which parts of a row are strings, by what they are as one digit and as several. Where there are digits elsewhere in the row less is asked, and
/// digits are also those of a string of which that much need not be asked.
fn strings_among(alone: &[Digit], strings: &[Option<Touched>]) -> Vec<bool> {
    let sure = |(digit, string): (&Digit, &Option<Touched>)| match string {
        Some(string) if string.is(&ALONE) => string.digits.len(),
        _ => usize::from(digit.value.is_some()),
    };
    let sure: Vec<usize> = alone.iter().zip(strings).map(sure).collect();
    let all: usize = sure.iter().sum();
    let taken = |(string, sure): (&Option<Touched>, &usize)| {
        let enough = |string: &Touched| {
            string.is(if all > *sure || string.wide > LONG { &AMONG_DIGITS } else { &ALONE })
        };
        string.as_ref().is_some_and(enough)
    };
    strings.iter().zip(&sure).map(taken).collect()
}

/// How far a part is from all digits; what looks like a 1 and lies is as far as can be.
fn far(part: &Part, answer: &Answer) -> f32 {
    let lies = part.bbox.width as f32 > LYING * part.bbox.height as f32;
    if lies && answer.digit() == 1 { f32::INFINITY } else { distance(&answer.penalties) }
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

impl Reader {
    /// A reader with this network, which must have been trained by the recipe `reading`. Digits that touch are told apart by the
    /// shipped networks of the recipes `strings` and `pieces`.
    pub fn new(network: Parameters, level: Level) -> Self {
        Reader {
            committee: vec![network],
            cutter: Cutter::shipped(),
            way: Touching::default(),
            deslanted: false,
            level,
            limit: 0.0,
            limit_among: 0.0,
            limit_doubtful: 0.0,
            limit_unlikely: 0.0,
            least: 0.0,
        }
        .rejecting(REJECTED)
    }

    /// The same, but telling digits that touch apart in this way.
    pub fn telling_apart(mut self, way: Touching) -> Self {
        self.way = way;
        self
    }

    /// The same, with further networks of the recipe `reading`, from other seeds, or of `pieces`: a committee, whose members' penalties are averaged.
    pub fn with(mut self, others: impl IntoIterator<Item = Parameters>) -> Self {
        self.committee.extend(others);
        self
    }

    /// A reader with the committee that comes with the program.
    pub fn shipped() -> Self {
        Self::new(models::reading(), Level::new()).with(models::reading_committee().into_iter().skip(1))
    }

    /// The same, but taking the whole slant of every digit that stands alone away before the network sees it, by its moments. Without it
    /// this is done with what a slant has beyond 27 degrees only, since the network knows the slants of MNIST's writers.
    pub fn deslanting(mut self, deslanted: bool) -> Self {
        self.deslanted = deslanted;
        self
    }

    /// The same, but rejecting so many of the digits, in % from 0 to 100, and by that more or fewer of the things that are none. It
    /// is 1 % unless told otherwise, and a third of it among digits; four times as many where paper and ink are more likely to be the other way
    /// round and few digits vouch for each other, ten times among things that are none. Of digits that touch none is rejected up to 1 %, but
    /// the whole string if it is unlikely.
    pub fn rejecting(mut self, percent: f32) -> Self {
        (self.limit, self.limit_among) = (limit(percent), limit(percent * AMONG));
        (self.limit_doubtful, self.limit_unlikely) = (limit(percent * AMONG_NONE), limit(percent * UNLIKELY));
        self.least = least(percent);
        self
    }

    /// The same, but taking everything up to this distance for a digit, except where things around it are none or paper and ink in doubt.
    pub(super) fn within(mut self, distance: f32) -> Self {
        (self.limit, self.limit_among) = (distance, distance);
        self
    }

    /// Reads a page as it is.
    pub(super) fn look(&self, grey: &Grey) -> Page {
        let pages = OnPage::candidates(grey, self.deslanted).into_iter().map(|found| match found {
            Ok(found) => {
                let page = self.page(&found);
                let least = if found.ink.far_fetched { PAGE_OF_DIGITS } else { 1 };
                let read = page.digits_read(least, grey.width.min(grey.height) as f32 / 4.0);
                (found.ink.likely * read, page)
            }
            Err(polarity) => (0.0, Page::blank(Some(polarity), Blank::NoDigit)),
        });
        // Where ink may be the dark or the light, it is what more can be read of.
        let best = pages.reduce(|a, b| if b.0 > a.0 { b } else { a });
        best.map_or(Page::blank(None, Blank::NoInk), |(_, page)| page)
    }

    fn page(&self, found: &OnPage) -> Page {
        let mut answers = self.answers(found).into_iter().zip(found.images.iter().copied());
        let mut things: Vec<Vec<Thing>> = Vec::new();
        for row in &found.rows {
            let seen = answers.by_ref().take(row.parts.len());
            things.push(self.things(row, found, seen));
        }
        doubt(&mut things, self.limit_doubtful);
        let digits = things.iter().flatten().filter(|thing| thing.digit.value.is_some()).count();
        if found.ink.likely < 0.5 && digits < PAGE_OF_DIGITS {
            reject_beyond(&mut things, self.limit_unlikely);
        }
        let (mut lines, mut others) = (Vec::new(), Vec::new());
        for things in things {
            let sizes = sizes(&things);
            // What is cut off by the picture's edge and no digit is a shadow or a table more often than what somebody wrote.
            let stays = |thing: &Thing| sizes.contains(&thing.height()) && found.inside(&thing.digit.bbox);
            let (line, beside): (Vec<Thing>, Vec<Thing>) =
                things.into_iter().partition(|thing| thing.digit.value.is_some() || stays(thing));
            lines.extend(Line::of(line.into_iter().map(|thing| thing.digit).collect()));
            others.extend(beside.into_iter().map(|thing| thing.digit));
        }
        let blank = lines.is_empty().then_some(Blank::NoDigit);
        Page { lines, others, polarity: Some(found.polarity), blank }
    }

    /// What the committee makes of every part, in their order.
    pub(super) fn answers(&self, found: &OnPage) -> Vec<Answer> {
        let mut mean = vec![Answer { penalties: [0.0; 10] }; found.images.len()];
        for network in &self.committee {
            for (mean, answer) in mean.iter_mut().zip(classify::answers(self.level, network, &found.images)) {
                for (mean, penalty) in mean.penalties.iter_mut().zip(answer.penalties) {
                    *mean += penalty / self.committee.len() as f32;
                }
            }
        }
        mean
    }

    /// What a row's parts are, from left to right.
    fn things(
        &self,
        row: &Row,
        found: &OnPage,
        answers: impl Iterator<Item = (Answer, Image)>,
    ) -> Vec<Thing> {
        let (answers, images): (Vec<Answer>, Vec<Image>) = answers.unzip();
        let parts = row.parts.iter().zip(&answers).zip(images);
        let alone: Vec<Digit> =
            parts.map(|((part, answer), image)| self.digit(part, answer, image)).collect();
        let strings =
            row.parts.iter().zip(&alone).map(|(part, alone)| self.touching(part, alone, row, found));
        let strings: Vec<Option<Touched>> = strings.collect();
        let taken = strings_among(&alone, &strings);
        let mut things = Vec::new();
        let distances = row.parts.iter().zip(&answers).map(|(part, answer)| far(part, answer));
        for (((string, taken), digit), distance) in strings.into_iter().zip(taken).zip(alone).zip(distances) {
            match string.filter(|_| taken) {
                Some(string) => things.extend(string.digits.into_iter().map(Thing::of_string)),
                None => things.push(Thing { digit, distance }),
            }
        }
        trust(&mut things, self.limit_among);
        hatched(&mut things);
        things
    }

    /// A part taken for one digit.
    fn digit(&self, part: &Part, answer: &Answer, image: Image) -> Digit {
        let value = (far(part, answer) <= self.limit).then(|| answer.digit());
        Digit::new(part.bbox, value, &Likely::of(&answer.penalties), image)
    }

    /// A part taken for several digits that touch; none if it is one digit, or too narrow or too wide for several.
    fn touching(&self, part: &Part, alone: &Digit, row: &Row, found: &OnPage) -> Option<Touched> {
        let (width, height) = (part.bbox.width as f32, row.height);
        let one = alone.value.is_some() && alone.probability >= DOUBTFUL && width < WIDE * height;
        let may_be = (AMONG_DIGITS.narrow * height..=LONGEST * height).contains(&width)
            && found.images.len() <= CROWDED;
        if one || !may_be {
            return None;
        }
        let sure = |digit: &Found| digit.likely.digits[usize::from(digit.value)];
        let strips = SIZES.map(|size| strip(part, &found.ink, size * height));
        let found = match self.way {
            Touching::Cuts => self.cutter.digits(self.level, &strips),
            Touching::Replicated => {
                strips.iter().map(|strip| strings::digits(self.level, &self.committee[0], strip)).collect()
            }
        };
        let tried = strips.into_iter().zip(found).map(|(strip, found)| {
            let sum: f32 = found.iter().map(|digit| sure(digit).max(1e-9).ln()).sum();
            ((sum / found.len().max(1) as f32).exp(), strip, found)
        });
        let (mean, strip, found) = tried.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        if found.len() < 2 {
            return None;
        }
        let least = found.iter().map(sure).fold(1.0, f32::min);
        let scale = width / strip.width as f32;
        let place = |column: usize| part.bbox.x + (column as f32 * scale).round() as usize;
        let digit = |found: &Found| {
            let (left, right) = (place(found.columns.start), place(found.columns.end));
            let bbox = part.within(left..right.max(left + 1));
            let value = (sure(found) >= self.least).then_some(found.value);
            Digit::new(bbox, value, &found.likely, window(&strip, &found.columns))
        };
        Some(Touched { digits: found.iter().map(digit).collect(), wide: width / height, mean, least })
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
        let (parts, framed) = without_frames(&mut ink, parts);
        let (parts, ruled) = without_rules(&mut ink, parts);
        let parts = digits(parts, &ink, framed || ruled);
        let rows = rows(parts);
        if rows.is_empty() {
            return Err(polarity);
        }
        let parts = rows.iter().flat_map(|row| &row.parts);
        let images = parts.map(|part| prepared(part, &ink, deslanted)).collect();
        Ok(OnPage { polarity, images, rows, ink })
    }

    /// Whether a box keeps away from the picture's edges.
    fn inside(&self, bbox: &Box) -> bool {
        bbox.x > 0 && bbox.y > 0 && bbox.right() < self.ink.width && bbox.bottom() < self.ink.height
    }

    /// For each image how its part is made a strip, if digits are this share of the row's high.
    pub(super) fn strips(&self, size: f32) -> impl Iterator<Item = impl Fn() -> Strip> {
        let parts = self.rows.iter().flat_map(|row| row.parts.iter().map(move |part| (part, row.height)));
        parts.map(move |(part, height)| move || strip(part, &self.ink, size * height))
    }

    /// Where each image was on the page.
    pub fn boxes(&self) -> Vec<Box> {
        self.rows.iter().flat_map(|row| &row.parts).map(|part| part.bbox).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_that_is_sure_is_company_for_one_that_is_not() {
        let bbox = Box { x: 0, y: 0, width: 20, height: 30 };
        let digit = |value| Digit::new(bbox, value, &Likely::of(&[20.0; 10]), [0; 784]);
        let string = |mean| Some(Touched { digits: vec![digit(Some(7)); 2], wide: 1.5, mean, least: 0.7 });
        let none = [digit(None), digit(None)];
        assert_eq!(strings_among(&none, &[string(0.6), string(0.95)]), [true, true]);
        assert_eq!(strings_among(&none, &[string(0.6), string(0.85)]), [false, false]);
        assert_eq!(strings_among(&none, &[string(0.4), string(0.95)]), [false, true]);
        assert_eq!(strings_among(&[digit(None), digit(Some(3))], &[string(0.6), None]), [true, false]);
        assert_eq!(strings_among(&none[..1], &[string(0.6)]), [false]);
    }

    #[test]
    fn four_strokes_with_room_are_read_and_a_bar_code_is_not() {
        let read = |apart: usize| {
            let stroke = |x: usize| x >= 40 && x < 40 + 4 * apart && (x - 40) % apart < 6;
            let ink = |at: usize| stroke(at % 300) && (80..120).contains(&(at / 300));
            let pixels = (0..300 * 200).map(|at| if ink(at) { 20 } else { 240 }).collect();
            Reader::shipped().read(&Grey { width: 300, height: 200, pixels }).text()
        };
        assert_eq!(read(24), "1111");
        assert_eq!(read(12), "");
    }

    #[test]
    fn a_stroke_that_leans_is_a_1_and_one_that_lies_is_none() {
        let read = |from: [f32; 2], to: [f32; 2]| {
            let along = [to[0] - from[0], to[1] - from[1]];
            let length = along[0].hypot(along[1]);
            let ink = |at: usize| {
                let off = [(at % 200) as f32 - from[0], (at / 200) as f32 - from[1]];
                let share = (off[0] * along[0] + off[1] * along[1]) / (length * length);
                let nearest = share.clamp(0.0, 1.0);
                (off[0] - nearest * along[0]).hypot(off[1] - nearest * along[1]) < 3.0
            };
            let pixels = (0..200 * 120).map(|at| if ink(at) { 35 } else { 235 }).collect();
            Reader::shipped().read(&Grey { width: 200, height: 120, pixels }).text()
        };
        assert_eq!(read([90.0, 90.0], [115.0, 40.0]), "1");
        assert_eq!(read([60.0, 70.0], [130.0, 40.0]), "");
    }

    #[cfg(feature = "bundled")]
    #[test]
    fn blank_paper_whose_light_looks_like_chalk_has_no_digit() {
        use crate::data::Dataset;
        use crate::pages::{Kind, Maker};
        use crate::pen::Nothing;
        use crate::read::evaluation::grey;

        let digits = Dataset::bundled().train;
        let maker = Maker::new(&digits, 5).unwrap();
        let careful = Reader::shipped();
        let careless = Reader { limit_unlikely: f32::INFINITY, ..careful.clone() };
        for n in [36, 244, 384, 559, 881] {
            let page = grey(&maker.make(&Kind::Nothing(Nothing::Blank), n));
            assert!(!careless.read(&page).text().is_empty() && careful.read(&page).text().is_empty(), "{n}");
        }
    }
}
