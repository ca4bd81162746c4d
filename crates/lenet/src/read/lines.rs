//! Parts stand in lines, which may be slanted; lines are read from the top, parts from the left.

use super::parts::Part;
use super::whole::LINES;

/// A part lower than this share of the digits beside it may be a comma.
const COMMA: f32 = 0.5;

/// Parts in a row, from left to right.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) parts: Vec<Part>,
    /// How high the digits of this line usually are, in pixels.
    pub(super) height: f32,
}

/// The lines of a page in reading order.
pub(super) fn rows(mut parts: Vec<Part>) -> Vec<Row> {
    parts.sort_by_key(|part| (part.bbox.x, part.bbox.y));
    let slope = slope(&parts);
    // Where the middle of a part would be if lines were level.
    let level = |part: &Part, y: f32| y - slope * (part.bbox.x as f32 + part.bbox.width as f32 / 2.0);
    let spans: Vec<(f32, f32)> = parts
        .iter()
        .map(|part| (level(part, part.bbox.y as f32), level(part, part.bbox.bottom() as f32)))
        .collect();
    let mut next: Vec<Option<usize>> = vec![None; parts.len()];
    let mut first = vec![true; parts.len()];
    for left in 0..parts.len() {
        let found = (left + 1..parts.len()).find(|right| same_line(spans[left], spans[*right]));
        next[left] = found;
        found.into_iter().for_each(|right| first[right] = false);
    }
    // Several parts may have the same one to their right: chains that end alike are one line.
    let mut line_of = vec![usize::MAX; parts.len()];
    let mut lines = 0;
    for k in (0..parts.len()).rev() {
        line_of[k] = match next[k] {
            Some(right) => line_of[right],
            None => {
                lines += 1;
                lines - 1
            }
        };
    }
    let mut grouped: Vec<(Vec<Part>, f32)> = vec![(Vec::new(), 0.0); lines];
    for ((part, line), span) in parts.into_iter().zip(line_of).zip(&spans) {
        grouped[line].1 += span.0 + span.1;
        grouped[line].0.push(part);
    }
    let mut ordered: Vec<(f32, Row)> =
        grouped.into_iter().map(|(parts, sum)| (sum / parts.len() as f32, Row::of(parts))).collect();
    ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
    without_commas(ordered.into_iter().map(|(_, row)| row).collect())
}

/// The rows but for those that are commas: each part low beside a row, at the foot of its digits.
fn without_commas(rows: Vec<Row>) -> Vec<Row> {
    // A texture has more rows than that, and no time to compare all with all.
    if rows.len() > LINES {
        return rows;
    }
    let comma = |part: &Part, row: &Row| {
        let (mark, height) = (&part.bbox, row.height);
        let before = row.parts.iter().rev().find(|digit| digit.bbox.right() <= mark.x + mark.width / 2);
        before.is_some_and(|digit| {
            let digit = &digit.bbox;
            let foot = digit.bottom() as f32;
            (mark.height as f32) < COMMA * height
                && mark.x < digit.right() + height as usize
                && mark.y as f32 > foot - COMMA * height
                && (mark.y as f32) < foot + 0.2 * height
        })
    };
    let commas = |row: &Row| {
        rows.iter()
            .any(|other| row.height < COMMA * other.height && row.parts.iter().all(|part| comma(part, other)))
    };
    let stay: Vec<bool> = rows.iter().map(|row| !commas(row)).collect();
    rows.into_iter().zip(stay).filter_map(|(row, stays)| stays.then_some(row)).collect()
}

impl Row {
    fn of(parts: Vec<Part>) -> Self {
        let mut heights: Vec<usize> = parts.iter().map(|part| part.bbox.height).collect();
        heights.sort_unstable();
        Row { height: heights[heights.len() / 2] as f32, parts }
    }
}

/// Whether two spans of rows share half of the lower one.
fn same_line(a: (f32, f32), b: (f32, f32)) -> bool {
    let shared = a.1.min(b.1) - a.0.max(b.0);
    shared > 0.5 * (a.1 - a.0).min(b.1 - b.0)
}

/// How many rows the lines of the page go down for each column to the right: the median over near neighbours.
fn slope(parts: &[Part]) -> f32 {
    let mut slopes = Vec::new();
    for (k, part) in parts.iter().enumerate() {
        let a = &part.bbox;
        let beside = parts[k + 1..]
            .iter()
            .map(|right| &right.bbox)
            .find(|b| b.x >= a.x + a.width / 2 && a.shared_rows(b) * 2 > a.height.min(b.height) as isize);
        let Some(b) = beside.filter(|b| b.x < a.right() + 3 * a.height) else { continue };
        // Middles of tops and bottoms; parts of very different height say little.
        if b.height * 2 > a.height && a.height * 2 > b.height {
            let across = (2 * b.x + b.width) as f32 - (2 * a.x + a.width) as f32;
            let down = (2 * b.y + b.height) as f32 - (2 * a.y + a.height) as f32;
            slopes.push(down / across.max(1.0));
        }
    }
    if slopes.len() < 4 {
        return 0.0;
    }
    slopes.sort_by(f32::total_cmp);
    slopes[slopes.len() / 2].clamp(-0.2, 0.2)
}
