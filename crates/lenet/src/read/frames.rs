//! Boxes around digits, as forms have them: a part whose outline is straight on all four sides, and thin.
//!
//! The sides of a small box are no longer than some strokes, so that [`super::rules`] can't tell each of them from a stroke by itself. All
//! four together are no digit: from the left, from the right, from above and from below the first ink is on a straight line, paper comes soon
//! behind it, and then something else.

use super::boxes::Box;
use super::ink::Ink;
use super::parts::{Part, SOLID, connected};
use super::straight::{FAINT, Rule, SHORTEST, THICKEST};

/// Where solid ink makes no box, fainter ink may, on a picture of not more pixels than this: on larger ones lines are thick enough to hold
/// together, and a second look takes time.
const LOOKED_AT_TWICE: usize = 600 * 600;
/// Slope of a side, at most: 10 degrees.
const STEEPEST: f32 = 0.18;
/// Pixels that the outline may lie beside a side's line,
const STRAY: f32 = 1.5;
/// on this share of its length at least.
const STRAIGHT: f32 = 0.85;
/// The share of a box's shorter side that a line is thick, at most.
const THICK: f32 = 0.2;
/// Of a box, the share of pixels within it that must be ink: there is something in it.
const FILLED: f32 = 0.01;
/// Ink on a side is a stroke if it is not longer than this share of the box's height.
const STROKE: f32 = 0.6;

/// Takes boxes away from the ink; returns what parts it then has, and whether there were any.
pub(super) fn without_frames(ink: &mut Ink, parts: Vec<Part>) -> (Vec<Part>, bool) {
    let mut found = frames(&parts, ink, SOLID);
    if found.is_empty() && ink.values.len() <= LOOKED_AT_TWICE {
        let faint: Vec<u8> = ink.values.iter().map(|value| if *value >= FAINT { 255 } else { 0 }).collect();
        found = frames(&connected(&faint, ink.width), ink, FAINT);
    }
    if found.is_empty() {
        return (parts, false);
    }
    for (height, sides) in &found {
        sides.iter().for_each(|side| side.erase(ink, STROKE * height));
    }
    let sides = || found.iter().flat_map(|(_, sides)| sides);
    let mut parts = connected(&ink.values, ink.width);
    parts.retain(|part| !sides().any(|side| side.has(part)));
    (sides().fold(parts, |parts, side| side.rejoined(parts)), true)
}

/// The sides of those parts that are boxes, and how high these are; the parts have all ink that is at least so dark.
fn frames(parts: &[Part], ink: &Ink, least: u8) -> Vec<(f32, [Rule; 4])> {
    parts.iter().filter_map(|part| Some((part.bbox.height as f32, sides(part, ink, least)?))).collect()
}

/// The sides of a part that is a box with something in it, and no part of squared paper: left, right, upper, lower.
fn sides(part: &Part, ink: &Ink, least: u8) -> Option<[Rule; 4]> {
    let Box { x, y, width, height } = part.bbox;
    let across = x == 0 && width == ink.width || y == 0 && height == ink.height;
    if across || width.min(height) < SHORTEST || part.area * 2 > width * height {
        return None;
    }
    let outlines = Outlines::of(part);
    let most = (THICK * width.min(height) as f32).min(THICKEST.into());
    let side = |upright: bool, first: bool| {
        outlines.side(ink, least, upright, first).filter(|side| side.thickness <= most)
    };
    let sides = [side(true, true)?, side(true, false)?, side(false, true)?, side(false, false)?];
    has_something_in(ink, &part.bbox, &sides).then_some(sides)
}

/// Whether there is ink within the sides.
fn has_something_in(ink: &Ink, bbox: &Box, [left, right, upper, lower]: &[Rule; 4]) -> bool {
    let margin = |side: &Rule| side.thickness / 2.0 + 1.5;
    let (mut inked, mut all) = (0, 0);
    for y in bbox.y..bbox.bottom() {
        let from = (left.across(y) + margin(left)).max(0.0) as usize;
        let to = (right.across(y) - margin(right)).max(0.0) as usize;
        for x in from..to.min(ink.width) {
            let within =
                y as f32 > upper.across(x) + margin(upper) && (y as f32) < lower.across(x) - margin(lower);
            all += usize::from(within);
            inked += usize::from(within && ink.values[y * ink.width + x] >= SOLID);
        }
    }
    all > 0 && inked as f32 >= FILLED * all as f32
}

/// Where a part begins and ends, row by row and column by column.
struct Outlines {
    bbox: Box,
    /// The first and the last pixel of each row.
    rows: Vec<[usize; 2]>,
    /// The same of each column.
    columns: Vec<[usize; 2]>,
}

impl Outlines {
    fn of(part: &Part) -> Self {
        let mut outlines = Outlines {
            bbox: part.bbox,
            rows: vec![[usize::MAX, 0]; part.bbox.height],
            columns: vec![[usize::MAX, 0]; part.bbox.width],
        };
        let widen = |ends: &mut [usize; 2], at: usize| *ends = [ends[0].min(at), ends[1].max(at)];
        for run in &part.runs {
            let (y, start, end) = (run.y as usize, run.start as usize, run.end as usize);
            widen(&mut outlines.rows[y - part.bbox.y], start);
            widen(&mut outlines.rows[y - part.bbox.y], end - 1);
            (start..end).for_each(|x| widen(&mut outlines.columns[x - part.bbox.x], y));
        }
        outlines
    }

