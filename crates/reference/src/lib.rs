//! # The book: LeNet-5 of 1998 on one page
//!
//! The network of LeCun, Bottou, Bengio, Haffner, *Gradient-Based Learning Applied to Document
//! Recognition*, Proc. IEEE 86(11), 1998, and its training, in plain loops and `f64`: the page to show a
//! student, and the oracle of the fast library's tests. Page numbers are those of the authors' 46 pages.
//!
//! Letters: `o` output map, `i` input map (or digit), `y x` position, `u v` offset in the kernel, `k`
//! connection of two maps, `m` unit of F6. A unit computes x = f(a). `d_x` is dE/dx, `h_x` is d²E/dx².
//!
//! ```
//! use lenet_reference::*;
//! let mut k = 0.0; // any source of numbers that are uniform in [-1, 1] will do
//! let uniform = || { k += 1.0; (1e4 * f64::sin(k)).rem_euclid(2.0) - 1.0 };
//! let mut net = Parameters::initial(1.1, 0.55, uniform);
//! let mut stroke = [[-0.1; 32]; 32]; // background; ink is 1.175 (p. 7)
//! (6..26).for_each(|y| stroke[y][15..18].fill(1.175)); // the net shall learn that this is a 1
//! let criterion = Criterion::Map { scale: 0.5, j: 10.0 };
//! let before = forward(&net, &stroke).output;
//! for _ in 0..10 {
//!     let state = forward(&net, &stroke);
//!     let d = backward(&net, &state, 1, &criterion);
//!     let h = curvature(&net, &state, 0.5); // in earnest: averaged over 500 patterns, once a pass
//!     sdlm_step(&mut net, &d, &h, eta(1), MU);
//! }
//! let after = forward(&net, &stroke).output;
//! assert!(criterion.value(&after, 1) < criterion.value(&before, 1));
//! assert_eq!(decide(&after), 1);
//! ```
#![forbid(unsafe_code)]
use std::array::from_fn;

// ---------------------------------------------------------------------------------- constants
/// Amplitude of the squashing function: it saturates at ±A (p. 8).
pub const A: f64 = 1.7159;
/// Slope of the squashing function inside tanh; with [`A`] it makes f(1) = 1, f(-1) = -1 (p. 41).
pub const S: f64 = 2.0 / 3.0;
/// Keeps the step of a weight with little curvature finite (μ, p. 10).
pub const MU: f64 = 0.02;

/// Table I (p. 8): row i, column o is 1 where map i of S2 feeds map o of C3.
pub const TABLE_I: [[u8; 16]; 6] = [
    [1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1],
    [1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1],
    [1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1],
    [0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1],
    [0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1],
    [0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 1, 1],
];

/// The codes of the ten digits, 7 x 12 pixels each, from Fig. 3 (p. 9): `#` is +1, `.` is -1.
/// Unit m = 7·row + column of F6 is meant to draw pixel m of the digit's picture.
pub const CODES: [&str; 12] = [
    ".#####.  ...##..  .#####.  #######  .#####.  .#####.  ..####.  #######  .#####.  .#####.",
    ".......  ..###..  .......  .....##  .......  .......  .##....  .....##  ##...##  ##..###",
    "..###..  .####..  .#####.  ....##.  .......  #######  ##.....  .....##  ##...##  ##...##",
    ".##.##.  ...##..  ##...##  ...##..  .##..##  ##.....  ##.....  ....##.  ##...##  ##...##",
    "##...##  ...##..  #....##  ..####.  .##..##  ##.....  ######.  ...##..  .#####.  ##..###",
    "##...##  ...##..  ....##.  .....##  ###..##  .####..  ###..##  ...##..  ##...##  .######",
    "##...##  ...##..  ..###..  .....##  ##...##  ..####.  ##...##  ..##...  ##...##  .....##",
    "##...##  ...##..  .##....  .....##  ##...##  .....##  ##...##  ..##...  ##...##  .....##",
    ".##.##.  ...##..  ##.....  ##...##  ##..###  ##...##  ###..##  ..##...  ##...##  ....##.",
    "..###..  .######  #######  .#####.  .######  .#####.  .#####.  ..##...  .#####.  .####..",
    ".......  .......  .......  .......  .....##  .......  .......  .......  .......  .......",
    ".......  .......  .......  .......  .....##  .......  .......  .......  .......  .......",
];

/// w_im of eq. 7: component `m` (0..84) of the code of digit `i` (0..10), +1 or -1. Never trained.
pub fn code(i: usize, m: usize) -> f64 {
    if CODES[m / 7].as_bytes()[9 * i + m % 7] == b'#' { 1.0 } else { -1.0 }
}

