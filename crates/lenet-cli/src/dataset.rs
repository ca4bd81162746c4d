//! From `--data` to digits: the embedded MNIST, a folder, or a fetched data set by its name.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use etcetera::{BaseStrategy, choose_base_strategy};
use lenet::data::Dataset;
use lenet::data::fetch::NAMES;
use lenet::report::table::grouped;

use crate::exit::Usage;
use crate::result::DataFacts;
use crate::term::Talk;

/// A data set and where it came from.
pub(crate) struct Digits {
    pub(crate) set: Dataset,
    /// "embedded" or a folder.
    source: String,
    /// What `--data` must say to get it again from any folder; none for the embedded one.
    pub(crate) again: Option<String>,
}

/// Where fetched data sets are kept: a folder for each, by its name.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    let base = choose_base_strategy().context("there is no home directory for a cache; use --dir DIR")?;
    Ok(base.cache_dir().join("lenet"))
}

/// Loads the data set of `--data`.
pub(crate) fn load(data: Option<&str>) -> anyhow::Result<Digits> {
    let Some(data) = data else { return Ok(embedded()) };
    if NAMES.contains(&data) {
        let folder = cache()?.join(data);
        return match Dataset::from_dir(&folder) {
            Ok(set) => {
                Ok(Digits { set, source: folder.display().to_string(), again: Some(data.to_string()) })
            }
            // MNIST is here in any case.
            Err(_) if data == "mnist" => Ok(embedded()),
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
    Ok(Digits { set, source: data.to_string(), again: Some(again.to_string()) })
}

fn embedded() -> Digits {
    Digits { set: Dataset::bundled(), source: "embedded".to_string(), again: None }
}

impl Digits {
    pub(crate) fn facts(&self) -> DataFacts {
        DataFacts {
            name: self.set.name.clone(),
            source: self.source.clone(),
            training_patterns: self.set.train.len(),
            test_patterns: self.set.test.len(),
        }
    }

    /// "mnist (embedded): 60,000 training and 10,000 test digits"
    pub(crate) fn line(&self) -> String {
        let (train, test) = (grouped(self.set.train.len()), grouped(self.set.test.len()));
        format!("{} ({}): {train} training and {test} test digits", self.set.name, self.source)
    }

    /// Says so if these are not the digits that the paper's numbers are about.
    pub(crate) fn say_if_unexpected(&self, talk: &Talk) {
        match self.set.name.as_str() {
            "mnist" => {}
            "unknown" => talk.note("this is none of the data sets known by their content, so there is no published error to compare with"),
            name => talk.note(format_args!("{name} is not MNIST: do not compare with the error of the paper")),
        }
    }
}
