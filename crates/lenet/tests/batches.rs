//! Training by batches: the same bits for any number of threads, through every interruption, and no memory asked for on the way.

use std::sync::Arc;

use lenet::classify::{Answer, Classifier};
use lenet::data::{Image, Split};
use lenet::distort::{Distortion, Elastic};
use lenet::kernels::level::{self, Level};
use lenet::lattice::{Strip, TrueStrip};
use lenet::train::{Batch, Flow, Optimiser, Recipe, Rule, Scene, Schedule, Training, checkpoint};
use lenet::workers::Workers;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// More than two stretches between events, and no multiple of a batch, a shard or a tile.
const PATTERNS: usize = 4503;

fn digits(patterns: usize) -> Split {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut image = || -> Image { std::array::from_fn(|_| (random.next_u32() >> 24) as u8) };
    Split {
        images: (0..patterns).map(|_| image()).collect(),
        labels: (0..patterns).map(|n| (n % 10) as u8).collect(),
    }
}

fn recipe(rule: Rule, average: f32) -> Recipe {
    let schedule = Schedule::OneCycle { warm_up: 0.2, start: 0.1, end: 0.01 };
    let batch = Batch { size: 100, rate: 0.002, weight_decay: 0.01, average, rule, schedule };
    let fast = Recipe::fast();
    Recipe { passes: 2, validation: 103, shift: 1, optimiser: Optimiser::Batch(batch), ..fast }
}

/// The recipe with every kind of distortion.
fn distorting(copies: u8) -> Recipe {
    let distortion = Distortion {
        copies,
        translation: 2.0,
        scale: 0.1,
        squeeze: 0.1,
        shear: 0.2,
        rotation: 10.0,
        stroke: 1.0,
        noise: 0.1,
        elastic: Some(Elastic { alpha: 24.0, sigma: 4.0 }),
    };
    Recipe { distortion: Some(distortion), ..recipe(ADAMW, 0.99) }
}

const ADAMW: Rule = Rule::Adamw { beta_1: 0.9, beta_2: 0.99, epsilon: 1e-8 };
const MOMENTUM: Rule = Rule::Sgd { momentum: 0.9 };
const MUON: Rule = Rule::Muon { momentum: 0.9, beta_1: 0.9, beta_2: 0.99, epsilon: 1e-8 };

/// Bits of the criterion, errors, errors on the digits held out.
type Pass = (u64, usize, Option<usize>);

/// All that a run leaves, but the time it took.
fn left(training: &Training) -> (Vec<u32>, Vec<Pass>) {
    let bits = training.parameters().as_slice().iter().map(|w| w.to_bits()).collect();
    let passes = training.history().iter();
    (bits, passes.map(|pass| (pass.criterion.to_bits(), pass.errors, pass.validation_errors)).collect())
}

/// Runs to the end, stopping at every event for which `stop` says so, each time through a file and on to other workers.
fn run(
    recipe: Recipe,
    digits: &Split,
    level: Level,
    threads: usize,
    stop: impl Fn(usize) -> bool,
) -> Training {
    run_with(recipe, digits, level, threads, stop, Arc::default())
}

