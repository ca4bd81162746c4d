//! Ink on a rectangle of its own, and how wide its strokes are.

use super::windows::Extreme;

/// Columns by which a row is moved against the next one at most, to take a slant away: 45 degrees.
const STEEPEST: f64 = 1.0;

/// Ink on a rectangle, 0 to 255.
#[derive(Clone, Debug)]
pub(super) struct Plane {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<u8>,
}

impl Plane {
    pub(super) fn blank(width: usize, height: usize) -> Self {
        Plane { width, height, values: vec![0; width * height] }
    }

    /// The longer of width and height.
    pub(super) fn longer(&self) -> usize {
        self.width.max(self.height)
    }

    /// The mean width of its strokes, in pixels: twice the ink over the length of its edges, both of which grey edges have too.
    pub(super) fn stroke_width(&self) -> f32 {
        let mut edges = 0.0;
        let mut above = vec![0.0f32; self.width + 1];
        let mut row = above.clone();
        for y in 0..=self.height {
            row.fill(0.0);
            if y < self.height {
                let from = &self.values[y * self.width..][..self.width];
                row.iter_mut().zip(from).for_each(|(to, ink)| *to = f32::from(*ink));
            }
            let (mut left, mut upper_left) = (0.0, 0.0);
            for (ink, up) in row.iter().zip(&above) {
                let across = ink + up - left - upper_left;
                let down = ink + left - up - upper_left;
                edges += (across * across + down * down).sqrt();
                (left, upper_left) = (*ink, *up);
            }
            std::mem::swap(&mut above, &mut row);
        }
        let ink: u64 = self.values.iter().map(|ink| u64::from(*ink)).sum();
        // The differences are sums of two.
        4.0 * ink as f32 / edges.max(1.0)
    }

    /// The same with what its slant has beyond `keep` taken away, in columns for every row: rows are moved so that the ink's moments
    /// have no product left of down and right, or that of `keep`.
    pub(super) fn upright(&self, keep: f64) -> Plane {
        let (mut mass, mut x_sum, mut y_sum, mut squares, mut products) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (at, ink) in self.values.iter().enumerate() {
            let (x, y, ink) = ((at % self.width) as f64, (at / self.width) as f64, f64::from(*ink));
            (mass, x_sum, y_sum) = (mass + ink, x_sum + ink * x, y_sum + ink * y);
            (squares, products) = (squares + ink * y * y, products + ink * x * y);
        }
        let (x, y) = (x_sum / mass, y_sum / mass);
        let spread = squares / mass - y * y;
        let slant = (products / mass - x * y) / spread;
        let slant = (slant - slant.clamp(-keep, keep)).clamp(-STEEPEST, STEEPEST);
        // Ink in one row, or none, has no slant.
        if slant == 0.0 || !slant.is_finite() {
            return self.clone();
        }
        let wider = (slant.abs() * self.height as f64).ceil() as usize;
        let mut upright = Plane::blank(self.width + wider + 1, self.height);
        let first = if slant > 0.0 { slant * self.height as f64 } else { 0.0 };
        for (y, row) in self.values.chunks_exact(self.width).enumerate() {
            let by = first - slant * y as f64;
            let (whole, part) = (by.floor() as usize, by.fract());
            let to = &mut upright.values[y * (self.width + wider + 1)..][whole..=whole + self.width];
            let mut before = 0.0;
            for (to, ink) in to.iter_mut().zip(row.iter().chain([&0])) {
                let ink = f64::from(*ink);
                *to = (part * before + (1.0 - part) * ink).round() as u8;
                before = ink;
            }
        }
        upright
    }

    /// The same with `margin` pixels of paper around it.
    pub(super) fn framed(&self, margin: usize) -> Plane {
        let mut framed = Plane::blank(self.width + 2 * margin, self.height + 2 * margin);
        for (y, row) in self.values.chunks_exact(self.width).enumerate() {
            framed.values[(y + margin) * framed.width + margin..][..self.width].copy_from_slice(row);
        }
        framed
    }

    /// Widens strokes by so many pixels on each side, or narrows them if below zero. There must be as much paper around it.
    pub(super) fn widened(mut self, pixels: i32) -> Plane {
        let extreme = if pixels > 0 { Extreme::Largest } else { Extreme::Smallest };
        for k in 0..pixels.unsigned_abs() {
            // Crosses and squares in turn: nearly a disc.
            self = self.widened_by_one(extreme, k % 2 == 1);
        }
        self
    }

    fn widened_by_one(&self, extreme: Extreme, square: bool) -> Plane {
        let width = self.width;
        let mut across = self.values.clone();
        for (to, from) in across.chunks_exact_mut(width).zip(self.values.chunks_exact(width)) {
            extreme.of(&mut to[1..], &from[..width - 1]);
            extreme.of(&mut to[..width - 1], &from[1..]);
        }
        let from = if square { &across } else { &self.values };
        let mut values = across.clone();
        let last = values.len() - width;
        extreme.of(&mut values[width..], &from[..last]);
        extreme.of(&mut values[..last], &from[width..]);
        Plane { values, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stroke of this width and 40 pixels of length.
    fn stroke(width: usize) -> Plane {
        let mut plane = Plane::blank(width + 20, 60);
        for y in 10..50 {
            plane.values[y * plane.width + 10..][..width].fill(255);
        }
        plane
    }

    /// Columns for every row by which a stroke that goes down to the left by so many goes down after that.
    fn slant_left(slant: f64, keep: f64) -> f64 {
        let mut plane = Plane::blank(140, 40);
        for y in 0..40 {
            let left = (65.0 - slant * y as f64).round() as usize;
            plane.values[y * 140 + left..][..4].fill(200);
        }
        let upright = plane.upright(keep);
        let ink = |plane: &Plane| plane.values.iter().map(|ink| f64::from(*ink)).sum::<f64>();
        assert!((ink(&upright) / ink(&plane) - 1.0).abs() < 0.01);
        let middle = |y: usize| {
            let row = &upright.values[y * upright.width..][..upright.width];
            let sum: f64 = row.iter().enumerate().map(|(x, ink)| x as f64 * f64::from(*ink)).sum();
            sum / row.iter().map(|ink| f64::from(*ink)).sum::<f64>()
        };
        (middle(0) - middle(39)) / 39.0
    }

    #[test]
    fn of_a_slant_what_is_unusual_is_taken_away() {
        for (slant, keep, left) in [
            (0.3, 0.5, 0.3),
            (0.9, 0.5, 0.5),
            (-0.4, 0.1, -0.1),
            (0.7, 0.0, 0.0),
            (-0.5, 0.0, 0.0),
            (1.4, 0.0, 0.4),
        ] {
            let found = slant_left(slant, keep);
            assert!((found - left).abs() < 0.03, "{slant}, {keep}: {found}");
        }
        let row = Plane { width: 5, height: 1, values: vec![0, 9, 9, 9, 0] };
        assert_eq!(row.upright(0.0).values, row.values);
    }

    #[test]
    fn widths_are_measured_and_changed() {
        for width in [3, 5, 8] {
            let found = stroke(width).stroke_width();
            // The ends have edges too.
            assert!((found - width as f32).abs() < 0.2 * width as f32, "{width}: {found}");
            for by in [-1, 1, 2, 4] {
                let changed = stroke(width).widened(by);
                let row = &changed.values[30 * changed.width..][..changed.width];
                let wide = row.iter().filter(|ink| **ink > 0).count();
                assert_eq!(wide as i32, width as i32 + 2 * by);
            }
        }
    }
}
