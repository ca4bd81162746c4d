//! `lenet info`, `fetch`, `completions`, the helps, and a reader that goes away.

mod common;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use common::{fails, lenet, stdout};
use serde_json::Value;
use tempfile::tempdir;

#[test]
fn info_shows_the_counts_of_the_paper() {
    let dir = tempdir().unwrap();
    let text = stdout(&lenet(&dir).arg("info").output().unwrap());
    for part in ["60,000", "340,908", "332,824", "Table I", "scalar"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    assert_eq!(text.matches("  X").count(), 60);
    assert!(text.lines().all(|line| line.len() <= 100), "{text}");
    let json: Value =
        serde_json::from_slice(&lenet(&dir).args(["info", "--json"]).output().unwrap().stdout).unwrap();
    assert_eq!(
        json["totals"],
        serde_json::json!({"parameters": 60000, "connections": 340908, "multiply_adds": 332824})
    );
    assert_eq!((json["layers"].as_array().unwrap().len(), &json["levels"][0]), (7, &json["level"]));
}

#[test]
fn info_shows_the_other_networks() {
    let dir = tempdir().unwrap();
    let text = stdout(&lenet(&dir).args(["info", "--net", "lenet-1"]).output().unwrap());
    for part in ["2,578", "98,442", "each map of H3"] {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    assert_eq!(text.matches("  X").count(), 20);
    let text = stdout(&lenet(&dir).args(["info", "--net", "all"]).output().unwrap());
    let lenet_5 = text.lines().find(|line| line.starts_with("lenet-5")).unwrap();
    assert!(lenet_5.contains("60,000") && lenet_5.contains("340,908"), "{text}");
    let output = lenet(&dir).args(["info", "--net", "mlp-300", "--json"]).output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["totals"]["parameters"], 238_510);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let dir = tempdir().unwrap();
    for arguments in [&["info"][..], &["completions", "bash"], &["--help"], &["fetch", "--list"]] {
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("lenet"));
        command.current_dir(dir.path()).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{arguments:?}");
    }
}

#[test]
fn a_reader_may_leave_after_the_first_line() {
    let dir = tempdir().unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("lenet"));
    let mut child =
        command.current_dir(dir.path()).args(["completions", "zsh"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("#compdef lenet"), "{line}");
    assert!(child.wait().unwrap().success());
}

#[test]
fn completions_know_the_commands() {
    let dir = tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let text = stdout(&lenet(&dir).args(["completions", shell]).output().unwrap());
        assert!(text.contains("predict") && text.contains("resume"), "{shell}");
    }
    assert!(fails(lenet(&dir).args(["completions", "csh"]), 2).contains("csh"));
}

#[test]
fn every_command_teaches_by_examples() {
    let dir = tempdir().unwrap();
    let commands = [
        "train",
        "eval",
        "predict",
        "inspect",
        "serve",
        "info",
        "fetch",
        "bench",
        "reproduce",
        "show-distortions",
        "completions",
    ];
    for command in commands {
        let text = stdout(&lenet(&dir).args([command, "--help"]).output().unwrap());
        let examples = text.split_once("Examples:").expect(command).1;
        assert!((2..=4).contains(&examples.matches("  lenet ").count()), "{text}");
    }
    for command in ["predict", "inspect"] {
        let text = stdout(&lenet(&dir).args([command, "--help"]).output().unwrap());
        assert!(
            text.split_whitespace().collect::<Vec<_>>().join(" ").contains("For LeNet-5 only:"),
            "{text}"
        );
    }
    let text = stdout(&lenet(&dir).arg("--help").output().unwrap());
    for code in ["Exit codes:", "130"] {
        assert!(text.contains(code), "{text}");
    }
    let version = stdout(&lenet(&dir).arg("--version").output().unwrap());
    assert!(version.starts_with("lenet 0."), "{version}");
}

#[test]
fn help_is_a_command_too() {
    let dir = tempdir().unwrap();
    let said = |arguments: &[&str]| stdout(&lenet(&dir).args(arguments).output().unwrap());
    for command in ["train", "read", "serve", "completions"] {
        let text = said(&["help", command]);
        assert!(text.contains("Examples:") && text == said(&[command, "--help"]), "{text}");
    }
    let text = said(&["help"]);
    assert!(text == said(&["--help"]) && text.contains("\n  help "), "{text}");
    assert!(fails(lenet(&dir).args(["help", "tran"]), 2).contains("tran"));
}

#[test]
fn fetch_lists_what_there_is_and_refuses_other_names_before_anything_is_downloaded() {
    let dir = tempdir().unwrap();
    let text = stdout(&lenet(&dir).args(["fetch", "--list"]).output().unwrap());
    for name in ["mnist", "fashion-mnist", "kmnist", "qmnist", "emnist-digits"] {
        assert!(text.lines().any(|line| line == name), "{name} is missing in {text}");
    }
    let message = fails(lenet(&dir).args(["fetch", "kmnist", "cifar"]), 2);
    assert!(message.contains("cifar") && message.contains("emnist-digits"), "{message}");
    assert!(fails(lenet(&dir).arg("fetch"), 2).contains("NAME"));
    assert!(!dir.path().join("cache").exists());
}

#[test]
fn fetch_tells_what_every_mirror_said_when_there_is_no_network() {
    let dir = tempdir().unwrap();
    // Nobody listens on port 1, and the proxy of the environment is the only way out.
    let message = fails(
        lenet(&dir).args(["fetch", "kmnist", "--dir", "data"]).env("HTTPS_PROXY", "http://127.0.0.1:1"),
        1,
    );
    assert!(message.contains("kmnist") && message.contains("mirror"), "{message}");
    let message = fails(lenet(&dir).args(["train", "--data", "data/kmnist"]), 1);
    assert!(message.contains("train-images-idx3-ubyte"), "{message}");
}
