//! Lettering for pictures, in DejaVu Sans.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use image::{Rgb, RgbImage};

static FONT: LazyLock<FontRef<'_>> = LazyLock::new(|| {
    FontRef::try_from_slice(include_bytes!("../../fonts/DejaVuSans-ascii.ttf"))
        .expect("the font that comes with the program is a font")
});

/// How high a digit is, as a share of a line from the lowest letter's foot to the highest one's head.
const DIGIT: f32 = 0.626;

/// Which way a text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Right,
    Up,
}

/// Letters whose digits and capitals are so many pixels high.
fn scale(height: u32) -> PxScale {
    PxScale::from(height as f32 / DIGIT)
}

/// How long a text is in pixels, with digits and capitals so many pixels high.
pub(in crate::report) fn length(text: &str, height: u32) -> u32 {
    let font = FONT.as_scaled(scale(height));
    text.chars().map(|letter| font.h_advance(font.glyph_id(letter))).sum::<f32>().ceil() as u32
}

/// Draws a text, digits and capitals so many pixels high, with the middle of such a line at `middle`. Characters that are not ASCII leave a
/// gap; what falls outside the picture is cut off.
pub(crate) fn draw(
    picture: &mut RgbImage,
    text: &str,
    middle: (u32, u32),
    height: u32,
    direction: Direction,
    ink: Rgb<u8>,
) {
    let font = FONT.as_scaled(scale(height));
    let mut along = (length(text, height) as f32 / -2.0).round();
    let foot = (height as f32 / 2.0).round();
    for letter in text.chars() {
        let glyph = font.glyph_id(letter);
        let placed = glyph.with_scale_and_position(font.scale(), point(along, foot));
        along += font.h_advance(glyph);
        let Some(outline) = letter.is_ascii().then(|| font.outline_glyph(placed)).flatten() else { continue };
        let corner = outline.px_bounds().min;
        outline.draw(|x, y, share| {
            let (x, y) = (corner.x as i64 + i64::from(x), corner.y as i64 + i64::from(y));
            let (x, y) = if direction == Direction::Right { (x, y) } else { (y, -1 - x) };
            put(picture, (i64::from(middle.0) + x, i64::from(middle.1) + y), ink, share);
        });
    }
}

/// Covers a share of a pixel, if the picture has it.
fn put(picture: &mut RgbImage, (x, y): (i64, i64), ink: Rgb<u8>, share: f32) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
    let Some(pixel) = picture.get_pixel_mut_checked(x, y) else { return };
    for (under, over) in pixel.0.iter_mut().zip(ink.0) {
        let (from, to) = (f32::from(*under), f32::from(over));
        *under = (from + (to - from) * share.clamp(0.0, 1.0)).round() as u8;
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

    fn white() -> RgbImage {
        RgbImage::from_pixel(100, 100, Rgb([255; 3]))
    }

    /// The first and the last column and row with ink.
    fn ink(picture: &RgbImage) -> [u32; 4] {
        let dark = picture.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[0] < 128);
        dark.fold([u32::MAX, 0, u32::MAX, 0], |[left, right, top, bottom], (x, y, _)| {
            [left.min(x), right.max(x), top.min(y), bottom.max(y)]
        })
    }

    #[test]
    fn a_digit_is_as_high_as_asked_for_and_in_the_middle() {
        for height in [8, 20, 41, 60] {
            let mut picture = white();
            draw(&mut picture, "0", (50, 50), height, Direction::Right, BLACK);
            let [left, right, top, bottom] = ink(&picture);
            assert!((bottom + 1 - top).abs_diff(height) <= 1 + height / 20, "{height}: {top} to {bottom}");
            assert!(
                (left + right + 1).abs_diff(100) <= 3 && (top + bottom + 1).abs_diff(100) <= 3,
                "{height}"
            );
        }
    }

    #[test]
    fn every_character_of_ascii_has_a_form_but_the_space_and_others_leave_a_gap() {
        for letter in ' '..='~' {
            let mut picture = white();
            draw(&mut picture, &letter.to_string(), (50, 50), 40, Direction::Right, BLACK);
            assert_eq!(picture == white(), letter == ' ', "{letter:?}");
            assert!(length(&letter.to_string(), 40) > 5, "{letter:?}");
        }
        let mut picture = white();
        draw(&mut picture, "\u{3b1}\n", (50, 50), 40, Direction::Right, BLACK);
        assert_eq!(picture, white());
    }

    #[test]
    fn text_upwards_is_text_turned_by_a_quarter() {
        let (mut right, mut up) = (white(), white());
        draw(&mut right, "truth", (50, 50), 18, Direction::Right, BLACK);
        draw(&mut up, "truth", (50, 50), 18, Direction::Up, BLACK);
        assert_eq!(image::imageops::rotate270(&right), up);
    }

    #[test]
    fn drawing_over_the_edge_is_cut_off() {
        let mut picture = RgbImage::new(5, 5);
        draw(&mut picture, "00>?", (4, 4), 30, Direction::Up, Rgb([255; 3]));
        draw(&mut picture, "", (4, 4), 30, Direction::Up, Rgb([255; 3]));
        assert_eq!(length("", 30), 0);
    }
}
