//! Values as pictures: signed values in blue and red, ink in grey; and pictures as text for a page.

use std::io::Cursor;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, Rgba, RgbaImage};

use crate::data::normalise::{BACKGROUND, FOREGROUND};

/// The colour of the most positive value.
pub(crate) const RED: [u8; 3] = [206, 44, 32];
/// The colour of the most negative value.
pub(crate) const BLUE: [u8; 3] = [38, 96, 214];
/// Between maps, half transparent so that it suits light and dark.
const BETWEEN: Rgba<u8> = Rgba([128, 132, 140, 120]);

/// How maps lie in a picture.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    /// Rows of a map.
    pub(crate) rows: usize,
    /// Columns of a map.
    pub(crate) columns: usize,
    /// Maps side by side.
    pub(crate) across: usize,
}

impl Grid {
    /// One map.
    pub(crate) const fn one(rows: usize, columns: usize) -> Grid {
        Grid { rows, columns, across: 1 }
    }

    /// Columns and rows of the picture of so many values.
    pub(crate) fn size(&self, values: usize) -> (u32, u32) {
        let maps = values / (self.rows * self.columns);
        let across = self.across.min(maps);
        let down = maps.div_ceil(across);
        ((across * (self.columns + 1) - 1) as u32, (down * (self.rows + 1) - 1) as u32)
    }

    /// A pixel per value, maps row after row of the grid, a line of one pixel between them.
    fn draw(&self, values: &[f32], colour: impl Fn(f32) -> Rgba<u8>) -> RgbaImage {
        let maps: Vec<&[f32]> = values.chunks(self.rows * self.columns).collect();
        let across = self.across.min(maps.len());
        let (width, height) = self.size(values.len());
        RgbaImage::from_fn(width, height, |x, y| {
            let (x, y) = (x as usize, y as usize);
            let map = y / (self.rows + 1) * across + x / (self.columns + 1);
            let (row, column) = (y % (self.rows + 1), x % (self.columns + 1));
            let inside = row < self.rows && column < self.columns && map < maps.len();
            if inside { colour(maps[map][row * self.columns + column]) } else { BETWEEN }
        })
    }
}

/// Signed values: -`scale` is blue, `scale` red, zero has no colour of its own, so that the ground shows, whatever it is.
pub(crate) fn signed(values: &[f32], grid: Grid, scale: f32) -> RgbaImage {
    grid.draw(values, |value| {
        let [r, g, b] = if value < 0.0 { BLUE } else { RED };
        Rgba([r, g, b, ((value / scale).abs().min(1.0) * 255.0).round() as u8])
    })
}

/// Inputs of the network as ink on white paper.
pub(crate) fn ink(values: &[f32], grid: Grid) -> RgbaImage {
    grid.draw(values, |value| {
        let ink = ((value - BACKGROUND) / (FOREGROUND - BACKGROUND)).clamp(0.0, 1.0);
        let grey = 255 - (ink * 255.0).round() as u8;
        Rgba([grey, grey, grey, 255])
    })
}

/// The largest absolute value, and never zero: what [`signed`] can scale with.
pub(crate) fn largest(values: &[f32]) -> f32 {
    values.iter().fold(f32::MIN_POSITIVE, |largest, value| largest.max(value.abs()))
}

/// A picture as an address that contains it.
pub(crate) fn data_uri(picture: &RgbaImage) -> String {
    let mut bytes = Cursor::new(Vec::new());
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::NoFilter)
        .write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgba8)
        .expect("a picture of these sizes is a PNG in memory");
    format!("data:image/png;base64,{}", STANDARD.encode(bytes.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_scale_have_full_colour_and_zero_has_none() {
        let picture = signed(&[-2.0, 0.0, 1.0, 4.0], Grid::one(2, 2), 2.0);
        let pixel = |x, y| picture.get_pixel(x, y).0;
        assert_eq!(pixel(0, 0), [BLUE[0], BLUE[1], BLUE[2], 255]);
        assert_eq!(pixel(1, 0)[3], 0);
        assert_eq!(pixel(0, 1), [RED[0], RED[1], RED[2], 128]);
        assert_eq!(pixel(1, 1)[3], 255, "beyond the scale is its end");
        assert_eq!(
            ink(&[BACKGROUND, FOREGROUND], Grid::one(1, 2)).as_raw()[..],
            [255, 255, 255, 255, 0, 0, 0, 255]
        );
    }

    #[test]
    fn maps_lie_row_after_row_with_a_line_between() {
        let values: Vec<f32> = (0..5).flat_map(|map| [map as f32 / 4.0; 4]).collect();
        let picture = signed(&values, Grid { rows: 2, columns: 2, across: 3 }, 1.0);
        assert_eq!(picture.dimensions(), (8, 5));
        assert_eq!((picture.get_pixel(6, 0).0[3], picture.get_pixel(0, 3).0[3]), (128, 191));
        for (x, y) in [(2, 0), (0, 2), (7, 4)] {
            assert_eq!(*picture.get_pixel(x, y), BETWEEN, "({x}, {y})");
        }
    }
}
