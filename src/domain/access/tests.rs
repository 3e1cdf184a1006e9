//! Roles, reasons, ends and the time of a grant, each by its own word.

use std::collections::BTreeSet;

use super::*;

fn words_differ(words: impl IntoIterator<Item = &'static str>) {
    let all: Vec<&str> = words.into_iter().collect();
    let different: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(all.len(), different.len(), "{all:?}");
    assert!(all.iter().all(|word| word.len() > 3), "{all:?}");
}

#[test]
fn every_role_flag_and_end_has_a_word_of_its_own_that_is_read_again() {
    words_differ(Role::ALL.map(Role::word));
    words_differ(Flag::ALL.map(Flag::word));
    words_differ(End::ALL.map(End::word));
    for role in Role::ALL {
        assert_eq!(Role::parse(role.word()), Some(role));
    }
    for end in End::ALL {
        assert_eq!(End::parse(end.word()), Some(end));
    }
    assert_eq!((Role::parse(""), End::parse("")), (None, None));
    // As entries keep them.
    for (said, kept) in [
        (Role::Physician.word(), "physician"),
        (Flag::AfterObjection.word(), "after_objection"),
        (End::WrongPatient.word(), "wrong_patient"),
    ] {
        assert_eq!(said, kept);
    }
}

#[test]
fn by_hand_a_grant_ends_in_five_ways_only() {
    let by_hand = End::ALL
        .into_iter()
        .filter(|end| End::from_field(end.word()) == Some(*end));
    let expected = [
        End::Hand,
        End::WrongPatient,
        End::Objected,
        End::Transferred,
        End::Deceased,
    ];
    assert_eq!(by_hand.collect::<Vec<_>>(), expected);
    for word in ["time", "revoked", "restart", "renewed", "sign_out", ""] {
        assert_eq!(End::from_field(word), None, "{word}");
    }
}

#[test]
fn a_reason_is_its_digit_and_nothing_else() {
    for (place, reason) in (1..).zip(Reason::ALL) {
        assert_eq!(reason.digit(), place);
        assert_eq!(Reason::from_field(&place.to_string()), Some(reason));
    }
    for (place, how) in (1..).zip(IdentifiedBy::ALL) {
        assert_eq!(IdentifiedBy::from_field(&format!(" {place} ")), Some(how));
    }
    assert_eq!(Reason::from_field("３"), Some(Reason::CannotCommunicate));
    for wrong in ["", "0", "7", "11", "1 2", "a", "-1", "①②"] {
        assert_eq!(Reason::from_field(wrong), None, "{wrong}");
        assert_eq!(IdentifiedBy::from_field(wrong), None, "{wrong}");
    }
    assert_eq!(IdentifiedBy::from_field("6"), None);
    let uncertain = IdentifiedBy::ALL
        .into_iter()
        .filter(|how| !how.is_certain());
    assert_eq!(uncertain.collect::<Vec<_>>(), [IdentifiedBy::Belongings]);
}

#[test]
fn flags_of_a_session_are_those_of_how_it_began() {
    let of_session = Flag::ALL.into_iter().filter(|flag| flag.is_of_session());
    let expected = [
        Flag::Vouched,
        Flag::Sealed,
        Flag::Delegated,
        Flag::FactorsResetLately,
    ];
    assert_eq!(of_session.collect::<Vec<_>>(), expected);
}

#[test]
fn what_each_role_may_do_is_one_table() {
    use Action::{
        Administer, Anyone, BreakGlass, Permit, ReadLedger, ReadSummary, Search, SignedIn,
    };
    let clinical: &[Action] = &[Search, BreakGlass, ReadSummary, Permit];
    for (role, more) in [
        (Role::Physician, clinical),
        (Role::Nurse, clinical),
        (Role::Pharmacist, clinical),
        (Role::Paramedic, clinical),
        (Role::Clerk, &[Search, Permit][..]),
        (Role::Auditor, &[ReadLedger][..]),
        (Role::Administrator, &[Administer, Permit][..]),
    ] {
        for action in [
            Anyone,
            SignedIn,
            Search,
            BreakGlass,
            ReadSummary,
            ReadLedger,
            Administer,
            Permit,
        ] {
            let expected = matches!(action, Anyone | SignedIn) || more.contains(&action);
            assert_eq!(role.may(action), expected, "{role:?} {action:?}");
        }
        assert_eq!(role.judges_himself(), role == Role::Physician, "{role:?}");
    }
}

#[test]
fn a_grants_home_is_what_stands_before_the_dot() {
    let id = GrantId("n1.abc.d".to_owned());
    assert_eq!(id.home(), Some(NodeId("n1".to_owned())));
    assert_eq!(GrantId("abc".to_owned()).home(), None);
    let other = NodeId("n2".to_owned());
    assert_eq!(id.at(&other).0, "n2.abc.d");
    assert_eq!(GrantId("abc".to_owned()).at(&other).0, "n2.abc");
    assert_eq!(id.to_string(), "n1.abc.d");
}

/// So many minutes by the wall clock, and by the one that only grows.
fn at(wall: u64, boot: u64) -> Moment {
    Moment {
        wall: chrono::DateTime::UNIX_EPOCH + Duration::from_mins(wall),
        since_boot: Duration::from_mins(boot),
    }
}

fn grant(basis: Basis) -> Grant {
    let word = || "x".to_owned();
    Grant {
        id: GrantId(word()),
        account: AccountId(word()),
        role: Role::Nurse,
        facility: FacilityId(word()),
        terminal: TerminalId(word()),
        person: Person {
            number: MemberNumber::new("06123456", "1", "2", "01").unwrap(),
            system: word(),
            patient: None,
        },
        patient_key: PatientKey(word()),
        basis,
        reason: None,
        judged_by: None,
        note: None,
        found_by: FoundBy::Insurance,
        identified_by: None,
        consent: None,
        flags: BTreeSet::new(),
        renews: None,
        epoch: 1,
        start: at(100, 100),
        span: Duration::from_hours(4),
    }
}

#[test]
fn a_grant_is_over_by_whichever_clock_is_first_and_renewable_in_its_last_quarter_of_an_hour() {
    let emergency = grant(Basis::Emergency);
    let consented = grant(Basis::Consented);
    for (now, left, renewable) in [
        (at(100, 100), 240, false),
        (at(324, 324), 16, false),
        (at(325, 325), 15, true),
        (at(339, 339), 1, true),
        (at(340, 340), 0, false),
        // One clock ahead of the other: the earlier end counts.
        (at(335, 200), 5, true),
        (at(200, 335), 5, true),
        (at(340, 200), 0, false),
        (at(200, 340), 0, false),
        // Set back, it does not lengthen.
        (at(50, 101), 239, false),
    ] {
        assert_eq!(emergency.left(now), Duration::from_mins(left), "{now:?}");
        assert_eq!(emergency.is_over(now), left == 0, "{now:?}");
        assert_eq!(emergency.is_renewable(now), renewable, "{now:?}");
        assert!(!consented.is_renewable(now), "{now:?}");
    }
}
