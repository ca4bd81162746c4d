//! `lenet read` and `lenet eval-reading`: pictures as people have them, and what is no picture.

mod common;

use std::fs;
use std::path::Path;

use common::{fails, lenet, small_set, stderr, stdout, train_for};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use lenet::data::{Dataset, Split};
use lenet::pages::{Conditions, Kind, Maker};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// Some training digits: nothing here looks at a test digit.
fn digits() -> Split {
    let train = Dataset::bundled().train;
    Split { images: train.images[..1000].to_vec(), labels: train.labels[..1000].to_vec() }
}

/// A page with four lines of four digits, well apart, black on white; and its text.
fn sheet(page: u64) -> (RgbImage, String) {
    let digits = digits();
    let maker = Maker::new(&digits, 5).unwrap();
    let made = maker.make_under(&Kind::Sheet { rows: 4, columns: 4 }, page, Conditions::default());
    let lines: Vec<String> = made.lines.iter().map(|line| format!("{}\n", line.text)).collect();
    (made.picture, lines.concat())
}

fn without_spaces(text: &str) -> String {
    text.replace(' ', "")
}

/// Digits of a text that are not those of another one, place by place; all of them if there are not as many.
fn differing(a: &str, b: &str) -> usize {
    if a.len() != b.len() { a.len() } else { a.bytes().zip(b.bytes()).filter(|(a, b)| a != b).count() }
}

/// What the program says about this picture.
fn read(dir: &TempDir, picture: &DynamicImage, name: &str, format: ImageFormat) -> String {
    let path = dir.path().join(name);
    picture.save_with_format(&path, format).unwrap();
    let output = lenet(dir).args(["read", name]).output().unwrap();
    assert!(output.status.success(), "{name}: {}", stderr(&output));
    without_spaces(&stdout(&output))
}

#[test]
fn a_page_is_read_whatever_its_file_and_its_colours() {
    let dir = tempdir().unwrap();
    let (page, text) = sheet(0);
    let page = DynamicImage::ImageRgb8(page);
    let found = read(&dir, &page, "page.png", ImageFormat::Png);
    assert!(differing(&found, &text) <= 1, "{found}\n{text}");
    let mut inverted = page.clone();
    inverted.invert();
    let all = [
        ("page.jpg", page.clone(), ImageFormat::Jpeg),
        ("page.bmp", page.clone(), ImageFormat::Bmp),
        ("page.webp", page.clone(), ImageFormat::WebP),
        ("page.gif", page.clone(), ImageFormat::Gif),
        ("page.ppm", page.clone(), ImageFormat::Pnm),
        ("grey.png", page.grayscale(), ImageFormat::Png),
        ("deep.png", DynamicImage::ImageLuma16(page.to_luma16()), ImageFormat::Png),
        ("clear.png", DynamicImage::ImageRgba8(page.to_rgba8()), ImageFormat::Png),
        ("inverted.png", inverted, ImageFormat::Png),
    ];
    for (name, picture, format) in all {
        assert!(differing(&read(&dir, &picture, name, format), &text) <= 1, "{name}");
    }
}

#[test]
fn json_has_boxes_probabilities_and_alternatives_and_an_overlay_shows_them() {
    let dir = tempdir().unwrap();
    let (page, text) = sheet(1);
    page.save(dir.path().join("page.png")).unwrap();
    let arguments = ["read", "page.png", "--json", "--overlay", "seen.png"];
    let output = lenet(&dir).args(arguments).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["size"], serde_json::json!([page.width(), page.height()]));
    let lines = answer["lines"].as_array().unwrap();
    assert_eq!(lines.len(), text.lines().count());
    for digit in lines.iter().flat_map(|line| line["digits"].as_array().unwrap()) {
        let place = |side: &str| digit["bbox"][side].as_u64().unwrap() as u32;
        assert!(place("x") + place("width") <= page.width() && place("y") + place("height") <= page.height());
        let sure = digit["probability"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&sure));
        assert_eq!(digit["alternatives"].as_array().unwrap().len(), 9);
    }
    let seen = image::open(dir.path().join("seen.png")).unwrap();
    assert_eq!((seen.width(), seen.height()), (page.width(), page.height()));
    assert!(seen.to_rgb8().pixels().any(|Rgb([r, g, b])| g > r && g > b), "boxes are green");
}

