//! Resampling: a digit whose pixels are looked up elsewhere.
//!
//! For each pixel p of the distorted digit the point b(p) of the original is computed, by the affine map and the elastic
//! displacement, and its ink interpolated between the four pixels around it (bilinear):
//!
//! ```text
//! x'(p) = (1 - fy) ((1 - fx) x(y, x) + fx x(y, x+1)) + fy ((1 - fx) x(y+1, x) + fx x(y+1, x+1)),
//! b(p) = (y + fy, x + fx)
//! ```
//!
//! Whole numbers do it: points in 1/65,536 of a pixel, the fractions of the interpolation in 1/256. An error of half a 1/256
//! is at most half a grey level, and whole numbers have the same bits at every level of vector instructions. A point beyond
//! the white frame is as white as the frame, so coordinates are clamped there and no look-up needs a condition; the four
//! pixels around a point lie in one 32-bit word, so there is one look-up for each pixel.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::data::{Image, SIDE};

/// Columns of a framed digit, and of a row of displacements: the pixels and what fills up the vectors.
pub(super) const WIDTH: usize = 32;
/// Rows of a framed digit.
const HEIGHT: usize = SIDE + 4;
/// Points in 1/256 of a pixel are clamped to this number of pixels, counted from the frame, of which one is white.
const FARTHEST: i32 = (SIDE as i32 + 1) << 8;

/// A digit in a white frame: pixel (y, x) is at `(y + 1) * WIDTH + x + 1`.
pub(super) type Framed = [u8; WIDTH * HEIGHT];

/// The digit in its frame.
pub(super) fn framed(digit: &Image) -> Framed {
    let mut framed = [0; WIDTH * HEIGHT];
    for (framed, row) in framed[WIDTH..].chunks_exact_mut(WIDTH).zip(digit.chunks_exact(SIDE)) {
        framed[1..=SIDE].copy_from_slice(row);
    }
    framed
}

/// The digit without its frame.
pub(super) fn unframed(framed: &Framed, digit: &mut Image) {
    for (framed, row) in framed[WIDTH..].chunks_exact(WIDTH).zip(digit.chunks_exact_mut(SIDE)) {
        row.copy_from_slice(&framed[1..=SIDE]);
    }
}

/// Displacements in 1/256 of a pixel: a window into rows that repeat themselves.
pub(super) struct Window<'a> {
    pub(super) rows: &'a [i16],
    /// Numbers of a row.
    pub(super) stride: usize,
    /// The row of the first pixels.
    pub(super) first: usize,
    /// The column of the first pixels.
    pub(super) column: usize,
}

impl Window<'_> {
    /// No displacement anywhere.
    pub(super) const NONE: Window<'static> = Window { rows: &[0; WIDTH], stride: WIDTH, first: 0, column: 0 };

    fn row(&self, y: usize) -> &[i16; WIDTH] {
        let y = (self.first + y) % (self.rows.len() / self.stride);
        let row = self.rows[y * self.stride + self.column..].first_chunk();
        row.expect("a row is a window longer than its columns")
    }
}

/// Looks up every pixel where it was.
///
/// `back` is [`super::affine::Affine::back`]; `down` and `right` are added to it.
#[simd]
pub(super) fn warp<S: Simd>(
    simd: S,
    digit: &Framed,
    back: [[f64; 2]; 3],
    [down, right]: &[Window<'_>; 2],
    warped: &mut Image,
) {
    let mut corners = [0u32; WIDTH * WIDTH];
    let at = |from: usize| digit[from..].iter().copied().map(u32::from);
    let pixels = at(0).zip(at(1)).zip(at(WIDTH).zip(at(WIDTH + 1)));
    for (corners, ((a, b), (c, d))) in corners.iter_mut().zip(pixels) {
        *corners = a | b << 8 | c << 16 | d << 24;
    }
    let fixed = |pixels: f64| (pixels * 65536.0).round() as i32;
    let [[y_0, x_0], [y_down, x_down], [y_right, x_right]] = back.map(|point| point.map(fixed));
    // From 1/65,536 to 1/256, rounded, and counted from the frame.
    let place = |fixed: i32, by: i16| (((fixed + 128) >> 8) + 256 + i32::from(by)).clamp(0, FARTHEST) as u32;
    for (y, warped) in warped.chunks_exact_mut(SIDE).enumerate() {
        let (down, right) = (down.row(y), right.row(y));
        let (y_0, x_0) = (y_0 + y as i32 * y_down, x_0 + y as i32 * x_down);
        let mut row = [0; WIDTH];
        for x in 0..WIDTH {
            let from_y = place(y_0 + x as i32 * y_right, down[x]);
            let from_x = place(x_0 + x as i32 * x_right, right[x]);
            let corners =
                corners[((from_y >> 8) as usize * WIDTH + (from_x >> 8) as usize) % (WIDTH * WIDTH)];
            let (fy, fx) = (from_y % 256, from_x % 256);
            let between = |a: u32, b: u32| a * (256 - fx) + b * fx;
            let above = between(corners & 255, corners >> 8 & 255);
            let below = between(corners >> 16 & 255, corners >> 24);
            row[x] = ((above * (256 - fy) + below * fy + 32768) >> 16) as u8;
        }
        warped.copy_from_slice(&row[..SIDE]);
    }
}
