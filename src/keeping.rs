//! What keeps the ledger over the years: keys whose retention is over are erased, entries are sent
//! to a syslog server, and the command line may ask the running server to erase or to wrap anew.

use std::{
    collections::BTreeMap,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, Weak},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{access::FacilityId, clock::Clock, patient::MemberNumber},
    ledger::{
        Erased, Erasing, Ledger, Receiver, RootSecrets,
        archive::{self, Archive, Target},
    },
    warm::{self, Warm},
    witness::{self, Asked},
};

/// Where the command line asks a running server.
const SOCKET: &str = "control.sock";
/// How often is looked for keys whose retention is over.
const DAILY: Duration = Duration::from_hours(24);
/// How long is waited for new entries to send.
const BETWEEN: Duration = Duration::from_secs(2);
/// How long is waited at most after a receiver did not take what was sent.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Bytes of the longest request.
const LONGEST: u64 = 64 * 1024;

/// What an installation decided about its ledger.
#[derive(Clone)]
pub struct Keeping {
    /// What wraps the keys, newest first.
    pub keys: RootSecrets,
    /// The same, read again.
    pub read_keys: Arc<dyn Fn() -> Result<RootSecrets, String> + Send + Sync>,
    /// For how many whole calendar years after its own a key is kept.
    pub retention_years: u16,
    /// Whether keys whose retention is over are erased once a day.
    pub erase_expired: bool,
    /// Where entries are sent to.
    pub syslog: Option<Receiver>,
    /// Where the second ledger is.
    pub second: Option<PathBuf>,
    /// The settings by name, to tell which were changed since the last start.
    pub settings: BTreeMap<String, String>,
}

impl From<RootSecrets> for Keeping {
    /// Everything by default: nothing is erased by itself, nothing is sent.
    fn from(keys: RootSecrets) -> Self {
        let same = keys.clone();
        Self {
            keys,
            read_keys: Arc::new(move || Ok(same.clone())),
            retention_years: 5,
            erase_expired: false,
            syslog: None,
            second: None,
            settings: BTreeMap::new(),
        }
    }
}

/// What the command line asks for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Erase the keys whose retention is over.
    EraseExpired {
        /// Years of retention; `None`: as configured.
        years: Option<u16>,
    },
    /// Erase every key of a patient.
    ErasePatient {
        /// `INSURER:SYMBOL:NUMBER:BRANCH`.
        number: String,
        /// At which facility; `None`: at all.
        facility: Option<String>,
        /// The order in words.
        reason: String,
    },
    /// Read the key-encryption keys again and wrap every key under the newest.
    Rewrap,
    /// Something about the cache.
    Cache(warm::Request),
}

/// Does what was asked; one sentence of what was done.
///
/// # Errors
/// One sentence why not, without personal data.
pub async fn answer(
    ledger: &Ledger,
    keeping: &Keeping,
    clock: &dyn Clock,
    request: Request,
) -> Result<String, String> {
    let erasing = match request {
        Request::Rewrap => {
            let keys = (keeping.read_keys)()?;
            let wrapped = ledger.rewrap(keys).await.map_err(|why| why.to_string())?;
            return Ok(format!(
                "{wrapped} keys wrapped anew; older key-encryption keys are not needed any more"
            ));
        }
        Request::Cache(_) => return Err("no server runs here whose cache it would be".to_owned()),
        Request::EraseExpired { years } => Erasing::Expired {
            years: years.unwrap_or(keeping.retention_years),
            now: clock.now(),
        },
        Request::ErasePatient {
            number,
            facility,
            reason,
        } => Erasing::Order {
            number: MemberNumber::parse(number.trim())
                .ok_or("this is no member number: INSURER:SYMBOL:NUMBER:BRANCH")?,
            facility: facility.map(FacilityId),
            reason: Some(reason.trim().to_owned())
                .filter(|reason| !reason.is_empty())
                .ok_or("erasing by order needs its reason")?,
        },
    };
    let erased = ledger
        .erase(erasing)
        .await
        .map_err(|error| error.to_string())?;
    Ok(said(erased))
}

fn said(erased: Erased) -> String {
    let Erased { keys, is_scrubbed } = erased;
    if is_scrubbed {
        format!("{keys} keys erased")
    } else {
        format!(
            "{keys} keys erased; their bytes are still in the write-ahead log, since somebody is \
             reading: ask once more"
        )
    }
}

/// Starts what the installation decided, until told to stop.
pub fn start(
    tasks: &tokio_util::task::TaskTracker,
    stop: &CancellationToken,
    folder: PathBuf,
    parts: (Ledger, Keeping, Warm),
) {
    let (ledger, keeping, warm) = parts;
    let clock = Arc::clone(&warm.clock);
    if let Some(receiver) = keeping.syslog.clone() {
        let (ledger, stop) = (ledger.clone(), stop.clone());
        tasks.spawn(async move {
            stop.run_until_cancelled(sent(ledger, receiver)).await;
        });
    }
    if keeping.erase_expired {
        let (ledger, clock, stop) = (ledger.clone(), Arc::clone(&clock), stop.clone());
        let years = keeping.retention_years;
        tasks.spawn(async move {
            stop.run_until_cancelled(erased_daily(ledger, clock, years))
                .await;
        });
    }
    let stop = stop.clone();
    tasks.spawn(async move {
        let listening = listened(&folder, &ledger, &keeping, &warm);
        if let Some(Err(error)) = stop.run_until_cancelled(listening).await {
            tracing::error!(%error, "the command line cannot ask this server");
        }
        drop(std::fs::remove_file(folder.join(SOCKET)));
    });
}

