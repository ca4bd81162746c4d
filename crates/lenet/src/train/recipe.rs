//! What a training run is made of: a plain value, written next to its results.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::net::{Criterion, FanIn, Initial};
use crate::paper;

/// Everything that decides the result of a training run, but the seed and the data.
///
/// As a TOML file:
///
/// ```
/// let text = lenet::train::Recipe::paper_1998().to_toml();
/// assert!(text.contains("[criterion]\nkind = \"map\""));
/// assert_eq!(lenet::train::Recipe::from_toml(&text).unwrap(), lenet::train::Recipe::paper_1998());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name, as in the run folder's.
    pub name: String,
    /// Sweeps over the training set, >= 1.
    pub passes: usize,
    /// The state before the first pass.
    pub initial: Initial,
    /// What is minimised.
    pub criterion: Criterion,
    /// How it is minimised.
    pub optimiser: Optimiser,
}

/// The stochastic diagonal Levenberg-Marquardt method (p. 42): every parameter has its own step size
/// eta / (mu + h_kk), applied after every single pattern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Optimiser {
    /// The safety constant mu, > 0.
    pub mu: f32,
    /// Patterns on which the curvature h_kk is estimated, >= 1 (all, if there are fewer).
    pub curvature_patterns: usize,
    /// When the curvature is estimated.
    pub curvature: Curvature,
    /// What a sub-sampling coefficient multiplies while it is trained.
    pub subsampling: Pooled,
    /// The global rates, one stage after the other; the last one goes on to the end.
    pub schedule: Vec<Stage>,
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

/// Why a recipe can't be used.
#[derive(Debug, Error)]
pub enum RecipeError {
    /// Not TOML, an unknown or missing field, a value of the wrong kind; the message shows the line.
    #[error("the recipe can't be read:\n{0}")]
    Syntax(#[from] toml::de::Error),
    /// A value outside its range.
    #[error("recipe field `{field}` is {found}, but must be {expected}")]
    Range {
        /// The field with its section, as in `optimiser.mu`.
        field: &'static str,
        /// The value found.
        found: String,
        /// The values allowed.
        expected: &'static str,
    },
    /// The training set is empty.
    #[error("there is no training pattern: a training set needs at least one image")]
    NoPatterns,
}

impl Recipe {
    /// The recipe of the paper, with our answers where it leaves a gap (`docs/PAPER.md`).
    pub fn paper_1998() -> Self {
        Recipe {
            name: "paper-1998".to_string(),
            passes: paper::PASSES,
            initial: Initial { gain: 1.1, over: FanIn::RootFanIn, coefficient: 0.55 },
            criterion: Criterion::Map { scale: 0.5, j: 10.0 },
            optimiser: Optimiser {
                mu: paper::MU,
                curvature_patterns: paper::CURVATURE_PATTERNS,
                curvature: Curvature::EachPass,
                subsampling: Pooled::Sum,
                schedule: paper::SCHEDULE.iter().map(|&(passes, eta)| Stage { passes, eta }).collect(),
            },
        }
    }

    /// The global rate eta of a pass, counted from 1.
    pub fn eta(&self, pass: usize) -> f32 {
        let mut end = 0;
        for stage in &self.optimiser.schedule {
            end += stage.passes;
            if pass <= end {
                return stage.eta;
            }
        }
        self.optimiser.schedule.last().map_or(0.0, |stage| stage.eta)
    }

    /// Reads and checks a recipe.
    ///
    /// # Errors
    /// [`RecipeError::Syntax`] with the line, [`RecipeError::Range`] with the field.
    pub fn from_toml(text: &str) -> Result<Self, RecipeError> {
        let recipe: Recipe = toml::from_str(text)?;
        recipe.check()?;
        Ok(recipe)
    }

    /// The recipe as a TOML file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("every field of a recipe is a TOML value")
    }

    /// Whether every field is in its range.
    ///
    /// # Errors
    /// [`RecipeError::Range`] for the first field that is not.
    pub fn check(&self) -> Result<(), RecipeError> {
        let positive = "a number above 0";
        let at_least_one = "a whole number from 1 on";
        let check = |ok: bool, field, found: &dyn ToString, expected| {
            if ok { Ok(()) } else { Err(RecipeError::Range { field, found: found.to_string(), expected }) }
        };
        let number = |value: f32, field| check(value > 0.0 && value.is_finite(), field, &value, positive);
        let count = |value: usize, field| check(value >= 1, field, &value, at_least_one);
        count(self.passes, "passes")?;
        number(self.initial.gain, "initial.gain")?;
        number(self.initial.coefficient, "initial.coefficient")?;
        number(self.criterion.scale(), "criterion.scale")?;
        if let Criterion::Map { j, .. } = self.criterion {
            number(j, "criterion.j")?;
        }
        number(self.optimiser.mu, "optimiser.mu")?;
        count(self.optimiser.curvature_patterns, "optimiser.curvature_patterns")?;
        check(
            !self.optimiser.schedule.is_empty(),
            "optimiser.schedule",
            &"empty",
            "at least one [[optimiser.schedule]] with passes and eta",
        )?;
        for stage in &self.optimiser.schedule {
            count(stage.passes, "optimiser.schedule.passes")?;
            number(stage.eta, "optimiser.schedule.eta")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_of_the_paper_follows_its_schedule() {
        let recipe = Recipe::paper_1998();
        recipe.check().unwrap();
        for pass in 1..=25 {
            assert_eq!(recipe.eta(pass), paper::eta(pass), "pass {pass}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_line() {
        let text = Recipe::paper_1998().to_toml().replace("mu = 0.02", "mue = 0.02");
        let message = Recipe::from_toml(&text).unwrap_err().to_string();
        assert!(message.contains("mue") && message.contains("line"), "{message}");
    }

    #[test]
    fn an_impossible_value_is_refused_by_name() {
        let cases = [
            ("passes = 20", "passes = 0", "`passes`"),
            ("mu = 0.02", "mu = -1.0", "`optimiser.mu`"),
            ("mu = 0.02", "mu = nan", "`optimiser.mu`"),
            ("j = 10.0", "j = 0.0", "`criterion.j`"),
            ("scale = 0.5", "scale = inf", "`criterion.scale`"),
            ("gain = 1.1", "gain = 0.0", "`initial.gain`"),
            ("eta = 0.0005", "eta = 0.0", "`optimiser.schedule.eta`"),
        ];
        for (old, new, field) in cases {
            let text = Recipe::paper_1998().to_toml();
            assert!(text.contains(old), "{old} is not in:\n{text}");
            let message = Recipe::from_toml(&text.replacen(old, new, 1)).unwrap_err().to_string();
            assert!(message.contains(field), "{new}: {message}");
        }
    }
}
