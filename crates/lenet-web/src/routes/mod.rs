//! A file for each group of routes.

mod about;
pub(crate) mod answers;
pub(crate) mod inside;
mod page;
mod reading;
pub(crate) mod runs;
pub(crate) mod strings;
pub(crate) mod v2;

use std::sync::Arc;

use axum::extract::{MatchedPath, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, Method, StatusCode, Uri};
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{self, Document};
use crate::app::App;
use crate::refusal::Refusal;

/// All of them, with their description.
pub(crate) fn all() -> (Router<Arc<App>>, OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(Document::openapi())
        .merge(about::routes())
        .merge(inside::routes())
        .merge(reading::routes())
        .merge(answers::routes())
        .merge(strings::routes())
        .merge(runs::routes())
        .merge(v2::routes())
        .merge(OpenApiRouter::new().routes(routes!(counts)))
        .split_for_parts();
    let router = router
        .route("/", get(page::index))
        .route("/assets/{*file}", get(page::asset))
        .route("/api/openapi.json", get(description))
        .fallback(nothing)
        .method_not_allowed_fallback(otherwise);
    (router, api::complete(document))
}

/// The description of the routes.
async fn description() -> Json<OpenApi> {
    Json(all().1)
}

/// Requests, times, batches
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, content_type = "text/plain", body = String)))]
async fn counts(State(app): State<Arc<App>>) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], app.counts.text())
}

/// What a route may be asked with. The page's files and the description are not in the description themselves.
fn methods(route: &str) -> Vec<&'static str> {
    let paths = all().1.paths.paths;
    let Some(item) = paths.get(route) else { return vec!["GET"] };
    let known = [("GET", &item.get), ("POST", &item.post)];
    known.into_iter().filter_map(|(name, operation)| operation.as_ref().map(|_| name)).collect()
}

async fn nothing(uri: Uri) -> Refusal {
    Refusal::absent(format!("there is nothing at {}; /api/openapi.json lists all that there is", uri.path()))
}

async fn otherwise(uri: Uri, method: Method, route: MatchedPath) -> Refusal {
    let path = uri.path();
    let methods = methods(route.as_str()).join(" or ");
    let error = format!("{path} is asked with {methods}, not with {method}; /api/openapi.json says how");
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error)
}