/// Has checkpoints cosigned; without that the ward goes on as ever.
pub async fn ask_witness(ledger: Ledger, asked: Asked, stop: CancellationToken) {
    if let Err(why) = witness::keep_asking(ledger.clone(), asked, stop).await {
        tracing::error!(%why, "the witness cannot be asked");
        ledger.witness_fails(why);
    }
}

/// Shipping of the second ledger, from when it is there.
pub type SecondArchive = Arc<OnceLock<Weak<Archive>>>;

/// Ships the second ledger from its folder and has its checkpoints cosigned as those of the first,
/// from when it is there.
pub async fn look_after_second(
    ledger: Ledger,
    (shipped, asked, shipping_of): (Option<(PathBuf, Target)>, Option<Asked>, SecondArchive),
    stop: CancellationToken,
) {
    let mut ticks = tokio::time::interval(BETWEEN);
    let second = loop {
        if stop.run_until_cancelled(ticks.tick()).await.is_none() {
            return;
        }
        if let Some(second) = ledger.second() {
            break second;
        }
    };
    let shipping = shipped.map(|(folder, target)| {
        Archive::start(archive::Settings {
            is_second: true,
            ..archive::Settings::new(second.node(), folder, target)
        })
    });
    let shipping = match shipping.transpose() {
        Ok(shipping) => shipping.map(Arc::new),
        Err(error) => {
            tracing::error!(%error, "the second ledger is not shipped");
            None
        }
    };
    if let Some(shipping) = &shipping {
        shipping_of.get_or_init(|| Arc::downgrade(shipping));
    }
    match asked {
        Some(asked) => ask_witness(second, asked, stop).await,
        None => stop.cancelled().await,
    }
    drop(shipping);
}

/// Sends entries for as long as the server runs. Nothing waits for it.
async fn sent(ledger: Ledger, receiver: Receiver) {
    let mut wait = BETWEEN;
    loop {
        match ledger.send_to(&receiver).await {
            Ok(0) => {
                wait = BETWEEN;
                tokio::time::sleep(wait).await;
            }
            Ok(sent) => {
                wait = BETWEEN;
                metrics::counter!("syslog_entries_sent_total")
                    .increment(u64::try_from(sent).unwrap_or(u64::MAX));
            }
            Err(error) => {
                tracing::warn!(%error, "entries wait for the syslog server");
                metrics::counter!("syslog_failures_total").increment(1);
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
        }
    }
}

async fn erased_daily(ledger: Ledger, clock: Arc<dyn Clock>, years: u16) {
    let mut days = tokio::time::interval(DAILY);
    loop {
        days.tick().await;
        let now = clock.now();
        match ledger.erase(Erasing::Expired { years, now }).await {
            Ok(erased) => tracing::info!(keys = erased.keys, "keys whose retention is over"),
            Err(error) => tracing::error!(%error, "keys could not be erased"),
        }
    }
}

/// Answers one line a connection, for the process's own user and root alone.
/// How long nothing is heard after a failure.
const NOT_HEARD: std::time::Duration = std::time::Duration::from_secs(1);

async fn listened(
    folder: &Path,
    ledger: &Ledger,
    keeping: &Keeping,
    warm: &Warm,
) -> std::io::Result<()> {
    let path = folder.join(SOCKET);
    // The ledger's lock shows that no other server uses the folder: what is there is left over.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    loop {
        let connection = match listener.accept().await {
            Ok((connection, _)) => connection,
            // As where no descriptor is free: that passes.
            Err(error) => {
                tracing::warn!(%error, "the command line was not heard");
                tokio::time::sleep(NOT_HEARD).await;
                continue;
            }
        };
        if let Err(error) = answered(connection, ledger, keeping, warm).await {
            tracing::warn!(%error, "the command line went away");
        }
    }
}

async fn answered(
    connection: UnixStream,
    ledger: &Ledger,
    keeping: &Keeping,
    warm: &Warm,
) -> std::io::Result<()> {
    let (own, root) = (rustix::process::geteuid().as_raw(), 0);
    if ![own, root].contains(&connection.peer_cred()?.uid()) {
        return Ok(());
    }
    let (reading, mut writing) = connection.into_split();
    let mut line = String::new();
    let mut reading = BufReader::new(reading.take(LONGEST));
    let read = tokio::time::timeout(BETWEEN, reading.read_line(&mut line)).await;
    if !matches!(read, Ok(Ok(_))) {
        return Ok(());
    }
    let answer = match serde_json::from_str(&line) {
        Ok(Request::Cache(request)) => warm.answer(request).await,
        Ok(request) => answer(ledger, keeping, warm.clock.as_ref(), request).await,
        // Never the words of the reader: they could quote a number.
        Err(_) => Err("this is no request".to_owned()),
    };
    let mut answer = serde_json::to_string(&answer)?;
    answer.push('\n');
    writing.write_all(answer.as_bytes()).await
}

/// Asks the server that runs on a folder; `None` where none does.
///
/// # Errors
/// Where it goes away before it answered: what was asked may be done or not.
pub async fn ask(
    folder: &Path,
    request: &Request,
) -> std::io::Result<Option<Result<String, String>>> {
    let Ok(mut connection) = UnixStream::connect(folder.join(SOCKET)).await else {
        return Ok(None);
    };
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    connection.write_all(line.as_bytes()).await?;
    let mut answer = String::new();
    BufReader::new(connection).read_line(&mut answer).await?;
    Ok(Some(serde_json::from_str(&answer)?))
}
