//! `lenet reproduce`: experiments into a folder with a report.

use std::time::Instant;

use anyhow::Context;
use lenet::experiments::{ALL, Budget, Experiment, Folder, Laboratory, Progress, Settings, Unfinished, find};
use lenet::train::Flow;

use crate::args::Reproduce;
use crate::dataset;
use crate::exit::{Exit, Usage};
use crate::interrupt;
use crate::term::{self, Talk};

pub(crate) fn run(args: &Reproduce, talk: &Talk) -> anyhow::Result<Exit> {
    if args.list {
        let line = |experiment: &Experiment| {
            format!("{:<14}{:<13}{}\n", experiment.name, experiment.origin.words(), experiment.claim)
        };
        term::put(&ALL.into_iter().map(line).collect::<String>())?;
        return Ok(Exit::Success);
    }
    let chosen = chosen(&args.only)?;
    let digits = dataset::load(args.data.name.as_deref())?;
    let (workers, level) = (args.threads.workers()?, args.level.level());
    let budget = if args.quick { Budget::Quick } else { Budget::Full };
    let folder = Folder::open(&args.out, Settings::new(&digits.set, budget, level))?;
    talk.say(format_args!("data     {}", dataset::line(&digits)));
    talk.say(format_args!("folder   {}\n", args.out.display()));
    interrupt::watch()?;
    for (k, experiment) in chosen.iter().enumerate() {
        let place = format!("{}/{}", k + 1, chosen.len());
        if folder.kept(experiment).is_some() {
            talk.say(format_args!("{place:<6} {:<14} is there already", experiment.name));
            continue;
        }
        let bar = talk.steps();
        let mut on_progress = |progress: &Progress| {
            let Progress { what, done, of } = progress;
            bar.set(*done, *of, format_args!("{place} {}: {what}", experiment.name));
            if interrupt::asked() { Flow::Stop } else { Flow::Continue }
        };
        let began = Instant::now();
        let mut laboratory = Laboratory::new(&digits.set, budget, level, &workers, &mut on_progress)
            .context("nothing can be reproduced on these digits")?
            .keeping_networks_in(folder.networks());
        let outcome = match experiment.run(&mut laboratory) {
            Err(Unfinished::Stopped) => {
                drop(bar);
                talk.line(format_args!(
                    "interrupted, saved; the same command goes on, and what is done is not done again"
                ));
                return Ok(Exit::Interrupted);
            }
            outcome => outcome.with_context(|| format!("experiment {}", experiment.name))?,
        };
        drop(bar);
        let seconds = began.elapsed().as_secs_f64();
        talk.say(format_args!(
            "{place:<6} {:<14} {seconds:.0} s  {}: {}",
            experiment.name,
            outcome.judgement.words(),
            outcome.verdict
        ));
        folder.keep(experiment, outcome, seconds)?;
    }
    folder.write_report()?;
    term::put(&format!("{}\n", folder.report().display()))?;
    Ok(Exit::Success)
}

/// The experiments of these names, in the order of the report; all if none is named.
fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Experiment>> {
    if let Some(unknown) = names.iter().find(|name| find(name).is_none()) {
        let all: Vec<&str> = ALL.iter().map(|experiment| experiment.name).collect();
        return Err(Usage(format!(
            "--only {unknown}: there is no experiment of that name; there are {}",
            all.join(", ")
        ))
        .into());
    }
    let wanted =
        |experiment: &&Experiment| names.is_empty() || names.iter().any(|name| name == experiment.name);
    Ok(ALL.into_iter().filter(wanted).collect())
}
