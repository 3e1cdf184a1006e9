//! The witness's pages: one to ask for a cosignature, one to read what it cosigned last.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::{StatusCode, header::CONTENT_TYPE},
    web::{self, Data, Path, Payload},
};
use tokio_util::task::TaskTracker;

use super::{Answer, Cosigner, Error};
use crate::domain::clock::Clock;

/// No request is longer: 63 hashes and a note.
const LIMIT: usize = 64 * 1024;
/// How long a request may take to come.
const PATIENCE: Duration = Duration::from_secs(5);
/// The type of an answer that says a size (C2SP tlog-witness).
const SIZE: &str = "text/x.tlog.size";

/// A running witness.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
}

impl Running {
    /// Lets running requests finish and stops.
    pub async fn stop(self) {
        self.handle.stop(true).await;
    }
}

/// Serves a witness in a task of `tasks`; port 0 takes a free one.
///
/// # Errors
/// [`Error::Listen`].
pub fn serve(
    cosigner: Arc<Cosigner>,
    clock: Arc<dyn Clock>,
    listen: SocketAddr,
    tasks: &TaskTracker,
) -> Result<Running, Error> {
    let (cosigner, clock) = (Data::from(cosigner), Data::from(clock));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(cosigner.clone())
            .app_data(clock.clone())
            .service(web::resource("/add-checkpoint").post(add))
            .service(web::resource("/checkpoint/{hash}").get(last))
            .service(web::resource("/health/live").get(|| async { "live\n" }))
    })
    .workers(1)
    .disable_signals();
    let server = crate::with_server_settings!(server)
        .bind(listen)
        .map_err(Error::Listen)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    let server = server.run();
    let handle = server.handle();
    tasks.spawn_local(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the witness ended");
        }
    });
    Ok(Running { address, handle })
}

/// `POST /add-checkpoint`
async fn add(cosigner: Data<Cosigner>, clock: Data<dyn Clock>, payload: Payload) -> HttpResponse {
    let body = tokio::time::timeout(PATIENCE, payload.to_bytes_limited(LIMIT)).await;
    let Ok(Ok(Ok(body))) = body else {
        return plain(StatusCode::BAD_REQUEST);
    };
    let Ok(request) = String::from_utf8(body.to_vec()) else {
        return plain(StatusCode::BAD_REQUEST);
    };
    let now = u64::try_from(clock.now().wall.timestamp()).unwrap_or_default();
    // What it knows is made durable before it answers.
    let answer = web::block(move || cosigner.add(&request, now)).await;
    match answer.unwrap_or(Answer::NotKept) {
        Answer::Cosigned(lines) => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(lines),
        Answer::Conflict(size) => HttpResponse::Conflict()
            .insert_header((CONTENT_TYPE, SIZE))
            .body(format!("{size}\n")),
        Answer::Malformed => plain(StatusCode::BAD_REQUEST),
        Answer::Unknown => plain(StatusCode::NOT_FOUND),
        Answer::Unsigned => plain(StatusCode::FORBIDDEN),
        Answer::Inconsistent => plain(StatusCode::UNPROCESSABLE_ENTITY),
        Answer::NotKept => plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// `GET /checkpoint/{hash}`
async fn last(cosigner: Data<Cosigner>, hash: Path<String>) -> HttpResponse {
    match cosigner.last(&hash) {
        Some(note) => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(note),
        None => plain(StatusCode::NOT_FOUND),
    }
}

fn plain(status: StatusCode) -> HttpResponse {
    let reason = status.canonical_reason().unwrap_or_default();
    HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .body(format!("{reason}\n"))
}
