//! Clock, entropy and drafts for the tests of this room.

use std::{
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeZone as _, Utc};

use super::{Ledger, Settings};
use crate::domain::{
    access::{
        AccountId, Basis, End, FacilityId, FoundBy, Grant, GrantId, NodeId, Person, Reason,
        RequestId, Role, TerminalId,
    },
    clock::{Clock, Moment},
    entropy::Entropy,
    event::{Content, Draft, Event, Method, SecondFactor, View, Who},
    patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, Patient},
    section::{Freshness, Language, Look, SectionName, SourceName, State},
};

/// Entropy that hashes a counter: never the same bytes twice, and the same in every run.
#[derive(Default)]
pub(crate) struct Counting(Mutex<u64>);

impl Counting {
    pub(crate) fn starting(at: u16) -> Self {
        Self(Mutex::new(u64::from(at) << 32))
    }
}

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let mut counter = self.0.lock().unwrap();
            *counter += 1;
            let hash = super::seal::digest(&[&counter.to_be_bytes()]);
            chunk.copy_from_slice(&hash[..chunk.len()]);
        }
    }
}

/// A clock that stands until it is moved.
pub(crate) struct Still(pub(super) Mutex<Moment>);

impl Still {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Moment {
            wall: noon(),
            since_boot: Duration::from_secs(1_000),
        })))
    }

    pub(crate) fn step(&self, wall: chrono::Duration, since_boot: Duration) {
        let mut moment = self.0.lock().unwrap();
        moment.wall += wall;
        moment.since_boot += since_boot;
    }
}

impl Clock for Still {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 4, 1, 3, 0, 0).unwrap()
}

pub(crate) fn settings(folder: &Path) -> Settings {
    Settings {
        folder: folder.to_owned(),
        node: NodeId("n1".to_owned()),
        key: vec![7; 32].into(),
        commit_deadline: Duration::from_secs(30),
    }
}

pub(crate) fn open(folder: &Path) -> Ledger {
    open_seeded(folder, 0)
}

/// Each opening of one folder needs its own seed, as each process has its own randomness.
pub(crate) fn open_seeded(folder: &Path, seed: u16) -> Ledger {
    let entropy = Arc::new(Counting::starting(seed));
    Ledger::open(settings(folder), Still::new(), entropy).unwrap()
}

pub(crate) fn hospital() -> FacilityId {
    FacilityId("h1".to_owned())
}

pub(crate) fn person(number: &str) -> Person {
    Person {
        number: MemberNumber::new("06139999", "12-34", number, "01").unwrap(),
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        patient: Some(Patient {
            name: Some("救急 太郎".to_owned()),
            kana: Some("キュウキュウ タロウ".to_owned()),
            ..Patient::default()
        }),
    }
}

pub(crate) fn grant(ledger: &Ledger, number: &str) -> Grant {
    grant_with_id(ledger, number, ledger.new_grant_id())
}

pub(crate) fn grant_with_id(ledger: &Ledger, number: &str, id: GrantId) -> Grant {
    let person = person(number);
    Grant {
        id,
        account: AccountId("a1".to_owned()),
        role: Role::Physician,
        facility: hospital(),
        terminal: TerminalId("t1".to_owned()),
        patient_key: ledger.patient_key(&hospital(), &person.number),
        person,
        basis: Basis::Emergency,
        reason: Some(Reason::Unconscious),
        judged_by: Some("判断 花子".to_owned()),
        note: Some("路上で倒れていた".to_owned()),
        found_by: FoundBy::Insurance,
        consent: None,
        flags: std::collections::BTreeSet::new(),
        renews: None,
        epoch: 1,
        identified_by: None,
        start: Moment {
            wall: noon(),
            since_boot: Duration::from_secs(1_000),
        },
        span: Duration::from_hours(4),
    }
}

pub(crate) fn draft(event: Event) -> Draft {
    Draft {
        who: Some(Who {
            account: AccountId("a1".to_owned()),
            role: Role::Physician,
            second_factor: SecondFactor::Totp,
            accounts_as_of: None,
        }),
        facility: hospital(),
        terminal: Some(TerminalId("t1".to_owned())),
        address: Some(IpAddr::from([10, 0, 0, 5])),
        request: Some(RequestId("r1".to_owned())),
        person: None,
        event,
    }
}

pub(crate) fn start(grant: &Grant) -> Draft {
    Draft {
        person: Some(grant.person.clone()),
        ..draft(Event::GrantStarted(Box::new(grant.clone())))
    }
}

pub(crate) fn view(grant: &GrantId, shown: &str) -> Draft {
    draft(Event::Viewed(Box::new(View {
        grant: grant.clone(),
        method: Method::Screen,
        look: Look::Emergency,
        language: Language::Ja,
        sections: vec![(SectionName::Allergies, State::Present, 2)],
        sources: vec![(SourceName::Emr, Freshness::Fresh)],
        duration_ms: 180,
        shown: Content::new(shown.as_bytes()),
    })))
}

pub(crate) fn end(grant: &GrantId, end: End) -> Draft {
    draft(Event::GrantEnded {
        grant: grant.clone(),
        end,
    })
}

pub(crate) fn correct(grant: &GrantId) -> Draft {
    draft(Event::Corrected {
        grant: grant.clone(),
        reason: Some(Reason::NoTime),
        note: Some("意識は清明だった".to_owned()),
    })
}

/// `ledger.key` of a folder, for its owner alone.
pub(crate) fn write_key(folder: &Path, key: &[u8]) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = folder.join("ledger.key");
    std::fs::write(&file, key).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}
