//! `lenet eval` and `lenet predict`: what trained weights are good for.

mod common;

use std::fs;
use std::path::Path;

use common::{fails, lenet, small_set, stderr, stdout, train, train_for, train_net};
use image::{GrayImage, Luma, Rgba, RgbaImage};
use lenet::data::Dataset;
use lenet::export::weights::{load, save};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// Writes the first training digit, a 5, in the polarity of MNIST.
fn write_five(path: &Path) -> GrayImage {
    let folder = small_set(300, 100);
    let digit = Dataset::from_dir(folder).unwrap().train.images[0];
    let picture = GrayImage::from_fn(28, 28, |x, y| Luma([digit[(y * 28 + x) as usize]]));
    picture.save(path).unwrap();
    picture
}

/// A folder with a trained run in runs/a and a picture in five.png.
fn workplace() -> TempDir {
    let dir = tempdir().unwrap();
    train_for(10, &dir, "runs/a", &[]);
    write_five(&dir.path().join("five.png"));
    dir
}

fn fields(line: &str) -> Vec<&str> {
    line.trim_end().split('\t').collect()
}

#[test]
fn eval_measures_the_newest_run_on_the_data_it_was_trained_with() {
    let dir = tempdir().unwrap();
    train(&dir, "runs/a", &["--seed", "2"]);
    let newest = train(&dir, "runs/b", &["--json"]);
    let result: Value = serde_json::from_slice(&newest.stdout).unwrap();
    let output = lenet(&dir).args(["eval", "--json"]).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["weights"], "runs/b/weights.safetensors");
    for field in ["errors", "patterns", "confusion", "misread", "interval_percent"] {
        assert_eq!(answer[field], result["test"][field], "{field}");
    }
    let output = lenet(&dir)
        .args(["eval", "runs/b/weights.safetensors", "--set", "train", "--json"])
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["errors"], &answer["patterns"]), (&result["training"]["errors"], &Value::from(300)));
    let output = lenet(&dir).args(["eval", "runs/b"]).output().unwrap();
    let text = stdout(&output);
    assert!(text.contains("test error") && text.contains("Confusion") && text.contains("Misread"), "{text}");
    assert!(!text.contains('\u{1b}') && !stderr(&output).contains('\u{1b}'), "no colour in a pipe");
}

#[test]
fn without_a_run_the_shipped_network_is_taken() {
    let dir = tempdir().unwrap();
    write_five(&dir.path().join("five.png"));
    assert_eq!(fields(&stdout(&lenet(&dir).args(["predict", "five.png"]).output().unwrap()))[1], "5");
    for arguments in [&["eval", "--json"][..], &["eval", "shipped", "--json"]] {
        let output = lenet(&dir).args(arguments).arg("--data").arg(small_set(300, 100)).output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer["weights"], "shipped with the program");
        assert!(answer["errors"].as_u64().unwrap() <= 3, "{answer}");
    }
}

#[test]
fn another_network_is_trained_resumed_by_name_and_measured() {
    let dir = tempdir().unwrap();
    let output = train_net("lenet-1", &dir, "runs/a", &["--json"]);
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&result["net"], &result["recipe"]["criterion"]["scale"]), (&"lenet-1".into(), &1.0.into()));
    let output = lenet(&dir).args(["eval", "--json"]).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&answer["errors"], &answer["misread"]),
        (&result["test"]["errors"], &result["test"]["misread"])
    );
}

