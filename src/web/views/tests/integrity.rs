//! The auditor's page of the ledgers themselves: a usual day, a bad one, and a process that has just
//! started.

use std::time::Duration;

use chrono::TimeDelta;

use crate::{
    domain::{
        access::{FacilityId, NodeId},
        clock::Moment,
        review::{Pulse, Silence},
    },
    health::Picture,
    ledger::{Checked, Proofs, Unread, Verified},
    outbox::{Refusals, Seen, Waiting},
    review::{Integrity, LedgerState, Step, Verifying},
    web::views::review::integrity::IntegrityPage,
};

use super::*;

fn before(minutes: u64) -> Moment {
    Moment {
        wall: sample::now().wall - Duration::from_mins(minutes),
        since_boot: Duration::from_hours(2_500),
    }
}

fn place(seq: u64) -> (NodeId, u64) {
    (NodeId("n1".to_owned()), seq)
}

/// Eight weeks, busier in the evening.
fn pulse(until: Duration) -> Pulse {
    let mut pulse = Pulse::default();
    let now = sample::now().wall;
    for hour in (0..24 * 60).rev() {
        let at = now - TimeDelta::hours(hour);
        let count = 3 + (hour * hour * 7 % 11) + (hour % 24) / 4;
        for minute in 0..count {
            let at = at + TimeDelta::minutes(minute);
            if at + until <= now {
                pulse.note(at);
            }
        }
    }
    pulse
}

fn integrity(pulse: &Pulse, verifying: Verifying) -> Integrity {
    let now = sample::now();
    let proofs = Proofs {
        entries: 48_211,
        ..Proofs::default()
    };
    Integrity {
        ledgers: vec![
            LedgerState {
                name: "n1".to_owned(),
                proofs: proofs.clone(),
            },
            LedgerState {
                name: "n1-second-0f3a".to_owned(),
                proofs: Proofs {
                    entries: 212,
                    ..proofs
                },
            },
        ],
        unread: Vec::new(),
        verifying,
        steps: Vec::new(),
        last: pulse.last(),
        silence: pulse.silence(now.wall),
        hours: pulse.hours(now.wall, 60),
        channels: Vec::new(),
    }
}

fn verified(fault: Option<crate::ledger::Fault>) -> Checked {
    let verified = Verified {
        entries: if fault.is_some() { 4_710 } else { 48_211 },
        head: [7; 32],
        open_grants: 1,
        erased: 0,
        recomputed: 12,
        signed: crate::ledger::Tally::default(),
        others: crate::ledger::Others::default(),
        fault,
    };
    Checked {
        ledgers: vec![(NodeId("n1".to_owned()), verified)],
        apart: Vec::new(),
        lost: 0,
        unread: Vec::new(),
    }
}

fn done(found: Result<Checked, String>) -> Verifying {
    Verifying::Done {
        begun: before(90),
        took: Duration::from_secs(42),
        found,
    }
}

/// One channel that is well and one that is stuck.
fn channels() -> Vec<(Seen, bool)> {
    let stuck = Seen {
        name: "soc".to_owned(),
        way: "webhook",
        taken: 12,
        taken_at: Some(before(300)),
        waiting: Some(Waiting {
            since: before(47),
            reference: Some("1111-2222-3333".to_owned()),
            tries: 9,
            why: "it answers 503".to_owned(),
        }),
        ..Seen::default()
    };
    let refused = Seen {
        name: "audit-mail".to_owned(),
        way: "mail",
        taken: 40,
        taken_at: Some(before(300)),
        refusals: Refusals {
            count: 1,
            last: vec!["4821-0937-5516".to_owned()],
            why: "it answers 554".to_owned(),
            is_last: true,
        },
        ..Seen::default()
    };
    let other = Seen {
        name: "of-another-house".to_owned(),
        facilities: Some([FacilityId("another".to_owned())].into()),
        ..Seen::default()
    };
    vec![(stuck, true), (refused, false), (other, false)]
}

fn shown(language: Language, seen: &Integrity, picture: &Picture) -> Result<HttpResponse, Problem> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Auditor, language);
    IntegrityPage::new(&context, &viewer, seen, picture, sample::now()).respond()
}

fn bad() -> (Integrity, Picture) {
    let mut picture = health::broken();
    picture.facts.channels = channels();
    let quiet = pulse(Duration::from_hours(7));
    let fault = crate::ledger::Fault::Body(4_711);
    let mut seen = integrity(&quiet, done(Ok(verified(Some(fault)))));
    seen.unread = vec![Unread {
        node: None,
        entries: 0,
        why: String::new(),
        given_up: None,
    }];
    seen.steps = vec![Step {
        place: place(4_700),
        at: before(80).wall,
        by_ms: -3_723_000,
    }];
    (seen, picture)
}

/// The page as it can be.
pub(super) fn pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let usual = integrity(&pulse(Duration::ZERO), done(Ok(verified(None))));
    let (wrong, picture) = bad();
    let running = Verifying::Running {
        since: before(1),
        entries: 1_500,
    };
    vec![
        ("integrity", shown(language, &usual, &health::well())),
        ("integrity bad", shown(language, &wrong, &picture)),
        (
            "integrity new",
            shown(
                language,
                &integrity(&Pulse::default(), running),
                &health::well(),
            ),
        ),
    ]
}

#[actix_web::test]
async fn the_page_says_first_whether_entries_are_whole_and_whether_it_is_too_quiet() {
    for language in BOTH {
        let t = Text::of(language);
        let (seen, picture) = bad();
        assert!(
            matches!(seen.silence, Silence::Alarm { .. }),
            "{:?}",
            seen.silence
        );
        let page = html(shown(language, &seen, &picture).unwrap()).await;
        assert!(
            page.contains("entry 4711: body changed"),
            "the fault is named"
        );
        assert!(page.contains(t.unread.second) && page.contains("-3723.0"));
        assert_eq!(count(&page, ".integrity-danger"), 2);
        assert!(page.contains("1111-2222-3333") || page.contains("soc"));
        assert!(
            !page.contains("of-another-house"),
            "another house's channel"
        );
        assert!(!page.contains("it answers"), "never a cause");
        let usual = integrity(&pulse(Duration::ZERO), Verifying::Never);
        assert_eq!(usual.silence, Silence::Usual);
        let page = html(shown(language, &usual, &health::well()).unwrap()).await;
        assert_eq!(count(&page, ".integrity-danger"), 0);
        assert!(
            page.contains(t.integrity.never),
            "nothing is claimed that was not looked at"
        );
    }
}
