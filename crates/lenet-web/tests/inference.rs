//! The Open Inference Protocol, counters, and the description of the routes.

mod common;

use axum::http::Method;
use common::{Got, Server, ask};
use lenet::classify;
use lenet::data::Image;
use lenet::kernels::level::Level;
use lenet::models;
use serde_json::{Value, json};

fn images(count: usize) -> Vec<Image> {
    (0..count)
        .map(|n| std::array::from_fn(|at| if (at / 28 + at % 28 + n) % 9 < 2 { 200 } else { 0 }))
        .collect()
}

async fn binary(server: &Server, header: &Value, tensors: &[u8]) -> Got {
    let header = header.to_string();
    let request = ask(Method::POST, "/v2/models/lenet5/infer")
        .header("inference-header-content-length", header.len())
        .header("content-type", "application/octet-stream");
    server.send(request.body([header.as_bytes(), tensors].concat().into()).unwrap()).await
}

#[tokio::test]
async fn the_model_and_its_health_are_told() {
    let server = Server::new();
    assert_eq!(server.get("/v2").await.json()["name"], "lenet");
    assert_eq!(server.get("/v2/health/live").await.json()["live"], true);
    assert_eq!(server.get("/v2/health/ready").await.json()["ready"], true);
    assert_eq!(server.get("/v2/models/lenet5/ready").await.json()["ready"], true);
    let model = server.get("/v2/models/lenet5").await.json();
    assert_eq!(model["inputs"][0]["name"], "image");
    assert!(model["parameters"]["sample"].as_str().unwrap().contains("/v2/models/lenet5/infer"));
    for path in ["/v2/models/lenet6", "/v2/models/lenet6/ready"] {
        assert!(server.get(path).await.refused(404).contains("lenet5"));
    }
    server.post("/v2/models/lenet6/infer", "{}").await.refused(404);
}

#[tokio::test]
async fn json_tensors_are_answered_as_the_library_does_it() {
    let server = Server::new();
    let images = images(3);
    let expected = classify::answers(Level::new(), &models::reading(), &images);
    let nested: Vec<&[u8]> = images.iter().map(|image| image.as_slice()).collect();
    let input = json!({ "name": "image", "datatype": "UINT8", "shape": [3, 28, 28], "data": nested });
    let got =
        server.post_json("/v2/models/lenet5/infer", json!({ "id": "x", "inputs": [input] })).await.json();
    assert_eq!((&got["model_name"], &got["id"]), (&json!("lenet5"), &json!("x")));
    let outputs = got["outputs"].as_array().unwrap();
    let digits: Vec<u8> = expected.iter().map(|answer| answer.digit()).collect();
    assert_eq!((&outputs[0]["name"], &outputs[0]["data"]), (&json!("digit"), &json!(digits)));
    assert_eq!((&outputs[1]["shape"], &outputs[1]["datatype"]), (&json!([3, 10]), &json!("FP32")));
    let penalties = outputs[1]["data"].as_array().unwrap().iter().map(|y| y.as_f64().unwrap() as f32);
    let penalties: Vec<f32> = penalties.collect();
    assert_eq!(penalties, expected.iter().flat_map(|answer| answer.penalties).collect::<Vec<_>>());
    for likely in outputs[2]["data"].as_array().unwrap().chunks(10) {
        assert!(likely.iter().map(|p| p.as_f64().unwrap()).sum::<f64>() < 1.0001);
    }
    // The same as floats, flat, only one output.
    let flat: Vec<f32> = images.as_flattened().iter().map(|ink| f32::from(*ink) / 255.0).collect();
    let input = json!({ "name": "image", "datatype": "FP32", "shape": [3, 784], "data": flat });
    let request = json!({ "inputs": [input], "outputs": [{ "name": "digit" }] });
    let got = server.post_json("/v2/models/lenet5/infer", request).await.json();
    assert_eq!(
        got["outputs"],
        json!([{ "name": "digit", "datatype": "INT64", "shape": [3], "data": digits }])
    );
}

#[tokio::test]
async fn binary_tensors_are_answered_in_bytes() {
    let server = Server::new();
    let images = images(2);
    let expected = classify::answers(Level::new(), &models::reading(), &images);
    let input = json!({ "name": "image", "datatype": "UINT8", "shape": [2, 1, 28, 28], "parameters": { "binary_data_size": 1568 } });
    let header = json!({ "parameters": { "binary_data_output": true }, "inputs": [input] });
    let got = binary(&server, &header, images.as_flattened()).await;
    assert_eq!(got.status, 200);
    let length: usize = got.headers["inference-header-content-length"].to_str().unwrap().parse().unwrap();
    let (json, tensors) = got.body.split_at(length);
    let json: Value = serde_json::from_slice(json).unwrap();
    assert_eq!(json["outputs"][0]["parameters"]["binary_data_size"], 16);
    assert_eq!(json["outputs"][1]["parameters"]["binary_data_size"], 80);
    assert_eq!(tensors.len(), 16 + 80 + 80);
    assert_eq!(i64::from_le_bytes(*tensors.first_chunk().unwrap()), i64::from(expected[0].digit()));
    let floats: Vec<f32> =
        tensors[16..96].as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    assert_eq!(floats, [expected[0].penalties, expected[1].penalties].concat());
}

