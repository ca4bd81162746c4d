//! Buffers that begin on a cache line, so that no vector at an even place straddles two: [`Aligned`] of a length known when
//! this compiles, [`Buffer`] of one that depends on the level.

use std::ops::{Deref, DerefMut};

/// `N` floats, the first one on a 64-byte boundary.
#[derive(Clone, Debug, PartialEq)]
#[repr(align(64))]
pub(crate) struct Aligned<const N: usize>([f32; N]);

impl<const N: usize> Aligned<N> {
    /// All zero.
    pub(crate) fn new() -> Self {
        Aligned([0.0; N])
    }

    /// All zero, on the heap.
    pub(crate) fn zeros() -> Box<Self> {
        Box::new(Self::new())
    }
}

impl<const N: usize> Deref for Aligned<N> {
    type Target = [f32; N];

    fn deref(&self) -> &[f32; N] {
        &self.0
    }
}

impl<const N: usize> DerefMut for Aligned<N> {
    fn deref_mut(&mut self) -> &mut [f32; N] {
        &mut self.0
    }
}

/// Bytes of a cache line.
const LINE: usize = 64;

/// Floats on the heap, the first one on a 64-byte boundary.
#[derive(Debug)]
pub(crate) struct Buffer {
    /// The floats, after as many as it takes to reach the boundary. Never grows, so that it never moves.
    values: Vec<f32>,
    first: usize,
    len: usize,
}

impl Buffer {
    /// `len` zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let values = vec![0.0; len + LINE / size_of::<f32>()];
        // Where no boundary can be told, as in a constant evaluator, any place will do.
        let first = values.as_ptr().align_offset(LINE).min(LINE / size_of::<f32>());
        Buffer { values, first, len }
    }
}

impl Clone for Buffer {
    /// A copy that begins on a cache line too.
    fn clone(&self) -> Self {
        let mut copy = Self::zeros(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.values[self.first..self.first + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values[self.first..self.first + self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_begin_on_cache_lines() {
        for len in [0, 1, 15, 16, 17, 4704] {
            let buffer = Buffer::zeros(len);
            assert_eq!(buffer.len(), len);
            assert!((buffer.as_ptr() as usize).is_multiple_of(LINE) && buffer.iter().all(|&x| x == 0.0));
        }
    }
}
