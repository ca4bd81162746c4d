//! Drawing of lines: axes, curves with their intervals, legend.

use super::scale::Scale;
use super::{COLOURS, Lines, Point, Series, Source, WIDTH, drawing, said, with_interval};
use crate::report::html::escape;

/// Pixels left and right of the curves, above the legend, below the curves.
const LEFT: f64 = 50.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 44.0;
/// Height of the curves, and of a row of the legend.
const HEIGHT: f64 = 226.0;
const ROW: f64 = 17.0;
/// Width of a letter, on the average, and of the sample before a name.
const LETTER: f64 = 6.1;
const SAMPLE: f64 = 34.0;
/// From so many points on intervals are a band, of fewer a whisker each.
const BAND: usize = 10;

impl Lines {
    /// The drawing, for a page with [`super::STYLE`].
    pub fn svg(&self) -> String {
        let (legend, rows) = self.legend();
        let (top, bottom) = (TOP + rows as f64 * ROW + 8.0, TOP + rows as f64 * ROW + 8.0 + HEIGHT);
        let points = || self.series.iter().flat_map(|series| &series.points);
        let x = Scale::of(points().map(|point| point.x), self.x.logarithmic, LEFT + 6.0, WIDTH - RIGHT - 6.0);
        let y = Scale::of(self.heights().into_iter(), self.y.logarithmic, bottom, top).rounded();
        let mut content = self.axes(&x, &y, top, bottom);
        for (k, series) in self.series.iter().enumerate() {
            content += &self.curve(k, series, &x, &y);
        }
        drawing(&self.title, &self.words(), bottom + BOTTOM, &(content + &legend))
    }

    /// What the vertical axis must reach: every point, and intervals as far as they leave the points room.
    fn heights(&self) -> Vec<f64> {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let (low, high) = points().fold((f64::INFINITY, 0.0f64), |(l, h), p| (l.min(p.y), h.max(p.y)));
        let ends = points().filter_map(|point| point.interval).flat_map(|(l, h)| [l, h]);
        let floor = if self.y.logarithmic { low / 2.0 } else { low.min(0.0) };
        points().map(|point| point.y).chain(ends.map(|end| end.clamp(floor.min(high), 1.3 * high))).collect()
    }

    fn axes(&self, x: &Scale, y: &Scale, top: f64, bottom: f64) -> String {
        let right = WIDTH - RIGHT;
        let mut svg = String::new();
        for (value, text) in y.ticks() {
            let at = y.at(value);
            svg += &format!(
                "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{at:.1}\" x2=\"{right}\" y2=\"{at:.1}\" />\
                 <text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>\n",
                LEFT - 6.0,
                at + 4.0
            );
        }
        for (value, text) in x.ticks() {
            let at = x.at(value);
            svg += &format!(
                "<line class=\"frame\" x1=\"{at:.1}\" y1=\"{bottom}\" x2=\"{at:.1}\" y2=\"{:.1}\" />\
                 <text class=\"tick\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>\n",
                bottom + 4.0,
                bottom + 18.0
            );
        }
        for limit in self.limits.iter().filter(|limit| x.reaches(limit.x)) {
            let (at, label) = (x.at(limit.x), escape(&limit.label));
            svg += &format!(
                "<line class=\"limit\" x1=\"{at:.1}\" y1=\"{top}\" x2=\"{at:.1}\" y2=\"{bottom}\" />\
                 <text class=\"note\" transform=\"translate({:.1} {:.1}) rotate(-90)\" text-anchor=\"end\">{label}</text>\n",
                at - 4.0,
                top + 4.0
            );
        }
        svg + &format!(
            "<line class=\"frame\" x1=\"{LEFT}\" y1=\"{bottom}\" x2=\"{right}\" y2=\"{bottom}\" />\n\
             <text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text class=\"label\" transform=\"translate(13 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
            (LEFT + right) / 2.0,
            bottom + 36.0,
            escape(&self.x.label),
            (top + bottom) / 2.0,
            escape(&self.y.label),
        )
    }

    /// The place of a series among those of its source: it decides colour and shape.
    fn place(&self, k: usize) -> usize {
        self.series[..k].iter().filter(|series| series.source == self.series[k].source).count()
    }

