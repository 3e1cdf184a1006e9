//! As much of HTTP as the proxy needs on both sides.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use super::{Answer, to_the_end};

/// A connection of the app, with TLS or without.
pub(super) enum Wire {
    Plain(TcpStream),
    Tls(Box<rustls::StreamOwned<rustls::ServerConnection, TcpStream>>),
}

impl Wire {
    /// `None` where there can be no TLS.
    pub(super) fn new(stream: TcpStream, tls: Option<Arc<rustls::ServerConfig>>) -> Option<Self> {
        stream.set_nodelay(true).ok()?;
        let Some(tls) = tls else {
            return Some(Self::Plain(stream));
        };
        let session = rustls::ServerConnection::new(tls).ok()?;
        Some(Self::Tls(Box::new(rustls::StreamOwned::new(
            session, stream,
        ))))
    }

    pub(super) fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(into),
            Self::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(from),
            Self::Tls(stream) => stream.write(from),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// A request as it came.
pub(super) struct Request {
    method: String,
    pub(super) target: String,
    /// The target without its query.
    pub(super) path: String,
    /// Header lines that the source needs.
    headers: Vec<String>,
    body: Vec<u8>,
}

/// The next request on a connection; `None` where there is none.
pub(super) fn read_request(from: &mut impl Read) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        from.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let named = |line: &str, name: &str| line.to_lowercase().starts_with(name);
    let length = lines
        .clone()
        .find(|line| named(line, "content-length:"))
        .and_then(|line| line.split_once(':')?.1.trim().parse().ok())
        .unwrap_or(0);
    let headers = lines
        .filter(|line| named(line, "content-type:") || named(line, "prefer:"))
        .map(str::to_owned)
        .collect();
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    let path = target.split('?').next()?.to_owned();
    Some(Request {
        method,
        target,
        path,
        headers,
        body,
    })
}

/// The head of an answer.
pub(super) fn head(answer: &Answer) -> Vec<u8> {
    let Answer {
        kind,
        status,
        header,
        promised,
        ..
    } = answer;
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{header}Content-Length: {promised}\r\n\r\n"
    )
    .into_bytes()
}

/// Asks the source the same; its status and body.
pub(super) fn ask(upstream: &str, request: &Request) -> (String, Vec<u8>) {
    let address = upstream
        .trim_start_matches("http://")
        .trim_end_matches("/fhir");
    let mut stream = TcpStream::connect(address).expect("the source is there");
    let mut sent = format!(
        "{} {} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {}\r\n",
        request.method,
        request.target,
        request.body.len()
    );
    for header in &request.headers {
        sent.push_str(header);
        sent.push_str("\r\n");
    }
    sent.push_str("Connection: close\r\n\r\n");
    let mut bytes = sent.into_bytes();
    bytes.extend(&request.body);
    stream.write_all(&bytes).expect("the source reads");
    let answer = to_the_end(stream);
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]);
    let status = head.split(' ').nth(1).expect("a status").to_owned();
    (status, answer[end + 4..].to_vec())
}
