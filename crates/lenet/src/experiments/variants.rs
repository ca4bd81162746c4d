//! LeNet-5 next to the same network without one of its ideas: what such experiments have in common.

use super::outcome::{Content, Figure, Table};
use super::words::{INTERVALS, OverSeeds, seeds};
use super::{Judgement, Laboratory, Outcome, Unfinished};
use crate::report::plot::{Bar, Bars, Source};
use crate::report::table::grouped;
use crate::systems::{Plan, Stack};

/// A network and what it is called in the report.
pub(super) struct Variant {
    pub(super) label: &'static str,
    pub(super) plan: Plan,
}

/// A variant of LeNet-5 with this name.
pub(super) fn variant(label: &'static str, plan: Plan) -> Variant {
    Variant { label, plan }
}

/// What the errors of the first variant and of another say of the claim.
pub(super) type Judge = fn(&OverSeeds, &OverSeeds) -> Judgement;

/// Trains all variants with one recipe and compares each of the others with the first; the claim must hold against each.
pub(super) fn compare(
    laboratory: &mut Laboratory<'_>,
    name: &str,
    title: &str,
    variants: &[Variant],
    judge: Judge,
) -> Result<Outcome, Unfinished> {
    let plans: Vec<Plan> = variants.iter().map(|variant| variant.plan.clone()).collect();
    let errors = laboratory.compare(title, &plans)?;
    let (first, ours) = (variants[0].label, &errors[0]);
    let others = variants.iter().zip(&errors).skip(1);
    let verdicts = others
        .map(|(variant, errors)| format!("{first} against {}: {}.", variant.label, ours.compared(errors)));
    let bar = |(variant, errors): (&Variant, &OverSeeds)| Bar {
        label: variant.label.to_string(),
        value: errors.mean(),
        interval: Some(errors.interval()),
        source: Source::Ours,
    };
    let row = |(variant, errors): (&Variant, &OverSeeds)| {
        let parameters = Stack::new(variant.plan.clone()).map_or(0, |stack| stack.parameters());
        vec![variant.label.to_string(), grouped(parameters), errors.text()]
    };
    Ok(Outcome {
        judgement: Judgement::all(errors[1..].iter().map(|errors| judge(ours, errors))),
        verdict: verdicts.collect::<Vec<_>>().join(" "),
        method: vec![how(laboratory, &plans[0]), INTERVALS.to_string()],
        figures: vec![Figure {
            name: name.to_string(),
            caption: "Test error of each network, with the interval of the mean over seeds.".to_string(),
            content: Content::Bars(Bars {
                title: title.to_string(),
                label: "test error in %".to_string(),
                bars: variants.iter().zip(&errors).map(bar).collect(),
            }),
        }],
        tables: vec![Table::new(
            "Test errors in %",
            &["network", "parameters", "error"],
            variants.iter().zip(&errors).map(row).collect(),
        )],
    })
}

/// How networks are trained to be compared.
pub(super) fn how(laboratory: &Laboratory<'_>, plan: &Plan) -> String {
    let budget = laboratory.budget();
    let digits = budget.compared_digits(laboratory.digits().train.len());
    format!(
        "All networks are trained alike: {} passes through {} digits as they are, by batches with AdamW (linear outputs by \
         cross-entropy), {}. None of these settings was chosen for one of them. Better and worse by \
         Welch's test over seeds, p below 0.05.",
        budget.compared(plan).passes,
        grouped(digits),
        seeds(budget.compared_seeds())
    )
}
