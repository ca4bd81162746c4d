//! `lenet eval`: the error of trained weights, alone or next to that of others on the same digits.

use std::path::{Path, PathBuf};

use anyhow::bail;
use lenet::data::Split;
use lenet::eval::{Evaluation, Paired, Verdict, evaluate};
use lenet::export::weights;
use lenet::kernels::level;
use lenet::net::Parameters;
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
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Against>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
}

/// The other network of a comparison.
#[derive(Serialize)]
struct Against {
    weights: String,
    #[serde(flatten)]
    score: Score,
}

/// The first network, A, compared with the other, B.
#[derive(Serialize)]
struct Comparison {
    #[serde(flatten)]
    paired: Paired,
    /// McNemar, exact, two-sided.
    p: f64,
    mid_p: f64,
    /// Of A: "better", "worse" or "no difference shown".
    verdict: Verdict,
}

/// A network as the command line names it.
struct Network {
    path: PathBuf,
    parameters: Parameters,
    /// The folder of its run, if it has one.
    folder: Option<PathBuf>,
}

impl Network {
    fn load(given: Option<&Path>) -> anyhow::Result<Self> {
        let (path, folder) = run_folder::weights(given)?;
        Ok(Network { parameters: weights::load(&path)?, path, folder })
    }

    /// The `--data` that it was trained with; none for the embedded digits, or if nobody knows.
    fn data(&self) -> anyhow::Result<Option<String>> {
        self.folder.as_deref().map_or(Ok(None), |folder| Ok(run_folder::notes(folder)?.data))
    }
}

pub(crate) fn run(args: &Eval, talk: &Talk) -> anyhow::Result<Exit> {
    let network = Network::load(args.weights.as_deref())?;
    let other = args.against.as_deref().map(|path| Network::load(Some(path))).transpose()?;
    let data = match &args.data.name {
        Some(name) => Some(name.clone()),
        None => network.data()?,
    };
    let digits = dataset::load(data.as_deref())?;
    let (name, set) = match args.set {
        Set::Test => ("test", &digits.set.test),
        Set::Train => ("train", &digits.set.train),
    };
    if set.is_empty() {
        bail!("the {name} set is empty: there is nothing to measure");
    }
    talk.say(format_args!("weights  {}", network.path.display()));
    if let Some(other) = &other {
        talk.say(format_args!("against  {}", other.path.display()));
        if args.data.name.is_none() && other.data()? != data {
            talk.note("the two were trained with different digits; both are measured on those of the first");
        }
    }
    talk.say(format_args!("data     {}", digits.line()));
    digits.say_if_unexpected(talk);
    talk.say("");
    let workers = args.threads.workers()?;
    let measure =
        |network: &Network, set: &Split| evaluate(args.level.level(), &network.parameters, set, &workers);
    let evaluation = measure(&network, set);
    let other = other.map(|other| (measure(&other, set), other.path));
    let paired = other.as_ref().map(|(theirs, _)| Paired::of(&evaluation, theirs));
    if args.json {
        let facts = digits.facts();
        let answer = Answer {
            program: PROGRAM,
            weights: network.path.display().to_string(),
            data: facts.name,
            source: facts.source,
            set: name,
            level: level::name(args.level.level()),
            score: Score::from(&evaluation),
            against: other.map(|(evaluation, path)| Against {
                weights: path.display().to_string(),
                score: Score::from(&evaluation),
            }),
            comparison: paired.map(|paired| Comparison {
                p: paired.p(),
                mid_p: paired.mid_p(),
                verdict: paired.verdict(),
                paired,
            }),
        };
        term::put_json(&answer, true)?;
    } else {
        let what = if args.set == Set::Test { "test error     " } else { "training error " };
        match (other, paired) {
            (Some((theirs, _)), Some(paired)) => {
                term::put(&comparison(what, [&evaluation, &theirs], &paired))?
            }
            _ => term::put(&alone(what, &evaluation))?,
        }
    }
    Ok(Exit::Success)
}

/// One network: error rate, confusion matrix, misread digits.
fn alone(what: &str, evaluation: &Evaluation) -> String {
    let score = Score::from(evaluation);
    let misread = table::misread(&evaluation.worst());
    let misread = if misread.is_empty() {
        String::new()
    } else {
        format!("\nMisread (index truth>answer), surest error first\n{misread}")
    };
    format!("{what} {}\n\n{}{misread}", score.line(), score.confusion())
}

/// Two networks: error rates, the digits by who misreads them, and what that says.
fn comparison(what: &str, both: [&Evaluation; 2], paired: &Paired) -> String {
    let [a, b] = both.map(|evaluation| Score::from(evaluation).line());
    let verdict = match paired.verdict() {
        Verdict::Better => "A is better than B: it misreads fewer digits, and chance explains that badly.",
        Verdict::Worse => "A is worse than B: it misreads more digits, and chance explains that badly.",
        Verdict::NoDifferenceShown => "No difference shown: chance explains as much.",
    };
    format!(
        "A, {what} {a}\nB, {what} {b}\n\n{}\n\
         McNemar's test on the {} digits that only one misreads: p = {} (exact; mid-p {})\n{verdict}\n",
        table::paired(paired),
        table::grouped(paired.only_one_wrong()),
        table::p_value(paired.p()),
        table::p_value(paired.mid_p()),
    )
}
