//! Ink falls into parts that hang together; dirt is dropped, the pieces of a broken digit are joined.

use std::ops::Range;

use super::boxes::Box;
use super::ink::Ink;

/// From this much ink on pixels belong to a part; fainter ones are the blurred edge of one.
pub(super) const SOLID: u8 = 80;
/// Parts with fewer pixels than this are specks, whatever the size of the digits.
const SPECK: usize = 6;
/// Nor is anything a digit whose longer side is shorter than this, in pixels.
const SMALLEST: f32 = 8.0;
/// Parts are dirt whose longer side is shorter, or which are lower, than this share of the digits' height.
const DIRT: f32 = 0.35;
/// A part that is so many times as wide as it is high may be several digits that touch,
const SEVERAL: usize = 2;
/// and one that is so many times as wide is a line.
const LINE: usize = 12;
/// Ink for each pixel of length, and the same in shares of the length, that a part must have next to the part with the most ink.
const FAINTER: f32 = 0.18;
/// The same for what is also paler than this share of that part's mean ink.
const FAINT_AND_PALE: f32 = 0.5;
const PALE: f32 = 0.67;
/// The same for what is as slender as a rule.
const FAINT_RULE: f32 = 0.28;
/// As slender as a rule is what is so many times as long as it is wide.
const SLENDER: usize = 8;
/// Along a picture's edge a digit has less ink than this share of its side, on all edges but one.
const ALONG: f32 = 0.6;
/// A piece lies that is so many times as wide as it is high.
const LYING: f32 = 1.5;
/// A part lower than this share of the digits' height can't be a whole digit.
const WHOLE: f32 = 0.75;

/// Neighbouring pixels of a row that are solid ink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Run {
    pub(super) y: u32,
    /// The first column.
    pub(super) start: u32,
    /// The column after the last one.
    pub(super) end: u32,
}

/// Ink that hangs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where its solid ink is.
    pub bbox: Box,
    /// How many solid pixels it has.
    pub area: usize,
    /// From the top row on.
    pub(super) runs: Vec<Run>,
}

impl Part {
    pub(super) fn of(runs: Vec<Run>) -> Self {
        let left = runs.iter().map(|run| run.start).min().unwrap_or(0) as usize;
        let right = runs.iter().map(|run| run.end).max().unwrap_or(0) as usize;
        let top = runs.iter().map(|run| run.y).min().unwrap_or(0) as usize;
        let bottom = runs.iter().map(|run| run.y + 1).max().unwrap_or(0) as usize;
        let area = runs.iter().map(|run| (run.end - run.start) as usize).sum();
        Part { bbox: Box { x: left, y: top, width: right - left, height: bottom - top }, area, runs }
    }

    /// The smallest box around its solid ink in these columns; the whole height where there is none.
    pub(super) fn within(&self, columns: Range<usize>) -> Box {
        let meets = |run: &&Run| (run.start as usize) < columns.end && (run.end as usize) > columns.start;
        let rows = || self.runs.iter().filter(meets).map(|run| run.y as usize);
        let (top, bottom) =
            (rows().min().unwrap_or(self.bbox.y), rows().max().map_or(self.bbox.bottom(), |y| y + 1));
        Box { x: columns.start, y: top, width: columns.len(), height: bottom - top }
    }

    /// The sum of its solid ink.
    fn ink(&self, ink: &Ink) -> u64 {
        let of = |run: &Run| &ink.values[run.y as usize * ink.width..][run.start as usize..run.end as usize];
        self.runs.iter().flat_map(of).map(|ink| u64::from(*ink)).sum()
    }

    /// Whether it fills at least this share of two of the picture's edges, as far as its box goes along them: part of what is behind the
    /// page, or of a shadow.
    fn fills_edges(&self, width: usize, height: usize) -> bool {
        let [mut top, mut bottom, mut left, mut right] = [0; 4];
        for run in &self.runs {
            let pixels = (run.end - run.start) as usize;
            top += if run.y == 0 { pixels } else { 0 };
            bottom += if run.y as usize + 1 == height { pixels } else { 0 };
            left += usize::from(run.start == 0);
            right += usize::from(run.end as usize == width);
        }
        let Box { width, height, .. } = self.bbox;
        let full = |pixels: usize, side: usize| pixels as f32 >= ALONG * side as f32;
        let filled = [full(top, width), full(bottom, width), full(left, height), full(right, height)];
        filled.into_iter().filter(|filled| *filled).count() >= 2
    }

    fn longer_side(&self) -> usize {
        self.bbox.width.max(self.bbox.height)
    }

    /// How high its digits are, if it is one or several.
    fn digit_height(&self) -> usize {
        let Box { width, height, .. } = self.bbox;
        if (SEVERAL * height..=LINE * height).contains(&width) { height } else { self.longer_side() }
    }

    /// How high a digit is whose largest piece it is, on a page of digits as high as this.
    fn usual(&self, height: f32) -> f32 {
        height.max(self.bbox.height as f32 * 0.8)
    }

    /// How far from it a piece of the same digit may be, in pixels.
    fn reach(&self, height: f32) -> usize {
        (0.18 * self.usual(height)).max(2.0) as usize
    }

    pub(super) fn absorb(&mut self, other: Part) {
        self.bbox = self.bbox.and(&other.bbox);
        self.area += other.area;
        self.runs.extend(other.runs);
        self.runs.sort();
    }

