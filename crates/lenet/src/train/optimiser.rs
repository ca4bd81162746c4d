//! How the criterion is minimised, as a recipe tells it.

use serde::{Deserialize, Serialize};

use super::fields::{RecipeError, below_one, check, count, positive};
use super::schedule::Schedule;

/// How the criterion is minimised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Optimiser {
    /// The paper's: one update per pattern.
    Sdlm(Sdlm),
    /// One update per batch of patterns.
    Batch(Batch),
}

/// The stochastic diagonal Levenberg-Marquardt method (p. 42): every parameter has its own step size
/// eta / (mu + h_kk), applied after every single pattern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sdlm {
    /// The safety constant mu, > 0.
    pub mu: f32,
    /// Patterns on which the curvature h_kk is estimated, >= 1 (all, if there are fewer): digits as they are, not distorted.
    pub curvature_patterns: usize,
    /// When the curvature is estimated.
    pub curvature: Curvature,
    /// What a sub-sampling coefficient multiplies while it is trained.
    pub subsampling: Pooled,
    /// The global rates, one stage after the other; the last one goes on to the end.
    pub schedule: Vec<Stage>,
}

/// Updates by the mean gradient of a batch. The patterns are shuffled anew for every pass; a pass ends with what is left as a
/// shorter batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Patterns of a batch, from 1 to 65,536.
    pub size: usize,
    /// The largest rate of the schedule, > 0.
    pub rate: f32,
    /// Share of a parameter's value that is taken off at each step, times the rate of that step; >= 0.
    pub weight_decay: f32,
    /// The network of the run is a running average of the parameters, of which each step keeps this share: from 0 (no
    /// average) to below 1.
    pub average: f32,
    /// What a step is made of.
    pub rule: Rule,
    /// How the rate goes up and down.
    pub schedule: Schedule,
}

/// What a gradient g becomes before it is multiplied with the rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// m = momentum * m + g; the step is m.
    Sgd {
        /// Share of the step before that is kept, from 0 to below 1.
        momentum: f32,
    },
    /// Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019): running averages of g and g^2,
    /// corrected for their beginning at zero; the step is the first over the root of the second plus epsilon.
    Adamw {
        /// Share of the average of g that each step keeps, from 0 to below 1.
        beta_1: f32,
        /// Share of the average of g^2 that each step keeps, from 0 to below 1.
        beta_2: f32,
        /// Keeps the divisor away from zero, > 0.
        epsilon: f32,
    },
    /// Muon (Jordan et al. 2024) for the weights between hidden layers, LeNet-5's C3, C5 and F6: the running average of g as a
    /// matrix, made orthogonal, its values 0.2 large on the average; for all other parameters the same as `adamw`.
    Muon {
        /// Share of the matrices' average that each step keeps, from 0 to below 1.
        momentum: f32,
        /// Share of the average of g that each step keeps, from 0 to below 1.
        beta_1: f32,
        /// Share of the average of g^2 that each step keeps, from 0 to below 1.
        beta_2: f32,
        /// Keeps the divisor away from zero, > 0.
        epsilon: f32,
    },
}

/// When the curvature is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Curvature {
    /// Before each pass, as in the paper.
    EachPass,
    /// Before the first pass only.
    FirstPass,
    /// Before each pass; a parameter keeps the largest value it has had.
    Maximum,
}

/// Whether the step of a sub-sampling coefficient is that of a factor of the sum of four states or of their average.
///
/// Both are the same network, the second one's coefficient being four times the first one's. But gradient and
/// curvature differ by 4 and 16, and so, next to the constant mu, the step: in units of the sum, the average
/// trains its coefficients with eta / (16 mu + h_kk). See `docs/PAPER.md`, question 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooled {
    /// The sum (p. 7).
    Sum,
    /// The average (p. 6).
    Average,
}

/// So many passes at one global rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Number of passes, >= 1.
    pub passes: usize,
    /// The global rate eta, > 0.
    pub eta: f32,
}

impl Sdlm {
    /// The global rate eta of a pass, counted from 1.
    pub fn eta(&self, pass: usize) -> f32 {
        let mut end = 0;
        for stage in &self.schedule {
            end += stage.passes;
            if pass <= end {
                return stage.eta;
            }
        }
        self.schedule.last().map_or(0.0, |stage| stage.eta)
    }

    pub(super) fn check(&self) -> Result<(), RecipeError> {
        positive(self.mu, "optimiser.mu")?;
        count(self.curvature_patterns, "optimiser.curvature_patterns")?;
        let some = "at least one [[optimiser.schedule]] with passes and eta";
        check(!self.schedule.is_empty(), "optimiser.schedule", "empty", some)?;
        for (k, stage) in self.schedule.iter().enumerate() {
            count(stage.passes, &format!("optimiser.schedule[{k}].passes"))?;
            positive(stage.eta, &format!("optimiser.schedule[{k}].eta"))?;
        }
        Ok(())
    }
}

impl Batch {
    pub(super) fn check(&self) -> Result<(), RecipeError> {
        let size = (1..=65_536).contains(&self.size);
        check(size, "optimiser.size", self.size, "a whole number from 1 to 65536")?;
        positive(self.rate, "optimiser.rate")?;
        let decay = self.weight_decay >= 0.0 && self.weight_decay.is_finite();
        check(decay, "optimiser.weight_decay", self.weight_decay, "a number from 0 on")?;
        below_one(self.average, "optimiser.average")?;
        if let Rule::Sgd { momentum } | Rule::Muon { momentum, .. } = self.rule {
            below_one(momentum, "optimiser.rule.momentum")?;
        }
        match self.rule {
            Rule::Sgd { .. } => {}
            Rule::Adamw { beta_1, beta_2, epsilon } | Rule::Muon { beta_1, beta_2, epsilon, .. } => {
                below_one(beta_1, "optimiser.rule.beta_1")?;
                below_one(beta_2, "optimiser.rule.beta_2")?;
                positive(epsilon, "optimiser.rule.epsilon")?;
            }
        }
        for (name, share) in self.schedule.shares() {
            let within = (0.0..=1.0).contains(&share);
            check(within, &format!("optimiser.schedule.{name}"), share, "a number from 0 to 1")?;
        }
        Ok(())
    }
}
