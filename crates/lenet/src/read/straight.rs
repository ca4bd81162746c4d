//! Straight thin lines of a page: what rules are among ([`super::rules`]), and some strokes of digits.
//!
//! Pieces of ink that are thin in one direction and straight in the other are put together to lines, longest first, and lines are followed
//! where they are faint.

use std::ops::Range;

use super::ink::Ink;
use super::parts::{Part, Run, connected};

/// The thickest rule, in pixels, blurred edges included.
pub(super) const THICKEST: u8 = 8;
/// Rows that a level rule may go up or down for each column: 5 degrees.
const STEEPEST: f32 = 0.09;
/// How many slopes up, and as many down, are tried for a line.
const SLOPES: i32 = 22;
/// Among more pieces than this none is tried but a piece's own: a texture has tens of thousands.
const VOTERS: usize = 1_000;
/// Pixels that the middle of a piece of a rule may lie beside the line through the others.
const STRAY: f32 = 1.2;
/// The shortest straight piece that is looked at, in pixels: squared paper for small digits has no longer ones between its crossings.
const PIECE: usize = 6;
/// The shortest line, in pixels.
pub(super) const SHORTEST: usize = 16;
/// Where a rule is there in part it may be as faint as this elsewhere.
pub(super) const FAINT: u8 = 40;
/// Pixels that a rule may be interrupted for near its ends.
const GAP: usize = 8;
/// The share of a rule that must be there.
const COVERED: f32 = 0.8;
/// The share of a level line on which nothing thicker may lie, if it does not run from edge to edge: digits that touch have enough strokes
/// side by side to make a line through all of them.
const BARE: f32 = 0.85;
/// Pixels from the picture's edge at which a rule ends that runs as far.
const MARGIN: usize = 3;
/// One pixel is added to that for so many of the picture's side, as it may be seen askew.
const MARGIN_OF: usize = 50;
/// A rule is at least so many times as long as it is thick, where it has to be thin.
pub(super) const SLENDER: f32 = 12.0;

/// A straight thin line. Along is right for level ones and down for upright ones, across is the other direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) upright: bool,
    /// Where its middle is across, at along = 0.
    pub(super) at: f32,
    pub(super) slope: f32,
    /// The first pixel along.
    pub(super) start: usize,
    /// The pixel after the last one.
    pub(super) end: usize,
    pub(super) thickness: f32,
    /// How dark it is where nothing else is: the median.
    pub(super) dark: u8,
    /// Whether it runs from one edge of the picture to the other.
    pub(super) spans: bool,
}

impl Rule {
    pub(super) fn length(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn across(&self, along: usize) -> f32 {
        self.at + self.slope * along as f32
    }
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
        self.end - self.start >= PIECE
            && slope.abs() <= STEEPEST + 1.5 / (self.end - self.start) as f32
            && rest < 2.5
    }
}

/// Straight thin lines of some parts, in one of the two directions.
pub(super) fn straight(parts: &[&Part], ink: &Ink, upright: bool) -> Vec<Rule> {
    if parts.is_empty() {
        return Vec::new();
    }
    let view = View::of(parts, ink, upright);
    let mut pieces = pieces(&view);
    pieces.sort_by_key(|piece| (piece.start, piece.end));
    let mut rules = Vec::new();
    while let Some(seed) = (0..pieces.len()).max_by_key(|k| pieces[*k].end - pieces[*k].start) {
        let seed = pieces.remove(seed);
        // The longest piece is surely the rule's; shorter ones may be strokes that lie on it.
        let thickness = (seed.count / (seed.end - seed.start) as f64) as f32;
        rules.extend(view.rule(together(seed, &mut pieces), thickness));
    }
    rules
}

