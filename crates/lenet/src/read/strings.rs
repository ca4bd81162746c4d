//! Digits that touch: the replicated network slides over them, and the cheapest row of digits that covers the ink is taken
//! (p. 27-29, with every column in the place of every fourth).
//!
//! ```text
//! ink         |<------------- from column 0 to n ------------->|
//! row         |   digit    |  digit |      digit     |  digit  |
//! columns      . . . d . . . . d . . . . . . d . . . . . d . .    d: near the middle of a digit, its penalty counts
//!              n n . . . n n . . n n n . . . . n n n . . . . n    n: away from it there is none, that of "nothing" counts
//! ```
//!
//! A digit may be as wide as its class is in MNIST: how likely a width is counts too. The path from column to column is Viterbi's.

use std::ops::Range;

use super::confidence::Likely;
use crate::data::normalise::{BACKGROUND, BORDER, INPUT, scale};
use crate::data::{Image, SIDE};
use crate::kernels::level::Level;
use crate::lattice::Strip;
use crate::net::{Parameters, STEP, replicated};

/// Mean and standard deviation of the width of each class's ink, in pixels: MNIST's training digits. A test measures them again.
const WIDTHS: [[f32; 2]; 10] = [
    [17.67, 2.53],
    [8.74, 3.93],
    [17.93, 2.50],
    [15.97, 2.93],
    [15.86, 2.95],
    [17.63, 2.83],
    [14.69, 2.94],
    [15.51, 2.92],
    [15.30, 3.01],
    [13.74, 2.72],
];
/// Digits that touch share about a pixel, and are not all written by MNIST's writers.
const NARROWER: f32 = 1.0;
const WIDER_SPREAD: f32 = 1.5;
/// The narrowest and the widest digit, in pixels.
const NARROWEST: usize = 3;
const WIDEST: usize = 27;
/// What the logarithm of a width's likelihood is multiplied with.
const WIDTH_WEIGHT: f32 = 0.5;
/// What the penalty of "nothing" is multiplied with, column by column: four columns count once, as they do in the network.
const NOTHING_WEIGHT: f32 = 1.0 / STEP as f32;
/// Columns from the middle of a digit from which on there must be nothing.
const CLEAR: f32 = 4.0;
/// White columns that part one string from the next.
const APART: usize = 8;
/// White columns left and right of the ink: half a window.
const MARGIN: usize = INPUT / 2;

/// A digit of a strip.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// Its columns.
    pub(crate) columns: Range<usize>,
    /// What the network says in its middle.
    pub(crate) likely: Likely,
    pub(crate) value: u8,
}

/// A digit of a field, see [`string`].
#[derive(Clone, Debug, PartialEq)]
pub struct InString {
    /// The digit.
    pub value: u8,
    /// Its columns in the field.
    pub columns: Range<usize>,
    /// How sure the network is of it, 0 to 1.
    pub probability: f32,
}

/// The digits in a field of 32 rows and `width` columns, 0 paper to 255 ink, row by row: digits about 20 rows high, in the middle of
/// them, apart or touching.
///
/// ```
/// use lenet::kernels::level::Level;
/// use lenet::{models, read};
///
/// assert!(read::string(Level::new(), &models::reading(), &[0; 32 * 100], 100).is_empty());
/// ```
///
/// # Panics
/// When the field is not `32 * width` values.
pub fn string(level: Level, parameters: &Parameters, ink: &[u8], width: usize) -> Vec<InString> {
    assert!(ink.len() == INPUT * width, "{} values are no {INPUT} rows of {width}", ink.len());
    let inked = |x: usize| (0..INPUT).any(|y| ink[y * width + x] > 0);
    let (mut found, mut x) = (Vec::new(), 0);
    while let Some(start) = (x..width).find(|x| inked(*x)) {
        let mut end = start + 1;
        while let Some(next) = (end..width.min(end + APART)).find(|x| inked(*x)) {
            end = next + 1;
        }
        let rows = (0..INPUT).flat_map(|y| &ink[y * width..][start..end]);
        let strip = Strip { width: end - start, ink: rows.copied().collect() };
        found.extend(digits(level, parameters, &strip).into_iter().map(|digit| InString {
            value: digit.value,
            columns: start + digit.columns.start..start + digit.columns.end,
            probability: digit.likely.digits[usize::from(digit.value)],
        }));
        x = end;
    }
    found
}

