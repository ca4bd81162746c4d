//! Textures: surfaces that are no writing at all.

use std::f32::consts::PI;

use rand::Rng;

use super::Canvas;
use super::chance::{below, between, happens};

/// A square of `side` pixels full of checks, stripes, dots or grain.
pub fn texture(random: &mut impl Rng, side: usize) -> Canvas {
    match below(random, 4) {
        0 => checks(random, side),
        1 => stripes(random, side),
        2 => dots(random, side),
        _ => grain(random, side),
    }
}

/// Ink where the value is above 0, with an edge of about a pixel.
fn edge(value: f32) -> u8 {
    ((value + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
}

fn checks(random: &mut impl Rng, side: usize) -> Canvas {
    let cell = side as f32 / between(random, 3.0, 9.0);
    let cells = |at: usize| (at as f32 / cell) as usize;
    Canvas::square(side, |x, y| if (cells(x) + cells(y)).is_multiple_of(2) { 255 } else { 0 })
}

/// At least four, so that they are no 1 and no 11.
fn stripes(random: &mut impl Rng, side: usize) -> Canvas {
    let pitch = side as f32 / between(random, 4.0, 9.0);
    let (angle, wide) = (between(random, 0.0, PI), between(random, 0.3, 0.7) * pitch);
    let (cos, sin) = (angle.cos(), angle.sin());
    Canvas::square(side, |x, y| {
        let across = (x as f32 * cos + y as f32 * sin).rem_euclid(pitch);
        edge(wide / 2.0 - (across - pitch / 2.0).abs())
    })
}

fn dots(random: &mut impl Rng, side: usize) -> Canvas {
    let pitch = side as f32 / (3 + below(random, 5)) as f32;
    let (radius, shifted) = (between(random, 0.2, 0.42) * pitch, happens(random, 0.5));
    Canvas::square(side, |x, y| {
        let row = (y as f32 / pitch) as usize;
        let x = x as f32 + if shifted && !row.is_multiple_of(2) { pitch / 2.0 } else { 0.0 };
        let from = [x, y as f32].map(|at| (at + 0.5).rem_euclid(pitch) - pitch / 2.0);
        edge(radius - from[0].hypot(from[1]))
    })
}

/// Noise of soft edges: values at the corners of cells, linear between them.
fn grain(random: &mut impl Rng, side: usize) -> Canvas {
    let cells = 6 + below(random, 14);
    let values: Vec<f32> = (0..(cells + 1) * (cells + 1)).map(|_| between(random, -1.0, 1.0)).collect();
    let (pitch, level) = (side as f32 / cells as f32, between(random, -0.2, 0.2));
    Canvas::square(side, |x, y| {
        let [x, y] = [x, y].map(|at| (at as f32 + 0.5) / pitch);
        let (column, row) = (x as usize, y as usize);
        let (u, v) = (x.fract(), y.fract());
        let at = |c: usize, r: usize| values[(row + r).min(cells) * (cells + 1) + (column + c).min(cells)];
        let upper = at(0, 0) * (1.0 - u) + at(1, 0) * u;
        let lower = at(0, 1) * (1.0 - u) + at(1, 1) * u;
        edge((upper * (1.0 - v) + lower * v - level) * pitch)
    })
}
