//! Typed settings of `serve`: unknown keys are refused, every problem is named at once, secrets may
//! come from files. The only reader of the environment.

mod cache;
mod database;
mod find;
mod keeping;
mod notices;
mod proofs;
mod review;
mod rules;
mod sources;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use secrecy::{SecretSlice, SecretString};
use serde::Deserialize;

use crate::{domain::section::SourceName, registry::FacilityKind, summary::Rules};

pub use cache::{CachePart, LifePart, RedisPart};
pub use database::{Database, archive_target};
pub use find::{Launch, Scan, Searching};
pub use keeping::{LedgerPart, Syslog, read_keys};
pub use notices::{MailPart, NoticesPart, WebhookPart};
pub use proofs::{WitnessConfig, WitnessTable, read_verifier};
pub use review::{ReviewPart, RulePart};
pub use rules::{Access, AccessTable, ConsentTable, Window, WindowTable};
pub use sources::{LimitsPart, OauthPart, Source};

/// One line of what is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(pub String);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The configuration file.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// This node's name: letters, digits and hyphens.
    pub node: String,
    /// Where pages are served.
    pub listen: SocketAddr,
    /// Where `GET /metrics` is served; keep it inside the machine.
    pub metrics_listen: SocketAddr,
    /// Folder of `ledger.sqlite`, `keys.sqlite` and, without `registry`, `registry.sqlite`.
    pub folder: PathBuf,
    /// File with the installation's key: 32 bytes in base 64, the same on all nodes.
    pub key_file: PathBuf,
    /// Certificate and key; without them a proxy on this machine must end TLS.
    pub tls: Option<Tls>,
    /// Host names that requests may carry.
    pub hosts: Vec<String>,
    /// Redis: `redis://…`, or a table with several addresses, names and secrets; without it only
    /// this node's memory.
    pub redis: Option<RedisPart>,
    /// How much of what sources answer is kept, and how long.
    #[serde(default)]
    pub cache: CachePart,
    /// PostgreSQL, to which the ledger is shipped; without it only this node's files.
    pub archive: Option<Database>,
    /// PostgreSQL, in which several nodes share accounts, sessions and handoffs; without it only
    /// this node's `registry.sqlite`.
    pub registry: Option<Database>,
    /// What a refusal page says where nothing may be shown: telephones, paper form, other node.
    #[serde(default)]
    pub refusal_text: String,
    /// What the glass page adds, by what the facility is: the facility's legal wording, such as
    /// that the patient can see who looked. Without it nothing is added.
    #[serde(default)]
    pub glass_text: GlassText,
    /// The facility that the first start makes where there is none.
    pub first_facility: Option<FirstFacility>,
    /// The shared records.
    #[serde(default)]
    pub sources: BTreeMap<SourceName, Source>,
    /// Budgets in milliseconds.
    #[serde(default)]
    pub budgets: Budgets,
    /// Look-back windows that differ from the default.
    #[serde(default)]
    pub windows: WindowTable,
    /// What roles see that differs from the default.
    #[serde(default)]
    pub access: AccessTable,
    /// How fast one account may search.
    #[serde(default)]
    pub searching: Searching,
    /// What scanners type, in place of the layouts that are known.
    #[serde(default)]
    pub scan: Vec<Scan>,
    /// Systems that may open this one with a patient in context.
    #[serde(default)]
    pub launch: Vec<Launch>,
    /// What a consent for a category opens that differs from the default.
    #[serde(default)]
    pub consent: ConsentTable,
    /// The ledger's keys, retention and receivers; where its checkpoints go, and who cosigns them.
    #[serde(default)]
    pub ledger: LedgerPart,
    /// What flags emergency grants, and where lists are laid.
    #[serde(default)]
    pub review: ReviewPart,
    /// Who outside is told of emergency grants.
    #[serde(default)]
    pub notices: NoticesPart,
    /// Every value as it is written, by its name.
    #[serde(skip)]
    pub written: BTreeMap<String, String>,
    /// Form of log lines.
    #[serde(default)]
    pub log: crate::telemetry::Form,
    /// What is logged, in the syntax of `tracing` filters.
    #[serde(default = "default_filter")]
    pub log_filter: String,
}

/// The facility that the first start makes.
#[derive(Clone, Debug, Deserialize)]
pub struct FirstFacility {
    /// Its name.
    pub name: String,
    /// `hospital` or `fire`.
    pub kind: String,
    /// 保険医療機関番号, 10 digits; fire departments have none.
    pub number: Option<String>,
}

