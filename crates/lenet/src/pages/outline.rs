//! A thing's outline: from pixels to a smooth edge, and to strokes that are wider or narrower.

use super::grid::Grid;
use super::skeleton::skeleton;
use crate::pen::{Canvas, distance};

/// Points of the grid for the longer side of the ink, at least: three for one pixel of a digit of MNIST.
const FINEST: usize = 60;
/// Pixels of a digit of MNIST along its longer side: the unit of widths here, for things of any size.
pub(super) const UNITS: f32 = 20.0;
/// Units of blank paper around the ink, so that strokes have room to grow.
const MARGIN: f32 = 2.5;
/// How much more is taken away from strokes to make them narrower than their mean width asks for.
const MEETING: f32 = 1.3;
/// Levels of ink at which the edge is looked for, the best first: strokes that are thin and pale break at the first ones.
const LEVELS: [f32; 5] = [0.45, 0.36, 0.27, 0.2, 0.12];

/// The ink of a canvas as a smooth surface, on a grid that is fine enough to see no pixels.
pub(super) struct Outline {
    columns: usize,
    /// Points of the grid for one unit.
    per_unit: f32,
    /// Ink from 0 to 1 at each point, less the level of the edge.
    field: Vec<f32>,
    edge: Vec<[[f32; 2]; 2]>,
}

/// What is to be drawn: for each point of the grid how far inside it is.
pub(super) struct Shape {
    pub(super) columns: usize,
    /// Steps of the grid from the edge, above 0 inside; exact near the edge only.
    pub(super) depth: Vec<f32>,
    /// Lines that are drawn besides, `width` steps wide: on the grid they would be too thin to be seen.
    pub(super) lines: Vec<[[f32; 2]; 2]>,
    pub(super) width: f32,
    /// Points along the edge.
    pub(super) edge: Vec<[f32; 2]>,
}

impl Outline {
    /// None if there is no ink, or too little for an edge.
    pub(super) fn of(canvas: &Canvas) -> Option<Outline> {
        canvas.ink_box()?;
        let ink = canvas.cropped();
        let longer = ink.width().max(ink.height());
        let times = FINEST.div_ceil(longer).max(1);
        let per_unit = (longer * times) as f32 / UNITS;
        let margin = (MARGIN * per_unit / times as f32).ceil() as usize;
        let (columns, mut field) = enlarged(&ink, times, margin);
        let level = level(&field, columns);
        field.iter_mut().for_each(|ink| *ink -= level);
        let edge = contour(&field, columns);
        (!edge.is_empty()).then_some(Outline { columns, per_unit, field, edge })
    }

    /// The mean width of the strokes in units: twice the surface over the length of the edge.
    fn stroke(&self) -> f32 {
        let surface = self.field.iter().filter(|&&ink| ink > 0.0).count() as f32;
        let length: f32 = self.edge.iter().map(|[a, b]| (a[0] - b[0]).hypot(a[1] - b[1])).sum();
        2.0 * surface / length.max(1.0) / self.per_unit
    }

    /// Strokes as wide as they are, times `factor`, 0 to 3. `hair` is the least width in units.
    ///
    /// Narrower strokes never break: where they would, a line along their middle remains. Wider ones never close a hole and
    /// never meet: they grow as far as there is room.
    pub(super) fn shape(&self, factor: f32, hair: f32) -> Shape {
        let stroke = self.stroke() * self.per_unit;
        let grow = (factor - 1.0) * stroke / 2.0;
        // Where strokes meet they are wider than elsewhere.
        let grow = if grow < 0.0 { grow * MEETING } else { grow };
        let band = grow.abs() + 0.8 * self.per_unit;
        let mut depth = distances(&self.edge, self.columns, self.field.len(), band);
        for (depth, ink) in depth.iter_mut().zip(&self.field) {
            *depth = if *ink > 0.0 { *depth } else { -*depth };
        }
        let grow = if grow > 0.0 { self.room(&depth, grow) } else { grow };
        depth.iter_mut().for_each(|depth| *depth += grow);
        let mut edge = contour(&depth, self.columns).as_flattened().to_vec();
        let (mut lines, width) = (Vec::new(), (factor * stroke).max(hair * self.per_unit));
        if factor < 1.0 {
            let inside: Vec<bool> = self.field.iter().map(|&ink| ink > 0.0).collect();
            lines = skeleton(&inside, self.columns);
            let half = width / 2.0;
            let around = [[half, 0.0], [-half, 0.0], [0.0, half], [0.0, -half]];
            let points = lines.as_flattened().iter();
            edge.extend(points.flat_map(|[x, y]| around.map(|[u, v]| [x + u, y + v])));
        }
        Shape { columns: self.columns, depth, lines, width, edge }
    }

