//! The update: what it does to one weight, and that it goes downhill.

use crate::common::{network, picture};
use lenet_reference::{Criterion, MU, Parameters, backward, curvature, decide, eta, forward, sdlm_step};

#[test]
fn a_step_divides_the_rate_by_mu_plus_the_curvature() {
    let numbers = |f: fn(f64) -> f64| -> Vec<f64> { (0..60_000).map(|k| f(f64::from(k))).collect() };
    let (w, d, h) = (numbers(|k| k.sin()), numbers(|k| k.cos()), numbers(|k| (k * 0.1).sin().powi(2)));
    let mut p = Parameters::from_flat(&w);
    sdlm_step(&mut p, &Parameters::from_flat(&d), &Parameters::from_flat(&h), 0.5, 0.02);
    for (k, after) in p.to_flat().into_iter().enumerate() {
        // Three roundings, the largest of a step of at most 25: 25 · 2^-52 < 6e-15.
        assert!((after - (w[k] - d[k] * (0.5 / (0.02 + h[k])))).abs() < 1e-14);
    }
}

#[test]
fn a_small_step_lowers_the_criterion_by_what_the_gradient_promises() {
    for criterion in [Criterion::Mle { scale: 0.5 }, Criterion::Map { scale: 0.5, j: 40.0 }] {
        for seed in 1..=5 {
            let (mut p, input, class) = (network(seed), picture(seed), seed as usize);
            let state = forward(&p, &input);
            let d = backward(&p, &state, class, &criterion);
            let h = curvature(&p, &state, 0.5);
            let before = criterion.value(&state.output, class);
            // Σ ε_k d_k²: the decrease to first order. At this rate the second order is below 5 % of it.
            let rate = 1e-6;
            let promise: f64 =
                d.to_flat().iter().zip(h.to_flat()).map(|(d, h)| rate / (MU + h) * d * d).sum();
            sdlm_step(&mut p, &d, &h, rate, MU);
            let after = criterion.value(&forward(&p, &input).output, class);
            assert!(after < before);
            let share = (before - after) / promise;
            assert!((0.95..1.05).contains(&share), "{criterion:?}, {seed}: {share} of the promise");
        }
    }
}

#[test]
fn ten_pictures_can_be_learnt_by_heart() {
    // The whole recipe in small: curvature averaged before each pass, then a step per pattern.
    let criterion = Criterion::Map { scale: 0.5, j: 10.0 };
    let pictures: Vec<_> = (0..10).map(|class| picture(100 + class)).collect();
    let mut p = network(9);
    let right = |p: &Parameters| {
        pictures
            .iter()
            .enumerate()
            .filter(|(class, input)| decide(&forward(p, input).output) == *class)
            .count()
    };
    assert!(right(&p) < 5, "nothing to learn");
    for _ in 0..10 {
        let mut h = vec![0.0; Parameters::COUNT];
        for input in &pictures {
            let of_one = curvature(&p, &forward(&p, input), 0.5).to_flat();
            h.iter_mut().zip(of_one).for_each(|(h, one)| *h += one / 10.0);
        }
        let h = Parameters::from_flat(&h);
        for (class, input) in pictures.iter().enumerate() {
            let d = backward(&p, &forward(&p, input), class, &criterion);
            sdlm_step(&mut p, &d, &h, eta(1), MU);
        }
    }
    assert_eq!(right(&p), 10);
}
