//! Mistakes on the command line and in files: each its own message, that names the flag or the file and the fix.

mod common;

use std::fs;

use common::{fails, lenet, small_set, train, train_net};
use tempfile::tempdir;

/// Asserts that every part is in the message.
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
}

#[test]
fn an_unknown_recipe_is_a_mistake_of_usage() {
    let dir = tempdir().unwrap();
    let message = fails(lenet(&dir).args(["train", "--recipe", "paper-1989"]), 2);
    says(&message, &["--recipe paper-1989", "paper-1998", "TOML"]);
    assert!(!dir.path().join("runs").exists());
}

#[test]
fn a_bad_field_of_a_recipe_file_is_named() {
    let dir = tempdir().unwrap();
    train(&dir, "run", &[]);
    let good = fs::read_to_string(dir.path().join("run/recipe.toml")).unwrap();
    for (old, new, parts) in [
        ("mu = 0.02", "mue = 0.02", &["mue", "line"][..]),
        ("mu = 0.02", "mu = -1.0", &["`optimiser.mu` (line ", "is -1", "above 0"]),
        ("passes = 2\n", "passes = 0\n", &["`passes` (line 2) is 0"]),
        ("passes = 2\n", "passes = \"x\"\n", &["line 2", "a whole number"]),
    ] {
        assert!(good.contains(old));
        fs::write(dir.path().join("bad.toml"), good.replacen(old, new, 1)).unwrap();
        let message = fails(lenet(&dir).args(["train", "--recipe", "bad.toml"]), 1);
        says(&message, &["bad.toml"]);
        says(&message, parts);
        assert!(message.matches("line").count() == 1 && !message.contains("usize"), "said twice: {message}");
    }
    assert!(!dir.path().join("runs").exists());
}

#[test]
fn an_unknown_level_is_told_with_those_there_are() {
    let dir = tempdir().unwrap();
    for command in ["train", "eval"] {
        let message = fails(lenet(&dir).args([command, "--level", "mmx"]), 2);
        says(&message, &["--level", "mmx", "this machine has", "scalar"]);
    }
}

#[test]
fn data_that_is_not_there_is_told_with_the_way_to_get_it() {
    let dir = tempdir().unwrap();
    let message = fails(lenet(&dir).args(["train", "--data", "kmnist"]), 1);
    says(&message, &["--data kmnist", "`lenet fetch kmnist`"]);
    let message = fails(lenet(&dir).args(["train", "--data", "digits"]), 2);
    says(&message, &["--data digits", "no such folder", "kmnist"]);
    fs::create_dir(dir.path().join("empty")).unwrap();
    let message = fails(lenet(&dir).args(["train", "--data", "empty"]), 1);
    says(&message, &["--data", "empty", "train-images-idx3-ubyte"]);
    assert!(!dir.path().join("runs").exists(), "no folder is made for a run that can't begin");
}

#[test]
fn the_embedded_set_serves_when_mnist_was_not_fetched() {
    let dir = tempdir().unwrap();
    train(&dir, "run", &[]);
    let output = lenet(&dir).args(["eval", "run", "--data", "mnist"]).output().unwrap();
    assert!(output.status.success());
    says(&common::stdout(&output), &["of 10,000"]);
}

#[test]
fn no_passes_and_no_number_are_refused_by_the_flag() {
    let dir = tempdir().unwrap();
    says(&fails(lenet(&dir).args(["train", "--passes", "0"]), 2), &["--passes", "0"]);
    says(&fails(lenet(&dir).args(["train", "--seed", "x"]), 2), &["--seed", "x"]);
}

#[test]
fn a_number_below_its_range_is_told_by_the_range() {
    let dir = tempdir().unwrap();
    for (arguments, range) in [
        (&["train", "--seed"][..], "from 0 to 18446744073709551615"),
        (&["train", "--passes"], "1.."),
        (&["train", "--threads"], "1..=1024"),
        (&["eval", "--threads"], "1..=1024"),
        (&["read", "a.png", "--reject"], "from 0 to 100"),
        (&["read", "a.png", "--max-pixels"], "1..=1000"),
        (&["eval-reading", "--pages"], "1..=100000"),
        (&["eval-reading", "--seed"], "from 0 to"),
        (&["eval-reading", "--reject"], "from 0 to 100"),
        (&["bench", "--batch"], "1..=8192"),
        (&["bench", "--seconds"], "from 0.01 to 600"),
        (&["inspect", "--digits"], "from 0 on"),
        (&["show-distortions", "--digits"], "1..=100"),
        (&["show-distortions", "--seed"], "from 0 to"),
        (&["serve", "--port"], "0..=65535"),
        (&["serve", "--threads"], "1..=1024"),
    ] {
        let message = fails(lenet(&dir).args(arguments).arg("-1"), 2);
        says(&message, &["-1", arguments[arguments.len() - 1], range]);
        assert!(!message.contains("tip:"), "{message}");
    }
}

#[test]
fn resume_takes_everything_from_the_run() {
    let dir = tempdir().unwrap();
    for flag in [
        &["--seed", "2"][..],
        &["--recipe", "x"],
        &["--passes", "3"],
        &["--out", "x"],
        &["--level", "scalar"],
        &["--curve"],
    ] {
        let message = fails(lenet(&dir).args(["train", "--resume", "run"]).args(flag), 2);
        says(&message, &["--resume", flag[0], "cannot be used with"]);
    }
}

