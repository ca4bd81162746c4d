//! Does the book say what the paper says? Facts by counting, first derivatives by finite differences,
//! second derivatives by an independent network and by exact Jacobians.

mod common;
mod connections;
mod counts;
mod criteria;
mod gradients;
mod second_derivatives;
mod training;
