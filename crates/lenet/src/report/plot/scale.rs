//! From values to pixels, and the round values that an axis shows.

use crate::report::table::grouped;

/// An axis laid along pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    logarithmic: bool,
    /// The values at the two ends.
    low: f64,
    high: f64,
    /// The pixels at the two ends.
    from: f64,
    to: f64,
}

impl Scale {
    /// An axis that ends where these values end.
    pub(super) fn of(values: impl Iterator<Item = f64>, logarithmic: bool, from: f64, to: f64) -> Scale {
        let usable = values.filter(|value| value.is_finite() && (!logarithmic || *value > 0.0));
        let (low, high) = usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let (low, high) = match (low < high, low.is_finite()) {
            (true, _) => (low, high),
            (false, true) if logarithmic => (low / 2.0, low * 2.0),
            (false, true) => (low - 1.0, low + 1.0),
            (false, false) => (1.0, 2.0),
        };
        Scale { logarithmic, low, high, from, to }
    }

    /// The same, but ending at round values, and at 0 if the values come near it.
    pub(super) fn rounded(self) -> Scale {
        if self.logarithmic {
            let steps = round_values(self.low, self.high);
            let (low, high) = (steps[0], steps[steps.len() - 1]);
            return Scale { low, high, ..self };
        }
        let low = if self.low >= 0.0 && self.low < 0.5 * self.high { 0.0 } else { self.low };
        let step = step(self.high - low);
        Scale { low: (low / step).floor() * step, high: (self.high / step).ceil() * step, ..self }
    }

    /// The pixel of a value, which is first brought within the axis.
    pub(super) fn at(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        let share = if self.logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + share * (self.to - self.from)
    }

    /// Whether the axis reaches the value.
    pub(super) fn reaches(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The round values to show, with their text.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        if self.logarithmic {
            let within = |value: &f64| *value >= self.low * 0.999 && *value <= self.high * 1.001;
            return round_values(self.low, self.high)
                .into_iter()
                .filter(within)
                .map(|v| (v, plain(v)))
                .collect();
        }
        let step = step(self.high - self.low);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let first = (self.low / step - 1e-9).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        let text = |value: f64| match decimals {
            0 if value >= 0.0 => grouped(value.round() as usize),
            _ => format!("{value:.decimals$}").replace('-', "\u{2212}"),
        };
        (first..=last).map(|k| k as f64 * step).map(|value| (value, text(value))).collect()
    }
}

/// A round distance, of which four to eight fit in.
fn step(range: f64) -> f64 {
    let raw = range / 5.0;
    let decade = 10f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| raw <= factor * decade * 1.2).unwrap_or(10.0);
    factor * decade
}

/// Powers of ten, with 2 and 5 times them where there is room, from the last one below to the first one above.
fn round_values(low: f64, high: f64) -> Vec<f64> {
    let factors: &[f64] = if high / low < 300.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let all: Vec<f64> =
        (first..=last).flat_map(|power| factors.iter().map(move |f| f * 10f64.powi(power))).collect();
    let from = all.iter().rposition(|value| *value <= low * 1.0001).unwrap_or(0);
    let to = all.iter().position(|value| *value >= high * 0.9999).unwrap_or(all.len() - 1);
    all[from..=to].to_vec()
}

/// A round value above 0 as it is written: 0.05, 20, 5,000.
fn plain(value: f64) -> String {
    if value >= 1.0 {
        return grouped(value.round() as usize);
    }
    let decimals = (-value.log10().floor()) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(scale: Scale) -> Vec<String> {
        scale.ticks().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        let linear = Scale::of([0.31, 4.89].into_iter(), false, 0.0, 100.0).rounded();
        assert_eq!(texts(linear), ["0", "1", "2", "3", "4", "5"]);
        let small = Scale::of([0.93, 0.97].into_iter(), false, 0.0, 100.0).rounded();
        assert_eq!(texts(small), ["0.93", "0.94", "0.95", "0.96", "0.97"]);
        let both = Scale::of([-30.0, 30.0].into_iter(), false, 0.0, 100.0);
        assert_eq!(texts(both), ["\u{2212}30", "\u{2212}20", "\u{2212}10", "0", "10", "20", "30"]);
        let log = Scale::of([0.83, 61.0].into_iter(), true, 0.0, 100.0).rounded();
        assert_eq!(texts(log), ["0.5", "1", "2", "5", "10", "20", "50", "100"]);
        let wide = Scale::of([0.03, 9_000.0].into_iter(), true, 0.0, 100.0).rounded();
        assert_eq!(texts(wide), ["0.01", "0.1", "1", "10", "100", "1,000", "10,000"]);
    }

    #[test]
    fn values_lie_between_the_ends_in_proportion() {
        let linear = Scale::of([0.0, 4.0].into_iter(), false, 10.0, 50.0);
        assert_eq!([0.0, 1.0, 4.0, 9.0].map(|v| linear.at(v)), [10.0, 20.0, 50.0, 50.0]);
        let log = Scale::of([1.0, 100.0].into_iter(), true, 50.0, 10.0);
        assert!((log.at(10.0) - 30.0).abs() < 1e-9 && (log.at(0.0) - 50.0).abs() < 1e-9);
        assert!(linear.reaches(4.0) && !linear.reaches(4.1));
    }
}
