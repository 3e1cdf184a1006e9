//! A proxy between the app and one of its sources that breaks what passes through it, as networks,
//! gateways and maintenance pages do; and what the app makes of it.

mod pages;
mod wire;

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use wire::{Request, Wire, head, read_request};

/// What the proxy does with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Passes it on.
    None,
    /// Passes it on after this time.
    Delay(Duration),
    /// Sends one byte a second.
    Drip,
    /// Sends the head and nothing more.
    HangAfterHead,
    /// Resets the connection.
    Reset,
    /// Promises more bytes than there are.
    PromisesMore,
    /// Promises half of the bytes, and sends all.
    PromisesLess,
    /// Sends a page of maintenance with status 200.
    Html,
    /// Sends what it sent for another patient.
    Earlier,
    /// Links from every page to another one with something new on it.
    Endless,
    /// Sends 200 MB in a few kilobytes.
    Bomb,
    /// Sends 50 MB.
    Huge,
    /// Takes ten seconds for the handshake.
    SlowHandshake,
}

/// Bytes of an answer that is too large.
const HUGE: usize = 50_000_000;
/// Bytes of one that is so when it is unpacked.
const UNPACKED: usize = 200_000_000;

struct Shared {
    fault: Mutex<Fault>,
    upstream: Mutex<Option<String>>,
    base: String,
    tls: Option<Arc<rustls::ServerConfig>>,
    /// By path: the answer that passed first.
    earlier: Mutex<BTreeMap<String, (String, Vec<u8>)>>,
    connections: AtomicUsize,
    /// Bytes of bodies that the app took.
    taken: AtomicUsize,
    requests: AtomicUsize,
}

/// A running proxy; it ends with the test process.
pub(crate) struct FaultProxy(Arc<Shared>);

impl FaultProxy {
    /// Starts one. Until [`Self::lead_to`] it has nothing to pass on.
    pub(crate) fn start() -> Self {
        Self::serve(None)
    }