/// The global step size η of a pass through the training set; there are 20, numbered from 1 (p. 10).
pub fn eta(pass: usize) -> f64 {
    match pass {
        0 => panic!("passes are counted from 1"),
        1..=2 => 0.0005,
        3..=5 => 0.0002,
        6..=8 => 0.0001,
        9..=12 => 0.00005,
        _ => 0.00001,
    }
}

// --------------------------------------------------------------------------------- parameters
/// A square map of units, or a kernel: `[y][x]`.
pub type Map<const N: usize> = [[f64; N]; N];

/// The numbers of a list of maps, row after row.
pub fn flat<const N: usize>(maps: &[Map<N>]) -> &[f64] {
    maps.as_flattened().as_flattened()
}

/// Which maps are connected, as pairs (o, i): o ascending, for each o the i ascending. Here: all.
pub fn every(outputs: usize, inputs: usize) -> Vec<(usize, usize)> {
    (0..outputs).flat_map(|o| (0..inputs).map(move |i| (o, i))).collect()
}

/// Map o is connected to map o alone.
pub fn each(maps: usize) -> Vec<(usize, usize)> {
    (0..maps).map(|o| (o, o)).collect()
}

/// The 60 connected pairs (o, i) of maps of C3 and S2, from [`TABLE_I`].
pub fn table_i() -> Vec<(usize, usize)> {
    every(16, 6).into_iter().filter(|&(o, i)| TABLE_I[i][o] == 1).collect()
}

/// One number per trainable parameter: the weights themselves, or dE/dw, or the curvatures h_kk.
/// Kernels are listed by connected pair of maps, in the order of [`every`] or [`table_i`].
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// C1: \[6]\[5]\[5], one kernel per map (p. 7).
    pub c1_w: Vec<Map<5>>,
    /// C1: 6 biases.
    pub c1_b: Vec<f64>,
    /// S2: \[6]\[1]\[1], one coefficient per map (p. 7).
    pub s2_w: Vec<Map<1>>,
    /// S2: 6 biases.
    pub s2_b: Vec<f64>,
    /// C3: \[60]\[5]\[5], one kernel per connection of Table I (p. 8).
    pub c3_w: Vec<Map<5>>,
    /// C3: 16 biases.
    pub c3_b: Vec<f64>,
    /// S4: \[16]\[1]\[1], one coefficient per map (p. 8).
    pub s4_w: Vec<Map<1>>,
    /// S4: 16 biases.
    pub s4_b: Vec<f64>,
    /// C5: \[120 · 16]\[5]\[5]; number 16·o + i connects (o, i) (p. 8).
    pub c5_w: Vec<Map<5>>,
    /// C5: 120 biases.
    pub c5_b: Vec<f64>,
    /// F6: \[84 · 120]\[1]\[1]: a full connection is a convolution whose kernels have one weight (p. 8).
    pub f6_w: Vec<Map<1>>,
    /// F6: 84 biases.
    pub f6_b: Vec<f64>,
}

impl Parameters {
    /// How many there are: 60,000 (p. 7). Terms: C1, S2, C3, S4, C5, F6.
    pub const COUNT: usize =
        6 * (25 + 1) + 6 * 2 + (60 * 25 + 16) + 16 * 2 + 120 * (16 * 25 + 1) + 84 * (120 + 1);

    /// All numbers in one list, field after field in the order of the struct.
    pub fn to_flat(&self) -> Vec<f64> {
        let [c1_w, c3_w, c5_w] = [&self.c1_w, &self.c3_w, &self.c5_w].map(|w| flat(w));
        let [s2_w, s4_w, f6_w] = [&self.s2_w, &self.s4_w, &self.f6_w].map(|w| flat(w));
        let Parameters { c1_b, s2_b, c3_b, s4_b, c5_b, f6_b, .. } = self;
        [c1_w, c1_b, s2_w, s2_b, c3_w, c3_b, s4_w, s4_b, c5_w, c5_b, f6_w, f6_b].concat()
    }

