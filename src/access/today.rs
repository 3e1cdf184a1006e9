//! One's own grants of today: how they stand, and what was put right or added later.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::{
    Access, Error, Field, Viewer, Wrong,
    glass::{LONGEST_NOTE, read_text},
    record::by_viewer,
    session::unlocked,
};
use crate::{
    domain::{
        access::{Action, End, Grant, GrantId, Reason},
        clock::japanese_time,
        event::Event,
        text::normalised,
    },
    ledger::{InPart, Opened, Past, ReadEntry, Unread},
};

/// One of the viewer's own grants of today.
#[derive(Clone, Debug)]
pub struct Own {
    /// As its entries tell it.
    pub past: Past,
    /// The grant, while it is open.
    pub open: Option<Arc<Grant>>,
    /// The note given with the reason.
    pub note: Option<String>,
    /// What was said later, oldest first.
    pub later: Vec<Said>,
    /// When it was looked at, oldest first, with the receipt that stands on the page.
    pub views: Vec<(DateTime<Utc>, String)>,
}

/// One's own grants of today, as far as the ledger can be read.
#[derive(Clone, Debug, Default)]
pub struct Today {
    /// Newest first.
    pub own: Vec<Own>,
    /// A ledger of this node cannot be read now: there may have been others.
    pub is_part: bool,
}

/// Whether anything of this time is in a ledger that cannot be read: of one that is lost for good,
/// nothing later than when that was accepted.
fn lacks(unread: &[Unread], since: DateTime<Utc>) -> bool {
    unread
        .iter()
        .any(|unread| unread.given_up.is_none_or(|at| at >= since))
}

/// A start that was recorded too late is taken back at once: nobody was told of the grant.
const AT_ONCE: TimeDelta = TimeDelta::seconds(10);

impl Own {
    /// Whether the grant was never given out, because its start could not be recorded in time: it
    /// was taken back as it began, and nobody looked.
    #[must_use]
    pub fn was_taken_back(&self) -> bool {
        self.views.is_empty()
            && self.past.ended.is_some_and(|(end, at)| {
                end == End::Revoked && at.signed_duration_since(self.past.started) <= AT_ONCE
            })
    }
}

/// A note, or a correction of the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When.
    pub at: DateTime<Utc>,
    /// The right reason.
    pub reason: Option<Reason>,
    /// The note.
    pub note: Option<String>,
}

impl Access {
    /// The viewer's own grants of this Japanese day, newest first, open and over. Whom an open one
    /// is for stands with it; one that is over names nobody: it may not be looked at any more.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::NotAllowed`], [`Error::Unavailable`] where the ledger cannot be
    /// read.
    pub async fn own_today(&self, viewer: &Viewer) -> Result<Today, Error> {
        self.may(viewer, Action::ReadSummary).await?;
        let since = self.day_began();
        let ledger = &self.inner.ledger;
        let past = ledger.past_of(&viewer.account, since);
        if past.is_empty() {
            let is_part = lacks(&ledger.unread(), since);
            let own = Vec::new();
            return Ok(Today { own, is_part });
        }
        let InPart { read, unread } = ledger
            .said_by_in_part(&viewer.account, since)
            .await
            .map_err(|error| {
                tracing::error!(%error, "the ledger could not be read");
                Error::Unavailable
            })?;
        let open = self.own_grants(viewer);
        let own = past
            .into_iter()
            .filter(|past| past.facility == viewer.facility)
            .map(|past| own(past, &read, &open))
            .collect();
        let is_part = lacks(&unread, since);
        Ok(Today { own, is_part })
    }

    /// Corrects the reason of a grant of one's own of today, or adds a note to it: a new entry, and
    /// what was said before stays.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Field`], [`Error::NotAllowed`] (unknown, somebody else's, not
    /// of today: all the same), [`Error::CannotRecord`].
    pub async fn correct(
        &self,
        viewer: &Viewer,
        id: &GrantId,
        (reason, note): (&str, &str),
    ) -> Result<(), Error> {
        unlocked(viewer)?;
        let since = self.day_began();
        let past = self.inner.ledger.past(id).filter(|past| {
            past.account == viewer.account
                && past.facility == viewer.facility
                && past.started >= since
        });
        let Some(past) = past else {
            return Err(self.not_allowed(viewer, "correct", "not_own").await);
        };
        let (reason, note) =
            read(reason, note).map_err(|(field, wrong)| Error::Field(field, wrong))?;
        if reason.is_some() && past.reason.is_none() {
            // With consent there is no reason to be corrected.
            return Err(Error::Field(Field::Reason, Wrong::NotOneOf));
        }
        let grant = id.clone();
        let event = Event::Corrected {
            grant,
            reason,
            note,
        };
        self.record(by_viewer(viewer, event)).await.map(drop)
    }

    /// When this Japanese day began.
    fn day_began(&self) -> DateTime<Utc> {
        let now = self.inner.clock.now().wall;
        let passed = japanese_time(now).time() - NaiveTime::MIN;
        now - passed.max(TimeDelta::zero())
    }
}

fn read(reason: &str, note: &str) -> Result<(Option<Reason>, Option<String>), (Field, Wrong)> {
    let note = read_text(Field::Note, note, LONGEST_NOTE)?;
    let reason = match &*normalised(reason) {
        "" => None,
        digit => Some(Reason::from_field(digit).ok_or((Field::Reason, Wrong::NotOneOf))?),
    };
    match (reason, &note) {
        (None | Some(Reason::Other), None) => Err((Field::Note, Wrong::Missing)),
        (None | Some(_), _) => Ok((reason, note)),
    }
}

fn own(past: Past, said: &[ReadEntry], open: &[Arc<Grant>]) -> Own {
    let about = said
        .iter()
        .filter(|entry| entry.grant.as_ref() == Some(&past.id));
    let (mut note, mut later, mut views) = (None, Vec::new(), Vec::new());
    for entry in about {
        let text = entry.personal.get("note").map(Opened::text);
        if entry.event == "grant_started" {
            note = text.map(str::to_owned);
        } else if entry.event == "viewed" {
            views.extend(entry.receipt.clone().map(|receipt| (entry.wall, receipt)));
        } else {
            let word = entry.fields.get("reason").cloned();
            later.push(Said {
                at: entry.wall,
                reason: word.and_then(|word| serde_json::from_value(word).ok()),
                note: text.map(str::to_owned),
            });
        }
    }
    Own {
        open: open.iter().find(|grant| grant.id == past.id).cloned(),
        past,
        note,
        later,
        views,
    }
}
