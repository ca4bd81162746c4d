//! What the tests of the command line share: the program in a folder of its own, and few real digits to learn from.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use lenet::data::{Dataset, Split};
use lenet::files::write_atomically;
use tempfile::TempDir;

/// The program, run in the folder `dir`, which also holds its cache; no variable of the tester gets in.
pub(crate) fn lenet(dir: &TempDir) -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("lenet");
    command.current_dir(dir.path()).env("XDG_CACHE_HOME", dir.path().join("cache"));
    for variable in
        ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    {
        command.env_remove(variable);
    }
    command
}

/// A folder with the first digits of MNIST as raw IDX files, made once for all tests.
pub(crate) fn small_set(train: usize, test: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mnist-{train}-{test}"));
    // Another test may be making the same files at this moment; whoever is last replaces them by the same bytes.
    if !folder.join("complete").exists() {
        let mnist = Dataset::bundled();
        fs::create_dir_all(&folder).unwrap();
        write_half(&folder, "train", &mnist.train, train);
        write_half(&folder, "t10k", &mnist.test, test);
        write_atomically(&folder.join("complete"), b"").unwrap();
    }
    folder
}

fn write_half(folder: &Path, name: &str, digits: &Split, count: usize) {
    let header = |magic: u32, sizes: &[u32]| {
        [magic].iter().chain(sizes).flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>()
    };
    let mut images = header(0x0803, &[count as u32, 28, 28]);
    images.extend_from_slice(digits.images[..count].as_flattened());
    let mut labels = header(0x0801, &[count as u32]);
    labels.extend_from_slice(&digits.labels[..count]);
    write_atomically(&folder.join(format!("{name}-images-idx3-ubyte")), &images).unwrap();
    write_atomically(&folder.join(format!("{name}-labels-idx1-ubyte")), &labels).unwrap();
}

/// Trains two passes on 300 digits into `dir`/NAME and returns what the program wrote.
pub(crate) fn train(dir: &TempDir, name: &str, more: &[&str]) -> Output {
    train_for(2, dir, name, more)
}

/// [`train`] for that many passes.
pub(crate) fn train_for(passes: usize, dir: &TempDir, name: &str, more: &[&str]) -> Output {
    let passes = passes.to_string();
    train_with(dir, name, &[&["--recipe", "paper-1998", "--passes", &passes], more].concat())
}

/// Trains another network for three passes, likewise.
pub(crate) fn train_net(net: &str, dir: &TempDir, name: &str, more: &[&str]) -> Output {
    train_with(dir, name, &[&["--net", net, "--passes", "3"], more].concat())
}

fn train_with(dir: &TempDir, name: &str, arguments: &[&str]) -> Output {
    let data = small_set(300, 100);
    let output =
        lenet(dir).args(["train", "--out", name, "--data"]).arg(data).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs a command that must fail with this exit code, with nothing on stdout, and returns its stderr.
pub(crate) fn fails(command: &mut Command, code: i32) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    let message = stderr(&output);
    assert!(!message.contains("panicked"), "{message}");
    message
}