    /// The inverse of [`Parameters::to_flat`]. Panics unless there are 60,000 numbers.
    pub fn from_flat(numbers: &[f64]) -> Parameters {
        assert_eq!(numbers.len(), Parameters::COUNT);
        let n = &mut numbers.iter().copied();
        Parameters {
            c1_w: kernels(6, n),
            c1_b: n.take(6).collect(),
            s2_w: kernels(6, n),
            s2_b: n.take(6).collect(),
            c3_w: kernels(60, n),
            c3_b: n.take(16).collect(),
            s4_w: kernels(16, n),
            s4_b: n.take(16).collect(),
            c5_w: kernels(120 * 16, n),
            c5_b: n.take(120).collect(),
            f6_w: kernels(84 * 120, n),
            f6_b: n.take(84).collect(),
        }
    }

    /// All parameters zero.
    pub fn zeros() -> Parameters {
        Parameters::from_flat(&[0.0; Parameters::COUNT])
    }

    /// A net before training: weights uniform in ±gain/√F for a unit with F inputs, biases 0, the
    /// coefficients of S2 and S4 constant. `uniform` gives numbers in \[-1, 1], and is asked in the
    /// order of [`Parameters::to_flat`]. The paper divides by F (p. 41) and is silent on biases and
    /// coefficients; gain 1.1 and coefficient 0.55 give about the step sizes that it reports (p. 10).
    pub fn initial(gain: f64, coefficient: f64, mut uniform: impl FnMut() -> f64) -> Parameters {
        let mut draw = |fan_in: usize| gain / (fan_in as f64).sqrt() * uniform();
        let mut p = Parameters::zeros();
        p.c1_w.iter_mut().flatten().flatten().for_each(|w| *w = draw(25));
        for (kernel, (o, _)) in p.c3_w.iter_mut().zip(table_i()) {
            let maps = TABLE_I.iter().filter(|row| row[o] == 1).count(); // 3, 4 or 6
            kernel.iter_mut().flatten().for_each(|w| *w = draw(25 * maps));
        }
        p.c5_w.iter_mut().flatten().flatten().for_each(|w| *w = draw(25 * 16));
        p.f6_w.iter_mut().flatten().flatten().for_each(|w| *w = draw(120));
        p.s2_w.fill([[coefficient]]);
        p.s4_w.fill([[coefficient]]);
        p
    }
}
const _: () = assert!(Parameters::COUNT == 60_000);

fn kernels<const K: usize>(count: usize, numbers: &mut impl Iterator<Item = f64>) -> Vec<Map<K>> {
    let mut kernels = vec![[[0.0; K]; K]; count];
    kernels.iter_mut().flatten().flatten().zip(numbers).for_each(|(w, number)| *w = number);
    kernels
}

// ------------------------------------------------------------------------------------ forward
/// The squashing function f(a) = A tanh(S a) (p. 8, constants p. 41).
pub fn squash(a: f64) -> f64 {
    A * (S * a).tanh()
}

/// f'(a) from x = f(a) alone: A S (1 - tanh²) = (S/A) (A - x) (A + x).
pub fn slope(x: f64) -> f64 {
    S / A * (A - x) * (A + x)
}

/// A layer (p. 6-8): `table` lists the connected pairs of maps (o, i), `w[k]` is the kernel of pair k,
/// `input[i]` has N x N units. Gives x = f(a) in maps of M x M units, M = N - K + 1.
pub fn convolution<const K: usize, const N: usize, const M: usize>(
    table: &[(usize, usize)],
    w: &[Map<K>],
    b: &[f64],
    input: &[Map<N>],
) -> Vec<Map<M>> {
    let mut a: Vec<Map<M>> = b.iter().map(|&b| [[b; M]; M]).collect();
    for (k, &(o, i)) in table.iter().enumerate() {
        for (y, x) in positions(M) {
            for (u, v) in positions(K) {
                a[o][y][x] += w[k][u][v] * input[i][y + u][x + v]; // a correlation: no flip
            }
        }
    }
    a.iter_mut().flatten().flatten().for_each(|a| *a = squash(*a));
    a
}

fn positions(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |y| (0..n).map(move |x| (y, x)))
}

/// The sums of 2 x 2 units that sub-sampling weights with one coefficient (p. 7); M = N / 2.
pub fn sums<const N: usize, const M: usize>(input: &[Map<N>]) -> Vec<Map<M>> {
    let sum = |i: &Map<N>, y: usize, x: usize| i[y][x] + i[y][x + 1] + i[y + 1][x] + i[y + 1][x + 1];
    input.iter().map(|i| from_fn(|y| from_fn(|x| sum(i, 2 * y, 2 * x)))).collect()
}

