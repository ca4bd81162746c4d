//! The same as a picture: kernels, then a row of states for each digit.

use image::{Rgb, RgbImage, RgbaImage};

use super::digits::{SHOWN, picture};
use super::{Subject, look};
use crate::kernels::{KERNEL, TAPS};
use crate::net::{LENET5, State};
use crate::paper::TABLE_I;
use crate::report::font::{Direction, draw, fill, length};
use crate::report::paint::{Grid, largest, signed};

const PAPER: Rgb<u8> = Rgb([255; 3]);
const INK: Rgb<u8> = Rgb([24, 28, 36]);
const FAINT: Rgb<u8> = Rgb([120, 126, 136]);
const LINE: Rgb<u8> = Rgb([214, 218, 226]);
const WRONG: Rgb<u8> = Rgb([196, 48, 24]);
const RIGHT: Rgb<u8> = Rgb([31, 122, 77]);

/// Pixels that a digit or capital is high in words, and in small ones.
const WORDS: u32 = 18;
const SMALL: u32 = 11;
/// Pixels around everything, and between a picture and the next.
const MARGIN: u32 = 24;
/// Pixels of a row's label at the left.
const LABEL: u32 = 84;
/// Height of a digit's row; its pictures are as tall as whole enlargements make them.
const HEIGHT: u32 = 172;
/// Pixels of a heading.
const HEADING: u32 = 36;
/// Pixels for a weight of C1 and of C3.
const KERNEL_ZOOM: (u32, u32) = (18, 7);
/// Pixels of the longest bar of the output.
const BAR: u32 = 160;

/// The contact sheet: the kernels of C1 and, as Table I has them, of C3; below, for each digit of `shown`, truth>answer, its
/// index, and the states of every layer. Colours as on the page: blue negative, red positive, each layer's kernels to their
/// own scale, states to that of the squashing function.
///
/// # Panics
/// When an index of `shown` lies outside the digits.
pub fn sheet(subject: &Subject<'_>, shown: &[usize]) -> RgbImage {
    let (c1_zoom, c3_zoom) = KERNEL_ZOOM;
    let columns = columns();
    let width = columns[SHOWN.len()] + 20 + BAR + MARGIN;
    let row = HEIGHT + MARGIN;
    let top = MARGIN + HEADING + LENET5.s2.maps as u32 * pitch(c3_zoom) + MARGIN + HEADING;
    let mut sheet = RgbImage::from_pixel(width, top + row * shown.len() as u32 + MARGIN, PAPER);

    let heading = |sheet: &mut RgbImage, text, left, line| {
        draw(sheet, text, (left + length(text, WORDS) / 2, line), WORDS, Direction::Right, FAINT);
    };
    heading(&mut sheet, "C1", MARGIN, MARGIN + 12);
    let c1 = (0..LENET5.c1.table.len() as u32).map(|o| (o % 3, o / 3));
    kernels(&mut sheet, subject.parameters.view(LENET5.c1.weights()), c1, MARGIN, c1_zoom);
    let left = MARGIN + 3 * pitch(c1_zoom) + 2 * MARGIN;
    heading(&mut sheet, "C3", left, MARGIN + 12);
    let c3 = TABLE_I.iter().zip(0u32..).flat_map(|(maps, o)| maps.iter().map(move |&i| (o, i as u32)));
    kernels(&mut sheet, subject.parameters.view(LENET5.c3.weights()), c3, left, c3_zoom);

    for (shown, left) in SHOWN.iter().zip(columns) {
        heading(&mut sheet, shown.name, left, top - 20);
    }
    for (k, &index) in shown.iter().enumerate() {
        digit(&mut sheet, subject, index, top + k as u32 * row, &columns);
    }
    sheet
}

/// Pixels from the left edge of a kernel to that of the next.
const fn pitch(zoom: u32) -> u32 {
    KERNEL as u32 * zoom + 8
}

