//! The command line as typed. What it means is decided in `cmd`.

use std::path::PathBuf;

mod numbers;
mod reading;
mod serving;

pub(crate) use reading::{EvalReading, Predict, Read};
pub(crate) use serving::Serve;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use lenet::kernels::level::{self, Level};
use lenet::workers::{Workers, WorkersError};

use numbers::{index, seconds, seed};

/// The LeNet-5 of 1998: train it, test it, let it read digits.
///
/// The network of LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
/// Proc. IEEE 86(11), 1998, trained as they did, on the digits that come with this program.
#[derive(Debug, Parser)]
#[command(name = "lenet", version, after_long_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

const EXIT_CODES: &str = "\
Start here:
  lenet read photo.jpg           let it read digits from a picture
  lenet serve                    a page: draw, look inside, watch it train
  lenet train                    train on MNIST, in seconds
  lenet train --recipe paper-1998    the same as in 1998
  lenet eval                     test what was trained

Data goes to stdout, talk to stderr; colours only to a terminal, never if NO_COLOR is set.

Exit codes:
  0    done
  1    something could not be done; stderr says what, and how to mend it
  2    the command line asks for something that does not exist
  130  interrupted (Ctrl-C, SIGTERM); `lenet train --resume RUN` goes on";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Train(Train),
    Eval(Eval),
    Read(Read),
    Predict(Predict),
    EvalReading(EvalReading),
    Inspect(Inspect),
    Serve(Serve),
    Info(Info),
    Fetch(Fetch),
    Bench(Bench),
    Reproduce(Reproduce),
    ShowDistortions(ShowDistortions),
    Completions(Completions),
}

/// Train the network and write a run folder
///
/// Trains on the embedded MNIST and measures the test error. The recipe `fast`, which is taken unless told otherwise, reaches
/// the paper's error in seconds, by batches on all cores; `best` goes on for minutes, on digits distorted anew in every
/// pass; `reading`, `pieces` and, from those, `strings` teach the networks of `lenet read`; `paper-1998` is the paper's own, one update per digit
/// on one core, and `paper-1998-distorted` the same with the paper's distorted digits. Any other recipe is a TOML file: take the recipe.toml of a run and change it.
///
/// One line is said per pass (a sweep over the training set): training error while learning, mean of the criterion,
/// smallest and largest step size, seconds, and the error on held-out digits if the recipe has some.
///
/// The run folder gets weights.safetensors (PyTorch-style names), recipe.toml, history.csv, result.json, confusion.png and
/// worst.png. While the run goes on there is also checkpoint.safetensors, renewed after every pass and on Ctrl-C:
/// nothing is lost, and a resumed run ends with the same bits as one that was never interrupted.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet train                                  the recipe `fast` on MNIST
  lenet train --recipe paper-1998              as in 1998
  lenet train --net lenet-1                    its predecessor of 1990, see `lenet info --net lenet-1`
  lenet train --resume runs/20260109-...       go on after Ctrl-C, a crash or a power cut")]
pub(crate) struct Train {
    /// The network: lenet-5, or one that the paper compares it with: lenet-1, lenet-4, linear, mlp-300, mlp-300-100, mlp-500-150,
    /// mlp-1000 [default: lenet-5]
    #[arg(long, value_name = "NAME")]
    pub(crate) net: Option<String>,
    /// A recipe by its name (fast, best, reading, pieces, strings, paper-1998, paper-1998-distorted) or as a TOML file [default: fast].
    /// One by its name gets the criterion that the outputs of --net need; a file is taken as it is
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) recipe: Option<String>,
    /// Seed of all random numbers: the same seed gives the same bits [default: 1]
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: Option<u64>,
    /// Sweeps over the training set, instead of the recipe's number
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub(crate) passes: Option<u32>,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Begin with the parameters of this weights file or run, or of `shipped`, in place of ones drawn by chance: `lenet train --recipe strings --from RUN-OF-PIECES`
    #[arg(long, value_name = "WEIGHTS|RUN")]
    pub(crate) from: Option<PathBuf>,
    /// The run folder itself [default: runs/<UTC time>-<recipe>, with -seed<N> if given]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the interrupted run in this folder
    #[arg(long, value_name = "RUN", conflicts_with_all = ["net", "recipe", "seed", "passes", "from", "out", "level", "curve"])]
    pub(crate) resume: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    #[command(flatten)]
    pub(crate) level: LevelArg,
    /// Measure the test error after every pass, for the record only: nothing is decided by it
    #[arg(long)]
    pub(crate) curve: bool,
    /// One JSON object on stdout instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Measure the error of trained weights
