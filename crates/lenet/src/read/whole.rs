//! Dirt is dropped and the pieces of a broken digit are joined: parts that may be digits are left.

use std::ops::Range;

use super::boxes::Box;
use super::ink::Ink;
use super::parts::{Part, SPECK, usual, usual_height};

/// Nothing is a digit whose longer side is shorter than this, in pixels.
const SMALLEST: f32 = 8.0;
/// Parts are dirt whose longer side is shorter, or which are lower, than this share of the digits' height.
const DIRT: f32 = 0.35;
/// Ink for each pixel of length, and the same in shares of the length, that a part must have next to the typical one.
const FAINTER: f32 = 0.18;
/// The same for what is also paler than this share of that part's mean ink.
const FAINT_AND_PALE: f32 = 0.5;
const PALE: f32 = 0.67;
/// The same for what is as slender as a rule.
const FAINT_RULE: f32 = 0.28;
/// What has sides between these shares of the typical part's may be written by another pen.
const WRITTEN: [f32; 2] = [0.5, 2.0];
/// As slender as a rule is what is so many times as long as it is wide.
const SLENDER: usize = 8;
/// A piece lies that is so many times as wide as it is high.
const LYING: f32 = 1.5;
/// A part lower than this share of the digits' height can't be a whole digit.
const WHOLE: f32 = 0.75;

/// Parts lower than this share of the page's usual height may be writing of another size,
const SMALL: f32 = 0.5;
/// if so many stand beside each other,
const COMPANY: usize = 4;
/// each at most so many times as high as the next one, and at most so many heights away from it.
const ALIKE: usize = 2;
const APART: f32 = 1.5;
/// From the left edge of one to that of the next there are not more of its heights than this,
const FAR: usize = 8;
/// and a page has not more lines than this; a texture has.
pub(super) const LINES: usize = 1_000;

/// Those of a page's parts that may be digits; `ruled` if rules were taken away from it.
pub(super) fn digits(mut parts: Vec<Part>, ink: &Ink, ruled: bool) -> Vec<Part> {
    parts.retain(|part| part.area >= SPECK && !part.fills_edges(ink.width, ink.height));
    drop_faint(&mut parts, ink, ruled);
    let (small, large) = by_size(parts);
    let mut digits = of_one_size(large);
    digits.extend(of_one_size(small));
    digits
}

/// Parts that are writing much smaller than what has most of the ink, such as the lines below a title; and all others.
fn by_size(parts: Vec<Part>) -> (Vec<Part>, Vec<Part>) {
    let most = usual_height(&parts) * SMALL;
    let small = |part: &Part| (part.longer_side() as f32) < most;
    let large_enough = |part: &&Part| small(part) && part.longer_side() as f32 >= SMALLEST;
    let rows = rows(parts.iter().filter(large_enough).map(|part| part.bbox).collect());
    let written = |part: &Part| {
        let Box { x, y, width, height } = part.bbox;
        let inside = |row: &Box| {
            (row.x..=row.right()).contains(&(x + width / 2))
                && (row.y..=row.bottom()).contains(&(y + height / 2))
        };
        small(part) && rows.iter().any(inside)
    };
    parts.into_iter().partition(written)
}

/// The boxes around those that stand beside each other as the digits of a line do; none if there are more of them than a page has lines.
fn rows(mut boxes: Vec<Box>) -> Vec<Box> {
    boxes.sort_by_key(|bbox| (bbox.x, bbox.y));
    // How many stand in a row up to each one, the box around them, and whether the row goes on.
    let mut rows: Vec<(usize, Box, bool)> = boxes.iter().map(|bbox| (1, *bbox, false)).collect();
    for right in 0..boxes.len() {
        let reach = FAR * boxes[right].height;
        let mut near = (0..right).rev().take_while(|left| boxes[right].x - boxes[*left].x <= reach);
        if let Some(left) = near.find(|left| next_to(&boxes[*left], &boxes[right])) {
            rows[right] = (rows[left].0 + 1, rows[left].1.and(&boxes[right]), false);
            rows[left].2 = true;
        }
    }
    let whole = rows.into_iter().filter(|(count, _, goes_on)| *count >= COMPANY && !goes_on);
    let rows: Vec<Box> = whole.map(|(_, bbox, _)| bbox).collect();
    if rows.len() > LINES { Vec::new() } else { rows }
}

