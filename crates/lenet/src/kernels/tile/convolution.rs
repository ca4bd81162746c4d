//! 5x5 convolution of square maps, one image per lane; each output map is connected to the input maps of its table (p. 7-8).
//!
//! The equation, for output map `o` and its inputs `i` in `table[o]`:
//!
//! ```text
//! a[o][y][x] = b[o] + sum over i, u, v of w[o,i][u][v] * in[i][y + u][x + v]
//!
//! for y, for o, for x:
//!     for i in table[o], for u, for v:
//!         a[o][y][x] += w[o,i][u][v] * in[i][y + u][x + v]
//! ```
//!
//! What the fast version changes, and why:
//!
//! 1. **A block of `2 X` outputs of a row stays in registers** while all kernels pass by. Multiply-adds take four
//!    cycles and two start in each, so at least eight sums must be on their way: C1 has 14, C3 has 10.
//! 2. **An input is loaded once per kernel row** and multiplied with the five weights of the row, which wait in registers:
//!
//!    ```text
//!    input row      x0    x1    x2    x3    x4    x5    x6  ...        loaded one after the other
//!                   |  \  |  \  |  \ ...
//!    weights        w0    w1    w2    w3    w4                         broadcast, one register each
//!                   v     v     v
//!    sums           a0 += x0 w0 + x1 w1 + x2 w2 + x3 w3 + x4 w4
//!                   a1 +=         x1 w0 + x2 w1 + x3 w2 + ...
//!    ```
//!
//!    so `X + 4` loads serve `5 X` multiply-adds and the two load ports are not what limits.
//! 3. **Two half blocks instead of one of twice the width**: the same sums, but LLVM unrolls loops of about 50
//!    multiply-adds and no longer ones (measured: 62 instead of 173 GFLOP/s).
//!
//! For LeNet-5's tiles [`super::winograd`] needs fewer products and has the rows of this file inside; the other systems take them as they are.
//! These also serve C3 of a single image, with its 16 maps in the lanes ([`MAPS`], see `single::winograd`): then a weight is a
//! vector, zero where Table I has no connection, and an input is a number that is broadcast.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::{KERNEL, TAPS};

/// What the lanes of a vector are: the images of a tile.
pub(crate) const IMAGES: bool = false;
/// The other possibility: output maps of one image. Then inputs are numbers and weights are vectors.
pub(crate) const MAPS: bool = true;

/// Input `k` of a row, in all lanes.
#[inline(always)]
fn input_at<S: Simd, const LANES: bool>(simd: S, row: &[f32], k: usize) -> S::f32s {
    let lanes = S::f32s::LEN;
    if LANES == MAPS {
        S::f32s::splat(simd, row[k])
    } else {
        S::f32s::from_slice(simd, &row[k * lanes..][..lanes])
    }
}

/// Floats that an input takes.
#[inline(always)]
fn input_size<S: Simd, const LANES: bool>() -> usize {
    if LANES == MAPS { 1 } else { S::f32s::LEN }
}

/// Floats that a weight takes.
#[inline(always)]
fn weight_size<S: Simd, const LANES: bool>() -> usize {
    if LANES == MAPS { S::f32s::LEN } else { 1 }
}

/// The five weights of kernel row `u`, one register each.
#[inline(always)]
pub(crate) fn kernel_row<S: Simd, const LANES: bool>(simd: S, kernel: &[f32], u: usize) -> [S::f32s; KERNEL] {
    let size = weight_size::<S, LANES>();
    let row = &kernel[u * KERNEL * size..][..KERNEL * size];
    let mut w = [S::f32s::splat(simd, 0.0); KERNEL];
    for v in 0..KERNEL {
        w[v] = if LANES == MAPS {
            S::f32s::from_slice(simd, &row[v * size..][..size])
        } else {
            S::f32s::splat(simd, row[v])
        };
    }
    w
}

