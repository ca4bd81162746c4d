//! Full connection (C5, which sees all of S4, and F6; p. 8), one image per lane: a = b + W x with W `[output][input]`.
//!
//! ```text
//! for o, for k:  a[o]      += w[o][k] * x[k]          forward
//! for k, for o:  d_x[k]    += w[o][k] * d[o]          gradient of the inputs
//! for o, for k:  d_w[o][k] += d[o] * x[k]             gradient of the weights, summed over the images of the tile
//! ```
//!
//! Forward and backward, a block of sums stays in registers; each step loads one vector and one weight per sum, which the
//! processor broadcasts while it loads. So there is a load for every multiply-add, and a processor that starts two of each in a
//! cycle has none to spare. Forward, a weight can meet several tiles: two of them halve the loads, and what comes from
//! the second-level cache. The gradient of the weights is a sum over images, that is over lanes: x and d are
//! turned round first ([`super::lanes::turn`]), images become the inner loop and vectors run along a row of weights.
//!
//! Numbers of inputs and outputs are a type ([`Sizes`]), so that LeNet-5's are constants in its kernels: as variables they cost its
//! answers a fifth more instructions.

use fearless_simd::f32x8;
use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use crate::kernels::level::has_32_registers;
use crate::kernels::squash;

/// How many inputs and outputs a layer has.
pub(crate) trait Sizes: Copy {
    fn inputs(self) -> usize;
    fn outputs(self) -> usize;
}

/// Known when this compiles.
#[derive(Clone, Copy)]
pub(crate) struct Fixed<const IN: usize, const OUT: usize>;

/// Known when the network is made.
#[derive(Clone, Copy)]
pub(crate) struct Varying {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

impl<const IN: usize, const OUT: usize> Sizes for Fixed<IN, OUT> {
    #[inline(always)]
    fn inputs(self) -> usize {
        IN
    }

    #[inline(always)]
    fn outputs(self) -> usize {
        OUT
    }
}

impl Sizes for Varying {
    #[inline(always)]
    fn inputs(self) -> usize {
        self.inputs
    }

