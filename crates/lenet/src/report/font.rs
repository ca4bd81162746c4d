//! Lettering for pictures: the ten digits are the paper's own 7x12 bitmaps (Fig. 3), small letters and a few other
//! characters are drawn to match them.

use image::{Rgb, RgbImage};

use crate::paper::{BITMAPS, CODE_COLUMNS, CODE_ROWS};

/// Pixels from the left edge of a character to that of the next, before enlargement.
const ADVANCE: u32 = CODE_COLUMNS as u32 + 1;

type Glyph = [[u8; CODE_COLUMNS]; CODE_ROWS];

/// The letters and a few other characters, on the grid of Fig. 3: x-height 6, base line below row 9.
#[rustfmt::skip]
const EXTRA: [(char, Glyph); 30] = [
    ('%', [*b".......", *b"##....#", *b"##...##", *b"....##.", *b"....##.", *b"...##..",
           *b"..##...", *b"..##...", *b"##...##", *b"#....##", *b".......", *b"......."]),
    ('-', [*b".......", *b".......", *b".......", *b".......", *b".......", *b".......",
           *b".#####.", *b".......", *b".......", *b".......", *b".......", *b"......."]),
    ('.', [*b".......", *b".......", *b".......", *b".......", *b".......", *b".......",
           *b".......", *b".......", *b"..##...", *b"..##...", *b".......", *b"......."]),
    ('>', [*b".......", *b".......", *b".......", *b".##....", *b"...##..", *b".....##",
           *b".....##", *b"...##..", *b".##....", *b".......", *b".......", *b"......."]),
    ('a', [*b".......", *b".......", *b".......", *b".......", *b".####..", *b"....##.",
           *b".#####.", *b"##..##.", *b"##..##.", *b".###.##", *b".......", *b"......."]),
    ('b', [*b"##.....", *b"##.....", *b"##.....", *b"##.....", *b"######.", *b"##...##",
           *b"##...##", *b"##...##", *b"##...##", *b"######.", *b".......", *b"......."]),
    ('c', [*b".......", *b".......", *b".......", *b".......", *b".#####.", *b"##...##",
           *b"##.....", *b"##.....", *b"##...##", *b".#####.", *b".......", *b"......."]),
    ('d', [*b".....##", *b".....##", *b".....##", *b".....##", *b".######", *b"##...##",
           *b"##...##", *b"##...##", *b"##...##", *b".######", *b".......", *b"......."]),
    ('e', [*b".......", *b".......", *b".......", *b".......", *b".#####.", *b"##...##",
           *b"#######", *b"##.....", *b"##...##", *b".#####.", *b".......", *b"......."]),
    ('f', [*b"...###.", *b"..##.##", *b"..##...", *b"..##...", *b"######.", *b"..##...",
           *b"..##...", *b"..##...", *b"..##...", *b"..##...", *b".......", *b"......."]),
    ('g', [*b".......", *b".......", *b".......", *b".......", *b".######", *b"##...##",
           *b"##...##", *b"##...##", *b".######", *b".....##", *b".....##", *b".#####."]),
    ('h', [*b"##.....", *b"##.....", *b"##.....", *b"##.....", *b"##.###.", *b"###..##",
           *b"##...##", *b"##...##", *b"##...##", *b"##...##", *b".......", *b"......."]),
    ('i', [*b".......", *b"..##...", *b"..##...", *b".......", *b".###...", *b"..##...",
           *b"..##...", *b"..##...", *b"..##...", *b".####..", *b".......", *b"......."]),
    ('j', [*b".......", *b"....##.", *b"....##.", *b".......", *b"...###.", *b"....##.",
           *b"....##.", *b"....##.", *b"....##.", *b"....##.", *b"##..##.", *b".####.."]),
    ('k', [*b"##.....", *b"##.....", *b"##.....", *b"##.....", *b"##..##.", *b"##.##..",
           *b"####...", *b"####...", *b"##.##..", *b"##..##.", *b".......", *b"......."]),
    ('l', [*b".###...", *b"..##...", *b"..##...", *b"..##...", *b"..##...", *b"..##...",
           *b"..##...", *b"..##...", *b"..##...", *b".####..", *b".......", *b"......."]),
    ('m', [*b".......", *b".......", *b".......", *b".......", *b"######.", *b"##.#.##",
           *b"##.#.##", *b"##.#.##", *b"##.#.##", *b"##.#.##", *b".......", *b"......."]),
    ('n', [*b".......", *b".......", *b".......", *b".......", *b"##.###.", *b"###..##",
           *b"##...##", *b"##...##", *b"##...##", *b"##...##", *b".......", *b"......."]),
    ('o', [*b".......", *b".......", *b".......", *b".......", *b".#####.", *b"##...##",
           *b"##...##", *b"##...##", *b"##...##", *b".#####.", *b".......", *b"......."]),
    ('p', [*b".......", *b".......", *b".......", *b".......", *b"######.", *b"##...##",
           *b"##...##", *b"##...##", *b"##...##", *b"######.", *b"##.....", *b"##....."]),
    ('q', [*b".......", *b".......", *b".......", *b".......", *b".######", *b"##...##",
           *b"##...##", *b"##...##", *b"##...##", *b".######", *b".....##", *b".....##"]),
    ('r', [*b".......", *b".......", *b".......", *b".......", *b"##.###.", *b"###..##",
           *b"##.....", *b"##.....", *b"##.....", *b"##.....", *b".......", *b"......."]),
    ('s', [*b".......", *b".......", *b".......", *b".......", *b".#####.", *b"##.....",
           *b".####..", *b"...###.", *b".....##", *b".#####.", *b".......", *b"......."]),
    ('t', [*b".......", *b"..##...", *b"..##...", *b"..##...", *b"######.", *b"..##...",
           *b"..##...", *b"..##...", *b"..##.##", *b"...###.", *b".......", *b"......."]),
    ('u', [*b".......", *b".......", *b".......", *b".......", *b"##...##", *b"##...##",
           *b"##...##", *b"##...##", *b"##..###", *b".###.##", *b".......", *b"......."]),
    ('v', [*b".......", *b".......", *b".......", *b".......", *b"##...##", *b"##...##",
           *b"##...##", *b".##.##.", *b".##.##.", *b"..###..", *b".......", *b"......."]),
    ('w', [*b".......", *b".......", *b".......", *b".......", *b"##...##", *b"##...##",
           *b"##.#.##", *b"##.#.##", *b"#######", *b".##.##.", *b".......", *b"......."]),
    ('x', [*b".......", *b".......", *b".......", *b".......", *b"##...##", *b".##.##.",
           *b"..###..", *b"..###..", *b".##.##.", *b"##...##", *b".......", *b"......."]),
    ('y', [*b".......", *b".......", *b".......", *b".......", *b"##...##", *b"##...##",
           *b"##...##", *b"##...##", *b".######", *b".....##", *b".....##", *b".#####."]),
    ('z', [*b".......", *b".......", *b".......", *b".......", *b"#######", *b"....##.",
           *b"...##..", *b"..##...", *b".##....", *b"#######", *b".......", *b"......."]),
];

