//! Scribbles: strokes that mean nothing.

use std::f32::consts::{PI, TAU};

use rand::Rng;

use super::chance::{below, between, one};
use super::{Canvas, curve};

/// Points on a square from 0 to 1 become strokes.
type Points = Vec<[f32; 2]>;

/// One to eight strokes on a square of `side` pixels: a coil, a zigzag, a spiral, lines that cross, hatching, a tangle, waves.
///
/// All have more turns or crossings than any digit has, so that nobody reads one in them.
pub fn scribble(random: &mut impl Rng, side: usize) -> Canvas {
    let strokes = match below(random, 7) {
        0 => vec![coil(random)],
        1 => vec![zigzag(random)],
        2 => vec![spiral(random)],
        3 => crossing(random),
        4 => hatching(random),
        5 => vec![tangle(random)],
        _ => vec![wave(random)],
    };
    let width = between(random, 0.03, 0.09) * side as f32;
    let (turn, room) = (between(random, -0.4, 0.4), side as f32 * 0.66);
    let place = |[x, y]: [f32; 2]| {
        let (x, y) = (x - 0.5, y - 0.5);
        let turned = [x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos()];
        turned.map(|c| side as f32 / 2.0 + c * room)
    };
    let mut canvas = Canvas::new(side, side);
    for stroke in strokes {
        canvas.stroke(&stroke.into_iter().map(place).collect::<Points>(), width);
    }
    canvas.cropped()
}

/// Loops that run along a line, as in "eeee".
fn coil(random: &mut impl Rng) -> Points {
    let (loops, height) = (between(random, 3.0, 6.0), between(random, 0.15, 0.35));
    let (radius, phase) = (between(random, 1.5, 2.5) / (loops * TAU), between(random, 0.0, TAU));
    let points = (loops * 16.0) as usize;
    let point = |k: usize| {
        let (t, angle) = (k as f32 / points as f32, k as f32 / 16.0 * TAU + phase);
        [0.1 + 0.8 * t + radius * angle.cos(), 0.5 + height * angle.sin()]
    };
    (0..=points).map(point).collect()
}

/// Back and forth from one side to the other, with corners.
fn zigzag(random: &mut impl Rng) -> Points {
    let turns = 5 + below(random, 5);
    let far = |random: &mut _, k: usize| {
        if k.is_multiple_of(2) { between(random, 0.0, 0.2) } else { between(random, 0.8, 1.0) }
    };
    (0..=turns).map(|k| [k as f32 / turns as f32, far(random, k)]).collect()
}

/// At least two whole turns: with one it is a 6 or a 9.
fn spiral(random: &mut impl Rng) -> Points {
    let (turns, phase) = (between(random, 2.2, 4.0), between(random, 0.0, TAU));
    let (way, flat) = (one(random, &[-1.0, 1.0]), between(random, 0.7, 1.0));
    let points = (turns * 20.0) as usize;
    let point = |k: usize| {
        let (t, angle) = (k as f32 / points as f32, phase + way * k as f32 / 20.0 * TAU);
        [0.5 + 0.5 * t * angle.cos(), 0.5 + 0.5 * flat * t * angle.sin()]
    };
    (0..=points).map(point).collect()
}

/// Straight strokes that cross near the middle: a cross, a star.
fn crossing(random: &mut impl Rng) -> Vec<Points> {
    let (strokes, first) = (2 + below(random, 4), between(random, 0.0, PI));
    let stroke = |k: usize| {
        let angle = first + (k as f32 + between(random, -0.15, 0.15)) * PI / strokes as f32;
        let middle = [between(random, 0.4, 0.6), between(random, 0.4, 0.6)];
        let half = between(random, 0.35, 0.5);
        [-half, half].map(|half| [middle[0] + half * angle.cos(), middle[1] + half * angle.sin()]).to_vec()
    };
    (0..strokes).map(stroke).collect()
}

/// Parallel strokes, in one direction or in two.
fn hatching(random: &mut impl Rng) -> Vec<Points> {
    let (strokes, slope) = (3 + below(random, 4), between(random, -0.3, 0.3));
    let upright = below(random, 3);
    let mut all = Vec::new();
    for way in [0, 1].into_iter().filter(|&way| upright == 2 || upright == way) {
        for k in 0..strokes {
            let at = (k as f32 + between(random, -0.15, 0.15)) / (strokes - 1) as f32;
            let ends = [
                [at - slope / 2.0, between(random, 0.0, 0.1)],
                [at + slope / 2.0, between(random, 0.9, 1.0)],
            ];
            all.push(if way == 0 { ends.to_vec() } else { ends.map(|[x, y]| [y, x]).to_vec() });
        }
    }
    all
}

/// A smooth curve through points anywhere.
fn tangle(random: &mut impl Rng) -> Points {
    let points: Points =
        (0..9 + below(random, 6)).map(|_| [between(random, 0.0, 1.0), between(random, 0.0, 1.0)]).collect();
    curve(&points)
}

/// A zigzag without corners.
fn wave(random: &mut impl Rng) -> Points {
    curve(&zigzag(random))
}
