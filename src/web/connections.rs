//! Connections that do not get on are shut down: actix itself waits for ever for a slow body or a
//! slow reader.

use std::{
    any::Any,
    collections::BTreeMap,
    net::{IpAddr, Shutdown, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{Extensions, ServiceRequest, ServiceResponse},
    middleware::Next,
};
use rustls::pki_types::CertificateDer;

use crate::domain::clock::Clock;

/// A connection on which nothing has begun or finished for this long is shut down, with the second
/// between two sweeps after ten seconds at most. Longer than any answer may take, and longer than an
/// idle connection is kept.
const PATIENCE: Duration = Duration::from_secs(9);

/// Open connections that one address may have; the addresses of this machine are exempt, since a
/// proxy speaks from there.
const PER_ADDRESS: usize = 256;

/// All open connections of this node.
#[derive(Clone)]
pub struct Connections {
    open: Arc<Mutex<All>>,
    next: Arc<AtomicU64>,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct All {
    connections: BTreeMap<u64, Open>,
    /// How many each address has: nobody's connection waits for a count of all.
    of: BTreeMap<IpAddr, usize>,
}

impl All {
    fn has(&self, address: Option<IpAddr>) -> usize {
        let count = address.and_then(|address| self.of.get(&address));
        count.copied().unwrap_or_default()
    }

    fn insert(&mut self, number: u64, open: Open) {
        if let Some(address) = open.address {
            *self.of.entry(address).or_default() += 1;
        }
        self.connections.insert(number, open);
    }

    /// Forgets what is not to be kept any longer.
    fn retain(&mut self, mut is_kept: impl FnMut(&Open) -> bool) {
        let Self { connections, of } = self;
        connections.retain(|_, open| {
            let is_kept = is_kept(open);
            let count = open.address.and_then(|address| of.get_mut(&address));
            if let (false, Some(count)) = (is_kept, count) {
                *count = count.saturating_sub(1);
            }
            is_kept
        });
        of.retain(|_, count| *count > 0);
    }
}

struct Open {
    address: Option<IpAddr>,
    socket: TcpStream,
    progress: Arc<Progress>,
}

/// The verified name of a connection's client certificate, in the connection's data. A header never
/// makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(pub String);

/// When something last began or finished on a connection, in milliseconds since the machine
/// started. Dropped by actix with its connection.
#[derive(Debug)]
struct Progress(AtomicU64);

impl Connections {
    /// No connections yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            open: Arc::default(),
            next: Arc::default(),
            clock,
        }
    }

    /// For `HttpServer::on_connect`: keeps a second handle to the accepted socket, and whose verified
    /// client certificate came with it.
    pub fn accepted(&self, connection: &dyn Any, extensions: &mut Extensions) {
        if let Some(name) = client_name(connection) {
            extensions.insert(name);
        }
        let Some(socket) = plain_socket(connection) else {
            return;
        };
        let address = socket.peer_addr().ok().map(|peer| peer.ip());
        if let Some(progress) = self.keep(address, socket) {
            extensions.insert(progress);
        }
    }

    /// Keeps a connection, or shuts it down where its address has too many.
    fn keep(&self, address: Option<IpAddr>, socket: TcpStream) -> Option<Arc<Progress>> {
        let progress = Arc::new(Progress(AtomicU64::new(self.now())));
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.has(address) >= PER_ADDRESS && address.is_some_and(|address| !address.is_loopback())
        {
            // Already gone is what is wanted.
            drop(socket.shutdown(Shutdown::Both));
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        open.insert(
            number,
            Open {
                address,
                socket,
                progress: Arc::clone(&progress),
            },
        );
        Some(progress)
    }

    /// Shuts down what does not get on and forgets what is closed. Called every second by `boot`.
    pub fn sweep(&self) {
        let now = self.now();
        let patience = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|connection| {
            // The other handle lives in the connection's own data: alone here, the connection is gone.
            if Arc::strong_count(&connection.progress) == 1 {
                return false;
            }
            let since = now.saturating_sub(connection.progress.0.load(Ordering::Relaxed));
            if since > patience {
                metrics::counter!("connections_shut_down").increment(1);
                drop(connection.socket.shutdown(Shutdown::Both));
                return false;
            }
            true
        });
    }

    /// How many connections are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .connections
            .len()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.clock.now().since_boot.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The connection of a request whose answer goes on for long: whoever sends it says that it still
/// gets on. Where the reader takes nothing, nothing is sent, and the connection is shut down.
#[derive(Clone)]
pub(super) struct Held {
    connections: Connections,
    progress: Arc<Progress>,
}

impl Held {
    /// That of a request; `None` where no server accepted it.
    pub(super) fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }

    /// Something was sent now.
    pub(super) fn sent(&self) {
        let now = self.connections.now();
        self.progress.0.store(now, Ordering::Relaxed);
    }
}

