//! All the ways to cut a row of digits that touch into pieces: the paper's segmentation graph (Fig. 17, section V).
//!
//! ```text
//! ink        |   2  | 3 |
//! cuts       0 . . . a . b . . . . n          a piece is the ink from one cut to a later one
//! pieces     |---2---|                        a network says what each may be;
//!            |----8-----|                     a path from the first cut to the last is a way to read the row
//!                    |---3-----------|
//! ```
//!
//! A path is as likely as all of its pieces are together. The likeliest is found by Viterbi's algorithm; how likely it is that a piece is
//! on the right path, and on any, by the forward algorithm and its reverse (section VI), which is what a network is taught by
//! (`train`).
//!
//! ```
//! use lenet::lattice::{Lattice, Strip};
//!
//! // A row of 28 columns, ink in all of them.
//! let strip = Strip { width: 28, ink: vec![200; 32 * 28] };
//! let (lattice, images) = Lattice::new(&strip);
//! assert_eq!(images.len(), lattice.pieces().len());
//!
//! // To a network that is sure of nothing, few pieces are likelier than many.
//! let sure_of_nothing = vec![[-3.0; 10]; images.len()];
//! assert_eq!(lattice.likeliest(&sure_of_nothing).len(), 2);
//! ```

use std::ops::Range;

use crate::data::normalise::{INPUT, cut_out};
use crate::data::{Image, SIDE};

/// Columns from one cut to the next.
const STEP: usize = 2;
/// The narrowest and the widest piece, in columns.
const WIDTHS: Range<usize> = 3..28;
/// What every digit adds to the logarithm of a path's likelihood where a network is taught.
const MORE_TAUGHT: f32 = 0.25;
/// The same where a strip is read. Taught is the sum over all paths that read a text, read the one best path, and that one takes a digit and its
/// narrow neighbour for one ten times as often as one digit for two. From 0.7 to 2 as many strings of held-out digits are read, within what
/// chance does.
const MORE: f32 = 1.0;

/// Ink in 32 rows, digits 20 rows high in the middle of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    /// Columns.
    pub width: usize,
    /// `32 * width` values, 0 paper to 255 ink, row by row; the first and the last column have some.
    pub ink: Vec<u8>,
}

impl Strip {
    fn blank(&self, column: usize) -> bool {
        self.ink[column..].iter().step_by(self.width).all(|ink| *ink == 0)
    }
}

/// A strip whose text is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueStrip {
    /// The ink.
    pub strip: Strip,
    /// The digits in it, 0 to 9, from left to right.
    pub text: Vec<u8>,
}

/// The pieces of a strip, and how they follow each other.
#[derive(Clone, Debug)]
pub struct Lattice {
    width: usize,
    /// The columns of each, ordered by where they begin.
    pieces: Vec<Range<usize>>,
    /// Columns that a path may leave out, as there is only paper.
    blank: Vec<bool>,
}

impl Lattice {
    /// Of a strip, and an image of each piece. Pieces are not scaled, so that half a digit does not look like a whole one, but put into the
    /// middle by their centre of mass, as MNIST's digits are.
    ///
    /// # Panics
    /// When the strip's ink is not `32 * width` values.
    pub fn new(strip: &Strip) -> (Self, Vec<Image>) {
        let width = strip.width;
        assert!(
            strip.ink.len() == INPUT * width,
            "{} values are no {INPUT} rows of {width}",
            strip.ink.len()
        );
        let cuts: Vec<usize> = (0..width).step_by(STEP).chain([width]).collect();
        let narrowest = WIDTHS.start.min(width);
        let (mut pieces, mut images) = (Vec::new(), Vec::new());
        for (k, start) in cuts.iter().enumerate() {
            let ends = cuts[k + 1..].iter().filter(|end| (narrowest..WIDTHS.end).contains(&(**end - start)));
            for end in ends {
                let mut image = [0; SIDE * SIDE];
                if cut_out(&strip.ink, width, *start..*end, &mut image, SIDE) {
                    pieces.push(*start..*end);
                    images.push(image);
                }
            }
        }
        let blank = (0..width).map(|column| strip.blank(column)).collect();
        (Lattice { width, pieces, blank }, images)
    }

    /// The columns of each piece.
    pub fn pieces(&self) -> &[Range<usize>] {
        &self.pieces
    }

