//! Entries sent to a syslog server: RFC 5424 messages over TLS, framed as RFC 5425 says.
//!
//! Read from the file by place, so that a receiver that is slow, gone or full never holds anything
//! up here; and sent again until it is known to be received, so that none is left out. Syslog has
//! no acknowledgement: what counts is the close of the connection, which ends every batch. The
//! sender's `close_notify` comes after the last message, and RFC 5425 §4.4 has the receiver reply
//! with its own once it has read it. Only then the place is kept; until then everything since is
//! sent again. A message is an `AuditEvent` without anything that was sealed: no name, number,
//! note or search word of anybody; patients by their keyed hash.

use std::{fs, ops::ControlFlow, path::Path, sync::Arc, time::Duration};

use chrono::SecondsFormat;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use super::{Error, Ledger, ReadEntry, audit_event::audit_event, folder::replace, read::Reader};

/// Entries of one connection.
const BATCH: usize = 500;
/// How long a connection may take from its beginning to the receiver's close.
const PATIENCE: Duration = Duration::from_secs(30);
/// Where the last place that was received is kept.
const PLACE: &str = "syslog.place";
/// Facility 13 (log audit), severity 6 (informational): RFC 5424 §6.2.1.
const DONE: u8 = 13 * 8 + 6;
/// The same with severity 4 (warning), for what was refused.
const REFUSED: u8 = 13 * 8 + 4;

/// A syslog server.
#[derive(Clone)]
pub struct Receiver {
    /// `HOST:PORT`.
    pub address: String,
    /// The name that its certificate must be for.
    pub name: ServerName<'static>,
    /// Which authorities may vouch for it.
    pub tls: Arc<rustls::ClientConfig>,
}

/// Why entries were not received.
#[derive(Debug, thiserror::Error)]
pub enum NotReceived {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// The place cannot be kept, or the receiver is not there, breaks off or does not close.
    #[error("{0}")]
    Way(#[from] std::io::Error),
    /// The receiver takes too long.
    #[error("the receiver takes too long")]
    TooLong,
}

impl Ledger {
    /// See [`Ledger::send_to`], of this one alone.
    pub(super) async fn send_here(&self, receiver: &Receiver) -> Result<usize, NotReceived> {
        let folder = self.inner.settings.folder.clone();
        let after = place(&folder)?;
        let entries = self
            .reading(move |reader| {
                if reader.last_place()? < after {
                    let why = format!("entries up to {after} were sent, and are not here");
                    return Err(Error::CannotRead(why));
                }
                reader.sealed_after(after)
            })
            .await?;
        let Some(last) = entries.last().map(|entry| entry.seq) else {
            return Ok(0);
        };
        tokio::time::timeout(PATIENCE, deliver(receiver, &entries))
            .await
            .map_err(|_| NotReceived::TooLong)??;
        let kept = tokio::task::spawn_blocking(move || keep_place(&folder, last)).await;
        kept.map_err(std::io::Error::other)??;
        Ok(entries.len())
    }
}

impl Reader {
    /// The next entries, with nothing opened that is sealed.
    fn sealed_after(&self, seq: u64) -> Result<Vec<ReadEntry>, Error> {
        let (after, limit) = (
            i64::try_from(seq).unwrap_or(i64::MAX),
            i64::try_from(BATCH).unwrap_or(i64::MAX),
        );
        let mut entries = Vec::new();
        self.select_closed(
            "SELECT seq, body FROM entry WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            &[&after, &limit],
            &mut |entry| {
                entries.push(entry);
                ControlFlow::Continue(())
            },
        )?;
        Ok(entries)
    }
}

/// One connection: messages, close, and the receiver's own close.
async fn deliver(receiver: &Receiver, entries: &[ReadEntry]) -> std::io::Result<()> {
    let connection = TcpStream::connect(&receiver.address).await?;
    let connector = TlsConnector::from(Arc::clone(&receiver.tls));
    let mut way = connector.connect(receiver.name.clone(), connection).await?;
    for entry in entries {
        let message = message(entry);
        // RFC 5425 §4.3: MSG-LEN SP SYSLOG-MSG.
        way.write_all(format!("{} ", message.len()).as_bytes())
            .await?;
        way.write_all(message.as_bytes()).await?;
    }
    way.shutdown().await?;
    // Anything else than the receiver's own close_notify is an error here: a connection that was
    // merely cut says nothing of what was read.
    let mut rest = [0; 256];
    while way.read(&mut rest).await? > 0 {}
    Ok(())
}

/// RFC 5424 §6: `<PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG`.
fn message(entry: &ReadEntry) -> String {
    let event = audit_event(entry);
    let outcome = event.get("outcome").and_then(serde_json::Value::as_str);
    let priority = if outcome == Some("0") { DONE } else { REFUSED };
    // The process that wrote it, and what happened: both are of letters, digits and underscores.
    format!(
        "<{priority}>1 {} {} emergency-summary {} {} - \u{feff}{event}",
        entry.wall.to_rfc3339_opts(SecondsFormat::Micros, true),
        entry.node,
        entry.boot,
        entry.event,
    )
}

/// The last place that was received; 0 before the first.
fn place(folder: &Path) -> std::io::Result<u64> {
    match fs::read_to_string(folder.join(PLACE)) {
        Ok(text) => text
            .trim()
            .parse()
            .map_err(|_| std::io::Error::other(format!("{PLACE} holds no place"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Keeps a place, whole or not at all, durable when it returns.
fn keep_place(folder: &Path, seq: u64) -> std::io::Result<()> {
    replace(folder, PLACE, format!("{seq}\n").as_bytes())
}
