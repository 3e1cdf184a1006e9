//! Floor 2: notices on their way to the world outside, by mail and by signed webhooks.
//!
//! May name: `domain`. Never: `ledger`, `registry`, `sources`, `cache`, anything above.
//!
//! A [`Line`] takes one notice at a time and keeps at it until the other side took it or refused it
//! for good; how it stands can be read at any moment, from memory. What is to be said, in what
//! order, and how far that has come is another room's: nothing is kept here.

mod mail;
mod webhook;

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, Utc};

pub use mail::{Login, Mail, MailSettings, Security};
pub use webhook::{SMALLEST_KEY, Webhook};

use crate::domain::{
    access::FacilityId,
    clock::{Clock, Moment},
    notice::Notice,
};

/// What became of one try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The other side took it.
    Taken,
    /// The other side says that it never will; in words for an operator.
    Refused(String),
    /// Not now; in words for an operator.
    NotNow(String),
}

/// How long is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// After the first try that failed; twice as long after each further one.
    pub first: Duration,
    /// At most, between two tries.
    pub longest: Duration,
    /// For one try.
    pub patience: Duration,
    /// After which a notice that was not taken is stuck.
    pub stuck: Duration,
    /// Between two looks for what is to be said.
    pub look: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(5),
            longest: Duration::from_mins(10),
            patience: Duration::from_mins(2),
            stuck: Duration::from_mins(15),
            look: Duration::from_secs(2),
        }
    }
}

/// By what a notice goes.
#[derive(Clone)]
pub enum Way {
    /// A mail.
    Mail(Box<Mail>),
    /// A signed request.
    Webhook(Webhook),
}

impl Way {
    /// By mail.
    #[must_use]
    pub fn mail(mail: Mail) -> Self {
        Self::Mail(Box::new(mail))
    }

    /// Its word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Mail(_) => "mail",
            Self::Webhook(_) => "webhook",
        }
    }
}

/// Where notices go.
#[derive(Clone)]
pub struct Channel {
    /// Its name: letters, digits and hyphens.
    pub name: String,
    /// Of which facilities; `None`: of all.
    pub facilities: Option<BTreeSet<FacilityId>>,
    /// By what.
    pub way: Way,
}

/// What waits to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Since when.
    pub since: Moment,
    /// The notice's reference; `None` where none could be found out.
    pub reference: Option<String>,
    /// How often it was tried.
    pub tries: u32,
    /// Why it was not taken, in words for an operator.
    pub why: String,
}

/// What was refused for good.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refusals {
    /// How many, since the channel was set up.
    pub count: u64,
    /// The references of the last, newest last.
    pub last: Vec<String>,
    /// Why the last was, in words for an operator.
    pub why: String,
    /// Whether nothing was taken since.
    pub is_last: bool,
}

/// References of refused notices that are kept.
const KEPT: usize = 20;

impl Refusals {
    fn add(&mut self, notice: &Notice, why: String) {
        self.count = self.count.saturating_add(1);
        self.last.push(notice.reference.clone());
        let excess = self.last.len().saturating_sub(KEPT);
        self.last.drain(..excess);
        self.why = why;
        self.is_last = true;
    }
}

/// How a channel stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its name.
    pub name: String,
    /// `mail` or `webhook`.
    pub way: &'static str,
    /// Of which facilities; `None`: of all.
    pub facilities: Option<BTreeSet<FacilityId>>,
    /// How many were taken since the process started.
    pub taken: u64,
    /// When the last was.
    pub taken_at: Option<Moment>,
    /// What waits.
    pub waiting: Option<Waiting>,
    /// What was refused.
    pub refusals: Refusals,
}

impl Seen {
    /// Whether what waits has waited too long.
    #[must_use]
    pub fn is_stuck(&self, now: Moment, pace: Pace) -> bool {
        let waits = self.waiting.as_ref();
        waits.is_some_and(|waiting| now.has_passed(waiting.since, pace.stuck))
    }

    /// Whether it carries what concerns a facility.
    #[must_use]
    pub fn is_of(&self, facility: &FacilityId) -> bool {
        let of = self.facilities.as_ref();
        of.is_none_or(|facilities| facilities.contains(facility))
    }
}

/// One channel at work.
pub struct Line {
    /// Where it leads.
    pub channel: Channel,
    pace: Pace,
    seen: RwLock<Seen>,
}

impl Line {
    fn new(channel: Channel, pace: Pace) -> Self {
        let seen = Seen {
            name: channel.name.clone(),
            way: channel.way.word(),
            facilities: channel.facilities.clone(),
            ..Seen::default()
        };
        Self {
            channel,
            pace,
            seen: RwLock::new(seen),
        }
    }

