//! A syslog server that dies and comes back.

use std::{path::Path, sync::Arc};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::*;
use crate::ledger::Receiver;

struct Server {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    receiver: Receiver,
}

impl Server {
    async fn new() -> Self {
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate: CertificateDer<'static> = signed.cert.der().clone();
        let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let served = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate).unwrap();
        let trusting = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let receiver = Receiver {
            address: listener.local_addr().unwrap().to_string(),
            name: ServerName::try_from("localhost").unwrap(),
            tls: Arc::new(trusting),
        };
        Self {
            listener,
            acceptor: TlsAcceptor::from(Arc::new(served)),
            receiver,
        }
    }

    async fn accept(&self) -> TlsStream<TcpStream> {
        let (connection, _) = self.listener.accept().await.unwrap();
        self.acceptor.accept(connection).await.unwrap()
    }

    /// Reads to the sender's close and closes too, as RFC 5425 §4.4 says.
    async fn take_all(&self) -> Vec<String> {
        let mut way = self.accept().await;
        let mut bytes = Vec::new();
        way.read_to_end(&mut bytes).await.unwrap();
        way.shutdown().await.unwrap();
        frames(&bytes)
    }

    /// Reads a little and is gone without a close.
    async fn die(&self) -> Vec<String> {
        let mut way = self.accept().await;
        let mut bytes = vec![0; 8_000];
        way.read_exact(&mut bytes).await.unwrap();
        frames(&bytes)
    }
}

/// The whole messages of RFC 5425 §4.3 frames.
fn frames(mut bytes: &[u8]) -> Vec<String> {
    let mut messages = Vec::new();
    while let Some(space) = bytes.iter().position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(&bytes[..space])
            .unwrap()
            .parse()
            .unwrap();
        let Some(message) = bytes.get(space + 1..space + 1 + length) else {
            break;
        };
        messages.push(String::from_utf8(message.to_vec()).unwrap());
        bytes = &bytes[space + 1 + length..];
    }
    messages
}

fn places(messages: &[String]) -> Vec<u64> {
    messages
        .iter()
        .map(|message| {
            let json = message.split_once('\u{feff}').unwrap().1;
            let event: serde_json::Value = serde_json::from_str(json).unwrap();
            let id = event["id"].as_str().unwrap();
            id.rsplit_once('-').unwrap().1.parse().unwrap()
        })
        .collect()
}

async fn written(ledger: &Ledger, number: &str) {
    let grant = grant(ledger, number);
    ledger.append(start(&grant)).await.unwrap();
    ledger.append(view(&grant.id, "{}")).await.unwrap();
    ledger.append(end(&grant.id, End::Hand)).await.unwrap();
}

fn place(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join("syslog.place")).ok()
}

#[tokio::test]
async fn a_receiver_that_dies_and_comes_back_gets_every_entry_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new().await;
    let ledger = open(folder.path());
    written(&ledger, "1111").await;
    written(&ledger, "2222").await;
    // It dies in the middle: nothing counts as received.
    let (sent, had) = tokio::join!(ledger.send_to(&server.receiver), server.die());
    assert!(
        sent.is_err() && !had.is_empty() && had.len() < 6,
        "{}",
        had.len()
    );
    assert_eq!(place(folder.path()), None);
    // Meanwhile the ward goes on.
    written(&ledger, "3333").await;
    drop(ledger);
    let ledger = open_seeded(folder.path(), 2);
    let (sent, messages) = tokio::join!(ledger.send_to(&server.receiver), server.take_all());
    assert_eq!(sent.unwrap(), 9);
    assert_eq!(places(&messages), (1..=9).collect::<Vec<_>>());
    assert_eq!(
        ledger.send_to(&server.receiver).await.unwrap(),
        0,
        "no more"
    );
    drop(ledger);
    // The place outlives the process.
    assert_eq!(place(folder.path()).as_deref(), Some("9\n"));
    let ledger = open_seeded(folder.path(), 4);
    written(&ledger, "4444").await;
    let (sent, messages) = tokio::join!(ledger.send_to(&server.receiver), server.take_all());
    assert_eq!(sent.unwrap(), 3);
    assert_eq!(places(&messages), [10, 11, 12]);
}

#[tokio::test]
async fn a_ledger_that_was_set_back_is_said_and_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new().await;
    let ledger = open(folder.path());
    written(&ledger, "1111").await;
    std::fs::write(folder.path().join("syslog.place"), "9\n").unwrap();
    let sent = ledger.send_to(&server.receiver).await;
    let why = sent.unwrap_err().to_string();
    assert!(why.contains("entries up to 9"), "{why}");
    assert_eq!(place(folder.path()).as_deref(), Some("9\n"));
}

#[tokio::test]
async fn a_message_has_the_form_of_rfc_5424_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new().await;
    let ledger = open(folder.path());
    append_personal(&ledger).await;
    let (sent, messages) = tokio::join!(ledger.send_to(&server.receiver), server.take_all());
    assert_eq!(sent.unwrap(), messages.len());
    for message in &messages {
        let head: Vec<&str> = message.splitn(8, ' ').collect();
        assert!(matches!(head[0], "<110>1" | "<108>1"), "{message}");
        assert!(
            chrono::DateTime::parse_from_rfc3339(head[1]).is_ok(),
            "{message}"
        );
        assert_eq!((head[2], head[3]), ("n1", "emergency-summary"));
        assert!(
            head[4].len() <= 128 && head[5].len() <= 32,
            "PROCID and MSGID"
        );
        assert_eq!(head[6], "-");
        assert!(head[7].starts_with("\u{feff}{"), "{message}");
        for name in ["救急", "太郎", "98765432", "判断", "路上"] {
            assert!(!message.contains(name), "{name} in {message}");
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_to_whom_nobody_vouches_for() {
    let folder = tempfile::tempdir().unwrap();
    let (server, other) = (Server::new().await, Server::new().await);
    let ledger = open(folder.path());
    written(&ledger, "1111").await;
    let mistaken = Receiver {
        tls: Arc::clone(&other.receiver.tls),
        ..server.receiver.clone()
    };
    let accepting = async {
        let (connection, _) = server.listener.accept().await.unwrap();
        server.acceptor.accept(connection).await.is_err()
    };
    let (sent, refused) = tokio::join!(ledger.send_to(&mistaken), accepting);
    assert!(sent.is_err() && refused);
    assert_eq!(place(folder.path()), None);
}
