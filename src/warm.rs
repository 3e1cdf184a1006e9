//! What the command line asks of a running server's cache: to fetch ahead what the facility may look
//! at anyway, recorded before anything is fetched (B18), and to forget a patient.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{
    access::Access,
    domain::{
        access::{FacilityId, GrantId, Person},
        clock::Clock,
        consent::{self, Category, Consent, How},
        event::{Draft, Event, Ground, Prefetch},
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
        section::SourceName,
    },
    ledger::Ledger,
    registry::Registry,
    summary::{Prefetched, Summaries},
};

/// Characters of the longest name of who took a consent.
const LONGEST_NAME: usize = 120;
/// How far ahead of this node's clock a consent may be said to be given.
const CLOCKS_DIFFER: chrono::Duration = chrono::Duration::minutes(5);

/// What the command line asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// The open grants, one id a line.
    Grants {
        /// Of which facility; `None`: of all.
        facility: Option<String>,
    },
    /// Fetch ahead what may be looked at under an open grant.
    Grant {
        /// Its id.
        id: String,
    },
    /// Fetch ahead for a patient who is expected and has consented.
    Appointment {
        /// At which facility.
        facility: String,
        /// `NUMBER,HOW,TAKEN_BY,TAKEN_AT,CATEGORIES`.
        line: String,
    },
    /// Forget a patient.
    Forget {
        /// `INSURER:SYMBOL:NUMBER:BRANCH`.
        number: String,
        /// At which facility; `None`: at all.
        facility: Option<String>,
    },
}

/// One expected patient.
#[derive(Debug, PartialEq, Eq)]
struct Appointment {
    number: MemberNumber,
    consent: Consent,
    taken_at: DateTime<Utc>,
}

