//! What is suggested, and what is not.

use super::*;

type Fill = fn(&mut Form);

fn set(fill: impl Fn(&mut VitalSet)) -> VitalSet {
    let mut set = vital("v1", 1);
    fill(&mut set);
    set
}

fn rules(form: &Form) -> Vec<Rule> {
    suggest(form).into_iter().map(|alert| alert.rule).collect()
}

const MET: &[(&str, Fill, &[Rule])] = &[
    ("nothing", |_| {}, &[]),
    (
        "no pulse felt",
        |form| found(form, Finding::NoPulse),
        &[Rule::NoPulse],
    ),
    (
        "a pulse of none",
        |form| put(form, |set| set.pulse = Some(0)),
        &[Rule::NoPulse],
    ),
    ("slow", |form| put(form, |set| set.pulse = Some(30)), &[]),
    (
        "not breathing and unresponsive",
        |form| {
            found(form, Finding::NoBreath);
            said(form, Complaint::Unresponsive);
        },
        &[Rule::NoBreath],
    ),
    (
        "not breathing only",
        |form| found(form, Finding::NoBreath),
        &[],
    ),
    (
        "chest pain only",
        |form| said(form, Complaint::ChestPain),
        &[],
    ),
    (
        "ST",
        |form| found(form, Finding::StElevation),
        &[Rule::StElevation],
    ),
    ("ST low", |form| found(form, Finding::StDepression), &[]),
    (
        "one of CPSS",
        |form| found(form, Finding::ArmDrift),
        &[Rule::Cpss],
    ),
    ("headache", |form| said(form, Complaint::Headache), &[]),
    (
        "thunderclap",
        |form| found(form, Finding::WorstHeadache),
        &[Rule::Thunderclap],
    ),
    (
        "pelvis",
        |form| found(form, Finding::PelvisUnstable),
        &[Rule::Injuries],
    ),
    ("a fracture", |form| found(form, Finding::Fracture), &[]),
    (
        "fell high",
        |form| hit(form, Mechanism::FellHigh),
        &[Rule::Energy],
    ),
    (
        "fell on the level",
        |form| hit(form, Mechanism::FellLevel),
        &[],
    ),
    (
        "waters",
        |form| found(form, Finding::WatersBroke),
        &[Rule::Birth],
    ),
    (
        "low and ill",
        |form| put(form, |set| set.systolic = Some(89)),
        &[],
    ),
    (
        "low and injured",
        |form| {
            said(form, Complaint::Injury);
            put(form, |set| set.systolic = Some(89));
        },
        &[Rule::InjuredVitals],
    ),
    (
        "just not low and injured",
        |form| {
            said(form, Complaint::Injury);
            put(form, |set| set.systolic = Some(90));
        },
        &[],
    ),
    (
        "just not low, injured and old",
        |form| {
            said(form, Complaint::Injury);
            form.patient.age_band = Some(AgeBand::Eighties);
            put(form, |set| set.systolic = Some(109));
        },
        &[Rule::InjuredVitals],
    ),
    (
        "in the sixties, perhaps 65",
        |form| {
            said(form, Complaint::Injury);
            form.patient.age_band = Some(AgeBand::Sixties);
            put(form, |set| set.systolic = Some(109));
        },
        &[Rule::InjuredVitals],
    ),
    (
        "in the fifties",
        |form| {
            said(form, Complaint::Injury);
            form.patient.age_band = Some(AgeBand::Fifties);
            put(form, |set| set.systolic = Some(109));
        },
        &[],
    ),
    (
        "injured and hardly breathing",
        |form| {
            said(form, Complaint::Injury);
            put(form, |set| set.breathing = Some(9));
        },
        &[Rule::InjuredVitals],
    ),
    (
        "injured and breathing fast, not too fast",
        |form| {
            said(form, Complaint::Injury);
            put(form, |set| set.breathing = Some(29));
        },
        &[],
    ),
    (
        "injured and following no command",
        |form| {
            said(form, Complaint::Injury);
            put(form, |set| set.gcs = Gcs::parse("E4V5M5"));
        },
        &[Rule::InjuredVitals],
    ),
    (
        "injured and not to be woken",
        |form| {
            said(form, Complaint::Injury);
            put(form, |set| set.jcs = Jcs::parse("100"));
        },
        &[Rule::InjuredVitals],
    ),
    (
        "injured and waking to pain",
        |form| {
            said(form, Complaint::Injury);
            put(form, |set| set.jcs = Jcs::parse("30"));
        },
        &[],
    ),
    (
        "a pulse above the pressure",
        |form| {
            hit(form, Mechanism::Car);
            put(form, |set| {
                (set.systolic, set.pulse) = (Some(104), Some(105));
            });
        },
        &[Rule::InjuredVitals],
    ),
];

#[test]
fn each_rule_is_met_at_its_threshold_and_not_beside_it() {
    check(MET);
}

