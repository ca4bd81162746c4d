//! The other systems: the stack of LeNet-5 against LeNet-5's own kernels, every kind of layer against finite differences, and
//! training that gives the same bits for any number of threads.

use lenet::data::{Image, Split};
use lenet::kernels::level::{self, Level};
use lenet::net::{Criterion, LENET5};
use lenet::systems::{Kind, Layer, Output, Plan, Pooling, Squashing, Stack, StackParameters};
use lenet::train::{Flow, Network, Recipe, RecipeError, Training, mean_gradient};
use lenet::workers::Workers;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

const MAP: Criterion = Criterion::Map { scale: 0.2, j: 30.0 };
/// Soft maximum and cross-entropy.
const SOFT: Criterion = Criterion::Map { scale: 1.0, j: 100.0 };

/// Blots that differ by class.
fn digits(count: usize) -> Split {
    let image = |n: usize| -> Image {
        std::array::from_fn(|k| {
            let (y, x, class) = (k / 28, k % 28, n % 10);
            let near = y.abs_diff(6 + class + n % 3) + x.abs_diff(20 - class) < 8;
            if near { (120 + (k * 37 + n * 11) % 130) as u8 } else { ((k * n) % 7) as u8 }
        })
    };
    Split { images: (0..count).map(image).collect(), labels: (0..count).map(|n| (n % 10) as u8).collect() }
}

fn drawn(stack: &Stack, seed: u64) -> StackParameters {
    let mut parameters = stack.draw(&Recipe::fast().initial, &mut ChaCha8Rng::seed_from_u64(seed));
    // Biases away from zero, so that they matter.
    let tensors = stack.tensors();
    for tensor in tensors.iter().filter(|tensor| tensor.name.ends_with("bias")) {
        for (k, bias) in parameters.as_mut_slice()[tensor.range.clone()].iter_mut().enumerate() {
            *bias = 0.05 * ((k % 5) as f32 - 2.0);
        }
    }
    parameters
}

fn criterion(stack: &Stack) -> Criterion {
    if stack.plan().output == Output::Codes { MAP } else { SOFT }
}

#[test]
fn the_stack_of_lenet_5_is_lenet_5() {
    let stack = Stack::new(Plan::lenet_5()).unwrap();
    let (digits, workers) = (digits(37), Workers::new(2).unwrap());
    let drawn = drawn(&stack, 5);
    let same = lenet::net::Parameters::from_slice(drawn.as_slice()).unwrap();
    for (name, level) in level::available() {
        let answers = stack.answers(level, &drawn, &digits.images, &workers);
        for (a, b) in answers.iter().zip(LENET5.answers(level, &same, &digits.images, &workers)) {
            for (a, b) in a.penalties.iter().zip(b.penalties) {
                assert!((a - b).abs() < 1e-3 * b.abs(), "{name}: {a} {b}");
            }
        }
        let (value, gradient) = mean_gradient(&stack, level, &drawn, &MAP, &digits, &workers);
        let (expected, of_lenet_5) = mean_gradient(&LENET5, level, &same, &MAP, &digits, &workers);
        assert!((value - expected).abs() < 1e-4 * expected, "{name}");
        for tensor in stack.tensors() {
            let (a, b) = (&gradient.as_slice()[tensor.range.clone()], &of_lenet_5.as_slice()[tensor.range]);
            let largest = b.iter().fold(0.0f32, |largest, d| largest.max(d.abs()));
            for (a, b) in a.iter().zip(b) {
                assert!((a - b).abs() <= 3e-5 * largest, "{name}, {}: {a} {b}", tensor.name);
            }
        }
    }
}

#[test]
fn the_stack_of_lenet_5_is_drawn_like_lenet_5() {
    let stack = Stack::new(Plan::lenet_5()).unwrap();
    let initial = Recipe::fast().initial;
    let drawn = stack.draw(&initial, &mut ChaCha8Rng::seed_from_u64(3));
    assert_eq!(drawn.as_slice(), initial.draw(&mut ChaCha8Rng::seed_from_u64(3)).as_slice());
}

/// Plans in which every kind of layer, pooling, squashing and output occurs.
fn plans() -> Vec<Plan> {
    let full = vec![(0..6).collect::<Vec<usize>>(); 16];
    let lenet_5 = Plan::lenet_5;
    let mut plans = Plan::known();
    plans.extend([
        lenet_5().connected_by("full", full),
        lenet_5().pooled_by("average", Pooling::Average),
        lenet_5().pooled_by("maximum", Pooling::Max),
        lenet_5().pooled_by("not-squashed", Pooling::TrainableLinear),
        Plan { inside: 28, name: "small".to_string(), ..lenet_5() },
        Plan { output: Output::Linear, name: "free".to_string(), ..lenet_5() },
        Plan { output: Output::Linear, squashing: Squashing::Relu, name: "relu".to_string(), ..lenet_5() },
        // Sides that no paper has, with a remainder in every vector.
        Plan {
            name: "odd".to_string(),
            inside: 28,
            layers: vec![
                Layer { name: "P1", kind: Kind::Subsampling { pooling: Pooling::Trainable, fan_out: 1 } },
                Layer { name: "C2", kind: Kind::Convolution { table: vec![vec![0]; 3] } },
                Layer { name: "C3", kind: Kind::Convolution { table: vec![vec![0, 2], vec![1]] } },
                Layer { name: "F4", kind: Kind::Dense { units: 15 } },
            ],
            squashing: Squashing::Tanh,
            output: Output::Linear,
        },
    ]);
    plans
}