/// The straight pieces of a page's thin ink. A thin stroke that crosses a rule is one piece with it, and that is bent: of what begins at an edge of the
/// picture, as rules do, only what is level is looked at then.
fn pieces(view: &View<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut level = Vec::new();
    for part in connected(&view.thin, view.length) {
        let piece = Piece::of(&part.runs);
        if piece.is_straight() {
            pieces.push(piece);
        } else if part.bbox.x <= 1 || part.bbox.right() + 1 >= view.length {
            level.resize(view.thin.len(), 0);
            for run in part.runs.iter().filter(|run| (run.end - run.start) as usize >= PIECE) {
                level[run.y as usize * view.length..][run.start as usize..run.end as usize].fill(255);
            }
        }
    }
    let of_bent = connected(&level, view.length);
    pieces.extend(of_bent.iter().map(|part| Piece::of(&part.runs)).filter(Piece::is_straight));
    pieces
}

/// A piece and all others that lie on one line with it, the nearest first. A short piece says little of where its line goes: first that is what most
/// others say.
fn together(seed: Piece, pieces: &mut Vec<Piece>) -> Piece {
    let mut line = seed;
    let mut voted = (pieces.len() <= VOTERS).then(|| slope_of_most(&seed, pieces));
    loop {
        let (mut at, mut slope, _) = line.line();
        if let Some(voted) = voted.take() {
            let (x, y) = line.middle();
            (at, slope) = (y - voted * x, voted);
        }
        let near = |piece: &Piece| {
            let (x, y) = piece.middle();
            (y - at - slope * x).abs() <= STRAY
        };
        let apart =
            |piece: &Piece| piece.start.saturating_sub(line.end).max(line.start.saturating_sub(piece.end));
        let found = (0..pieces.len()).filter(|k| near(&pieces[*k])).min_by_key(|k| apart(&pieces[*k]));
        let Some(next) = found.filter(|k| apart(&pieces[*k]) <= line.end - line.start + 40) else {
            return line;
        };
        line = line.and(&pieces.remove(next));
    }
}

/// The slope of the line through a piece's middle on which most of the other pieces lie, by their lengths; its own if none does better.
fn slope_of_most(seed: &Piece, pieces: &[Piece]) -> f32 {
    let (x, y) = seed.middle();
    let length = |slope: f32| -> usize {
        let on = pieces.iter().filter(|piece| {
            let (along, across) = piece.middle();
            (across - y - slope * (along - x)).abs() <= STRAY
        });
        on.map(|piece| piece.end - piece.start).sum()
    };
    let own = seed.line().1.clamp(-STEEPEST, STEEPEST);
    let slopes = (-SLOPES..=SLOPES).map(|k| STEEPEST * k as f32 / SLOPES as f32);
    let more = |best: (usize, f32), slope: f32| {
        let length = length(slope);
        if length > best.0 { (length, slope) } else { best }
    };
    slopes.fold((length(own), own), more).1
}

/// A page turned so that lines are level: x goes along them, y across.
struct View<'a> {
    ink: &'a Ink,
    upright: bool,
    /// How far x goes.
    length: usize,
    /// How far y goes.
    rows: usize,
    /// The solid ink of the parts that are looked at.
    solid: Vec<u8>,
    /// What of it is not thicker than a rule.
    thin: Vec<u8>,
}

impl<'a> View<'a> {
    fn of(parts: &[&Part], ink: &'a Ink, upright: bool) -> Self {
        let (solid, length) = bitmap(parts, ink, upright);
        let mut thin_ink = solid.clone();
        let thickest = (ink.width.min(ink.height) / 10).clamp(3, THICKEST.into()) as u8;
        thin(&mut thin_ink, length, thickest);
        View { ink, upright, length, rows: solid.len() / length, solid, thin: thin_ink }
    }

    fn value(&self, x: usize, y: usize) -> u8 {
        self.ink.values[if self.upright { x * self.ink.width + y } else { y * self.ink.width + x }]
    }

