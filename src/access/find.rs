//! Finding the patient (B2, B19): recorded before it is answered, at most three candidates; by four
//! attributes exactly one.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Access, Answer, Candidate, Error, Field, Found, Search, Viewer, Wrong,
    asked::{self, Asked, What},
    current,
    launch::Launched,
    limit::{Limit, seconds},
    record::by_viewer,
};
use crate::{
    domain::{
        access::{Action, FoundBy, PatientKey, Person},
        event::Event,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, PUBLIC_PAYER_SYSTEM, Patient},
        section::SourceName,
        text::folded,
    },
    sources::{self, Query, lives_there},
};

/// More hits than this ask one more attribute.
const MOST: usize = 3;

impl Access {
    /// Looks for a patient; recorded whatever it finds.
    ///
    /// # Errors
    /// [`Error::Field`], [`Error::Locked`], [`Error::NotAllowed`], [`Error::CannotRecord`],
    /// [`Error::StaleCandidate`] where who was listed is not current any more;
    /// [`Error::Unavailable`] where `identity` does not answer a search without a number.
    pub async fn search(
        &self,
        viewer: &Viewer,
        search: &Search,
        until: Instant,
    ) -> Result<Found, Error> {
        let answer = self.search_or_wait(viewer, search, until).await?;
        Ok(answer.found)
    }

    /// As [`Self::search`], with what is said of many searches before it.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub async fn search_or_wait(
        &self,
        viewer: &Viewer,
        search: &Search,
        until: Instant,
    ) -> Result<Answer, Error> {
        self.may(viewer, Action::Search).await?;
        if search.mode == current::MODE {
            let found = self.choose(viewer, &search.candidate).await?;
            let waited = None;
            return Ok(Answer { found, waited });
        }
        let today = self.inner.clock.now().japanese_day();
        let mut asked = asked::read(search, &self.inner.settings.finding.layouts, today)
            .map_err(|(field, wrong)| Error::Field(field, wrong))?;
        // Attributes are all there is in a disaster.
        if viewer.disaster.is_some() && asked.found_by == FoundBy::FourAttributes {
            asked.found_by = FoundBy::Disaster;
        }
        self.find(viewer, &asked, until).await
    }

    /// Looks for who was asked for: slowed, recorded, then answered.
    pub(super) async fn find(
        &self,
        viewer: &Viewer,
        asked: &Asked,
        until: Instant,
    ) -> Result<Answer, Error> {
        let began = Instant::now();
        let wait = self.slow(viewer).await?;
        let until = until.checked_add(began.elapsed()).unwrap_or(until);
        let hits = self.hits(&asked.what, until).await;
        let count = hits.as_ref().ok().map(Vec::len);
        let refusal = hits.as_ref().err().filter(|failure| failure.is_refusal());
        let refusal = refusal.map(ToString::to_string);
        let found = hits
            .map_or_else(
                |failure| unanswered(&asked.what, failure),
                |hits| narrowed(hits, asked),
            )
            .and_then(|hits| self.found(viewer, asked, hits));
        let listed = found.as_ref().map(listed).unwrap_or_default();
        let event = Event::Searched {
            mode: asked.mode.to_owned(),
            asked: asked.words.clone(),
            hits: count,
            listed,
        };
        self.record(by_viewer(viewer, event)).await?;
        if let Some(why) = refusal {
            let source = SourceName::Identity;
            let event = Event::SourceRefused { source, why };
            self.record(by_viewer(viewer, event)).await?;
        }
        let waited = Some(seconds(wait)).filter(|_| !wait.is_zero());
        let found = found?;
        Ok(Answer { found, waited })
    }

    /// Many searches of one account or at one terminal are answered later, never refused; the
    /// ledger says so once a minute.
    async fn slow(&self, viewer: &Viewer) -> Result<Duration, Error> {
        let limits = &self.inner.limits;
        let wait = |limit: &Limit, key: &str| limit.take(key).err().unwrap_or_default();
        let longest = self.inner.settings.finding.searching.longest_wait;
        let own = wait(&limits.search, &viewer.account.0);
        let first = own
            .max(wait(&limits.terminal_search, &viewer.place))
            .min(longest);
        // Many casualties are many searches.
        if first.is_zero() || viewer.disaster.is_some() {
            return Ok(Duration::ZERO);
        }
        let key = format!("search {} {}", viewer.account, viewer.terminal);
        if limits.entry.take(&key).is_ok() {
            let event = Event::Refused {
                what: "search_without_wait".to_owned(),
                why: "slowed".to_owned(),
            };
            self.record(by_viewer(viewer, event)).await?;
        }
        // One after the other: searches sent at once are as slow as those sent in a row. Nobody
        // stands behind a flood for longer than his connection lives.
        let began = Instant::now();
        let lane = self.inner.searches.lane(&viewer.account);
        let _lane = tokio::time::timeout(IN_ALL.saturating_sub(longest), lane).await;
        let queued = Duration::from_secs(began.elapsed().as_secs());
        if own.is_zero() {
            tokio::time::sleep(first).await;
            return Ok(queued + first);
        }
        let left = wait(&limits.search, &viewer.account.0).min(longest);
        tokio::time::sleep(left).await;
        // The try that came back meanwhile is this search's, not the next one's.
        if !left.is_zero() {
            wait(&limits.search, &viewer.account.0);
        }
        Ok(queued + left)
    }

    /// Who a number is, asked for nobody's look: nothing of it is shown, and whoever asks has written
    /// down by what right.
    ///
    /// # Errors
    /// Those of `identity`.
    pub async fn members(
        &self,
        number: &MemberNumber,
        until: Instant,
    ) -> Result<Vec<Person>, sources::Error> {
        self.by_number(number, until).await
    }

    async fn hits(&self, what: &What, until: Instant) -> Result<Vec<Person>, sources::Error> {
        match what {
            What::Number(number) => self.by_number(number, until).await,
            What::Four { query, .. } => self.inner.sources.identify(query, until).await.map(people),
            What::Local { system, value } => {
                let query = Query::Local {
                    system: system.clone(),
                    value: value.clone(),
                };
                self.inner.sources.identify(&query, until).await.map(people)
            }
        }
    }

    async fn by_number(
        &self,
        number: &MemberNumber,
        until: Instant,
    ) -> Result<Vec<Person>, sources::Error> {
        let mut hits = Vec::new();
        for system in systems(number).iter().copied() {
            // A public payer's number is one person's and has no branch.
            let asked = match system {
                PUBLIC_PAYER_SYSTEM => MemberNumber {
                    branch: String::new(),
                    ..number.clone()
                },
                _ => number.clone(),
            };
            let query = Query::Number {
                system: system.to_owned(),
                number: asked.clone(),
            };
            let answer = self.inner.sources.identify(&query, until).await?;
            hits = people(answer)
                .into_iter()
                .filter_map(|person| of_household(person, &asked))
                .collect();
            if !hits.is_empty() {
                break;
            }
        }
        Ok(hits)
    }

    /// The candidates for the page.
    fn found(&self, viewer: &Viewer, asked: &Asked, hits: Hits) -> Result<Found, Error> {
        let hits = match hits {
            Hits::Unconfirmed(person) => {
                return self
                    .candidate_of(viewer, *person, asked.found_by, None)
                    .map(Found::Unconfirmed);
            }
            Hits::People(hits) if hits.is_empty() => return Ok(Found::Nobody),
            Hits::People(hits) if hits.len() > most(&asked.what) => return Ok(Found::TooMany),
            Hits::People(hits) => hits,
        };
        let household = hits.len() > 1
            && matches!(&asked.what, What::Number(number) if number.branch.is_empty());
        hits.into_iter()
            .map(|person| {
                let branch = Some(person.number.branch.clone())
                    .filter(|branch| household && !branch.is_empty());
                self.candidate_of(viewer, person, asked.found_by, branch)
            })
            .collect::<Result<_, _>>()
            .map(Found::Candidates)
    }
}

