//! `lenet train`: what it writes, what it says where, what it refuses before it starts.

mod common;

use std::fs;

use common::{fails, lenet, small_set, stderr, stdout, train, train_net};
use lenet::export::weights::load;
use lenet::train::{Batch, Optimiser, Recipe};
use serde_json::Value;
use tempfile::tempdir;

const FILES: [&str; 7] = [
    "confusion.png",
    "history.csv",
    "recipe.toml",
    "result.json",
    "run.json",
    "weights.safetensors",
    "worst.png",
];

#[test]
fn a_run_leaves_all_its_files_and_no_checkpoint() {
    let dir = tempdir().unwrap();
    let output = train(&dir, "run", &["--curve"]);
    let mut files: Vec<String> = fs::read_dir(dir.path().join("run"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, FILES);
    let text = stdout(&output);
    assert!(text.starts_with("test error") && text.contains("95 % interval"), "{text}");
    assert!(text.contains("Confusion") && text.trim_end().ends_with("run"), "{text}");
    let history = fs::read_to_string(dir.path().join("run/history.csv")).unwrap();
    let rows: Vec<&str> = history.lines().collect();
    assert_eq!(rows[0], "pass,eta,step_min,step_max,criterion,errors,patterns,seconds,test_errors");
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.split(',').count() == 9 && !row.ends_with(',')), "{history}");
    for (name, at_least) in [("confusion.png", 800), ("worst.png", 100)] {
        let picture = image::open(dir.path().join("run").join(name)).unwrap();
        assert!(picture.width() >= at_least, "{name}");
    }
}

#[test]
fn talk_goes_to_stderr_and_names_recipe_data_level_and_folder() {
    let dir = tempdir().unwrap();
    let output = train(&dir, "run", &["--level", "scalar", "--seed", "7"]);
    let talk = stderr(&output);
    for part in [
        "paper-1998, 2 passes, seed 7",
        "300 training and 100 test",
        "level    scalar",
        "run      run",
        "none of",
    ] {
        assert!(talk.contains(part), "{part} is missing:\n{talk}");
    }
    let passes = talk.lines().filter(|line| line.trim_start().starts_with(['1', '2'])).count();
    assert_eq!(passes, 2, "{talk}");
    assert!(
        !talk.contains('\u{1b}') && !talk.contains('\r'),
        "no colour and no bar without a terminal: {talk:?}"
    );
}

#[test]
fn the_recipe_fast_is_taken_unless_told_otherwise_with_the_same_bits_on_any_number_of_threads() {
    let dir = tempdir().unwrap();
    let data = small_set(300, 100);
    for threads in ["1", "3"] {
        let mut command = lenet(&dir);
        command.args(["train", "--passes", "2", "--threads", threads, "--out", threads, "--data"]).arg(&data);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stderr(&output).contains("fast, 2 passes"), "{}", stderr(&output));
    }
    let mut command = lenet(&dir);
    command.args(["train", "--passes", "1", "--threads", "3", "--data"]).arg(&data);
    let talk = stderr(&command.output().unwrap());
    assert!(talk.contains("3 threads") && talk.contains("fast, 1 pass, seed 1"), "{talk}");
    let result: Value = serde_json::from_slice(&fs::read(dir.path().join("3/result.json")).unwrap()).unwrap();
    assert_eq!(result["threads"], 3);
    let more = std::thread::available_parallelism().unwrap().get() + 1;
    let mut command = lenet(&dir);
    command.args(["train", "--passes", "1", "--threads", &more.to_string(), "--data"]).arg(&data);
    let said = stderr(&command.output().unwrap());
    assert!(said.contains(&format!("--threads {more} is more than there are cores")), "{said}");
    let weights = |run: &str| load(&dir.path().join(run).join("weights.safetensors")).unwrap();
    assert_eq!(weights("1"), weights("3"));
}

