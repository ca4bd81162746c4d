//! The description of all routes, made from the routes themselves.

use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{OpenApi, openapi};

use crate::refusal::Reason;

/// What the document begins with.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "lenet serve",
        description = "LeNet-5 of 1998: digits from pictures, answers to images, a look at every layer, training runs. Where others than \
                       this machine can ask, every request brings the token that `lenet serve` has printed.",
        license(name = "MIT OR Apache-2.0")
    ),
    components(schemas(Reason))
)]
pub(crate) struct Document;

/// A seed: all that 64 bits hold.
pub(crate) fn seed() -> Object {
    seed_of(Type::Integer.into())
}

/// A seed, or null for the usual one.
pub(crate) fn seed_or_null() -> Object {
    seed_of(SchemaType::from_iter([Type::Integer, Type::Null]))
}

fn seed_of(kind: SchemaType) -> Object {
    ObjectBuilder::new().schema_type(kind).minimum(Some(0)).maximum(Some(usize::MAX)).build()
}

/// Why any request may be refused.
const REFUSALS: [(&str, &str); 7] = [
    ("400", "what was asked makes no sense"),
    ("401", "the token is missing or wrong"),
    ("403", "a page of another origin asks"),
    ("404", "what was asked for is not here"),
    ("413", "the body is too large"),
    ("421", "the request calls the server by a foreign name"),
    ("500", "the server is at fault"),
];

/// Adds to every operation what all have in common.
pub(crate) fn complete(mut document: openapi::OpenApi) -> openapi::OpenApi {
    let token = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    document.components.get_or_insert_default().add_security_scheme("token", token);
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            add_refusals(operation);
        }
    }
    document
}

fn add_refusals(operation: &mut Operation) {
    let refusal = |description: &str| -> RefOr<Response> {
        let reason = ContentBuilder::new().schema(Some(Ref::from_schema_name("Reason"))).build();
        ResponseBuilder::new().description(description).content("application/json", reason).build().into()
    };
    for (status, description) in REFUSALS {
        operation.responses.responses.entry(status.to_string()).or_insert_with(|| refusal(description));
    }
}
