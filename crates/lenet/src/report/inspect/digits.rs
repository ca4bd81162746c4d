//! The part of the page that shows digits: what F6 makes of each class, and every layer's states for some.

use image::RgbaImage;

use super::network::range;
use super::{Subject, look};
use crate::data::normalise::scale;
use crate::data::{Image, SIDE};
use crate::eval::{Class, Distance};
use crate::net::State;
use crate::paper::{A, CODE_COLUMNS, CODE_ROWS, CODES};
use crate::report::html::{Bar, bars, figure, img, legend, section};
use crate::report::paint::{Grid, ink, signed};
use crate::report::table::grouped;

/// A code, or states of F6 in its shape.
pub(super) const CODE_GRID: Grid = Grid::one(CODE_ROWS, CODE_COLUMNS);

/// A layer of pictures: its name as [`State::layers`] has it and on the page, how its maps lie, pixels for each unit.
pub(super) struct Shown {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) grid: Grid,
    pub(super) zoom: u32,
    /// What the picture shows.
    pub(super) words: &'static str,
}

/// All layers but the output. C5's 120 units have no places of their own; they stand in rows.
pub(super) const SHOWN: [Shown; 7] = [
    Shown { key: "input", name: "input", grid: Grid::one(32, 32), zoom: 3, words: "32&#215;32" },
    Shown {
        key: "c1",
        name: "C1",
        grid: Grid { rows: 28, columns: 28, across: 3 },
        zoom: 2,
        words: "6 @ 28&#215;28",
    },
    Shown {
        key: "s2",
        name: "S2",
        grid: Grid { rows: 14, columns: 14, across: 3 },
        zoom: 3,
        words: "6 @ 14&#215;14",
    },
    Shown {
        key: "c3",
        name: "C3",
        grid: Grid { rows: 10, columns: 10, across: 4 },
        zoom: 4,
        words: "16 @ 10&#215;10",
    },
    Shown {
        key: "s4",
        name: "S4",
        grid: Grid { rows: 5, columns: 5, across: 4 },
        zoom: 5,
        words: "16 @ 5&#215;5",
    },
    Shown { key: "c5", name: "C5", grid: Grid::one(12, 10), zoom: 8, words: "120 units" },
    Shown { key: "f6", name: "F6", grid: CODE_GRID, zoom: 8, words: "84, as 7&#215;12" },
];

/// A card for each class: its code, F6's mean state, its nearest and its farthest digit.
pub(super) fn classes(subject: &Subject<'_>) -> String {
    let cards: String = subject
        .classes
        .iter()
        .enumerate()
        .filter_map(|(digit, class)| Some(card(subject, digit, class.as_ref()?)))
        .collect();
    let text = "<p>The code of a class is a stylised picture of the character: +1 for black, &#8722;1 for white. Beside it \
                F6&#8217;s mean state over the digits of the class, and its squared distance to the code. The paper&#8217;s \
                criterion draws F6 to the codes; one that asks for differences of penalties only, as the recipe \
                <code>fast</code> does, does not. Below, the digits with the smallest and the largest penalty of their own \
                class, that penalty, and their number in the set: the nearest to the code, and the farthest \
                from it.</p>\n";
    section(
        "classes",
        "F6 and the classes",
        &format!("{text}{}<div class=\"cards\">\n{cards}</div>\n", legend(A)),
    )
}

fn card(subject: &Subject<'_>, digit: usize, class: &Class) -> String {
    let code = img(&signed(&CODES[digit], CODE_GRID, A), 8, &format!("The 7x12 code of class {digit}"));
    let alt = format!("F6's mean state over digits of class {digit}, {}", range(&class.mean));
    let mean = img(&signed(&class.mean, CODE_GRID, A), 8, &alt);
    let distance: f32 = class.mean.iter().zip(&CODES[digit]).map(|(x, w)| (x - w) * (x - w)).sum();
    let extreme = |what: &str, found: &Distance| {
        let alt = format!("Digit {} of the set, a {digit}, the {what} of its class", found.index);
        let picture = img(&ink(&inputs(&subject.digits.images[found.index]), Grid::one(SIDE, SIDE)), 2, &alt);
        let answer = if usize::from(found.answer) == digit {
            String::new()
        } else {
            format!("<br /><span class=\"wrong\">read as {}</span>", found.answer)
        };
        figure(&picture, &format!("{what}<br />{:.1}<br />no. {}{answer}", found.penalty, found.index))
    };
    format!(
        "<div class=\"card\"><h3>{digit} <span class=\"faint\">{} digits</span></h3>\n<div class=\"row\">{}{}</div>\n\
         <div class=\"row\">{}{}</div></div>\n",
        grouped(class.digits),
        figure(&code, "code<br />&#160;"),
        figure(&mean, &format!("mean state<br />{distance:.1}")),
        extreme("nearest", &class.nearest),
        extreme("farthest", &class.farthest),
    )
}

/// An image as the network takes it, without its frame.
fn inputs(image: &Image) -> Vec<f32> {
    image.iter().map(|&pixel| scale(pixel)).collect()
}

/// A card for each digit shown, with the states of every layer.
pub(super) fn states(subject: &Subject<'_>, shown: &[usize]) -> String {
    let cards: String = shown.iter().map(|&index| states_of(subject, index)).collect();
    let text = "<p>From left to right as the digit walks through the network. The output is a penalty for each class, the \
                squared distance of F6 to its code; the smallest is the answer. The true class is green, a wrong answer \
                red.</p>\n";
    section("digits", "Digits, layer by layer", &format!("{text}{}{cards}", legend(A)))
}

fn states_of(subject: &Subject<'_>, index: usize) -> String {
    let state = look(subject, index);
    let (truth, answer) = (subject.digits.labels[index], state.class());
    let layers = state.layers();
    let figures: String = SHOWN
        .iter()
        .map(|shown| {
            let (_, values) =
                layers.iter().find(|(key, _)| *key == shown.key).expect("a layer of the network");
            let picture = picture(shown, values);
            let alt = format!("{} of digit {index}, a {truth}: states {}", shown.name, range(values));
            figure(&img(&picture, shown.zoom, &alt), &format!("<b>{}</b><br />{}", shown.name, shown.words))
        })
        .collect();
    let verdict = if answer == truth {
        format!("<span class=\"right\">read as {answer}</span>")
    } else {
        format!("<span class=\"wrong\">read as {answer}</span>")
    };
    format!(
        "<div class=\"card digit\" id=\"digit-{index}\"><h3>No. {index}: a {truth}, {verdict}</h3>\n<div \
         class=\"row\">{figures}{}</div></div>\n",
        figure(&penalties(&state, index, truth), "<b>output</b><br />10 penalties")
    )
}

/// The states of a layer as a picture: ink for the input, signed values in the range of the squashing function else.
pub(super) fn picture(shown: &Shown, values: &[f32]) -> RgbaImage {
    if shown.key == "input" { ink(values, shown.grid) } else { signed(values, shown.grid, A) }
}

fn penalties(state: &State, index: usize, truth: u8) -> String {
    let answer = state.class();
    let values = state.output().iter().zip(0u8..).map(|(&value, class)| Bar {
        label: class.to_string(),
        value,
        class: match class {
            class if class == truth => "truth",
            class if class == answer => "mistake",
            _ => "penalty",
        },
    });
    let what = format!("Penalties of the ten classes for digit {index}, a {truth} read as {answer}");
    bars(&what, &values.collect::<Vec<_>>(), 1)
}
