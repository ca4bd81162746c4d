//! Ruled lines, squared paper and boxes are taken away; strokes that cross them stay whole.
//!
//! A rule is straight, thin and level or upright within 5 degrees. A stroke of a digit may be that too, so a rule must besides be
//! much longer than the digits of the page are high; or run from one edge of the picture to the other, as long as digits are high at
//! least; or end in rules at both its ends, or begin and end where another one does, as the sides of a box do. It is looked for in
//! solid ink and followed where it is faint.

use super::ink::Ink;
use super::parts::{Box, Part, Run, SOLID, connected, usual_height};

/// The thickest rule, in pixels, blurred edges included.
const THICKEST: u8 = 8;
/// Rows that a level rule may go up or down for each column: 5 degrees.
const STEEPEST: f32 = 0.09;
/// Pixels that the middle of a piece of a rule may lie beside the line through the others.
const STRAY: f32 = 1.2;
/// The shortest straight piece that is looked at, in pixels.
const SHORTEST: usize = 8;
/// Where a rule is there in part it may be as faint as this elsewhere.
const FAINT: u8 = 40;
/// Pixels that a rule may be interrupted for near its ends.
const GAP: usize = 8;
/// The share of a rule that must be there.
const COVERED: f32 = 0.8;
/// Of a part's edge along a rule every so many pixels are looked at.
const STEP: usize = 2;
/// A rule is longer than this many heights of a digit.
const LONGER: f32 = 2.5;
/// Or than this many, if it runs from one edge of the picture to the other.
const ACROSS: f32 = 1.0;
/// Or than this many, if it is the side of a box.
const SIDE: f32 = 1.15;
/// But not longer than this many.
const AROUND: f32 = 3.0;
/// Pixels between the ends of two sides of a box that meet.
const CORNER: usize = 4;
/// Pixels from the picture's edge at which a rule ends that runs as far.
const MARGIN: usize = 3;
/// How many times as thick as another one a rule may be that belongs to it.
const ALIKE: f32 = 2.0;
/// And so many times as long as it is thick.
const SLENDER: f32 = 12.0;

/// A straight thin line. Along is right for level ones and down for upright ones, across is the other direction.
#[derive(Clone, Copy, Debug)]
struct Rule {
    upright: bool,
    /// Where its middle is across, at along = 0.
    at: f32,
    slope: f32,
    /// The first pixel along.
    start: usize,
    /// The pixel after the last one.
    end: usize,
    thickness: f32,
    /// Whether it runs from one edge of the picture to the other.
    spans: bool,
}

/// Takes rules away from the ink; returns what parts it then has, and whether there were any. `parts` are those it has with rules.
pub(super) fn without_rules(ink: &mut Ink, parts: Vec<Part>) -> (Vec<Part>, bool) {
    let height = usual_height(&parts);
    let page = ink.width.max(ink.height);
    let may_be = |part: &&Part| {
        let Box { width, height: high, .. } = part.bbox;
        let (longer, shorter) = (width.max(high), width.min(high));
        let hollow = part.area * 4 < width * high;
        longer >= 2 * SHORTEST
            && (longer as f32 > LONGER * height || longer * 4 > page || hollow || longer > 8 * shorter)
    };
    let large: Vec<&Part> = parts.iter().filter(may_be).collect();
    let all: Vec<Rule> =
        [false, true].into_iter().flat_map(|upright| straight(&large, ink, upright)).collect();
    if all.is_empty() {
        return (parts, false);
    }
    let mut bare = ink.clone();
    all.iter().for_each(|rule| rule.erase(&mut bare));
    let mut left = connected(&bare.values, bare.width);
    left.retain(|part| !all.iter().any(|rule| rule.has(part)));
    let heights = Heights {
        rest: usual_height(&left),
        others: usual_height(parts.iter().filter(|part| !may_be(part))),
    };
    let rules: Vec<&Rule> = all.iter().filter(|rule| rule.is_one(&all, &heights)).collect();
    if rules.is_empty() {
        return (parts, false);
    }
    if rules.len() < all.len() {
        bare = ink.clone();
        rules.iter().for_each(|rule| rule.erase(&mut bare));
    }
    *ink = bare;
    let mut parts = connected(&ink.values, ink.width);
    // What lies on a rule and nowhere else is what is left of it.
    parts.retain(|part| !rules.iter().any(|rule| rule.has(part)));
    (rules.iter().fold(parts, |parts, rule| rule.rejoined(parts)), true)
}

/// What a rule must be longer than.
#[derive(Debug)]
struct Heights {
    /// What digits are high once all straight lines are gone.
    rest: f32,
    /// What those are high that have no straight line.
    others: f32,
}

