//! `lenet read`: pictures of any kind in, text out.

mod common;

use std::fs;

use common::{fails, lenet, stderr, stdout};
use image::{GrayImage, Luma, RgbImage};
use lenet::data::Dataset;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// Writes the first five training digits, 50419, dark on light and three times as large as MNIST's.
fn write_digits(dir: &TempDir, name: &str) {
    let digits = Dataset::bundled().train.images;
    let picture = GrayImage::from_fn(480, 140, |x, y| {
        let (place, x, y) = (x / 95, (x % 95) as f32 / 3.0 - 1.0, y as f32 / 3.0 - 9.0);
        let digit = digits.get(place as usize).filter(|_| place < 5);
        let at = |x: f32, y: f32| {
            let inside = (0.0..28.0).contains(&x) && (0.0..28.0).contains(&y);
            digit.filter(|_| inside).map_or(0.0, |digit| f32::from(digit[y as usize * 28 + x as usize]))
        };
        let (left, top) = (x.floor(), y.floor());
        let row = |y: f32| at(left, y) * (1.0 - x + left) + at(left + 1.0, y) * (x - left);
        Luma([(255.0 - row(top) * (1.0 - y + top) - row(top + 1.0) * (y - top)) as u8])
    });
    picture.save(dir.path().join(name)).unwrap();
}

#[test]
fn text_comes_out_whatever_kind_of_file_goes_in() {
    let dir = tempdir().unwrap();
    for name in ["five.png", "five.jpg", "five.bmp", "five.webp", "five.pgm"] {
        write_digits(&dir, name);
        assert_eq!(stdout(&lenet(&dir).args(["read", name]).output().unwrap()), "50419\n", "{name}");
    }
    let bytes = fs::read(dir.path().join("five.jpg")).unwrap();
    assert_eq!(stdout(&lenet(&dir).args(["read", "-"]).write_stdin(bytes).output().unwrap()), "50419\n");
}

#[test]
fn of_several_pictures_and_folders_every_line_has_its_file() {
    let dir = tempdir().unwrap();
    fs::create_dir(dir.path().join("scans")).unwrap();
    for name in ["scans/b.png", "scans/a.JPG", "c.png"] {
        write_digits(&dir, name);
    }
    fs::write(dir.path().join("scans/notes.txt"), "no picture").unwrap();
    let text = stdout(&lenet(&dir).args(["read", "c.png", "scans"]).output().unwrap());
    assert_eq!(text, "c.png\t50419\nscans/a.JPG\t50419\nscans/b.png\t50419\n");
    let alone = lenet(&dir).args(["read", "c.png", "scans", "--threads", "1"]).output().unwrap();
    assert_eq!(stdout(&alone), text);
    fs::create_dir(dir.path().join("empty")).unwrap();
    let message = fails(lenet(&dir).args(["read", "empty"]), 1);
    assert!(message.contains("empty") && message.contains("no picture"), "{message}");
}

#[test]
fn as_json_every_digit_has_its_box_and_what_else_it_may_be() {
    let dir = tempdir().unwrap();
    write_digits(&dir, "five.png");
    let output = lenet(&dir).args(["read", "five.png", "--json"]).output().unwrap();
    let page: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&page["text"], &page["polarity"]), (&"50419".into(), &"dark_on_light".into()));
    let digits = page["lines"][0]["digits"].as_array().unwrap();
    assert_eq!(digits.len(), 5);
    for (k, digit) in digits.iter().enumerate() {
        let x = digit["bbox"]["x"].as_u64().unwrap();
        assert!((95 * k as u64..95 * (k as u64 + 1)).contains(&x), "{digit}");
        assert_eq!(digit["alternatives"].as_array().unwrap().len(), 9);
        assert!(digit["probability"].as_f64().unwrap() > 0.5);
    }
}

#[test]
fn a_bad_file_stops_no_other_and_an_empty_page_says_why() {
    let dir = tempdir().unwrap();
    write_digits(&dir, "good.png");
    GrayImage::from_pixel(50, 50, Luma([255])).save(dir.path().join("white.png")).unwrap();
    fs::write(dir.path().join("bad.png"), "no picture").unwrap();
    let output = lenet(&dir).args(["read", "bad.png", "white.png", "good.png"]).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output)), (Some(1), "good.png\t50419\n".to_string()));
    let message = stderr(&output);
    for part in ["bad.png", "not a picture", "white.png", "nothing stands out"] {
        assert!(message.contains(part), "{part} is missing in {message}");
    }
    let output = lenet(&dir).args(["read", "white.png"]).output().unwrap();
    assert_eq!((output.status.code(), stdout(&output)), (Some(0), String::new()));
}

#[test]
fn too_large_a_picture_is_refused_before_it_is_decoded() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("huge.pgm"), "P5 20000 20000 255\n").unwrap();
    let message = fails(lenet(&dir).args(["read", "huge.pgm"]), 1);
    assert!(message.contains("20000x20000") && message.contains("40000000"), "{message}");
    assert!(fails(lenet(&dir).args(["read", "huge.pgm", "--max-pixels", "500"]), 1).contains("huge.pgm"));
    assert!(fails(lenet(&dir).args(["read", "huge.pgm", "--max-pixels", "0"]), 2).contains("--max-pixels"));
}

#[test]
fn the_overlay_is_the_picture_with_boxes_on_it() {
    let dir = tempdir().unwrap();
    write_digits(&dir, "five.png");
    let output = lenet(&dir).args(["read", "five.png", "--overlay", "seen.png"]).output().unwrap();
    assert_eq!(stdout(&output), "50419\n");
    let seen: RgbImage = image::open(dir.path().join("seen.png")).unwrap().into_rgb8();
    assert_eq!(seen.dimensions(), (480, 140));
    let coloured = seen.pixels().filter(|pixel| pixel.0[1] > pixel.0[0].saturating_add(60)).count();
    assert!(coloured > 500, "{coloured}");
    let message = fails(lenet(&dir).args(["read", "five.png", "five.png", "--overlay", "seen.png"]), 2);
    assert!(message.contains("--overlay") && message.contains("one picture"), "{message}");
}
