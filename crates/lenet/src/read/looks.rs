//! A small picture is looked at in several sizes, and what two of the looks say is taken.
//!
//! Where digits are a dozen pixels high and strokes and rules one or two wide, it hangs on how they fall between the pixels whether a stroke holds
//! together, and whether a rule is found. Between pixels the picture goes on smoothly, and enlarged it shows more of that; in another
//! size other things go wrong. A large picture is looked at reduced first: it may be a close-up.

use image::GrayImage;
use image::imageops::{FilterType, resize, thumbnail};

use super::page::Page;
use super::picture::Grey;
use super::reader::Reader;

/// Pictures whose shorter side has fewer pixels than this are looked at so many times as large, the look to trust most first. Larger ones are
/// looked at once: what is drawn there is drawn well enough.
const TIMES: [(usize, [f32; 3]); 2] = [(100, [2.0, 1.5, 1.0]), (200, [1.0, 1.5, 0.75])];
/// Pictures of more pixels than this are looked at once too: it would take long.
const MOST: usize = 200_000;
/// Pictures whose longer side has more pixels than this may be close-ups: they are looked at reduced to so many first,
const CLOSE: usize = 1_500;
const REDUCED: usize = 1_000;
/// and are close-ups if most digits are so many pixels high then.
const LARGE: usize = 200;

impl Reader {
    /// Reads a page, on the thread that asks. A small one is read up to three times.
    pub fn read(&self, grey: &Grey) -> Page {
        let (width, height) = (grey.width, grey.height);
        let times = TIMES.iter().find(|(smaller, _)| width.min(height) < *smaller);
        let Some((_, times)) = times.filter(|_| width * height <= MOST) else {
            return self.close_up(grey).unwrap_or_else(|| self.look(grey));
        };
        let mut looks: Vec<Page> = Vec::new();
        for times in times {
            let page = self.look(&enlarged(grey, *times)).shrunk(*times);
            if let Some(same) = looks.iter().position(|look| look.digits() == page.digits()) {
                return looks.swap_remove(same);
            }
            looks.push(page);
        }
        looks.swap_remove(0)
    }
}

impl Reader {
    /// What is on a large picture whose digits nearly fill it: their strokes would be taken for paper in its full size.
    fn close_up(&self, grey: &Grey) -> Option<Page> {
        let longer = grey.width.max(grey.height);
        if longer <= CLOSE {
            return None;
        }
        let times = REDUCED as f32 / longer as f32;
        let page = self.look(&reduced(grey, times)?);
        let mut heights: Vec<usize> = page.digits_found().map(|digit| digit.bbox.height).collect();
        heights.sort_unstable();
        let usual = *heights.get(heights.len() / 2)?;
        (usual >= LARGE).then(|| page.shrunk(times))
    }
}

/// The picture so many times as large, which is smaller.
fn reduced(grey: &Grey, times: f32) -> Option<Grey> {
    let [width, height] = [grey.width, grey.height].map(|side| ((side as f32 * times) as u32).max(1));
    let picture = GrayImage::from_raw(grey.width as u32, grey.height as u32, grey.pixels.clone())?;
    let pixels = thumbnail(&picture, width, height).into_raw();
    Some(Grey { width: width as usize, height: height as usize, pixels })
}

/// The picture so many times as large, smooth between its pixels; as it is if it has none, or not as many as it says.
fn enlarged(grey: &Grey, times: f32) -> Grey {
    let [width, height] = [grey.width, grey.height].map(|side| (side as f32 * times) as u32);
    let picture = GrayImage::from_raw(grey.width as u32, grey.height as u32, grey.pixels.clone());
    match picture {
        Some(picture) if width > 0 && height > 0 && times != 1.0 => Grey {
            width: width as usize,
            height: height as usize,
            pixels: resize(&picture, width, height, FilterType::CatmullRom).into_raw(),
        },
        _ => grey.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_is_not_what_it_says_is_looked_at_as_it_is() {
        let none = Grey { width: 0, height: 9, pixels: Vec::new() };
        assert_eq!(enlarged(&none, 2.0), none);
        let short = Grey { width: 3, height: 3, pixels: vec![7; 8] };
        assert_eq!(enlarged(&short, 2.0), short);
        let whole = Grey { width: 3, height: 3, pixels: vec![7; 9] };
        assert_eq!(enlarged(&whole, 1.5), Grey { width: 4, height: 4, pixels: vec![7; 16] });
    }

    #[cfg(feature = "bundled")]
    #[test]
    fn boxes_of_a_small_page_are_in_pixels_of_the_picture() {
        use crate::data::Dataset;
        use crate::pages::{Conditions, Kind, Maker};
        use crate::read::evaluation::grey;

        let digits = Dataset::bundled().train;
        let maker = Maker::new(&digits, 3).unwrap();
        let kind = Kind::String { digits: 3, gaps: 8.0..=12.0 };
        let small = (0..).map(|n| maker.make_under(&kind, n, Conditions::default()));
        let made = small.into_iter().find(|made| (20.0..24.0).contains(&made.size)).unwrap();
        let page = Reader::shipped().read(&grey(&made));
        assert_eq!(page.digits(), made.lines[0].text);
        for (digit, [x, y, width, height]) in page.lines[0].digits.iter().zip(&made.lines[0].boxes) {
            let bbox = digit.bbox;
            let found = [bbox.x, bbox.y, bbox.width, bbox.height];
            let there = [*x, *y, *width, *height].map(|number| number as usize);
            assert!(found.iter().zip(there).all(|(a, b)| a.abs_diff(b) <= 2), "{found:?} {there:?}");
        }
    }
}
