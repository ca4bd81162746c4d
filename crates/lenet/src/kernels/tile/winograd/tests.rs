//! The three ways against the direct form, in f64.

use super::*;
use crate::kernels::aligned::Buffer;
use crate::kernels::level::{available, lanes};
use fearless_simd::dispatch;
use fearless_simd_macros::simd;

/// Output rows of ten columns that are computed together, from input rows of fourteen.
struct Rows {
    x: Buffer,
    w: Vec<f32>,
    d: Buffer,
    d_x: Buffer,
    d_w: Buffer,
    y: Buffer,
}

#[simd]
fn states_and_input_gradients<S: Simd, F: Form>(simd: S, rows: &mut Rows) {
    let n = S::f32s::LEN;
    let mut kernel = [0.0; MOST * KERNEL];
    evaluate_kernels::<F>(&rows.w, &mut kernel);
    let mut points = Buffer::zeros(MOST * 14 * n);
    evaluate_input::<S, F, 14, 14>(simd, &rows.x, &mut points);
    let bias = S::f32s::splat(simd, 0.25);
    let mut sums = Buffer::zeros(MOST * 10 * n);
    forward_rows::<S, F, 5>(simd, &points, 1, 14, &[0], &kernel, bias, &mut sums, &mut rows.y);
    let mut back = Buffer::zeros(MOST * 14 * n);
    at_all_points!(F, back_at(simd, rows, &kernel, &mut back));
    add_rows::<S, F, 14, 14>(simd, &back, 3, &mut rows.d_x);
}

#[simd]
fn back_at<S: Simd, F: Form, const P: usize>(simd: S, rows: &Rows, kernel: &[f32], back: &mut [f32]) {
    let n = S::f32s::LEN;
    let mut d = Buffer::zeros(10 * n);
    evaluate_gradient_at::<S, F, P, 10>(simd, &rows.d, &mut d);
    input_gradient_at::<S, F, 7>(simd, P, &d, 10, kernel, &[(0, 0)], &mut back[P * 14 * n..]);
}

/// Of two rows only.
#[simd]
fn weight_gradients<S: Simd>(simd: S, rows: &mut Rows) {
    let n = S::f32s::LEN;
    let mut gradient = Buffer::zeros(two::EVALUATED * n);
    two::at_six_points!(weight_gradient_at(simd, rows, &mut gradient));
    for lane in 0..n {
        let of_lane: Vec<f32> = gradient.iter().skip(lane).step_by(n).copied().collect();
        let mut d_w = [0.0; TAPS];
        two::kernel_gradients(&of_lane, &mut d_w);
        for (k, d_w) in d_w.iter().enumerate() {
            rows.d_w[k * n + lane] = *d_w;
        }
    }
}

#[simd]
fn weight_gradient_at<S: Simd, const P: usize>(simd: S, rows: &Rows, gradient: &mut [f32]) {
    let n = S::f32s::LEN;
    let mut x = Buffer::zeros(14 * n);
    two::evaluate_input_at::<S, P, 14>(simd, &rows.x, &mut x);
    let sums = &mut gradient[P * KERNEL * n..][..KERNEL * n];
    two::kernel_gradient_at::<S, P, 5>(simd, &x, &rows.d, 10, sums);
}

/// `bound`: of what is sent back; of the states 2e-6.
fn are_those_of_the_direct_form<F: Form>(bound: f64) {
    for (name, level) in available() {
        let n = lanes(level);
        let value = |k: usize| ((k * 7919) % 2003) as f32 / 1001.5 - 1.0;
        let fill = |len: usize, seed: usize| {
            let mut buffer = Buffer::zeros(len);
            buffer.iter_mut().enumerate().for_each(|(k, x)| *x = value(k + seed));
            buffer
        };
        let inputs = F::ROWS + 4;
        let mut rows = Rows {
            x: fill(inputs * 14 * n, 1),
            w: (0..TAPS).map(|k| 0.3 * value(k + 5)).collect(),
            d: fill(F::ROWS * 10 * n, 11),
            // Three rows are known, the others are to be written.
            d_x: fill(inputs * 14 * n, 23),
            d_w: Buffer::zeros(TAPS * n),
            y: Buffer::zeros(F::ROWS * 10 * n),
        };
        let known: Vec<f32> = rows.d_x[..3 * 14 * n].to_vec();
        dispatch!(level, simd => states_and_input_gradients::<_, F>(simd, &mut rows));
        if F::ROWS == 2 {
            dispatch!(level, simd => weight_gradients(simd, &mut rows));
        }
        for lane in 0..n {
            let at = |buffer: &Buffer, k: usize| f64::from(buffer[k * n + lane]);
            let before = |k: usize| if k < 3 * 14 { f64::from(known[k * n + lane]) } else { 0.0 };
            let (mut d_x, mut d_w): (Vec<f64>, _) = ((0..inputs * 14).map(before).collect(), [0.0; TAPS]);
            for k in 0..F::ROWS * 10 {
                let (y, x) = (k / 10, k % 10);
                let mut a = 0.25;
                for tap in 0..TAPS {
                    let (from, w) = ((y + tap / 5) * 14 + x + tap % 5, f64::from(rows.w[tap]));
                    a += w * at(&rows.x, from);
                    d_x[from] += w * at(&rows.d, k);
                    d_w[tap] += at(&rows.x, from) * at(&rows.d, k);
                }
                let state = f64::from(crate::paper::A) * (f64::from(crate::paper::S) * a).tanh();
                let error = (at(&rows.y, k) - state).abs();
                assert!(error < 2e-6, "{name}, {} rows: state {k} is {error:e} off", F::ROWS);
            }
            let d_w = if F::ROWS == 2 { &d_w[..] } else { &[] };
            for (expected, found) in [(&d_x[..], &rows.d_x), (d_w, &rows.d_w)] {
                for (k, expected) in expected.iter().enumerate() {
                    let error = (at(found, k) - expected).abs();
                    assert!(error < bound, "{name}, {} rows: {k} of {} is {error:e} off", F::ROWS, expected);
                }
            }
        }
    }
}

#[test]
fn the_three_ways_of_two_rows_are_those_of_the_direct_form() {
    are_those_of_the_direct_form::<Two>(6e-6);
}

#[test]
fn the_two_ways_of_four_rows_are_those_of_the_direct_form() {
    are_those_of_the_direct_form::<Four>(6e-6);
}
