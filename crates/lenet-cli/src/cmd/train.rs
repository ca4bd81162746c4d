//! `lenet train`: a run from its options to its folder, through every interruption.

use std::fs;

use anyhow::Context;
use lenet::data::Split;
use lenet::eval::evaluate_network;
use lenet::export::weights::{self, Saved};
use lenet::kernels::level;
use lenet::net::LENET5;
use lenet::read;
use lenet::report::picture;
use lenet::report::table::grouped;
use lenet::systems::Plan;
use lenet::train::{Event, Flow, Network, Optimiser, PassRecord, Training, checkpoint};
use lenet::workers::Workers;

use crate::args::Train;
use crate::dataset::{self, Digits};
use crate::exit::Exit;
use crate::interrupt;
use crate::network::Known;
use crate::recipe;
use crate::result::{Files, PROGRAM, PassFacts, RunResult, Score, TrainingScore};
use crate::run_folder::{self, Notes, RunFolder};
use crate::term::{self, Talk};

/// A run that this process works on.
struct OpenRun<N: Saved> {
    folder: RunFolder,
    notes: Notes,
    digits: Digits,
    /// What is trained on instead of the training digits, if the recipe puts them into scenes: these and what is none.
    lessons: Option<Split>,
    training: Training<N>,
    workers: Workers,
}

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
    let folder = RunFolder::open(run)?;
    if folder.result().exists() {
        folder.remove_checkpoint();
        talk.say(format_args!("{} is finished already; this is its result", run.display()));
        return tell(&read_result(&folder)?, args.json);
    }
    match Known::by_name(Some(&checkpoint::network_name(&folder.checkpoint())?))? {
        Known::LeNet5 => go_on(resume(LENET5, folder, args, talk)?, args, talk),
        Known::Other(stack) => go_on(resume(*stack, folder, args, talk)?, args, talk),
    }
}

/// Trains to the end and tells the result.
fn go_on<N: Saved>(open_run: OpenRun<N>, args: &Train, talk: &Talk) -> anyhow::Result<Exit> {
    interrupt::watch()?;
    header(&open_run, talk);
    match train(open_run, talk)? {
        Some(result) => tell(&result, args.json),
        None => Ok(Exit::Interrupted),
    }
}

fn begin<N: Saved>(network: N, plan: Option<&Plan>, args: &Train, talk: &Talk) -> anyhow::Result<OpenRun<N>> {
    let mut recipe = recipe::load(args.recipe.as_deref(), plan)?;
    if let Some(passes) = args.passes {
        recipe.passes = passes as usize;
    }
    let digits = dataset::load(args.data.name.as_deref())?;
    let workers = args.threads.workers()?;
    let seed = args.seed.unwrap_or(1);
    let level = args.level.level();
    let lessons = recipe.scene.map(|_| lessons(&digits, &workers, talk));
    let train = lessons.as_ref().unwrap_or(&digits.set.train);
    let training = Training::of(network, recipe.clone(), seed, train, level)?;
    let folder = RunFolder::create(args.out.as_deref(), args.net.as_deref(), &recipe, args.seed)?;
    let notes = Notes {
        program: PROGRAM.to_string(),
        data: digits.again.clone(),
        test_fingerprint: digits.set.test.fingerprint(),
        curve: args.curve,
        test_errors: Vec::new(),
    };
    folder.write_notes(&notes)?;
    checkpoint::save(&training, &folder.checkpoint())?;
    Ok(OpenRun { folder, notes, digits, lessons, training, workers })
}

fn resume<N: Saved>(network: N, folder: RunFolder, args: &Train, talk: &Talk) -> anyhow::Result<OpenRun<N>> {
    let mut notes = run_folder::notes(folder.path())?;
    let data = args.data.name.as_deref().or(notes.data.as_deref());
    let digits = dataset::load(data)?;
    let in_scenes = checkpoint::recipe(&folder.checkpoint())?.scene.is_some();
    let workers = args.threads.workers()?;
    let lessons = in_scenes.then(|| lessons(&digits, &workers, talk));
    let train = lessons.as_ref().unwrap_or(&digits.set.train);
    let training = checkpoint::load_of(network, &folder.checkpoint(), train)?;
    if digits.set.test.fingerprint() != notes.test_fingerprint {
        anyhow::bail!(
            "--resume {}: the training set is the one that the run began with, but the test set is another; give the same \
             data set as at the start with --data",
            folder.path().display()
        );
    }
    // A test error may have been noted just before the power went and the checkpoint of its pass could be written.
    notes.test_errors.truncate(training.history().len());
    Ok(OpenRun { folder, notes, digits, lessons, training, workers })
}

