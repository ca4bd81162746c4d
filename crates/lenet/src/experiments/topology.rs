//! Neighbourhood: what is left when all pixels are put in another order.

use super::others::{Other, OtherJob, permuted};
use super::outcome::{Content, Figure, Table};
use super::variants::how;
use super::words::{INTERVALS, OverSeeds};
use super::{Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::eval::Evaluation;
use crate::report::plot::{Bar, Bars, Source};
use crate::systems::Plan;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "topology",
    title: "Pixels in another order",
    claim: "In another order of the pixels LeNet-5 misreads more digits; a fully connected net, which does not know which pixels are neighbours, does not.",
    origin: Origin::Paper,
    paper: "A fully connected architecture ignores the topology of the input: its variables can be presented in any fixed order without \
            affecting the outcome (p. 5).",
    version: 2,
    run,
};

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let plans =
        [("LeNet-5", Plan::lenet_5()), ("300 hidden units", Plan::fully_connected("mlp-300", &[300]))];
    let mut jobs: Vec<OtherJob> = laboratory.comparison(&plans.each_ref().map(|(_, plan)| plan.clone()));
    let permuted_jobs: Vec<_> = jobs.iter().map(|job| OtherJob { permuted: true, ..job.clone() }).collect();
    jobs.extend(permuted_jobs);
    let networks = laboratory.train_others("training on pixels in another order", &jobs)?;
    let (seeds, test) = (laboratory.budget().compared_seeds().count(), &laboratory.digits().test);
    let elsewhere = permuted(&test.images);
    let errors_elsewhere =
        |network: &Other| Evaluation::of(&laboratory.answers(network, &elsewhere), &test.labels).errors();
    let errors: Vec<OverSeeds> = networks
        .chunks(seeds)
        .enumerate()
        .map(|(k, runs)| match k {
            0 | 1 => laboratory.over_seeds(runs),
            _ => OverSeeds::of(runs.iter().map(errors_elsewhere), test.len()),
        })
        .collect();
    let row = |k: usize| {
        let change = errors[k + 2].compared(&errors[k]);
        vec![plans[k].0.to_string(), errors[k].text(), errors[k + 2].text(), change]
    };
    let bars = (0..2).flat_map(|k| [(k, "as they are", k), (k, "in another order", k + 2)]);
    let bar = |(k, order, at): (usize, &str, usize)| Bar {
        label: format!("{}, {order}", plans[k].0),
        value: errors[at].mean(),
        interval: Some(errors[at].interval()),
        source: Source::Ours,
    };
    // A fully connected net that loses by it as much as LeNet-5 would refute the claim, so that is what must be excluded.
    let rise = errors[2].mean() - errors[0].mean();
    let parts = [errors[0].lower_than(&errors[2]), errors[3].no_higher_by(&errors[1], rise)];
    Ok(Outcome {
        judgement: Judgement::all(parts),
        verdict: format!(
            "In another order against as they are: LeNet-5 {}; the fully connected net {}.",
            errors[2].compared(&errors[0]),
            errors[3].compared(&errors[1])
        ),
        method: vec![
            how(laboratory, &plans[0].1),
            "One permutation of the 784 pixels, the same for all images, training and test. The claim holds if LeNet-5 is worse by it and the \
             interval of the fully connected net's difference excludes a loss as large as LeNet-5's."
                .to_string(),
            INTERVALS.to_string(),
        ],
        figures: vec![Figure {
            name: "topology".to_string(),
            caption: "Test errors with the pixels as they are and in another order.".to_string(),
            content: Content::Bars(Bars {
                title: "Test error by the order of the pixels".to_string(),
                label: "test error in %".to_string(),
                bars: bars.map(bar).collect(),
            }),
        }],
        tables: vec![Table::new(
            "Test errors in %",
            &["network", "as they are", "in another order", "the second against the first"],
            (0..2).map(row).collect(),
        )],
    })
}
