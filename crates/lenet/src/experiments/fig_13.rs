//! Figure 13: digits that are turned, moved, slanted, larger, smaller, noisy.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::outcome::{Content, Figure, Gallery, Picture, Table};
use super::{Experiment, Judgement, Laboratory, Origin, Outcome, Unfinished};
use crate::data::{Image, SIDE, Split};
use crate::distort::Distortion;
use crate::distort::{Affine, mapped};
use crate::eval::{Evaluation, evaluate};
use crate::net::{Parameters, State, forward};
use crate::paper::{NOISE, ROBUST_ROTATION, ROBUST_SCALE, ROBUST_SHIFT};
use crate::report::inspect::{LayerPicture, layer_pictures};
use crate::report::paint::data_uri;
use crate::report::plot::{Axis, Limit, Lines, Point, Series, Source};
use crate::train::Recipe;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "fig-13",
    title: "Figure 13: robustness",
    claim: "Digits that are turned, scaled or moved up and down as far as the paper says, and noisy ones after training on such, are mostly read right.",
    origin: Origin::Paper,
    paper: "Good recognition is estimated for rotations of up to 30 degrees either way, scales up to a factor of 2, and vertical shifts of half the height \
            of a digit; a network trained with a tenth of the pixels inverted reads noisy digits (p. 16-17, Fig. 13).",
    version: 3,
    run,
};

/// A way of making digits harder, and how far.
struct Harder {
    name: &'static str,
    title: &'static str,
    axis: &'static str,
    /// A strength in words.
    words: fn(f64) -> String,
    strengths: &'static [f64],
    /// The strengths, either way, up to which the paper calls LeNet-5 robust.
    limits: &'static [f64],
    /// The network that is to be robust, by its place: the one trained on distorted digits, or the one on noisy ones.
    judged: usize,
    /// Whether parts of digits may leave the field.
    cuts: bool,
    make: fn(&Image, f64, u64) -> Image,
}

/// Places of the networks: trained on digits as they are, on distorted ones, on noisy ones.
const DISTORTED: usize = 1;
const NOISY: usize = 2;

const ALL: [Harder; 5] = [
    Harder {
        name: "fig-13-rotation",
        title: "Error by rotation",
        axis: "degrees",
        words: |x| format!("turned by {x} degrees"),
        strengths: &[-60.0, -45.0, -30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0, 45.0, 60.0],
        limits: &[-ROBUST_ROTATION, ROBUST_ROTATION],
        judged: DISTORTED,
        cuts: true,
        make: |image, degrees, _| {
            mapped(image, &Affine { rotation: degrees.to_radians(), ..Affine::IDENTITY })
        },
    },
    Harder {
        name: "fig-13-scale",
        title: "Error by scale",
        axis: "size, as a multiple of the digit's own",
        words: |x| format!("at {x} times its size"),
        strengths: &[0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0],
        limits: &[1.0 / ROBUST_SCALE, ROBUST_SCALE],
        judged: DISTORTED,
        cuts: true,
        make: |image, scale, _| mapped(image, &Affine { scale, ..Affine::IDENTITY }),
    },
    Harder {
        name: "fig-13-shift",
        title: "Error by vertical shift",
        axis: "pixels down",
        words: |x| format!("moved {} by {} pixels", if x < 0.0 { "up" } else { "down" }, x.abs()),
        strengths: &[-10.0, -8.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0],
        limits: &[-ROBUST_SHIFT, ROBUST_SHIFT],
        judged: DISTORTED,
        cuts: true,
        make: |image, down, _| mapped(image, &Affine { translation: [down, 0.0], ..Affine::IDENTITY }),
    },
    Harder {
        name: "fig-13-slant",
        title: "Error by slant",
        axis: "pixels to the right for each pixel down",
        words: |x| format!("slanted by {x}"),
        strengths: &[-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0],
        limits: &[],
        judged: DISTORTED,
        cuts: true,
        make: |image, shear, _| mapped(image, &Affine { shear, ..Affine::IDENTITY }),
    },
    Harder {
        name: "fig-13-noise",
        title: "Error by salt-and-pepper noise",
        axis: "share of pixels inverted",
        words: |x| format!("with {} % of its pixels inverted", 100.0 * x),
        strengths: &[0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3],
        limits: &[NOISE],
        judged: NOISY,
        cuts: false,
        make: inverted,
    },
];

