//! The gradient of one pattern, and the work space of the way back.

use super::{LENET5, Parameters, State};
use crate::kernels::TAPS;
use crate::kernels::aligned::Aligned;
use crate::kernels::single::SLACK;
use crate::kernels::single::convolution::{MAP, WIDTH};
use crate::kernels::single::inputs::{self, ROW};
use crate::kernels::single::winograd::STRIDE;
use crate::kernels::tile::winograd::two::{EVALUATED, POINTS};
use crate::paper::CODE;

/// Parameters of C1, S2, C3, S4: all but the dense layers' weights and biases.
const FRONT: usize = LENET5.c5.first;

/// The gradient of the criterion on one pattern (or its second derivatives), and the work space to compute it.
///
/// The dense layers' share stays in factors, `d_w[o][k] = d[o] x[k]`; [`Gradient::add_to`] multiplies it out.
#[derive(Clone, Debug)]
pub struct Gradient {
    pub(crate) front: Box<Aligned<FRONT>>,
    pub(crate) d_c5: Box<Aligned<120>>,
    pub(crate) d_f6: Box<Aligned<CODE>>,
    pub(in crate::net) d_s4: Box<Aligned<400>>,
    /// In groups of maps, as in [`State`]; what C3 has likewise.
    pub(in crate::net) d_s4_lanes: Box<Aligned<400>>,
    pub(in crate::net) d_c3: Box<Aligned<1600>>,
    pub(in crate::net) c3_kernels: Box<Aligned<{ 16 * 6 * TAPS }>>,
    pub(in crate::net) c3_at_points: Box<Aligned<{ 16 * 6 * EVALUATED }>>,
    pub(in crate::net) d_c3_at_point: Box<Aligned<{ 50 * 16 }>>,
    /// The gradients of C3 map by map, in rows of 16, and what they give S2 at all points.
    pub(in crate::net) d_c3_by_map: Box<Aligned<{ 16 * 10 * ROW }>>,
    pub(in crate::net) d_c3_at_points: Box<Aligned<{ inputs::POINTS * 16 * ROW }>>,
    pub(in crate::net) s2_sums: Box<Aligned<{ 6 * inputs::POINTS * ROW }>>,
    /// S2 and the input at the points, `[pair of rows of C3][point][map][16]`, `[pair of rows of C1][point][32]`, and slack.
    pub(in crate::net) s2_at_points: Box<Aligned<{ 5 * POINTS * 6 * STRIDE }>>,
    pub(in crate::net) input_at_points: Box<Aligned<{ 14 * POINTS * WIDTH + SLACK }>>,
    pub(in crate::net) d_s2: Box<Aligned<{ 6 * 196 + SLACK }>>,
    pub(in crate::net) d_c1: Box<Aligned<{ 6 * MAP + SLACK }>>,
    /// C1's kernels at the points, apart by lane and together.
    pub(in crate::net) c1_sums: Box<Aligned<{ 6 * EVALUATED * 16 }>>,
    pub(in crate::net) c1_at_points: Box<Aligned<{ 6 * EVALUATED }>>,
}

impl Default for Gradient {
    fn default() -> Self {
        Self::new()
    }
}

impl Gradient {
    /// A gradient of zero.
    pub fn new() -> Self {
        Gradient {
            front: Aligned::zeros(),
            d_c5: Aligned::zeros(),
            d_f6: Aligned::zeros(),
            d_s4: Aligned::zeros(),
            d_s4_lanes: Aligned::zeros(),
            d_c3: Aligned::zeros(),
            c3_kernels: Aligned::zeros(),
            c3_at_points: Aligned::zeros(),
            d_c3_at_point: Aligned::zeros(),
            d_c3_by_map: Aligned::zeros(),
            d_c3_at_points: Aligned::zeros(),
            s2_sums: Aligned::zeros(),
            s2_at_points: Aligned::zeros(),
            input_at_points: Aligned::zeros(),
            d_s2: Aligned::zeros(),
            d_c1: Aligned::zeros(),
            c1_sums: Aligned::zeros(),
            c1_at_points: Aligned::zeros(),
        }
    }

    /// Adds the whole gradient to `sum`; `state` is the one that the backward pass was given.
    pub fn add_to(&self, state: &State, sum: &mut Parameters) {
        for (sum, d) in sum.view_mut(0..FRONT).iter_mut().zip(self.front.iter()) {
            *sum += d;
        }
        let (s4, c5) = (&state.s4[..], &state.c5[..]);
        for (layer, d, x) in [(LENET5.c5, &self.d_c5[..], s4), (LENET5.f6, &self.d_f6[..], c5)] {
            for (row, d) in sum.view_mut(layer.weights()).chunks_exact_mut(layer.inputs).zip(d) {
                for (sum, x) in row.iter_mut().zip(x) {
                    *sum += d * x;
                }
            }
            for (sum, d) in sum.view_mut(layer.biases()).iter_mut().zip(d) {
                *sum += d;
            }
        }
    }
}
