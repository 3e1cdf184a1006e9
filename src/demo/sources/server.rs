//! The HTTP side of a simulated source, well behaved or not.

use std::{any::Any, io, net::TcpStream, os::fd::AsFd, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    body::SizedStream,
    dev::Extensions,
    http::{StatusCode, header},
    web::{self, Bytes},
};
use futures_util::stream;

use crate::domain::section::SourceName;

use super::{
    faults::{Control, Fault},
    search::{NO_SUCH_RESOURCE, Refusal, Search, WRONG_FORM, capabilities},
    store::Store,
};

const FHIR_JSON: &str = "application/fhir+json";
/// A piece of the body that is too big, and how many of them there are: 21 MiB.
const PIECE: usize = 64 * 1024;
const PIECES: usize = 336;

/// One running source.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) source: SourceName,
    pub(super) base: String,
    pub(super) store: Store,
    pub(super) control: Arc<Control>,
}

/// The routes of one source.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/control")
                .route(web::get().to(read_control))
                .route(web::post().to(set_control)),
        )
        .service(web::resource("/fhir/metadata").route(web::get().to(metadata)))
        .service(web::resource("/fhir/{kind}/_search").route(web::post().to(search_by_form)))
        .service(web::resource("/fhir/{kind}/{id}").route(web::get().to(read)))
        .service(web::resource("/fhir/{kind}").route(web::get().to(search_by_link)))
        .default_service(web::to(nothing_here));
}

/// Keeps a second handle of each accepted socket, so that it can be reset.
pub(super) fn keep_socket(socket: &dyn Any, data: &mut Extensions) {
    if let Some(copy) = socket
        .downcast_ref::<actix_web::rt::net::TcpStream>()
        .and_then(|socket| socket.as_fd().try_clone_to_owned().ok())
    {
        data.insert(TcpStream::from(copy));
    }
}

type Source = web::Data<Served>;

async fn metadata(request: HttpRequest, served: Source) -> HttpResponse {
    let text = capabilities(served.source, &served.base);
    deliver(&request, &served, Ok(text)).await
}

async fn nothing_here(request: HttpRequest, served: Source) -> HttpResponse {
    deliver(&request, &served, Err(NO_SUCH_RESOURCE)).await
}

async fn read(
    request: HttpRequest,
    served: Source,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (kind, id) = path.into_inner();
    let answer = served.store.find(&kind, &id).ok_or(NO_SUCH_RESOURCE);
    deliver(&request, &served, answer).await
}

async fn search_by_link(
    request: HttpRequest,
    served: Source,
    kind: web::Path<String>,
) -> HttpResponse {
    let answer = search(
        &request,
        &served,
        &kind,
        &parameters(request.query_string()),
    );
    deliver(&request, &served, answer).await
}

async fn search_by_form(
    request: HttpRequest,
    served: Source,
    kind: web::Path<String>,
    body: Bytes,
) -> HttpResponse {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let answer = if is_form {
        let mut all = parameters(request.query_string());
        all.extend(parameters(&String::from_utf8_lossy(&body)));
        search(&request, &served, &kind, &all)
    } else {
        Err(WRONG_FORM)
    };
    deliver(&request, &served, answer).await
}

/// Decodes `a=b&c=d`; what cannot be decoded is no parameter.
fn parameters(text: &str) -> Vec<(String, String)> {
    web::Query::<Vec<(String, String)>>::from_query(text)
        .map(web::Query::into_inner)
        .unwrap_or_default()
}

fn search(
    request: &HttpRequest,
    served: &Served,
    kind: &str,
    parameters: &[(String, String)],
) -> Result<String, Refusal> {
    let strict = request
        .headers()
        .get_all("Prefer")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|preference| preference.trim() == "handling=strict");
    Search {
        store: &served.store,
        source: served.source,
        base: &served.base,
        kind,
        parameters,
        strict,
        fault: served.control.fault(),
    }
    .answer()
}

