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

#[cfg(test)]
mod tests {
    use super::super::affine::Affine;
    use super::super::shift::shifted;
    use super::*;
    use crate::kernels::level;
    use fearless_simd::{Level, dispatch};
    use rand::{Rng, SeedableRng, rngs::ChaCha8Rng};

    const ROWS: usize = 50;
    const STRIDE: usize = 70;
    const IDENTITY: Affine =
        Affine { translation: [0.0; 2], scale: 1.0, squeeze: 1.0, shear: 0.0, rotation: 0.0 };

    fn image(random: &mut ChaCha8Rng) -> Image {
        std::array::from_fn(|_| (random.next_u32() >> 24) as u8)
    }

    /// Pixel by pixel, at points with all their digits.
    fn slowly(digit: &Image, back: [[f64; 2]; 3], windows: &[Window<'_>; 2]) -> [f64; 784] {
        let ink = |y: f64, x: f64| {
            let inside = (0.0..28.0).contains(&y) && (0.0..28.0).contains(&x);
            if inside { f64::from(digit[y as usize * 28 + x as usize]) } else { 0.0 }
        };
        std::array::from_fn(|k| {
            let (y, x) = (k / 28, k % 28);
            let [y, x] = [0, 1].map(|axis| {
                let Window { rows, stride, first, column } = windows[axis];
                let displacement = rows[(first + y) % (rows.len() / stride) * stride + column + x];
                let [origin, down, right] = back.map(|point| point[axis]);
                origin + down * y as f64 + right * x as f64 + f64::from(displacement) / 256.0
            });
            let (fy, fx) = (y - y.floor(), x - x.floor());
            let along = |y: f64| (1.0 - fx) * ink(y, x.floor()) + fx * ink(y, x.floor() + 1.0);
            (1.0 - fy) * along(y.floor()) + fy * along(y.floor() + 1.0)
        })
    }

    #[test]
    fn every_pixel_is_looked_up_where_it_was_with_the_same_bits_at_every_level() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let affines = [
            IDENTITY,
            Affine { translation: [1.3, -0.7], ..IDENTITY },
            Affine { scale: 0.5, squeeze: 1.5, translation: [-8.0, 8.0], ..IDENTITY },
            Affine { scale: 1.5, shear: -1.0, ..IDENTITY },
            Affine { rotation: 2.5, squeeze: 0.5, ..IDENTITY },
            Affine { rotation: -0.2, scale: 0.9, squeeze: 1.1, shear: 0.3, translation: [0.2, 2.9] },
        ];
        for affine in affines {
            for strength in [0, 300, 5000, 32767] {
                let digit = image(&mut random);
                let mut rows = || -> Vec<i16> {
                    let mut displacement =
                        || (i64::from(random.next_u32() as i32) * strength / (1 << 31)) as i16;
                    (0..ROWS * STRIDE).map(|_| displacement()).collect()
                };
                let rows = [rows(), rows()];
                let window =
                    |k: usize, first, column| Window { rows: &rows[k], stride: STRIDE, first, column };
                let windows = [window(0, 0, 38), window(1, 49, 3)];
                let expected = slowly(&digit, affine.back(), &windows);
                let mut all = level::available().into_iter().map(|(name, level)| {
                    let (mut warped, framed) = ([1; 784], framed(&digit));
                    let back = affine.back();
                    dispatch!(level, simd => warp(simd, &framed, back, &windows, &mut warped));
                    (name, warped)
                });
                let (_, first) = all.next().unwrap();
                for (k, (found, expected)) in first.iter().zip(expected).enumerate() {
                    // Half a 256th of a pixel in each direction, where neighbours differ by 255, and half a grey level.
                    let off = (f64::from(*found) - expected).abs();
                    assert!(off < 1.6, "{affine:?} {strength} {k}: {found} {expected}");
                }
                all.for_each(|(name, warped)| assert!(warped == first, "{name} {affine:?} {strength}"));
            }
        }
    }

    #[test]
    fn whole_pixels_are_shifts_bit_for_bit() {
        let digit = image(&mut ChaCha8Rng::seed_from_u64(3));
        for [dy, dx] in [[0, 0], [1, 0], [0, -1], [-3, 8], [16, -16], [28, 3], [-28, 0], [-40, 40]] {
            let affine = Affine { translation: [f64::from(dy), f64::from(dx)], ..IDENTITY };
            let (mut warped, framed) = ([1; 784], framed(&digit));
            let windows = [Window::NONE, Window::NONE];
            dispatch!(Level::new(), simd => warp(simd, &framed, affine.back(), &windows, &mut warped));
            assert!(warped == shifted(&digit, [dy as i8, dx as i8]), "{dy} {dx}");
        }
    }

    #[test]
    fn a_frame_comes_off_again() {
        let digit = image(&mut ChaCha8Rng::seed_from_u64(4));
        let mut again = [0; 784];
        unframed(&framed(&digit), &mut again);
        assert!(again == digit);
        let ink = |pixels: &[u8]| pixels.iter().map(|ink| u32::from(*ink)).sum::<u32>();
        assert_eq!(ink(&framed(&digit)), ink(&digit), "the frame is white");
    }
}
