//! Who may ask, and who may not.

mod common;

use axum::body::Body;
use axum::http::{Method, Request};
use common::{Server, ask};

fn from(host: &str, uri: &str) -> Request<Body> {
    Request::builder().uri(uri).header("host", host).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_foreign_name_that_leads_here_is_refused() {
    let server = Server::new();
    for uri in ["/", "/api/about", "/api/nothing"] {
        assert!(server.send(from("evil.example", uri)).await.refused(421).contains("--host"), "{uri}");
        server.send(from("localhost.evil.example:8098", uri)).await.refused(421);
        server.send(Request::builder().uri(uri).body(Body::empty()).unwrap()).await.refused(421);
    }
    assert_eq!(server.send(from("localhost:8098", "/api/about")).await.status, 200);
    assert_eq!(server.send(from("[::1]:8098", "/")).await.status, 200);
    let server = Server::with(|options| options.name = Some("lenet.example".into()));
    assert_eq!(server.send(from("lenet.example:80", "/api/about")).await.status, 200);
}

#[tokio::test]
async fn a_page_of_another_origin_may_not_ask() {
    let server = Server::new();
    let asked = |name: &str, value: &str| {
        ask(Method::POST, "/api/classify").header(name, value).body(Body::from(vec![0; 784])).unwrap()
    };
    for origin in ["http://evil.example", "null", "http://127.0.0.1:8099", "http://localhost:8098", ""] {
        assert!(server.send(asked("origin", origin)).await.refused(403).contains("origin"), "{origin}");
    }
    for site in ["cross-site", "same-site"] {
        server.send(asked("sec-fetch-site", site)).await.refused(403);
    }
    assert_eq!(server.send(asked("origin", "http://127.0.0.1:8098")).await.status, 200);
    assert_eq!(server.send(asked("sec-fetch-site", "same-origin")).await.status, 200);
    // A link from elsewhere may lead to the page.
    let link = ask(Method::GET, "/").header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
    assert_eq!(server.send(link).await.status, 200);
}

#[tokio::test]
async fn where_others_can_reach_it_only_who_knows_the_token_is_answered() {
    let token = lenet_web::token().unwrap();
    assert!(token.len() == 32 && token != lenet_web::token().unwrap());
    let server = Server::with(|options| options.token = Some(token.clone()));
    let with = |value: &str| {
        let request = Request::builder().uri("/api/about").header("host", "192.168.0.7:8098");
        request.header("authorization", value).body(Body::empty()).unwrap()
    };
    assert_eq!(server.send(with(&format!("Bearer {token}"))).await.status, 200);
    for wrong in ["Bearer ", &format!("Bearer {token}0"), &token, &format!("Bearer {}", "0".repeat(32))] {
        assert!(server.send(with(wrong)).await.refused(401).contains("Bearer"));
    }
    server.get("/api/about").await.refused(401);
    server.get("/v2").await.refused(401);
    server.get("/metrics").await.refused(401);
    assert_eq!(server.get("/").await.status, 200);
}