type Tls = actix_tls::accept::rustls_0_23::TlsStream<actix_web::rt::net::TcpStream>;

/// The one DNS name of the client certificate; rustls lets none through that it has not verified.
fn client_name(connection: &dyn Any) -> Option<ClientName> {
    let tls = connection.downcast_ref::<Tls>()?;
    let (_, session) = tls.get_ref();
    name_of(session.peer_certificates()?.first()?).map(ClientName)
}

/// The one DNS name of a certificate, as terminals are registered by it.
#[must_use]
pub fn name_of(certificate: &CertificateDer<'_>) -> Option<String> {
    let certificate = webpki::EndEntityCert::try_from(certificate).ok()?;
    let mut names = certificate.valid_dns_names();
    let name = names.next()?;
    let is_one = names.next().is_none();
    is_one.then(|| name.to_ascii_lowercase())
}

fn plain_socket(connection: &dyn Any) -> Option<TcpStream> {
    use std::os::fd::AsFd;

    let stream = connection
        .downcast_ref::<actix_web::rt::net::TcpStream>()
        .or_else(|| connection.downcast_ref::<Tls>().map(|tls| tls.get_ref().0))?;
    stream
        .as_fd()
        .try_clone_to_owned()
        .ok()
        .map(TcpStream::from)
}

/// Middleware that notes when a request begins and when its answer is handed over.
///
/// # Errors
/// What the inner service answers.
pub async fn note_progress<B: MessageBody>(
    connections: Connections,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let progress = request.conn_data::<Arc<Progress>>().cloned();
    if let Some(progress) = &progress {
        progress.0.store(connections.now(), Ordering::Relaxed);
        request.extensions_mut().insert(Held {
            connections: connections.clone(),
            progress: Arc::clone(progress),
        });
    }
    let response = next.call(request).await;
    if let Some(progress) = &progress {
        progress.0.store(connections.now(), Ordering::Relaxed);
    }
    response
}

#[cfg(test)]
mod tests {
    use std::{io::Read, net::TcpListener};

    use super::*;
    use crate::system::SystemClock;

    /// An accepted socket and the client's end of it.
    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener.accept().unwrap().0, client)
    }

    #[test]
    fn one_address_has_its_share_of_connections_and_a_proxy_on_this_machine_any_number() {
        let connections = Connections::new(Arc::new(SystemClock));
        let crowded: IpAddr = "192.0.2.1".parse().unwrap();
        let mut kept = Vec::new();
        for nth in 0..PER_ADDRESS + 3 {
            let (socket, mut client) = pair();
            let progress = connections.keep(Some(crowded), socket);
            assert_eq!(progress.is_some(), nth < PER_ADDRESS, "{nth}");
            if progress.is_none() {
                assert_eq!(client.read(&mut [0]).unwrap(), 0, "it is shut down");
            }
            kept.push((progress, client));
        }
        for address in ["192.0.2.2", "127.0.0.1", "::1"] {
            let address = address.parse().ok();
            for _ in 0..2 {
                let (socket, client) = pair();
                let progress = connections.keep(address, socket);
                assert!(progress.is_some(), "{address:?}");
                kept.push((progress, client));
            }
        }
        assert_eq!(connections.count(), PER_ADDRESS + 6);
        kept.clear();
        connections.sweep();
        assert_eq!(connections.count(), 0, "what is closed is forgotten");
        for _ in 0..PER_ADDRESS {
            let (socket, client) = pair();
            let progress = connections.keep(Some(crowded), socket);
            assert!(progress.is_some(), "the address has its whole share again");
            kept.push((progress, client));
        }
    }
}
