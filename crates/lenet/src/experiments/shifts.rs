//! Tolerance to shifts: convolutional nets against fully connected ones and against memory.

use super::outcome::{Content, Figure, Table};
use super::variants::how;
use super::words::{INTERVALS, OverSeeds};
use super::{Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::data::Image;
use crate::distort::shifted;
use crate::eval::Evaluation;
use crate::report::plot::{Axis, Lines, Series, Source};
use crate::systems::Plan;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "shifts",
    title: "Moved digits",
    claim: "Shared weights and sub-sampling make a network less sensitive to where a digit stands than full connection.",
    origin: Origin::Paper,
    paper: "Once a feature has been detected, its exact location matters less; sub-sampling reduces the sensitivity to shifts \
            (p. 6). A fully connected net has to learn the same weights at every place (p. 5).",
    version: 2,
    run,
};

/// Pixels by which digits are moved to the right and down.
const MOST: i8 = 4;

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let plans = [
        ("LeNet-5", Plan::lenet_5()),
        ("LeNet-1", Plan::lenet_1()),
        ("300 hidden units", Plan::fully_connected("mlp-300", &[300])),
    ];
    let jobs = laboratory.comparison(&plans.each_ref().map(|(_, plan)| plan.clone()));
    let networks = laboratory.train_others("training networks to be shown moved digits", &jobs)?;
    let seeds = laboratory.budget().compared_seeds().count();
    let test = &laboratory.digits().test;
    // For each shift each network's errors.
    let mut errors: Vec<Vec<OverSeeds>> = Vec::new();
    for shift in 0..=MOST {
        let (done, of) = (shift as u64, MOST as u64 + 1);
        laboratory.progress("moving digits", done, of)?;
        let moved: Vec<Image> = test.images.iter().map(|image| shifted(image, [shift, shift])).collect();
        let misread = |run| Evaluation::of(&laboratory.answers(run, &moved), &test.labels).errors();
        errors.push(
            networks.chunks(seeds).map(|runs| OverSeeds::of(runs.iter().map(misread), test.len())).collect(),
        );
    }
    let series = |k: usize| Series {
        name: plans[k].0.to_string(),
        source: Source::Ours,
        points: (0..=MOST as usize).map(|shift| errors[shift][k].point(shift as f64)).collect(),
    };
    let row = |shift: usize| {
        let texts = errors[shift].iter().map(OverSeeds::text);
        std::iter::once(shift.to_string()).chain(texts).collect()
    };
    let moved = &errors[2];
    Ok(Outcome {
        judgement: Judgement::all([0, 1].map(|k| moved[k].lower_than(&moved[2]))),
        verdict: format!(
            "Moved by two pixels down and to the right, LeNet-5 misreads {:.1} % and the fully connected net {:.1} %: {}. LeNet-1 \
             against the fully connected net: {}.",
            moved[0].mean(),
            moved[2].mean(),
            moved[0].compared(&moved[2]),
            moved[1].compared(&moved[2])
        ),
        method: vec![
            how(laboratory, &plans[0].1),
            "The networks have seen digits in their places only; every test digit is moved by whole pixels.".to_string(),
            INTERVALS.to_string(),
        ],
        figures: vec![Figure {
            name: "shifts".to_string(),
            caption: "Test error over the number of pixels by which all test digits are moved, down and to the right.".to_string(),
            content: Content::Lines(Lines {
                title: "Error by shift".to_string(),
                x: Axis::linear("pixels down and to the right"),
                y: Axis::linear("test error in %"),
                series: (0..plans.len()).map(series).collect(),
                limits: Vec::new(),
            }),
        }],
        tables: vec![Table::new(
            "Test errors in %",
            &["pixels", "LeNet-5", "LeNet-1", "300 hidden units"],
            (0..=MOST as usize).map(row).collect(),
        )],
    })
}