/// What every layer says about one pattern.
#[derive(Clone, Debug)]
pub struct State {
    /// The picture: background -0.1, ink 1.175 (p. 7).
    pub input: Map<32>,
    /// 6 maps of 28 x 28.
    pub c1: Vec<Map<28>>,
    /// 6 maps of 14 x 14.
    pub s2: Vec<Map<14>>,
    /// 16 maps of 10 x 10.
    pub c3: Vec<Map<10>>,
    /// 16 maps of 5 x 5.
    pub s4: Vec<Map<5>>,
    /// 120 units: maps of 1 x 1, see [`flat`].
    pub c5: Vec<Map<1>>,
    /// 84 units: a picture of 7 x 12, see [`CODES`].
    pub f6: Vec<Map<1>>,
    /// The penalty of each digit (eq. 7).
    pub output: [f64; 10],
}

/// The network: seven layers, from the picture to the penalties (p. 7).
pub fn forward(p: &Parameters, input: &Map<32>) -> State {
    let c1 = convolution(&every(6, 1), &p.c1_w, &p.c1_b, &[*input]);
    let s2 = convolution(&each(6), &p.s2_w, &p.s2_b, &sums::<28, 14>(&c1));
    let c3 = convolution(&table_i(), &p.c3_w, &p.c3_b, &s2);
    let s4 = convolution(&each(16), &p.s4_w, &p.s4_b, &sums::<10, 5>(&c3));
    let c5 = convolution(&every(120, 16), &p.c5_w, &p.c5_b, &s4);
    let f6 = convolution(&every(84, 120), &p.f6_w, &p.f6_b, &c5);
    let output = rbf(flat(&f6));
    State { input: *input, c1, s2, c3, s4, c5, f6, output }
}

/// The output layer: y_i = Σ_m (x_m - w_im)², the squared distance of F6 to code i (eq. 7, p. 8).
pub fn rbf(x: &[f64]) -> [f64; 10] {
    from_fn(|i| (0..84).map(|m| (x[m] - code(i, m)).powi(2)).sum())
}

/// The network's answer: the digit with the smallest penalty (p. 8); of equals, the first.
pub fn decide(y: &[f64; 10]) -> usize {
    (0..10).fold(0, |best, i| if y[i] < y[best] { i } else { best })
}

// ----------------------------------------------------------------------------------- criteria
/// What one pattern of digit D costs, given the penalties y. Both forms first multiply y by `scale`:
/// 1 is the paper's eq. 7, 1/2 the authors' later code, and what reaches the paper's error rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Criterion {
    /// E = y_D: the penalty of the right digit alone (eq. 8, p. 9).
    Mle {
        /// The factor of every penalty.
        scale: f64,
    },
    /// E = y_D + log(e^-j + Σ_i e^-y_i): the others are pushed away, less so beyond j (eq. 9, p. 9).
    Map {
        /// The factor of every penalty.
        scale: f64,
        /// The penalty of "no digit at all"; positive.
        j: f64,
    },
}

impl Criterion {
    /// E for the penalties `y` (eq. 7) of a pattern of digit `class`.
    pub fn value(&self, y: &[f64; 10], class: usize) -> f64 {
        match *self {
            Criterion::Mle { scale } => scale * y[class],
            Criterion::Map { scale, j } => scale * y[class] + log_sum(y, scale, j),
        }
    }

    /// dE/dy_i: scale · (1 for the right digit, else 0; with eq. 9 minus the probability of digit i).
    pub fn gradient(&self, y: &[f64; 10], class: usize) -> [f64; 10] {
        let (scale, log) = match *self {
            Criterion::Mle { scale } => (scale, f64::INFINITY),
            Criterion::Map { scale, j } => (scale, log_sum(y, scale, j)),
        };
        let right = |i| if i == class { 1.0 } else { 0.0 };
        from_fn(|i| scale * (right(i) - (-scale * y[i] - log).exp()))
    }
}

/// log(e^-j + Σ_i e^-y_i), the least penalty taken out: no exponential exceeds 1.
fn log_sum(y: &[f64; 10], scale: f64, j: f64) -> f64 {
    let least = y.iter().fold(j, |least, y| least.min(scale * y));
    let sum: f64 = y.iter().map(|y| (least - scale * y).exp()).sum();
    ((least - j).exp() + sum).ln() - least
}

// ------------------------------------------------- first derivatives, and second ones by squares
/// dE/dw of one pattern for every parameter: back-propagation.
pub fn backward(p: &Parameters, s: &State, class: usize, criterion: &Criterion) -> Parameters {
    let d_y = criterion.gradient(&s.output, class);
    let d_x = |m: usize| (0..10).map(|i| d_y[i] * 2.0 * (s.f6[m][0][0] - code(i, m))).sum(); // of eq. 7
    downwards(p, s, &from_fn::<_, 84, _>(|m| [[d_x(m)]]), |factor| factor)
}

