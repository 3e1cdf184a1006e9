//! What goes over the wire: what is agreed in a TLS handshake, HTTP/2 as no library would send it,
//! and whom a source must be.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use emergency_summary::{domain::section::SourceName, sources::Endpoint};
use rustls::{ProtocolVersion, pki_types::ServerName};

use crate::{
    app::{TestApp, open, whole_summary},
    serve::{HOST, Installation},
};

/// A `ClientHello` as a client of old would send it: `version` in its body, these suites, no
/// extension that would offer a newer one.
fn client_hello(version: [u8; 2], suites: &[[u8; 2]]) -> Vec<u8> {
    let mut body = version.to_vec();
    body.extend([7; 32]);
    body.push(0);
    let length = u16::try_from(suites.len() * 2).expect("few");
    body.extend(length.to_be_bytes());
    body.extend(suites.iter().flatten());
    body.extend([1, 0]);
    // supported_groups: x25519 and secp256r1; signature_algorithms: three usual ones.
    let extensions: &[u8] = &[
        0, 10, 0, 6, 0, 4, 0, 29, 0, 23, //
        0, 13, 0, 8, 0, 6, 4, 3, 8, 4, 4, 1, //
        0, 11, 0, 2, 1, 0,
    ];
    body.extend(
        u16::try_from(extensions.len())
            .expect("short")
            .to_be_bytes(),
    );
    body.extend(extensions);
    let mut handshake = vec![1, 0];
    handshake.extend(u16::try_from(body.len()).expect("short").to_be_bytes());
    handshake.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(u16::try_from(handshake.len()).expect("short").to_be_bytes());
    record.extend(handshake);
    record
}

/// The first bytes that the server answers to these.
fn first_bytes(address: SocketAddr, sent: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a limit");
    stream.write_all(sent).expect("written");
    let mut bytes = vec![0; 7];
    match stream.read_exact(&mut bytes) {
        Ok(()) => bytes,
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Vec::new(),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

/// A client that trusts the installation's certificate.
fn client(
    made: &Installation,
    versions: &[&'static rustls::SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> rustls::ClientConnection {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(made.certificate_der.clone().into())
        .expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from(HOST).expect("a name");
    rustls::ClientConnection::new(Arc::new(config), name).expect("a client")
}

/// Version and suite that are agreed with a client that offers these versions.
fn agreed(
    made: &Installation,
    address: SocketAddr,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> (ProtocolVersion, String) {
    let mut client = client(made, versions, &[]);
    let mut stream = TcpStream::connect(address).expect("a connection");
    while client.is_handshaking() {
        client.complete_io(&mut stream).expect("a handshake");
    }
    let suite = client.negotiated_cipher_suite().expect("a suite");
    (
        client.protocol_version().expect("a version"),
        format!("{:?}", suite.suite()),
    )
}

#[actix_web::test]
async fn tls_is_of_today_with_forward_secrecy_and_nothing_older_is_spoken() {
    const ALERT: u8 = 21;
    const SERVER_HELLO: u8 = 22;
    let made = Installation::new().await;
    let (_server, address) = made.serve();
    let both = [&rustls::version::TLS12, &rustls::version::TLS13];
    let (version, suite) = agreed(&made, address, &both);
    assert_eq!(
        version,
        ProtocolVersion::TLSv1_3,
        "the newest goes first: {suite}"
    );
    let (version, suite) = agreed(&made, address, &[&rustls::version::TLS12]);
    assert_eq!(version, ProtocolVersion::TLSv1_2);
    assert!(suite.starts_with("TLS_ECDHE_"), "{suite}");

    let ecdhe = [[0xc0, 0x2b], [0xc0, 0x2f], [0xcc, 0xa9]];
    let answer = first_bytes(address, &client_hello([3, 3], &ecdhe));
    assert_eq!(
        answer.first(),
        Some(&SERVER_HELLO),
        "the hello is a good one: {answer:?}"
    );
    for (what, hello) in [
        ("SSL 3", client_hello([3, 0], &ecdhe)),
        ("TLS 1.0", client_hello([3, 1], &ecdhe)),
        ("TLS 1.1", client_hello([3, 2], &ecdhe)),
        (
            "RSA key exchange",
            client_hello([3, 3], &[[0, 0x9c], [0, 0x2f]]),
        ),
        ("CBC", client_hello([3, 3], &[[0xc0, 0x13], [0xc0, 0x09]])),
        (
            "RC4, 3DES, NULL, export",
            client_hello([3, 3], &[[0, 5], [0, 10], [0, 1], [0, 8]]),
        ),
        (
            "no TLS at all",
            b"GET /login HTTP/1.1\r\nhost: summary.test\r\n\r\n".to_vec(),
        ),
    ] {
        let answer = first_bytes(address, &hello);
        assert!(
            answer.is_empty() || answer.first() == Some(&ALERT),
            "{what}: {answer:?}"
        );
    }
    let page = made.browser(address).get("/login").await.is(200);
    let kept = &page.headers["strict-transport-security"];
    assert_eq!(kept, "max-age=63072000; includeSubDomains");
}

/// An HTTP/2 GET of `/login` with one more header, written by hand: what a library would refuse
/// to send. The frames that come back, by their types, until an answer or a refusal.
fn over_http2(made: &Installation, address: SocketAddr, name: &str, value: &str) -> Vec<u8> {
    const SETTINGS: u8 = 4;
    let text = |text: &str| {
        let length = u8::try_from(text.len()).expect("short");
        [&[length], text.as_bytes()].concat()
    };
    let frame = |kind: u8, flags: u8, stream: u8, body: &[u8]| {
        let length = u32::try_from(body.len()).expect("short").to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, stream], body].concat()
    };
    // GET, https, the path and the authority from the static table of RFC 7541, then the header.
    let mut head = vec![0x82, 0x87, 0x04];
    head.extend(text("/login"));
    head.push(0x01);
    head.extend(text(HOST));
    head.push(0x00);
    head.extend(text(name));
    head.extend(text(value));
    let sent = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        frame(SETTINGS, 0, 0, &[]),
        frame(1, 0x5, 1, &head),
    ]
    .concat();
    let mut client = client(made, &[&rustls::version::TLS13], &[b"h2"]);
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a limit");
    let mut tls = rustls::Stream::new(&mut client, &mut stream);
    tls.write_all(&sent).expect("written");
    let mut kinds = Vec::new();
    loop {
        let mut head = [0; 9];
        if tls.read_exact(&mut head).is_err() {
            return kinds;
        }
        let mut body = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        if tls.read_exact(&mut body).is_err() {
            return kinds;
        }
        kinds.push(head[3]);
        if [1, 3, 7].contains(&head[3]) {
            return kinds;
        }
    }
}

#[actix_web::test]
async fn http2_headers_that_could_split_a_message_are_refused() {
    const HEADERS: u8 = 1;
    let made = Installation::new().await;
    let (_server, address) = made.serve();
    for (name, value, is_answered) in [
        ("accept", "text/html", true),
        ("transfer-encoding", "chunked", false),
        ("connection", "keep-alive", false),
        ("x-note", "a\r\nset-cookie: session=x", false),
        ("x-note", "a\nb", false),
        ("x-note", "a\rb", false),
        ("x-\r\nnote", "a", false),
        ("X-Note", "a", false),
    ] {
        let kinds = over_http2(&made, address, name, value);
        assert_eq!(
            kinds.contains(&HEADERS),
            is_answered,
            "{name:?} {value:?}: {kinds:?}"
        );
    }
}

/// Takes connections one after the other, counts them, and does this with each.
fn listening(with_each: impl Fn(TcpStream) + Send + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    std::thread::Builder::new()
        .spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::SeqCst);
                with_each(stream);
            }
        })
        .expect("a thread");
    (address, taken)
}

