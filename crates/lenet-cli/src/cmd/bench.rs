//! `lenet bench`: how fast this machine does it.

use lenet::bench::{Bench, Figure, Kind};
use lenet::data::Dataset;
use lenet::kernels::level::{self, Level};
use lenet::report::table::grouped;
use lenet::runs::PROGRAM;
use serde::Serialize;

use crate::args::{self, What};
use crate::exit::Exit;
use crate::term::{self, Talk};

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    program: &'static str,
    /// The processor's own name, where the system tells it.
    processor: Option<String>,
    cores: usize,
    level: &'static str,
    threads: usize,
    seconds_each: f64,
    results: Vec<Figure>,
}

pub(crate) fn run(args: &args::Bench, talk: &Talk) -> anyhow::Result<Exit> {
    let workers = args.threads.workers()?;
    let level = args.level.level();
    let digits = Dataset::bundled().train;
    let processor = processor();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if !args.json {
        let name = processor.as_deref().unwrap_or("unknown processor");
        term::put(&format!("{name}, {cores} cores\n\n{}", columns()))?;
    }
    let mut results = Vec::new();
    for (group, measured) in plan(&args.what, level) {
        if !args.json {
            term::put(&format!("\n{}\n", heading(group, measured[0].1)))?;
        }
        for (kind, level) in measured {
            let bar = talk.progress(1, "");
            bar.message("measuring");
            let (digits, batch) = (&digits, args.batch.map(usize::from));
            let bench = Bench { level, workers: &workers, digits, batch, seconds: args.seconds };
            let figures = bench.measure(kind);
            drop(bar);
            for figure in figures {
                if !args.json {
                    term::put(&line(&figure))?;
                }
                results.push(figure);
            }
        }
    }
    if args.json {
        let answer = Answer {
            program: PROGRAM,
            processor,
            cores,
            level: level::name(level),
            threads: workers.threads(),
            seconds_each: args.seconds,
            results,
        };
        term::put_json(&answer, true)?;
    }
    Ok(Exit::Success)
}

/// What to measure, in groups that are shown together.
fn plan(what: &[What], level: Level) -> Vec<(What, Vec<(Kind, Level)>)> {
    let all = [
        What::Peak,
        What::Training,
        What::Classification,
        What::OneImage,
        What::Online,
        What::Layers,
        What::Levels,
    ];
    let chosen = if what.is_empty() { &all[..] } else { what };
    let at = |kind| vec![(kind, level)];
    let group = |what| match what {
        What::Peak => at(Kind::Peak),
        What::Training => at(Kind::Training),
        What::Classification => at(Kind::Classification),
        What::OneImage => at(Kind::OneImage),
        What::Online => at(Kind::Online),
        What::Layers => at(Kind::Layers),
        What::Levels => level::available()
            .into_iter()
            .flat_map(|(_, level)| {
                [Kind::Peak, Kind::Training, Kind::Classification, Kind::OneImage, Kind::Online]
                    .map(|kind| (kind, level))
            })
            .collect(),
    };
    chosen.iter().map(|&what| (what, group(what))).collect()
}

fn heading(what: What, level: Level) -> String {
    let name = level::name(level);
    let lanes = level::lanes(level);
    match what {
        What::Peak => format!("Multiply-adds in registers and nothing else, level {name}: the peak"),
        What::Training => "Training by batches: forward, backward and update, shuffling included".to_string(),
        What::Classification => "Answers to many images".to_string(),
        What::OneImage => "The answer to one image on one thread".to_string(),
        What::Online => "The paper's training on one thread: an update after every pattern".to_string(),
        What::Layers => format!("Parts of training, {lanes} images on one thread"),
        What::Levels => "The same at every level of vector instructions".to_string(),
    }
}

/// What the columns of [`line`] are.
fn columns() -> String {
    row(["", "level", "thr.", "batch", "median", "", "lowest to highest", "GFLOP/s", "peak"])
}

/// A figure as a line for people.
fn line(f: &Figure) -> String {
    let number = |x: f64| if x < 100.0 { format!("{x:.2}") } else { grouped(x.round() as usize) };
    let spread = match f.p99 {
        Some(p99) => format!("99 of 100 < {}", number(p99)),
        None => format!("{} to {}", number(f.low), number(f.high)),
    };
    let gflops = f.gflops.filter(|_| f.unit != "GFLOP/s");
    let gflops = gflops.map_or(String::new(), |gflops| format!("{gflops:.0}"));
    let share = f.share_of_peak.map_or(String::new(), |share| format!("{:.0} %", 100.0 * share));
    let batch = f.batch.map_or(String::new(), |batch| batch.to_string());
    row([
        f.what,
        f.level,
        &f.threads.to_string(),
        &batch,
        &number(f.median),
        f.unit,
        &spread,
        &gflops,
        &share,
    ])
}

fn row([what, level, threads, batch, median, unit, spread, gflops, share]: [&str; 9]) -> String {
    let line = format!(
        "  {what:23}{level:7}{threads:>4}{batch:>6}{median:>11} {unit:10}{spread:>21}{gflops:>8}{share:>6}"
    );
    line.trim_end().to_string() + "\n"
}

/// What Linux calls the processor; other systems say it only to programs made for them.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_string())
}
