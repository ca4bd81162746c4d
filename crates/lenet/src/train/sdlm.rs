//! The optimiser: stochastic diagonal Levenberg-Marquardt (p. 10, p. 41-42).

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;

use super::optimiser::{Curvature, Pooled, Sdlm};
use super::presented::Presented;
use crate::data::{Image, SIDE};
use crate::kernels::level::Level;
use crate::net::tile::Tally;
use crate::net::{Criterion, Gradient, LENET5, Parameters, State, Steps, curvature, forward_at, lay_out};

/// The mean of the second derivatives h_kk over the given patterns (eq. 24).
pub(super) fn estimate<'a>(
    level: Level,
    parameters: &Parameters,
    criterion: &Criterion,
    patterns: impl ExactSizeIterator<Item = &'a Image>,
) -> Parameters {
    let count = patterns.len() as f32;
    let squared = parameters.squared();
    let (mut state, mut squares, mut gradient) = (State::new(), State::new(), Gradient::new());
    let mut sum = Parameters::zeros();
    lay_out(level, parameters, &mut state);
    for image in patterns {
        state.set_image(image);
        dispatch!(level, simd => forward_at(simd, parameters, &mut state));
        curvature(&squared, &state, criterion, &mut squares, &mut gradient, &mut sum);
    }
    sum.as_mut_slice().iter_mut().for_each(|h| *h /= count);
    sum
}

/// The curvature to use in a pass, from the one of the pass before and the recipe's habit.
pub(super) fn renew(
    habit: Curvature,
    before: Option<&Parameters>,
    estimate: impl FnOnce() -> Parameters,
) -> Parameters {
    match (habit, before) {
        (Curvature::FirstPass, Some(before)) => before.clone(),
        (Curvature::Maximum, Some(before)) => {
            let mut h = estimate();
            for (h, before) in h.as_mut_slice().iter_mut().zip(before.as_slice()) {
                *h = h.max(*before);
            }
            h
        }
        _ => estimate(),
    }
}

/// The step sizes eta / (mu + h_kk).
pub(super) fn step_sizes(sdlm: &Sdlm, eta: f32, h: &Parameters) -> Parameters {
    let mut steps = Parameters::zeros();
    steps.as_mut_slice().fill(sdlm.mu);
    if sdlm.subsampling == Pooled::Average {
        for layer in [LENET5.s2, LENET5.s4] {
            steps.view_mut(layer.coefficients()).fill(16.0 * sdlm.mu);
        }
    }
    for (step, h) in steps.as_mut_slice().iter_mut().zip(h.as_slice()) {
        *step = eta / (*step + h);
    }
    steps
}

/// The work space of on-line training.
pub(super) struct Workspace {
    state: State,
    gradient: Gradient,
}

impl Workspace {
    /// To go on from these parameters, at that level.
    pub(super) fn new(level: Level, parameters: &Parameters) -> Self {
        let mut state = State::new();
        lay_out(level, parameters, &mut state);
        Workspace { state, gradient: Gradient::new() }
    }
}

/// Presents the patterns `order` of `data` one by one, each followed by its update (eq. 18).
#[simd]
pub(super) fn present<S: Simd>(
    simd: S,
    parameters: &mut Parameters,
    steps: &Steps,
    criterion: &Criterion,
    data: &Presented<'_>,
    order: &[u32],
    work: &mut Workspace,
    tally: &mut Tally,
) {
    let Workspace { state, gradient } = work;
    let mut image = [0; SIDE * SIDE];
    for &n in order {
        let label = data.put(simd, n, &mut image);
        state.set_image(&image);
        forward_at(simd, parameters, state);
        tally.errors += usize::from(state.class() != label);
        tally.criterion += crate::net::learn_at(simd, parameters, steps, state, criterion, label, gradient);
    }
    crate::net::gather(state, parameters);
}
