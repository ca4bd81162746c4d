//! Against PyTorch: `vectors/golden.safetensors`, made by `tools/golden.py` with autograd in f64.

use lenet::data::{Image, Split};
use lenet::export::weights;
use lenet::net::{self, Criterion, Gradient, Parameters, State, TENSORS};
use lenet::paper::TABLE_I;
use lenet::train::{
    Batch, Curvature, Flow, Optimiser, Pooled, Recipe, Rule, Schedule, Sdlm, Stage, Training,
};
use lenet::workers::Workers;
use safetensors::{SafeTensors, tensor::Dtype};

use crate::{Kind, at_every_level, check};

const IMAGES: usize = 4;
const EQ_9: Criterion = Criterion::Map { scale: 0.5, j: 10.0 };

struct Golden(Vec<u8>);

impl Golden {
    fn load() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/golden.safetensors");
        Golden(std::fs::read(path).expect("vectors/golden.safetensors is part of the repository"))
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        SafeTensors::deserialize(&self.0).unwrap().tensor(name).unwrap().data().to_vec()
    }

    fn floats(&self, name: &str) -> Vec<f32> {
        let tensors = SafeTensors::deserialize(&self.0).unwrap();
        let view = tensors.tensor(name).unwrap_or_else(|_| panic!("{name} is missing"));
        assert_eq!(view.dtype(), Dtype::F32, "{name}");
        view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    fn expected(&self, name: &str) -> Vec<f64> {
        self.floats(name).into_iter().map(f64::from).collect()
    }

    /// The twelve tensors below `prefix` in the order of our buffer; of C3 the kernels of Table I.
    fn buffer(&self, prefix: &str) -> Vec<f32> {
        let mut values = Vec::new();
        for tensor in &TENSORS {
            let all = self.floats(&format!("{prefix}/{}", tensor.name));
            if tensor.name == "c3.weight" {
                for (o, inputs) in TABLE_I.iter().enumerate() {
                    inputs.iter().for_each(|i| values.extend_from_slice(&all[(o * 6 + i) * 25..][..25]));
                }
            } else {
                values.extend(all);
            }
        }
        values
    }

    fn parameters(&self) -> Parameters {
        Parameters::from_slice(&self.buffer("parameters")).unwrap()
    }

    fn digits(&self) -> Split {
        let images: Vec<Image> =
            self.bytes("images").chunks_exact(784).map(|image| image.try_into().unwrap()).collect();
        Split { images, labels: self.bytes("labels") }
    }
}

fn check_buffer(kind: Kind, what: &str, found: &[f32], expected: &[f32]) {
    let expected: Vec<f64> = expected.iter().map(|&value| f64::from(value)).collect();
    for tensor in &TENSORS {
        let range = tensor.range.clone();
        check(kind, &format!("{what} {}", tensor.name), &found[range.clone()], &expected[range]);
    }
}

#[test]
fn states_penalties_and_criteria_are_those_of_pytorch() {
    let golden = Golden::load();
    let (parameters, digits) = (golden.parameters(), golden.digits());
    assert_eq!(digits.len(), IMAGES);
    at_every_level(|level_name, level| {
        for (n, image) in digits.images.iter().enumerate() {
            let mut state = State::new();
            state.set_image(image);
            net::forward(level, &parameters, &mut state);
            let check = |kind, name: &str, found: &[f32]| {
                check(
                    kind,
                    &format!("{level_name} {n}/{name}"),
                    found,
                    &golden.expected(&format!("{n}/{name}")),
                );
            };
            for (layer, found) in state.layers() {
                check(if layer == "output" { Kind::Output } else { Kind::State }, layer, &found);
            }
            let class = usize::from(digits.labels[n]);
            let eq_8 = Criterion::Mle { scale: 0.5 }.value(state.output(), class);
            check(Kind::Criterion, "criterion8", &[eq_8 as f32]);
            check(Kind::Criterion, "criterion9", &[EQ_9.value(state.output(), class) as f32]);
        }
    });
}

