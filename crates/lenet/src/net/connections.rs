//! Table I as C3 needs it, both ways: which kernel connects which maps, and kernels that lie in the lanes of their output maps.

use crate::kernels::TAPS;
use crate::paper::{KERNELS_C3, TABLE_I};

/// For each map of S2, the ten (map of C3, index of the kernel) that read it.
pub(in crate::net) const FEEDS: [[(usize, usize); 10]; 6] = {
    let mut feeds = [[(0, 0); 10]; 6];
    let mut count = [0; 6];
    let (mut o, mut kernel) = (0, 0);
    while o < TABLE_I.len() {
        let mut k = 0;
        while k < TABLE_I[o].len() {
            let i = TABLE_I[o][k];
            feeds[i][count[i]] = (o, kernel);
            count[i] += 1;
            kernel += 1;
            k += 1;
        }
        o += 1;
    }
    assert!(kernel == KERNELS_C3);
    feeds
};

/// For each kernel of C3 its map and the map of S2 that it sees.
fn connections() -> impl Iterator<Item = (usize, usize)> {
    TABLE_I.iter().enumerate().flat_map(|(o, inputs)| inputs.iter().map(move |&i| (o, i)))
}

/// Puts values of C3's kernels, `[kernel][5][5]`, into lanes, `[group of maps][map of S2][5][5][lane]`. Where Table I has no
/// connection nothing is written.
pub(in crate::net) fn spread(lanes: usize, kernels: &[f32], spread: &mut [f32]) {
    for ((o, i), kernel) in connections().zip(kernels.chunks_exact(TAPS)) {
        let place = &mut spread[(o / lanes * 6 + i) * TAPS * lanes..][..TAPS * lanes];
        for (place, w) in place.chunks_exact_mut(lanes).zip(kernel) {
            place[o % lanes] = *w;
        }
    }
}

/// The way back of [`spread`].
pub(in crate::net) fn gather(lanes: usize, spread: &[f32], kernels: &mut [f32]) {
    for ((o, i), kernel) in connections().zip(kernels.chunks_exact_mut(TAPS)) {
        let place = &spread[(o / lanes * 6 + i) * TAPS * lanes..][..TAPS * lanes];
        for (w, place) in kernel.iter_mut().zip(place.chunks_exact(lanes)) {
            *w = place[o % lanes];
        }
    }
}
