//! What an experiment came to, as plain data: kept as JSON, drawn whenever a page is wanted.

use serde::{Deserialize, Serialize};

use super::{Judgement, gallery};
use crate::report::plot::{Bars, Lines, standalone};

/// What an experiment came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether the claim holds.
    pub judgement: Judgement,
    /// What was found, in a few sentences: better and worse only where a test says so.
    pub verdict: String,
    /// How it was done: recipes, seeds, what is in the intervals.
    pub method: Vec<String>,
    /// The figures.
    pub figures: Vec<Figure>,
    /// The tables.
    pub tables: Vec<Table>,
}

/// A table of text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The heading of each column.
    pub header: Vec<String>,
    /// The rows, each with as many cells as there are headings; the first cell is the row's heading.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub(super) fn new(caption: &str, header: &[&str], rows: Vec<Vec<String>>) -> Table {
        Table { caption: caption.to_string(), header: header.iter().map(ToString::to_string).collect(), rows }
    }
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The name of its files, different from that of every other figure.
    pub name: String,
    /// What is to be seen.
    pub caption: String,
    /// What it is made of.
    pub content: Content,
}

/// The kinds of figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Content {
    /// Lines over an axis.
    Lines(Lines),
    /// Bars.
    Bars(Bars),
    /// Pictures side by side.
    Gallery(Gallery),
}

impl Figure {
    /// The figure as an SVG file of its own.
    pub fn svg(&self) -> String {
        match &self.content {
            Content::Lines(lines) => standalone(&lines.svg()),
            Content::Bars(bars) => standalone(&bars.svg()),
            Content::Gallery(gallery) => gallery::svg(gallery),
        }
    }
}

/// Pictures side by side, each with its words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gallery {
    /// The heading.
    pub title: String,
    /// What a marked picture means; empty if none is marked.
    pub mark: String,
    /// The pictures, in the order in which they are looked at.
    pub pictures: Vec<Picture>,
}

/// A picture of a gallery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// The picture itself, as a `data:` address.
    pub uri: String,
    /// Pixels of the page from left to right.
    pub width: u32,
    /// Pixels of the page from top to bottom.
    pub height: u32,
    /// What it shows, for those who can't see it.
    pub alt: String,
    /// The lines below it.
    pub caption: Vec<String>,
    /// Whether it stands out.
    pub marked: bool,
}
