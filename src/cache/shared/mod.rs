//! The second level, shared by the nodes: Redis. It can only save work: every call is bounded, and
//! every failure is a miss.

pub(super) mod bell;
mod link;
mod server;

pub use server::{Form, Redis};

use std::{sync::Arc, time::Duration};

use data_encoding::HEXLOWER;
use redis::RedisError;
use tokio::{sync::Mutex, time::Instant};

use self::{
    link::{Link, Missed},
    server::Connection,
};
use super::{Key, Whose};
use crate::domain::section::SourceName;

/// Larger values stay in this process: moving them takes longer than asking the source.
const LARGEST: usize = 4 * 1024 * 1024;
/// Takes a lock away where it is still the asker's own.
const RELEASE: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/// Where the nodes tell each other whom to forget.
const FORGOTTEN: &str = "es:forgotten";
/// How many such words are kept, and read at once.
const TOLD: usize = 1_000;

/// What is known of the right to ask a source for all nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lock {
    /// It is this node's now.
    Own,
    /// Another node has it, and asks.
    Others,
    /// Nobody can say.
    Unknown,
}

/// What is seen of another node's work.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// What is kept.
    pub(super) value: Option<Vec<u8>>,
    /// Whether the other still asks.
    pub(super) is_locked: bool,
}

/// The Redis that the nodes share.
#[derive(Clone)]
pub(super) struct Shared {
    link: Link,
    /// Where what was read last stands of what the nodes tell each other to forget.
    last_told: Arc<Mutex<Option<(u64, u64)>>>,
}

/// What the nodes were told to forget.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) whose: Vec<Whose>,
    /// It is the first that this process hears: most of it is of before its time.
    pub(super) is_first: bool,
    /// Some of it cannot be read any more.
    pub(super) has_gap: bool,
}

/// Entries of a stream: their ids, and names and values in turn.
type Words = Vec<(String, Vec<String>)>;

