//! `lenet eval`: the error of trained weights, alone or next to that of others on the same digits.

use std::path::PathBuf;

use anyhow::bail;
use lenet::classify::Answer as Penalties;
use lenet::data::Split;
use lenet::eval::{Evaluation, Mean, Paired, Verdict, Welch, committee, misread_by_all};
use lenet::kernels::level;
use lenet::report::table::{self, grouped, p_value};
use lenet::runs::{Digits, PROGRAM, Score};
use serde::Serialize;

use crate::args::{Eval, Set};
use crate::dataset;
use crate::exit::{Exit, Usage};
use crate::network::Trained;
use crate::result::confusion;
use crate::term::{self, Talk};

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    program: &'static str,
    data: String,
    source: String,
    set: &'static str,
    level: &'static str,
    #[serde(flatten)]
    measured: Measured,
}

/// What was measured, by how many networks were named.
#[derive(Serialize)]
#[serde(untagged)]
enum Measured {
    Alone(Box<Network>),
    Pair {
        #[serde(flatten)]
        a: Box<Network>,
        against: Box<Network>,
        comparison: Comparison,
    },
    Runs(Runs),
    RunsAgainst {
        #[serde(flatten)]
        a: Runs,
        against: Runs,
        /// None if neither side has any spread.
        comparison: Option<RunsComparison>,
    },
}

/// One network.
#[derive(Serialize)]
struct Network {
    weights: String,
    #[serde(flatten)]
    score: Score,
    #[serde(skip)]
    evaluation: Evaluation,
    #[serde(skip)]
    answers: Vec<Penalties>,
}

/// Network A compared with B.
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

/// Several networks, such as a recipe's with several seeds.
#[derive(Serialize)]
struct Runs {
    runs: Vec<Network>,
    /// Of their errors in %.
    error_percent: Mean,
    /// All of them together, answering by their mean penalties.
    committee: Box<Score>,
    /// Digits that all of them misread, by their index.
    misread_by_all: Vec<usize>,
}

/// Runs A compared with runs B.
#[derive(Serialize)]
struct RunsComparison {
    /// Of the errors in %.
    #[serde(flatten)]
    welch: Welch,
    verdict: Verdict,
}

pub(crate) fn run(args: &Eval, talk: &Talk) -> anyhow::Result<Exit> {
    let (first, others) = (args.weights.len(), args.against.len());
    if others > 0 && (first.max(1) == 1) != (others == 1) {
        return Err(Usage(format!(
            "--against: {} against {others} can't be compared; name one on each side, or on each side two or more",
            first.max(1)
        ))
        .into());
    }
    let load_all = |paths: &[PathBuf]| -> anyhow::Result<Vec<Trained>> {
        paths.iter().map(|path| Trained::load(path)).collect()
    };
    let a = if args.weights.is_empty() { vec![Trained::newest()?] } else { load_all(&args.weights)? };
    let b = load_all(&args.against)?;
    refuse_unlike_seeds("", &a)?;
    refuse_unlike_seeds("--against: ", &b)?;
    let data = match &args.data.name {
        Some(name) => Some(name.clone()),
        None => a[0].data()?,
    };
    let digits = dataset::load(data.as_deref())?;
    let (name, set) = match args.set {
        Set::Test => ("test", &digits.set.test),
        Set::Train => ("train", &digits.set.train),
    };
    if set.is_empty() {
        bail!("the {name} set is empty: there is nothing to measure");
    }
    for (word, side) in [("weights", &a), ("against", &b)] {
        side.iter().for_each(|trained| talk.say(format_args!("{word}  {}", trained.name)));
    }
    if args.data.name.is_none() {
        say_if_others(a.iter().chain(&b), data.as_deref(), &digits, talk)?;
    }
    talk.say(format_args!("data     {}", dataset::line(&digits)));
    dataset::say_if_unexpected(&digits, talk);
    talk.say("");
    let measured = measure(args, a, b, set)?;
    if args.json {
        let facts = digits.facts();
        let level = level::name(args.level.level());
        let (data, source) = (facts.name, facts.source);
        term::put_json(&Answer { program: PROGRAM, data, source, set: name, level, measured }, true)?;
    } else {
        term::put(&measured.text(if args.set == Set::Test { "test error" } else { "training error" }))?;
    }
    Ok(Exit::Success)
}

