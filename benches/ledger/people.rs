//! A ledger of its own, and who looks at whom.

use std::{collections::BTreeSet, net::IpAddr, path::Path, sync::Arc, time::Duration};

use emergency_summary::{
    domain::{
        access::{
            AccountId, Basis, End, FacilityId, FoundBy, Grant, NodeId, Person, Reason, RequestId,
            Role, TerminalId,
        },
        clock::{Clock, Moment},
        event::{Content, Draft, Event, Method, SecondFactor, View, Who},
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, Patient},
        section::{Freshness, Language, Look, SectionName, SourceName, State},
    },
    ledger::{Ledger, RootSecrets, Settings},
    system::SystemEntropy,
};

/// The key of every benchmark's ledger.
pub(crate) fn key() -> RootSecrets {
    vec![7; 32].into()
}

/// The ledger in a folder. Its deadline is long: what is late is not refused here but measured.
pub(crate) fn open(folder: &Path, clock: Arc<dyn Clock>) -> Ledger {
    let settings = Settings {
        folder: folder.to_owned(),
        node: NodeId("bench".to_owned()),
        key: key(),
        commit_deadline: Duration::from_mins(1),
    };
    Ledger::open(settings, clock, Arc::new(SystemEntropy)).expect("a ledger")
}

fn facility() -> FacilityId {
    FacilityId("h1".to_owned())
}

/// A grant for the `nth` patient, not started yet.
pub(crate) fn grant(ledger: &Ledger, nth: usize, start: Moment) -> Grant {
    let number = MemberNumber::new("06139999", "12-34", &format!("{nth}"), "01").expect("a number");
    let person = Person {
        number,
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        patient: Some(Patient {
            name: Some("救急 太郎".to_owned()),
            kana: Some("キュウキュウ タロウ".to_owned()),
            ..Patient::default()
        }),
    };
    Grant {
        id: ledger.new_grant_id(),
        account: AccountId("a1".to_owned()),
        role: Role::Physician,
        facility: facility(),
        terminal: TerminalId("t1".to_owned()),
        patient_key: ledger.patient_key(&facility(), &person.number),
        person,
        basis: Basis::Emergency,
        reason: Some(Reason::Unconscious),
        judged_by: None,
        note: None,
        found_by: FoundBy::Insurance,
        consent: None,
        flags: BTreeSet::new(),
        renews: None,
        epoch: 1,
        identified_by: None,
        start,
        span: Duration::from_hours(4),
    }
}

fn draft(event: Event) -> Draft {
    Draft {
        who: Some(Who {
            account: AccountId("a1".to_owned()),
            role: Role::Physician,
            second_factor: SecondFactor::Totp,
            accounts_as_of: None,
        }),
        facility: facility(),
        terminal: Some(TerminalId("t1".to_owned())),
        address: Some(IpAddr::from([10, 0, 0, 5])),
        request: Some(RequestId("0123456789abcdef".to_owned())),
        person: None,
        event,
    }
}

/// The grant's start.
pub(crate) fn start(grant: &Grant) -> Draft {
    Draft {
        person: Some(grant.person.clone()),
        ..draft(Event::GrantStarted(Box::new(grant.clone())))
    }
}

/// One look under the grant.
pub(crate) fn view(grant: &Grant, shown: Vec<u8>) -> Draft {
    let sections = SectionName::ALL.map(|name| (name, State::Present, 7));
    let view = View {
        grant: grant.id.clone(),
        method: Method::Screen,
        look: Look::Emergency,
        language: Language::Ja,
        sections: sections.to_vec(),
        sources: SourceName::CLINICAL
            .map(|source| (source, Freshness::Fresh))
            .to_vec(),
        duration_ms: 180,
        shown: Content::new(shown),
    };
    Draft {
        person: Some(grant.person.clone()),
        ..draft(Event::Viewed(Box::new(view)))
    }
}

/// The grant's end.
pub(crate) fn end(grant: &Grant) -> Draft {
    draft(Event::GrantEnded {
        grant: grant.id.clone(),
        end: End::Hand,
    })
}
