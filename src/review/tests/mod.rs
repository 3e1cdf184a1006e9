//! The index over a real ledger: what entries and lists say of a case, and in what order.

mod habits;
mod handed;
mod lists;
mod noticing;
mod second;
mod sheets;
mod story;
mod verdicts;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::TimeDelta;
use secrecy::SecretSlice;

use super::{Case, List, Outcome, Review, Settings, Told, Wanted};
use crate::{
    domain::{
        access::{
            AccountId, Basis, End, FacilityId, FoundBy, Grant, GrantId, PatientKey, Person, Reason,
            Role, TerminalId,
        },
        clock::Clock,
        event::{Draft, Event, SecondFactor, Who},
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, Patient},
        review::{Debrief, Explanation, Kind, NotYours, Rule, Settled, Verdict, WhyNot},
    },
    ledger::{
        Ledger,
        testing::{self, Counting, Still},
    },
    registry::{Facility, FacilityKind, Registry, SqliteStore, Store as _},
};

/// A ledger, what follows from it, and a clock that stands until it is moved.
struct World {
    folder: tempfile::TempDir,
    ledger: Ledger,
    review: Review,
    clock: Arc<Still>,
}

const SIGN_IN: &str = "dr-a";

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Still::new();
        let entropy = Arc::new(Counting::default());
        let ledger =
            Ledger::open(testing::settings(folder.path()), clock.clone(), entropy).unwrap();
        let review = review(&ledger, folder.path(), &clock);
        Self {
            folder,
            ledger,
            review,
            clock,
        }
    }

    /// The same registry that the review reads.
    fn registry(&self) -> Registry {
        Registry::new(
            Arc::new(SqliteStore::open(self.folder.path()).unwrap()),
            &SecretSlice::from(vec![7; 32]),
            self.clock.clone(),
        )
    }

    fn pass(&self, span: TimeDelta) {
        self.clock.step(span, span.to_std().unwrap());
    }

    async fn append(&self, account: &str, event: Event) {
        let who = Who {
            account: AccountId(account.to_owned()),
            role: Role::Physician,
            second_factor: SecondFactor::Totp,
            accounts_as_of: None,
        };
        let draft = Draft {
            who: Some(who),
            ..testing::draft(event)
        };
        self.ledger.append(draft).await.unwrap();
    }

    fn grant(&self, account: &str, number: &str) -> Grant {
        let person = person(number);
        Grant {
            id: self.ledger.new_grant_id(),
            account: AccountId(account.to_owned()),
            role: Role::Physician,
            facility: hospital(),
            terminal: TerminalId("t1".to_owned()),
            patient_key: self.key(number),
            person,
            basis: Basis::Emergency,
            reason: Some(Reason::Unconscious),
            judged_by: None,
            note: None,
            found_by: FoundBy::Insurance,
            identified_by: None,
            consent: None,
            flags: std::collections::BTreeSet::new(),
            renews: None,
            epoch: 1,
            start: self.clock.now(),
            span: Duration::from_hours(4),
        }
    }

    fn key(&self, number: &str) -> PatientKey {
        self.ledger.patient_key(&hospital(), &person(number).number)
    }

    async fn open(&self, account: &str, number: &str) -> GrantId {
        let grant = self.grant(account, number);
        let id = grant.id.clone();
        self.append(account, Event::GrantStarted(Box::new(grant)))
            .await;
        id
    }

    async fn end(&self, account: &str, grant: &GrantId, end: End) {
        let grant = grant.clone();
        self.append(account, Event::GrantEnded { grant, end }).await;
    }

    async fn search(&self, account: &str, numbers: &[&str]) {
        let listed = numbers.iter().map(|number| self.key(number)).collect();
        let event = Event::Searched {
            mode: "insurance".to_owned(),
            asked: "06139999".to_owned(),
            hits: Some(numbers.len()),
            listed,
        };
        self.append(account, event).await;
    }

    async fn take(&self, kind: Kind, text: &str) -> Outcome {
        let facility = hospital();
        let taken = self.review.take_list(&facility, kind, text.as_bytes());
        taken.await.unwrap()
    }

    async fn list(&self, list: List) -> Vec<Case> {
        let wanted = Wanted {
            list,
            ..Wanted::default()
        };
        self.review.work(&hospital(), &wanted).await.unwrap().cases
    }

    async fn one(&self, grant: &GrantId) -> Case {
        let cases = self.list(List::All).await;
        cases.into_iter().find(|case| case.grant == *grant).unwrap()
    }

    async fn rules(&self, grant: &GrantId) -> Vec<Rule> {
        let standing = self.one(grant).await.standing;
        standing.raised.into_iter().map(|one| one.rule).collect()
    }
}

fn review(ledger: &Ledger, folder: &std::path::Path, clock: &Arc<Still>) -> Review {
    let key = SecretSlice::from(vec![7; 32]);
    let store = SqliteStore::open(folder).unwrap();
    // Made anew in the same folder, it is there already.
    drop(store.add_facility(&Facility {
        id: hospital(),
        name: "模擬中央病院".to_owned(),
        kind: FacilityKind::Hospital,
        number: None,
        disaster: None,
    }));
    let registry = Registry::new(Arc::new(store), &key, clock.clone());
    let settings = Settings {
        folder: Some(folder.join("lists")),
        ..Settings::default()
    };
    Review::new(ledger.clone(), registry, settings, clock.clone())
}

fn hospital() -> FacilityId {
    testing::hospital()
}

fn person(number: &str) -> Person {
    Person {
        number: MemberNumber::new("06139999", "12-34", number, "01").unwrap(),
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        patient: Some(Patient {
            name: Some(format!("救急 {number}")),
            birth_date: crate::domain::date::Date::parse("1954-03-12"),
            town: Some("千葉県柏市".to_owned()),
            ..Patient::default()
        }),
    }
}

fn arrivals(rows: &[(&str, &str, &str)]) -> String {
    let mut text = "arrived_at,visit,insurer,symbol,number,branch\n".to_owned();
    for (at, visit, number) in rows {
        let line = format!("{at},{visit},06139999,12-34,{number},01\n");
        text.push_str(&line);
    }
    text
}

async fn testing_accounts(registry: &Registry) {
    account(registry, "a", SIGN_IN, Role::Physician).await;
}

/// Of one name, whatever the id.
async fn account(registry: &Registry, id: &str, sign_in: &str, role: Role) {
    use crate::{
        domain::section::Language,
        registry::{Account, NewAccount},
    };
    let account = Account {
        id: AccountId(id.to_owned()),
        facility: hospital(),
        sign_in: sign_in.to_owned(),
        name: "佐藤 救".to_owned(),
        role,
        language: Language::Ja,
        epoch: 1,
        grants_from: 1,
        factors_given: None,
        permission: None,
        glass_used: None,
        created: None,
        disabled: None,
        delegation: None,
        as_of: None,
    };
    let new = NewAccount {
        account,
        password: None,
        authenticators: Vec::new(),
    };
    registry.add_account(new).await.unwrap();
}
