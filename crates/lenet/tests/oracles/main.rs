//! The library against its two oracles, the book (f64) and PyTorch, at every level that this processor has.
//!
//! One table of tolerances serves both: the largest difference in a tensor over the largest value of the oracle.

mod batches;
mod golden;
mod reference;

use lenet::kernels::level::{Level, available};

/// What is compared.
#[derive(Clone, Copy, Debug)]
enum Kind {
    State,
    Output,
    Criterion,
    Gradient,
    Curvature,
    /// Parameters after some updates, minus the ones before.
    Change,
    /// The same by batches with momentum: the steps are larger, and what rounding does to one comes back in the next.
    BatchChange,
    /// The same with AdamW, which divides every gradient by its own size, so that its relative error stays.
    NormalisedChange,
    /// The same with Muon, which takes the small singular values of a sum of four gradients for as good as the large ones.
    OrthogonalChange,
}

/// About five times what the levels of x86 show (in the comments): f32 keeps 6e-8, and six layers with sums of up to
/// 784 products make of it what they make.
fn tolerance(kind: Kind) -> f64 {
    match kind {
        Kind::State => 2e-6,            // 4.3e-7
        Kind::Output => 6e-7,           // 1.1e-7
        Kind::Criterion => 1e-5,        // 2.3e-6
        Kind::Gradient => 7e-6,         // 1.5e-6
        Kind::Curvature => 3e-6,        // 5.4e-7
        Kind::Change => 2e-4,           // 3.7e-5
        Kind::BatchChange => 5e-5,      // 9.6e-6
        Kind::NormalisedChange => 9e-5, // 1.7e-5
        Kind::OrthogonalChange => 3e-3, // 6.1e-4
    }
}

/// Panics unless `found` is within the tolerance of `expected` everywhere.
fn check(kind: Kind, what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}: length");
    let largest = expected.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    for (k, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(found) - expected).abs();
        assert!(
            error <= tolerance(kind) * largest,
            "{what}[{k}] ({kind:?}): found {found:e}, expected {expected:e}, {:e} of the largest",
            error / largest
        );
    }
}

/// Runs a check at every level and proves that each one ran.
fn at_every_level(mut test: impl FnMut(&str, Level)) {
    let levels = available();
    let mut ran = Vec::new();
    for (name, level) in &levels {
        test(name, *level);
        ran.push(*name);
    }
    assert!(ran.contains(&"scalar"));
    #[cfg(target_arch = "x86_64")]
    assert_eq!(ran.contains(&"avx2"), std::arch::is_x86_feature_detected!("avx2"));
    #[cfg(target_arch = "aarch64")] // where every processor has it; tools/neon.sh runs this on other machines
    assert!(ran.contains(&"neon"));
}
