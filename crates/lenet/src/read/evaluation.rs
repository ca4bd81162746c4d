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

use super::confidence::Likely;
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
        score.rejected += usize::from(!right && !nothing && says_nothing(&read));
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
    /// Pages read.
    pub pages: usize,
    /// Shares of these pages on which no digit is read, in %, and the distance from which on things must be rejected for that.
    pub limits: Vec<(f32, f32)>,
    /// Pages on which one look at the likelier polarity finds the digit where it is.
    pub found: usize,
    /// Factors of the exponents, and the mean negative logarithm of the probability of what is right under each, on the pages found.
    pub honesty: Vec<(f32, f64)>,
}

/// Shares of rejected digits whose distances [`fit`] looks for, in %.
const SHARES: [f32; 4] = [0.3, 1.0, 3.0, 10.0];
/// Between these distances it looks for them, by halving this often: to a tenth.
const DISTANCES: [f32; 2] = [0.0, 12.8];
const HALVINGS: usize = 7;

/// Measures how far digits of these pages are from what the networks know, and how far a reader must go along for them to be read.
///
/// The limits are those of the whole reader: of what is far only among digits or in one size of three a page is read after all, so that
/// fewer digits are rejected than lie beyond a limit. `done` hears how many pages there are after each.
pub fn fit(
    reader: &Reader,
    maker: &Maker<'_>,
    pages: usize,
    workers: &Workers,
    done: &(dyn Fn(usize) + Sync),
) -> Fit {
    let count = AtomicUsize::new(0);
    let measured = |n: u64| {
        let made = maker.make(&Kind::Digit, n);
        let grey = grey(&made);
        let both = (needed(reader, &grey), penalties(reader, &made, &grey));
        done(count.fetch_add(1, Ordering::Relaxed) + 1);
        both
    };
    let all: Vec<_> = workers.enter(|| (0..pages as u64).into_par_iter().map(measured).collect());
    let (mut distances, found): (Vec<f32>, Vec<_>) = all.into_iter().unzip();
    distances.sort_by(|a, b| b.total_cmp(a));
    let found: Vec<([f32; 10], usize)> = found.into_iter().flatten().collect();
    let at = |percent: f32| {
        let place = (percent / 100.0 * distances.len() as f32) as usize;
        (percent, distances.get(place.min(distances.len().saturating_sub(1))).copied().unwrap_or(0.0))
    };
    let surprise = |honesty: f32| {
        let cost = |(penalties, class): &([f32; 10], usize)| {
            -f64::from(Likely::with(honesty, penalties).digits[*class].max(1e-9)).ln()
        };
        (honesty, found.iter().map(cost).sum::<f64>() / found.len().max(1) as f64)
    };
    Fit {
        pages,
        limits: SHARES.map(at).to_vec(),
        found: found.len(),
        honesty: [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5].map(surprise).to_vec(),
    }
}

/// The distance up to which things must be taken for digits for this page to be read; the largest of [`DISTANCES`] if none of them will do.
fn needed(reader: &Reader, grey: &Grey) -> f32 {
    let read = |limit: f32| !says_nothing(&text(&reader.clone().within(limit).read(grey)));
    let [mut unread, mut enough] = DISTANCES;
    for _ in 0..HALVINGS {
        let middle = (unread + enough) / 2.0;
        *(if read(middle) { &mut enough } else { &mut unread }) = middle;
    }
    enough
}

/// What the networks make of a page's digit, and which it is; none if it is not found as one part.
fn penalties(reader: &Reader, made: &Made, grey: &Grey) -> Option<([f32; 10], usize)> {
    let found = OnPage::on(grey).ok()?;
    let (place, class) = digit_of(made)?;
    let k = found.boxes().iter().position(|bbox| in_common(bbox, &place) >= SAME)?;
    Some((reader.answers(&found)[k].penalties, usize::from(class)))
}

/// Whether what was read is no digit, or not all of it is one.
fn says_nothing(read: &str) -> bool {
    !read.contains(|sign: char| sign.is_ascii_digit()) || read.contains('?')
}

fn truth(made: &Made) -> String {
    made.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// What was read, without spaces: how wide a gap is, is no question of reading digits.
fn text(page: &Page) -> String {
    page.digits()
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

    #[cfg(feature = "bundled")]
    #[test]
    fn at_a_fitted_limit_as_many_pages_are_rejected_as_are_meant_to_be() {
        let digits = crate::data::Dataset::bundled().train;
        let (reader, maker) = (Reader::shipped(), Maker::new(&digits, 5).unwrap());
        let fit = fit(&reader, &maker, 40, &Workers::new(2).unwrap(), &|_| ());
        let (share, limit) = fit.limits[3];
        let rejected = |limit: f32| {
            let reader = reader.clone().within(limit);
            let read = |n: u64| text(&reader.read(&grey(&maker.make(&Kind::Digit, n))));
            (0..40).filter(|n| says_nothing(&read(*n))).count()
        };
        assert_eq!(share, 10.0);
        // A tenth is as finely as it is looked for.
        assert!(rejected(limit) <= 4 && rejected(limit - 0.11) > 4, "{limit}");
        assert!(fit.limits.windows(2).all(|two| two[0].1 >= two[1].1));
        assert!((35..=40).contains(&fit.found));
    }
}
