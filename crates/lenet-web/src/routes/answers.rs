//! Digits that are centred already: `/api/classify`.

use std::sync::Arc;

use axum::extract::State;
use axum::{Json, Router, routing::post};
use lenet::classify::Answer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::body::{Asked, LARGE, Payload};
use crate::engine::Pictures;
use crate::refusal::Refusal;

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/classify", post(classify))
}

#[derive(Deserialize)]
struct How {
    weights: Option<String>,
    side: Option<usize>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct Images {
    /// Each 784 numbers from 0, paper, to 255, ink.
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

async fn classify(
    State(app): State<Arc<App>>,
    Asked(how): Asked<How>,
    payload: Payload<LARGE>,
) -> Result<Json<Answers>, Refusal> {
    let pictures = if payload.is("application/json") {
        from_json(&payload)?
    } else {
        from_bytes(&payload.bytes, how.side)?
    };
    let net = app.net(how.weights).await?;
    let answers = net.engine(app.level, &app.workers).ask(pictures).await?;
    let told = |answer: Answer| Told {
        digit: answer.digit(),
        penalty: answer.penalty(),
        runner_up: answer.runner_up(),
        penalties: answer.penalties,
    };
    Ok(Json(Answers { answers: answers.into_iter().map(told).collect() }))
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

fn from_json(payload: &Payload<LARGE>) -> Result<Pictures, Refusal> {
    let Images { images } = payload.json()?;
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
