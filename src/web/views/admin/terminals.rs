//! The terminals of a facility.

use askama::Template;

use crate::{
    access::{
        Viewer,
        admin::{Account, Terminal},
    },
    domain::clock::Moment,
    web::{context::Context, text::Text},
};

use super::{Choice, Office, in_office, time, who};

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
}

in_office!(TerminalsPage, refused);

struct Row {
    url: String,
    /// Suffix of its forms' ids.
    place: usize,
    name: String,
    location: String,
    kind: &'static str,
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
            kind: (said.kinds)(one.matcher),
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
        }
    }

    /// With the form of a new terminal as it was typed.
    pub(in crate::web) fn typed(mut self, name: &str, location: &str, lock: &str) -> Self {
        name.clone_into(&mut self.new_name);
        location.clone_into(&mut self.location);
        for choice in &mut self.locks {
            choice.is_chosen = choice.value == lock;
        }
        self
    }
}