    /// How long it waits.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// Whether it carries what concerns a facility.
    #[must_use]
    pub fn is_of(&self, facility: &FacilityId) -> bool {
        let of = self.channel.facilities.as_ref();
        of.is_none_or(|facilities| facilities.contains(facility))
    }

    /// How it stands.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes over what was refused before this process.
    pub fn has_refused(&self, refusals: Refusals) {
        self.note(|seen| seen.refusals = refusals);
    }

    /// What is to be said cannot be found out, or how far it has come not be kept.
    pub fn fails(&self, why: &str, now: Moment) {
        tracing::warn!(channel = self.channel.name, why, "notices wait");
        self.note(|seen| wait(seen, None, why, now));
    }

    /// That can be done again.
    pub fn goes_on(&self) {
        self.note(|seen| seen.waiting = None);
    }

    /// Sends a notice until it is taken or refused for good; with what was refused so far. Whoever
    /// does not wait for the answer any more leaves it open whether it was taken.
    pub async fn deliver(&self, notice: &Notice, clock: &dyn Clock) -> Refusals {
        let mut pause = self.pace.first;
        loop {
            let answer =
                match tokio::time::timeout(self.pace.patience, self.send(notice, clock.now().wall))
                    .await
                {
                    Ok(answer) => answer,
                    Err(_) => Answer::NotNow("no answer in time".to_owned()),
                };
            let now = clock.now();
            let name = self.channel.name.clone();
            match answer {
                Answer::Taken => {
                    metrics::counter!("notices_taken_total", "channel" => name).increment(1);
                    self.note(|seen| taken(seen, now));
                    break;
                }
                Answer::Refused(why) => {
                    tracing::error!(
                        channel = name,
                        key = notice.key,
                        why,
                        "a notice was refused"
                    );
                    metrics::counter!("notices_refused_total", "channel" => name).increment(1);
                    self.note(|seen| refused(seen, notice, why));
                    break;
                }
                Answer::NotNow(why) => {
                    tracing::warn!(channel = name, key = notice.key, why, "a notice waits");
                    metrics::counter!("notice_failures_total", "channel" => name).increment(1);
                    self.note(|seen| wait(seen, Some(notice), &why, now));
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.pace.longest);
        }
        self.seen().refusals
    }

    async fn send(&self, notice: &Notice, now: DateTime<Utc>) -> Answer {
        match &self.channel.way {
            Way::Mail(mail) => mail.send(notice).await,
            Way::Webhook(webhook) => webhook.send(notice, now).await,
        }
    }
}

fn taken(seen: &mut Seen, now: Moment) {
    seen.taken = seen.taken.saturating_add(1);
    seen.taken_at = Some(now);
    seen.waiting = None;
    seen.refusals.is_last = false;
}

fn refused(seen: &mut Seen, notice: &Notice, why: String) {
    seen.waiting = None;
    seen.refusals.add(notice, why);
}

/// It waits since it began to, whatever stands in the way.
fn wait(seen: &mut Seen, notice: Option<&Notice>, why: &str, now: Moment) {
    let before = seen.waiting.take();
    let (since, tries) = before.map_or((now, 0), |before| (before.since, before.tries));
    seen.waiting = Some(Waiting {
        since,
        reference: notice.map(|notice| notice.reference.clone()),
        tries: tries.saturating_add(1),
        why: why.to_owned(),
    });
}

/// Every channel. Cloning shares them.
#[derive(Clone, Default)]
pub struct Outbox {
    lines: Arc<Vec<Arc<Line>>>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.lines.iter().map(|line| &line.channel.name);
        f.debug_list().entries(names).finish()
    }
}

impl Outbox {
    /// Of these channels.
    #[must_use]
    pub fn new(channels: Vec<Channel>, pace: Pace) -> Self {
        let lines = channels.into_iter();
        let lines = lines.map(|channel| Arc::new(Line::new(channel, pace)));
        Self {
            lines: Arc::new(lines.collect()),
        }
    }

    /// Each of them.
    #[must_use]
    pub fn lines(&self) -> &[Arc<Line>] {
        &self.lines
    }

    /// How each stands, and whether it is stuck; told to who watches.
    #[must_use]
    pub fn seen(&self, now: Moment) -> Vec<(Seen, bool)> {
        let one = |line: &Arc<Line>| {
            let seen = line.seen();
            let is_stuck = seen.is_stuck(now, line.pace);
            metrics::gauge!("notices_stuck", "channel" => seen.name.clone())
                .set(f64::from(u8::from(is_stuck)));
            (seen, is_stuck)
        };
        self.lines.iter().map(one).collect()
    }
}
