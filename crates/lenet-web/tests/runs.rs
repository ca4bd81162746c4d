//! Training on the page: the folders of `lenet train`, one run at a time, stopped and resumed.

mod common;

use std::fs;

use common::{Server, floats};
use lenet::runs::{RunFolder, notes, stand};
use serde_json::{Value, json};

/// Events as (name, data).
fn events(body: &[u8]) -> Vec<(String, Value)> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let blocks = text.split("\n\n").filter(|block| block.contains("data:"));
    let event = |block: &str| {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} is missing in {block}")).trim().to_string()
        };
        (field("event:"), serde_json::from_str(&field("data:")).unwrap())
    };
    blocks.map(event).collect()
}

#[tokio::test]
async fn a_run_is_trained_watched_and_taken() {
    let server = Server::new();
    assert_eq!(server.get("/api/runs").await.json(), json!({ "runs": [] }));
    // A whole number may have a fraction of zero: to JSON that is the same.
    let wish = json!({ "recipe": "fast", "net": "lenet-1", "seed": 3, "passes": 2, "validation": 1000.0 });
    let got = server.post_json("/api/runs", wish.clone()).await;
    assert_eq!(got.status, 201);
    let name = got.json()["name"].as_str().unwrap().to_string();
    assert!(name.contains("lenet-1-fast-seed3"), "{name}");
    assert!(server.post_json("/api/runs", wish).await.refused(409).contains(&name));
    let path = server.folder.path().join("runs").join(&name);
    let told = events(&server.get(&format!("/api/runs/{name}/events")).await.body);
    let of =
        |kind: &str| told.iter().filter(|(name, _)| name == kind).map(|(_, data)| data).collect::<Vec<_>>();
    assert_eq!(of("pass").len(), 2);
    assert!(!of("progress").is_empty());
    let progress = of("progress")[0];
    assert_eq!((&progress["passes"], &progress["of"]), (&json!(2), &json!(59_000)));
    assert!(progress["patterns_per_second"].as_f64().unwrap() > 0.0);
    let last = of("pass")[1];
    assert_eq!(floats(&last["weights"]["tensors"]["h1.weight"]).len(), 4 * 25);
    assert!(last["record"]["validation_errors"].is_u64());
    let (kind, end) = told.last().unwrap();
    assert_eq!((kind.as_str(), &end["state"]), ("end", &json!("finished")));
    // The folder is one of `lenet train`.
    let result = RunFolder::result_of(&path).unwrap();
    assert_eq!((result.net.as_str(), result.seed, result.history.len()), ("lenet-1", 3, 2));
    assert_eq!(end["test"]["errors"], json!(result.test.errors));
    assert!(path.join("weights.safetensors").exists() && !path.join("checkpoint.safetensors").exists());
    assert!(notes(&path).unwrap().data.is_none());
    // It is listed, told in full, and can be asked.
    let list = server.get("/api/runs").await.json();
    let run = &list["runs"][0];
    assert_eq!((&run["name"], &run["state"]), (&json!(name), &json!("finished")));
    assert!(run["began"].as_u64().unwrap() > 1_700_000_000 && run["score"].is_null());
    let one = server.get(&format!("/api/runs/{name}")).await.json();
    assert_eq!(one["score"]["errors"], end["test"]["errors"]);
    assert_eq!(one["score"]["misread"].as_array().unwrap().len(), result.test.errors);
    let about = server.get("/api/about").await.json();
    assert_eq!(about["networks"][2]["name"], json!(format!("run:{name}")));
    let weights = format!("weights=run:{name}");
    assert_eq!(server.get(&format!("/api/graph?{weights}")).await.json()["net"], "lenet-1");
    let inside = server.post(&format!("/api/look?{weights}"), vec![0; 784]).await.json();
    assert_eq!(inside["layers"][0]["name"], "H1");
    let got = server.post(&format!("/api/classify?{weights}"), vec![0; 784]).await.json();
    assert_eq!(got["answers"][0]["digit"], inside["answer"]["digit"]);
    assert!(
        server.post(&format!("/api/read?{weights}"), "P2 1 1 255 0").await.refused(400).contains("lenet-1")
    );
    // Its events come again, without progress.
    let again = events(&server.get(&format!("/api/runs/{name}/events")).await.body);
    assert_eq!(again.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["pass", "pass", "end"]);
    server.post(&format!("/api/runs/{name}/resume"), "").await.refused(409);
    server.post(&format!("/api/runs/{name}/stop"), "").await.refused(409);
}

