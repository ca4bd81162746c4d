//! Rectangles of pixels: where something is on a page.

use serde::Serialize;

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Box {
    /// The leftmost column.
    pub x: usize,
    /// The top row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Box {
    /// The column right of it.
    pub fn right(&self) -> usize {
        self.x + self.width
    }

    /// The row below it.
    pub fn bottom(&self) -> usize {
        self.y + self.height
    }

    /// The smallest box around both.
    pub fn and(&self, other: &Box) -> Box {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = (self.right().max(other.right()), self.bottom().max(other.bottom()));
        Box { x, y, width: right - x, height: bottom - y }
    }

    /// All pixels that it touches of a picture so many times smaller.
    pub(super) fn shrunk(&self, times: f32) -> Box {
        let range = |start: usize, end: usize| {
            ((start as f32 / times) as usize, (end as f32 / times).ceil() as usize)
        };
        let ((x, right), (y, bottom)) = (range(self.x, self.right()), range(self.y, self.bottom()));
        Box { x, y, width: right - x, height: bottom - y }
    }

    /// Columns that both have; below zero, columns between them.
    pub(super) fn shared_columns(&self, other: &Box) -> isize {
        self.right().min(other.right()) as isize - self.x.max(other.x) as isize
    }

    /// Rows that both have; below zero, rows between them.
    pub(super) fn shared_rows(&self, other: &Box) -> isize {
        self.bottom().min(other.bottom()) as isize - self.y.max(other.y) as isize
    }
}
