//! The fields of a recipe: whether they are in their ranges, and what is said of one that is not.

use thiserror::Error;
use toml::de::DeTable;

/// Why a recipe can't be used.
#[derive(Debug, Error)]
pub enum RecipeError {
    /// Not TOML, an unknown or missing field, a value of the wrong kind; the message shows the line. It says all that its source would.
    #[error("the recipe can't be read:\n{message}", message = in_words(.0))]
    Syntax(toml::de::Error),
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

/// What the library says, with numbers called what they are to whoever writes a recipe.
fn in_words(error: &toml::de::Error) -> String {
    let said = error.to_string();
    let whole = ["usize", "u32", "u64"].iter().fold(said, |said, kind| {
        said.replace(&format!("expected {kind}"), "expected a whole number, 0 or more")
    });
    whole.replace("expected f32", "expected a number")
}

fn place(line: &Option<usize>) -> String {
    line.map_or(String::new(), |line| format!(" (line {line})"))
}

pub(super) fn check(
    ok: bool,
    field: &str,
    found: impl ToString,
    expected: &'static str,
) -> Result<(), RecipeError> {
    let error = || RecipeError::Range { field: field.into(), line: None, found: found.to_string(), expected };
    if ok { Ok(()) } else { Err(error()) }
}

pub(super) fn positive(value: f32, field: &str) -> Result<(), RecipeError> {
    check(value > 0.0 && value.is_finite(), field, value, "a number above 0")
}

pub(super) fn below_one(value: f32, field: &str) -> Result<(), RecipeError> {
    check((0.0..1.0).contains(&value), field, value, "a number from 0 to below 1")
}

pub(super) fn count(value: usize, field: &str) -> Result<(), RecipeError> {
    check(value >= 1, field, value, "a whole number from 1 on")
}

/// The line, counted from 1, on which the value of a field like `optimiser.schedule[2].eta` stands in a TOML text.
pub(super) fn line_of(text: &str, field: &str) -> Option<usize> {
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