/// The 28x28 values of a strip around the middle of these columns.
pub(super) fn window(strip: &Strip, columns: &Range<usize>) -> Image {
    let middle = (columns.start + columns.end) / 2;
    std::array::from_fn(|at| {
        let (y, x) = (at / SIDE + BORDER, (middle + at % SIDE).checked_sub(SIDE / 2));
        x.filter(|x| *x < strip.width).map_or(0, |x| strip.ink[y * strip.width + x])
    })
}

/// The cheapest row of digits that covers the strip.
pub(crate) fn digits(level: Level, parameters: &Parameters, strip: &Strip) -> Vec<Found> {
    let columns = columns(level, parameters, strip);
    path(&costs(&columns))
        .into_iter()
        .map(|(columns_of, value)| {
            let middle = (columns_of.start + columns_of.end) / 2;
            Found { likely: columns[middle.min(columns.len() - 1)], columns: columns_of, value }
        })
        .collect()
}

/// What the network says at each column of the strip, which is in the middle of its window.
fn columns(level: Level, parameters: &Parameters, strip: &Strip) -> Vec<Likely> {
    let width = (strip.width + 2 * MARGIN + STEP).next_multiple_of(STEP);
    let mut all = vec![Likely::default(); strip.width];
    for shift in 0..STEP {
        let mut field = vec![BACKGROUND; INPUT * width];
        for (row, ink) in field.chunks_exact_mut(width).zip(strip.ink.chunks_exact(strip.width)) {
            for (place, ink) in row[MARGIN - shift..].iter_mut().zip(ink) {
                *place = scale(*ink);
            }
        }
        let answers = replicated(level, parameters, &field, width);
        for (place, answer) in all.iter_mut().skip(shift).step_by(STEP).zip(&answers) {
            *place = Likely::of(answer);
        }
    }
    all
}

/// For each column the negative logarithms of the probabilities of the ten digits and of nothing.
fn costs(columns: &[Likely]) -> Vec<([f32; 10], f32)> {
    let cost = |p: f32| -p.max(1e-9).ln();
    columns.iter().map(|likely| (likely.digits.map(cost), cost(likely.nothing))).collect()
}

/// Viterbi's path: the columns of each digit, and which it is. `costs` has at least one column.
fn path(costs: &[([f32; 10], f32)]) -> Vec<(Range<usize>, u8)> {
    let n = costs.len();
    // What nothing costs from the first column up to each.
    let mut nothing = vec![0.0];
    for (_, cost) in costs {
        nothing.push(nothing[nothing.len() - 1] + cost * NOTHING_WEIGHT);
    }
    // The cheapest way to have covered the columns before each, and its last digit.
    let mut best: Vec<(f32, usize, u8)> = vec![(f32::INFINITY, 0, 0); n + 1];
    best[0].0 = 0.0;
    for start in 0..n {
        for end in start + NARROWEST.min(n)..=(start + WIDEST).min(n) {
            let middle = (start + end) as f32 / 2.0;
            let from = (middle - CLEAR).max(start as f32) as usize;
            let to = ((middle + CLEAR).ceil() as usize).min(end);
            let around = nothing[from] - nothing[start] + nothing[end] - nothing[to];
            let (left, right) = (&costs[(start + end - 1) / 2].0, &costs[((start + end) / 2).min(n - 1)].0);
            for value in 0..10 {
                let seen = (left[value] + right[value]) / 2.0;
                let cost = best[start].0 + seen + around + WIDTH_WEIGHT * width_cost(value, end - start);
                if cost < best[end].0 {
                    best[end] = (cost, start, value as u8);
                }
            }
        }
    }
    let (mut end, mut found) = (n, Vec::new());
    while end > 0 {
        let (cost, start, value) = best[end];
        if cost == f32::INFINITY {
            return Vec::new();
        }
        found.push((start..end, value));
        end = start;
    }
    found.reverse();
    found
}

