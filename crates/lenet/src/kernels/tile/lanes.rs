//! Between images and lanes: pictures into a tile, tiles turned round, sums over the lanes.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u8x16};
use fearless_simd_macros::simd;

/// Turns `[LEN][16]` bytes of images round: 16 pixels, for each the bytes of up to 16 images.
///
/// A perfect shuffle of rows j and j + 8, four times over, is the transposition.
#[inline(always)]
pub(crate) fn turn_bytes<S: Simd>(simd: S, rows: &[[u8; 16]; 16]) -> [[u8; 16]; 16] {
    let mut v = [u8x16::splat(simd, 0); 16];
    for j in 0..16 {
        v[j] = u8x16::from_slice(simd, &rows[j]);
    }
    for _ in 0..4 {
        let before = v;
        for j in 0..8 {
            (v[2 * j], v[2 * j + 1]) = before[j].interleave(before[j + 8]);
        }
    }
    let mut out = [[0; 16]; 16];
    for j in 0..16 {
        v[j].store_slice(&mut out[j]);
    }
    out
}

/// Turns `[units]` vectors round to `[LEN][units]`: a layer's states by image, or a layer's maps out of their lanes.
#[simd]
pub(crate) fn turn<S: Simd>(simd: S, tile: &[f32], units: usize, rows: &mut [f32]) {
    let lanes = S::f32s::LEN;
    if units < lanes {
        for (k, unit) in tile.chunks_exact(lanes).take(units).enumerate() {
            rows[k..].iter_mut().step_by(units).zip(unit).for_each(|(place, x)| *place = *x);
        }
        return;
    }
    for first in blocks(units, lanes) {
        let mut v = [S::f32s::splat(simd, 0.0); 16];
        for j in 0..lanes {
            v[j] = S::f32s::from_slice(simd, &tile[(first + j) * lanes..][..lanes]);
        }
        turn_block::<S>(&mut v);
        for j in 0..lanes {
            v[j].store_slice(&mut rows[j * units + first..][..lanes]);
        }
    }
}

/// Turns `[LEN][units]` round to `[units]` vectors: maps into lanes.
#[simd]
pub(crate) fn turn_back<S: Simd>(simd: S, rows: &[f32], units: usize, tile: &mut [f32]) {
    let lanes = S::f32s::LEN;
    for first in blocks(units, lanes) {
        let mut v = [S::f32s::splat(simd, 0.0); 16];
        for j in 0..lanes {
            v[j] = S::f32s::from_slice(simd, &rows[j * units + first..][..lanes]);
        }
        turn_block::<S>(&mut v);
        for j in 0..lanes {
            v[j].store_slice(&mut tile[(first + j) * lanes..][..lanes]);
        }
    }
}

/// [`turn`] for rows of `WIDTH` floats, a multiple of the lanes, that begin `stride` floats apart: 0 behind the units.
#[simd]
pub(crate) fn turn_padded<S: Simd, const WIDTH: usize>(
    simd: S,
    tile: &[f32],
    stride: usize,
    rows: &mut [f32],
) {
    let (lanes, units) = (S::f32s::LEN, tile.len() / S::f32s::LEN);
    for first in (0..WIDTH).step_by(lanes) {
        let mut v = [S::f32s::splat(simd, 0.0); 16];
        for j in 0..lanes.min(units.saturating_sub(first)) {
            v[j] = S::f32s::from_slice(simd, &tile[(first + j) * lanes..][..lanes]);
        }
        turn_block::<S>(&mut v);
        for j in 0..lanes {
            v[j].store_slice(&mut rows[j * stride + first..][..lanes]);
        }
    }
}

/// Where blocks of `lanes` units begin; the last one overlaps the one before it where the units are no multiple of the lanes.
fn blocks(units: usize, lanes: usize) -> impl Iterator<Item = usize> {
    (0..units).step_by(lanes).map(move |first| first.min(units - lanes))
}

/// Transposes the first `LEN` vectors, by as many perfect shuffles of the first and the second half as `LEN` has powers of 2.
#[inline(always)]
fn turn_block<S: Simd>(v: &mut [S::f32s; 16]) {
    let lanes = S::f32s::LEN;
    let mut width = 1;
    while width < lanes {
        let before = *v;
        for j in 0..lanes / 2 {
            (v[2 * j], v[2 * j + 1]) = before[j].interleave(before[j + lanes / 2]);
        }
        width *= 2;
    }
}

/// out[k] = sum over the lanes of vector k.
#[simd]
pub(crate) fn add_up<S: Simd>(simd: S, tile: &[f32], out: &mut [f32]) {
    let lanes = S::f32s::LEN;
    let whole = out.len() / lanes * lanes;
    for (tile, out) in tile.chunks_exact(lanes * lanes).zip(out[..whole].chunks_exact_mut(lanes)) {
        let mut v = [S::f32s::splat(simd, 0.0); 16];
        for j in 0..lanes {
            v[j] = S::f32s::from_slice(simd, &tile[j * lanes..][..lanes]);
        }
        add_up_block::<S>(&mut v, 0).store_slice(out);
    }
    for k in whole..out.len() {
        out[k] = S::f32s::from_slice(simd, &tile[k * lanes..][..lanes]).reduce_sum();
    }
}

/// A vector of the sums over the lanes of `LEN` vectors from `first` on.
///
/// Neighbours are added pairwise until one vector holds the sum of each: two shuffles and an addition for a sum, where
/// each for itself would take four of both.
#[inline(always)]
pub(crate) fn add_up_block<S: Simd>(v: &mut [S::f32s; 16], first: usize) -> S::f32s {
    let mut left = S::f32s::LEN / 2;
    while left > 0 {
        for j in 0..left {
            let (even, odd) = v[first + 2 * j].deinterleave(v[first + 2 * j + 1]);
            v[first + j] = even + odd;
        }
        left /= 2;
    }
    v[first]
}

/// out[k] = sum over the lanes of `v[k]`.
#[inline(always)]
pub(crate) fn add_up_16<S: Simd>(mut v: [S::f32s; 16]) -> [f32; 16] {
    let mut out = [0.0; 16];
    for first in (0..16).step_by(S::f32s::LEN) {
        add_up_block::<S>(&mut v, first).store_slice(&mut out[first..first + S::f32s::LEN]);
    }
    out
}
