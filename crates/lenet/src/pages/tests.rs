//! Pages as a whole: what they say about themselves is true.

use super::*;
use crate::data::Image;
use crate::pen::Canvas;

/// A ring for each class, thick and thin.
fn digits() -> Split {
    let image = |k: usize| -> Image {
        let mut canvas = Canvas::new(28, 28);
        let ring: Vec<_> = (0..25).map(|k| (k as f32 / 24.0 * std::f32::consts::TAU).sin_cos()).collect();
        let ring: Vec<_> = ring.iter().map(|(y, x)| [14.0 + 9.0 * x, 14.0 + 6.0 * y]).collect();
        canvas.stroke(&ring, 1.4 + 0.15 * k as f32);
        canvas.ink().try_into().unwrap()
    };
    Split { images: (0..10).map(image).collect(), labels: (0..10).collect() }
}

fn kinds() -> Vec<Kind> {
    let nothings = Nothing::ALL.into_iter().map(Kind::Nothing);
    let written = [
        Kind::CleanDigit,
        Kind::Digit,
        Kind::String { digits: 5, gaps: 2.0..=8.0 },
        Kind::Sheet { rows: 2, columns: 3 },
    ];
    written.into_iter().chain(nothings).collect()
}

fn brightness(made: &Made, x: u32, y: u32) -> f32 {
    conditions::grey(made.picture.get_pixel(x, y).0)
}

/// Pixels in the box that are closer to ink than to paper, on a page of black and white.
fn ink_in(made: &Made, [left, top, width, height]: [u32; 4]) -> usize {
    let all = (top..top + height).flat_map(|y| (left..left + width).map(move |x| (x, y)));
    all.filter(|(x, y)| brightness(made, *x, *y) < 128.0).count()
}

#[test]
fn the_same_page_has_the_same_bytes_and_another_one_others() {
    let digits = digits();
    let maker = Maker::new(&digits, 3).unwrap();
    for kind in kinds() {
        for n in 0..4 {
            assert!(maker.make(&kind, n) == maker.make(&kind, n), "{kind:?} {n}");
        }
        assert!(maker.make(&kind, 0) != maker.make(&kind, 1), "{kind:?}");
        assert!(maker.make(&kind, 0) != Maker::new(&digits, 4).unwrap().make(&kind, 0), "{kind:?}");
    }
}

#[test]
fn clean_digits_are_of_the_size_that_is_said_in_the_middle_and_come_in_order() {
    let digits = digits();
    let maker = Maker::new(&digits, 1).unwrap();
    let (mut least, mut most) = (f32::MAX, 0.0f32);
    for n in 0..200 {
        let made = maker.make(&Kind::CleanDigit, n);
        assert_eq!(made.lines[0].text, (n % 10).to_string());
        (least, most) = (least.min(made.size), most.max(made.size));
        let [left, top, width, height] = made.lines[0].boxes[0];
        assert!((width.max(height) as f32 - made.size).abs() < 2.0, "{n}: {width}x{height}, {}", made.size);
        let (page_width, page_height) = made.picture.dimensions();
        assert!(left.abs_diff(page_width - left - width) < 3 && top.abs_diff(page_height - top - height) < 3);
        let all = ink_in(&made, [0, 0, page_width, page_height]);
        assert_eq!(
            (ink_in(&made, [left, top, width, height]), all > 10),
            (all, true),
            "{n}: ink beside the box"
        );
    }
    assert!((12.0..14.0).contains(&least) && (180.0..=200.0).contains(&most), "{least} {most}");
}

#[test]
fn every_box_lies_in_the_picture_and_holds_ink_also_in_perspective() {
    let digits = digits();
    let maker = Maker::new(&digits, 1).unwrap();
    let crooked = |tilt| Conditions {
        perspective: Some(tilt),
        slant: Some(-15.0),
        rotation: Some(8.0),
        ..Conditions::default()
    };
    let many = Kind::String { digits: 10, gaps: -4.0..=20.0 };
    for (kind, count) in [(Kind::Digit, 1), (many, 10), (Kind::Sheet { rows: 3, columns: 10 }, 30)] {
        for n in 0..6 {
            let tilts = [[0.0, 0.0], [10.0, 10.0], [-10.0, 4.0]];
            for conditions in tilts.map(crooked).into_iter().chain([Conditions::default()]) {
                let made = maker.make_under(&kind, n, conditions);
                let boxes: Vec<_> = made.lines.iter().flat_map(|line| line.boxes.clone()).collect();
                assert_eq!(boxes.len(), count);
                for [left, top, width, height] in boxes {
                    assert!(left + width <= made.picture.width() && top + height <= made.picture.height());
                    let ink = ink_in(&made, [left, top, width, height]);
                    assert!(ink > 5, "{kind:?} {n}: {ink}");
                    // Nothing of it sticks out to the left, unless a neighbour may be there.
                    if kind == Kind::Digit && left > 1 {
                        assert_eq!(ink_in(&made, [left - 1, top, 1, height]), 0, "{n}");
                    }
                }
            }
        }
    }
}

