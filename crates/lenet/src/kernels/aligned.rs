//! Buffers that begin on a cache line, so that no vector at an even place straddles two.

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
