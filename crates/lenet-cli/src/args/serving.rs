//! The command line of the server.

use std::path::PathBuf;

use clap::{Args, value_parser};

use super::LevelArg;

/// Serve a page where the network reads as you write, and an HTTP interface
///
/// Prints the address of the page, and answers until Ctrl-C. On the page you draw digits and see what every layer makes of them, train
/// the network and watch it learn, and look at earlier runs. The page is inside the program; nothing is asked of the network.
///
/// Other programs ask by HTTP: POST /api/read takes a picture and answers like `lenet read --json`, POST /api/classify takes images of
/// 28x28, and /v2 is the Open Inference Protocol, which KServe's clients speak. /api/openapi.json describes all of it, /metrics counts.
///
/// Only this machine can ask, unless --host says otherwise: then the printed address has a token, which every request must bring.
/// What is trained on the page is put into ./runs, as `lenet train` does. Ctrl-C finishes what was begun; a run in training is
/// saved and goes on with `lenet train --resume` or on the page.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet serve --open                           and open the page in the browser
  lenet serve --run 20260109-101500-best       with the weights of a run
  lenet serve --host 0.0.0.0 --port 80         for the whole network, with a token
  curl --data-binary @photo.jpg http://127.0.0.1:8098/api/read")]
pub(crate) struct Serve {
    /// The run whose weights are taken where a request names none: a folder, or its name in ./runs [default: what comes with the program]
    #[arg(long, value_name = "RUN", conflicts_with = "weights")]
    pub(crate) run: Option<PathBuf>,
    /// The same as a weights file
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,
    /// The port; 0 is any that is free
    #[arg(long, value_name = "N", default_value_t = 8098, allow_negative_numbers = true)]
    pub(crate) port: u16,
    /// The address to be reached at, or a name that leads to it; 0.0.0.0 is all that this machine has
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// Open the page in the browser
    #[arg(long)]
    pub(crate) open: bool,
    /// Threads, for requests and arithmetic [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024), allow_negative_numbers = true)]
    pub(crate) threads: Option<u16>,
    #[command(flatten)]
    pub(crate) level: LevelArg,
}
