//! Drawing of bars: one below the other, each with its value.

use super::scale::Scale;
use super::{Bar, Bars, Source, WIDTH, drawing, with_interval};
use crate::report::html::escape;

/// Pixels above the bars, below them, and of a row.
const TOP: f64 = 32.0;
const BOTTOM: f64 = 42.0;
const ROW: f64 = 22.0;
/// Pixels for the values at the right, and the widest labels.
const VALUES: f64 = 54.0;
const LABELS: f64 = 210.0;
/// Width of a letter, on the average.
const LETTER: f64 = 6.3;

impl Bars {
    /// The drawing, for a page with [`super::STYLE`].
    pub fn svg(&self) -> String {
        let longest = self.bars.iter().map(|bar| bar.label.chars().count()).max().unwrap_or(0);
        let left = (longest as f64 * LETTER + 16.0).min(LABELS);
        let bottom = TOP + ROW * self.bars.len() as f64;
        let high = self.bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
        let ends = self.bars.iter().filter_map(|bar| bar.interval).map(|(_, end)| end.min(1.5 * high));
        let values = [0.0, if high > 0.0 { high } else { 1.0 }].into_iter().chain(ends);
        let x = Scale::of(values, false, left, WIDTH - VALUES).rounded();
        let mut content = String::new();
        for (value, text) in x.ticks() {
            let at = x.at(value);
            content += &format!(
                "<line class=\"grid\" x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{bottom}\" />\
                 <text class=\"tick\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>\n",
                bottom + 16.0
            );
        }
        for (k, bar) in self.bars.iter().enumerate() {
            content += &row(bar, TOP + ROW * k as f64, left, &x);
        }
        content += &format!(
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n",
            (left + WIDTH - VALUES) / 2.0,
            bottom + 34.0,
            escape(&self.label)
        );
        drawing(&self.title, &self.words(), bottom + BOTTOM, &content)
    }

    fn words(&self) -> String {
        let bar = |bar: &Bar| {
            let of = if bar.source == Source::Paper { " (the paper's value)" } else { "" };
            format!("{}: {}{of}", bar.label, with_interval(bar.value, bar.interval))
        };
        let bars: Vec<String> = self.bars.iter().map(bar).collect();
        format!("{}. {}", self.label, bars.join(", "))
    }
}

fn row(bar: &Bar, top: f64, left: f64, x: &Scale) -> String {
    let middle = top + ROW / 2.0;
    let whisker = bar.interval.map_or(String::new(), |(low, high)| {
        let (low, high) = (x.at(low), x.at(high));
        format!(
            "<path class=\"whisker\" d=\"M{low:.1} {:.1}v6M{low:.1} {middle:.1}H{high:.1}M{high:.1} {:.1}v6\" />",
            middle - 3.0,
            middle - 3.0
        )
    });
    let colour = usize::from(bar.source == Source::Paper);
    format!(
        "<g class=\"{} c{colour}\"><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
         <rect class=\"bar\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" />{whisker}\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{:.2}</text></g>\n",
        bar.source.class(),
        left - 6.0,
        middle + 4.0,
        escape(&bar.label),
        top + 4.0,
        (x.at(bar.value) - left).max(0.0),
        ROW - 8.0,
        WIDTH - 6.0,
        middle + 4.0,
        bar.value,
    )
}
