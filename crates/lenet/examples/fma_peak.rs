//! The multiply-adds that one core of this machine can do, to which every speed of a kernel is compared.
//!
//! `cargo run --release -p lenet --example fma_peak`
#![allow(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::hint::black_box;
use std::time::Instant;

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;
use lenet::kernels::level::available;

const STEPS: usize = 2_000_000;
/// Independent sums: more than a core can have in flight, few enough for 16 registers.
const SUMS: usize = 12;

#[simd]
fn multiply_add<S: Simd>(simd: S, factor: f32, steps: usize) -> f32 {
    let factor = S::f32s::splat(simd, factor);
    let mut sums = [factor; SUMS];
    for _ in 0..steps {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, factor);
        }
    }
    sums.iter().map(|sum| sum.reduce_sum()).sum()
}

#[simd]
fn lanes<S: Simd>(_simd: S) -> usize {
    S::f32s::LEN
}

fn main() {
    for (name, level) in available() {
        let lanes = dispatch!(level, simd => lanes(simd));
        let mut speeds: Vec<f64> = (0..9)
            .map(|_| {
                let clock = Instant::now();
                black_box(dispatch!(level, simd => multiply_add(simd, black_box(0.5), STEPS)));
                (2 * lanes * SUMS * STEPS) as f64 / clock.elapsed().as_secs_f64() / 1e9
            })
            .collect();
        speeds.sort_by(f64::total_cmp);
        println!("{name:8} {:6.1} GFLOP/s (median of 9; best {:.1})", speeds[4], speeds[8]);
    }
}
