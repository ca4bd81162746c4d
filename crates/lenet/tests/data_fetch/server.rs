//! A small HTTP server on this machine that misbehaves as told.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How the server treats a request.
#[derive(Clone)]
pub(crate) enum Manner {
    /// As it should, ranges included.
    Good,
    /// Sends the whole file whatever part is asked for.
    IgnoresRange,
    /// Ends the connection after so many bytes of an answer, ranges included.
    CutsAfter(usize),
    /// Ends it after so many bytes and cannot resume.
    CutsAfterAndIgnoresRange(usize),
    /// Answers a request for a part with another part.
    WrongRange,
    /// Answers with this status.
    Status(u16),
    /// Takes the request and says nothing.
    Silent,
    /// Sends so many bytes, then nothing more.
    Stalls(usize),
    /// Sends this with status 200.
    Sends(Vec<u8>),
}

type Log = Arc<Mutex<Vec<(String, Option<usize>)>>>;

/// A server for `files` by path; what it was asked for (path and first byte of a range) is in `log`.
pub(crate) struct Server {
    pub(crate) base: String,
    log: Log,
}

impl Server {
    pub(crate) fn start(files: HashMap<String, Vec<u8>>, manner: Manner) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap());
        let log = Log::default();
        let requests = log.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (files, manner, log) = (files.clone(), manner.clone(), requests.clone());
                thread::spawn(move || answer(stream.unwrap(), &files, &manner, &log));
            }
        });
        Server { base, log }
    }

    /// An address at which there is no server of ours.
    pub(crate) fn at(base: &str) -> Server {
        Server { base: base.into(), log: Log::default() }
    }

    /// An address on this machine at which nobody listens any more.
    pub(crate) fn gone() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Server::at(&format!("http://{}/", listener.local_addr().unwrap()))
    }

    /// Number of requests so far.
    pub(crate) fn requests(&self) -> usize {
        self.log.lock().unwrap().len()
    }

    /// First bytes of the ranges that were asked for, of a path that ends so.
    pub(crate) fn ranges(&self, end: &str) -> Vec<Option<usize>> {
        let log = self.log.lock().unwrap();
        log.iter().filter(|(path, _)| path.ends_with(end)).map(|(_, range)| *range).collect()
    }
}

fn answer(mut stream: TcpStream, files: &HashMap<String, Vec<u8>>, manner: &Manner, log: &Log) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(request) = lines.next() else { return };
    let path = request.split(' ').nth(1).unwrap().trim_start_matches('/').to_string();
    let mut range = None;
    for line in lines.by_ref().take_while(|line| !line.is_empty()) {
        if let Some(from) = line.to_ascii_lowercase().strip_prefix("range: bytes=") {
            range = from.trim_end_matches('-').parse::<usize>().ok();
        }
    }
    log.lock().unwrap().push((path.clone(), range));
    let Some(file) = files.get(&path) else {
        return respond(&mut stream, "404 Not Found", "", b"<html>not here</html>", usize::MAX);
    };
    let honours = !matches!(manner, Manner::IgnoresRange | Manner::CutsAfterAndIgnoresRange(_));
    let limit = match *manner {
        Manner::CutsAfter(limit) | Manner::CutsAfterAndIgnoresRange(limit) | Manner::Stalls(limit) => limit,
        _ => usize::MAX,
    };
    match (manner, range.filter(|_| honours)) {
        (Manner::Silent, _) => thread::sleep(Duration::from_secs(20)),
        (Manner::Status(code), _) => respond(&mut stream, &format!("{code} No"), "", b"no", usize::MAX),
        (Manner::Sends(body), _) => respond(&mut stream, "200 OK", "", body, usize::MAX),
        (_, Some(from)) if from >= file.len() => {
            respond(&mut stream, "416 Range Not Satisfiable", "", b"", usize::MAX);
        }
        (_, Some(from)) => {
            let told = if matches!(manner, Manner::WrongRange) { 0 } else { from };
            let header = format!("Content-Range: bytes {told}-{}/{}\r\n", file.len() - 1, file.len());
            respond(&mut stream, "206 Partial Content", &header, &file[from..], limit);
        }
        (_, None) => respond(&mut stream, "200 OK", "", file, limit),
    }
    if matches!(manner, Manner::Stalls(_)) {
        thread::sleep(Duration::from_secs(20));
    }
}

/// Writes an answer whose body ends after `limit` bytes, whatever its header says.
fn respond(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8], limit: usize) {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}Connection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body[..length.min(limit)]));
    let _ = stream.flush();
}
