//! `lenet serve` as a process: its address, its answers, its end.
#![cfg(unix)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{fails, lenet};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

fn start(dir: &TempDir, arguments: &[&str]) -> (Child, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lenet"));
    command.current_dir(dir.path()).args(["serve", "--port", "0", "--threads", "2"]).args(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut address = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
    (child, address.trim().to_string())
}

/// Sends SIGTERM and returns the exit code.
fn stop(mut child: Child) -> Option<i32> {
    let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status().unwrap();
    assert!(sent.success());
    child.wait().unwrap().code()
}

/// Status and JSON of an answer.
fn ask(address: &str, line: &str, more: &str, body: &[u8]) -> (u16, Value) {
    let host = address.trim_start_matches("http://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{more}\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let at = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
    (status, serde_json::from_slice(&answer[at + 4..]).unwrap_or(Value::Null))
}

#[test]
fn it_tells_where_it_is_answers_and_ends_well() {
    let dir = tempdir().unwrap();
    let (child, address) = start(&dir, &[]);
    assert!(address.starts_with("http://127.0.0.1:") && address.ends_with('/'), "{address}");
    let (status, about) = ask(&address, "GET /api/about", "", b"");
    assert_eq!((status, &about["usual"]), (200, &Value::from("reading")));
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/pages/digit.png");
    let (status, read) = ask(&address, "POST /api/read", "", &std::fs::read(&page).unwrap());
    assert_eq!(status, 200);
    let said = lenet(&dir).arg("read").arg(&page).output().unwrap();
    assert_eq!(read["text"].as_str().unwrap(), String::from_utf8(said.stdout).unwrap().trim());
    assert_eq!(ask(&address, "GET /", "", b"").0, 200);
    assert_eq!(stop(child), Some(0));
    assert!(!dir.path().join("runs").exists(), "nothing was trained");
}

#[test]
fn where_others_can_reach_it_the_address_has_a_token_that_is_asked_for() {
    let dir = tempdir().unwrap();
    let (child, address) = start(&dir, &["--host", "0.0.0.0"]);
    let token = address.split_once("/?token=").expect(&address).1;
    assert_eq!(token.len(), 32);
    assert_eq!(ask(&address, "GET /api/about", "", b"").0, 401);
    assert_eq!(ask(&address, "GET /api/about", &format!("authorization: Bearer {token}\r\n"), b"").0, 200);
    assert_eq!(stop(child), Some(0));
}

#[test]
fn a_run_in_training_is_saved_at_the_end_and_can_be_resumed() {
    let dir = tempdir().unwrap();
    let (child, address) = start(&dir, &[]);
    let wish = br#"{"recipe": "fast", "net": "linear", "passes": 5000}"#;
    let (status, run) = ask(&address, "POST /api/runs", "", wish);
    assert_eq!(status, 201);
    assert_eq!(stop(child), Some(0));
    let folder = dir.path().join("runs").join(run["name"].as_str().unwrap());
    assert!(folder.join("checkpoint.safetensors").exists() && !folder.join("result.json").exists());
    assert_eq!(lenet::runs::stand(&folder).unwrap().recipe.passes, 5000);
}

#[test]
fn mistakes_are_told_before_anything_is_served() {
    let dir = tempdir().unwrap();
    let (child, address) = start(&dir, &[]);
    let port = address.trim_end_matches('/').rsplit_once(':').unwrap().1;
    let message = fails(lenet(&dir).args(["serve", "--port", port]), 1);
    assert!(message.contains(port) && message.contains("another port"), "{message}");
    assert_eq!(stop(child), Some(0));
    let message = fails(lenet(&dir).args(["serve", "--port", "0", "--run", "nothing"]), 1);
    assert!(message.contains("nothing"), "{message}");
    let message = fails(lenet(&dir).args(["serve", "--port", "0", "--host", "256.0.0.1"]), 1);
    assert!(message.contains("256.0.0.1"), "{message}");
    fails(lenet(&dir).args(["serve", "--run", "a", "--weights", "b"]), 2);
}
