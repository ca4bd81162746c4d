//! The Open Inference Protocol, version 2: what KServe's clients speak, with JSON and binary tensors.

mod tensors;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::body::{Asked, Binary, LARGE, Payload};
use crate::refusal::Refusal;
use crate::routes::inside::Named;
use tensors::{Request, respond};

/// The one model, and its version.
const MODEL: &str = "lenet5";
const VERSION: &str = "1";
/// How many bytes of a body are JSON; the rest are tensors.
const JSON_LENGTH: HeaderName = HeaderName::from_static("inference-header-content-length");

pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(server))
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(model))
        .routes(routes!(model_ready))
        .routes(routes!(infer))
}

/// What this server is
#[utoipa::path(get, path = "/v2", tag = "v2", responses((status = 200, body = Object)))]
async fn server() -> Json<Value> {
    let version = env!("CARGO_PKG_VERSION");
    Json(json!({ "name": "lenet", "version": version, "extensions": ["binary_tensor_data"] }))
}

/// Whether it is there
#[utoipa::path(get, path = "/v2/health/live", tag = "v2", responses((status = 200, body = Object)))]
async fn live() -> Json<Value> {
    Json(json!({ "live": true }))
}

/// Whether it can answer
#[utoipa::path(get, path = "/v2/health/ready", tag = "v2", responses((status = 200, body = Object)))]
async fn ready() -> Json<Value> {
    Json(json!({ "ready": true }))
}

/// Which model is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Name {
    /// There is one.
    #[param(schema_with = the_model)]
    name: String,
}

fn the_model() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([MODEL])).build()
}

fn known(name: &str) -> Result<(), Refusal> {
    let error = || Refusal::absent(format!("there is no model {name:?}; there is {MODEL}"));
    (name == MODEL).then_some(()).ok_or_else(error)
}

/// The model's inputs and outputs, with a sample request
#[utoipa::path(
    get, path = "/v2/models/{name}", tag = "v2", params(Name),
    responses((status = 200, body = Object))
)]
async fn model(Path(Name { name }): Path<Name>) -> Result<Json<Value>, Refusal> {
    known(&name)?;
    let sample = "curl -s http://127.0.0.1:8098/v2/models/lenet5/infer -d '{\"inputs\":[{\"name\":\"image\",\"datatype\":\"UINT8\",\
                  \"shape\":[1,28,28],\"data\":['\"$(seq -s, 0 783 | sed 's/[0-9]\\+/0/g')\"']}]}'";
    Ok(Json(json!({
        "name": MODEL, "versions": [VERSION], "platform": "lenet",
        "inputs": [{ "name": "image", "datatype": "UINT8", "shape": [-1, 28, 28] }],
        "outputs": [
            { "name": "digit", "datatype": "INT64", "shape": [-1] },
            { "name": "penalties", "datatype": "FP32", "shape": [-1, 10] },
            { "name": "probabilities", "datatype": "FP32", "shape": [-1, 10] },
        ],
        "parameters": {
            "image": "UINT8, 0 paper to 255 ink, or FP32, 0 to 1; shape [n,28,28], [n,784], [n,1,28,28], or in its white frame \
                      [n,32,32], [n,1024], [n,1,32,32]",
            "weights": "the query parameter `weights` names another network of /api/about",
            "sample": sample,
        },
    })))
}

/// Whether the model can answer
#[utoipa::path(
    get, path = "/v2/models/{name}/ready", tag = "v2", params(Name),
    responses((status = 200, body = Object))
)]
async fn model_ready(Path(Name { name }): Path<Name>) -> Result<Json<Value>, Refusal> {
    known(&name)?;
    Ok(Json(json!({ "name": MODEL, "ready": true })))
}

/// What a body asks, so many bytes of which are JSON: all, unless a header says otherwise.
pub(crate) fn request(json_length: Option<&[u8]>, bytes: &[u8]) -> Result<Request, Refusal> {
    let length = json_length.map_or(Ok(bytes.len()), |length| {
        let length = str::from_utf8(length).ok().and_then(|length| length.parse().ok());
        length.filter(|length| *length <= bytes.len()).ok_or_else(|| {
            Refusal::wrong(format!("{JSON_LENGTH} is no number of bytes up to the body's {}", bytes.len()))
        })
    });
    let (header, tensors) = bytes.split_at(length?);
    Request::parse(header, tensors)
}

/// Classifies images
///
/// With the header Inference-Header-Content-Length, so many bytes of the body are JSON and tensors follow it.
#[utoipa::path(
    post, path = "/v2/models/{name}/infer", tag = "v2",
    params(
        Name, Named,
        ("Inference-Header-Content-Length" = Option<usize>, Header, description = "bytes of JSON, if tensors follow it")
    ),
    request_body(content(
        (Object = "application/json", example = json!({
            "inputs": [{ "name": "image", "datatype": "UINT8", "shape": [1, 784], "data": [vec![0; 784]] }]
        })),
        (Binary = "application/octet-stream")
    )),
    responses((status = 200, body = Object))
)]
async fn infer(
    State(app): State<Arc<App>>,
    Path(Name { name }): Path<Name>,
    Asked(named): Asked<Named>,
    payload: Payload<LARGE>,
) -> Result<Response, Refusal> {
    known(&name)?;
    let request = request(payload.headers.get(JSON_LENGTH).map(HeaderValue::as_bytes), &payload.bytes)?;
    let net = app.net(named.weights).await?;
    let answers = net.engine(&app).ask(request.pictures).await?;
    let (json, tensors) = respond(&net, &answers, request.id, &request.outputs)?;
    if tensors.is_empty() {
        return Ok(([(CONTENT_TYPE, "application/json")], json).into_response());
    }
    let length = json.len().to_string();
    let kind = "application/octet-stream".to_string();
    Ok(([(CONTENT_TYPE, kind), (JSON_LENGTH, length)], [json, tensors].concat()).into_response())
}
