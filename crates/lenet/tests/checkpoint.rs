//! A run that stops, is saved, loaded and goes on has the bits of one that never stopped.

use std::path::Path;

use lenet::data::{Image, Split};
use lenet::distort::Distortion;
use lenet::kernels::level::Level;
use lenet::train::checkpoint::{self, CheckpointError};
use lenet::train::{Curvature, Event, Flow, Optimiser, PassRecord, Recipe, Sdlm, Training};
use lenet::workers::Workers;
use rand::{Rng, SeedableRng, rngs::ChaCha8Rng};

/// More than two stretches of patterns, not a multiple of one.
const PATTERNS: usize = 700;
const PASSES: usize = 3;

fn digits(seed: u64) -> Split {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut image = || -> Image { std::array::from_fn(|_| (random.next_u32() >> 24) as u8) };
    Split {
        images: (0..PATTERNS).map(|_| image()).collect(),
        labels: (0..PATTERNS).map(|n| (n % 10) as u8).collect(),
    }
}

fn recipe(curvature: Curvature) -> Recipe {
    let paper = Recipe::paper_1998();
    let Optimiser::Sdlm(sdlm) = paper.optimiser.clone() else { unreachable!("the paper's optimiser") };
    let optimiser = Optimiser::Sdlm(Sdlm { curvature, curvature_patterns: 50, ..sdlm });
    Recipe { passes: PASSES, optimiser, ..paper }
}

/// All that a run leaves, but the time it took.
fn left(training: &Training) -> (Vec<u32>, Vec<(usize, u64, usize)>) {
    let bits = training.parameters().as_slice().iter().map(|w| w.to_bits()).collect();
    let pass = |record: &PassRecord| (record.pass, record.criterion.to_bits(), record.errors);
    (bits, training.history().iter().map(pass).collect())
}

/// Runs to the end, stopping at every event for which `stop` says so, each time through a file.
fn run_with_stops(
    mut training: Training,
    digits: &Split,
    mut stop: impl FnMut(usize) -> bool,
) -> (Training, usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    let (mut events, mut stops) = (0, 0);
    loop {
        let finished = training.run(digits, &Workers::new(2).unwrap(), &mut |_| {
            events += 1;
            if stop(events) { Flow::Stop } else { Flow::Continue }
        });
        if finished {
            return (training, stops);
        }
        stops += 1;
        checkpoint::save(&training, &path).unwrap();
        training = checkpoint::load(&path, digits).unwrap();
    }
}

#[test]
fn a_run_stopped_anywhere_ends_with_the_same_bits() {
    let digits = digits(1);
    for curvature in [Curvature::EachPass, Curvature::FirstPass, Curvature::Maximum] {
        let new = || Training::new(recipe(curvature), 7, &digits, Level::new()).unwrap();
        let (whole, stops) = run_with_stops(new(), &digits, |_| false);
        assert_eq!(stops, 0);
        for k in 1..8 {
            let (stopped, stops) = run_with_stops(new(), &digits, |event| event == k);
            assert_eq!(stops, 1);
            assert!(left(&stopped) == left(&whole), "{curvature:?}, stopped at event {k}");
        }
        let (stopped, stops) = run_with_stops(new(), &digits, |_| true);
        assert!(stops > 3 * PASSES - 2, "{stops}");
        assert!(left(&stopped) == left(&whole), "{curvature:?}, stopped at every event");
    }
}

#[test]
fn a_run_on_distorted_digits_stopped_at_every_event_ends_with_the_same_bits() {
    let digits = digits(1);
    for copies in [0, 9] {
        let new = || {
            let distorted = Recipe::paper_1998_distorted().distortion.unwrap();
            let distortion = Some(Distortion { copies, ..distorted });
            let recipe = Recipe { distortion, ..recipe(Curvature::EachPass) };
            Training::new(recipe, 7, &digits, Level::new()).unwrap()
        };
        let (whole, _) = run_with_stops(new(), &digits, |_| false);
        let (stopped, _) = run_with_stops(new(), &digits, |_| true);
        assert!(left(&stopped) == left(&whole), "{copies} copies");
    }
}

#[test]
fn another_seed_or_another_order_of_digits_gives_other_bits() {
    let digits = digits(1);
    let finish = |seed| {
        let training = Training::new(recipe(Curvature::EachPass), seed, &digits, Level::new()).unwrap();
        left(&run_with_stops(training, &digits, |_| false).0)
    };
    assert!(finish(7) != finish(8));
}

#[test]
fn progress_counts_every_pattern_of_every_pass() {
    let digits = digits(1);
    let mut training = Training::new(recipe(Curvature::EachPass), 7, &digits, Level::new()).unwrap();
    let (mut seen, mut passes) = (Vec::new(), Vec::new());
    training.run(&digits, &Workers::new(2).unwrap(), &mut |event| {
        match event {
            Event::Progress { pass, seen: patterns, of } => {
                assert_eq!(of, PATTERNS);
                seen.push((pass, patterns));
            }
            Event::PassEnd(record) => passes.push((record.pass, record.patterns)),
        }
        Flow::Continue
    });
    assert_eq!(passes, [(1, PATTERNS), (2, PATTERNS), (3, PATTERNS)]);
    assert_eq!(seen[..3], [(1, 250), (1, 500), (1, 700)]);
    assert_eq!(seen.len(), 9);
}

#[test]
fn a_run_does_not_go_on_with_other_digits() {
    let (began, other) = (digits(1), digits(2));
    let training = Training::new(recipe(Curvature::EachPass), 7, &began, Level::new()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    checkpoint::save(&training, &path).unwrap();
    let error = checkpoint::load(&path, &other).unwrap_err();
    assert!(matches!(error, CheckpointError::OtherData { .. }));
    assert!(error.to_string().contains("--data"), "{error}");
}

#[test]
fn a_damaged_checkpoint_is_refused_wherever_it_is_cut() {
    let digits = digits(1);
    let training = Training::new(recipe(Curvature::EachPass), 7, &digits, Level::new()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint.safetensors");
    checkpoint::save(&training, &path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in [0, 4, 8, 100, 1000, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let error = checkpoint::load(&path, &digits).unwrap_err();
        assert!(matches!(error, CheckpointError::Damaged { .. }), "cut at {cut}: {error}");
    }
    let weights = lenet::export::weights::to_bytes(training.parameters(), &[]);
    std::fs::write(&path, weights).unwrap();
    let error = checkpoint::load(&path, &digits).unwrap_err();
    assert!(error.to_string().contains("no checkpoint"), "{error}");
}

#[test]
fn a_missing_checkpoint_and_a_missing_folder_are_errors() {
    let digits = digits(1);
    let training = Training::new(recipe(Curvature::EachPass), 7, &digits, Level::new()).unwrap();
    let path = Path::new("there/is/no/such/folder/checkpoint.safetensors");
    assert!(matches!(checkpoint::save(&training, path).unwrap_err(), CheckpointError::Write { .. }));
    let error = checkpoint::load(path, &digits).unwrap_err();
    assert!(matches!(error, CheckpointError::Read { .. }));
    // What the system says is told once in a chain of causes.
    let cause = std::error::Error::source(&error).expect("the system says why").to_string();
    assert!(!error.to_string().contains(&cause), "{error}: {cause}");
}

#[test]
fn an_empty_training_set_is_refused() {
    let error = Training::new(Recipe::paper_1998(), 1, &Split::default(), Level::new()).unwrap_err();
    assert!(error.to_string().contains("no pattern to train on"), "{error}");
}
