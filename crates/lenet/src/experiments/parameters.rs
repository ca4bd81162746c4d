//! Learning curves of LeNet-5 and of a fully connected net with as many parameters.

use super::others::OtherJob;
use super::outcome::{Content, Figure, Table};
use super::words::{INTERVALS, OverSeeds, seeds};
use super::{Budget, Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::report::plot::{Axis, Lines, Series, Source};
use crate::report::table::grouped;
use crate::systems::Plan;
use crate::train::Recipe;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "parameters",
    title: "The same number of parameters, from 100 digits on",
    claim: "With as many parameters and as many digits to learn from, a fully connected net misreads more, however many these digits are.",
    origin: Origin::Ours,
    paper: "A fully connected net needs more parameters and so more training examples; shared weights build the invariance in that it \
            would have to learn (p. 5).",
    version: 2,
    run,
};

/// Hidden units with which a fully connected net has 59,635 parameters.
const HIDDEN: usize = 75;
/// Patterns that every run presents at least.
const PATTERNS: usize = 60_000;

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let sizes = sizes(laboratory);
    let plans = [
        ("LeNet-5, 60,000 parameters", Plan::lenet_5()),
        ("75 hidden units, 59,635 parameters", Plan::fully_connected("mlp-75", &[HIDDEN])),
    ];
    let budget = laboratory.budget();
    let job = |plan: &Plan, digits: usize, seed: u64| {
        let recipe = budget.compared(plan);
        let passes = recipe.passes.max(PATTERNS.div_ceil(digits).min(60));
        OtherJob { plan: plan.clone(), recipe: Recipe { passes, ..recipe }, seed, digits, permuted: false }
    };
    let mut jobs = Vec::new();
    for (_, plan) in &plans {
        for &digits in &sizes {
            jobs.extend(budget.compared_seeds().map(|seed| job(plan, digits, seed)));
        }
    }
    let networks = laboratory.train_others("learning curves", &jobs)?;
    let runs: Vec<OverSeeds> =
        networks.chunks(budget.compared_seeds().count()).map(|runs| laboratory.over_seeds(runs)).collect();
    let (ours, theirs) = runs.split_at(sizes.len());
    let last = sizes.len() - 1;
    let row = |k: usize| {
        let comparison = ours[k].compared(&theirs[k]);
        vec![grouped(sizes[k]), ours[k].text(), theirs[k].text(), comparison]
    };
    let series = |(name, runs): (&str, &[OverSeeds])| Series {
        name: name.to_string(),
        source: Source::Ours,
        points: sizes.iter().zip(runs).map(|(&digits, errors)| errors.point(digits as f64)).collect(),
    };
    Ok(Outcome {
        judgement: Judgement::all(ours.iter().zip(theirs).map(|(a, b)| a.lower_than(b))),
        verdict: format!(
            "On {} digits LeNet-5 against the fully connected net: {}, {:.2} against {:.2} %. On {} digits: {}, {:.1} against {:.1} %.",
            grouped(sizes[last]),
            ours[last].compared(&theirs[last]),
            ours[last].mean(),
            theirs[last].mean(),
            grouped(sizes[0]),
            ours[0].compared(&theirs[0]),
            ours[0].mean(),
            theirs[0].mean()
        ),
        method: vec![
            format!(
                "The claim must hold for each number of digits. The first digits of the training set; {} passes, and with few digits as many \
                 more as present 60,000 patterns, at most 60; by batches with AdamW, {}. The settings were chosen for neither.",
                budget.compared(&plans[0].1).passes,
                seeds(budget.compared_seeds())
            ),
            INTERVALS.to_string(),
        ],
        figures: vec![Figure {
            name: "parameters".to_string(),
            caption: "Test error over the number of training digits, both axes logarithmic.".to_string(),
            content: Content::Lines(Lines {
                title: "Error by number of training digits, at equal numbers of parameters".to_string(),
                x: Axis::logarithmic("training digits"),
                y: Axis::logarithmic("test error in %"),
                series: [(plans[0].0, ours), (plans[1].0, theirs)].map(series).to_vec(),
                limits: Vec::new(),
            }),
        }],
        tables: vec![Table::new(
            "Test errors in %",
            &["training digits", "LeNet-5", "fully connected", "the first against the second"],
            (0..sizes.len()).map(row).collect(),
        )],
    })
}

/// From 100 digits to all of the budget's, about three times as many at each step.
fn sizes(laboratory: &Laboratory<'_>) -> Vec<usize> {
    let budget: Budget = laboratory.budget();
    let all = budget.compared_digits(laboratory.digits().train.len());
    let mut sizes: Vec<usize> =
        [100, 300, 1_000, 3_000, 10_000, 30_000].into_iter().filter(|n| *n < all).collect();
    sizes.push(all);
    sizes
}
