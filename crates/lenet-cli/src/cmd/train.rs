//! `lenet train`: a run from its options to its folder, through every interruption.

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::available_parallelism;

use anyhow::Context;
use lenet::export::weights::Saved;
use lenet::kernels::level;
use lenet::net::LENET5;
use lenet::read::Lessons;
use lenet::report::table::grouped;
use lenet::runs::{Digits, Place, Run, RunError, RunFolder, RunResult, Told, Wish, notes};
use lenet::systems::Plan;
use lenet::train::{Flow, Network, Optimiser, PassRecord, Scene, checkpoint};
use lenet::workers::Workers;

use crate::args::Train;
use crate::dataset;
use crate::exit::Exit;
use crate::interrupt;
use crate::network::{Known, RUNS, Trained};
use crate::recipe;
use crate::result;
use crate::term::{self, Talk};

/// The training error in % from which on nothing was learnt: guessing among ten classes has 90.
const LIKE_GUESSING: f64 = 80.0;

pub(crate) fn run(args: &Train, talk: &Talk) -> anyhow::Result<Exit> {
    let Some(run) = &args.resume else {
        return match Known::by_name(args.net.as_deref())? {
            Known::LeNet5 => go_on(begin(LENET5, None, args, talk)?, args, talk),
            Known::Other(stack) => {
                let plan = stack.plan().clone();
                go_on(begin(*stack, Some(&plan), args, talk)?, args, talk)
            }
        };
    };
    let folder = RunFolder::open(run).map_err(Typed::resume)?;
    if folder.result().exists() {
        folder.remove_checkpoint();
        talk.say(format_args!("{} is finished already; this is its result", run.display()));
        return tell(&RunFolder::result_of(folder.path())?, args.json);
    }
    match Known::by_name(Some(&checkpoint::network_name(&folder.checkpoint())?))? {
        Known::LeNet5 => go_on(resume(LENET5, folder, args, talk)?, args, talk),
        Known::Other(stack) => go_on(resume(*stack, folder, args, talk)?, args, talk),
    }
}

/// Trains to the end and tells the result.
fn go_on<N: Saved>(run: Run<N>, args: &Train, talk: &Talk) -> anyhow::Result<Exit> {
    interrupt::watch()?;
    header(&run, talk);
    match train(run, talk)? {
        Some(result) => tell(&result, args.json),
        None => Ok(Exit::Interrupted),
    }
}

fn begin<N: Saved>(network: N, plan: Option<&Plan>, args: &Train, talk: &Talk) -> anyhow::Result<Run<N>> {
    let mut recipe = recipe::load(args.recipe.as_deref(), plan)?;
    if recipe.criterion != recipe::load(args.recipe.as_deref(), None)?.criterion {
        talk.note(format_args!(
            "the criterion of {} is for codes, which {} has none of; it is replaced by the one for linear outputs",
            recipe.name,
            network.name()
        ));
    }
    if let Some(passes) = args.passes {
        recipe.passes = passes as usize;
    }
    // Before lessons are made, which takes minutes.
    if let Some(from) = &args.from {
        Trained::load(from).context("--from")?;
    }
    let digits = dataset::load(args.data.name.as_deref())?;
    let workers = Arc::new(args.threads.workers()?);
    let lessons = recipe.scene.map(|scene| lessons(&scene, &digits, &workers, talk));
    let seed = args.seed.unwrap_or(1);
    let from = args.from.clone();
    let wish = Wish { recipe, seed, level: args.level.level(), from, curve: args.curve };
    let place = match &args.out {
        Some(path) => Place::At(path),
        None => Place::In { folder: Path::new(RUNS), net: args.net.as_deref(), seed: args.seed },
    };
    Ok(Run::begin(network, wish, place, digits, lessons, workers).map_err(Typed::out)?)
}