/// What is trained on by a recipe with scenes.
fn lessons(digits: &Digits, workers: &Workers, talk: &Talk) -> Split {
    let bar = talk.progress(1, "pages");
    bar.message("making pages of digits, and what is none, to learn from");
    read::lessons(&digits.set.train, workers)
}

fn header<N: Saved>(open_run: &OpenRun<N>, talk: &Talk) {
    let OpenRun { folder, notes, digits, lessons, training, workers } = open_run;
    let recipe = training.recipe();
    let network = training.network().name();
    if network != LENET5.name() {
        talk.say(format_args!("network  {network}"));
    }
    talk.say(format_args!("recipe   {}, {} passes, seed {}", recipe.name, recipe.passes, training.seed()));
    talk.say(format_args!("data     {}", digits.line()));
    if let Some(lessons) = lessons {
        let nothing = lessons.len() - digits.set.train.len();
        talk.say(format_args!(
            "         and {} digits and other things as they are found on pages",
            grouped(nothing)
        ));
    }
    let threads = match (&recipe.optimiser, workers.threads()) {
        (Optimiser::Sdlm(_), _) => "one thread, since every pattern is an update".to_string(),
        (_, 1) => "one thread".to_string(),
        (_, threads) => format!("{threads} threads"),
    };
    talk.say(format_args!("level    {}, {threads}", level::name(training.level())));
    talk.say(format_args!("run      {}", folder.path().display()));
    digits.say_if_unexpected(talk);
    let held_out = if recipe.validation > 0 { "  validation error" } else { "" };
    let test = if notes.curve { "    test error" } else { "" };
    talk.say(format_args!("\npass  training error  criterion       step sizes  seconds{held_out}{test}"));
    for (k, pass) in training.history().iter().enumerate() {
        talk.say(pass_line(pass, recipe.validation, test_percent(open_run, k)));
    }
}

fn pass_line(p: &PassRecord, held_out: usize, test_percent: Option<f64>) -> String {
    let validation = p.validation_errors.map(|errors| 100.0 * errors as f64 / held_out as f64);
    let validation = validation.map_or(String::new(), |percent| format!("{percent:>16.2} %"));
    let steps = format!("{:.1e}..{:.1e}", p.step_min, p.step_max);
    let test = test_percent.map_or(String::new(), |percent| format!("{percent:>12.2} %"));
    format!(
        "{:>4}{:>14.2} %{:>11.4}{steps:>17}{:>9.2}{validation}{test}",
        p.pass,
        p.error_percent(),
        p.criterion,
        p.seconds
    )
}

/// The test error after a pass (counted from 0), if it was measured.
fn test_percent<N: Saved>(open_run: &OpenRun<N>, pass: usize) -> Option<f64> {
    let errors = open_run.notes.test_errors.get(pass)?;
    Some(100.0 * *errors as f64 / open_run.digits.set.test.len() as f64)
}

/// Trains to the end, or to an interruption (None), and writes what is to be kept.
fn train<N: Saved>(mut open_run: OpenRun<N>, talk: &Talk) -> anyhow::Result<Option<RunResult>> {
    let patterns = open_run.lessons.as_ref().unwrap_or(&open_run.digits.set.train).len();
    let patterns = patterns - open_run.training.recipe().validation;
    let passes = open_run.training.recipe().passes;
    let total = (passes * patterns) as u64;
    let bar = talk.progress(total, "patterns");
    while !open_run.training.is_finished() {
        let before = open_run.training.history().len();
        let train = open_run.lessons.as_ref().unwrap_or(&open_run.digits.set.train);
        open_run.training.run(train, &open_run.workers, &mut |event| match event {
            Event::Progress { pass, seen, .. } => {
                bar.set(((pass - 1) * patterns + seen) as u64, format_args!("pass {pass}/{passes}"));
                if interrupt::asked() { Flow::Stop } else { Flow::Continue }
            }
            // To save the run after every pass.
            Event::PassEnd(_) => Flow::Stop,
        });
        if open_run.training.history().len() > before {
            end_pass(&mut open_run, talk)?;
        }
        checkpoint::save(&open_run.training, &open_run.folder.checkpoint())?;
        if interrupt::asked() && !open_run.training.is_finished() {
            drop(bar);
            let run = open_run.folder.path().display();
            talk.line(format_args!(
                "interrupted in pass {} of {passes}, saved; go on with\n  lenet train --resume {run}",
                open_run.training.history().len() + 1
            ));
            return Ok(None);
        }
    }
    bar.message("measuring the error");
    let result = finish(&open_run)?;
    drop(bar);
    talk.say("");
    Ok(Some(result))
}