    /// Pixels from an edge of one to the nearest edge of the other, the longer way of the two directions, if that is at most
    /// `most`.
    fn gap(&self, other: &Part, most: usize) -> Option<usize> {
        let apart = |shared: isize| usize::try_from(-shared).unwrap_or(0);
        if apart(self.bbox.shared_columns(&other.bbox)).max(apart(self.bbox.shared_rows(&other.bbox))) > most
        {
            return None;
        }
        let mut least = most + 1;
        for a in &self.runs {
            let near = least as u32;
            let first = other.runs.partition_point(|b| b.y + near < a.y);
            for b in other.runs[first..].iter().take_while(|b| b.y <= a.y + near) {
                let down = (a.y.abs_diff(b.y) as usize).saturating_sub(1);
                let aside = b.start.saturating_sub(a.end).max(a.start.saturating_sub(b.end)) as usize;
                least = least.min(down.max(aside));
            }
        }
        (least <= most).then_some(least)
    }
}

/// Those of a page's parts that may be digits; `ruled` if rules were taken away from it.
pub(super) fn digits(mut parts: Vec<Part>, ink: &Ink, ruled: bool) -> Vec<Part> {
    parts.retain(|part| part.area >= SPECK && !part.fills_edges(ink.width, ink.height));
    drop_faint(&mut parts, ink, ruled);
    let height = usual_height(&parts);
    // Specks are dropped before pieces are joined, so that dirt does not stick to digits.
    parts.retain(|part| part.longer_side() as f32 >= height * 0.12);
    let mut parts = joined(parts, height);
    let least = usual(&parts, Part::digit_height) * DIRT;
    parts.retain(|part| part.longer_side() as f32 >= least.max(SMALLEST) && part.bbox.height as f32 >= least);
    parts
}

/// Drops what is drawn so much more thinly and faintly than the part with the most ink that no pen did both: what is left of rules.
fn drop_faint(parts: &mut Vec<Part>, ink: &Ink, ruled: bool) {
    let weight = |part: &Part| part.ink(ink) as f32 / part.longer_side() as f32;
    let Some(main) = parts.iter().max_by_key(|part| part.ink(ink)) else { return };
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
        weight >= least * most || weight / longer >= least * most / long
    });
}

/// The height that the larger half of all ink has at least: dirt has little ink, however much of it there is. Digits that touch are taken for one
/// that lies.
pub(super) fn usual_height<'a>(parts: impl IntoIterator<Item = &'a Part>) -> f32 {
    usual(parts, Part::longer_side)
}

fn usual<'a>(parts: impl IntoIterator<Item = &'a Part>, height: fn(&Part) -> usize) -> f32 {
    let sides = parts.into_iter().filter(|part| part.area >= SPECK).map(|part| (height(part), part.area));
    let mut heights: Vec<(usize, usize)> = sides.collect();
    heights.sort_unstable();
    let half = heights.iter().map(|(_, area)| area).sum::<usize>() / 2;
    let mut reached = 0;
    let found = heights.iter().find(|(_, area)| {
        reached += area;
        reached > half
    });
    found.map_or(0.0, |(height, _)| *height as f32)
}

/// Parts of solid ink whose pixels touch, also by corners, in order of their first pixels.
pub(super) fn connected(values: &[u8], width: usize) -> Vec<Part> {
    let mut runs: Vec<Run> = Vec::new();
    // The root of each run's tree; a root is its own.
    let mut parents: Vec<u32> = Vec::new();
    let mut above = 0..0;
    for (y, row) in values.chunks_exact(width).enumerate() {
        let first = runs.len();
        push_runs(row, y as u32, &mut runs);
        let mut candidate = above.start;
        for k in first..runs.len() {
            parents.push(k as u32);
            // The last run above may touch the next one of this row too.
            while candidate < above.end && runs[candidate].end < runs[k].start {
                candidate += 1;
            }
            let mut touching = candidate;
            while touching < above.end && runs[touching].start <= runs[k].end {
                join(&mut parents, touching as u32, k as u32);
                touching += 1;
            }
        }
        above = first..runs.len();
    }
    let mut numbers = vec![u32::MAX; runs.len()];
    let mut grouped: Vec<Vec<Run>> = Vec::new();
    for k in 0..runs.len() {
        let root = root(&mut parents, k as u32) as usize;
        if numbers[root] == u32::MAX {
            numbers[root] = grouped.len() as u32;
            grouped.push(Vec::new());
        }
        grouped[numbers[root] as usize].push(runs[k]);
    }
    grouped.into_iter().map(Part::of).collect()
}

/// The runs of a row. Paper is passed by in blocks.
fn push_runs(row: &[u8], y: u32, runs: &mut Vec<Run>) {
    const BLOCK: usize = 32;
    let mut at = 0;
    while at < row.len() {
        while row.get(at..at + BLOCK).is_some_and(|block| block.iter().fold(0, |a, b| a.max(*b)) < SOLID) {
            at += BLOCK;
        }
        let Some(start) = row[at..].iter().position(|value| *value >= SOLID) else { return };
        let start = at + start;
        let end =
            row[start..].iter().position(|value| *value < SOLID).map_or(row.len(), |length| start + length);
        runs.push(Run { y, start: start as u32, end: end as u32 });
        at = end;
    }
}

fn root(parents: &mut [u32], mut of: u32) -> u32 {
    while parents[of as usize] != of {
        let up = parents[parents[of as usize] as usize];
        parents[of as usize] = up;
        of = up;
    }
    of
}

fn join(parents: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b) as usize] = a.min(b);
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
