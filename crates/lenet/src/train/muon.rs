//! Muon: the steps of a layer's weights, taken as one matrix, made orthogonal (Jordan et al. 2024).
//!
//! A gradient summed up over a batch is nearly a matrix of low rank: a few directions in which the layer's inputs and outputs
//! move together have nearly all of its length, and a step along it leaves the others as they are. Muon steps by the nearest matrix
//! with orthogonal rows instead, which is as long in every direction. It is come by without a decomposition: with M the running
//! average of the gradient, X = M / |M|, repeat five times
//!
//! ```text
//! X <- a X + b (X X') X + c (X X')^2 X        3.4445, -4.7750, 2.0315
//! ```
//!
//! which takes every singular value between 0.003 and 1 to somewhere about 1 (Newton and Schulz). X stays a polynomial in X X' times
//! the first X, so most of the products are of small square matrices:
//!
//! ```text
//! twice, then three times:    G = X X'                                        [rows][rows]
//!                             Q = a + b G + c G G,  P <- Q P,  G <- Q G Q     as often as that
//!                             X <- P X
//! ```
//!
//! In G a singular value of 0.001 is a millionth and near the rounding. Made anew after two times, when the values have grown tenfold,
//! it is right to four digits (`ten_steps_by_batches_end_where_the_optimisers_of_pytorch_end`); of five times in a row one digit was left.
//!
//! All products are those of the dense layers' kernels: G of the forward pass, with rows of X as images, the others of the gradient
//! of weights, which takes its first factor turned round; G and what is made of it are their own transposes.

use fearless_simd::{dispatch, prelude::*};
use fearless_simd_macros::simd;
use rayon::prelude::*;

use crate::kernels::TAPS;
use crate::kernels::aligned::Buffer;
use crate::kernels::level::{self, Level};
use crate::kernels::tile::dense::{self, Varying};
use crate::kernels::tile::lanes;

/// The polynomial's coefficients.
const A: f32 = 3.4445;
const B: f32 = -4.7750;
const C: f32 = 2.0315;
/// How often it is applied, before X is made and after.
const TIMES: [usize; 2] = [2, 3];

/// The mean size of a value of the step, about AdamW's, so that the same rates and weight decays suit both (Liu et al. 2025).
const SIZE: f32 = 0.2;

/// Rows of a product that a worker makes at a time; a multiple of 8, as all numbers of rows and columns here are.
const ROWS: usize = 24;

/// A layer's weights as a matrix, a row for each output.
#[derive(Clone, Debug)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    /// In the order of the parameters, without a gap between them.
    blocks: Vec<Block>,
}

/// Parameters that stand next to each other in a row.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// The first parameter's index.
    first: usize,
    len: usize,
    row: usize,
    column: usize,
}

impl Matrix {
    /// Of a full connection whose weights `[output][input]` begin at `first`.
    pub(crate) fn dense(first: usize, outputs: usize, inputs: usize) -> Self {
        let block = |row| Block { first: first + row * inputs, len: inputs, row, column: 0 };
        Matrix { rows: outputs, columns: inputs, blocks: (0..outputs).map(block).collect() }
    }

    /// Of a convolution whose kernels `[connection of the table][5][5]` begin at `first`; where there is no connection stands a zero
    /// that no step changes.
    pub(crate) fn convolution<T: AsRef<[usize]>>(first: usize, table: &[T], inputs: usize) -> Self {
        let places = table.iter().enumerate().flat_map(|(o, maps)| maps.as_ref().iter().map(move |i| (o, i)));
        let block = |(k, (row, i)): (usize, (usize, &usize))| Block {
            first: first + k * TAPS,
            len: TAPS,
            row,
            column: i * TAPS,
        };
        Matrix { rows: table.len(), columns: inputs * TAPS, blocks: places.enumerate().map(block).collect() }
    }

    /// The indices of its parameters: from the first to behind the last.
    pub(super) fn ends(&self) -> [usize; 2] {
        let end = self.blocks.last().map_or(0, |block| block.first + block.len);
        [self.blocks.first().map_or(end, |block| block.first), end]
    }
}

