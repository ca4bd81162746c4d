//! What counts and means say beyond chance: intervals and tests, and the distributions behind them.

use serde::Serialize;

/// The two-sided level of every interval and verdict here: 95 % intervals, differences shown at p < 0.05.
pub const ALPHA: f64 = 0.05;

/// Wilson's 95 % interval of a rate of which `hits` in `trials` were seen (Wilson 1927), as shares of 1.
///
/// Of no trials nothing is known: (0, 1).
pub fn wilson(hits: usize, trials: usize) -> (f64, f64) {
    if trials == 0 {
        return (0.0, 1.0);
    }
    /// The 97.5 % point of the normal distribution.
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (trials as f64, hits as f64 / trials as f64);
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// The mean of a recipe's results over seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// Number of seeds, >= 2.
    pub seeds: usize,
    /// The mean.
    pub mean: f64,
    /// Standard deviation over seeds, with n - 1.
    pub deviation: f64,
    /// The 95 % interval of the mean, by Student's t with n - 1 degrees of freedom: where the mean over very many seeds
    /// probably lies. It holds for this test set; that other digits would be misread is not in it.
    pub interval: (f64, f64),
}

impl Mean {
    /// The mean of results, one per seed, in whatever unit. None for fewer than two: one value has no spread.
    pub fn of(results: &[f64]) -> Option<Mean> {
        let (&first, true) = (results.first()?, results.len() >= 2) else { return None };
        let n = results.len() as f64;
        // Relative to the first, so that equal results have exactly no spread.
        let mean = first + results.iter().map(|x| x - first).sum::<f64>() / n;
        let squares: f64 = results.iter().map(|x| (x - mean) * (x - mean)).sum();
        let deviation = (squares / (n - 1.0)).sqrt();
        let half = t_quantile(n - 1.0) * deviation / n.sqrt();
        Some(Mean { seeds: results.len(), mean, deviation, interval: (mean - half, mean + half) })
    }

    /// The 95 % interval of one more result of the same recipe: where a single run that is no different lies.
    pub fn next(&self) -> (f64, f64) {
        // The spread of a single result and that of the mean: s sqrt(1 + 1/n), next to the mean's s / sqrt(n).
        let half = (self.interval.1 - self.mean) * (self.seeds as f64 + 1.0).sqrt();
        (self.mean - half, self.mean + half)
    }

    /// The variance of the mean, and its degrees of freedom.
    fn variance(&self) -> (f64, f64) {
        (self.deviation * self.deviation / self.seeds as f64, self.seeds as f64 - 1.0)
    }
}

/// Two recipes over seeds: Welch's t test, which does not take their spreads for equal (Welch 1947).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Welch {
    /// Mean of the first minus mean of the second.
    pub difference: f64,
    /// The 95 % interval of the difference.
    pub interval: (f64, f64),
    /// The difference in units of its standard error.
    pub t: f64,
    /// Degrees of freedom, by Welch and Satterthwaite; seldom whole.
    pub degrees: f64,
    /// Probability of a difference at least as large, in either direction, if the means were equal.
    pub p: f64,
}

impl Welch {
    /// Compares the means of two recipes. None if neither has any spread: then there is no error to compare with.
    pub fn of(a: &Mean, b: &Mean) -> Option<Welch> {
        let ((var_a, free_a), (var_b, free_b)) = (a.variance(), b.variance());
        let variance = var_a + var_b;
        if variance == 0.0 {
            return None;
        }
        let degrees = variance * variance / (var_a * var_a / free_a + var_b * var_b / free_b);
        let difference = a.mean - b.mean;
        let t = difference / variance.sqrt();
        let half = t_quantile(degrees) * variance.sqrt();
        let interval = (difference - half, difference + half);
        Some(Welch { difference, interval, t, degrees, p: t_tails(t, degrees) })
    }
}

/// Probability that at most `heads` of `tosses` of a fair coin are heads.
pub(super) fn at_most_heads(heads: usize, tosses: usize) -> f64 {
    if heads >= tosses { 1.0 } else { beta_share((tosses - heads) as f64, heads as f64 + 1.0, 0.5) }
}

/// Probability that Student's t with so many degrees of freedom is at least |t|, in either direction.
fn t_tails(t: f64, degrees: f64) -> f64 {
    beta_share(degrees / 2.0, 0.5, degrees / (degrees + t * t))
}

/// The t above whose absolute value lies [`ALPHA`] of Student's distribution: 12.7 for one degree of freedom, 1.96 for many.
fn t_quantile(degrees: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while t_tails(high, degrees) > ALPHA {
        (low, high) = (high, 2.0 * high);
    }
    // Halved to the last bit of a double.
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if t_tails(middle, degrees) > ALPHA { low = middle } else { high = middle }
    }
    high
}

/// The regularised incomplete beta function I_x(a, b), for a, b > 0 and 0 <= x <= 1: from it follow the tails of Student's t
/// and of the binomial distribution (Abramowitz and Stegun 26.5.24, 26.5.27).
fn beta_share(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The fraction converges fast on this side of the mean; on the other the shares of a and b are swapped.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    }
}