/// An app whose charts come from there.
fn with_charts_at(base: String) -> TestApp {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    TestApp::start_with(folder, |options| {
        let endpoint = Endpoint {
            base,
            token: Some("bearer-0123456789".to_owned().into()),
            ..Endpoint::default()
        };
        options.instead.insert(SourceName::Emr, endpoint);
    })
}

#[actix_web::test]
async fn a_source_that_sends_elsewhere_is_not_followed() {
    let (elsewhere, reached) = listening(drop);
    let (address, asked) = listening(move |mut stream| {
        let mut request = [0; 8192];
        if !stream.read(&mut request).is_ok_and(|read| read > 0) {
            return;
        }
        let answer = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{elsewhere}/fhir/\r\n\
             Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(answer.as_bytes()).ok();
    });
    let app = with_charts_at(format!("http://{address}/fhir"));
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = whole_summary(&browser, &path).await;
    let state = page.attributes("#section-allergies", "data-state");
    assert_eq!(state, ["not_fetched"]);
    assert!(asked.load(Ordering::SeqCst) > 0, "it was asked");
    assert_eq!(reached.load(Ordering::SeqCst), 0, "nobody was sent there");
}

#[actix_web::test]
async fn a_source_whose_certificate_nobody_vouches_for_is_told_nothing() {
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
    let config = Arc::new(config);
    let (told, heard) = std::sync::mpsc::channel();
    let (address, asked) = listening(move |mut stream| {
        let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).expect("a server");
        let mut ended = Ok((0, 0));
        while ended.is_ok() && tls.is_handshaking() {
            ended = tls.complete_io(&mut stream);
        }
        told.send(ended.map_err(|error| error.to_string())).ok();
    });
    let app = with_charts_at(format!("https://localhost:{}/fhir", address.port()));
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = whole_summary(&browser, &path).await;
    let state = page.attributes("#section-allergies", "data-state");
    assert_eq!(state, ["not_fetched"]);
    assert!(asked.load(Ordering::SeqCst) > 0, "it was asked");
    let refused = heard
        .recv_timeout(Duration::from_secs(10))
        .expect("a handshake")
        .expect_err("the certificate was believed");
    assert!(refused.contains("UnknownCA"), "{refused}");
}

#[actix_web::test]
async fn no_route_of_the_measurements_is_in_the_product() {
    let app = TestApp::start();
    let browser = app.physician().await;
    for path in ["kept", "render", "seat", "cache", "each"] {
        browser.get(&format!("/ladder/{path}/x")).await.is(404);
    }
}
