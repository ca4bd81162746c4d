//! The squashing function on AVX-512 without a division: one cubic for each of 32 segments.
//!
//! ```text
//! |a|       0  .09 .17 ...  .6     .8 ...  2      2.3 ...  4.7      5.4 ...  10.1      11.5
//! t         1 1/8     ...   2     2 1/4 ... 4      4 1/2 ... 8        9   ...  16        18      t = 1 1/8 + STEP |a|
//! segment   |   |   | 7 of  |      |  8 of  |       |  8 of  |        |  8 of  |    1    |
//! ```
//!
//! The last two bits of t's exponent and the first three of its mantissa are the number of the segment: eight to an octave, so
//! that they are short where the function bends and long where it is nearly A. The 32 values of one coefficient are two
//! registers, out of which one instruction (`vpermi2ps`) takes that of each lane's segment. So a vector costs four of these, four multiply-adds and three
//! single operations, where the rational function of [`super`] has ten multiplications and multiply-adds, three single
//! operations and a division: on an Intel processor the division alone takes ten cycles, more than all of this.
//!
//! The cubics meet the function at the Chebyshev points of their segments: 6e-7 of the value at most. They are computed when this is compiled.

use fearless_simd::{Avx512, f32x16, prelude::*};

use crate::paper::{A, S as SLOPE};

const SEGMENTS: usize = 32;
/// Beyond this |a| the result is that of here, A but for 4e-7 of it.
const LIMIT: f32 = 11.5;
/// t where a is 0: the first segment begins there, and the last one ends at sixteen times that, just beyond the limit.
const START: f32 = 1.125;
const STEP: f32 = 1.467;
const _: () = assert!(START + STEP * LIMIT < 16.0 * START);
/// All bits of t but its sign, exponent and the first three of its mantissa.
const SHIFT: u32 = 20;
/// The coefficients of every segment, constant terms first, in the order of the segments' numbers.
static CUBICS: [[f32; SEGMENTS]; 4] = cubics();

fearless_simd::kernel!(
    /// A tanh(S a) in each lane.
    #[inline(always)]
    pub(super) fn squash(avx512: Avx512, a: f32x16<Avx512>) -> f32x16<Avx512> {
        #[cfg(target_arch = "x86")]
        use std::arch::x86::*;
        #[cfg(target_arch = "x86_64")]
        use std::arch::x86_64::*;
        // The smaller of |a| and the limit.
        let u = _mm512_range_ps::<0b1010>(a.into(), _mm512_set1_ps(LIMIT));
        let t = _mm512_fmadd_ps(u, _mm512_set1_ps(STEP), _mm512_set1_ps(START));
        let segment = _mm512_srli_epi32::<SHIFT>(_mm512_castps_si512(t));
        let coefficient = |k: usize| {
            let [low, high] = [0, 16].map(|from| f32x16::from_slice(avx512, &CUBICS[k][from..from + 16]));
            _mm512_permutex2var_ps(low.into(), segment, high.into())
        };
        let mut x = coefficient(3);
        for k in (0..3).rev() {
            x = _mm512_fmadd_ps(x, u, coefficient(k));
        }
        // x | (a & sign)
        let x = _mm512_ternarylogic_epi32::<0xF8>(
            _mm512_castps_si512(x),
            _mm512_castps_si512(a.into()),
            _mm512_set1_epi32(i32::MIN),
        );
        f32x16::simd_from(avx512, _mm512_castsi512_ps(x))
    }
);

const fn cubics() -> [[f32; SEGMENTS]; 4] {
    let mut table = [[0.0; SEGMENTS]; 4];
    let first = START.to_bits() >> SHIFT;
    let mut k = 0;
    while k < SEGMENTS as u32 {
        let cubic = cubic(argument(first + k), argument(first + k + 1), k == 0);
        let number = ((first + k) % SEGMENTS as u32) as usize;
        let mut degree = 0;
        while degree < 4 {
            table[degree][number] = cubic[degree];
            degree += 1;
        }
        k += 1;
    }
    table
}

/// The |a| whose t has these first bits and no others.
const fn argument(bits: u32) -> f64 {
    (f32::from_bits(bits << SHIFT) as f64 - START as f64) / STEP as f64
}

/// The cubic through the function at the Chebyshev points of a segment. That of the segment of zero has no constant term, so
/// that small values keep their relative accuracy: f(a) / a is fitted by a quadratic there.
const fn cubic(from: f64, to: f64, of_zero: bool) -> [f32; 4] {
    // cos((2 k + 1) pi / 2 n) for n = 4 and 3
    const OF_FOUR: [f64; 4] = [
        0.923_879_532_511_286_7,
        0.382_683_432_365_089_8,
        -0.382_683_432_365_089_8,
        -0.923_879_532_511_286_7,
    ];
    const OF_THREE: [f64; 4] = [0.866_025_403_784_438_6, 0.0, -0.866_025_403_784_438_6, 0.0];
    let (cosines, n) = if of_zero { (OF_THREE, 3) } else { (OF_FOUR, 4) };
    let (mut points, mut differences) = ([0.0; 4], [0.0; 4]);
    let mut k = 0;
    while k < n {
        points[k] = (from + to) / 2.0 + (to - from) / 2.0 * cosines[k];
        differences[k] = function(points[k]) / if of_zero { points[k] } else { 1.0 };
        k += 1;
    }
    // Newton's divided differences, and their form multiplied out by Horner's rule
    let mut order = 1;
    while order < n {
        k = n;
        while k > order {
            k -= 1;
            differences[k] = (differences[k] - differences[k - 1]) / (points[k] - points[k - order]);
        }
        order += 1;
    }
    let mut terms = [0.0; 4];
    let mut k = n;
    while k > 0 {
        k -= 1;
        let mut degree = n - 1;
        while degree > 0 {
            terms[degree] = terms[degree - 1] - points[k] * terms[degree];
            degree -= 1;
        }
        terms[0] = differences[k] - points[k] * terms[0];
    }
    if of_zero {
        return [0.0, terms[0] as f32, terms[1] as f32, terms[2] as f32];
    }
    let [c1, c2, c3] = [terms[1] as f32, terms[2] as f32, terms[3] as f32];
    // What rounding these takes away in the middle of the segment is given back by the constant term.
    let middle = (from + to) / 2.0;
    let exact = ((terms[3] * middle + terms[2]) * middle + terms[1]) * middle + terms[0];
    let rounded = ((c3 as f64 * middle + c2 as f64) * middle + c1 as f64) * middle;
    [(exact - rounded) as f32, c1, c2, c3]
}

/// A tanh(S a) = A (1 - 2 / (1 + exp(2 S a))), the exponential by its series for a 1024th of the exponent.
const fn function(a: f64) -> f64 {
    let exponent = 2.0 * SLOPE as f64 * a / 1024.0;
    let (mut power, mut term, mut k) = (1.0, 1.0, 1.0);
    while k < 12.0 {
        term *= exponent / k;
        power += term;
        k += 1.0;
    }
    let mut doublings = 0;
    while doublings < 10 {
        power *= power;
        doublings += 1;
    }
    A as f64 * (1.0 - 2.0 / (1.0 + power))
}
