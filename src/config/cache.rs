//! `redis` and `[cache]`: how much of what sources answer is kept, how long, and where else.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{SecretSlice, SecretString};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{Config, Problem, keeping::key_of, private_text};
use crate::{
    cache::{Form, LONGEST, Life, Lives, Redis, Settings},
    domain::section::SourceName,
};

/// Where Redis is.
#[derive(Clone, Debug, Default)]
pub struct RedisPart {
    /// `redis://HOST:PORT`, with TLS `rediss://HOST:PORT`: of the server, of the Sentinels, or of some
    /// nodes of the Cluster.
    pub addresses: Vec<String>,
    /// The master's name, where the addresses are Sentinels'.
    pub master: Option<String>,
    /// Whether the addresses are a Cluster's.
    pub cluster: bool,
    /// Who this node is to Redis.
    pub user: Option<String>,
    /// File with the password.
    pub password_file: Option<PathBuf>,
    /// File with the Sentinels' own password.
    pub sentinel_password_file: Option<PathBuf>,
    /// PEM file with the authorities that may vouch for the servers; without it the machine's own.
    pub authorities: Option<PathBuf>,
    /// Whether another machine may be asked without TLS.
    pub in_the_clear: bool,
    /// How long asking it may take, in milliseconds.
    pub wait_ms: u64,
}

/// The same as a table.
#[derive(Deserialize)]
struct Table {
    addresses: Vec<String>,
    master: Option<String>,
    #[serde(default)]
    cluster: bool,
    user: Option<String>,
    password_file: Option<PathBuf>,
    sentinel_password_file: Option<PathBuf>,
    authorities: Option<PathBuf>,
    #[serde(default)]
    in_the_clear: bool,
    #[serde(default = "default_wait")]
    wait_ms: u64,
}

fn default_wait() -> u64 {
    20
}

impl<'de> Deserialize<'de> for RedisPart {
    /// Not by trying one form after the other: unknown keys of the table would go unnoticed.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Forms;
        impl<'de> Visitor<'de> for Forms {
            type Value = RedisPart;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address or a table with addresses")
            }

            fn visit_str<E: serde::de::Error>(self, address: &str) -> Result<RedisPart, E> {
                Ok(RedisPart {
                    addresses: vec![address.to_owned()],
                    wait_ms: default_wait(),
                    ..RedisPart::default()
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RedisPart, A::Error> {
                let table = Table::deserialize(MapAccessDeserializer::new(map))?;
                if table.cluster && table.master.is_some() {
                    return Err(A::Error::custom(
                        "redis: a master's name or cluster, not both",
                    ));
                }
                Ok(RedisPart {
                    addresses: table.addresses,
                    master: table.master,
                    cluster: table.cluster,
                    user: table.user,
                    password_file: table.password_file,
                    sentinel_password_file: table.sentinel_password_file,
                    authorities: table.authorities,
                    in_the_clear: table.in_the_clear,
                    wait_ms: table.wait_ms,
                })
            }
        }
        deserializer.deserialize_any(Forms)
    }
}

impl RedisPart {
    /// Redis with its secrets.
    ///
    /// # Errors
    /// In words, without the content, where a secret or certificate cannot be read.
    pub fn redis(&self) -> Result<Redis, String> {
        let form = match (&self.master, self.cluster) {
            (Some(master), _) => Form::Sentinel {
                master: master.clone(),
            },
            (None, true) => Form::Cluster,
            (None, false) => Form::Single,
        };
        Ok(Redis {
            form,
            addresses: self.addresses.clone(),
            user: self.user.clone(),
            password: password(self.password_file.as_deref())?,
            sentinel_password: password(self.sentinel_password_file.as_deref())?,
            authority: self
                .authorities
                .as_deref()
                .map(Redis::authority_of)
                .transpose()?,
            in_the_clear: self.in_the_clear,
        })
    }
}

fn password(file: Option<&Path>) -> Result<Option<SecretString>, String> {
    let Some(file) = file else { return Ok(None) };
    let text = private_text(file)?;
    Ok(Some(text.trim().to_owned().into()))
}

/// What is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct CachePart {
    /// Megabytes in this process.
    pub megabytes: u64,
    /// How long a partly failed answer, or that a source knows no such patient, is fresh, in seconds.
    pub doubtful_seconds: u64,
    /// File with the keys that seal what Redis holds, one a line, newest first, the same on all
    /// nodes; without it the installation's key is the only one.
    pub key_file: Option<PathBuf>,
    /// The lives of `emr`'s answers.
    pub emr: LifePart,
    /// Of `eprescription`'s.
    pub eprescription: LifePart,
    /// Of `claims`'s.
    pub claims: LifePart,
}

