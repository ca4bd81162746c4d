//! Fixed codes against an output layer that is trained.

use super::variants::{compare, variant};
use super::words::OverSeeds;
use super::{Experiment, Laboratory, Origin, Outcome, Unfinished};
use crate::systems::{Output, Plan};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "codes",
    title: "Codes against a free linear layer",
    claim: "Distances to fixed pictures of the digits are as good an output as ten linear units with 850 weights of their own.",
    origin: Origin::Ours,
    paper: "The output is the distance to codes drawn by hand; units that are on for one class only work badly for more than a few dozen \
            classes, and they reject badly (p. 8-9). No error is given for them.",
    version: 2,
    run,
};

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let free = Plan { name: "lenet-5-linear-output".to_string(), output: Output::Linear, ..Plan::lenet_5() };
    let variants = [variant("fixed codes", Plan::lenet_5()), variant("linear, trained", free)];
    compare(laboratory, "codes", "Test error by the output layer", &variants, OverSeeds::no_higher_than)
}
