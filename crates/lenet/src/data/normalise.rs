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
    input.fill(BACKGROUND);
    for y in 0..SIDE {
        let row = (y + BORDER) * INPUT + BORDER;
        for x in 0..SIDE {
            input[row + x] = scale(image[y * SIDE + x]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
