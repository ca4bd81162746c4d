//! `lenet completions`: a script for the shell.

use clap::CommandFactory;
use clap_complete::generate;

use crate::args::{Cli, Completions};
use crate::exit::Exit;
use crate::term;

pub(crate) fn run(args: &Completions) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "lenet", &mut script);
    term::put_bytes(&script)?;
    Ok(Exit::Success)
}
