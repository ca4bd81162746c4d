//! The two ways out of the program: data on stdout, talk on stderr. Colours go to terminals only and never when
//! `NO_COLOR` is set (`anstream` sees to it), the progress bar only to a terminal.

use std::cell::RefCell;
use std::fmt::{self, Display};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lenet::report::table::{Cell, grouped};

/// The reader of our stdout has gone, as `head` does. That is no error.
#[derive(Debug)]
pub(crate) struct Closed;

impl Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stdout is closed")
    }
}

impl std::error::Error for Closed {}

/// Writes data to stdout, colour codes only if it is a terminal.
pub(crate) fn put(text: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    written(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Writes bytes to stdout as they are.
pub(crate) fn put_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// Writes a value as JSON and a line feed to stdout.
pub(crate) fn put_json(value: &impl serde::Serialize, pretty: bool) -> anyhow::Result<()> {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    put_bytes((text.context("the result has no JSON form")? + "\n").as_bytes())
}

fn written(result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Closed.into()),
        other => other.context("stdout can't be written"),
    }
}

/// Paints the confusion matrix: what is right steps back, what is wrong stands out.
pub(crate) fn paint(cell: Cell, text: &str) -> String {
    let style = match cell {
        Cell::Heading => Style::new().bold(),
        Cell::Right | Cell::Zero => Style::new().dimmed(),
        Cell::Wrong => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
    };
    format!("{style}{text}{style:#}")
}

/// Everything that is said on stderr.
pub(crate) struct Talk {
    quiet: bool,
    /// The progress bar that is on the terminal, if any: lines are written above it.
    bar: RefCell<ProgressBar>,
}

impl Talk {
    pub(crate) fn new(quiet: bool) -> Self {
        Talk { quiet, bar: RefCell::new(ProgressBar::hidden()) }
    }

    /// A line for whoever watches; nothing with `--quiet`.
    pub(crate) fn say(&self, line: impl Display) {
        if !self.quiet {
            self.line(line);
        }
    }

    /// Something that the user may not expect; nothing with `--quiet`.
    pub(crate) fn note(&self, line: impl Display) {
        let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
        self.say(format_args!("{style}note:{style:#} {line}"));
    }

    /// What went wrong, also with `--quiet`: the whole chain of causes.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        self.line(format_args!("{style}lenet:{style:#} {}", chain(error)));
    }

    /// A line that must be seen, also with `--quiet`.
    pub(crate) fn line(&self, line: impl Display) {
        // If nobody can hear us, that is no reason to stop.
        self.bar.borrow().suspend(|| drop(writeln!(anstream::stderr().lock(), "{line}")));
    }

    /// A progress bar over a known amount of work, part of which may be done already.
    pub(crate) fn progress(&self, total: u64, unit: &'static str) -> Progress {
        Progress { bar: self.bar(total), unit, total, began: OnceLock::new() }
    }

    /// A bar for things one after the other, each as long as it is.
    pub(crate) fn steps(&self) -> Steps {
        Steps(self.bar(1))
    }

    /// A bar for downloads.
    pub(crate) fn download(&self) -> Download {
        Download(self.bar(1))
    }

    fn bar(&self, total: u64) -> ProgressBar {
        let seen = !self.quiet && io::stderr().is_terminal();
        let target = if seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        // Short of the right edge: the ^C that a terminal echoes must not wrap, or the bar can't be wiped off.
        let style = ProgressStyle::with_template("{bar:30} {msg}").expect("the template is a constant");
        let bar = ProgressBar::with_draw_target(Some(total), target);
        bar.set_style(style.progress_chars("━╸─"));
        self.bar.replace(bar.clone());
        bar
    }
}

/// The bar of things one after the other.
pub(crate) struct Steps(ProgressBar);

impl Steps {
    /// So much of what is going on is done.
    pub(crate) fn set(&self, done: u64, of: u64, what: impl Display) {
        self.0.set_length(of.max(1));
        self.0.set_position(done);
        self.0.set_message(what.to_string());
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The bar of downloads, one file after the other.
pub(crate) struct Download(ProgressBar);

impl Download {
    /// So many bytes of a file are here, of how many if that is known.
    pub(crate) fn set(&self, received: u64, total: Option<u64>, file: &str) {
        self.0.set_length(total.unwrap_or(received).max(1));
        self.0.set_position(received);
        self.0.set_message(format!("{file}  {:.1} MB", received as f64 / 1e6));
    }
}

impl Drop for Download {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A progress bar that knows its rate and the time left; clears itself when dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    unit: &'static str,
    total: u64,
    /// The work that was done when the first report came, and its time.
    began: OnceLock<(u64, Instant)>,
}

impl Progress {
    /// So much is done; `what` is going on.
    pub(crate) fn set(&self, done: u64, what: impl Display) {
        if self.bar.is_hidden() {
            return;
        }
        let (first, began) = *self.began.get_or_init(|| (done, Instant::now()));
        let rate = done.saturating_sub(first) as f64 / began.elapsed().as_secs_f64().max(1e-3);
        self.bar.set_position(done);
        if rate > 0.0 {
            let (left, rate) = (clock(self.total.saturating_sub(done) as f64 / rate), grouped(rate as usize));
            self.bar.set_message(format!("{what}  {rate} {}/s  {left} left", self.unit));
        }
    }

    /// Says what is going on when there is nothing to count.
    pub(crate) fn message(&self, what: &'static str) {
        self.bar.set_message(what);
        self.bar.force_draw();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Seconds as 0:07, 12:31 or 3:02:09.
fn clock(seconds: f64) -> String {
    let seconds = Duration::try_from_secs_f64(seconds).unwrap_or_default().as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// An error and its causes in one line; a cause that its consequence quotes already is left out.
pub(crate) fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_like_a_clock() {
        for (seconds, expected) in
            [(0.4, "0:00"), (67.0, "1:07"), (7384.9, "2:03:04"), (f64::INFINITY, "0:00")]
        {
            assert_eq!(clock(seconds), expected);
        }
    }

    #[test]
    fn a_chain_says_nothing_twice() {
        let error = io::Error::other("disk full");
        let error = anyhow::Error::new(error).context("weights: disk full. Free space.").context("run a");
        assert_eq!(chain(&error), "run a: weights: disk full. Free space.");
    }
}