/// Parts on a bitmap of the page, turned so that rules are level. 255 is ink.
fn bitmap(parts: &[&Part], ink: &Ink, upright: bool) -> (Vec<u8>, usize) {
    let mut bits = vec![0; ink.width * ink.height];
    for run in parts.iter().flat_map(|part| &part.runs) {
        let (row, columns) = (run.y as usize, run.start as usize..run.end as usize);
        if upright {
            columns.for_each(|column| bits[column * ink.height + row] = 255);
        } else {
            bits[row * ink.width..][columns].fill(255);
        }
    }
    (bits, if upright { ink.height } else { ink.width })
}

/// Leaves of a bitmap what is not thicker than a rule.
fn thin(bits: &mut [u8], width: usize, thickest: u8) {
    let count = |row: &[u8], before: &mut [u8]| {
        for (count, bit) in before.iter_mut().zip(row) {
            *count = count.saturating_add(1) & bit;
        }
    };
    let mut above = vec![0; bits.len()];
    let mut counts = vec![0; width];
    for (row, above) in bits.chunks_exact(width).zip(above.chunks_exact_mut(width)) {
        count(row, &mut counts);
        above.copy_from_slice(&counts);
    }
    counts.fill(0);
    for (row, above) in bits.chunks_exact_mut(width).zip(above.chunks_exact(width)).rev() {
        count(row, &mut counts);
        for ((bit, above), below) in row.iter_mut().zip(above).zip(&counts) {
            let thick = above.saturating_add(*below) > thickest + 1;
            *bit = if thick { 0 } else { *bit };
        }
    }
}

/// A straight piece: sums over its pixels, from which a line through it follows.
#[derive(Clone, Copy, Debug, Default)]
struct Piece {
    start: usize,
    end: usize,
    count: f64,
    along: f64,
    across: f64,
    squares: f64,
    products: f64,
    across_squares: f64,
}

impl Piece {
    fn of(runs: &[Run]) -> Self {
        let mut piece = Piece { start: usize::MAX, ..Piece::default() };
        for run in runs {
            (piece.start, piece.end) = (piece.start.min(run.start as usize), piece.end.max(run.end as usize));
            let (n, y) = (f64::from(run.end - run.start), f64::from(run.y));
            let middle = f64::from(run.start + run.end - 1) / 2.0;
            piece.count += n;
            piece.along += n * middle;
            piece.across += n * y;
            // The sum of squares of neighbouring whole numbers around their middle.
            piece.squares += n * middle * middle + n * (n * n - 1.0) / 12.0;
            piece.products += n * middle * y;
            piece.across_squares += n * y * y;
        }
        piece
    }

    fn and(&self, other: &Piece) -> Piece {
        Piece {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
            count: self.count + other.count,
            along: self.along + other.along,
            across: self.across + other.across,
            squares: self.squares + other.squares,
            products: self.products + other.products,
            across_squares: self.across_squares + other.across_squares,
        }
    }

    /// Where the line through it is at along = 0, its slope, and how far its pixels lie from it in the mean square.
    fn line(&self) -> (f32, f32, f32) {
        let (x, y) = (self.along / self.count, self.across / self.count);
        let spread = (self.squares / self.count - x * x).max(1e-6);
        let slope = (self.products / self.count - x * y) / spread;
        let rest = self.across_squares / self.count - y * y - slope * slope * spread;
        ((y - slope * x) as f32, slope as f32, rest as f32)
    }

    fn middle(&self) -> (f32, f32) {
        ((self.along / self.count) as f32, (self.across / self.count) as f32)
    }

    fn is_straight(&self) -> bool {
        let (_, slope, rest) = self.line();
        // Four pixels thick and evenly dark: 1.25.
        self.end - self.start >= SHORTEST
            && slope.abs() <= STEEPEST + 1.5 / (self.end - self.start) as f32
            && rest < 2.5
    }
}

