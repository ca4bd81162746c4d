//! `lenet show-distortions`: what a recipe does to the digits, as a picture.

use anyhow::{Context, bail};
use lenet::data::{Image, Split};
use lenet::files::write_atomically;
use lenet::report::picture::{self, Group};
use lenet::train::{Presented, Recipe};

use crate::args::ShowDistortions;
use crate::dataset;
use crate::exit::Exit;
use crate::given;
use crate::recipe;
use crate::term::{self, Talk};

/// Rows of a kind by itself.
const ALONE: usize = 2;
/// Rows of all kinds together.
const TOGETHER: usize = 6;

pub(crate) fn run(args: &ShowDistortions, talk: &Talk) -> anyhow::Result<Exit> {
    let out = args.out.display();
    given::is_png("--out", &args.out)?;
    let recipe = match &args.recipe {
        Some(given) => recipe::load(Some(given), None)?,
        None => Recipe::best(),
    };
    if recipe.shift == 0 && recipe.distortion.unwrap_or_default().kinds().is_empty() {
        bail!(
            "the recipe {} leaves the digits as they are: there is nothing to show; give another one with --recipe, for \
             example {}",
            recipe.name,
            Recipe::paper_1998_distorted().name
        );
    }
    let digits = dataset::load(args.data.name.as_deref())?;
    talk.say(format_args!("recipe   {}, seed {}", recipe.name, args.seed));
    talk.say(format_args!("data     {}", dataset::line(&digits)));
    dataset::say_if_unexpected(&digits, talk);
    let picture = picture::groups(&groups(&recipe, args.seed, &digits.set.train, args.digits.into()));
    write_atomically(&args.out, &picture::png(&picture))
        .with_context(|| format!("--out {out} can't be written; choose another place"))?;
    term::put(&format!("{out}\n"))?;
    Ok(Exit::Success)
}

/// The first digits as they are, by each kind alone, and by all of them as in a run with this seed.
fn groups(recipe: &Recipe, seed: u64, train: &Split, digits: usize) -> Vec<Group> {
    let digits = digits.min(train.len());
    let row = |recipe: &Recipe, pass: usize, copy: usize| -> Vec<Image> {
        let presented = Presented::new(recipe, seed, train, pass);
        let patterns = (0..digits).map(|n| (copy * train.len() + n) as u32);
        patterns.map(|pattern| presented.pattern(pattern).0).collect()
    };
    let anew = |recipe: &Recipe, rows| (1..=rows).map(|pass| row(recipe, pass, 0)).collect();
    let group = |name: &str, detail: String, rows| Group { name: name.to_string(), detail, rows };
    let as_they_are = Recipe { shift: 0, distortion: None, ..recipe.clone() };
    let mut groups = vec![group("original", String::new(), anew(&as_they_are, 1))];
    if recipe.shift > 0 {
        let alone = Recipe { distortion: None, ..recipe.clone() };
        groups.push(group("shift", format!("{} px", recipe.shift), anew(&alone, ALONE)));
    }
    let kinds = recipe.distortion.unwrap_or_default().kinds();
    for (name, strength, distortion) in kinds {
        let alone = Recipe { shift: 0, distortion: Some(distortion), ..recipe.clone() };
        groups.push(group(name, strength, anew(&alone, ALONE)));
    }
    groups.push(match recipe.distortion.map_or(0, |distortion| distortion.copies) {
        0 => group("all", format!("passes 1 to {TOGETHER}"), anew(recipe, TOGETHER)),
        copies => {
            let shown = TOGETHER.min(copies.into());
            let rows = (1..=shown).map(|copy| row(recipe, 1, copy)).collect();
            group("all", format!("{shown} of {copies} copies"), rows)
        }
    });
    groups
}
