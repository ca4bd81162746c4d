//! The command line of what reads digits.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};
use lenet::read;
use serde::Serialize;

use super::numbers::{percent, seed};
use super::{Data, LevelArg, Set, ThreadsArg};

/// Read digits from pictures
///
/// Any picture: a scan, a photo of paper, a screenshot; PNG, JPEG, WebP, BMP, GIF or PNM; dark on light or light on dark, on ruled paper
/// or not, lit evenly or not, digits of any size and pen. It finds the digits, brings each into the form that the network was
/// trained on, and reads them line by line; digits that touch are told apart. What is no digit is shown as `?`.
///
/// Prints the text of each line found, of several pictures with the file's name and a tab before it. A picture without digits
/// prints nothing; why is said on stderr. With --json a line is an object for each picture: lines with boxes in pixels, digits, how
/// sure each is, and what else it may be; in JSON a file's name that is not UTF-8 has U+FFFD for what is not, as text it is printed as it is. A picture that can't be read is told on stderr, the others are read, and the exit code is 1.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet read photo.jpg
  lenet read scans/ --json | jq -r '.lines[].text'
  lenet read form.png --overlay seen.png       what it saw, as a picture
  curl -s https://... | lenet read -           from stdin")]
pub(crate) struct Read {
    /// Pictures, folders of pictures, whose own folders are not looked into: name those too, as in `scans/ scans/*/`; `-` is stdin
    #[arg(required = true, value_name = "FILE|DIR")]
    pub(crate) files: Vec<PathBuf>,
    /// One JSON object per picture on stdout instead of text
    #[arg(long)]
    pub(crate) json: bool,
    /// Draw what was found over a copy of the picture, into this PNG file, which replaces one of that name; for one picture
    #[arg(long, value_name = "FILE")]
    pub(crate) overlay: Option<PathBuf>,
    /// Share of the digits in % that may be taken for no digit, so that more of what is none is called so: 0 to 100
    #[arg(long, value_name = "RATE", default_value_t = lenet::read::REJECTED, value_parser = percent, allow_negative_numbers = true)]
    pub(crate) reject: f32,
    /// Take all slant of the digits away before the network sees them; without it, what is beyond 27 degrees
    #[arg(long)]
    pub(crate) deslant: bool,
    /// Another network for it: a weights file or a run folder, trained by the recipe `reading`, or `shipped`; given several times, a committee
    #[arg(long, value_name = "WEIGHTS|RUN")]
    pub(crate) weights: Vec<PathBuf>,
    /// The most pixels of a picture, in millions: larger ones are refused before they take memory
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = value_parser!(u32).range(1..=1000), allow_negative_numbers = true)]
    pub(crate) max_pixels: u32,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
}

/// Classify images of one digit each
///
/// For pictures of any kind and size there is `lenet read`. For LeNet-5 only: `lenet eval` measures the other networks. Takes PNG files of 28x28 pixels, which get the same white frame as in training, or of 32x32, which are taken as
/// framed already. The grey levels are MNIST's: 0 is paper, 255 is ink. A picture whose border is lighter than its
/// middle is dark ink on light paper and is inverted, which is said on stderr.
///
/// Prints one line per picture, five columns between tabs: file, digit, penalty, runner-up, its penalty. The penalty is
/// the output of the network, the squared distance to the digit's code. What tells is how far the runner-up's is: close to
/// it is doubtful. (With the recipe paper-1998 a penalty of a few units is sure by itself; `fast` and `best`, and so the network that comes with the program, teach differences only.) With --json a line is a JSON object, with all ten penalties. A bad picture is told on stderr (with --json
/// also on its line), the others are read, and the exit code is 1.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet predict seven.png                      with the network that comes with the program
  lenet predict --weights runs/a *.png         with that of a run
  lenet predict - < seven.png                  from stdin
  lenet predict *.png | cut -f 1,2             file and digit only")]
pub(crate) struct Predict {
    /// PNG files of 28x28 or 32x32 pixels; `-` is stdin
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// A weights file or a run folder [default: the network that comes with the program]
    #[arg(long, value_name = "WEIGHTS|RUN")]
    pub(crate) weights: Option<PathBuf>,
    /// One JSON object per picture on stdout instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Measure how well pages are read
///
/// Makes pages whose text is known from the test digits, which the network has never seen: single digits, strings, things that are
/// no digit; of 12 to 200 pixels, thin and bold, slanted, on dark and on coloured paper, under uneven light, blurred, through JPEG, on
/// ruled lines, tilted. Then reads them and counts what is right, by kind and by condition. A page follows from seed and number.
///
/// Whoever changes the reader tunes it with --digits train: the test digits are for the last measurement only.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet eval-reading                           about a minute
  lenet eval-reading --pages 10000             every test digit once, as in docs/READING.md
  lenet eval-reading --failures wrong.png      and a picture of the pages that were misread
  lenet eval-reading --digits train --fit      what confidence is made of")]
pub(crate) struct EvalReading {
    /// Which half of the data set the pages are made from
    #[arg(long, value_enum, default_value_t = Set::Test)]
    pub(crate) digits: Set,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Pages of single digits; of strings there are a quarter as many, of each kind of non-digits a seventh
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = value_parser!(u32).range(1..=100_000), allow_negative_numbers = true)]
    pub(crate) pages: u32,
    /// Seed of all pages
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    /// Share of the digits in % that may be taken for no digit: 0 to 100
    #[arg(long, value_name = "RATE", default_value_t = lenet::read::REJECTED, value_parser = percent, allow_negative_numbers = true)]
    pub(crate) reject: f32,
    /// How digits that touch are told apart: by cutting the ink wherever two may meet, or by the replicated network
    #[arg(long, value_enum, default_value_t = Touching::Cuts)]
    pub(crate) touching: Touching,
    /// As of `lenet read`: take the slant of every digit away
    #[arg(long)]
    pub(crate) deslant: bool,
    /// A PNG file for pages that were misread, up to a hundred of them
    #[arg(long, value_name = "FILE")]
    pub(crate) failures: Option<PathBuf>,
    /// Another network: a weights file or a run folder, trained by the recipe `reading`, or `shipped`; given several times, a committee
    #[arg(long, value_name = "WEIGHTS|RUN")]
    pub(crate) weights: Vec<PathBuf>,
    /// Measure what the reader's limits and its confidence are made of, instead
    #[arg(long)]
    pub(crate) fit: bool,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    #[command(flatten)]
    pub(crate) level: LevelArg,
    /// One JSON object on stdout instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// How digits that touch are told apart, as the command line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Touching {
    Cuts,
    Replicated,
}

impl From<Touching> for read::Touching {
    fn from(way: Touching) -> Self {
        match way {
            Touching::Cuts => read::Touching::Cuts,
            Touching::Replicated => read::Touching::Replicated,
        }
    }
}