/// The facility's legal wording on the glass page.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct GlassText {
    /// Hospitals.
    pub hospital: Option<Wording>,
    /// Fire departments.
    pub fire: Option<Wording>,
    /// What crews judge, in the place of the built-in sentence above the reasons.
    pub crew: Option<Wording>,
}

/// One sentence in both languages: neither may be missing.
#[derive(Clone, Debug, Deserialize)]
pub struct Wording {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

/// Files for TLS.
#[derive(Clone, Debug, Deserialize)]
pub struct Tls {
    /// PEM file with the certificate chain.
    pub certificate: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
    /// PEM file with the authorities of terminals' client certificates: then browsers are asked for
    /// one, and need none.
    pub terminal_authorities: Option<PathBuf>,
}

/// Budgets in milliseconds (defaults: the product's).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct Budgets {
    /// Assembly of the first answer.
    pub first_ms: u64,
    /// Assembly of the last answer.
    pub last_ms: u64,
    /// One source's answer.
    pub source_ms: u64,
    /// Commit of an entry.
    pub commit_ms: u64,
    /// A grant, in minutes.
    pub grant_minutes: u64,
    /// A seat left, in seconds.
    pub idle_lock_seconds: u64,
    /// Requests answered at one time.
    pub at_once: usize,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            first_ms: 220,
            last_ms: 900,
            source_ms: 850,
            commit_ms: 250,
            grant_minutes: 240,
            idle_lock_seconds: 180,
            at_once: 2_048,
        }
    }
}

fn default_filter() -> String {
    "info".to_owned()
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn load(path: &Path) -> Result<Self, Vec<Problem>> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| vec![Problem(format!("{}: {error}", path.display()))])?;
        let (config, mut problems) = parse::<Self>(&text);
        problems.extend(config.iter().flat_map(Self::problems));
        match config {
            Some(mut config) if problems.is_empty() => {
                config.written = keeping::flat(&text);
                Ok(config)
            }
            _ => Err(problems),
        }
    }

    /// Everything that is wrong with the values.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say = |text: String| problems.push(Problem(text));
        if self.node.is_empty()
            || !self
                .node
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-')
        {
            say("node: letters, digits and hyphens only".to_owned());
        }
        if self.hosts.is_empty() {
            say("hosts: at least one host name".to_owned());
        }
        if !self.folder.is_dir() {
            say(format!("folder: {} is no folder", self.folder.display()));
        }
        if let Err(why) = read_key(&self.key_file) {
            say(format!("key_file: {why}"));
        }
        if let Some(tls) = &self.tls {
            let authorities = tls.terminal_authorities.as_ref();
            for file in [&tls.certificate, &tls.key].into_iter().chain(authorities) {
                if !file.is_file() {
                    say(format!("tls: {} is no file", file.display()));
                }
            }
        } else if !self.listen.ip().is_loopback() {
            say("tls: needed where `listen` is not this machine only".to_owned());
        }
        if let Some(facility) = &self.first_facility
            && FacilityKind::parse(&facility.kind).is_none()
        {
            say("first_facility: kind must be hospital or fire".to_owned());
        }
        for (name, source) in &self.sources {
            problems.extend(source.problems(*name));
        }
        problems.extend(self.glass_text.problems());
        problems.extend(self.budgets.problems());
        problems.extend(rules::rules(&self.windows, &self.access, &self.consent).1);
        problems.extend(find::problems(self));
        problems.extend(self.ledger.proof_problems());
        problems.extend(self.keeping_problems());
        problems.extend(self.database_problems());
        problems.extend(self.cache_problems());
        problems.extend(self.review.problems());
        problems.extend(self.notices.problems(&self.node));
        problems
    }

    /// Where browsers find it: the first host, with the port where this process ends TLS at another
    /// than HTTPS's own.
    #[must_use]
    pub fn address(&self, port: u16) -> String {
        let host = self.hosts.first().map_or("localhost", String::as_str);
        if self.tls.is_some() && port != 443 {
            format!("https://{host}:{port}")
        } else {
            format!("https://{host}")
        }
    }

    /// Windows and what each role sees, defaults completed.
    #[must_use]
    pub fn rules(&self) -> Rules {
        rules::rules(&self.windows, &self.access, &self.consent).0
    }
}

