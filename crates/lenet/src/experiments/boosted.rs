//! Boosting: a second network for what the first misreads, a third for what they disagree about.

use rayon::prelude::*;

use super::others::{Other, OtherJob};
use super::outcome::{Content, Figure, Table};
use super::{Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::classify::Answer;
use crate::data::{Image, Split};
use crate::distort::Distortion;
use crate::eval::{Evaluation, Paired, committee};
use crate::paper::{BOOSTED_TEST_ERROR, FIG_9};
use crate::report::plot::{Bar, Bars, Source};
use crate::report::table::grouped;
use crate::report::table::p_value;
use crate::systems::Plan;
use crate::train::{Presented, Recipe};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "boosted",
    title: "Boosted LeNet-4",
    claim: "Three LeNet-4, the second trained on digits of which the first misreads half, the third on digits that the two read differently, \
            misread fewer digits together than the first alone.",
    origin: Origin::Paper,
    paper: "Boosted LeNet-4 has the lowest error of all, 0.7 %, against 1.1 % of LeNet-4; distorted images supply the digits that it takes (p. 13-14).",
    version: 2,
    run,
};

const SEED: u64 = 1;
/// The first seed of streams of distorted digits, away from those of runs.
const STREAM: u64 = 1_000;
/// Passes of distorted digits that are looked through at most for one set.
const MOST_PASSES: usize = 40;

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let (plan, budget) = (Plan::lenet_4(), laboratory.budget());
    let digits = budget.compared_digits(laboratory.digits().train.len());
    let paper = Recipe::paper_1998_distorted().distortion.map(|all| Distortion { copies: 0, ..all });
    let recipe = Recipe { name: "boosted".to_string(), distortion: paper, ..budget.compared(&plan) };
    let job = OtherJob { plan, recipe: recipe.clone(), seed: SEED, digits, permuted: false };
    let set = digits / 3;
    // As many patterns for each network.
    let on_a_set = OtherJob {
        recipe: Recipe { distortion: None, passes: recipe.passes * digits / set, ..recipe },
        ..job.clone()
    };
    let of = (3 * job.recipe.passes * digits) as u64;
    let a_network = of / 3;

    let train = laboratory.digits().train.clone();
    let known = Split { images: train.images[..digits].to_vec(), labels: train.labels[..digits].to_vec() };
    let first = laboratory.train_on("the first network", &job, &known, 0, of)?;
    let half_wrong = half_misread(laboratory, &job, &known, &first, set)?;
    let second_job = OtherJob { seed: SEED + 1, ..on_a_set.clone() };
    let second = laboratory.train_on("the second network", &second_job, &half_wrong, a_network, of)?;
    let disputed = disputed(laboratory, &job, &known, [&first, &second], set)?;
    let third_job = OtherJob { seed: SEED + 2, ..on_a_set };
    let third = laboratory.train_on("the third network", &third_job, &disputed, 2 * a_network, of)?;

    let test = &laboratory.digits().test;
    let answers = [&first, &second, &third].map(|network| laboratory.answers(network, &test.images));
    let evaluations = answers.each_ref().map(|answers| Evaluation::of(answers, &test.labels));
    let boosted = Evaluation::of(&committee(&answers), &test.labels);
    Ok(outcome(&evaluations, &boosted, [digits, half_wrong.len(), disputed.len()]))
}

/// Distorted digits, half of them misread by the network, as it comes to them.
fn half_misread(
    laboratory: &mut Laboratory<'_>,
    job: &OtherJob,
    known: &Split,
    network: &Other,
    set: usize,
) -> Result<Split, Unfinished> {
    let mut found = [0, 0];
    sift(laboratory, job, known, &[network], STREAM, set, |answers, label| {
        let kind = usize::from(answers[0].digit() == label);
        // Right ones come first in time; no more of them than of the others.
        let wanted = kind == 0 || found[1] < found[0] + 1;
        found[kind] += usize::from(wanted);
        wanted
    })
}

