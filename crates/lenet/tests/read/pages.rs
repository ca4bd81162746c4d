//! What is read must not depend on where, how large and on what paper it is written.

use lenet::classify;
use lenet::kernels::level::Level;
use lenet::models;
use lenet::pages::{Kind, Maker};
use lenet::pen::abroad;
use lenet::read::{Blank, Grey, Ink, OnPage, Polarity, Reader, evaluation};
use proptest::prelude::*;
use rand::{SeedableRng, rngs::ChaCha8Rng};

use crate::sketch::{PLAIN, Sketch, changed, noise, padded};

/// What stands on a page, in reading order, by the network for single digits: every part counts, none is rejected.
fn text(grey: &Grey) -> String {
    let Ok(found) = OnPage::on(grey) else { return String::new() };
    let answers = classify::answers(Level::new(), &models::lenet_5(), &found.images);
    answers.iter().map(|answer| char::from(b'0' + answer.digit())).collect()
}

#[test]
fn digits_of_all_sizes_are_read() {
    for size in [12, 20, 28, 50, 100, 200] {
        let sketch = Sketch::lines(&PLAIN, size, 0.0);
        assert_eq!(text(&sketch.grey()), sketch.text, "{size}");
    }
}

#[test]
fn pencil_chalk_noise_shadow_and_light_from_the_side_change_nothing() {
    let sketch = Sketch::lines(&PLAIN, 40, 0.0);
    let plain = sketch.on(235.0, 30.0);
    let side = |x: usize| 1.0 - 0.7 * x as f32 / plain.width as f32;
    let shadow = |x: usize| if 5 * x > 3 * plain.width { 0.5 } else { 1.0 };
    let pages = [
        ("pencil", changed(&sketch.on(210.0, 160.0), |x, y, level| level + 4.0 * noise(x, y))),
        ("faint pencil", sketch.on(250.0, 220.0)),
        ("chalk", sketch.on(40.0, 210.0)),
        ("noise", changed(&plain, |x, y, level| level + 25.0 * noise(x, y))),
        ("noise cut off at white", changed(&sketch.grey(), |x, y, level| level + 15.0 * noise(x, y))),
        ("light from the side", changed(&plain, |x, _, level| level * side(x))),
        ("shadow", changed(&plain, |x, y, level| level * shadow(x) + 2.0 * noise(x, y))),
        ("specks", changed(&plain, |x, y, level| if noise(x, y) > 0.998 { 0.0 } else { level })),
    ];
    for (name, page) in pages {
        assert_eq!(text(&page), sketch.text, "{name}");
    }
}

#[test]
fn lines_may_go_up_or_down() {
    for down in [-0.15, -0.05, 0.05, 0.15] {
        let sketch = Sketch::lines(&PLAIN, 40, down);
        assert_eq!(text(&sketch.grey()), sketch.text, "{down}");
    }
}

#[test]
fn rules_squares_and_boxes_are_no_digits_and_hide_none() {
    let sketch = Sketch::lines(&PLAIN, 50, 0.0);
    let (width, height) = (sketch.width as f32, sketch.height as f32);
    for (thickness, ink, fall) in [(1.0, 1.0, 0.0), (2.0, 0.5, 3.0), (3.0, 0.4, -6.0)] {
        let mut ruled = sketch.clone();
        for k in 1..8 {
            let y = 47.0 * k as f32;
            ruled.line([0.0, y], [width, y + fall], thickness, ink);
        }
        assert_eq!(text(&ruled.grey()), sketch.text, "rules of {thickness} pixels");
    }
    let mut squared = sketch.clone();
    (1..14).for_each(|k| squared.line([35.5 * k as f32, 0.0], [35.5 * k as f32, height], 1.0, 0.4));
    (1..8).for_each(|k| squared.line([0.0, 35.5 * k as f32], [width, 35.5 * k as f32], 1.0, 0.4));
    assert_eq!(text(&squared.grey()), sketch.text, "squares");
    let mut boxed = Sketch::new(120, 120);
    boxed.digit(4, 50.0, 25, 25);
    for (from, to) in [([8.0, 8.0], [110.0, 8.0]), ([110.0, 8.0], [110.0, 112.0])] {
        boxed.line(from, to, 2.0, 1.0);
        boxed.line([118.0 - from[0], 120.0 - from[1]], [118.0 - to[0], 120.0 - to[1]], 2.0, 1.0);
    }
    assert_eq!(text(&boxed.grey()), "9", "a box");
}

