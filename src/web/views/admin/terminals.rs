//! The terminals of a facility.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::{
        NotChanged, Viewer,
        admin::{Account, Flaw, Known, Matcher, Terminal},
    },
    domain::clock::Moment,
    web::{context::Context, text::Text},
};

use super::{Choice, Office, date, in_office, time, who};

/// Seconds that are offered for the lock.
const LOCKS: [u32; 8] = [30, 60, 120, 180, 300, 420, 600, 900];
/// Seconds of a new terminal.
const USUAL_LOCK: u32 = 180;

/// The list.
#[derive(Template)]
#[template(path = "pages/admin-terminals.html")]
pub(in crate::web) struct TerminalsPage {
    office: Office,
    rows: Vec<Row>,
    new_name: String,
    location: String,
    locks: Vec<Choice>,
    /// The form of a terminal that is known otherwise, as it was typed.
    known: KnownTyped,
    known_kinds: Vec<Choice>,
    known_locks: Vec<Choice>,
    /// Which other terminal is known so.
    taken: Option<String>,
    all: Vec<Terminal>,
}

in_office!(TerminalsPage, refused);

/// What stood in the form of a new terminal.
pub(in crate::web) struct TerminalTyped<'a> {
    /// Its name.
    pub(in crate::web) name: &'a str,
    /// Where it stands.
    pub(in crate::web) location: &'a str,
    /// Seconds.
    pub(in crate::web) idle_lock: &'a str,
    /// How it is known, where it is not by a cookie.
    pub(in crate::web) kind: &'a str,
    /// By which certificate or range.
    pub(in crate::web) device: &'a str,
}

/// The same, as the page keeps it.
#[derive(Default)]
struct KnownTyped {
    name: String,
    location: String,
    device: String,
}

struct Row {
    url: String,
    /// Suffix of its forms' ids.
    place: usize,
    name: String,
    location: String,
    kind: String,
    /// The certificate's name, where it is known by one.
    certificate: Option<String>,
    /// When that ends, where one was seen.
    ends: Option<String>,
    lock: String,
    locks: Vec<Choice>,
    registered: String,
    state: String,
    is_valid: bool,
}

impl Row {
    fn of(
        place: usize,
        one: &Terminal,
        accounts: &[Account],
        now: Moment,
        t: &'static Text,
    ) -> Self {
        let said = &t.admin.terminals;
        let is_valid = one.is_valid(now);
        Self {
            url: format!("/admin/terminals/{}", one.id),
            place,
            name: one.name.clone(),
            location: one.location.clone(),
            kind: known_by(one, t),
            certificate: (is_valid && one.matcher == Matcher::Certificate)
                .then(|| one.device.clone()),
            ends: None,
            lock: (said.seconds)(one.idle_lock_seconds),
            locks: locks(one.idle_lock_seconds, t),
            registered: format!(
                "{} {}",
                time(one.registered_at),
                who(accounts, &one.registered_by, t)
            ),
            state: match (&one.revoked, is_valid) {
                (Some(mark), _) => format!("{} {}", t.admin.revoked, time(mark.at)),
                (None, false) => said.over.to_owned(),
                (None, true) => said.in_use.to_owned(),
            },
            is_valid,
        }
    }
}

/// How a terminal is known, and by what where that is no secret.
fn known_by(one: &Terminal, t: &Text) -> String {
    let kind = (t.admin.terminals.kinds)(one.matcher);
    match one.matcher {
        Matcher::Certificate | Matcher::Range if one.revoked.is_none() => {
            format!("{kind} {}", one.device)
        }
        Matcher::Certificate | Matcher::Range | Matcher::Cookie => kind.to_owned(),
    }
}

/// The ways in which a terminal is known that keeps no cookie.
fn kinds(chosen: &str, t: &Text) -> Vec<Choice> {
    [Matcher::Certificate, Matcher::Range]
        .into_iter()
        .map(|matcher| Choice {
            value: matcher.word().to_owned(),
            word: (t.admin.terminals.kinds)(matcher).to_owned(),
            is_chosen: chosen == matcher.word(),
        })
        .collect()
}

/// The seconds as they were typed stay chosen.
fn choose(locks: &mut [Choice], typed: &str) {
    for choice in locks {
        choice.is_chosen = choice.value == typed;
    }
}

fn locks(chosen: u32, t: &Text) -> Vec<Choice> {
    let mut all = LOCKS.to_vec();
    if !all.contains(&chosen) {
        all.insert(0, chosen);
    }
    all.into_iter()
        .map(|seconds| Choice {
            value: seconds.to_string(),
            word: (t.admin.terminals.seconds)(seconds),
            is_chosen: seconds == chosen,
        })
        .collect()
}

impl TerminalsPage {
    /// The list; what can be used first.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        terminals: &[Terminal],
        accounts: &[Account],
        now: Moment,
    ) -> Self {
        let t = context.text();
        let mut sorted: Vec<&Terminal> = terminals.iter().collect();
        sorted.sort_by_key(|one| !one.is_valid(now));
        Self {
            office: Office::new(context, viewer, t.admin.terminals.title, "/admin/terminals"),
            rows: (1..)
                .zip(sorted)
                .map(|(place, one)| Row::of(place, one, accounts, now, t))
                .collect(),
            new_name: String::new(),
            location: String::new(),
            locks: locks(USUAL_LOCK, t),
            known: KnownTyped::default(),
            known_kinds: kinds("", t),
            known_locks: locks(USUAL_LOCK, t),
            taken: None,
            all: terminals.to_vec(),
        }
    }

    /// With when each certificate ends that was seen.
    pub(in crate::web) fn ending(
        mut self,
        ends_of: impl Fn(&str) -> Option<DateTime<Utc>>,
    ) -> Self {
        let said = self.office.t.admin.terminals.ends;
        for row in &mut self.rows {
            let ends = row.certificate.as_deref().and_then(&ends_of);
            row.ends = ends.map(|ends| said(&date(ends)));
        }
        self
    }

    /// With the form of a new terminal as it was typed.
    pub(in crate::web) fn typed(mut self, typed: &TerminalTyped<'_>) -> Self {
        typed.name.clone_into(&mut self.new_name);
        typed.location.clone_into(&mut self.location);
        choose(&mut self.locks, typed.idle_lock);
        self
    }

    /// With the form of a terminal that is known otherwise as it was typed.
    pub(in crate::web) fn typed_known(mut self, typed: &TerminalTyped<'_>) -> Self {
        self.known = KnownTyped {
            name: typed.name.to_owned(),
            location: typed.location.to_owned(),
            device: typed.device.to_owned(),
        };
        self.known_kinds = kinds(typed.kind, self.office.t);
        choose(&mut self.known_locks, typed.idle_lock);
        self
    }

    /// With why it was not registered, and which other one is known so already.
    pub(in crate::web) fn refused_known(mut self, not: NotChanged, known: Option<&Known>) -> Self {
        if not == NotChanged::Flaw(Flaw::KnownAlready) {
            let other = known.and_then(|known| known.taken_by(&self.all));
            self.taken = other.map(|other| {
                let said = self.office.t.admin.terminals.taken;
                said(&other.name, &other.device)
            });
        }
        self.refused(not)
    }
}
