//! The page before it is seen by a camera: how much ink is where, in layers.

use super::conditions::{Lines, Ruling};
use super::outline::Shape;
use crate::pen::distance;

/// A thing to be drawn, in the size it will have.
pub(super) struct Drawn {
    shape: Shape,
    /// From steps of the grid to pixels.
    map: [[f32; 2]; 2],
    /// Pixels for one step of the grid.
    scale: f32,
    /// The upper left corner of the ink's box, in pixels from the grid's first point.
    corner: [f32; 2],
    /// Width and height of the ink's box in pixels.
    pub(super) extent: [f32; 2],
}

impl Drawn {
    /// `size`: pixels of the longer side of the ink's box, after it was slanted to the right and turned clockwise by degrees.
    pub(super) fn new(shape: Shape, slant: f32, rotation: f32, size: f32) -> Drawn {
        let (lean, (sin, cos)) = (slant.to_radians().tan(), rotation.to_radians().sin_cos());
        // Slant: x - lean y, as y points down.
        let map = [[cos, -lean * cos - sin], [sin, -lean * sin + cos]];
        let [[left, top], [right, bottom]] = bounds(shape.edge.iter().map(|&point| mapped(&map, point)));
        let scale = size / (right - left).max(bottom - top).max(1e-3);
        let map = map.map(|row| row.map(|value| value * scale));
        let extent = [(right - left) * scale, (bottom - top) * scale];
        Drawn { shape, map, scale, corner: [left * scale, top * scale], extent }
    }

    /// Points along the edge if the upper left corner of the ink's box lies at `at`.
    pub(super) fn edge(&self, at: [f32; 2]) -> Vec<[f32; 2]> {
        self.shape.edge.iter().map(|point| self.place(*point, at)).collect()
    }

    fn place(&self, point: [f32; 2], at: [f32; 2]) -> [f32; 2] {
        let place = mapped(&self.map, point);
        [0, 1].map(|c| place[c] - self.corner[c] + at[c])
    }
}

fn mapped(map: &[[f32; 2]; 2], [x, y]: [f32; 2]) -> [f32; 2] {
    map.map(|[a, b]| a * x + b * y)
}

/// The corners of the box around some points.
pub(super) fn bounds(points: impl Iterator<Item = [f32; 2]>) -> [[f32; 2]; 2] {
    points.fold([[f32::MAX; 2], [f32::MIN; 2]], |[least, most], point| {
        [[0, 1].map(|c| least[c].min(point[c])), [0, 1].map(|c| most[c].max(point[c]))]
    })
}

/// One layer: for each pixel the share that is covered, 0 to 1.
pub(super) type Layer = Vec<f32>;

/// A page in layers.
pub(super) struct Page {
    pub(super) width: usize,
    pub(super) height: usize,
    /// What was written, and dust.
    pub(super) ink: Layer,
    /// What was printed on the paper before.
    pub(super) lines: Layer,
}

impl Page {
    pub(super) fn new(width: usize, height: usize) -> Page {
        Page { width, height, ink: vec![0.0; width * height], lines: vec![0.0; width * height] }
    }

    /// Draws a thing with the upper left corner of its ink's box at `at`.
    pub(super) fn draw(&mut self, drawn: &Drawn, at: [f32; 2]) {
        for [a, b] in &drawn.shape.lines {
            self.stroke(drawn.place(*a, at), drawn.place(*b, at), drawn.shape.width * drawn.scale / 2.0, 1.0);
        }
        let [[a, b], [c, d]] = drawn.map;
        let determinant = a * d - b * c;
        let (columns, depth) = (drawn.shape.columns, &drawn.shape.depth);
        let rows = depth.len() / columns;
        let range = |at: f32, extent: f32, end: usize| {
            (at - 1.0).floor().max(0.0) as usize..((at + extent + 2.0).max(0.0) as usize).min(end)
        };
        for y in range(at[1], drawn.extent[1], self.height) {
            let v = y as f32 + 0.5 - at[1] + drawn.corner[1];
            for x in range(at[0], drawn.extent[0], self.width) {
                let u = x as f32 + 0.5 - at[0] + drawn.corner[0];
                let column = (d * u - b * v) / determinant;
                let row = (a * v - c * u) / determinant;
                if column < 0.0 || row < 0.0 || column >= (columns - 1) as f32 || row >= (rows - 1) as f32 {
                    continue;
                }
                let (left, top) = (column as usize, row as usize);
                let (s, t) = (column - left as f32, row - top as f32);
                let [upper, lower] = [top, top + 1].map(|row| {
                    let pair = &depth[row * columns + left..][..2];
                    pair[0] + (pair[1] - pair[0]) * s
                });
                let inside = (upper + (lower - upper) * t) * drawn.scale;
                let ink = &mut self.ink[y * self.width + x];
                *ink = ink.max((inside + 0.5).clamp(0.0, 1.0));
            }
        }
    }

