//! Pictures: the confusion matrix as a heat map, and contact sheets of the digits that a network misreads or learns from.
//!
//! ```
//! use lenet::data::Split;
//! use lenet::eval::Misread;
//! use lenet::report::picture;
//!
//! let digits = Split { images: vec![[0; 784]; 3], labels: vec![4; 3] };
//! let misread = [Misread { index: 2, truth: 4, answer: 9, margin: 10.0 }];
//! let sheet = picture::worst(&digits, &misread);
//! assert!(sheet.width() > 28 && sheet.height() > 28);
//! ```

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use super::font::{Direction, draw, fill, length};
use crate::data::{Image, SIDE, Split};
use crate::eval::Misread;

const PAPER: Rgb<u8> = Rgb([255; 3]);
const INK: Rgb<u8> = Rgb([24, 28, 36]);
const FAINT: Rgb<u8> = Rgb([140, 146, 156]);
const GRID: Rgb<u8> = Rgb([222, 226, 232]);
/// Behind the digits read right: they are expected, so they stay in the background.
const RIGHT: Rgb<u8> = Rgb([226, 234, 244]);
/// Behind few and behind many misread digits.
const WRONG: [Rgb<u8>; 2] = [Rgb([255, 232, 204]), Rgb([214, 64, 32])];
/// The answer on the contact sheet.
const ANSWER: Rgb<u8> = Rgb([196, 48, 24]);

/// Pixels that a digit or capital is high in words, and in small ones.
const WORDS: u32 = 18;
const SMALL: u32 = 11;
/// Pixels of a cell of the heat map.
const CELL: u32 = 72;
/// Pixels left of and above the cells, for the classes and the words.
const MARGIN: u32 = 96;
/// Pixels right of and below the cells.
const EDGE: u32 = 24;

/// The confusion matrix as a heat map with its counts: rows are the truth, columns the answer. A cell's colour grows
/// with the square root of its count, so that a single misread digit can still be seen.
pub fn confusion(counts: &[[usize; 10]; 10]) -> RgbImage {
    let side = MARGIN + 10 * CELL + EDGE;
    let mut picture = RgbImage::from_pixel(side, side, PAPER);
    let middle = |k: usize| MARGIN + k as u32 * CELL + CELL / 2;
    let all = MARGIN + 5 * CELL;
    draw(&mut picture, "answer", (all, 26), WORDS, Direction::Right, FAINT);
    draw(&mut picture, "truth", (26, all), WORDS, Direction::Up, FAINT);
    let wrong = |truth: usize, answer: usize| truth != answer;
    let most = (0..100).filter(|k| wrong(k / 10, k % 10)).map(|k| counts[k / 10][k % 10]).max().unwrap_or(0);
    for truth in 0..10 {
        draw(&mut picture, &truth.to_string(), (middle(truth), 68), WORDS, Direction::Right, INK);
        draw(&mut picture, &truth.to_string(), (70, middle(truth)), WORDS, Direction::Right, INK);
        for answer in 0..10 {
            let count = counts[truth][answer];
            let corner = (MARGIN + answer as u32 * CELL, MARGIN + truth as u32 * CELL);
            let heat = (count as f32 / most.max(1) as f32).sqrt();
            let colour = match (wrong(truth, answer), count) {
                (false, _) => RIGHT,
                (true, 0) => PAPER,
                (true, _) => between(WRONG[0], WRONG[1], heat),
            };
            fill(&mut picture, corner, (CELL, CELL), GRID);
            fill(&mut picture, (corner.0 + 1, corner.1 + 1), (CELL - 1, CELL - 1), colour);
            if count > 0 {
                let text = count.to_string();
                let height = if length(&text, WORDS) < CELL { WORDS } else { SMALL };
                let ink = if wrong(truth, answer) && heat > 0.7 { PAPER } else { INK };
                draw(&mut picture, &text, (middle(answer), middle(truth)), height, Direction::Right, ink);
            }
        }
    }
    fill(&mut picture, (MARGIN + 10 * CELL, MARGIN), (1, 10 * CELL), GRID);
    fill(&mut picture, (MARGIN, MARGIN + 10 * CELL), (10 * CELL + 1, 1), GRID);
    picture
}

fn between(from: Rgb<u8>, to: Rgb<u8>, share: f32) -> Rgb<u8> {
    Rgb(std::array::from_fn(|k| {
        let (from, to) = (f32::from(from.0[k]), f32::from(to.0[k]));
        (from + (to - from) * share).round() as u8
    }))
}

/// Digits on a contact sheet, side by side.
const COLUMNS: usize = 10;
/// Rows of a contact sheet at most.
const ROWS: usize = 8;
/// Pixels for one pixel of a digit.
const ENLARGEMENT: u32 = 3;
/// Pixels of an enlarged digit.
const DIGIT: u32 = SIDE as u32 * ENLARGEMENT;
/// Pixels of a place on the sheet: the digit, below it truth>answer and its index.
const PLACE: (u32, u32) = (DIGIT + 20, DIGIT + 68);

