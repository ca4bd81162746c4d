//! Why a request gets no answer: a status and a sentence, as `{"error": "..."}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A status from 400 on, and what is wrong and how to mend it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error: String,
}

/// The body of a refusal.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reason {
    /// What is wrong, what was expected, how to mend it.
    pub(crate) error: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: impl ToString) -> Self {
        Refusal { status, error: error.to_string() }
    }

    /// What was asked makes no sense.
    pub(crate) fn wrong(error: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// What was asked for is not here.
    pub(crate) fn absent(error: impl ToString) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// Not the fault of who asked.
    pub(crate) fn ours(error: impl ToString) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(Reason { error: self.error })).into_response()
    }
}