#[test]
fn digits_that_are_held_out_are_measured_after_every_pass() {
    let dir = tempdir().unwrap();
    let recipe = Recipe { validation: 50, passes: 2, ..Recipe::fast() };
    fs::write(dir.path().join("held-out.toml"), recipe.to_toml()).unwrap();
    let mut command = lenet(&dir);
    command.args(["train", "--recipe", "held-out.toml", "--out", "run", "--data"]).arg(small_set(300, 100));
    let output = command.output().unwrap();
    assert!(stderr(&output).contains("validation error"), "{}", stderr(&output));
    let history = fs::read_to_string(dir.path().join("run/history.csv")).unwrap();
    let rows: Vec<&str> = history.lines().collect();
    assert!(rows[0].ends_with("seconds,validation_errors") && rows.len() == 3, "{history}");
    assert!(rows.iter().all(|row| row.split(',').count() == 9), "{history}");
    assert!(rows[1].contains(",250,"), "250 of 300 are trained on: {history}");
    assert!(
        stdout(&output).contains("held-out error") && stdout(&output).contains("of 50, "),
        "{}",
        stdout(&output)
    );
    let result: Value =
        serde_json::from_slice(&fs::read(dir.path().join("run/result.json")).unwrap()).unwrap();
    assert_eq!((&result["training"]["patterns"], &result["held_out"]["patterns"]), (&250.into(), &50.into()));
    assert_eq!(result["held_out"]["errors"], result["history"][1]["validation_errors"]);
}

#[test]
fn a_run_that_diverges_is_told_of_in_a_table_that_keeps_its_columns() {
    let dir = tempdir().unwrap();
    let said = |name: &str, rate: f32| {
        let fast = Recipe::fast();
        let Optimiser::Batch(batch) = fast.optimiser else { panic!("fast trains by batches") };
        let recipe = Recipe { optimiser: Optimiser::Batch(Batch { rate, ..batch }), passes: 10, ..fast };
        fs::write(dir.path().join("recipe.toml"), recipe.to_toml()).unwrap();
        let mut command = lenet(&dir);
        command.args(["train", "--recipe", "recipe.toml", "--out", name, "--data"]).arg(small_set(300, 100));
        stderr(&command.output().unwrap())
    };
    let text = said("far", 100.0);
    assert!(text.contains("guessing") && text.contains("a smaller `optimiser.rate`"), "{text}");
    let heading = text.lines().find(|line| line.starts_with("pass ")).unwrap();
    let rows = text.lines().filter(|line| line.trim_start().starts_with(char::is_numeric));
    for row in rows.clone() {
        assert_eq!(row.len(), heading.len(), "{text}");
    }
    assert_eq!(rows.count(), 10, "{text}");
    let Optimiser::Batch(batch) = Recipe::fast().optimiser else { panic!("fast trains by batches") };
    let text = said("near", batch.rate);
    assert!(!text.contains("guessing"), "{text}");
}

#[test]
fn a_criterion_that_is_replaced_for_the_network_is_told_of() {
    let dir = tempdir().unwrap();
    let said = |net: &str, name: &str| stderr(&train_net(net, &dir, name, &[]));
    let text = said("linear", "a");
    assert!(text.contains("criterion of fast is for codes, which linear has none of"), "{text}");
    assert!(!said("lenet-5", "b").contains("is replaced"));
}

#[test]
fn quiet_says_nothing_but_the_result() {
    let dir = tempdir().unwrap();
    let output = train(&dir, "run", &["--quiet"]);
    assert_eq!(stderr(&output), "");
    assert!(stdout(&output).starts_with("test error"));
}

