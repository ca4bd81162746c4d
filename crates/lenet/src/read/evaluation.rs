//! How well pages are read: made pages, whose text is known, next to what the reader makes of them.
//!
//! ```
//! use lenet::data::Dataset;
//! use lenet::pages::{Kind, Maker};
//! use lenet::read::Reader;
//! use lenet::read::evaluation::{Task, measure};
//! use lenet::workers::Workers;
//!
//! let digits = Dataset::bundled().train; // the test digits are for the last measurement only
//! let task = Task { name: "digits", kind: Kind::CleanDigit, pages: 20 };
//! let score = measure(&Reader::shipped(), &Maker::new(&digits, 1)?, &task, &Workers::all()?, &|_| ());
//! assert_eq!(score.pages, 20);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use serde::Serialize;

use super::confidence::{Likely, distance};
use super::lessons::{SAME, digit_of, in_common};
use super::page::{Digit, Page};
use super::picture::Grey;
use super::reader::{OnPage, Reader};
use crate::pages::{Kind, Made, Maker};
use crate::pen::Nothing;
use crate::workers::Workers;

/// Pages of one kind that are to be read.
#[derive(Clone, Debug)]
pub struct Task {
    /// The kind's name in reports.
    pub name: &'static str,
    /// What stands on them.
    pub kind: Kind,
    /// How many: page 0, page 1 and so on.
    pub pages: usize,
}

/// What came of the pages of a task.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    /// The task.
    pub task: &'static str,
    /// Pages read.
    pub pages: usize,
    /// Pages whose digits were all read, and nothing else; of things that are none, pages without any digit.
    pub right: usize,
    /// Pages that are not right and have a `?` or no line: nothing wrong was said.
    pub rejected: usize,
    /// The same by condition; a page counts for every condition it was made under.
    pub conditions: BTreeMap<&'static str, [usize; 2]>,
    /// The pages that were not right, by their numbers.
    pub failures: Vec<Failure>,
    /// Of every digit read on pages with one: how sure it was, and whether it was right.
    #[serde(skip)]
    pub sure: Vec<(f32, bool)>,
}

/// A page that was not read right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The page's number.
    pub page: u64,
    /// What stands on it; nothing, if no digit.
    pub truth: String,
    /// What was read.
    pub read: String,
}

/// The tasks of the whole evaluation, in the order of the report; `pages` is how many pages of single digits there are, of the others
/// there are fewer.
pub fn tasks(pages: usize) -> Vec<Task> {
    let task = |name, kind, share: usize| Task { name, kind, pages: (pages / share).max(1) };
    let string = |gaps| Kind::String { digits: 5, gaps };
    let mut all = vec![
        task("single digits, clean", Kind::CleanDigit, 1),
        task("single digits, all conditions", Kind::Digit, 1),
        task("five digits, gaps of 1 to 20", string(1.0..=20.0), 4),
        task("five digits, gaps of -4 to 0", string(-4.0..=0.0), 4),
    ];
    all.extend(Nothing::ALL.map(|kind| task(kind.name(), Kind::Nothing(kind), 7)));
    all
}

/// Grey levels of a made page, as a picture file gives them.
pub fn grey(made: &Made) -> Grey {
    let picture = image::DynamicImage::ImageRgb8(made.picture.clone()).into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    Grey { width, height, pixels: picture.into_raw() }
}