#[test]
fn many_files_are_told_in_their_order_and_a_bad_one_stops_nothing() {
    let dir = tempdir().unwrap();
    fs::create_dir(dir.path().join("scans")).unwrap();
    for k in 0..3 {
        sheet(k).0.save(dir.path().join(format!("scans/{k}.png"))).unwrap();
    }
    fs::write(dir.path().join("scans/1b.png"), "no picture at all").unwrap();
    fs::write(dir.path().join("scans/notes.txt"), "not looked at").unwrap();
    let output = lenet(&dir).args(["read", "scans"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let files: Vec<String> =
        stdout(&output).lines().map(|line| line.split('\t').next().unwrap().to_string()).collect();
    assert_eq!(files.len(), 12);
    assert!(files.is_sorted(), "{files:?}");
    assert!(stderr(&output).contains("scans/1b.png"), "{}", stderr(&output));
    let json = lenet(&dir).args(["read", "--json", "scans"]).output().unwrap();
    let lines: Vec<Value> = stdout(&json).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line.get("error").is_some()).count(), 1);
    assert_eq!(lines.len(), 4);
}

#[test]
fn what_is_not_read_of_a_folder_is_said() {
    let dir = tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    for (folder, count) in [("scans/old", 1), ("scans/new", 0), ("single/old", 1)] {
        fs::create_dir_all(file(folder)).unwrap();
        (0..count).for_each(|k| sheet(k).0.save(file(folder).join(format!("{k}.png"))).unwrap());
    }
    let message = fails(lenet(&dir).args(["read", "scans"]), 1);
    for part in ["no picture", "2 folders in it are not looked into", "lenet read scans scans/*/"] {
        assert!(message.contains(part), "`{part}` is missing in: {message}");
    }
    sheet(1).0.save(file("single/a.png")).unwrap();
    let output = lenet(&dir).args(["read", "single"]).output().unwrap();
    assert!(output.status.success() && stdout(&output).lines().count() == 4, "{}", stderr(&output));
    assert!(stderr(&output).contains("1 folder in it is not looked into"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("no picture"), "{}", stderr(&output));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_a_bad_file() {
    let dir = tempdir().unwrap();
    fs::create_dir(dir.path().join("scans")).unwrap();
    sheet(0).0.save(dir.path().join("scans/a.png")).unwrap();
    std::os::unix::fs::symlink("gone.png", dir.path().join("scans/b.png")).unwrap();
    let output = lenet(&dir).args(["read", "scans"]).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output).lines().count()), (Some(1), 4));
    let message = stderr(&output);
    assert!(message.contains("scans/b.png: this link leads to a file that is not there"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_printed_as_it_is() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempdir().unwrap();
    let names = [&b"a\xff.png"[..], b"b.png"];
    let names = names.map(std::ffi::OsStr::from_bytes);
    names
        .iter()
        .for_each(|name| sheet(0).0.save_with_format(dir.path().join(name), ImageFormat::Png).unwrap());
    let output = lenet(&dir).arg("read").args(names).output().unwrap();
    assert!(output.stdout.starts_with(b"a\xff.png\t"), "{:?}", output.stdout);
    let json = lenet(&dir).args(["read", "--json"]).args(names).output().unwrap();
    assert!(stdout(&json).contains("a\u{fffd}.png"));
}

#[test]
fn a_picture_without_digits_prints_nothing_and_says_why() {
    let dir = tempdir().unwrap();
    for (name, level) in [("white.png", 255), ("black.png", 0), ("dot.png", 90)] {
        let side = if name == "dot.png" { 1 } else { 200 };
        GrayImage::from_pixel(side, side, Luma([level])).save(dir.path().join(name)).unwrap();
        let output = lenet(&dir).args(["read", name]).output().unwrap();
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""), "{name}");
        assert!(stderr(&output).contains("no digits"), "{}", stderr(&output));
    }
}

#[test]
fn what_is_no_picture_is_told_with_the_way_out() {
    let dir = tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    GrayImage::from_pixel(40, 40, Luma([9])).save(file("whole.png")).unwrap();
    let whole = fs::read(file("whole.png")).unwrap();
    fs::write(file("half.png"), &whole[..whole.len() / 2]).unwrap();
    fs::write(file("empty.png"), "").unwrap();
    fs::write(file("text.png"), "this is a letter").unwrap();
    fs::write(file("form.pdf"), "%PDF-1.7\n%").unwrap();
    fs::write(file("huge.pgm"), "P5 30000 30000 255\n").unwrap();
    fs::write(file("flat.pgm"), "P5 0 0 255\n").unwrap();
    fs::create_dir(file("folder")).unwrap();
    for (name, words) in [
        ("half.png", "half.png"),
        ("empty.png", "empty"),
        ("text.png", "text.png"),
        ("form.pdf", "this is a PDF"),
        ("form.pdf", "as PNG"),
        ("huge.pgm", "30000"),
        ("flat.pgm", "flat.pgm"),
        ("missing.png", "missing.png"),
        ("folder", "no picture"),
    ] {
        let message = fails(lenet(&dir).args(["read", name]), 1);
        assert!(message.contains(words), "{name}: {message}");
    }
    let message = fails(lenet(&dir).args(["read", "huge.pgm", "--max-pixels", "1000"]), 1);
    assert!(!message.contains("--max-pixels"), "now it is only damaged: {message}");
    let message = fails(lenet(&dir).args(["read", "a.png", "b.png", "--overlay", "c.png"]), 2);
    assert!(message.contains("--overlay c.png"), "{message}");
    let message = fails(lenet(&dir).args(["read", "whole.png", "--overlay", "seen.jpg"]), 2);
    assert!(message.contains("--overlay seen.jpg") && message.contains("ends in .png"), "{message}");
    assert!(!file("seen.jpg").exists());
    let message = fails(lenet(&dir).args(["read", "a.png", "--reject", "101"]), 2);
    assert!(message.contains("0 to 100"), "{message}");
}

