//! Plots as SVG: lines over an axis, bars with intervals. Values of the paper are dashed, so that nobody takes them for ours.
//!
//! A plot is a value that can be kept as JSON and drawn later. It is drawn for a page that has [`STYLE`], or as a file of its
//! own ([`standalone`]); its colours follow the reader's choice of light or dark either way. Words for those who can't see it
//! are inside.
//!
//! ```
//! use lenet::report::plot::{Axis, Lines, Point, Series, Source, standalone};
//!
//! let point = |x: f64, y: f64| Point { x, y, interval: Some((y - 0.1, y + 0.1)) };
//! let curve = Lines {
//!     title: "Error by pass".to_string(),
//!     x: Axis::linear("pass"),
//!     y: Axis::linear("test error in %"),
//!     series: vec![Series {
//!         name: "ours".to_string(),
//!         source: Source::Ours,
//!         points: vec![point(1.0, 2.6), point(2.0, 2.2)],
//!     }],
//!     limits: Vec::new(),
//! };
//! let file = standalone(&curve.svg());
//! assert!(file.starts_with("<svg ") && file.contains("Error by pass") && file.contains("<style>"));
//! ```

mod scale;
mod lines;
mod bars;

use serde::{Deserialize, Serialize};

use super::html::escape;

/// The style sheet of plots, for the head of a page that shows some.
pub const STYLE: &str = include_str!("plot.css");

/// Pixels from the left edge of a plot to the right.
pub(super) const WIDTH: f64 = 480.0;
/// Colours there are; a sixth series has the first one's again, and another shape.
const COLOURS: usize = 5;

/// An axis: what it measures, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// What is measured, with the unit.
    pub label: String,
    /// Whether equal distances are equal factors.
    pub logarithmic: bool,
}

impl Axis {
    /// An axis on which equal distances are equal differences.
    pub fn linear(label: &str) -> Axis {
        Axis { label: label.to_string(), logarithmic: false }
    }

    /// An axis on which equal distances are equal factors, for values above 0.
    pub fn logarithmic(label: &str) -> Axis {
        Axis { label: label.to_string(), logarithmic: true }
    }
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// This program measured it.
    Ours,
    /// The paper says so.
    Paper,
}

impl Source {
    /// The class that gives it its style.
    fn class(self) -> &'static str {
        match self {
            Source::Ours => "ours",
            Source::Paper => "paper",
        }
    }
}

/// A point of a line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Along the horizontal axis.
    pub x: f64,
    /// Along the vertical axis.
    pub y: f64,
    /// The 95 % interval of y, if one is known. Where it goes beyond the axis it is cut.
    pub interval: Option<(f64, f64)>,
}

/// Points that belong together, joined in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What the legend says.
    pub name: String,
    /// Ours or the paper's. The paper's first series has the colour of our first, and so on.
    pub source: Source,
    /// The points.
    pub points: Vec<Point>,
}

/// A place on the horizontal axis that has a meaning, for example where a claim ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Where.
    pub x: f64,
    /// What it means, in a few words.
    pub label: String,
}

/// A plot of lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// The heading.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The lines.
    pub series: Vec<Series>,
    /// Places with a meaning; those outside the points' range are left out.
    pub limits: Vec<Limit>,
}

/// A bar of [`Bars`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// What stands at its left.
    pub label: String,
    /// Its length, >= 0.
    pub value: f64,
    /// The 95 % interval of the value, if one is known.
    pub interval: Option<(f64, f64)>,
    /// Ours or the paper's.
    pub source: Source,
}

/// A plot of horizontal bars that begin at 0, one below the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// The heading.
    pub title: String,
    /// What is measured, with the unit.
    pub label: String,
    /// The bars, from top to bottom.
    pub bars: Vec<Bar>,
}

/// A plot as a file of its own: the same drawing with its style inside.
pub fn standalone(svg: &str) -> String {
    let (tag, rest) = svg.split_once('>').unwrap_or((svg, ""));
    format!("{tag}><style>\n{STYLE}.plot {{ background: var(--plot-paper); }}\n</style>{rest}")
}

/// The drawing around `content`, with a heading to see and `words` to hear.
fn drawing(title: &str, words: &str, height: f64, content: &str) -> String {
    let (title, words) = (escape(title), escape(words));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" aria-label=\"{title}\" \
         viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\">\n<title>{title}</title>\n\
         <desc>{words}</desc>\n<text class=\"heading\" x=\"8\" y=\"18\">{title}</text>\n{content}</svg>\n"
    )
}

