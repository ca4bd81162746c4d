//! Figure 6: error by number of training digits.

use super::outcome::{Content, Figure, Table};
use super::training::{Job, Trained};
use super::words::{INTERVALS, OverSeeds, seeds};
use super::{Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::paper::{FIG_6_DIGITS, FIG_6_TEST, FIG_6_TRAINING, TEST_ERROR_DISTORTED};
use crate::report::plot::{Axis, Lines, Point, Series, Source};
use crate::report::table::grouped;
use crate::train::PassRecord;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fig-6",
    title: "Figure 6: more digits",
    claim: "The more digits there are to learn from, the fewer test digits are misread, and distorted ones help too.",
    origin: Origin::Paper,
    paper: "1.68, 1.14 and 0.94 % test error after training on 15,000, 30,000 and 60,000 digits, 0.82 % with distorted ones \
            besides (p. 10-11, Fig. 6, read from its marks).",
    version: 2,
    run,
};

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let budget = laboratory.budget();
    let all = laboratory.digits().train.len();
    let mut jobs = Vec::new();
    let plain = [all / 4, all / 2, all].map(|digits| (budget.plain(), digits));
    for (recipe, digits) in plain.into_iter().chain([(budget.distorted(), all)]) {
        jobs.extend(budget.seeds().map(|seed| Job { recipe: recipe.clone(), seed, digits }));
    }
    let networks = laboratory.train_all("training on more and more digits", &jobs)?;
    let a_set = budget.seeds().count();
    let sets: Vec<Set> =
        networks.chunks(a_set).zip(jobs.chunks(a_set)).map(|(n, j)| measured(laboratory, n, j)).collect();
    let [quarter, half, whole, distorted] = &sets[..] else { unreachable!("four sets were trained") };
    let steps = [(half, quarter), (whole, half), (distorted, whole)];
    let verdict = format!(
        "{} digits against {}: {}. {} against {}: {}. With distorted digits against without: {}. Against the paper, on {} \
         digits: {}; with distorted ones: {}.",
        grouped(half.digits),
        grouped(quarter.digits),
        half.test.compared(&quarter.test),
        grouped(whole.digits),
        grouped(half.digits),
        whole.test.compared(&half.test),
        distorted.test.compared(&whole.test),
        grouped(whole.digits),
        whole.test.against(FIG_6_TEST[2]),
        distorted.test.against(TEST_ERROR_DISTORTED),
    );
    let rows = sets.iter().enumerate().map(|(k, set)| row(k, set)).collect();
    let header = ["training digits", "test, ours", "paper", "against the paper", "training, ours", "paper"];
    let (plain, distorted) = (budget.plain(), budget.distorted());
    Ok(Outcome {
        judgement: Judgement::all(steps.map(|(more, fewer)| more.test.lower_than(&fewer.test))),
        verdict,
        method: vec![
            format!(
                "Recipes {} and {}, {} passes each, {}; of fewer digits the first of the training set. The training error is \
                 that of the last pass, counted while learning; with distorted digits, on the distorted ones. Better and worse \
                 by Welch's test over seeds, p below 0.05.",
                plain.name,
                distorted.name,
                plain.passes,
                seeds(budget.seeds())
            ),
            INTERVALS.to_string(),
        ],
        figures: vec![Figure {
            name: "fig-6".to_string(),
            caption: "Errors over the number of training digits; the distorted ones are as many patterns as the largest set."
                .to_string(),
            content: Content::Lines(lines(&sets)),
        }],
        tables: vec![Table::new("Errors in %", &header, rows)],
    })
}

/// What the networks of one training set came to.
struct Set {
    digits: usize,
    test: OverSeeds,
    training: OverSeeds,
}

fn measured(laboratory: &Laboratory<'_>, networks: &[Trained], jobs: &[Job]) -> Set {
    let last = |network: &Trained| network.history.last().map_or(0.0, PassRecord::error_percent);
    let digits = jobs[0].digits;
    Set {
        digits,
        test: OverSeeds::of(
            networks.iter().map(|n| laboratory.test(&n.parameters).errors()),
            laboratory.digits().test.len(),
        ),
        training: OverSeeds::of_percents(networks.iter().map(last).collect(), digits),
    }
}

fn row(k: usize, set: &Set) -> Vec<String> {
    let (name, paper, training) = match FIG_6_TEST.get(k) {
        Some(paper) => (grouped(set.digits), *paper, FIG_6_TRAINING[k].to_string()),
        None => (format!("{} and distorted ones", grouped(set.digits)), TEST_ERROR_DISTORTED, String::new()),
    };
    let against = set.test.against(paper);
    vec![name, set.test.text(), paper.to_string(), against, set.training.text(), training]
}

fn lines(sets: &[Set]) -> Lines {
    let series = |name: &str, source, points: Vec<Point>| Series { name: name.to_string(), source, points };
    let ours = |sets: &[Set], of: fn(&Set) -> &OverSeeds| {
        sets.iter().map(|set| of(set).point(set.digits as f64)).collect::<Vec<_>>()
    };
    let paper = |values: &[f64]| {
        let point = |(digits, y): (&usize, &f64)| Point { x: *digits as f64, y: *y, interval: None };
        FIG_6_DIGITS.iter().zip(values).map(point).collect::<Vec<_>>()
    };
    let distorted = Point { x: FIG_6_DIGITS[2] as f64, y: TEST_ERROR_DISTORTED, interval: None };
    // The paper's values belong to its numbers of digits, which another data set has not.
    let same = sets.iter().map(|set| set.digits).take(3).eq(FIG_6_DIGITS);
    let mut all = vec![
        series("test, ours", Source::Ours, ours(&sets[..3], |set| &set.test)),
        series("training, ours", Source::Ours, ours(&sets[..3], |set| &set.training)),
        series("test, distorted, ours", Source::Ours, ours(&sets[3..], |set| &set.test)),
    ];
    if same {
        all.push(series("test, paper", Source::Paper, paper(&FIG_6_TEST)));
        all.push(series("training, paper", Source::Paper, paper(&FIG_6_TRAINING)));
        all.push(series("test, distorted, paper", Source::Paper, vec![distorted]));
    }
    Lines {
        title: "Error by number of training digits".to_string(),
        x: Axis::linear("training digits"),
        y: Axis::linear("error in %"),
        series: all,
        limits: Vec::new(),
    }
}
