//! One scenario for each rule and each explanation, each beside the nearest case that is none.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};

use super::{
    Arrival, Duty, Explanation, Facts, Look, Raised, Relation, Rule, Setting, Stage, Standing,
    Table, Terminals, Volume, course, name, problem_of, sentence, standing,
};
use crate::domain::{
    access::{AccountId, End, Flag, FoundBy, IdentifiedBy, Reason},
    event::SecondFactor,
    section::Language,
};

fn night() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 18, 12, 0).unwrap()
}

fn id(word: &str) -> AccountId {
    AccountId(word.to_owned())
}

fn on_duty() -> Duty {
    Duty::On {
        department: "救急科".to_owned(),
        authors: vec![],
    }
}

fn arrival(minutes: i64) -> Arrival {
    let at = night() + TimeDelta::minutes(minutes);
    Arrival {
        at,
        known: at + TimeDelta::minutes(5),
        visit: "4711".to_owned(),
        authors: vec![],
    }
}

fn look(account: &str, minutes: i64) -> Look {
    Look {
        account: id(account),
        at: night() + TimeDelta::minutes(minutes),
    }
}

/// A physician on duty at his own terminal, an identified patient who is registered.
fn usual() -> Facts {
    Facts {
        account: id("a"),
        started: night(),
        ended: Some((End::Hand, night() + TimeDelta::hours(1))),
        reason: Some(Reason::Unconscious),
        found_by: Some(FoundBy::Insurance),
        identified_by: Some(IdentifiedBy::Companion),
        factor: Some(SecondFactor::Totp),
        opening: BTreeSet::new(),
        relation: Relation::None,
        is_colleague: false,
        is_protected: false,
        is_decoy: false,
        duty: Some(on_duty()),
        terminals: Terminals { here: 20, ever: 40 },
        volume: Volume {
            day: 2,
            month: 30,
            days: 12,
            usual: 2,
        },
        unopened: 1,
        earlier: None,
        arrivals: vec![arrival(14)],
        handoffs: Vec::new(),
        arrivals_until: Some(night() + TimeDelta::days(9)),
        looks: Vec::new(),
        clock_step_ms: None,
    }
}

fn with(change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = usual();
    change(&mut facts);
    facts
}

fn later() -> DateTime<Utc> {
    night() + TimeDelta::days(4)
}

fn rules(facts: &Facts) -> Vec<Rule> {
    let standing = standing(facts, &Table::default(), later());
    standing.raised.into_iter().map(|one| one.rule).collect()
}

fn explained(facts: &Facts, as_of: DateTime<Utc>) -> Vec<Explanation> {
    standing(facts, &Table::default(), as_of).explanations
}

#[test]
fn a_handoff_explains_whoever_opens_its_patient_from_a_day_before_to_six_hours_after() {
    let minutes = TimeDelta::minutes;
    for (apart, is_explained) in [
        (-24 * 60 - 1, false),
        (-24 * 60, true),
        (-3, true),
        (0, true),
        (6 * 60, true),
        (6 * 60 + 1, false),
    ] {
        let facts = with(|facts| facts.handoffs = vec![night() + minutes(apart)]);
        let later = explained(&facts, night() + TimeDelta::days(9));
        let handed_over = Explanation::HandedOver { minutes: apart };
        assert_eq!(later.contains(&handed_over), is_explained, "{apart}");
        let earlier = explained(&facts, night() + minutes(apart - 1));
        assert!(!earlier.contains(&handed_over), "not known yet: {apart}");
    }
}

fn opened(flag: Flag) -> Facts {
    with(|facts| {
        facts.opening.insert(flag);
    })
}

