//! Pictures in, digits out: `/api/read`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lenet::read::{Digit, Limits, Line, Page, Picture, PictureError};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::body::{Asked, Binary, LARGE, Payload};
use crate::numbers::Bytes;
use crate::refusal::{Reason, Refusal};

/// What a picture may cost: any camera's, while others ask too.
const LIMITS: Limits = Limits { pixels: 40_000_000, memory: 256 << 20 };

pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(read))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct How {
    /// A network of /api/about.
    weights: Option<String>,
    /// Share of the digits that may be taken for none, in %.
    #[param(minimum = 0, maximum = 100)]
    #[serde(default, deserialize_with = "share")]
    reject: Option<f64>,
}

/// A share in %, or what it was in place of one.
fn share<'de, D: Deserializer<'de>>(query: D) -> Result<Option<f64>, D::Error> {
    let text = String::deserialize(query)?;
    let share = text.parse().ok().filter(|share| (0.0..=100.0).contains(share));
    let wrong = || D::Error::custom(format!("{text:?}, expected a share of the digits in %, 0 to 100"));
    share.map(Some).ok_or_else(wrong)
}

/// Digits from a picture: PNG, JPEG, WebP, BMP, GIF or PNM
#[utoipa::path(
    post, path = "/api/read", tag = "answers", params(How),
    request_body(content = Binary, content_type = "application/octet-stream"),
    responses((status = 200, body = Object), (status = 415, body = Reason))
)]
async fn read(
    State(app): State<Arc<App>>,
    Asked(how): Asked<How>,
    payload: Payload<LARGE>,
) -> Result<Json<Value>, Refusal> {
    if payload.is("multipart/") {
        let error = "the body must be the picture itself, not a form: in curl --data-binary @picture.png";
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    if payload.bytes.is_empty() {
        let error = "the body is empty, expected a picture: in curl --data-binary @picture.png";
        return Err(Refusal::wrong(error));
    }
    let reject = how.reject.unwrap_or(lenet::read::REJECTED.into());
    let net = app.net(how.weights).await?;
    app.work(move |app| {
        let reader = net.reader(app.level)?.clone().rejecting(reject as f32);
        let picture = Picture::from_bytes(&payload.bytes, &LIMITS).map_err(|error| {
            let status = match error {
                PictureError::TooManyPixels { .. } | PictureError::TooMuchMemory { .. } => {
                    StatusCode::PAYLOAD_TOO_LARGE
                }
                _ => StatusCode::BAD_REQUEST,
            };
            Refusal::new(status, error)
        })?;
        Ok(Json(told(&picture, &reader.read(&picture.grey))))
    })
    .await
}

/// A digit with what the network got.
#[derive(Serialize)]
struct Seen<'a> {
    #[serde(flatten)]
    digit: &'a Digit,
    image: Bytes,
}

/// What `lenet read --json` says, with the images.
fn told(picture: &Picture, page: &Page) -> Value {
    fn seen(digits: &[Digit]) -> Vec<Seen<'_>> {
        digits.iter().map(|digit| Seen { digit, image: Bytes::image(&digit.image) }).collect()
    }
    let line = |line: &Line| json!({ "text": line.text, "bbox": line.bbox, "digits": seen(&line.digits) });
    let lines: Vec<Value> = page.lines.iter().map(line).collect();
    json!({
        "size": [picture.grey.width, picture.grey.height], "text": page.text(), "lines": lines, "others": seen(&page.others),
        "polarity": page.polarity, "blank": page.blank, "notes": picture.notes,
    })
}
