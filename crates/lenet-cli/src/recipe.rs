//! Recipes as typed: by name or as a file.

use std::fs;
use std::path::Path;

use anyhow::Context;
use lenet::systems::Plan;
use lenet::train::Recipe;

use crate::exit::Usage;

/// The known recipe of that name, else the TOML file at that path, else the default; a known one is fitted to the network.
pub(crate) fn load(given: Option<&str>, plan: Option<&Plan>) -> anyhow::Result<Recipe> {
    let fitted = |recipe: Recipe| plan.map_or(recipe.clone(), |plan| recipe.for_plan(plan));
    let Some(given) = given else { return Ok(fitted(Recipe::fast())) };
    let known = Recipe::known();
    if let Some(recipe) = known.iter().find(|recipe| recipe.name == given) {
        return Ok(fitted(recipe.clone()));
    }
    if !Path::new(given).exists() {
        let message = format!(
            "--recipe {given}: there is no recipe of that name and no such file; there are {}, or give a TOML file like the \
             recipe.toml of a run",
            known.map(|recipe| recipe.name).join(", ")
        );
        return Err(Usage(message).into());
    }
    let text = fs::read_to_string(given).with_context(|| format!("--recipe {given} can't be read"))?;
    Recipe::from_toml(&text).with_context(|| format!("--recipe {given}"))
}
