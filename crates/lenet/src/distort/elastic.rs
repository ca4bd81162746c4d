//! Elastic displacements (Simard, Steinkraus and Platt 2003): every pixel is drawn in a direction of its own, and its
//! neighbours in nearly the same.
//!
//! Blurred white noise looks alike everywhere, so a digit needs no noise of its own: it takes a window of one large field, in
//! a place by chance, one for the displacements downwards and another for those to the right. Each digit's displacements then
//! have exactly the distribution of noise blurred for this digit alone; what is given up is that windows of different digits
//! may overlap, and are then displaced alike there. A field has the area of 84 digits.

use rand::Rng;

use super::Elastic;
use super::warp::{WIDTH, Window};

/// Rows and columns of the field, after which it repeats itself.
const SIZE: usize = 256;
/// Columns of a row in memory: a window may begin in the last column.
const STRIDE: usize = SIZE + WIDTH;
/// Standard deviations at which the Gaussian ends.
const REACH: f32 = 4.0;

/// Displacements for all digits.
pub(super) struct Field {
    /// Down and to the right, in 1/256 pixels, [`SIZE`] rows of [`STRIDE`].
    displacements: [Vec<i16>; 2],
}

impl Field {
    /// A field of noise from `random`: [`SIZE`]^2 words for the displacements downwards, then as many for those to the right.
    pub(super) fn new(elastic: &Elastic, random: &mut impl Rng) -> Self {
        let weights = gaussian(elastic.sigma);
        let mut field = || {
            let blurred = blur(&noise(random), &weights);
            let mut fixed = vec![0; SIZE * STRIDE];
            for (fixed, row) in fixed.chunks_exact_mut(STRIDE).zip(blurred.chunks_exact(SIZE)) {
                for (fixed, d) in fixed.iter_mut().zip(row.iter().chain(row)) {
                    // A conversion to i16 ends at 127 pixels: that far from anything there is white paper.
                    *fixed = (256.0 * elastic.alpha * d).round() as i16;
                }
            }
            fixed
        };
        Field { displacements: [field(), field()] }
    }

    /// The windows of a digit, in places that follow from 32 of these bits.
    pub(super) fn windows(&self, bits: u64) -> [Window<'_>; 2] {
        let corner = |from: u32| ((bits >> from) as usize % SIZE, (bits >> (from + 8)) as usize % SIZE);
        let [down, right] = &self.displacements;
        [(down, corner(0)), (right, corner(16))].map(|(rows, (y, x))| Window {
            rows,
            stride: STRIDE,
            first: y,
            column: x,
        })
    }
}

/// U(-1, 1) for every place.
fn noise(random: &mut impl Rng) -> Vec<f32> {
    (0..SIZE * SIZE).map(|_| (random.next_u32() >> 8) as f32 / (1 << 23) as f32 - 1.0).collect()
}

/// The weights of a Gaussian at whole distances from -4 to 4 standard deviations; their sum is 1.
fn gaussian(sigma: f32) -> Vec<f32> {
    let radius = (REACH * sigma).ceil() as i32;
    let weights: Vec<f32> = (-radius..=radius).map(|k| (-0.5 * (k as f32 / sigma).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// The field blurred along rows, then along columns; it goes on periodically beyond its edges.
fn blur(field: &[f32], weights: &[f32]) -> Vec<f32> {
    let radius = weights.len() / 2;
    let around = |k: usize| (k + SIZE - radius) % SIZE;
    let mut along = vec![0.0; SIZE * SIZE];
    let mut row = vec![0.0; SIZE + 2 * radius];
    for (sums, field) in along.chunks_exact_mut(SIZE).zip(field.chunks_exact(SIZE)) {
        row.iter_mut().enumerate().for_each(|(k, value)| *value = field[around(k)]);
        for (k, weight) in weights.iter().enumerate() {
            sums.iter_mut().zip(&row[k..]).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    let mut blurred = vec![0.0; SIZE * SIZE];
    for (y, sums) in blurred.chunks_exact_mut(SIZE).enumerate() {
        for (k, weight) in weights.iter().enumerate() {
            let row = &along[around(y + k) * SIZE..][..SIZE];
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    blurred
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn the_field_is_noise_blurred_by_a_gaussian_in_the_plane() {
        for sigma in [0.5f32, 4.0, 16.0] {
            let alpha = 30.0 * sigma;
            let field = Field::new(&Elastic { alpha, sigma }, &mut ChaCha8Rng::seed_from_u64(3));
            let mut random = ChaCha8Rng::seed_from_u64(3);
            let noises = [noise(&mut random), noise(&mut random)];
            let reach = (4.0 * sigma).ceil() as isize;
            let sigma = f64::from(sigma);
            for (noise, displacements) in noises.iter().zip(&field.displacements) {
                for (y, x) in [(0, 0), (255, 255), (7, 250), (128, 40)] {
                    let (mut sum, mut weights) = (0.0, 0.0);
                    for dy in -reach..=reach {
                        for dx in -reach..=reach {
                            let at = |k: isize, d: isize| (k + d).rem_euclid(256) as usize;
                            let weight = (-((dy * dy + dx * dx) as f64) / (2.0 * sigma * sigma)).exp();
                            sum += weight * f64::from(noise[at(y, dy) * 256 + at(x, dx)]);
                            weights += weight;
                        }
                    }
                    let expected = f64::from(alpha) * sum / weights;
                    let found = f64::from(displacements[y as usize * STRIDE + x as usize]) / 256.0;
                    assert!((found - expected).abs() < 1.0 / 400.0, "{sigma} ({y}, {x}): {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn displacements_have_the_deviation_of_blurred_noise() {
        // The variance of U(-1, 1) is 1/3, and the squares of a Gaussian's weights sum up to 1 / (4 pi sigma^2).
        let (alpha, sigma) = (24.0, 4.0);
        let expected = alpha / (sigma * (12.0 * std::f64::consts::PI).sqrt());
        let elastic = Elastic { alpha: alpha as f32, sigma: sigma as f32 };
        let mut squares = [0.0; 2];
        for seed in 0..8 {
            let field = Field::new(&elastic, &mut ChaCha8Rng::seed_from_u64(seed));
            for (square, displacements) in squares.iter_mut().zip(&field.displacements) {
                *square += displacements.iter().map(|d| (f64::from(*d) / 256.0).powi(2)).sum::<f64>();
            }
        }
        for square in squares {
            // A field has some 300 places that know nothing of each other: 2 % for eight of them.
            let found = (square / (8 * SIZE * STRIDE) as f64).sqrt();
            assert!((found / expected - 1.0).abs() < 0.06, "{found} {expected}");
        }
    }
}
