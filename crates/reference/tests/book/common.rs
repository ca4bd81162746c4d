//! What the tests share: random numbers, pictures, networks, and the names of the parameters' groups.

use lenet_reference::{Map, Parameters};

/// SplitMix64: tests need the same numbers on every machine, nothing more.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    /// Uniform in [-1, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Three thick random strokes on the paper's background, with a little grey everywhere so that no
/// input is equal to another and no mistake of indices can hide.
pub(crate) fn picture(seed: u64) -> Map<32> {
    let mut random = Random(seed);
    let mut picture = [[0.0; 32]; 32].map(|row: [f64; 32]| row.map(|_| -0.1 + 0.05 * random.uniform()));
    for _ in 0..3 {
        let [y0, x0, y1, x1] = [(); 4].map(|()| 5.0 + random.below(20) as f64);
        for step in 0..=40 {
            let t = step as f64 / 40.0;
            let (y, x) = ((y0 + t * (y1 - y0)) as usize, (x0 + t * (x1 - x0)) as usize);
            for (y, x) in [(y, x), (y + 1, x), (y, x + 1), (y + 1, x + 1)] {
                picture[y][x] = 1.1 + 0.075 * random.uniform();
            }
        }
    }
    picture
}

/// A network in which no parameter is zero or equal to another one: the usual random weights, and
/// random biases and coefficients too.
pub(crate) fn network(seed: u64) -> Parameters {
    let mut random = Random(seed);
    let mut p = Parameters::initial(1.1, 0.55, || random.uniform());
    for b in [&mut p.c1_b, &mut p.s2_b, &mut p.c3_b, &mut p.s4_b, &mut p.c5_b, &mut p.f6_b] {
        b.iter_mut().for_each(|b| *b = 0.2 * random.uniform());
    }
    for w in [&mut p.s2_w, &mut p.s4_w] {
        w.iter_mut().flatten().flatten().for_each(|w| *w += 0.2 * random.uniform());
    }
    p
}

/// The groups of parameters in the order of `Parameters::to_flat`, with their sizes (paper, p. 7-8).
pub(crate) const GROUPS: [(&str, usize); 12] = [
    ("c1_w", 150),
    ("c1_b", 6),
    ("s2_w", 6),
    ("s2_b", 6),
    ("c3_w", 1500),
    ("c3_b", 16),
    ("s4_w", 16),
    ("s4_b", 16),
    ("c5_w", 48_000),
    ("c5_b", 120),
    ("f6_w", 10_080),
    ("f6_b", 84),
];

/// The positions of a group in `Parameters::to_flat`.
pub(crate) fn group(name: &str) -> std::ops::Range<usize> {
    let mut start = 0;
    for (each, size) in GROUPS {
        if each == name {
            return start..start + size;
        }
        start += size;
    }
    panic!("no group {name}")
}

/// `count` positions of a group, spread over it by chance; all of them if there are no more.
pub(crate) fn some_of(name: &str, count: usize, random: &mut Random) -> Vec<usize> {
    let range = group(name);
    if range.len() <= count {
        range.collect()
    } else {
        (0..count).map(|_| range.start + random.below(range.len())).collect()
    }
}

/// |a - b| relative to the larger of the two.
pub(crate) fn relative(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { (a - b).abs() / a.abs().max(b.abs()) }
}