    /// The largest part of a growth that leaves holes and gaps open, with half a unit to spare.
    fn room(&self, depth: &[f32], grow: f32) -> f32 {
        let looks = |grow: f32| {
            let inside: Vec<bool> = depth.iter().map(|depth| depth + grow > 0.0).collect();
            let grid = Grid { inside: &inside, columns: self.columns };
            (grid.pieces(), grid.holes())
        };
        let before = looks(0.0);
        let spare = 0.3 * self.per_unit;
        let parts = [1.0, 0.75, 0.5, 0.25].map(|part| part * grow);
        parts.into_iter().find(|part| looks(part + spare) == before).unwrap_or(0.0)
    }
}

/// The first level at which the ink is one piece, or the one with fewest.
fn level(field: &[f32], columns: usize) -> f32 {
    let pieces = |level: f32| {
        let inside: Vec<bool> = field.iter().map(|&ink| ink > level).collect();
        Grid { inside: &inside, columns }.pieces()
    };
    let mut best = (usize::MAX, LEVELS[0]);
    for level in LEVELS {
        match pieces(level) {
            1 => return level,
            0 => {}
            count if count < best.0 => best = (count, level),
            _ => {}
        }
    }
    best.1
}

/// The ink from 0 to 1 on a finer grid, with so many pixels of paper around it: the number of columns, and the values.
fn enlarged(ink: &Canvas, times: usize, margin: usize) -> (usize, Vec<f32>) {
    let (width, height) = (ink.width() + 2 * margin, ink.height() + 2 * margin);
    let mut framed = vec![0.0; width * height];
    for y in 0..ink.height() {
        for x in 0..ink.width() {
            framed[(y + margin) * width + x + margin] = f32::from(ink.at(x, y)) / 255.0;
        }
    }
    if times == 1 {
        return (width, framed);
    }
    let wide = rows_enlarged(&framed, width, times);
    let turned = transposed(&wide, width * times);
    let both = rows_enlarged(&turned, height, times);
    (width * times, transposed(&both, height * times))
}

/// Rows of `width` values become `times` as long.
fn rows_enlarged(values: &[f32], width: usize, times: usize) -> Vec<f32> {
    let taps: Vec<(isize, [f32; 4])> = (0..width * times)
        .map(|k| {
            let at = (k as f32 + 0.5) / times as f32 - 0.5;
            let first = at.floor() - 1.0;
            (first as isize, std::array::from_fn(|tap| weight(at - first - tap as f32)))
        })
        .collect();
    let row = |row: &[f32]| {
        let value = |k: isize| row[k.clamp(0, width as isize - 1) as usize];
        let sum = |(first, taps): &(isize, [f32; 4])| {
            (0..4).map(|tap| taps[tap] * value(first + tap as isize)).sum()
        };
        taps.iter().map(sum).collect::<Vec<f32>>()
    };
    values.chunks_exact(width).flat_map(row).collect()
}

/// A bicubic filter of Mitchell and Netravali, "Reconstruction filters in computer graphics" (SIGGRAPH 1988), B = 2/3, C = 1/6:
/// smooth, without rings around an edge, and not so blurred that a hole of one pixel would close.
fn weight(x: f32) -> f32 {
    let x = x.abs();
    if x < 1.0 {
        (5.0 * x * x * x - 9.0 * x * x + 14.0 / 3.0) / 6.0
    } else if x < 2.0 {
        (-5.0 / 3.0 * x * x * x + 9.0 * x * x - 16.0 * x + 28.0 / 3.0) / 6.0
    } else {
        0.0
    }
}

fn transposed(values: &[f32], width: usize) -> Vec<f32> {
    let height = values.len() / width;
    (0..values.len()).map(|k| values[k % height * width + k / height]).collect()
}

