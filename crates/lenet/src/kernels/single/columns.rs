//! C5 for one image, an input at a time: a = b + W x with W `[input][OUTPUTS]`, while C3 and S4 are still computing other inputs.
//!
//! ```text
//! for k, for o:  a[o]    += w[k][o] * x[k]             forward
//! for k, for o:  d_x[k]  += w[k][o] * d[o]             gradient of the inputs
//!                w[k][o] -= step[k][o] d[o] x[k]       update after one pattern (eq. 18, p. 42), from the same w[k][o]
//! ```
//!
//! C5's weights are used once for an image and come from the second-level cache, at 32 bytes a cycle and less: as long as they are
//! waited for, nothing is multiplied. C3 is the other way round, all products and hardly a load that leaves the first-level cache. So
//! both are done in turn, a few inputs of C5 after every fifty products of C3, close enough for the processor to have both under way:
//!
//! ```text
//! S4, row 0   finished     C3, rows 2 and 3: 50 products | C5: 4 inputs of row 0 | 50 products | 4 inputs | ...
//! S4, row 1   finished     C3, rows 4 and 5: 50 products | C5: 4 inputs of row 1 | ...
//! ```
//!
//! That wants the weights of an input next to each other ([`transpose`]), inputs in the order in which S4 is computed, and an input's
//! weights in whole vectors: there are 128 outputs, of which 120 have a unit. Sums wait in the first-level cache in the meantime.
//! Only the last row of S4 is left for the end. With 16 registers, which C3 fills by itself, all of C5 is.
//!
//! On the way back a column meets d, which every input shares, and gets its update in the same walk; the sums of sixteen inputs are
//! added up over their lanes together. So on-line training asks the second-level cache for a weight twice for a pattern and once for
//! its step.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::winograd::Meanwhile;
use crate::kernels::level::has_32_registers;
use crate::kernels::tile::lanes::add_up_16;

/// Outputs: C5's 120 units, and zeros up to a whole vector of the widest level.
pub(crate) const OUTPUTS: usize = 128;
/// Vectors of sums that are kept in registers.
const VECTORS: usize = 8;

/// Puts weights `[o][k]` where input `place(k)` has its column.
pub(crate) fn transpose(weights: &[f32], inputs: usize, place: impl Fn(usize) -> usize, columns: &mut [f32]) {
    for k in 0..inputs {
        let column = &mut columns[place(k) * OUTPUTS..][..OUTPUTS];
        for (w, row) in column.iter_mut().zip(weights.chunks_exact(inputs)) {
            *w = row[k];
        }
    }
}

/// The way back of [`transpose`].
pub(crate) fn transpose_back(
    columns: &[f32],
    inputs: usize,
    place: impl Fn(usize) -> usize,
    weights: &mut [f32],
) {
    for k in 0..inputs {
        let column = &columns[place(k) * OUTPUTS..][..OUTPUTS];
        for (w, row) in column.iter().zip(weights.chunks_exact_mut(inputs)) {
            row[k] = *w;
        }
    }
}

/// Inputs whose products are to be added to the sums.
pub(crate) struct Columns<'a> {
    /// `[input][OUTPUTS]`.
    pub(crate) weights: &'a [f32],
    pub(crate) x: &'a [f32],
    pub(crate) sums: &'a mut [f32; OUTPUTS],
}

impl Columns<'_> {
    /// Adds the products of the next `K` inputs, if there are so many.
    #[inline(always)]
    fn add<S: Simd, const K: usize>(&mut self, simd: S) {
        if self.x.len() < K {
            return;
        }
        let lanes = S::f32s::LEN;
        let (x, x_left) = self.x.split_at(K);
        let (weights, weights_left) = self.weights.split_at(K * OUTPUTS);
        for first in (0..OUTPUTS).step_by(VECTORS * lanes) {
            let sums = &mut self.sums[first..first + VECTORS * lanes];
            let mut a = [S::f32s::splat(simd, 0.0); VECTORS];
            for j in 0..VECTORS {
                a[j] = S::f32s::from_slice(simd, &sums[j * lanes..][..lanes]);
            }
            for k in 0..K {
                let (x, column) =
                    (S::f32s::splat(simd, x[k]), &weights[k * OUTPUTS + first..][..VECTORS * lanes]);
                for j in 0..VECTORS {
                    a[j] = S::f32s::from_slice(simd, &column[j * lanes..][..lanes]).mul_add(x, a[j]);
                }
            }
            for j in 0..VECTORS {
                a[j].store_slice(&mut sums[j * lanes..][..lanes]);
            }
        }
        (self.x, self.weights) = (x_left, weights_left);
    }

    /// Adds all that is left.
    #[inline(always)]
    pub(crate) fn finish<S: Simd>(mut self, simd: S) {
        while self.x.len() >= 4 {
            self.add::<S, 4>(simd);
        }
        while !self.x.is_empty() {
            self.add::<S, 1>(simd);
        }
    }
}

impl<S: Simd> Meanwhile<S> for Columns<'_> {
    /// So many inputs that a row of S4, five vectors, is done in the 36 steps of two rows of C3, if there are registers for them
    /// beside C3's.
    #[inline(always)]
    fn step(&mut self, simd: S) {
        if S::f32s::LEN == 16 {
            self.add::<S, 4>(simd);
        } else if has_32_registers::<S>() {
            self.add::<S, 1>(simd);
        }
    }
}

/// `d_x = W d` and, with the columns still at hand, `w[k][o] -= steps[k][o] * d[o] * x[k]`; a multiple of 16 inputs.
#[simd]
pub(crate) fn descend<S: Simd>(
    simd: S,
    weights: &mut [f32],
    steps: &[f32],
    d: &[f32],
    x: &[f32],
    d_x: &mut [f32],
) {
    let mut padded = [0.0; OUTPUTS];
    padded[..d.len()].copy_from_slice(d);
    let columns = weights.chunks_exact_mut(16 * OUTPUTS).zip(steps.chunks_exact(16 * OUTPUTS));
    for ((weights, steps), (x, d_x)) in columns.zip(x.chunks_exact(16).zip(d_x.chunks_exact_mut(16))) {
        let mut sums = [S::f32s::splat(simd, 0.0); 16];
        let columns = weights.chunks_exact_mut(OUTPUTS).zip(steps.chunks_exact(OUTPUTS));
        for (k, (column, steps)) in columns.enumerate() {
            sums[k] = column_step::<S>(simd, column, steps, &padded, x[k]);
        }
        d_x.copy_from_slice(&add_up_16::<S>(sums));
    }
}

/// The products of a column with d, apart by lane, and the update of the column.
#[inline(always)]
fn column_step<S: Simd>(simd: S, column: &mut [f32], steps: &[f32], d: &[f32; OUTPUTS], x: f32) -> S::f32s {
    let lanes = S::f32s::LEN;
    let minus_x = S::f32s::splat(simd, -x);
    let (column, steps) = (&mut column[..OUTPUTS], &steps[..OUTPUTS]);
    let mut sums = [S::f32s::splat(simd, 0.0); 4];
    for first in (0..OUTPUTS).step_by(4 * lanes) {
        for j in 0..4 {
            let at = first + j * lanes;
            let d = S::f32s::from_slice(simd, &d[at..at + lanes]);
            let w = S::f32s::from_slice(simd, &column[at..at + lanes]);
            sums[j] = w.mul_add(d, sums[j]);
            let step = S::f32s::from_slice(simd, &steps[at..at + lanes]);
            step.mul_add(d * minus_x, w).store_slice(&mut column[at..at + lanes]);
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