/// Distorted digits that the two networks read differently.
fn disputed(
    laboratory: &mut Laboratory<'_>,
    job: &OtherJob,
    known: &Split,
    networks: [&Other; 2],
    set: usize,
) -> Result<Split, Unfinished> {
    sift(laboratory, job, known, &networks, STREAM + 1, set, |answers, _| {
        answers[0].digit() != answers[1].digit()
    })
}

/// The first `set` distorted digits that are wanted, by the answers of the networks and the label.
fn sift(
    laboratory: &mut Laboratory<'_>,
    job: &OtherJob,
    known: &Split,
    networks: &[&Other],
    seed: u64,
    set: usize,
    mut wanted: impl FnMut(&[Answer], u8) -> bool,
) -> Result<Split, Unfinished> {
    let mut sifted = Split::default();
    for pass in 1..=MOST_PASSES {
        laboratory.progress("looking for digits to boost with", sifted.len() as u64, set as u64)?;
        let stream = Presented::new(&job.recipe, seed, known, pass);
        let numbers: Vec<u32> = (0..known.len() as u32).collect();
        let images: Vec<Image> =
            laboratory.workers.enter(|| numbers.par_iter().map(|&n| stream.pattern(n).0).collect());
        let answers: Vec<Vec<Answer>> =
            networks.iter().map(|network| laboratory.answers(network, &images)).collect();
        for (n, image) in images.iter().enumerate() {
            let answers: Vec<Answer> = answers.iter().map(|answers| answers[n]).collect();
            if wanted(&answers, known.labels[n]) {
                sifted.images.push(*image);
                sifted.labels.push(known.labels[n]);
            }
            if sifted.len() == set {
                return Ok(sifted);
            }
        }
    }
    Ok(sifted)
}

fn outcome(
    members: &[Evaluation; 3],
    boosted: &Evaluation,
    [digits, misread, disputed]: [usize; 3],
) -> Outcome {
    let paired = Paired::of(boosted, &members[0]);
    let names = ["first", "second", "third", "boosted"];
    let all: Vec<&Evaluation> = members.iter().chain([boosted]).collect();
    let bars = names.iter().zip(&all).map(|(name, evaluation)| Bar {
        label: name.to_string(),
        value: evaluation.error_percent(),
        interval: Some(evaluation.interval_percent()),
        source: Source::Ours,
    });
    let lenet_4 = FIG_9.iter().find(|system| system.name == "lenet-4").map_or(0.0, |system| system.error);
    let paper = [("LeNet-4, paper", lenet_4), ("boosted, paper", BOOSTED_TEST_ERROR)];
    let paper = paper.map(|(label, value)| Bar {
        label: label.to_string(),
        value,
        interval: None,
        source: Source::Paper,
    });
    let rows = names.iter().zip(&all).map(|(name, evaluation)| {
        let (low, high) = evaluation.interval_percent();
        vec![name.to_string(), format!("{:.2} ({low:.2} to {high:.2})", evaluation.error_percent())]
    });
    Outcome {
        judgement: Judgement::lower(paired.verdict()),
        verdict: format!(
            "The three together misread {:.2} %, the first alone {:.2} %: {} (McNemar, p {}).",
            boosted.error_percent(),
            members[0].error_percent(),
            paired.verdict(),
            p_value(paired.p())
        ),
        method: vec![
            format!(
                "The first network learns from {} digits distorted anew in every pass; the second from {} of such digits, half of them misread by the \
                 first; the third from {} that the two read differently; each sees as many patterns as the first. Their outputs are added. One seed.",
                grouped(digits),
                grouped(misread),
                grouped(disputed)
            ),
            "Intervals are Wilson's, 95 %, about these networks.".to_string(),
        ],
        figures: vec![Figure {
            name: "boosted".to_string(),
            caption: "Test errors of the three networks and of their sum.".to_string(),
            content: Content::Bars(Bars {
                title: "Test error of boosted LeNet-4".to_string(),
                label: "test error in %".to_string(),
                bars: bars.chain(paper).collect(),
            }),
        }],
        tables: vec![Table::new("Test errors in %", &["network", "error"], rows.collect())],
    }
}
