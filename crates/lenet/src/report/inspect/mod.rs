//! A look inside a network: its kernels, its coefficients, what F6 makes of each class, and every layer's states for some
//! digits. As a page for a browser, one file that needs no other ([`page`]), or as a picture ([`sheet`]).
//!
//! ```
//! use lenet::data::Split;
//! use lenet::eval::{classes, evaluate};
//! use lenet::kernels::level::Level;
//! use lenet::net::Parameters;
//! use lenet::report::inspect::{Subject, page};
//! use lenet::workers::Workers;
//!
//! let (level, parameters) = (Level::new(), Parameters::zeros());
//! let digits = Split { images: vec![[0; 784]; 2], labels: vec![3, 4] };
//! let subject = Subject {
//!     name: "an empty network",
//!     data: "white paper",
//!     level,
//!     parameters: &parameters,
//!     digits: &digits,
//!     evaluation: &evaluate(level, &parameters, &digits, &Workers::all()?),
//!     classes: &classes(level, &parameters, &digits),
//! };
//! let page = page(&subject, &[0, 1]);
//! assert!(page.starts_with("<!DOCTYPE html>") && page.contains("Table I"));
//! # Ok::<(), lenet::workers::WorkersError>(())
//! ```

mod network;
mod digits;
mod sheet;

pub use sheet::sheet;

use image::RgbaImage;

use crate::data::Split;
use crate::eval::{Class, Evaluation};
use crate::kernels::level::Level;
use crate::net::{Parameters, State, forward};
use crate::report::html;

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What the network is called, for example its file.
    pub name: &'a str,
    /// What the digits are called, for example "mnist, test set".
    pub data: &'a str,
    /// The level that the states are computed at.
    pub level: Level,
    /// The network.
    pub parameters: &'a Parameters,
    /// The digits.
    pub digits: &'a Split,
    /// What the network made of them.
    pub evaluation: &'a Evaluation,
    /// And how it sees their classes.
    pub classes: &'a [Option<Class>; 10],
}

/// Misread digits among [`usual_digits`].
const MISREAD: usize = 4;

/// The digits to show if nobody asks for others: the first of each class, then the few most surely misread.
pub fn usual_digits(digits: &Split, evaluation: &Evaluation) -> Vec<usize> {
    let first = |class: u8| digits.labels.iter().position(|&label| label == class);
    let mut usual: Vec<usize> = (0..10).filter_map(first).collect();
    for misread in evaluation.worst().iter().take(MISREAD) {
        if !usual.contains(&misread.index) {
            usual.push(misread.index);
        }
    }
    usual
}

/// The page: markup that is HTML and well-formed XML at once, with its pictures inside. Equal arguments give equal pages.
///
/// # Panics
/// When an index of `shown` lies outside the digits.
pub fn page(subject: &Subject<'_>, shown: &[usize]) -> String {
    let mut body = network::head(subject);
    body += &network::layers();
    body += &network::c1(subject.parameters);
    body += &network::subsampling(subject.parameters);
    body += &network::c3(subject.parameters);
    body += &digits::classes(subject);
    body += &digits::states(subject, shown);
    html::document(&format!("Inside {}", subject.name), "", &body)
}

/// A layer's states as a picture: the layer, the picture, and its enlargement.
pub(crate) struct LayerPicture {
    pub(crate) layer: &'static str,
    pub(crate) picture: RgbaImage,
    pub(crate) zoom: u32,
}

/// The states of all layers but the output, as the page shows them.
pub(crate) fn layer_pictures(state: &State) -> Vec<LayerPicture> {
    let layers = state.layers();
    let of = |shown: &digits::Shown| {
        let (_, values) = layers.iter().find(|(key, _)| *key == shown.key)?;
        let picture = digits::picture(shown, values);
        Some(LayerPicture { layer: shown.name, picture, zoom: shown.zoom })
    };
    digits::SHOWN.iter().filter_map(of).collect()
}