/// The continued fraction of I_x(a, b) (Abramowitz and Stegun 26.5.8), from the front by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    /// Stands for a zero that would be divided by.
    const TINY: f64 = 1e-300;
    /// Enough for a and b far beyond a million: the number of steps grows with their root.
    const STEPS: usize = 100_000;
    let off_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / off_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..STEPS {
        let m = step as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for term in [even, odd] {
            d = 1.0 / off_zero(1.0 + term * d);
            c = off_zero(1.0 + term / c);
            fraction *= c * d;
        }
        if (fraction / before - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

/// The logarithm of the gamma function for x > 0: Stirling's series (Abramowitz and Stegun 6.1.41), begun at 10, where its
/// first terms suffice for a double.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    /// Coefficients of 1/x, 1/x^3, 1/x^5 and so on.
    const SERIES: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    let series = SERIES.iter().rev().fold(0.0, |sum, coefficient| sum / (x * x) + coefficient) / x;
    (x - 0.5) * x.ln() - x + std::f64::consts::TAU.ln() / 2.0 + series - f64::ln(product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_published_values() {
        // Newcombe 1998, table I, method 3
        for (hits, trials, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
        {
            let interval = wilson(hits, trials);
            assert!((interval.0 - low).abs() < 5e-5 && (interval.1 - high).abs() < 5e-5, "{interval:?}");
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn the_gamma_function_is_the_factorial() {
        let mut factorial: f64 = 1.0;
        for n in 1..100 {
            let error = ln_gamma(f64::from(n)) - factorial.ln();
            assert!(error.abs() < 2e-14 * factorial.ln().max(1.0), "{n}: {error}");
            factorial *= f64::from(n);
        }
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-14);
    }

    #[test]
    fn quantiles_of_t_are_those_of_the_tables() {
        // Any table of Student's distribution, two-sided 5 %.
        let table = [
            (1.0, 12.706),
            (2.0, 4.303),
            (3.0, 3.182),
            (4.0, 2.776),
            (9.0, 2.262),
            (19.0, 2.093),
            (30.0, 2.042),
            (120.0, 1.980),
            (1e7, 1.960),
        ];
        for (degrees, expected) in table {
            assert!((t_quantile(degrees) - expected).abs() < 5.1e-4, "{degrees}: {}", t_quantile(degrees));
        }
        // In closed form: with one degree of freedom Cauchy's distribution, and the next.
        assert!((t_quantile(1.0) - (0.475 * std::f64::consts::PI).tan()).abs() < 1e-10);
        assert!((t_quantile(2.0) - 0.95 * (2.0 / (1.0 - 0.95f64 * 0.95)).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn tosses_of_a_coin_are_counted_exactly() {
        // Sums of binomial coefficients, up to a row that a double holds exactly.
        for tosses in 0..50usize {
            let (mut coefficient, mut sum) = (1.0, 0.0);
            for heads in 0..=tosses {
                sum += coefficient;
                let expected = sum / 2f64.powi(tosses as i32);
                let found = at_most_heads(heads, tosses);
                assert!((found / expected - 1.0).abs() < 1e-12, "{heads} of {tosses}: {found} {expected}");
                coefficient *= (tosses - heads) as f64 / (heads + 1) as f64;
            }
        }
        // Far beyond the smallest power of two that a double holds; by symmetry, half and half of the middle.
        let middle = 1.0 / (std::f64::consts::PI * 50_000.0).sqrt(); // of 100,000 tosses, to 1 in 4 * 10^5
        assert!((at_most_heads(50_000, 100_000) - (0.5 + middle / 2.0)).abs() < 1e-8);
    }

    /// Student's two soporifics on ten patients each, hours of sleep gained (Student 1908), as R's data set `sleep` has them.
    const SLEEP: [[f64; 10]; 2] = [
        [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
        [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
    ];

    #[test]
    fn welch_agrees_with_the_published_test_of_students_data() {
        // What R answers to t.test(extra ~ group, data = sleep), an example of its manual.
        let [a, b] = SLEEP.map(|group| Mean::of(&group).unwrap());
        let test = Welch::of(&a, &b).unwrap();
        assert!((test.t - -1.8608).abs() < 5e-5, "{test:?}");
        assert!((test.degrees - 17.776).abs() < 5e-4 && (test.p - 0.07939).abs() < 5e-6, "{test:?}");
        assert!((test.interval.0 - -3.3654832).abs() < 5e-8, "{test:?}");
        assert!((test.interval.1 - 0.2054832).abs() < 5e-8, "{test:?}");
    }

    #[test]
    fn a_mean_has_the_interval_of_students_t() {
        // One-sample tests of both groups by hand: 0.75 and 2.33, deviations 1.789 and 2.002, times 2.262 / sqrt(10).
        let [a, b] = SLEEP.map(|group| Mean::of(&group).unwrap());
        assert!((a.mean - 0.75).abs() < 1e-12 && (a.deviation - 1.789).abs() < 5e-4, "{a:?}");
        assert!((b.mean - 2.33).abs() < 1e-12 && (b.deviation - 2.002).abs() < 5e-4, "{b:?}");
        assert!((a.interval.1 - a.mean - 2.262 * 1.789 / 10f64.sqrt()).abs() < 1e-3, "{a:?}");
        assert!((a.interval.0 + a.interval.1 - 1.5).abs() < 1e-12, "{a:?}");
    }

    #[test]
    fn one_more_result_lies_in_a_wider_interval_than_the_mean() {
        // By hand for 1, 2, 3: deviation 1, t = 4.303, sqrt(1 + 1/3) = 1.1547.
        let (low, high) = Mean::of(&[1.0, 2.0, 3.0]).unwrap().next();
        assert!((low - (2.0 - 4.3027 * 1.1547)).abs() < 1e-3 && (low + high - 4.0).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_spread_is_not_tested() {
        assert_eq!(Mean::of(&[0.8]), None);
        let same = Mean::of(&[0.8; 3]).unwrap();
        assert_eq!(same.deviation, 0.0);
        assert_eq!(Welch::of(&same, &same), None);
        assert!(Welch::of(&same, &Mean::of(&[0.7, 0.9]).unwrap()).is_some_and(|test| test.p > 0.99));
    }
}
