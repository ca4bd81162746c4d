//! `lenet inspect`: the page and the picture that it writes.

mod common;

use std::fs;

use common::{fails, lenet, stderr, stdout, train};
use tempfile::tempdir;

#[test]
fn inspect_writes_a_page_that_is_whole_in_itself() {
    let dir = tempdir().unwrap();
    train(&dir, "runs/a", &[]);
    let look = |arguments: &[&str]| {
        let output = lenet(&dir).arg("inspect").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        stderr(&output)
    };
    let talk = look(&[]);
    for part in ["runs/a/weights.safetensors", "100 test digits", "inspect.html"] {
        assert!(talk.contains(part), "{part} is missing in {talk}");
    }
    let page = fs::read_to_string(dir.path().join("inspect.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    for part in ["runs/a/weights.safetensors", "unknown, test set", "Table I", "F6 and the classes"] {
        assert!(page.contains(part), "{part}");
    }
    // The first ten digits of the test set are 7 2 1 0 4 1 4 9 5 9.
    for id in ["digit-0", "digit-1", "digit-2", "digit-3", "digit-4", "digit-8"] {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(!page.contains("https:") && !page.contains("<script"));

    // Digits by their index, another name, quietly, the same bytes on any number of threads.
    assert_eq!(look(&["runs/a", "--digits", "99,5", "--out", "a.html", "--quiet"]), "");
    look(&["runs/a", "--digits", "99,5", "--out", "b.html", "--threads", "1"]);
    let [a, b] = ["a.html", "b.html"].map(|name| fs::read_to_string(dir.path().join(name)).unwrap());
    assert_eq!(a, b);
    assert_eq!(a.matches("id=\"digit-").count(), 2);
    assert!(a.find("id=\"digit-99\"") < a.find("id=\"digit-5\""), "in the order asked for");
}

#[test]
fn inspect_writes_a_picture_if_the_name_says_so() {
    let dir = tempdir().unwrap();
    train(&dir, "runs/a", &[]);
    let height = |digits: &str| {
        let output = lenet(&dir).args(["inspect", "--digits", digits, "--out", "a.PNG"]).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        image::open(dir.path().join("a.PNG")).unwrap().height()
    };
    assert!(height("0,1") > height("0"));
}

#[test]
fn what_can_not_be_inspected_is_told_before_anything_is_written() {
    let dir = tempdir().unwrap();
    train(&dir, "runs/a", &[]);
    for (arguments, code, parts) in [
        (&["--out", "a.pdf"][..], 2, &["--out a.pdf", ".html", ".png"][..]),
        (&["--digits", "3,100"], 2, &["--digits 100", "0 to 99"]),
        (&["--digits", "three"], 2, &["--digits", "three", "whole numbers"]),
        (&["runs/b"], 1, &["runs/b", "no such file or folder"]),
        (&["--out", "nowhere/a.html"], 1, &["--out nowhere/a.html", "can't be written"]),
    ] {
        let message = fails(lenet(&dir).arg("inspect").args(arguments), code);
        assert!(parts.iter().all(|part| message.contains(part)), "{arguments:?}: {message}");
    }
    assert!(!dir.path().join("inspect.html").exists());
}
