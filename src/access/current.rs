//! 現在対応中の患者: whom colleagues of the facility look at now. A grant is never passed on: who
//! joins opens one of his own, with the reason that the colleague gave written into the form.

use std::sync::Arc;

use super::{
    Access, Candidate, Current, Error, Found, Viewer,
    candidate::Sealed,
    record::{about, by_viewer},
    session::unlocked,
};
use crate::domain::{
    access::{Action, FoundBy, Grant, PatientKey, Person, Reason},
    event::Event,
    text::folded,
};

/// How many are listed; the others are found by their number.
const MOST_LISTED: usize = 40;

/// How the list and a choice from it are named in their entries.
pub(super) const MODE: &str = "board";

impl Access {
    /// The patients whom others of the viewer's facility look at now. The list names people who
    /// were not asked for, so it is recorded before it is answered; an empty one names nobody.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::CannotRecord`], [`Error::Unavailable`].
    pub async fn current(&self, viewer: &Viewer) -> Result<Current, Error> {
        unlocked(viewer)?;
        if !viewer.role.may(Action::Search) {
            return Ok(Current::default());
        }
        let own: Vec<Person> = self
            .own_grants(viewer)
            .iter()
            .map(|grant| grant.person.clone())
            .collect();
        let everybody = distinct(&self.open_in(viewer));
        let mut listed: Vec<&Person> = everybody
            .iter()
            .filter(|person| !own.iter().any(|mine| mine.is_same(person)))
            .collect();
        if listed.is_empty() {
            return Ok(Current::default());
        }
        let more = listed.len().saturating_sub(MOST_LISTED);
        listed.truncate(MOST_LISTED);
        let candidates = listed
            .iter()
            .map(|person| self.listed(viewer, person, &everybody, false))
            .collect::<Result<Vec<_>, _>>()?;
        self.record(by_viewer(viewer, searched(String::new(), &candidates)))
            .await?;
        Ok(Current { candidates, more })
    }

    /// One of the list, chosen: the candidate once more, fresh, with the colleague's reason.
    pub(super) async fn choose(&self, viewer: &Viewer, token: &str) -> Result<Found, Error> {
        let Sealed {
            person,
            is_handed_over,
            ..
        } = self.opened(viewer, token)?;
        let everybody = distinct(&self.open_in(viewer));
        let chosen = vec![self.listed(viewer, &person, &everybody, is_handed_over)?];
        let event = searched("listed".to_owned(), &chosen);
        self.record(about(viewer, &person, event)).await?;
        Ok(Found::Candidates(chosen))
    }

    fn listed(
        &self,
        viewer: &Viewer,
        person: &Person,
        everybody: &[Person],
        is_handed_over: bool,
    ) -> Result<Candidate, Error> {
        let has_namesake = everybody
            .iter()
            .any(|other| !other.is_same(person) && are_alike(other, person));
        let branch =
            Some(person.number.branch.clone()).filter(|branch| has_namesake && !branch.is_empty());
        self.sealed(
            viewer,
            Sealed {
                person: person.clone(),
                found_by: FoundBy::Board,
                branch,
                has_namesake,
                is_handed_over,
            },
        )
    }

    /// Every open grant of the viewer's facility whose time is not over, newest first.
    fn open_in(&self, viewer: &Viewer) -> Vec<Arc<Grant>> {
        let now = self.inner.clock.now();
        self.inner
            .ledger
            .open_grants(&viewer.facility)
            .into_iter()
            .filter(|grant| !grant.is_over(now))
            .collect()
    }

    /// Whether somebody of the viewer's facility looks at this person now.
    pub(super) fn is_current(&self, viewer: &Viewer, person: &Person) -> bool {
        self.open_in(viewer)
            .iter()
            .any(|grant| grant.person.is_same(person))
    }

    /// The reason of the newest grant of the viewer's facility for this person.
    pub(super) fn reason_given(&self, viewer: &Viewer, person: &Person) -> Option<Reason> {
        self.open_in(viewer)
            .iter()
            .filter(|grant| grant.person.is_same(person))
            .find_map(|grant| grant.reason)
    }
}

pub(super) fn searched(asked: String, candidates: &[Candidate]) -> Event {
    Event::Searched {
        mode: MODE.to_owned(),
        asked,
        hits: Some(candidates.len()),
        listed: keys(candidates),
    }
}

/// Whom a page lists, as its entry says it.
pub(super) fn keys(candidates: &[Candidate]) -> Vec<PatientKey> {
    candidates
        .iter()
        .map(|candidate| candidate.patient_key.clone())
        .collect()
}

/// Each person once, in the order of their newest grants.
fn distinct(grants: &[Arc<Grant>]) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for grant in grants {
        if !people.iter().any(|known| known.is_same(&grant.person)) {
            people.push(grant.person.clone());
        }
    }
    people
}

/// Whether two people are easily taken for each other: one household's number, or the same name.
fn are_alike(one: &Person, other: &Person) -> bool {
    let (Some(mine), Some(yours)) = (&one.patient, &other.patient) else {
        return one.number.same_household(&other.number);
    };
    let same = |mine: Option<&str>, yours: Option<&str>| {
        let mine = mine.map(folded).filter(|name| !name.is_empty());
        mine.is_some() && mine == yours.map(folded)
    };
    one.number.same_household(&other.number)
        || same(mine.name.as_deref(), yours.name.as_deref())
        || same(mine.kana.as_deref(), yours.kana.as_deref())
}
