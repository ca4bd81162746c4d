//! Training runs: `/api/runs`.

use std::convert::Infallible;
use std::fs;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, KeepAliveStream, Sse};
use lenet::kernels::level::Level;
use lenet::runs::{self, RunFolder, Score, Wish};
use lenet::systems::Plan;
use lenet::train::{PassRecord, Recipe};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value, json};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api;
use crate::app::App;
use crate::body::{Payload, SMALL, in_json};
use crate::feed::{Message, passes};
use crate::networks::is_run_name;
use crate::refusal::Refusal;
use crate::training::{Runs, Task, refused, summary};

/// Runs that are listed, the newest first.
const LISTED: usize = 200;
/// The most passes of a run.
const PASSES: usize = 10_000;

pub(crate) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(list, begin))
        .routes(routes!(one))
        .routes(routes!(stop))
        .routes(routes!(resume))
        .routes(routes!(events))
}

/// A run.
#[derive(Serialize, ToSchema)]
#[schema(as = Run)]
pub(crate) struct Told {
    name: String,
    net: String,
    recipe: String,
    seed: u64,
    passes: usize,
    /// Digits held out of the training set.
    validation: usize,
    state: Phase,
    /// A record for each pass that is over.
    #[schema(value_type = Vec<Object>)]
    history: Vec<PassRecord>,
    /// The test error with its interval; null until it is finished.
    #[schema(value_type = Option<Object>)]
    test: Value,
    /// Seconds since 1970.
    began: u64,
    /// Seconds of training.
    seconds: f64,
    /// Of a finished run that is asked for by its name: test error, confusion matrix, misread digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    score: Option<Score>,
}

#[derive(Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Running,
    Stopped,
    Finished,
}

/// All that is known of a run, from its folder and the thread that trains it.
fn told(app: &App, name: &str, path: &FilePath) -> Result<Told, Refusal> {
    let began = fs::metadata(path.join("recipe.toml")).and_then(|data| data.modified()).ok();
    let began = began.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |time| time.as_secs());
    // The sum of nothing is minus zero.
    let seconds = |history: &[PassRecord]| 0.0 + history.iter().map(|pass| pass.seconds).sum::<f64>();
    if path.join("result.json").exists() {
        let result = RunFolder::result_of(path).map_err(refused)?;
        let history: Vec<PassRecord> = result.history.into_iter().map(|pass| pass.record).collect();
        return Ok(Told {
            name: name.to_string(),
            net: result.net,
            recipe: result.recipe.name,
            seed: result.seed,
            passes: result.recipe.passes,
            validation: result.recipe.validation,
            state: Phase::Finished,
            test: summary(&result.test),
            began,
            seconds: seconds(&history),
            history,
            score: Some(result.test),
        });
    }
    let stand = runs::stand(path).map_err(refused)?;
    let current = app.runs.in_training(name);
    let history = current.as_ref().map_or(stand.history, |current| current.feed.history());
    Ok(Told {
        name: name.to_string(),
        net: stand.net,
        recipe: stand.recipe.name,
        seed: stand.seed,
        passes: stand.recipe.passes,
        validation: stand.recipe.validation,
        state: if current.is_some() { Phase::Running } else { Phase::Stopped },
        test: Value::Null,
        began,
        seconds: seconds(&history),
        history,
        score: None,
    })
}

/// Which run is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Name {
    /// As /api/runs lists them.
    #[param(pattern = "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,119}$")]
    name: String,
}

/// All runs, the newest first
#[utoipa::path(get, path = "/api/runs", tag = "runs", responses((status = 200, body = Object)))]
async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    app.work(|app| {
        let folders = fs::read_dir(app.runs.folder()).into_iter().flatten().flatten();
        let names = folders.filter_map(|folder| folder.file_name().into_string().ok());
        // What can't be read is another program's folder, or has only just been begun.
        let run = |name: String| {
            let path = app.runs.path(&name).ok()?;
            Some(Told { score: None, ..told(app, &name, &path).ok()? })
        };
        let mut runs: Vec<Told> = names.filter(|name| is_run_name(name)).filter_map(run).collect();
        runs.sort_by(|a, b| (b.began, &b.name).cmp(&(a.began, &a.name)));
        runs.truncate(LISTED);
        Ok(Json(json!({ "runs": runs })))
    })
    .await
}

