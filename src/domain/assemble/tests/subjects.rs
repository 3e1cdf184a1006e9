//! Whose a resource is, and which of several sendings counts.

use super::*;

#[test]
fn another_patients_data_is_withheld_and_said() {
    let mut other = allergy("1", text("ペニシリン"), |_| {});
    other.subject.reference = Some("Patient/p2".to_owned());
    let mut alike = allergy("2", text("ペニシリン"), |_| {});
    alike.subject.reference = Some("https://elsewhere/Patient/p1".to_owned());
    let someone = record("Patient/p2", Content::Patient(Box::default()));
    let me = record(PATIENT, Content::Patient(Box::default()));
    let summary = files(vec![me, someone, other, alike]);
    assert_eq!(summary.accounting.withheld, 3);
    assert!(
        summary
            .accounting
            .entries
            .iter()
            .filter(|entry| entry.fate == Fate::Withheld)
            .all(|entry| entry.why == "other patient")
    );
    assert_eq!(
        section(&summary, SectionName::Allergies).state,
        State::NotAsked
    );
    assert!(
        summary
            .notices
            .iter()
            .any(|notice| notice.text == "別の患者のもの 3件を除外しました")
    );
}

#[test]
fn a_clinical_resource_without_subject_is_listed_and_in_no_section() {
    let mut nobodys = allergy("1", text("ペニシリン"), |_| {});
    nobodys.subject = Subject::default();
    let strict = files(vec![nobodys.clone()]);
    assert_eq!(strict.accounting.entries[0].why, "no subject");
    assert_eq!(strict.accounting.entries[0].fate, Fate::Unreadable);
    assert!(section(&strict, SectionName::Allergies).items.is_empty());
    let mut tolerant = answer(None, vec![nobodys]);
    tolerant.subject_optional = true;
    assert_eq!(
        section(&summary(&[tolerant]), SectionName::Allergies)
            .items
            .len(),
        1
    );
}

#[test]
fn a_logical_reference_counts_only_with_the_same_number() {
    let number = |value: &str| Identifier {
        system: Some(crate::domain::patient::MEMBER_NUMBER_SYSTEM.to_owned()),
        value: value.to_owned(),
    };
    let patient = Patient {
        identifiers: vec![number("00012345:あいう:１８７:05")],
        ..Patient::default()
    };
    for (value, fate_expected) in [
        ("00012345:あいう:187:05", Fate::Shown),
        ("00012345:あいう:187:01", Fate::Withheld),
        ("00012345:あいう:188:05", Fate::Withheld),
        // Without its branch the number is the whole household's.
        ("00012345:あいう:187:", Fate::Withheld),
    ] {
        let mut one = allergy("1", text("ペニシリン"), |_| {});
        one.subject = Subject {
            identifier: Some(number(value)),
            ..Subject::default()
        };
        let answers = [answer(None, vec![one])];
        let summary = summary_of(&answers, |request| {
            request.patient = Some(Box::leak(Box::new(patient.clone())));
        });
        assert_eq!(
            fate(&summary, "AllergyIntolerance/1"),
            fate_expected,
            "{value}"
        );
    }
}

#[test]
fn a_resent_identifier_replaces_the_older_one_of_the_same_institution_only() {
    let sent = |id: &str, agent: &str, facility: &str, day: &str| {
        let mut one = allergy(id, text(agent), |_| {});
        one.identifiers = vec![Identifier {
            system: Some(
                "http://jpfhir.jp/fhir/core/IdSystem/resourceInstance-identifier".to_owned(),
            ),
            value: "77".to_owned(),
        }];
        one.origin.facility_number = Some(facility.to_owned());
        one.last_updated = date(day);
        one
    };
    let summary = files(vec![
        sent("new", "セフェム系", "1310000001", "2025-06-01"),
        sent("old", "ペニシリン", "1310000001", "2025-05-01"),
        sent("elsewhere", "さば", "1310000002", "2024-05-01"),
    ]);
    assert_eq!(fate(&summary, "AllergyIntolerance/old"), Fate::Superseded);
    assert_eq!(fate(&summary, "AllergyIntolerance/new"), Fate::Shown);
    assert_eq!(fate(&summary, "AllergyIntolerance/elsewhere"), Fate::Shown);
    let tie = files(vec![
        sent("a", "キウイ", "1310000001", "2025-06-01"),
        sent("b", "さば", "1310000001", "2025-06-01"),
    ]);
    assert_eq!(tie.accounting.shown, 2);
    let copy = sent("a", "キウイ", "1310000001", "2025-06-01");
    assert_eq!(files(vec![copy.clone(), copy]).accounting.merged, 1);
}

