//! How patients are found: what scanners type, which systems may open this one, how fast one account
//! may search.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use crate::{
    access::{self, Finding, LaunchKey},
    domain::{
        access::FacilityId,
        scan::{Cut, Kind, Layout, Part},
    },
};

use super::{Config, Problem, read_key};

/// `[searching]`: beyond it an answer waits, and is given.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct Searching {
    /// Searches at once of one account; a terminal has twice as many.
    pub at_once: u32,
    /// Then one in so many seconds.
    pub period_s: u64,
    /// The longest that an answer waits, in seconds: at most 8, since a connection without an answer
    /// is closed after 10.
    pub longest_wait_s: u64,
}

impl Default for Searching {
    fn default() -> Self {
        let known = access::Searching::default();
        Self {
            at_once: known.at_once,
            period_s: known.period.as_secs(),
            longest_wait_s: known.longest_wait.as_secs(),
        }
    }
}

/// `[[scan]]`: one layout of what scanners type. With any of them, only those are read.
#[derive(Clone, Debug, Deserialize)]
pub struct Scan {
    /// `card` or `certificate`.
    pub on: String,
    /// What it begins with.
    #[serde(default)]
    pub prefix: String,
    /// What it ends with.
    #[serde(default)]
    pub suffix: String,
    /// Its parts in order: `insurer`, `symbol`, `number`, `branch`, `-` for any other.
    pub parts: Vec<String>,
    /// Any of these characters stands between them.
    pub separators: Option<String>,
    /// Or each has this many characters.
    pub widths: Option<Vec<usize>>,
}

/// `[[launch]]`: a system that may open this one with a patient in context.
#[derive(Clone, Debug, Deserialize)]
pub struct Launch {
    /// Its name, as its tokens say it (`iss`).
    pub issuer: String,
    /// The facility's id, as its tokens say it (`aud`).
    pub facility: String,
    /// File with the key it signs with: 32 bytes in base 64.
    pub key_file: PathBuf,
    /// How old a token may be, in seconds: at most 300.
    #[serde(default = "default_max_age")]
    pub max_age_s: u64,
    /// Naming system of its patient numbers at `identity`; without it only insurance numbers.
    pub local_system: Option<String>,
}

const fn default_max_age() -> u64 {
    60
}

/// Everything that is wrong with these tables.
pub(super) fn problems(config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    let searching = config.searching;
    if searching.at_once == 0 || searching.period_s == 0 || searching.longest_wait_s > 8 {
        let why = "searching: at_once and period_s above 0, longest_wait_s at most 8";
        problems.push(Problem(why.to_owned()));
    }
    for (scan, number) in config.scan.iter().zip(1..) {
        if let Err(why) = scan.layout() {
            problems.push(Problem(format!("scan {number}: {why}")));
        }
    }
    for (launch, number) in config.launch.iter().zip(1..) {
        for why in launch.problems() {
            problems.push(Problem(format!("launch {number}: {why}")));
        }
    }
    problems
}

impl Config {
    /// How patients are found, defaults completed.
    ///
    /// # Errors
    /// In words, where a key cannot be read or a layout reads nothing.
    pub fn finding(&self) -> Result<Finding, String> {
        let mut finding = Finding {
            searching: access::Searching {
                at_once: self.searching.at_once,
                period: Duration::from_secs(self.searching.period_s),
                longest_wait: Duration::from_secs(self.searching.longest_wait_s),
            },
            ..Finding::default()
        };
        let layouts: Vec<Layout> = self
            .scan
            .iter()
            .map(Scan::layout)
            .collect::<Result<_, _>>()?;
        if !layouts.is_empty() {
            finding.layouts = layouts;
        }
        finding.launches = self
            .launch
            .iter()
            .map(Launch::key)
            .collect::<Result<_, _>>()?;
        Ok(finding)
    }
}

impl Scan {
    fn layout(&self) -> Result<Layout, String> {
        let kind = match &*self.on {
            "card" => Kind::Card,
            "certificate" => Kind::Certificate,
            _ => return Err("on: card or certificate".to_owned()),
        };
        let part = |word: &String| {
            Ok(match &**word {
                "insurer" => Part::Insurer,
                "symbol" => Part::Symbol,
                "number" => Part::Number,
                "branch" => Part::Branch,
                "-" => Part::Other,
                _ => return Err(format!("parts: there is no part {word:?}")),
            })
        };
        let layout = Layout {
            kind,
            prefix: self.prefix.clone(),
            suffix: self.suffix.clone(),
            cut: match (&self.separators, &self.widths) {
                (Some(separators), None) => Cut::Separators(separators.clone()),
                (None, Some(widths)) => Cut::Widths(widths.clone()),
                (None, None) | (Some(_), Some(_)) => {
                    return Err("separators or widths, one of them".to_owned());
                }
            },
            parts: self.parts.iter().map(part).collect::<Result<_, String>>()?,
        };
        match layout.problem() {
            Some(why) => Err(why.to_owned()),
            None => Ok(layout),
        }
    }
}

impl Launch {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.issuer.trim().is_empty() || self.facility.trim().is_empty() {
            problems.push("issuer and facility are needed".to_owned());
        }
        if !(1..=300).contains(&self.max_age_s) {
            problems.push("max_age_s must be from 1 to 300".to_owned());
        }
        if let Err(why) = read_key(&self.key_file) {
            problems.push(format!("key_file: {why}"));
        }
        problems
    }

    fn key(&self) -> Result<LaunchKey, String> {
        Ok(LaunchKey {
            issuer: self.issuer.clone(),
            facility: FacilityId(self.facility.clone()),
            key: read_key(&self.key_file)?,
            max_age: Duration::from_secs(self.max_age_s),
            local_system: self.local_system.clone(),
        })
    }
}
