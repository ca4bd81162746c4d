//! Digits that are centred already: `/api/classify`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use lenet::classify::Answer;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::body::{Asked, Binary, LARGE, Payload, in_json, whole_or_none};
use crate::engine::Pictures;
use crate::refusal::Refusal;

/// The form of a body in JSON.
const FORM: &str = r#"{"images": [[784 numbers, 0 paper to 255 ink], ...]}"#;

pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(classify))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct How {
    /// A network of /api/about.
    weights: Option<String>,
    /// Rows of each picture in bytes, 28 or 32.
    #[serde(default, deserialize_with = "whole_or_none")]
    side: Option<usize>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Images {
    /// Each 784 numbers from 0, paper, to 255, ink.
    #[schema(min_items = 1)]
    images: Vec<Vec<f32>>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Answers {
    answers: Vec<Told>,
}

#[derive(Serialize, ToSchema)]
struct Told {
    /// The class with the smallest penalty.
    digit: u8,
    penalty: f32,
    runner_up: u8,
    /// Squared distances to the codes of the ten classes.
    penalties: [f32; 10],
}

/// Answers to images of 28x28 or 32x32
#[utoipa::path(
    post, path = "/api/classify", tag = "answers", params(How),
    request_body(content((Binary = "application/octet-stream"), (Images = "application/json"))),
    responses((status = 200, body = Answers))
)]
async fn classify(
    State(app): State<Arc<App>>,
    Asked(how): Asked<How>,
    payload: Payload<LARGE>,
) -> Result<Json<Answers>, Refusal> {
    let pictures = pictures(payload.is("application/json"), how.side, &payload.bytes)?;
    let net = app.net(how.weights).await?;
    let answers = net.engine(&app).ask(pictures).await?;
    let told = |answer: Answer| Told {
        digit: answer.digit(),
        penalty: answer.penalty(),
        runner_up: answer.runner_up(),
        penalties: answer.penalties,
    };
    Ok(Json(Answers { answers: answers.into_iter().map(told).collect() }))
}

/// The pictures of a body, which is JSON or bytes.
pub(crate) fn pictures(json: bool, side: Option<usize>, bytes: &[u8]) -> Result<Pictures, Refusal> {
    if json { from_json(bytes) } else { from_bytes(bytes, side) }
}

fn from_bytes(bytes: &[u8], side: Option<usize>) -> Result<Pictures, Refusal> {
    fn cut<const AREA: usize>(bytes: &[u8]) -> Result<Vec<[u8; AREA]>, Refusal> {
        match bytes.as_chunks() {
            (pictures, []) if !pictures.is_empty() => Ok(pictures.to_vec()),
            _ => {
                let error = format!(
                    "{} bytes are no pictures of {AREA} bytes each; send them row by row, one after the other, 0 paper to 255 \
                     ink, or JSON with the content type application/json",
                    bytes.len()
                );
                Err(Refusal::wrong(error))
            }
        }
    }
    match side.unwrap_or(28) {
        28 => cut(bytes).map(Pictures::Images),
        32 => cut(bytes).map(Pictures::Fields),
        other => Err(Refusal::wrong(format!("side={other}; pictures have 28 or 32 rows"))),
    }
}

fn from_json(bytes: &[u8]) -> Result<Pictures, Refusal> {
    let Images { images } = in_json(bytes, FORM)?;
    if images.is_empty() {
        return Err(Refusal::wrong("there is no image in `images`"));
    }
    let image = |(n, values): (usize, Vec<f32>)| {
        let mut image = [0; 784];
        if values.len() != image.len() {
            return Err(Refusal::wrong(format!("image {n} has {} values, expected 784", values.len())));
        }
        for (k, (place, value)) in image.iter_mut().zip(values).enumerate() {
            if !(0.0..=255.0).contains(&value) {
                return Err(Refusal::wrong(format!(
                    "image {n} has {value} at {k}, expected 0 (paper) to 255 (ink)"
                )));
            }
            *place = value.round() as u8;
        }
        Ok(image)
    };
    images.into_iter().enumerate().map(image).collect::<Result<_, _>>().map(Pictures::Images)
}