    fn curve(&self, k: usize, series: &Series, x: &Scale, y: &Scale) -> String {
        let place = self.place(k);
        let at = |point: &Point| (x.at(point.x), y.at(point.y));
        let mut svg = format!("<g class=\"{} c{}\">\n", series.source.class(), place % COLOURS);
        let intervals: Vec<(f64, f64, f64)> = series
            .points
            .iter()
            .filter_map(|point| point.interval.map(|(low, high)| (x.at(point.x), y.at(low), y.at(high))))
            .collect();
        if intervals.len() >= BAND {
            let upper = intervals.iter().map(|(x, _, high)| format!("{x:.1},{high:.1}"));
            let lower = intervals.iter().rev().map(|(x, low, _)| format!("{x:.1},{low:.1}"));
            let outline: Vec<String> = upper.chain(lower).collect();
            svg += &format!("<polygon class=\"band\" points=\"{}\" />\n", outline.join(" "));
        } else {
            for (x, low, high) in intervals {
                svg += &format!(
                    "<path class=\"whisker\" d=\"M{:.1} {low:.1}h6M{x:.1} {low:.1}V{high:.1}M{:.1} {high:.1}h6\" />\n",
                    x - 3.0,
                    x - 3.0
                );
            }
        }
        if series.points.len() > 1 {
            let corners: Vec<String> =
                series.points.iter().map(at).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            svg += &format!("<polyline class=\"curve\" points=\"{}\" />\n", corners.join(" "));
        }
        let size = if series.points.len() > 30 { 1.8 } else { 3.0 };
        series.points.iter().map(at).for_each(|place_of| svg += &dot(place, place_of, size));
        svg + "</g>\n"
    }

    /// The legend and its number of rows.
    fn legend(&self) -> (String, usize) {
        let (mut svg, mut left, mut row) = (String::new(), 8.0, 0);
        for (k, series) in self.series.iter().enumerate() {
            let width = SAMPLE + LETTER * series.name.chars().count() as f64 + 14.0;
            if left > 8.0 && left + width > WIDTH {
                (left, row) = (8.0, row + 1);
            }
            let place = self.place(k);
            let line = TOP + f64::from(row) * ROW + 10.0;
            svg += &format!(
                "<g class=\"{} c{}\"><path class=\"curve\" d=\"M{left} {line}h26\" />{}<text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>\n",
                series.source.class(),
                place % COLOURS,
                dot(place, (left + 13.0, line), 3.0),
                left + SAMPLE - 2.0,
                line + 4.0,
                escape(&series.name)
            );
            left += width;
        }
        (svg, row as usize + 1)
    }

    /// All of it in words.
    fn words(&self) -> String {
        let series = self.series.iter().map(|series| {
            let points: Vec<String> = series
                .points
                .iter()
                .map(|point| format!("{}: {}", said(point.x), with_interval(point.y, point.interval)))
                .collect();
            let of = if series.source == Source::Paper { " (the paper's values)" } else { "" };
            format!("{}{of}: {}", series.name, points.join(", "))
        });
        let series: Vec<String> = series.collect();
        format!("{} over {}. {}", self.y.label, self.x.label, series.join(". "))
    }
}

/// A circle, a square, a triangle or a diamond, so that series differ without their colours.
fn dot(place: usize, (x, y): (f64, f64), r: f64) -> String {
    match place % 4 {
        0 => format!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\" />\n"),
        1 => format!(
            "<path class=\"dot\" d=\"M{:.1} {:.1}h{2:.1}v{2:.1}h-{2:.1}z\" />\n",
            x - 0.9 * r,
            y - 0.9 * r,
            1.8 * r
        ),
        2 => format!(
            "<path class=\"dot\" d=\"M{x:.1} {:.1}l{:.1} {:.1}h-{:.1}z\" />\n",
            y - 1.2 * r,
            1.15 * r,
            2.1 * r,
            2.3 * r
        ),
        _ => {
            let d = 1.3 * r;
            let top = y - d;
            format!(
                "<path class=\"dot\" d=\"M{x:.1} {top:.1}l{d:.1} {d:.1}l-{d:.1} {d:.1}l-{d:.1} -{d:.1}z\" />\n"
            )
        }
    }
}