/// What one pattern adds to the average h_kk (eqs 22-24, p. 42), by the Gauss-Newton recursion of
/// eqs 25 and 27: back-propagation with every factor squared, so nothing is ever negative.
/// It starts from d²E/dx_m² = 2 · `scale` at F6, as if E were the distance to the right code, with
/// either criterion, as in the authors' later code; eq. 9's own vanishes where a digit clearly wins.
pub fn curvature(p: &Parameters, s: &State, scale: f64) -> Parameters {
    downwards(p, s, &[[[2.0 * scale]]; 84], |factor| factor * factor)
}

/// `forward` read from below. With `power` the identity, d is a first derivative; with the square it is
/// a second one, `h`: eq. 27 (eq. 26 without its f'' term) differs from back-propagation by that only.
fn downwards(p: &Parameters, s: &State, d_f6: &[Map<1>], power: impl Fn(f64) -> f64 + Copy) -> Parameters {
    let (f6_w, f6_b, d_c5) = convolution_back(&every(84, 120), &p.f6_w, &s.c5, &s.f6, d_f6, power);
    let (c5_w, c5_b, d_s4) = convolution_back(&every(120, 16), &p.c5_w, &s.s4, &s.c5, &d_c5, power);
    let (s4_w, s4_b, d_4) = convolution_back(&each(16), &p.s4_w, &sums::<10, 5>(&s.c3), &s.s4, &d_s4, power);
    let (c3_w, c3_b, d_s2) = convolution_back(&table_i(), &p.c3_w, &s.s2, &s.c3, &spread(&d_4), power);
    let (s2_w, s2_b, d_4) = convolution_back(&each(6), &p.s2_w, &sums::<28, 14>(&s.c1), &s.s2, &d_s2, power);
    let (c1_w, c1_b, _) = convolution_back(&every(6, 1), &p.c1_w, &[s.input], &s.c1, &spread(&d_4), power);
    Parameters { c1_w, c1_b, s2_w, s2_b, c3_w, c3_b, s4_w, s4_b, c5_w, c5_b, f6_w, f6_b }
}

/// From d of a layer's outputs x to d of its weights (those shared add up), biases and inputs.
pub fn convolution_back<const K: usize, const N: usize, const M: usize>(
    table: &[(usize, usize)],
    w: &[Map<K>],
    input: &[Map<N>],
    output: &[Map<M>],
    d_output: &[Map<M>],
    power: impl Fn(f64) -> f64,
) -> (Vec<Map<K>>, Vec<f64>, Vec<Map<N>>) {
    let mut d_w = vec![[[0.0; K]; K]; w.len()];
    let mut d_input = vec![[[0.0; N]; N]; input.len()];
    let mut d_a = d_output.to_vec();
    d_a.iter_mut().flatten().flatten().zip(flat(output)).for_each(|(d, &x)| *d *= power(slope(x)));
    let d_b = d_a.iter().map(|d| flat(&[*d]).iter().sum()).collect(); // the input of a bias is 1
    for (k, &(o, i)) in table.iter().enumerate() {
        for (y, x) in positions(M) {
            for (u, v) in positions(K) {
                d_w[k][u][v] += power(input[i][y + u][x + v]) * d_a[o][y][x]; // eqs 23, 25: Σ x_j² h_a
                d_input[i][y + u][x + v] += power(w[k][u][v]) * d_a[o][y][x]; // eq. 27: Σ u_ki² h_a
            }
        }
    }
    (d_w, d_b, d_input)
}

/// From d of the sums to d of the units, four of which have one sum: the inverse way of [`sums`].
pub fn spread<const N: usize, const M: usize>(d_sums: &[Map<M>]) -> Vec<Map<N>> {
    d_sums.iter().map(|d| from_fn(|y| from_fn(|x| d[y / 2][x / 2]))).collect()
}

// ----------------------------------------------------------------------------------- learning
/// One step, after one pattern: w_k -= η / (μ + h_kk) · dE/dw_k (eqs 18-21, p. 42).
pub fn sdlm_step(p: &mut Parameters, d: &Parameters, h: &Parameters, eta: f64, mu: f64) {
    let mut w = p.to_flat();
    for (w, (d, h)) in w.iter_mut().zip(d.to_flat().iter().zip(h.to_flat())) {
        *w -= eta / (mu + h) * d;
    }
    *p = Parameters::from_flat(&w);
}
