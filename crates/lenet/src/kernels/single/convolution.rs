//! 5x5 convolution of square maps, each output map connected to some input maps by a table (p. 7-8).
//!
//! The equation, for output map `o` and its inputs `i` in `table[o]`:
//!
//! ```text
//! a[o][y][x] = b[o] + sum over i, u, v of w[o,i][u][v] * in[i][y + u][x + v]
//!
//! for each o, for each i in table[o], for u in 0..5, for v in 0..5, for y, for x:
//!     a[o][y][x] += w[o,i][u][v] * in[i][y + u][x + v]
//! ```
//!
//! What the fast version changes, and why:
//!
//! 1. **A map is one long vector.** With rows of 28 or 10 positions, vectors of 8 or 16 would be half empty at each
//!    row's end. If each input map is copied five times, once per `v`, keeping the columns `v .. v + side` only, then
//!    `in[i][y + u][x + v]` is `copy[i][v][(y + u) * side + x]`, and all positions `p = y * side + x` of one kernel
//!    element are contiguous, from `u * side` on:
//!
//!    ```text
//!    copy v of a map (side 4 of 8):   row 0: v v+1 v+2 v+3 | row 1: v v+1 v+2 v+3 | row 2: ...
//!    element (u = 1, v), positions 0..16:                    ^-------- contiguous --------->
//!    ```
//!
//!    So C3's 100 positions take 13 vectors of 8 instead of 20. The copies are small (C1 18 kB, S2 17 kB) and stay
//!    in the first-level cache.
//! 2. **A block of `M` output maps x `V` vectors of positions lives in registers** while all kernel elements pass
//!    by: C1 has 6 x 2 with 16 registers; C3, whose maps have different inputs, 1 x 13.
//! 3. **The gradient of the weights** is a dot product over positions: a block of `M` output maps x the five
//!    elements of one kernel column, so that a loaded vector serves several products.
//! 4. **The gradient of the inputs** runs the copy backwards: for each element the products over all output maps are
//!    summed in registers, added to a "copy" at `u * side`, and the five copies are added up at the end. No
//!    padding, no multiplication by zero.

use std::hint::black_box;

use fearless_simd::f32x8;
use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::SLACK;
use crate::kernels::aligned::Aligned;
use crate::kernels::{KERNEL, TAPS};

/// Floats of the largest copy that a gradient goes back through: S2's, 14 rows of 10 and slack. (C1 reads the image,
/// which needs no gradient.)
const LARGEST_COPY: usize = copy_len(14, 10);

/// Zeros before the first position of a row of sums: four rows of S2's copies, and whole vectors.
const BEFORE: usize = 48;
/// A row of sums: the zeros before, 100 positions, the zeros after, as [`input_gradient`] reads them.
const SUMS: usize = BEFORE + LARGEST_COPY;

/// Floats of one of the five copies of an input map of `inside` rows: `inside` rows of `outside` columns and slack.
pub(crate) const fn copy_len(inside: usize, outside: usize) -> usize {
    (inside * outside).next_multiple_of(16) + SLACK
}

/// Copies every input map five times, each copy keeping the columns that one kernel column sees.
///
/// `maps`: `[map][INSIDE][INSIDE]` and slack; `copies`: `[map][v][copy_len]`.
#[simd]
pub(crate) fn spread<S: Simd, const INSIDE: usize, const OUTSIDE: usize>(
    simd: S,
    maps: &[f32],
    copies: &mut [f32],
) {
    let len = copy_len(INSIDE, OUTSIDE);
    let area = INSIDE * INSIDE;
    for (k, copy) in copies.chunks_exact_mut(len).enumerate() {
        let (map, v) = (k / KERNEL, k % KERNEL);
        let rows = &maps[map * area + v..];
        for y in 0..INSIDE {
            // Whole vectors run over the row's end; the next row overwrites the surplus.
            let mut x = 0;
            while x < OUTSIDE {
                let from = y * INSIDE + x;
                let row = f32x8::from_slice(simd, &rows[from..from + 8]);
                row.store_slice(&mut copy[y * OUTSIDE + x..y * OUTSIDE + x + 8]);
                x += 8;
            }
        }
        copy[INSIDE * OUTSIDE..].fill(0.0);
    }
}