///
/// Error rate with its 95 % interval (Wilson), confusion matrix, and the index of every misread digit, the surest
/// error first. Unless --data says otherwise, a run is measured on the data set it was trained with.
///
/// With --against, two networks are compared on the same digits: who misreads what, McNemar's test, and a verdict. It is
/// about these two sets of weights: two seeds of one recipe differ too. To compare recipes, give two or more runs on each
/// side, one per seed: then the means are compared, by Welch's t test. A verdict says better or worse only if p is below
/// 0.05.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet eval                                   the newest run in ./runs
  lenet eval shipped                           the network that comes with the program
  lenet eval runs/a --against runs/b           is a better than b, or is that chance?
  lenet eval runs/a* --against runs/b*         the same of two recipes, a run for each seed")]
pub(crate) struct Eval {
    /// Weights files, run folders or `shipped`; of several, which are to be seeds of one network, the mean too [default: the newest run in ./runs, or else `shipped`]
    #[arg(value_name = "WEIGHTS|RUN")]
    pub(crate) weights: Vec<PathBuf>,
    /// Compare with these on the same digits: one with one, several with several
    #[arg(long, value_name = "WEIGHTS|RUN", num_args = 1..)]
    pub(crate) against: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Which half of the data set
    #[arg(long, value_enum, default_value_t = Set::Test)]
    pub(crate) set: Set,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    #[command(flatten)]
    pub(crate) level: LevelArg,
    /// One JSON object on stdout instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// The halves of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Set {
    Test,
    Train,
}

/// Look inside a trained network, in a browser
///
/// Writes one HTML file that needs no other and no network: the layers; the kernels of C1, and of C3 as Table I has them; the
/// coefficients of S2 and S4; F6's mean state next to each class's code, with the digit nearest to the code and the one
/// farthest; and for some digits of the test set the states of every layer. If the file's name ends in .png, a contact sheet
/// with the kernels and the states. For LeNet-5 only: `lenet eval` measures the other networks.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet inspect                                the newest run in ./runs, into inspect.html
  lenet inspect runs/a --digits 0,247,1014     these digits of the test set
  lenet inspect runs/a --out a.png             a contact sheet")]
pub(crate) struct Inspect {
    /// A weights file, a run folder or `shipped` [default: the newest run in ./runs, or else `shipped`]
    #[arg(value_name = "WEIGHTS|RUN")]
    pub(crate) weights: Option<PathBuf>,
    /// Digits of the test set by their index, from 0 [default: the first of each class and the surest errors]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = index, allow_negative_numbers = true)]
    pub(crate) digits: Vec<usize>,
    /// The file to write, which replaces one of that name: .html or .png
    #[arg(long, value_name = "FILE", default_value = "inspect.html")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    #[command(flatten)]
    pub(crate) level: LevelArg,
}

/// Show the layers of the network, counted from the code
///
/// The table of layers with parameters, connections and multiply-adds; Table I of the paper (which maps of S2 each map
/// of C3 sees); and the levels of vector instructions that this machine has.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet info
  lenet info --net lenet-1                     its predecessor of 1990
  lenet info --net all                         all networks next to each other
  lenet info --json | jq .totals.parameters    60000")]
