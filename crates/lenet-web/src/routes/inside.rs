//! A look inside a network: `/api/graph`, `/api/weights`, `/api/look`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use lenet::classify::Answer;
use lenet::report::graph::{Graph, graph};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::body::{Asked, Binary, Payload, SMALL};
use crate::engine::Pictures;
use crate::networks::{Model, Net};
use crate::numbers::Floats;
use crate::refusal::Refusal;

/// The tensor of the fixed codes.
const CODES: &str = "output.codes";

pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(layers)).routes(routes!(weights)).routes(routes!(look))
}

/// Which network is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    /// A network of /api/about.
    pub(crate) weights: Option<String>,
}

/// The layers of a network with their sizes and connections
#[utoipa::path(get, path = "/api/graph", tag = "networks", params(Named), responses((status = 200, body = Object)))]
async fn layers(State(app): State<Arc<App>>, Asked(named): Asked<Named>) -> Result<Json<Graph>, Refusal> {
    let net = app.net(named.weights).await?;
    graph(&net.model.plan()).map(Json).map_err(Refusal::ours)
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Weights {
    tensors: BTreeMap<String, Floats>,
    /// The fixed codes of the ten classes, if the network compares with them.
    codes: Option<Floats>,
}

/// The tensors of a network
#[utoipa::path(get, path = "/api/weights", tag = "networks", params(Named), responses((status = 200, body = Weights)))]
async fn weights(State(app): State<Arc<App>>, Asked(named): Asked<Named>) -> Result<Json<Weights>, Refusal> {
    let net = app.net(named.weights).await?;
    let mut tensors: BTreeMap<String, Floats> = net.model.tensors().into_iter().collect();
    let codes = tensors.remove(CODES);
    Ok(Json(Weights { tensors, codes }))
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Inside {
    input: Floats,
    layers: Vec<Layer>,
    answer: Sure,
}

#[derive(Serialize, ToSchema)]
struct Layer {
    /// The paper's name.
    name: &'static str,
    #[serde(flatten)]
    states: Floats,
}

#[derive(Serialize, ToSchema)]
struct Sure {
    /// The class with the smallest penalty.
    digit: u8,
    penalty: f32,
    runner_up: u8,
    /// That it is this digit.
    probability: f32,
    /// The digit; null if it looks like none, which only networks say that were taught it.
    value: Option<u8>,
}

/// What every layer makes of a picture: 784 bytes (28x28) or 1024 bytes (32x32), 0 paper to 255 ink
#[utoipa::path(
    post, path = "/api/look", tag = "networks", params(Named),
    request_body(content = Binary, content_type = "application/octet-stream"), responses((status = 200, body = Inside))
)]
async fn look(
    State(app): State<Arc<App>>,
    Asked(named): Asked<Named>,
    payload: Payload<SMALL>,
) -> Result<Json<Inside>, Refusal> {
    let seen = seen(&payload.bytes)?;
    let net = app.net(named.weights).await?;
    app.work(move |app| {
        let states = match &seen {
            Pictures::Images(images) => net.model.states(app.level, &images[0]),
            Pictures::Fields(fields) => net.model.states(app.level, &fields[0]),
        };
        inside(&net, &states).map(Json)
    })
    .await
}

/// The one picture of a body.
pub(crate) fn seen(bytes: &[u8]) -> Result<Pictures, Refusal> {
    let image = bytes.try_into().map(|image| Pictures::Images(vec![image]));
    image.or_else(|_| bytes.try_into().map(|field| Pictures::Fields(vec![field]))).map_err(|_| {
        let length = bytes.len();
        Refusal::wrong(format!(
            "{length} bytes; a picture has 784 (28x28) or 1024 (32x32), row by row, 255 ink"
        ))
    })
}

fn inside(net: &Net, states: &[Vec<f32>]) -> Result<Inside, Refusal> {
    let graph = graph(&net.model.plan()).map_err(Refusal::ours)?;
    let penalties = states.last().and_then(|penalties| penalties.first_chunk());
    let answer =
        Answer { penalties: *penalties.ok_or_else(|| Refusal::ours("the network has no ten penalties"))? };
    let sureness = net.sureness(&answer);
    let mut layers = graph.layers.iter().zip(states).map(|(layer, values)| {
        let states = Floats::new(&[layer.maps, layer.rows, layer.columns], values);
        Layer { name: layer.name, states }
    });
    let input = layers.next().ok_or_else(|| Refusal::ours("the network has no input"))?.states;
    let digit = answer.digit();
    Ok(Inside {
        input,
        layers: layers.collect(),
        answer: Sure {
            digit,
            penalty: answer.penalty(),
            runner_up: answer.runner_up(),
            probability: sureness.probabilities[usize::from(digit)],
            value: sureness.value,
        },
    })
}
