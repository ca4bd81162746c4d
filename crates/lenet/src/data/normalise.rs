//! The one place where grey levels become the network's input: scaling and the 32x32 frame.
//!
//! Page 7 gives the two ends of the scale, -0.1 for white paper and 1.175 for black ink, and a 32x32 field; the
//! 28x28 image of MNIST sits in its middle (2 pixels of white on each side, as measured on the digits of Fig. 8).
//!
//! ```
//! use lenet::data::normalise::{frame, INPUT};
//!
//! let mut input = [0.0; INPUT * INPUT];
//! frame(&[0; 784], &mut input);
//! assert!(input.iter().all(|&x| x == -0.1));
//! ```

use std::ops::Range;

use super::{Image, SIDE};

/// Rows and columns of the network's input (p. 7).
pub const INPUT: usize = 32;
/// White pixels around the 28x28 image.
pub const BORDER: usize = (INPUT - SIDE) / 2;
/// The input value of white paper (p. 7).
pub const BACKGROUND: f32 = -0.1;
/// The input value of black ink (p. 7).
pub const FOREGROUND: f32 = 1.175;

/// The input value of a grey level: 0 -> -0.1, 255 -> 1.175, linear in between.
#[inline(always)]
pub fn scale(pixel: u8) -> f32 {
    BACKGROUND + f32::from(pixel) * ((FOREGROUND - BACKGROUND) / 255.0)
}

/// Writes the scaled image into the middle of a white 32x32 field, row-major.
#[inline(always)] // into kernels, so that it is compiled for their level
pub fn frame(image: &Image, input: &mut [f32; INPUT * INPUT]) {
    // All pixels in one loop, since a loop over a row leaves 12 of 28 over, which are then scaled one by one.
    let mut scaled = [0.0; SIDE * SIDE];
    for (scaled, pixel) in scaled.iter_mut().zip(image) {
        *scaled = scale(*pixel);
    }
    input.fill(BACKGROUND);
    for (y, scaled) in scaled.chunks_exact(SIDE).enumerate() {
        input[(y + BORDER) * INPUT + BORDER..][..SIDE].copy_from_slice(scaled);
    }
}

/// Puts the ink of some columns of a picture with rows of `width` into a white square of `side` rows and columns, so that its centre
/// of mass is in the middle (p. 10). Says whether there is any ink.
pub(crate) fn cut_out(
    ink: &[u8],
    width: usize,
    columns: Range<usize>,
    square: &mut [u8],
    side: usize,
) -> bool {
    let (mut mass, mut x_sum, mut y_sum) = (0, 0, 0);
    for (y, row) in ink.chunks_exact(width).enumerate() {
        let (mut of_row, mut x_of_row) = (0, 0);
        for (x, ink) in columns.clone().zip(&row[columns.clone()]) {
            of_row += usize::from(*ink);
            x_of_row += x * usize::from(*ink);
        }
        (mass, x_sum, y_sum) = (mass + of_row, x_sum + x_of_row, y_sum + y * of_row);
    }
    square.fill(0);
    if mass == 0 {
        return false;
    }
    // To the nearest pixel.
    let middle = |sum: usize| (2 * sum + mass) / (2 * mass);
    let (x_middle, y_middle) = (middle(x_sum), middle(y_sum));
    // Of the columns those that fall into the square, and where the first of them does.
    let start = columns.start.max(x_middle.saturating_sub(side / 2));
    let end = columns.end.min(x_middle + side.div_ceil(2));
    let left = start + side / 2 - x_middle;
    for (y, to) in square.chunks_exact_mut(side).enumerate() {
        let from = (y + y_middle).checked_sub(side / 2).and_then(|y| ink.chunks_exact(width).nth(y));
        if let Some(from) = from {
            to[left..][..end - start].copy_from_slice(&from[start..end]);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_out_has_its_centre_of_mass_in_the_middle_and_nothing_of_what_is_beside() {
        // Two squares of 3x3 pixels in rows of 40, one light, one dark, and another further on.
        let mut ink = [0; 40 * 32];
        for (x, grey) in [(2, 50), (9, 200), (30, 90)] {
            (4..7).for_each(|y| ink[y * 40 + x..][..3].fill(grey));
        }
        let mut square = [7; 28 * 28];
        assert!(cut_out(&ink, 40, 0..20, &mut square, 28));
        let mut expected = [0; 28 * 28];
        // The centre is 3 + 0.8 * 7 = 8.6, so 9.
        for (x, grey) in [(7, 50), (14, 200)] {
            (13..16).for_each(|y| expected[y * 28 + x..][..3].fill(grey));
        }
        assert_eq!(square, expected);
        // A cut through the dark one.
        assert!(cut_out(&ink, 40, 10..20, &mut square, 28));
        assert_eq!(square.iter().map(|ink| usize::from(*ink)).sum::<usize>(), 6 * 200);
        // Too wide for the square: what is beyond its edges is lost. The centre is (3 * 50 + 10 * 200 + 31 * 90) / 340 = 14.5, so 15.
        assert!(cut_out(&ink, 40, 0..40, &mut square, 28));
        expected.fill(0);
        for (x, grey) in [(1, 50), (8, 200)] {
            (13..16).for_each(|y| expected[y * 28 + x..][..3].fill(grey));
        }
        assert_eq!(square, expected);
        assert!(!cut_out(&ink, 40, 13..20, &mut square, 28));
        assert_eq!(square, [0; 28 * 28]);
    }

    #[test]
    fn white_and_black_get_the_values_of_the_paper() {
        assert_eq!(scale(0), -0.1);
        assert!((scale(255) - 1.175).abs() < 1e-6);
    }

    #[test]
    fn the_image_sits_in_the_middle_of_the_frame() {
        let mut image = [0; SIDE * SIDE];
        image[0] = 255;
        image[SIDE * SIDE - 1] = 255;
        let mut input = [0.0; INPUT * INPUT];
        frame(&image, &mut input);
        let ink: Vec<usize> = (0..INPUT * INPUT).filter(|&k| input[k] > 0.0).collect();
        assert_eq!(ink, [2 * 32 + 2, 29 * 32 + 29]);
    }
}