/// The states of all layers for a digit.
fn look(subject: &Subject<'_>, index: usize) -> State {
    let mut state = State::new();
    state.set_image(&subject.digits.images[index]);
    forward(subject.level, subject.parameters, &mut state);
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::{classes, evaluate};
    use crate::train::Recipe;
    use crate::workers::Workers;
    use rand::{SeedableRng, rngs::ChaCha8Rng};
    use roxmltree::{Document, Node, ParsingOptions};

    /// Looks at a network fresh from its initial values, which misreads most of a few made-up digits.
    fn with_subject<T>(use_it: impl FnOnce(&Subject<'_>) -> T) -> T {
        let level = Level::new();
        let parameters = Recipe::paper_1998().initial.draw(&mut ChaCha8Rng::seed_from_u64(1));
        let images: Vec<[u8; 784]> =
            (0..24u32).map(|n| std::array::from_fn(|k| ((k as u32 * (n + 3) * 37) % 251) as u8)).collect();
        // There is no 9.
        let digits = Split { images, labels: (0..24).map(|n| n % 9).collect() };
        let workers = Workers::new(1).unwrap();
        use_it(&Subject {
            name: "runs/<a> & \"b\"",
            data: "made-up digits",
            level,
            parameters: &parameters,
            digits: &digits,
            evaluation: &evaluate(level, &parameters, &digits, &workers),
            classes: &classes(level, &parameters, &digits),
        })
    }

    fn text(node: Node<'_, '_>) -> String {
        node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
    }

    #[test]
    fn the_page_is_well_formed_and_shows_every_layer_with_words_for_every_picture() {
        let shown = [0, 5, 23];
        let page = with_subject(|subject| page(subject, &shown));
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        let document = Document::parse_with_options(&page, options).unwrap();
        let elements =
            |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
        // Pictures: 6 kernels, 60 kernels, of nine classes the code, the mean, the nearest and the farthest digit, of every
        // digit shown seven layers; drawings: four of S2 and S4, and the penalties of every digit shown.
        let pictures: Vec<Node<'_, '_>> = elements("img").collect();
        assert_eq!(pictures.len(), 6 + 60 + 9 * 4 + shown.len() * 7);
        for picture in pictures {
            assert!(picture.attribute("alt").is_some_and(|alt| alt.len() > 8), "{picture:?}");
            assert!(
                picture.attribute("src").is_some_and(|src| src.starts_with("data:image/png;base64,iVBOR"))
            );
        }
        let svg = ("http://www.w3.org/2000/svg", "svg");
        let drawings: Vec<Node<'_, '_>> = document.descendants().filter(|n| n.has_tag_name(svg)).collect();
        assert_eq!(drawings.len(), 4 + shown.len());
        assert!(drawings.iter().all(|drawing| drawing.attribute("aria-label").is_some_and(|l| l.len() > 20)));
        for index in shown {
            let id = format!("digit-{index}");
            let card = document.descendants().find(|node| node.attribute("id") == Some(&id)).expect(&id);
            let captions: Vec<String> =
                card.descendants().filter(|node| node.has_tag_name("figcaption")).map(text).collect();
            for layer in ["input", "C1", "S2", "C3", "S4", "C5", "F6", "output"] {
                assert!(captions.iter().any(|caption| caption.starts_with(layer)), "{layer}: {captions:?}");
            }
        }
        let layers = text(elements("table").next().unwrap());
        for part in ["C1", "S2", "C3", "S4", "C5", "F6", "output", "60,000", "340,908"] {
            assert!(layers.contains(part), "{part}: {layers}");
        }
        assert!(elements("title").next().unwrap().text().unwrap().contains("runs/<a> & \"b\""));
    }

    #[test]
    fn the_page_asks_for_nothing_from_elsewhere_and_is_the_same_every_time() {
        let pages = [0; 2].map(|_| with_subject(|subject| page(subject, &[1])));
        assert_eq!(pages[0], pages[1]);
        // The names of XML's vocabularies look like addresses.
        let page = pages[0].replace("xmlns=\"http:", "");
        for reference in ["http:", "https:", "url(", "@import", "<script", "<link"] {
            assert!(!page.contains(reference), "{reference}");
        }
    }

    #[test]
    fn the_usual_digits_are_one_of_each_class_and_the_surest_errors() {
        with_subject(|subject| {
            let usual = usual_digits(subject.digits, subject.evaluation);
            assert_eq!(usual[..9], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
            let worst = subject.evaluation.worst();
            assert!(worst.iter().take(MISREAD).all(|misread| usual.contains(&misread.index)));
            assert!(usual.len() <= 10 + MISREAD);
        });
    }

    #[test]
    fn the_sheet_has_a_row_for_each_digit() {
        with_subject(|subject| {
            let heights: Vec<u32> = [0, 1, 3].map(|n| sheet(subject, &[2, 4, 6][..n]).height()).to_vec();
            assert!(heights[1] > heights[0]);
            assert_eq!(heights[2] - heights[0], 3 * (heights[1] - heights[0]));
        });
    }
}
