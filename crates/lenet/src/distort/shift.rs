//! Whole-pixel shifts: x'(y, x) = x(y - dy, x - dx).

use rand::Rng;

use crate::data::{Image, SIDE};

/// The image moved down by `dy` and right by `dx` pixels. What leaves the 28x28 field is lost, white paper follows.
pub fn shifted(image: &Image, shift: [i8; 2]) -> Image {
    let mut moved = [0; SIDE * SIDE];
    shift_into(image, shift, &mut moved);
    moved
}

/// [`shifted`], written over another image.
pub(crate) fn shift_into(image: &Image, [dy, dx]: [i8; 2], moved: &mut Image) {
    if dy.unsigned_abs() as usize >= SIDE || dx.unsigned_abs() as usize >= SIDE {
        return moved.fill(0);
    }
    // All rows at once, as one stretch of pixels: what leaves a row on one side enters the next one on the other, and is
    // white again.
    let by = isize::from(dy) * SIDE as isize + isize::from(dx);
    let len = SIDE * SIDE - by.unsigned_abs();
    let (from, to) = if by < 0 { (SIDE * SIDE - len, 0) } else { (0, SIDE * SIDE - len) };
    moved[..to].fill(0);
    moved[to..to + len].copy_from_slice(&image[from..from + len]);
    moved[to + len..].fill(0);
    let wide = usize::from(dx.unsigned_abs());
    for x in if dx < 0 { SIDE - wide..SIDE } else { 0..wide } {
        for y in 0..SIDE {
            moved[y * SIDE + x] = 0;
        }
    }
}

/// For each of `count` digits how far it is moved in a pass: down and right by up to `pixels`, every possibility as likely
/// as every other.
///
/// `random` is the stream of the pass; the `n`-th digit's numbers are its words `2 n` and `2 n + 1`.
pub(crate) fn shifts(count: usize, pixels: u8, random: &mut impl Rng) -> Vec<[i8; 2]> {
    let span = 2 * u32::from(pixels) + 1;
    // The upper half of a product is as good as a remainder, and its bias is below 1e-8.
    let mut draw =
        || (((u64::from(random.next_u32()) * u64::from(span)) >> 32) as i16 - i16::from(pixels)) as i8;
    (0..count).map(|_| [draw(), draw()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    /// Pixel by pixel.
    fn slowly(image: &Image, [dy, dx]: [i8; 2]) -> Image {
        let mut moved = [0; SIDE * SIDE];
        for y in 0..SIDE as i32 {
            for x in 0..SIDE as i32 {
                let (from_y, from_x) = (y - i32::from(dy), x - i32::from(dx));
                if (0..SIDE as i32).contains(&from_y) && (0..SIDE as i32).contains(&from_x) {
                    moved[(y * SIDE as i32 + x) as usize] = image[(from_y * SIDE as i32 + from_x) as usize];
                }
            }
        }
        moved
    }

    #[test]
    fn every_shift_is_what_it_is_pixel_by_pixel() {
        let image: Image = std::array::from_fn(|k| (k % 251) as u8 + 1);
        for dy in [-128, -29, -28, -27, -3, -1, 0, 1, 2, 27, 28, 127] {
            for dx in [-128, -28, -27, -2, -1, 0, 1, 3, 27, 28, 127] {
                assert!(shifted(&image, [dy, dx]) == slowly(&image, [dy, dx]), "{dy} {dx}");
            }
        }
    }

    #[test]
    fn all_shifts_are_equally_likely_and_follow_from_the_stream() {
        let draw = |count| shifts(count, 1, &mut ChaCha8Rng::seed_from_u64(5));
        let drawn = draw(90_000);
        assert_eq!(drawn[..1000], draw(1000));
        for dy in -1..=1 {
            for dx in -1..=1 {
                // 10,000 expected, standard deviation 94
                let count = drawn.iter().filter(|shift| **shift == [dy, dx]).count();
                assert!((9_500..10_500).contains(&count), "{dy} {dx}: {count}");
            }
        }
        assert!(shifts(10, 0, &mut ChaCha8Rng::seed_from_u64(5)).iter().all(|shift| *shift == [0, 0]));
    }
}
