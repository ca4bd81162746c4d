//! The `lenet` command: what is typed (`args`), what it means and does (`cmd`), and how it is told (`term`, `exit`).

mod exit;
mod term;
mod args;
mod interrupt;
mod given;
mod dataset;
mod network;
mod recipe;
mod result;
mod cmd;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue};

use args::{Cli, Command};
use exit::Exit;
use term::Talk;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(answer) => {
            let answer = suggesting(answer);
            // Help and version go to stdout, mistakes to stderr; a closed pipe is no mistake.
            let _ = answer.print();
            return if answer.use_stderr() { Exit::Usage } else { Exit::Success }.into();
        }
    };
    let talk = Talk::new(cli.quiet);
    match run(cli.command, &talk) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let (exit, worth_telling) = Exit::of(&error);
            if worth_telling {
                talk.error(&error);
            }
            exit.into()
        }
    }
}

/// The same answer to a mistake; to a picture where the command should be, with the command that reads it.
fn suggesting(mut answer: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(name)) = answer.get(ContextKind::InvalidSubcommand) {
        let path = Path::new(name);
        if path.exists() || cmd::read::named_as_picture(path) {
            let tip = format!("to read the digits of a picture: lenet read {name}");
            answer.remove(ContextKind::SuggestedSubcommand);
            answer.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
        }
    }
    answer
}

fn run(command: Command, talk: &Talk) -> anyhow::Result<Exit> {
    match command {
        Command::Train(args) => cmd::train::run(&args, talk),
        Command::Eval(args) => cmd::eval::run(&args, talk),
        Command::Read(args) => cmd::read::run(&args, talk),
        Command::EvalReading(args) => cmd::eval_reading::run(&args, talk),
        Command::Predict(args) => cmd::predict::run(&args, talk),
        Command::Inspect(args) => cmd::inspect::run(&args, talk),
        Command::Serve(args) => cmd::serve::run(&args, talk),
        Command::Info(args) => cmd::info::run(&args),
        Command::Fetch(args) => cmd::fetch::run(&args, talk),
        Command::Bench(args) => cmd::bench::run(&args, talk),
        Command::Reproduce(args) => cmd::reproduce::run(&args, talk),
        Command::ShowDistortions(args) => cmd::show_distortions::run(&args, talk),
        Command::Completions(args) => cmd::completions::run(&args),
    }
}