/// The same with strips beside the batches.
fn run_with(
    recipe: Recipe,
    digits: &Split,
    level: Level,
    threads: usize,
    stop: impl Fn(usize) -> bool,
    strips: Arc<[TrueStrip]>,
) -> Training {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let mut training = Training::new(recipe, 7, digits, level).unwrap().with_strips(strips.clone());
    let (mut events, mut threads) = (0, threads);
    loop {
        let workers = Workers::new(threads).unwrap();
        let finished = training.run(digits, &workers, &mut |_| {
            events += 1;
            if stop(events) { Flow::Stop } else { Flow::Continue }
        });
        if finished {
            return training;
        }
        checkpoint::save(&training, &path).unwrap();
        training = checkpoint::load(&path, digits).unwrap().with_strips(strips.clone());
        threads = 3 - threads.min(2);
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits_at_every_level() {
    let digits = digits(1503);
    for (name, level) in level::available() {
        for rule in [ADAMW, MUON] {
            let one = left(&run(recipe(rule, 0.99), &digits, level, 1, |_| false));
            for threads in [2, 3, 8] {
                let more = left(&run(recipe(rule, 0.99), &digits, level, threads, |_| false));
                assert!(one == more, "{name}, {threads} threads, {rule:?}");
            }
        }
    }
}

#[test]
fn distorted_digits_are_the_same_bits_for_any_number_of_threads_and_through_every_interruption() {
    let digits = digits(PATTERNS);
    let plain = left(&run(recipe(ADAMW, 0.99), &digits, Level::new(), 1, |_| false));
    for copies in [0, 3] {
        let whole = left(&run(distorting(copies), &digits, Level::new(), 1, |_| false));
        assert!(whole != plain, "{copies}: nothing is distorted");
        for threads in [2, 3] {
            let more = left(&run(distorting(copies), &digits, Level::new(), threads, |_| false));
            assert!(more == whole, "{copies} copies, {threads} threads");
        }
        let stopped = left(&run(distorting(copies), &digits, Level::new(), 2, |_| true));
        assert!(stopped == whole, "{copies} copies, stopped at every event");
    }
}

#[test]
fn strips_beside_the_batches_are_the_same_bits_for_any_number_of_threads_and_through_every_interruption() {
    let digits = digits(PATTERNS);
    let strip = |n: usize| {
        let width = 30 + n % 20;
        let ink = (0..32 * width)
            .map(|at| if (at + n).is_multiple_of(3) { 0 } else { (at * 7 % 256) as u8 })
            .collect();
        TrueStrip { strip: Strip { width, ink }, text: vec![(n % 10) as u8, 3] }
    };
    let strips: Arc<[TrueStrip]> = (0..50).map(strip).collect();
    let scene = Recipe::strings().scene.map(|scene| Scene { strips: 2, ..scene });
    let recipe = Recipe { scene, shift: 0, ..recipe(MUON, 0.99) };
    let whole = left(&run(recipe.clone(), &digits, Level::new(), 1, |_| false));
    let with = |threads, stop: fn(usize) -> bool| {
        left(&run_with(recipe.clone(), &digits, Level::new(), threads, stop, strips.clone()))
    };
    let first = with(1, |_| false);
    assert!(first != whole, "no strip is read");
    assert!(with(2, |_| false) == first && with(3, |_| false) == first);
    assert!(with(2, |_| true) == first, "stopped at every event");
}

#[test]
fn answers_are_the_same_bits_for_any_number_of_threads_and_images() {
    let digits = digits(301);
    for (name, level) in level::available() {
        let parameters = run(recipe(ADAMW, 0.0), &digits, level, 1, |_| false).parameters().clone();
        let answers = |threads, count: usize| {
            let mut answers = vec![Answer::default(); count];
            let workers = Workers::new(threads).unwrap();
            Classifier::new(parameters.clone(), level).classify(
                &digits.images[..count],
                &mut answers,
                &workers,
            );
            answers
        };
        let all = answers(1, 301);
        for threads in [1, 2, 3, 8] {
            for count in [0, 1, 15, 16, 17, 129, 301] {
                assert!(answers(threads, count) == all[..count], "{name}, {threads} threads, {count} images");
            }
        }
    }
}

#[test]
fn a_run_by_batches_stopped_anywhere_ends_with_the_same_bits() {
    let digits = digits(PATTERNS);
    for (rule, average) in [(ADAMW, 0.99), (MOMENTUM, 0.0), (MUON, 0.99)] {
        let whole = left(&run(recipe(rule, average), &digits, Level::new(), 2, |_| false));
        for k in 1..9 {
            let stopped = left(&run(recipe(rule, average), &digits, Level::new(), 2, |event| event == k));
            assert!(stopped == whole, "{rule:?}, stopped at event {k}");
        }
        let stopped = left(&run(recipe(rule, average), &digits, Level::new(), 2, |_| true));
        assert!(stopped == whole, "{rule:?}, stopped at every event");
    }
}

#[test]
fn the_average_is_another_network_than_the_last_one() {
    let digits = digits(1503);
    let last = left(&run(recipe(ADAMW, 0.0), &digits, Level::new(), 2, |_| false));
    let average = left(&run(recipe(ADAMW, 0.9), &digits, Level::new(), 2, |_| false));
    assert!(last.0 != average.0);
    // Training itself does not see the average.
    assert_eq!(last.1[1].0, average.1[1].0);
}

#[test]
fn more_patterns_held_out_than_there_are_is_an_error() {
    let error = Training::new(recipe(ADAMW, 0.0), 1, &digits(103), Level::new()).unwrap_err();
    assert!(error.to_string().contains("`validation`") && error.to_string().contains("103"), "{error}");
}

/// In one test, since other tests ask for memory at the same time: it runs in a process of its own, see below.
#[test]
#[ignore = "needs a process of its own: run by memory_is_asked_for_before_the_loop_and_not_in_it"]
fn alone_memory_is_counted() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let blocks = || dhat::HeapStats::get().total_blocks;
    let workers = Workers::new(2).unwrap();

    let some = digits(2000);
    let mut classifier =
        Classifier::new(Recipe::fast().initial.draw(&mut ChaCha8Rng::seed_from_u64(1)), Level::new());
    let mut answers = vec![Answer::default(); 2000];
    classifier.classify(&some.images, &mut answers, &workers);
    let before = blocks();
    for _ in 0..20 {
        classifier.classify(&some.images, &mut answers, &workers);
        classifier.classify_one(&some.images[0]);
    }
    // Every 63rd entry into the pool costs its queue a block.
    assert!(blocks() - before <= 1, "{} blocks for 20 calls", blocks() - before);

    // A pass over three times as many patterns takes as many blocks: none of them is of a batch.
    let of_a_pass = |patterns, recipe: Recipe| {
        let digits = digits(patterns);
        let recipe = Recipe { passes: 1, validation: 0, ..recipe };
        let mut training = Training::new(recipe, 1, &digits, Level::new()).unwrap();
        let before = blocks();
        assert!(training.run(&digits, &workers, &mut |_| Flow::Continue));
        blocks() - before
    };
    for recipe in [recipe(ADAMW, 0.9), recipe(MUON, 0.9), distorting(0), distorting(2)] {
        of_a_pass(2000, recipe.clone());
        let (few, many) = (of_a_pass(2000, recipe.clone()), of_a_pass(6000, recipe));
        assert!(many <= few + 1, "{few} blocks for 20 batches, {many} for 60");
        assert!(few > 0, "the allocator is not counted");
    }
}

#[test]
fn memory_is_asked_for_before_the_loop_and_not_in_it() {
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    alone.args(["--exact", "alone_memory_is_counted", "--ignored", "--nocapture"]);
    let output = alone.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