/// Whether two boxes of one size may be neighbours in a number.
fn next_to(left: &Box, right: &Box) -> bool {
    let (lower, higher) = (left.height.min(right.height), left.height.max(right.height));
    let gap = -left.shared_columns(right);
    higher <= ALIKE * lower
        && (0..=(APART * higher as f32) as isize).contains(&gap)
        && left.shared_rows(right) * 2 > lower as isize
}

/// Those of the parts that may be digits, all of about one size.
fn of_one_size(mut parts: Vec<Part>) -> Vec<Part> {
    let height = usual_height(&parts);
    // Specks are dropped before pieces are joined, so that dirt does not stick to digits.
    parts.retain(|part| part.longer_side() as f32 >= height * 0.12);
    let mut parts = joined(parts, height);
    let least = usual(&parts, Part::digit_height) * DIRT;
    parts.retain(|part| part.longer_side() as f32 >= least.max(SMALLEST) && part.bbox.height as f32 >= least);
    parts
}

/// Drops what is drawn so much more thinly and faintly than most of the ink that no pen did both: what is left of rules. What is as large as
/// digits are, and no line, is the writing of another pen.
fn drop_faint(parts: &mut Vec<Part>, ink: &Ink, ruled: bool) {
    let weight = |part: &Part| part.ink(ink) as f32 / part.longer_side() as f32;
    let Some(main) = typical(parts, ink) else { return };
    let (most, long) = (weight(main), main.longer_side() as f32);
    let mean = |part: &Part| part.ink(ink) as f32 / part.area as f32;
    let pale = PALE * mean(main);
    parts.retain(|part| {
        let (weight, longer) = (weight(part), part.longer_side() as f32);
        let slender = SLENDER * part.bbox.width.min(part.bbox.height) <= part.longer_side();
        let least = match (mean(part) < pale, ruled && slender) {
            (true, _) => FAINT_AND_PALE,
            (_, true) => FAINT_RULE,
            _ => FAINTER,
        };
        let written = !ruled && !slender && (WRITTEN[0]..WRITTEN[1]).contains(&(longer / long));
        written || weight >= least * most || weight / longer >= least * most / long
    });
}

/// The part that half of the ink is drawn at least as thickly as.
fn typical<'a>(parts: &'a [Part], ink: &Ink) -> Option<&'a Part> {
    let mut known: Vec<(u64, &Part)> = parts.iter().map(|part| (part.ink(ink), part)).collect();
    known.sort_by_key(|(ink, part)| ink / part.longer_side() as u64);
    let half = known.iter().map(|(ink, _)| ink).sum::<u64>() / 2;
    let mut reached = 0;
    let found = known.iter().find(|(ink, _)| {
        reached += ink;
        reached > half
    });
    found.map(|(_, part)| *part)
}

/// Joins pieces to what they belong to: the bar of a 5, the halves of a broken 0, the stem of a 4.
fn joined(mut parts: Vec<Part>, height: f32) -> Vec<Part> {
    // The smallest first: they are pieces most surely.
    parts.sort_by_key(|part| part.longer_side());
    let mut squares = Squares::of(&parts, height);
    let mut whole: Vec<Part> = Vec::new();
    for k in 0..parts.len() {
        let near = squares.near(&parts[k].bbox).into_iter().filter(|other| *other > k);
        let found =
            near.filter_map(|other| Some((belonging(&parts[k], &parts[other], height)?, other))).min();
        let part = std::mem::replace(&mut parts[k], Part::of(Vec::new()));
        match found {
            Some((_, other)) => {
                let area = |part: &Part| squares.around(&part.bbox, part.reach(height));
                let before = area(&parts[other]);
                parts[other].absorb(part);
                let now = area(&parts[other]);
                if now != before {
                    squares.add(other, &now);
                }
            }
            None => whole.push(part),
        }
    }
    whole
}

/// A page in squares, and which parts a piece in each of them may belong to: a texture has hundreds of thousands of parts.
struct Squares {
    /// In pixels.
    side: usize,
    columns: usize,
    rows: usize,
    /// Of each square, row by row, the parts within reach.
    parts: Vec<Vec<usize>>,
}

/// Columns and rows of squares.
type Area = (Range<usize>, Range<usize>);

impl Squares {
    /// The most squares in a row or column.
    const MOST: usize = 64;