    /// The pieces of the likeliest path by their numbers, and which digit each is; none if no path goes from end to end. `likely` has the logarithm of
    /// how likely each piece is each digit.
    pub fn likeliest(&self, likely: &[[f32; 10]]) -> Vec<(usize, u8)> {
        // The likeliest way to have come to each column, and the piece that ends there; none where there is only paper.
        let mut best: Vec<(f32, Option<(usize, u8)>)> = vec![(f32::NEG_INFINITY, None); self.width + 1];
        best[0].0 = 0.0;
        let mut next = 0;
        for column in 0..self.width {
            let so_far = best[column].0;
            if self.blank[column] && so_far > best[column + 1].0 {
                best[column + 1] = (so_far, None);
            }
            while let Some(piece) = self.pieces.get(next).filter(|piece| piece.start == column) {
                let most =
                    |best: usize, k: usize| if likely[next][k] > likely[next][best] { k } else { best };
                let digit = (1..10).fold(0, most);
                let sum = so_far + likely[next][digit] + MORE;
                if sum > best[piece.end].0 {
                    best[piece.end] = (sum, Some((next, digit as u8)));
                }
                next += 1;
            }
        }
        let (mut column, mut path) = (self.width, Vec::new());
        if best[column].0 == f32::NEG_INFINITY {
            return path;
        }
        while column > 0 {
            column = match best[column].1 {
                Some(piece) => {
                    path.push(piece);
                    self.pieces[piece.0].start
                }
                None => column - 1,
            }
        }
        path.reverse();
        path
    }

    /// For each piece and digit how likely it is on a path that reads `text`, less how likely it is on any path: what has to grow, above 0, and to
    /// shrink, below 0, for the text to be read. And the negative logarithm of the share that paths that read the text have of all. None if no
    /// path reads it.
    ///
    /// This is the derivative of that logarithm, but for the sign, by the logarithms `likely` (discriminative forward training, section VI).
    pub fn wanted(&self, likely: &[[f32; 10]], text: &[u8]) -> Option<(Vec<[f32; 10]>, f64)> {
        let log = |piece: usize, digit: usize| f64::from(likely[piece][digit] + MORE_TAUGHT);
        let any = |piece: usize| {
            let most = likely[piece].iter().copied().fold(f32::NEG_INFINITY, f32::max);
            f64::from(most + MORE_TAUGHT)
                + likely[piece].iter().map(|l| f64::from(l - most).exp()).sum::<f64>().ln()
        };
        let any: Vec<f64> = (0..self.pieces.len()).map(any).collect();
        let of_text = |piece: usize, k: usize| text.get(k).map(|digit| log(piece, usize::from(*digit)));
        let [all_to, all_from] = self.sums(1, |piece, _| Some((any[piece], 0)));
        let places = text.len() + 1;
        let [right_to, right_from] = self.sums(places, |piece, k| Some((of_text(piece, k)?, 1)));
        let all = all_to[self.width];
        let right = right_to[self.width * places + text.len()];
        if right == f64::NEG_INFINITY {
            return None;
        }
        let mut wanted = vec![[0.0; 10]; self.pieces.len()];
        for (n, (piece, wanted)) in self.pieces.iter().zip(&mut wanted).enumerate() {
            let around = all_to[piece.start] + all_from[piece.end] - all;
            for (digit, wanted) in wanted.iter_mut().enumerate() {
                *wanted -= (around + log(n, digit)).exp() as f32;
            }
            for (k, digit) in text.iter().enumerate() {
                let around =
                    right_to[piece.start * places + k] + right_from[piece.end * places + k + 1] - right;
                wanted[usize::from(*digit)] += (around + log(n, usize::from(*digit))).exp() as f32;
            }
        }
        Some((wanted, all - right))
    }

