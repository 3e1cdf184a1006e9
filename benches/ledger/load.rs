//! A closed loop of clients over HTTP, each with a connection of its own.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// What the clients of one sample saw.
pub(crate) struct Seen {
    /// Answers per second.
    pub(crate) rate: f64,
    /// Of all answers, in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// So many clients ask for a path for so long; on a thread of their own.
pub(crate) fn clients(address: SocketAddr, path: &str, clients: usize, span: Duration) -> Seen {
    let path = path.to_owned();
    let client = std::thread::Builder::new().spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let until = Instant::now() + span;
            let all = (0..clients).map(|nth| one(address, format!("{path}/{nth}"), until));
            futures_util::future::join_all(all).await
        })
    });
    let mut times: Vec<Duration> = client.unwrap().join().unwrap().concat();
    times.sort();
    assert!(!times.is_empty(), "no answer");
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1_000.0;
    Seen {
        rate: times.len() as f64 / span.as_secs_f64(),
        p50: at(0.5),
        p99: at(0.99),
    }
}

async fn one(address: SocketAddr, path: String, until: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let mut buffer = vec![0; 128 * 1024];
    let mut times = Vec::new();
    while Instant::now() < until {
        let begun = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        answer(&mut stream, &mut buffer).await;
        times.push(begun.elapsed());
    }
    times
}

/// Reads one whole answer, which must be a page.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) {
    let mut have = 0;
    loop {
        let read = stream.read(&mut buffer[have..]).await.unwrap();
        assert!(read > 0, "the server hung up");
        have += read;
        let Some(head) = buffer[..have]
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
        else {
            continue;
        };
        let head_text = std::str::from_utf8(&buffer[..head]).unwrap();
        assert!(head_text.starts_with("HTTP/1.1 200"), "{head_text}");
        let length: usize = head_text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .and_then(|length| length.parse().ok())
            .unwrap();
        if have >= head + 4 + length {
            return;
        }
    }
}