/// Where the surface crosses 0, as segments in steps of the grid: marching squares.
fn contour(field: &[f32], columns: usize) -> Vec<[[f32; 2]; 2]> {
    let mut segments = Vec::new();
    for y in 0..field.len() / columns - 1 {
        for x in 0..columns - 1 {
            let at = y * columns + x;
            // Around the square, from the upper left corner.
            let corners = [field[at], field[at + 1], field[at + columns + 1], field[at + columns]];
            let inside = corners.map(|value| value > 0.0);
            if inside == [inside[0]; 4] {
                continue;
            }
            let mut crossings = [[0.0; 2]; 4];
            let mut count = 0;
            for side in 0..4 {
                let (a, b) = (corners[side], corners[(side + 1) % 4]);
                if inside[side] != inside[(side + 1) % 4] {
                    let share = a / (a - b);
                    let (u, v) = [(share, 0.0), (1.0, share), (1.0 - share, 1.0), (0.0, 1.0 - share)][side];
                    crossings[count] = [x as f32 + u, y as f32 + v];
                    count += 1;
                }
            }
            segments.push([crossings[0], crossings[1]]);
            if count == 4 {
                segments.push([crossings[2], crossings[3]]);
            }
        }
    }
    segments
}

/// For each of `points` points of the grid the distance to the nearest segment in steps, `band` at most.
fn distances(segments: &[[[f32; 2]; 2]], columns: usize, points: usize, band: f32) -> Vec<f32> {
    let rows = points / columns;
    let mut nearest = vec![band; points];
    for &[a, b] in segments {
        let range = |a: f32, b: f32, end: usize| {
            (a.min(b) - band).ceil().max(0.0) as usize..((a.max(b) + band) as usize + 1).min(end)
        };
        for y in range(a[1], b[1], rows) {
            for x in range(a[0], b[0], columns) {
                let nearest = &mut nearest[y * columns + x];
                *nearest = nearest.min(distance([x as f32, y as f32], a, b));
            }
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(width: f32) -> Canvas {
        let mut canvas = Canvas::new(28, 28);
        canvas.stroke(&[[14.0, 5.5], [14.0, 22.5]], width);
        canvas
    }

    /// The width of a shape across its middle, in units.
    fn across(outline: &Outline, factor: f32, hair: f32) -> f32 {
        let shape = outline.shape(factor, hair);
        let rows = shape.depth.len() / shape.columns;
        let middle = &shape.depth[rows / 2 * shape.columns..][..shape.columns];
        let deepest = middle.iter().fold(f32::MIN, |deepest, &depth| deepest.max(depth));
        2.0 * deepest / outline.per_unit
    }

    #[test]
    fn strokes_become_wider_and_narrower_as_said() {
        let outline = Outline::of(&bar(3.0)).unwrap();
        let width = outline.stroke();
        assert!((2.2..3.2).contains(&width), "{width}");
        let [half, same, wider] = [0.7, 1.0, 1.5].map(|factor| across(&outline, factor, 0.0));
        assert!((1.2..2.3).contains(&half) && (3.4..5.0).contains(&wider), "{half} {same} {wider}");
        let hair = outline.shape(0.0, 0.4);
        assert!(across(&outline, 0.0, 0.4) < 0.0 && (hair.width / outline.per_unit - 0.4).abs() < 1e-4);
        assert!(hair.lines.len() > 30, "{}", hair.lines.len());
    }

    #[test]
    fn a_ring_keeps_its_hole_however_bold_and_stays_whole_however_thin() {
        let ring: Vec<_> = (0..33).map(|k| (k as f32 / 32.0 * std::f32::consts::TAU).sin_cos()).collect();
        for radius in [3.0, 5.0, 8.0] {
            let mut canvas = Canvas::new(28, 28);
            canvas.stroke(
                &ring.iter().map(|(y, x)| [14.0 + radius * x, 14.0 + radius * y]).collect::<Vec<_>>(),
                2.0,
            );
            let outline = Outline::of(&canvas).unwrap();
            for factor in [0.0, 0.3, 0.7, 1.0, 1.5, 2.0, 3.0] {
                let shape = outline.shape(factor, 0.5);
                let near = |k: usize| {
                    let at = [(k % shape.columns) as f32, (k / shape.columns) as f32];
                    shape.lines.iter().any(|[a, b]| distance(at, *a, *b) < 0.8)
                };
                let inside: Vec<bool> =
                    (0..shape.depth.len()).map(|k| shape.depth[k] > 0.0 || near(k)).collect();
                let grid = Grid { inside: &inside, columns: shape.columns };
                assert_eq!((grid.pieces(), grid.holes()), (1, 1), "{radius} {factor}");
            }
        }
    }

    #[test]
    fn blank_paper_and_a_trace_of_ink_have_no_outline() {
        assert!(Outline::of(&Canvas::new(28, 28)).is_none());
        assert!(Outline::of(&Canvas::new(0, 0)).is_none());
        let mut trace = [0; 784];
        trace[400] = 1;
        assert!(Outline::of(&Canvas::of(&trace)).is_none());
    }
}