#[test]
fn prescription_numbers_shared_by_lines_replace_nothing() {
    let line = |id: &str, name: &str, day: &str| {
        let mut one = drug_record(drug(id, text(name), Act::Prescribed, day, 30));
        one.identifiers = vec![Identifier {
            system: Some(
                "http://jpfhir.jp/fhir/core/mhlw/IdSystem/Medication-RPGroupNumber".to_owned(),
            ),
            value: "1".to_owned(),
        }];
        one.last_updated = date(day);
        one
    };
    let summary = files(vec![
        line("1", "アムロジピン錠5mg", "2025-11-01"),
        line("2", "アムロジピン錠5mg", "2025-11-10"),
    ]);
    assert_eq!(summary.accounting.shown, 2);
}

#[test]
fn a_record_of_death_is_said_in_the_banner() {
    let patient = Patient {
        death: Some(Death::On(Date::parse("2025-04-23").unwrap())),
        ..Patient::default()
    };
    let visit = Visit {
        disposition: Some(coded(
            "死亡退院",
            "http://terminology.hl7.org/CodeSystem/discharge-disposition",
            "exp",
        )),
        ends: date("2025-10-01"),
        ..Visit::default()
    };
    let visit = record("Encounter/1", Content::Visit(Box::new(visit)));
    let dead = summary_of(&[answer(None, Vec::new())], |request| {
        request.patient = Some(Box::leak(Box::new(patient)));
    });
    assert_eq!(
        dead.patient.death.as_deref(),
        Some("死亡の記録あり（2025-04-23・患者基本情報）― 患者違いの可能性")
    );
    let discharged = files(vec![visit]);
    assert!(
        discharged.notices[0]
            .text
            .starts_with("死亡退院の記録あり（2025-10-01・駅前病院・レセプト）")
    );
}

#[test]
fn a_disease_that_ended_in_death_is_a_record_of_death() {
    let said = |verification: &str| {
        let problem = crate::domain::problem::Problem {
            name: text("急性心筋梗塞"),
            clinical_status: Some("resolved".to_owned()),
            verification: Some(verification.to_owned()),
            abatement: date("2025-06-01"),
            outcome: Some("死亡".to_owned()),
            ..crate::domain::problem::Problem::default()
        };
        let problem = record("Condition/1", Content::Problem(Box::new(problem)));
        let notices = files(vec![problem]).notices;
        notices.into_iter().any(|notice| {
            notice
                .text
                .starts_with("転帰が死亡の傷病名の記録あり（2025-06-01・")
        })
    };
    assert!(said("confirmed"));
    assert!(!said("refuted"));
}