#[test]
fn a_stroke_by_itself_is_no_rule() {
    for thickness in [1.0, 2.0, 4.0, 9.0] {
        let mut one = Sketch::new(100, 120);
        one.line([50.0, 20.0], [49.0, 100.0], thickness, 1.0);
        assert_eq!(text(&one.grey()), "1", "{thickness}");
    }
    let mut ones = Sketch::new(300, 100);
    (0..5).for_each(|k| ones.line([40.0 + 50.0 * k as f32, 20.0], [40.0 + 50.0 * k as f32, 80.0], 3.0, 1.0));
    assert_eq!(text(&ones.grey()), "11111");
    let mut seven = Sketch::new(100, 120);
    seven.line([20.0, 20.0], [75.0, 20.0], 3.0, 1.0);
    seven.line([75.0, 20.0], [45.0, 100.0], 3.0, 1.0);
    assert_eq!(text(&seven.grey()), "7");
}

#[test]
fn a_small_picture_may_be_ruled_from_edge_to_edge_faintly_and_askew() {
    for (fall, ink) in [(0.0, 1.0), (1.5, 0.6), (-1.5, 0.4)] {
        let mut ruled = Sketch::new(44, 48);
        ruled.digit(4, 20.0, 8, 10);
        for y in [4.0, 22.0, 40.0] {
            ruled.line([0.0, y], [44.0, y + fall], 1.0, ink);
        }
        assert_eq!(Reader::shipped().read(&ruled.grey()).text(), "9", "{fall} {ink}");
    }
}

#[test]
fn a_one_between_two_rules_is_thicker_than_they_are() {
    let mut squared = Sketch::new(200, 110);
    (1..6).for_each(|k| squared.line([36.0 * k as f32, 0.0], [36.0 * k as f32, 110.0], 1.0, 0.6));
    (0..4).for_each(|k| squared.line([0.0, 36.5 * k as f32], [200.0, 36.5 * k as f32], 1.0, 0.6));
    squared.digit(4, 32.0, 60, 39);
    squared.line([127.0, 38.0], [126.0, 72.0], 4.0, 1.0);
    assert_eq!(text(&squared.grey()), "91");
}

#[test]
fn a_one_on_a_rule_is_none_because_of_dust() {
    // All that is no straight line is dust; the other digits are one with the rule.
    let mut ruled = Sketch::new(300, 100);
    ruled.line([0.0, 60.0], [300.0, 60.0], 2.0, 0.7);
    ruled.digit(4, 50.0, 30, 30);
    ruled.digit(4, 50.0, 200, 30);
    ruled.line([142.0, 30.0], [139.0, 80.0], 4.0, 1.0);
    (0..9).for_each(|k| ruled.line([10.0 + 30.0 * k as f32, 8.0], [12.0 + 30.0 * k as f32, 8.0], 3.0, 1.0));
    assert_eq!(text(&ruled.grey()), "919");
}

#[test]
fn a_stroke_that_lies_on_a_paler_rule_stays() {
    let mut ruled = Sketch::new(160, 120);
    (0..4).for_each(|k| ruled.line([0.0, 20.0 + 33.0 * k as f32], [160.0, 20.0 + 33.0 * k as f32], 3.0, 0.4));
    ruled.line([50.0, 20.0], [100.0, 20.0], 3.0, 1.0);
    ruled.line([100.0, 20.0], [75.0, 100.0], 3.0, 1.0);
    assert_eq!(text(&ruled.grey()), "7");
}

#[test]
fn what_is_left_of_a_broken_box_is_no_digit() {
    let mut boxed = Sketch::new(120, 120);
    boxed.digit(4, 50.0, 25, 25);
    // Two sides and a half of the four.
    boxed.line([12.0, 12.0], [12.0, 108.0], 2.0, 0.7);
    boxed.line([12.0, 108.0], [106.0, 108.0], 2.0, 0.7);
    boxed.line([106.0, 50.0], [106.0, 108.0], 2.0, 0.7);
    assert_eq!(Reader::shipped().read(&boxed.grey()).text(), "9");
}

/// How many things there are on it that may be digits.
fn things(sketch: &Sketch) -> usize {
    OnPage::on(&sketch.grey()).unwrap().boxes().len()
}

