//! The page's files, which are inside the program.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::refusal::Refusal;

#[derive(RustEmbed)]
#[folder = "page/dist"]
struct Files;

/// GET /
pub(crate) async fn index() -> Result<Response, Refusal> {
    let file = Files::get("index.html").ok_or_else(|| Refusal::absent("the page is not in this program"))?;
    Ok(respond(file, "no-cache"))
}

/// GET /assets/..., whose names change with their content.
pub(crate) async fn asset(Path(name): Path<String>) -> Result<Response, Refusal> {
    let file = Files::get(&format!("assets/{name}"));
    let file = file.ok_or_else(|| Refusal::absent(format!("the page has no file {name}")))?;
    Ok(respond(file, "public, max-age=31536000, immutable"))
}

fn respond(file: EmbeddedFile, cache: &'static str) -> Response {
    let kind = file.metadata.mimetype().to_string();
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, cache.to_string())], file.data).into_response()
}
