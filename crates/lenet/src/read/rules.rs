//! Ruled lines, squared paper and boxes are taken away; strokes that cross them stay whole.
//!
//! A rule is straight, thin and level or upright within 3 degrees. A stroke of a digit may be that too, so a rule must besides be
//! much longer than the digits of the page are high, or end in rules at both its ends, as the sides of a box do.

use super::ink::Ink;
use super::parts::{Box, Part, Run, SOLID, connected, usual_height};

/// The thickest rule, in pixels, blurred edges included.
const THICKEST: u8 = 6;
/// Rows that a level rule may go up or down for each column.
const STEEPEST: f32 = 0.06;
/// Pixels that the middle of a piece of a rule may lie beside the line through the others.
const STRAY: f32 = 2.0;
/// The shortest straight piece that is looked at, in pixels.
const SHORTEST: usize = 8;
/// The share of a rule that must be there.
const COVERED: f32 = 0.8;
/// A rule is longer than this many heights of a digit.
const LONGER: f32 = 2.5;

/// A straight thin line. Along is right for level ones and down for upright ones, across is the other direction.
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// The number of the part that it was found in.
    part: usize,
    upright: bool,
    /// Where its middle is across, at along = 0.
    at: f32,
    slope: f32,
    /// The first pixel along.
    start: usize,
    /// The pixel after the last one.
    end: usize,
    thickness: f32,
}

/// Takes rules away from the ink and returns what parts it then has; `parts` are those it has with rules.
pub(super) fn without_rules(ink: &mut Ink, parts: Vec<Part>) -> Vec<Part> {
    let height = usual_height(&parts);
    let page = ink.width.max(ink.height);
    let may_be = |part: &&Part| {
        let Box { width, height: high, .. } = part.bbox;
        let longer = width.max(high);
        let hollow = part.area * 4 < width * high;
        longer >= 2 * SHORTEST && (longer as f32 > LONGER * height || longer * 4 > page || hollow)
    };
    let large: Vec<&Part> = parts.iter().filter(may_be).collect();
    let all: Vec<Rule> = large.iter().enumerate().flat_map(|(k, part)| rules_of(k, part)).collect();
    if all.is_empty() {
        return parts;
    }
    let mut bare = ink.clone();
    all.iter().for_each(|rule| rule.erase(&mut bare));
    let heights = Heights {
        rest: usual_height(&connected(&bare.values, bare.width)),
        others: usual_height(parts.iter().filter(|part| !may_be(part))),
    };
    let rules: Vec<&Rule> = all.iter().filter(|rule| rule.is_one(large[rule.part], &all, &heights)).collect();
    if rules.len() < all.len() {
        bare = ink.clone();
        rules.iter().for_each(|rule| rule.erase(&mut bare));
    }
    *ink = bare;
    connected(&ink.values, ink.width)
}

/// What a rule must be longer than.
#[derive(Debug)]
struct Heights {
    /// What digits are high once all straight lines are gone.
    rest: f32,
    /// What those are high that have no straight line.
    others: f32,
}

fn rules_of(number: usize, part: &Part) -> Vec<Rule> {
    [false, true].into_iter().flat_map(|upright| straight(number, part, upright)).collect()
}

/// A part on a bitmap of its own, turned so that rules are level. 255 is ink.
fn bitmap(part: &Part, upright: bool) -> (Vec<u8>, usize) {
    let Box { x, y, width, height } = part.bbox;
    let mut bits = vec![0; width * height];
    for run in &part.runs {
        let (row, columns) = (run.y as usize - y, run.start as usize - x..run.end as usize - x);
        if upright {
            columns.for_each(|column| bits[column * height + row] = 255);
        } else {
            bits[row * width..][columns].fill(255);
        }
    }
    (bits, if upright { height } else { width })
}

/// Leaves of a bitmap what is not thicker than a rule.
fn thin(bits: &mut [u8], width: usize) {
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
            let thick = above.saturating_add(*below) > THICKEST + 1;
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

/// Straight thin lines of a part, in one of the two directions.
fn straight(number: usize, part: &Part, upright: bool) -> Vec<Rule> {
    let (bits, length) = bitmap(part, upright);
    let mut thin_bits = bits.clone();
    thin(&mut thin_bits, length);
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
        let rows = bits.len() / length;
        let covered = |x: &usize| {
            let middle = at + slope * *x as f32;
            let rows = (middle - 1.5).max(0.0) as usize..((middle + 2.5).max(0.0) as usize).min(rows);
            rows.into_iter().any(|y| bits[y * length + x] > 0)
        };
        let there = (line.start..line.end).filter(covered).count();
        if slope.abs() <= STEEPEST && there as f32 >= COVERED * (line.end - line.start) as f32 {
            let (along, across) =
                if upright { (part.bbox.y, part.bbox.x) } else { (part.bbox.x, part.bbox.y) };
            rules.push(Rule {
                part: number,
                upright,
                at: at + across as f32 - slope * along as f32,
                slope,
                start: line.start + along,
                end: line.end + along,
                thickness,
            });
        }
    }
    rules.retain(|rule| rule.length() >= 2 * SHORTEST);
    rules
}

impl Rule {
    fn length(&self) -> usize {
        self.end - self.start
    }

    fn across(&self, along: usize) -> f32 {
        self.at + self.slope * along as f32
    }

    /// Whether it is a rule and no stroke of a digit; `part` is the one it was found in.
    fn is_one(&self, part: &Part, all: &[Rule], heights: &Heights) -> bool {
        let length = self.length() as f32;
        let crossed = || all.iter().filter(|other| self.crosses(other)).count() > 2;
        let enough = |height: f32| height > 0.0 && length > LONGER * height;
        if self.ends_in(all) {
            return true;
        }
        // A digit has three straight strokes at most.
        if all.iter().filter(|other| other.part == self.part).count() > 3 {
            return enough(heights.rest) || heights.rest == 0.0 && (!self.upright || crossed());
        }
        if self.upright {
            // By itself it may be a 1, which is as high as the others.
            return enough(heights.others) || crossed();
        }
        enough((part.bbox.height as f32 - self.slope.abs() * length).max(1.0))
    }

    /// Whether a rule of the other direction runs through it.
    fn crosses(&self, other: &Rule) -> bool {
        let (at, along) = (self.at as usize, other.at as usize);
        self.upright != other.upright
            && (other.start..other.end).contains(&at)
            && (self.start..self.end).contains(&along)
    }

    /// Whether a rule of the other direction passes by at both ends.
    fn ends_in(&self, all: &[Rule]) -> bool {
        let reach = (2.0 * f32::from(THICKEST)).min(self.length() as f32 / 6.0);
        let meets = |along: usize| {
            all.iter().filter(|other| other.upright != self.upright).any(|other| {
                let across = self.across(along);
                (other.across(across.max(0.0) as usize) - along as f32).abs() <= reach
                    && across >= other.start as f32 - reach
                    && across <= other.end as f32 + reach
            })
        };
        self.length() >= 3 * SHORTEST && meets(self.start) && meets(self.end)
    }

    /// Takes it from the ink wherever nothing crosses it.
    fn erase(&self, ink: &mut Ink) {
        let (along_step, across_step, across_end) =
            if self.upright { (ink.width, 1, ink.width) } else { (1, ink.width, ink.height) };
        let thickest = self.thickness + 1.5;
        // A piece that is missing at an end was too short, or bent by what it touches.
        let end = (self.end + 2 * SHORTEST).min(if self.upright { ink.height } else { ink.width });
        for along in self.start.saturating_sub(2 * SHORTEST)..end {
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