/// Kernels at their (column, row) below a heading, all to the scale of the largest weight.
fn kernels(
    sheet: &mut RgbImage,
    weights: &[f32],
    places: impl Iterator<Item = (u32, u32)>,
    left: u32,
    zoom: u32,
) {
    let scale = largest(weights);
    for ((column, row), kernel) in places.zip(weights.chunks_exact(TAPS)) {
        let corner = (left + column * pitch(zoom), MARGIN + HEADING + row * pitch(zoom));
        paste(sheet, &signed(kernel, Grid::one(KERNEL, KERNEL), scale), corner, zoom);
    }
}

/// Where the pictures of a row begin, and where the output does.
fn columns() -> [u32; SHOWN.len() + 1] {
    let layers = State::new().layers();
    let mut left = MARGIN + LABEL;
    let mut columns = [left; SHOWN.len() + 1];
    for (k, (shown, (_, values))) in SHOWN.iter().zip(&layers).enumerate() {
        let (width, height) = shown.grid.size(values.len());
        left += width * (HEIGHT / height) + MARGIN;
        columns[k + 1] = left;
    }
    columns
}

/// A row: what the digit is and is taken for, the states, the penalties.
fn digit(sheet: &mut RgbImage, subject: &Subject<'_>, index: usize, top: u32, columns: &[u32]) {
    let state = look(subject, index);
    let (truth, answer) = (subject.digits.labels[index], state.class());
    let ink = if truth == answer { RIGHT } else { WRONG };
    let middle = MARGIN + LABEL / 2 - 10;
    draw(sheet, &truth.to_string(), (middle - 20, top + HEIGHT / 2 - 16), WORDS, Direction::Right, INK);
    draw(sheet, ">", (middle, top + HEIGHT / 2 - 16), WORDS, Direction::Right, FAINT);
    draw(sheet, &answer.to_string(), (middle + 20, top + HEIGHT / 2 - 16), WORDS, Direction::Right, ink);
    draw(sheet, &index.to_string(), (middle, top + HEIGHT / 2 + 14), SMALL, Direction::Right, FAINT);
    for ((shown, (_, values)), &left) in SHOWN.iter().zip(&state.layers()).zip(columns) {
        let picture = picture(shown, values);
        paste(sheet, &picture, (left, top), HEIGHT / picture.height());
    }
    let left = columns[SHOWN.len()];
    let largest = state.output().iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    for (class, penalty) in (0u8..).zip(state.output()) {
        let colour = match class {
            class if class == truth => RIGHT,
            class if class == answer => WRONG,
            _ => FAINT,
        };
        let line = top + u32::from(class) * HEIGHT / 10;
        draw(sheet, &class.to_string(), (left + 4, line + 7), SMALL, Direction::Right, INK);
        let length = (penalty / largest * BAR as f32).round() as u32;
        fill(sheet, (left + 16, line + 2), (length, 10), colour);
    }
}

/// Lays a picture over the sheet, enlarged, with a thin line around it.
fn paste(sheet: &mut RgbImage, picture: &RgbaImage, corner: (u32, u32), zoom: u32) {
    let size = (picture.width() * zoom, picture.height() * zoom);
    fill(sheet, (corner.0 - 1, corner.1 - 1), (size.0 + 2, size.1 + 2), LINE);
    for (x, y, pixel) in picture.enumerate_pixels() {
        let [r, g, b, alpha] = pixel.0.map(u32::from);
        let over_paper = |colour| ((colour * alpha + 255 * (255 - alpha)) / 255) as u8;
        let colour = Rgb([r, g, b].map(over_paper));
        fill(sheet, (corner.0 + x * zoom, corner.1 + y * zoom), (zoom, zoom), colour);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_picture_is_enlarged_and_shows_paper_through() {
        let mut sheet = RgbImage::from_pixel(8, 8, INK);
        let picture = RgbaImage::from_raw(2, 1, vec![200, 0, 0, 255, 200, 0, 0, 0]).unwrap();
        paste(&mut sheet, &picture, (2, 2), 2);
        let pixel = |x, y| *sheet.get_pixel(x, y);
        assert_eq!((pixel(1, 1), pixel(6, 4), pixel(0, 0)), (LINE, LINE, INK));
        assert_eq!((pixel(3, 3), pixel(4, 2)), (Rgb([200, 0, 0]), PAPER));
    }
}