/// Says which of the networks were trained, and measured then, with other digits than these, which are those of the first one's run:
/// by their place, or by what lies there now.
fn say_if_others<'a>(
    all: impl Iterator<Item = &'a Trained>,
    data: Option<&str>,
    digits: &Digits,
    talk: &Talk,
) -> anyhow::Result<()> {
    let fingerprint = digits.set.test.fingerprint();
    for trained in all {
        let notes = trained.notes()?;
        let name = &trained.name;
        if notes.as_ref().and_then(|notes| notes.data.as_deref()) != data {
            talk.note(format_args!(
                "{name} was trained with other digits than the first; measured with those"
            ));
        } else if notes.is_some_and(|notes| notes.test_fingerprint != fingerprint) {
            talk.note(format_args!(
                "the test set in {} is not the one that the run of {name} was measured on: its files have changed since, so the \
                 errors can't be compared; name the digits that are meant with --data",
                digits.source
            ));
        }
    }
    Ok(())
}

/// Refuses networks that can't be seeds of one recipe: the spread of their errors, by which chance is judged, would be another one.
fn refuse_unlike_seeds(option: &str, side: &[Trained]) -> anyhow::Result<()> {
    for (k, one) in side.iter().enumerate() {
        if let Some(other) = side[..k].iter().find(|other| other.is_the_same(one)) {
            bail!(
                "{option}{} and {} are the same weights, which count as one seed; name each once",
                other.name,
                one.name
            );
        }
        if one.net() != side[0].net() {
            bail!(
                "{option}{} is {} and {} is {}; networks of one side are to be of one kind, a run for each seed",
                side[0].name,
                side[0].net(),
                one.name,
                one.net()
            );
        }
    }
    Ok(())
}

/// Measures all networks, and compares if there is something to compare. The sides are of the sizes that `run` lets pass.
fn measure(args: &Eval, a: Vec<Trained>, b: Vec<Trained>, set: &Split) -> anyhow::Result<Measured> {
    let workers = args.threads.workers()?;
    let side = |trained: Vec<Trained>| -> Vec<Network> {
        let measure = |trained: Trained| {
            let answers = trained.answers(args.level.level(), set, &workers);
            let evaluation = Evaluation::of(&answers, &set.labels);
            Network { weights: trained.name, score: Score::from(&evaluation), evaluation, answers }
        };
        trained.into_iter().map(measure).collect()
    };
    let (mut a, mut b) = (side(a), side(b));
    Ok(match (Runs::mean(&a), Runs::mean(&b)) {
        (Some(mean_a), Some(mean_b)) => Measured::RunsAgainst {
            comparison: Welch::of(&mean_a, &mean_b)
                .map(|welch| RunsComparison { verdict: welch.verdict(), welch }),
            a: Runs::of(a, mean_a, set),
            against: Runs::of(b, mean_b, set),
        },
        (Some(mean), None) => Measured::Runs(Runs::of(a, mean, set)),
        (None, _) => {
            let a = Box::new(a.remove(0));
            match b.pop().map(Box::new) {
                None => Measured::Alone(a),
                Some(against) => {
                    let paired = Paired::of(&a.evaluation, &against.evaluation);
                    let (p, mid_p, verdict) = (paired.p(), paired.mid_p(), paired.verdict());
                    Measured::Pair { a, against, comparison: Comparison { paired, p, mid_p, verdict } }
                }
            }
        }
    })
}

