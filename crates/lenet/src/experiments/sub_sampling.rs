//! Trainable, squashed sub-sampling against what later networks have.

use super::variants::{compare, variant};
use super::{Experiment, Laboratory, Origin, Outcome, Unfinished};
use crate::systems::{Plan, Pooling};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "sub-sampling",
    title: "Sub-sampling: trained, average, maximum",
    claim: "A trainable coefficient, a bias and a squashing function in S2 and S4 are worth no more than a plain average or a maximum: without them no more \
            digits are misread.",
    origin: Origin::Ours,
    paper: "A unit adds four inputs, multiplies the sum by a trainable coefficient, adds a trainable bias and squashes the result (p. 7). \
            Nothing else is compared with it.",
    version: 2,
    run,
};

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let pooled = |name, how| Plan::lenet_5().pooled_by(name, how);
    let variants = [
        variant("trained, squashed", Plan::lenet_5()),
        variant("trained, not squashed", pooled("lenet-5-not-squashed", Pooling::TrainableLinear)),
        variant("average", pooled("lenet-5-average", Pooling::Average)),
        variant("maximum", pooled("lenet-5-maximum", Pooling::Max)),
    ];
    compare(
        laboratory,
        "sub-sampling",
        "Test error by the kind of sub-sampling",
        &variants,
        |trained, plain| plain.no_higher_than(trained),
    )
}