    /// The rows that a line runs through whose middle is here.
    fn around(&self, middle: f32) -> Range<usize> {
        (middle - 1.5).max(0.0) as usize..((middle + 2.5).max(0.0) as usize).min(self.rows)
    }

    /// A line as far as it can be followed, if it may be a rule.
    fn rule(&self, mut line: Piece, thickness: f32) -> Option<Rule> {
        let (at, slope, _) = line.line();
        let around = |x: usize| self.around(at + slope * x as f32);
        let darkest = |x: usize| around(x).map(|y| self.value(x, y)).max().unwrap_or(0);
        let covered = |x: usize| darkest(x) >= FAINT;
        // A piece that is missing at an end was too short, or bent by what it touches.
        while line.start > 0 && (line.start.saturating_sub(GAP)..line.start).any(covered) {
            line.start -= 1;
        }
        while line.end < self.length && (line.end..(line.end + GAP).min(self.length)).any(covered) {
            line.end += 1;
        }
        let (long, along) = (line.end - line.start, || line.start..line.end);
        let there = along().filter(|x| covered(*x)).count();
        if slope.abs() > STEEPEST || (there as f32) < COVERED * long as f32 || long < SHORTEST {
            return None;
        }
        let margin = MARGIN + self.length / MARGIN_OF;
        let spans = line.start <= margin
            && line.end + margin >= self.length
            && thickness * SLENDER < self.length as f32;
        // Where nothing thicker lies on it.
        let bare = |x: &usize| {
            let has = |ink: &[u8]| around(*x).any(|y| ink[y * self.length + x] > 0);
            has(&self.thin) || !has(&self.solid)
        };
        let mut dark: Vec<u8> = along().filter(bare).map(darkest).collect();
        if !self.upright && !spans && (dark.len() as f32) < BARE * long as f32 {
            return None;
        }
        dark.sort_unstable();
        let dark = dark.get(dark.len() / 2).copied().unwrap_or(u8::MAX);
        let Piece { start, end, .. } = line;
        Some(Rule { upright: self.upright, at, slope, start, end, thickness, dark, spans })
    }
}

#[cfg(test)]
mod tests {
    use super::super::ink::Polarity;
    use super::*;

    #[test]
    fn a_thin_stroke_that_leaves_a_rule_does_not_hide_it() {
        // A line from edge to edge and, from its middle on, a stroke that goes up, three columns for each row.
        let inked = |x: usize, y: usize| y == 60 || (80..140).contains(&x) && 60 - (x - 80) / 3 == y;
        let values = (0..200 * 100).map(|at| if inked(at % 200, at / 200) { 255 } else { 0 }).collect();
        let ink = Ink {
            width: 200,
            height: 100,
            values,
            polarity: Polarity::DarkOnLight,
            likely: 1.0,
            far_fetched: false,
        };
        let parts = connected(&ink.values, ink.width);
        assert_eq!(parts.len(), 1);
        let lines = straight(&parts.iter().collect::<Vec<_>>(), &ink, false);
        assert!(lines.iter().any(|line| line.spans && (line.across(100) - 60.0).abs() < 1.0), "{lines:?}");
    }

    #[test]
    fn a_level_line_on_which_strokes_stand_side_by_side_is_none() {
        let lines = |strokes: bool| {
            let inked = |x: usize, y: usize| {
                (30..230).contains(&x)
                    && ((60..64).contains(&y) || strokes && x % 20 < 6 && (30..90).contains(&y))
            };
            let values = (0..300 * 120).map(|at| if inked(at % 300, at / 300) { 255 } else { 0 }).collect();
            let ink = Ink {
                width: 300,
                height: 120,
                values,
                polarity: Polarity::DarkOnLight,
                likely: 1.0,
                far_fetched: false,
            };
            let parts = connected(&ink.values, ink.width);
            straight(&parts.iter().collect::<Vec<_>>(), &ink, false).len()
        };
        assert_eq!((lines(false), lines(true)), (1, 0));
    }
}
