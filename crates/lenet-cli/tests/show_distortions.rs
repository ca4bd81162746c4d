//! `lenet show-distortions`: the picture shows what a run sees.

mod common;

use std::fs;

use common::{fails, lenet, small_set, stderr, stdout};
use image::RgbImage;
use lenet::data::Dataset;
use lenet::train::{Presented, Recipe};
use tempfile::{TempDir, tempdir};

fn show(dir: &TempDir, more: &[&str]) -> RgbImage {
    let mut command = lenet(dir);
    command.args(["show-distortions", "--data"]).arg(small_set(300, 100)).args(more);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    image::open(dir.path().join(stdout(&output).trim_end())).unwrap().into_rgb8()
}

/// The ink of a digit on the sheet, from the middles of its enlarged pixels.
fn digit(sheet: &RgbImage, left: u32, top: u32) -> [u8; 784] {
    std::array::from_fn(|k| {
        255 - sheet.get_pixel(left + (k as u32 % 28) * 3 + 1, top + (k as u32 / 28) * 3 + 1)[0]
    })
}

#[test]
fn the_sheet_begins_with_the_originals_and_ends_with_what_a_run_presents() {
    let dir = tempdir().unwrap();
    let train = Dataset::from_dir(small_set(300, 100)).unwrap().train;
    for (recipe, copies) in [(Recipe::best(), 0), (Recipe::paper_1998_distorted(), 9)] {
        let sheet =
            show(&dir, &["--recipe", &recipe.name, "--seed", "5", "--digits", "4", "--out", "sheet.png"]);
        // The last column ends a gap of 20 pixels before the edge, digits are 84 pixels wide and 90 apart.
        let (column, bottom) = (|n: u32| sheet.width() - 20 - 90 * (4 - n), sheet.height() - 20 - 90);
        let last = Presented::new(&recipe, 5, &train, if copies > 0 { 1 } else { 6 });
        for n in 0..4 {
            assert!(digit(&sheet, column(n), 20) == train.images[n as usize], "{} {n}", recipe.name);
            let pattern = if copies > 0 { 6 * 300 + n } else { n };
            assert!(digit(&sheet, column(n), bottom) == last.pattern(pattern).0, "{} {n}", recipe.name);
        }
    }
}

#[test]
fn the_picture_goes_where_it_is_told_and_is_the_same_for_the_same_seed() {
    let dir = tempdir().unwrap();
    let first = show(&dir, &[]);
    assert!(dir.path().join("distortions.png").exists());
    assert!(first == show(&dir, &["--out", "again.png"]) && first != show(&dir, &["--seed", "2"]));
    let data = small_set(300, 100);
    let mut command = lenet(&dir);
    command.args(["show-distortions", "--out", "nowhere/a.png", "--data"]).arg(data);
    let message = fails(&mut command, 1);
    assert!(
        message.contains("--out nowhere/a.png") && message.contains("folder nowhere is not there"),
        "{message}"
    );
    assert!(!message.contains(".tmp"), "{message}");
    let message = fails(lenet(&dir).args(["show-distortions", "--out", "a.gif"]), 2);
    assert!(message.contains("--out a.gif") && message.contains(".png"), "{message}");
    assert!(!dir.path().join("a.gif").exists());
}

#[test]
fn a_recipe_that_distorts_nothing_has_nothing_to_show() {
    let dir = tempdir().unwrap();
    let message = fails(lenet(&dir).args(["show-distortions", "--recipe", "paper-1998"]), 1);
    let (said, example) = message.trim_end().rsplit_once("for example ").expect(&message);
    assert!(said.contains("paper-1998"), "{message}");
    let mut command = lenet(&dir);
    command.args([
        "show-distortions",
        "--recipe",
        example,
        "--digits",
        "1",
        "--out",
        "example.png",
        "--data",
    ]);
    let output = command.arg(small_set(300, 100)).output().unwrap();
    assert!(output.status.success(), "{example} is no recipe with something to show: {}", stderr(&output));
    fs::remove_file(dir.path().join("example.png")).unwrap();
    let message = fails(lenet(&dir).args(["show-distortions", "--recipe", "worst"]), 2);
    assert!(message.contains("--recipe worst") && message.contains("best"), "{message}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
