//! The same network as a plain list of connections, written without looking at the book's loops.
//!
//! Every unit has a number and every connection is an entry of its own: the unit it comes from, the
//! unit it goes to, and the number k of the parameter it takes its strength from (sets V_k of the
//! paper, p. 42). A bias is a connection from a unit that is always 1. A connection of a sub-sampling
//! layer comes from four units at once and carries their sum. Eqs 23, 25, 27 can then be written down
//! literally, and connections can be counted by counting.

use lenet_reference::{A, Map, Parameters, S};

/// u_ij: from the units `from` (the sum of one, or of four) to the unit `to`, with parameter `k`.
pub(crate) struct Connection {
    pub(crate) from: Vec<usize>,
    pub(crate) to: usize,
    pub(crate) k: usize,
}

/// Where a layer's units begin, and how many maps of which side it has.
#[derive(Clone, Copy)]
pub(crate) struct Layer {
    pub(crate) first: usize,
    pub(crate) maps: usize,
    pub(crate) side: usize,
}

impl Layer {
    pub(crate) fn unit(&self, map: usize, y: usize, x: usize) -> usize {
        assert!(map < self.maps && y < self.side && x < self.side);
        self.first + (map * self.side + y) * self.side + x
    }

    pub(crate) fn units(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.maps * self.side * self.side
    }
}

/// Units in the order constant, input, C1, S2, C3, S4, C5, F6; connections sorted by layer.
pub(crate) struct Network {
    pub(crate) input: Layer,
    /// C1, S2, C3, S4, C5, F6.
    pub(crate) layers: [Layer; 6],
    pub(crate) connections: Vec<Connection>,
    pub(crate) units: usize,
}

/// The unit that is always 1.
const ONE: usize = 0;

/// The S2 maps that each C3 map sees, as the paper's text describes Table I (p. 8): contiguous triples,
/// contiguous quadruples, quadruples with a gap, all. The book has the table, not this list.
pub(crate) const C3_INPUTS: [&[usize]; 16] = [
    &[0, 1, 2],
    &[1, 2, 3],
    &[2, 3, 4],
    &[3, 4, 5],
    &[0, 4, 5],
    &[0, 1, 5],
    &[0, 1, 2, 3],
    &[1, 2, 3, 4],
    &[2, 3, 4, 5],
    &[0, 3, 4, 5],
    &[0, 1, 4, 5],
    &[0, 1, 2, 5],
    &[0, 1, 3, 4],
    &[1, 2, 4, 5],
    &[0, 2, 3, 5],
    &[0, 1, 2, 3, 4, 5],
];

impl Network {
    pub(crate) fn new() -> Network {
        let mut units = 1;
        let mut layer = |maps: usize, side: usize| {
            let first = units;
            units += maps * side * side;
            Layer { first, maps, side }
        };
        let input = layer(1, 32);
        let [c1, s2, c3, s4, c5, f6] =
            [(6, 28), (6, 14), (16, 10), (16, 5), (120, 1), (84, 1)].map(|(maps, side)| layer(maps, side));
        let mut net = Network { input, layers: [c1, s2, c3, s4, c5, f6], connections: Vec::new(), units };
        let mut k = 0;
        net.convolve(&mut k, input, c1, 5, |_| vec![0]);
        net.subsample(&mut k, c1, s2);
        net.convolve(&mut k, s2, c3, 5, |o| C3_INPUTS[o].to_vec());
        net.subsample(&mut k, c3, s4);
        net.convolve(&mut k, s4, c5, 5, |_| (0..16).collect());
        net.convolve(&mut k, c5, f6, 1, |_| (0..120).collect());
        assert_eq!(k, 60_000);
        net
    }

    fn convolve(
        &mut self,
        k: &mut usize,
        below: Layer,
        above: Layer,
        kernel: usize,
        inputs: impl Fn(usize) -> Vec<usize>,
    ) {
        for o in 0..above.maps {
            for i in inputs(o) {
                for u in 0..kernel {
                    for v in 0..kernel {
                        for y in 0..above.side {
                            for x in 0..above.side {
                                let from = vec![below.unit(i, y + u, x + v)];
                                self.connections.push(Connection { from, to: above.unit(o, y, x), k: *k });
                            }
                        }
                        *k += 1;
                    }
                }
            }
        }
        self.biases(k, above);
    }

