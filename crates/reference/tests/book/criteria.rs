//! Squashing, the two criteria, the decision and the schedule: the small functions, by their properties.

use crate::common::{Random, relative};
use lenet_reference::{A, Criterion, decide, eta, slope, squash};

#[test]
fn squashing_keeps_plus_and_minus_one() {
    // A and S are given to five and to all digits: f(1) = 1.7159 tanh(2/3) = 1.00002.
    assert!((squash(1.0) - 1.0).abs() < 1e-4);
    assert!((squash(-1.0) + 1.0).abs() < 1e-4);
    assert_eq!(squash(0.0), 0.0);
    assert!(squash(1e3) == A && squash(-1e3) == -A);
}

#[test]
fn the_slope_from_the_state_is_the_derivative_of_squash() {
    for step in -40..=40 {
        let a = step as f64 / 10.0;
        // Central difference: error e² |f'''| / 6 < 1e-10 with |f'''| < 2, and 1e-16 · 2 / e = 2e-11.
        let e = 1e-5;
        let difference = (squash(a + e) - squash(a - e)) / (2.0 * e);
        assert!((slope(squash(a)) - difference).abs() < 2e-10, "at {a}");
    }
}

#[test]
fn the_curvature_of_squash_is_largest_at_plus_and_minus_one() {
    // p. 41. f'' by differences of the slope on a grid of 0.01; the true place is 0.9876 = artanh(1/√3) / S.
    let bend = |a: f64| (slope(squash(a + 1e-4)) - slope(squash(a - 1e-4))).abs();
    let place = (0..400).map(|step| step as f64 / 100.0).max_by(|&a, &b| bend(a).total_cmp(&bend(b)));
    assert!((place.unwrap() - 1.0).abs() < 0.02);
}

fn penalties(random: &mut Random) -> [f64; 10] {
    [(); 10].map(|()| 10.0 + 10.0 * random.uniform())
}

#[test]
fn eq_8_is_the_penalty_of_the_right_digit() {
    let y = penalties(&mut Random(2));
    assert_eq!(Criterion::Mle { scale: 0.5 }.value(&y, 4), 0.5 * y[4]);
    let mut expected = [0.0; 10];
    expected[4] = 0.5;
    assert_eq!(Criterion::Mle { scale: 0.5 }.gradient(&y, 4), expected);
}

#[test]
fn eq_9_equals_its_formula_where_the_formula_can_be_computed() {
    let mut random = Random(3);
    for scale in [0.25, 0.5, 1.0] {
        for j in [0.1, 1.0, 10.0] {
            let y = penalties(&mut random);
            for class in 0..10 {
                let sum: f64 = f64::exp(-j) + y.iter().map(|y| f64::exp(-scale * y)).sum::<f64>();
                let formula = scale * y[class] + sum.ln();
                // Both add a dozen terms of at most 20: some ulps of 20, 20 · 12 · 2^-53 < 3e-14.
                assert!((Criterion::Map { scale, j }.value(&y, class) - formula).abs() < 1e-13);
            }
        }
    }
}

#[test]
fn eq_9_is_finite_for_penalties_whose_exponentials_vanish() {
    // e^-5000 is zero in f64 (the least positive number is e^-745): the formula as it stands gives
    // log 0 or a sum without the digits. All that is left here can be done by hand.
    let mut y = [1e4; 10];
    let criterion = Criterion::Map { scale: 0.5, j: 1e5 };
    assert!((criterion.value(&y, 3) - f64::ln(10.0)).abs() < 1e-11); // ten equal digits; ulp of 5000 is 9e-13
    let d = criterion.gradient(&y, 3);
    assert!((0..10).all(|i| (d[i] - 0.5 * (if i == 3 { 0.9 } else { -0.1 })).abs() < 1e-11));
    y[3] = 2e4;
    assert!((criterion.value(&y, 3) - (5000.0 + f64::ln(9.0))).abs() < 1e-11);
    // With j = 10 the junk class has all the probability: E = y_D - j, and only y_D matters.
    let criterion = Criterion::Map { scale: 0.5, j: 10.0 };
    assert!((criterion.value(&y, 3) - 9_990.0).abs() < 1e-11);
    assert_eq!(criterion.gradient(&y, 3), [0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    // And no penalty at all: E = log(e^-j + 10).
    assert!(relative(criterion.value(&[0.0; 10], 3), (f64::exp(-10.0) + 10.0).ln()) < 1e-15);
}

#[test]
fn eq_9_is_never_negative() {
    // The sum contains e^-y_D, so the logarithm is at least -y_D (p. 9).
    let mut random = Random(4);
    for _ in 0..1000 {
        let y = [(); 10].map(|()| 50.0 + 50.0 * random.uniform());
        assert!(Criterion::Map { scale: 0.5, j: 10.0 }.value(&y, random.below(10)) >= 0.0);
    }
}

#[test]
fn the_gradient_of_eq_9_adds_up_to_the_probability_of_junk() {
    // 1 - Σ_i p_i = P(junk) = e^-j / (e^-j + Σ_i e^-y_i) (p. 9), times the scale.
    let mut random = Random(5);
    for scale in [0.5, 1.0] {
        let y = penalties(&mut random);
        let junk = f64::exp(-3.0);
        let probability = junk / (junk + y.iter().map(|y| f64::exp(-scale * y)).sum::<f64>());
        let d = Criterion::Map { scale, j: 3.0 }.gradient(&y, 0);
        // Ten terms of at most 1: 1e-15 each at worst.
        assert!((d.iter().sum::<f64>() - scale * probability).abs() < 1e-14);
        assert!(
            d[0] > 0.0 && d[1..].iter().all(|&d| d < 0.0),
            "the right digit is pulled, the others pushed"
        );
    }
}

#[test]
fn the_gradients_of_both_criteria_are_finite_differences_of_their_values() {
    let mut random = Random(6);
    for criterion in [Criterion::Mle { scale: 0.5 }, Criterion::Map { scale: 0.5, j: 3.0 }] {
        let y = penalties(&mut random);
        let d = criterion.gradient(&y, 7);
        for i in 0..10 {
            let at = |e: f64| {
                let mut y = y;
                y[i] += e;
                criterion.value(&y, 7)
            };
            // Error e²/6 · |E'''| < 1e-9 · 0.1 and rounding 10 · 2^-53 / 1e-4 = 1e-11.
            assert!(((at(1e-4) - at(-1e-4)) / 2e-4 - d[i]).abs() < 2e-10);
        }
    }
}

#[test]
fn the_decision_is_the_least_penalty_and_the_first_of_equals() {
    let mut y = [9.0; 10];
    assert_eq!(decide(&y), 0);
    for i in (0..10).rev() {
        y[i] = 1.0;
        assert_eq!(decide(&y), i);
    }
    y[8] = 0.5;
    assert_eq!(decide(&y), 8);
}

#[test]
fn the_schedule_is_the_papers() {
    let schedule: Vec<f64> = (1..=20).map(eta).collect();
    let mut paper = Vec::new();
    for (passes, eta) in [(2, 0.0005), (3, 0.0002), (3, 0.0001), (4, 0.00005), (8, 0.00001)] {
        paper.extend(std::iter::repeat_n(eta, passes));
    }
    assert_eq!(schedule, paper);
    assert_eq!(eta(1000), 0.00001);
}

#[test]
#[should_panic(expected = "counted from 1")]
fn there_is_no_pass_zero() {
    let _ = eta(0);
}
