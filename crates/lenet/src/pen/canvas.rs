//! What is drawn on: grey levels of any size.

use crate::data::{Image, SIDE};

/// Ink on paper: `height` rows of `width` grey levels, 0 = paper, 255 = ink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canvas {
    width: usize,
    height: usize,
    ink: Vec<u8>,
}

impl Canvas {
    /// Paper without ink.
    pub fn new(width: usize, height: usize) -> Canvas {
        Canvas { width, height, ink: vec![0; width * height] }
    }

    /// A square whose ink is a function of column and row.
    pub(super) fn square(side: usize, mut ink: impl FnMut(usize, usize) -> u8) -> Canvas {
        let ink = (0..side * side).map(|k| ink(k % side, k / side)).collect();
        Canvas { width: side, height: side, ink }
    }

    /// A digit's 28x28.
    pub fn of(image: &Image) -> Canvas {
        Canvas { width: SIDE, height: SIDE, ink: image.to_vec() }
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// All grey levels, row by row.
    pub fn ink(&self) -> &[u8] {
        &self.ink
    }

    /// The grey level at column x, row y, which must lie on the canvas.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        self.ink[y * self.width + x]
    }

    /// Puts as much ink there as there is not yet. What lies beside the canvas is lost.
    pub(super) fn put(&mut self, x: usize, y: usize, ink: u8) {
        if x < self.width && y < self.height {
            let at = &mut self.ink[y * self.width + x];
            *at = ink.max(*at);
        }
    }

    /// Adds the ink of another canvas, whose upper left corner goes to column x, row y. What lies beside this one is lost.
    pub fn add(&mut self, other: &Canvas, x: usize, y: usize) {
        for row in 0..other.height {
            for column in 0..other.width {
                self.put(x + column, y + row, other.at(column, row));
            }
        }
    }

    /// Left, top, width and height of the smallest box that holds all ink; none on blank paper.
    pub fn ink_box(&self) -> Option<[usize; 4]> {
        let (mut left, mut right, mut top, mut bottom) = (usize::MAX, 0, usize::MAX, 0);
        for (y, row) in self.ink.chunks_exact(self.width.max(1)).enumerate() {
            let Some(first) = row.iter().position(|&ink| ink > 0) else { continue };
            let last = row.iter().rposition(|&ink| ink > 0).unwrap_or(first);
            (left, right) = (left.min(first), right.max(last));
            (top, bottom) = (top.min(y), y);
        }
        (left != usize::MAX).then(|| [left, top, right + 1 - left, bottom + 1 - top])
    }

    /// The part of the canvas that holds ink; blank paper stays as it is.
    pub fn cropped(&self) -> Canvas {
        let Some([left, top, width, height]) = self.ink_box() else { return self.clone() };
        let rows = self.ink.chunks_exact(self.width).skip(top).take(height);
        Canvas { width, height, ink: rows.flat_map(|row| &row[left..left + width]).copied().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ink_box_is_the_smallest_that_holds_all_ink() {
        let mut canvas = Canvas::new(9, 7);
        assert_eq!((canvas.ink_box(), canvas.cropped()), (None, canvas.clone()));
        assert_eq!(Canvas::new(0, 0).ink_box(), None);
        canvas.put(3, 2, 9);
        canvas.put(5, 6, 200);
        canvas.put(5, 7, 200);
        assert_eq!(canvas.ink_box(), Some([3, 2, 3, 5]));
        let cropped = canvas.cropped();
        assert_eq!((cropped.width(), cropped.height(), cropped.at(0, 0), cropped.at(2, 4)), (3, 5, 9, 200));
        assert_eq!(cropped.ink().iter().filter(|&&ink| ink > 0).count(), 2);
    }
}