fn resume<N: Saved>(network: N, folder: RunFolder, args: &Train, talk: &Talk) -> anyhow::Result<Run<N>> {
    let notes = notes(folder.path())?;
    let data = args.data.name.as_deref().or(notes.data.as_deref());
    let digits = dataset::load(data)?;
    let scene = checkpoint::recipe(&folder.checkpoint())?.scene;
    let workers = Arc::new(args.threads.workers()?);
    let lessons = scene.map(|scene| lessons(&scene, &digits, &workers, talk));
    Ok(Run::resume(network, folder, digits, lessons, workers).map_err(Typed::resume)?)
}

/// What is wrong with a run, in the words of the command line: with the option that named it.
#[derive(Debug)]
struct Typed {
    before: &'static str,
    after: &'static str,
    error: RunError,
}

impl Typed {
    /// Of a run that was to begin.
    fn out(error: RunError) -> Self {
        let (before, after) = match error {
            RunError::Interrupted { .. }
            | RunError::Used { .. }
            | RunError::OtherRecipe { .. }
            | RunError::NoPlace { .. } => ("--out ", ""),
            RunError::Weights(_) => ("--from ", ""),
            RunError::NotMade { .. } | RunError::NotBegun { .. } => ("", " with --out DIR"),
            _ => ("", ""),
        };
        Typed { before, after, error }
    }

    /// Of a run that was to go on.
    fn resume(error: RunError) -> Self {
        let before = match error {
            RunError::NoFolder { .. }
            | RunError::NoRun { .. }
            | RunError::NothingTrained { .. }
            | RunError::NotOpened { .. }
            | RunError::OtherTest { .. } => "--resume ",
            _ => "",
        };
        Typed { before, after: "", error }
    }
}

impl fmt::Display for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.before, self.error, self.after)
    }
}

impl Error for Typed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// What is trained on by a recipe with scenes.
fn lessons(scene: &Scene, digits: &Digits, workers: &Workers, talk: &Talk) -> Lessons {
    let bar = talk.progress(1, "pages");
    bar.message("making pages of digits, and what is none, to learn from");
    Lessons::new(scene, &digits.set.train, workers)
}

fn header<N: Saved>(run: &Run<N>, talk: &Talk) {
    let (digits, training) = (run.digits(), run.training());
    let recipe = training.recipe();
    let network = training.network().name();
    if network != LENET5.name() {
        talk.say(format_args!("network  {network}"));
    }
    match run.from() {
        Some(from) => talk.say(format_args!("from     {from}")),
        None if recipe.scene.is_some_and(|scene| scene.strips > 0) => {
            talk.note(
                "strips are for a network that knows pieces: give --from and a run of the recipe `pieces`",
            );
        }
        None => {}
    }
    let passes = if recipe.passes == 1 { "pass" } else { "passes" };
    let (name, seed) = (&recipe.name, training.seed());
    talk.say(format_args!("recipe   {name}, {} {passes}, seed {seed}", recipe.passes));
    talk.say(format_args!("data     {}", dataset::line(digits)));
    if let Some(lessons) = run.lessons() {
        let nothing = lessons.patterns.len() - digits.set.train.len();
        talk.say(format_args!(
            "         and {} digits and other things as they are found on pages",
            grouped(nothing)
        ));
        if !lessons.strips.is_empty() {
            let strips = grouped(lessons.strips.len());
            talk.say(format_args!("         and {strips} strips of digits, most of which touch"));
        }
    }
    let threads = match (&recipe.optimiser, run.workers().threads()) {
        (Optimiser::Sdlm(_), _) => "one thread, since every pattern is an update".to_string(),
        (_, 1) => "one thread".to_string(),
        (_, threads) => format!("{threads} threads"),
    };
    talk.say(format_args!("level    {}, {threads}", level::name(training.level())));
    let (threads, cores) = (run.workers().threads(), available_parallelism().map_or(1, usize::from));
    if threads > cores && matches!(recipe.optimiser, Optimiser::Batch(_)) {
        talk.note(format_args!(
            "--threads {threads} is more than there are cores ({cores}): threads that wait for each other make it slower"
        ));
    }
    talk.say(format_args!("run      {}", run.folder().path().display()));
    dataset::say_if_unexpected(digits, talk);
    let held_out = if recipe.validation > 0 { "  validation error" } else { "" };
    let test = if run.has_curve() { "    test error" } else { "" };
    talk.say(format_args!("\npass  training error  criterion       step sizes  seconds{held_out}{test}"));
    for (k, pass) in training.history().iter().enumerate() {
        talk.say(pass_line(pass, recipe.validation, run.test_percent(k)));
    }
}

