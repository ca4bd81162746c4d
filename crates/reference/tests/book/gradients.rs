//! Back-propagation against central finite differences, for every group of parameters.

use crate::common::{GROUPS, Random, group, network, picture, some_of};
use lenet_reference::{Criterion, Parameters, backward, forward};

/// dE/dw by the five-point rule: its own error is e⁴ |E⁽⁵⁾| / 30, its rounding about |E| 2^-52 / e.
fn difference(w: &mut [f64], at: usize, value: &dyn Fn(&Parameters) -> f64) -> f64 {
    let e = 1e-3;
    let middle = w[at];
    let mut shifted = |shift: f64| {
        w[at] = middle + shift;
        value(&Parameters::from_flat(w))
    };
    let d = (8.0 * (shifted(e) - shifted(-e)) - (shifted(2.0 * e) - shifted(-2.0 * e))) / (12.0 * e);
    w[at] = middle;
    d
}

#[test]
fn every_group_of_parameters_has_the_gradient_of_finite_differences() {
    let mut random = Random(8);
    for (seed, criterion) in [
        (1, Criterion::Mle { scale: 1.0 }),
        (2, Criterion::Mle { scale: 0.5 }),
        (3, Criterion::Map { scale: 1.0, j: 40.0 }),
        (4, Criterion::Map { scale: 0.5, j: 40.0 }), // penalties are near 80: j must not swallow them
    ] {
        let (p, input, class) = (network(seed), picture(seed), seed as usize);
        let state = forward(&p, &input);
        let d = backward(&p, &state, class, &criterion).to_flat();
        let mut w = p.to_flat();
        let value = |p: &Parameters| criterion.value(&forward(p, &input).output, class);
        for (name, _) in GROUPS {
            // Relative to the group, so that a parameter that hardly matters is not asked for digits
            // that the difference cannot have.
            let size = d[group(name)].iter().fold(0.0, |size: f64, d| size.max(d.abs()));
            assert!(size > 1e-3, "{name}: nothing to compare");
            for k in some_of(name, 16, &mut random) {
                let expected = difference(&mut w, k, &value);
                let error = (d[k] - expected).abs();
                assert!(error < 1e-6 * d[k].abs() + 1e-8 * size, "{name}, {k}: {} for {expected}", d[k]);
            }
        }
    }
}

#[test]
fn the_criterion_with_j_pushes_the_other_digits_away() {
    // The test above must be able to tell eq. 9 from eq. 8: here they differ in every group.
    let (p, input) = (network(4), picture(4));
    let state = forward(&p, &input);
    let mle = backward(&p, &state, 4, &Criterion::Mle { scale: 0.5 }).to_flat();
    let map = backward(&p, &state, 4, &Criterion::Map { scale: 0.5, j: 40.0 }).to_flat();
    for (name, _) in GROUPS {
        assert!(group(name).any(|k| (mle[k] - map[k]).abs() > 0.01 * mle[k].abs()), "{name}");
    }
}

#[test]
fn the_gradient_is_linear_in_the_scale_of_eq_8() {
    let (p, input) = (network(5), picture(5));
    let state = forward(&p, &input);
    let whole = backward(&p, &state, 5, &Criterion::Mle { scale: 1.0 }).to_flat();
    let half = backward(&p, &state, 5, &Criterion::Mle { scale: 0.5 }).to_flat();
    assert!(whole.iter().zip(&half).all(|(whole, half)| *whole == 2.0 * half)); // powers of two are exact
}