/// What raises a rule, and what is just short of it.
#[expect(clippy::too_many_lines, reason = "a table of scenarios")]
fn scenario(rule: Rule) -> (Facts, Facts) {
    let minutes = TimeDelta::minutes;
    let days = TimeDelta::days;
    match rule {
        Rule::Decoy => (with(|f| f.is_decoy = true), usual()),
        Rule::OwnRecord => (
            with(|f| f.relation = Relation::Same),
            with(|f| f.relation = Relation::Family),
        ),
        Rule::Protected => (with(|f| f.is_protected = true), usual()),
        Rule::Colleague => (with(|f| f.is_colleague = true), usual()),
        Rule::SameFamilyAndTown => (
            with(|f| f.relation = Relation::Family),
            with(|f| f.relation = Relation::Same),
        ),
        Rule::ObjectionOverridden => (opened(Flag::AfterObjection), usual()),
        Rule::SealedAccount => (
            with(|f| f.factor = Some(SecondFactor::Sealed)),
            with(|f| f.factor = Some(SecondFactor::Passkey)),
        ),
        Rule::AgainAfterWeeks => (
            with(|f| f.earlier = Some(night() - days(14))),
            with(|f| f.earlier = Some(night() - days(14) + minutes(1))),
        ),
        Rule::Trawling => (with(|f| f.unopened = 5), with(|f| f.unopened = 4)),
        Rule::NoArrival => (
            with(|f| f.arrivals = vec![arrival(24 * 60 + 1)]),
            with(|f| f.arrivals = vec![arrival(24 * 60)]),
        ),
        Rule::OffDuty => (
            with(|f| f.duty = Some(Duty::Off(Some(61)))),
            with(|f| f.duty = Some(Duty::Off(Some(60)))),
        ),
        Rule::AboveBaseline => (
            with(|f| f.volume.day = 8),
            with(|f| {
                f.volume = Volume {
                    day: 8,
                    month: 40,
                    days: 12,
                    usual: 3,
                }
            }),
        ),
        Rule::InQuickSuccession => (opened(Flag::InQuickSuccession), usual()),
        Rule::WrongPatient => (
            with(|f| f.ended = Some((End::WrongPatient, night()))),
            with(|f| f.ended = Some((End::Transferred, night()))),
        ),
        Rule::PossessionOnly => (
            with(|f| f.identified_by = Some(IdentifiedBy::Belongings)),
            with(|f| f.identified_by = Some(IdentifiedBy::Photograph)),
        ),
        Rule::Vouched => (opened(Flag::Vouched), usual()),
        Rule::FactorsReset => (opened(Flag::FactorsResetLately), usual()),
        Rule::Delegated => (opened(Flag::Delegated), usual()),
        Rule::StrangeTerminal => (
            with(|f| f.terminals = Terminals { here: 0, ever: 10 }),
            with(|f| f.terminals = Terminals { here: 0, ever: 9 }),
        ),
        Rule::DisasterNotDeclared => (opened(Flag::DisasterNotDeclared), usual()),
        Rule::OtherReason => (
            with(|f| f.reason = Some(Reason::Other)),
            with(|f| f.reason = Some(Reason::Disaster)),
        ),
        Rule::ClockStep => (
            with(|f| f.clock_step_ms = Some(-60_000)),
            with(|f| f.clock_step_ms = Some(59_000)),
        ),
    }
}

#[test]
fn each_rule_flags_its_scenario_alone_and_not_the_nearest_one() {
    assert!(rules(&usual()).is_empty());
    for rule in Rule::ALL {
        let (flagged, near) = scenario(rule);
        assert_eq!(rules(&flagged), [rule], "{rule:?}");
        assert!(!rules(&near).contains(&rule), "{rule:?}");
    }
}

#[test]
fn a_rule_that_is_switched_off_or_has_another_threshold_says_nothing() {
    for rule in Rule::ALL {
        let mut table = Table::default();
        table.set(
            rule,
            Setting {
                on: false,
                ..table.of(rule)
            },
        );
        let (flagged, _) = scenario(rule);
        let raised = standing(&flagged, &table, later()).raised;
        assert!(raised.is_empty(), "{rule:?}");
    }
    let mut table = Table::default();
    table.set(
        Rule::Trawling,
        Setting {
            threshold: 6,
            ..table.of(Rule::Trawling)
        },
    );
    let (flagged, _) = scenario(Rule::Trawling);
    assert!(standing(&flagged, &table, later()).raised.is_empty());
}

