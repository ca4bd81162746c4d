//! One pattern's update (eq. 18, p. 42), w_k -= step_k * d_k, made while the gradient comes down from the output.
//!
//! C5 and F6 have 58,000 of the 60,000 weights, and to read them costs more than to calculate with them. So weights are updated when
//! the gradient of their inputs has just been taken from them ([`columns::descend`], [`dense::descend`]); nothing below asks for them
//! again. C3's kernels stay in their lanes from pattern to pattern and C5's weights in their columns, and so do their steps.

use fearless_simd::prelude::*;
use fearless_simd_macros::simd;

use super::passes::{column, evaluate_kernels, front_backward};
use super::{Criterion, Gradient, LENET5, Parameters, State, connections};
use crate::kernels::aligned::Aligned;
use crate::kernels::level::{self, Level};
use crate::kernels::single::columns::{self, OUTPUTS};
use crate::kernels::single::{dense, rbf};
use crate::kernels::{TAPS, squash, update};

/// The step of every parameter.
pub(crate) struct Steps {
    all: Parameters,
    /// Those of C3's kernels in lanes, as in [`State`]; 0 where there is no connection, so that no weight comes to be there.
    c3: Box<Aligned<{ 16 * 6 * TAPS }>>,
    /// Those of C5's weights in columns, as in [`State`].
    c5: Box<Aligned<{ 400 * OUTPUTS }>>,
}

impl Steps {
    /// These steps, for learning at that level.
    pub(crate) fn new(level: Level, all: Parameters) -> Self {
        let (lanes, mut c3, mut c5) = (level::lanes(level), Aligned::zeros(), Aligned::zeros());
        connections::spread(lanes, all.view(LENET5.c3.weights()), &mut c3[..]);
        columns::transpose(all.view(LENET5.c5.weights()), 400, |k| column(lanes, k), &mut c5[..]);
        Steps { all, c3, c5 }
    }

    /// The smallest and the largest step.
    pub(crate) fn range(&self) -> [f32; 2] {
        let all = || self.all.as_slice().iter().copied();
        [all().fold(f32::INFINITY, f32::min), all().fold(0.0, f32::max)]
    }
}

/// The criterion's value for a pattern of class `class` after [`forward_at`](super::forward_at), and the update that it asks for.
///
/// C3's kernels and C5's weights are updated in the state alone; [`gather`] brings them back to the parameters.
#[simd]
pub(crate) fn learn_at<S: Simd>(
    simd: S,
    p: &mut Parameters,
    steps: &Steps,
    s: &mut State,
    criterion: &Criterion,
    class: u8,
    g: &mut Gradient,
) -> f64 {
    let (net, all) = (&LENET5, &steps.all);
    let (value, d_output) = criterion.value_and_gradient(&s.output, usize::from(class));
    rbf::backward(simd, &d_output, &s.f6, &mut g.d_f6);
    squash::backward::<S, 1>(simd, &mut g.d_f6[..], &s.f6[..]);
    let (w, b) = (net.f6.weights(), net.f6.biases());
    dense::descend(simd, p.view_mut(w.clone()), all.view(w), &g.d_f6[..], &s.c5, &mut g.d_c5);
    update::step(simd, p.view_mut(b.clone()), all.view(b), &g.d_f6[..]);
    squash::backward::<S, 1>(simd, &mut g.d_c5[..], &s.c5[..]);
    let b = net.c5.biases();
    columns::descend(
        simd,
        &mut s.c5_columns[..],
        &steps.c5[..],
        &g.d_c5[..],
        &s.s4_lanes[..],
        &mut g.d_s4_lanes[..],
    );
    update::step(simd, p.view_mut(b.clone()), all.view(b), &g.d_c5[..]);
    front_backward::<S, 1>(simd, p, s, s, g);
    for part in [0..net.c3.first, net.c3.biases().start..net.c5.first] {
        update::step(simd, p.view_mut(part.clone()), all.view(part.clone()), &g.front[part]);
    }
    update::step(simd, &mut s.c3_kernels[..], &steps.c3[..], &g.c3_kernels[..]);
    evaluate_kernels(simd, p, s);
    value
}

/// Brings C3's kernels and C5's weights from the state back to the parameters.
pub(crate) fn gather(state: &State, p: &mut Parameters) {
    let lanes = level::lanes(state.level);
    let c5 = p.view_mut(LENET5.c5.weights());
    columns::transpose_back(&state.c5_columns[..], 400, |k| column(lanes, k), c5);
    connections::gather(lanes, &state.c3_kernels[..], p.view_mut(LENET5.c3.weights()));
}
