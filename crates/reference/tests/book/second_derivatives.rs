//! The second derivatives h_kk (eqs 22-27, p. 42), in four ways.
//!
//! What is the truth? With the seed d²E/dx_m² = 2 · scale the criterion is scale · ‖x - w‖² in the 84
//! states x of F6, and the Gauss-Newton second derivative with respect to any number t in the net is
//! exactly G(t) = 2 · scale · Σ_m (dx_m/dt)². The recursion of eq. 27 carries only diagonals from layer to
//! layer, so it is equal to G only where nothing off the diagonal is thrown away:
//!
//! 1. F6 and C5 in any net. A weight of F6 reaches one state only. A unit of C5 reaches every state, but
//!    each by one connection, and at F6 the matrix *is* diagonal: (27) adds up 84 squares, as G does. No
//!    weight of these layers is shared. G is taken by finite differences through the whole forward pass.
//! 2. Below, in any net, (27) is *not* G. There it is compared with itself: a network that is a plain
//!    list of connections, on which (27), (25), (23) are written literally.
//! 3. Below, in a net where every unit has at most one path to each state of F6, (27) is G again: along
//!    one path the derivative is a product, its square the product of the squares, and different states
//!    add up by squares. Then every h_kk, shared or not, is Σ G(u_ij) over its connections u_ij (eq. 23).
//! 4. The same comparison in a net with many paths must fail, or the third test proves nothing.

use crate::common::{GROUPS, Random, group, network, picture, relative, some_of};
use crate::connections::Network;
use lenet_reference::{Criterion, Parameters, backward, curvature, flat, forward, table_i};
use lenet_reference::{convolution, convolution_back, each, slope, spread, squash, sums};

/// Σ_m (dx_m/dt)² by central differences. With e = 1e-4 the rule's own error is e² |x'''| / 6, about 1e-9
/// of x' or less, and rounding is 2^-53 / e = 1e-12: squared and added, a few 1e-8 of the whole.
fn sum_of_squares_by_differences(states: &dyn Fn(f64) -> Vec<f64>) -> f64 {
    let e = 1e-4;
    states(e).iter().zip(states(-e)).map(|(plus, minus)| ((plus - minus) / (2.0 * e)).powi(2)).sum()
}

#[test]
fn in_f6_and_c5_every_second_derivative_is_the_exact_gauss_newton_one() {
    let mut random = Random(10);
    for (seed, scale) in [(1, 1.0), (2, 0.5)] {
        let (p, input) = (network(seed), picture(seed));
        let h = curvature(&p, &forward(&p, &input), scale).to_flat();
        let w = p.to_flat();
        for name in ["c5_w", "c5_b", "f6_w", "f6_b"] {
            for k in some_of(name, 60, &mut random) {
                let states = |shift: f64| {
                    let mut w = w.clone();
                    w[k] += shift;
                    flat(&forward(&Parameters::from_flat(&w), &input).f6).to_vec()
                };
                let exact = 2.0 * scale * sum_of_squares_by_differences(&states);
                // 1e-6 of the value; the floor is rounding (1e-12 in 84 states, against h of 1e-2 to 1).
                assert!((h[k] - exact).abs() < 1e-6 * exact + 1e-12, "{name}, {k}: {} for {exact}", h[k]);
            }
        }
    }
}

#[test]
fn every_h_kk_is_that_of_the_recursion_over_a_list_of_connections() {
    let net = Network::new();
    for (seed, scale) in [(1, 1.0), (2, 0.5), (3, 0.5)] {
        let (p, input) = (network(seed), picture(seed));
        let state = forward(&p, &input);
        let x = net.forward(&p, &input, None);
        let h = curvature(&p, &state, scale).to_flat();
        let expected = net.h_kk(&p, &x, 2.0 * scale);
        for (name, _) in GROUPS {
            for k in group(name) {
                // Sums of at most 784 · 10^4 positive terms, in another order: no cancellation, so the
                // error is that of adding, far below 1e-12.
                assert!(relative(h[k], expected[k]) < 1e-12, "{name}, {k}: {} for {}", h[k], expected[k]);
                assert!(h[k] >= 0.0);
            }
            assert!(group(name).any(|k| h[k] > 1e-4), "{name}: all zero");
        }
    }
}

