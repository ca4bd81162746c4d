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
