//! Which vector instructions the kernels use: a value that the caller chooses and passes on.
//!
//! ```
//! use lenet::kernels::level::{Level, available, by_name, name};
//!
//! assert_eq!(name(Level::new()), available()[0].0); // the best that this processor has
//! let scalar = by_name("scalar").unwrap(); // any processor runs this one
//! assert_eq!(name(scalar), "scalar");
//! ```

pub use fearless_simd::Level;
use fearless_simd::{dispatch, prelude::*};

/// The levels that this processor can run, best first, each with the name that [`by_name`] takes.
///
/// The last one is always `scalar`, which has no vector instructions and runs anywhere.
pub fn available() -> Vec<(&'static str, Level)> {
    let best = Level::new();
    let mut levels: Vec<(&'static str, Level)> = Vec::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    levels.extend(
        [
            best.as_avx512().map(|token| ("avx512", Level::Avx512(token))),
            best.as_avx2().map(|token| ("avx2", Level::Avx2(token))),
            best.as_sse4_2().map(|token| ("sse4.2", Level::Sse4_2(token))),
            best.as_sse2().map(|token| ("sse2", Level::Sse2(token))),
        ]
        .into_iter()
        .flatten(),
    );
    #[cfg(target_arch = "aarch64")]
    levels.extend(best.as_neon().map(|token| ("neon", Level::Neon(token))));
    levels.push(("scalar", Level::fallback()));
    levels
}

/// The level of that name, if this processor can run it.
pub fn by_name(name: &str) -> Option<Level> {
    available().into_iter().find(|(known, _)| *known == name).map(|(_, level)| level)
}

/// The name of a level, as [`available`] lists it.
pub fn name(level: Level) -> &'static str {
    let kind = std::mem::discriminant(&level);
    available()
        .into_iter()
        .find(|(_, known)| std::mem::discriminant(known) == kind)
        .map_or("another", |(name, _)| name)
}

/// Images in a tile at that level: the lanes of its vectors.
pub fn lanes(level: Level) -> usize {
    dispatch!(level, simd => lanes_of(simd))
}

#[inline(always)]
fn lanes_of<S: Simd>(_: S) -> usize {
    S::f32s::LEN
}

/// Whether the level has 32 vector registers (AVX-512, NEON) and not 16: kernels keep more sums in them.
#[inline(always)]
pub(crate) fn has_32_registers<S: Simd>() -> bool {
    S::f32s::LEN == 16 || cfg!(target_arch = "aarch64")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_available_level_is_found_by_its_name() {
        for (known, level) in available() {
            assert_eq!(name(level), known);
            assert_eq!(name(by_name(known).unwrap()), known);
        }
    }

    /// What a kernel is compiled for is the level that was asked for, not a better or a worse one.
    #[test]
    fn a_forced_level_is_the_one_that_runs() {
        for (known, level) in available() {
            assert_eq!(dispatch!(level, simd => name(simd.level())), known);
            let expected = if known == "avx512" {
                16
            } else if known == "avx2" {
                8
            } else {
                4
            };
            assert_eq!(lanes(level), expected, "{known}");
        }
    }

    #[test]
    fn the_best_level_comes_first_and_scalar_last() {
        let levels = available();
        assert_eq!(name(Level::new()), levels[0].0);
        assert_eq!(levels[levels.len() - 1].0, "scalar");
    }
}