/// Whether patients' data and the source's token would cross a network unencrypted.
fn is_open_way(base: &str) -> bool {
    let Some(rest) = base.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is no host.
    let authority = authority.rsplit('@').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_here = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    !is_here
}

impl GlassText {
    fn problems(&self) -> Vec<Problem> {
        [
            ("hospital", &self.hospital),
            ("fire", &self.fire),
            ("crew", &self.crew),
        ]
        .into_iter()
        .filter_map(|(kind, wording)| Some((kind, wording.as_ref()?)))
        .filter(|(_, wording)| wording.ja.trim().is_empty() || wording.en.trim().is_empty())
        .map(|(kind, _)| {
            Problem(format!(
                "glass_text.{kind}: a sentence in both languages, ja and en"
            ))
        })
        .collect()
    }
}

impl Budgets {
    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say = |text: String| problems.push(Problem(text));
        if self.first_ms == 0 || self.first_ms > self.last_ms {
            say("budgets: first_ms must be above 0 and not above last_ms".to_owned());
        }
        if !(16..=16_384).contains(&self.at_once) {
            say("budgets: at_once must be from 16 to 16384".to_owned());
        }
        for (key, value) in [
            ("source_ms", self.source_ms),
            ("commit_ms", self.commit_ms),
            ("grant_minutes", self.grant_minutes),
            ("idle_lock_seconds", self.idle_lock_seconds),
        ] {
            if value == 0 || value > 86_400_000 {
                say(format!("budgets: {key} must be above 0 and within a day"));
            }
        }
        problems
    }

    /// [`Self::commit_ms`] as a duration.
    #[must_use]
    pub fn commit(&self) -> Duration {
        Duration::from_millis(self.commit_ms)
    }
}

/// What a file's text says, and every key that nothing reads: a misspelt one would be a default in
/// silence.
fn parse<T: serde::de::DeserializeOwned>(text: &str) -> (Option<T>, Vec<Problem>) {
    let mut problems = Vec::new();
    let read = toml::Deserializer::parse(text).and_then(|file| {
        serde_ignored::deserialize(file, |key| {
            // What may be left out has a mark of its own in the path.
            let key = key.to_string().replace(".?", "");
            problems.push(Problem(format!("{key}: there is no such key")));
        })
    });
    match read {
        Ok(config) => (Some(config), problems),
        Err(error) => {
            let line = error.span().map_or(1, |span| {
                let before = text.bytes().take(span.start);
                1 + before.filter(|byte| *byte == b'\n').count()
            });
            let why = error.message().replace('\n', " ");
            problems.push(Problem(format!("line {line}: {why}")));
            (None, problems)
        }
    }
}

