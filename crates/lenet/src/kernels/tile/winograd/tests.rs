//! The three ways against the direct form, in f64.

use super::*;
use crate::kernels::aligned::Buffer;
use crate::kernels::level::{available, lanes};
use fearless_simd::dispatch;
use fearless_simd_macros::simd;

/// A pair of output rows of ten columns from six input rows of fourteen.
struct Pair {
    x: Buffer,
    w: Vec<f32>,
    d: Buffer,
    /// d_x, then d_w and y in all lanes.
    found: [Buffer; 3],
}

#[simd]
fn three_ways<S: Simd>(simd: S, pair: &mut Pair) {
    let n = S::f32s::LEN;
    let mut kernel = [0.0; EVALUATED];
    evaluate_kernels(&pair.w, &mut kernel);
    let mut points = Buffer::zeros(POINTS * 14 * n);
    evaluate_input::<S, 14, 14>(simd, &pair.x, &mut points);
    let bias = S::f32s::splat(simd, 0.25);
    let mut sums = Buffer::zeros(POINTS * 10 * n);
    forward_rows::<S, 5>(simd, &points, 1, 14, &[0], &kernel, bias, &mut sums, &mut pair.found[2]);
    let mut back = Buffer::zeros(POINTS * 14 * n);
    let mut gradient = Buffer::zeros(EVALUATED * n);
    at_all_points!(at_point(simd, pair, &kernel, &mut back, &mut gradient));
    add_six_rows::<S, 14, 14>(simd, &back, &mut pair.found[0]);
    for lane in 0..n {
        let of_lane: Vec<f32> = gradient.iter().skip(lane).step_by(n).copied().collect();
        let mut d_w = [0.0; TAPS];
        kernel_gradients(&of_lane, &mut d_w);
        for (k, d_w) in d_w.iter().enumerate() {
            pair.found[1][k * n + lane] = *d_w;
        }
    }
}

#[simd]
fn at_point<S: Simd, const P: usize>(
    simd: S,
    pair: &Pair,
    kernel: &[f32],
    back: &mut [f32],
    gradient: &mut [f32],
) {
    let n = S::f32s::LEN;
    let mut d = Buffer::zeros(10 * n);
    evaluate_gradient_at::<S, P, 10>(simd, &pair.d, &mut d);
    input_gradient_at::<S, 7>(simd, P, &d, 10, kernel, &[(0, 0)], &mut back[P * 14 * n..]);
    let mut x = Buffer::zeros(14 * n);
    evaluate_input_at::<S, P, 14>(simd, &pair.x, &mut x);
    let sums = &mut gradient[P * KERNEL * n..][..KERNEL * n];
    kernel_gradient_at::<S, P, 5>(simd, &x, &pair.d, 10, sums);
}

#[test]
fn the_three_ways_are_those_of_the_direct_form() {
    for (name, level) in available() {
        let n = lanes(level);
        let value = |k: usize| ((k * 7919) % 2003) as f32 / 1001.5 - 1.0;
        let fill = |len: usize, seed: usize| {
            let mut buffer = Buffer::zeros(len);
            buffer.iter_mut().enumerate().for_each(|(k, x)| *x = value(k + seed));
            buffer
        };
        let mut pair = Pair {
            x: fill(6 * 14 * n, 1),
            w: (0..TAPS).map(|k| 0.3 * value(k + 5)).collect(),
            d: fill(2 * 10 * n, 11),
            found: [Buffer::zeros(6 * 14 * n), Buffer::zeros(TAPS * n), Buffer::zeros(2 * 10 * n)],
        };
        dispatch!(level, simd => three_ways(simd, &mut pair));
        for lane in 0..n {
            let at = |buffer: &Buffer, k: usize| f64::from(buffer[k * n + lane]);
            let (mut d_x, mut d_w) = ([0.0; 6 * 14], [0.0; TAPS]);
            for k in 0..20 {
                let (y, x) = (k / 10, k % 10);
                let mut a = 0.25;
                for tap in 0..TAPS {
                    let (from, w) = ((y + tap / 5) * 14 + x + tap % 5, f64::from(pair.w[tap]));
                    a += w * at(&pair.x, from);
                    d_x[from] += w * at(&pair.d, k);
                    d_w[tap] += at(&pair.x, from) * at(&pair.d, k);
                }
                let state = f64::from(crate::paper::A) * (f64::from(crate::paper::S) * a).tanh();
                assert!((at(&pair.found[2], k) - state).abs() < 2e-6, "{name}: state {k}");
            }
            for (expected, found) in [(&d_x[..], &pair.found[0]), (&d_w[..], &pair.found[1])] {
                for (k, expected) in expected.iter().enumerate() {
                    assert!((at(found, k) - expected).abs() < 6e-6, "{name}: {k} of {}", d_x.len());
                }
            }
        }
    }
}