#[test]
fn a_death_that_only_a_source_knows_is_said_with_its_source() {
    let sent = |death| {
        let patient = Patient {
            death,
            ..Patient::default()
        };
        let me = record(PATIENT, Content::Patient(Box::new(patient)));
        answer(Some(SourceName::Emr), vec![me])
    };
    let day = Date::parse("2025-04-23").map(Death::On);
    let told = |answers: &[Answer], known: Option<Death>| {
        let summary = summary_of(answers, |request| {
            let patient = Patient {
                death: known,
                ..Patient::default()
            };
            request.patient = Some(Box::leak(Box::new(patient)));
        });
        let said: Vec<String> = summary
            .notices
            .iter()
            .map(|notice| notice.text.clone())
            .filter(|text| text.contains("死亡"))
            .collect();
        assert_eq!(summary.patient.death, said.first().cloned());
        said
    };
    let emr = "死亡の記録あり（2025-04-23・電子カルテ情報共有サービス）― 患者違いの可能性";
    assert_eq!(told(&[sent(day)], None), [emr]);
    assert_eq!(told(&[sent(None)], None), [""; 0]);
    assert_eq!(
        told(&[sent(day)], day).len(),
        1,
        "the same day is said once"
    );
    let both = told(&[sent(day)], Some(Death::Recorded));
    assert_eq!(both.len(), 2, "what differs stays visible: {both:?}");
}

#[test]
fn the_patient_is_the_wanted_one_else_the_first_named() {
    let me = record("Patient/b", Content::Patient(Box::default()));
    let allergy = allergy("1", text("x"), |_| {});
    let records = |list: Vec<Record>| Records {
        records: list,
        statements: Vec::new(),
    };
    let both = records(vec![allergy.clone(), me]);
    assert_eq!(choose_patient(&both, None).unwrap().0, "Patient/b");
    assert!(choose_patient(&both, Some("b")).unwrap().1.is_some());
    assert_eq!(
        choose_patient(&both, Some("Patient/c")),
        Some(("Patient/c".to_owned(), None))
    );
    assert_eq!(
        choose_patient(&records(vec![allergy]), None),
        Some((PATIENT.to_owned(), None))
    );
    assert_eq!(choose_patient(&records(Vec::new()), None), None);
}

#[test]
fn files_that_name_their_patient_by_number_alone_are_explained() {
    let numbered = |id: &str, value: &str| {
        let mut one = allergy(id, text("ペニシリン"), |_| {});
        let system = Some(crate::domain::patient::MEMBER_NUMBER_SYSTEM.to_owned());
        let identifier = Some(Identifier {
            system,
            value: value.to_owned(),
        });
        one.subject = Subject {
            identifier,
            ..Subject::default()
        };
        one
    };
    let list = vec![
        numbered("1", "00012345:あいう:１８７:05"),
        numbered("2", "00012345:あいう:１８７:01"),
    ];
    let chosen = choose_patient(
        &Records {
            records: list.clone(),
            statements: Vec::new(),
        },
        None,
    );
    let mut answer = answer(None, list);
    answer.subject = chosen.map(|(name, _)| name);
    let summary = summary_of(&[answer], |request| request.patient = None);
    assert_eq!(fate(&summary, "AllergyIntolerance/1"), Fate::Shown);
    assert_eq!(fate(&summary, "AllergyIntolerance/2"), Fate::Withheld);
    assert_eq!(summary.patient.reference, None);
}

#[test]
fn two_patient_records_of_one_id_that_differ_are_said() {
    let named = |name: &str| {
        record(
            PATIENT,
            Content::Patient(Box::new(Patient {
                name: Some(name.to_owned()),
                ..Patient::default()
            })),
        )
    };
    let said = |second: &str| {
        files(vec![named("山田 太郎"), named(second)])
            .notices
            .iter()
            .any(|notice| notice.text.contains("同じID"))
    };
    assert!(said("山田 花子"));
    assert!(!said("山田　太郎"), "only the space differs");
}

#[test]
fn what_could_not_be_read_of_the_patient_is_said() {
    let mut me = record(PATIENT, Content::Patient(Box::default()));
    me.unreadable.push(crate::domain::record::UnreadableField {
        path: "birthDate".to_owned(),
        why: "no date".to_owned(),
    });
    assert!(
        files(vec![me])
            .notices
            .iter()
            .any(|notice| notice.text.contains("birthDate"))
    );
}
