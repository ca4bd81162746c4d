//! The matrix products of LeNet-5 and nothing else, by the crate `gemm`.
//!
//! Engines that lower convolutions to matrix products ("im2col") have to make at least these for a batch. Copying the
//! patches, squashing, sub-sampling and the update are left out: an engine that multiplies with this crate adds them to
//! the times found here. Channels are the outer index of every matrix of a convolution (NCHW); with positions outside
//! (NHWC) the products took up to twice as long.
//!
//! ```text
//! bench-gemm training|classification THREADS SECONDS [BATCH]
//! ```
//!
//! prints one JSON object: images/s of every way to cut the products and to share them between threads, each measured
//! for so many seconds.

use gemm::{Parallelism, gemm};
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};

/// A layer as a product: `outputs x inputs` weights times `inputs x positions` patches, for each image.
struct Layer {
    outputs: usize,
    inputs: usize,
    positions: usize,
    /// Whether a gradient of the inputs is needed: not for C1, whose input is the digit.
    d_inputs: bool,
}

const LAYERS: [Layer; 5] = [
    Layer { outputs: 6, inputs: 25, positions: 28 * 28, d_inputs: false }, // C1
    Layer { outputs: 16, inputs: 150, positions: 10 * 10, d_inputs: true }, // C3, every map connected to every map
    Layer { outputs: 120, inputs: 400, positions: 1, d_inputs: true },      // C5
    Layer { outputs: 84, inputs: 120, positions: 1, d_inputs: true },       // F6
    Layer { outputs: 10, inputs: 84, positions: 1, d_inputs: true },        // output
];

/// How the products of a convolution are cut.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    /// A product for each image, the patches in a buffer that stays in the cache, as when each image is copied just
    /// before it is needed.
    Image,
    /// One product for the whole batch; the patches of the batch stand in memory.
    Batch,
}

/// A matrix in a buffer: element (r, c) is at `r * row + c * column`.
#[derive(Clone, Copy)]
struct Strides {
    row: usize,
    column: usize,
}

const fn rows(columns: usize) -> Strides {
    Strides { row: columns, column: 1 }
}

const fn transposed(s: Strides) -> Strides {
    Strides { row: s.column, column: s.row }
}

/// The index after the last element of a matrix.
fn end(rows: usize, columns: usize, s: Strides) -> usize {
    (rows - 1) * s.row + (columns - 1) * s.column + 1
}

