//! Recipes as typed: by name or as a file.

use std::fs;
use std::path::Path;

use anyhow::Context;
use lenet::train::Recipe;

use crate::exit::Usage;

/// The known recipe of that name, else the TOML file at that path.
pub(crate) fn load(given: &str) -> anyhow::Result<Recipe> {
    let known = Recipe::known();
    if let Some(recipe) = known.iter().find(|recipe| recipe.name == given) {
        return Ok(recipe.clone());
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