#[tokio::test]
async fn a_run_is_stopped_and_goes_on() {
    let server = Server::new();
    let wish = json!({ "recipe": "fast", "net": "linear", "passes": 10_000 });
    let name = server.post_json("/api/runs", wish).await.json()["name"].as_str().unwrap().to_string();
    let path = server.folder.path().join("runs").join(&name);
    let one = server.get(&format!("/api/runs/{name}")).await.json();
    assert_eq!((&one["state"], &one["test"]), (&json!("running"), &Value::Null));
    let got = server.post(&format!("/api/runs/{name}/stop"), "").await;
    assert_eq!((got.status.as_u16(), got.json()["state"].clone()), (202, json!("stopped")));
    let before = stand(&path).unwrap().history.len();
    assert_eq!(server.get(&format!("/api/runs/{name}")).await.json()["state"], "stopped");
    let got = server.post(&format!("/api/runs/{name}/resume"), "").await;
    assert_eq!((got.status.as_u16(), got.json()["state"].clone()), (202, json!("running")));
    assert!(server.post(&format!("/api/runs/{name}/resume"), "").await.refused(409).contains("already"));
    while server.get(&format!("/api/runs/{name}")).await.json()["history"].as_array().unwrap().len() <= before
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    server.post(&format!("/api/runs/{name}/stop"), "").await.json();
    assert!(stand(&path).unwrap().history.len() > before);
    // A run on other digits is for the command line.
    let file = path.join("run.json");
    let text = fs::read_to_string(&file).unwrap().replace("\"data\": null", "\"data\": \"kmnist\"");
    fs::write(&file, text).unwrap();
    assert!(
        server
            .post(&format!("/api/runs/{name}/resume"), "")
            .await
            .refused(400)
            .contains("lenet train --resume")
    );
}

#[tokio::test]
async fn what_can_t_be_trained_is_refused_with_the_reason() {
    let server = Server::new();
    for (wish, word) in [
        (json!({}), "recipe"),
        (json!({ "recipe": "slow" }), "paper-1998"),
        (json!({ "recipe": "../fast" }), "no recipe"),
        (json!({ "recipe": "fast", "net": "lenet-7" }), "lenet-1"),
        (json!({ "recipe": "fast", "passes": 0 }), "1 to 10000"),
        (json!({ "recipe": "fast", "passes": 10_001 }), "1 to 10000"),
        (json!({ "recipe": "fast", "passes": -1 }), "JSON"),
        (json!({ "recipe": "fast", "validation": 60_000 }), "60000"),
        (json!({ "recipe": "paper-1998", "net": "lenet-1" }), "lenet-1"),
        (json!({ "recipe": "fast", "out": "/tmp/x" }), "out"),
    ] {
        let reason = server.post_json("/api/runs", wish.clone()).await.refused(400);
        assert!(reason.contains(word), "{wish}: {reason}");
    }
    assert_eq!(server.get("/api/runs").await.json(), json!({ "runs": [] }), "nothing was left behind");
}

#[tokio::test]
async fn names_of_runs_lead_nowhere_else() {
    let server = Server::new();
    fs::create_dir_all(server.folder.path().join("runs")).unwrap();
    fs::write(server.folder.path().join("recipe.toml"), "").unwrap();
    for name in ["..", ".", "%2e%2e", "..%2f..", "a%2fb", "%00", "a%20b", ".hidden", &"x".repeat(200)] {
        for (path, post) in [("", false), ("/events", false), ("/stop", true), ("/resume", true)] {
            let uri = format!("/api/runs/{name}{path}");
            let got = if post { server.post(&uri, "").await } else { server.get(&uri).await };
            assert!([400, 404].contains(&got.status.as_u16()), "{uri}: {}", got.status);
        }
    }
    server.get("/api/runs/nothing").await.refused(404);
}