impl Runs {
    fn of(mut runs: Vec<Network>, error_percent: Mean, set: &Split) -> Self {
        let members: Vec<_> = runs.iter_mut().map(|network| std::mem::take(&mut network.answers)).collect();
        let committee = Box::new(Score::from(&Evaluation::of(&committee(&members), &set.labels)));
        let misread_by_all = misread_by_all(runs.iter().map(|network| &network.evaluation));
        Runs { runs, error_percent, committee, misread_by_all }
    }

    /// The mean error in % of two networks or more.
    fn mean(networks: &[Network]) -> Option<Mean> {
        Mean::of(&networks.iter().map(|network| network.score.error_percent).collect::<Vec<_>>())
    }

    /// A line for each run, and one for their mean.
    fn text(&self, what: &str) -> String {
        let run = |network: &Network| format!("{what}  {}  {}\n", network.score.line(), network.weights);
        let Mean { seeds, mean, deviation, interval: (low, high) } = self.error_percent;
        let runs: String = self.runs.iter().map(run).collect();
        let (committee, shared) = (self.committee.line(), self.misread_by_all.len());
        format!(
            "{runs}mean of {seeds}  {mean:.3} %  (standard deviation {deviation:.3}; 95 % interval of the mean {low:.3} to \
             {high:.3} %)\ncommittee  {committee}\n           all of them misread {shared} digits\n"
        )
    }
}

impl Measured {
    /// The same for people, with colour codes.
    fn text(&self, what: &str) -> String {
        match self {
            Measured::Alone(network) => alone(what, network),
            Measured::Pair { a, against, comparison } => pair(what, [a, against], comparison),
            Measured::Runs(runs) => runs.text(what),
            Measured::RunsAgainst { a, against, comparison } => {
                let [a, b] =
                    [("A", a), ("B", against)].map(|(side, runs)| runs.text(&format!("{side}, {what}")));
                let conclusion = match comparison {
                    Some(RunsComparison { welch, verdict }) => {
                        let (low, high) = welch.interval;
                        format!(
                            "Welch's t test: A - B = {:+.3} % (95 % interval {low:+.3} to {high:+.3} %), t = {:.2} with {:.1} \
                             degrees of freedom, p {}\n{}\n",
                            welch.difference,
                            welch.t,
                            welch.degrees,
                            p_value(welch.p),
                            sentence(*verdict),
                        )
                    }
                    None => "All runs of a side have the same error, so no spread tells what is chance.\n"
                        .to_string(),
                };
                format!("{a}\n{b}\n{conclusion}")
            }
        }
    }
}

/// One network: error rate, confusion matrix, misread digits.
fn alone(what: &str, network: &Network) -> String {
    let score = &network.score;
    let misread = table::misread(&network.evaluation.worst());
    let misread = if misread.is_empty() {
        String::new()
    } else {
        format!("\nMisread (index truth>answer), surest error first\n{misread}")
    };
    format!("{what:<15} {}\n\n{}{misread}", score.line(), confusion(score))
}

/// Two networks: error rates, the digits by who misreads them, and what that says.
fn pair(what: &str, both: [&Network; 2], comparison: &Comparison) -> String {
    let [a, b] = both.map(|network| network.score.line());
    format!(
        "A, {what}  {a}\nB, {what}  {b}\n\n{}\n\
         McNemar's test on the {} digits that only one misreads: p {} (exact; mid-p {})\n{}\n",
        table::paired(&comparison.paired),
        grouped(comparison.paired.only_one_wrong()),
        p_value(comparison.p),
        p_value(comparison.mid_p),
        sentence(comparison.verdict),
    )
}

fn sentence(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "A is better than B: its error is lower, and chance explains that badly.",
        Verdict::Worse => "A is worse than B: its error is higher, and chance explains that badly.",
        Verdict::NoDifferenceShown => {
            "No difference shown between A and B: chance explains as much. There may be one, too small for these numbers."
        }
    }
}
