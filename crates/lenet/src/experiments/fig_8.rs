//! Figure 8: all misread digits.

use super::gallery::digit;
use super::outcome::{Content, Figure, Gallery, Picture, Table};
use super::{Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::eval::{Evaluation, Misread, misread_by_all};
use crate::paper::{FIG_8, LABEL_ERRORS};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fig-8",
    title: "Figure 8: the misread digits",
    claim: "Most of the digits that one network misreads are misread by the networks of all other seeds too.",
    origin: Origin::Ours,
    paper: "The 82 test digits that LeNet-5 misreads after training on distorted digits; many are ambiguous, some are clear to people and \
            come from writers unlike those of the training set (p. 11, Fig. 8).",
    version: 2,
    run,
};

/// Pixels of the page for one of a digit.
const ZOOM: u32 = 2;

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let recipe = laboratory.budget().distorted();
    let networks = laboratory.train_seeds("training on distorted digits", &recipe)?;
    let evaluations: Vec<Evaluation> = networks.iter().map(|n| laboratory.test(&n.parameters)).collect();
    let (first, by_all) = (&evaluations[0], misread_by_all(&evaluations));
    let ours: Vec<usize> = first.misread.iter().map(|digit| digit.index).collect();
    let mnist = laboratory.has_mnist();
    let row = |what: &str, indices: &[usize]| {
        let cell = |count: usize| if mnist { count.to_string() } else { String::new() };
        let paper = indices.iter().filter(|index| in_paper(**index)).count();
        let labels = indices.iter().filter(|index| is_label_error(**index)).count();
        vec![what.to_string(), indices.len().to_string(), cell(paper), cell(labels)]
    };
    let images = &laboratory.digits().test.images;
    let picture = |misread: &Misread| -> Picture {
        let Misread { index, truth, answer, .. } = *misread;
        let alt = format!("test digit {index}, a {truth} read as {answer}");
        let caption = vec![format!("{truth} -> {answer}"), index.to_string()];
        digit(&images[index], ZOOM, alt, caption, mnist && in_paper(index))
    };
    let shared = if mnist {
        let count = ours.iter().filter(|index| in_paper(**index)).count();
        format!(" {count} of them are among the paper's {}.", FIG_8.len())
    } else {
        String::new()
    };
    Ok(Outcome {
        judgement: Judgement::most(by_all.len(), ours.len()),
        verdict: format!(
            "The network with seed 1 misreads {} digits.{shared} All {} networks misread {} of them. Whether they are hard for people was not measured.",
            ours.len(),
            evaluations.len(),
            by_all.len()
        ),
        method: vec![format!(
            "Recipe {}, {} passes. The claim is judged by Wilson's interval of the share of these digits, next to a half. \
             Label errors are the 15 that Northcutt, Athalye and Mueller (2021) had people look at.",
            recipe.name, recipe.passes
        )],
        figures: vec![Figure {
            name: "fig-8".to_string(),
            caption: "Below each digit truth -> answer, and its place in the test file.".to_string(),
            content: Content::Gallery(Gallery {
                title: "All digits that the network with seed 1 misreads".to_string(),
                mark: if mnist { "misread in 1998 too".to_string() } else { String::new() },
                pictures: first.misread.iter().map(picture).collect(),
            }),
        }],
        tables: vec![Table::new(
            "Numbers of digits",
            &["misread by", "digits", "of the paper's 82", "label errors"],
            vec![row("the network with seed 1", &ours), row("every network", &by_all)],
        )],
    })
}

fn in_paper(index: usize) -> bool {
    FIG_8.iter().any(|(misread, ..)| *misread == index)
}

fn is_label_error(index: usize) -> bool {
    LABEL_ERRORS.iter().any(|(wrong, _)| *wrong == index)
}
