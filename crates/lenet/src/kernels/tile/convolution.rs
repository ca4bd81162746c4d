//! 5x5 convolution of square maps, one image per lane, or one output map per lane; each output map is connected to the input
//! maps of its table (p. 7-8).
//!
//! The equation, for output map `o` and its inputs `i` in `table[o]`:
//!
//! ```text
//! a[o][y][x] = b[o] + sum over i, u, v of w[o,i][u][v] * in[i][y + u][x + v]
//!
//! for y, for o, for x:                                           forward
//!     for i in table[o], for u, for v:
//!         a[o][y][x] += w[o,i][u][v] * in[i][y + u][x + v]
//!
//! d_in[i][y + u][x + v] += w[o,i][u][v] * d[o][y][x]             gradient of the inputs
//! d_w[o,i][u][v]        += in[i][y + u][x + v] * d[o][y][x]      gradient of the weights
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
//! 4. **The gradient of the inputs** is the same walk with sums and inputs exchanged; positions outside the map are left
//!    out, not multiplied by zero.
//! 5. **The gradient of the weights** keeps `5 U` sums, `U` kernel rows of one kernel, and the `X` gradients of a row in
//!    registers; an input is loaded once per kernel row. The sums stay apart by image until the end
//!    ([`super::lanes::add_up`]).
//!
//! The same code serves C3 for a single image, with its 16 maps in the lanes ([`MAPS`]): then a weight is a vector, zero
//! where Table I has no connection, an input is a number that is broadcast, and `table` and `feeds` list groups of as many
//! maps as there are lanes.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::level::has_32_registers;
use crate::kernels::{KERNEL, TAPS, squash};

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
fn kernel_row<S: Simd, const LANES: bool>(simd: S, kernel: &[f32], u: usize) -> [S::f32s; KERNEL] {
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

/// States of row `y` of one output map, or of as many as there are lanes: `outside` of them, in blocks of `2 X`.
///
/// `input`: `[i][inside][inside]`; `weights`: a kernel for each map of `table`; `output`: the row.
#[inline(always)]
pub(crate) fn forward_row<S: Simd, const LANES: bool, const X: usize>(
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
    let (lanes, input_size) = (S::f32s::LEN, input_size::<S, LANES>());
    for (block, output) in output[..outside * lanes].chunks_exact_mut(2 * X * lanes).enumerate() {
        let first = block * 2 * X;
        let mut left = [bias; X];
        let mut right = left;
        for (&i, kernel) in table.iter().zip(weights.chunks_exact(TAPS * weight_size::<S, LANES>())) {
            for u in 0..KERNEL {
                let row = &input[((i * inside + y + u) * inside + first) * input_size..];
                let w = kernel_row::<S, LANES>(simd, kernel, u);
                products::<S, LANES, X>(simd, row, &w, &mut left);
                products::<S, LANES, X>(simd, &row[X * input_size..], &w, &mut right);
            }
        }
        for j in 0..X {
            squash::squash::<S>(simd, left[j]).store_slice(&mut output[j * lanes..][..lanes]);
        }
        for j in 0..X {
            squash::squash::<S>(simd, right[j]).store_slice(&mut output[(X + j) * lanes..][..lanes]);
        }
    }
}

/// sums[x] += row[x + v] * w[v].
#[inline(always)]
fn products<S: Simd, const LANES: bool, const X: usize>(
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

/// Gradients of the inputs, row `y` of one input map, all `2 X` of them as two halves; with [`MAPS`] their parts by output
/// map, which are to be added up.
///
/// `feeds` lists (output map, index of the kernel) of the map's connections; `d`: `[o][2 X - 4][2 X - 4]`.
#[inline(always)]
pub(crate) fn input_gradient_row<S: Simd, const LANES: bool, const X: usize>(
    simd: S,
    d: &[f32],
    weights: &[f32],
    feeds: &[(usize, usize)],
    y: usize,
) -> [[S::f32s; X]; 2] {
    let (lanes, outside) = (S::f32s::LEN, 2 * X - 4);
    let kernel_size = TAPS * weight_size::<S, LANES>();
    let mut left = [S::f32s::splat(simd, 0.0); X];
    let mut right = left;
    for &(o, kernel) in feeds {
        for u in (y + 1).saturating_sub(outside)..KERNEL.min(y + 1) {
            let row = &d[(o * outside + y - u) * outside * lanes..][..outside * lanes];
            let w = kernel_row::<S, LANES>(simd, &weights[kernel * kernel_size..][..kernel_size], u);
            scattered::<S, X, 0>(simd, row, &w, &mut left);
            scattered::<S, X, 4>(simd, &row[(X - 4) * lanes..], &w, &mut right);
        }
    }
    [left, right]
}

/// sums[x + v - SKIP] += row[x] * w[v], where there is such a sum.
#[inline(always)]
fn scattered<S: Simd, const X: usize, const SKIP: usize>(
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

/// Adds to the gradient of a kernel what `rows` output rows contribute.
///
/// `input`: the rows of the input map from the first output row on, `[..][inside]`; `d`: `[rows][outside]`; `sums`:
/// `[5][5]` vectors, apart by image or by output map. Three and two rows of the kernel at a time and `X` columns of `d` where
/// the registers hold so many, else two, two and one and `LESS` columns; both divide `outside`.
#[simd]
pub(crate) fn kernel_gradient<S: Simd, const LANES: bool, const X: usize, const LESS: usize>(
    simd: S,
    input: &[f32],
    inside: usize,
    d: &[f32],
    outside: usize,
    rows: usize,
    sums: &mut [f32],
) {
    const { assert!(KERNEL == 5) };
    if has_32_registers::<S>() {
        weight_gradient::<S, LANES, X, 3>(simd, input, inside, d, outside, rows, 0, sums);
        weight_gradient::<S, LANES, X, 2>(simd, input, inside, d, outside, rows, 3, sums);
    } else {
        weight_gradient::<S, LANES, LESS, 2>(simd, input, inside, d, outside, rows, 0, sums);
        weight_gradient::<S, LANES, LESS, 2>(simd, input, inside, d, outside, rows, 2, sums);
        weight_gradient::<S, LANES, LESS, 1>(simd, input, inside, d, outside, rows, 4, sums);
    }
}

/// [`kernel_gradient`] for `U` rows of the kernel from row `first` on.
#[inline(always)]
fn weight_gradient<S: Simd, const LANES: bool, const X: usize, const U: usize>(
    simd: S,
    input: &[f32],
    inside: usize,
    d: &[f32],
    outside: usize,
    rows: usize,
    first: usize,
    sums: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    let sums = &mut sums[first * KERNEL * lanes..][..U * KERNEL * lanes];
    let mut a = [[S::f32s::splat(simd, 0.0); KERNEL]; U];
    for u in 0..U {
        for v in 0..KERNEL {
            a[u][v] = S::f32s::from_slice(simd, &sums[(u * KERNEL + v) * lanes..][..lanes]);
        }
    }
    for y in 0..rows {
        for x in (0..outside).step_by(X) {
            let row = &d[(y * outside + x) * lanes..][..X * lanes];
            let mut d = [S::f32s::splat(simd, 0.0); X];
            for j in 0..X {
                d[j] = S::f32s::from_slice(simd, &row[j * lanes..][..lanes]);
            }
            for u in 0..U {
                let size = input_size::<S, LANES>();
                let row = &input[((y + first + u) * inside + x) * size..][..(X + KERNEL - 1) * size];
                for c in 0..X + KERNEL - 1 {
                    let x = input_at::<S, LANES>(simd, row, c);
                    for v in 0..KERNEL {
                        if c >= v && c - v < X {
                            a[u][v] = x.mul_add(d[c - v], a[u][v]);
                        }
                    }
                }
            }
        }
    }
    for u in 0..U {
        for v in 0..KERNEL {
            a[u][v].store_slice(&mut sums[(u * KERNEL + v) * lanes..][..lanes]);
        }
    }
}