#[test]
fn nothing_is_flagged_of_what_is_not_known() {
    let unknown = with(|facts| {
        facts.duty = None;
        facts.arrivals.clear();
        facts.arrivals_until = None;
        facts.terminals = Terminals::default();
        facts.volume = Volume {
            day: 3,
            ..Volume::default()
        };
    });
    assert!(rules(&unknown).is_empty());
    // Registrations are known, but not yet of all that time.
    let early = with(|facts| {
        facts.arrivals.clear();
        facts.arrivals_until = Some(night() + TimeDelta::hours(23));
    });
    assert!(rules(&early).is_empty());
}

#[test]
fn an_identity_that_may_still_be_answered_is_not_flagged_yet() {
    let open = with(|facts| {
        facts.ended = None;
        facts.identified_by = None;
    });
    let flagged = |hours| {
        let standing = standing(&open, &Table::default(), night() + TimeDelta::hours(hours));
        standing
            .raised
            .iter()
            .any(|one| one.rule == Rule::PossessionOnly)
    };
    assert!(!flagged(3));
    assert!(flagged(4));
}

#[test]
fn each_explanation_says_what_it_rests_on() {
    let none = with(|facts| {
        facts.arrivals.clear();
        facts.duty = Some(Duty::Off(Some(10)));
    });
    assert!(explained(&none, later()).is_empty());
    let registered = with(|facts| facts.duty = None);
    assert_eq!(
        explained(&registered, later()),
        [Explanation::Registered {
            minutes: 14,
            visit: "4711".to_owned()
        }]
    );
    let launched = Facts {
        found_by: Some(FoundBy::Launch),
        ..none.clone()
    };
    assert_eq!(explained(&launched, later()), [Explanation::Launched]);
    let duty = Facts {
        duty: Some(on_duty()),
        ..none.clone()
    };
    let department = "救急科".to_owned();
    assert_eq!(
        explained(&duty, later()),
        [Explanation::OnDuty { department }]
    );
    let colleague = Facts {
        looks: vec![look("b", 200), look("c", -20)],
        ..none.clone()
    };
    let account = id("c");
    assert_eq!(
        explained(&colleague, later()),
        [Explanation::Colleague {
            account,
            minutes: -20
        }]
    );
}

#[test]
fn nothing_explains_its_own_author() {
    let own = with(|facts| {
        facts.arrivals = vec![Arrival {
            authors: vec![id("b"), id("a")],
            ..arrival(14)
        }];
        facts.duty = Some(Duty::On {
            department: "救急科".to_owned(),
            authors: vec![id("b"), id("a")],
        });
        facts.looks = vec![look("a", 5)];
    });
    assert!(explained(&own, later()).is_empty());
    let rules = rules(&own);
    assert!(rules.contains(&Rule::NoArrival), "{rules:?}");
    assert!(rules.contains(&Rule::OffDuty), "{rules:?}");
}

#[test]
fn a_reason_corrected_since_stays_remarkable() {
    let corrected = with(|facts| {
        facts.reason = Some(Reason::NoTime);
        facts.opening.insert(Flag::OtherReason);
    });
    assert!(rules(&corrected).contains(&Rule::OtherReason));
}

#[test]
fn duty_alone_or_a_colleague_alone_is_not_enough_and_both_together_are() {
    let duty = with(|facts| facts.arrivals.clear());
    let both = Facts {
        looks: vec![look("b", 10)],
        ..duty.clone()
    };
    let is_explained = |facts: &Facts| standing(facts, &Table::default(), later()).is_explained();
    assert!(!is_explained(&duty));
    assert!(is_explained(&both));
    assert!(is_explained(&usual()));
}

