//! `lenet eval`: the error of trained weights.

use anyhow::bail;
use lenet::eval::evaluate;
use lenet::export::weights;
use lenet::kernels::level;
use lenet::report::table;
use serde::Serialize;

use crate::args::{Eval, Set};
use crate::dataset;
use crate::exit::Exit;
use crate::result::{PROGRAM, Score};
use crate::run_folder;
use crate::term::{self, Talk};

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    program: &'static str,
    weights: String,
    data: String,
    source: String,
    set: &'static str,
    level: &'static str,
    #[serde(flatten)]
    score: Score,
}

pub(crate) fn run(args: &Eval, talk: &Talk) -> anyhow::Result<Exit> {
    let (path, folder) = run_folder::weights(args.weights.as_deref())?;
    let parameters = weights::load(&path)?;
    let data = match (&args.data.name, folder) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(folder)) => run_folder::notes(&folder)?.data,
        (None, None) => None,
    };
    let digits = dataset::load(data.as_deref())?;
    let (name, set) = match args.set {
        Set::Test => ("test", &digits.set.test),
        Set::Train => ("train", &digits.set.train),
    };
    if set.is_empty() {
        bail!("the {name} set is empty: there is nothing to measure");
    }
    talk.say(format_args!("weights  {}", path.display()));
    talk.say(format_args!("data     {}", digits.line()));
    digits.say_if_unexpected(talk);
    talk.say("");
    let evaluation = evaluate(args.level.level(), &parameters, set, &args.threads.workers()?);
    let score = Score::from(&evaluation);
    if args.json {
        let facts = digits.facts();
        let answer = Answer {
            program: PROGRAM,
            weights: path.display().to_string(),
            data: facts.name,
            source: facts.source,
            set: name,
            level: level::name(args.level.level()),
            score,
        };
        term::put_json(&answer, true)?;
    } else {
        let what = if args.set == Set::Test { "test error     " } else { "training error " };
        let misread = table::misread(&evaluation.worst());
        let misread = if misread.is_empty() {
            String::new()
        } else {
            format!("\nMisread (index truth>answer), surest error first\n{misread}")
        };
        term::put(&format!("{what} {}\n\n{}{misread}", score.line(), score.confusion()))?;
    }
    Ok(Exit::Success)
}
