//! What C3 sends back to S2 in one image, with C3's maps in the lanes: they fill a vector of the widest level, or several groups of
//! narrower ones.
//!
//! ```text
//! d_in[i][y + u][x + v] += w[o,i][u][v] * d[o][y][x]             summed over the lanes by the caller
//! ```
//!
//! A weight is a vector over output maps, zero where Table I has no connection. Positions outside the map are left out, not
//! multiplied by zero. States and the gradient of the kernels are in [`super::winograd`]; here minimal filtering would have to sum
//! up the lanes of six points for each pair of rows in place of two rows, which costs what it saves.

use fearless_simd::prelude::*;

use crate::kernels::tile::convolution::{MAPS, kernel_row, scattered};
use crate::kernels::{KERNEL, TAPS};

/// Gradients of the inputs, row `y` of one input map, all `2 X` of them as two halves, in parts by output map, which are to be
/// added up.
///
/// `feeds` lists (group of output maps, index of the kernel) of the map's connections; `d`: `[o][2 X - 4][2 X - 4]`.
#[inline(always)]
pub(crate) fn input_gradient_row<S: Simd, const X: usize>(
    simd: S,
    d: &[f32],
    weights: &[f32],
    feeds: &[(usize, usize)],
    y: usize,
) -> [[S::f32s; X]; 2] {
    let (lanes, outside) = (S::f32s::LEN, 2 * X - 4);
    let kernel_size = TAPS * lanes;
    let mut left = [S::f32s::splat(simd, 0.0); X];
    let mut right = left;
    for &(o, kernel) in feeds {
        for u in (y + 1).saturating_sub(outside)..KERNEL.min(y + 1) {
            let row = &d[(o * outside + y - u) * outside * lanes..][..outside * lanes];
            let w = kernel_row::<S, MAPS>(simd, &weights[kernel * kernel_size..][..kernel_size], u);
            scattered::<S, X, 0>(simd, row, &w, &mut left);
            scattered::<S, X, 4>(simd, &row[(X - 4) * lanes..], &w, &mut right);
        }
    }
    [left, right]
}