#[test]
fn each_line_has_its_text_and_boxes_go_from_left_to_right() {
    let digits = digits();
    let maker = Maker::new(&digits, 8).unwrap();
    let made = maker.make(&Kind::Sheet { rows: 10, columns: 10 }, 0);
    assert_eq!((made.picture.dimensions(), made.lines.len()), ((1000, 1000), 10));
    for line in &made.lines {
        assert_eq!((line.text.len(), line.boxes.len()), (10, 10));
        assert!(line.boxes.windows(2).all(|pair| pair[0][0] + pair[0][2] <= pair[1][0] + 1));
    }
    assert!(made.lines.windows(2).all(|pair| pair[0].boxes[0][1] < pair[1].boxes[0][1]));
}

#[test]
fn gaps_are_those_that_were_asked_for() {
    let digits = digits();
    let maker = Maker::new(&digits, 8).unwrap();
    for gap in [-4.0, 0.0, 7.0, 20.0] {
        for n in 0..10 {
            let made =
                maker.make_under(&Kind::String { digits: 4, gaps: gap..=gap }, n, Conditions::default());
            for pair in made.lines[0].boxes.windows(2) {
                let found = pair[1][0] as f32 - (pair[0][0] + pair[0][2]) as f32;
                assert!((found - gap * made.size / 20.0).abs() <= 2.0, "{gap} {n}: {found}");
            }
        }
    }
}

#[test]
fn every_condition_changes_the_picture() {
    let digits = digits();
    let maker = Maker::new(&digits, 5).unwrap();
    let none = Conditions::default();
    let lines = |ruling| Lines { ruling, width: 1.5, darkness: 0.6, spacing: 0.5, offset: [0.3; 2] };
    let colours = Colours { paper: [240, 230, 200], ink: [20, 30, 120] };
    let all = [
        Conditions { slant: Some(10.0), ..none.clone() },
        Conditions { rotation: Some(5.0), ..none.clone() },
        Conditions { stroke: Some(0.0), ..none.clone() },
        Conditions { stroke: Some(1.5), ..none.clone() },
        Conditions { light_on_dark: true, ..none.clone() },
        Conditions { colours: Some(colours), ..none.clone() },
        Conditions { light: Some(Light::Slope { direction: 40.0, darkest: 0.6 }), ..none.clone() },
        Conditions { light: Some(Light::Vignette { darkest: 0.6 }), ..none.clone() },
        Conditions { blur: Some(0.03), ..none.clone() },
        Conditions { noise: Some(10.0), ..none.clone() },
        Conditions { jpeg: Some(50), ..none.clone() },
        Conditions { lines: Some(lines(Ruling::Ruled)), ..none.clone() },
        Conditions { lines: Some(lines(Ruling::Squared)), ..none.clone() },
        Conditions { lines: Some(lines(Ruling::Boxed)), ..none.clone() },
        Conditions { perspective: Some([8.0, -5.0]), ..none.clone() },
        Conditions { dust: Some(3.0), ..none.clone() },
    ];
    for n in 0..5 {
        let pictures: Vec<_> = [none.clone()]
            .iter()
            .chain(&all)
            .map(|conditions| maker.make_under(&Kind::Digit, n, conditions.clone()).picture)
            .collect();
        for (k, one) in pictures.iter().enumerate() {
            assert!(pictures[..k].iter().all(|other| other != one), "{n}: {:?}", all[k.saturating_sub(1)]);
        }
    }
}

#[test]
fn strokes_become_bold_and_thin() {
    let digits = digits();
    let maker = Maker::new(&digits, 5).unwrap();
    for n in 0..30 {
        let ink = |stroke| {
            let made = maker.make_under(
                &Kind::Digit,
                n,
                Conditions { stroke: Some(stroke), ..Conditions::default() },
            );
            ink_in(&made, made.lines[0].boxes[0]) as f32
        };
        let (hair, same, bold) = (ink(0.0), ink(1.0), ink(1.6));
        assert!(
            hair < 0.9 * same && bold > 1.1 * same || maker.make(&Kind::Digit, n).size < 30.0,
            "{n}: {hair} {same} {bold}"
        );
    }
}

#[test]
fn what_is_no_digit_has_no_text_and_blank_paper_no_ink() {
    let digits = digits();
    let maker = Maker::new(&digits, 5).unwrap();
    for kind in Nothing::ALL {
        for n in 0..10 {
            let made = maker.make_under(&Kind::Nothing(kind), n, Conditions::default());
            assert!(made.lines.is_empty());
            let (width, height) = made.picture.dimensions();
            assert_eq!(ink_in(&made, [0, 0, width, height]) > 0, kind != Nothing::Blank, "{kind:?} {n}");
            assert!(maker.make(&Kind::Nothing(kind), n).lines.is_empty());
        }
    }
}

#[test]
fn without_digits_there_is_no_maker_and_blank_digits_make_blank_pages() {
    let split = |images, labels| Split { images: vec![[0; 784]; images], labels: vec![0; labels] };
    let error = Maker::new(&split(0, 0), 0).unwrap_err();
    assert_eq!(error, NoDigits { images: 0, labels: 0 });
    assert!(Maker::new(&split(3, 2), 0).is_err() && error.to_string().contains("0 images"));
    let blank = split(3, 3);
    for kind in kinds() {
        Maker::new(&blank, 0).unwrap().make(&kind, u64::MAX);
    }
}
