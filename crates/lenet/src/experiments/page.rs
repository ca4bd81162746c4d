//! The report: one page that needs no other file and no network, made from outcomes only.
//!
//! ```
//! use lenet::experiments::page::{Run, report};
//! use lenet::experiments::{ALL, Outcome};
//!
//! let outcome = Outcome { verdict: "It holds.".to_string(), method: vec![], figures: vec![], tables: vec![] };
//! let page = report(&["quick"], &[Run { experiment: ALL[0], outcome: Some(&outcome) }]);
//! assert!(page.starts_with("<!DOCTYPE html>") && page.contains("It holds."));
//! ```

use super::outcome::{Content, Figure, Outcome, Table};
use super::{Experiment, gallery};
use crate::report::html::{document, escape, section};
use crate::report::plot;

/// The folder of the figures' own files, beside the page.
pub const FIGURES: &str = "figures";

/// An experiment and what it came to, if it has been done.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Its outcome.
    pub outcome: Option<&'a Outcome>,
}

/// The page: markup that is HTML and well-formed XML at once. `facts` say under what conditions all of it was measured. Equal
/// arguments give equal pages.
pub fn report(facts: &[&str], runs: &[Run<'_>]) -> String {
    let mut body = head(facts, runs);
    for run in runs {
        if let Some(outcome) = run.outcome {
            body += &part(run.experiment, outcome);
        }
    }
    let style = format!("{}{}", plot::STYLE, include_str!("page.css"));
    document("LeNet-5, reproduced", &style, &body)
}

/// What this is, under what conditions, and the verdicts one below the other.
fn head(facts: &[&str], runs: &[Run<'_>]) -> String {
    let row = |run: &Run<'_>| {
        let title = escape(run.experiment.title);
        let (title, verdict) = match run.outcome {
            Some(outcome) => {
                (format!("<a href=\"#{}\">{title}</a>", run.experiment.name), escape(&outcome.verdict))
            }
            None => (title, format!("not done yet: lenet reproduce --only {}", run.experiment.name)),
        };
        format!(
            "<tr><th scope=\"row\">{title}</th><td>{}</td><td>{verdict}</td></tr>\n",
            escape(run.experiment.claim)
        )
    };
    let rows: String = runs.iter().map(row).collect();
    let facts: Vec<String> = facts.iter().map(|fact| escape(fact)).collect();
    format!(
        "<header>\n<h1>LeNet-5, reproduced</h1>\n<p>What LeCun, Bottou, Bengio and Haffner, &#8220;Gradient-based learning \
         applied to document recognition&#8221; (Proc. IEEE 86(11), 1998) say of LeNet-5, measured anew. The paper&#8217;s \
         values are dashed in the figures; pages are those of the authors&#8217; 46-page version.</p>\n\
         <p class=\"faint\">{}</p>\n</header>\n<table class=\"results summary\">\n<thead><tr><th scope=\"col\">what</th>\
         <th scope=\"col\">claim</th><th scope=\"col\">found</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n",
        facts.join("<br />")
    )
}

fn part(experiment: &Experiment, outcome: &Outcome) -> String {
    let mut content = format!(
        "<p class=\"claim\">{}</p>\n<p class=\"paper-says\">The paper: {}</p>\n<p class=\"verdict\"><b>Found</b>{}</p>\n",
        escape(experiment.claim),
        escape(experiment.paper),
        escape(&outcome.verdict)
    );
    let (galleries, plots): (Vec<&Figure>, Vec<&Figure>) =
        outcome.figures.iter().partition(|figure| matches!(figure.content, Content::Gallery(_)));
    if !plots.is_empty() {
        let plots: String = plots.into_iter().map(figure).collect();
        content += &format!("<div class=\"plots\">\n{plots}</div>\n");
    }
    content += &outcome.tables.iter().map(table).collect::<String>();
    content += &galleries.into_iter().map(figure).collect::<String>();
    let method = outcome.method.iter().map(|text| format!("<p class=\"method\">{}</p>\n", escape(text)));
    content += &method.collect::<String>();
    section(experiment.name, experiment.title, &content)
}

fn figure(figure: &Figure) -> String {
    let name = escape(&figure.name);
    let (content, class) = match &figure.content {
        Content::Lines(lines) => (lines.svg(), "plot-figure"),
        Content::Bars(bars) => (bars.svg(), "plot-figure"),
        Content::Gallery(pictures) => (gallery::html(pictures), "whole"),
    };
    format!(
        "<figure class=\"{class}\" id=\"figure-{name}\">{content}<figcaption>{} <span class=\"files\">\
         <a href=\"{FIGURES}/{name}.svg\">picture</a>, <a href=\"{FIGURES}/{name}.json\">data</a></span>\
         </figcaption></figure>\n",
        escape(&figure.caption)
    )
}

fn table(table: &Table) -> String {
    let header: String =
        table.header.iter().map(|cell| format!("<th scope=\"col\">{}</th>", escape(cell))).collect();
    let row = |cells: &Vec<String>| {
        let cells = cells.iter().enumerate().map(|(k, cell)| match k {
            0 => format!("<th scope=\"row\">{}</th>", escape(cell)),
            _ => format!("<td>{}</td>", escape(cell)),
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let rows: String = table.rows.iter().map(row).collect();
    format!(
        "<div class=\"scroll\"><table class=\"results\">\n<caption>{}</caption>\n<thead><tr>{header}</tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table></div>\n",
        escape(&table.caption)
    )
}
