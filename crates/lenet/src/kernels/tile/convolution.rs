//! 5x5 convolution of square maps, one image per lane; each output map is connected to the input maps of its table
//! (p. 7-8).
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

use fearless_simd::prelude::*;

use crate::kernels::{KERNEL, TAPS, squash};

/// States of row `y` of one output map: `outside` of them, in blocks of `2 X`.
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
    bias: f32,
    y: usize,
    output: &mut [f32],
) {
    let lanes = S::f32s::LEN;
    for (block, output) in output[..outside * lanes].chunks_exact_mut(2 * X * lanes).enumerate() {
        let first = block * 2 * X;
        let mut left = [S::f32s::splat(simd, bias); X];
        let mut right = left;
        for (&i, kernel) in table.iter().zip(weights.chunks_exact(TAPS)) {
            for u in 0..KERNEL {
                let row = &input[((i * inside + y + u) * inside + first) * lanes..][..(2 * X + 4) * lanes];
                let w = broadcast(simd, &kernel[u * KERNEL..][..KERNEL]);
                products::<S, X>(simd, row, &w, &mut left);
                products::<S, X>(simd, &row[X * lanes..], &w, &mut right);
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

/// The five weights of a kernel row, one register each.
#[inline(always)]
fn broadcast<S: Simd>(simd: S, row: &[f32]) -> [S::f32s; KERNEL] {
    let mut w = [S::f32s::splat(simd, 0.0); KERNEL];
    for v in 0..KERNEL {
        w[v] = S::f32s::splat(simd, row[v]);
    }
    w
}

/// sums[x] += row[x + v] * w[v].
#[inline(always)]
fn products<S: Simd, const X: usize>(simd: S, row: &[f32], w: &[S::f32s; KERNEL], sums: &mut [S::f32s; X]) {
    let lanes = S::f32s::LEN;
    let row = &row[..(X + KERNEL - 1) * lanes];
    for c in 0..X + KERNEL - 1 {
        let x = S::f32s::from_slice(simd, &row[c * lanes..][..lanes]);
        for v in 0..KERNEL {
            if c >= v && c - v < X {
                sums[c - v] = x.mul_add(w[v], sums[c - v]);
            }
        }
    }
}

/// Gradients of the pre-activations of the inputs' layer, row `y` of one input map, all `2 X` of them.
///
/// `feeds` lists (output map, index of the kernel) of the map's connections; `d`: `[o][2 X - 4][2 X - 4]`; `states` and
/// `d_input` are the row of the map.
#[inline(always)]
pub(crate) fn input_gradient_row<S: Simd, const X: usize>(
    simd: S,
    d: &[f32],
    weights: &[f32],
    feeds: &[(usize, usize)],
    y: usize,
    states: &[f32],
    d_input: &mut [f32],
) {
    let (lanes, outside) = (S::f32s::LEN, 2 * X - 4);
    let mut left = [S::f32s::splat(simd, 0.0); X];
    let mut right = left;
    for &(o, kernel) in feeds {
        for u in (y + 1).saturating_sub(outside)..KERNEL.min(y + 1) {
            let row = &d[(o * outside + y - u) * outside * lanes..][..outside * lanes];
            let w = broadcast(simd, &weights[kernel * TAPS + u * KERNEL..][..KERNEL]);
            scattered::<S, X, 0>(simd, row, &w, &mut left);
            scattered::<S, X, 4>(simd, &row[(X - 4) * lanes..], &w, &mut right);
        }
    }
    for j in 0..X {
        for (at, sum) in [(j, left[j]), (X + j, right[j])] {
            let slope =
                squash::slope::<S, 1>(simd, S::f32s::from_slice(simd, &states[at * lanes..][..lanes]));
            (sum * slope).store_slice(&mut d_input[at * lanes..][..lanes]);
        }
    }
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

/// Adds to the gradient of `U` rows of one kernel, from kernel row `first` on, what `rows` output rows contribute.
///
/// `input`: the rows of the input map from the first output row on, `[..][inside]`; `d`: `[rows][outside]`; `sums`:
/// `[5][5]` vectors, apart by image. `X` divides `outside`.
#[inline(always)]
pub(crate) fn weight_gradient<S: Simd, const X: usize, const U: usize>(
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
                let row = &input[((y + first + u) * inside + x) * lanes..][..(X + 4) * lanes];
                for c in 0..X + KERNEL - 1 {
                    let x = S::f32s::from_slice(simd, &row[c * lanes..][..lanes]);
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
