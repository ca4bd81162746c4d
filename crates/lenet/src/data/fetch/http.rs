//! One file over HTTP into a `.part` file, resumed as often as that brings it further.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use ureq::Agent;
use ureq::http::{StatusCode, header};

use super::{FetchError, MAX_BYTES, Options, Progress, Reason};

/// A failure of the mirror, after which the next is tried, or one of our own side, after which nothing helps.
pub(super) enum Trouble {
    Mirror(Reason),
    Here(FetchError),
}

impl Trouble {
    pub(super) fn here(path: &Path) -> impl FnOnce(std::io::Error) -> Trouble {
        move |reason| Trouble::Here(FetchError::Disk { path: path.into(), reason })
    }
}

impl From<Reason> for Trouble {
    fn from(reason: Reason) -> Trouble {
        Trouble::Mirror(reason)
    }
}

pub(super) fn agent(options: &Options) -> Result<Agent, FetchError> {
    let proxy = options.proxy.as_ref().map(|proxy| {
        ureq::Proxy::new(proxy)
            .map_err(|error| FetchError::Proxy { proxy: proxy.clone(), reason: error.to_string() })
    });
    let config = Agent::config_builder()
        .proxy(proxy.transpose()?) // the default would look into the environment
        .http_status_as_error(false)
        .user_agent(concat!("lenet/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(options.connect))
        .timeout_connect(Some(options.connect))
        .timeout_recv_response(Some(options.idle))
        .timeout_per_read(Some(options.idle))
        .build();
    Ok(config.into())
}

/// Bytes of a file that is there, 0 otherwise.
pub(super) fn length(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// Completes `part` from `url`. On failure it keeps what came, for the next attempt.
pub(super) fn download(
    agent: &Agent,
    url: &str,
    part: &Path,
    file: &str,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), Trouble> {
    loop {
        let before = length(part);
        match attempt(agent, url, part, file, progress) {
            // A server that stopped halfway is asked for the rest, for as long as the file grows.
            Err(Trouble::Mirror(Reason::Cut { .. })) if length(part) > before => {}
            result => return result,
        }
    }
}

fn attempt(
    agent: &Agent,
    url: &str,
    part: &Path,
    file: &str,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), Trouble> {
    let have = length(part);
    let mut request = agent.get(url).header(header::ACCEPT_ENCODING, "identity");
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let response = request.call().map_err(|error| match error {
        ureq::Error::Timeout(_) => Reason::Silent(error.to_string()),
        _ => Reason::Network(error.to_string()),
    })?;
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let start = match response.status() {
        StatusCode::OK => 0, // all of it, whether a part was asked for or not
        StatusCode::PARTIAL_CONTENT => {
            let answered = text(header::CONTENT_RANGE);
            if !answered.starts_with(&format!("bytes {have}-")) {
                return Err(Reason::Range { asked: have, answered: answered.into() }.into());
            }
            have
        }
        StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
            // Nothing follows what is here: it is complete but unchecked, or of another file. Start over.
            fs::remove_file(part).map_err(Trouble::here(part))?;
            return attempt(agent, url, part, file, progress);
        }
        status => return Err(Reason::Status(status.as_u16()).into()),
    };
    let total = text(header::CONTENT_LENGTH).parse::<u64>().ok().map(|length| start + length);

    let mut options = File::options();
    options.create(true);
    if start == 0 {
        options.write(true).truncate(true)
    } else {
        options.append(true)
    };
    let mut output = options.open(part).map_err(Trouble::here(part))?;
    let mut body = response.into_body().into_reader();
    let mut received = start;
    let mut buffer = vec![0; 1 << 16];
    loop {
        progress(Progress { file, url, received, total });
        let cut = |reason: String| Reason::Cut { received, total, reason };
        let count = body.read(&mut buffer).map_err(|error| cut(error.to_string()))?;
        if count == 0 {
            return match total {
                Some(total) if received < total => Err(cut("the server closed it".into()).into()),
                _ => Ok(()),
            };
        }
        output.write_all(&buffer[..count]).map_err(Trouble::here(part))?;
        received += count as u64;
        if received > MAX_BYTES {
            return Err(Reason::Endless.into());
        }
    }
}