/// Pre-activations of `M` output maps with the same inputs, at `V` vectors of positions from `first` on.
#[simd]
pub(crate) fn forward<S: Simd, const M: usize, const V: usize>(
    simd: S,
    copies: &[f32],
    len: usize,
    side: usize,
    table: &[usize],
    weights: [&[f32]; M],
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
    for (k, &i) in table.iter().enumerate() {
        let kernels = weights.map(|weights| &weights[k * TAPS..][..TAPS]);
        for v in 0..KERNEL {
            let copy = &copies[(i * KERNEL + v) * len..][..len];
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

/// Gradient of one input map: the products of all kernels that read it, taken back to their places.
///
/// `feeds` lists (output map, index of the kernel) of the map's connections; `d` is `[map][stride]` with zeros
/// beyond each map's `OUTSIDE^2` positions up to a whole vector. `d_map` (`INSIDE^2` and slack) is added to.
#[simd]
pub(crate) fn input_gradient<S: Simd, const INSIDE: usize, const OUTSIDE: usize>(
    simd: S,
    d: &[f32],
    stride: usize,
    weights: &[f32],
    feeds: &[(usize, usize)],
    d_map: &mut [f32],
) {
    let (positions, lanes) = (OUTSIDE * OUTSIDE, S::f32s::LEN);
    let (mut sums, mut copy) = (Aligned::<{ KERNEL * SUMS }>::new(), Aligned::<LARGEST_COPY>::new());
    for v in 0..KERNEL {
        let mut first = 0;
        while first + lanes < positions {
            column_sums::<S, 2>(simd, d, stride, weights, feeds, v, first, &mut sums);
            first += 2 * lanes;
        }
        if first < positions {
            column_sums::<S, 1>(simd, d, stride, weights, feeds, v, first, &mut sums);
        }
        // The copy that the forward pass read, row after row: element u contributes from row u on.
        for q in (0..INSIDE * OUTSIDE).step_by(lanes) {
            let mut sum = S::f32s::splat(simd, 0.0);
            for u in 0..KERNEL {
                let from = u * SUMS + BEFORE + q - u * OUTSIDE;
                sum += S::f32s::from_slice(simd, &sums[from..from + lanes]);
            }
            sum.store_slice(&mut copy[q..q + lanes]);
        }
        for y in 0..INSIDE {
            let from = &copy[y * OUTSIDE..][..OUTSIDE];
            let to = &mut d_map[y * INSIDE + v..][..OUTSIDE];
            for x in 0..OUTSIDE {
                to[x] += from[x];
            }
        }
    }
}

/// The sums over all output maps of d times kernel element (u, v), for one `v` and every `u`, at `V` vectors of
/// positions from `first` on; `sums` is `[u][SUMS]` and position p stands at `BEFORE + p`, among zeros.
///
/// The products are kept apart by `u` because adding them up in place would load what was just stored, ten floats
/// further on: the processor would have to wait until the stores have left for the cache (measured: twice the time).
#[inline(always)]
fn column_sums<S: Simd, const V: usize>(
    simd: S,
    d: &[f32],
    stride: usize,
    weights: &[f32],
    feeds: &[(usize, usize)],
    v: usize,
    first: usize,
    sums: &mut [f32; KERNEL * SUMS],
) {
    let lanes = S::f32s::LEN;
    let mut a = [[S::f32s::splat(simd, 0.0); V]; KERNEL];
    for &(o, kernel) in black_box(feeds) {
        let kernel = &weights[kernel * TAPS..][..TAPS];
        let window = &d[o * stride + first..][..V * lanes];
        let mut d = [S::f32s::splat(simd, 0.0); V];
        for j in 0..V {
            d[j] = S::f32s::from_slice(simd, &window[j * lanes..][..lanes]);
        }
        for u in 0..KERNEL {
            let w = S::f32s::splat(simd, kernel[u * KERNEL + v]);
            for j in 0..V {
                a[u][j] = d[j].mul_add(w, a[u][j]);
            }
        }
    }
    for u in 0..KERNEL {
        let window = &mut sums[u * SUMS + BEFORE + first..][..V * lanes];
        for j in 0..V {
            a[u][j].store_slice(&mut window[j * lanes..][..lanes]);
        }
    }
}