/// The misread digits in the order given, at most 80, each with `truth>answer` and its index in the set below it.
///
/// # Panics
/// When an index lies outside `digits`.
pub fn worst(digits: &Split, misread: &[Misread]) -> RgbImage {
    let shown = &misread[..misread.len().min(COLUMNS * ROWS)];
    let rows = shown.len().div_ceil(COLUMNS).max(1) as u32;
    let columns = shown.len().clamp(1, COLUMNS) as u32;
    let mut picture = RgbImage::from_pixel(columns * PLACE.0 + 20, rows * PLACE.1 + 20, PAPER);
    for (k, digit) in shown.iter().enumerate() {
        let left = 20 + (k % COLUMNS) as u32 * PLACE.0;
        let top = 20 + (k / COLUMNS) as u32 * PLACE.1;
        enlarge(&mut picture, &digits.images[digit.index], (left, top));
        let middle = left + DIGIT / 2;
        let line = top + DIGIT + 20;
        let word = |picture: &mut RgbImage, text: &str, x, ink| {
            draw(picture, text, (x, line), WORDS, Direction::Right, ink);
        };
        word(&mut picture, &digit.truth.to_string(), middle - 18, INK);
        word(&mut picture, ">", middle, FAINT);
        word(&mut picture, &digit.answer.to_string(), middle + 18, ANSWER);
        draw(&mut picture, &digit.index.to_string(), (middle, line + 22), SMALL, Direction::Right, FAINT);
    }
    picture
}

/// Draws a digit, black on white in a thin frame.
fn enlarge(picture: &mut RgbImage, digit: &Image, (left, top): (u32, u32)) {
    fill(picture, (left - 1, top - 1), (DIGIT + 2, DIGIT + 2), GRID);
    for (at, &ink) in digit.iter().enumerate() {
        let (x, y) = ((at % SIDE) as u32 * ENLARGEMENT, (at / SIDE) as u32 * ENLARGEMENT);
        fill(picture, (left + x, top + y), (ENLARGEMENT, ENLARGEMENT), Rgb([255 - ink; 3]));
    }
}

/// Rows of digits under one heading.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common, in ASCII.
    pub name: String,
    /// A line below the name.
    pub detail: String,
    /// The digits of each row.
    pub rows: Vec<Vec<Image>>,
}

/// Pixels left of the digits for the headings.
const HEADINGS: u32 = 288;
/// Pixels from the left edge of a digit to the next, and from a row to the next.
const PITCH: u32 = DIGIT + 6;
/// Pixels before, between and after the groups.
const GAP: u32 = 20;

/// Digits in groups of rows, each group with its heading to the left.
pub fn groups(groups: &[Group]) -> RgbImage {
    let columns = groups.iter().flat_map(|group| &group.rows).map(Vec::len).max().unwrap_or(0);
    let heights = groups.iter().map(|group| group.rows.len() as u32 * PITCH + GAP);
    let (width, height) = (HEADINGS + columns as u32 * PITCH + GAP, GAP + heights.sum::<u32>());
    let mut picture = RgbImage::from_pixel(width, height, PAPER);
    let mut top = GAP;
    for group in groups {
        let middle = (HEADINGS / 2, top + group.rows.len() as u32 * PITCH / 2);
        draw(&mut picture, &group.name, (middle.0, middle.1 - 16), WORDS, Direction::Right, INK);
        draw(&mut picture, &group.detail, (middle.0, middle.1 + 16), WORDS, Direction::Right, FAINT);
        for row in &group.rows {
            for (k, digit) in row.iter().enumerate() {
                enlarge(&mut picture, digit, (HEADINGS + k as u32 * PITCH, top));
            }
            top += PITCH;
        }
        top += GAP;
    }
    picture
}

/// The bytes of a PNG file.
pub fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("a picture of these sizes is a PNG in memory");
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heat_map_is_hottest_where_most_digits_are_misread() {
        let mut counts = [[0; 10]; 10];
        (counts[4][9], counts[9][4], counts[1][1]) = (16, 1, 1135);
        let picture = confusion(&counts);
        let corner = |truth: u32, answer: u32| {
            *picture.get_pixel(MARGIN + answer * CELL + 3, MARGIN + truth * CELL + 3)
        };
        assert_eq!(corner(4, 9), WRONG[1]);
        assert_eq!(corner(9, 4), between(WRONG[0], WRONG[1], 0.25));
        assert_eq!((corner(1, 1), corner(0, 1)), (RIGHT, PAPER));
    }

    #[test]
    fn counts_of_six_figures_fit_their_cell() {
        assert!(length("123456", SMALL) < CELL);
        confusion(&[[123_456; 10]; 10]);
    }

    #[test]
    fn a_sheet_has_a_place_for_each_digit_and_an_end() {
        let digits = Split { images: vec![[255; 784]; 200], labels: vec![1; 200] };
        let misread: Vec<Misread> =
            (0..200).map(|index| Misread { index, truth: 1, answer: 7, margin: 1.0 }).collect();
        for (count, columns, rows) in [(0, 1, 1), (1, 1, 1), (10, 10, 1), (11, 10, 2), (200, 10, 8)] {
            let sheet = worst(&digits, &misread[..count]);
            assert_eq!(sheet.dimensions(), (columns * PLACE.0 + 20, rows * PLACE.1 + 20), "{count}");
        }
        let sheet = worst(&digits, &misread[..1]);
        assert_eq!(*sheet.get_pixel(20, 20), Rgb([0; 3]), "ink is black on the sheet");
    }

    #[test]
    fn groups_stand_below_each_other_with_every_digit_in_its_place() {
        let group = |rows: Vec<Vec<Image>>| Group { name: "a".into(), detail: "b".into(), rows };
        let (black, white) = ([255; 784], [0; 784]);
        let sheet = groups(&[group(vec![vec![white; 3], vec![white; 2]]), group(vec![vec![white, black]])]);
        assert_eq!(sheet.dimensions(), (HEADINGS + 3 * PITCH + GAP, 3 * GAP + 3 * PITCH));
        let ink = |column: u32, top: u32| *sheet.get_pixel(HEADINGS + column * PITCH + 40, top + 40);
        assert_eq!((ink(1, 2 * GAP + 2 * PITCH), ink(0, 2 * GAP + 2 * PITCH)), (Rgb([0; 3]), PAPER));
        groups(&[group(vec![]), group(vec![vec![]])]);
    }
}
