//! The layout of tiles against the book: penalties and gradients of batches of every awkward size.

use lenet::classify::{Answer, Classifier};
use lenet::data::Split;
use lenet::kernels::level;
use lenet::net::{LENET5, Parameters};
use lenet::train::mean_gradient;
use lenet::workers::Workers;
use lenet_reference as book;

use crate::reference::{BOOK_MAP, MAP, book_input, check_tensors, image, parameters, to_book};
use crate::{Kind, at_every_level, check};

/// One image; a tile less one, a tile, a tile and one of every level; more than a shard; a short last tile after whole shards.
fn sizes(lanes: usize) -> [usize; 7] {
    [1, lanes - 1, lanes, lanes + 1, 33, 64, 70]
}

const MOST: usize = 70;

fn digits() -> Split {
    Split {
        images: (300..300 + MOST as u64).map(image).collect(),
        labels: (0..MOST as u8).map(|n| n % 10).collect(),
    }
}

fn first(digits: &Split, count: usize) -> Split {
    Split { images: digits.images[..count].to_vec(), labels: digits.labels[..count].to_vec() }
}

#[test]
fn penalties_of_any_number_of_images_are_those_of_the_book() {
    let (digits, parameters) = (digits(), parameters(7));
    let book_parameters = to_book(&parameters);
    let expected: Vec<_> = digits
        .images
        .iter()
        .map(|image| book::forward(&book_parameters, &book_input(image)).output)
        .collect();
    at_every_level(|name, level| {
        let mut classifier = Classifier::new(parameters.clone(), level);
        for threads in [1, 3] {
            let workers = Workers::new(threads).unwrap();
            for size in sizes(level::lanes(level)) {
                let mut answers = vec![Answer::default(); size];
                classifier.classify(&digits.images[..size], &mut answers, &workers);
                for (n, answer) in answers.iter().enumerate() {
                    check(Kind::Output, &format!("{name} {n} of {size}"), &answer.penalties, &expected[n]);
                    let one = classifier.classify_one(&digits.images[n]);
                    check(Kind::Output, &format!("{name} {n} alone"), &one.penalties, &expected[n]);
                }
            }
        }
    });
}

#[test]
fn the_gradient_of_any_batch_is_the_mean_of_the_books() {
    let (digits, parameters) = (digits(), parameters(8));
    let book_parameters = to_book(&parameters);
    // Sums over the first n images, for every n.
    let mut sums = vec![(0.0, vec![0.0; 60_000])];
    for (image, &label) in digits.images.iter().zip(&digits.labels) {
        let state = book::forward(&book_parameters, &book_input(image));
        let gradient = book::backward(&book_parameters, &state, usize::from(label), &BOOK_MAP).to_flat();
        let (value, sum) = sums.last().unwrap();
        let sum = sum.iter().zip(gradient).map(|(sum, d)| sum + d).collect();
        sums.push((value + BOOK_MAP.value(&state.output, usize::from(label)), sum));
    }
    at_every_level(|name, level| {
        let workers = Workers::new(2).unwrap();
        for size in sizes(level::lanes(level)) {
            let (value, gradient) =
                mean_gradient(&LENET5, level, &parameters, &MAP, &first(&digits, size), &workers);
            let (expected_value, sum) = &sums[size];
            let count = size as f64;
            check(Kind::Criterion, &format!("{name} {size}"), &[value as f32], &[expected_value / count]);
            let expected: Vec<f64> = sum.iter().map(|sum| sum / count).collect();
            check_tensors(Kind::Gradient, &format!("{name} batch of {size}"), gradient.as_slice(), &expected);
        }
    });
}

#[test]
fn no_digits_have_no_gradient() {
    let workers = Workers::new(1).unwrap();
    at_every_level(|name, level| {
        let (value, gradient) =
            mean_gradient(&LENET5, level, &parameters(9), &MAP, &Split::default(), &workers);
        assert!(value == 0.0 && gradient == Parameters::zeros(), "{name}");
    });
}
