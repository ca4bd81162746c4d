//! Connections: how many, how long they may take over their headers, and how they end.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{interval, sleep};

use crate::ServeError;
use crate::app::App;
use crate::patient::Patient;

/// Connections at a time; others wait in the system's queue.
const CONNECTIONS: usize = 512;
/// The most bytes of headers, and how many there may be.
const HEADER_BYTES: usize = 32 << 10;
const HEADER_COUNT: usize = 64;
/// How long requests may take that have begun when the server is stopped.
const END: Duration = Duration::from_secs(20);
/// After so long without a request the server ends though connections are open.
const QUIET: Duration = Duration::from_secs(1);
/// Between two rounds of tidying up.
const TIDYING: Duration = Duration::from_secs(5);

/// Where the page is, for the browser; with the token, if there is one.
pub fn address(at: SocketAddr, token: Option<&str>) -> String {
    let host = match at {
        at if at.ip().is_unspecified() && at.is_ipv4() => format!("127.0.0.1:{}", at.port()),
        at if at.ip().is_unspecified() => format!("[::1]:{}", at.port()),
        at => at.to_string(),
    };
    token.map_or(format!("http://{host}/"), |token| format!("http://{host}/?token={token}"))
}

/// Answers on the listener until `stop` returns, then finishes what was begun and returns.
///
/// # Errors
/// [`ServeError`] when the system refuses threads or sockets, or when others than this machine can ask and there is no token.
pub fn serve(
    app: Arc<App>,
    listener: StdListener,
    stop: impl FnOnce() + Send + 'static,
) -> Result<(), ServeError> {
    if !listener.local_addr()?.ip().is_loopback() && !app.guard.has_token() {
        let error = "an address that others can reach needs a token";
        return Err(ServeError::System(io::Error::new(io::ErrorKind::PermissionDenied, error)));
    }
    listener.set_nonblocking(true)?;
    let (told, end) = oneshot::channel();
    // It may wait for ever where nobody stops the server; the process ends without it.
    thread::Builder::new().name("stop".into()).spawn(move || {
        stop();
        let _ = told.send(());
    })?;
    let threads = app.workers.threads();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    let result = runtime.block_on(listen(app, listener, end));
    // A picture that is still being read after the time for ending holds nobody up.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

async fn listen(app: Arc<App>, listener: StdListener, end: oneshot::Receiver<()>) -> Result<(), ServeError> {
    let listener = TcpListener::from_std(listener)?;
    let router = app.router();
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(app.header_time)
        .max_buf_size(HEADER_BYTES)
        .max_headers(HEADER_COUNT)
        .pipeline_flush(true);
    let greet = |stream: TcpStream, place: Option<OwnedSemaphorePermit>| {
        // Answers are small and whole: nothing is gained by waiting to fill packets.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection =
            graceful.watch(http.serve_connection(TokioIo::new(Patient::new(stream, app.patience)), service));
        tokio::spawn(async move {
            // A connection that breaks off is the client's affair.
            let _ = connection.await;
            drop(place);
        });
    };
    let tidying = tokio::spawn({
        let app = app.clone();
        async move {
            let mut ticks = interval(TIDYING);
            loop {
                ticks.tick().await;
                app.tidy();
            }
        }
    });
    let mut end = pin!(end);
    loop {
        let place = tokio::select! {
            _ = &mut end => break,
            place = places.clone().acquire_owned() => place.map_err(io::Error::other)?,
        };
        tokio::select! {
            _ = &mut end => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => greet(stream, Some(place)),
                // Too many open files, or a client that left at once: others may have more luck a little later.
                Err(_) => sleep(Duration::from_millis(20)).await,
            },
        }
    }
    // Who has been let in by the system already is answered too.
    let listener = listener.into_std()?;
    while let Ok((stream, _)) = listener.accept() {
        stream.set_nonblocking(true)?;
        greet(TcpStream::from_std(stream)?, None);
    }
    drop(listener);
    tidying.abort();
    tokio::join!(app.end(), async {
        tokio::select! {
            () = graceful.shutdown() => {}
            () = idle(&app) => {}
            () = sleep(END) => {}
        }
    });
    Ok(())
}

/// Returns when no request has been on its way for a while: browsers open connections before they have something to ask, and nobody
/// waits for those.
async fn idle(app: &App) {
    let step = QUIET / 20;
    let mut quiet = Duration::ZERO;
    while quiet < QUIET {
        sleep(step).await;
        quiet = if app.begun() == 0 { quiet + step } else { Duration::ZERO };
    }
}