    #[inline(always)]
    fn outputs(self) -> usize {
        self.outputs
    }
}

/// States of all outputs, or pre-activations unless `SQUASH`, `O` at a time; `O` divides their number. `tiles` has what goes in and what
/// comes out of each.
#[simd]
pub(crate) fn forward<S: Simd, Z: Sizes, const O: usize, const T: usize, const SQUASH: bool>(
    simd: S,
    sizes: Z,
    weights: &[f32],
    biases: &[f32],
    tiles: [(&[f32], &mut [f32]); T],
) {
    let (lanes, inputs) = (S::f32s::LEN, sizes.inputs());
    let x = tiles.each_ref().map(|&(x, _)| &x[..inputs * lanes]);
    let mut outputs = tiles.map(|(_, output)| output.chunks_exact_mut(O * lanes));
    for (weights, biases) in weights.chunks_exact(O * inputs).zip(biases.chunks_exact(O)) {
        let mut sums = [[S::f32s::splat(simd, 0.0); O]; T];
        for o in 0..O {
            for t in 0..T {
                sums[t][o] = S::f32s::splat(simd, biases[o]);
            }
        }
        for k in 0..inputs {
            let x = x.map(|x| S::f32s::from_slice(simd, &x[k * lanes..][..lanes]));
            for o in 0..O {
                let w = S::f32s::splat(simd, weights[o * inputs + k]);
                for t in 0..T {
                    sums[t][o] = x[t].mul_add(w, sums[t][o]);
                }
            }
        }
        for (output, sums) in outputs.iter_mut().filter_map(Iterator::next).zip(sums) {
            for o in 0..O {
                let state = if SQUASH { squash::squash::<S>(simd, sums[o]) } else { sums[o] };
                state.store_slice(&mut output[o * lanes..][..lanes]);
            }
        }
    }
}

/// Gradients of the pre-activations of the inputs, whose states are `x`, or of the states unless `SQUASH`, `K` at a time; `K`
/// divides their number.
#[simd]
pub(crate) fn input_gradient<S: Simd, Z: Sizes, const K: usize, const SQUASH: bool>(
    simd: S,
    sizes: Z,
    weights: &[f32],
    d: &[f32],
    x: &[f32],
    d_x: &mut [f32],
) {
    let (lanes, inputs) = (S::f32s::LEN, sizes.inputs());
    for first in (0..inputs).step_by(K) {
        let mut sums = [S::f32s::splat(simd, 0.0); K];
        for (row, d) in weights.chunks_exact(inputs).zip(d.chunks_exact(lanes)) {
            let row = &row[first..first + K];
            let d = S::f32s::from_slice(simd, d);
            for k in 0..K {
                sums[k] = d.mul_add(S::f32s::splat(simd, row[k]), sums[k]);
            }
        }
        let (x, d_x) = (&x[first * lanes..][..K * lanes], &mut d_x[first * lanes..][..K * lanes]);
        for k in 0..K {
            let mut d = sums[k];
            if SQUASH {
                d *= squash::slope::<S, 1>(simd, S::f32s::from_slice(simd, &x[k * lanes..][..lanes]));
            }
            d.store_slice(&mut d_x[k * lanes..][..lanes]);
        }
    }
}

/// d_w[o][k] = sum over images of d[n][o] * x[n][k], from `d` as `[n][outputs]` and `x` as `[n][inputs]`, at least 4 and 8 of them.
///
/// A few columns of `x` at a time, which stay in the first-level cache while all outputs pass by. What is left at the ends is
/// computed together with what stands before it once more.
#[simd]
pub(crate) fn weight_gradient<S: Simd, Z: Sizes>(simd: S, sizes: Z, d: &[f32], x: &[f32], d_w: &mut [f32]) {
    rows_of_weight_gradient(simd, sizes, d, x, 0, d_w);
}

/// The rows of the same that fill `d_w`, at least 4, from output `o` on.
#[simd]
pub(crate) fn rows_of_weight_gradient<S: Simd, Z: Sizes>(
    simd: S,
    sizes: Z,
    d: &[f32],
    x: &[f32],
    o: usize,
    d_w: &mut [f32],
) {
    let (lanes, inputs) = (S::f32s::LEN, sizes.inputs());
    let mut k = 0;
    while has_32_registers::<S>() && k + 5 * lanes <= inputs {
        outer::<S, S::f32s, Z, 5>(simd, sizes, d, x, [o, k], d_w);
        k += 5 * lanes;
    }
    while k + 2 * lanes <= inputs {
        outer::<S, S::f32s, Z, 2>(simd, sizes, d, x, [o, k], d_w);
        k += 2 * lanes;
    }
    while k + lanes <= inputs {
        outer::<S, S::f32s, Z, 1>(simd, sizes, d, x, [o, k], d_w);
        k += lanes;
    }
    while k < inputs {
        outer::<S, f32x8<S>, Z, 1>(simd, sizes, d, x, [o, k.min(inputs - 8)], d_w);
        k += 8;
    }
}

/// `V` vectors of every row of the gradient in `d_w`, whose first is that of output `o`, from input `k` on, four rows at a time.
#[inline(always)]
fn outer<S: Simd, F: SimdFloat<S, Element = f32>, Z: Sizes, const V: usize>(
    simd: S,
    sizes: Z,
    d: &[f32],
    x: &[f32],
    [o, k]: [usize; 2],
    d_w: &mut [f32],
) {
    let inputs = sizes.inputs();
    for (block, d_w) in d_w.chunks_exact_mut(4 * inputs).enumerate() {
        four_rows::<S, F, Z, V>(simd, sizes, d, x, [o + 4 * block, k], d_w);
    }
    let rows = d_w.len() / inputs;
    if !rows.is_multiple_of(4) {
        let last = &mut d_w[(rows - 4) * inputs..];
        four_rows::<S, F, Z, V>(simd, sizes, d, x, [o + rows - 4, k], last);
    }
}

/// `V` vectors of the four rows from `o` on.
#[inline(always)]
fn four_rows<S: Simd, F: SimdFloat<S, Element = f32>, Z: Sizes, const V: usize>(
    simd: S,
    sizes: Z,
    d: &[f32],
    x: &[f32],
    [o, k]: [usize; 2],
    d_w: &mut [f32],
) {
    let (outputs, inputs) = (sizes.outputs(), sizes.inputs());
    let mut sums = [[F::splat(simd, 0.0); V]; 4];
    for (d, x) in d.chunks_exact(outputs).zip(x.chunks_exact(inputs)) {
        let (d, x) = (&d[o..o + 4], &x[k..k + V * F::LEN]);
        for j in 0..V {
            let x = F::from_slice(simd, &x[j * F::LEN..][..F::LEN]);
            for r in 0..4 {
                sums[r][j] = x.mul_add(F::splat(simd, d[r]), sums[r][j]);
            }
        }
    }
    for r in 0..4 {
        let row = &mut d_w[r * inputs + k..][..V * F::LEN];
        for j in 0..V {
            sums[r][j].store_slice(&mut row[j * F::LEN..][..F::LEN]);
        }
    }
}
