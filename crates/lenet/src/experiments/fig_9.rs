//! Figures 9, 11 and 12: all systems next to each other.

use super::outcome::{Content, Figure, Table};
use super::variants::how;
use super::words::{INTERVALS, OverSeeds};
use super::{Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::data::Split;
use crate::paper::{FIG_9, System};
use crate::report::plot::{Bar, Bars, Source};
use crate::report::table::grouped;
use crate::systems::{Plan, nearest_neighbours};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fig-9",
    title: "Figures 9, 11 and 12: the systems compared",
    claim: "Convolutional networks misread fewer digits than fully connected ones, with a fraction of their parameters, and fewer than a linear \
            classifier or nearest neighbours.",
    origin: Origin::Paper,
    paper: "Error rates from 12 % for a linear classifier to 0.95 % for LeNet-5, on digits as they are, but LeNet-1's were of 16x16 pixels (p. 12-13, \
            Fig. 9); multiply-adds \
            and stored numbers of each (p. 14-15, Figs. 11 and 12).",
    version: 2,
    run,
};

/// Neighbours that vote.
const NEIGHBOURS: usize = 3;

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let plans: Vec<Plan> = FIG_9.iter().filter_map(|system| Plan::by_name(system.name)).collect();
    let errors = laboratory.compare("training the other systems", &plans)?;
    laboratory.progress("looking for nearest neighbours", 0, 1)?;
    let neighbours = neighbours(laboratory);
    let mut networks = plans.iter().zip(&errors);
    let rows: Vec<Row<'_>> = FIG_9
        .iter()
        .map(|paper| match Plan::by_name(paper.name) {
            Some(_) => {
                let (plan, errors) = networks.next().expect("a plan for each network of the figure");
                let facts = plan.facts().unwrap_or_default();
                let sum = |count: fn(&crate::net::LayerFacts) -> usize| facts.iter().map(count).sum();
                Row { paper, errors, multiply_adds: sum(|l| l.multiply_adds), stored: sum(|l| l.parameters) }
            }
            None => {
                let numbers = laboratory.budget().compared_digits(laboratory.digits().train.len()) * 784;
                Row { paper, errors: &neighbours, multiply_adds: numbers, stored: numbers }
            }
        })
        .collect();
    let of = |name: &str| rows.iter().find(|row| row.paper.name == name).map(|row| row.errors);
    let compared = |a: &str, b: &str| match (of(a), of(b)) {
        (Some(first), Some(second)) => format!("{a} against {b}: {}.", first.compared(second)),
        _ => String::new(),
    };
    let verdict =
        [("lenet-5", "lenet-1"), ("lenet-5", "mlp-500-150"), ("lenet-1", "mlp-300"), ("mlp-300", "linear")]
            .map(|(a, b)| compared(a, b))
            .join(" ");
    let (convolutional, others): (Vec<&Row<'_>>, Vec<&Row<'_>>) =
        rows.iter().partition(|row| row.paper.name.starts_with("lenet"));
    let pairs = convolutional.iter().flat_map(|a| others.iter().map(|b| a.lower_than(b)));
    let judgements: Vec<Judgement> = pairs.collect();
    let held = judgements.iter().filter(|judgement| **judgement == Judgement::Holds).count();
    let bars = rows.iter().flat_map(Row::bars).collect();
    Ok(Outcome {
        verdict: format!(
            "Of {} pairs of a convolutional network and another system, {held} show it to misread fewer digits. {verdict}",
            judgements.len()
        ),
        judgement: Judgement::all(judgements),
        method: vec![
            how(laboratory, &plans[0]),
            format!(
                "{NEIGHBOURS} nearest neighbours by Euclidean distance, among the same digits; they have no seed, so that a network is called better \
                 only if one more run of it would be. \
                 The claim must hold for each pair. The paper's networks were trained with the method of its \
                 Appendix C, so its errors are next to ours for their order, not for their size. Where the paper's numbers of Figs. 11 and 12 \
                 belong to deslanted digits of 20x20 pixels, the linear classifier's and nearest neighbours', they are left out. Our LeNet-1 sees digits \
                 of 20x20 pixels like all others."
            ),
            INTERVALS.to_string(),
        ],
        figures: vec![Figure {
            name: "fig-9".to_string(),
            caption: "Test errors, ours and the paper's.".to_string(),
            content: Content::Bars(Bars {
                title: "Test error of the systems".to_string(),
                label: "test error in %".to_string(),
                bars,
            }),
        }],
        tables: vec![Table::new(
            "Errors in %; multiply-adds and stored numbers in thousands",
            &[
                "system",
                "error, ours",
                "paper",
                "multiply-adds, ours",
                "paper (Fig. 11)",
                "stored, ours",
                "paper (Fig. 12)",
            ],
            rows.iter().map(Row::text).collect(),
        )],
    })
}

/// The errors of nearest neighbours, which have no seed.
fn neighbours(laboratory: &Laboratory<'_>) -> OverSeeds {
    let (train, test) = (&laboratory.digits().train, &laboratory.digits().test);
    let digits = laboratory.budget().compared_digits(train.len());
    let known = Split { images: train.images[..digits].to_vec(), labels: train.labels[..digits].to_vec() };
    let level = laboratory.level();
    let classes = nearest_neighbours(level, &known, &test.images, NEIGHBOURS, laboratory.workers);
    let errors = classes.iter().zip(&test.labels).filter(|(class, label)| class != label).count();
    OverSeeds::of([errors], test.len())
}

struct Row<'a> {
    paper: &'a System,
    errors: &'a OverSeeds,
    multiply_adds: usize,
    stored: usize,
}

impl Row<'_> {
    /// Whether this network misreads fewer digits than the other system.
    fn lower_than(&self, other: &Row<'_>) -> Judgement {
        match Plan::by_name(other.paper.name) {
            Some(_) => self.errors.lower_than(other.errors),
            None => self.errors.below(other.errors.mean()),
        }
    }

    fn bars(&self) -> [Bar; 2] {
        let ours = Bar {
            label: self.paper.name.to_string(),
            value: self.errors.mean(),
            interval: Some(self.errors.interval()),
            source: Source::Ours,
        };
        let paper = Bar {
            label: format!("{}, paper", self.paper.name),
            value: self.paper.error,
            interval: None,
            source: Source::Paper,
        };
        [ours, paper]
    }

    fn text(&self) -> Vec<String> {
        let thousands = |count: usize| grouped((count + 500) / 1000);
        let paper = |count: Option<usize>| count.map_or(String::new(), grouped);
        vec![
            self.paper.name.to_string(),
            self.errors.text(),
            self.paper.error.to_string(),
            thousands(self.multiply_adds),
            paper(self.paper.multiply_adds),
            thousands(self.stored),
            paper(self.paper.stored),
        ]
    }
}
