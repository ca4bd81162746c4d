//! Pages as people have them: a sheet on a desk, a title, two pens, a close-up, prices.

use lenet::read::{Polarity, Reader};

use crate::sketch::{PLAIN, Sketch, changed, padded};

/// Lines of training digits from `top` on, each so many rows below the one before.
fn lines(sketch: &mut Sketch, numbers: &[usize], size: f32, [top, pitch]: [usize; 2]) {
    for (line, numbers) in numbers.chunks(5).enumerate() {
        for (k, number) in numbers.iter().enumerate() {
            sketch.digit(*number, size, 20 + (size * 1.2) as usize * k, top + pitch * line);
        }
    }
}

fn read(sketch: &Sketch) -> String {
    Reader::shipped().read(&sketch.grey()).text().replace(['\n', ' '], "")
}

#[test]
fn a_sheet_on_a_dark_desk_is_read_and_is_no_digit_itself() {
    let mut sheet = Sketch::new(400, 560);
    lines(&mut sheet, &PLAIN.repeat(3), 44.0, [30, 84]);
    for desk in [30, 60, 90] {
        let page = padded(&sheet.on(235.0, 40.0), [160; 4], desk);
        let found = Reader::shipped().read(&page);
        assert_eq!(found.text().replace(['\n', ' '], ""), sheet.text, "{desk}");
        assert_eq!(found.polarity, Some(Polarity::DarkOnLight), "{desk}");
    }
}

#[test]
fn small_lines_below_a_large_title_are_read() {
    for title in [60.0, 150.0] {
        let mut page = Sketch::new(760, 560);
        page.digit(1, title, 30, 10);
        page.digit(2, title, 50 + title as usize, 10);
        lines(&mut page, &PLAIN, 40.0, [300, 90]);
        assert_eq!(read(&page), page.text, "{title}");
    }
}

#[test]
fn the_paler_of_two_pens_is_read() {
    for pale in [0.8, 0.4] {
        let mut dark = Sketch::new(340, 220);
        lines(&mut dark, &PLAIN[..5], 40.0, [20, 90]);
        let mut light = Sketch::new(340, 220);
        lines(&mut light, &PLAIN[5..], 40.0, [120, 90]);
        let other = light.on(0.0, pale * 255.0);
        let page = changed(&dark.grey(), |x, y, level| level - f32::from(other.pixels[y * 340 + x]));
        let found = Reader::shipped().read(&page).text().replace(['\n', ' '], "");
        assert_eq!(found, dark.text + &light.text, "{pale}");
    }
}

#[test]
fn a_digit_that_fills_a_large_picture_is_read() {
    for number in &PLAIN[..4] {
        let mut page = Sketch::new(3400, 3100);
        page.digit(*number, 2200.0, 160, 10);
        assert_eq!(Reader::shipped().read(&page.on(235.0, 40.0)).text(), page.text);
    }
}

#[test]
fn a_comma_is_no_line_of_its_own() {
    let mut prices = Sketch::new(400, 220);
    for top in [20, 120] {
        for (k, number) in PLAIN[..4].iter().enumerate() {
            prices.digit(*number, 40.0, 20 + 52 * k + if k > 1 { 24 } else { 0 }, top);
        }
        let foot = top as f32 + 48.0;
        prices.line([136.0, foot - 4.0], [132.0, foot + 12.0], 4.0, 1.0);
    }
    let found = Reader::shipped().read(&prices.grey());
    assert_eq!((found.lines.len(), found.text().replace(['\n', ' '], "")), (2, prices.text));
}
