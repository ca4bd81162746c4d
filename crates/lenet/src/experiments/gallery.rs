//! Pictures side by side: for the page, where they flow as there is room, and as a file of its own.

use super::outcome::{Gallery, Picture};
use crate::data::Image;
use crate::data::SIDE;
use crate::data::normalise::scale;
use crate::report::html::escape;
use crate::report::paint::{Grid, data_uri, ink};
use crate::report::plot::STYLE;

/// Pixels of the file from left to right, around a picture, and of a line of words.
const WIDTH: f64 = 960.0;
const GAP: f64 = 10.0;
const LINE: f64 = 15.0;
/// Width of a letter, on the average.
const LETTER: f64 = 6.4;

/// A digit as a picture with `zoom` pixels of the page for each of its own.
pub(super) fn digit(image: &Image, zoom: u32, alt: String, caption: Vec<String>, marked: bool) -> Picture {
    let inputs: Vec<f32> = image.iter().map(|&pixel| scale(pixel)).collect();
    let uri = data_uri(&ink(&inputs, Grid::one(SIDE, SIDE)));
    let side = SIDE as u32 * zoom;
    Picture { uri, width: side, height: side, alt, caption, marked }
}

/// The gallery as markup for a page.
pub(super) fn html(gallery: &Gallery) -> String {
    let picture = |picture: &Picture| {
        let caption: Vec<String> = picture.caption.iter().map(|line| escape(line)).collect();
        format!(
            "<figure{}><img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}\" /><figcaption>{}</figcaption></figure>\n",
            if picture.marked { " class=\"marked\"" } else { "" },
            picture.uri,
            picture.width,
            picture.height,
            escape(&picture.alt),
            caption.join("<br />")
        )
    };
    let pictures: String = gallery.pictures.iter().map(picture).collect();
    let mark = if gallery.mark.is_empty() {
        String::new()
    } else {
        format!("<p class=\"faint\"><span class=\"mark\">framed</span>: {}</p>\n", escape(&gallery.mark))
    };
    format!("<h3>{}</h3>\n{mark}<div class=\"gallery\">\n{pictures}</div>\n", escape(&gallery.title))
}

/// The gallery as an SVG file.
pub(super) fn svg(gallery: &Gallery) -> String {
    let (mut content, mut left, mut top, mut tallest) = (String::new(), GAP, 44.0, 0.0f64);
    for picture in &gallery.pictures {
        let letters = picture.caption.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let width = f64::from(picture.width).max(letters as f64 * LETTER);
        if left > GAP && left + width + GAP > WIDTH {
            (left, top, tallest) = (GAP, top + tallest, 0.0);
        }
        content += &cell(picture, left, top);
        let height = f64::from(picture.height) + LINE * picture.caption.len() as f64 + 2.0 * GAP;
        (left, tallest) = (left + width + GAP, tallest.max(height));
    }
    let height = top + tallest + GAP;
    let title = escape(&gallery.title);
    let mark = if gallery.mark.is_empty() {
        String::new()
    } else {
        format!("<text class=\"label\" x=\"{GAP}\" y=\"36\">framed: {}</text>\n", escape(&gallery.mark))
    };
    let words: Vec<&str> = gallery.pictures.iter().map(|picture| picture.alt.as_str()).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" role=\"img\" aria-label=\"{title}\" \
         viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" height=\"{height:.0}\"><style>\n{STYLE}\
         .plot {{ background: var(--plot-paper); }}\n.plot image {{ image-rendering: pixelated; }}\n\
         .plot .framed {{ fill: none; stroke: var(--plot-1); stroke-width: 2; }}\n</style>\n<title>{title}</title>\n\
         <desc>{}</desc>\n<text class=\"heading\" x=\"{GAP}\" y=\"20\">{title}</text>\n{mark}{content}</svg>\n",
        escape(&words.join("; "))
    )
}

fn cell(picture: &Picture, left: f64, top: f64) -> String {
    let (width, height) = (picture.width, picture.height);
    let mut svg = format!(
        "<image x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width}\" height=\"{height}\" href=\"{}\" />\n",
        picture.uri
    );
    if picture.marked {
        svg += &format!(
            "<rect class=\"framed\" x=\"{:.1}\" y=\"{:.1}\" width=\"{}\" height=\"{}\" />\n",
            left - 2.0,
            top - 2.0,
            width + 4,
            height + 4
        );
    }
    for (k, line) in picture.caption.iter().enumerate() {
        let base = top + f64::from(height) + LINE * (k as f64 + 1.0);
        svg += &format!("<text class=\"label\" x=\"{left:.1}\" y=\"{base:.1}\">{}</text>\n", escape(line));
    }
    svg
}