    /// The first or the last of a part's upright or level sides, if it is straight.
    fn side(&self, ink: &Ink, least: u8, upright: bool, first: bool) -> Option<Rule> {
        let (outline, start) = if upright { (&self.rows, self.bbox.y) } else { (&self.columns, self.bbox.x) };
        let outline: Vec<f32> = outline.iter().map(|ends| ends[usize::from(!first)] as f32).collect();
        let (at, slope) = line(&outline)?;
        let near: Vec<usize> =
            (0..outline.len()).filter(|k| (outline[*k] - at - slope * *k as f32).abs() <= STRAY).collect();
        if (near.len() as f32) < STRAIGHT * outline.len() as f32 || slope.abs() > STEEPEST {
            return None;
        }
        // From the outline inwards, how far ink goes and how dark it is.
        let value = |along: usize, across: usize| {
            let (x, y) = if upright { (across, along) } else { (along, across) };
            if x < ink.width && y < ink.height { ink.values[y * ink.width + x] } else { 0 }
        };
        let mut depths = Vec::new();
        let mut darkest = Vec::new();
        for k in near {
            let inwards = |depth: usize| {
                let outer = outline[k] as usize;
                value(start + k, if first { outer + depth } else { outer.wrapping_sub(depth) })
            };
            let depth = (0..=usize::from(THICKEST)).take_while(|depth| inwards(*depth) >= least).count();
            depths.push(depth);
            darkest.push((0..depth).map(inwards).max().unwrap_or(0));
        }
        depths.sort_unstable();
        darkest.sort_unstable();
        let thickness = depths[depths.len() / 2] as f32;
        let inwards = (thickness - 1.0) / 2.0;
        let middle = at - slope * start as f32 + if first { inwards } else { -inwards };
        Some(Rule {
            upright,
            at: middle,
            slope,
            start,
            end: start + outline.len(),
            thickness,
            dark: darkest[darkest.len() / 2],
            spans: false,
        })
    }
}

/// A line through most of these values, at = 0 for the first one, and its slope; corners and what sticks out do not move it.
fn line(values: &[f32]) -> Option<(f32, f32)> {
    let third = values.len() / 3;
    let median = |values: &[f32]| {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    };
    let slope = (median(&values[values.len() - third..])? - median(&values[..third])?)
        / (values.len() - third) as f32;
    let level: Vec<f32> = values.iter().enumerate().map(|(k, value)| value - slope * k as f32).collect();
    Some((median(&level)?, slope))
}

#[cfg(test)]
mod tests {
    use super::super::ink::Polarity;
    use super::*;

    /// A page on which these pixels are ink.
    fn page(inked: impl Fn(usize, usize) -> bool) -> Ink {
        let values = (0..80 * 60).map(|at| if inked(at % 80, at / 80) { 255 } else { 0 }).collect();
        Ink {
            width: 80,
            height: 60,
            values,
            polarity: Polarity::DarkOnLight,
            likely: 1.0,
            far_fetched: false,
        }
    }

    /// The outline of a rectangle, two pixels wide.
    fn outline(x: usize, y: usize, [left, right, top, bottom]: [usize; 4]) -> bool {
        let within = |shrunk: usize| {
            (left + shrunk..right - shrunk).contains(&x) && (top + shrunk..bottom - shrunk).contains(&y)
        };
        within(0) && !within(2)
    }

    fn left(mut ink: Ink) -> (Vec<Box>, bool) {
        let parts = connected(&ink.values, ink.width);
        let (parts, any) = without_frames(&mut ink, parts);
        (parts.iter().map(|part| part.bbox).collect(), any)
    }

    #[test]
    fn of_a_box_with_a_stroke_in_it_the_stroke_is_left() {
        let stroke = |x: usize, y: usize| (38..41).contains(&x) && (18..42).contains(&y);
        let boxed = page(|x, y| outline(x, y, [20, 60, 10, 50]) || stroke(x, y));
        assert_eq!(left(boxed), (vec![Box { x: 38, y: 18, width: 3, height: 24 }], true));
        // A stroke that runs through the lower side keeps what is within and what is beyond.
        let crossing =
            page(|x, y| outline(x, y, [20, 60, 10, 50]) || (38..42).contains(&x) && (18..56).contains(&y));
        assert_eq!(left(crossing), (vec![Box { x: 38, y: 18, width: 4, height: 38 }], true));
    }

    #[test]
    fn what_is_round_or_empty_or_squared_paper_is_no_box() {
        let ring = |x: usize, y: usize| {
            let far = (x as f32 - 40.0).hypot(y as f32 - 30.0);
            (18.0..22.0).contains(&far)
        };
        let dot = |x: usize, y: usize| (36..44).contains(&x) && (26..34).contains(&y);
        assert!(!left(page(|x, y| ring(x, y) || dot(x, y))).1);
        assert!(!left(page(|x, y| outline(x, y, [20, 60, 10, 50]))).1);
        let lines = |x: usize, y: usize| [20, 21, 59, 60].contains(&x) || [10, 11, 49, 50].contains(&y);
        assert!(!left(page(|x, y| lines(x, y) || dot(x, y))).1);
    }
}
