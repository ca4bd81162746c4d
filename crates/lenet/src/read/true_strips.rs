//! Strips of digits that touch as the reader finds them on pages whose text is known: what the network of pieces is taught with beside
//! single pieces (`train`, [`crate::lattice`]).

use rayon::prelude::*;

use super::boxes::Box;
use super::evaluation::grey;
use super::lessons::{SAME, SEED, in_common, with_other_hands};
use super::reader::{OnPage, SIZES};
use crate::data::Split;
use crate::lattice::TrueStrip;
use crate::pages::{Kind, Made, Maker};
use crate::pen::Face;
use crate::workers::Workers;

/// On one of so many pages a part that is one digit is taken too: a string may be one digit.
const SINGLE: u64 = 4;
/// Wider strips have too many pieces to be worth their time.
const WIDEST: usize = 200;

/// Strips from pages with strings of these digits, two to five of them that touch or nearly do, under conditions by chance; about three for
/// four pages, of which there is one for every digit. From the same digits always the same.
///
/// ```
/// use lenet::data::{Dataset, Split};
/// use lenet::{read, workers::Workers};
///
/// let train = Dataset::bundled().train;
/// let few = Split { images: train.images[..40].to_vec(), labels: train.labels[..40].to_vec() };
/// let strips = read::true_strips(&few, &Workers::all()?);
/// assert!(strips.iter().all(|known| known.strip.ink.len() == 32 * known.strip.width));
/// # Ok::<(), lenet::workers::WorkersError>(())
/// ```
pub fn true_strips(digits: &Split, workers: &Workers) -> Vec<TrueStrip> {
    let written = with_other_hands(digits);
    let Ok(maker) = Maker::new(&written, SEED) else { return Vec::new() };
    let maker = maker.writing(Face::Sans);
    let pages = 0..digits.len() as u64;
    let found: Vec<Vec<TrueStrip>> =
        workers.enter(|| pages.into_par_iter().map(|n| on_page(&maker, n)).collect());
    found.into_iter().flatten().collect()
}

/// The strings of a page: mostly five digits that overlap.
fn kind(n: u64) -> Kind {
    let (digits, gaps) = match n % 8 {
        0..=4 => (5, -4.0..=0.0),
        5 => (5, -2.0..=4.0),
        6 => (3, -4.0..=2.0),
        _ => (2, -4.0..=2.0),
    };
    Kind::String { digits, gaps }
}

/// The strips of a page, for one height of the digits of those that the reader tries.
fn on_page(maker: &Maker<'_>, n: u64) -> Vec<TrueStrip> {
    let made = maker.make(&kind(n), n);
    let Ok(found) = OnPage::on(&grey(&made)) else { return Vec::new() };
    let size = SIZES[(n / 8) as usize % SIZES.len()];
    let texts = texts(&made, &found.boxes());
    let strips = texts.into_iter().zip(found.strips(size)).filter_map(|(text, strip)| {
        let text = text.filter(|text| text.len() > 1 || n.is_multiple_of(SINGLE))?;
        Some(TrueStrip { strip: strip(), text })
    });
    strips.filter(|known| known.strip.width <= WIDEST).collect()
}

/// What stands in each part: the digits of which no other part has more, if they and the part have as much in common as a thing and its
/// digit must have.
fn texts(made: &Made, parts: &[Box]) -> Vec<Option<Vec<u8>>> {
    let mut owned: Vec<Option<(Box, Vec<u8>)>> = vec![None; parts.len()];
    for line in &made.lines {
        for (pixels, letter) in line.boxes.iter().zip(line.text.bytes()) {
            let [x, y, width, height] = pixels.map(|pixels| pixels as usize);
            let digit = Box { x, y, width, height };
            let shared = |part: &Box| part.shared_columns(&digit).max(0) * part.shared_rows(&digit).max(0);
            let owner = (0..parts.len()).max_by_key(|k| shared(&parts[*k]));
            if let Some(owned) = owner.and_then(|k| owned.get_mut(k)) {
                let (all, text) = owned.get_or_insert((digit, Vec::new()));
                *all = all.and(&digit);
                text.push(letter - b'0');
            }
        }
    }
    let text = |(part, owned): (&Box, Option<(Box, Vec<u8>)>)| {
        owned.filter(|(all, _)| in_common(all, part) >= SAME).map(|(_, text)| text)
    };
    parts.iter().zip(owned).map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::{Conditions, TrueLine};

    #[test]
    fn parts_own_the_digits_that_they_have_the_most_of() {
        let line = TrueLine {
            text: "471".to_string(),
            boxes: vec![[0, 0, 20, 30], [18, 2, 20, 30], [60, 0, 6, 30]],
        };
        let picture = image::RgbImage::new(1, 1);
        let made = Made { picture, lines: vec![line], conditions: Conditions::default(), size: 30.0 };
        let part = |x, width| Box { x, y: 0, width, height: 32 };
        let texts = texts(&made, &[part(0, 38), part(45, 4), part(59, 8)]);
        assert_eq!(texts, [Some(vec![4, 7]), None, Some(vec![1])]);
        // A part that has much besides is not known.
        assert_eq!(super::texts(&made, &[part(0, 300)]), [None]);
    }

    #[cfg(feature = "bundled")]
    #[test]
    fn the_same_digits_give_the_same_strips_and_most_are_of_several_digits() {
        let train = crate::data::Dataset::bundled().train;
        let few = Split { images: train.images[..160].to_vec(), labels: train.labels[..160].to_vec() };
        let [one, two] = [1, 2].map(|threads| true_strips(&few, &Workers::new(threads).unwrap()));
        assert!(one == two);
        assert!((80..=240).contains(&one.len()), "{}", one.len());
        let several = one.iter().filter(|known| known.text.len() > 1).count();
        assert!(several * 10 > one.len() * 7, "{several} of {}", one.len());
    }
}