/// A number in words: as many digits as count, no more.
fn said(value: f64) -> String {
    let decimals = if value.abs() >= 100.0 { 0 } else { 3 };
    let text = format!("{value:.decimals$}");
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_string() }
}

/// "0.95 (0.8 to 1.1)"
fn with_interval(value: f64, interval: Option<(f64, f64)>) -> String {
    interval.map_or(said(value), |(low, high)| format!("{} ({} to {})", said(value), said(low), said(high)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use roxmltree::{Document, Node};

    fn point(x: f64, y: f64) -> Point {
        Point { x, y, interval: Some((y - 3.0, y * 1.2)) }
    }

    fn lines(logarithmic: bool) -> Lines {
        let of = |name: &str, source, count: i32| Series {
            name: name.to_string(),
            source,
            points: (1..=count).map(|k| point(f64::from(k), 20.0 / f64::from(k))).collect(),
        };
        Lines {
            title: "Error < by & pass".to_string(),
            x: Axis::linear("pass"),
            y: Axis { label: "error in %".to_string(), logarithmic },
            series: vec![
                of("test, ours", Source::Ours, 20),
                of("training, ours", Source::Ours, 4),
                of("test, paper", Source::Paper, 20),
                of("one point", Source::Paper, 1),
            ],
            limits: vec![Limit { x: 3.0, label: "here".into() }, Limit { x: 99.0, label: "outside".into() }],
        }
    }

    fn bars() -> Bars {
        let bar = |label: &str, value, source| Bar {
            label: label.to_string(),
            value,
            interval: (source == Source::Ours).then_some((value * 0.9, value * 1.1)),
            source,
        };
        let bars = vec![bar("ours", 0.9, Source::Ours), bar("LeNet-4", 1.1, Source::Paper)];
        Bars { title: "Errors".to_string(), label: "error in %".to_string(), bars }
    }

    fn count(document: &Document<'_>, class: &str) -> usize {
        let has =
            |node: &Node<'_, '_>| node.attribute("class").is_some_and(|c| c.split(' ').any(|c| c == class));
        document.descendants().filter(has).count()
    }

    #[test]
    fn every_series_is_drawn_and_said_in_well_formed_xml() {
        for logarithmic in [false, true] {
            let svg = lines(logarithmic).svg();
            for text in [svg.clone(), standalone(&svg)] {
                let document = Document::parse(&text).unwrap();
                assert_eq!((count(&document, "ours"), count(&document, "paper")), (4, 4), "lines and legend");
                assert_eq!((count(&document, "curve"), count(&document, "band")), (3 + 4, 2));
                // A dot for each point, and one for each entry of the legend.
                assert_eq!(count(&document, "dot"), 20 + 4 + 20 + 1 + 4);
                assert_eq!((count(&document, "whisker"), count(&document, "limit")), (4 + 1, 1));
                let words = document
                    .descendants()
                    .find(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "desc")));
                let words = words.and_then(|node| node.text()).unwrap();
                for series in &lines(false).series {
                    assert!(words.contains(&series.name), "{words}");
                }
                assert!(text.contains("Error &lt; by &amp; pass") && !text.contains("outside"));
                assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            }
        }
    }

    #[test]
    fn every_bar_is_drawn_with_its_value_and_its_interval() {
        let svg = bars().svg();
        let document = Document::parse(&svg).unwrap();
        assert_eq!((count(&document, "bar"), count(&document, "whisker")), (2, 1));
        assert_eq!((count(&document, "ours"), count(&document, "paper")), (1, 1));
        for part in ["ours: 0.9 (0.81 to 0.99)", "LeNet-4: 1.1", ">0.90<", ">1.10<", "error in %"] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
    }

    #[test]
    fn a_plot_of_nothing_is_still_a_drawing() {
        let empty = Lines { series: Vec::new(), ..lines(true) };
        let flat = Bars { bars: vec![Bar { value: 0.0, ..bars().bars[1].clone() }], ..bars() };
        for svg in [empty.svg(), flat.svg(), Bars { bars: Vec::new(), ..bars() }.svg()] {
            assert!(Document::parse(&svg).is_ok() && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }

    #[test]
    fn a_plot_comes_back_from_json() {
        let text = serde_json::to_string(&lines(true)).unwrap();
        assert_eq!(serde_json::from_str::<Lines>(&text).unwrap(), lines(true));
    }
}
