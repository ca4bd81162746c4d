//! Thicker and thinner strokes.
//!
//! Grey-scale dilation takes the darkest of a pixel and its four neighbours, erosion the lightest: a stroke gains or loses a
//! pixel on either side. A change by less is a blend,
//!
//! ```text
//! x' = x + |w| / 2 (max or min over the five pixels - x),
//! ```
//!
//! with w the change of width in pixels, from -2 to 2.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::warp::{Framed, WIDTH};
use crate::data::SIDE;

/// Changes the width of the strokes by that many pixels, from -2 to 2.
#[simd]
pub(super) fn widen<S: Simd>(simd: S, digit: &mut Framed, pixels: f64) {
    let share = (pixels.abs().min(2.0) * 128.0).round() as i32;
    if pixels > 0.0 {
        blend(digit, share, u8::max);
    } else {
        blend(digit, share, u8::min);
    }
}

/// Blends every pixel with what `pick` leaves of it and its neighbours, in 1/256.
#[inline(always)]
fn blend(digit: &mut Framed, share: i32, pick: impl Fn(u8, u8) -> u8) {
    let before = *digit;
    let inside = WIDTH..WIDTH * (SIDE + 1);
    let from = |start: usize| before[start..][..inside.len()].iter().copied();
    let beside = from(inside.start - 1).zip(from(inside.start + 1));
    let above_and_below = from(0).zip(from(2 * WIDTH));
    for ((pixel, (a, b)), (c, d)) in digit[inside].iter_mut().zip(beside).zip(above_and_below) {
        let end = pick(pick(pick(a, b), pick(c, d)), *pixel);
        let (end, begin) = (i32::from(end), i32::from(*pixel));
        *pixel = (begin + ((share * (end - begin) + 128) >> 8)) as u8;
    }
    // The frame stays white.
    for row in digit.chunks_exact_mut(WIDTH) {
        row[0] = 0;
        row[SIDE + 1..].fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::warp::{framed, unframed};
    use super::*;
    use crate::data::Image;
    use fearless_simd::{Level, dispatch};
    use rand::{Rng, SeedableRng, rngs::ChaCha8Rng};

    /// Pixel by pixel.
    fn slowly(image: &Image, pixels: f64) -> [f64; 784] {
        let at = |y: usize, x: usize, dy: isize, dx: isize| {
            let (y, x) = (y as isize + dy, x as isize + dx);
            let inside = (0..28).contains(&y) && (0..28).contains(&x);
            if inside { f64::from(image[(y * 28 + x) as usize]) } else { 0.0 }
        };
        std::array::from_fn(|k| {
            let neighbours = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)];
            let all = neighbours.map(|(dy, dx)| at(k / 28, k % 28, dy, dx));
            let pick = if pixels > 0.0 { f64::max } else { f64::min };
            all[0] + pixels.abs() / 2.0 * (all.into_iter().reduce(pick).unwrap() - all[0])
        })
    }

    #[test]
    fn every_width_is_what_it_is_pixel_by_pixel() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let image: Image = std::array::from_fn(|_| (random.next_u32() >> 24) as u8);
        for pixels in [-2.0, -1.3, -0.01, 0.0, 0.5, 1.0, 2.0] {
            let (mut frame, mut widened) = (framed(&image), [0; 784]);
            dispatch!(Level::new(), simd => widen(simd, &mut frame, pixels));
            unframed(&frame, &mut widened);
            for (k, (found, expected)) in widened.iter().zip(slowly(&image, pixels)).enumerate() {
                // Half a grey level, and half a 256th of 255.
                assert!((f64::from(*found) - expected).abs() <= 1.0, "{pixels} {k}: {found} {expected}");
            }
            assert!(pixels != 0.0 || widened == image);
        }
    }

    #[test]
    fn a_line_gains_and_loses_two_pixels_and_the_frame_stays_white() {
        let line: Image = std::array::from_fn(|k| if (10..14).contains(&(k % 28)) { 255 } else { 0 });
        let width = |pixels| {
            let mut frame = framed(&line);
            dispatch!(Level::new(), simd => widen(simd, &mut frame, pixels));
            assert!(frame[..WIDTH].iter().chain(&frame[WIDTH * (SIDE + 1)..]).all(|pixel| *pixel == 0));
            frame[14 * WIDTH..][..WIDTH].iter().map(|pixel| f64::from(*pixel)).sum::<f64>() / 255.0
        };
        for pixels in [-2.0, -1.0, 0.0, 0.5, 2.0] {
            assert!((width(pixels) - 4.0 - pixels).abs() < 0.02, "{pixels}: {}", width(pixels));
        }
    }
}
