//! Who may ask, and what every answer says to the browser.
//!
//! A page from elsewhere that is open in the user's browser can send requests to this machine too. So a request must call us by a
//! name that is ours (a foreign name that was made to lead here is refused), and must not come from a page of another origin.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::refusal::Refusal;

/// Headers of every answer. The page has all its scripts and styles in files of its own; pictures may be made by its script.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
         font-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(self), microphone=(), geolocation=()"),
];

/// What is asked of requests.
pub(crate) struct Guard {
    token: Option<String>,
    name: Option<String>,
}

impl Guard {
    pub(crate) fn new(token: Option<String>, name: Option<String>) -> Self {
        Guard { token, name }
    }

    pub(crate) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    fn refusal(&self, method: &Method, path: &str, headers: &HeaderMap) -> Option<Refusal> {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
        let host = text(HOST).unwrap_or("");
        if !self.is_ours(host) {
            let error = "this server is not called by that name; open it as http://127.0.0.1 with its port, or give `lenet serve` \
                         the name with --host";
            return Some(Refusal::new(StatusCode::MISDIRECTED_REQUEST, error));
        }
        let for_page = (method == Method::GET || method == Method::HEAD) && !needs_token(path);
        if for_page {
            return None;
        }
        let same = |origin: &str| {
            origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        };
        let site = text(HeaderName::from_static("sec-fetch-site"));
        if text(ORIGIN).is_some_and(|origin| !same(origin))
            || site.is_some_and(|site| !["same-origin", "none"].contains(&site))
        {
            let error = "the request comes from a page of another origin, which may not ask";
            return Some(Refusal::new(StatusCode::FORBIDDEN, error));
        }
        let token = self.token.as_deref()?;
        let given = text(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).unwrap_or("");
        (!equal(given, token)).then(|| {
            let error = "this server answers only who knows its token: send it as `Authorization: Bearer TOKEN`, or open the \
                         address that `lenet serve` has printed";
            Refusal::new(StatusCode::UNAUTHORIZED, error)
        })
    }

    /// Whether a `Host` names this machine: as `localhost`, by a number, which no foreign name can pretend to be, or by the name that
    /// the command line gave.
    fn is_ours(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
            _ => host,
        };
        let number = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let is_ours = match number.parse::<IpAddr>() {
            // Who can ask from elsewhere needs the token, whatever the address is.
            Ok(address) => address.is_loopback() || self.token.is_some(),
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        };
        is_ours || self.name.as_deref().is_some_and(|ours| name.eq_ignore_ascii_case(ours))
    }
}

/// A new token: 32 hexadecimal digits that nobody can guess.
///
/// # Errors
/// When the system has no random numbers.
pub fn token() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether a path is anything but the page's files, which are the same for everybody.
fn needs_token(path: &str) -> bool {
    ["/api/", "/v2", "/metrics"].iter().any(|begin| path.starts_with(begin))
}

/// In a time that does not tell how much is right.
fn equal(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |wrong, (a, b)| wrong | (a ^ b)) == 0
}

/// Refuses who may not ask.
pub(crate) async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let _begun = app.count();
    // Routes by their pattern: their number has an end.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let refusal = app.guard.refusal(request.method(), request.uri().path(), request.headers());
    let mut response = match refusal {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    headers.entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
    app.counts.request(route, response.status(), began.elapsed());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_ours() {
        let guard = Guard::new(None, None);
        for host in ["localhost", "LOCALHOST:8098", "127.0.0.1:8098", "127.0.0.1", "[::1]:8098", "[::1]"] {
            assert!(guard.is_ours(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "evil.example:8098",
            "192.168.0.7",
            "localhost:x",
            ":",
        ] {
            assert!(!guard.is_ours(host), "{host}");
        }
        let guard = Guard::new(Some("secret".into()), Some("box.example".into()));
        assert!(
            guard.is_ours("192.168.0.7:80")
                && guard.is_ours("box.example:8098")
                && !guard.is_ours("b.example")
        );
    }

    #[test]
    fn tokens_are_equal_or_not() {
        assert!(equal("abc", "abc") && !equal("abc", "abd") && !equal("abc", "ab") && !equal("", "a"));
    }
}