fn run(laboratory: &mut Laboratory<'_>) -> Result<Outcome, Unfinished> {
    let budget = laboratory.budget();
    let mut networks = Vec::new();
    for (name, recipe) in [
        ("trained on digits as they are", budget.plain()),
        ("on distorted ones", budget.distorted()),
        ("on noisy ones", noisy(budget.plain())),
    ] {
        let first = laboratory.train_seeds("training", &recipe)?.swap_remove(0);
        networks.push((name, first.parameters));
    }
    let steps: usize = ALL.iter().map(|harder| harder.strengths.len()).sum();
    let (mut figures, mut tables, mut done) = (Vec::new(), Vec::new(), 0);
    let (mut at_limits, mut parts) = (Vec::new(), Vec::new());
    for harder in &ALL {
        let mut curves = vec![Vec::new(); networks.len()];
        for &strength in harder.strengths {
            laboratory.progress("making digits harder to read", done, steps as u64)?;
            done += 1;
            let digits = made_harder(laboratory, harder, strength);
            let errors = errors(laboratory, &digits, &networks);
            if harder.limits.contains(&strength) {
                let judged = &errors[harder.judged];
                parts.push(Judgement::most(judged.patterns - judged.errors(), judged.patterns));
                at_limits.push(at_limit(harder, strength, &digits, &errors));
            }
            for (curve, evaluation) in curves.iter_mut().zip(errors) {
                let interval = Some(evaluation.interval_percent());
                curve.push(Point { x: strength, y: evaluation.error_percent(), interval });
            }
        }
        tables.push(table(harder, &networks, &curves));
        figures.push(figure(harder, &networks, curves));
    }
    figures.push(examples(laboratory, &networks[DISTORTED].1));
    Ok(Outcome {
        judgement: Judgement::all(parts),
        verdict: format!(
            "Misread at the ends of the paper's ranges by the network trained on digits as they are, on distorted and on noisy ones: {}. \
             What is cut off is not there to be read: twice as large, or moved so far, digits do not fit into a field of 28x28 pixels.",
            at_limits.join("; ")
        ),
        method: vec![format!(
            "Recipes {}, {} and {}, seed 1; every test digit is made harder by the same strength. The field is 28x28 pixels in its white frame: what leaves \
             it is lost, and a digit with ink at its edge counts as cut off. Good recognition, as the paper says, is taken to be that more than half of the \
             digits are read, by the network trained on distorted digits, at both ends of each range; of noisy ones by that trained on noisy ones. \
             Intervals are Wilson's, 95 %.",
            budget.plain().name,
            budget.distorted().name,
            noisy(budget.plain()).name
        )],
        figures,
        tables,
    })
}

/// The recipe for digits with a tenth of their pixels inverted (p. 16), other ones in every pass.
fn noisy(recipe: Recipe) -> Recipe {
    let distortion = Distortion { noise: NOISE as f32, ..Distortion::default() };
    Recipe { name: format!("{}-noisy", recipe.name), distortion: Some(distortion), ..recipe }
}

/// The test digits, made harder to read.
fn made_harder(laboratory: &Laboratory<'_>, harder: &Harder, strength: f64) -> Split {
    let test = &laboratory.digits().test;
    let make = |(n, image): (usize, &Image)| (harder.make)(image, strength, n as u64);
    let images = laboratory.workers.enter(|| test.images.par_iter().enumerate().map(make).collect());
    Split { images, labels: test.labels.clone() }
}

fn errors(laboratory: &Laboratory<'_>, digits: &Split, networks: &[(&str, Parameters)]) -> Vec<Evaluation> {
    let measure = |(_, parameters): &(&str, Parameters)| {
        evaluate(laboratory.level(), parameters, digits, laboratory.workers)
    };
    networks.iter().map(measure).collect()
}

/// What is misread at an end of the paper's range, in words.
fn at_limit(harder: &Harder, strength: f64, digits: &Split, errors: &[Evaluation]) -> String {
    let percents: Vec<String> = errors.iter().map(|e| format!("{:.1}", e.error_percent())).collect();
    let cut = digits.images.iter().filter(|image| is_cut_off(image)).count();
    let cut = match harder.cuts {
        true => format!(" ({:.0} % of the digits are cut off)", 100.0 * cut as f64 / digits.len() as f64),
        false => String::new(),
    };
    format!("{}{cut}: {} %", (harder.words)(strength), percents.join(", "))
}

/// Whether there is ink, half black or more, at the edge of the field: most likely there would be more of it beyond.
fn is_cut_off(image: &Image) -> bool {
    let at_edge = |k: usize| [k / SIDE, k % SIDE].iter().any(|place| [0, SIDE - 1].contains(place));
    image.iter().enumerate().any(|(k, ink)| *ink >= 128 && at_edge(k))
}

