//! Against the book: activations by name, gradients, curvature, and a hundred updates in a row.

use lenet::data::normalise::{BACKGROUND, FOREGROUND};
use lenet::data::{Image, Split};
use lenet::kernels::level::Level;
use lenet::net::{self, Criterion, Gradient, Parameters, State, TENSORS};
use lenet::train::{Curvature, Flow, Optimiser, Recipe, Sdlm, Stage, Training};
use lenet::workers::Workers;
use lenet_reference as book;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use crate::{Kind, at_every_level, check};

pub(crate) const MAP: Criterion = Criterion::Map { scale: 0.5, j: 10.0 };
pub(crate) const BOOK_MAP: book::Criterion = book::Criterion::Map { scale: 0.5, j: 10.0 };

/// Blots, not noise: neighbouring pixels belong together as in digits, so that states leave the linear range.
pub(crate) fn image(seed: u64) -> Image {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut image = [0; 784];
    for _ in 0..6 {
        let (cy, cx) = ((random.next_u32() % 28) as i32, (random.next_u32() % 28) as i32);
        for y in 0..28 {
            for x in 0..28 {
                if (y - cy).pow(2) + (x - cx).pow(2) < 20 {
                    image[(y * 28 + x) as usize] = (random.next_u32() % 256) as u8;
                }
            }
        }
    }
    image
}

/// Parameters with nothing special about them: biases that are not zero, coefficients that differ.
pub(crate) fn parameters(seed: u64) -> Parameters {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut parameters = Recipe::paper_1998().initial.draw(&mut random);
    for w in parameters.as_mut_slice() {
        *w += ((random.next_u32() >> 8) as f32 / (1 << 24) as f32 - 0.5) * 0.05;
    }
    parameters
}

pub(crate) fn to_book(parameters: &Parameters) -> book::Parameters {
    book::Parameters::from_flat(&parameters.as_slice().iter().map(|&w| f64::from(w)).collect::<Vec<_>>())
}

/// The book's input, scaled by its own arithmetic in f64.
pub(crate) fn book_input(image: &Image) -> book::Map<32> {
    let (white, black) = (f64::from(BACKGROUND), f64::from(FOREGROUND));
    let mut input = [[white; 32]; 32];
    for (k, &pixel) in image.iter().enumerate() {
        input[k / 28 + 2][k % 28 + 2] = white + (black - white) * f64::from(pixel) / 255.0;
    }
    input
}

pub(crate) fn check_tensors(kind: Kind, what: &str, found: &[f32], expected: &[f64]) {
    for tensor in &TENSORS {
        let range = tensor.range.clone();
        check(kind, &format!("{what} {}", tensor.name), &found[range.clone()], &expected[range]);
    }
}

#[test]
fn every_layer_has_the_states_of_the_book() {
    let parameters = parameters(1);
    let book_parameters = to_book(&parameters);
    at_every_level(|name, level| {
        for seed in 0..4 {
            let image = image(seed);
            let expected = book::forward(&book_parameters, &book_input(&image));
            let mut state = State::new();
            state.set_image(&image);
            net::forward(level, &parameters, &mut state);
            let maps =
                |maps: usize, map: &dyn Fn(usize) -> Vec<f32>| (0..maps).flat_map(map).collect::<Vec<f32>>();
            check(
                Kind::State,
                &format!("{name} c1"),
                &maps(6, &|o| state.c1(o).to_vec()),
                book::flat(&expected.c1),
            );
            check(
                Kind::State,
                &format!("{name} s2"),
                &maps(6, &|o| state.s2(o).to_vec()),
                book::flat(&expected.s2),
            );
            check(
                Kind::State,
                &format!("{name} c3"),
                &maps(16, &|o| state.c3(o).to_vec()),
                book::flat(&expected.c3),
            );
            check(
                Kind::State,
                &format!("{name} s4"),
                &maps(16, &|o| state.s4(o).to_vec()),
                book::flat(&expected.s4),
            );
            check(Kind::State, &format!("{name} c5"), state.c5(), book::flat(&expected.c5));
            check(Kind::State, &format!("{name} f6"), state.f6(), book::flat(&expected.f6));
            check(Kind::Output, &format!("{name} output"), state.output(), &expected.output);
            assert_eq!(usize::from(state.class()), book::decide(&expected.output), "{name}");
        }
    });
}

