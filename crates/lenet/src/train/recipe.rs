//! What a training run is made of: a plain value, written next to its results.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml::de::DeTable;

use super::scene::Scene;
use super::schedule::Schedule;
use crate::distort::Distortion;
use crate::net::{Criterion, Initial};

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
    /// Training patterns that are held out and only measured, after every pass: what a recipe may be chosen by. From 0 to
    /// all but one; which ones follows from the seed.
    #[serde(default)]
    pub validation: usize,
    /// Pixels by which every training digit is moved at most, down or up and left or right, by chance and anew in every
    /// pass: from 0 (not at all) to 8.
    #[serde(default)]
    pub shift: u8,
    /// How the training digits are distorted; not at all if left out. A shift is added to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distortion: Option<Distortion>,
    /// How the training digits stand in the field that the network sees; alone, if left out. For training by batches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<Scene>,
    /// The state before the first pass.
    pub initial: Initial,
    /// What is minimised.
    pub criterion: Criterion,
    /// How it is minimised.
    pub optimiser: Optimiser,
}

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
    #[error("recipe field `{field}`{at} is {found}, but must be {expected}", at = place(.line))]
    Range {
        /// The field with its section, as in `optimiser.mu`.
        field: String,
        /// The line of the TOML text, counted from 1, if the recipe comes from one.
        line: Option<usize>,
        /// The value found.
        found: String,
        /// The values allowed.
        expected: &'static str,
    },
    /// The paper's on-line training of another network.
    #[error(
        "the recipe trains on-line (optimiser kind `sdlm`), which only lenet-5 can be; for {net} take a recipe that trains by \
         batches, such as `fast`"
    )]
    OnlineIsLeNet5 {
        /// The network.
        net: String,
    },
    /// The training set is empty, or smaller than what is held out.
    #[error(
        "there is no pattern to train on: the training set has {patterns}, of which the recipe holds out {validation} \
         (field `validation`)"
    )]
    NoPatterns {
        /// Patterns of the training set.
        patterns: usize,
        /// Patterns that the recipe holds out.
        validation: usize,
    },
}

fn place(line: &Option<usize>) -> String {
    line.map_or(String::new(), |line| format!(" (line {line})"))
}

impl Recipe {
    /// Reads and checks a recipe.
    ///
    /// # Errors
    /// [`RecipeError::Syntax`] with the line, [`RecipeError::Range`] with the field.
    pub fn from_toml(text: &str) -> Result<Self, RecipeError> {
        let recipe: Recipe = toml::from_str(text)?;
        recipe.check().map_err(|error| match error {
            RecipeError::Range { field, found, expected, .. } => {
                RecipeError::Range { line: line_of(text, &field), field, found, expected }
            }
            other => other,
        })?;
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
        count(self.passes, "passes")?;
        check(self.shift <= 8, "shift", self.shift, "a whole number from 0 to 8")?;
        if let Some((name, found, expected)) = self.distortion.and_then(|d| d.out_of_range()) {
            check(false, &format!("distortion.{name}"), found, expected)?;
        }
        if let Some(scene) = &self.scene {
            if let Some((name, found, expected)) = scene.out_of_range() {
                check(false, &format!("scene.{name}"), found, expected)?;
            }
            let without = "left out with optimiser kind `sdlm`, criterion kind `mle`, a shift, or copies of distorted digits";
            let possible = matches!(self.optimiser, Optimiser::Batch(_))
                && matches!(self.criterion, Criterion::Map { .. })
                && self.shift == 0
                && self.copies() == 0;
            check(possible, "scene", "there", without)?;
        }
        positive(self.initial.gain, "initial.gain")?;
        positive(self.initial.coefficient, "initial.coefficient")?;
        positive(self.criterion.scale(), "criterion.scale")?;
        if let Criterion::Map { j, .. } = self.criterion {
            positive(j, "criterion.j")?;
        }
        match &self.optimiser {
            Optimiser::Sdlm(sdlm) => sdlm.check(),
            Optimiser::Batch(batch) => batch.check(),
        }
    }

    /// Distorted versions of each digit that are made once.
    pub(super) fn copies(&self) -> u8 {
        self.distortion.map_or(0, |distortion| distortion.copies)
    }
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

