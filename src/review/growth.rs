//! What an auditor's pages cost as the ledger grows: work list, a case, a disclosure, a month, each
//! over a real ledger with its files.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{NaiveDate, TimeDelta};
use futures_util::future::join_all;
use secrecy::SecretSlice;

use super::{Month, Review, Settings, Wanted};
use crate::{
    domain::{
        access::{AccountId, End, Grant, GrantId, Person, TerminalId},
        clock::Clock,
        date::Date,
        event::{Draft, Event, Who},
        patient::MemberNumber,
        review::{Verdict, WhyNot},
    },
    ledger::{
        Ledger,
        testing::{self, Counting, Still, draft, end, grant_with_id, start, view},
    },
    registry::{Facility, FacilityKind, Registry, SqliteStore, Store as _},
};

/// Entries of one case: sign-in, search, start, two looks, end, verdict.
const OF_A_CASE: usize = 7;
/// Cases that are written at once.
const AT_ONCE: usize = 200;
/// Patients, accounts and terminals.
const PATIENTS: usize = 40_000;
const ACCOUNTS: usize = 60;
const TERMINALS: usize = 5;
/// Every page is asked for so often; the shortest counts.
const TRIES: usize = 30;
/// So much longer it may take with a hundred times as many entries.
const GROWTH: u32 = 10;

/// A ledger that has grown, and what follows from it.
struct Grown {
    review: Review,
    ledger: Ledger,
    clock: Arc<Still>,
    _folder: tempfile::TempDir,
}

impl Grown {
    async fn to(entries: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Still::new();
        let entropy = Arc::new(Counting::default());
        let settings = testing::settings(folder.path());
        let ledger = Ledger::open(settings, clock.clone(), entropy).unwrap();
        let store = SqliteStore::open(folder.path()).unwrap();
        let hospital = Facility {
            id: testing::hospital(),
            name: "模擬中央病院".to_owned(),
            kind: FacilityKind::Hospital,
            number: None,
            disaster: None,
        };
        store.add_facility(&hospital).unwrap();
        let key = SecretSlice::from(vec![7; 32]);
        let registry = Registry::new(Arc::new(store), &key, clock.clone());
        let settings = Settings::default();
        let review = Review::new(ledger.clone(), registry, settings, clock.clone());
        let grown = Self {
            review,
            ledger,
            clock,
            _folder: folder,
        };
        let cases = entries / OF_A_CASE;
        for first in (0..cases).step_by(AT_ONCE) {
            grown.write(first..cases.min(first + AT_ONCE)).await;
        }
        // Nobody waits for an index that is being made: it follows along.
        grown.review.bring_up_to_date().await.unwrap();
        grown
    }

    /// What happens at once happens at one instant; then three days go by.
    async fn write(&self, cases: std::ops::Range<usize>) {
        let grants: Vec<(usize, Grant)> =
            cases.map(|number| (number, self.grant(number))).collect();
        for what in 0..OF_A_CASE {
            let drafts = grants
                .iter()
                .map(|(number, grant)| said(what, *number, grant));
            for written in join_all(drafts.map(|draft| self.ledger.append(draft))).await {
                written.unwrap();
            }
        }
        let span = TimeDelta::hours(75);
        self.clock.step(span, span.to_std().unwrap());
    }

    fn grant(&self, number: usize) -> Grant {
        let id: GrantId = self.ledger.new_grant_id();
        let patient = (number % PATIENTS).to_string();
        let mut grant = grant_with_id(&self.ledger, &patient, id);
        if let Some(patient) = &mut grant.person.patient {
            patient.birth_date = Date::parse("1954-03-12");
        }
        Grant {
            account: AccountId(format!("a{}", number % ACCOUNTS)),
            terminal: TerminalId(format!("t{}", number % TERMINALS)),
            start: self.clock.now(),
            ..grant
        }
    }