fn figure(harder: &Harder, networks: &[(&str, Parameters)], curves: Vec<Vec<Point>>) -> Figure {
    let series = networks.iter().zip(curves).map(|((name, _), points)| Series {
        name: name.to_string(),
        source: Source::Ours,
        points,
    });
    // What the lines are is said below the figure, where no curve crosses the words.
    let limit = |x: &f64| Limit { x: *x, label: String::new() };
    let lines =
        if harder.limits.is_empty() { "" } else { " Dotted lines: as far as the paper goes (p. 16)." };
    Figure {
        name: harder.name.to_string(),
        caption: format!("Test error of the network with seed 1, with its interval.{lines}"),
        content: Content::Lines(Lines {
            title: harder.title.to_string(),
            x: Axis::linear(harder.axis),
            y: Axis::linear("test error in %"),
            series: series.collect(),
            limits: harder.limits.iter().map(limit).collect(),
        }),
    }
}

fn table(harder: &Harder, networks: &[(&str, Parameters)], curves: &[Vec<Point>]) -> Table {
    let rows = (0..harder.strengths.len()).map(|k| {
        let cells = curves.iter().map(|curve| format!("{:.2}", curve[k].y));
        std::iter::once(harder.strengths[k].to_string()).chain(cells).collect()
    });
    let columns: Vec<&str> =
        std::iter::once(harder.axis).chain(networks.iter().map(|(name, _)| *name)).collect();
    Table::new(&format!("{}, in %", harder.title), &columns, rows.collect())
}

/// Some hard digits with the states of every layer.
fn examples(laboratory: &Laboratory<'_>, parameters: &Parameters) -> Figure {
    let test = &laboratory.digits().test;
    let hard = [
        ("turned by 30 degrees", 0, 30.0),
        ("at half the size", 1, 0.5),
        ("a tenth of the pixels inverted", 4, 0.1),
    ];
    let mut pictures = Vec::new();
    for (n, (words, kind, strength)) in hard.into_iter().enumerate() {
        let mut state = State::new();
        state.set_image(&(ALL[kind].make)(&test.images[n], strength, n as u64));
        forward(laboratory.level(), parameters, &mut state);
        let read = format!("a {}, {words}, read as {}", test.labels[n], state.class());
        for LayerPicture { layer, picture, zoom } in layer_pictures(&state) {
            pictures.push(Picture {
                uri: data_uri(&picture),
                width: picture.width() * zoom,
                height: picture.height() * zoom,
                alt: format!("{layer}: {read}"),
                caption: vec![layer.to_string(), if layer == "input" { read.clone() } else { String::new() }],
                marked: false,
            });
        }
    }
    Figure {
        name: "fig-13-states".to_string(),
        caption:
            "Each row of pictures is one digit on its way through the network trained on distorted digits."
                .to_string(),
        content: Content::Gallery(Gallery {
            title: "Hard digits, and the states of every layer".to_string(),
            mark: String::new(),
            pictures,
        }),
    }
}

/// Each pixel inverted with this probability, as chance has it for digit `n`.
fn inverted(image: &Image, probability: f64, n: u64) -> Image {
    let mut random = ChaCha8Rng::seed_from_u64(n);
    let bound = (probability * f64::from(u32::MAX)) as u32;
    image.map(|pixel| if random.next_u32() < bound { 255 - pixel } else { pixel })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_nothing_changes_nothing() {
        let image: Image = std::array::from_fn(|k| (k * 7 % 256) as u8);
        for harder in &ALL {
            let nothing = if harder.name == "fig-13-scale" { 1.0 } else { 0.0 };
            assert!(harder.strengths.contains(&nothing));
            assert!((harder.make)(&image, nothing, 5) == image, "{}", harder.name);
            let most = harder.strengths[harder.strengths.len() - 1];
            assert!((harder.make)(&image, most, 5) != image, "{}", harder.name);
        }
        for harder in &ALL {
            assert!(harder.limits.iter().all(|limit| harder.strengths.contains(limit)), "{}", harder.name);
        }
        let changed = inverted(&image, 0.1, 3).iter().zip(&image).filter(|(a, b)| a != b).count();
        assert!((40..120).contains(&changed), "{changed}");
    }

    #[test]
    fn a_digit_is_cut_off_when_its_ink_reaches_the_edge() {
        let bar: Image =
            std::array::from_fn(|k| if (4..24).contains(&(k / SIDE)) && k % SIDE == 14 { 255 } else { 0 });
        let [scale, shift] = [&ALL[1], &ALL[2]];
        for (harder, strength, expected) in [
            (scale, 1.0, false),
            (scale, 0.5, false),
            (scale, 2.0, true),
            (shift, 2.0, false),
            (shift, -10.0, true),
        ] {
            let image = (harder.make)(&bar, strength, 0);
            assert_eq!(is_cut_off(&image), expected, "{} {strength}", harder.name);
        }
    }
}