    /// The logarithms of the sums of all paths from the first column to each column and place, and from there to the last: `[column][place]`. A
    /// piece at a place adds a logarithm and moves on by some places, or is not allowed there.
    fn sums(&self, places: usize, step: impl Fn(usize, usize) -> Option<(f64, usize)>) -> [Vec<f64>; 2] {
        let add = |to: &mut f64, term: f64| {
            let (more, less) = if *to > term { (*to, term) } else { (term, *to) };
            if less > f64::NEG_INFINITY {
                *to = more + (less - more).exp().ln_1p();
            } else {
                *to = more;
            }
        };
        let mut sums = [0, 1].map(|_| vec![f64::NEG_INFINITY; (self.width + 1) * places]);
        let [to, from] = &mut sums;
        (to[0], from[self.width * places + places - 1]) = (0.0, 0.0);
        let mut next = 0;
        for column in 0..self.width {
            for place in (0..places).filter(|_| self.blank[column]) {
                let so_far = to[column * places + place];
                add(&mut to[(column + 1) * places + place], so_far);
            }
            while let Some(piece) = self.pieces.get(next).filter(|piece| piece.start == column) {
                for place in 0..places {
                    if let Some((log, on)) = step(next, place) {
                        let sum = to[column * places + place] + log;
                        add(&mut to[piece.end * places + place + on], sum);
                    }
                }
                next += 1;
            }
        }
        for column in (0..self.width).rev() {
            for place in (0..places).filter(|_| self.blank[column]) {
                let behind = from[(column + 1) * places + place];
                add(&mut from[column * places + place], behind);
            }
            while let Some(n) = next.checked_sub(1).filter(|n| self.pieces[*n].start == column) {
                for place in 0..places {
                    if let Some((log, on)) = step(n, place) {
                        let sum = log + from[self.pieces[n].end * places + place + on];
                        add(&mut from[column * places + place], sum);
                    }
                }
                next = n;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(width: usize, ink: impl Fn(usize, usize) -> bool) -> Strip {
        let grey = |at| if ink(at % width, at / width) { 255 } else { 0 };
        Strip { width, ink: (0..INPUT * width).map(grey).collect() }
    }

    /// Numbers that look like logarithms of likelihoods.
    fn likely(count: usize) -> Vec<[f32; 10]> {
        let value = |n: usize, c: usize| -(((n * 37 + c * 101) % 89) as f32) / 20.0;
        (0..count).map(|n| std::array::from_fn(|c| value(n, c))).collect()
    }

    /// All paths, each with the logarithm of its likelihood and its text.
    fn paths(lattice: &Lattice, likely: &[[f32; 10]], column: usize) -> Vec<(f64, Vec<(usize, u8)>)> {
        if column == lattice.width {
            return vec![(0.0, Vec::new())];
        }
        let mut all = Vec::new();
        if lattice.blank[column] {
            all.extend(paths(lattice, likely, column + 1));
        }
        for (n, piece) in lattice.pieces.iter().enumerate().filter(|(_, piece)| piece.start == column) {
            for (log, rest) in paths(lattice, likely, piece.end) {
                for digit in 0..10 {
                    let path = [&[(n, digit)], &rest[..]].concat();
                    all.push((log + f64::from(likely[n][usize::from(digit)] + MORE_TAUGHT), path));
                }
            }
        }
        all
    }

    #[test]
    fn sums_over_paths_are_those_of_all_paths_one_by_one() {
        // A blank column in the middle.
        let (lattice, images) = Lattice::new(&strip(13, |x, y| x != 6 && (x + y) % 3 > 0));
        let likely = likely(images.len());
        let all = paths(&lattice, &likely, 0);
        assert!(all.len() > 1000);
        let read = |path: &(f64, Vec<_>)| path.0 + path.1.len() as f64 * f64::from(MORE - MORE_TAUGHT);
        let best = all.iter().max_by(|a, b| read(a).total_cmp(&read(b))).unwrap();
        assert_eq!(lattice.likeliest(&likely), best.1);
        for text in [vec![3, 3], vec![0], vec![1, 2, 3]] {
            let sum: f64 = all.iter().map(|path| path.0.exp()).sum();
            let reads = |path: &&(f64, Vec<(usize, u8)>)| path.1.iter().map(|piece| &piece.1).eq(&text);
            let right: f64 = all.iter().filter(reads).map(|path| path.0.exp()).sum();
            let (wanted, cost) = lattice.wanted(&likely, &text).unwrap();
            assert!((cost - (sum / right).ln()).abs() < 1e-6);
            for n in 0..images.len() {
                for digit in 0..10 {
                    let with = |path: &&(f64, Vec<(usize, u8)>)| path.1.contains(&(n, digit));
                    let on_any: f64 = all.iter().filter(with).map(|path| path.0.exp()).sum();
                    let on_right: f64 = all.iter().filter(reads).filter(with).map(|path| path.0.exp()).sum();
                    let expected = on_right / right - on_any / sum;
                    assert!((f64::from(wanted[n][usize::from(digit)]) - expected).abs() < 1e-5);
                }
            }
        }
        assert!(lattice.wanted(&likely, &[1; 9]).is_none(), "too many digits for 13 columns");
    }

    #[test]
    fn a_path_leaves_out_nothing_but_paper() {
        for width in 1..60 {
            let strip = strip(width, |x, y| x % 20 < 15 && (x * 7 + y * 3) % 5 < 3);
            let (lattice, images) = Lattice::new(&strip);
            let path = lattice.likeliest(&likely(images.len()));
            let mut covered = vec![false; width];
            for (k, (n, _)) in path.iter().enumerate() {
                let columns = lattice.pieces()[*n].clone();
                assert!(k == 0 || columns.start >= lattice.pieces()[path[k - 1].0].end);
                covered[columns].fill(true);
            }
            assert!((0..width).all(|x| covered[x] || strip.blank(x)), "{width}");
        }
        let (lattice, images) = Lattice::new(&strip(30, |_, _| false));
        assert!(images.is_empty() && lattice.likeliest(&[]).is_empty());
    }
}
