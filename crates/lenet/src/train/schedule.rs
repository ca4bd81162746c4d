//! How the rate of a batch recipe goes up and down.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// The rate over a run, as a share of the recipe's rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// The same rate throughout.
    Constant,
    /// From 1 down to `end` along half a cosine (Loshchilov and Hutter 2017, without restarts).
    Cosine {
        /// Share of the rate at the last step, from 0 to 1.
        end: f32,
    },
    /// From `start` up to 1 during the first part of the run, then down to `end`, both along half a cosine (Smith 2018).
    OneCycle {
        /// Share of the steps on the way up, from 0 to 1.
        warm_up: f32,
        /// Share of the rate at the first step, from 0 to 1.
        start: f32,
        /// Share of the rate at the last step, from 0 to 1.
        end: f32,
    },
}

impl Schedule {
    /// The factor of the rate at step `step`, counted from 0, of `steps`.
    pub fn factor(&self, step: usize, steps: usize) -> f32 {
        let last = steps.saturating_sub(1).max(1) as f64;
        let at = (step as f64 / last).min(1.0);
        let swing = |from: f32, to: f32, at: f64| {
            f64::from(from) + f64::from(to - from) * (1.0 - (PI * at).cos()) / 2.0
        };
        let factor = match *self {
            Schedule::Constant => 1.0,
            Schedule::Cosine { end } => swing(1.0, end, at),
            Schedule::OneCycle { warm_up, start, end } => {
                let warm_up = f64::from(warm_up);
                if at < warm_up {
                    swing(start, 1.0, at / warm_up)
                } else {
                    swing(1.0, end, (at - warm_up) / (1.0 - warm_up).max(f64::EPSILON))
                }
            }
        };
        factor as f32
    }

    /// The shares that must lie between 0 and 1, by the names of their fields.
    pub(super) fn shares(&self) -> Vec<(&'static str, f32)> {
        match *self {
            Schedule::Constant => vec![],
            Schedule::Cosine { end } => vec![("end", end)],
            Schedule::OneCycle { warm_up, start, end } => {
                vec![("warm_up", warm_up), ("start", start), ("end", end)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cycle_goes_up_and_then_down() {
        let schedule = Schedule::OneCycle { warm_up: 0.25, start: 0.04, end: 0.001 };
        let factors: Vec<f32> = (0..101).map(|step| schedule.factor(step, 101)).collect();
        assert!((factors[0] - 0.04).abs() < 1e-6 && (factors[25] - 1.0).abs() < 1e-6);
        assert!((factors[100] - 0.001).abs() < 1e-6);
        assert!(factors[..=25].windows(2).all(|pair| pair[0] < pair[1]));
        assert!(factors[25..].windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn a_run_of_one_step_has_a_rate() {
        for schedule in [
            Schedule::Constant,
            Schedule::Cosine { end: 0.0 },
            Schedule::OneCycle { warm_up: 0.0, start: 1.0, end: 0.0 },
        ] {
            assert_eq!(schedule.factor(0, 1), 1.0, "{schedule:?}");
        }
        let all_warm_up = Schedule::OneCycle { warm_up: 1.0, start: 0.5, end: 0.0 };
        assert!((0..10).all(|step| all_warm_up.factor(step, 10).is_finite()));
    }

    #[test]
    fn the_cosine_is_halfway_down_in_the_middle() {
        assert!((Schedule::Cosine { end: 0.2 }.factor(50, 101) - 0.6).abs() < 1e-6);
    }
}