/// Pre-activations of row `y` of one output map: `outside` of them, in blocks of `2 X`.
///
/// `input`: `[i][inside][inside]`; `weights`: a kernel for each map of `table`; `output`: the row.
#[inline(always)]
pub(crate) fn forward_row<S: Simd, const X: usize>(
    simd: S,
    input: &[f32],
    inside: usize,
    outside: usize,
    table: &[usize],
    weights: &[f32],
    bias: S::f32s,
    y: usize,
    output: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    for (block, output) in output[..outside * lanes].chunks_exact_mut(2 * X * lanes).enumerate() {
        let first = block * 2 * X;
        let mut left = [bias; X];
        let mut right = left;
        for (&i, kernel) in table.iter().zip(weights.chunks_exact(TAPS)) {
            for u in 0..KERNEL {
                let row = &input[((i * inside + y + u) * inside + first) * lanes..];
                let w = kernel_row::<S, IMAGES>(simd, kernel, u);
                products::<S, IMAGES, X>(simd, row, &w, &mut left);
                products::<S, IMAGES, X>(simd, &row[X * lanes..], &w, &mut right);
            }
        }
        for (half, sums) in [left, right].into_iter().enumerate() {
            for j in 0..X {
                sums[j].store_slice(&mut output[(half * X + j) * lanes..][..lanes]);
            }
        }
    }
}

/// The gradient of the kernel between two maps, added to `sums` apart by image: `[TAPS]` vectors. `X` divides `outside`.
///
/// ```text
/// d_w[u][v] = sum over y, x of d[y][x] * in[y + u][x + v]
/// ```
#[simd]
pub(crate) fn kernel_gradient<S: Simd, const X: usize>(
    simd: S,
    input: &[f32],
    inside: usize,
    d: &[f32],
    outside: usize,
    sums: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    for (u, sums) in sums.chunks_exact_mut(KERNEL * lanes).enumerate() {
        let mut w = [S::f32s::splat(simd, 0.0); KERNEL];
        for v in 0..KERNEL {
            w[v] = S::f32s::from_slice(simd, &sums[v * lanes..][..lanes]);
        }
        for (y, d) in d.chunks_exact(outside * lanes).enumerate() {
            for (block, d) in d.chunks_exact(X * lanes).enumerate() {
                let row = &input[((y + u) * inside + block * X) * lanes..];
                gathered::<S, X>(simd, row, d, &mut w);
            }
        }
        for v in 0..KERNEL {
            w[v].store_slice(&mut sums[v * lanes..][..lanes]);
        }
    }
}

/// w[v] += sum over x of row[x + v] * d[x].
#[inline(always)]
fn gathered<S: Simd, const X: usize>(simd: S, row: &[f32], d: &[f32], w: &mut [S::f32s; KERNEL]) {
    let lanes = S::f32s::LEN;
    let (row, d) = (&row[..(X + KERNEL - 1) * lanes], &d[..X * lanes]);
    for c in 0..X + KERNEL - 1 {
        let x = S::f32s::from_slice(simd, &row[c * lanes..][..lanes]);
        for v in 0..KERNEL {
            if c >= v && c - v < X {
                w[v] = x.mul_add(S::f32s::from_slice(simd, &d[(c - v) * lanes..][..lanes]), w[v]);
            }
        }
    }
}

/// sums[x] += row[x + v] * w[v].
#[inline(always)]
pub(crate) fn products<S: Simd, const LANES: bool, const X: usize>(
    simd: S,
    row: &[f32],
    w: &[S::f32s; KERNEL],
    sums: &mut [S::f32s; X],
) {
    let row = &row[..(X + KERNEL - 1) * input_size::<S, LANES>()];
    for c in 0..X + KERNEL - 1 {
        let x = input_at::<S, LANES>(simd, row, c);
        for v in 0..KERNEL {
            if c >= v && c - v < X {
                sums[c - v] = x.mul_add(w[v], sums[c - v]);
            }
        }
    }
}

/// sums[x + v - SKIP] += row[x] * w[v], where there is such a sum.
#[inline(always)]
pub(crate) fn scattered<S: Simd, const X: usize, const SKIP: usize>(
    simd: S,
    row: &[f32],
    w: &[S::f32s; KERNEL],
    sums: &mut [S::f32s; X],
) {
    let lanes = S::f32s::LEN;
    let row = &row[..X * lanes];
    for c in 0..X {
        let d = S::f32s::from_slice(simd, &row[c * lanes..][..lanes]);
        for v in 0..KERNEL {
            if c + v >= SKIP && c + v - SKIP < X {
                sums[c + v - SKIP] = d.mul_add(w[v], sums[c + v - SKIP]);
            }
        }
    }
}