#[test]
fn json_is_one_object_on_stdout_and_the_same_as_in_the_folder() {
    let dir = tempdir().unwrap();
    let output = train(&dir, "run", &["--json", "--curve"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(fs::read(dir.path().join("run/result.json")).unwrap(), output.stdout);
    assert_eq!(result["history"].as_array().unwrap().len(), 2);
    assert_eq!(result["history"][1]["test_errors"], result["test"]["errors"]);
    assert_eq!(result["data"]["training_patterns"], 300);
    assert_eq!(result["test"]["misread"].as_array().unwrap().len(), result["test"]["errors"]);
    let counts =
        result["test"]["confusion"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    assert_eq!(counts.map(|count| count.as_u64().unwrap()).sum::<u64>(), 100);
    let recipe = fs::read_to_string(dir.path().join("run/recipe.toml")).unwrap();
    assert!(recipe.contains("passes = 2"), "the recipe as it was run: {recipe}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    let dir = tempdir().unwrap();
    let weights = |name: &str, seed: &str| {
        train(&dir, name, &["--seed", seed]);
        lenet::export::weights::load(&dir.path().join(name).join("weights.safetensors")).unwrap()
    };
    let first = weights("a", "5");
    assert!(first == weights("b", "5"));
    assert!(first != weights("c", "6"));
}

#[test]
fn the_recipe_of_a_run_makes_the_same_run_again() {
    let dir = tempdir().unwrap();
    train(&dir, "a", &[]);
    let data = small_set(300, 100);
    lenet(&dir)
        .args(["train", "--recipe", "a/recipe.toml", "--out", "b", "--data"])
        .arg(data)
        .assert()
        .success();
    let load = |name: &str| {
        lenet::export::weights::load(&dir.path().join(name).join("weights.safetensors")).unwrap()
    };
    assert!(load("a") == load("b"));
}

#[test]
fn a_run_begins_with_the_network_of_another_one_and_says_so() {
    let dir = tempdir().unwrap();
    train(&dir, "a", &[]);
    let text = stderr(&train(&dir, "b", &["--from", "a"]));
    assert!(text.contains("from     a\n"), "{text}");
    let notes = fs::read_to_string(dir.path().join("b/run.json")).unwrap();
    assert!(notes.contains("\"from\": \"a\""), "{notes}");
    let notes: Value = serde_json::from_str(&notes).unwrap();
    let result: Value = serde_json::from_slice(&fs::read(dir.path().join("b/result.json")).unwrap()).unwrap();
    assert_eq!((&result["from"], &result["from_sha256"]), (&notes["from"], &notes["from_sha256"]));
    assert_eq!(notes["from_sha256"].as_str().unwrap().len(), 64);
    let criterion = |run: &str| {
        let table = fs::read_to_string(dir.path().join(run).join("history.csv")).unwrap();
        let column = table.lines().next().unwrap().split(',').position(|name| name == "criterion").unwrap();
        table.lines().nth(1).unwrap().split(',').nth(column).unwrap().parse::<f64>().unwrap()
    };
    // The first pass of the second run goes on where the first run ended.
    assert!(criterion("b") < 0.8 * criterion("a"), "{} after {}", criterion("b"), criterion("a"));
}

#[test]
fn without_out_the_folder_is_named_by_time_and_recipe_and_two_may_begin_at_once() {
    let dir = tempdir().unwrap();
    let data = small_set(300, 100);
    let runs: Vec<_> = (0..3)
        .map(|_| {
            let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("lenet"));
            command
                .current_dir(dir.path())
                .args(["train", "-q", "--passes", "1", "--seed", "3", "--data"])
                .arg(&data);
            command.stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    let names: Vec<String> = fs::read_dir(dir.path().join("runs"))
        .unwrap()
        .map(|run| run.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 3);
    for name in names {
        assert!(name.as_bytes()[8] == b'-' && name.contains("-fast-seed3"), "{name}");
    }
}

#[test]
fn a_folder_that_holds_a_run_is_refused_and_left_as_it_is() {
    let dir = tempdir().unwrap();
    train(&dir, "run", &[]);
    let before = fs::read(dir.path().join("run/result.json")).unwrap();
    let message = fails(lenet(&dir).args(["train", "--out", "run", "--data"]).arg(small_set(300, 100)), 1);
    assert!(message.contains("--out run") && message.contains("choose another folder"), "{message}");
    assert_eq!(fs::read(dir.path().join("run/result.json")).unwrap(), before);
}

#[test]
fn an_output_path_that_cannot_be_written_fails_before_training() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for out in ["file", "file/run"] {
        let message = fails(lenet(&dir).args(["train", "--out", out, "--data"]).arg(small_set(300, 100)), 1);
        assert!(message.contains(out) && message.contains("choose another place"), "{message}");
        assert!(!message.contains("training error"), "it has not trained: {message}");
    }
    // Without --out the place is ./runs.
    fs::write(dir.path().join("runs"), "").unwrap();
    let message = fails(lenet(&dir).args(["train", "--data"]).arg(small_set(300, 100)), 1);
    assert!(message.contains("runs") && message.contains("--out"), "{message}");
}

#[test]
fn a_finished_run_tells_its_result_again_and_leaves_the_files_of_others_alone() {
    let dir = tempdir().unwrap();
    let first = train(&dir, "run", &["--json"]);
    let theirs = dir.path().join("run/.tmpdata.npy");
    fs::write(&theirs, "theirs").unwrap();
    let again = lenet(&dir).args(["train", "--resume", "run", "--json"]).output().unwrap();
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(stdout(&again), stdout(&first));
    assert!(stderr(&again).contains("finished already"));
    assert!(theirs.exists());
}
