//! Ruled lines, squared paper and boxes are taken away; strokes that cross them stay whole.
//!
//! A rule is straight, thin and level or upright within 5 degrees. A stroke of a digit may be that too, so a rule must besides be
//! much longer than the digits of the page are high; or run from one edge of the picture to the other, as long as digits are high at
//! least; or end in rules at both its ends, or begin and end where another one does, as the sides of a box do. It is looked for in
//! solid ink and followed where it is faint.

use std::ops::Range;

use super::boxes::Box;
use super::ink::Ink;
use super::parts::{Part, SOLID, connected, usual_height};
use super::straight::{Rule, SHORTEST, SLENDER, THICKEST, straight};

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
/// How many times as thick as another one a rule may be that belongs to it.
const ALIKE: f32 = 2.0;
/// Ink on a rule is a stroke if it is darker than the rule's by this factor and as many levels more.
const DARKER: f32 = 1.3;
/// Levels of ink, of 255.
const DARKER_BY: f32 = 24.0;
/// And if it is not longer than this many heights of a digit: far from all digits rules are as dark as it gets.
const STROKE: f32 = 1.2;

/// Takes rules away from the ink; returns what parts it then has, and whether there were any. `parts` are those it has with rules.
pub(super) fn without_rules(ink: &mut Ink, parts: Vec<Part>) -> (Vec<Part>, bool) {
    let height = usual_height(&parts);
    let page = ink.width.max(ink.height);
    let may_be = |part: &&Part| {
        let Box { width, height: high, .. } = part.bbox;
        let (longer, shorter) = (width.max(high), width.min(high));
        let hollow = part.area * 4 < width * high;
        longer >= SHORTEST
            && (longer as f32 > LONGER * height || longer * 4 > page || hollow || longer > 8 * shorter)
    };
    let large: Vec<&Part> = parts.iter().filter(may_be).collect();
    let all: Vec<Rule> =
        [false, true].into_iter().flat_map(|upright| straight(&large, ink, upright)).collect();
    if all.is_empty() {
        return (parts, false);
    }
    let mut bare = ink.clone();
    all.iter().for_each(|rule| rule.erase(&mut bare, 0.0));
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
    rules.iter().for_each(|rule| rule.erase(ink, STROKE * heights.rest));
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

impl Rule {
    /// Whether it is a rule and no stroke of a digit.
    fn is_one(&self, all: &[Rule], heights: &Heights) -> bool {
        let length = self.length() as f32;
        let longer = |times: f32, height: f32| height > 0.0 && length > times * height;
        let spanning =
            |upright: bool| all.iter().filter(|other| other.spans && other.upright == upright).count();
        // On squared paper it may be there in two pieces, each with a digit on its end.
        let squared = || spanning(true) > 2 && spanning(false) > 2;
        let crossed =
            || all.iter().filter(|other| self.crosses(other)).count() > if squared() { 1 } else { 2 };
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
    pub(super) fn rejoined(&self, mut parts: Vec<Part>) -> Vec<Part> {
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
    pub(super) fn has(&self, part: &Part) -> bool {
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
        self.length() >= SHORTEST && meets(self.start) && meets(self.end)
    }

    /// Takes it from the ink wherever nothing crosses it, or lies on it and is a stroke: darker, and not longer than `longest` pixels.
    pub(super) fn erase(&self, ink: &mut Ink, longest: f32) {
        let (along_step, across_step, across_end) =
            if self.upright { (ink.width, 1, ink.width) } else { (1, ink.width, ink.height) };
        let place = |along: usize, across: usize| along * along_step + across * across_step;
        let near = |along: usize| {
            let middle = self.across(along);
            (middle - 2.0).max(0.0) as usize..((middle + 3.0).max(0.0) as usize).min(across_end)
        };
        let value = |along: usize, across: usize| ink.values[place(along, across)];
        let solid = |along: usize| {
            let solid = |across: &usize| value(along, *across) >= SOLID;
            let found = near(along).find(solid)?;
            let first = (0..found).rev().find(|across| !solid(across)).map_or(0, |across| across + 1);
            Some(first..(found..across_end).find(|across| !solid(across)).unwrap_or(across_end))
        };
        let found: Vec<Option<Range<usize>>> = (self.start..self.end).map(solid).collect();
        let lightest = DARKER * f32::from(self.dark) + DARKER_BY;
        let darker = |(along, solid): (usize, &Option<Range<usize>>)| {
            solid
                .clone()
                .is_some_and(|mut solid| solid.any(|across| f32::from(value(along, across)) > lightest))
        };
        let mut stroke: Vec<bool> = (self.start..).zip(&found).map(darker).collect();
        let long = |stretch: &&mut [bool]| stretch.len() as f32 > longest;
        stroke.chunk_by_mut(|a, b| a == b).filter(long).for_each(|stretch| stretch.fill(false));
        for (along, (found, stroke)) in (self.start..).zip(found.into_iter().zip(stroke)) {
            let Some(solid) = found else {
                near(along).for_each(|across| ink.values[place(along, across)] = 0);
                continue;
            };
            if solid.len() as f32 <= self.thickness + 1.5 && !stroke {
                // With its blurred edges.
                let faint = solid.start.saturating_sub(2)..(solid.end + 2).min(across_end);
                faint.for_each(|across| {
                    let value = &mut ink.values[place(along, across)];
                    if solid.contains(&across) || *value < SOLID {
                        *value = 0;
                    }
                });
            }
        }
    }
}