#[test]
fn the_list_of_connections_computes_the_same_network() {
    // Otherwise the test before would compare two recursions in two different nets.
    let net = Network::new();
    let (p, input) = (network(6), picture(6));
    let s = forward(&p, &input);
    let x = net.forward(&p, &input, None);
    let states = [flat(&s.c1), flat(&s.s2), flat(&s.c3), flat(&s.s4), flat(&s.c5), flat(&s.f6)];
    for (layer, states) in net.layers.iter().zip(states) {
        assert_eq!(layer.units().len(), states.len());
        for (unit, state) in layer.units().zip(states) {
            // States of order 1 after sums of at most 401 terms in another order: 401 · 2^-53 < 1e-13.
            assert!((x[unit] - state).abs() < 1e-13);
        }
    }
}

/// A net where every unit has at most one path to each state of F6, made from a full one by zeros:
/// - F6 stays full: a unit of C5 reaches each state by one connection;
/// - each of the 400 units of S4 keeps its connection to one of the 120 units of C5;
/// - a unit of C3 has one unit of S4 above it anyway, as a unit of C1 has one of S2;
/// - each map of S2 keeps one of its kernels, and of this kernel one weight.
///
/// What lies *below* a unit does not matter to its curvature: C1's kernels stay full.
fn single_paths(seed: u64) -> Parameters {
    let mut random = Random(seed);
    let mut p = network(seed);
    let kept: Vec<usize> = (0..6)
        .map(|i| {
            let kernels: Vec<usize> = (0..60).filter(|&k| table_i()[k].1 == i).collect();
            kernels[random.below(kernels.len())]
        })
        .collect();
    for (k, kernel) in p.c3_w.iter_mut().enumerate() {
        let (u, v) = (random.below(5), random.below(5));
        let weight = if kept.contains(&k) { 0.8 * kernel[u][v].signum() } else { 0.0 };
        *kernel = [[0.0; 5]; 5];
        kernel[u][v] = weight;
    }
    for unit in 0..400 {
        let (i, u, v) = (unit / 25, unit / 5 % 5, unit % 5);
        let above = random.below(120);
        for o in (0..120).filter(|&o| o != above) {
            p.c5_w[16 * o + i][u][v] = 0.0;
        }
    }
    p
}

/// Σ G(u_ij) over the connections of every parameter, from exact Jacobians. dx_m/du_ij = x_j · dx_m/da_i.
fn exact_per_connection(net: &Network, p: &Parameters, x: &[f64], scale: f64) -> Vec<f64> {
    let mut g_a = vec![0.0; net.units]; // 2 · scale · Σ_m (dx_m/da)²
    for m in 0..84 {
        let jacobian = net.jacobian(p, x, m);
        g_a.iter_mut().zip(jacobian).for_each(|(g, j)| *g += 2.0 * scale * j * j);
    }
    let mut g_kk = vec![0.0; Parameters::COUNT];
    for c in &net.connections {
        g_kk[c.k] += g_a[c.to] * net.x_j(c, x).powi(2);
    }
    g_kk
}

#[test]
fn with_one_path_to_each_state_every_layer_has_the_exact_gauss_newton_diagonal() {
    let net = Network::new();
    for (seed, scale) in [(1, 1.0), (2, 0.5), (3, 0.5)] {
        let (p, input) = (single_paths(seed), picture(seed));
        let h = curvature(&p, &forward(&p, &input), scale).to_flat();
        let exact = exact_per_connection(&net, &p, &net.forward(&p, &input, None), scale);
        for (name, _) in GROUPS {
            for k in group(name) {
                assert!(relative(h[k], exact[k]) < 1e-12, "{name}, {k}: {} for {}", h[k], exact[k]);
            }
            // The zeros must not have silenced a layer: at least a twentieth of each group is alive.
            let alive = group(name).filter(|&k| h[k] > 1e-9).count();
            assert!(20 * alive >= group(name).len(), "{name}: {alive} alive");
        }
    }
}

