//! What is answered: the same as by the library, and a reason for what is refused.

mod common;

use common::{Server, bytes, floats, page};
use lenet::classify::{self, Answer};
use lenet::data::{Dataset, Image};
use lenet::kernels::level::Level;
use lenet::models;
use lenet::net::{self, State};
use lenet::read::{Limits, Picture, Reader};
use serde_json::{Value, json};

fn digits(count: usize) -> Vec<Image> {
    // A stroke of another slant in each.
    let image = |n: usize| {
        std::array::from_fn(|at| {
            let (y, x) = (at / 28, at % 28);
            let middle = 14 + (y as isize - 14) * (n as isize % 5 - 2) / 3;
            if (4..24).contains(&y) && (x as isize - middle).abs() < 2 + (n as isize % 3) {
                255 - n as u8
            } else {
                0
            }
        })
    };
    (0..count).map(image).collect()
}

#[tokio::test]
async fn the_page_comes_with_headers_that_keep_others_out() {
    let server = Server::new();
    let got = server.get("/?token=anything").await;
    assert_eq!(got.status, 200);
    assert!(got.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    let policy = got.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"));
    assert_eq!(got.headers["x-content-type-options"], "nosniff");
    // The browser asks each time, and gets nothing again that it has.
    assert_eq!(got.headers["cache-control"], "no-cache");
    let again = common::ask(axum::http::Method::GET, "/").header("if-none-match", &got.headers["etag"]);
    let again = server.send(again.body("".into()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    server.get("/assets/nothing.js").await.refused(404);
    for path in ["/assets/../Cargo.toml", "/assets/%2e%2e/index.html", "/nothing", "/api/nothing"] {
        server.get(path).await.refused(404);
    }
    for (path, methods) in
        [("/api/about", "GET"), ("/", "GET"), ("/api/openapi.json", "GET"), ("/api/runs/a", "GET")]
    {
        let got = server.post(path, "").await;
        assert!(got.refused(405).contains(&format!("{path} is asked with {methods}, not with POST")));
        assert_eq!(got.headers["allow"], format!("{methods},HEAD"));
    }
    let got = server.get("/api/read").await;
    assert!(got.refused(405).contains("/api/read is asked with POST, not with GET"));
    let put = common::ask(axum::http::Method::PUT, "/api/runs").body("".into()).unwrap();
    assert!(server.send(put).await.refused(405).contains("with GET or POST, not with PUT"));
}

#[tokio::test]
async fn about_tells_what_there_is() {
    let about = Server::new().get("/api/about").await.json();
    let names = |key: &str| {
        let list = about[key].as_array().unwrap().iter();
        list.map(|one| one["name"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names("networks"), ["reading", "best"]);
    assert_eq!(names("recipes"), lenet::train::Recipe::known().map(|recipe| recipe.name));
    let recipes = about["recipes"].as_array().unwrap();
    assert!(recipes.iter().all(|r| r["summary"] != "" && r["seconds_hint"].as_u64().unwrap() > 0));
    assert!(about["nets"].as_array().unwrap().contains(&json!("lenet-1")));
    assert_eq!(about["usual"], "reading");
}

#[tokio::test]
async fn the_graph_and_the_weights_are_the_network_s() {
    let server = Server::new();
    let graph = server.get("/api/graph?weights=best").await.json();
    let c3 = &graph["layers"][3];
    assert_eq!((&c3["name"], &c3["table"][15]), (&json!("C3"), &json!([0, 1, 2, 3, 4, 5])));
    let weights = server.get("/api/weights?weights=best").await.json();
    for layer in graph["layers"].as_array().unwrap() {
        for key in ["weight", "coefficient", "bias"] {
            if let Some(name) = layer[key].as_str() {
                assert!(weights["tensors"][name].is_object(), "{name}");
            }
        }
    }
    assert_eq!(floats(&weights["tensors"]["c1.weight"]), models::lenet_5().tensor("c1.weight").unwrap());
    assert_eq!(weights["codes"]["shape"], json!([10, 84]));
    assert!(server.get("/api/graph?weights=worst").await.refused(404).contains("/api/about"));
}

#[tokio::test]
async fn every_layer_is_told_as_the_library_has_it() {
    let server = Server::new();
    let image = digits(1)[0];
    let mut state = State::new();
    state.set_image(&image);
    net::forward(Level::new(), &models::reading(), &mut state);
    let inside = server.post("/api/look", image).await.json();
    assert_eq!(floats(&inside["input"]), state.input());
    let layers = inside["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 7);
    for (layer, (name, values)) in layers.iter().zip(state.layers().into_iter().skip(1)) {
        assert_eq!(layer["name"].as_str().unwrap().to_lowercase(), name);
        assert_eq!(floats(layer), values, "{name}");
    }
    let answer = &inside["answer"];
    assert_eq!((&answer["digit"], &answer["value"]), (&json!(state.class()), &json!(1)));
    // The same with the frame around it.
    let field: Vec<u8> = (0..1024)
        .map(|at| match (at / 32, at % 32) {
            (y @ 2..30, x @ 2..30) => image[(y - 2) * 28 + x - 2],
            _ => 0,
        })
        .collect();
    assert_eq!(server.post("/api/look", field).await.json(), inside);
    // White paper is no digit for a network that was taught so.
    let white = server.post("/api/look", vec![0; 784]).await.json();
    assert!(white["answer"]["value"].is_null());
    assert!(server.post("/api/look?weights=best", vec![0; 784]).await.json()["answer"]["value"].is_u64());
    assert!(server.post("/api/look", vec![0; 785]).await.refused(400).contains("785"));
    assert!(server.post("/api/look", vec![0; 70_000]).await.refused(413).contains("65536"));
}

#[tokio::test]
async fn pictures_are_read_as_the_library_reads_them() {
    let server = Server::new();
    for name in ["digit", "touching", "colours", "letter"] {
        let (file, _) = page(name);
        let picture = Picture::from_bytes(&file, &Limits::default()).unwrap();
        let expected = Reader::shipped().read(&picture.grey);
        let got = server.post("/api/read", file).await.json();
        assert_eq!(got["text"], json!(expected.text()), "{name}");
        assert_eq!(got["blank"], json!(expected.blank), "{name}");
        for (line, expected) in got["lines"].as_array().unwrap().iter().zip(&expected.lines) {
            assert_eq!(line["text"], json!(expected.text));
            for (digit, expected) in line["digits"].as_array().unwrap().iter().zip(&expected.digits) {
                assert_eq!(
                    (&digit["value"], &digit["bbox"]),
                    (&json!(expected.value), &json!(expected.bbox))
                );
                // The whole committee has its say, not its first member alone.
                assert_eq!(digit["probability"].as_f64().unwrap() as f32, expected.probability);
                assert_eq!(bytes(&digit["image"]), expected.image);
                assert!(expected.image.iter().any(|ink| *ink > 200));
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused_with_the_reason() {
    let server = Server::new();
    assert!(server.post("/api/read", "hello").await.refused(400).contains("not a picture"));
    assert!(server.post("/api/read", "").await.refused(400).contains("the body is empty"));
    let bomb = b"P5 100000 100000 255 ".to_vec();
    assert!(server.post("/api/read", bomb).await.refused(413).contains("100000"));
    for share in ["101", "-1", "100.00000000000001", "NaN", "much", ""] {
        let reason = server.post(&format!("/api/read?reject={share}"), "").await.refused(400);
        assert!(
            reason.contains(&format!("reject: {share:?}, expected")) && reason.contains("0 to 100"),
            "{reason}"
        );
        assert!(!reason.contains("eserialize"), "{reason}");
    }
    for path in ["/api/read", "/api/classify", "/api/look", "/api/strings", "/v2/models/lenet5/infer"] {
        let reason = server.post(&format!("{path}?rejekt=3"), "").await.refused(400);
        assert!(reason.contains("rejekt"), "{path}: {reason}");
    }
    assert!(
        server.post("/api/read?rejekt=3", "").await.refused(400).contains("expected `weights` or `reject`")
    );
    assert!(server.get("/api/digits?lable=3").await.refused(400).contains("lable"));
    let form = common::ask(axum::http::Method::POST, "/api/read")
        .header("content-type", "multipart/form-data; boundary=x");
    assert!(server.send(form.body("".into()).unwrap()).await.refused(415).contains("--data-binary"));
    let long = common::ask(axum::http::Method::POST, "/api/read").header("content-length", "99999999");
    server.send(long.body("".into()).unwrap()).await.refused(413);
}

/// As it is sent: a float's shortest decimal.
fn told(answer: &Answer) -> Value {
    let text = |values: &[f32]| serde_json::to_string(values).unwrap();
    let (penalty, penalties) = (text(&[answer.penalty()]), text(&answer.penalties));
    let penalty: Value = serde_json::from_str(&penalty).unwrap();
    let penalties: Value = serde_json::from_str(&penalties).unwrap();
    json!({
        "digit": answer.digit(), "penalty": penalty[0], "runner_up": answer.runner_up(), "penalties": penalties,
    })
}

#[tokio::test]
async fn images_are_classified_as_the_library_does_it() {
    let server = Server::new();
    let images = digits(40);
    let expected: Vec<_> =
        classify::answers(Level::new(), &models::lenet_5(), &images).iter().map(told).collect();
    let got = server.post("/api/classify?weights=best", images.as_flattened()).await.json();
    assert_eq!(got["answers"], json!(expected));
    // Alone, in JSON, and in the frame: the same bits.
    let one = json!({ "images": [images[7].as_slice()] });
    assert_eq!(server.post_json("/api/classify?weights=best", one).await.json()["answers"][0], expected[7]);
    let field: Vec<u8> = (0..1024)
        .map(|at| match (at / 32, at % 32) {
            (y @ 2..30, x @ 2..30) => images[7][(y - 2) * 28 + x - 2],
            _ => 0,
        })
        .collect();
    let got = server.post("/api/classify?weights=best&side=32", field).await.json();
    assert_eq!(got["answers"][0], expected[7]);
    // Many at once, on all threads.
    let many: Vec<Image> = images.iter().copied().cycle().take(3000).collect();
    let got = server.post("/api/classify?weights=best", many.as_flattened()).await.json();
    let answers = got["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 3000);
    assert!(answers.iter().zip(expected.iter().cycle()).all(|(a, b)| a == b));
}

#[tokio::test]
async fn wrong_images_are_refused_with_the_reason() {
    let server = Server::new();
    assert!(server.post("/api/classify", vec![0; 783]).await.refused(400).contains("783"));
    server.post("/api/classify", "").await.refused(400);
    assert!(server.post("/api/classify?side=30", vec![0; 900]).await.refused(400).contains("28 or 32"));
    for (body, word) in [
        (json!({}), "images"),
        (json!({ "images": [] }), "no image"),
        (json!({ "images": [[1, 2, 3]] }), "784"),
        (json!({ "images": [vec![256; 784]] }), "255"),
        (json!({ "images": [vec!["x"; 784]] }), "JSON"),
        (json!([[0, 0]]), r#"{"images": [[784 numbers"#),
    ] {
        assert!(server.post_json("/api/classify", body).await.refused(400).contains(word), "{word}");
    }
    assert!(
        server
            .post("/api/classify?weights=run:../../etc", vec![0; 784])
            .await
            .refused(400)
            .contains("letters")
    );
    server.post("/api/classify?weights=run:nothing", vec![0; 784]).await.refused(404);
}

#[tokio::test]
async fn strings_are_read_as_the_library_reads_them() {
    let server = Server::new();
    let mnist = Dataset::bundled();
    // A 7, a 2 and a 1, side by side in 32 rows.
    let width = 90;
    let mut ink = vec![0; 32 * width];
    for (k, image) in mnist.test.images[..3].iter().enumerate() {
        for (y, row) in image.chunks(28).enumerate() {
            for (x, value) in row.iter().enumerate() {
                let place = &mut ink[(y + 2) * width + 3 + 24 * k + x];
                *place = (*value).max(*place);
            }
        }
    }
    let got = server.post(&format!("/api/strings?width={width}"), ink.clone()).await.json();
    assert_eq!((&got["text"], &got["step"]), (&json!("721"), &json!(4)));
    let expected = lenet::read::string(Level::new(), &models::reading(), &ink, width);
    for (digit, expected) in got["digits"].as_array().unwrap().iter().zip(&expected) {
        assert_eq!(digit["columns"], json!([expected.columns.start, expected.columns.end]));
    }
    assert_eq!(got["answers"].as_array().unwrap().len(), (92 - 28) / 4);
    assert_eq!(server.post("/api/strings?width=32", vec![0; 1024]).await.json()["text"], "");
    for (query, bytes, word) in [
        ("", 0, "query"),
        ("?width=x", 0, "width: \"x\", expected a whole number"),
        ("?width=31", 0, "32 to 1024"),
        ("?width=2000", 0, "32 to 1024"),
        ("?width=40", 9, "1280"),
    ] {
        let reason = server.post(&format!("/api/strings{query}"), vec![0; bytes]).await.refused(400);
        assert!(reason.contains(word), "{reason}");
    }
}

#[tokio::test]
async fn digits_are_mnist_s() {
    let server = Server::new();
    let mnist = Dataset::bundled();
    let got = server.get("/api/digits?split=train&indices=0,59999").await.json();
    assert_eq!(bytes(&got["digits"][1]["image"]), mnist.train.images[59_999]);
    assert_eq!(got["digits"][0]["label"], 5);
    let threes = server.get("/api/digits?label=3&count=20&seed=7").await.json();
    let chosen = threes["digits"].as_array().unwrap();
    assert!(chosen.len() == 20 && chosen.iter().all(|digit| digit["label"] == 3));
    for digit in chosen {
        let index = digit["index"].as_u64().unwrap() as usize;
        assert_eq!(bytes(&digit["image"]), mnist.test.images[index]);
    }
    assert_eq!(server.get("/api/digits?label=3&count=20&seed=7").await.json(), threes);
    assert_ne!(server.get("/api/digits?label=3&count=20&seed=8").await.json(), threes);
    for (query, word) in [
        ("indices=1,x", "x"),
        ("indices=%2B1", "+1"),
        ("count=201", "200"),
        ("label=10", "0 to 9"),
        ("indices=0&count=201", "200"),
        ("indices=0&label=10", "0 to 9"),
        ("split=other", "query"),
        ("count=x", "count: \"x\", expected a whole number"),
    ] {
        assert!(server.get(&format!("/api/digits?{query}")).await.refused(400).contains(word), "{query}");
    }
    for index in ["10000", "99999999999999999999999"] {
        assert!(server.get(&format!("/api/digits?indices=1,{index}")).await.refused(404).contains(index));
    }
}