#[tokio::test]
async fn malformed_tensors_are_refused_with_the_reason() {
    let server = Server::new();
    let input = |change: Value| {
        let mut input =
            json!({ "name": "image", "datatype": "UINT8", "shape": [1, 784], "data": vec![0; 784] });
        change.as_object().unwrap().iter().for_each(|(key, value)| input[key] = value.clone());
        json!({ "inputs": [input] })
    };
    for (change, word) in [
        (json!({ "shape": [2, 784] }), "1568"),
        (json!({ "shape": [784] }), "[n,28,28]"),
        (json!({ "shape": [0, 784] }), "no image"),
        (json!({ "shape": [1_000_000_000, 784] }), "784000000000"),
        (json!({ "shape": [u64::MAX, 784] }), "more than fit"),
        (json!({ "shape": [-1, 784] }), "JSON"),
        (json!({ "shape": [1.5, 784] }), "JSON"),
        (json!({ "datatype": "BYTES" }), "BYTES"),
        (json!({ "name": "picture" }), "picture"),
        (json!({ "data": vec![256; 784] }), "256"),
        (json!({ "data": vec![0.5; 784] }), "whole"),
        (json!({ "data": ["a"] }), "numbers"),
        (json!({ "data": null }), "neither"),
        (json!({ "data": vec![2.0; 784], "datatype": "FP32" }), "0 (paper) to 1"),
        (json!({ "parameters": { "binary_data_size": 784 } }), "both"),
    ] {
        let reason = server.post_json("/v2/models/lenet5/infer", input(change)).await.refused(400);
        assert!(reason.contains(word), "{word}: {reason}");
    }
    for (body, word) in [
        ("", "JSON"),
        ("[]", "JSON"),
        ("{\"inputs\":[]}", "0 inputs"),
        (
            "{\"inputs\":[{\"name\":\"image\",\"datatype\":\"FP32\",\"shape\":[1,784],\"data\":[NaN]}]}",
            "JSON",
        ),
    ] {
        let reason = server.post("/v2/models/lenet5/infer", body).await.refused(400);
        assert!(reason.contains(word), "{word}: {reason}");
    }
    let mut other = input(json!({}));
    other["outputs"] = json!([{ "name": "class" }]);
    assert!(
        server.post_json("/v2/models/lenet5/infer", other.clone()).await.refused(400).contains("penalties")
    );
    other["outputs"] = json!(vec![json!({ "name": "digit" }); 4]);
    server.post_json("/v2/models/lenet5/infer", other).await.refused(400);
}

#[tokio::test]
async fn malformed_bytes_are_refused_with_the_reason() {
    let server = Server::new();
    let header = |datatype: &str, size: u64| {
        let parameters = json!({ "binary_data_size": size });
        json!({ "inputs": [{ "name": "image", "datatype": datatype, "shape": [1, 784], "parameters": parameters }] })
    };
    for (datatype, size, bytes) in [
        ("UINT8", 784, 783),
        ("UINT8", 783, 783),
        ("UINT8", 784, 785),
        ("FP32", 784, 784),
        ("UINT8", u64::MAX, 784),
    ] {
        let got = binary(&server, &header(datatype, size), &vec![0; bytes]).await;
        assert!(got.refused(400).contains("do not fit"), "{datatype} {size} {bytes}");
    }
    for value in [f32::NAN, f32::INFINITY, -0.1, 253.0] {
        let tensor: Vec<u8> = [0.0; 783].into_iter().chain([value]).flat_map(f32::to_le_bytes).collect();
        let got = binary(&server, &header("FP32", 3136), &tensor).await;
        assert!(got.refused(400).contains("at 783"), "{value}");
    }
    for length in ["1000", "-1", "x", "99999999999999999999"] {
        let request =
            ask(Method::POST, "/v2/models/lenet5/infer").header("inference-header-content-length", length);
        let reason = server.send(request.body("{}".into()).unwrap()).await.refused(400);
        assert!(reason.contains("inference-header"), "{reason}");
    }
}

#[tokio::test]
async fn who_asks_together_is_answered_as_if_alone() {
    let server = std::sync::Arc::new(Server::new());
    let images = images(60);
    let expected = classify::answers(Level::new(), &models::reading(), &images);
    let tasks = images.into_iter().enumerate().map(|(n, image)| {
        let server = server.clone();
        tokio::spawn(async move {
            let got = server.post("/api/classify", image).await.json();
            (n, got["answers"][0]["penalties"].as_array().unwrap().clone())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        let (n, penalties) = task.await.unwrap();
        let penalties: Vec<f32> = penalties.iter().map(|y| y.as_f64().unwrap() as f32).collect();
        assert_eq!(penalties, expected[n].penalties);
    }
    let text = String::from_utf8(server.get("/metrics").await.body).unwrap();
    for part in [
        "lenet_requests_total{route=\"/api/classify\",status=\"200\"} 60",
        "lenet_batch_images_sum 60",
        "lenet_request_seconds_bucket{route=\"/api/classify\",le=\"5\"} 60",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[tokio::test]
async fn all_routes_are_described() {
    let server = Server::new();
    let document = server.get("/api/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["info"]["title"], "lenet serve");
    let paths = document["paths"].as_object().unwrap();
    for (path, method) in [
        ("/api/about", "get"),
        ("/api/graph", "get"),
        ("/api/weights", "get"),
        ("/api/look", "post"),
        ("/api/read", "post"),
        ("/api/classify", "post"),
        ("/api/strings", "post"),
        ("/api/runs", "get"),
        ("/api/runs", "post"),
        ("/api/runs/{name}/events", "get"),
        ("/api/digits", "get"),
        ("/v2/models/{name}/infer", "post"),
        ("/metrics", "get"),
    ] {
        let operation = &paths[path][method];
        assert!(operation["summary"].as_str().is_some_and(|words| words.len() > 5), "{path}");
        assert!(operation["responses"]["421"].is_object(), "{path}");
    }
}
