//! Four outputs at a time, F(4, 5): two points more, 1/2 and -1/2, and M(t) = t (t^2 - 1) (t^2 - 4) (t^2 - 1/4).
//!
//! ```text
//!                 E: d(p)                             D: w(p) / M'(p)                  B: coefficients of M(t) / (t - p)
//! p = 0           d0                                  - w0                             x6 - x0 + 21/4 (x2 - x4)
//! infinity        d3                                  w4                               x7 - x1 + 21/4 (x3 - x5)
//! +1, -1          d0 + d2 +- (d1 + d3)                - (w0 +- w1 + ...) 2/9           x6 - 17/4 x4 + x2    +- (x5 - 17/4 x3 + x1)
//! +2, -2          d0 + 4 d2 +- 2 (d1 + 4 d3)          (w0 +- 2 w1 + ...) / 90          x6 - 5/4 x4 + x2 / 4 +- 2 (x5 - 5/4 x3 + x1 / 4)
//! +1/2, -1/2      d0 + d2 / 4 +- (d1 + d3 / 4) / 2    (w0 +- w1 / 2 + ...) 32/45       x6 - 5 x4 + 4 x2     +- (x5 - 5 x3 + 4 x1) / 2
//! ```

use std::ops::{Add, Sub};

use fearless_simd::prelude::*;

use super::two::{INFINITY, MINUS_ONE, MINUS_TWO, ONE, TWO, ZERO};
use super::{Form, MOST, plus};
use crate::kernels::KERNEL;

/// Those of `two` come first.
const HALF: usize = 6;
const MINUS_HALF: usize = 7;

/// 1 / M'(p), and 1 for infinity.
const SCALE: [f32; MOST] =
    [-1.0, 1.0, -2.0 / 9.0, -2.0 / 9.0, 1.0 / 90.0, 1.0 / 90.0, 32.0 / 45.0, 32.0 / 45.0];

/// F(4, 5).
pub(crate) struct Four;

impl Form for Four {
    const ROWS: usize = 4;
    const POINTS: usize = MOST;

    #[inline(always)]
    fn kernel<T: Copy + Add<Output = T> + Sub<Output = T>>(
        w: [T; KERNEL],
        times: impl Fn(f32, T) -> T,
    ) -> [T; MOST] {
        let mut values = [w[0]; MOST];
        values[INFINITY] = w[4];
        for (plus, minus, p) in [(ONE, MINUS_ONE, 1.0), (TWO, MINUS_TWO, 2.0), (HALF, MINUS_HALF, 0.5)] {
            let even = w[0] + times(p * p, w[2] + times(p * p, w[4]));
            let odd = times(p, w[1] + times(p * p, w[3]));
            (values[plus], values[minus]) = (even + odd, even - odd);
        }
        for p in 0..MOST {
            values[p] = times(SCALE[p], values[p]);
        }
        values
    }

    #[inline(always)]
    fn input<S: Simd, const P: usize>(simd: S, x: &[S::f32s; MOST]) -> S::f32s {
        let plus = |y: S::f32s, factor: f32, x: S::f32s| plus::<S>(simd, y, factor, x);
        let one = |k: usize| plus(x[k + 4] + x[k], -4.25, x[k + 2]);
        let two = |k: usize| plus(plus(x[k + 4], -1.25, x[k + 2]), 0.25, x[k]);
        let half = |k: usize| plus(plus(x[k + 4], -5.0, x[k + 2]), 4.0, x[k]);
        match P {
            ZERO => plus(x[6] - x[0], 5.25, x[2] - x[4]),
            INFINITY => plus(x[7] - x[1], 5.25, x[3] - x[5]),
            ONE => one(2) + one(1),
            MINUS_ONE => one(2) - one(1),
            TWO => plus(two(2), 2.0, two(1)),
            MINUS_TWO => plus(two(2), -2.0, two(1)),
            HALF => plus(half(2), 0.5, half(1)),
            _ => plus(half(2), -0.5, half(1)),
        }
    }

    #[inline(always)]
    fn gradient<S: Simd, const P: usize>(simd: S, d: &[S::f32s; 4]) -> S::f32s {
        let plus = |y: S::f32s, factor: f32, x: S::f32s| plus::<S>(simd, y, factor, x);
        match P {
            ZERO => d[0],
            INFINITY => d[3],
            ONE => (d[0] + d[2]) + (d[1] + d[3]),
            MINUS_ONE => (d[0] + d[2]) - (d[1] + d[3]),
            TWO => plus(plus(d[0], 4.0, d[2]), 2.0, plus(d[1], 4.0, d[3])),
            MINUS_TWO => plus(plus(d[0], 4.0, d[2]), -2.0, plus(d[1], 4.0, d[3])),
            HALF => plus(plus(d[0], 0.25, d[2]), 0.5, plus(d[1], 0.25, d[3])),
            _ => plus(plus(d[0], 0.25, d[2]), -0.5, plus(d[1], 0.25, d[3])),
        }
    }

    #[inline(always)]
    fn outputs<S: Simd>(simd: S, m: &[S::f32s; MOST]) -> [S::f32s; 4] {
        let plus = |y: S::f32s, factor: f32, x: S::f32s| plus::<S>(simd, y, factor, x);
        let (even, odd) = (m[ONE] + m[MINUS_ONE], m[ONE] - m[MINUS_ONE]);
        let (even_2, odd_2) = (m[TWO] + m[MINUS_TWO], m[TWO] - m[MINUS_TWO]);
        let (even_half, odd_half) = (m[HALF] + m[MINUS_HALF], m[HALF] - m[MINUS_HALF]);
        [
            (m[ZERO] + even) + (even_2 + even_half),
            plus(plus(odd, 2.0, odd_2), 0.5, odd_half),
            plus(plus(even, 4.0, even_2), 0.25, even_half),
            plus(plus(odd + m[INFINITY], 8.0, odd_2), 0.125, odd_half),
        ]
    }

    #[inline(always)]
    fn add_inputs<S: Simd>(simd: S, r: &[S::f32s; MOST], d: &mut [S::f32s; MOST]) {
        let plus = |y: S::f32s, factor: f32, x: S::f32s| plus::<S>(simd, y, factor, x);
        let (even, odd) = (r[ONE] + r[MINUS_ONE], r[ONE] - r[MINUS_ONE]);
        let (even_2, odd_2) = (r[TWO] + r[MINUS_TWO], r[TWO] - r[MINUS_TWO]);
        let (even_half, odd_half) = (r[HALF] + r[MINUS_HALF], r[HALF] - r[MINUS_HALF]);
        d[0] -= r[ZERO];
        d[1] = plus(plus((d[1] - r[INFINITY]) + odd, 0.5, odd_2), 2.0, odd_half);
        d[2] = plus(plus(plus(d[2] + even, 0.25, even_2), 4.0, even_half), 5.25, r[ZERO]);
        d[3] = plus(plus(plus(d[3], -4.25, odd), -2.5, odd_2 + odd_half), 5.25, r[INFINITY]);
        d[4] = plus(plus(plus(plus(d[4], -4.25, even), -1.25, even_2), -5.0, even_half), -5.25, r[ZERO]);
        d[5] = plus(plus(plus(d[5] + odd, 2.0, odd_2), 0.5, odd_half), -5.25, r[INFINITY]);
        d[6] = (d[6] + r[ZERO]) + (even + (even_2 + even_half));
        d[7] += r[INFINITY];
    }
}
