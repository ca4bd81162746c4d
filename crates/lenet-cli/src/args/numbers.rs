//! Numbers as typed. clap's own ranges are said by clap; these are of other kinds.

/// The index of a digit in a list of them.
pub(super) fn index(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| "expected whole numbers from 0 on, with commas between them, as in 7,42".to_string())
}

/// The time that a measurement takes.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(seconds) if (0.01..=600.0).contains(&seconds) => Ok(seconds),
        _ => Err("expected a number from 0.01 to 600".to_string()),
    }
}

/// A share in percent.
pub(super) fn percent(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("expected a number of percent from 0 to 100".to_string()),
    }
}

/// The seed of random numbers.
pub(super) fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}