    /// Starts one that speaks TLS as `localhost`; with the certificate to be trusted, as PEM.
    pub(crate) fn start_tls() -> (Self, String) {
        let signed =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let key = signed.signing_key.serialize_der();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![signed.cert.der().clone()],
                rustls::pki_types::PrivateKeyDer::try_from(key).expect("a key"),
            )
            .expect("a certificate");
        (Self::serve(Some(Arc::new(config))), signed.cert.pem())
    }

    fn serve(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let base = match tls {
            Some(_) => format!("https://localhost:{port}/fhir"),
            None => format!("http://127.0.0.1:{port}/fhir"),
        };
        let shared = Arc::new(Shared {
            fault: Mutex::new(Fault::None),
            upstream: Mutex::default(),
            base,
            tls,
            earlier: Mutex::default(),
            connections: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
        });
        let proxy = Self(Arc::clone(&shared));
        thread(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                thread(move || {
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    shared.carry(stream);
                    shared.connections.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        proxy
    }

    /// Where the app finds its source.
    pub(crate) fn base(&self) -> String {
        self.0.base.clone()
    }

    /// The source itself.
    pub(crate) fn lead_to(&self, base: &str) {
        *self.0.upstream.lock().expect("a switch") = Some(base.to_owned());
    }

    /// Breaks answers so from the next request on.
    pub(crate) fn set(&self, fault: Fault) {
        *self.0.fault.lock().expect("a switch") = fault;
    }

    /// Connections of the app that are open.
    pub(crate) fn connections(&self) -> usize {
        self.0.connections.load(Ordering::SeqCst)
    }

    /// Bytes of bodies that the app took so far.
    pub(crate) fn taken(&self) -> usize {
        self.0.taken.load(Ordering::SeqCst)
    }

    /// Requests so far.
    pub(crate) fn requests(&self) -> usize {
        self.0.requests.load(Ordering::SeqCst)
    }
}

fn thread(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .name("fault proxy".to_owned())
        .spawn(work)
        .expect("a thread");
}

/// What goes out: its head is written from this.
struct Answer {
    kind: &'static str,
    status: String,
    header: &'static str,
    promised: usize,
    body: Vec<u8>,
}

impl Answer {
    fn fhir(status: String, body: Vec<u8>) -> Self {
        Self {
            kind: "application/fhir+json",
            status,
            header: "",
            promised: body.len(),
            body,
        }
    }
}

impl Shared {
    fn fault(&self) -> Fault {
        *self.fault.lock().expect("a switch")
    }

    fn carry(&self, stream: TcpStream) {
        if self.tls.is_some() && self.fault() == Fault::SlowHandshake {
            wait_or_gone(&stream, Duration::from_secs(10));
            return;
        }
        let Some(mut wire) = Wire::new(stream, self.tls.clone()) else {
            return;
        };
        while let Some(request) = read_request(&mut wire) {
            self.requests.fetch_add(1, Ordering::SeqCst);
            if self.answer(&request, &mut wire).is_none() {
                wire.socket().shutdown(Shutdown::Both).ok();
                return;
            }
        }
    }

    /// Answers one request; `None` where the connection ends with it.
    fn answer(&self, request: &Request, wire: &mut Wire) -> Option<()> {
        let fault = self.fault();
        let (status, body) = self.passed(request);
        let mut answer = Answer::fhir(status, body);
        match fault {
            Fault::None | Fault::SlowHandshake => {}
            Fault::Delay(span) => wait_or_gone(wire.socket(), span).then_some(())?,
            Fault::Drip => return drip(wire, &answer),
            Fault::HangAfterHead => {
                wire.write_all(&head(&answer)).ok()?;
                wait_or_gone(wire.socket(), Duration::from_mins(1));
                return None;
            }
            Fault::Reset => {
                let socket = wire.socket().try_clone().ok()?;
                let socket = tokio::net::TcpSocket::from_std_stream(socket);
                socket.set_zero_linger().expect("a socket");
                return None;
            }
            Fault::PromisesMore => answer.promised += 100,
            Fault::PromisesLess => answer.promised /= 2,
            Fault::Html => {
                answer = Answer::fhir("200".to_owned(), "<h1>メンテナンス中</h1>".into());
                answer.kind = "text/html; charset=utf-8";
            }
            Fault::Earlier => {
                let earlier = self.earlier.lock().expect("answers");
                let (status, body) = earlier.get(&request.path).cloned()?;
                answer = Answer::fhir(status, body);
            }
            Fault::Endless => answer = self.endless(request, answer),
            Fault::Bomb => {
                answer = Answer::fhir("200".to_owned(), bomb());
                answer.header = "Content-Encoding: gzip\r\n";
            }
            Fault::Huge => answer = Answer::fhir("200".to_owned(), vec![b' '; HUGE]),
        }
        self.send(wire, &answer)?;
        (answer.promised == answer.body.len()).then_some(())
    }

    fn send(&self, wire: &mut Wire, answer: &Answer) -> Option<()> {
        wire.write_all(&head(answer)).ok()?;
        for piece in answer.body.chunks(64 * 1024) {
            wire.write_all(piece).ok()?;
            self.taken.fetch_add(piece.len(), Ordering::SeqCst);
        }
        wire.flush().ok()
    }

    /// What the source answers, its own address replaced by the proxy's.
    fn passed(&self, request: &Request) -> (String, Vec<u8>) {
        let upstream = self.upstream.lock().expect("a switch").clone();
        let upstream = upstream.expect("the proxy knows its source");
        let (status, body) = wire::ask(&upstream, request);
        let text = String::from_utf8(body).expect("the simulated sources send text");
        let passed = (status, text.replace(&upstream, &self.base).into_bytes());
        if self.fault() == Fault::None {
            let mut earlier = self.earlier.lock().expect("answers");
            let first = earlier.entry(request.path.clone());
            first.or_insert_with(|| passed.clone());
        }
        passed
    }

    /// The page with names of its own for everything on it, and a link to another one.
    fn endless(&self, request: &Request, mut answer: Answer) -> Answer {
        let number = self.requests.load(Ordering::SeqCst);
        let Ok(mut page) = serde_json::from_slice::<Value>(&answer.body) else {
            return answer;
        };
        if request.path.ends_with("/_search") || page["entry"].as_array().is_none() {
            return answer;
        }
        for entry in page["entry"].as_array_mut().into_iter().flatten() {
            let id = entry["resource"]["id"].as_str().unwrap_or("x");
            entry["resource"]["id"] = json!(format!("{id}-{number}"));
        }
        let links = page["link"].as_array_mut().expect("a self link");
        links.retain(|link| link["relation"] != "next");
        let (query, _) = request
            .target
            .split_once("&page=")
            .unwrap_or((&request.target, ""));
        let next = format!("{}&page={number}", query.replacen("/fhir", &self.base, 1));
        links.push(json!({"relation": "next", "url": next}));
        answer.body = page.to_string().into_bytes();
        answer.promised = answer.body.len();
        answer
    }
}

/// Waits for so long; `false` as soon as the other side has gone.
fn wait_or_gone(socket: &TcpStream, span: Duration) -> bool {
    socket.set_read_timeout(Some(span)).expect("a limit");
    let is_there = socket.peek(&mut [0]).map_or_else(
        |error| {
            use std::io::ErrorKind::{TimedOut, WouldBlock};
            matches!(error.kind(), TimedOut | WouldBlock)
        },
        |read| read > 0,
    );
    socket.set_read_timeout(None).expect("no limit");
    is_there
}

fn drip(wire: &mut Wire, answer: &Answer) -> Option<()> {
    wire.write_all(&head(answer)).ok()?;
    for byte in &answer.body {
        wire.write_all(&[*byte]).ok()?;
        wire.flush().ok()?;
        wait_or_gone(wire.socket(), Duration::from_secs(1)).then_some(())?;
    }
    Some(())
}

fn bomb() -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let spaces = vec![b' '; 1_000_000];
    for _ in 0..UNPACKED / spaces.len() {
        packed.write_all(&spaces).expect("packed");
    }
    packed.finish().expect("packed")
}

/// Reads to the end, whatever it is.
fn to_the_end(mut from: impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    from.read_to_end(&mut all).ok();
    all
}