/// The longest a search waits for others and for its own turn: a connection on which nothing ends is
/// shut down after ten seconds.
const IN_ALL: Duration = Duration::from_secs(8);

/// What `identity` answered.
enum Hits {
    People(Vec<Person>),
    /// It did not answer: a number without a person.
    Unconfirmed(Box<Person>),
}

/// How many candidates a page may have: a household's number lists its members, anything else must
/// name one.
const fn most(what: &What) -> usize {
    match what {
        What::Number(_) => MOST,
        What::Four { .. } | What::Local { .. } => 1,
    }
}

/// Whom the page will name.
fn listed(found: &Found) -> Vec<PatientKey> {
    match found {
        Found::Candidates(candidates) => current::keys(candidates),
        Found::Unconfirmed(candidate) => {
            current::keys(std::slice::from_ref::<Candidate>(candidate))
        }
        Found::Nobody | Found::TooMany => Vec::new(),
    }
}

/// What is left where `identity` did not answer: a number can stand alone, nothing else can.
fn unanswered(what: &What, failure: sources::Error) -> Result<Hits, Error> {
    match what {
        What::Number(number) => Ok(Hits::Unconfirmed(Box::new(Person {
            number: number.clone(),
            system: likelier_system(number).to_owned(),
            patient: None,
        }))),
        // It may not search without an address.
        What::Four { query, .. }
            if is_without_address(query)
                && matches!(failure, sources::Error::Refused(400..=499)) =>
        {
            Err(Error::Field(Field::Address, Wrong::Uncheckable))
        }
        What::Four { .. } | What::Local { .. } => Err(Error::Unavailable),
    }
}

