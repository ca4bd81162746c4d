//! `lenet eval-reading`: how well pages are read whose text is known.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::Context;
use lenet::files::write_atomically;
use lenet::pages::{Kind, Maker};
use lenet::read::evaluation::{Score, calibration_error, fit, grey, measure, tasks};
use lenet::read::{Reader, sheet};
use lenet::report::picture;
use serde_json::json;

use super::read::reader;
use crate::args::{EvalReading, Set};
use crate::dataset;
use crate::exit::Exit;
use crate::given;
use crate::term::{self, Talk};

/// Misread pages that are shown, at most.
const SHOWN: usize = 100;
/// Sheets of a hundred digits that are timed.
const SHEETS: u64 = 5;

pub(crate) fn run(args: &EvalReading, talk: &Talk) -> anyhow::Result<Exit> {
    if let Some(out) = &args.failures {
        given::is_png("--failures", out)?;
    }
    let data = dataset::load(args.data.name.as_deref())?;
    dataset::say_if_unexpected(&data, talk);
    let digits = if args.digits == Set::Test { &data.set.test } else { &data.set.train };
    let maker = Maker::new(digits, args.seed)?;
    let reader = reader(&args.weights)?.rejecting(args.reject).deslanting(args.deslant);
    let reader = reader.telling_apart(args.touching.into());
    let workers = args.threads.workers()?;
    if args.fit {
        let bar = talk.progress(u64::from(args.pages), "pages");
        let done = |pages: usize| bar.set(pages as u64, "single digits, all conditions");
        let fit = fit(&reader, &maker, args.pages as usize, &workers, &done);
        drop(bar);
        term::put_json(&fit, true)?;
        return Ok(Exit::Success);
    }
    let tasks = tasks(args.pages as usize);
    let all: usize = tasks.iter().map(|task| task.pages).sum();
    let bar = talk.progress(all as u64, "pages");
    let (mut scores, mut before) = (Vec::new(), 0);
    for task in &tasks {
        let done = |pages: usize| bar.set((before + pages) as u64, task.name);
        scores.push(measure(&reader, &maker, task, &workers, &done));
        before += task.pages;
    }
    let milliseconds = sheet_milliseconds(&reader, &maker);
    drop(bar);
    if let Some(out) = &args.failures {
        let wrong = scores.iter().zip(&tasks).flat_map(|(score, task)| {
            let share = SHOWN / tasks.len();
            score.failures.iter().take(share).map(|failure| {
                let picture = maker.make(&task.kind, failure.page).picture;
                (picture, format!("{} > {}", failure.truth, failure.read).replace(['\n', '?'], " "))
            })
        });
        write_atomically(out, &picture::png(&sheet(&wrong.collect::<Vec<_>>()))).with_context(|| {
            format!("--failures {} can't be written; choose another place", out.display())
        })?;
    }
    let sure: Vec<(f32, bool)> = scores.iter().flat_map(|score| score.sure.iter().copied()).collect();
    if args.json {
        let line = json!({
            "data": data.source, "digits": if args.digits == Set::Test { "test" } else { "train" }, "seed": args.seed, "reject": args.reject,
            "touching": args.touching, "deslant": args.deslant, "scores": scores, "calibration_error_percent": calibration_error(&sure),
            "sheet_milliseconds": milliseconds, "threads": workers.threads(),
        });
        term::put_json(&line, true)?;
    } else {
        term::put(&text(&scores, &sure, milliseconds))?;
    }
    Ok(Exit::Success)
}

/// The median time to read a page of a hundred digits, 1000x1000 pixels, on one thread, after decoding.
fn sheet_milliseconds(reader: &Reader, maker: &Maker<'_>) -> f64 {
    let kind = Kind::Sheet { rows: 10, columns: 10 };
    let pages: Vec<_> = (0..SHEETS).map(|n| grey(&maker.make(&kind, n))).collect();
    let mut times: Vec<f64> = Vec::new();
    for page in pages.iter().cycle().take(3 * pages.len()) {
        let clock = Instant::now();
        std::hint::black_box(reader.read(page));
        times.push(1e3 * clock.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn text(scores: &[Score], sure: &[(f32, bool)], milliseconds: f64) -> String {
    let mut text = format!("{:<32}{:>7}{:>10}{:>12}\n", "pages", "count", "right", "only '?'");
    let percent = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
    for score in scores {
        let (right, rejected) = (percent(score.right, score.pages), percent(score.rejected, score.pages));
        _ = writeln!(text, "{:<32}{:>7}{right:>8.2} %{rejected:>10.2} %", score.task, score.pages);
    }
    for score in &scores[1..4.min(scores.len())] {
        _ = writeln!(text, "\n{}, by condition", score.task);
        for (name, [pages, right]) in &score.conditions {
            _ = writeln!(text, "  {name:<30}{pages:>7}{:>8.2} %", percent(*right, *pages));
        }
    }
    _ = writeln!(text, "\ncalibration error of {} digits: {:.2} %", sure.len(), calibration_error(sure));
    _ = writeln!(text, "a page of 100 digits, 1000x1000 pixels, one thread: {milliseconds:.1} ms");
    text
}