impl Shared {
    /// Begins to connect. Needs a running tokio runtime.
    ///
    /// # Errors
    /// In words, where it cannot be used as it is written.
    pub(super) fn new(server: Redis, wait: Duration) -> Result<Self, String> {
        match server.problems().into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(Self {
                link: Link::new(server, wait),
                last_told: Arc::default(),
            }),
        }
    }

    /// Rings the bell of all nodes.
    pub(super) async fn ring(&self, until: Instant) {
        let command = redis::cmd("PUBLISH").arg(bell::CHANNEL).arg("").take();
        self.ask::<redis::Value>("ring", until, command).await.ok();
    }

    /// The value kept under `key`.
    pub(super) async fn get(&self, key: &Key, until: Instant) -> Option<Vec<u8>> {
        let command = redis::cmd("HGET")
            .arg(place(key.whose, key.source))
            .arg(&key.name)
            .take();
        let value: Result<Option<Vec<u8>>, _> = self.ask("get", until, command).await;
        value.ok().flatten()
    }

    /// Keeps a sealed value; everything of this person and source for `life` from now.
    pub(super) async fn put(&self, key: &Key, sealed: Vec<u8>, life: Duration, until: Instant) {
        if sealed.len() > LARGEST {
            count("put", "too_large");
            return;
        }
        let place = place(key.whose, key.source);
        let mut both = redis::pipe();
        both.atomic();
        both.cmd("HSET").arg(&place).arg(&key.name).arg(sealed);
        both.cmd("PEXPIRE").arg(&place).arg(millis(life));
        let asked = |mut connection: Connection| async move {
            both.ignore().exec_async(&mut connection).await
        };
        counted("put", self.link.ask(until, asked).await).ok();
    }

    /// Takes a value away.
    pub(super) async fn remove(&self, key: &Key, until: Instant) {
        let command = redis::cmd("HDEL")
            .arg(place(key.whose, key.source))
            .arg(&key.name)
            .take();
        let removed: Result<u64, _> = self.ask("remove", until, command).await;
        removed.ok();
    }

    /// Lets what is kept of a person and source live on for `life`.
    pub(super) async fn prolong(&self, key: &Key, life: Duration, until: Instant) {
        let command = redis::cmd("PEXPIRE")
            .arg(place(key.whose, key.source))
            .arg(millis(life))
            .arg("GT")
            .take();
        let prolonged: Result<u64, _> = self.ask("prolong", until, command).await;
        prolonged.ok();
    }

    /// Takes everything about a person away and then tells the other nodes; whether Redis did both.
    /// In this order: whoever is told finds nothing here any more.
    pub(super) async fn forget(&self, whose: Whose, until: Instant) -> bool {
        let mut command = redis::cmd("DEL");
        for source in SourceName::CLINICAL {
            command.arg(place(whose, source));
        }
        let removed: Result<u64, _> = self.ask("forget", until, command).await;
        let mut told = redis::cmd("XADD");
        told.arg(FORGOTTEN)
            .arg("MAXLEN")
            .arg("~")
            .arg(TOLD)
            .arg("*");
        told.arg("whose").arg(HEXLOWER.encode(&whose.0));
        let told: Result<String, _> = self.ask("forget", until, told).await;
        told.is_ok() && removed.is_ok()
    }

    /// Whom the nodes were told to forget since this was last asked; at first, all that is still
    /// known, since what was told between this process's start and now may concern it. `None` where
    /// nobody can say.
    pub(super) async fn forgotten(&self, until: Instant) -> Option<Told> {
        let mut last = self.last_told.lock().await;
        let mut both = redis::pipe();
        both.cmd("XRANGE")
            .arg(FORGOTTEN)
            .arg("-")
            .arg("+")
            .arg("COUNT")
            .arg(1);
        both.cmd("XRANGE")
            .arg(FORGOTTEN)
            .arg(last.map_or_else(|| "-".to_owned(), |(ms, n)| format!("({ms}-{n}")))
            .arg("+")
            .arg("COUNT")
            .arg(TOLD);
        let asked = |mut connection: Connection| async move {
            both.query_async::<(Words, Words)>(&mut connection).await
        };
        let (oldest, told) = counted("told", self.link.ask(until, asked).await).ok()?;
        let oldest = oldest.first().and_then(|(id, _)| place_of(id));
        let is_first = last.is_none();
        let before = last.unwrap_or_default();
        // Words that were there are not: too many came at once, or Redis lost them.
        let has_gap = before != (0, 0) && oldest.is_none_or(|oldest| oldest > before);
        let newest = told.last().and_then(|(id, _)| place_of(id));
        *last = newest.or(if oldest.is_some() {
            Some(before)
        } else {
            Some((0, 0))
        });
        let whose = told
            .iter()
            .filter_map(|(_, fields)| whose_of(fields.get(1)?));
        Some(Told {
            whose: whose.collect(),
            is_first,
            has_gap,
        })
    }

    /// Tries to get the right to ask the source, for `life` at the longest.
    pub(super) async fn lock(
        &self,
        key: &Key,
        token: &[u8],
        life: Duration,
        until: Instant,
    ) -> Lock {
        let command = redis::cmd("SET")
            .arg(lock_place(key))
            .arg(token)
            .arg("NX")
            .arg("PX")
            .arg(millis(life))
            .take();
        let answer: Result<Option<String>, _> = self.ask("lock", until, command).await;
        match answer {
            Ok(Some(_)) => Lock::Own,
            Ok(None) => Lock::Others,
            Err(_) => Lock::Unknown,
        }
    }

    /// Gives the right back.
    pub(super) async fn unlock(&self, key: &Key, token: &[u8], until: Instant) {
        let command = redis::cmd("EVAL")
            .arg(RELEASE)
            .arg(1)
            .arg(lock_place(key))
            .arg(token)
            .take();
        let released: Result<u64, _> = self.ask("unlock", until, command).await;
        released.ok();
    }

    /// What another node has brought so far; `None` where nobody can say.
    pub(super) async fn see(&self, key: &Key, until: Instant) -> Option<Seen> {
        let mut both = redis::pipe();
        both.cmd("HGET")
            .arg(place(key.whose, key.source))
            .arg(&key.name);
        both.cmd("EXISTS").arg(lock_place(key));
        let asked = |mut connection: Connection| async move {
            both.query_async::<(Option<Vec<u8>>, bool)>(&mut connection)
                .await
        };
        let (value, is_locked) = counted("see", self.link.ask(until, asked).await).ok()?;
        Some(Seen { value, is_locked })
    }

    async fn ask<T: redis::FromRedisValue>(
        &self,
        call: &'static str,
        until: Instant,
        command: redis::Cmd,
    ) -> Result<T, Missed> {
        let asked = |mut connection: Connection| async move {
            let answer: Result<T, RedisError> = command.query_async(&mut connection).await;
            answer
        };
        counted(call, self.link.ask(until, asked).await)
    }
}

/// Where everything that one source said of one person is: in one slot of a Cluster.
fn place(whose: Whose, source: SourceName) -> String {
    format!("es:a:{{{}}}:{}", HEXLOWER.encode(&whose.0), source.word())
}

/// Where an entry of a stream stands.
fn place_of(id: &str) -> Option<(u64, u64)> {
    let (ms, n) = id.split_once('-')?;
    Some((ms.parse().ok()?, n.parse().ok()?))
}

fn whose_of(word: &str) -> Option<Whose> {
    let bytes = HEXLOWER.decode(word.as_bytes()).ok()?;
    Some(Whose(bytes.try_into().ok()?))
}

fn lock_place(key: &Key) -> String {
    let (whose, name) = (HEXLOWER.encode(&key.whose.0), HEXLOWER.encode(&key.name));
    format!("es:l:{{{whose}}}:{name}")
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn counted<T>(call: &'static str, answer: Result<T, Missed>) -> Result<T, Missed> {
    let outcome = match &answer {
        Ok(_) => "answered",
        Err(Missed::Away) => "passed_over",
        Err(Missed::Late) => "late",
        Err(Missed::Refused) => "error",
    };
    count(call, outcome);
    answer
}

fn count(call: &'static str, outcome: &'static str) {
    metrics::counter!("cache_shared_total", "call" => call, "outcome" => outcome).increment(1);
}
