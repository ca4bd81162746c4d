//! Interruptions lose nothing: a run that was killed and resumed ends with the same bits as one that never was.
//!
//! With the paper's recipe, whose passes last long enough to be hit in the middle; that runs by batches go on from anywhere
//! is tested in the library.
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{lenet, small_set, stderr};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

const TRAIN: usize = 2000;
const TEST: usize = 200;
const PASSES: usize = 5;
const SIGINT: &str = "INT";
const SIGTERM: &str = "TERM";

/// A run in a process of its own.
struct Run {
    folder: PathBuf,
    child: Child,
}

impl Run {
    fn spawn(folder: &Path, arguments: &[&str]) -> Run {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lenet"));
        command.current_dir(folder.parent().unwrap()).arg("train").args(arguments);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Run { folder: folder.to_path_buf(), child }
    }

    fn start(folder: &Path) -> Run {
        let data = small_set(TRAIN, TEST);
        let (passes, name) = (PASSES.to_string(), folder.file_name().unwrap().to_str().unwrap());
        let recipe = ["--recipe", "paper-1998", "--curve", "--passes", &passes];
        Run::spawn(folder, &[&recipe[..], &["--data", data.to_str().unwrap(), "--out", name]].concat())
    }

    fn resume(folder: &Path) -> Run {
        Run::spawn(folder, &["--resume", folder.file_name().unwrap().to_str().unwrap()])
    }

    /// Waits until so many passes are over and the next goes on for about the given share of the time of one pass.
    fn wait_until(&mut self, passes: usize, share: f64) {
        let began = Instant::now();
        while !self.folder.join("checkpoint.safetensors").exists() || rows(&self.folder).len() < passes {
            assert!(began.elapsed() < Duration::from_secs(120), "pass {passes} does not come");
            assert!(self.child.try_wait().unwrap().is_none(), "it ended before pass {passes} was over");
            sleep(Duration::from_millis(1));
        }
        sleep(self.pass_time().mul_f64(share));
        assert!(self.child.try_wait().unwrap().is_none(), "it ended before it could be stopped");
    }

    /// The time of a pass: of the last one, or a guess that is short enough on any machine.
    fn pass_time(&self) -> Duration {
        let seconds =
            rows(&self.folder).last().map_or(0.05, |row| row.split(',').nth(7).unwrap().parse().unwrap());
        Duration::from_secs_f64(seconds)
    }

    fn signal(mut self, signal: &str) -> ExitStatus {
        let sent =
            Command::new("sh").args(["-c", &format!("kill -{signal} {}", self.child.id())]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap()
    }

    /// Kills it with SIGKILL and shows that it was running and had not finished.
    fn kill(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it ended by itself: {status}");
        assert!(
            !self.folder.join("result.json").exists() && !self.folder.join("weights.safetensors").exists()
        );
    }
}

/// The passes in history.csv, with their times.
fn rows(folder: &Path) -> Vec<String> {
    let history = fs::read_to_string(folder.join("history.csv")).unwrap_or_default();
    history.lines().skip(1).map(str::to_string).collect()
}

/// Finished passes and patterns of the current pass, from the header of the checkpoint.
fn progress(folder: &Path) -> (usize, u64) {
    let bytes = fs::read(folder.join("checkpoint.safetensors")).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let text = header["__metadata__"]["lenet.checkpoint"].as_str().unwrap();
    let progress: Value = serde_json::from_str(text).unwrap();
    (progress["history"].as_array().unwrap().len(), progress["seen"].as_u64().unwrap())
}

/// What must not depend on interruptions: every bit of the weights, and the result without its times.
fn essence(folder: &Path) -> (Vec<u32>, Value) {
    let weights = lenet::export::weights::load(&folder.join("weights.safetensors")).unwrap();
    let bits = weights.as_slice().iter().map(|w| w.to_bits()).collect();
    let mut result: Value = serde_json::from_slice(&fs::read(folder.join("result.json")).unwrap()).unwrap();
    for time in ["run", "files", "seconds", "patterns_per_second"] {
        result.as_object_mut().unwrap().remove(time).unwrap();
    }
    for pass in result["history"].as_array_mut().unwrap() {
        pass.as_object_mut().unwrap().remove("seconds").unwrap();
        assert!(pass["test_errors"].is_u64(), "{pass}");
    }
    (bits, result)
}

/// The run that nobody interrupts.
fn uninterrupted() -> &'static (Vec<u32>, Value) {
    static ESSENCE: OnceLock<(Vec<u32>, Value)> = OnceLock::new();
    ESSENCE.get_or_init(|| {
        let dir = tempdir().unwrap();
        let folder = dir.path().join("run");
        assert!(Run::start(&folder).child.wait().unwrap().success());
        assert_eq!(rows(&folder).len(), PASSES);
        essence(&folder)
    })
}