/// Makes the steps of one matrix orthogonal.
#[derive(Debug)]
pub(super) struct Orthogonal {
    matrix: Matrix,
    /// Whether the rows here are the matrix's columns, because there are fewer.
    turned: bool,
    /// Rows and columns here, multiples of 8 and 16; what the matrix lacks to that is zero.
    rows: usize,
    columns: usize,
    /// `[rows][columns]`, with rows up to a multiple of 16: the gradient's average, then the step, and where the next X goes.
    x: Buffer,
    next_x: Buffer,
    /// `[rows][rows]`, likewise.
    g: Buffer,
    q: Buffer,
    p: Buffer,
    /// Where products go whose factors are still needed.
    next: [Buffer; 2],
    /// For each vector's worth of rows: these as images, then their products with all rows.
    tiles: Vec<Buffer>,
    /// The biases of a layer that has none.
    zeros: Buffer,
}

impl Orthogonal {
    pub(super) fn new(matrix: Matrix, level: Level) -> Self {
        let turned = matrix.rows > matrix.columns;
        let [rows, columns] =
            if turned { [matrix.columns, matrix.rows] } else { [matrix.rows, matrix.columns] };
        let (rows, columns) = (rows.next_multiple_of(8), columns.next_multiple_of(16));
        let (high, lanes) = (rows.next_multiple_of(16), level::lanes(level));
        let square = || Buffer::zeros(high * rows);
        Orthogonal {
            matrix,
            turned,
            rows,
            columns,
            x: Buffer::zeros(high * columns),
            next_x: Buffer::zeros(high * columns),
            g: square(),
            q: square(),
            p: square(),
            next: [square(), square()],
            tiles: (0..high / lanes).map(|_| Buffer::zeros((columns + rows) * lanes)).collect(),
            zeros: Buffer::zeros(rows),
        }
    }

    /// Makes the step of this average of the gradient.
    ///
    /// To be called inside of `Workers::enter`. The same bits for any number of workers: each row is made by one.
    pub(super) fn prepare(&mut self, level: Level, average: &[f32]) {
        self.put(average);
        for times in TIMES {
            self.square(level);
            for time in 1..=times {
                self.polynomial(level);
                self.apply(level, time == 1, time == times);
            }
            let [x, p] = [&self.x, &self.p];
            product(level, self.rows, p, x, self.columns, &mut self.next_x);
            std::mem::swap(&mut self.x, &mut self.next_x);
        }
    }

    /// P <- Q P, and unless this was the last time, G <- Q G Q.
    fn apply(&mut self, level: Level, first: bool, last: bool) {
        let (rows, [t, next]) = (self.rows, &mut self.next);
        if first {
            self.p.copy_from_slice(&self.q);
        } else {
            product(level, rows, &self.q, &self.p, rows, next);
            std::mem::swap(&mut self.p, next);
        }
        if !last {
            product(level, rows, &self.q, &self.g, rows, t);
            product(level, rows, &self.q, t, rows, &mut self.g);
        }
    }

    /// X, the average divided by its length.
    fn put(&mut self, average: &[f32]) {
        let squares = |block: &Block| -> f32 {
            average[block.first..][..block.len].iter().map(|value| value * value).sum()
        };
        let length = self.matrix.blocks.iter().map(squares).sum::<f32>().sqrt();
        let factor = if length > 0.0 { 1.0 / length } else { 0.0 };
        self.x.fill(0.0);
        for block in &self.matrix.blocks {
            let values = &average[block.first..][..block.len];
            let (first, apart) = place(block, self.turned, self.columns);
            let places = self.x[first..].iter_mut().step_by(apart);
            places.zip(values).for_each(|(place, value)| *place = factor * value);
        }
    }

    /// G = X X', a vector's worth of its rows at a time.
    fn square(&mut self, level: Level) {
        let (lanes, sizes) = (level::lanes(level), Varying { inputs: self.columns, outputs: self.rows });
        let (x, zeros) = (&self.x, &self.zeros);
        let images = x.par_chunks_exact(lanes * self.columns);
        let parts = self.g.par_chunks_exact_mut(lanes * self.rows).zip(self.tiles.par_iter_mut());
        parts.zip(images).with_max_len(1).for_each(|((g, tile), images)| {
            dispatch!(level, simd => square_rows(simd, sizes, x, zeros, images, tile, g));
        });
    }

    /// Q = a + b G + c G G.
    fn polynomial(&mut self, level: Level) {
        let (rows, g) = (self.rows, &self.g[..self.rows * self.rows]);
        let sizes = Varying { inputs: rows, outputs: rows };
        let parts = self.q[..rows * rows].par_chunks_mut(ROWS * rows).enumerate();
        parts.with_max_len(1).for_each(|(k, q)| {
            dispatch!(level, simd => {
                dense::rows_of_weight_gradient(simd, sizes, g, g, k * ROWS, q);
                combine(simd, &g[k * ROWS * rows..][..q.len()], q);
            });
            q.iter_mut().skip(k * ROWS).step_by(rows + 1).for_each(|q| *q += A);
        });
    }

