//! What is said outside, and how far that has come. Nothing is queued: notices follow from entries,
//! and each channel keeps the places up to which it has said what there was to say. A place is kept
//! only once the notice is taken or refused for good: whatever happens between, it is said again,
//! under the same key.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{Case, Error, Review};
use crate::{
    domain::{
        access::{FacilityId, NodeId},
        notice::{Notice, REVIEW_DUE, What},
    },
    ledger::{InPart, ReadEntry, Unread, aside, write_whole},
    outbox::{Line, Refusals},
};

/// Entries that are looked through at once.
const PIECE: usize = 1_000;
/// Every how many looks it is looked for cases that nobody judged in time.
const OVERDUE: u32 = 15;

/// How far a channel has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// When it began.
    since: DateTime<Utc>,
    /// The ledgers that were there then: whatever is written in them later is said. Of others, what
    /// happened earlier is not.
    begun: BTreeSet<NodeId>,
    /// Up to which place of each ledger entries were looked at.
    places: BTreeMap<NodeId, u64>,
    /// Up to which place of each ledger cases were looked at once their time for review was over.
    reviews: BTreeMap<NodeId, u64>,
    /// What was refused.
    refusals: Refusals,
}

/// Why a channel does not go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stuck {
    /// Entries cannot be read.
    #[error("{0}")]
    Entries(#[from] Error),
    /// A ledger cannot be read; everything of the others was said.
    #[error("a ledger cannot be read: {0}")]
    Unread(String),
    /// How far it has come cannot be read or kept.
    #[error("how far it has come cannot be kept: {0}")]
    Mark(#[from] io::Error),
}

impl From<crate::ledger::Error> for Stuck {
    fn from(error: crate::ledger::Error) -> Self {
        Self::Entries(error.into())
    }
}

impl Review {
    /// Says by one channel what there is to say, in order, until the node stops. Nothing waits for
    /// it.
    pub async fn keep_noticing(self, line: Arc<Line>, stop: CancellationToken) {
        stop.run_until_cancelled(self.notice(&line)).await;
    }

    async fn notice(&self, line: &Line) {
        let mut mark = None;
        for look in (0..OVERDUE).cycle() {
            match self.round(line, &mut mark, look == 0).await {
                Ok(()) => line.goes_on(),
                Err(stuck) => line.fails(&stuck.to_string(), self.inner.clock.now()),
            }
            tokio::time::sleep(line.pace().look).await;
        }
    }

    async fn round(&self, line: &Line, mark: &mut Option<Mark>, is_due: bool) -> Result<(), Stuck> {
        let file = file(&self.inner.settings.marks, &line.channel.name);
        let mark = match mark {
            Some(mark) => mark,
            None => mark.insert(self.begin(line, &file).await?),
        };
        let unread = self.say_entries(line, mark, &file).await?;
        if let Some(missing) = unread.into_iter().find(|one| one.given_up.is_none()) {
            // What happened in it is not said, and a verdict may stand in it.
            return Err(Stuck::Unread(missing.why));
        }
        if is_due {
            self.say_overdue(line, mark, &file).await?;
        }
        Ok(())
    }

    /// Where the channel had come; one that is new begins now, and keeps that at once.
    async fn begin(&self, line: &Line, file: &Path) -> Result<Mark, Stuck> {
        let path = file.to_owned();
        let known = aside(move || read(&path)).await;
        let places = self.inner.ledger.ends();
        if let Some(mut mark) = known.unwrap_or_else(|| Err(no_thread()))? {
            line.has_refused(mark.refusals.clone());
            // An older ledger was put back: what is written from its end on is new.
            for (node, end) in &places {
                for known in [&mut mark.places, &mut mark.reviews] {
                    known
                        .entry(node.clone())
                        .and_modify(|place| *place = (*place).min(*end));
                }
            }
            return Ok(mark);
        }
        let mark = Mark {
            since: self.inner.clock.now().wall,
            begun: places.keys().cloned().collect(),
            places,
            reviews: BTreeMap::new(),
            refusals: Refusals::default(),
        };
        keep(file, &mark).await?;
        Ok(mark)
    }

    /// Says what there is to say of entries; which ledgers could not be read.
    async fn say_entries(
        &self,
        line: &Line,
        mark: &mut Mark,
        file: &Path,
    ) -> Result<Vec<Unread>, Stuck> {
        loop {
            let ledger = &self.inner.ledger;
            let InPart { read, unread } = ledger
                .follow_in_part(&mark.places, PIECE, |_| false)
                .await?;
            let count = read.len();
            for entry in read {
                let notices = self.notices(&entry).await?;
                let is_new = mark.begun.contains(&entry.node) || entry.wall >= mark.since;
                let has_said = is_new && self.say(line, mark, notices).await;
                mark.places.insert(entry.node.clone(), entry.seq);
                if has_said {
                    keep(file, mark).await?;
                }
            }
            // What says nothing may be looked at again, but not all of it.
            match count {
                0 => return Ok(unread),
                PIECE.. => keep(file, mark).await?,
                _ => {}
            }
        }
    }

    /// What there is to say of an entry.
    pub(super) async fn notices(&self, entry: &ReadEntry) -> Result<Vec<Notice>, Stuck> {
        let of = |what| {
            let place = (&entry.node, entry.seq);
            Notice::of(
                what,
                &entry.facility,
                place,
                entry.receipt.as_deref(),
                entry.wall,
            )
        };
        let is_sealed = entry.second_factor.as_deref() == Some("sealed");
        let is_new = entry.basis.as_deref() == Some("emergency") && entry.word("renews").is_none();
        Ok(match &*entry.event {
            "signed_in" if is_sealed => vec![of(What::Sealed)],
            "grant_started" if is_new => {
                let mut notices = vec![of(What::Opened)];
                if self.is_decoy(entry).await? {
                    notices.push(of(What::Decoy));
                }
                notices
            }
            _ => Vec::new(),
        })
    }

    async fn is_decoy(&self, entry: &ReadEntry) -> Result<bool, Stuck> {
        let Some(patient) = entry.patient.clone() else {
            return Ok(false);
        };
        self.catch_up().await?;
        let facility = entry.facility.clone();
        Ok(self
            .look(move |index| index.is_decoy(&facility, &patient))
            .await?)
    }

    /// Says what is of the channel's facilities; whether there was anything.
    async fn say(&self, line: &Line, mark: &mut Mark, notices: Vec<Notice>) -> bool {
        let mut has_said = false;
        for notice in notices {
            if line.is_of(&notice.facility) {
                mark.refusals = line.deliver(&notice, self.inner.clock.as_ref()).await;
                has_said = true;
            }
        }
        has_said
    }

    /// Cases whose time for review is over: each ledger's in their order. While a ledger is not there
    /// nothing is said: a verdict may stand in it.
    async fn say_overdue(&self, line: &Line, mark: &mut Mark, file: &Path) -> Result<(), Stuck> {
        self.catch_up().await?;
        let nodes = self.look(|index| index.places.clone()).await?;
        let unread = self.look(|index| index.unread.clone()).await?;
        if unread.iter().any(|one| one.given_up.is_none()) {
            return Ok(());
        }
        for node in nodes.into_keys() {
            let after = mark.reviews.get(&node).copied().unwrap_or_default();
            let asked = node.clone();
            let cases = self
                .look(move |index| index.cases_after(&asked, after))
                .await?;
            let mut is_kept = true;
            for (facility, case) in over(cases, self.inner.clock.now().wall) {
                let has_said = self.say_of(line, mark, &facility, &case).await;
                mark.reviews.insert(node.clone(), case.place.1);
                if has_said {
                    keep(file, mark).await?;
                }
                is_kept = has_said;
            }
            if !is_kept {
                keep(file, mark).await?;
            }
        }
        Ok(())
    }

    /// Says that nobody judged a case, where that is so; whether it did.
    async fn say_of(
        &self,
        line: &Line,
        mark: &mut Mark,
        facility: &FacilityId,
        case: &Case,
    ) -> bool {
        let due = case.facts.started + REVIEW_DUE;
        if !case.given.is_empty() || due < mark.since || !line.is_of(facility) {
            return false;
        }
        let (node, seq) = &case.place;
        let receipt = Some(&*case.receipt).filter(|receipt| !receipt.is_empty());
        let notice = Notice::of(
            What::Overdue,
            facility,
            (node, *seq),
            receipt,
            case.facts.started,
        );
        mark.refusals = line.deliver(&notice, self.inner.clock.as_ref()).await;
        true
    }
}

/// The cases up to the last whose time is over: what was written before it is older, whatever the
/// clock said then.
fn over(mut cases: Vec<(FacilityId, Case)>, now: DateTime<Utc>) -> Vec<(FacilityId, Case)> {
    let is_over = |(_, case): &(FacilityId, Case)| case.facts.started + REVIEW_DUE <= now;
    let last = cases.iter().rposition(is_over).map_or(0, |last| last + 1);
    cases.truncate(last);
    cases
}

fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("notices-{name}.place"))
}

fn read(file: &Path) -> io::Result<Option<Mark>> {
    match fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(io::Error::other),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Keeps it, whole or not at all, durable when it returns.
async fn keep(file: &Path, mark: &Mark) -> io::Result<()> {
    let text = serde_json::to_string(mark).map_err(io::Error::other)?;
    let file = file.to_owned();
    let kept = aside(move || write_whole(&file, &text, 0o600)).await;
    kept.unwrap_or_else(|| Err(no_thread()))
}

fn no_thread() -> io::Error {
    io::Error::other("there can be no thread")
}