/// Straight thin lines of some parts, in one of the two directions.
fn straight(parts: &[&Part], ink: &Ink, upright: bool) -> Vec<Rule> {
    if parts.is_empty() {
        return Vec::new();
    }
    let (bits, length) = bitmap(parts, ink, upright);
    let rows = bits.len() / length;
    let mut thin_bits = bits.clone();
    let thickest = (ink.width.min(ink.height) / 10).clamp(3, THICKEST.into()) as u8;
    thin(&mut thin_bits, length, thickest);
    let mut pieces: Vec<Piece> = connected(&thin_bits, length)
        .iter()
        .map(|part| Piece::of(&part.runs))
        .filter(Piece::is_straight)
        .collect();
    pieces.sort_by_key(|piece| (piece.start, piece.end));
    let mut rules = Vec::new();
    while let Some(seed) = (0..pieces.len()).max_by_key(|k| pieces[*k].end - pieces[*k].start) {
        let mut line = pieces.remove(seed);
        // The longest piece is surely the rule's; shorter ones may be strokes that lie on it.
        let thickness = (line.count / (line.end - line.start) as f64) as f32;
        loop {
            let (at, slope, _) = line.line();
            let near = |piece: &Piece| {
                let (x, y) = piece.middle();
                (y - at - slope * x).abs() <= STRAY
            };
            let apart = |piece: &Piece| {
                piece.start.saturating_sub(line.end).max(line.start.saturating_sub(piece.end))
            };
            let found = (0..pieces.len()).filter(|k| near(&pieces[*k])).min_by_key(|k| apart(&pieces[*k]));
            let Some(next) = found.filter(|k| apart(&pieces[*k]) <= line.end - line.start + 40) else {
                break;
            };
            let piece = pieces.remove(next);
            line = line.and(&piece);
        }
        let (at, slope, _) = line.line();
        let covered = |x: usize| {
            let middle = at + slope * x as f32;
            let rows = (middle - 1.5).max(0.0) as usize..((middle + 2.5).max(0.0) as usize).min(rows);
            let place = |y: usize| if upright { x * ink.width + y } else { y * ink.width + x };
            rows.into_iter().any(|y| ink.values[place(y)] >= FAINT)
        };
        // A piece that is missing at an end was too short, or bent by what it touches.
        while line.start > 0 && (line.start.saturating_sub(GAP)..line.start).any(covered) {
            line.start -= 1;
        }
        while line.end < length && (line.end..(line.end + GAP).min(length)).any(covered) {
            line.end += 1;
        }
        let there = (line.start..line.end).filter(|x| covered(*x)).count();
        let spans =
            line.start <= MARGIN && line.end + MARGIN >= length && thickness * SLENDER < length as f32;
        let long = line.end - line.start;
        if slope.abs() <= STEEPEST && there as f32 >= COVERED * long as f32 && long >= 2 * SHORTEST {
            rules.push(Rule { upright, at, slope, start: line.start, end: line.end, thickness, spans });
        }
    }
    rules
}

impl Rule {
    fn length(&self) -> usize {
        self.end - self.start
    }

    fn across(&self, along: usize) -> f32 {
        self.at + self.slope * along as f32
    }

    /// Whether it is a rule and no stroke of a digit.
    fn is_one(&self, all: &[Rule], heights: &Heights) -> bool {
        let length = self.length() as f32;
        let longer = |times: f32, height: f32| height > 0.0 && length > times * height;
        let crossed = || all.iter().filter(|other| self.crosses(other)).count() > 2;
        let spanning =
            |upright: bool| all.iter().filter(|other| other.spans && other.upright == upright).count();
        // Where nothing else is there are no digits among lines.
        let grid = || heights.rest == 0.0 && spanning(!self.upright) > 0 || spanning(self.upright) > 2;
        let side = || {
            let around = longer(SIDE, heights.rest) && length < heights.rest * AROUND;
            let thin = self.thickness * SLENDER < length;
            around && thin && all.iter().any(|other| self.is_as_thin(other) && self.is_beside(other))
        };
        if self.ends_in(all) || self.spans && (longer(ACROSS, heights.rest) || grid()) || side() {
            return true;
        }
        if self.upright {
            // By itself it may be a 1, which is as high as the others.
            let others = if heights.others > 0.0 { heights.others.max(heights.rest) } else { 0.0 };
            return longer(LONGER, others) || crossed();
        }
        heights.rest == 0.0 || longer(LONGER, heights.rest)
    }

    /// Whether another rule could be a side of the same box: one that begins and ends where it does, or one of the other direction
    /// that begins or ends where it begins or ends.
    fn is_beside(&self, other: &Rule) -> bool {
        let near = |a: usize, b: usize| a.abs_diff(b) <= CORNER;
        if self.upright == other.upright {
            let apart = (self.across(self.start) - other.across(other.start)).abs();
            return near(self.start, other.start) && near(self.end, other.end) && apart > 2.0 * CORNER as f32;
        }
        let corner = |along: usize, at: usize| {
            (other.across(at) - along as f32).abs() <= CORNER as f32
                && (self.across(along) - at as f32).abs() <= CORNER as f32
        };
        [self.start, self.end].into_iter().any(|along| corner(along, other.start) || corner(along, other.end))
    }

