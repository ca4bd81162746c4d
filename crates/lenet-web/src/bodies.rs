//! How the routes read the bodies of requests, before any network sees them: the same functions without a server, so that fuzzing and
//! tests reach them directly. (Pictures of `/api/read` are [`lenet::read::Picture`]'s.)

use lenet::kernels::level::Level;

use crate::refusal::Refusal;
use crate::routes::{answers, inside, runs, strings, v2};

/// A route that takes a body, with what its query and headers say of it.
#[derive(Clone, Copy, Debug)]
pub enum Route<'a> {
    /// `POST /v2/models/lenet5/infer`
    Infer {
        /// The header Inference-Header-Content-Length.
        json_length: Option<&'a [u8]>,
    },
    /// `POST /api/classify`
    Classify {
        /// Whether the content type is `application/json`.
        json: bool,
        /// `?side=`
        side: Option<usize>,
    },
    /// `POST /api/look`
    Look,
    /// `POST /api/strings`
    Strings {
        /// `?width=`
        width: usize,
    },
    /// `POST /api/runs`, which is not begun
    Runs,
}

/// Reads a body as its route does. How many grey levels are in it is returned; 0 for a run.
///
/// # Errors
/// The status of the refusal and its sentence.
pub fn read(route: Route<'_>, body: &[u8]) -> Result<usize, (u16, String)> {
    let levels = match route {
        Route::Infer { json_length } => v2::request(json_length, body).map(|it| it.pictures.levels()),
        Route::Classify { json, side } => answers::pictures(json, side, body).map(|it| it.levels()),
        Route::Look => inside::seen(body).map(|it| it.levels()),
        Route::Strings { width } => strings::fits(width, body).map(|()| body.len()),
        Route::Runs => runs::task(body, Level::new()).map(|_| 0),
    };
    levels.map_err(|Refusal { status, error }| (status.as_u16(), error))
}