#[test]
fn what_fills_two_edges_of_the_picture_is_no_digit() {
    let mut page = Sketch::new(140, 120);
    page.digit(4, 50.0, 50, 40);
    let alone = page.clone();
    page.line([0.0, 10.0], [40.0, 10.0], 24.0, 1.0);
    assert_eq!((things(&alone), things(&page)), (1, 1));
    // Along one edge only it may be a 7 or a 5.
    let mut beside = alone.clone();
    beside.line([100.0, 10.0], [130.0, 10.0], 24.0, 1.0);
    assert_eq!(things(&beside), 2);
}

#[test]
fn what_is_thinner_and_paler_than_the_ink_is_no_digit() {
    for (thickness, ink, expected) in [(6.0, 1.0, 2), (2.5, 1.0, 2), (6.0, 0.5, 2), (2.0, 0.5, 1)] {
        let mut page = Sketch::new(140, 120);
        page.digit(4, 50.0, 30, 30);
        page.line([110.0, 40.0], [107.0, 85.0], thickness, ink);
        assert_eq!(things(&page), expected, "{thickness} {ink}");
    }
}

#[test]
fn hands_of_other_countries_are_read() {
    let reader = Reader::shipped();
    let random = &mut ChaCha8Rng::seed_from_u64(7);
    for class in [1, 9] {
        let read = (0..200).filter(|_| {
            let drawn = abroad(class, random).unwrap();
            let (width, height) = (drawn.width(), drawn.height());
            let pixels = drawn.ink().iter().map(|ink| 255 - ink).collect();
            let page = padded(&Grey { width, height, pixels }, [40; 4], 255);
            reader.read(&page).text() == class.to_string()
        });
        let read = read.count();
        assert!(read >= 196, "{class}: {read} of 200");
    }
}

#[test]
fn networks_that_read_together_give_their_mean() {
    let digits = lenet::data::Dataset::bundled().train;
    let made = Maker::new(&digits, 5).unwrap().make(&Kind::Digit, 3);
    let [one, other] = [models::reading(), models::pieces()];
    let probability = |reader: Reader| {
        let page = reader.read(&evaluation::grey(&made));
        let digit = &page.lines[0].digits[0];
        (digit.value, digit.probability)
    };
    let level = Level::new();
    let alone = [&one, &other].map(|network| probability(Reader::new(network.clone(), level)));
    let together = probability(Reader::new(one.clone(), level).with([other.clone()]));
    let twice = probability(Reader::new(one.clone(), level).with([one]));
    assert_eq!(twice, alone[0]);
    let [least, most] = [f32::min, f32::max].map(|of| of(alone[0].1, alone[1].1));
    assert!(least < together.1 && together.1 < most && together.0 == alone[0].0, "{alone:?} {together:?}");
}

#[test]
fn bold_digits_that_fill_the_picture_are_still_the_ink() {
    for (thickness, light_on_dark) in [(14.0, false), (20.0, false), (20.0, true)] {
        let mut one = Sketch::new(36, 110);
        one.line([18.0, 8.0], [18.0, 102.0], thickness, 1.0);
        let grey = if light_on_dark { one.on(20.0, 230.0) } else { one.on(230.0, 20.0) };
        let page = Reader::shipped().read(&grey);
        let polarity = if light_on_dark { Polarity::LightOnDark } else { Polarity::DarkOnLight };
        assert_eq!((page.text().as_str(), page.polarity), ("1", Some(polarity)), "{thickness}");
    }
}

#[test]
fn a_shadow_across_a_small_picture_is_no_ink() {
    let mut sketch = Sketch::new(60, 60);
    sketch.digit(4, 30.0, 10, 10);
    let plain = sketch.on(240.0, 40.0);
    let half = |x: usize, y: usize| if x + y > 62 { 0.65 } else { 1.0 };
    let page = changed(&plain, |x, y, level| level * half(x, y));
    assert_eq!(Reader::shipped().read(&page).text(), "9");
}

#[test]
fn noise_that_hides_the_ink_is_averaged() {
    let mut sketch = Sketch::new(90, 90);
    sketch.digit(4, 60.0, 4, 4);
    let page = changed(&sketch.on(200.0, 120.0), |x, y, level| level + 45.0 * noise(x, y));
    assert_eq!(Reader::shipped().read(&page).text(), "9");
}

