//! Parameter updates after one pattern (eq. 18, p. 42): w_k -= step_k * d_k, each parameter with its own step.
//!
//! A dense layer's gradient on one pattern is the product of two short vectors, d_w[o][k] = d[o] x[k]; it is
//! multiplied out while it is applied, so that its 48,000 numbers never go through memory.

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

/// w[o][k] -= step[o][k] * d[o] * x[k].
#[simd]
pub(crate) fn rank_one<S: Simd, const IN: usize>(
    simd: S,
    w: &mut [f32],
    steps: &[f32],
    d: &[f32],
    x: &[f32; IN],
) {
    let lanes = S::f32s::LEN;
    let whole = IN / lanes * lanes;
    for ((w, steps), &d) in w.chunks_exact_mut(IN).zip(steps.chunks_exact(IN)).zip(d) {
        let minus_d = S::f32s::splat(simd, -d);
        let mut k = 0;
        while k < whole {
            let change = S::f32s::from_slice(simd, &x[k..k + lanes]) * minus_d;
            let step = S::f32s::from_slice(simd, &steps[k..k + lanes]);
            let place = &mut w[k..k + lanes];
            step.mul_add(change, S::f32s::from_slice(simd, place)).store_slice(place);
            k += lanes;
        }
        for k in whole..IN {
            w[k] -= steps[k] * d * x[k];
        }
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