fn glyph(character: char) -> Option<&'static Glyph> {
    match character.to_digit(10) {
        Some(digit) => Some(&BITMAPS[digit as usize]),
        None => EXTRA.iter().find(|(known, _)| *known == character).map(|(_, glyph)| glyph),
    }
}

/// Which way a text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Right,
    Up,
}

/// Length and height of a text in pixels, every dot of a bitmap being `dot` x `dot` pixels.
pub(super) fn size(text: &str, dot: u32) -> (u32, u32) {
    ((text.chars().count() as u32 * ADVANCE).saturating_sub(1) * dot, CODE_ROWS as u32 * dot)
}

/// Draws a text whose middle is at `middle`. Characters without a bitmap leave a gap; what falls outside the
/// picture is cut off.
pub(crate) fn draw(
    picture: &mut RgbImage,
    text: &str,
    middle: (u32, u32),
    dot: u32,
    direction: Direction,
    ink: Rgb<u8>,
) {
    let (length, height) = size(text, dot);
    let (width, height) = if direction == Direction::Right { (length, height) } else { (height, length) };
    let (left, top) = (middle.0.saturating_sub(width / 2), middle.1.saturating_sub(height / 2));
    for (k, character) in text.chars().enumerate() {
        let Some(glyph) = glyph(character) else { continue };
        for (row, dots) in glyph.iter().enumerate() {
            for (column, _) in dots.iter().enumerate().filter(|(_, dot)| **dot == b'#') {
                let along = (k as u32 * ADVANCE + column as u32) * dot;
                let across = row as u32 * dot;
                let (x, y) = match direction {
                    Direction::Right => (left + along, top + across),
                    Direction::Up => (left + across, (top + height).saturating_sub(along + dot)),
                };
                fill(picture, (x, y), (dot, dot), ink);
            }
        }
    }
}

/// Fills a rectangle, as far as it is inside the picture.
pub(crate) fn fill(picture: &mut RgbImage, corner: (u32, u32), size: (u32, u32), colour: Rgb<u8>) {
    for y in corner.1..(corner.1 + size.1).min(picture.height()) {
        for x in corner.0..(corner.0 + size.0).min(picture.width()) {
            picture.put_pixel(x, y, colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Rgb<u8> = Rgb([0; 3]);

    #[test]
    fn a_digit_is_the_papers_bitmap() {
        let mut picture = RgbImage::from_pixel(7, 12, Rgb([255; 3]));
        draw(&mut picture, "4", (3, 6), 1, Direction::Right, BLACK);
        for (x, y, pixel) in picture.enumerate_pixels() {
            assert_eq!(*pixel == BLACK, BITMAPS[4][y as usize][x as usize] == b'#', "({x}, {y})");
        }
    }

    #[test]
    fn text_upwards_is_text_turned_by_a_quarter() {
        let mut right = RgbImage::from_pixel(100, 100, Rgb([255; 3]));
        let mut up = right.clone();
        draw(&mut right, "truth", (50, 50), 2, Direction::Right, BLACK);
        draw(&mut up, "truth", (50, 50), 2, Direction::Up, BLACK);
        let ink = |picture: &RgbImage| picture.pixels().filter(|pixel| **pixel == BLACK).count();
        assert!(ink(&right) > 0 && ink(&right) == ink(&up));
        let turned = image::imageops::rotate270(&right);
        let first =
            |picture: &RgbImage| picture.enumerate_pixels().find(|p| *p.2 == BLACK).map(|p| (p.0, p.1));
        let (a, b) = (first(&turned).unwrap(), first(&up).unwrap());
        assert!(a.0.abs_diff(b.0) <= 2 && a.1.abs_diff(b.1) <= 2, "{a:?} {b:?}");
    }

    #[test]
    fn drawing_over_the_edge_is_cut_off() {
        let mut picture = RgbImage::new(5, 5);
        draw(&mut picture, "00>?", (4, 4), 3, Direction::Up, BLACK);
        assert_eq!(size("", 3), (0, 36));
    }
}
