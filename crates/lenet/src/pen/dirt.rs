//! Dirt: what lies on paper and was never written.

use std::f32::consts::TAU;

use rand::Rng;

use super::chance::{below, between};
use super::{Canvas, curve};

/// Specks, a blot, a dash or a hair on a square of `side` pixels.
///
/// Dashes and hairs lie rather than stand: upright they would be a 1.
pub fn dirt(random: &mut impl Rng, side: usize) -> Canvas {
    let mut canvas = Canvas::new(side, side);
    let side = side as f32;
    match below(random, 4) {
        0 => specks(random, side, &mut canvas),
        1 => blot(random, side, &mut canvas),
        2 => {
            let (slope, width) = (between(random, -0.25, 0.25), between(random, 0.02, 0.12) * side);
            canvas.stroke(
                &[[0.1, 0.5 - slope / 2.0], [0.9, 0.5 + slope / 2.0]].map(|p| p.map(|c| c * side)),
                width,
            );
        }
        _ => {
            let points: Vec<_> =
                (0..4).map(|k| [0.1 + 0.27 * k as f32, between(random, 0.35, 0.65)]).collect();
            let points: Vec<_> = curve(&points).iter().map(|p| p.map(|c| c * side)).collect();
            canvas.stroke(&points, between(random, 0.015, 0.05) * side);
        }
    }
    canvas.cropped()
}

/// A few far apart.
fn specks(random: &mut impl Rng, side: f32, canvas: &mut Canvas) {
    for _ in 0..4 + below(random, 9) {
        let at = [between(random, 0.05, 0.95), between(random, 0.05, 0.95)].map(|c| c * side);
        let to = at.map(|c| c + between(random, -0.03, 0.03) * side);
        canvas.stroke(&[at, to], between(random, 0.02, 0.09) * side);
    }
}

/// A full surface with a ragged edge.
fn blot(random: &mut impl Rng, side: f32, canvas: &mut Canvas) {
    let (middle, flat) = (side / 2.0, between(random, 0.5, 1.0));
    let spokes = 9 + below(random, 8);
    for k in 0..spokes {
        let (angle, far) = (k as f32 / spokes as f32 * TAU, between(random, 0.12, 0.3) * side);
        let end = [middle + far * angle.cos(), middle + flat * far * angle.sin()];
        canvas.stroke(&[[middle; 2], end], between(random, 0.1, 0.2) * side);
    }
}