    /// Joins what it lay between: a thin stroke that crosses it may have been taken away with it there.
    fn rejoined(&self, mut parts: Vec<Part>) -> Vec<Part> {
        let reach = self.thickness / 2.0 + 3.0;
        // Where parts end at the rule: along, on which side, and which.
        let mut ends: Vec<(usize, bool, usize)> = Vec::new();
        for (k, part) in parts.iter().enumerate() {
            let Box { x, y, width, height } = part.bbox;
            let across = if self.upright { x..x + width } else { y..y + height };
            let middles = [self.across(self.start), self.across(self.end)];
            if across.start as f32 > middles[0].max(middles[1]) + reach
                || (across.end as f32) < middles[0].min(middles[1]) - reach
            {
                continue;
            }
            let mut end = |along: usize, across: usize| {
                let beside = across as f32 - self.across(along);
                if beside.abs() <= reach && (self.start..self.end).contains(&along) {
                    ends.push((along, beside > 0.0, k));
                }
            };
            for run in &part.runs {
                let (row, first, last) = (run.y as usize, run.start as usize, run.end as usize - 1);
                let places = [first, last].into_iter().chain((first..last).step_by(STEP));
                places.for_each(|column| if self.upright { end(row, column) } else { end(column, row) });
            }
        }
        ends.sort_unstable();
        let near = (self.thickness.ceil() as usize + 2).max(STEP);
        // What each part has become a piece of.
        let mut whole: Vec<usize> = (0..parts.len()).collect();
        for (k, (along, side, part)) in ends.iter().enumerate() {
            let near = ends[k + 1..].iter().take_while(|other| other.0 <= along + near);
            for (_, _, other) in near.filter(|other| other.1 != *side) {
                let [from, to] = [*part, *other].map(|mut at| {
                    while whole[at] != at {
                        at = whole[at];
                    }
                    at
                });
                if from != to {
                    let piece = std::mem::replace(&mut parts[from], Part::of(Vec::new()));
                    parts[to].absorb(piece);
                    whole[from] = to;
                }
            }
        }
        parts.retain(|part| part.area > 0);
        parts
    }

    /// Whether a part lies on it and nowhere else.
    fn has(&self, part: &Part) -> bool {
        let Box { x, y, width, height } = part.bbox;
        let (along, across) =
            if self.upright { (y..y + height, x..x + width) } else { (x..x + width, y..y + height) };
        let (a, b) = (self.across(along.start), self.across(along.end));
        let reach = self.thickness / 2.0 + 2.0;
        across.start as f32 >= a.min(b) - reach && across.end as f32 <= a.max(b) + reach + 1.0
    }

    /// Whether a rule of the other direction runs through it.
    fn crosses(&self, other: &Rule) -> bool {
        let (at, along) = (self.at as usize, other.at as usize);
        self.upright != other.upright
            && self.is_as_thin(other)
            && (other.start..other.end).contains(&at)
            && (self.start..self.end).contains(&along)
    }

    /// Whether it is not much thicker than another rule: those of a page are drawn alike, and a 1 between them is not.
    fn is_as_thin(&self, other: &Rule) -> bool {
        self.thickness <= ALIKE * other.thickness + 0.5
    }

    /// Whether a rule of the other direction passes by at both ends.
    fn ends_in(&self, all: &[Rule]) -> bool {
        let reach = (2.0 * f32::from(THICKEST)).min(self.length() as f32 / 6.0);
        let meets = |along: usize| {
            let sides = all.iter().filter(|other| other.upright != self.upright && self.is_as_thin(other));
            sides.into_iter().any(|other| {
                let across = self.across(along);
                (other.across(across.max(0.0) as usize) - along as f32).abs() <= reach
                    && across >= other.start as f32 - reach
                    && across <= other.end as f32 + reach
            })
        };
        self.length() >= 2 * SHORTEST && meets(self.start) && meets(self.end)
    }

    /// Takes it from the ink wherever nothing crosses it.
    fn erase(&self, ink: &mut Ink) {
        let (along_step, across_step, across_end) =
            if self.upright { (ink.width, 1, ink.width) } else { (1, ink.width, ink.height) };
        let thickest = self.thickness + 1.5;
        for along in self.start..self.end {
            let middle = self.across(along);
            let near = (middle - 2.0).max(0.0) as usize..((middle + 3.0).max(0.0) as usize).min(across_end);
            let place = |across: usize| along * along_step + across * across_step;
            let solid = |across: usize| ink.values[place(across)] >= SOLID;
            let Some(found) = near.clone().find(|across| solid(*across)) else {
                near.for_each(|across| ink.values[place(across)] = 0);
                continue;
            };
            let first = (0..found).rev().find(|across| !solid(*across)).map_or(0, |across| across + 1);
            let last = (found..across_end).find(|across| !solid(*across)).unwrap_or(across_end);
            if (last - first) as f32 <= thickest {
                // With its blurred edges.
                let faint = first.saturating_sub(2)..(last + 2).min(across_end);
                faint.for_each(|across| {
                    let value = &mut ink.values[place(across)];
                    if (first..last).contains(&across) || *value < SOLID {
                        *value = 0;
                    }
                });
            }
        }
    }
}
