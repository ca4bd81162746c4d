//! Salt and pepper: pixels inverted by chance (p. 16 and p. 28 of the paper).
//!
//! ```text
//! x' = 255 - x with probability `share`, else x
//! ```

use super::chance::Chance;
use crate::data::Image;

/// Inverts every pixel with this probability, from 0 to 1, in steps of 1/65,536.
pub(super) fn invert(image: &mut Image, share: f32, chance: &mut Chance) {
    let below = (share * 65536.0).round() as u32;
    // 16 bits decide a pixel.
    for pixels in image.as_chunks_mut::<4>().0 {
        let bits = chance.bits();
        for (k, pixel) in pixels.iter_mut().enumerate() {
            let inverted = ((bits >> (16 * k)) as u32 & 0xffff) < below;
            *pixel ^= if inverted { 255 } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_share_of_the_pixels_is_inverted_everywhere_and_the_others_stay() {
        let image: Image = std::array::from_fn(|k| (k % 251) as u8);
        for (share, deviations) in [(0.0, 0.0), (0.1, 5.0), (0.5, 5.0), (1.0, 0.0)] {
            let mut counts = [0u32; 784];
            for number in 0..2000 {
                let mut noisy = image;
                invert(&mut noisy, share, &mut Chance::of(4, number));
                for (k, count) in counts.iter_mut().enumerate() {
                    assert!(noisy[k] == image[k] || noisy[k] == 255 - image[k]);
                    *count += u32::from(noisy[k] != image[k]);
                }
            }
            let (share, n) = (f64::from(share), 2000.0);
            let deviation = (n * share * (1.0 - share)).sqrt();
            for (k, count) in counts.iter().enumerate() {
                assert!(
                    (f64::from(*count) - n * share).abs() <= deviations * deviation + 0.1,
                    "{k}: {count}"
                );
            }
        }
    }
}
