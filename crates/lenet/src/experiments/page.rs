//! The report: one page that needs no other file and no network, made from outcomes only.
//!
//! ```
//! use lenet::experiments::page::{Run, report};
//! use lenet::experiments::{ALL, Judgement, Outcome};
//!
//! let (judgement, verdict) = (Judgement::Holds, "All as printed.".to_string());
//! let outcome = Outcome { judgement, verdict, method: vec![], figures: vec![], tables: vec![] };
//! let done = Run { experiment: ALL[0], outcome: Some(&outcome) };
//! let page = report(&["quick"], "lenet reproduce --quick", &[done, Run { experiment: ALL[2], outcome: None }]);
//! assert!(page.starts_with("<!DOCTYPE html>") && page.contains("All as printed."));
//! assert!(page.contains("<h2>Layers and their sizes (claim holds)</h2>"));
//! assert!(page.contains("not done yet: lenet reproduce --quick --only fig-6"));
//! ```

use super::outcome::{Content, Figure, Outcome, Table};
use super::{Experiment, Origin, gallery};
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

/// The page: markup that is HTML and well-formed XML at once. `facts` say under what conditions all of it was measured, `command`
/// measures under the same conditions. Equal arguments give equal pages.
pub fn report(facts: &[&str], command: &str, runs: &[Run<'_>]) -> String {
    let mut body = head(facts, command, runs);
    for run in runs {
        if let Some(outcome) = run.outcome {
            body += &part(run.experiment, outcome);
        }
    }
    let style = format!("{}{}", plot::STYLE, include_str!("page.css"));
    document("LeNet-5, reproduced", &style, &body)
}

/// What this is, under what conditions, and the verdicts one below the other.
fn head(facts: &[&str], command: &str, runs: &[Run<'_>]) -> String {
    let row = |run: &Run<'_>| {
        let title = escape(run.experiment.title);
        let name = run.experiment.name;
        let (title, judgement, verdict) = match run.outcome {
            Some(outcome) => (
                format!("<a href=\"#{name}\">{title}</a>"),
                format!("<b>{}</b>", outcome.judgement.words()),
                escape(&outcome.verdict),
            ),
            None => (title, String::new(), format!("not done yet: {} --only {name}", escape(command))),
        };
        format!(
            "<tr><th scope=\"row\">{title}</th><td>{}</td><td>{}</td><td>{judgement}</td><td>{verdict}</td></tr>\n",
            escape(run.experiment.claim),
            escape(run.experiment.origin.words())
        )
    };
    let rows: String = runs.iter().map(row).collect();
    let facts: Vec<String> = facts.iter().map(|fact| escape(fact)).collect();
    format!(
        "<header>\n<h1>LeNet-5, reproduced</h1>\n<p>What LeCun, Bottou, Bengio and Haffner, &#8220;Gradient-based learning \
         applied to document recognition&#8221; (Proc. IEEE 86(11), 1998) say of LeNet-5, measured anew. The paper&#8217;s \
         values are dashed in the figures; pages are those of the authors&#8217; 46-page version.</p>\n\
         <p>A claim is the paper&#8217;s, or ours: it follows from the paper, or is said of LeNet-5 since. It holds, or does not, \
         where a test or an interval says so; else it is not shown, which is no proof of the opposite, or not tested.</p>\n\
         <p class=\"faint\">{}</p>\n</header>\n<table class=\"results summary\">\n<thead><tr><th scope=\"col\">what</th>\
         <th scope=\"col\">claim</th><th scope=\"col\">whose</th>\
         <th scope=\"col\">judgement</th><th scope=\"col\">found</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n",
        facts.join("<br />")
    )
}

fn part(experiment: &Experiment, outcome: &Outcome) -> String {
    let claim = match experiment.origin {
        Origin::Paper => "The paper&#8217;s claim",
        Origin::Ours => "Our claim",
    };
    let mut content = format!(
        "<p class=\"claim\">{claim}: {}</p>\n<p class=\"paper-says\">The paper: {}</p>\n\
         <p class=\"verdict\"><b>Found: {}</b>{}</p>\n",
        escape(experiment.claim),
        escape(experiment.paper),
        outcome.judgement.words(),
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
    let heading = format!("{} (claim {})", experiment.title, outcome.judgement.words());
    section(experiment.name, &heading, &content)
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
