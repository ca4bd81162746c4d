//! The multiply-adds that the processor can do, to which every speed is compared.
//!
//! ```
//! use lenet::bench::peak;
//! use lenet::kernels::level::Level;
//! use lenet::workers::Workers;
//!
//! let speed = peak::gflops(Level::new(), &Workers::new(1)?, 0.001);
//! assert!(speed > 0.0);
//! # Ok::<(), lenet::workers::WorkersError>(())
//! ```

use std::hint::black_box;
use std::time::Instant;

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;
use rayon::prelude::*;

use crate::kernels::level::{self, Level};
use crate::workers::Workers;

/// Independent sums: more than a core can have in flight, few enough for 16 registers.
const SUMS: usize = 12;
/// Multiply-adds of every sum between two looks at the clock: some ten microseconds.
const STEPS: usize = 5_000;

/// Floating-point operations a second, in 10^9, of all workers together in about so many seconds: nothing but
/// multiply-adds in registers, at the level.
pub fn gflops(level: Level, workers: &Workers, seconds: f64) -> f64 {
    let operations = (2 * level::lanes(level) * SUMS * STEPS) as f64;
    let speed = |_| {
        let (clock, mut rounds) = (Instant::now(), 0.0);
        loop {
            black_box(dispatch!(level, simd => multiply_add(simd, black_box(0.5))));
            rounds += 1.0;
            let passed = clock.elapsed().as_secs_f64();
            if passed >= seconds {
                return rounds * operations / passed / 1e9;
            }
        }
    };
    workers.enter(|| (0..workers.threads()).into_par_iter().with_max_len(1).map(speed).sum())
}

#[simd]
fn multiply_add<S: Simd>(simd: S, factor: f32) -> f32 {
    let factor = S::f32s::splat(simd, factor);
    let mut sums = [factor; SUMS];
    for _ in 0..STEPS {
        for sum in &mut sums {
            *sum = sum.mul_add(factor, factor);
        }
    }
    sums.iter().map(|sum| sum.reduce_sum()).sum()
}