/// The derivative along a tensor's gradient, by differences of the criterion, against the length of the gradient.
#[test]
fn gradients_are_derivatives() {
    let (digits, workers, level) = (digits(10), Workers::new(2).unwrap(), Level::new());
    for plan in plans() {
        let stack = Stack::new(plan).unwrap();
        let (criterion, parameters) = (criterion(&stack), drawn(&stack, 7));
        let value = |p: &StackParameters| mean_gradient(&stack, level, p, &criterion, &digits, &workers).0;
        let (_, gradient) = mean_gradient(&stack, level, &parameters, &criterion, &digits, &workers);
        for tensor in stack.tensors() {
            let d = &gradient.as_slice()[tensor.range.clone()];
            let length = d.iter().map(|d| f64::from(*d).powi(2)).sum::<f64>().sqrt();
            assert!(length > 0.0, "{}, {}", stack.plan().name, tensor.name);
            // Where there are corners the step has to be small, so that rounding shows.
            let (step, bound) =
                if stack.plan().squashing == Squashing::Relu { (4e-4, 0.03) } else { (2e-3, 0.02) };
            let at = |sign: f64| {
                let mut moved = parameters.clone();
                for (w, d) in moved.as_mut_slice()[tensor.range.clone()].iter_mut().zip(d) {
                    *w += (sign * step * f64::from(*d) / length) as f32;
                }
                value(&moved)
            };
            let slope = (at(1.0) - at(-1.0)) / (2.0 * step);
            let error = (slope - length).abs() / length;
            assert!(error < bound, "{}, {}: {slope} {length}", stack.plan().name, tensor.name);
        }
    }
}

#[test]
fn threads_and_interruptions_change_no_bit() {
    let (train, level) = (digits(300), Level::new());
    let recipe = Recipe { passes: 2, ..Recipe::fast() };
    let stack = || Stack::new(Plan::lenet_1()).unwrap();
    let run = |threads: usize| {
        let mut run = Training::of(stack(), recipe.clone(), 4, &train, level).unwrap();
        assert!(run.run(&train, &Workers::new(threads).unwrap(), &mut |_| Flow::Continue));
        run.parameters().clone()
    };
    let expected = run(1);
    assert!(run(2) == expected && run(3) == expected);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let workers = Workers::new(2).unwrap();
    let mut first = Training::of(stack(), recipe, 4, &train, level).unwrap();
    assert!(!first.run(&train, &workers, &mut |_| Flow::Stop));
    lenet::train::checkpoint::save(&first, &path).unwrap();
    assert_eq!(lenet::train::checkpoint::network_name(&path).unwrap(), "lenet-1");
    let error = lenet::train::checkpoint::load(&path, &train).unwrap_err().to_string();
    assert!(error.contains("a run of lenet-1, not of lenet-5"), "{error}");
    let mut again = lenet::train::checkpoint::load_of(stack(), &path, &train).unwrap();
    assert!(again.run(&train, &workers, &mut |_| Flow::Continue));
    assert!(*again.parameters() == expected);
}

#[test]
fn every_known_system_learns_ten_blots() {
    let (train, workers) = (digits(200), Workers::new(2).unwrap());
    for plan in Plan::known() {
        let stack = Stack::new(plan).unwrap();
        let recipe = Recipe { passes: 40, shift: 0, criterion: criterion(&stack), ..Recipe::fast() };
        let mut run = Training::of(stack, recipe, 1, &train, Level::new()).unwrap();
        run.run(&train, &workers, &mut |_| Flow::Continue);
        let answers = run.network().answers(run.level(), run.parameters(), &train.images, &workers);
        let right = answers.iter().zip(&train.labels).filter(|(a, label)| a.digit() == **label).count();
        assert!(right >= 190, "{}: {right} of 200", run.network().plan().name);
    }
}

#[test]
fn impossible_plans_and_recipes_are_told() {
    let error = |plan: Plan| Stack::new(plan).unwrap_err().to_string();
    assert_eq!(
        error(Plan { inside: 30, ..Plan::lenet_5() }),
        "the input is 30x30; it must be 28x28 or 32x32"
    );
    let codes = Plan { output: Output::Codes, ..Plan::fully_connected("x", &[300]) };
    assert!(error(codes).contains("layer H1: codes need 84 units"));
    assert!(error(Plan::fully_connected("x", &[7])).contains("layer H1: 7 units"));
    let table = vec![vec![6]];
    assert!(
        error(Plan::lenet_5().connected_by("x", table))
            .contains("layer C3: its table names input map 6 of 6")
    );
    assert!(error(Plan::fully_connected("x", &[5])).contains("layer output: 5 inputs"));
    let mut deep = Plan::lenet_5();
    deep.layers
        .insert(4, Layer { name: "S5", kind: Kind::Subsampling { pooling: Pooling::Max, fan_out: 1 } });
    assert!(error(deep).contains("layer S5: maps of 5x5 can't be halved"));

    let train = digits(10);
    let lenet_1 = Stack::new(Plan::lenet_1()).unwrap();
    let error = Training::of(lenet_1, Recipe::paper_1998(), 1, &train, Level::new()).unwrap_err();
    assert!(matches!(error, RecipeError::OnlineIsLeNet5 { .. }) && error.to_string().contains("lenet-1"));
}