/// One run; a finished one with confusion matrix and misread digits
#[utoipa::path(
    get, path = "/api/runs/{name}", tag = "runs", params(Name), responses((status = 200, body = Told))
)]
async fn one(State(app): State<Arc<App>>, Path(Name { name }): Path<Name>) -> Result<Json<Told>, Refusal> {
    app.work(move |app| {
        let path = app.runs.path(&name)?;
        told(app, &name, &path).map(Json)
    })
    .await
}

/// What is to be trained.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct New {
    /// The name of a recipe that comes with the program.
    #[schema(schema_with = recipes)]
    recipe: String,
    /// The network, LeNet-5 unless told otherwise.
    #[schema(schema_with = nets)]
    net: Option<String>,
    /// The seed of all random numbers, 1 unless told otherwise.
    #[serde(default, deserialize_with = "whole")]
    #[schema(schema_with = api::seed_or_null)]
    seed: Option<u64>,
    /// Sweeps over the training set, instead of the recipe's.
    #[serde(default, deserialize_with = "whole")]
    #[schema(minimum = 1, maximum = 10_000)]
    passes: Option<usize>,
    /// Digits to hold out of the training set, to measure with after every pass.
    #[serde(default, deserialize_with = "whole")]
    #[schema(maximum = 59_999)]
    validation: Option<usize>,
}

fn recipes() -> Object {
    let names = Recipe::known().map(|recipe| recipe.name);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
}

fn nets() -> Object {
    let names = Plan::known().into_iter().map(|plan| Value::from(plan.name)).chain([Value::Null]);
    let types = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(types).enum_values(Some(names)).build()
}

/// A whole number, which JSON may write with a fraction of zero.
fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let Some(number) = Option::<Number>::deserialize(deserializer)? else { return Ok(None) };
    let of_float =
        |value: f64| (value.fract() == 0.0 && (0.0..2f64.powi(64)).contains(&value)).then_some(value as u64);
    let value = number.as_u64().or_else(|| number.as_f64().and_then(of_float));
    let value = value.and_then(|value| T::try_from(value).ok());
    value.map(Some).ok_or_else(|| D::Error::custom(format!("{number} is no whole number from 0 on")))
}

/// Begins a run
#[utoipa::path(
    post, path = "/api/runs", tag = "runs", request_body = New,
    responses((status = 201, body = Object), (status = 409, description = "a run is in training already"))
)]
async fn begin(
    State(app): State<Arc<App>>,
    payload: Payload<SMALL>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let task = task(&payload.bytes, app.level)?;
    let name = Runs::start(app, task).await?;
    Ok((StatusCode::CREATED, Json(json!({ "name": name }))))
}

/// The run that a body wishes.
pub(crate) fn task(bytes: &[u8], level: Level) -> Result<Task, Refusal> {
    let form = r#"{"recipe": "fast"}, and, if you like, "net", "seed", "passes", "validation""#;
    let new: New = in_json(bytes, form)?;
    let known = Recipe::known();
    let recipe = known.iter().find(|recipe| recipe.name == new.recipe).ok_or_else(|| {
        let names = known.each_ref().map(|recipe| recipe.name.as_str()).join(", ");
        Refusal::wrong(format!("there is no recipe {:?}; there are {names}", new.recipe))
    })?;
    let plan = new.net.map(|net| {
        Plan::by_name(&net).ok_or_else(|| {
            let names: Vec<String> = Plan::known().into_iter().map(|plan| plan.name).collect();
            Refusal::wrong(format!("there is no network {net:?}; there are {}", names.join(", ")))
        })
    });
    let plan = plan.transpose()?;
    let mut recipe = plan.as_ref().map_or(recipe.clone(), |plan| recipe.clone().for_plan(plan));
    if let Some(passes) = new.passes {
        if !(1..=PASSES).contains(&passes) {
            return Err(Refusal::wrong(format!("passes is {passes}, expected 1 to {PASSES}")));
        }
        recipe.passes = passes;
    }
    recipe.validation = new.validation.unwrap_or(recipe.validation);
    let wish = Box::new(Wish { recipe, seed: new.seed.unwrap_or(1), level, from: None, curve: false });
    Ok(Task::New { plan, wish, seed: new.seed })
}

