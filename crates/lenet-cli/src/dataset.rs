//! From `--data` to digits: the embedded MNIST, a folder, or a fetched data set by its name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use etcetera::{BaseStrategy, choose_base_strategy};
use lenet::data::Dataset;
use lenet::data::fetch::NAMES;
use lenet::report::table::grouped;
use lenet::runs::Digits;

use crate::exit::Usage;
use crate::term::Talk;

/// Where fetched data sets are kept: a folder for each, by its name.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    let base = choose_base_strategy().context("there is no home directory for a cache; use --dir DIR")?;
    Ok(base.cache_dir().join("lenet"))
}

/// Loads the data set of `--data`.
pub(crate) fn load(data: Option<&str>) -> anyhow::Result<Digits> {
    let Some(data) = data else { return Ok(Digits::embedded()) };
    if NAMES.contains(&data) {
        let folder = cache()?.join(data);
        return match Dataset::from_dir(&folder) {
            Ok(set) => {
                let (set, source) = (Arc::new(set), folder.display().to_string());
                Ok(Digits { set, source, again: Some(data.to_string()) })
            }
            // MNIST is here in any case.
            Err(_) if data == "mnist" => Ok(Digits::embedded()),
            Err(error) if folder.exists() => {
                Err(error).with_context(|| format!("--data {data}; `lenet fetch {data}` mends it"))
            }
            Err(_) => bail!("--data {data}: this data set is not here yet; get it with `lenet fetch {data}`"),
        };
    }
    let folder = Path::new(data);
    if !folder.exists() {
        let names = NAMES.join(", ");
        return Err(Usage(format!(
            "--data {data}: there is no such folder, and no data set of that name; known names are {names}"
        ))
        .into());
    }
    let set = Dataset::from_dir(folder).context("--data")?;
    let absolute = folder.canonicalize().with_context(|| format!("--data {data}"))?;
    let again =
        absolute.to_str().with_context(|| format!("--data {}: the path is not UTF-8", absolute.display()))?;
    Ok(Digits { set: Arc::new(set), source: data.to_string(), again: Some(again.to_string()) })
}

/// "mnist (embedded): 60,000 training and 10,000 test digits"
pub(crate) fn line(digits: &Digits) -> String {
    let set = &digits.set;
    let (train, test) = (grouped(set.train.len()), grouped(set.test.len()));
    format!("{} ({}): {train} training and {test} test digits", set.name, digits.source)
}

/// Says so if these are not the digits that the paper's numbers are about.
pub(crate) fn say_if_unexpected(digits: &Digits, talk: &Talk) {
    match digits.set.name.as_str() {
        "mnist" => {}
        "unknown" => talk.note("this is none of the data sets known by their content, so there is no published error to compare with"),
        name => talk.note(format_args!("{name} is not MNIST: do not compare with the error of the paper")),
    }
}
