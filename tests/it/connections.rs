//! Connections that do not get on are shut down within ten seconds; those that do are kept.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use emergency_summary::{
    boot,
    config::Budgets,
    domain::{access::NodeId, clock::Clock},
    summary::Rules,
    system::SystemEntropy,
};

use crate::app::{TestApp, TestClock};

/// Longer than a connection that does not get on may stay.
const LATE: Duration = Duration::from_secs(11);
/// Real time in which the shut-down must be seen, on a busy machine.
const SEEN: Duration = Duration::from_secs(30);

const GOOD: &str = "GET /login HTTP/1.1\r\nhost: localhost\r\n\r\n";
const SLOW_BODY: &str = "POST /login HTTP/1.1\r\nhost: localhost\r\n\
     content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\naccount=";

fn connected(address: SocketAddr, begin: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(begin.as_bytes()).expect("written");
    stream.set_read_timeout(Some(SEEN)).expect("a limit");
    stream
}

/// Reads up to the end, which must come; everything that came before it.
fn read_to_end(mut stream: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut part = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut part) {
            Ok(0) => return bytes,
            Ok(read) => bytes.extend_from_slice(&part[..read]),
            Err(error) => match error.kind() {
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
                    return bytes;
                }
                _ => panic!("it is not shut down: {error}"),
            },
        }
    }
}

/// One answer on a connection that stays open.
fn one_answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("it is open");
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).expect("ASCII").to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("the body");
    head
}

/// Waits until the server has taken what was sent so far: later requests are answered.
fn taken(address: SocketAddr) {
    let mut stream = connected(address, GOOD);
    assert!(one_answer(&mut stream).starts_with("http/1.1 200"));
}

#[test]
fn slow_headers_and_slow_bodies_are_shut_down_and_a_connection_that_gets_on_is_not() {
    let app = TestApp::start();
    let slow_body = connected(app.address, SLOW_BODY);
    let slow_head = connected(app.address, "GET /login HTTP/1.1\r\nhost: loc");
    let mut second_head = connected(app.address, GOOD);
    one_answer(&mut second_head);
    second_head.write_all(b"GET /login HT").expect("written");
    let mut healthy = connected(app.address, GOOD);
    one_answer(&mut healthy);
    taken(app.address);

    app.clock.advance(LATE / 2);
    healthy.write_all(GOOD.as_bytes()).expect("written");
    one_answer(&mut healthy);
    app.clock.advance(LATE / 2 + Duration::from_secs(1));
    let begun = Instant::now();
    assert_eq!(read_to_end(slow_body), b"", "nothing was answered");
    healthy.write_all(GOOD.as_bytes()).expect("written");
    assert!(one_answer(&mut healthy).starts_with("http/1.1 200"));
    read_to_end(second_head);
    // A first head is given five real seconds by the HTTP library itself.
    let answer = read_to_end(slow_head);
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 408"));
    assert!(begun.elapsed() < SEEN);
}

#[test]
fn a_reader_that_does_not_read_is_shut_down() {
    let app = TestApp::start();
    let mut reader = connected(app.address, GOOD);
    reader
        .set_write_timeout(Some(Duration::from_millis(300)))
        .expect("a limit");
    // Requests without reading, until nothing moves: every buffer between the two is full.
    let many = GOOD.repeat(64);
    let mut sent = GOOD.len();
    loop {
        match reader.write(many.as_bytes()) {
            Ok(written) => sent += written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
        assert!(sent < 64 << 20, "the server takes everything");
    }
    // On a busy machine a pause may not be the end of the buffers yet: until the end is seen.
    let shut_down = (0..60).any(|_| {
        let witness = connected(app.address, SLOW_BODY);
        taken(app.address);
        app.clock.advance(LATE);
        read_to_end(witness);
        matches!(reader.write(b"x"), Err(error) if error.kind() != ErrorKind::WouldBlock)
    });
    assert!(shut_down, "still open after {sent} bytes of requests");
}

/// A node with TLS and no source.
struct Node {
    address: SocketAddr,
    clock: Arc<TestClock>,
    certificate: Vec<u8>,
    running: boot::Running,
    _folder: tempfile::TempDir,
}

const HOST: &str = "summary.test";

impl Node {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let signed = rcgen::generate_simple_self_signed([HOST.to_owned()]).expect("a certificate");
        let key = signed.signing_key.serialize_der();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(
                vec![signed.cert.der().clone()],
                rustls::pki_types::PrivateKeyDer::try_from(key).expect("a key"),
            )
            .expect("a certificate");
        let clock = Arc::new(TestClock::starting_now());
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let settings = boot::Settings {
            node: NodeId("n1".to_owned()),
            listen: any,
            metrics_listen: any,
            folder: folder.path().to_owned(),
            key: vec![7; 32].into(),
            keeping: emergency_summary::ledger::RootSecrets::from(vec![7; 32]).into(),
            tls: Some(tls),
            certificates: None,
            hosts: vec![HOST.to_owned()],
            demo: false,
            cache: emergency_summary::cache::Settings::default(),
            cache_keys: Vec::new(),
            archive: None,
            registry: None,
            refusal_text: String::new(),
            glass_text: emergency_summary::web::GlassText::default(),
            endpoints: std::collections::BTreeMap::new(),
            budgets: Budgets::default(),
            rules: Rules::default(),
            finding: emergency_summary::access::Finding::default(),
            publish: None,
            witness: None,
            review: emergency_summary::review::Settings::default(),
        };
        let running = boot::start(
            settings,
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::new(SystemEntropy),
        )
        .await
        .expect("it starts");
        Self {
            address: running.address,
            clock,
            certificate: signed.cert.der().to_vec(),
            running,
            _folder: folder,
        }
    }

    fn client(&self) -> reqwest::Client {
        crate::browser::builder()
            .tls_certs_only([reqwest::Certificate::from_der(&self.certificate).expect("DER")])
            .resolve(HOST, self.address)
            .build()
            .expect("a client")
    }

    fn url(&self, path: &str) -> String {
        format!("https://{HOST}:{}{path}", self.address.port())
    }
}

#[actix_web::test]
async fn a_slow_body_over_http2_is_shut_down_too() {
    let node = Node::start().await;
    let client = node.client();
    let answer = client.get(node.url("/login")).send().await.expect("open");
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    let never = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let mut slow = std::pin::pin!(
        client
            .post(node.url("/login"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(reqwest::Body::wrap_stream(never))
            .send()
    );
    // Begun for certain: another request on the same connection is answered after it.
    let other = node.client();
    let also = async {
        client.get(node.url("/login")).send().await.expect("open");
        other.get(node.url("/login")).send().await.expect("open");
    };
    tokio::select! {
        answer = &mut slow => panic!("answered without its body: {answer:?}"),
        () = also => {}
    }
    node.clock.advance(LATE);
    let ended = tokio::time::timeout(SEEN, slow).await;
    assert!(ended.expect("shut down in time").is_err(), "no answer");
    let again = node.client().get(node.url("/login")).send().await;
    assert_eq!(again.expect("the service goes on").status(), 200);
    node.running.stop().await;
}
