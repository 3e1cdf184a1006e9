//! Closed and open loops of clients over HTTP, on a thread of their own.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// One request, ready to be written.
#[derive(Clone)]
pub(crate) struct Request {
    address: SocketAddr,
    bytes: Arc<[u8]>,
}

impl Request {
    pub(crate) fn get(address: SocketAddr, path: &str, cookies: &str) -> Self {
        let text = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost:{}\r\nsec-fetch-site: same-origin\r\ncookie: {cookies}\r\n\r\n",
            address.port()
        );
        Self {
            address,
            bytes: text.into_bytes().into(),
        }
    }
}

/// What the clients of one sample saw.
#[derive(Default)]
pub(crate) struct Seen {
    /// Of pages.
    times: Vec<Duration>,
    /// Of answers that were none.
    refused: Vec<Duration>,
    /// Connections that broke.
    pub(crate) broken: usize,
    span: Duration,
}

impl Seen {
    /// Pages per second.
    pub(crate) fn rate(&self) -> f64 {
        self.times.len() as f64 / self.span.as_secs_f64()
    }

    pub(crate) fn pages(&self) -> usize {
        self.times.len()
    }

    pub(crate) fn refused(&self) -> usize {
        self.refused.len()
    }

    /// Of the pages, in milliseconds.
    pub(crate) fn at(&self, part: f64) -> f64 {
        quantile(&self.times, part)
    }

    /// Of the refusals, in milliseconds.
    pub(crate) fn refused_at(&self, part: f64) -> f64 {
        quantile(&self.refused, part)
    }

    pub(crate) fn with(mut self, other: Self) -> Self {
        self.span = self.span.max(other.span);
        self.broken += other.broken;
        self.times.extend(other.times);
        self.times.sort();
        self.refused.extend(other.refused);
        self.refused.sort();
        self
    }
}

fn quantile(sorted: &[Duration], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * part).round() as usize;
    sorted
        .get(at)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}

/// So many clients ask, one after the other, for so long; `requests` go round among all of them.
pub(crate) fn closed(requests: &[Request], clients: usize, span: Duration) -> Seen {
    let requests: Arc<[Request]> = requests.into();
    let next = Arc::new(AtomicUsize::new(0));
    on_a_thread(async move {
        let until = Instant::now() + span;
        let all = (0..clients).map(|_| {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            async move {
                let mut seen = Seen::default();
                let mut line = Line::default();
                while Instant::now() < until {
                    let nth = next.fetch_add(1, Relaxed) % requests.len();
                    line.ask(&requests[nth], Instant::now(), &mut seen).await;
                }
                seen
            }
        });
        gathered(join_all(all).await, span)
    })
}

/// Every request once, by so many clients; each page is looked at.
pub(crate) fn once(
    requests: &[Request],
    clients: usize,
    look: impl Fn(usize, &str) + Send + Sync + 'static,
) -> Seen {
    let requests: Arc<[Request]> = requests.into();
    let (next, look) = (Arc::new(AtomicUsize::new(0)), Arc::new(look));
    on_a_thread(async move {
        let begun = Instant::now();
        let all = (0..clients).map(|_| {
            let (requests, next, look) =
                (Arc::clone(&requests), Arc::clone(&next), Arc::clone(&look));
            async move {
                let mut seen = Seen::default();
                let mut line = Line::default();
                loop {
                    let nth = next.fetch_add(1, Relaxed);
                    let Some(request) = requests.get(nth) else {
                        return seen;
                    };
                    if let Some(at) = line.ask(request, Instant::now(), &mut seen).await {
                        look(nth, &String::from_utf8_lossy(&line.buffer[at..]));
                    }
                }
            }
        });
        let seen = join_all(all).await;
        gathered(seen, begun.elapsed())
    })
}

/// So many requests a second for so long, whether the ones before are answered or not. Time counts
/// from when a request was due, so that waiting for a free connection is not hidden.
pub(crate) fn open(requests: &[Request], rate: f64, connections: usize, span: Duration) -> Seen {
    open_after(Duration::ZERO, requests, rate, connections, span)
}

/// The same, begun later.
pub(crate) fn open_after(
    later: Duration,
    requests: &[Request],
    rate: f64,
    connections: usize,
    span: Duration,
) -> Seen {
    let requests: Arc<[Request]> = requests.into();
    on_a_thread(async move {
        let begun = Instant::now() + later;
        let count = (rate * span.as_secs_f64()) as usize;
        let next = Arc::new(AtomicUsize::new(0));
        let all = (0..connections).map(|_| {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            async move {
                let mut seen = Seen::default();
                let mut line = Line::default();
                loop {
                    let nth = next.fetch_add(1, Relaxed);
                    if nth >= count {
                        return seen;
                    }
                    let due = begun + Duration::from_secs_f64(nth as f64 / rate);
                    tokio::time::sleep_until(due.into()).await;
                    let request = &requests[nth % requests.len()];
                    line.ask(request, due, &mut seen).await;
                }
            }
        });
        let all = join_all(all).await;
        // What was still answered after the last was due took time too.
        gathered(all, span.max(begun.elapsed()))
    })
}

fn gathered(all: Vec<Seen>, span: Duration) -> Seen {
    let seen = all.into_iter().fold(Seen::default(), |sum, one| Seen {
        times: [sum.times, one.times].concat(),
        refused: [sum.refused, one.refused].concat(),
        broken: sum.broken + one.broken,
        span,
    });
    // Sorts.
    seen.with(Seen::default())
}

fn on_a_thread<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let thread = std::thread::Builder::new().spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(work)
    });
    thread.unwrap().join().unwrap()
}

/// One connection, made anew where it broke.
#[derive(Default)]
struct Line {
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Line {
    /// Asks and notes what came; where the text of a page begins in the buffer.
    async fn ask(&mut self, request: &Request, since: Instant, seen: &mut Seen) -> Option<usize> {
        match self.answer(request).await {
            Some((200, at)) => {
                seen.times.push(since.elapsed());
                Some(at)
            }
            Some(_) => {
                seen.refused.push(since.elapsed());
                None
            }
            None => {
                seen.broken += 1;
                self.stream = None;
                None
            }
        }
    }

    /// Status and where the body begins in the buffer.
    async fn answer(&mut self, request: &Request) -> Option<(u16, usize)> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(request.address).await.ok()?;
            stream.set_nodelay(true).ok()?;
            self.stream = Some(stream);
        }
        let stream = self.stream.as_mut()?;
        stream.write_all(&request.bytes).await.ok()?;
        self.buffer.clear();
        let mut wanted = None;
        loop {
            self.buffer.reserve(64 * 1024);
            if stream.read_buf(&mut self.buffer).await.ok()? == 0 {
                return None;
            }
            if wanted.is_none() {
                wanted = head(&self.buffer);
            }
            if let Some((status, at, length)) = wanted
                && self.buffer.len() >= at + length
            {
                return Some((status, at));
            }
        }
    }
}

/// Status, where the body begins, and its length.
fn head(buffer: &[u8]) -> Option<(u16, usize, usize)> {
    let at = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&buffer[..at]).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.trim().parse().unwrap());
    Some((status, at, length))
}