/// The negative logarithm of the likelihood that a digit has this width, but for a constant.
fn width_cost(value: usize, width: usize) -> f32 {
    let [mean, deviation] = WIDTHS[value];
    let deviation = deviation + WIDER_SPREAD;
    let off = (width as f32 - (mean - NARROWER)) / deviation;
    off * off / 2.0 + deviation.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "bundled")]
    #[test]
    fn the_widths_are_those_of_the_training_digits() {
        use crate::data::{Dataset, SIDE};
        let train = Dataset::bundled().train;
        let mut sums = [[0.0f64; 3]; 10];
        for (image, label) in train.images.iter().zip(&train.labels) {
            let inked = |x: &usize| (0..SIDE).any(|y| image[y * SIDE + x] >= 64);
            let (first, last) = ((0..SIDE).find(inked).unwrap(), (0..SIDE).rev().find(inked).unwrap());
            let width = (last + 1 - first) as f64;
            let sums = &mut sums[usize::from(*label)];
            sums.iter_mut().zip([1.0, width, width * width]).for_each(|(sum, x)| *sum += x);
        }
        for ([count, sum, squares], [mean, deviation]) in sums.into_iter().zip(WIDTHS) {
            let measured = sum / count;
            assert!((measured - f64::from(mean)).abs() < 0.006, "{measured}");
            let measured = (squares / count - measured * measured).sqrt();
            assert!((measured - f64::from(deviation)).abs() < 0.006, "{measured}");
        }
    }

    /// Columns where the network sees a digit within two columns of each of these middles, and nothing from four on.
    fn seen(n: usize, middles: &[(usize, usize)]) -> Vec<([f32; 10], f32)> {
        let cost = |column: usize| {
            let mut digits = [9.0; 10];
            let near = middles.iter().find(|(middle, _)| middle.abs_diff(column) <= 2);
            near.into_iter().for_each(|(_, value)| digits[*value] = 0.01);
            (digits, if near.is_some() { 6.0 } else { 0.01 })
        };
        (0..n).map(cost).collect()
    }

    #[test]
    fn the_path_finds_digits_by_their_middles_and_covers_all_columns() {
        let values = |found: &[(Range<usize>, u8)]| found.iter().map(|(_, value)| *value).collect::<Vec<_>>();
        for (n, middles) in [
            (17, vec![(8, 5)]),
            (6, vec![(3, 1)]),
            (33, vec![(8, 2), (24, 0)]),
            (21, vec![(3, 1), (13, 4)]),
            (12, vec![(3, 1), (9, 1)]),
            (66, vec![(8, 3), (24, 5), (37, 1), (45, 1), (58, 9)]),
        ] {
            let found = path(&seen(n, &middles));
            assert_eq!(
                values(&found),
                middles.iter().map(|(_, value)| *value as u8).collect::<Vec<_>>(),
                "{n}"
            );
            assert_eq!(found[0].0.start, 0);
            assert_eq!(found[found.len() - 1].0.end, n);
            assert!(found.windows(2).all(|pair| pair[0].0.end == pair[1].0.start));
        }
    }

    #[test]
    fn a_field_is_cut_where_it_is_white_and_its_columns_are_counted_from_its_left() {
        let parameters = crate::models::reading();
        let mut ink = vec![0; 32 * 200];
        // Two strokes, ones, far apart.
        for y in 6..26 {
            ink[y * 200 + 40..][..3].fill(255);
            ink[y * 200 + 150..][..3].fill(255);
        }
        let found = string(Level::new(), &parameters, &ink, 200);
        let seen: Vec<(u8, usize)> = found.iter().map(|digit| (digit.value, digit.columns.start)).collect();
        assert_eq!(seen, [(1, 40), (1, 150)]);
        assert!(found.iter().all(|digit| digit.probability > 0.9 && digit.columns.len() == 3));
    }

    #[test]
    fn a_window_is_white_beyond_the_strip() {
        let strip = Strip { width: 3, ink: vec![7; 32 * 3] };
        let window = window(&strip, &(0..3));
        assert_eq!(window.iter().filter(|ink| **ink == 7).count(), 28 * 3);
        assert_eq!(window[13..16], [7; 3]);
    }

    #[test]
    fn strips_of_any_width_are_read() {
        let parameters = Parameters::zeros();
        for width in 1..40 {
            let strip = Strip { width, ink: vec![200; 32 * width] };
            let found = digits(Level::new(), &parameters, &strip);
            assert!(found.iter().all(|digit| digit.columns.end <= width), "{width}");
        }
    }
}
