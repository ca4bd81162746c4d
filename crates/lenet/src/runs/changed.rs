//! Whether a run's recipe.toml is still the recipe that the run goes by.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::error::RunError;
use crate::train::Recipe;

/// Refuses a recipe.toml that is not what the run began with. The run would go on by its own recipe, and the file in its folder tell
/// another story than its result.
///
/// # Errors
/// [`RunError::Read`], [`RunError::Recipe`], and [`RunError::RecipeChanged`] with the fields that differ.
pub(super) fn refuse_if_changed(file: &Path, began: &Recipe) -> Result<(), RunError> {
    let path = || file.to_path_buf();
    let text = fs::read_to_string(file).map_err(|source| RunError::Read { path: path(), source })?;
    let now = Recipe::from_toml(&text)?;
    if now == *began {
        return Ok(());
    }
    Err(RunError::RecipeChanged { path: path(), changes: changes(&now, began) })
}

/// The fields that differ, with both values.
fn changes(now: &Recipe, began: &Recipe) -> String {
    let (now, began) = (fields(now), fields(began));
    let of =
        |fields: &BTreeMap<String, String>, name: &str| fields.get(name).map_or("none", |x| x).to_string();
    let names: BTreeMap<&String, ()> = now.keys().chain(began.keys()).map(|name| (name, ())).collect();
    let changed = names.into_keys().filter(|name| now.get(*name) != began.get(*name));
    let told = changed.map(|name| format!("`{name}` is {} and was {}", of(&now, name), of(&began, name)));
    told.collect::<Vec<_>>().join(", ")
}

/// All fields by their names with sections, as in `optimiser.mu`.
fn fields(recipe: &Recipe) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let table: Table = recipe.to_toml().parse().expect("a recipe is a TOML file");
    gather("", &table, &mut fields);
    fields
}

fn gather(section: &str, table: &Table, fields: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        match value {
            Value::Table(inner) => gather(&format!("{section}{key}."), inner, fields),
            value => drop(fields.insert(format!("{section}{key}"), value.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named_with_both_values() {
        let (fast, best) = (Recipe::fast(), Recipe { passes: 5, ..Recipe::fast() });
        assert_eq!(changes(&best, &fast), "`passes` is 5 and was 3");
        let other = changes(&Recipe::paper_1998(), &fast);
        assert!(other.contains("`optimiser.mu` is 0.02 and was none"), "{other}");
        let file = tempfile::NamedTempFile::new().unwrap();
        // Written otherwise it is the same recipe.
        fs::write(file.path(), format!("# Mine.\n{}", fast.to_toml())).unwrap();
        refuse_if_changed(file.path(), &fast).unwrap();
        assert!(refuse_if_changed(file.path(), &best).unwrap_err().to_string().contains("`passes` is 3"));
    }
}