/// Resumes to the end and compares with the run that nobody interrupted. Passes that were over stay as they were, to
/// the last digit of their times: they have not been trained again.
fn resume_and_compare(dir: &TempDir, folder: &Path) {
    let (passes, _) = progress(folder);
    let before = rows(folder);
    let output = lenet(dir).args(["train", "--resume", folder.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(rows(folder)[..passes], before[..passes]);
    assert!(essence(folder) == *uninterrupted(), "the resumed run ended with other bits or another history");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files.len(), 7, "nothing half written is left, nor a checkpoint: {files:?}");
}

#[test]
fn a_run_killed_in_mid_pass_ends_with_the_same_bits() {
    for (passes, share) in [(0, 0.5), (1, 0.3), (2, 0.6), (3, 0.8)] {
        let dir = tempdir().unwrap();
        let folder = dir.path().join("run");
        let mut run = Run::start(&folder);
        run.wait_until(passes, share);
        run.kill();
        assert!(progress(&folder).0 >= passes.saturating_sub(1), "a finished pass was lost");
        resume_and_compare(&dir, &folder);
    }
}

#[test]
fn a_run_killed_again_and_again_ends_with_the_same_bits() {
    let dir = tempdir().unwrap();
    let folder = dir.path().join("run");
    let mut run = Run::start(&folder);
    for (passes, share) in [(1, 0.5), (1, 0.2), (2, 0.4), (3, 0.6)] {
        run.wait_until(passes, share);
        run.kill();
        run = Run::resume(&folder);
    }
    run.child.kill().unwrap();
    run.child.wait().unwrap();
    resume_and_compare(&dir, &folder);
}

#[test]
fn a_run_killed_while_its_results_are_written_ends_with_the_same_bits() {
    let dir = tempdir().unwrap();
    let folder = dir.path().join("run");
    let mut run = Run::start(&folder);
    run.wait_until(PASSES - 1, 0.0);
    while rows(&folder).len() < PASSES {
        sleep(Duration::from_millis(1));
    }
    // From here on it may finish at any moment, which is as good.
    let _ = run.child.kill();
    run.child.wait().unwrap();
    if folder.join("checkpoint.safetensors").exists() {
        resume_and_compare(&dir, &folder);
    }
    assert!(essence(&folder) == *uninterrupted());
}

/// The files of a folder.
fn files(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_run_killed_before_its_first_checkpoint_may_begin_again_in_its_folder() {
    let dir = tempdir().unwrap();
    common::train(&dir, "run", &[]);
    let run = dir.path().join("run");
    for file in files(&run).iter().filter(|name| !["recipe.toml", "run.json"].contains(&name.as_str())) {
        fs::remove_file(run.join(file)).unwrap();
    }
    let message = common::fails(lenet(&dir).args(["train", "--resume", "run"]), 1);
    assert!(message.contains("--resume run") && message.contains("`lenet train --out run`"), "{message}");
    common::train(&dir, "run", &["--seed", "2"]);
    assert!(run.join("result.json").exists());

    // The beginning of the same recipe is as good as nothing; a recipe of somebody's own is kept.
    let text = fs::read_to_string(run.join("recipe.toml")).unwrap();
    for (name, recipe) in [("torn", &text[..40]), ("own", "# Mine.\n")] {
        fs::create_dir(dir.path().join(name)).unwrap();
        fs::write(dir.path().join(name).join("recipe.toml"), recipe).unwrap();
    }
    common::train(&dir, "torn", &[]);
    let again = ["train", "--recipe", "run/recipe.toml", "--out", "own"];
    let message = common::fails(lenet(&dir).args(again), 1);
    assert!(message.contains("--out own") && message.contains("another recipe.toml"), "{message}");
    assert_eq!(fs::read_to_string(dir.path().join("own/recipe.toml")).unwrap(), "# Mine.\n");
}

#[test]
fn a_run_that_finds_no_space_to_begin_says_so_and_leaves_nothing() {
    let dir = tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin!("lenet").display().to_string();
    let data = small_set(300, 100).display().to_string();
    // No file may have more than some kB: the recipe has room, the checkpoint has none.
    let limited = format!("trap '' XFSZ; ulimit -f 64; exec '{program}' train --out run --data '{data}'");
    let output = Command::new("sh").current_dir(dir.path()).args(["-c", &limited]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("checkpoint can't be written"), "{}", stderr(&output));
    assert_eq!(files(&dir.path().join("run")), [""; 0]);
}

#[test]
fn ctrl_c_saves_the_run_in_mid_pass_and_says_how_to_go_on() {
    let mut in_mid_pass = 0;
    for (signal, passes, share) in [(SIGINT, 0, 1.0), (SIGINT, 2, 0.4), (SIGTERM, 3, 0.7)] {
        let dir = tempdir().unwrap();
        let folder = dir.path().join("run");
        let mut run = Run::start(&folder);
        run.wait_until(passes, share);
        assert_eq!(run.signal(signal).code(), Some(130));
        assert!(!folder.join("result.json").exists());
        in_mid_pass += usize::from(progress(&folder).1 > 0);
        resume_and_compare(&dir, &folder);
    }
    assert!(in_mid_pass >= 2, "the signals were to come in mid-pass");
}

#[test]
fn an_interrupted_run_says_how_to_go_on_even_when_quiet() {
    let dir = tempdir().unwrap();
    let folder = dir.path().join("run");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lenet"));
    command.current_dir(dir.path()).args([
        "train",
        "--recipe",
        "paper-1998",
        "--quiet",
        "--json",
        "--out",
        "run",
        "--data",
    ]);
    let child =
        command.arg(small_set(TRAIN, TEST)).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut run = Run { folder: folder.clone(), child };
    run.wait_until(1, 0.3);
    Command::new("sh").args(["-c", &format!("kill -INT {}", run.child.id())]).status().unwrap();
    let output = run.child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(130), &b""[..]));
    assert!(stderr(&output).contains("lenet train --resume run"), "{}", stderr(&output));
}

#[test]
fn a_run_goes_on_with_no_other_digits_or_recipe_and_in_one_process_only() {
    let dir = tempdir().unwrap();
    let folder = dir.path().join("run");
    let mut run = Run::start(&folder);
    run.wait_until(1, 0.1);
    let output = lenet(&dir).args(["train", "--resume", "run"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("another process"), "{}", stderr(&output));
    run.kill();
    let recipe = folder.join("recipe.toml");
    let text = fs::read_to_string(&recipe).unwrap();
    fs::write(&recipe, text.replace("passes = 5", "passes = 7")).unwrap();
    let message = common::fails(lenet(&dir).args(["train", "--resume", "run"]), 1);
    assert!(
        message.contains("`passes` is 7 and was 5") && message.contains("--recipe run/recipe.toml"),
        "{message}"
    );
    fs::write(&recipe, text).unwrap();
    let output =
        lenet(&dir).args(["train", "--resume", "run", "--data"]).arg(small_set(300, 100)).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--data"), "{}", stderr(&output));
    assert!(!folder.join("result.json").exists());
}