/// Sends the answer, as late and as wrong as the switch says.
async fn deliver(
    request: &HttpRequest,
    served: &Served,
    answer: Result<String, Refusal>,
) -> HttpResponse {
    let latency = served.control.received();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => (
            StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST),
            refusal.outcome(),
        ),
    };
    match served.control.fault() {
        Fault::Delay(milliseconds) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            fhir(status, body)
        }
        Fault::Hang => std::future::pending().await,
        Fault::Drip => dripping(body),
        Fault::Status(status) => fhir(
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Refusal {
                status,
                code: "exception",
                words: "simulated failure",
            }
            .outcome(),
        ),
        Fault::Html => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(
                "<!DOCTYPE html><title>メンテナンス中</title><h1>ただいまメンテナンス中です</h1>",
            ),
        Fault::HalfBody => half(&body),
        Fault::Reset => reset(request),
        Fault::BigBody => big(),
        Fault::None
        | Fault::OtherPatient
        | Fault::OtherPerson
        | Fault::EmptyWithoutSelf
        | Fault::EndlessNext => fhir(status, body),
    }
}

fn fhir(status: StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(FHIR_JSON)
        .body(body)
}

fn dripping(body: String) -> HttpResponse {
    let length = body.len();
    let bytes = Bytes::from(body);
    let drops = stream::unfold((bytes, false), |(mut rest, waits)| async move {
        if rest.is_empty() {
            return None;
        }
        if waits {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let drop = rest.split_to(1);
        Some((Ok::<_, io::Error>(drop), (rest, true)))
    });
    sized(length, drops)
}

fn half(body: &str) -> HttpResponse {
    let first = Bytes::copy_from_slice(body.as_bytes().get(..body.len() / 2).unwrap_or_default());
    let parts = stream::unfold(Some(first), |first| async move {
        if let Some(first) = first {
            return Some((Ok(first), None));
        }
        // Pending once lets the first half leave before the connection closes.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Err(io::Error::from(io::ErrorKind::BrokenPipe)), None))
    });
    sized(body.len(), parts)
}

fn sized<S>(length: usize, parts: S) -> HttpResponse
where
    S: stream::Stream<Item = Result<Bytes, io::Error>> + 'static,
{
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    HttpResponse::Ok()
        .content_type(FHIR_JSON)
        .body(SizedStream::new(length, Box::pin(parts)))
}

fn big() -> HttpResponse {
    let head = Bytes::from_static(
        b"{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":0,\"implicitRules\":\"",
    );
    let piece = Bytes::from(vec![b'x'; PIECE]);
    let parts = std::iter::once(head)
        .chain(std::iter::repeat_n(piece, PIECES))
        .chain([Bytes::from_static(b"\"}")]);
    HttpResponse::Ok()
        .content_type(FHIR_JSON)
        .streaming(stream::iter(parts.map(Ok::<_, io::Error>)))
}

/// Closes with RST instead of FIN: a socket that does not linger has nothing left to say.
fn reset(request: &HttpRequest) -> HttpResponse {
    if let Some(Ok(socket)) = request.conn_data::<TcpStream>().map(TcpStream::try_clone) {
        let socket = tokio::net::TcpSocket::from_std_stream(socket);
        if let Err(error) = socket.set_zero_linger() {
            tracing::debug!(%error, "the simulated reset will look like a close");
        }
    }
    let broken = stream::iter([Err::<Bytes, _>(io::Error::from(
        io::ErrorKind::ConnectionReset,
    ))]);
    HttpResponse::Ok().streaming(broken)
}

async fn read_control(served: Source) -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({
        "source": served.source.word(),
        "mode": served.control.fault().word(),
        "requests": served.control.requests()
    }))
}

/// Takes `mode=` as a form, or `{"mode": "..."}`.
async fn set_control(served: Source, body: Bytes) -> HttpResponse {
    let text = String::from_utf8_lossy(&body);
    let mode = serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|json| json.get("mode")?.as_str().map(str::to_owned))
        .or_else(|| {
            parameters(&text)
                .into_iter()
                .find(|(name, _)| name == "mode")
                .map(|(_, value)| value)
        });
    match mode.as_deref().and_then(Fault::parse) {
        Some(fault) => {
            served.control.set(fault);
            read_control(served).await
        }
        None => HttpResponse::BadRequest().body("unknown mode"),
    }
}
