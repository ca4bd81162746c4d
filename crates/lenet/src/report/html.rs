//! Markup: what text must become in it, pictures and drawings with words for those who can't see them, the page around.

use super::paint::data_uri;
use image::RgbaImage;

/// Text as it stands in markup, between tags or in an attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            // No XML may contain other control characters, escaped or not.
            c if c.is_control() && c != '\n' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A picture of `zoom` x `zoom` pixels of the page for each of its own.
pub(crate) fn img(picture: &RgbaImage, zoom: u32, alt: &str) -> String {
    let (width, height) = (picture.width() * zoom, picture.height() * zoom);
    let (uri, alt) = (data_uri(picture), escape(alt));
    format!(r#"<img src="{uri}" width="{width}" height="{height}" alt="{alt}" />"#)
}

/// Something to look at and what it is; `caption` is markup.
pub(crate) fn figure(content: &str, caption: &str) -> String {
    format!("<figure>{content}<figcaption>{caption}</figcaption></figure>\n")
}

/// A part of the page with a heading and markup.
pub(crate) fn section(id: &str, heading: &str, content: &str) -> String {
    format!("<section id=\"{id}\">\n<h2>{}</h2>\n{content}</section>\n", escape(heading))
}

/// One bar of [`bars`].
pub(crate) struct Bar {
    /// What stands at its left.
    pub(crate) label: String,
    /// Its length.
    pub(crate) value: f32,
    /// The class that gives it its colour, see style.css.
    pub(crate) class: &'static str,
}

/// A drawing of horizontal bars, each with its value; negative ones go to the left. `what` is said to those who can't see,
/// with the values.
pub(crate) fn bars(what: &str, bars: &[Bar], decimals: usize) -> String {
    /// Of the labels, the bars and the values; and the height of a row.
    const LEFT: f32 = 18.0;
    const WIDTH: f32 = 150.0;
    const RIGHT: f32 = 52.0;
    const ROW: f32 = 17.0;
    let (low, high) = bars.iter().fold((0.0f32, 0.0f32), |(l, h), bar| (l.min(bar.value), h.max(bar.value)));
    let per_unit = if high > low { WIDTH / (high - low) } else { 0.0 };
    let zero = LEFT - low * per_unit;
    let (width, height) = (LEFT + WIDTH + RIGHT, ROW * bars.len() as f32);
    let values: Vec<String> =
        bars.iter().map(|bar| format!("{}: {:.decimals$}", bar.label, bar.value)).collect();
    let label = escape(&format!("{what}; {}", values.join(", ")));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" aria-label=\"{label}\">\n"
    );
    for (k, bar) in bars.iter().enumerate() {
        let (top, base) = (k as f32 * ROW, k as f32 * ROW + 13.0);
        let length = bar.value.abs() * per_unit;
        let left = if bar.value < 0.0 { zero - length } else { zero };
        svg += &format!(
            "<g class=\"{}\"><text x=\"{:.1}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>\
             <rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"{:.1}\" />\
             <text x=\"{width:.1}\" y=\"{base:.1}\" text-anchor=\"end\">{:.decimals$}</text></g>\n",
            bar.class,
            LEFT - 5.0,
            escape(&bar.label),
            top + 3.0,
            ROW - 6.0,
            bar.value,
        );
    }
    svg + &format!("<line x1=\"{zero:.1}\" y1=\"0\" x2=\"{zero:.1}\" y2=\"{height}\" /></svg>")
}

/// The strip that explains the colours of signed values.
pub(crate) fn legend(scale: f32) -> String {
    format!(
        "<p class=\"legend\"><span>&#8722;{scale:.2}</span><span class=\"strip\" aria-hidden=\"true\"></span>\
         <span>+{scale:.2}</span><span class=\"words\">blue is negative, red positive, the ground zero</span></p>\n"
    )
}

/// The whole page, with more style than all pages have; `body` is markup.
pub(crate) fn document(title: &str, more_style: &str, body: &str) -> String {
    let (title, style) = (escape(title), include_str!("style.css"));
    format!(
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n<title>{title}</title>\n\
         <style>\n{style}{more_style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_taken_for_markup() {
        assert_eq!(escape("a<b> & \"c\"\u{1b}"), "a&lt;b&gt; &amp; &quot;c&quot;\u{fffd}");
    }

    #[test]
    fn bars_of_both_signs_share_one_zero_and_fill_the_width() {
        let bar = |value| Bar { label: "x".to_string(), value, class: "penalty" };
        let svg = bars("test", &[bar(-1.0), bar(2.0)], 1);
        // 150 wide for 3 units, after 18 of labels.
        for part in [
            "<rect x=\"18.0\" y=\"3.0\" width=\"50.0\"",
            "<rect x=\"68.0\" y=\"20.0\" width=\"100.0\"",
            "x: -1.0, x: 2.0",
        ] {
            assert!(svg.contains(part), "{part}: {svg}");
        }
        assert!(!bars("all zero", &[bar(0.0)], 1).contains("NaN"));
    }
}