const SEPSIS: &[(&str, Fill, &[Rule])] = &[
    (
        "two and fever",
        |form| {
            put(form, |set| {
                set.temperature_tenths = Some(380);
                (set.breathing, set.systolic) = (Some(22), Some(100));
            });
        },
        &[Rule::Qsofa],
    ),
    (
        "one and fever",
        |form| {
            put(form, |set| {
                set.temperature_tenths = Some(400);
                (set.breathing, set.systolic) = (Some(21), Some(100));
            });
        },
        &[],
    ),
    (
        "two without infection",
        |form| {
            put(form, |set| {
                (set.breathing, set.systolic) = (Some(22), Some(100));
            });
        },
        &[],
    ),
    (
        "drowsy and fast, infection suspected",
        |form| {
            found(form, Finding::InfectionSuspected);
            put(form, |set| {
                (set.breathing, set.jcs) = (Some(30), Jcs::parse("1"));
            });
        },
        &[Rule::Qsofa],
    ),
    (
        "a child",
        |form| {
            form.patient.age_band = Some(AgeBand::Toddler);
            said(form, Complaint::Fever);
            put(form, |set| {
                (set.breathing, set.systolic) = (Some(40), Some(95));
            });
        },
        &[],
    ),
    (
        "Fahrenheit is no fever",
        |form| {
            put(form, |set| {
                set.temperature_tenths = Some(986);
                (set.breathing, set.systolic) = (Some(22), Some(100));
            });
        },
        &[],
    ),
    (
        "kPa is no shock",
        |form| {
            said(form, Complaint::Fever);
            put(form, |set| {
                (set.systolic, set.diastolic) = (Some(16), Some(10));
                set.breathing = Some(25);
            });
        },
        &[],
    ),
];

#[test]
fn sepsis_is_two_of_three_with_a_suspected_infection() {
    check(SEPSIS);
}

const CHILD: &[(&str, Fill, &[Rule])] = &[
    (
        "low for an adult, not for an infant",
        |form| {
            form.patient.age_band = Some(AgeBand::Infant);
            put(form, |set| {
                (set.systolic, set.breathing) = (Some(75), Some(40));
            });
        },
        &[],
    ),
    (
        "low for an infant",
        |form| {
            form.patient.age_band = Some(AgeBand::Infant);
            put(form, |set| set.systolic = Some(69));
        },
        &[Rule::ChildPressure],
    ),
    (
        "slow",
        |form| {
            form.patient.age_band = Some(AgeBand::Child);
            put(form, |set| set.breathing = Some(9));
        },
        &[Rule::ChildBreathing],
    ),
    (
        "does not wake",
        |form| {
            form.patient.age_band = Some(AgeBand::Child);
            put(form, |set| set.gcs = Gcs::parse("E2V2M4"));
        },
        &[Rule::ChildComa],
    ),
    (
        "an injured child breathes fast",
        |form| {
            form.patient.age_band = Some(AgeBand::Newborn);
            said(form, Complaint::Injury);
            put(form, |set| set.breathing = Some(45));
        },
        &[],
    ),
    (
        "an injured child hardly breathes",
        |form| {
            form.patient.age_band = Some(AgeBand::Newborn);
            said(form, Complaint::Injury);
            put(form, |set| set.breathing = Some(9));
        },
        &[Rule::InjuredVitals, Rule::ChildBreathing],
    ),
    (
        "an injured schoolchild breathes too fast",
        |form| {
            form.patient.age_band = Some(AgeBand::Child);
            said(form, Complaint::Injury);
            put(form, |set| set.breathing = Some(30));
        },
        &[Rule::InjuredVitals],
    ),
];

#[test]
fn a_child_is_measured_as_a_child() {
    check(CHILD);
}

#[test]
fn what_was_once_so_low_stays_told_and_a_struck_set_tells_nothing() {
    let mut form = Form::default();
    said(&mut form, Complaint::Fever);
    let fast = set(|set| set.breathing = Some(24));
    let low = VitalSet {
        systolic: Some(96),
        ..vital("v2", 5)
    };
    let better = VitalSet {
        systolic: Some(130),
        breathing: Some(16),
        ..vital("v3", 9)
    };
    // The sets were typed in another order than they were measured.
    form.vitals = vec![better, low, fast];
    assert_eq!(rules(&form), [Rule::Qsofa]);
    form.vitals[1].struck = true;
    assert_eq!(rules(&form), []);
}

#[test]
fn an_alert_put_away_is_gone_and_one_of_a_known_age_counts_the_birth_date() {
    let mut run = Run::new();
    let low = set(|set| set.systolic = Some(69));
    let born = at(0).date_naive() - TimeDelta::days(100);
    run.edit(&[Change::Vital(low), Change::BirthDate(Some(born))]);
    let told = |run: &Run| -> Vec<Rule> {
        let alerts = run.handoff.alerts();
        alerts.into_iter().map(|alert| alert.rule).collect()
    };
    assert_eq!(told(&run), [Rule::ChildPressure]);
    run.edit(&[Change::Dismissed(Rule::ChildPressure, true)]);
    assert_eq!(told(&run), []);
    run.edit(&[Change::Dismissed(Rule::ChildPressure, false)]);
    assert_eq!(told(&run), [Rule::ChildPressure]);
}

#[test]
fn every_rule_names_where_it_was_published_and_every_kind_has_a_rule() {
    assert!(Rule::ALL.iter().all(|rule| !rule.source().is_empty()));
    for kind in AlertKind::ALL {
        assert!(
            Rule::ALL.iter().any(|rule| rule.kind() == *kind),
            "{kind:?}"
        );
    }
}

fn check(cases: &[(&str, Fill, &[Rule])]) {
    for (case, fill, told) in cases {
        let mut form = Form::default();
        fill(&mut form);
        assert_eq!(rules(&form), *told, "{case}");
    }
}

fn found(form: &mut Form, finding: Finding) {
    form.findings.choices.insert(finding);
}

fn said(form: &mut Form, complaint: Complaint) {
    form.complaint.choices.insert(complaint);
}

fn hit(form: &mut Form, mechanism: Mechanism) {
    form.mechanism.choices.insert(mechanism);
}

fn put(form: &mut Form, fill: impl Fn(&mut VitalSet)) {
    form.vitals.push(set(fill));
}
