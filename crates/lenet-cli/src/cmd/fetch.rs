//! `lenet fetch`: data sets from public mirrors.

use std::env;

use lenet::data::fetch::{self, NAMES, Options, Source};

use crate::args::Fetch;
use crate::dataset;
use crate::exit::{Exit, Usage};
use crate::term::{self, Talk};

pub(crate) fn run(args: &Fetch, talk: &Talk) -> anyhow::Result<Exit> {
    let cache = match &args.dir {
        Some(dir) => dir.clone(),
        None => dataset::cache()?,
    };
    if args.list {
        let line = |name: &&str| {
            let there = if cache.join(name).is_dir() { "  (here)" } else { "" };
            format!("{name}{there}\n")
        };
        term::put(&NAMES.iter().map(line).collect::<String>())?;
        return Ok(Exit::Success);
    }
    // All names first, so that a slip of the pen in the last does not show after an hour.
    let sources: Vec<Source> = args
        .names
        .iter()
        .map(|name| Source::named(name).map_err(|error| Usage(error.to_string()).into()))
        .collect::<anyhow::Result<_>>()?;
    let options = Options { proxy: proxy(), ..Options::default() };
    for (name, source) in args.names.iter().zip(&sources) {
        let bar = talk.download();
        let folder = fetch::fetch(source, &cache, &options, &mut |p| bar.set(p.received, p.total, p.file))?;
        drop(bar);
        let data = if args.dir.is_some() { folder.display().to_string() } else { name.clone() };
        talk.say(format_args!(
            "{name} is in {}; train on it with `lenet train --data {data}`",
            folder.display()
        ));
        term::put(&format!("{}\n", folder.display()))?;
    }
    Ok(Exit::Success)
}

/// The proxy that the environment names for https, if any.
fn proxy() -> Option<String> {
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        .into_iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()))
}