fn pass_line(p: &PassRecord, held_out: usize, test_percent: Option<f64>) -> String {
    let validation = p.validation_errors.map(|errors| 100.0 * errors as f64 / held_out as f64);
    let validation = validation.map_or(String::new(), |percent| format!("{percent:>16.2} %"));
    let steps = format!("{:.1e}..{:.1e}", p.step_min, p.step_max);
    let test = test_percent.map_or(String::new(), |percent| format!("{percent:>12.2} %"));
    // That of a run that diverges has more digits than the column has room for.
    let criterion = match p.criterion {
        wide if wide.abs() >= 1e5 => format!("{wide:.3e}"),
        usual => format!("{usual:.4}"),
    };
    format!(
        "{:>4}{:>14.2} %{criterion:>11}{steps:>17}{:>9.2}{validation}{test}",
        p.pass,
        p.error_percent(),
        p.seconds
    )
}

/// Trains to the end, or to an interruption (None), and writes what is to be kept.
fn train<N: Saved>(mut run: Run<N>, talk: &Talk) -> anyhow::Result<Option<RunResult>> {
    let (patterns, passes) = (run.patterns(), run.training().recipe().passes);
    let held_out = run.training().recipe().validation;
    let bar = talk.progress((passes * patterns) as u64, "patterns");
    let finished = run.train(&mut |told| {
        match told {
            Told::Progress { pass, seen, .. } => {
                bar.set(((pass - 1) * patterns + seen) as u64, format_args!("pass {pass}/{passes}"));
            }
            Told::Pass(run) => {
                let history = run.training().history();
                let last = history.len() - 1;
                talk.say(pass_line(&history[last], held_out, run.test_percent(last)));
            }
        }
        if interrupt::asked() { Flow::Stop } else { Flow::Continue }
    })?;
    if !finished {
        drop(bar);
        let pass = run.training().history().len() + 1;
        let run = run.folder().path().display();
        talk.line(format_args!(
            "interrupted in pass {pass} of {passes}, saved; go on with\n  lenet train --resume {run}"
        ));
        return Ok(None);
    }
    bar.message("measuring the error");
    let result = run.finish()?;
    drop(bar);
    talk.say("");
    say_if_nothing_was_learnt(&result, talk);
    Ok(Some(result))
}

/// Says what is probably wrong with a network that reads no better than who guesses.
fn say_if_nothing_was_learnt(result: &RunResult, talk: &Talk) {
    let diverged = result.history.last().is_some_and(|pass| !pass.record.criterion.is_finite());
    if result.training.error_percent < LIKE_GUESSING && !diverged {
        return;
    }
    let field = match result.recipe.optimiser {
        Optimiser::Sdlm(_) => "`eta` in `optimiser.schedule`",
        Optimiser::Batch(_) => "`optimiser.rate`",
    };
    talk.note(format_args!(
        "the network does little better than guessing: its steps were probably too large, so begin a new run with a smaller {field} in \
         the recipe; if the criterion still fell from pass to pass, it needs more passes"
    ));
}

fn tell(result: &RunResult, json: bool) -> anyhow::Result<Exit> {
    if json {
        term::put_json(result, true)?
    } else {
        term::put(&result::text(result))?
    }
    Ok(Exit::Success)
}
