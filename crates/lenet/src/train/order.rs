//! The streams of random numbers of a run, and the orders that are drawn from them.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// The streams of the one generator, so that no use of random numbers depends on another.
pub(super) const STREAM_INITIAL: u64 = 0;
pub(super) const STREAM_ORDER: u64 = 1;
/// A stream for each pass from here on.
pub(super) const STREAM_CURVATURE: u64 = 2;
pub(super) const STREAM_SHUFFLE: u64 = 1 << 32;
pub(super) const STREAM_VALIDATION: u64 = 2 << 32;
pub(super) const STREAM_SHIFT: u64 = 3 << 32;
/// A stream for each pass from here on; the first for what is distorted once.
pub(super) const STREAM_DISTORTION: u64 = 4 << 32;
pub(super) const STREAM_COPIES: u64 = 5 << 32;
/// A stream for each pass from here on.
pub(super) const STREAM_SCENE: u64 = 6 << 32;
/// A stream for each pass from here on.
pub(super) const STREAM_STRIPS: u64 = 7 << 32;

/// The patterns to train on in the order of presentation, and those that are held out.
pub(super) fn divide(seed: u64, patterns: usize, held_out: usize) -> (Vec<u32>, Vec<u32>) {
    let mut all: Vec<u32> = (0..patterns as u32).collect();
    shuffle_first(&mut all, held_out, &mut stream(seed, STREAM_VALIDATION));
    let mut order = all.split_off(held_out);
    order.sort_unstable();
    let count = order.len();
    shuffle_first(&mut order, count, &mut stream(seed, STREAM_ORDER));
    (order, all)
}

/// The indices of the patterns in the order in which a run with this seed presents them, the same in every pass.
pub fn presentation_order(seed: u64, patterns: usize) -> Vec<u32> {
    divide(seed, patterns, 0).0
}

pub(super) fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

/// Fisher and Yates: the first `count` places become a random choice in random order.
///
/// Our own, since libraries do not promise that theirs keeps its values. The bias of taking 64 bits modulo n is below
/// 2^-47 for any n here.
pub(super) fn shuffle_first(items: &mut [u32], count: usize, random: &mut impl Rng) {
    for k in 0..count {
        let other = k + (random.next_u64() % (items.len() - k) as u64) as usize;
        items.swap(k, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_a_permutation_fixed_by_the_seed() {
        let mut sorted = presentation_order(3, 1000);
        assert_eq!(sorted, presentation_order(3, 1000));
        assert_ne!(sorted, presentation_order(4, 1000));
        assert_ne!(sorted, (0..1000).collect::<Vec<u32>>());
        sorted.sort_unstable();
        assert_eq!(sorted, (0..1000).collect::<Vec<u32>>());
    }

    #[test]
    fn what_is_held_out_is_not_trained_on() {
        let (order, held_out) = divide(3, 1000, 150);
        assert_eq!((order.len(), held_out.len()), (850, 150));
        let mut all = [order, held_out].concat();
        all.sort_unstable();
        assert_eq!(all, (0..1000).collect::<Vec<u32>>());
    }
}
