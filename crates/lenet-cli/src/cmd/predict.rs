//! `lenet predict`: digits from PNG files.

use std::io::Cursor;

use anyhow::{Context, bail};
use image::{DynamicImage, ImageFormat, ImageReader};
use lenet::classify::Classifier;
use lenet::data::SIDE;
use lenet::data::normalise::{BORDER, INPUT, scale};
use lenet::kernels::level::Level;
use serde_json::json;

use crate::args::Predict;
use crate::exit::Exit;
use crate::given;
use crate::network::Trained;
use crate::term::{self, Talk};

/// The most bytes that a picture of 32x32 pixels can be expected to take, whatever else its file tells.
const MAX_BYTES: u64 = 16 << 20;

pub(crate) fn run(args: &Predict, talk: &Talk) -> anyhow::Result<Exit> {
    let trained = args.weights.as_deref().map_or_else(|| Ok(Trained::shipped()), Trained::load)?;
    let mut classifier = Classifier::new(trained.lenet_5()?, Level::new());
    let mut exit = Exit::Success;
    for file in &args.files {
        let name = file.display().to_string();
        match given::bytes(file, MAX_BYTES).and_then(|bytes| decode(&bytes)).with_context(|| name.clone()) {
            Ok(picture) => {
                if picture.inverted {
                    talk.note(format_args!("{name}: dark ink on light paper, inverted"));
                }
                answer(&name, &picture, &mut classifier, args.json)?;
            }
            Err(error) => {
                exit = Exit::Failure;
                talk.error(&error);
                if args.json {
                    term::put_json(&json!({ "file": name, "error": term::chain(&error) }), false)?;
                }
            }
        }
    }
    Ok(exit)
}

/// A picture as the network takes it.
struct Picture {
    /// 32x32 grey levels, 0 = paper, 255 = ink.
    pixels: [u8; INPUT * INPUT],
    inverted: bool,
}

fn answer(name: &str, picture: &Picture, classifier: &mut Classifier, as_json: bool) -> anyhow::Result<()> {
    let answer = classifier.classify_input(&picture.pixels.map(scale));
    let (y, digit, runner_up) = (answer.penalties, answer.digit(), answer.runner_up());
    if as_json {
        let line = json!({
            "file": name, "digit": digit, "penalty": answer.penalty(), "runner_up": runner_up,
            "runner_up_penalty": y[usize::from(runner_up)], "penalties": y, "inverted": picture.inverted,
        });
        term::put_json(&line, false)
    } else {
        term::put(&format!(
            "{name}\t{digit}\t{:.2}\t{runner_up}\t{:.2}\n",
            answer.penalty(),
            y[usize::from(runner_up)]
        ))
    }
}

/// Makes 32x32 grey levels of a PNG's bytes.
fn decode(bytes: &[u8]) -> anyhow::Result<Picture> {
    if bytes.is_empty() {
        bail!("the file is empty, expected a PNG");
    }
    if image::guess_format(bytes).ok() != Some(ImageFormat::Png) {
        bail!(
            "this is not a PNG: its first bytes are those of another kind of file; save the picture as PNG"
        );
    }
    let reader = || ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    let damaged = "the PNG is damaged; save it anew";
    // The size first: it costs nothing, while decoding a huge picture would.
    let (width, height) = reader().into_dimensions().context(damaged)?;
    let side = match (width, height) {
        (28, 28) => SIDE,
        (32, 32) => INPUT,
        _ => bail!(
            "the picture is {width}x{height} pixels, expected 28x28 or 32x32; cut out one digit and scale it, for example \
             `convert in.png -resize 20x20 -gravity center -extent 28x28 out.png`"
        ),
    };
    let picture = reader().decode().context(damaged)?;
    if transparent(&picture) {
        bail!(
            "the picture has transparent pixels, so its paper has no grey level; flatten it, for example \
               `convert in.png -background white -flatten out.png`"
        );
    }
    let mut grey = picture.into_luma8().into_raw();
    let inverted = border_is_lighter(&grey, side);
    if inverted {
        grey.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
    }
    let mut pixels = [0; INPUT * INPUT];
    let border = if side == INPUT { 0 } else { BORDER };
    for (y, row) in grey.chunks_exact(side).enumerate() {
        pixels[(y + border) * INPUT + border..][..side].copy_from_slice(row);
    }
    Ok(Picture { pixels, inverted })
}

fn transparent(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.to_luma_alpha8().pixels().any(|pixel| pixel.0[1] < 255)
}

/// Whether the mean of the outer two pixels is above that of the rest: paper is lighter than ink, so this picture has
/// the polarity of a scan and not MNIST's.
fn border_is_lighter(grey: &[u8], side: usize) -> bool {
    let outside = |k: usize| k < BORDER || k >= side - BORDER;
    let (mut sums, mut counts) = ([0u32; 2], [0u32; 2]);
    for (at, &pixel) in grey.iter().enumerate() {
        let inside = usize::from(!outside(at / side) && !outside(at % side));
        sums[inside] += u32::from(pixel);
        counts[inside] += 1;
    }
    sums[0] * counts[1] > sums[1] * counts[0]
}
