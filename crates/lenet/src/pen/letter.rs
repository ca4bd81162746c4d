//! Letters from the two fonts that come with the program.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, PxScale};

use super::Canvas;

/// A font. Two, so that no shape of a letter in a test was ever trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// DejaVu Sans: for training.
    Sans,
    /// DejaVu Serif: for testing.
    Serif,
}

/// Letters that nobody takes for a digit when they stand alone.
///
/// Left out are those that are a digit's shape in some hand or in some font: O, o, Q and D (0), I, i, J, j and l (1),
/// Z and z (2), S and s (5), G and b (6), B (8), g and q (9).
pub const LETTERS: [char; 34] = [
    'A', 'C', 'E', 'F', 'H', 'K', 'L', 'M', 'N', 'P', 'R', 'T', 'U', 'V', 'W', 'X', 'Y', 'a', 'c', 'd', 'e',
    'f', 'h', 'k', 'm', 'n', 'p', 'r', 't', 'u', 'v', 'w', 'x', 'y',
];

static SANS: LazyLock<FontRef<'_>> =
    LazyLock::new(|| font(include_bytes!("../../fonts/DejaVuSans-ascii.ttf")));
static SERIF: LazyLock<FontRef<'_>> =
    LazyLock::new(|| font(include_bytes!("../../fonts/DejaVuSerif-letters.ttf")));

fn font(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the fonts that come with the program are fonts")
}

/// A letter, A to Z or a to z, on a canvas that just holds it. `height` is that of the whole line in pixels, from the
/// deepest descender to the highest ascender; capitals are about 0.63 of it. Other characters are blank paper.
pub fn letter(face: Face, letter: char, height: f32) -> Canvas {
    let font = match face {
        Face::Sans => &*SANS,
        Face::Serif => &*SERIF,
    };
    let glyph = font.glyph_id(letter).with_scale(PxScale::from(height));
    let outline = letter.is_ascii_alphabetic().then(|| font.outline_glyph(glyph)).flatten();
    let Some(outline) = outline else { return Canvas::new(1, 1) };
    let bounds = outline.px_bounds();
    let mut canvas = Canvas::new(bounds.width().ceil() as usize, bounds.height().ceil() as usize);
    outline.draw(|x, y, ink| canvas.put(x as usize, y as usize, (ink.clamp(0.0, 1.0) * 255.0).round() as u8));
    canvas.cropped()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_in_both_faces_and_they_differ() {
        for c in ('A'..='Z').chain('a'..='z') {
            let [sans, serif] = [Face::Sans, Face::Serif].map(|face| letter(face, c, 60.0));
            assert!(sans != serif, "{c}");
            for canvas in [sans, serif] {
                let ink = canvas.ink().iter().map(|&ink| u32::from(ink)).sum::<u32>() / 255;
                assert!(ink > 100 && canvas.height() > 25, "{c}: {ink}");
            }
        }
    }

    #[test]
    fn capitals_have_the_height_that_is_said_and_other_characters_are_blank() {
        assert_eq!(letter(Face::Sans, 'H', 100.0).height(), 63);
        for c in ['5', ' ', 'ä', '\0', '猫'] {
            assert_eq!(letter(Face::Serif, c, 50.0).ink_box(), None);
        }
        assert_eq!(letter(Face::Serif, 'A', 0.0).ink_box(), None);
    }
}
