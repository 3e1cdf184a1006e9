//! Small receivers of notices on free ports: one of requests, one of mails, as long as a test wants.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

/// What a receiver does with what comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// Answers with this status or code.
    Says(u16),
    /// Never answers.
    Hangs,
}

/// What came, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Got {
    /// The request's head, or a mail's.
    pub(super) head: String,
    /// What followed.
    pub(super) body: String,
}

impl Got {
    /// A header's value.
    pub(super) fn header(&self, name: &str) -> String {
        let is_it = |line: &&str| {
            line.split_once(':')
                .is_some_and(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        let line = self.head.lines().find(is_it);
        let value = line.and_then(|line| line.split_once(':'));
        value.map_or_else(String::new, |(_, value)| value.trim().to_owned())
    }

    /// The key that is the same whenever the same is said.
    pub(super) fn key(&self) -> String {
        self.header("idempotency-key")
    }

    /// What happened, as the key says it.
    pub(super) fn what(&self) -> String {
        let key = self.key();
        key.rsplit('-').next().unwrap_or_default().to_owned()
    }
}

struct Shared {
    reply: Mutex<Reply>,
    got: Mutex<Vec<Got>>,
    is_over: AtomicBool,
}

/// A running receiver. Dropped, nothing answers at its address any more.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What is spoken.
enum Kind {
    Requests,
    Mails,
    /// Mails, by STARTTLS alone.
    Secured(Arc<ServerConfig>),
}

impl Receiver {
    /// Of requests, at a free port.
    pub(super) fn of_requests() -> Self {
        Self::start("127.0.0.1:0", Kind::Requests)
    }

    /// The same, at an address where one was before.
    pub(super) fn of_requests_at(address: SocketAddr) -> Self {
        Self::start(&address.to_string(), Kind::Requests)
    }

    /// Of mails.
    pub(super) fn of_mails() -> Self {
        Self::start("127.0.0.1:0", Kind::Mails)
    }

    /// Of mails by STARTTLS alone, and the PEM of who vouches for it as `localhost`.
    pub(super) fn of_secured_mails() -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]);
        let made = made.expect("a certificate");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key);
        let kind = Kind::Secured(Arc::new(config.expect("its certificate")));
        (Self::start("127.0.0.1:0", kind), made.cert.pem())
    }

    fn start(address: &str, kind: Kind) -> Self {
        let listener = TcpListener::bind(address).expect("an address");
        let address = listener.local_addr().expect("its address");
        let is_mail = !matches!(kind, Kind::Requests);
        let shared = Arc::new(Shared {
            reply: Mutex::new(Reply::Says(if is_mail { 250 } else { 204 })),
            got: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let seen = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("receiver".to_owned());
        let thread = thread.spawn(move || {
            for connection in listener.incoming() {
                if seen.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(connection) = connection else { continue };
                connection
                    .set_read_timeout(Some(Duration::from_secs(20)))
                    .expect("a socket");
                match &kind {
                    Kind::Requests => request(connection, &seen),
                    Kind::Mails => mail(connection, &seen, false).map(drop),
                    Kind::Secured(tls) => secured(connection, &seen, tls),
                };
            }
        });
        Self {
            address,
            shared,
            thread: Some(thread.expect("a thread")),
        }
    }

    /// From now on it does this.
    pub(super) fn does(&self, reply: Reply) {
        *self.shared.reply.lock().expect("a reply") = reply;
    }

    /// What has come so far, in order.
    pub(super) fn got(&self) -> Vec<Got> {
        self.shared.got.lock().expect("what came").clone()
    }

    /// Waits until so much has come.
    pub(super) async fn until(&self, count: usize) -> Vec<Got> {
        for _ in 0..1_500 {
            let got = self.got();
            if got.len() >= count {
                return got;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} should have come: {:?}", self.got());
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Shared {
    fn reply(&self) -> Reply {
        *self.reply.lock().expect("a reply")
    }

    fn keep(&self, got: Got) {
        self.got.lock().expect("what came").push(got);
    }

    /// Until the test says something else, or is over.
    fn hang(&self) {
        while self.reply() == Reply::Hangs && !self.is_over.load(Ordering::SeqCst) {
            std::thread::yield_now();
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }
}

fn request(mut connection: TcpStream, shared: &Shared) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut got = Got {
        head,
        ..Got::default()
    };
    let length = got.header("content-length").parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    got.body = String::from_utf8(body).ok()?;
    shared.keep(got);
    shared.hang();
    let Reply::Says(status) = shared.reply() else {
        return None;
    };
    let answer =
        format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    connection.write_all(answer.as_bytes()).ok()
}

/// In clear up to STARTTLS, then by TLS.
fn secured(mut connection: TcpStream, shared: &Shared, tls: &Arc<ServerConfig>) -> Option<()> {
    if !mail(&mut connection, shared, true)? {
        return None;
    }
    let session = ServerConnection::new(Arc::clone(tls)).ok()?;
    let mut stream = StreamOwned::new(session, connection);
    after_greeting(&mut stream, shared, false).map(drop)
}

/// RFC 5321, as far as it takes; whether TLS is to begin.
fn mail(mut stream: impl Read + Write, shared: &Shared, is_for_tls: bool) -> Option<bool> {
    say(&mut stream, "220 test")?;
    after_greeting(&mut stream, shared, is_for_tls)
}

fn after_greeting(
    stream: &mut (impl Read + Write),
    shared: &Shared,
    is_for_tls: bool,
) -> Option<bool> {
    loop {
        let line = line(stream)?;
        match line.split_whitespace().next()? {
            "EHLO" if is_for_tls => say(stream, "250-test\r\n250 STARTTLS")?,
            "STARTTLS" if is_for_tls => {
                say(stream, "220 go on")?;
                return Some(true);
            }
            "QUIT" => {
                say(stream, "221 bye")?;
                return Some(false);
            }
            // Nothing is taken in clear where TLS is offered.
            _ if is_for_tls => say(stream, "530 STARTTLS first")?,
            "EHLO" | "MAIL" | "RCPT" => say(stream, "250 test")?,
            "DATA" => {
                say(stream, "354 go on")?;
                shared.keep(data(stream)?);
                shared.hang();
                let Reply::Says(code) = shared.reply() else {
                    return None;
                };
                say(stream, &format!("{code} said"))?;
            }
            _ => say(stream, "502 not here")?,
        }
    }
}

fn say(stream: &mut impl Write, line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).ok()?;
    stream.flush().ok()
}

/// One line, and nothing of what follows it: that may be another protocol.
fn line(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n") {
        let mut one = [0];
        stream.read_exact(&mut one).ok()?;
        bytes.extend(one);
    }
    String::from_utf8(bytes).ok()
}

/// A message up to the lone dot.
fn data(stream: &mut impl Read) -> Option<Got> {
    let mut got = Got::default();
    let mut is_head = true;
    loop {
        let line = line(stream)?;
        match &*line {
            ".\r\n" => return Some(got),
            "\r\n" if is_head => is_head = false,
            _ if is_head => got.head.push_str(&line),
            _ => got.body.push_str(&line),
        }
    }
}
