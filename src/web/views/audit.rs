//! The auditor's list: who, when, what; patients only by their keyed hash.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Viewer,
    domain::{
        access::{NodeId, Reason, Role},
        clock::japanese_time,
    },
    ledger::{InPart, ReadEntry, Unread},
    review::Names,
    web::{context::Context, error::Problem, text::Text},
};

use super::{Frame, page};

/// The list.
#[derive(Template)]
#[template(path = "pages/audit.html")]
pub(in crate::web) struct AuditPage {
    frame: Frame,
    t: &'static Text,
    /// What is not in the list, a sentence each.
    unread: Vec<String>,
    rows: Vec<EntryRow>,
}

/// One entry.
pub(super) struct EntryRow {
    pub(super) seq: u64,
    pub(super) time: String,
    pub(super) event: String,
    pub(super) account: String,
    pub(super) terminal: String,
    pub(super) patient: String,
    pub(super) reason: String,
    pub(super) receipt: String,
    /// Where it can be looked at again.
    pub(super) replay: Option<String>,
}

impl AuditPage {
    /// The list of these entries, in their order.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        entries: &InPart<Vec<ReadEntry>>,
        names: &Names,
        replays: &BTreeMap<(NodeId, u64), String>,
    ) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.audit.title);
        "/".clone_into(&mut frame.back);
        Self {
            frame,
            t,
            unread: entries.unread.iter().map(|one| unread(one, t)).collect(),
            rows: entries
                .read
                .iter()
                .map(|entry| EntryRow {
                    replay: replays.get(&(entry.node.clone(), entry.seq)).cloned(),
                    ..EntryRow::of(entry, names, t)
                })
                .collect(),
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, StatusCode::OK)
    }
}

/// That a ledger is not in a list, in words.
pub(super) fn unread(one: &Unread, t: &'static Text) -> String {
    let node = one.node.as_ref();
    let name = node.map_or(t.unread.second, |node| &node.0);
    match one.given_up {
        None => (t.unread.away)(name, one.entries),
        Some(at) => {
            let day = japanese_time(at).format("%Y-%m-%d").to_string();
            (t.unread.lost)(name, one.entries, &day)
        }
    }
}

impl EntryRow {
    /// In words.
    pub(super) fn of(entry: &ReadEntry, names: &Names, t: &'static Text) -> Self {
        let said = |id: Option<&String>| id.cloned().unwrap_or_default();
        let role = entry
            .role
            .as_deref()
            .and_then(Role::parse)
            .map(t.words.role);
        Self {
            seq: entry.seq,
            time: japanese_time(entry.wall)
                .format("%Y-%m-%d %H:%M:%S")
                .to_string(),
            event: (t.audit.words)(&entry.event).map_or_else(|| entry.event.clone(), str::to_owned),
            account: [
                role.unwrap_or_default(),
                entry.account.as_ref().map_or("", |id| names.account(id)),
            ]
            .join(" "),
            terminal: entry
                .terminal
                .as_ref()
                .map_or("", |id| names.terminal(id))
                .to_owned(),
            patient: said(entry.patient.as_ref().map(|key| &key.0))
                .chars()
                .take(12)
                .collect(),
            reason: entry
                .reason
                .as_deref()
                .map(|word| {
                    reason(word).map_or_else(
                        || word.to_owned(),
                        |known| (t.words.reason)(known).to_owned(),
                    )
                })
                .unwrap_or_default(),
            receipt: said(entry.receipt.as_ref()),
            replay: None,
        }
    }
}

/// The reason of a word in an entry.
fn reason(word: &str) -> Option<Reason> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}
