//! Figures 25 and 26: strings of digits read by the replicated network.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::outcome::{Content, Figure, Gallery, Picture, Table};
use super::{Budget, Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::data::normalise::{INPUT, scale};
use crate::data::{SIDE, Split};
use crate::eval::wilson;
use crate::lattice::Strip;
use crate::models;
use crate::paper::NOISE;
use crate::pen::Canvas;
use crate::read::strip_digits;
use crate::report::paint::{Grid, data_uri, ink};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fig-25",
    title: "Figures 25 and 26: strings without segmentation",
    claim: "The network replicated over a wide field reads most strings of digits, apart, touching or overlapping, whole, without anybody cutting them first.",
    origin: Origin::Paper,
    paper: "\"2345\", \"540\", \"1114\", \"678\" and \"3514\" are read, some of them noisy and overlapping; no error rate is given (p. 28-29, Figs. 25 and 26).",
    version: 2,
    run,
};

/// The paper's strings: pixels between the ink of their digits here, and whether a tenth of the pixels is inverted.
const STRINGS: [(&str, i32, bool); 5] =
    [("2345", 1, false), ("540", -2, true), ("1114", 1, true), ("678", -1, true), ("3514", -2, true)];
/// Pixels between the ink of digits, from and to, in strings drawn at random, and what they are called.
const GAPS: [(&str, [i32; 2]); 3] =
    [("1 to 8 pixels apart", [1, 8]), ("touching, -1 to 0", [-1, 0]), ("overlapping, -4 to -2", [-4, -2])];
/// Digits of a string drawn at random.
const LENGTH: usize = 5;
/// Pixels of the page for each of the strip's.
const ZOOM: u32 = 3;

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let (level, test) = (laboratory.level(), &laboratory.digits().test);
    let parameters = models::reading();
    let read = |strip: &Strip| -> String {
        strip_digits(level, &parameters, strip).iter().map(|digit| digit.value.to_string()).collect()
    };
    let mut pictures = Vec::new();
    for (k, (text, gap, noisy)) in STRINGS.iter().enumerate() {
        let Some(strip) = of_the_paper(test, text, *gap, *noisy, k as u64) else { continue };
        pictures.push(picture(&strip, text, &read(&strip)));
    }
    let right = pictures.iter().filter(|picture| !picture.marked).count();
    let strings = if laboratory.budget() == Budget::Quick { 200 } else { 1000 };
    let (mut rows, mut parts) = (Vec::new(), Vec::new());
    for (k, (name, [from, to])) in GAPS.iter().enumerate() {
        laboratory.progress("reading strings", k as u64, GAPS.len() as u64)?;
        let one = |n: usize| {
            let mut random = ChaCha8Rng::seed_from_u64(n as u64);
            random.set_stream(k as u64);
            let mut below = |count: usize| ((u128::from(random.next_u64()) * count as u128) >> 64) as usize;
            let which: Vec<usize> = (0..LENGTH).map(|_| below(test.len())).collect();
            let gaps: Vec<i32> = (1..LENGTH).map(|_| from + below((to - from + 1) as usize) as i32).collect();
            let truth: String = which.iter().map(|n| test.labels[*n].to_string()).collect();
            read(&string(test, &which, &gaps)) == truth
        };
        let good = laboratory.workers.enter(|| (0..strings).into_par_iter().filter(|n| one(*n)).count());
        parts.push(Judgement::most(good, strings));
        let (low, high) = wilson(good, strings);
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        let interval =
            format!("{} ({} to {})", percent(good as f64 / strings as f64), percent(low), percent(high));
        rows.push(vec![name.to_string(), interval]);
    }
    Ok(Outcome {
        judgement: Judgement::all(parts),
        verdict: format!(
            "{right} of the paper's {} strings, made of test digits, are read. Of strings of {LENGTH} test digits drawn \
             at random {}, {} and {} % are read whole: {}.",
            pictures.len(),
            rows[0][1],
            rows[1][1],
            rows[2][1],
            GAPS.map(|(name, _)| name).join("; ")
        ),
        method: vec![format!(
            "The network that comes with the program for reading pages (recipe reading), replicated; an answer at every column; Viterbi's path with the \
                 widths of MNIST's classes. {strings} strings of each kind, digits as they are, no two of which are treated differently. \
                 Most are more than half, by Wilson's intervals, 95 %."
        )],
        figures: vec![Figure {
            name: "fig-25".to_string(),
            caption: "The paper's strings, made of the first test digits of their classes.".to_string(),
            content: Content::Gallery(Gallery {
                title: "Strings and what was read".to_string(),
                mark: "misread".to_string(),
                pictures,
            }),
        }],
        tables: vec![Table::new(
            &format!("Strings of {LENGTH} digits read whole, in %"),
            &["digits", "read"],
            rows,
        )],
    })
}