/// Notes and tells a pass that has just ended.
fn end_pass<N: Saved>(open_run: &mut OpenRun<N>, talk: &Talk) -> anyhow::Result<()> {
    let training = &open_run.training;
    if open_run.notes.curve {
        let (level, parameters) = (training.level(), training.parameters());
        let test = &open_run.digits.set.test;
        let test = evaluate_network(training.network(), level, parameters, test, &open_run.workers);
        open_run.notes.test_errors.push(test.errors());
        open_run.folder.write_notes(&open_run.notes)?;
    }
    open_run.folder.write_history(training.history(), &open_run.notes)?;
    let last = training.history().len() - 1;
    let held_out = training.recipe().validation;
    talk.say(pass_line(&training.history()[last], held_out, test_percent(open_run, last)));
    Ok(())
}

/// Measures the trained network and writes the files of the finished run, `result.json` last.
fn finish<N: Saved>(open_run: &OpenRun<N>) -> anyhow::Result<RunResult> {
    let OpenRun { folder, notes, digits, training, workers, .. } = open_run;
    let (network, parameters, history) = (training.network(), training.parameters(), training.history());
    let measure = |set: &Split| evaluate_network(network, training.level(), parameters, set, workers);
    let (test, train) = (measure(&digits.set.test), measure(&digits.set.train));
    let seconds: f64 = history.iter().map(|pass| pass.seconds).sum();
    let presented: usize = history.iter().map(|pass| pass.patterns).sum();
    let passes = history.iter().enumerate();
    let file = |name: &str| folder.path().join(name);
    let result = RunResult {
        program: PROGRAM.to_string(),
        run: folder.path().to_path_buf(),
        net: network.name().to_string(),
        recipe: training.recipe().clone(),
        seed: training.seed(),
        level: level::name(training.level()).to_string(),
        data: digits.facts(),
        test: Score::from(&test),
        training: TrainingScore {
            patterns: train.patterns,
            errors: train.errors(),
            error_percent: train.error_percent(),
            last_pass_error_percent: history.last().map_or(0.0, PassRecord::error_percent),
        },
        seconds,
        patterns_per_second: presented as f64 / seconds.max(1e-9),
        history: passes
            .map(|(k, pass)| PassFacts {
                record: pass.clone(),
                test_errors: notes.test_errors.get(k).copied(),
            })
            .collect(),
        files: Files {
            weights: folder.weights(),
            recipe: file("recipe.toml"),
            history: file("history.csv"),
            confusion: file("confusion.png"),
            worst: file("worst.png"),
        },
    };
    let metadata = [
        ("program", PROGRAM.to_string()),
        ("recipe", training.recipe().to_toml()),
        ("seed", training.seed().to_string()),
        ("passes", history.len().to_string()),
        ("data", digits.set.name.clone()),
        ("test_error_percent", format!("{:.2}", test.error_percent())),
    ];
    weights::save_network(network, parameters, &metadata, &folder.weights())?;
    folder.write_history(history, notes)?;
    folder.write("confusion.png", &picture::png(&picture::confusion(&test.confusion)))?;
    folder.write("worst.png", &picture::png(&picture::worst(&digits.set.test, &test.worst())))?;
    let text = serde_json::to_string_pretty(&result).context("the result has no JSON form")?;
    folder.write("result.json", (text + "\n").as_bytes())?;
    folder.remove_checkpoint();
    Ok(result)
}

fn read_result(folder: &RunFolder) -> anyhow::Result<RunResult> {
    let path = folder.result();
    let text = fs::read_to_string(&path).with_context(|| format!("{} can't be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))
}

fn tell(result: &RunResult, json: bool) -> anyhow::Result<Exit> {
    if json {
        term::put_json(result, true)?
    } else {
        term::put(&result.text())?
    }
    Ok(Exit::Success)
}