#[test]
fn an_overlay_never_replaces_the_picture_that_is_read() {
    let dir = tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    fs::create_dir(file("scans")).unwrap();
    sheet(0).0.save(file("scans/a.png")).unwrap();
    let whole = fs::read(file("scans/a.png")).unwrap();
    // Where links need rights of their own, another name for the folder will do.
    #[cfg(unix)]
    std::os::unix::fs::symlink("scans/a.png", file("link.png")).unwrap();
    let link = if cfg!(unix) { "link.png" } else { "scans/./a.png" };
    let (it, way) = ("scans/a.png", "scans/../scans/a.png");
    for [picture, out] in [[it, it], [it, way], ["scans", it], [link, it], [it, link]] {
        let message = fails(lenet(&dir).args(["read", picture, "--overlay", out]), 2);
        assert!(
            message.contains(&format!("--overlay {out}")) && message.contains("would be lost"),
            "{message}"
        );
        assert!(fs::read(file("scans/a.png")).unwrap() == whole);
    }
    // Another file of that name is replaced, as its help says.
    fs::write(file("seen.png"), "old").unwrap();
    for _ in 0..2 {
        assert!(
            lenet(&dir).args(["read", "scans", "--overlay", "seen.png"]).output().unwrap().status.success()
        );
    }
    assert!(image::open(file("seen.png")).is_ok());
}

#[test]
fn stdin_is_read_too() {
    let dir = tempdir().unwrap();
    let (page, text) = sheet(2);
    let mut bytes = std::io::Cursor::new(Vec::new());
    page.write_to(&mut bytes, ImageFormat::Png).unwrap();
    let output = lenet(&dir).args(["read", "-"]).write_stdin(bytes.into_inner()).output().unwrap();
    assert!(differing(&without_spaces(&stdout(&output)), &text) <= 1, "{}", stdout(&output));
    for command in ["read", "predict"] {
        let message = fails(lenet(&dir).args([command, "-"]), 1);
        assert!(message.contains("standard input is empty") && !message.contains("file is"), "{message}");
    }
}

#[test]
fn an_evaluation_tells_every_task_and_shows_failures() {
    let dir = tempdir().unwrap();
    let arguments = ["eval-reading", "--digits", "train", "--pages", "14", "--failures", "wrong.png"];
    let output = lenet(&dir).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    for part in
        ["single digits, clean", "gaps of -4 to 0", "letter", "by condition", "calibration error", " ms"]
    {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    assert!(Path::new(&dir.path().join("wrong.png")).exists());
    let json = ["eval-reading", "--digits", "train", "--pages", "14", "--json"];
    let answer: Value = serde_json::from_slice(&lenet(&dir).args(json).output().unwrap().stdout).unwrap();
    assert_eq!(answer["scores"].as_array().unwrap().len(), 11);
    assert_eq!(answer["scores"][0]["pages"], 14);
    let of_folder = |arguments: &[&str]| -> Value {
        let mut command = lenet(&dir);
        command.args(["eval-reading", "--pages", "14", "--json", "--data"]).arg(small_set(300, 100));
        serde_json::from_slice(&command.args(arguments).output().unwrap().stdout).unwrap()
    };
    let other = of_folder(&[]);
    assert!(other["data"] != answer["data"] && other["scores"] != answer["scores"], "{}", other["data"]);
    train_for(1, &dir, "run", &[]);
    let worse = of_folder(&["--weights", "run"]);
    assert!(worse["scores"] != other["scores"]);
    assert_ne!(of_folder(&["--weights", "run", "--weights", "shipped"])["scores"], worse["scores"]);
    assert_eq!(of_folder(&["--weights", "shipped"])["scores"], other["scores"]);
    let message = fails(lenet(&dir).args(["eval-reading", "--failures", "wrong.gif"]), 2);
    assert!(message.contains("ends in .png"), "{message}");
}