#[test]
fn eval_against_another_run_gives_both_errors_the_table_and_a_verdict() {
    let dir = tempdir().unwrap();
    train_for(1, &dir, "runs/a", &[]);
    train_for(10, &dir, "runs/b", &[]);
    let json = |arguments: &[&str]| -> Value {
        let output = lenet(&dir).arg("eval").args(arguments).arg("--json").output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (a, b) = (json(&["runs/a"]), json(&["runs/b"]));
    assert!(a["comparison"].is_null() && a["against"].is_null());
    let answer = json(&["runs/a", "--against", "runs/b"]);
    assert_eq!((&answer["errors"], &answer["against"]["errors"]), (&a["errors"], &b["errors"]));
    let table = &answer["comparison"];
    let count = |corner: &str| table[corner].as_u64().unwrap();
    assert_eq!(count("only_a_wrong") + count("both_wrong"), a["errors"].as_u64().unwrap());
    assert_eq!(count("only_b_wrong") + count("both_wrong"), b["errors"].as_u64().unwrap());
    // One pass over 300 digits teaches little.
    assert!(table["verdict"] == "worse" && table["p"].as_f64().unwrap() < 0.05, "{table}");
    assert_eq!(json(&["runs/b", "--against", "runs/a"])["comparison"]["verdict"], "better");
    assert_eq!(json(&["runs/b", "--against", "runs/b"])["comparison"]["p"], 1.0);

    let text = stdout(&lenet(&dir).args(["eval", "runs/a", "--against", "runs/b"]).output().unwrap());
    for part in [
        "A, test error",
        "B, test error",
        "95 % interval",
        "B wrong",
        "only one misreads: p ",
        "A is worse than B",
    ] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    let message = fails(lenet(&dir).args(["eval", "runs/a", "--against", "runs/c"]), 1);
    assert!(message.contains("runs/c") && message.contains("no such file or folder"), "{message}");
}

#[test]
fn eval_of_several_runs_gives_their_mean_and_compares_means() {
    let dir = tempdir().unwrap();
    for (name, passes, seed) in [("a1", 1, "1"), ("a2", 1, "2"), ("b1", 10, "1"), ("b2", 10, "2")] {
        train_for(passes, &dir, name, &["--seed", seed]);
    }
    let json = |arguments: &[&str]| -> Value {
        let output = lenet(&dir).arg("eval").args(arguments).arg("--json").output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let error = |answer: &Value| answer["error_percent"].as_f64().unwrap();
    let (a1, a2) = (error(&json(&["a1"])), error(&json(&["a2"])));
    let answer = json(&["a1", "a2", "--against", "b1", "b2"]);
    let mean = answer["error_percent"]["mean"].as_f64().unwrap();
    assert!((mean - (a1 + a2) / 2.0).abs() < 1e-9, "{answer}");
    assert_eq!(
        (&answer["runs"][1]["weights"], error(&answer["runs"][1])),
        (&"a2/weights.safetensors".into(), a2)
    );
    let difference = answer["comparison"]["difference"].as_f64().unwrap();
    assert!(
        (difference - (mean - answer["against"]["error_percent"]["mean"].as_f64().unwrap())).abs() < 1e-9
    );
    assert!(answer["comparison"]["p"].is_number() && answer["comparison"]["verdict"].is_string());

    let text = stdout(&lenet(&dir).args(["eval", "a1", "a2", "--against", "b1", "b2"]).output().unwrap());
    for part in ["A, test error", "mean of 2", "interval of the mean", "Welch", "degrees of freedom"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    let text = stdout(&lenet(&dir).args(["eval", "a1", "a2"]).output().unwrap());
    assert!(text.contains("mean of 2") && !text.contains("Welch"), "{text}");
    // Other weights that read the same digits.
    for name in ["a1", "b1"] {
        let mut weights = load(&dir.path().join(name).join("weights.safetensors")).unwrap();
        weights.as_mut_slice()[0] += 1e-6;
        save(&weights, &[], &dir.path().join(format!("{name}-moved"))).unwrap();
    }
    let sides = ["eval", "a1", "a1-moved", "--against", "b1", "b1-moved"];
    let text = stdout(&lenet(&dir).args(sides).output().unwrap());
    assert!(text.contains("no spread"), "{text}");
    let message = fails(lenet(&dir).args(["eval", "a1", "--against", "b1", "b2"]), 2);
    assert!(message.contains("--against: 1 against 2") && message.contains("two or more"), "{message}");
}

#[test]
fn eval_says_if_the_digits_of_a_run_have_changed() {
    let dir = tempdir().unwrap();
    let data = dir.path().join("data");
    fs::create_dir(&data).unwrap();
    for file in fs::read_dir(small_set(300, 100)).unwrap().map(|file| file.unwrap()) {
        fs::copy(file.path(), data.join(file.file_name())).unwrap();
    }
    let run = ["train", "--passes", "1", "--data", "data", "--out", "run"];
    lenet(&dir).args(run).assert().success();
    let said = |arguments: &[&str]| stderr(&lenet(&dir).arg("eval").args(arguments).output().unwrap());
    assert!(!said(&["run"]).contains("have changed"), "{}", said(&["run"]));
    let labels = data.join("t10k-labels-idx1-ubyte");
    let mut changed = fs::read(&labels).unwrap();
    changed[8] = 9 - changed[8];
    fs::write(&labels, changed).unwrap();
    let note = said(&["run"]);
    assert!(note.contains("files have changed") && note.contains("--data"), "{note}");
    // Whoever names digits knows which.
    assert!(!said(&["run", "--data", "data"]).contains("have changed"));
}

#[test]
fn eval_takes_nothing_for_several_seeds_that_is_none() {
    let dir = tempdir().unwrap();
    for seed in ["1", "2"] {
        train_for(1, &dir, &format!("a{seed}"), &["--seed", seed]);
    }
    fs::copy(dir.path().join("a1/weights.safetensors"), dir.path().join("copy")).unwrap();
    train_net("lenet-1", &dir, "other", &[]);
    let message = fails(lenet(&dir).args(["eval", "a1", "a2", "--against", "a2", "a1", "copy"]), 1);
    assert!(message.contains("--against: a1/weights.safetensors and copy are the same"), "{message}");
    let message = fails(lenet(&dir).args(["eval", "a1", "a1"]), 1);
    assert!(message.contains("are the same weights") && message.contains("each once"), "{message}");
    let message = fails(lenet(&dir).args(["eval", "a1", "other"]), 1);
    assert!(message.contains("is lenet-5") && message.contains("is lenet-1"), "{message}");
    assert!(lenet(&dir).args(["eval", "a1", "--against", "other"]).output().unwrap().status.success());
}

#[test]
fn no_color_wins_over_colour_that_is_asked_for() {
    let dir = workplace();
    let colour = |no_color: bool| {
        let mut command = lenet(&dir);
        command.args(["eval", "runs/a"]).env("CLICOLOR_FORCE", "1");
        if no_color {
            command.env("NO_COLOR", "1");
        }
        let output = command.output().unwrap();
        (stdout(&output) + &stderr(&output)).contains('\u{1b}')
    };
    assert!(colour(false) && !colour(true));
}

#[test]
fn predict_prints_file_digit_penalty_and_runner_up() {
    let dir = workplace();
    let output = lenet(&dir).args(["predict", "five.png"]).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    let text = stdout(&output);
    let line = fields(&text);
    assert_eq!((line[0], line[1], line.len()), ("five.png", "5", 5));
    assert!(line[2].parse::<f32>().unwrap() <= line[4].parse().unwrap());

    let output = lenet(&dir).args(["predict", "--json", "five.png", "five.png"]).output().unwrap();
    let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["digit"], lines[0]["penalties"].as_array().unwrap().len()), (&Value::from(5), 10));
}

#[test]
fn the_same_digit_in_every_accepted_form_gets_the_same_answer() {
    let dir = workplace();
    let path = |name: &str| dir.path().join(name);
    let five = image::open(path("five.png")).unwrap().into_luma8();
    let framed = GrayImage::from_fn(32, 32, |x, y| {
        let inside = (2..30).contains(&x) && (2..30).contains(&y);
        if inside { *five.get_pixel(x - 2, y - 2) } else { Luma([0]) }
    });
    framed.save(path("framed.png")).unwrap();
    let negative = GrayImage::from_fn(28, 28, |x, y| Luma([255 - five.get_pixel(x, y).0[0]]));
    negative.save(path("scan.png")).unwrap();
    let coloured = RgbaImage::from_fn(28, 28, |x, y| {
        let [grey] = five.get_pixel(x, y).0;
        Rgba([grey, grey, grey, 255])
    });
    coloured.save(path("colour.png")).unwrap();
    let mut command = lenet(&dir);
    command.args(["predict", "five.png", "framed.png", "scan.png", "colour.png", "-"]);
    let output = command.write_stdin(fs::read(path("five.png")).unwrap()).output().unwrap();
    let text = stdout(&output);
    let lines: Vec<Vec<&str>> = text.lines().map(fields).collect();
    assert_eq!(lines.iter().map(|line| line[0]).collect::<Vec<_>>()[2..], ["scan.png", "colour.png", "-"]);
    assert!(lines.iter().all(|line| line[1..] == lines[0][1..]), "{text}");
    let talk = stderr(&output);
    assert_eq!(talk.lines().count(), 1, "{talk}");
    assert!(talk.contains("scan.png") && talk.contains("inverted"), "{talk}");
}

#[test]
fn a_bad_picture_is_told_and_the_others_are_read() {
    let dir = workplace();
    let path = |name: &str| dir.path().join(name);
    GrayImage::new(30, 28).save(path("wide.png")).unwrap();
    fs::write(path("text.png"), "hello").unwrap();
    fs::write(path("empty.png"), "").unwrap();
    let five = fs::read(path("five.png")).unwrap();
    fs::write(path("cut.png"), &five[..five.len() / 2]).unwrap();
    RgbaImage::new(28, 28).save(path("glass.png")).unwrap();
    let bad = [
        ("wide.png", "30x28 pixels, expected 28x28 or 32x32"),
        ("text.png", "not a PNG"),
        ("empty.png", "empty"),
        ("cut.png", "damaged"),
        ("glass.png", "transparent"),
        ("missing.png", "no such file; give pictures"),
        (".", "this is a folder"),
    ];
    for (file, reason) in bad {
        let message = fails(lenet(&dir).args(["predict", file]), 1);
        assert!(message.contains(file) && message.contains(reason), "{message}");
    }
    let files: Vec<&str> = bad.iter().map(|(file, _)| *file).chain(["five.png"]).collect();
    let output = lenet(&dir).arg("predict").args(&files).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output).lines().count(), bad.len());
    assert!(stdout(&output).starts_with("five.png\t5\t"), "{}", stdout(&output));
    let output = lenet(&dir).args(["predict", "--json", "wide.png", "five.png"]).output().unwrap();
    let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["error"].as_str().unwrap().contains("30x28") && lines[1]["digit"] == 5);
}

#[test]
fn no_digit_of_mnist_is_taken_for_dark_ink_on_light_paper() {
    // The rule of `predict`, checked on all the digits that it must leave alone.
    let mnist = Dataset::bundled();
    for digit in mnist.train.images.iter().chain(&mnist.test.images) {
        let outside = |k: usize| !(2..26).contains(&k);
        let (mut border, mut middle) = (0u32, 0u32);
        for (at, &pixel) in digit.iter().enumerate() {
            if outside(at / 28) || outside(at % 28) {
                border += u32::from(pixel)
            } else {
                middle += u32::from(pixel)
            }
        }
        assert!(border * (24 * 24) <= middle * (784 - 24 * 24));
    }
}
