//! The squashing function x = A tanh(S a) (p. 8, p. 41) and its slope.
//!
//! The constants A and S are folded into one rational function of the pre-activation,
//!
//! ```text
//!               R(z)
//! x  =  a * (c + ----)      z = a^2, R of degree 3, Q of degree 4, |a| clamped to 13.25 where x is A but for an ulp or two
//!               Q(z)
//! ```
//!
//! so a value costs 8 multiply-adds, four single operations and one division, and there is no branch. The coefficients
//! minimise the largest relative error on 0 < a < 13.25 (1e-8, a twelfth of an ulp, in f64), and of the neighbours of their
//! f32 values those are taken with which rounding is least. What remains is rounding: over all floats at most 3.92 ulp with
//! fused multiply-adds. All coefficients are positive, so nothing cancels. Taking the constant c out of the quotient matters:
//! where x has nearly reached A, c a is a good part of it and is added without having been divided, so the rounding of R, Q and of
//! the division weighs less than in a single quotient of degrees 4 and 4 (4.37 ulp).
//!
//! With AVX-512 two registers hold a table of 32 numbers that one instruction reads, and a cubic for each of 32 segments takes less
//! time than the division alone: see [`segments`]. It is within 10 ulp.
//!
//! The slope needs no pre-activation: f'(a) = S/A (A - x)(A + x) = A S - S/A x^2.

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod segments;

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::paper::{A, S as SLOPE};

/// Beyond this |a| the result is A to the last bit or nearly so.
const LIMIT: f32 = 13.25;
/// Coefficients of R, constant term first.
const R: [f32; 4] = [1.819_647_9, 0.103_650_93, 1.124_291_9e-3, 2.485_860_2e-6];
/// Coefficients of Q, constant term first.
const Q: [f32; 5] = [1.618_862_5, 0.336_292_33, 8.311_844e-3, 4.738_944_7e-5, 5.082_036_5e-8];
/// What is added to their quotient.
const C: f32 = 0.019_904_701;

/// A tanh(S a) in each lane.
#[inline(always)]
pub(crate) fn squash<S: Simd>(simd: S, a: S::f32s) -> S::f32s {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    if let fearless_simd::Level::Avx512(avx512) = simd.level() {
        let a = fearless_simd::f32x16::from_slice(avx512, a.as_slice());
        return S::f32s::from_slice(simd, segments::squash(avx512, a).as_slice());
    }
    let splat = |value: f32| S::f32s::splat(simd, value);
    let a = a.max(splat(-LIMIT)).min(splat(LIMIT));
    let z = a * a;
    let (mut r, mut q) = (splat(R[3]), splat(Q[4]).mul_add(z, splat(Q[3])));
    for k in (0..3).rev() {
        r = r.mul_add(z, splat(R[k]));
        q = q.mul_add(z, splat(Q[k]));
    }
    a.mul_add(r / q, a * splat(C))
}

/// f'(a) in each lane from x = f(a); squared when `ORDER` is 2 (eq. 27).
#[inline(always)]
pub(crate) fn slope<S: Simd, const ORDER: usize>(simd: S, x: S::f32s) -> S::f32s {
    let slope = (x * x).mul_add(S::f32s::splat(simd, -SLOPE / A), S::f32s::splat(simd, A * SLOPE));
    if ORDER == 2 { slope * slope } else { slope }
}

/// Squashes a buffer in place. A tail shorter than a vector is done by an overlapping copy.
#[simd]
pub(crate) fn apply<S: Simd>(simd: S, values: &mut [f32]) {
    let mut chunks = values.chunks_exact_mut(S::f32s::LEN);
    for chunk in &mut chunks {
        squash::<S>(simd, S::f32s::from_slice(simd, chunk)).store_slice(chunk);
    }
    let tail = chunks.into_remainder();
    let mut padded = S::f32s::splat(simd, 0.0);
    padded.as_mut_slice()[..tail.len()].copy_from_slice(tail);
    tail.copy_from_slice(&squash::<S>(simd, padded).as_slice()[..tail.len()]);
}

