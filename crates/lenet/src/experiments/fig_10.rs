//! Figure 10: what is left of the errors when doubtful digits are rejected.

use super::outcome::{Content, Figure, Table};
use super::words::{INTERVALS, OverSeeds, seeds};
use super::{Experiment, Laboratory, Origin, Outcome, Unfinished};
use crate::classify::{Answer, Classifier};
use crate::data::Split;
use crate::net::Parameters;
use crate::paper::{FIG_10, FIG_10_LENET_4};
use crate::report::plot::{Axis, Lines, Point, Series, Source};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fig-10",
    title: "Figure 10: rejection",
    claim: "To leave an error of half a per cent among the others, LeNet-5 has to reject fewer digits than the paper's LeNet-4.",
    origin: Origin::Ours,
    paper: "Digits are rejected where the scores of the two best classes differ least. For an error of 0.5 % among the others LeNet-1 rejects \
            3.7 % of the digits, LeNet-4 1.8 %, boosted LeNet-4 0.5 %; LeNet-5 is not in the figure (p. 14).",
    version: 2,
    run,
};

/// The error in % among the digits that are not rejected.
const WANTED: f64 = 0.5;
/// Shares in % up to which the curve is drawn.
const MOST: f64 = 6.0;

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let budget = laboratory.budget();
    let (mut curves, mut shares) = (Vec::new(), Vec::new());
    for (name, recipe) in [("digits as they are", budget.plain()), ("distorted digits", budget.distorted())] {
        let networks = laboratory.train_seeds("training", &recipe)?;
        let mut of_seeds: Vec<_> = networks.iter().map(|n| curve(laboratory, &n.parameters)).collect();
        let percents = of_seeds.iter().map(|curve| rejected(curve)).collect();
        shares.push(OverSeeds::of_percents(percents, laboratory.digits().test.len()));
        curves.push((name, of_seeds.swap_remove(0)));
    }
    let series = |(name, curve): &(&str, Vec<(f64, f64)>)| Series {
        name: format!("trained on {name}"),
        source: Source::Ours,
        points: thinned(curve).map(|&(x, y)| Point { x, y, interval: None }).collect(),
    };
    // Each is a network of its own: nothing joins them.
    let paper = FIG_10.iter().map(|(name, share)| Series {
        name: format!("{name}, paper"),
        source: Source::Paper,
        points: vec![Point { x: *share, y: WANTED, interval: None }],
    });
    let ours = curves.iter().zip(&shares);
    let ours = ours.map(|((name, _), shares)| vec![format!("LeNet-5, {name}"), shares.text()]);
    let theirs = FIG_10.iter().map(|(name, share)| vec![format!("{name}, paper"), share.to_string()]);
    Ok(Outcome {
        judgement: shares[0].below(FIG_10_LENET_4),
        verdict: format!(
            "For an error of {WANTED} % among the others, LeNet-5 trained on digits as they are rejects {} % of the test digits, the paper's LeNet-4 \
             {FIG_10_LENET_4} %: {}. Trained on distorted ones LeNet-5 rejects {} %.",
            shares[0].text(),
            shares[0].against(FIG_10_LENET_4),
            shares[1].text()
        ),
        method: vec![
            format!(
                "Recipes {} and {}, {}; the curves are those of seed 1. A digit's margin is the difference of its two smallest penalties; those with the smallest \
             margins are rejected first.",
                budget.plain().name,
                budget.distorted().name,
                seeds(budget.seeds())
            ),
            INTERVALS.to_string(),
        ],
        figures: vec![Figure {
            name: "fig-10".to_string(),
            caption: "Error among the accepted digits over the share of rejected ones.".to_string(),
            content: Content::Lines(Lines {
                title: "Error by share rejected".to_string(),
                x: Axis::linear("rejected, % of the test digits"),
                y: Axis::linear("error among the others in %"),
                series: curves.iter().map(series).chain(paper).collect(),
                limits: Vec::new(),
            }),
        }],
        tables: vec![Table::new(
            "Share rejected for an error of 0.5 % among the others, in %",
            &["network", "rejected"],
            ours.chain(theirs).collect(),
        )],
    })
}

/// The rejection curve of a network.
fn curve(laboratory: &Laboratory<'_>, parameters: &Parameters) -> Vec<(f64, f64)> {
    let test = &laboratory.digits().test;
    let mut answers = vec![Answer::default(); test.len()];
    let mut classifier = Classifier::new(parameters.clone(), laboratory.level());
    classifier.classify(&test.images, &mut answers, laboratory.workers);
    rejection(&answers, test)
}

/// The smallest share in % whose rejection leaves the wanted error; all if none does.
fn rejected(curve: &[(f64, f64)]) -> f64 {
    curve.iter().find(|(_, error)| *error <= WANTED).map_or(100.0, |(share, _)| *share)
}

/// For each number of rejected digits, from none on: their share and the error among the others, both in %.
fn rejection(answers: &[Answer], digits: &Split) -> Vec<(f64, f64)> {
    let margin = |answer: &Answer| answer.penalties[usize::from(answer.runner_up())] - answer.penalty();
    let mut order: Vec<(f32, bool)> =
        answers.iter().zip(&digits.labels).map(|(a, label)| (margin(a), a.digit() != *label)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut errors = order.iter().filter(|(_, wrong)| *wrong).count();
    let all = order.len();
    let mut curve = Vec::with_capacity(all);
    for (rejected, (_, wrong)) in order.iter().enumerate() {
        let percent = |part: usize, of: usize| 100.0 * part as f64 / of as f64;
        curve.push((percent(rejected, all), percent(errors, all - rejected)));
        errors -= usize::from(*wrong);
    }
    curve
}

/// About a hundred points of a curve.
fn thinned(curve: &[(f64, f64)]) -> impl Iterator<Item = &(f64, f64)> {
    let shown = curve.iter().take_while(|(share, _)| *share <= MOST).count();
    curve[..shown].iter().step_by(shown.div_ceil(100).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_sure_are_rejected_first() {
        let answer = |first: f32, second: f32| {
            let mut penalties = [9.0; 10];
            (penalties[0], penalties[1]) = (first, second);
            Answer { penalties }
        };
        // A wrong one with margin 1, a right one with margin 2, a wrong one with margin 4.
        let answers = [answer(2.0, 0.0), answer(1.0, 0.0), answer(0.0, 4.0)];
        let digits = Split { images: vec![[0; 784]; 3], labels: vec![1, 0, 3] };
        let curve = rejection(&answers, &digits);
        let third = 100.0 / 3.0;
        for ((share, error), expected) in
            curve.iter().zip([(0.0, 2.0 * third), (third, 50.0), (2.0 * third, 100.0)])
        {
            assert!(
                (share - expected.0).abs() < 1e-9 && (error - expected.1).abs() < 1e-9,
                "{share} {error}"
            );
        }
        assert_eq!(rejected(&curve), 100.0);
        assert_eq!(rejected(&[(0.0, 0.9), (0.5, 0.5), (1.0, 0.2)]), 0.5);
    }
}
