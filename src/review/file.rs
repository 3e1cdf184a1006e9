//! Everything of one case: what happened, who else looked, and what its account usually does.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{
    Error, Review,
    case::{Case, Place},
    index::Desk,
};
use crate::{
    domain::{
        access::{AccountId, FacilityId, Person},
        review::{Reviewer, Stage, Standing, Table, course},
    },
    ledger::{ReadEntry, Unread},
};

/// Cases of an account or a patient that are listed beside a case.
const BESIDE: usize = 20;

/// One case with everything of it.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// The case.
    pub case: Case,
    /// What led to it and everything of it, in order, opened as far as keys are there.
    pub entries: Vec<ReadEntry>,
    /// The patient, where the key is there.
    pub person: Option<Person>,
    /// How it stood at each stage that has been reached.
    pub course: Vec<(Stage, Standing)>,
    /// The last cases of others about the same patient, newest first.
    pub others: Vec<Case>,
    /// The last other cases of the same account, newest first.
    pub own: Vec<Case>,
    /// How many there are beyond those: of others about the patient, and of the account.
    pub left: (usize, usize),
    /// Ledgers of this node in which there may be more.
    pub unread: Vec<Unread>,
}

/// What stands beside a case.
pub(super) struct Beside {
    pub(super) case: Case,
    pub(super) others: Vec<Case>,
    pub(super) own: Vec<Case>,
    pub(super) left: (usize, usize),
    pub(super) course: Vec<(Stage, Standing)>,
}

/// A case, those of others about its patient, and the other ones of its account.
pub(super) fn beside(
    desk: &Desk,
    place: &Place,
    table: &Table,
    now: DateTime<Utc>,
) -> Option<Beside> {
    let case = desk.case(desk.at(place)?)?.clone();
    let others = desk
        .of_patient(&case.patient)
        .rev()
        .filter(|other| other.facts.account != case.facts.account);
    let own = desk
        .of_account(&case.facts.account)
        .rev()
        .filter(|other| other.place != case.place);
    let (others, others_left) = first(others);
    let (own, own_left) = first(own);
    let known = |at| desk.facts_at(&case, at);
    let course = course(case.facts.started, table, now, known);
    Some(Beside {
        case,
        others,
        own,
        left: (others_left, own_left),
        course,
    })
}

/// Those that are listed, and how many are not.
fn first<'a>(mut cases: impl Iterator<Item = &'a Case>) -> (Vec<Case>, usize) {
    let listed = cases.by_ref().take(BESIDE).cloned().collect();
    (listed, cases.count())
}

impl Review {
    /// Who an auditor's account stands for.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn reviewer(
        &self,
        facility: &FacilityId,
        account: &AccountId,
    ) -> Result<Reviewer, Error> {
        let (facility, id) = (facility.clone(), account.clone());
        let known = self.look(move |index| Some(index.desk(&facility)?.reviewer(&id)));
        Ok(known.await?.unwrap_or_else(|| Reviewer {
            account: account.clone(),
            alike: BTreeSet::new(),
        }))
    }

    /// The case whose start stands at a place.
    ///
    /// # Errors
    /// [`Error::NotThere`] where no case of this facility starts there; [`Error::Unavailable`],
    /// [`Error::NotYet`].
    pub async fn case(&self, facility: &FacilityId, place: &Place) -> Result<CaseFile, Error> {
        let unread = self.refresh().await?;
        let now = self.inner.clock.now().wall;
        let (facility, place) = (facility.clone(), place.clone());
        let table = self.inner.settings.table.clone();
        let found = self.look(move |index| beside(index.desk(&facility)?, &place, &table, now));
        let Beside {
            case,
            others,
            own,
            left,
            course,
        } = found.await?.ok_or(Error::NotThere)?;
        let entries = self.inner.ledger.entries_at(&case.places).await?.read;
        let person = entries
            .iter()
            .find(|entry| entry.event == "grant_started")
            .and_then(ReadEntry::person);
        Ok(CaseFile {
            case,
            entries,
            person,
            course,
            others,
            own,
            left,
            unread,
        })
    }
}
