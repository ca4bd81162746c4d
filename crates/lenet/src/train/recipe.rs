//! What a training run is made of: a plain value, written next to its results.

use serde::{Deserialize, Serialize};

use super::fields::{RecipeError, check, count, line_of, positive};
use super::optimiser::Optimiser;
use super::scene::Scene;
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

impl Recipe {
    /// Reads and checks a recipe.
    ///
    /// # Errors
    /// [`RecipeError::Syntax`] with the line, [`RecipeError::Range`] with the field.
    pub fn from_toml(text: &str) -> Result<Self, RecipeError> {
        let recipe: Recipe = toml::from_str(text).map_err(RecipeError::Syntax)?;
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
    fn a_value_of_the_wrong_kind_is_told_in_words() {
        let text = Recipe::paper_1998().to_toml();
        for (field, expected) in [("passes = ", "a whole number"), ("mu = ", "a number")] {
            let message = Recipe::from_toml(&text.replacen(field, &format!("{field}\"x\" #"), 1));
            let message = message.unwrap_err().to_string();
            assert!(message.contains(expected) && message.contains("line"), "{message}");
            assert!(!["usize", "u32", "f32"].iter().any(|kind| message.contains(kind)), "{message}");
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
            (&fast, "momentum = ", "1.0", "`optimiser.rule.momentum`"),
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
