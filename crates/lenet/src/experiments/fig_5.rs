//! Figure 5: error by pass.

use super::outcome::{Content, Figure};
use super::training::{Job, Trained};
use super::words::{INTERVALS, OverSeeds, seeds};
use super::{Budget, Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::eval::Mean;
use crate::paper::{FIG_5_TEST, FIG_5_TRAINING, UNCERTAINTY};
use crate::report::plot::{Axis, Lines, Point, Series, Source};
use crate::train::{PassRecord, Recipe};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fig-5",
    title: "Figure 5: error by pass",
    claim: "Going on after ten passes or so does no harm: the test error does not rise again.",
    origin: Origin::Paper,
    paper: "0.95 % on the test set, stable after about ten passes; 0.35 % on the training set after 19; no over-training seen \
            (p. 10-11, Fig. 5).",
    version: 2,
    run,
};

/// Passes and seeds of the quick budget: the first part of the paper's schedule.
const QUICK: (usize, u64) = (4, 2);
/// The pass from which on the paper calls the error stable (p. 10).
const STABLE: usize = 10;

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let (recipe, seeds_of_it) = match laboratory.budget() {
        Budget::Quick => (Recipe { passes: QUICK.0, ..Recipe::paper_1998() }, 1..=QUICK.1),
        Budget::Full => (Recipe::paper_1998(), laboratory.budget().seeds()),
    };
    let digits = laboratory.digits().train.len();
    let jobs: Vec<Job> =
        seeds_of_it.clone().map(|seed| Job { recipe: recipe.clone(), seed, digits }).collect();
    let networks = laboratory.train_all("training by the paper's recipe", &jobs)?;
    let tests = laboratory.digits().test.len();
    let test = |pass: usize| OverSeeds::of(networks.iter().map(|n| n.curve[pass]), tests);
    let training = |pass: usize| {
        let percents = networks.iter().map(|n| PassRecord::error_percent(&n.history[pass]));
        OverSeeds::of_percents(percents.collect(), digits)
    };
    let last = recipe.passes - 1;
    let (judgement, going_on) = over_training(&networks, last, tests);
    let verdict = format!(
        "After {} passes {} % of the test digits are misread, {} % in the paper: {}. While learning {} %, in the paper {} %: \
         {}. {going_on}",
        last + 1,
        test(last).text(),
        FIG_5_TEST[last],
        test(last).against(FIG_5_TEST[last]),
        training(last).text(),
        FIG_5_TRAINING[last],
        training(last).against(FIG_5_TRAINING[last]),
    );
    let ours = |name: &str, of: &dyn Fn(usize) -> OverSeeds| Series {
        name: name.to_string(),
        source: Source::Ours,
        points: (0..recipe.passes).map(|pass| of(pass).point(pass as f64 + 1.0)).collect(),
    };
    let lines = Lines {
        title: "Error by pass".to_string(),
        x: Axis::linear("pass through the training set"),
        y: Axis::linear("error in %"),
        series: vec![
            ours("test, ours", &test),
            ours("training, ours", &training),
            paper("test, paper", &FIG_5_TEST[..recipe.passes]),
            paper("training, paper", &FIG_5_TRAINING[..recipe.passes]),
        ],
        limits: Vec::new(),
    };
    Ok(Outcome {
        judgement,
        verdict,
        method: vec![
            format!(
                "Recipe {}, {} passes, {}. The training error is counted while learning, each digit just before its update, \
                 as in the paper (p. 11). The test error after each pass is measured for the record; nothing is decided by it.",
                recipe.name,
                recipe.passes,
                seeds(seeds_of_it)
            ),
            INTERVALS.to_string(),
        ],
        figures: vec![Figure {
            name: "fig-5".to_string(),
            caption: "Training and test error over passes; the paper's values read from the marks of its Fig. 5, to 0.03."
                .to_string(),
            content: Content::Lines(lines),
        }],
        tables: Vec::new(),
    })
}

fn paper(name: &str, values: &[f64]) -> Series {
    let point = |(k, y): (usize, &f64)| Point { x: k as f64 + 1.0, y: *y, interval: None };
    Series {
        name: name.to_string(),
        source: Source::Paper,
        points: values.iter().enumerate().map(point).collect(),
    }
}

/// What the test error does from the pass on where the paper calls it stable, network by network.
fn over_training(networks: &[Trained], last: usize, tests: usize) -> (Judgement, String) {
    if last <= STABLE {
        return (Judgement::NotTested, "These are too few passes to see over-training.".to_string());
    }
    let rise = |n: &Trained| 100.0 * (n.curve[last] as f64 - n.curve[STABLE - 1] as f64) / tests as f64;
    let Some(Mean { mean, interval: (low, high), .. }) =
        Mean::of(&networks.iter().map(rise).collect::<Vec<_>>())
    else {
        return (Judgement::NotTested, String::new());
    };
    let (judgement, words) = match (low > 0.0, high < UNCERTAINTY) {
        (true, _) => (Judgement::DoesNotHold, "over-training"),
        (false, true) => (Judgement::Holds, "no over-training as large as the paper could have seen"),
        (false, false) => (Judgement::NotShown, "too few seeds to tell"),
    };
    let text = format!(
        "From pass {STABLE} to pass {} the test error changes by {mean:+.3} ({low:+.3} to {high:+.3}): {words}.",
        last + 1
    );
    (judgement, text)
}