    fn of(parts: &[Part], height: f32) -> Self {
        let furthest = |end: fn(&Box) -> usize| parts.iter().map(|part| end(&part.bbox)).max().unwrap_or(0);
        let (right, bottom) = (furthest(Box::right), furthest(Box::bottom));
        let side = (height as usize).max(right.max(bottom) / Self::MOST).max(1);
        let (columns, rows) = (right / side + 1, bottom / side + 1);
        let mut squares = Squares { side, columns, rows, parts: vec![Vec::new(); columns * rows] };
        for (k, part) in parts.iter().enumerate() {
            squares.add(k, &squares.around(&part.bbox, part.reach(height)));
        }
        squares
    }

    /// The squares that a box touches, or the pixels around it.
    fn around(&self, bbox: &Box, pixels: usize) -> Area {
        let squares = |start: usize, end: usize, count: usize| {
            start.saturating_sub(pixels) / self.side..((end + pixels) / self.side + 1).min(count)
        };
        (squares(bbox.x, bbox.right(), self.columns), squares(bbox.y, bbox.bottom(), self.rows))
    }

    /// Where in `parts` the squares of an area are.
    fn places(&self, area: &Area) -> impl Iterator<Item = usize> + use<> {
        let (of_row, columns) = (self.columns, area.0.clone());
        area.1.clone().flat_map(move |row| columns.clone().map(move |column| row * of_row + column))
    }

    /// A part is within reach of these squares, if it was not before.
    fn add(&mut self, part: usize, area: &Area) {
        self.places(area).for_each(|place| self.parts[place].push(part));
    }

    /// The parts that a piece here may belong to, in order.
    fn near(&self, piece: &Box) -> Vec<usize> {
        let parts = self.places(&self.around(piece, 0)).flat_map(|place| &self.parts[place]);
        let mut parts: Vec<usize> = parts.copied().collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }
}

/// Whether a piece belongs to a larger part, and how far away it is.
fn belonging(piece: &Part, part: &Part, height: f32) -> Option<usize> {
    let (small, large) = (&piece.bbox, &part.bbox);
    let usual = part.usual(height);
    if small.height as f32 >= WHOLE * usual {
        return None;
    }
    let both = small.and(large);
    let bar = (small.height as f32) < 0.5 * usual;
    let widest = if bar { 1.7 } else { 1.3 };
    if both.height as f32 > 1.5 * usual || both.width as f32 > widest * usual {
        return None;
    }
    let gap = piece.gap(part, part.reach(height))?;
    // One above the other, a bar that goes on to the right, or so near that only the pen was lifted.
    let above = small.shared_columns(large) * 2 >= small.width.min(large.width) as isize;
    let beside = small.shared_rows(large) > 0 && bar;
    let near = gap as f32 <= 0.08 * usual;
    if !(above || beside || near) || (bar && is_dash(small, large)) {
        return None;
    }
    Some(gap)
}

/// Whether a low part lies beside a digit as a dash does: half-way up, where no digit has a stroke that ends in the air.
fn is_dash(bar: &Box, digit: &Box) -> bool {
    let half_way = (2 * bar.y + bar.height) as f32 / 2.0 - digit.y as f32;
    bar.shared_columns(digit) <= 0
        && bar.width as f32 >= LYING * bar.height as f32
        && (0.3..0.7).contains(&(half_way / digit.height as f32))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::read::parts::Run;

    proptest! {
        #[test]
        fn every_part_that_a_piece_may_belong_to_is_in_its_squares(
            boxes in prop::collection::vec((0..3_000_u32, 0..3_000_u32, 1..90_u32, 1..90_u32), 2..60),
            height in 3.0..80_f32,
        ) {
            let solid = |(x, y, width, height): (u32, u32, u32, u32)| {
                Part::of((y..y + height).map(|y| Run { y, start: x, end: x + width }).collect())
            };
            // On a small page and spread over a large one.
            for scale in [10, 1] {
                let parts = boxes.iter().map(|(x, y, width, height)| (x / scale, y / scale, *width, *height));
                let parts: Vec<Part> = parts.map(solid).collect();
                let squares = Squares::of(&parts, height);
                for piece in &parts {
                    let near = squares.near(&piece.bbox);
                    for (other, part) in parts.iter().enumerate() {
                        prop_assert!(belonging(piece, part, height).is_none() || near.contains(&other));
                    }
                }
            }
        }
    }
}