/// `to (m x n) = a (m x k) b (k x n)`, added to what is there if `add`.
fn product(
    (m, k, n): (usize, usize, usize),
    (to, to_strides): (&mut [f32], Strides),
    add: bool,
    (a, a_strides): (&[f32], Strides),
    (b, b_strides): (&[f32], Strides),
    parallelism: Parallelism,
) {
    assert!(
        to.len() >= end(m, n, to_strides)
            && a.len() >= end(m, k, a_strides)
            && b.len() >= end(k, n, b_strides)
    );
    // SAFETY: the matrices lie inside their slices, as asserted above, and `to` is borrowed alone.
    unsafe {
        gemm(
            m,
            n,
            k,
            to.as_mut_ptr(),
            to_strides.column as isize,
            to_strides.row as isize,
            add,
            a.as_ptr(),
            a_strides.column as isize,
            a_strides.row as isize,
            b.as_ptr(),
            b_strides.column as isize,
            b_strides.row as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Buffers of one layer for a batch. Sums and their gradients have room for every image whatever the cut, because an
/// engine must keep them; patches have it only where the whole batch is one product.
struct Buffers {
    weights: Vec<f32>,
    d_weights: Vec<f32>,
    patches: Vec<f32>,
    d_patches: Vec<f32>,
    sums: Vec<f32>,
    d_sums: Vec<f32>,
}

/// Small numbers around zero, none of them subnormal.
fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|k| (k * 37 % 101) as f32 / 101.0 - 0.495).collect()
}

struct Batch {
    images: usize,
    cut: Cut,
    parallelism: Parallelism,
    buffers: Vec<Buffers>,
}

impl Batch {
    fn new(images: usize, cut: Cut, parallelism: Parallelism) -> Self {
        let buffers = LAYERS.iter().map(|layer| {
            let copies = if cut == Cut::Image && layer.positions > 1 { 1 } else { images };
            let patches = copies * layer.inputs * layer.positions;
            let sums = images * layer.outputs * layer.positions;
            Buffers {
                weights: numbers(layer.outputs * layer.inputs),
                d_weights: numbers(layer.outputs * layer.inputs),
                patches: numbers(patches),
                d_patches: numbers(if layer.d_inputs { patches } else { 0 }),
                sums: numbers(sums),
                d_sums: numbers(sums),
            }
        });
        Self { images, cut, parallelism, buffers: buffers.collect() }
    }

    /// All products of the forward pass, and of the backward pass if wanted.
    fn run(&mut self, backward: bool) {
        for (layer, buffers) in LAYERS.iter().zip(&mut self.buffers) {
            let (outputs, inputs) = (layer.outputs, layer.inputs);
            // Full layers have one position, so the images of the batch are the columns of one product in either cut.
            let (products, columns) = match self.cut {
                Cut::Image if layer.positions > 1 => (self.images, layer.positions),
                _ => (1, self.images * layer.positions),
            };
            // Convolutions: [inputs][columns]. Full layers: one row an image, [columns][inputs], as states come.
            let arrangement =
                |height: usize| if layer.positions > 1 { rows(columns) } else { transposed(rows(height)) };
            let (x, a, w) = (arrangement(inputs), arrangement(outputs), rows(inputs));
            for n in 0..products {
                let image = n * outputs * columns..(n + 1) * outputs * columns;
                let Buffers { weights, d_weights, patches, d_patches, sums, d_sums } = buffers;
                let (sums, d_sums) = (&mut sums[image.clone()], &d_sums[image]);
                let p = self.parallelism;
                product((outputs, inputs, columns), (sums, a), false, (weights, w), (patches, x), p);
                if backward {
                    let turned = transposed(x);
                    product(
                        (outputs, columns, inputs),
                        (d_weights, w),
                        n > 0,
                        (d_sums, a),
                        (patches, turned),
                        p,
                    );
                    if layer.d_inputs {
                        let turned = transposed(w);
                        product(
                            (inputs, outputs, columns),
                            (d_patches, x),
                            false,
                            (weights, turned),
                            (d_sums, a),
                            p,
                        );
                    }
                }
            }
            black_box(&mut *buffers);
        }
    }
}

/// Runs for the given time after a warm-up of a fifth of it; images per second.
fn rate(batch: &mut Batch, backward: bool, time: Duration) -> f64 {
    for (limit, counts) in [(time / 5, false), (time, true)] {
        let (start, mut batches) = (Instant::now(), 0);
        while batches == 0 || start.elapsed() < limit {
            batch.run(backward);
            batches += 1;
        }
        if counts {
            return (batches * batch.images) as f64 / start.elapsed().as_secs_f64();
        }
    }
    unreachable!("the second turn of the loop returns")
}

/// Every thread with an equal share of the batch and products of its own; the sum of their rates.
fn rate_of_shares(threads: usize, images: usize, cut: Cut, backward: bool, time: Duration) -> f64 {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut batch = Batch::new(images / threads, cut, Parallelism::None);
                    barrier.wait();
                    rate(&mut batch, backward, time)
                })
            })
            .collect();
        shares.into_iter().map(|share| share.join().expect("a thread panicked")).sum()
    })
}

/// Multiply-adds of one image, counted as two operations.
fn operations(backward: bool) -> usize {
    let products = |layer: &Layer| if backward { 2 + usize::from(layer.d_inputs) } else { 1 };
    LAYERS.iter().map(|layer| 2 * products(layer) * layer.outputs * layer.inputs * layer.positions).sum()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((backward, threads, seconds, images)) = parse(&arguments) else {
        eprintln!("usage: bench-gemm training|classification THREADS SECONDS [BATCH]");
        std::process::exit(2);
    };
    let time = Duration::from_secs_f64(seconds);
    let mut results = Vec::new();
    for (cut, cut_name) in
        [(Cut::Image, "a product for each image"), (Cut::Batch, "one product for the batch")]
    {
        let mut ways = vec![("images shared out", rate_of_shares(threads, images, cut, backward, time))];
        if threads > 1 {
            let mut batch = Batch::new(images, cut, Parallelism::Rayon(threads));
            ways.push(("threads inside products", rate(&mut batch, backward, time)));
        }
        for (sharing, rate) in ways {
            let gflops = rate * operations(backward) as f64 * 1e-9;
            results.push(format!(
                r#"{{"cut":"{cut_name}","sharing":"{sharing}","rate":{rate:.1},"gflops":{gflops:.2}}}"#
            ));
        }
    }
    let (avx512, results) = (avx512(), results.join(","));
    println!(r#"{{"threads":{threads},"batch":{images},"avx512":{avx512},"results":[{results}]}}"#);
}

/// Whether backward, how many threads, seconds and images.
fn parse(arguments: &[String]) -> Option<(bool, usize, f64, usize)> {
    let (what, threads, seconds, images) = match arguments {
        [what, threads, seconds] => (what, threads, seconds, "256"),
        [what, threads, seconds, images] => (what, threads, seconds, images.as_str()),
        _ => return None,
    };
    let backward = match what.as_str() {
        "training" => true,
        "classification" => false,
        _ => return None,
    };
    Some((backward, threads.parse().ok()?, seconds.parse().ok()?, images.parse().ok()?))
}

/// Whether `gemm` finds what its AVX-512 kernels need.
fn avx512() -> bool {
    #[cfg(target_arch = "x86_64")]
    return is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}
