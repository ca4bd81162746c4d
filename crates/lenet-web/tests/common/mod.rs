//! What the tests of the server share: all its routes without a port.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt;
use lenet_web::{App, Options};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

/// A server with a folder of its own for runs.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    pub(crate) app: Arc<App>,
    router: Router,
}

/// An answer.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// With these options; the folder of runs is `runs` in its own folder.
    pub(crate) fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options { runs: folder.path().join("runs"), threads: 2, ..Options::default() };
        change(&mut options);
        let app = App::new(options).unwrap();
        Server { folder, router: app.router(), app }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Got { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, uri: &str) -> Got {
        self.send(ask(Method::GET, uri).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, uri: &str, body: impl Into<Vec<u8>>) -> Got {
        self.send(ask(Method::POST, uri).body(Body::from(body.into())).unwrap()).await
    }

    pub(crate) async fn post_json(&self, uri: &str, body: Value) -> Got {
        let request = ask(Method::POST, uri).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

/// A request as this machine's browser sends it.
pub(crate) fn ask(method: Method, uri: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(uri).header("host", "127.0.0.1:8098")
}

impl Got {
    /// The body of an answer that must be a good one.
    pub(crate) fn json(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The reason of a refusal with this status.
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        let reason = body["error"].as_str().unwrap().to_string();
        assert!(reason.len() > 15 && !reason.contains("panicked"), "{reason}");
        reason
    }
}

/// The floats of an array, whose shape must hold them all.
pub(crate) fn floats(value: &Value) -> Vec<f32> {
    let bytes = STANDARD.decode(value["f32"].as_str().unwrap()).unwrap();
    let floats: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let shape = value["shape"].as_array().unwrap();
    assert_eq!(shape.iter().map(|side| side.as_u64().unwrap()).product::<u64>(), floats.len() as u64);
    floats
}

/// The bytes of an array.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    STANDARD.decode(value["u8"].as_str().unwrap()).unwrap()
}

/// A golden page, and the text on it.
pub(crate) fn page(name: &str) -> (Vec<u8>, Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/pages");
    let picture = std::fs::read(folder.join(format!("{name}.png"))).unwrap();
    let truth = std::fs::read(folder.join(format!("{name}.json"))).unwrap();
    (picture, serde_json::from_slice(&truth).unwrap())
}