#[test]
fn the_exact_jacobians_are_those_of_finite_differences() {
    // The oracle of the test above, in turn: single connections are nudged, in the tree and in a full net.
    let net = Network::new();
    let mut random = Random(11);
    for p in [single_paths(4), network(4)] {
        let input = picture(4);
        let x = net.forward(&p, &input, None);
        let jacobians: Vec<Vec<f64>> = (0..84).map(|m| net.jacobian(&p, &x, m)).collect();
        for layer in net.layers {
            let of_layer: Vec<usize> = (0..net.connections.len())
                .filter(|&c| layer.units().contains(&net.connections[c].to))
                .collect();
            for _ in 0..8 {
                let number = of_layer[random.below(of_layer.len())];
                let c = &net.connections[number];
                let x_j = net.x_j(c, &x);
                let exact: f64 = jacobians.iter().map(|j| (j[c.to] * x_j).powi(2)).sum();
                let states = |shift: f64| {
                    net.forward(&p, &input, Some((number, shift)))[net.layers[5].units()].to_vec()
                };
                let differences = sum_of_squares_by_differences(&states);
                // As above; the floor is the square of the rounding 1e-12 in 84 states, and then some.
                assert!(
                    (exact - differences).abs() < 1e-6 * exact + 1e-16,
                    "{number}: {exact} {differences}"
                );
            }
        }
    }
}

#[test]
fn with_many_paths_the_recursion_is_not_the_exact_diagonal_below_c5() {
    // If this did not differ, the test with single paths would be idle. What eq. 27 throws away are products
    // of different signs; in h of a bias of C3, a sum over 100 units, a few per cent of them are left.
    let net = Network::new();
    let (p, input) = (network(1), picture(1));
    let h = curvature(&p, &forward(&p, &input), 0.5).to_flat();
    let exact = exact_per_connection(&net, &p, &net.forward(&p, &input, None), 0.5);
    for (name, _) in &GROUPS[..8] {
        let most = group(name).map(|k| relative(h[k], exact[k])).fold(0.0, f64::max);
        assert!(most > 0.02, "{name} differs by {most} only");
    }
    for name in ["c5_w", "c5_b", "f6_w", "f6_b"] {
        assert!(group(name).all(|k| relative(h[k], exact[k]) < 1e-12), "{name} differs");
    }
}

#[test]
fn the_sum_of_four_is_one_input_and_is_squared_as_a_whole() {
    // One sub-sampling unit by hand: a = 0.5 · (0.1 + 0.2 - 0.3 + 0.4) + 0.3 = 0.5, so h_a = f'(0.5)² · 3.
    let input = [[[0.1, 0.2], [-0.3, 0.4]]];
    let (w, sums) = ([[[0.5]]], sums::<2, 1>(&input));
    let output = convolution::<1, 1, 1>(&each(1), &w, &[0.3], &sums);
    let (h_w, h_b, h_sums) =
        convolution_back(&each(1), &w, &sums, &output, &[[[3.0]]], |factor| factor * factor);
    let h_a = 3.0 * slope(squash(0.5)).powi(2);
    // A handful of roundings of numbers near 1.
    assert!((h_b[0] - h_a).abs() < 1e-15);
    assert!((h_w[0][0][0] - 0.4 * 0.4 * h_a).abs() < 1e-15); // not 0.1² + 0.2² + 0.3² + 0.4² = 0.3
    let h_input = spread::<2, 1>(&h_sums);
    assert!(flat(&h_input).iter().all(|h| (h - 0.5 * 0.5 * h_a).abs() < 1e-15)); // through: coefficient²
}

#[test]
fn the_curvature_does_not_depend_on_the_class_and_is_linear_in_the_scale() {
    let (p, input) = (network(8), picture(8));
    let s = forward(&p, &input);
    let (whole, half) = (curvature(&p, &s, 1.0).to_flat(), curvature(&p, &s, 0.5).to_flat());
    assert!(whole.iter().zip(&half).all(|(whole, half)| *whole == 2.0 * half));
    // At the right code the gradient of eq. 8 vanishes and the curvature does not.
    let at_code = {
        let mut s = s.clone();
        (0..84).for_each(|m| s.f6[m] = [[lenet_reference::code(3, m)]]);
        s.output = lenet_reference::rbf(flat(&s.f6));
        s
    };
    let d = backward(&p, &at_code, 3, &Criterion::Mle { scale: 0.5 }).to_flat();
    assert!(d.iter().all(|&d| d == 0.0));
    assert!(curvature(&p, &at_code, 0.5).f6_b.iter().all(|&h| h > 0.1));
}
