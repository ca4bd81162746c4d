//! Over real sockets: slow clients, limits, and an end that loses nothing.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use lenet_web::{App, Options};
use tempfile::TempDir;
use tower::ServiceExt;

/// A server that runs.
struct Running {
    _folder: TempDir,
    app: Arc<App>,
    at: SocketAddr,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Running {
    fn start() -> Self {
        Self::at("127.0.0.1:0")
    }

    fn at(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let header_time = Duration::from_millis(400);
        let runs = folder.path().join("runs");
        let patience = Duration::from_millis(1500);
        let options = Options { runs, threads: 2, header_time, patience, ..Options::default() };
        let listener = TcpListener::bind(address).unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = channel();
        let app = App::new(options).unwrap();
        let served = app.clone();
        let thread = thread::spawn(move || {
            lenet_web::serve(served, listener, move || {
                let _ = stopped.recv();
            })
            .unwrap();
        });
        Running { _folder: folder, app, at, stop, thread }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Stops it and waits for its end.
    fn stop(self) -> Duration {
        let began = Instant::now();
        self.stop.send(()).unwrap();
        self.thread.join().unwrap();
        began.elapsed()
    }
}

/// The head of a request whose connection is closed after the answer.
fn head(line: &str, more: &str) -> String {
    format!("{line} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n{more}\r\n")
}

/// All that comes until the connection is closed.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
        _ => String::from_utf8_lossy(&answer).into_owned(),
    }
}

#[test]
fn who_takes_long_over_the_headers_is_cut_off_and_others_are_answered_meanwhile() {
    let server = Running::start();
    let began = Instant::now();
    let mut slow = server.connect();
    slow.write_all(b"GET /api/about HTTP/1.1\r\nhost: 127").unwrap();
    // Neither does a connection that asks nothing stay.
    let idle = server.connect();
    let mut other = server.connect();
    other.write_all(head("GET /api/about", "").as_bytes()).unwrap();
    assert!(rest(other).starts_with("HTTP/1.1 200"));
    assert!(!rest(slow).contains("200 OK"));
    assert!(!rest(idle).contains("200 OK"));
    assert!(began.elapsed() < Duration::from_secs(10));
    server.stop();
}

#[test]
fn who_takes_long_over_the_body_is_refused() {
    let server = Running::start();
    let mut slow = server.connect();
    slow.write_all(head("POST /api/classify", "content-length: 784\r\n").as_bytes()).unwrap();
    slow.write_all(&[0; 400]).unwrap();
    let answer = rest(slow);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("faster"), "{answer}");
    server.stop();
}

#[test]
fn who_asks_and_takes_no_answer_is_cut_off() {
    let server = Running::start();
    let mut stream = server.connect();
    let began = Instant::now();
    stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    // More than fits into any buffer on the way: 300 times 300 kB.
    let request = b"GET /api/weights HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";
    for _ in 0..300 {
        if stream.write_all(request).is_err() {
            break;
        }
    }
    sleep(Duration::from_millis(3500));
    let taken = rest(stream).len();
    assert!(taken < 60_000_000, "{taken} bytes came");
    assert!(began.elapsed() < Duration::from_secs(15));
    server.stop();
}

#[test]
fn headers_without_end_are_refused() {
    let server = Running::start();
    let mut stream = server.connect();
    let long = head("GET /api/about", &format!("x: {}\r\n", "y".repeat(100_000)));
    // It may hang up before all is sent.
    let _ = stream.write_all(long.as_bytes());
    assert!(!rest(stream).contains("200 OK"));
    let mut stream = server.connect();
    let many: String = (0..200).map(|k| format!("x{k}: y\r\n")).collect();
    let _ = stream.write_all(head("GET /api/about", &many).as_bytes());
    assert!(!rest(stream).contains("200 OK"));
    server.stop();
}

#[test]
fn what_has_begun_is_answered_before_the_end_and_open_connections_hold_nobody_up() {
    let server = Running::start();
    let mut begun = server.connect();
    begun.write_all(head("POST /api/classify", "content-length: 784\r\n").as_bytes()).unwrap();
    begun.write_all(&[0; 400]).unwrap();
    let _idle = server.connect();
    sleep(Duration::from_millis(100));
    let at = server.at;
    let writer = thread::spawn(move || {
        sleep(Duration::from_millis(300));
        assert!(TcpStream::connect(at).is_err(), "nobody is let in any more");
        begun.write_all(&[0; 384]).unwrap();
        rest(begun)
    });
    assert!(server.stop() < Duration::from_secs(8));
    let answer = writer.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"penalties\""), "{answer}");
}

/// Requests for answers that a server has answered well, as it counts them itself.
fn counted(app: &Arc<App>) -> usize {
    let request = Request::builder().uri("/metrics").header("host", "localhost").body(Body::empty()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let body = runtime.block_on(async {
        let response = app.router().oneshot(request).await.unwrap();
        response.into_body().collect().await.unwrap().to_bytes()
    });
    let line = "lenet_requests_total{route=\"/v2/models/{name}/infer\",status=\"200\"} ";
    let text = String::from_utf8_lossy(&body).into_owned();
    text.lines().find_map(|text| text.strip_prefix(line)).map_or(0, |count| count.parse().unwrap())
}

/// A request with a number of its own, and its answer; none if the server has not let it in.
fn infer(at: SocketAddr, id: &str) -> Option<String> {
    let mut stream = TcpStream::connect(at).ok()?;
    let header = format!(
        "{{\"id\":\"{id}\",\"inputs\":[{{\"name\":\"image\",\"datatype\":\"UINT8\",\"shape\":[1,784],\
         \"parameters\":{{\"binary_data_size\":784}}}}]}}"
    );
    let length = header.len();
    let more = format!("inference-header-content-length: {length}\r\ncontent-length: {}\r\n", length + 784);
    let head = head("POST /v2/models/lenet5/infer", &more);
    stream.write_all(&[head.as_bytes(), header.as_bytes(), &[0; 784]].concat()).ok()?;
    Some(rest(stream)).filter(|answer| !answer.is_empty())
}

#[test]
fn a_restart_loses_no_request_and_answers_none_twice() {
    let server = Running::start();
    let (at, first) = (server.at, server.app.clone());
    let answered = AtomicUsize::new(0);
    let over = AtomicBool::new(false);
    let second = thread::scope(|scope| {
        for client in 0..4 {
            let (answered, over) = (&answered, &over);
            scope.spawn(move || {
                for number in 0.. {
                    let id = format!("{client}-{number}");
                    // Who is not let in comes again, until it is answered.
                    let answer = loop {
                        match infer(at, &id) {
                            Some(answer) => break answer,
                            None if over.load(Ordering::Relaxed) => return,
                            None => sleep(Duration::from_millis(2)),
                        }
                    };
                    assert!(answer.starts_with("HTTP/1.1 200"), "{id}: {answer}");
                    assert_eq!(answer.matches(&format!("\"id\":\"{id}\"")).count(), 1, "{answer}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        sleep(Duration::from_millis(400));
        server.stop();
        let again = Running::at(&at.to_string());
        let second = again.app.clone();
        sleep(Duration::from_millis(400));
        over.store(true, Ordering::Relaxed);
        again.stop();
        second
    });
    // What the servers have answered has arrived, once.
    let (first, second) = (counted(&first), counted(&second));
    assert_eq!(first + second, answered.into_inner());
    assert!(first > 10 && second > 10, "{first} and {second} requests are too few to tell");
}
