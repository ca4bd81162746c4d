//! What stands where on a page.

use rand::rngs::ChaCha8Rng;

use super::Kind;
use super::conditions::{Conditions, Lines, Ruling};
use super::outline::{Outline, UNITS};
use super::page::{Drawn, Page, bounds};
use crate::data::Split;
use crate::pen::chance::{below, between, share};
use crate::pen::{Canvas, Face, nothing};

/// Pixels along the longer side of a single digit.
const SIZES: [f32; 2] = [12.0, 200.0];
/// The same for digits of strings and of sheets.
const SIZES_STRING: [f32; 2] = [12.0, 120.0];
const SIZES_SHEET: [f32; 2] = [28.0, 56.0];
/// Pixels of a sheet for a row or a column.
const PITCH: f32 = 100.0;
/// From digit to digit in lines of sheets, in units.
const GAPS_SHEET: [f32; 2] = [3.0, 8.0];
/// Pixels between ink and the edge of the page, at least.
const LEAST_MARGIN: f32 = 3.0;
/// Lines, and digits in a line, at most.
const MOST: usize = 100;

/// A thing and what is needed to draw it.
struct Thing {
    canvas: Canvas,
    /// The digit that it is, none if it is none.
    label: Option<u8>,
    /// Its size as a share of the page's.
    size: f32,
    /// Units to the box of the thing before.
    gap: f32,
    /// How far its foot is below the base line, in sizes.
    below: f32,
}

/// Where lines stand.
enum Place {
    /// Pixels of paper left of, above, right of and below the ink.
    Margins([f32; 4]),
    /// For each row where it begins, as a share of the room there is, and by how many pixels it is too low; for so many columns.
    Sheet { rows: Vec<(f32, f32)>, columns: usize },
}

/// A page before it has conditions.
pub(super) struct Layout {
    lines: Vec<Vec<Thing>>,
    place: Place,
    pub(super) size: f32,
}

/// A line as it was written: the digits, and points along the edge of each.
pub(super) struct Written {
    pub(super) labels: Vec<u8>,
    pub(super) edges: Vec<Vec<[f32; 2]>>,
}

impl Layout {
    pub(super) fn new(kind: &Kind, digits: &Split, face: Face, n: u64, random: &mut ChaCha8Rng) -> Layout {
        let [from, to] = match kind {
            Kind::CleanDigit | Kind::Digit | Kind::Nothing(_) => SIZES,
            Kind::String { .. } => SIZES_STRING,
            Kind::Sheet { .. } => SIZES_SHEET,
        };
        // Each doubling is as likely as every other: small digits are not rarer than large ones.
        let size = between(random, from.ln(), to.ln()).exp();
        let margins = margins(size, random);
        let digit = |index: usize| (Canvas::of(&digits.images[index]), Some(digits.labels[index]));
        let alone = |(canvas, label)| vec![vec![Thing { canvas, label, size: 1.0, gap: 0.0, below: 0.0 }]];
        let line = |count: usize, [least, most]: [f32; 2], random: &mut ChaCha8Rng| {
            let thing = |_| {
                let (canvas, label) = digit(below(random, digits.len()));
                let gap = between(random, least, most);
                Thing {
                    canvas,
                    label,
                    size: between(random, 0.9, 1.1),
                    gap,
                    below: between(random, -0.05, 0.05),
                }
            };
            (0..count.clamp(1, MOST)).map(thing).collect::<Vec<_>>()
        };
        let index = (n % digits.len() as u64) as usize;
        let (lines, place) = match kind {
            Kind::CleanDigit => (alone(digit(index)), Place::Margins([margins[0]; 4])),
            Kind::Digit => (alone(digit(index)), Place::Margins(margins)),
            Kind::Nothing(kind) => {
                let canvas = nothing(*kind, face, digits, random);
                (alone((canvas, None)), Place::Margins(margins))
            }
            Kind::String { digits, gaps } => {
                (vec![line(*digits, [*gaps.start(), *gaps.end()], random)], Place::Margins(margins))
            }
            Kind::Sheet { rows, columns } => {
                let lines: Vec<_> =
                    (0..(*rows).clamp(1, MOST)).map(|_| line(*columns, GAPS_SHEET, random)).collect();
                let begin = 0.9 * share(random);
                let mut row = || (begin + 0.1 * share(random), between(random, -6.0, 6.0));
                let rows = lines.iter().map(|_| row()).collect();
                (lines, Place::Sheet { rows, columns: (*columns).clamp(1, MOST) })
            }
        };
        Layout { lines, place, size }
    }

    /// Whether there is room for a box around each thing.
    pub(super) fn room(&self) -> bool {
        self.lines.iter().all(|line| line.iter().skip(1).all(|thing| thing.gap >= BOX_ROOM))
    }

