//! Requests in: queries and bodies, of limited size and in limited time, refused with a reason.

use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Bytes;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::app::App;
use crate::refusal::Refusal;

/// The most bytes of pictures, images and tensors.
pub(crate) const LARGE: usize = 32 << 20;
/// The most bytes of one picture of a digit, a string, or a wish.
pub(crate) const SMALL: usize = 64 << 10;
/// The most bytes of JSON, which takes several times its size when it is read.
const JSON: usize = 8 << 20;

/// A body of at most so many bytes, with the headers of its request.
pub(crate) struct Payload<const MOST: usize> {
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
}

impl<const MOST: usize> FromRequest<Arc<App>> for Payload<MOST> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let announced = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        if announced.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > MOST as u64)
        {
            return Err(too_large(MOST));
        }
        let collected = timeout(app.patience, Limited::new(body, MOST).collect()).await;
        let bytes = match collected {
            Err(_) => {
                let seconds = app.patience.as_secs();
                let error =
                    format!("the body was not there within {seconds} seconds; send it faster or smaller");
                return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, error));
            }
            Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large(MOST)),
            Ok(Err(error)) => return Err(Refusal::wrong(format!("the body broke off: {error}"))),
            Ok(Ok(collected)) => collected.to_bytes(),
        };
        Ok(Payload { headers: parts.headers, bytes })
    }
}

fn too_large(most: usize) -> Refusal {
    let error = format!("the body is larger than the {most} bytes that this takes; send less at a time");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error)
}

impl<const MOST: usize> Payload<MOST> {
    /// Whether the content type begins like this.
    pub(crate) fn is(&self, kind: &str) -> bool {
        let value = self.headers.get("content-type").and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.len() >= kind.len() && value[..kind.len()].eq_ignore_ascii_case(kind))
    }
}

/// Bytes as JSON of this form, which is told to whom sends another.
pub(crate) fn in_json<'a, T: Deserialize<'a>>(bytes: &'a [u8], form: &str) -> Result<T, Refusal> {
    if bytes.len() > JSON {
        return Err(too_large(JSON));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        Refusal::wrong(format!("the body is not the JSON that is expected here ({error}): send {form}"))
    })
}

/// Bytes as they are, for the description of the routes.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub(crate) struct Binary(
    #[expect(dead_code, reason = "it stands for bodies that are read as bytes")] Vec<u8>,
);

/// The query of an address.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Query::try_from_uri(&parts.uri).map(|Query(query)| Asked(query)).map_err(|error| {
            // What is wrong with which parameter, without the words of the library around it.
            let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            let error = format!("the query can't be understood: {reason}; /api/openapi.json has all parameters with their ranges");
            Refusal::wrong(error)
        })
    }
}

/// A parameter of a query that is a whole number, told as such if it is none.
pub(crate) fn whole<'de, D: Deserializer<'de>, N: FromStr>(query: D) -> Result<N, D::Error> {
    let text = String::deserialize(query)?;
    text.parse().map_err(|_| D::Error::custom(format!("{text:?}, expected a whole number in its range")))
}

/// The same of one that need not be there.
pub(crate) fn whole_or_none<'de, D: Deserializer<'de>, N: FromStr>(query: D) -> Result<Option<N>, D::Error> {
    whole(query).map(Some)
}
