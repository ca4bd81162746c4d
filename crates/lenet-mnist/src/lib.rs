//! The MNIST digits.