    fn check(&self) -> Result<(), RecipeError> {
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
    fn check(&self) -> Result<(), RecipeError> {
        let size = (1..=65_536).contains(&self.size);
        check(size, "optimiser.size", self.size, "a whole number from 1 to 65536")?;
        positive(self.rate, "optimiser.rate")?;
        let decay = self.weight_decay >= 0.0 && self.weight_decay.is_finite();
        check(decay, "optimiser.weight_decay", self.weight_decay, "a number from 0 on")?;
        below_one(self.average, "optimiser.average")?;
        match self.rule {
            Rule::Sgd { momentum } => below_one(momentum, "optimiser.rule.momentum")?,
            Rule::Adamw { beta_1, beta_2, epsilon } => {
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

fn check(ok: bool, field: &str, found: impl ToString, expected: &'static str) -> Result<(), RecipeError> {
    let error = || RecipeError::Range { field: field.into(), line: None, found: found.to_string(), expected };
    if ok { Ok(()) } else { Err(error()) }
}

fn positive(value: f32, field: &str) -> Result<(), RecipeError> {
    check(value > 0.0 && value.is_finite(), field, value, "a number above 0")
}

fn below_one(value: f32, field: &str) -> Result<(), RecipeError> {
    check((0.0..1.0).contains(&value), field, value, "a number from 0 to below 1")
}

fn count(value: usize, field: &str) -> Result<(), RecipeError> {
    check(value >= 1, field, value, "a whole number from 1 on")
}

/// The line, counted from 1, on which the value of a field like `optimiser.schedule[2].eta` stands in a TOML text.
fn line_of(text: &str, field: &str) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let (mut table, mut at) = (table.get_ref(), 0);
    for name in field.split('.') {
        let (name, index) = name.split_once('[').unwrap_or((name, ""));
        let mut value = table.get(name)?;
        if let Ok(index) = index.trim_end_matches(']').parse::<usize>() {
            value = value.get_ref().as_array()?.get(index)?;
        }
        at = value.span().start;
        if let Some(inner) = value.get_ref().as_table() {
            table = inner;
        }
    }
    Some(text[..at].matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distort::Elastic;
    use crate::paper;

    #[test]
    fn the_recipe_of_the_paper_follows_its_schedule() {
        let Optimiser::Sdlm(sdlm) = Recipe::paper_1998().optimiser else {
            panic!("not the paper's optimiser")
        };
        for pass in 1..=25 {
            assert_eq!(sdlm.eta(pass), paper::eta(pass), "pass {pass}");
        }
    }

    #[test]
    fn every_known_recipe_is_possible_and_comes_back_from_its_text() {
        for recipe in Recipe::known() {
            assert_eq!(Recipe::from_toml(&recipe.to_toml()).unwrap(), recipe);
        }
    }

    #[test]
    fn a_distortion_is_none_unless_told_and_zero_where_it_is_not() {
        let text = Recipe::paper_1998().to_toml();
        assert!(
            !text.contains("distortion"),
            "a recipe from before there were distortions looks like this one"
        );
        let with = |lines: &str| {
            Recipe::from_toml(&text.replacen("[initial]", &format!("{lines}\n[initial]"), 1))
                .unwrap()
                .distortion
        };
        assert_eq!(with(""), None);
        assert_eq!(with("[distortion]"), Some(Distortion::default()));
        let shear = Distortion { shear: 0.5, ..Distortion::default() };
        assert_eq!(with("[distortion]\nshear = 0.5"), Some(shear));
        let elastic = Some(Elastic { alpha: 24.0, sigma: 4.0 });
        let lines = "[distortion.elastic]\nalpha = 24\nsigma = 4";
        assert_eq!(with(lines), Some(Distortion { elastic, ..Distortion::default() }));
    }

    #[test]
    fn an_unknown_field_is_refused_with_its_line() {
        let cases = [
            (Recipe::paper_1998(), "mu = 0.02", "mue = 0.02", "mue"),
            (Recipe::fast(), "beta_1 = ", "beta_3 = 0.5\nbeta_1 = ", "beta_3"),
            (Recipe::fast(), "passes = ", "pases = 3\npasses = ", "pases"),
            (Recipe::fast(), "warm_up = ", "warm = 1.0\nwarm_up = ", "warm"),
            (Recipe::best(), "rotation = ", "turn = 3.0\nrotation = ", "turn"),
            (Recipe::best(), "sigma = ", "sigme = 3.0\nsigma = ", "sigme"),
        ];
        for (recipe, old, new, name) in cases {
            let text = recipe.to_toml();
            assert!(text.contains(old), "{old} is not in:\n{text}");
            let message = Recipe::from_toml(&text.replacen(old, new, 1)).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains("line"), "{message}");
        }
    }

    #[test]
    fn an_impossible_value_is_refused_by_name_and_line() {
        let (paper, fast, best) = (Recipe::paper_1998(), Recipe::fast(), Recipe::best());
        let cases = [
            (&paper, "passes = ", "0", "`passes`"),
            (&paper, "mu = ", "-1.0", "`optimiser.mu`"),
            (&paper, "mu = ", "nan", "`optimiser.mu`"),
            (&paper, "j = ", "0.0", "`criterion.j`"),
            (&paper, "scale = ", "inf", "`criterion.scale`"),
            (&paper, "gain = ", "0.0", "`initial.gain`"),
            (&paper, "eta = ", "0.0", "`optimiser.schedule[0].eta`"),
            (&fast, "size = ", "0", "`optimiser.size`"),
            (&fast, "rate = ", "0.0", "`optimiser.rate`"),
            (&fast, "weight_decay = ", "-0.1", "`optimiser.weight_decay`"),
            (&fast, "average = ", "1.0", "`optimiser.average`"),
            (&fast, "beta_2 = ", "1.0", "`optimiser.rule.beta_2`"),
            (&fast, "epsilon = ", "0.0", "`optimiser.rule.epsilon`"),
            (&fast, "warm_up = ", "1.5", "`optimiser.schedule.warm_up`"),
            (&best, "copies = ", "100", "`distortion.copies`"),
            (&best, "translation = ", "8.1", "`distortion.translation`"),
            (&best, "squeeze = ", "-0.1", "`distortion.squeeze`"),
            (&best, "shear = ", "nan", "`distortion.shear`"),
            (&best, "rotation = ", "200", "`distortion.rotation`"),
            (&best, "stroke = ", "3", "`distortion.stroke`"),
            (&best, "noise = ", "inf", "`distortion.noise`"),
            (&best, "alpha = ", "-1.0", "`distortion.elastic.alpha`"),
            (&best, "sigma = ", "0.0", "`distortion.elastic.sigma`"),
        ];
        for (recipe, name, value, field) in cases {
            let text = recipe.to_toml();
            let line = text
                .lines()
                .position(|line| line.starts_with(name))
                .unwrap_or_else(|| panic!("{name} is not in:\n{text}"));
            let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
            lines[line] = format!("{name}{value}");
            let message = Recipe::from_toml(&lines.join("\n")).unwrap_err().to_string();
            assert!(message.contains(field), "{name}{value}: {message}");
            assert!(message.contains(&format!("(line {})", line + 1)), "{name}{value}: {message}");
        }
    }
}
