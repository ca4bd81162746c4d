//! `lenet serve`: from its options to a server, until somebody stops it.

use std::io::ErrorKind;
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use lenet::runs;
use lenet_web::{App, Options};

use crate::args::Serve;
use crate::exit::Exit;
use crate::interrupt;
use crate::network::RUNS;
use crate::term::{self, Talk};

pub(crate) fn run(args: &Serve, talk: &Talk) -> anyhow::Result<Exit> {
    let listener = listen(args)?;
    let at = listener.local_addr().context("the address can't be found out")?;
    let token = match at.ip().is_loopback() {
        true => None,
        false => Some(lenet_web::token().context("the system has no random numbers for a token")?),
    };
    let app = App::new(Options {
        runs: PathBuf::from(RUNS),
        weights: weights(args)?,
        threads: args.threads.map_or(0, usize::from),
        level: args.level.level(),
        token: token.clone(),
        name: args.host.parse::<IpAddr>().is_err().then(|| args.host.clone()),
        ..Options::default()
    })?;
    let stop = interrupt::wait()?;
    let address = lenet_web::address(at, token.as_deref());
    term::put(&format!("{address}\n"))?;
    if token.is_some() {
        talk.note("others can reach this; whoever has the address with its token may ask and train");
    }
    talk.say("Ctrl-C stops it");
    if args.open {
        open(&address, talk);
    }
    lenet_web::serve(app, listener, stop)?;
    Ok(Exit::Success)
}

fn listen(args: &Serve) -> anyhow::Result<TcpListener> {
    let (host, port) = (&args.host, args.port);
    // An address of version 6 may be written as in a browser.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match TcpListener::bind((bare, port)) {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("--port {port}: something answers there already; choose another port, or 0 for any that is free")
        }
        Err(error) => Err(error).with_context(|| {
            format!("--host {host} --port {port}: this machine can't be reached there; choose another address or port")
        }),
    }
}

/// The weights that the options name.
fn weights(args: &Serve) -> anyhow::Result<Option<PathBuf>> {
    let given = match (&args.run, &args.weights) {
        (Some(run), _) if !run.exists() && Path::new(RUNS).join(run).is_dir() => Path::new(RUNS).join(run),
        (Some(given), _) | (_, Some(given)) => given.clone(),
        (None, None) => return Ok(None),
    };
    Ok(Some(runs::weights(&given)?.0))
}

/// Opens the browser; who has none reads the address.
fn open(address: &str, talk: &Talk) {
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if command.spawn().is_err() {
        talk.note(format_args!("--open: there is no {program} here to open the browser with"));
    }
}