    /// Work list, case, disclosure, month.
    async fn costs(&self) -> [Duration; 4] {
        let facility = testing::hospital();
        let wanted = Wanted::default();
        let list = shortest(async || {
            let page = self.review.work(&facility, &wanted).await.unwrap();
            assert_eq!(page.cases.len(), super::EACH);
        });
        let page = self.review.work(&facility, &wanted).await.unwrap();
        let place = page.cases[7].place.clone();
        let case = shortest(async || {
            let file = self.review.case(&facility, &place).await.unwrap();
            assert!(file.entries.len() >= 5);
        });
        let number = testing::person("7").number;
        let born = NaiveDate::from_ymd_opt(1954, 3, 12).unwrap();
        let disclosure = shortest(async || {
            let told = self.review.disclosure(&facility, &number, born).await;
            assert!(!told.unwrap().read.looks.is_empty());
        });
        let month = Month::of(testing::noon());
        let report = shortest(async || {
            let report = self.review.report(&facility, month).await.unwrap();
            assert!(report.cases.all > 100, "{report:?}");
        });
        [list.await, case.await, disclosure.await, report.await]
    }
}

/// The shortest of many tries.
async fn shortest(mut work: impl AsyncFnMut()) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..TRIES {
        let began = Instant::now();
        work().await;
        least = least.min(began.elapsed());
    }
    least
}

/// One entry of a case.
fn said(what: usize, number: usize, grant: &Grant) -> Draft {
    let by = |draft: Draft| Draft {
        who: draft.who.map(|who| Who {
            account: grant.account.clone(),
            ..who
        }),
        terminal: Some(grant.terminal.clone()),
        ..draft
    };
    match what {
        0 => by(draft(Event::SignedIn)),
        1 => by(draft(Event::Searched {
            mode: "insurance".to_owned(),
            asked: number.to_string(),
            hits: Some(1),
            listed: vec![grant.patient_key.clone()],
        })),
        2 => by(start(grant)),
        3 => by(view(&grant.id, "first")),
        4 => by(view(&grant.id, "second")),
        5 => by(end(&grant.id, End::Hand)),
        // Some wait for a verdict.
        _ if number.is_multiple_of(3) => draft(Event::Debriefed {
            grant: grant.id.clone(),
            debrief: crate::domain::review::Debrief::Not(WhyNot::NotReached),
        }),
        _ => draft(Event::Reviewed {
            grant: grant.id.clone(),
            verdict: Verdict::Justified,
            note: None,
        }),
    }
}

/// Compares a small ledger with one a hundred times as large, and says what each page costs.
async fn compared(few: usize) {
    let small = Grown::to(few).await.costs().await;
    let large = Grown::to(few * 100).await.costs().await;
    let mut slow = Vec::new();
    for (name, (few, many)) in ["work list", "case", "disclosure", "report"]
        .into_iter()
        .zip(small.into_iter().zip(large))
    {
        let growth = many.as_secs_f64() / few.as_secs_f64();
        println!("{name}: {few:?} became {many:?}, {growth:.2} times as long");
        slow.extend((many > few * GROWTH).then_some(name));
    }
    assert!(slow.is_empty(), "{slow:?} grew more than {GROWTH} times");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "many minutes: a million entries in a real ledger"]
async fn an_auditors_pages_take_at_most_ten_times_as_long_with_a_million_entries() {
    compared(10_000).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditors_pages_find_what_they_show_in_a_ledger_that_has_grown() {
    let grown = Grown::to(3_000).await;
    let costs = grown.costs().await;
    assert!(costs.iter().all(|cost| *cost < Duration::MAX));
    let number = MemberNumber::parse(&testing::person("7").number.value()).unwrap();
    let born = NaiveDate::from_ymd_opt(1954, 3, 12).unwrap();
    let facility = testing::hospital();
    let told = grown.review.disclosure(&facility, &number, born).await;
    let told = told.unwrap().read;
    // A search and two looks; a start and an end.
    assert_eq!((told.looks.len(), told.silent), (3, 2));
    let person: Person = testing::person("7");
    assert_eq!(told.names.into_iter().next(), person.patient.unwrap().name);
}