pub(crate) struct Info {
    /// Another network, see `lenet train --help`; `all` for the totals of all of them
    #[arg(long, value_name = "NAME")]
    pub(crate) net: Option<String>,
    /// One JSON object on stdout instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Download data sets
///
/// Into <cache>/lenet/<name>, where `lenet train --data <name>` finds them; <cache> is the user's cache directory
/// (XDG_CACHE_HOME, usually ~/.cache). Every file is checked by its SHA-256. An interrupted download is continued by the
/// next call.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet fetch --list                           what there is
  lenet fetch fashion-mnist                    then: lenet train --data fashion-mnist
  lenet fetch kmnist qmnist --dir data         into data/kmnist and data/qmnist")]
pub(crate) struct Fetch {
    /// Names of data sets, see --list
    #[arg(required_unless_present = "list", value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Download into DIR/<name> instead of the cache
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// List the data sets that can be downloaded
    #[arg(long, conflicts_with_all = ["names", "dir"])]
    pub(crate) list: bool,
}

/// Measure how fast this machine trains and classifies
///
/// Every figure is measured in turn with the multiply-adds that the processor can do in registers, and shown as a share of
/// them: that is what to compare between machines, since speeds in images/s rise and fall with clock and neighbours. Medians,
/// and in parentheses the lowest and the highest of many short slices. Without a name everything is measured, in about a
/// minute.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet bench                                  everything
  lenet bench training classification          only these
  lenet bench layers --level avx2              where the time goes, at another level
  lenet bench --json | jq '.results[]'         for a script")]
pub(crate) struct Bench {
    /// What to measure [default: everything]
    #[arg(value_enum, value_name = "WHAT")]
    pub(crate) what: Vec<What>,
    /// Patterns of a batch of `training` [default: 64]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=8192), allow_negative_numbers = true)]
    pub(crate) batch: Option<u16>,
    /// Seconds for each figure
    #[arg(long, value_name = "S", default_value_t = 1.0, value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) seconds: f64,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    #[command(flatten)]
    pub(crate) level: LevelArg,
    /// One JSON object on stdout instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// The multiply-adds that one core and all can do
    Peak,
    /// Training by batches
    Training,
    /// Answers to many images
    Classification,
    /// The answer to one image
    OneImage,
    /// The paper's training, one update per digit
    Online,
    /// The parts of training, layer by layer
    Layers,
    /// The same at every level of vector instructions
    Levels,
}

/// Repeat the paper's experiments and write a report
///
/// Does the experiments one after the other and writes a folder with report.html, one page that opens from disk without any
/// other file; in figures/ every figure as SVG and its data as JSON; in outcomes/ what each experiment came to. Each claim stands next to
/// the paper's own values, with intervals, and "better" is said only where a test says so.
///
/// What is finished is not done again by the next call, and a run that was interrupted goes on. With --quick it takes a few
/// minutes on two cores, with short runs on part of the digits; without, the paper's own recipe runs with five seeds, which takes much
/// longer.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet reproduce --quick                      all experiments, short, into reproduction/
  lenet reproduce --list                       their names and what they claim
  lenet reproduce --only fig-5,codes           only these
  lenet reproduce --out report --threads 2     the full report elsewhere")]
pub(crate) struct Reproduce {
    /// Short runs on part of the digits
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only these experiments, see --list
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// List the experiments
    #[arg(long, conflicts_with_all = ["quick", "only"])]
    pub(crate) list: bool,
    /// The folder
    #[arg(long, value_name = "DIR", default_value = "reproduction")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) threads: ThreadsArg,
    #[command(flatten)]
    pub(crate) level: LevelArg,
}

/// Show what a recipe does to the training digits
///
/// Writes a PNG with the first training digits: as they are, by each kind of distortion alone, and by all of them together,
/// exactly as a run with this recipe and seed presents them, pass by pass or copy by copy. Prints the name of the file.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet show-distortions                       the recipe `best`, into distortions.png
  lenet show-distortions --recipe mine.toml --digits 20
  lenet show-distortions --recipe paper-1998-distorted --out paper.png")]
pub(crate) struct ShowDistortions {
    /// A recipe by its name or as a TOML file [default: best]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) recipe: Option<String>,
    /// Seed of all random numbers
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) data: Data,
    /// The picture to write
    #[arg(long, value_name = "FILE", default_value = "distortions.png")]
    pub(crate) out: PathBuf,
    /// How many digits
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u16).range(1..=100), allow_negative_numbers = true)]
    pub(crate) digits: u16,
}

/// Print a script with which a shell completes these commands
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lenet completions bash > ~/.local/share/bash-completion/completions/lenet
  lenet completions zsh > ~/.zfunc/_lenet
  lenet completions fish > ~/.config/fish/completions/lenet.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Which digits.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// A folder with four IDX files, or the name of a fetched data set [default: the embedded MNIST]
    ///
    /// The files have the names of MNIST (train-images-idx3-ubyte and so on), raw or with .gz. A name wins over a folder of
    /// that name: write ./NAME for the folder.
    #[arg(long = "data", value_name = "DIR|NAME")]
    pub(crate) name: Option<String>,
}

/// How many threads.
#[derive(Debug, Args)]
pub(crate) struct ThreadsArg {
    /// Threads; the results are the same bits for any number [default: as many as there are cores]
    #[arg(long = "threads", id = "threads", value_name = "N", value_parser = value_parser!(u16).range(1..=1024), allow_negative_numbers = true)]
    chosen: Option<u16>,
}

impl ThreadsArg {
    /// The threads to use.
    pub(crate) fn workers(&self) -> Result<Workers, WorkersError> {
        self.chosen.map_or_else(Workers::all, |threads| Workers::new(threads.into()))
    }
}

/// Which vector instructions.
#[derive(Debug, Args)]
pub(crate) struct LevelArg {
    /// Level of vector instructions, see `lenet info` [default: the best this machine has]
    #[arg(long = "level", id = "level", value_name = "NAME", value_parser = level_by_name)]
    pub(crate) chosen: Option<Level>,
}

impl LevelArg {
    /// The level to use.
    pub(crate) fn level(&self) -> Level {
        self.chosen.unwrap_or_else(Level::new)
    }
}

fn level_by_name(name: &str) -> Result<Level, String> {
    level::by_name(name).ok_or_else(|| {
        let names = level::available().iter().map(|(name, _)| *name).collect::<Vec<_>>();
        format!("this machine has {}", names.join(", "))
    })
}
