//! Ink falls into parts that hang together.

use std::ops::Range;

use super::boxes::Box;
use super::ink::Ink;

/// From this much ink on pixels belong to a part; fainter ones are the blurred edge of one.
pub(super) const SOLID: u8 = 80;
/// Parts with fewer pixels than this are specks, whatever the size of the digits.
pub(super) const SPECK: usize = 6;
/// A part that is so many times as wide as it is high may be several digits that touch,
const SEVERAL: usize = 2;
/// and one that is so many times as wide is a line.
const LINE: usize = 12;
/// Along a picture's edge a digit has less ink than this share of its side, on all edges but one.
const ALONG: f32 = 0.6;
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
    pub(super) fn ink(&self, ink: &Ink) -> u64 {
        let of = |run: &Run| &ink.values[run.y as usize * ink.width..][run.start as usize..run.end as usize];
        self.runs.iter().flat_map(of).map(|ink| u64::from(*ink)).sum()
    }

    /// Whether it fills at least this share of two of the picture's edges, as far as its box goes along them: part of what is behind the
    /// page, or of a shadow.
    pub(super) fn fills_edges(&self, width: usize, height: usize) -> bool {
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

    pub(super) fn longer_side(&self) -> usize {
        self.bbox.width.max(self.bbox.height)
    }

    /// How high its digits are, if it is one or several.
    pub(super) fn digit_height(&self) -> usize {
        let Box { width, height, .. } = self.bbox;
        if (SEVERAL * height..=LINE * height).contains(&width) { height } else { self.longer_side() }
    }

    /// How high a digit is whose largest piece it is, on a page of digits as high as this.
    pub(super) fn usual(&self, height: f32) -> f32 {
        height.max(self.bbox.height as f32 * 0.8)
    }

    /// How far from it a piece of the same digit may be, in pixels.
    pub(super) fn reach(&self, height: f32) -> usize {
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
    pub(super) fn gap(&self, other: &Part, most: usize) -> Option<usize> {
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

/// The height that the larger half of all ink has at least: dirt has little ink, however much of it there is. Digits that touch are taken for one
/// that lies.
pub(super) fn usual_height<'a>(parts: impl IntoIterator<Item = &'a Part>) -> f32 {
    usual(parts, Part::longer_side)
}

pub(super) fn usual<'a>(parts: impl IntoIterator<Item = &'a Part>, height: fn(&Part) -> usize) -> f32 {
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