#[test]
fn who_asks_for_more_to_be_rejected_gets_it_among_digits_and_in_strings_too() {
    let digits = lenet::data::Dataset::bundled().train;
    let maker = Maker::new(&digits, 3).unwrap();
    let accepted = |reader: &Reader, gaps: [f32; 2]| -> usize {
        let pages = (0..40).map(|n| maker.make(&Kind::String { digits: 5, gaps: gaps[0]..=gaps[1] }, n));
        let read = |made| reader.read(&evaluation::grey(&made)).text();
        pages.map(read).map(|text| text.chars().filter(char::is_ascii_digit).count()).sum()
    };
    for (gaps, least) in [([4.0, 12.0], 170), ([-4.0, -1.0], 140)] {
        let [few, more, none] =
            [1.0, 50.0, 100.0].map(|rate| accepted(&Reader::shipped().rejecting(rate), gaps));
        assert!(few > least && more * 10 < few * 9 && none == 0, "{few} of 200, then {more}, then {none}");
    }
}

#[test]
fn a_dash_parts_numbers_and_belongs_to_no_digit() {
    let mut sketch = Sketch::new(360, 100);
    for (k, number) in PLAIN[..6].iter().enumerate() {
        sketch.digit(*number, 40.0, 10 + 46 * k + 24 * (k / 2), 20);
    }
    let digits = OnPage::on(&sketch.grey()).unwrap().boxes();
    for pair in [[1, 2], [3, 4]] {
        let [from, to] = [digits[pair[0]].right() as f32 + 4.0, digits[pair[1]].x as f32 - 4.0];
        sketch.line([from, 48.0], [to, 48.0], 4.0, 1.0);
    }
    assert_eq!(OnPage::on(&sketch.grey()).unwrap().boxes(), digits);
    assert_eq!(Reader::shipped().read(&sketch.grey()).text(), "50 41 92");
}

#[test]
fn digits_that_all_touch_are_no_line_however_many_there_are() {
    let mut sketch = Sketch::new(220, 70);
    for (k, number) in PLAIN.iter().cycle().take(8).enumerate() {
        sketch.digit(*number, 30.0, 15 + 17 * k, 20);
    }
    let found = OnPage::on(&sketch.grey()).unwrap().boxes();
    assert!(found.len() == 1 && found[0].width > 4 * found[0].height, "{found:?}");
    assert_eq!(Reader::shipped().read(&sketch.grey()).text().len(), 8);
}

#[test]
fn a_wave_without_end_is_no_string() {
    // What is left of 200,000 pixels where it looks straight: each piece taken for a string, or all of it, would be a million images.
    let (width, height) = (200_000, 14);
    let wave = |x: usize| 7.0 + 4.5 * (x as f32 / 9.0).sin();
    let pixels = (0..width * height).map(|at| {
        let off = ((at / width) as f32 - wave(at % width)).abs();
        if off < 1.5 { 20 } else { 240 }
    });
    let page = Reader::shipped().read(&Grey { width, height, pixels: pixels.collect() });
    assert_eq!((page.text(), page.blank), (String::new(), Some(Blank::NoDigit)));
}

#[test]
fn paper_alone_has_no_digit() {
    let blank = |level: f32| Sketch::new(400, 300).on(level, 0.0);
    let pages = [
        ("white", blank(255.0)),
        ("black", blank(0.0)),
        ("one pixel", Grey { width: 1, height: 1, pixels: vec![7] }),
        ("one row", Grey { width: 300, height: 1, pixels: vec![200; 300] }),
        ("nothing", Grey { width: 0, height: 0, pixels: Vec::new() }),
        ("noise", changed(&blank(200.0), |x, y, level| level + 30.0 * noise(x, y))),
        ("noise cut off at white", changed(&blank(255.0), |x, y, level| level + 20.0 * noise(x, y))),
        (
            "light from the side",
            changed(&blank(240.0), |x, y, level| level - 0.4 * x as f32 - 0.1 * y as f32),
        ),
        (
            "a soft shadow",
            changed(&blank(240.0), |x, _, level| level - 60.0 / (1.0 + (-0.05 * (x as f32 - 200.0)).exp())),
        ),
    ];
    for (name, page) in pages {
        let page = Reader::shipped().read(&page);
        assert_eq!(
            (page.text().as_str(), page.blank, page.polarity),
            ("", Some(Blank::NoInk), None),
            "{name}"
        );
    }
    let mut rules = Sketch::new(400, 300);
    (1..9).for_each(|k| rules.line([0.0, 31.0 * k as f32], [400.0, 31.0 * k as f32], 2.0, 0.5));
    assert_eq!(Reader::shipped().read(&rules.grey()).blank, Some(Blank::NoDigit));
    let mut squares = Sketch::new(100, 100);
    [30.0, 70.0].iter().for_each(|y| squares.line([0.0, *y], [100.0, *y], 1.0, 0.5));
    [20.0, 60.0].iter().for_each(|x| squares.line([*x, 0.0], [*x, 100.0], 1.0, 0.5));
    assert_eq!(Reader::shipped().read(&squares.grey()).blank, Some(Blank::NoDigit));
    (1..9).for_each(|k| rules.line([41.0 * k as f32, 0.0], [41.0 * k as f32, 300.0], 2.0, 0.5));
    assert_eq!(Reader::shipped().read(&rules.grey()).blank, Some(Blank::NoDigit));
}

