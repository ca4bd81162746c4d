//! Whatever is sent, the answer is a good one or a refusal with a reason, and the server goes on.

mod common;

use std::sync::OnceLock;

use axum::http::Method;
use common::{Got, Server, ask};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// One server for all cases.
fn server() -> &'static (Server, Runtime) {
    static SERVER: OnceLock<(Server, Runtime)> = OnceLock::new();
    SERVER.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        (Server::new(), runtime.unwrap())
    })
}

/// A good answer, or a refusal that is not the server's fault.
fn is_sound(got: &Got) -> bool {
    let told = serde_json::from_slice::<Value>(&got.body).is_ok_and(|body| body["error"].is_string());
    got.status.is_success() || (got.status.is_client_error() && told)
}

/// JSON with the keys that the protocol knows, and values that may be anything.
fn tensors() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        (0..2000u64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        prop::sample::select(vec!["image", "UINT8", "FP32", "digit", "BYTES", ""]).prop_map(Value::from),
    ];
    let names = vec![
        "inputs",
        "outputs",
        "name",
        "shape",
        "datatype",
        "data",
        "parameters",
        "binary_data_size",
        "binary_data",
        "id",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        let key = prop::sample::select(names.clone()).prop_map(str::to_string);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..6).prop_map(|map| map.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered_or_refused(
        body in prop::collection::vec(any::<u8>(), 0..3000),
        path in prop::sample::select(vec![
            "/v2/models/lenet5/infer", "/api/classify", "/api/classify?side=32", "/api/look", "/api/strings?width=40", "/api/read",
            "/api/runs", "/api/runs/x/stop",
        ]),
        length in prop::option::of(0..3000usize),
        json in any::<bool>(),
    ) {
        let (server, runtime) = server();
        let mut request = ask(Method::POST, path);
        if let Some(length) = length {
            request = request.header("inference-header-content-length", length);
        }
        if json {
            request = request.header("content-type", "application/json");
        }
        let got = runtime.block_on(server.send(request.body(body.into()).unwrap()));
        prop_assert!(is_sound(&got), "{} {}", got.status, String::from_utf8_lossy(&got.body));
    }

    #[test]
    fn any_tensors_are_answered_or_refused(
        input in tensors(),
        whole in tensors(),
        shape in prop::collection::vec(any::<u64>(), 0..5),
        size in any::<u64>(),
        bytes in prop::collection::vec(any::<u8>(), 0..2000),
    ) {
        let (server, runtime) = server();
        let wanted = json!({
            "name": "image", "datatype": "UINT8", "shape": shape, "parameters": { "binary_data_size": size }, "data": input,
        });
        for header in [json!({ "inputs": [wanted] }), json!({ "inputs": [input] }), whole] {
            let header = header.to_string();
            let request = ask(Method::POST, "/v2/models/lenet5/infer")
                .header("inference-header-content-length", header.len());
            let body = [header.as_bytes(), &bytes].concat();
            let got = runtime.block_on(server.send(request.body(body.into()).unwrap()));
            prop_assert!(is_sound(&got), "{header}: {} {}", got.status, String::from_utf8_lossy(&got.body));
        }
    }

    #[test]
    fn any_query_is_answered_or_refused(
        route in prop::sample::select(vec![
            "/api/digits", "/api/graph", "/api/weights", "/api/runs/x", "/api/about", "/v2/models/lenet5",
        ]),
        key in prop::sample::select(vec!["weights", "indices", "label", "count", "seed", "split"]),
        value in "[a-z0-9:.,%2fe-]{0,40}",
    ) {
        let (server, runtime) = server();
        let Ok(request) = ask(Method::GET, &format!("{route}?{key}={value}")).body("".into()) else { return Ok(()) };
        let got = runtime.block_on(server.send(request));
        prop_assert!(is_sound(&got), "{key}={value}: {} {}", got.status, String::from_utf8_lossy(&got.body));
    }
}