/// d_a = d_x * f'(a) in place (or h_a = h_x * f'(a)^2 when `ORDER` is 2), from the layer's states x.
#[simd]
pub(crate) fn backward<S: Simd, const ORDER: usize>(simd: S, d: &mut [f32], x: &[f32]) {
    assert_eq!(d.len(), x.len());
    let whole = d.len() / S::f32s::LEN * S::f32s::LEN;
    for (d, x) in d[..whole].chunks_exact_mut(S::f32s::LEN).zip(x[..whole].chunks_exact(S::f32s::LEN)) {
        let slope = slope::<S, ORDER>(simd, S::f32s::from_slice(simd, x));
        (S::f32s::from_slice(simd, d) * slope).store_slice(d);
    }
    for k in whole..d.len() {
        let slope = A * SLOPE - SLOPE / A * x[k] * x[k];
        d[k] *= if ORDER == 2 { slope * slope } else { slope };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::level::available;
    use fearless_simd::dispatch;

    /// With fused multiply-adds; levels without them round twice per step.
    const MAX_ERROR_ULPS: f64 = 4.0;
    const MAX_ERROR_ULPS_OF_SEGMENTS: f64 = 10.0;
    const MAX_ERROR_ULPS_UNFUSED: f64 = 6.0;

    fn exact(a: f32) -> f64 {
        f64::from(A) * (f64::from(SLOPE) * f64::from(a)).tanh()
    }

    fn worst_error(level: fearless_simd::Level, arguments: impl Iterator<Item = f32>) -> (f64, f32) {
        let mut worst = (0.0, 0.0);
        let arguments: Vec<f32> = arguments.collect();
        let mut values = arguments.clone();
        dispatch!(level, simd => apply(simd, &mut values));
        for (&a, &x) in arguments.iter().zip(&values) {
            let truth = exact(a);
            let ulp = f64::from((truth.abs() as f32).next_up()) - f64::from(truth.abs() as f32);
            let error = (f64::from(x) - truth).abs() / ulp;
            if error.is_nan() || error > worst.0 {
                worst = (error, a);
            }
        }
        worst
    }

    fn bound(name: &str) -> f64 {
        match name {
            "avx512" => MAX_ERROR_ULPS_OF_SEGMENTS,
            "avx2" | "neon" => MAX_ERROR_ULPS,
            _ => MAX_ERROR_ULPS_UNFUSED,
        }
    }

    #[test]
    fn squashing_is_within_its_error_bound_on_a_sample_of_all_floats() {
        for (name, level) in available() {
            // 9973 is prime, so that the low bits of the sample vary.
            let sample = (0..=u32::MAX).step_by(9973).map(f32::from_bits).filter(|a| a.is_finite());
            let (error, a) = worst_error(level, sample);
            assert!(error <= bound(name), "{name}: {error} ulp at {a:e}");
        }
    }

    #[test]
    #[ignore = "all 4.3 billion floats take a minute per level"]
    fn squashing_is_within_its_error_bound_on_all_floats() {
        for (name, level) in available() {
            for high in 0..=u16::MAX {
                let all = (0..=u16::MAX).map(|low| f32::from_bits(u32::from(high) << 16 | u32::from(low)));
                let (error, a) = worst_error(level, all.filter(|a| a.is_finite()));
                assert!(error <= bound(name), "{name}: {error} ulp at {a:e}");
            }
        }
    }

    #[test]
    fn one_is_a_fixed_point_as_page_41_says() {
        for (name, level) in available() {
            let mut values = [1.0, -1.0, 0.0];
            dispatch!(level, simd => apply(simd, &mut values));
            assert!((values[0] - 1.0).abs() < 1e-4 && values[0] == -values[1] && values[2] == 0.0, "{name}");
        }
    }

    #[test]
    fn the_slope_is_the_derivative_of_the_squashing_function() {
        for a in [-3.0f32, -1.0, -0.1, 0.0, 0.5, 2.0] {
            let expected = (exact(a + 1e-3) - exact(a - 1e-3)) / f64::from((a + 1e-3) - (a - 1e-3));
            for (name, level) in available() {
                // a whole vector of the widest level and a tail
                let x = [exact(a) as f32; 17];
                let (mut first, mut second) = ([1.0; 17], [1.0; 17]);
                dispatch!(level, simd => backward::<_, 1>(simd, &mut first, &x));
                dispatch!(level, simd => backward::<_, 2>(simd, &mut second, &x));
                for k in 0..17 {
                    assert!((f64::from(first[k]) - expected).abs() < 1e-5, "{name}: f'({a})");
                    assert!((f64::from(second[k]) - expected * expected).abs() < 2e-5, "{name}: f'({a})^2");
                }
            }
        }
    }
}
