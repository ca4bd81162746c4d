//! Eq. 8 against eq. 9: only near the right class, or also far from the others.

use super::outcome::{Content, Figure, Table};
use super::words::{INTERVALS, OverSeeds, seeds};
use super::{Experiment, Laboratory, Origin, Outcome, Unfinished};
use crate::net::Criterion;
use crate::report::plot::{Bar, Bars, Source};
use crate::train::Recipe;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "criterion",
    title: "Eq. 8 against eq. 9",
    claim: "A criterion that also pushes the penalties of the wrong classes up reads better than one that only pulls that of the right class down.",
    origin: Origin::Ours,
    paper: "With eq. 8 and codes that may change, all codes could become one and the net would ignore its input; besides, the classes do not \
            compete. Eq. 9 mends both (p. 9). No error is given for eq. 8.",
    version: 2,
    run,
};

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let budget = laboratory.budget();
    let competing = budget.plain();
    let alone = Recipe {
        name: format!("{}-eq-8", competing.name),
        criterion: Criterion::Mle { scale: competing.criterion.scale() },
        ..budget.plain()
    };
    let tests = laboratory.digits().test.len();
    let mut results = Vec::new();
    for (label, recipe) in [("eq. 9", &competing), ("eq. 8", &alone)] {
        let networks = laboratory.train_seeds("training by both criteria", recipe)?;
        let errors = networks.iter().map(|network| laboratory.test(&network.parameters).errors());
        results.push((label, OverSeeds::of(errors, tests)));
    }
    let bar = |(label, errors): &(&str, OverSeeds)| Bar {
        label: label.to_string(),
        value: errors.mean(),
        interval: Some(errors.interval()),
        source: Source::Ours,
    };
    let row = |(label, errors): &(&str, OverSeeds)| vec![label.to_string(), errors.text()];
    Ok(Outcome {
        judgement: results[0].1.lower_than(&results[1].1),
        verdict: format!(
            "Eq. 9 against eq. 8: {}. The codes are fixed here, so nothing can collapse.",
            results[0].1.compared(&results[1].1)
        ),
        method: vec![
            format!(
                "Recipe {}, and the same with eq. 8, {}; rates and everything else were chosen for eq. 9.",
                competing.name,
                seeds(budget.seeds())
            ),
            INTERVALS.to_string(),
        ],
        figures: vec![Figure {
            name: "criterion".to_string(),
            caption:
                "Test error by the criterion that was minimised, with the interval of the mean over seeds."
                    .to_string(),
            content: Content::Bars(Bars {
                title: "Test error by the criterion".to_string(),
                label: "test error in %".to_string(),
                bars: results.iter().map(bar).collect(),
            }),
        }],
        tables: vec![Table::new(
            "Test errors in %",
            &["criterion", "error"],
            results.iter().map(row).collect(),
        )],
    })
}
