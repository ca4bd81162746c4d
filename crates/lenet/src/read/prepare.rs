//! A part becomes an image as MNIST has them: its ink in a square of 20x20, its centre of mass in the middle of 28x28 (p. 10).

use super::boxes::Box;
use super::ink::Ink;
use super::parts::{Part, SOLID};
use super::stroke::Plane;
use crate::data::normalise::INPUT;
use crate::data::{Image, SIDE};
use crate::lattice::Strip;
use crate::pen::Canvas;

/// The square that a digit just fits (p. 10).
const BOX: usize = 20;
/// Ink below this is not counted when the digit's edges are looked for.
const EDGE: u8 = 24;
/// Strokes of MNIST's digits are mostly this wide at least, in pixels of the square; 5 % are thinner.
const THINNEST: f32 = 1.8;
/// And this wide at most; 5 % are wider.
const WIDEST: f32 = 3.8;
/// Columns for every row, 27 degrees: MNIST's hands slant as much, ones most of all, and the network knows it. Of the values tried (0.35,
/// 0.5, 0.7, none) the one that read most pages of training digits, as they are and slanted.
const USUAL_SLANT: f64 = 0.5;
/// Pixels of a digit at which strokes are widened, at least.
const FINE: usize = 60;
/// Pixels around a part's solid ink that may belong to its blurred edge.
const FRINGE: usize = 3;

/// An image of a part alone: what other parts have inside its box is left out. A slant that is far from MNIST's hands becomes a usual
/// one; `deslanted` there is none left.
pub(super) fn prepared(part: &Part, ink: &Ink, deslanted: bool) -> Image {
    let mut own = Plane::cut(part, ink);
    own.brighten();
    own.crop();
    own = own.upright(if deslanted { 0.0 } else { USUAL_SLANT });
    own.crop();
    own.even_out(own.longer() as f32);
    centred(&own.in_box())
}

/// A part as a field for the replicated network: digits of `height` pixels become 20 rows high, the part's middle is that of the field.
pub(super) fn strip(part: &Part, ink: &Ink, height: f32) -> Strip {
    let mut own = Plane::cut(part, ink);
    own.brighten();
    own.crop();
    let height = height.max(own.height as f32 * BOX as f32 / INPUT as f32);
    let scale = BOX as f32 / (height * own.even_out(height) as f32);
    let scaled = |side: usize| ((side as f32 * scale).round() as usize).max(1);
    let own = own.resized(scaled(own.width), scaled(own.height).min(INPUT));
    let mut strip = Strip { width: own.width, ink: vec![0; INPUT * own.width] };
    let top = (INPUT - own.height) / 2;
    strip.ink[top * own.width..][..own.values.len()].copy_from_slice(&own.values);
    strip
}

/// An image of what was drawn; none if nothing was.
pub(super) fn drawn(canvas: &Canvas) -> Option<Image> {
    canvas.ink_box()?;
    let mut own = Plane { width: canvas.width(), height: canvas.height(), values: canvas.ink().to_vec() };
    own.brighten();
    own.crop();
    own.even_out(own.longer() as f32);
    Some(centred(&own.in_box()))
}

impl Plane {
    /// The solid ink of a part and what is fainter next to it.
    fn cut(part: &Part, ink: &Ink) -> Self {
        let Box { x, y, width, height } = part.bbox;
        let (left, top) = (x.saturating_sub(FRINGE), y.saturating_sub(FRINGE));
        let (right, bottom) = ((x + width + FRINGE).min(ink.width), (y + height + FRINGE).min(ink.height));
        let mut plane = Plane::blank(right - left, bottom - top);
        for run in &part.runs {
            let (start, end, y) = (run.start as usize, run.end as usize, run.y as usize);
            let from = &ink.values[y * ink.width..][start..end];
            plane.values[(y - top) * plane.width..][start - left..end - left].copy_from_slice(from);
        }
        for _ in 0..FRINGE {
            plane.grow(ink, left, top);
        }
        plane
    }

    /// Takes in the faint ink next to what is there.
    fn grow(&mut self, ink: &Ink, left: usize, top: usize) {
        let before = self.clone();
        let width = self.width;
        for y in 0..self.height {
            let from = &ink.values[(y + top) * ink.width + left..][..width];
            let rows = y.saturating_sub(1)..(y + 2).min(self.height);
            for x in 0..width {
                let at = y * width + x;
                if self.values[at] == 0 && from[x] > 0 && from[x] < SOLID {
                    let columns = x.saturating_sub(1)..(x + 2).min(width);
                    let near =
                        |v: usize| before.values[v * width..][columns.clone()].iter().any(|ink| *ink > 0);
                    if rows.clone().any(near) {
                        self.values[at] = from[x];
                    }
                }
            }
        }
    }

    /// Brings the darkest ink to 255.
    fn brighten(&mut self) {
        let peak = u32::from(self.values.iter().copied().max().unwrap_or(0).max(1));
        self.values.iter_mut().for_each(|ink| *ink = (u32::from(*ink) * 255 / peak) as u8);
    }