    /// The step's values block by block: the index of the first parameter, and how much each of them goes down at a rate of 1.
    pub(super) fn steps(&self) -> impl Iterator<Item = (usize, impl ExactSizeIterator<Item = f32>)> {
        let size = SIZE * (self.matrix.rows.max(self.matrix.columns) as f32).sqrt();
        self.matrix.blocks.iter().map(move |block| {
            let (first, apart) = place(block, self.turned, self.columns);
            let values = self.x[first..].iter().step_by(apart).take(block.len);
            (block.first, values.map(move |value| size * value))
        })
    }
}

/// Where a block begins in X, and how far apart its values are.
fn place(block: &Block, turned: bool, columns: usize) -> (usize, usize) {
    if turned {
        (block.column * columns + block.row, columns)
    } else {
        (block.row * columns + block.column, 1)
    }
}

/// out = a b, of which `a` `[rows][rows]` is its own transpose; `b` and `out` are `[rows][columns]`.
fn product(level: Level, rows: usize, a: &[f32], b: &[f32], columns: usize, out: &mut [f32]) {
    let (a, b) = (&a[..rows * rows], &b[..rows * columns]);
    let sizes = Varying { inputs: columns, outputs: rows };
    let parts = out[..rows * columns].par_chunks_mut(ROWS * columns).enumerate();
    parts.with_max_len(1).for_each(|(k, out)| {
        dispatch!(level, simd => dense::rows_of_weight_gradient(simd, sizes, a, b, k * ROWS, out));
    });
}

/// The products of `LEN` rows of `x`, which are `images`, with all of them.
#[simd]
fn square_rows<S: Simd>(
    simd: S,
    sizes: Varying,
    x: &[f32],
    zeros: &[f32],
    images: &[f32],
    tile: &mut [f32],
    g: &mut [f32],
) {
    let (tile, sums) = tile.split_at_mut(sizes.inputs * S::f32s::LEN);
    lanes::turn_back(simd, images, sizes.inputs, tile);
    let x = &x[..sizes.outputs * sizes.inputs];
    dense::forward::<S, Varying, 8, 1, false>(simd, sizes, x, zeros, [(tile, sums)]);
    lanes::turn(simd, sums, sizes.outputs, g);
}