#[test]
fn every_gradient_is_the_one_of_the_book() {
    let parameters = parameters(2);
    let book_parameters = to_book(&parameters);
    let criteria = [(MAP, BOOK_MAP), (Criterion::Mle { scale: 1.0 }, book::Criterion::Mle { scale: 1.0 })];
    at_every_level(|name, level| {
        for (seed, (criterion, book_criterion)) in criteria.iter().enumerate() {
            let image = image(10 + seed as u64);
            let book_state = book::forward(&book_parameters, &book_input(&image));
            let expected = book::backward(&book_parameters, &book_state, 3, book_criterion).to_flat();
            let (mut state, mut gradient, mut sum) = (State::new(), Gradient::new(), Parameters::zeros());
            state.set_image(&image);
            net::forward(level, &parameters, &mut state);
            let value = net::backward(&parameters, &state, criterion, 3, &mut gradient);
            check(Kind::Criterion, name, &[value as f32], &[book_criterion.value(&book_state.output, 3)]);
            gradient.add_to(&state, &mut sum);
            check_tensors(Kind::Gradient, &format!("{name} gradient"), sum.as_slice(), &expected);
        }
    });
}

#[test]
fn every_second_derivative_is_the_one_of_the_book() {
    let parameters = parameters(3);
    let book_parameters = to_book(&parameters);
    let images: Vec<Image> = (20..23).map(image).collect();
    let mut expected = vec![0.0; 60_000];
    for image in &images {
        let state = book::forward(&book_parameters, &book_input(image));
        let h = book::curvature(&book_parameters, &state, 0.5).to_flat();
        expected.iter_mut().zip(h).for_each(|(sum, h)| *sum += h);
    }
    at_every_level(|name, level| {
        let (mut state, mut squares, mut gradient) = (State::new(), State::new(), Gradient::new());
        let mut sum = Parameters::zeros();
        let squared = parameters.squared();
        for image in &images {
            state.set_image(image);
            net::forward(level, &parameters, &mut state);
            net::curvature(&squared, &state, &MAP, &mut squares, &mut gradient, &mut sum);
        }
        check_tensors(Kind::Curvature, &format!("{name} curvature"), sum.as_slice(), &expected);
    });
}

/// The book's own loop: curvature on all patterns, then one update per pattern in the given order.
fn book_pass(parameters: &mut book::Parameters, digits: &Split, order: &[usize], eta: f64, mu: f64) {
    let mut h = vec![0.0; 60_000];
    for image in &digits.images {
        let state = book::forward(parameters, &book_input(image));
        let one = book::curvature(parameters, &state, 0.5).to_flat();
        h.iter_mut().zip(one).for_each(|(sum, h)| *sum += h / digits.len() as f64);
    }
    let h = book::Parameters::from_flat(&h);
    for &n in order {
        let state = book::forward(parameters, &book_input(&digits.images[n]));
        let d = book::backward(parameters, &state, usize::from(digits.labels[n]), &BOOK_MAP);
        book::sdlm_step(parameters, &d, &h, eta, mu);
    }
}

/// The order in which a run presents its patterns, seen from outside: a run is stopped after each one.
fn hundred_updates(level: Level, digits: &Split) -> (Parameters, Parameters) {
    let optimiser = Optimiser::Sdlm(Sdlm {
        mu: 0.02,
        curvature_patterns: digits.len(),
        curvature: Curvature::EachPass,
        subsampling: lenet::train::Pooled::Sum,
        schedule: vec![Stage { passes: 1, eta: 0.0005 }],
    });
    let recipe = Recipe { passes: 1, optimiser, ..Recipe::paper_1998() };
    let mut training = Training::new(recipe, 5, digits, level).unwrap();
    let before = training.parameters().clone();
    assert!(training.run(digits, &Workers::new(1).unwrap(), &mut |_| Flow::Continue));
    (before, training.parameters().clone())
}

#[test]
fn a_hundred_updates_change_the_parameters_as_those_of_the_book_do() {
    let digits =
        Split { images: (100..200).map(image).collect(), labels: (0..100).map(|n| n % 10).collect() };
    let mut expected: Option<Vec<f64>> = None;
    at_every_level(|name, level| {
        let (before, after) = hundred_updates(level, &digits);
        let start: Vec<f64> = before.as_slice().iter().map(|&w| f64::from(w)).collect();
        let expected = expected.get_or_insert_with(|| {
            let order = lenet::train::presentation_order(5, digits.len());
            let order: Vec<usize> = order.into_iter().map(|n| n as usize).collect();
            let mut parameters = to_book(&before);
            book_pass(&mut parameters, &digits, &order, 0.0005, 0.02);
            parameters.to_flat().iter().zip(&start).map(|(after, before)| after - before).collect()
        });
        // The difference of two f32 numbers near 0.1 has lost their last digits; compare it in f64.
        let found: Vec<f32> = after
            .as_slice()
            .iter()
            .zip(&start)
            .map(|(&after, before)| (f64::from(after) - before) as f32)
            .collect();
        check_tensors(Kind::Change, &format!("{name} change"), &found, expected);
    });
}