fn is_without_address(query: &Query) -> bool {
    matches!(query, Query::Four { address, .. } if address.is_empty())
}

/// Those of the hits who are left once everything that was typed is compared. The insurer's name
/// counts where `identity` sends the names of insurers; alone it is checked or is worth nothing.
fn narrowed(mut hits: Vec<Person>, asked: &Asked) -> Result<Hits, Error> {
    if let Some(born) = asked.born
        && !hits.is_empty()
    {
        hits.retain(|hit| is_born(hit, born));
        if hits.is_empty() {
            return Err(Error::Launch(Launched::AnotherPatient));
        }
    }
    let What::Four {
        query: Query::Four { address, .. },
        insurer_name,
    } = &asked.what
    else {
        return Ok(Hits::People(hits));
    };
    if address.is_empty() {
        if hits
            .iter()
            .any(|hit| has_insurer(hit, insurer_name).is_none())
        {
            return Err(Error::Field(Field::Address, Wrong::Uncheckable));
        }
        hits.retain(|hit| has_insurer(hit, insurer_name) == Some(true));
        return Ok(Hits::People(hits));
    }
    if !folded(insurer_name).is_empty() {
        hits.retain(|hit| has_insurer(hit, insurer_name) != Some(false));
    }
    let has_address = |hit: &Person| {
        let patient = hit.patient.as_ref();
        patient.is_some_and(|patient| patient.address.is_some())
    };
    // An address that was not sent may be the one that was typed.
    if hits.len() > 1 && hits.iter().all(has_address) {
        let lives = |hit: &Person| {
            let patient = hit.patient.as_ref();
            patient.is_some_and(|patient| lives_there(patient, address))
        };
        if hits.iter().any(lives) {
            hits.retain(lives);
        }
    }
    Ok(Hits::People(hits))
}

/// Whether the person's birth date, as far as it is known, can be this day.
fn is_born(person: &Person, day: chrono::NaiveDate) -> bool {
    let patient = person.patient.as_ref();
    let born = patient.and_then(|patient| patient.birth_date);
    born.is_some_and(|born| born.first_day() <= day && day <= born.last_day())
}

/// Whether one of the person's insurers is called so; `None` where no insurer's name was sent.
fn has_insurer(person: &Person, name: &str) -> Option<bool> {
    let insurers = &person.patient.as_ref()?.insurers;
    let name = folded(name);
    (!insurers.is_empty()).then(|| {
        insurers
            .iter()
            .map(|insurer| folded(insurer))
            .any(|insurer| {
                !insurer.is_empty() && (insurer.contains(&name) || name.contains(&insurer))
            })
    })
}

fn people(hits: Vec<(Person, Patient)>) -> Vec<Person> {
    hits.into_iter()
        .map(|(person, patient)| Person {
            patient: Some(patient),
            ..person
        })
        .collect()
}

/// The naming systems a number is looked for in, the likelier first.
fn systems(number: &MemberNumber) -> &'static [&'static str] {
    if number.is_public_payer() {
        &[PUBLIC_PAYER_SYSTEM, MEMBER_NUMBER_SYSTEM]
    } else if number.symbol.is_empty() {
        &[MEMBER_NUMBER_SYSTEM, PUBLIC_PAYER_SYSTEM]
    } else {
        &[MEMBER_NUMBER_SYSTEM]
    }
}

fn likelier_system(number: &MemberNumber) -> &'static str {
    if number.is_public_payer() {
        PUBLIC_PAYER_SYSTEM
    } else {
        MEMBER_NUMBER_SYSTEM
    }
}

/// The hit under its own number where that is of the household asked for and, if both have a
/// branch, has exactly this branch (B2: nothing but the number was asked, so nothing else can
/// outweigh a branch that differs). The key of everything that follows is the hit's own number,
/// never the typed one: a typed number without its branch would stand for the whole household.
fn of_household(person: Person, asked: &MemberNumber) -> Option<Person> {
    let own: Vec<MemberNumber> = person
        .patient
        .iter()
        .flat_map(Patient::member_numbers)
        .filter(|own| own.same_household(asked))
        .collect();
    let exact = own
        .iter()
        .find(|own| asked.branch.is_empty() || own.branch == asked.branch);
    let number = exact
        .or_else(|| own.iter().find(|own| own.branch.is_empty()))?
        .clone();
    Some(Person { number, ..person })
}
