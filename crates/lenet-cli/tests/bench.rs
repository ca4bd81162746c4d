//! `lenet bench`: what it prints; how fast it is depends on the machine and is no matter of tests.

mod common;

use common::{fails, lenet, stdout};
use serde_json::Value;
use tempfile::tempdir;

/// The shortest measurement there is.
const QUICK: [&str; 2] = ["--seconds", "0.01"];

#[test]
fn every_kind_is_one_line_and_a_share_of_the_peak() {
    let dir = tempdir().unwrap();
    let kinds = ["peak", "training", "classification", "one-image", "online"];
    let output = lenet(&dir).arg("bench").args(kinds).args(QUICK).args(["--threads", "2"]).output().unwrap();
    let text = stdout(&output);
    for part in
        ["peak", "training", "classification", "one image", "on-line", "images/s", "patterns/s", "GFLOP/s"]
    {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    let shares = text.lines().filter(|line| line.ends_with(" %")).count();
    assert_eq!(shares, 4, "{text}");
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
}

#[test]
fn json_has_a_figure_for_each_with_its_unit_and_spread() {
    let dir = tempdir().unwrap();
    let arguments = ["bench", "peak", "training", "one-image", "layers", "--json", "--threads", "1"];
    let output = lenet(&dir).args(arguments).args(QUICK).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["threads"], 1);
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), 1 + 1 + 1 + 14, "{answer:#}");
    for figure in results {
        let number = |name: &str| figure[name].as_f64().unwrap_or_else(|| panic!("{name} in {figure}"));
        assert!(number("low") <= number("median") && number("median") <= number("high"), "{figure}");
        assert!(number("n") >= 9.0 && number("low") > 0.0 && figure["level"] == answer["level"], "{figure}");
    }
    let kind = |what: &str| results.iter().find(|figure| figure["what"] == what).unwrap();
    assert_eq!((&kind("peak")["unit"], &kind("training")["unit"]), (&"GFLOP/s".into(), &"images/s".into()));
    assert_eq!(kind("one image")["unit"], "us");
    assert!(kind("one image")["p99"].as_f64() >= kind("one image")["median"].as_f64());
    // As a share of the peak nothing can be more than all of it, but for the noise of so short a time.
    assert!(kind("training")["share_of_peak"].as_f64().unwrap() < 1.5, "{answer:#}");
}

#[test]
fn a_level_can_be_forced_and_is_the_one_that_is_measured() {
    let dir = tempdir().unwrap();
    let output =
        lenet(&dir).args(["bench", "peak", "--json", "--level", "scalar"]).args(QUICK).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["level"], &answer["results"][0]["level"]), (&"scalar".into(), &"scalar".into()));

    // Of the peak of this level no share is told, since the compiler outdoes it.
    let scalar = ["bench", "training", "--level", "scalar", "--threads", "1"];
    let output = lenet(&dir).args(scalar).args(QUICK).arg("--json").output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let training = &answer["results"][0];
    assert!(training["share_of_peak"].is_null() && training["gflops"].is_number(), "{training}");
    let text = stdout(&lenet(&dir).args(scalar).args(QUICK).output().unwrap());
    assert!(!text.contains(" %"), "{text}");
}

#[test]
fn what_there_is_not_is_refused() {
    let dir = tempdir().unwrap();
    assert!(fails(lenet(&dir).args(["bench", "trainig"]), 2).contains("training"));
    assert!(fails(lenet(&dir).args(["bench", "--seconds", "0"]), 2).contains("0.01"));
    assert!(fails(lenet(&dir).args(["bench", "--threads", "0"]), 2).contains("threads"));
}