impl Default for CachePart {
    fn default() -> Self {
        let settings = Settings::default();
        Self {
            megabytes: settings.bytes / (1024 * 1024),
            doubtful_seconds: settings.lives.doubtful.as_secs(),
            key_file: None,
            emr: LifePart::default(),
            eprescription: LifePart::default(),
            claims: LifePart::default(),
        }
    }
}

/// The lives of one source's answers, in minutes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct LifePart {
    /// Until then an answer is fresh.
    pub soft_minutes: u64,
    /// Until then it may be shown with its age.
    pub hard_minutes: u64,
}

impl Default for LifePart {
    fn default() -> Self {
        let Life { soft, hard } = Life::default();
        Self {
            soft_minutes: soft.as_secs() / 60,
            hard_minutes: hard.as_secs() / 60,
        }
    }
}

impl Config {
    /// How much is kept, how long, and where else.
    ///
    /// # Errors
    /// In words, where a secret or certificate cannot be read.
    pub fn cache_settings(&self) -> Result<Settings, String> {
        let redis = self.redis.as_ref().map(RedisPart::redis).transpose();
        let default = Settings::default();
        let wait = self.redis.as_ref().map(|redis| redis.wait_ms);
        Ok(Settings {
            bytes: self.cache.megabytes.saturating_mul(1024 * 1024),
            lives: Lives {
                by_source: self.cache.lives(),
                doubtful: Duration::from_secs(self.cache.doubtful_seconds),
            },
            redis: redis.map_err(|why| format!("redis: {why}"))?,
            redis_wait: wait.map_or(default.redis_wait, Duration::from_millis),
            ..default
        })
    }

    /// The keys that seal what Redis holds, newest first; none: the installation's.
    ///
    /// # Errors
    /// In words, without the content.
    pub fn cache_keys(&self) -> Result<Vec<SecretSlice<u8>>, String> {
        let Some(file) = &self.cache.key_file else {
            return Ok(Vec::new());
        };
        let said = |why: String| format!("cache: {}: {why}", file.display());
        let text = private_text(file).map_err(|why| format!("cache: {why}"))?;
        let keys: Vec<_> = text
            .split_whitespace()
            .map(key_of)
            .collect::<Result<_, _>>()
            .map_err(said)?;
        if keys.is_empty() {
            return Err(said("no key".to_owned()));
        }
        Ok(keys)
    }

    pub(super) fn cache_problems(&self) -> Vec<Problem> {
        let mut problems = self.cache.problems();
        let mut say = |text: String| problems.push(Problem(text));
        if let Err(why) = self.cache_keys() {
            say(why);
        }
        if let Some(redis) = &self.redis {
            if redis.wait_ms == 0 || redis.wait_ms > 100 {
                say("redis: wait_ms must be above 0 and at most 100".to_owned());
            }
            match redis.redis() {
                Ok(redis) => {
                    for why in redis.problems() {
                        say(format!("redis: {why}"));
                    }
                }
                Err(why) => say(format!("redis: {why}")),
            }
        }
        problems
    }
}

impl CachePart {
    fn lives(&self) -> BTreeMap<SourceName, Life> {
        [
            (SourceName::Emr, self.emr),
            (SourceName::Eprescription, self.eprescription),
            (SourceName::Claims, self.claims),
        ]
        .into_iter()
        .map(|(source, life)| (source, life.life()))
        .collect()
    }

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say = |text: String| problems.push(Problem(text));
        if !(1..=65_536).contains(&self.megabytes) {
            say("cache: megabytes must be above 0 and at most 65536".to_owned());
        }
        if !(1..=600).contains(&self.doubtful_seconds) {
            say("cache: doubtful_seconds must be above 0 and at most 600".to_owned());
        }
        for (source, Life { soft, hard }) in self.lives() {
            if soft.is_zero() || soft > hard || hard > LONGEST {
                say(format!(
                    "cache.{}: soft_minutes must be above 0 and not above hard_minutes, that not \
                     above 72 hours",
                    source.word()
                ));
            }
        }
        problems
    }
}

impl LifePart {
    const fn life(self) -> Life {
        Life {
            soft: Duration::from_secs(self.soft_minutes.saturating_mul(60)),
            hard: Duration::from_secs(self.hard_minutes.saturating_mul(60)),
        }
    }
}
