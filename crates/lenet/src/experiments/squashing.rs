//! The scaled hyperbolic tangent against the rectifier.

use super::variants::{compare, variant};
use super::words::OverSeeds;
use super::{Experiment, Laboratory, Origin, Outcome, Unfinished};
use crate::systems::{Output, Plan, Squashing};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "squashing",
    title: "A tanh(S a) against the rectifier",
    claim: "With a linear output, LeNet-5 misreads no more digits by the hyperbolic tangent than by the rectifier, which replaced it in larger \
            networks.",
    origin: Origin::Ours,
    paper: "Units squash their sums by A tanh(S a) (p. 8); symmetric functions are believed to learn faster (p. 41). The rectifier is \
            younger than the paper.",
    version: 2,
    run,
};

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    // The codes need units that can be -1, so both have a linear output.
    let free = |name: &str, squashing| Plan {
        name: name.to_string(),
        squashing,
        output: Output::Linear,
        ..Plan::lenet_5()
    };
    let variants = [
        variant("A tanh(S a)", free("lenet-5-linear-output", Squashing::Tanh)),
        variant("rectifier", free("lenet-5-rectifier", Squashing::Relu)),
    ];
    compare(
        laboratory,
        "squashing",
        "Test error by the squashing function, with a linear output",
        &variants,
        OverSeeds::no_higher_than,
    )
}