    fn subsample(&mut self, k: &mut usize, below: Layer, above: Layer) {
        for o in 0..above.maps {
            for y in 0..above.side {
                for x in 0..above.side {
                    let from =
                        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(u, v)| below.unit(o, 2 * y + u, 2 * x + v));
                    self.connections.push(Connection { from: from.to_vec(), to: above.unit(o, y, x), k: *k });
                }
            }
            *k += 1;
        }
        self.biases(k, above);
    }

    fn biases(&mut self, k: &mut usize, above: Layer) {
        for o in 0..above.maps {
            for unit in above.unit(o, 0, 0)..above.unit(o, 0, 0) + above.side * above.side {
                self.connections.push(Connection { from: vec![ONE], to: unit, k: *k });
            }
            *k += 1;
        }
    }

    /// x of every unit. `nudge` adds something to the strength of one single connection, by its number.
    pub(crate) fn forward(&self, p: &Parameters, input: &Map<32>, nudge: Option<(usize, f64)>) -> Vec<f64> {
        let w = p.to_flat();
        let mut x = vec![0.0; self.units];
        x[ONE] = 1.0;
        x[self.input.units()].copy_from_slice(input.as_flattened());
        let mut next = 0;
        for layer in self.layers {
            let first = next;
            while next < self.connections.len() && layer.units().contains(&self.connections[next].to) {
                next += 1;
            }
            for (number, c) in self.connections[first..next].iter().enumerate() {
                let more =
                    nudge.filter(|&(nudged, _)| nudged == first + number).map_or(0.0, |(_, more)| more);
                x[c.to] += (w[c.k] + more) * self.x_j(c, &x);
            }
            for unit in layer.units() {
                x[unit] = A * (S * x[unit]).tanh();
            }
        }
        assert_eq!(next, self.connections.len());
        x
    }

    /// What a connection carries: the state of the unit it comes from, or the sum of the four.
    pub(crate) fn x_j(&self, c: &Connection, x: &[f64]) -> f64 {
        c.from.iter().map(|&j| x[j]).sum()
    }

    /// f'(a) = A S (1 - tanh²(S a)), from x.
    pub(crate) fn f_prime(x: f64) -> f64 {
        A * S * (1.0 - (x / A) * (x / A))
    }

    /// Eqs 27, 25 and 23: for every parameter the sum, over its connections, of d²E/du².
    pub(crate) fn h_kk(&self, p: &Parameters, x: &[f64], seed: f64) -> Vec<f64> {
        let w = p.to_flat();
        let mut h_x = vec![0.0; self.units]; // d²E/dx²
        h_x[self.layers[5].units()].fill(seed);
        let mut h_kk = vec![0.0; w.len()];
        for c in self.connections.iter().rev() {
            // Connections are sorted by layer, so h_x of c.to is complete by now.
            let h_a = Network::f_prime(x[c.to]).powi(2) * h_x[c.to]; // eq. 27
            h_kk[c.k] += h_a * self.x_j(c, x).powi(2); // eqs 25, 23
            for &j in &c.from {
                h_x[j] += w[c.k].powi(2) * h_a; // eq. 27
            }
        }
        h_kk
    }

    /// The exact derivative of the state of unit m of F6 with respect to a of every unit.
    pub(crate) fn jacobian(&self, p: &Parameters, x: &[f64], m: usize) -> Vec<f64> {
        let w = p.to_flat();
        let mut d_x = vec![0.0; self.units];
        d_x[self.layers[5].unit(m, 0, 0)] = 1.0;
        for c in self.connections.iter().rev() {
            let d_a = Network::f_prime(x[c.to]) * d_x[c.to];
            for &j in &c.from {
                d_x[j] += w[c.k] * d_a;
            }
        }
        (0..self.units).map(|unit| Network::f_prime(x[unit]) * d_x[unit]).collect()
    }
}
