//! A fixed amount of each kind of work, so that `tools/count_instructions.py` can count its instructions.
//!
//! `cargo run --release -p lenet --example instructions -- single-forward 20` does one kind twenty times and prints
//! the level that it ran at; without arguments it prints the names of all kinds, one a line.
#![allow(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::hint::black_box;

use lenet::classify::{Answer, Classifier};
use lenet::data::{Image, Split};
use lenet::kernels::level::{Level, name};
use lenet::net::{self, Criterion, Gradient, LENET5, Parameters, State};
use lenet::train::{Flow, Optimiser, Recipe, Sdlm, Training, mean_gradient};
use lenet::workers::Workers;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

/// The kinds of work: the name, and what does it so many times. A new kind needs a line here and its function below;
/// what the function does before its loop cancels, because the script counts two numbers of repetitions.
const KINDS: &[Kind] = &[
    ("single-forward", single_forward),
    ("single-backward", single_backward),
    ("single-curvature", single_curvature),
    ("single-pass-of-5", single_pass_of_5),
    ("tile-answers-to-8", tile_answers_to_8),
    ("tile-answers-to-16", tile_answers_to_16),
    ("tile-gradient-of-8", tile_gradient_of_8),
    ("tile-pass-of-8", tile_pass_of_8),
];

/// A name and what does it so many times.
type Kind = (&'static str, fn(Level, usize));

/// Different images in turn, so that nothing can be computed once for all repetitions.
const IMAGES: usize = 5;
const CRITERION: Criterion = Criterion::Map { scale: 0.5, j: 10.0 };

/// The answer to one image.
fn single_forward(level: Level, repetitions: usize) {
    let (mut classifier, digits) = (Classifier::new(parameters(), level), digits());
    for n in 0..repetitions {
        black_box(classifier.classify_one(&digits.images[n % IMAGES]));
    }
}

/// Forward and backward, one image.
fn single_backward(level: Level, repetitions: usize) {
    let (parameters, digits, mut state) = (parameters(), digits(), State::new());
    let mut gradient = Gradient::new();
    for n in 0..repetitions {
        state.set_image(&digits.images[n % IMAGES]);
        net::forward(level, &parameters, &mut state);
        black_box(net::backward(&parameters, &state, &CRITERION, digits.labels[n % IMAGES], &mut gradient));
        black_box(&gradient);
    }
}

/// Forward and second derivatives, one image.
fn single_curvature(level: Level, repetitions: usize) {
    let (parameters, digits, mut state) = (parameters(), digits(), State::new());
    let squared = parameters.squared();
    let (mut squares, mut gradient, mut sum) = (State::new(), Gradient::new(), Parameters::zeros());
    for n in 0..repetitions {
        state.set_image(&digits.images[n % IMAGES]);
        net::forward(level, &parameters, &mut state);
        net::curvature(&squared, &state, &CRITERION, &mut squares, &mut gradient, &mut sum);
    }
    black_box(&sum);
}

/// A pass of training through five images: forward, backward and an update for each, and one image's curvature.
fn single_pass_of_5(level: Level, repetitions: usize) {
    let paper = Recipe::paper_1998();
    let Optimiser::Sdlm(sdlm) = paper.optimiser.clone() else { unreachable!("the paper's optimiser") };
    let optimiser = Optimiser::Sdlm(Sdlm { curvature_patterns: 1, ..sdlm });
    let recipe = Recipe { passes: repetitions, optimiser, ..paper };
    let digits = digits();
    let mut training = Training::new(recipe, 1, &digits, level).expect("a recipe that is possible");
    assert!(training.run(&digits, &one_thread(), &mut |_| Flow::Continue));
    black_box(training.parameters());
}

/// Answers to eight images, a tile of AVX2.
fn tile_answers_to_8(level: Level, repetitions: usize) {
    tile_answers(8, level, repetitions);
}

/// Two tiles, which meet C5 and F6 together.
fn tile_answers_to_16(level: Level, repetitions: usize) {
    tile_answers(16, level, repetitions);
}

fn tile_answers(count: usize, level: Level, repetitions: usize) {
    let (digits, workers) = (many_digits(count), one_thread());
    let (mut classifier, mut answers) =
        (Classifier::new(parameters(), level), vec![Answer::default(); count]);
    for _ in 0..repetitions {
        classifier.classify(&digits.images, &mut answers, &workers);
        black_box(&answers);
    }
}

/// Forward and backward, a batch of eight images.
fn tile_gradient_of_8(level: Level, repetitions: usize) {
    let (parameters, digits, workers) = (parameters(), many_digits(8), one_thread());
    for _ in 0..repetitions {
        black_box(mean_gradient(&LENET5, level, &parameters, &CRITERION, &digits, &workers));
    }
}

/// A pass of training through one batch of eight images, its update included.
fn tile_pass_of_8(level: Level, repetitions: usize) {
    let recipe = Recipe { passes: repetitions, ..Recipe::adamw() };
    let digits = many_digits(8);
    let mut training = Training::new(recipe, 1, &digits, level).expect("a recipe that is possible");
    assert!(training.run(&digits, &one_thread(), &mut |_| Flow::Continue));
    black_box(training.parameters());
}

/// So many images, the five again and again.
fn many_digits(count: usize) -> Split {
    let five = digits();
    Split {
        images: (0..count).map(|n| five.images[n % IMAGES]).collect(),
        labels: (0..count).map(|n| five.labels[n % IMAGES]).collect(),
    }
}

fn one_thread() -> Workers {
    Workers::new(1).expect("one thread")
}

fn parameters() -> Parameters {
    Recipe::paper_1998().initial.draw(&mut ChaCha8Rng::seed_from_u64(1))
}

/// Images of noise, since no kernel looks at what it multiplies, and labels.
fn digits() -> Split {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let images: Vec<Image> = (0..IMAGES)
        .map(|_| {
            let mut image: Image = [0; 784];
            random.fill_bytes(&mut image);
            image
        })
        .collect();
    let labels = (0..IMAGES).map(|n| (n % 10) as u8).collect();
    Split { images, labels }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        KINDS.iter().for_each(|(name, _)| println!("{name}"));
        return;
    }
    let [kind, repetitions] = &arguments[..] else { panic!("usage: instructions [KIND REPETITIONS]") };
    let (_, work) = KINDS.iter().find(|(name, _)| name == kind).expect("a kind that this program lists");
    let level = Level::new();
    work(level, repetitions.parse().expect("a number of repetitions"));
    println!("{}", name(level));
}
