//! The page's files, which are inside the program.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::refusal::Refusal;

#[derive(RustEmbed)]
#[folder = "page/dist"]
struct Files;

/// GET /
pub(crate) async fn index(headers: HeaderMap) -> Result<Response, Refusal> {
    respond("index.html", &headers)
}

/// GET /assets/...
pub(crate) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    respond(&format!("assets/{name}"), &headers)
}

/// A file, unless the browser has it: it asks each time, so that a newer program shows its own page.
fn respond(name: &str, headers: &HeaderMap) -> Result<Response, Refusal> {
    let file = Files::get(name).ok_or_else(|| Refusal::absent(format!("the page has no file {name}")))?;
    let hash: String = file.metadata.sha256_hash()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{hash}\"");
    let common = [(ETAG, tag.clone()), (CACHE_CONTROL, "no-cache".to_string())];
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let kind = file.metadata.mimetype().to_string();
    Ok((common, [(CONTENT_TYPE, kind)], file.data).into_response())
}
