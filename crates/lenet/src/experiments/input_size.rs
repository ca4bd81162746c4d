//! The white frame around the digits.

use super::variants::{compare, variant};
use super::words::OverSeeds;
use super::{Experiment, Laboratory, Origin, Outcome, Unfinished};
use crate::data::SIDE;
use crate::systems::Plan;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "input-size",
    title: "32x32 pixels against 28x28",
    claim: "The white frame, which lets strokes at the edge of a digit come to the middle of a receptive field, makes the error lower.",
    origin: Origin::Ours,
    paper: "The input is larger than the largest character so that end points and corners can appear in the centre of the receptive \
            field of the highest feature detectors (p. 7). No error is given without the frame.",
    version: 2,
    run,
};

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let small = Plan { name: "lenet-5-28".to_string(), inside: SIDE, ..Plan::lenet_5() };
    let variants = [variant("32x32", Plan::lenet_5()), variant("28x28", small)];
    compare(laboratory, "input-size", "Test error by the size of the input", &variants, OverSeeds::lower_than)
}