/// Stops a run, which is saved
#[utoipa::path(
    post, path = "/api/runs/{name}/stop", tag = "runs", params(Name),
    responses((status = 202, body = Object), (status = 409, description = "it is not in training"))
)]
async fn stop(
    State(app): State<Arc<App>>,
    Path(Name { name }): Path<Name>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let path = app.runs.path(&name)?;
    let current = app.runs.in_training(&name);
    let current =
        current.ok_or_else(|| Refusal::new(StatusCode::CONFLICT, format!("{name} is not in training")))?;
    Runs::stop(&current).await;
    // It may have come to its end just before.
    let finished = path.join("result.json").exists();
    let state = if finished { Phase::Finished } else { Phase::Stopped };
    Ok((StatusCode::ACCEPTED, Json(json!({ "name": name, "state": state }))))
}

/// Goes on with a run that was stopped, with the same bits as if it had not been
#[utoipa::path(
    post, path = "/api/runs/{name}/resume", tag = "runs", params(Name),
    responses((status = 202, body = Object), (status = 409, description = "it is finished, or a run is in training already"))
)]
async fn resume(
    State(app): State<Arc<App>>,
    Path(Name { name }): Path<Name>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    app.runs.path(&name)?;
    let name = Runs::start(app, Task::Old(name)).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "name": name, "state": Phase::Running }))))
}

/// An event as it is sent.
#[derive(ToSchema)]
#[schema(as = Event)]
#[expect(dead_code, reason = "it describes the lines of a stream")]
pub(crate) struct Happening {
    event: String,
    /// JSON.
    data: String,
}

/// What happens in a run, as server-sent events: `progress`, `pass`, `end`, `failed`
///
/// All passes so far come first, the last of them with its kernels; of a run that is not in training only they and its end.
#[utoipa::path(
    get, path = "/api/runs/{name}/events", tag = "runs", params(Name),
    responses((status = 200, content_type = "text/event-stream", body = Happening))
)]
async fn events(
    State(app): State<Arc<App>>,
    Path(Name { name }): Path<Name>,
) -> Result<Sse<KeepAliveStream<ReceiverStream<Result<Event, Infallible>>>>, Refusal> {
    let path = app.runs.path(&name)?;
    let (before, live) = match app.runs.in_training(&name) {
        Some(current) => current.feed.listen(),
        None => {
            let run = app.clone().work(move |app| told(app, &name, &path)).await?;
            let mut before = passes(&run.history, &Value::Null);
            before.push(("end", json!({ "state": run.state, "test": run.test }).to_string()));
            (before, None)
        }
    };
    let (sender, receiver) = mpsc::channel(16);
    let mut closing = app.closing();
    tokio::spawn(async move {
        let event = |(name, data): Message| Ok(Event::default().event(name).data(data));
        for message in before {
            if sender.send(event(message)).await.is_err() {
                return;
            }
        }
        let Some(mut live) = live else { return };
        loop {
            let message = tokio::select! {
                message = live.recv() => message,
                _ = closing.wait_for(|closing| *closing) => return,
                () = sender.closed() => return,
            };
            // Who is too far behind asks anew, and gets all passes again.
            let Ok(message) = message else { return };
            let last = matches!(message.0, "end" | "failed");
            if sender.send(event(message)).await.is_err() || last {
                return;
            }
        }
    });
    let alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(alive))
}
