//! What this server is and has: `/api/about`, `/api/digits`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use lenet::data::{Image, Split};
use lenet::kernels::level;
use lenet::systems::Plan;
use lenet::train::Recipe;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api;
use crate::app::App;
use crate::body::{Asked, whole_or_none};
use crate::numbers::Bytes;
use crate::refusal::Refusal;

/// The most digits at a time.
const DIGITS: usize = 200;

pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(about)).routes(routes!(digits))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct About {
    /// Name and version.
    program: String,
    /// The level of vector instructions.
    level: String,
    threads: usize,
    /// The network that is meant where none is named.
    usual: String,
    networks: Vec<Known>,
    recipes: Vec<KnownRecipe>,
    /// Names of networks that can be trained.
    nets: Vec<String>,
}

/// A network with weights.
#[derive(Serialize, ToSchema)]
struct Known {
    /// What the query parameter `weights` takes.
    name: String,
    /// For people.
    title: String,
    /// The kind of network.
    net: String,
}

/// A recipe.
#[derive(Serialize, ToSchema)]
struct KnownRecipe {
    name: String,
    /// For people.
    summary: &'static str,
    passes: usize,
    /// How long it takes on two cores, about.
    seconds_hint: u32,
}

/// What the recipes are for, and the seconds that two cores took: records/.
const RECIPES: [(&str, &str, u32); 7] = [
    ("fast", "the paper's error in seconds, by batches on all cores", 2),
    ("best", "the lowest error, on digits distorted anew in every pass", 220),
    ("reading", "for pictures: digits with neighbours, and what is no digit", 285),
    ("pieces", "for digits that touch: which piece between two cuts is one", 303),
    (
        "strings",
        "for digits that touch: how to cut them; best from a network of pieces (lenet train --from)",
        400,
    ),
    ("paper-1998", "as in 1998: an update after every digit", 41),
    ("paper-1998-distorted", "the same on the paper's distorted digits", 83),
];

/// What this server is and has
#[utoipa::path(get, path = "/api/about", tag = "networks", responses((status = 200, body = About)))]
async fn about(State(app): State<Arc<App>>) -> Result<Json<About>, Refusal> {
    app.work(|app| {
        let known = |(name, title, net)| Known { name, title, net };
        let recipe = |recipe: Recipe| {
            let words = RECIPES.iter().find(|(name, ..)| *name == recipe.name);
            let (summary, seconds_hint) = words.map_or(("", 0), |(_, summary, seconds)| (*summary, *seconds));
            KnownRecipe { name: recipe.name, summary, passes: recipe.passes, seconds_hint }
        };
        Ok(Json(About {
            program: concat!("lenet ", env!("CARGO_PKG_VERSION")).to_string(),
            level: level::name(app.level).to_string(),
            threads: app.workers.threads(),
            usual: app.networks.usual().to_string(),
            networks: app.networks.list().into_iter().map(known).collect(),
            recipes: Recipe::known().map(recipe).into(),
            nets: Plan::known().into_iter().map(|plan| plan.name).collect(),
        }))
    })
    .await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Which half, the test set unless told otherwise.
    #[serde(default)]
    #[param(inline)]
    split: Half,
    /// Numbers with commas between them.
    #[param(pattern = "^[0-9]+(,[0-9]+){0,199}$")]
    indices: Option<String>,
    /// Only those with this label; instead of `indices`.
    #[param(maximum = 9)]
    #[serde(default, deserialize_with = "whole_or_none")]
    label: Option<u8>,
    /// How many, 20 unless told otherwise.
    #[param(maximum = 200)]
    #[serde(default, deserialize_with = "whole_or_none")]
    count: Option<usize>,
    /// Another seed chooses others.
    #[param(schema_with = api::seed)]
    #[serde(default, deserialize_with = "whole_or_none")]
    seed: Option<u64>,
}

#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Half {
    #[default]
    Test,
    Train,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Digits {
    digits: Vec<Digit>,
}

#[derive(Serialize, ToSchema)]
struct Digit {
    index: usize,
    label: u8,
    image: Bytes,
}

/// Digits of MNIST
#[utoipa::path(get, path = "/api/digits", tag = "networks", params(Which), responses((status = 200, body = Digits)))]
async fn digits(State(app): State<Arc<App>>, Asked(which): Asked<Which>) -> Result<Json<Digits>, Refusal> {
    app.work(move |app| {
        let set = app.digits.get();
        let split = match which.split {
            Half::Test => &set.test,
            Half::Train => &set.train,
        };
        let digit = |index: usize| {
            let (image, label): (&Image, u8) = (&split.images[index], split.labels[index]);
            Digit { index, label, image: Bytes::image(image) }
        };
        Ok(Json(Digits { digits: chosen(&which, split)?.into_iter().map(digit).collect() }))
    })
    .await
}

/// The digits that are meant.
fn chosen(which: &Which, split: &Split) -> Result<Vec<usize>, Refusal> {
    // What is not used has its range too: a label beside `indices` is still a digit.
    let few = |count| {
        let too_many = || Refusal::wrong(format!("{count} digits; at most {DIGITS} at a time"));
        (count <= DIGITS).then_some(count).ok_or_else(too_many)
    };
    let count = few(which.count.unwrap_or(20))?;
    if which.label.is_some_and(|label| label > 9) {
        return Err(Refusal::wrong("a label is a digit, 0 to 9"));
    }
    if let Some(indices) = &which.indices {
        let index = |text: &str| {
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Refusal::wrong(format!(
                    "{text:?} is no index; write numbers with commas between"
                )));
            }
            // What has more digits than an index is none either.
            let index = text.parse().ok().filter(|index| *index < split.len());
            index.ok_or_else(|| Refusal::absent(format!("{text} is no index below {}", split.len())))
        };
        // Nobody needs to write out millions of them to be refused.
        few(indices.split(',').count())?;
        return indices.split(',').map(index).collect();
    }
    let fits = |index: &usize| which.label.is_none_or(|label| split.labels[*index] == label);
    let mut candidates: Vec<usize> = (0..split.len()).filter(fits).collect();
    // The same seed chooses the same digits: the first steps of a Fisher-Yates shuffle by SplitMix64.
    let mut state = which.seed.unwrap_or(1);
    let count = count.min(candidates.len());
    for k in 0..count {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let left = candidates.len() - k;
        candidates.swap(k, k + (z % left as u64) as usize);
    }
    candidates.truncate(count);
    Ok(candidates)
}
