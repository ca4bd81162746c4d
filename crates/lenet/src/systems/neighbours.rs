//! k nearest neighbours by Euclidean distance between images (p. 12): the classifier that learns nothing and remembers everything.
//!
//! ```text
//! |x - t|^2 = |x|^2 - 2 x.t + |t|^2       |x|^2 is the same for all t, so it plays no part
//! ```
//!
//! Grey levels are whole numbers, and so are the distances: no rounding, and the answers are the same at every level. Some
//! images at a time stay in the cache while all digits pass by once.

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;
use rayon::prelude::*;

use crate::data::{Image, SIDE, Split};
use crate::kernels::level::Level;
use crate::workers::Workers;

/// Images that pass by all digits together.
const PORTION: usize = 64;

/// The class of each image, by the majority of its `k` nearest digits; of classes with as many votes, that of the nearest digit.
///
/// Of digits at the same distance the first ones count. With no digits or `k` 0 every answer is 0.
pub fn nearest_neighbours(
    level: Level,
    digits: &Split,
    images: &[Image],
    k: usize,
    workers: &Workers,
) -> Vec<u8> {
    let mut classes = vec![0; images.len()];
    workers.enter(|| {
        classes.par_chunks_mut(PORTION).zip(images.par_chunks(PORTION)).for_each(|(classes, images)| {
            let nearest = dispatch!(level, simd => portion(simd, digits, images, k));
            for (class, nearest) in classes.iter_mut().zip(nearest) {
                *class = vote(&nearest, &digits.labels);
            }
        });
    });
    classes
}

/// A digit's index, behind its distance less that of the image to white paper.
type Neighbour = (i32, usize);

/// For each image its `k` nearest digits, the nearest first.
#[simd]
fn portion<S: Simd>(simd: S, digits: &Split, images: &[Image], k: usize) -> Vec<Vec<Neighbour>> {
    let images: Vec<_> = images.iter().map(widened).collect();
    let mut nearest = vec![Vec::with_capacity(k + 1); images.len()];
    for (index, digit) in digits.images.iter().enumerate() {
        let digit = widened(digit);
        let square = dot(simd, &digit, &digit);
        for (image, nearest) in images.iter().zip(&mut nearest) {
            let distance = square - 2 * dot(simd, image, &digit);
            if nearest.len() < k || nearest.last().is_some_and(|last: &Neighbour| distance < last.0) {
                let place = nearest.partition_point(|other| other.0 <= distance);
                nearest.insert(place, (distance, index));
                nearest.truncate(k);
            }
        }
    }
    nearest
}

fn widened(image: &Image) -> [i16; SIDE * SIDE] {
    image.map(i16::from)
}

/// At most 784 * 255^2, a fortieth of what an i32 holds.
#[inline(always)]
fn dot<S: Simd>(_simd: S, a: &[i16; SIDE * SIDE], b: &[i16; SIDE * SIDE]) -> i32 {
    let mut sum = 0;
    for k in 0..SIDE * SIDE {
        sum += i32::from(a[k]) * i32::from(b[k]);
    }
    sum
}

fn vote(nearest: &[Neighbour], labels: &[u8]) -> u8 {
    let mut votes = [0; 10];
    for (_, index) in nearest {
        votes[usize::from(labels[*index])] += 1;
    }
    let most = votes.iter().copied().max().unwrap_or(0);
    let classes = nearest.iter().map(|(_, index)| labels[*index]);
    classes.into_iter().find(|class| votes[usize::from(*class)] == most).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::level::available;
    use rand::rngs::ChaCha8Rng;
    use rand::{Rng, SeedableRng};

    fn images(count: usize, seed: u64) -> Vec<Image> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| std::array::from_fn(|_| (random.next_u32() >> 24) as u8)).collect()
    }

    #[test]
    fn the_nearest_are_those_of_the_definition() {
        let labels: Vec<u8> = (0..300).map(|n| (n * 7 % 10) as u8).collect();
        let digits = Split { images: images(300, 1), labels };
        let asked = images(PORTION + 3, 2);
        let expected = |image: &Image, k: usize| {
            let distance = |digit: &Image| {
                image.iter().zip(digit).map(|(a, b)| (i64::from(*a) - i64::from(*b)).pow(2)).sum::<i64>()
            };
            let mut order: Vec<usize> = (0..300).collect();
            order.sort_by_key(|n| distance(&digits.images[*n]));
            let nearest: Vec<u8> = order[..k].iter().map(|n| digits.labels[*n]).collect();
            let votes = |class: u8| nearest.iter().filter(|other| **other == class).count();
            let most = nearest.iter().map(|class| votes(*class)).max().unwrap();
            *nearest.iter().find(|class| votes(**class) == most).unwrap()
        };
        for (name, level) in available() {
            for (k, threads) in [(1, 1), (3, 2), (8, 3)] {
                let found = nearest_neighbours(level, &digits, &asked, k, &Workers::new(threads).unwrap());
                for (image, class) in asked.iter().zip(found) {
                    assert_eq!(class, expected(image, k), "{name}, k = {k}");
                }
            }
        }
    }

    #[test]
    fn without_digits_there_is_an_answer_all_the_same() {
        let workers = Workers::new(1).unwrap();
        assert_eq!(nearest_neighbours(Level::new(), &Split::default(), &[[0; 784]], 3, &workers), [0]);
    }
}
