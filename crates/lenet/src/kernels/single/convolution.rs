//! C1 for one image: 5x5 convolution of the one input map into six (p. 7).
//!
//! The equation, for output map `o`:
//!
//! ```text
//! a[o][y][x] = b[o] + sum over u, v of w[o][u][v] * in[y + u][x + v]
//!
//! for each o, for u in 0..5, for v in 0..5, for y, for x:
//!     a[o][y][x] += w[o][u][v] * in[y + u][x + v]
//! ```
//!
//! (C3 has its 16 maps in the lanes and shares the code of the tiles, see `kernels::tile::convolution`; six maps would leave most
//! lanes empty.) What the fast version changes, and why:
//!
//! 1. **A map is one long vector.** With rows of 28 positions, vectors of 16 would be half empty at each row's end. If the
//!    input is copied five times, once per `v`, keeping the columns `v .. v + side` only, then `in[y + u][x + v]` is
//!    `copy[v][(y + u) * side + x]`, and all positions `p = y * side + x` of one kernel element are contiguous, from
//!    `u * side` on:
//!
//!    ```text
//!    copy v of a map (side 4 of 8):   row 0: v v+1 v+2 v+3 | row 1: v v+1 v+2 v+3 | row 2: ...
//!    element (u = 1, v), positions 0..16:                    ^-------- contiguous --------->
//!    ```
//!
//!    The copies are small (18 kB) and stay in the first-level cache.
//! 2. **A block of `M` output maps x `V` vectors of positions lives in registers** while all kernel elements pass
//!    by: 6 x 2 with 16 registers, 3 x 7 with 32.
//! 3. **The gradient of the weights** is a dot product over positions: a block of `M` output maps x the five
//!    elements of one kernel column, so that a loaded vector serves several products.

use std::hint::black_box;

use fearless_simd::f32x8;
use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::SLACK;
use crate::kernels::{KERNEL, TAPS};

/// Floats of one of the five copies of an input map of `inside` rows: `inside` rows of `outside` columns and slack.
pub(crate) const fn copy_len(inside: usize, outside: usize) -> usize {
    (inside * outside).next_multiple_of(16) + SLACK
}

/// Copies the input map five times, each copy keeping the columns that one kernel column sees.
///
/// `map`: `[INSIDE][INSIDE]` and slack; `copies`: `[v][copy_len]`.
#[simd]
pub(crate) fn spread<S: Simd, const INSIDE: usize, const OUTSIDE: usize>(
    simd: S,
    map: &[f32],
    copies: &mut [f32],
) {
    for (v, copy) in copies.chunks_exact_mut(copy_len(INSIDE, OUTSIDE)).enumerate() {
        for y in 0..INSIDE {
            // Whole vectors run over the row's end; the next row overwrites the surplus.
            let mut x = 0;
            while x < OUTSIDE {
                let from = y * INSIDE + x + v;
                let row = f32x8::from_slice(simd, &map[from..from + 8]);
                row.store_slice(&mut copy[y * OUTSIDE + x..y * OUTSIDE + x + 8]);
                x += 8;
            }
        }
        copy[INSIDE * OUTSIDE..].fill(0.0);
    }
}

/// Pre-activations of `M` output maps at `V` vectors of positions from `first` on. `copies`: `[v][len]`.
#[simd]
pub(crate) fn forward<S: Simd, const M: usize, const V: usize>(
    simd: S,
    copies: &[f32],
    len: usize,
    side: usize,
    kernels: [&[f32]; M],
    biases: [f32; M],
    first: usize,
    outputs: &mut [f32],
    stride: usize,
) {
    let lanes = S::f32s::LEN;
    let mut a = [[S::f32s::splat(simd, 0.0); V]; M];
    for m in 0..M {
        a[m] = [S::f32s::splat(simd, biases[m]); V];
    }
    let kernels = kernels.map(|kernel| &kernel[..TAPS]);
    for v in 0..KERNEL {
        let copy = &copies[v * len..][..len];
        for u in 0..KERNEL {
            let window = &copy[u * side + first..][..V * lanes];
            let mut x = [S::f32s::splat(simd, 0.0); V];
            for j in 0..V {
                x[j] = S::f32s::from_slice(simd, &window[j * lanes..][..lanes]);
            }
            for m in 0..M {
                let w = S::f32s::splat(simd, kernels[m][u * KERNEL + v]);
                for j in 0..V {
                    a[m][j] = x[j].mul_add(w, a[m][j]);
                }
            }
        }
    }
    for m in 0..M {
        let row = &mut outputs[m * stride + first..][..V * lanes];
        for j in 0..V {
            a[m][j].store_slice(&mut row[j * lanes..][..lanes]);
        }
    }
}

/// Gradient of the kernels of `M` output maps that share the input map whose `copies` (`[v][len]`) are given.
///
/// `d` holds the gradients of the pre-activations at `positions` places (zero beyond them up to a whole vector).
/// Kernel `m` is written to `out[at[m]..at[m] + 25]`.
///
/// The number of positions is hidden from the optimiser: with 13 known iterations LLVM unrolls the loop and adds up
/// one sum after another, each waiting for its last product (measured: 3 times slower on C3).
#[simd]
pub(crate) fn weight_gradient<S: Simd, const M: usize>(
    simd: S,
    copies: &[f32],
    len: usize,
    side: usize,
    positions: usize,
    d: [&[f32]; M],
    out: &mut [f32],
    at: [usize; M],
) {
    let lanes = S::f32s::LEN;
    let positions = black_box(positions.next_multiple_of(lanes));
    for v in 0..KERNEL {
        let copy = &copies[v * len..][..len];
        let mut windows: [&[f32]; KERNEL] = [copy; KERNEL];
        for u in 0..KERNEL {
            windows[u] = &copy[u * side..][..positions];
        }
        let d = d.map(|d| &d[..positions]);
        let mut sums = [[S::f32s::splat(simd, 0.0); KERNEL]; M];
        let mut p = 0;
        while p + lanes <= positions {
            let mut rows = [S::f32s::splat(simd, 0.0); M];
            for m in 0..M {
                rows[m] = S::f32s::from_slice(simd, &d[m][p..p + lanes]);
            }
            for u in 0..KERNEL {
                let x = S::f32s::from_slice(simd, &windows[u][p..p + lanes]);
                for m in 0..M {
                    sums[m][u] = x.mul_add(rows[m], sums[m][u]);
                }
            }
            p += lanes;
        }
        for m in 0..M {
            let kernel = &mut out[at[m]..at[m] + TAPS];
            for u in 0..KERNEL {
                kernel[u * KERNEL + v] = sums[m][u].reduce_sum();
            }
        }
    }
}
