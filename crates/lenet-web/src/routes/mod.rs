//! A file for each group of routes.

mod about;
mod answers;
mod inside;
mod page;
mod reading;

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::routing::get;

use crate::app::App;
use crate::refusal::Refusal;

/// All of them.
pub(crate) fn all() -> Router<Arc<App>> {
    Router::new()
        .merge(about::routes())
        .merge(inside::routes())
        .merge(reading::routes())
        .merge(answers::routes())
        .route("/", get(page::index))
        .route("/assets/{*file}", get(page::asset))
        .fallback(nothing)
        .method_not_allowed_fallback(otherwise)
}

async fn nothing(uri: Uri) -> Refusal {
    Refusal::absent(format!("there is nothing at {}; /api/openapi.json lists all that there is", uri.path()))
}

async fn otherwise(uri: Uri) -> Refusal {
    let error = format!("{} is not asked like this; /api/openapi.json says how", uri.path());
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error)
}