#[test]
fn resume_of_what_is_no_run_is_refused() {
    let dir = tempdir().unwrap();
    fs::create_dir(dir.path().join("empty")).unwrap();
    says(
        &fails(lenet(&dir).args(["train", "--resume", "nothing"]), 1),
        &["--resume nothing", "no such folder"],
    );
    says(
        &fails(lenet(&dir).args(["train", "--resume", "empty"]), 1),
        &["--resume empty", "not the folder of a run"],
    );
}

#[test]
fn a_damaged_checkpoint_is_told_and_nothing_is_changed() {
    let dir = tempdir().unwrap();
    train(&dir, "run", &[]);
    let run = dir.path().join("run");
    fs::remove_file(run.join("result.json")).unwrap();
    fs::write(run.join("checkpoint.safetensors"), b"no such thing").unwrap();
    let message = fails(lenet(&dir).args(["train", "--resume", "run"]), 1);
    says(&message, &["checkpoint.safetensors", "no checkpoint"]);
    assert_eq!(fs::read(run.join("checkpoint.safetensors")).unwrap(), b"no such thing");
}

#[test]
fn weights_that_are_not_there_or_bad_are_told() {
    let dir = tempdir().unwrap();
    says(
        &fails(lenet(&dir).args(["eval", "nothing"]), 1),
        &["nothing", "no such file or folder", "`shipped`"],
    );
    fs::create_dir(dir.path().join("empty")).unwrap();
    says(&fails(lenet(&dir).args(["eval", "empty"]), 1), &["empty", "weights.safetensors"]);
    fs::write(dir.path().join("bad"), "hello").unwrap();
    says(&fails(lenet(&dir).args(["eval", "bad"]), 1), &["bad", "not a safetensors file"]);
}

#[test]
fn what_a_run_is_to_begin_with_must_be_weights_of_its_network() {
    let dir = tempdir().unwrap();
    train_net("lenet-1", &dir, "run", &[]);
    for (from, parts) in [
        ("nowhere", &["--from: nowhere", "no such file"][..]),
        ("run", &["--from run", "lenet-1", "lenet-5"]),
    ] {
        let message = fails(lenet(&dir).args(["train", "--from", from, "--out", "new"]), 1);
        says(&message, parts);
        assert!(!dir.path().join("new").exists());
    }
    fails(lenet(&dir).args(["train", "--resume", "run", "--from", "run"]), 2);
}

#[test]
fn an_unfinished_run_is_not_evaluated_but_can_be_resumed() {
    let dir = tempdir().unwrap();
    train(&dir, "run", &[]);
    let run = dir.path().join("run");
    fs::rename(run.join("weights.safetensors"), run.join("checkpoint.safetensors")).unwrap();
    says(&fails(lenet(&dir).args(["eval", "run"]), 1), &["not finished", "lenet train --resume run"]);
    fs::remove_file(run.join("result.json")).unwrap();
    let message = fails(lenet(&dir).args(["train", "--out", "run", "--data"]).arg(small_set(300, 100)), 1);
    says(&message, &["interrupted run", "--resume run"]);
}

#[test]
fn networks_that_are_unknown_or_not_meant_are_told() {
    let dir = tempdir().unwrap();
    for command in ["train", "info"] {
        let message = fails(lenet(&dir).args([command, "--net", "lenet-7"]), 2);
        says(&message, &["--net lenet-7", "lenet-1", "mlp-300-100"]);
    }
    let message = fails(
        lenet(&dir)
            .args(["train", "--net", "lenet-1", "--recipe", "paper-1998", "--data"])
            .arg(small_set(300, 100)),
        1,
    );
    says(&message, &["only lenet-5", "lenet-1", "`fast`"]);
    train_net("linear", &dir, "run", &[]);
    fs::write(dir.path().join("x.png"), b"").unwrap();
    for arguments in [&["predict", "--weights", "run", "x.png"][..], &["inspect", "run"]] {
        says(&fails(lenet(&dir).args(arguments), 1), &["weights of linear", "lenet-5 only"]);
    }
}

#[test]
fn an_unknown_command_is_a_mistake_of_usage() {
    let dir = tempdir().unwrap();
    says(&fails(lenet(&dir).arg("tran"), 2), &["tran", "train"]);
}

#[test]
fn a_picture_where_a_command_should_be_is_to_be_read() {
    let dir = tempdir().unwrap();
    fs::create_dir(dir.path().join("scans")).unwrap();
    for name in ["r0.png", "a.JPG", "scans"] {
        says(&fails(lenet(&dir).arg(name), 2), &["tip: ", &format!("lenet read {name}\n")]);
    }
    assert!(!fails(lenet(&dir).arg("tran"), 2).contains("lenet read"));
}

#[test]
fn a_folder_is_no_picture_to_classify() {
    let dir = tempdir().unwrap();
    fs::create_dir(dir.path().join("scans")).unwrap();
    says(
        &fails(lenet(&dir).args(["predict", "scans"]), 1),
        &["scans: this is a folder", "`lenet read scans`"],
    );
}