#[test]
fn a_case_is_explained_at_the_stage_at_which_it_became_known() {
    let late = with(|facts| {
        facts.duty = None;
        facts.arrivals = vec![Arrival {
            known: night() + TimeDelta::hours(20),
            ..arrival(14)
        }];
    });
    let table = Table::default();
    let stages: Vec<(Stage, bool)> = course(night(), &table, later(), |_| late.clone())
        .into_iter()
        .map(|(stage, standing)| (stage, standing.is_explained()))
        .collect();
    assert_eq!(
        stages,
        [
            (Stage::Hour, false),
            (Stage::Day, true),
            (Stage::ThreeDays, true)
        ]
    );
    let young = course(night(), &table, night() + TimeDelta::minutes(90), |_| {
        late.clone()
    });
    assert_eq!(young.len(), 1, "what has not been reached is not said");
    // A registration far from the look is another visit.
    for minutes in [-24 * 60 - 1, 72 * 60 + 1] {
        let other = with(|facts| {
            facts.duty = None;
            facts.arrivals = vec![arrival(minutes)];
        });
        assert!(explained(&other, night() + TimeDelta::days(9)).is_empty());
    }
}

#[test]
fn the_least_explained_come_first_then_the_gravest_then_the_oldest() {
    let standing = |explanations: &[Explanation], rules: &[Rule]| Standing {
        raised: rules
            .iter()
            .map(|rule| Raised {
                rule: *rule,
                number: None,
            })
            .collect(),
        explanations: explanations.to_vec(),
    };
    let duty = || Explanation::OnDuty {
        department: String::new(),
    };
    let hour = TimeDelta::hours(1);
    let ranks = [
        standing(&[], &[Rule::Decoy]).rank(night() + hour),
        standing(&[], &[Rule::OtherReason]).rank(night()),
        standing(&[], &[]).rank(night()),
        standing(&[], &[]).rank(night() + hour),
        standing(&[duty()], &[Rule::Decoy]).rank(night()),
        standing(&[Explanation::Launched], &[Rule::Decoy]).rank(night()),
        standing(&[Explanation::Launched, duty()], &[]).rank(night()),
    ];
    assert!(ranks.is_sorted(), "{ranks:?}");
}

#[test]
fn every_sentence_says_its_numbers_in_both_languages() {
    let table = Table::default();
    for rule in Rule::ALL {
        let (flagged, _) = scenario(rule);
        let raised = standing(&flagged, &table, later()).raised[0];
        for language in [Language::Ja, Language::En] {
            let said = sentence(&table, raised, language);
            assert!(!said.contains(['{', '}']), "{said}");
            assert_eq!(problem_of(&said), None, "{said}");
            if let Some(number) = raised.number {
                assert!(said.contains(&number.to_string()), "{said}");
            }
            let is_foreign = said.chars().any(|c| ('\u{3040}'..='\u{9fff}').contains(&c));
            assert_eq!(is_foreign, language == Language::Ja, "{said}");
            assert!(!name(&table, rule, language).is_empty());
        }
    }
}

#[test]
fn a_configured_sentence_takes_the_place_of_the_rules_own() {
    let mut table = Table::default();
    let words = [
        "{n}回、上限{limit}回".to_owned(),
        "{n} of {limit}".to_owned(),
    ];
    table.set(
        Rule::Trawling,
        Setting {
            sentence: Some(words),
            name: Some(["検索".to_owned(), "Search".to_owned()]),
            ..table.of(Rule::Trawling)
        },
    );
    let raised = Raised {
        rule: Rule::Trawling,
        number: Some(12),
    };
    assert_eq!(sentence(&table, raised, Language::Ja), "12回、上限5回");
    assert_eq!(sentence(&table, raised, Language::En), "12 of 5");
    assert_eq!(name(&table, Rule::Trawling, Language::En), "Search");
    for wrong in ["", "  ", "{count}人", "{n"] {
        assert!(problem_of(wrong).is_some(), "{wrong}");
    }
}