/// Reads all pages of a task, on all workers; `done` hears how many there are after each.
pub fn measure(
    reader: &Reader,
    maker: &Maker<'_>,
    task: &Task,
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Score {
    let count = AtomicUsize::new(0);
    let read = |n: u64| {
        let made = maker.make(&task.kind, n);
        let page = reader.read(&grey(&made));
        done(count.fetch_add(1, Ordering::Relaxed) + 1);
        (n, made, page)
    };
    let conditions = |made: &Made| made.conditions.names();
    let all: Vec<_> = workers.enter(|| {
        let pages = (0..task.pages as u64).into_par_iter().map(read);
        pages.map(|(n, made, page)| (n, conditions(&made), truth(&made), page)).collect()
    });
    let mut score = Score {
        task: task.name,
        pages: task.pages,
        right: 0,
        rejected: 0,
        conditions: BTreeMap::new(),
        failures: Vec::new(),
        sure: Vec::new(),
    };
    for (n, conditions, truth, page) in all {
        let read = text(&page);
        let digits: String = read.chars().filter(char::is_ascii_digit).collect();
        let nothing = truth.is_empty();
        let right = if nothing { digits.is_empty() } else { read == truth };
        score.right += usize::from(right);
        score.rejected += usize::from(!right && !nothing && (digits.is_empty() || read.contains('?')));
        for name in conditions {
            let [pages, good] = score.conditions.entry(name).or_default();
            (*pages, *good) = (*pages + 1, *good + usize::from(right));
        }
        if let (1, [digit]) = (truth.len(), &digits_of(&page)[..]) {
            let value = digit.value.map(|value| value.to_string());
            score.sure.extend(value.map(|value| (digit.probability, value == truth)));
        }
        if !right {
            score.failures.push(Failure { page: n, truth, read });
        }
    }
    score
}

/// The expected calibration error in %: of ten bins of how sure answers were, the mean distance of that from the share that was
/// right, by the number of answers.
pub fn calibration_error(sure: &[(f32, bool)]) -> f64 {
    let mut bins = [(0usize, 0.0f64, 0usize); 10];
    for (probability, right) in sure {
        let bin = &mut bins[((probability * 10.0) as usize).min(9)];
        *bin = (bin.0 + 1, bin.1 + f64::from(*probability), bin.2 + usize::from(*right));
    }
    let off = bins.iter().map(|(_, sum, right)| (sum - *right as f64).abs()).sum::<f64>();
    100.0 * off / sure.len().max(1) as f64
}

/// What limits and confidence are made of, measured on pages of single digits.
#[derive(Clone, Debug, Serialize)]
pub struct Fit {
    /// Pages on which the digit was found.
    pub pages: usize,
    /// Shares of rejected digits, in %, and the distance from which on these are.
    pub limits: Vec<(f32, f32)>,
    /// Factors of the exponents, and the mean negative logarithm of the probability of what is right under each.
    pub honesty: Vec<(f32, f64)>,
}

/// Measures how far digits of these pages are from what the network knows.
pub fn fit(reader: &Reader, maker: &Maker<'_>, pages: usize, workers: &Workers) -> Fit {
    let penalties = |n: u64| {
        let made = maker.make(&Kind::Digit, n);
        let found = OnPage::on(&grey(&made)).ok()?;
        let (place, class) = digit_of(&made)?;
        let k = found.boxes().iter().position(|bbox| in_common(bbox, &place) >= SAME)?;
        Some((reader.answers(&found)[k].penalties, usize::from(class)))
    };
    let all: Vec<([f32; 10], usize)> =
        workers.enter(|| (0..pages as u64).into_par_iter().filter_map(penalties).collect());
    let mut distances: Vec<f32> = all.iter().map(|(penalties, _)| distance(penalties)).collect();
    distances.sort_by(|a, b| b.total_cmp(a));
    let at = |percent: f32| {
        let place = (percent / 100.0 * distances.len() as f32) as usize;
        (percent, distances.get(place.min(distances.len().saturating_sub(1))).copied().unwrap_or(0.0))
    };
    let surprise = |honesty: f32| {
        let cost = |(penalties, class): &([f32; 10], usize)| {
            -f64::from(Likely::with(honesty, penalties).digits[*class].max(1e-9)).ln()
        };
        (honesty, all.iter().map(cost).sum::<f64>() / all.len().max(1) as f64)
    };
    Fit {
        pages: all.len(),
        limits: [0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0].map(at).to_vec(),
        honesty: [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5].map(surprise).to_vec(),
    }
}

fn truth(made: &Made) -> String {
    made.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// What was read, without spaces: how wide a gap is, is no question of reading digits.
fn text(page: &Page) -> String {
    page.text().replace(' ', "")
}

fn digits_of(page: &Page) -> Vec<&Digit> {
    page.lines.iter().flat_map(|line| &line.digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_are_as_often_right_as_they_say_have_no_calibration_error() {
        let honest: Vec<(f32, bool)> = (0..100).map(|k| (0.75, k % 4 != 0)).collect();
        assert!(calibration_error(&honest) < 1e-9);
        let boasting: Vec<(f32, bool)> = (0..100).map(|k| (1.0, k % 4 != 0)).collect();
        assert!((calibration_error(&boasting) - 25.0).abs() < 1e-9);
        assert_eq!(calibration_error(&[]), 0.0);
    }

    #[cfg(feature = "bundled")]
    #[test]
    fn a_score_counts_every_page_once_and_depends_on_nothing_but_the_seed() {
        let digits = crate::data::Dataset::bundled().train;
        let (reader, workers) = (Reader::shipped(), Workers::new(2).unwrap());
        let maker = Maker::new(&digits, 3).unwrap();
        for task in tasks(28) {
            let score = measure(&reader, &maker, &task, &workers, &|_| ());
            assert_eq!(score.right + score.failures.len(), task.pages, "{}", task.name);
            let again = measure(&reader, &maker, &task, &Workers::new(1).unwrap(), &|_| ());
            assert_eq!(score.failures, again.failures);
        }
    }
}