/// A string of the paper from the first digits of its classes; none if the set has not got them.
fn of_the_paper(digits: &Split, text: &str, gap: i32, noisy: bool, seed: u64) -> Option<Strip> {
    let mut which = Vec::new();
    for class in text.bytes().map(|byte| byte - b'0') {
        let free = |n: &usize| digits.labels[*n] == class && !which.contains(n);
        let found = (0..digits.len()).find(free)?;
        which.push(found);
    }
    let mut strip = string(digits, &which, &vec![gap; which.len() - 1]);
    if noisy {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let bound = (NOISE * f64::from(u32::MAX)) as u32;
        let inverted = |pixel: &mut u8| {
            if random.next_u32() < bound {
                *pixel = 255 - *pixel;
            }
        };
        strip.ink.iter_mut().for_each(inverted);
    }
    Some(strip)
}

/// Digits side by side, with these gaps between their ink.
fn string(digits: &Split, which: &[usize], gaps: &[i32]) -> Strip {
    let parts: Vec<Canvas> = which.iter().map(|n| Canvas::of(&digits.images[*n]).cropped()).collect();
    let mut all = Canvas::new(which.len() * 2 * SIDE, INPUT);
    let mut x = 0;
    for (k, part) in parts.iter().enumerate() {
        all.add(part, x, (INPUT - part.height()) / 2);
        let gap = gaps.get(k).copied().unwrap_or(0);
        x = (x as i32 + part.width() as i32 + gap).max(0) as usize;
    }
    let width = x.max(1);
    let rows = all.ink().chunks_exact(all.width());
    Strip { width, ink: rows.flat_map(|row| row[..width].to_vec()).collect() }
}

fn picture(strip: &Strip, truth: &str, read: &str) -> Picture {
    let inputs: Vec<f32> = strip.ink.iter().map(|&pixel| scale(pixel)).collect();
    let drawn = ink(&inputs, Grid::one(INPUT, strip.width));
    Picture {
        uri: data_uri(&drawn),
        width: strip.width as u32 * ZOOM,
        height: INPUT as u32 * ZOOM,
        alt: format!("the string {truth}, read as {read}"),
        caption: vec![format!("{truth}, read as {read}")],
        marked: truth != read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_is_as_wide_as_its_digits_and_gaps() {
        let bar = |n: usize| {
            std::array::from_fn(|k| {
                if (4..24).contains(&(k / SIDE)) && (11..17).contains(&(k % SIDE)) {
                    100 + n as u8
                } else {
                    0
                }
            })
        };
        let digits = Split { images: (0..3).map(bar).collect(), labels: vec![4, 5, 4] };
        let strip = string(&digits, &[0, 1, 2], &[3, -2]);
        assert_eq!(strip.width, 6 + 3 + 6 - 2 + 6);
        let row = &strip.ink[16 * strip.width..][..strip.width];
        assert_eq!((row[0], row[7], row[9], row[13], row[18]), (100, 0, 101, 102, 102));
        assert!(strip.ink[..6 * strip.width].iter().all(|ink| *ink == 0));
        assert!(
            of_the_paper(&digits, "454", 1, true, 1).is_some()
                && of_the_paper(&digits, "44454", 1, false, 1).is_none()
        );
    }
}
