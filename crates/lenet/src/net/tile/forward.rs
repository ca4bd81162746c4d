//! C1 -> S2 -> C3 -> S4 -> C5 -> F6 -> output, for the images of a tile.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::TileState;
use crate::kernels::tile::dense::Fixed;
use crate::kernels::tile::winograd::{Form, Four, Two};
use crate::kernels::tile::{dense, rbf, subsampling, winograd};
use crate::net::{LENET5, Parameters};
use crate::paper::{CODE, TABLE_I};

/// For each map of C3 the index of its first kernel.
const FIRST_KERNEL: [usize; 16] = {
    let (mut first, mut o) = ([0; 16], 0);
    while o < 16 {
        first[o] = LENET5.c3.first_kernel(o);
        o += 1;
    }
    first
};

/// Computes the states of all layers, which stay for [`backward_at`].
#[simd]
pub(crate) fn forward_at<S: Simd>(simd: S, p: &Parameters, t: &mut TileState) {
    c1_s2::<S, true>(simd, p, t); // s2: [6][14][14]
    c3_s4::<S, true>(simd, p, t); // s4: [16][5][5]
    dense_output(simd, p, [t]); // output: [10]
}

/// Computes the penalties of the images of one tile or of two, which then meet C5 and F6 together.
#[simd]
pub(crate) fn penalties_at<S: Simd>(simd: S, p: &Parameters, tiles: &mut [TileState]) {
    for t in &mut *tiles {
        c1_s2::<S, false>(simd, p, t);
        c3_s4::<S, false>(simd, p, t);
    }
    match tiles {
        [first, second] => dense_output(simd, p, [first, second]),
        _ => {
            for t in tiles {
                dense_output(simd, p, [t]);
            }
        }
    }
}

/// C5, F6 and the output of `T` tiles.
#[simd]
pub(crate) fn dense_output<S: Simd, const T: usize>(simd: S, p: &Parameters, mut tiles: [&mut TileState; T]) {
    let net = &LENET5;
    let (weights, biases) = (p.view(net.c5.weights()), p.view(net.c5.biases()));
    let c5 = tiles.each_mut().map(|t| (&t.s4[..], &mut t.c5[..])); // c5: [120]
    squashed(simd, Fixed::<400, 120>, weights, biases, c5);
    let (weights, biases) = (p.view(net.f6.weights()), p.view(net.f6.biases()));
    let f6 = tiles.each_mut().map(|t| (&t.c5[..], &mut t.f6[..])); // f6: [84]
    squashed(simd, Fixed::<120, CODE>, weights, biases, f6);
    for t in tiles {
        rbf::forward(simd, &t.f6, &mut t.output); // output: [10]
    }
}

/// A squashed dense layer, twelve sums in registers at a time: twelve outputs of one tile, or six of each of two.
#[simd]
fn squashed<S: Simd, const INPUTS: usize, const OUTPUTS: usize, const T: usize>(
    simd: S,
    shape: Fixed<INPUTS, OUTPUTS>,
    weights: &[f32],
    biases: &[f32],
    tiles: [(&[f32], &mut [f32]); T],
) {
    if T == 1 {
        dense::forward::<S, _, 12, T, true>(simd, shape, weights, biases, tiles);
    } else {
        dense::forward::<S, _, 6, T, true>(simd, shape, weights, biases, tiles);
    }
}

/// C1 and S2, four rows of C1 and the two rows of S2 that sum them up at a time. With `KEEP` all of C1 stays.
#[simd]
pub(crate) fn c1_s2<S: Simd, const KEEP: bool>(simd: S, p: &Parameters, t: &mut TileState) {
    let (net, lanes) = (&LENET5, S::f32s::LEN);
    let biases = p.view(net.c1.biases());
    let (coefficients, s2_biases) = (p.view(net.s2.coefficients()), p.view(net.s2.biases()));
    let splat = |value: f32| S::f32s::splat(simd, value);
    for y in (0..28).step_by(4) {
        winograd::evaluate_input::<S, Four, 32, 32>(simd, &t.input[y * 32 * lanes..], &mut t.points);
        for o in 0..6 {
            let at = if KEEP { (o * 28 + y) * 28 * lanes } else { 0 };
            let rows = &mut t.c1[at..][..4 * 28 * lanes];
            let kernel = &t.kernels.c1[o * Four::EVALUATED..];
            let bias = splat(biases[o]);
            winograd::forward_rows::<S, Four, 7>(
                simd,
                &t.points,
                1,
                32,
                &[0],
                kernel,
                bias,
                &mut t.sums,
                rows,
            );
            let out = &mut t.s2[(o * 14 + y / 2) * 14 * lanes..][..2 * 14 * lanes];
            for (rows, out) in rows.chunks_exact(2 * 28 * lanes).zip(out.chunks_exact_mut(14 * lanes)) {
                subsampling::forward_row(simd, rows, splat(coefficients[o]), splat(s2_biases[o]), out);
            }
        }
    }
}

/// C3 and S4 in the same way; the last two rows of C3 by themselves.
#[simd]
pub(crate) fn c3_s4<S: Simd, const KEEP: bool>(simd: S, p: &Parameters, t: &mut TileState) {
    c3_s4_rows::<S, Four, KEEP>(simd, p, t, 0);
    c3_s4_rows::<S, Four, KEEP>(simd, p, t, 4);
    c3_s4_rows::<S, Two, KEEP>(simd, p, t, 8);
}

/// The rows of C3 from `y` on that `F` computes together, and those of S4 that sum them up.
#[simd]
fn c3_s4_rows<S: Simd, F: Form, const KEEP: bool>(simd: S, p: &Parameters, t: &mut TileState, y: usize) {
    let (net, lanes) = (&LENET5, S::f32s::LEN);
    let biases = p.view(net.c3.biases());
    let (coefficients, s4_biases) = (p.view(net.s4.coefficients()), p.view(net.s4.biases()));
    let splat = |value: f32| S::f32s::splat(simd, value);
    for i in 0..6 {
        let rows = &t.s2[(i * 14 + y) * 14 * lanes..];
        winograd::evaluate_input::<S, F, 14, { 6 * 14 }>(simd, rows, &mut t.points[i * 14 * lanes..]);
    }
    for (o, table) in TABLE_I.iter().enumerate() {
        let at = if KEEP { (o * 10 + y) * 10 * lanes } else { 0 };
        let kernels = &t.kernels.c3::<F>()[FIRST_KERNEL[o] * F::EVALUATED..];
        let rows = &mut t.c3[at..][..F::ROWS * 10 * lanes];
        let bias = splat(biases[o]);
        winograd::forward_rows::<S, F, 5>(simd, &t.points, 6, 14, table, kernels, bias, &mut t.sums, rows);
        let out = &mut t.s4[(o * 5 + y / 2) * 5 * lanes..][..F::ROWS / 2 * 5 * lanes];
        for (rows, out) in rows.chunks_exact(2 * 10 * lanes).zip(out.chunks_exact_mut(5 * lanes)) {
            subsampling::forward_row(simd, rows, splat(coefficients[o]), splat(s4_biases[o]), out);
        }
    }
}