#[test]
fn gradients_are_those_of_autograd() {
    let golden = Golden::load();
    let (parameters, digits) = (golden.parameters(), golden.digits());
    at_every_level(|level_name, level| {
        for n in 0..2 {
            let (mut state, mut gradient, mut sum) = (State::new(), Gradient::new(), Parameters::zeros());
            state.set_image(&digits.images[n]);
            net::forward(level, &parameters, &mut state);
            net::backward(&parameters, &state, &EQ_9, digits.labels[n], &mut gradient);
            gradient.add_to(&state, &mut sum);
            let expected = golden.buffer(&format!("{n}/gradient"));
            check_buffer(Kind::Gradient, &format!("{level_name} {n}/gradient"), sum.as_slice(), &expected);
        }
    });
}

#[test]
fn ten_steps_of_training_and_their_curvature_end_where_pytorch_ends() {
    let golden = Golden::load();
    let (parameters, digits) = (golden.parameters(), golden.digits());
    at_every_level(|level_name, level| {
        let (mut state, mut squares, mut gradient) = (State::new(), State::new(), Gradient::new());
        let mut h = Parameters::zeros();
        let squared = parameters.squared();
        for image in &digits.images {
            state.set_image(image);
            net::forward(level, &parameters, &mut state);
            net::curvature(&squared, &state, &EQ_9, &mut squares, &mut gradient, &mut h);
        }
        h.as_mut_slice().iter_mut().for_each(|h| *h /= IMAGES as f32);
        check_buffer(
            Kind::Curvature,
            &format!("{level_name} curvature"),
            h.as_slice(),
            &golden.buffer("curvature"),
        );

        let mut trained = parameters.clone();
        let losses = golden.expected("steps/criterion");
        for (step, &loss) in losses.iter().enumerate() {
            let n = step % IMAGES;
            state.set_image(&digits.images[n]);
            net::forward(level, &trained, &mut state);
            let value = net::backward(&trained, &state, &EQ_9, digits.labels[n], &mut gradient);
            check(Kind::Criterion, &format!("{level_name} step {step}"), &[value as f32], &[loss]);
            let mut d = Parameters::zeros();
            gradient.add_to(&state, &mut d);
            for ((w, h), d) in trained.as_mut_slice().iter_mut().zip(h.as_slice()).zip(d.as_slice()) {
                *w -= 0.0005 / (0.02 + h) * d;
            }
        }
        let change = |after: &[f32]| -> Vec<f32> {
            let pairs = after.iter().zip(parameters.as_slice());
            pairs.map(|(&after, &before)| (f64::from(after) - f64::from(before)) as f32).collect()
        };
        let expected = change(&golden.buffer("steps/parameters"));
        check_buffer(
            Kind::Change,
            &format!("{level_name} ten steps"),
            &change(trained.as_slice()),
            &expected,
        );
    });
}

#[test]
fn ten_steps_by_batches_end_where_the_optimisers_of_pytorch_end() {
    let golden = Golden::load();
    let (parameters, digits) = (golden.parameters(), golden.digits());
    let adamw = Rule::Adamw { beta_1: 0.9, beta_2: 0.99, epsilon: 1e-8 };
    let muon = Rule::Muon { momentum: 0.9, beta_1: 0.9, beta_2: 0.99, epsilon: 1e-8 };
    let sgd = Rule::Sgd { momentum: 0.9 };
    let rules = [("adamw", adamw, 0.003, 0.1), ("sgd", sgd, 0.001, 0.0), ("muon", muon, 0.003, 0.1)];
    for (name, rule, rate, weight_decay) in rules {
        let losses = golden.expected(&format!("{name}/criterion"));
        let schedule = Schedule::Constant;
        let batch = Batch { size: IMAGES, rate, weight_decay, average: 0.0, rule, schedule };
        let optimiser = Optimiser::Batch(batch);
        let recipe = Recipe { passes: losses.len(), shift: 0, criterion: EQ_9, optimiser, ..Recipe::fast() };
        at_every_level(|level_name, level| {
            let training = Training::new(recipe.clone(), 1, &digits, level).unwrap();
            let mut training = training.starting_from(parameters.clone());
            training.run(&digits, &Workers::new(2).unwrap(), &mut |_| Flow::Continue);
            // A gradient that is all rounding still moves AdamW's parameter by the whole rate, and Muon's matrix likewise.
            let (kind, of_criterion) = match rule {
                Rule::Sgd { .. } => (Kind::BatchChange, Kind::Criterion),
                Rule::Adamw { .. } => (Kind::NormalisedChange, Kind::Criterion),
                Rule::Muon { .. } => (Kind::OrthogonalChange, Kind::Criterion),
            };
            for (pass, &loss) in training.history().iter().zip(&losses) {
                check(
                    of_criterion,
                    &format!("{level_name} {name} {}", pass.pass),
                    &[pass.criterion as f32],
                    &[loss],
                );
            }
            let change = |after: &[f32]| -> Vec<f32> {
                after.iter().zip(parameters.as_slice()).map(|(after, before)| after - before).collect()
            };
            let expected = change(&golden.buffer(&format!("{name}/parameters")));
            check_buffer(
                kind,
                &format!("{level_name} {name}"),
                &change(training.parameters().as_slice()),
                &expected,
            );
        });
    }
}