    /// Draws the page: ink, lines, dust.
    pub(super) fn page(&self, conditions: &Conditions, random: &mut ChaCha8Rng) -> (Page, Vec<Written>) {
        let lines: Vec<Vec<Option<Drawn>>> = self
            .lines
            .iter()
            .map(|line| line.iter().map(|thing| self.drawn(thing, conditions)).collect())
            .collect();
        let rows: Vec<Vec<[f32; 2]>> =
            self.lines.iter().zip(&lines).map(|(things, line)| self.row(things, line)).collect();
        let (corners, [width, height]) = self.corners(&lines, &rows, conditions.lines.as_ref());
        let mut page = Page::new(width, height);
        let mut written = Vec::new();
        let mut boxes = Vec::new();
        for (((things, line), row), corner) in self.lines.iter().zip(&lines).zip(&rows).zip(corners) {
            let (mut labels, mut edges) = (Vec::new(), Vec::new());
            for ((thing, drawn), at) in things.iter().zip(line).zip(row) {
                let Some(drawn) = drawn else { continue };
                let at = [at[0] + corner[0], at[1] + corner[1]];
                page.draw(drawn, at);
                boxes.push([at, [at[0] + drawn.extent[0], at[1] + drawn.extent[1]]]);
                if let Some(label) = thing.label {
                    labels.push(label);
                    edges.push(drawn.edge(at));
                }
            }
            if !labels.is_empty() {
                written.push(Written { labels, edges });
            }
        }
        if let Some(lines) = &conditions.lines {
            page.rule(lines, &boxes, self.size);
        }
        if let Some(dust) = conditions.dust {
            self.dust(&mut page, dust, random);
        }
        (page, written)
    }

    fn drawn(&self, thing: &Thing, conditions: &Conditions) -> Option<Drawn> {
        let size = self.size * thing.size;
        let stroke = conditions.stroke.unwrap_or(1.0).clamp(0.0, 3.0);
        // A hair is a pixel wide in the end.
        let shape = Outline::of(&thing.canvas)?.shape(stroke, UNITS / size);
        Some(Drawn::new(shape, conditions.slant.unwrap_or(0.0), conditions.rotation.unwrap_or(0.0), size))
    }

    /// The upper left corners of a line's things, from the base line's beginning.
    fn row(&self, things: &[Thing], line: &[Option<Drawn>]) -> Vec<[f32; 2]> {
        let mut right = None;
        things
            .iter()
            .zip(line)
            .map(|(thing, drawn)| {
                let extent = drawn.as_ref().map_or([0.0; 2], |drawn| drawn.extent);
                let left = right.map_or(0.0, |right: f32| right + thing.gap * self.size / UNITS);
                right = Some(left + extent[0]);
                [left, thing.below * self.size - extent[1]]
            })
            .collect()
    }

    /// Where the base lines begin, and the size of the page.
    fn corners(
        &self,
        lines: &[Vec<Option<Drawn>>],
        rows: &[Vec<[f32; 2]>],
        printed: Option<&Lines>,
    ) -> (Vec<[f32; 2]>, [usize; 2]) {
        let extents = lines.iter().zip(rows).map(|(line, row)| {
            let corners = line.iter().zip(row).flat_map(|(drawn, at)| {
                let extent = drawn.as_ref().map_or([self.size; 2], |drawn| drawn.extent);
                [*at, [at[0] + extent[0], at[1] + extent[1]]]
            });
            bounds(corners)
        });
        match &self.place {
            Place::Margins(margins) => {
                let boxed = printed.filter(|lines| lines.ruling == Ruling::Boxed);
                let least = boxed.map_or(0.0, |lines| lines.spacing * self.size + lines.width + 2.0);
                let margins = margins.map(|margin| margin.max(least));
                let [from, to] = extents.fold([[0.0; 2]; 2], |_, extent| extent);
                let corner = [margins[0] - from[0], margins[1] - from[1]];
                let end = [to[0] + corner[0] + margins[2], to[1] + corner[1] + margins[3]];
                (vec![corner], end.map(|end| end.ceil() as usize))
            }
            Place::Sheet { rows, columns } => {
                let width = *columns as f32 * PITCH;
                let corners = extents.zip(rows).enumerate().map(|(k, ([from, to], (share, low)))| {
                    let room = (width - (to[0] - from[0]) - 2.0 * LEAST_MARGIN).max(0.0);
                    [LEAST_MARGIN + share * room - from[0], (k as f32 + 0.5) * PITCH + self.size / 2.0 + low]
                });
                (corners.collect(), [width as usize, rows.len() * PITCH as usize])
            }
        }
    }

    /// Specks smaller than any stroke.
    fn dust(&self, page: &mut Page, specks: f32, random: &mut ChaCha8Rng) {
        let squares = (page.width * page.height) as f32 / self.size.powi(2);
        for _ in 0..((specks * squares).ceil() as usize).min(2000) {
            let at = [page.width, page.height].map(|end| between(random, 0.0, end as f32));
            let largest = (0.025 * self.size).clamp(0.5, 2.0);
            page.speck(at, between(random, 0.3, largest), between(random, 0.3, 1.0));
        }
    }
}

/// Units between things that leave room for two boxes.
const BOX_ROOM: f32 = 16.0;

/// Anything from a few pixels to one and a half sizes on each side, the smaller the likelier.
fn margins(size: f32, random: &mut ChaCha8Rng) -> [f32; 4] {
    [(); 4].map(|()| LEAST_MARGIN + 1.5 * size * share(random).powi(2))
}