    /// Cuts off the paper around the ink.
    fn crop(&mut self) {
        let inked = |row: &[u8]| row.iter().any(|ink| *ink >= EDGE);
        let rows: Vec<bool> = self.values.chunks_exact(self.width).map(inked).collect();
        let column = |x: &usize| self.values[*x..].iter().step_by(self.width).any(|ink| *ink >= EDGE);
        let (Some(top), Some(bottom)) = (rows.iter().position(|x| *x), rows.iter().rposition(|x| *x)) else {
            return;
        };
        let (Some(left), Some(right)) = ((0..self.width).find(column), (0..self.width).rev().find(column))
        else {
            return;
        };
        let rows = self.values.chunks_exact(self.width).skip(top).take(bottom + 1 - top);
        let values = rows.flat_map(|row| row[left..=right].to_vec()).collect();
        *self = Plane { width: right + 1 - left, height: bottom + 1 - top, values };
    }

    /// Widens or narrows strokes that are far from as wide as MNIST's, where `size` pixels become 20. Says how many times as large
    /// everything is then: this is done where a pixel is small, so that a thin stroke in a
    /// large picture does not fade when it is made smaller.
    fn even_out(&mut self, size: f32) -> usize {
        let width = self.stroke_width() * BOX as f32 / size;
        let wanted = width.clamp(THINNEST, WIDEST);
        let times = (FINE as f32 / size).ceil().max(1.0);
        // A wider stroke makes the digit larger too, so a little more is needed; the rest is left as it is.
        let by = (wanted - width) / 2.0 * size * times / BOX as f32;
        let (by, times) = (by.round() as i32, times as usize);
        if by == 0 {
            return 1;
        }
        let fine =
            if times > 1 { self.resized(self.width * times, self.height * times) } else { self.clone() };
        *self = fine.framed(by.max(1) as usize).widened(by);
        self.brighten();
        self.crop();
        times
    }

    /// The same with its longer side 20 pixels long.
    fn in_box(&self) -> Plane {
        let longer = self.longer();
        let scaled = |side: usize| ((side * BOX * 2 + longer) / (2 * longer)).clamp(1, BOX);
        self.resized(scaled(self.width), scaled(self.height))
    }

    /// The same at another size: every pixel is the mean of what it covers, with a triangle as weight where there are fewer pixels
    /// than wanted.
    fn resized(&self, width: usize, height: usize) -> Plane {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let down = weights(self.height, height);
        let across = weights(self.width, width);
        let mut tall = vec![0.0f32; height * self.width];
        for (row, (first, weights)) in tall.chunks_exact_mut(self.width).zip(&down) {
            for (from, weight) in self.values[first * self.width..].chunks_exact(self.width).zip(weights) {
                row.iter_mut().zip(from).for_each(|(sum, ink)| *sum += f32::from(*ink) * weight);
            }
        }
        let mut plane = Plane::blank(width, height);
        for (to, row) in plane.values.chunks_exact_mut(width).zip(tall.chunks_exact(self.width)) {
            for (to, (first, weights)) in to.iter_mut().zip(&across) {
                let sum: f32 = row[*first..].iter().zip(weights).map(|(ink, weight)| ink * weight).sum();
                *to = sum.round() as u8;
            }
        }
        plane
    }
}

/// For each of `to` pixels: the first of `from` pixels that it covers, and the weights of these, which add up to 1.
fn weights(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let scale = from as f32 / to as f32;
    let weigh = |k: usize| -> (usize, Vec<f32>) {
        let (start, end) = (k as f32 * scale, (k + 1) as f32 * scale);
        let (first, weights): (usize, Vec<f32>) = if scale >= 1.0 {
            let (first, last) = (start as usize, (end.ceil() as usize).min(from));
            let covered = |at: usize| (end.min((at + 1) as f32) - start.max(at as f32)).max(0.0);
            (first, (first..last).map(covered).collect())
        } else {
            let middle = (start + end) / 2.0 - 0.5;
            let near = |at: usize| (1.0 - (at as f32 - middle).abs()).max(0.0);
            let first = middle.floor().max(0.0) as usize;
            (first, (first..(first + 2).min(from)).map(near).collect())
        };
        let sum: f32 = weights.iter().sum();
        (first, weights.iter().map(|weight| weight / sum).collect())
    };
    (0..to).map(weigh).collect()
}

/// Puts ink of at most 20x20 so that its centre of mass is in the middle.
fn centred(plane: &Plane) -> Image {
    let (mut mass, mut x_sum, mut y_sum) = (0u64, 0u64, 0u64);
    for (at, ink) in plane.values.iter().enumerate() {
        let (x, y, ink) = ((at % plane.width) as u64, (at / plane.width) as u64, u64::from(*ink));
        (mass, x_sum, y_sum) = (mass + ink, x_sum + x * ink, y_sum + y * ink);
    }
    let place = |sum: u64, side: usize| {
        // MNIST's own centres lie between 13.5 and 14.5, so its middle is that of pixel 14.
        let centre = sum as f32 / mass.max(1) as f32;
        let place = ((SIDE / 2) as f32 - centre).round().max(0.0) as usize;
        place.min(SIDE - side)
    };
    let (left, top) = (place(x_sum, plane.width), place(y_sum, plane.height));
    let mut image = [0; SIDE * SIDE];
    for (y, row) in plane.values.chunks_exact(plane.width).enumerate() {
        image[(top + y) * SIDE + left..][..plane.width].copy_from_slice(row);
    }
    image
}