/// The loop of the library is the loop of the test above.
#[test]
fn a_run_takes_the_steps_that_forward_backward_and_curvature_give() {
    let golden = Golden::load();
    let digits = golden.digits();
    let optimiser = Optimiser::Sdlm(Sdlm {
        mu: 0.02,
        curvature_patterns: IMAGES,
        curvature: Curvature::EachPass,
        subsampling: Pooled::Sum,
        schedule: vec![Stage { passes: 1, eta: 0.0005 }],
    });
    let recipe = Recipe { passes: 1, optimiser, ..Recipe::paper_1998() };
    at_every_level(|level_name, level| {
        let mut training = Training::new(recipe.clone(), 3, &digits, level).unwrap();
        let start = training.parameters().clone();
        training.run(&digits, &Workers::new(1).unwrap(), &mut |_| Flow::Continue);

        let (mut state, mut squares, mut gradient) = (State::new(), State::new(), Gradient::new());
        let (mut h, mut by_hand) = (Parameters::zeros(), start.clone());
        for image in &digits.images {
            state.set_image(image);
            net::forward(level, &start, &mut state);
            net::curvature(&start.squared(), &state, &EQ_9, &mut squares, &mut gradient, &mut h);
        }
        let mut criterion = 0.0;
        for n in lenet::train::presentation_order(3, IMAGES) {
            state.set_image(&digits.images[n as usize]);
            net::forward(level, &by_hand, &mut state);
            criterion += net::backward(&by_hand, &state, &EQ_9, digits.labels[n as usize], &mut gradient);
            let mut d = Parameters::zeros();
            gradient.add_to(&state, &mut d);
            for ((w, h), d) in by_hand.as_mut_slice().iter_mut().zip(h.as_slice()).zip(d.as_slice()) {
                *w -= 0.0005 / (0.02 + h / IMAGES as f32) * d;
            }
        }
        let change = |after: &Parameters| -> Vec<f32> {
            after.as_slice().iter().zip(start.as_slice()).map(|(after, before)| after - before).collect()
        };
        check_buffer(
            Kind::Change,
            &format!("{level_name} run"),
            &change(training.parameters()),
            &change(&by_hand),
        );
        let mean = [(criterion / IMAGES as f64) as f32];
        check(Kind::Criterion, level_name, &mean, &[training.history()[0].criterion]);
    });
}

#[test]
fn a_weights_file_has_the_names_and_shapes_of_the_pytorch_module() {
    let golden = Golden::load();
    let bytes = weights::to_bytes(&golden.parameters(), &[]);
    let (ours, theirs) =
        (SafeTensors::deserialize(&bytes).unwrap(), SafeTensors::deserialize(&golden.0).unwrap());
    assert_eq!(ours.len(), 13);
    for (name, view) in ours.tensors() {
        let expected = theirs.tensor(&format!("parameters/{name}")).unwrap();
        assert_eq!(view.shape(), expected.shape(), "{name}");
        let floats = |bytes: &[u8]| -> Vec<f32> {
            bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        };
        // As numbers: PyTorch's mask leaves zeros of either sign.
        assert!(floats(view.data()) == floats(expected.data()), "{name}");
    }
}
