//! Digits next to each other: `/api/strings`, by the network that slides over them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use lenet::data::normalise::{BACKGROUND, INPUT, scale};
use lenet::net::{STEP, replicated};
use lenet::read;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::body::{Asked, Binary, Payload, SMALL, whole};
use crate::refusal::Refusal;

/// Columns that a field may have.
const WIDTHS: std::ops::RangeInclusive<usize> = 32..=1024;

pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(strings))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct How {
    /// Columns of the field.
    #[param(minimum = 32, maximum = 1024)]
    #[serde(deserialize_with = "whole")]
    width: usize,
    /// A network of /api/about.
    weights: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Strings {
    /// Columns between two answers.
    step: usize,
    /// The answer of the replicated network to every window of 32 columns.
    answers: Vec<Window>,
    /// What the decoder makes of it.
    digits: Vec<Digit>,
    text: String,
}

#[derive(Serialize, ToSchema)]
struct Window {
    /// The first column of the window.
    column: usize,
    penalties: [f32; 10],
}

#[derive(Serialize, ToSchema)]
#[schema(as = Found)]
struct Digit {
    value: u8,
    /// The middle of its columns.
    column: usize,
    /// Its first column, and the one after its last.
    columns: [usize; 2],
    probability: f32,
}

/// Digits in a field of 32 rows, apart or touching: 32 times `width` bytes, row by row, 0 paper to 255 ink
///
/// The digits should be about 20 rows high, in the middle of the rows.
#[utoipa::path(
    post, path = "/api/strings", tag = "answers", params(How),
    request_body(content = Binary, content_type = "application/octet-stream"), responses((status = 200, body = Strings))
)]
async fn strings(
    State(app): State<Arc<App>>,
    Asked(how): Asked<How>,
    payload: Payload<SMALL>,
) -> Result<Json<Strings>, Refusal> {
    let (width, ink) = (how.width, payload.bytes);
    fits(width, &ink)?;
    let net = app.net(how.weights).await?;
    app.work(move |app| {
        let parameters = net.lenet_5()?;
        let wide = width.next_multiple_of(STEP);
        let mut field = vec![BACKGROUND; INPUT * wide];
        for (row, ink) in field.chunks_exact_mut(wide).zip(ink.chunks_exact(width)) {
            row.iter_mut().zip(ink).for_each(|(place, ink)| *place = scale(*ink));
        }
        let penalties = replicated(app.level, parameters, &field, wide).into_iter().enumerate();
        let digits = read::string(app.level, parameters, &ink, width);
        Ok(Json(Strings {
            step: STEP,
            answers: penalties.map(|(k, penalties)| Window { column: k * STEP, penalties }).collect(),
            text: digits.iter().map(|digit| char::from(b'0' + digit.value)).collect(),
            digits: digits
                .into_iter()
                .map(|digit| Digit {
                    value: digit.value,
                    column: (digit.columns.start + digit.columns.end) / 2,
                    columns: [digit.columns.start, digit.columns.end],
                    probability: digit.probability,
                })
                .collect(),
        }))
    })
    .await
}

/// Whether a body is a field of so many columns.
pub(crate) fn fits(width: usize, ink: &[u8]) -> Result<(), Refusal> {
    if !WIDTHS.contains(&width) {
        return Err(Refusal::wrong(format!("width={width}; a field has 32 to 1024 columns")));
    }
    if ink.len() != INPUT * width {
        let error = format!("{} bytes are no 32 rows of {width}, expected {}", ink.len(), INPUT * width);
        return Err(Refusal::wrong(error));
    }
    Ok(())
}
