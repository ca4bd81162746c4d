//! `lenet reproduce`: the report, what is not done twice, and mistakes.

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::{fails, lenet, small_set, stderr, stdout};
use roxmltree::{Document, ParsingOptions};
use serde_json::Value;
use tempfile::tempdir;

/// Does all experiments on few digits, end to end: this also tries each of them.
#[test]
fn all_experiments_make_a_whole_report_and_are_not_done_twice() {
    let dir = tempdir().unwrap();
    let reproduce = || {
        let mut command = lenet(&dir);
        command.args(["reproduce", "--quick", "--out", "out", "--data"]).arg(small_set(300, 100));
        command
    };
    let output = reproduce().output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output).trim(), "out/report.html");

    let out = dir.path().join("out");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    let document =
        Document::parse_with_options(&page, ParsingOptions { allow_dtd: true, ..Default::default() });
    let document = document.unwrap();
    let ids: BTreeSet<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    // No broken link: a part of the page, a picture in the page, or a file of the folder.
    let links = document.descendants().flat_map(|node| [node.attribute("href"), node.attribute("src")]);
    for link in links.flatten() {
        let there = match link.strip_prefix('#') {
            Some(id) => ids.contains(id),
            None => link.starts_with("data:image/png;base64,") || out.join(link).is_file(),
        };
        assert!(there, "{link}");
    }
    let list = stdout(&lenet(&dir).args(["reproduce", "--list"]).output().unwrap());
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names.len(), 18);
    for name in names {
        assert!(ids.contains(name), "{name} is missing in the report");
        let outcome = fs::read_to_string(out.join(format!("outcomes/{name}.json"))).unwrap();
        let outcome: Value = serde_json::from_str(&outcome).unwrap();
        for figure in outcome["outcome"]["figures"].as_array().unwrap() {
            let figure = figure["name"].as_str().unwrap();
            assert!(ids.contains(format!("figure-{figure}").as_str()), "{figure} is missing in the report");
            let svg = fs::read_to_string(out.join(format!("figures/{figure}.svg"))).unwrap();
            Document::parse(&svg).unwrap();
            assert!(out.join(format!("figures/{figure}.json")).is_file());
        }
    }

    let again = reproduce().output().unwrap();
    assert_eq!(stderr(&again).matches("is there already").count(), 18, "{}", stderr(&again));
    assert_eq!(fs::read_to_string(out.join("report.html")).unwrap(), page);
}

#[test]
fn unknown_experiments_and_too_few_digits_are_told() {
    let dir = tempdir().unwrap();
    let message = fails(lenet(&dir).args(["reproduce", "--only", "fig-5,fig-99"]), 2);
    assert!(message.contains("--only fig-99") && message.contains("table-i"), "{message}");
    let mut command = lenet(&dir);
    command.args(["reproduce", "--quick", "--only", "layers", "--data"]).arg(small_set(50, 10));
    let message = fails(&mut command, 1);
    assert!(message.contains("50 training and 10 test digits") && message.contains("at least"), "{message}");
}
