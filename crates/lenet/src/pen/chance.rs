//! Numbers by chance, from a stream that the caller gives.

use rand::Rng;

/// From 0 to below 1, every one of 2^24 numbers as likely as every other.
pub(crate) fn share(random: &mut impl Rng) -> f32 {
    (random.next_u32() >> 8) as f32 / (1 << 24) as f32
}

/// From `from` to `to`.
pub(crate) fn between(random: &mut impl Rng, from: f32, to: f32) -> f32 {
    from + (to - from) * share(random)
}

/// A whole number below `count`, which must not be 0.
pub(crate) fn below(random: &mut impl Rng, count: usize) -> usize {
    // The high half of the product: biased by less than count / 2^64.
    ((u128::from(random.next_u64()) * count as u128) >> 64) as usize
}

/// True with this probability.
pub(crate) fn happens(random: &mut impl Rng, probability: f32) -> bool {
    share(random) < probability
}

/// One of these, of which there must be at least one.
pub(crate) fn one<T: Copy>(random: &mut impl Rng, of: &[T]) -> T {
    of[below(random, of.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::ChaCha8Rng};

    #[test]
    fn numbers_fill_their_ranges_evenly() {
        let random = &mut ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0; 7];
        (0..7000).for_each(|_| counts[below(random, 7)] += 1);
        assert!(counts.iter().all(|count| (870..1130).contains(count)), "{counts:?}");
        let mean = (0..10_000).map(|_| between(random, -2.0, 4.0)).sum::<f32>() / 1e4;
        assert!((0.93..1.07).contains(&mean), "{mean}");
        let often = (0..10_000).filter(|_| happens(random, 0.3)).count();
        assert!((2800..3200).contains(&often), "{often}");
    }
}
