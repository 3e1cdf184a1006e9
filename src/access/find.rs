//! Finding the patient (B2, B19): recorded before it is answered, at most three candidates.

use tokio::time::Instant;

use super::{Access, Error, Field, Found, Search, Viewer, Wrong, current, record::by_viewer};
use crate::{
    domain::{
        access::{Action, FoundBy, Person},
        birth_date,
        event::Event,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, PUBLIC_PAYER_SYSTEM, Patient},
        section::SourceName,
        text::normalised,
    },
    sources::{self, Query},
};

/// More hits than this ask one more attribute.
const MOST: usize = 3;
/// Characters that any field of the search may have.
const LONGEST: usize = 120;
/// The longest that a search is slowed by many before it.
const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_secs(1);

/// One way to ask: a form that was read.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Number(MemberNumber),
    Four(Query),
}

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
        self.may(viewer, Action::Search).await?;
        if search.mode == current::MODE {
            return self.choose(viewer, &search.candidate).await;
        }
        let today = self.inner.clock.now().japanese_day();
        let asked = read(search, today).map_err(|(field, wrong)| Error::Field(field, wrong))?;
        let until = self.slow(viewer, until).await;
        let hits = match &asked {
            Asked::Number(number) => self.by_number(number, until).await,
            Asked::Four(query) => self.inner.sources.identify(query, until).await.map(people),
        };
        let event = Event::Searched {
            mode: search.mode.clone(),
            asked: words(search),
            hits: hits.as_ref().ok().map(Vec::len),
        };
        self.record(by_viewer(viewer, event)).await?;
        if let Err(failure) = &hits
            && failure.is_refusal()
        {
            let event = Event::SourceRefused {
                source: SourceName::Identity,
                why: failure.to_string(),
            };
            self.record(by_viewer(viewer, event)).await?;
        }
        self.found(viewer, (&asked, found_by(viewer, search)), hits.ok())
    }

    /// Many searches of one account are answered later, never refused.
    async fn slow(&self, viewer: &Viewer, until: Instant) -> Instant {
        match self.inner.limits.search.take(&viewer.account.0) {
            Ok(()) => until,
            Err(wait) => {
                let wait = wait.min(LONGEST_WAIT);
                tokio::time::sleep(wait).await;
                until.checked_add(wait).unwrap_or(until)
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

    fn found(
        &self,
        viewer: &Viewer,
        (asked, found_by): (&Asked, FoundBy),
        hits: Option<Vec<Person>>,
    ) -> Result<Found, Error> {
        let number = match asked {
            Asked::Number(number) => Some(number),
            Asked::Four(_) => None,
        };
        let Some(hits) = hits else {
            let number = number.ok_or(Error::Unavailable)?;
            let person = Person {
                number: number.clone(),
                system: likelier_system(number).to_owned(),
                patient: None,
            };
            return self
                .candidate_of(viewer, person, found_by, None)
                .map(Found::Unconfirmed);
        };
        match hits.len() {
            0 => return Ok(Found::Nobody),
            1..=MOST => {}
            _ => return Ok(Found::TooMany),
        }
        let household = hits.len() > 1 && number.is_some_and(|number| number.branch.is_empty());
        hits.into_iter()
            .map(|person| {
                let branch = Some(person.number.branch.clone())
                    .filter(|branch| household && !branch.is_empty());
                self.candidate_of(viewer, person, found_by, branch)
            })
            .collect::<Result<_, _>>()
            .map(Found::Candidates)
    }
}

fn people(hits: Vec<(Person, Patient)>) -> Vec<Person> {
    hits.into_iter()
        .map(|(person, patient)| Person {
            patient: Some(patient),
            ..person
        })
        .collect()
}

/// The naming systems a number is looked for in, the likelier first. 公費負担者番号 of 生活保護 has
/// 8 digits and begins with 法別番号 12; 市町村国保 of Chiba, 6 digits, begins with 0012 once padded.
fn systems(number: &MemberNumber) -> &'static [&'static str] {
    if is_public_payer(number) {
        &[PUBLIC_PAYER_SYSTEM, MEMBER_NUMBER_SYSTEM]
    } else if number.symbol.is_empty() {
        &[MEMBER_NUMBER_SYSTEM, PUBLIC_PAYER_SYSTEM]
    } else {
        &[MEMBER_NUMBER_SYSTEM]
    }
}

fn is_public_payer(number: &MemberNumber) -> bool {
    number.insurer.starts_with("12")
}

fn likelier_system(number: &MemberNumber) -> &'static str {
    if is_public_payer(number) {
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

/// How whoever is found was found: by a number that was typed, or was on a card or certificate that
/// a machine or a person read, or by attributes; these are all there is in a disaster.
fn found_by(viewer: &Viewer, search: &Search) -> FoundBy {
    match &*search.mode {
        "card" => FoundBy::Card,
        "certificate" => FoundBy::Certificate,
        "four" if viewer.disaster.is_some() => FoundBy::Disaster,
        "four" => FoundBy::FourAttributes,
        _ => FoundBy::Insurance,
    }
}

/// What was asked, as the entry keeps it (sealed).
fn words(search: &Search) -> String {
    [
        ("insurer", &search.insurer),
        ("symbol", &search.symbol),
        ("number", &search.number),
        ("branch", &search.branch),
        ("name", &search.name),
        ("birth_date", &search.birth_date),
        ("sex", &search.sex),
        ("address", &search.address),
        ("insurer_name", &search.insurer_name),
    ]
    .into_iter()
    .filter(|(_, value)| !value.trim().is_empty())
    .map(|(name, value)| format!("{name}={}", normalised(value)))
    .collect::<Vec<_>>()
    .join("; ")
}

fn read(search: &Search, today: chrono::NaiveDate) -> Result<Asked, (Field, Wrong)> {
    for (field, value) in [
        (Field::Insurer, &search.insurer),
        (Field::Number, &search.symbol),
        (Field::Number, &search.number),
        (Field::Number, &search.branch),
        (Field::Name, &search.name),
        (Field::BirthDate, &search.birth_date),
        (Field::Sex, &search.sex),
        (Field::Address, &search.address),
        (Field::Address, &search.insurer_name),
    ] {
        if value.chars().count() > LONGEST {
            return Err((field, Wrong::TooLong(LONGEST)));
        }
        if value.chars().any(char::is_control) {
            return Err((field, Wrong::Unreadable));
        }
    }
    match &*search.mode {
        "insurance" | "card" | "certificate" => read_number(search).map(Asked::Number),
        "four" => read_four(search, today).map(Asked::Four),
        _ => Err((Field::Mode, Wrong::NotOneOf)),
    }
}

fn read_number(search: &Search) -> Result<MemberNumber, (Field, Wrong)> {
    for (field, value) in [
        (Field::Insurer, &search.insurer),
        (Field::Number, &search.number),
    ] {
        if value.trim().is_empty() {
            return Err((field, Wrong::Missing));
        }
    }
    let number = MemberNumber::new(
        &search.insurer,
        &search.symbol,
        &search.number,
        &search.branch,
    )
    .ok_or((Field::Number, Wrong::Unreadable))?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if number.insurer.len() != 8 || !digits(&number.insurer) {
        return Err((Field::Insurer, Wrong::Unreadable));
    }
    // A colon would shift the parts of the identifier that is asked for.
    let parts = [&number.symbol, &number.number, &number.branch];
    if parts.iter().any(|part| part.contains([':', '|', ','])) {
        return Err((Field::Number, Wrong::Unreadable));
    }
    Ok(number)
}

fn read_four(search: &Search, today: chrono::NaiveDate) -> Result<Query, (Field, Wrong)> {
    let given = |field, value: &str| {
        let value = normalised(value);
        if value.is_empty() {
            Err((field, Wrong::Missing))
        } else {
            Ok(value)
        }
    };
    let name = given(Field::Name, &search.name)?;
    let birth_date = birth_date::parse(&given(Field::BirthDate, &search.birth_date)?)
        .filter(|day| *day <= today)
        .ok_or((Field::BirthDate, Wrong::Unreadable))?;
    let sex = match &*given(Field::Sex, &search.sex)?.to_lowercase() {
        "male" | "男" | "男性" | "m" | "1" => "male",
        "female" | "女" | "女性" | "f" | "2" => "female",
        "other" | "その他" => "other",
        "unknown" | "不明" => "unknown",
        _ => return Err((Field::Sex, Wrong::NotOneOf)),
    };
    let address = normalised(&search.address);
    if address.is_empty() && normalised(&search.insurer_name).is_empty() {
        return Err((Field::Address, Wrong::Missing));
    }
    Ok(Query::Four {
        name,
        birth_date,
        sex: sex.to_owned(),
        address,
    })
}