/// What the requests are done with. Cloning shares it.
#[derive(Clone)]
pub struct Warm {
    /// Entries come first.
    pub ledger: Ledger,
    /// The facilities.
    pub registry: Registry,
    /// Who a number is.
    pub access: Access,
    /// What is fetched, and forgotten.
    pub summaries: Summaries,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Warm {
    /// Does what was asked; one sentence of what was done.
    ///
    /// # Errors
    /// One sentence why not, without personal data.
    pub async fn answer(&self, request: Request) -> Result<String, String> {
        match request {
            Request::Grants { facility } => Ok(self.grants(facility)),
            Request::Grant { id } => self.warm_grant(&GrantId(id)).await,
            Request::Appointment { facility, line } => {
                self.warm_appointment(FacilityId(facility), &line).await
            }
            Request::Forget { number, facility } => self.forget(&number, facility).await,
        }
    }

    fn grants(&self, facility: Option<String>) -> String {
        let grants = match facility {
            Some(facility) => self.ledger.open_grants(&FacilityId(facility)),
            None => self.ledger.all_open_grants(),
        };
        // One grant for each patient of a facility is enough.
        let mut seen = BTreeSet::new();
        let ids: Vec<String> = grants
            .iter()
            .filter(|grant| seen.insert((&grant.facility, &grant.patient_key)))
            .map(|grant| grant.id.0.clone())
            .collect();
        ids.join("\n")
    }

    async fn warm_grant(&self, id: &GrantId) -> Result<String, String> {
        let open = self.ledger.all_open_grants();
        let grant = open
            .into_iter()
            .find(|grant| grant.id == *id)
            .ok_or("this grant is not open")?;
        let sources = self.summaries.sources_of(&grant);
        let ground = Ground::Grant(grant.id.clone());
        self.record(&grant.facility, grant.person.clone(), ground, &sources)
            .await?;
        let fetched = self
            .summaries
            .prefetch(&grant.facility, &grant.person, &sources)
            .await;
        said(&fetched)
    }

    async fn warm_appointment(&self, facility: FacilityId, line: &str) -> Result<String, String> {
        let Appointment {
            number,
            consent,
            taken_at,
        } = appointment(line, self.clock.now().wall)?;
        self.facility(&facility).await?;
        let sources = self.summaries.sources_opened_by(&consent);
        let unknown = Person {
            number: number.clone(),
            system: MEMBER_NUMBER_SYSTEM.to_owned(),
            patient: None,
        };
        let ground = Ground::Consent { consent, taken_at };
        self.record(&facility, unknown, ground, &sources).await?;
        let until = Instant::now() + self.summaries.patience();
        let hits = self.access.members(&number, until).await;
        let mut hits = hits.map_err(|why| format!("not fetched: identity is {}", why.word()))?;
        let (Some(person), true) = (hits.pop(), hits.is_empty()) else {
            return Err("not fetched: the number is not exactly one person's".to_owned());
        };
        let fetched = self.summaries.prefetch(&facility, &person, &sources).await;
        said(&fetched)
    }

    async fn facility(&self, facility: &FacilityId) -> Result<(), String> {
        let known = self.registry.facility(facility.clone()).await;
        let known = known.map_err(|why| why.to_string())?;
        known
            .map(drop)
            .ok_or_else(|| format!("there is no facility {facility}"))
    }

    /// Nothing is fetched before this is durable.
    async fn record(
        &self,
        facility: &FacilityId,
        person: Person,
        ground: Ground,
        sources: &BTreeSet<SourceName>,
    ) -> Result<(), String> {
        let sources = sources.iter().copied().collect();
        let event = Event::Prefetched(Box::new(Prefetch { ground, sources }));
        self.entry(facility, person, event).await
    }

    async fn forget(&self, number: &str, facility: Option<String>) -> Result<String, String> {
        let number = MemberNumber::parse(number.trim())
            .ok_or("this is no member number: INSURER:SYMBOL:NUMBER:BRANCH")?;
        let facilities = if let Some(one) = facility {
            let one = FacilityId(one);
            self.facility(&one).await?;
            vec![one]
        } else {
            let all = self.registry.facilities().await;
            let all = all.map_err(|why| why.to_string())?;
            all.into_iter().map(|facility| facility.id).collect()
        };
        let (mut answers, mut is_gone) = (0, true);
        for facility in facilities {
            let person = Person {
                number: number.clone(),
                system: MEMBER_NUMBER_SYSTEM.to_owned(),
                patient: None,
            };
            let event = Event::Administered {
                what: "cache_forgotten".to_owned(),
                whom: facility.0.clone(),
                details: String::new(),
            };
            self.entry(&facility, person, event).await?;
            let (forgotten, was_told) = self.summaries.forget(&facility, &number).await;
            answers += forgotten;
            is_gone &= was_told;
        }
        if is_gone {
            Ok(format!("{answers} answers forgotten"))
        } else {
            Err(format!(
                "{answers} answers forgotten here, but the shared cache did not answer: what it and \
                 other nodes hold is still there; ask once more"
            ))
        }
    }

    async fn entry(
        &self,
        facility: &FacilityId,
        person: Person,
        event: Event,
    ) -> Result<(), String> {
        let draft = Draft {
            who: None,
            facility: facility.clone(),
            terminal: None,
            address: None,
            request: None,
            person: Some(person),
            event,
        };
        let written = self.ledger.append_unhurried(draft).await;
        written.map(drop).map_err(|why| why.to_string())
    }
}

/// What came of each source; an error where one gave nothing.
fn said(fetched: &[(SourceName, Prefetched)]) -> Result<String, String> {
    let words: Vec<String> = fetched
        .iter()
        .map(|(source, outcome)| format!("{} {}", source.word(), outcome.word()))
        .collect();
    let is_whole = fetched
        .iter()
        .all(|(_, outcome)| matches!(outcome, Prefetched::Known | Prefetched::Fetched));
    let words = words.join(", ");
    if is_whole { Ok(words) } else { Err(words) }
}

/// Reads a line of the list: without a consent that is good now there is no appointment to it.
fn appointment(line: &str, now: DateTime<Utc>) -> Result<Appointment, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(line.as_bytes());
    let fields = reader.records().next().and_then(Result::ok);
    let fields: Vec<&str> = fields.iter().flatten().collect();
    let [number, how, taken_by, taken_at, categories] = *fields else {
        return Err("no consent: five fields are needed".to_owned());
    };
    let number = MemberNumber::parse(number).ok_or("this is no member number")?;
    let how = How::from_field(how).ok_or("no consent: it does not say how it was given")?;
    if taken_by.is_empty() || taken_by.chars().count() > LONGEST_NAME {
        return Err("no consent: it does not say who took it".to_owned());
    }
    let taken_at = DateTime::parse_from_rfc3339(taken_at)
        .map_err(|_| "no consent: it does not say when it was given")?
        .with_timezone(&Utc);
    let age = now.signed_duration_since(taken_at);
    if age < -CLOCKS_DIFFER {
        return Err("no consent: it would be given in the future".to_owned());
    }
    if age.to_std().is_ok_and(|age| age >= consent::LONGEST) {
        return Err("no consent: it was given more than 24 hours ago".to_owned());
    }
    let categories = categories
        .split('+')
        .map(|word| Category::parse(word.trim()))
        .collect::<Option<BTreeSet<_>>>()
        .ok_or("no consent: it does not say for which categories")?;
    Ok(Appointment {
        number,
        consent: Consent {
            how,
            categories,
            taken_by: taken_by.to_owned(),
        },
        taken_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn without_a_whole_consent_that_is_good_now_nothing_is_fetched_ahead() {
        let now = at("2026-11-22T12:00:00+09:00");
        let read = |line: &str| appointment(line, now);
        let whole = read(
            "06123456:記号:123:01, written ,\"佐藤, 花子\",2026-11-22T11:00:00+09:00,drugs+chart\n",
        )
        .unwrap();
        assert_eq!(whole.consent.how, How::Written);
        assert_eq!(whole.consent.taken_by, "佐藤, 花子");
        let both: BTreeSet<_> = [Category::Drugs, Category::Chart].into();
        assert_eq!(whole.consent.categories, both);
        for (line, why) in [
            ("", "five fields"),
            ("06123456::123:01", "five fields"),
            (
                "06123456::123:01,written,佐藤,2026-11-22T11:00:00+09:00",
                "five fields",
            ),
            (
                "123,written,佐藤,2026-11-22T11:00:00+09:00,drugs",
                "no member number",
            ),
            (
                "06123456::123:01,,佐藤,2026-11-22T11:00:00+09:00,drugs",
                "how",
            ),
            (
                "06123456::123:01,implied,佐藤,2026-11-22T11:00:00+09:00,drugs",
                "how",
            ),
            (
                "06123456::123:01,oral,,2026-11-22T11:00:00+09:00,drugs",
                "who",
            ),
            ("06123456::123:01,oral,佐藤,,drugs", "when"),
            ("06123456::123:01,oral,佐藤,2026-11-22,drugs", "when"),
            (
                "06123456::123:01,oral,佐藤,2026-11-22T13:00:00+09:00,drugs",
                "future",
            ),
            (
                "06123456::123:01,oral,佐藤,2026-11-21T12:00:00+09:00,drugs",
                "24 hours",
            ),
            (
                "06123456::123:01,oral,佐藤,2026-11-22T11:00:00+09:00,",
                "categories",
            ),
            (
                "06123456::123:01,oral,佐藤,2026-11-22T11:00:00+09:00,drugs+all",
                "categories",
            ),
        ] {
            let said = read(line).unwrap_err();
            assert!(said.contains(why), "{line}: {said}");
            assert!(!said.contains("123:01"), "{said}");
        }
    }
}