/// q = b g + c q.
#[simd]
fn combine<S: Simd>(simd: S, g: &[f32], q: &mut [f32]) {
    let _ = simd;
    for (q, g) in q.iter_mut().zip(g) {
        *q = B * g + C * *q;
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::ChaCha8Rng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::net::LENET5;
    use crate::paper::TABLE_I;
    use crate::systems::{Plan, Stack};
    use crate::train::Network;
    use crate::workers::Workers;

    /// The definition: five times the polynomial, in f64, with X as it stands, nothing turned round.
    fn by_the_book(rows: usize, columns: usize, m: &[f64]) -> Vec<f64> {
        let product = |a: &[f64], b: &dyn Fn(usize, usize) -> f64, inner: usize, wide: usize| -> Vec<f64> {
            let rows = a.chunks(inner);
            rows.flat_map(|a| {
                (0..wide).map(|j| (0..inner).map(|k| a[k] * b(k, j)).sum::<f64>()).collect::<Vec<_>>()
            })
            .collect()
        };
        let length = m.iter().map(|x| x * x).sum::<f64>().sqrt();
        let mut x: Vec<f64> = m.iter().map(|x| x / length).collect();
        for _ in 0..5 {
            let g = product(&x, &|k, j| x[j * columns + k], columns, rows);
            let squared = product(&g, &|k, j| g[k * rows + j], rows, rows);
            let q: Vec<f64> = g.iter().zip(squared).map(|(g, s)| -4.7750 * g + 2.0315 * s).collect();
            let more = product(&q, &|k, j| x[k * columns + j], rows, columns);
            x = x.iter().zip(more).map(|(x, more)| 3.4445 * x + more).collect();
        }
        let size = 0.2 * (rows.max(columns) as f64).sqrt();
        x.iter().map(|x| size * x).collect()
    }

    fn random(count: usize) -> Vec<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        (0..count).map(|_| (random.next_u32() >> 8) as f32 / 16_777_216.0 - 0.5).collect()
    }

    /// The steps of every level, in the order of the parameters.
    fn steps(matrix: &Matrix, average: &[f32], mut check: impl FnMut(&str, Vec<(usize, f32)>)) {
        for (name, level) in level::available() {
            let mut orthogonal = Orthogonal::new(matrix.clone(), level);
            // Nothing of the step before must be left.
            let before: Vec<f32> = average.iter().rev().copied().collect();
            let workers = Workers::new(2).unwrap();
            for average in [&before, average] {
                workers.enter(|| orthogonal.prepare(level, average));
            }
            let steps = orthogonal.steps();
            check(
                name,
                steps
                    .flat_map(|(first, values)| values.enumerate().map(move |(k, v)| (first + k, v)))
                    .collect(),
            );
        }
    }

    #[test]
    fn the_steps_of_matrices_of_any_shape_are_those_of_the_definition() {
        // Of a square of chance the smallest singular value is near the rounding.
        for (rows, columns) in
            [(84, 120), (120, 400), (25, 9), (3, 5), (40, 40), (17, 100), (1, 8), (100, 30)]
        {
            let average = random(rows * columns + 7);
            let exact: Vec<f64> = average[7..].iter().map(|x| f64::from(*x)).collect();
            let expected = by_the_book(rows, columns, &exact);
            steps(&Matrix::dense(7, rows, columns), &average, |name, steps| {
                assert_eq!(steps.len(), rows * columns);
                let most = if rows == columns { 5e-4 } else { 2e-4 };
                let error = |(k, value): (usize, f32)| (f64::from(value) - expected[k - 7]).abs();
                let largest = steps.into_iter().map(error).fold(0.0, f64::max);
                assert!(largest < most, "{name}, {rows}x{columns}: {largest:e}");
            });
        }
    }

    #[test]
    fn a_convolution_is_a_matrix_with_zeros_where_its_table_has_no_connection() {
        let average = random(LENET5.c3.biases().start);
        let mut whole = vec![0.0; 16 * 150];
        let mut place = vec![];
        for (o, maps) in TABLE_I.iter().enumerate() {
            maps.iter().for_each(|i| place.extend((0..25).map(|tap| (o * 6 + i) * 25 + tap)));
        }
        place.iter().zip(&average[LENET5.c3.first..]).for_each(|(p, x)| whole[*p] = f64::from(*x));
        let expected = by_the_book(16, 150, &whole);
        let matrix = &LENET5.matrices()[0];
        assert_eq!(matrix.ends(), [LENET5.c3.weights().start, LENET5.c3.weights().end]);
        steps(matrix, &average, |name, steps| {
            assert_eq!(steps.len(), 1500);
            for (k, value) in steps {
                let expected = expected[place[k - LENET5.c3.first]];
                assert!((f64::from(value) - expected).abs() < 1e-4, "{name} {k}: {value} for {expected}");
            }
        });
    }

    #[test]
    fn only_weights_between_hidden_layers_are_matrices() {
        let of = |plan| -> Vec<_> {
            let matrices = Stack::new(plan).unwrap().matrices();
            matrices.iter().map(|matrix| (matrix.ends(), matrix.rows, matrix.columns)).collect()
        };
        let lenet_5: Vec<_> =
            LENET5.matrices().iter().map(|matrix| (matrix.ends(), matrix.rows, matrix.columns)).collect();
        assert_eq!(
            lenet_5.iter().map(|(_, rows, columns)| (*rows, *columns)).collect::<Vec<_>>(),
            [(16, 150), (120, 400), (84, 120)]
        );
        assert_eq!(of(Plan::lenet_5()), lenet_5);
        let h3 = of(Plan::lenet_1());
        assert!(h3.len() == 1 && (h3[0].1, h3[0].2) == (12, 100), "{h3:?}");
        for (name, count) in [("linear", 0), ("mlp-300", 0), ("mlp-300-100", 1)] {
            assert_eq!(of(Plan::by_name(name).unwrap()).len(), count, "{name}");
        }
    }

    #[test]
    fn without_a_gradient_there_is_no_step() {
        steps(&Matrix::dense(0, 10, 20), &[0.0; 200], |name, steps| {
            assert!(steps.iter().all(|(_, value)| *value == 0.0), "{name}");
        });
    }
}
