//! The Euclidean radial basis function units of the output (eq. 7, p. 8), one image per lane.
//!
//! ```text
//! y[i]   = sum over j of (x[j] - w[i][j])^2
//! d_x[j] = sum over i of d_y[i] * 2 (x[j] - w[i][j])
//! ```
//!
//! The ten penalties stay in registers. The expanded form, which would need no subtraction, loses the digits of small
//! penalties, and the layer is a hundredth of the work.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::squash;
use crate::paper::{CODE, CODES};

/// The penalties of the ten classes, `[10]` vectors, from the 84 states of F6.
#[simd]
pub(crate) fn forward<S: Simd>(simd: S, x: &[f32], y: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let mut sums = [S::f32s::splat(simd, 0.0); 10];
    for j in 0..CODE {
        let x = S::f32s::from_slice(simd, &x[j * lanes..][..lanes]);
        for i in 0..10 {
            let difference = x - S::f32s::splat(simd, CODES[i][j]);
            sums[i] = difference.mul_add(difference, sums[i]);
        }
    }
    for (sum, y) in sums.into_iter().zip(y.chunks_exact_mut(lanes)) {
        sum.store_slice(y);
    }
}

/// Gradients of the pre-activations of F6, whose states are `x`, from those of the penalties.
#[simd]
pub(crate) fn backward<S: Simd>(simd: S, d_y: &[f32], x: &[f32], d_x: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let mut twice = [S::f32s::splat(simd, 0.0); 10];
    for i in 0..10 {
        let d = S::f32s::from_slice(simd, &d_y[i * lanes..][..lanes]);
        twice[i] = d + d;
    }
    for (j, (x, d_x)) in x.chunks_exact(lanes).zip(d_x.chunks_exact_mut(lanes)).enumerate() {
        let x = S::f32s::from_slice(simd, x);
        let mut sum = S::f32s::splat(simd, 0.0);
        for i in 0..10 {
            sum = (x - S::f32s::splat(simd, CODES[i][j])).mul_add(twice[i], sum);
        }
        (sum * squash::slope::<S, 1>(simd, x)).store_slice(d_x);
    }
}
