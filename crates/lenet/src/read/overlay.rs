//! What the reader saw, drawn over the picture; pages that it misread, next to each other.

use image::{GenericImage, Rgb, RgbImage, imageops};

use super::boxes::Box;
use super::page::Page;
use super::picture::Grey;
use crate::report::font::{self, Direction};

/// A digit.
const FOUND: Rgb<u8> = Rgb([0, 130, 60]);
/// What is called no digit.
const NONE: Rgb<u8> = Rgb([200, 30, 30]);
/// Pixels that the digits above boxes and below pictures are high, at least and at most.
const LETTERS: [u32; 2] = [10, 60];
/// Pixels of a frame around a picture among others, and between two.
const EDGE: u32 = 4;
/// Pixels of the square that a picture among others is fitted into.
const THUMB: u32 = 112;
/// Pictures in a row.
const COLUMNS: u32 = 10;

/// The picture with a box around everything that was looked at, green with its digit or red where it is none.
pub fn overlay(grey: &Grey, page: &Page) -> RgbImage {
    let level = |x: u32, y: u32| grey.pixels[y as usize * grey.width + x as usize];
    let mut picture = RgbImage::from_fn(grey.width as u32, grey.height as u32, |x, y| {
        // Half as strong, so that what is drawn over it stands out.
        Rgb([128 + level(x, y) / 2; 3])
    });
    for digit in page.lines.iter().flat_map(|line| &line.digits).chain(&page.others) {
        let colour = if digit.value.is_some() { FOUND } else { NONE };
        let Box { x, y, width, height } = digit.bbox;
        let line = (height as u32 / 40).clamp(1, 4);
        frame(&mut picture, [x as u32, y as u32, width as u32, height as u32], line, colour);
        let Some(value) = digit.value else { continue };
        let size = (height as u32 / 3).clamp(LETTERS[0], LETTERS[1]);
        let away = size * 4 / 5;
        let above = (y as u32).checked_sub(away).unwrap_or((y + height) as u32 + away);
        let middle = (x as u32 + width as u32 / 2, above);
        font::draw(&mut picture, &value.to_string(), middle, size, Direction::Right, colour);
    }
    picture
}

/// The outline of a rectangle, outside of it.
fn frame(picture: &mut RgbImage, [x, y, width, height]: [u32; 4], line: u32, colour: Rgb<u8>) {
    let (left, top) = (x.saturating_sub(line), y.saturating_sub(line));
    let (wide, high) = (x + width + line - left, y + height + line - top);
    for (corner, size) in [
        ((left, top), (wide, line)),
        ((left, y + height), (wide, line)),
        ((left, top), (line, high)),
        ((x + width, top), (line, high)),
    ] {
        font::fill(picture, corner, size, colour);
    }
}

/// Pictures ten in a row, each over its text: digits, and `>` between truth and answer.
pub fn sheet(pictures: &[(RgbImage, String)]) -> RgbImage {
    let (cell, text) = (THUMB + EDGE, 20);
    let rows = (pictures.len() as u32).div_ceil(COLUMNS).max(1);
    let columns = (pictures.len() as u32).clamp(1, COLUMNS);
    let size = (columns * cell + EDGE, rows * (cell + text) + EDGE);
    let mut sheet = RgbImage::from_pixel(size.0, size.1, Rgb([255; 3]));
    for (k, (picture, words)) in pictures.iter().enumerate() {
        let (x, y) = (EDGE + k as u32 % COLUMNS * cell, EDGE + k as u32 / COLUMNS * (cell + text));
        let longer = picture.width().max(picture.height()).max(1);
        let fitted = |side: u32| (side * THUMB).div_ceil(longer).clamp(1, THUMB);
        let (width, height) = (fitted(picture.width()), fitted(picture.height()));
        let small = imageops::resize(picture, width, height, imageops::FilterType::Triangle);
        sheet
            .copy_from(&small, x + (THUMB - width) / 2, y + (THUMB - height) / 2)
            .expect("the sheet has room for every picture");
        let middle = (x + THUMB / 2, y + THUMB + text / 2 - 2);
        font::draw(&mut sheet, words, middle, LETTERS[0], Direction::Right, Rgb([0; 3]));
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Digit, Line};

    #[test]
    fn digits_are_framed_and_what_is_none_is_framed_in_red() {
        let grey = Grey { width: 60, height: 50, pixels: vec![255; 3000] };
        let digit = |x, value| Digit {
            bbox: Box { x, y: 20, width: 12, height: 20 },
            value,
            probability: 1.0,
            alternatives: Vec::new(),
            image: [0; 784],
        };
        let digits = vec![digit(5, Some(4)), digit(30, None)];
        let line = Line { text: "4?".to_string(), bbox: digits[0].bbox.and(&digits[1].bbox), digits };
        let drawn =
            overlay(&grey, &Page { lines: vec![line], others: Vec::new(), polarity: None, blank: None });
        let count = |colour| drawn.pixels().filter(|pixel| **pixel == colour).count();
        assert_eq!(drawn.get_pixel(4, 30), &FOUND);
        assert_eq!(drawn.get_pixel(42, 30), &NONE);
        assert!(count(FOUND) > count(NONE), "the digit is written above its box");
    }

    #[test]
    fn boxes_at_the_edges_are_cut_off_and_a_sheet_holds_pictures_of_any_shape() {
        let grey = Grey { width: 3, height: 3, pixels: vec![0; 9] };
        let all = Box { x: 0, y: 0, width: 3, height: 3 };
        let digit =
            Digit { bbox: all, value: Some(1), probability: 1.0, alternatives: Vec::new(), image: [0; 784] };
        let line = Line { text: "1".to_string(), bbox: all, digits: vec![digit] };
        let drawn =
            overlay(&grey, &Page { lines: vec![line], others: Vec::new(), polarity: None, blank: None });
        assert_eq!((drawn.width(), drawn.height()), (3, 3));
        let pictures: Vec<_> = [(1, 1), (500, 2), (3, 900), (112, 112)]
            .map(|(width, height)| (RgbImage::new(width, height), "7 > 1".to_string()))
            .into();
        assert!(sheet(&pictures).width() > 4 * THUMB);
        assert!(sheet(&[]).width() > 0);
    }
}