#[test]
fn ink_is_as_strong_as_it_was_where_paper_is_white() {
    let sketch = Sketch::lines(&PLAIN, 20, 0.0);
    let grey = sketch.grey();
    let ink = Ink::of(&grey).unwrap();
    assert_eq!((ink.width, ink.height, ink.polarity), (grey.width, grey.height, Polarity::DarkOnLight));
    for (ink, level) in ink.values.iter().zip(&grey.pixels) {
        assert!(ink.abs_diff(255 - level) <= 6, "{ink} {level}");
    }
}

/// A digit that is drawn as it is in MNIST comes out as it was: MNIST's own way to scale and to place digits is the reader's.
#[test]
fn digits_of_mnist_are_prepared_as_they_are() {
    let digits = lenet::data::Dataset::bundled().train.images;
    let mut far = 0;
    for image in &digits[..300] {
        let grey = Grey { width: 28, height: 28, pixels: image.map(|ink| 255 - ink).to_vec() };
        let found = OnPage::on(&grey).unwrap();
        let difference: u32 = found.images[0].iter().zip(image).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        // Strokes that are too thin or too wide are changed on purpose, one in ten.
        far += usize::from(difference > 784);
    }
    assert!(far < 45, "{far} of 300 differ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn where_it_stands_and_how_much_paper_is_around_it_changes_nothing(
        margins in proptest::array::uniform4(0usize..150), size in 20usize..60,
    ) {
        let sketch = Sketch::lines(&PLAIN, size, 0.0);
        prop_assert_eq!(text(&padded(&sketch.grey(), margins, 255)), sketch.text);
    }

    #[test]
    fn twice_as_large_or_the_other_way_round_is_the_same(first in 0usize..40, size in 20usize..40) {
        let numbers: Vec<usize> = (first..first + 5).collect();
        let grey = Sketch::lines(&numbers, size, 0.0).on(230.0, 20.0);
        let read = text(&grey);
        let inverted = changed(&grey, |_, _, level| 255.0 - level);
        prop_assert_eq!(&text(&inverted), &read);
        let doubled = Grey {
            width: 2 * grey.width,
            height: 2 * grey.height,
            pixels: (0..4 * grey.pixels.len())
                .map(|k| grey.pixels[k / (2 * grey.width) / 2 * grey.width + k % (2 * grey.width) / 2])
                .collect(),
        };
        prop_assert_eq!(&text(&doubled), &read);
    }

    #[test]
    fn no_picture_panics(width in 1usize..80, height in 1usize..80, seed in any::<u64>(), coarse in 1usize..9) {
        let level = |k: usize| {
            let (x, y) = (k % width / coarse, k / width / coarse);
            (noise(x + seed as usize % 1000, y + (seed >> 32) as usize % 1000) * 127.0 + 128.0) as u8
        };
        let grey = Grey { width, height, pixels: (0..width * height).map(level).collect() };
        let page = Reader::shipped().read(&grey);
        for digit in page.lines.iter().flat_map(|line| &line.digits) {
            let inside = digit.bbox.right() <= width && digit.bbox.bottom() <= height;
            prop_assert!(inside && (0.0..=1.0).contains(&digit.probability), "{:?}", digit);
        }
    }
}