/// Reads an installation key: 32 bytes in base 64.
///
/// # Errors
/// In words, without the content.
pub fn read_key(path: &Path) -> Result<SecretSlice<u8>, String> {
    let text = private_text(path)?;
    keeping::key_of(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// A secret's file: nobody but its owner may write it, nobody but owner and group read it.
fn private_text(path: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| format!("{}: {error}", path.display());
    let mode = std::fs::metadata(path).map_err(told)?.permissions().mode() & 0o777;
    if mode & 0o027 != 0 {
        return Err(format!(
            "{}: others can read or change this secret (mode {mode:o}): chmod 600",
            path.display()
        ));
    }
    std::fs::read_to_string(path).map_err(told)
}

/// Reads a password from its file.
fn read_secret(path: &Path) -> Result<SecretString, String> {
    private_text(path).map(|text| text.trim().to_owned().into())
}

/// Reads a bearer token from its file.
///
/// # Errors
/// In words, without the content.
pub fn read_token(path: &Path) -> Result<SecretString, String> {
    std::fs::read_to_string(path)
        .map(|text| text.trim().to_owned().into())
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// What the environment says about logging: `EMERGENCY_SUMMARY_LOG`, in the syntax of `tracing`
/// filters.
#[must_use]
pub fn log_filter_from_environment() -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    std::env::var("EMERGENCY_SUMMARY_LOG").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A configuration with one of each fault.
    const FAULTY: &str = r#"
            node = "n 1"
            listen = "0.0.0.0:8443"
            metrics_listen = "127.0.0.1:0"
            folder = "/nowhere/at/all"
            key_file = "/nowhere/key"
            hosts = []
            refusal = "misspelt"
            [glass_text.hospital]
            ja = "あ"
            en = " "
            [glass_text.crew]
            ja = ""
            en = "x"
            [glass_text.clinic]
            ja = "あ"
            [sources.emr]
            base = "ftp://x"
            tokenfile = "x"
            [budgets]
            first_ms = 900
            last_ms = 220
            commit_ms = 0
            grant_hours = 4
            [searching]
            longest_wait_s = 60
            [[scan]]
            on = "card"
            parts = ["insurer", "number"]
            [[scan]]
            on = "certificate"
            parts = ["insurer", "name"]
            separators = ","
            seperators = ","
            [[launch]]
            issuer = "chart"
            facility = ""
            key_file = "/nowhere/launch.key"
            max_age_s = 3600
            [windows.drugs.claims]
            emergency = "10 years"
            from = "2 years"
            [access.clerk.emergency]
            sections = ["drugs"]
            [ledger]
            publish = "/nowhere/at/all"
            witness = { url = "ftp://x", key = "none" }
            [redis]
            addresses = ["redis://:geheim@r.example", "redis://s.example"]
            pasword_file = "x"
            [cache]
            soft_minutes = 5
            [cache.emr]
            soft_minutes = 90
            hard_minutes = 60
            hard_hours = 1
            [archive]
            address = "postgresql://n1:secret@db.example/archive"
            pasword_file = "x"
            [registry]
            adress = "x"
            address = "postgresql://db.example/registry"
            password_file = "/nowhere/at/all"
        "#;

    #[test]
    fn every_problem_is_named_at_once_and_unknown_keys_by_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, FAULTY).unwrap();
        let problems = Config::load(&file).unwrap_err();
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        for beginning in [
            "refusal: there is no such key",
            "sources.emr.tokenfile: there is no such key",
            "glass_text.clinic: there is no such key",
            "glass_text.hospital: a sentence in both languages",
            "glass_text.crew: a sentence in both languages",
            "budgets.grant_hours: there is no such key",
            "node:",
            "hosts:",
            "folder:",
            "key_file:",
            "tls:",
            "sources.emr: base",
            "budgets: first_ms",
            "budgets: commit_ms",
            "windows.drugs.claims.from: there is no such key",
            "windows.drugs.claims: the emergency window",
            "access.clerk: this role never sees",
            "searching: at_once",
            "scan 1: separators or widths",
            "scan 2: parts: there is no part",
            "scan.1.seperators: there is no such key",
            "launch 1: issuer and facility",
            "launch 1: max_age_s",
            "launch 1: key_file",
            "ledger.publish:",
            "ledger.witness: url",
            "archive.pasword_file: there is no such key",
            "archive: a password does not belong in an address",
            "registry.adress: there is no such key",
            "registry: /nowhere/at/all",
            "redis.pasword_file: there is no such key",
            "redis: several addresses need",
            "redis: a password does not belong in an address",
            "redis: r.example would be asked in the clear",
            "redis: s.example would be asked in the clear",
            "cache.soft_minutes: there is no such key",
            "cache.emr.hard_hours: there is no such key",
            "cache.emr: soft_minutes must be",
        ] {
            assert!(
                said.iter().any(|line| line.starts_with(beginning)),
                "{beginning} in {said:?}"
            );
        }
        assert_eq!(said.len(), 38, "{said:?}");
    }

    #[test]
    fn a_source_elsewhere_is_asked_by_tls_only() {
        for (base, is_open) in [
            ("https://emr.example/fhir", false),
            ("file:///srv/claims", false),
            ("http://127.0.0.1:9000/fhir", false),
            ("http://[::1]:9000/fhir", false),
            ("http://localhost/fhir", false),
            ("http://emr.example/fhir", true),
            ("http://10.0.0.5:8080", true),
            ("http://localhost.evil.example/", true),
            ("http://127.0.0.1@evil.example/", true),
            ("http://localhost:80@evil.example/", true),
            ("http://[2001:db8::1]/", true),
            ("http://", true),
        ] {
            assert_eq!(is_open_way(base), is_open, "{base}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        for (text, said) in [
            ("node = 1\n", "line 1: invalid type"),
            ("node = \"a\"\nlisten = \"here\"\n", "line 2: "),
            ("node = \"a\"\n", "line 1: missing field"),
            ("node\n", "line 1: "),
        ] {
            let (config, problems) = parse::<Config>(text);
            assert!(config.is_none());
            let problem = problems.first().unwrap().to_string();
            assert!(problem.starts_with(said), "{problem}");
        }
    }
}
