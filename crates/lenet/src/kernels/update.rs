//! Parameter updates: after one pattern (eq. 18, p. 42), w_k -= step_k * d_k with a step for each parameter, and after a batch.
//!
//! Those of the dense layers after one pattern are in `single::dense`, where the weights are at hand.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

/// w -= step * d.
#[simd]
pub(crate) fn step<S: Simd>(simd: S, w: &mut [f32], steps: &[f32], d: &[f32]) {
    assert!(w.len() == steps.len() && w.len() == d.len());
    let lanes = S::f32s::LEN;
    let whole = w.len() / lanes * lanes;
    let vectors = w[..whole].chunks_exact_mut(lanes).zip(steps[..whole].chunks_exact(lanes));
    for ((w, step), d) in vectors.zip(d[..whole].chunks_exact(lanes)) {
        let change = S::f32s::from_slice(simd, step) * S::f32s::from_slice(simd, d);
        (S::f32s::from_slice(simd, w) - change).store_slice(w);
    }
    for k in whole..w.len() {
        w[k] -= steps[k] * d[k];
    }
}

/// m = keep * m + d; w = shrink * w - rate * m: momentum, weight decay apart from the gradient.
#[simd]
pub(crate) fn momentum<S: Simd>(
    simd: S,
    w: &mut [f32],
    m: &mut [f32],
    d: &[f32],
    keep: f32,
    rate: f32,
    shrink: f32,
) {
    assert!(w.len() == m.len() && w.len() == d.len());
    let _ = simd;
    for ((w, m), d) in w.iter_mut().zip(m).zip(d) {
        *m = keep * *m + d;
        *w = shrink * *w - rate * *m;
    }
}

/// The constants of one step of [`adamw`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adamw {
    /// Shares of the averages that are kept.
    pub(crate) beta_1: f32,
    pub(crate) beta_2: f32,
    /// The rate times what corrects both averages for their beginning at zero, and epsilon corrected likewise.
    pub(crate) rate: f32,
    pub(crate) epsilon: f32,
    /// 1 - rate * weight decay.
    pub(crate) shrink: f32,
}

/// m = beta_1 m + (1 - beta_1) d; v = beta_2 v + (1 - beta_2) d^2; w = shrink * w - rate * m / (root of v + epsilon).
#[simd]
pub(crate) fn adamw<S: Simd>(simd: S, w: &mut [f32], m: &mut [f32], v: &mut [f32], d: &[f32], c: Adamw) {
    assert!(w.len() == m.len() && w.len() == v.len() && w.len() == d.len());
    let _ = simd;
    for (((w, m), v), d) in w.iter_mut().zip(m).zip(v).zip(d) {
        *m = c.beta_1 * *m + (1.0 - c.beta_1) * d;
        *v = c.beta_2 * *v + (1.0 - c.beta_2) * d * d;
        *w = c.shrink * *w - c.rate * *m / (v.sqrt() + c.epsilon);
    }
}

/// average = keep * average + (1 - keep) * w.
#[simd]
pub(crate) fn average<S: Simd>(simd: S, average: &mut [f32], w: &[f32], keep: f32) {
    assert_eq!(average.len(), w.len());
    let _ = simd;
    for (average, w) in average.iter_mut().zip(w) {
        *average += (1.0 - keep) * (w - *average);
    }
}

/// sum = factor * (first + others, one after the other).
#[simd]
pub(crate) fn sum<'a, S: Simd>(
    simd: S,
    sum: &mut [f32],
    mut parts: impl Iterator<Item = &'a [f32]>,
    factor: f32,
) {
    let _ = simd;
    match parts.next() {
        Some(first) => sum.copy_from_slice(first),
        None => sum.fill(0.0),
    }
    for part in parts {
        assert_eq!(sum.len(), part.len());
        for (sum, part) in sum.iter_mut().zip(part) {
            *sum += part;
        }
    }
    sum.iter_mut().for_each(|sum| *sum *= factor);
}