    /// A round speck.
    pub(super) fn speck(&mut self, at: [f32; 2], radius: f32, ink: f32) {
        self.stroke(at, at, radius, ink);
    }

    /// A straight stroke of a round pen.
    fn stroke(&mut self, a: [f32; 2], b: [f32; 2], radius: f32, ink: f32) {
        let range = |a: f32, b: f32, end: usize| {
            (a.min(b) - radius - 1.0).max(0.0) as usize
                ..((a.max(b) + radius + 2.0).max(0.0) as usize).min(end)
        };
        for y in range(a[1], b[1], self.height) {
            for x in range(a[0], b[0], self.width) {
                let far = distance([x as f32 + 0.5, y as f32 + 0.5], a, b);
                let at = &mut self.ink[y * self.width + x];
                *at = at.max((radius + 0.5 - far).clamp(0.0, 1.0) * ink);
            }
        }
    }

    /// Prints lines on the paper: `boxes` are those of the ink, `size` that of the digits in pixels.
    pub(super) fn rule(&mut self, lines: &Lines, boxes: &[[[f32; 2]; 2]], size: f32) {
        let (pitch, [left, top]) =
            (lines.spacing * size, lines.offset.map(|share| share * lines.spacing * size));
        let marks =
            |from: f32, end: f32| (0..).map(move |k| from + k as f32 * pitch).take_while(move |at| *at < end);
        let (wide, high) = (self.width as f32, self.height as f32);
        let mut print = |from: [f32; 2], to: [f32; 2]| self.print(from, to, lines.darkness);
        match lines.ruling {
            Ruling::Ruled => marks(top, high).for_each(|y| print([0.0, y], [wide, y + lines.width])),
            Ruling::Squared => {
                marks(top, high).for_each(|y| print([0.0, y], [wide, y + lines.width]));
                marks(left, wide).for_each(|x| print([x, 0.0], [x + lines.width, high]));
            }
            Ruling::Boxed => {
                let gap = lines.spacing * size;
                for [[left, top], [right, bottom]] in boxes {
                    let (left, top, right, bottom) = (left - gap, top - gap, right + gap, bottom + gap);
                    print([left - lines.width, top - lines.width], [right + lines.width, top]);
                    print([left - lines.width, bottom], [right + lines.width, bottom + lines.width]);
                    print([left - lines.width, top], [left, bottom]);
                    print([right, top], [right + lines.width, bottom]);
                }
            }
        }
    }

    /// A full rectangle, its edges as they fall between pixels.
    fn print(&mut self, from: [f32; 2], to: [f32; 2], darkness: f32) {
        let range =
            |from: f32, to: f32, end: usize| from.max(0.0) as usize..(to.max(0.0).ceil() as usize).min(end);
        let share =
            |at: usize, from: f32, to: f32| (to.min(at as f32 + 1.0) - from.max(at as f32)).clamp(0.0, 1.0);
        for y in range(from[1], to[1], self.height) {
            for x in range(from[0], to[0], self.width) {
                let covered = share(x, from[0], to[0]) * share(y, from[1], to[1]);
                let at = &mut self.lines[y * self.width + x];
                *at = at.max(covered * darkness);
            }
        }
    }
}
