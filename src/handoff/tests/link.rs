//! Who the patient is, and what the record says.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::{
    access::{End, GrantId},
    event::Event,
    handoff::{Part, RecordLine, Refused, Standing},
    section::{Freshness, SectionName, SourceName},
    summary::{Notice, Partial, SourceState, Tone},
};

fn item(text: &str, resource: &str) -> Item {
    Item {
        text: text.to_owned(),
        resource: resource.to_owned(),
        date: Some("2026-03".to_owned()),
        source: Some(crate::domain::section::SourceName::Emr),
        ..Item::default()
    }
}

fn section(state: State, items: Vec<Item>) -> Section {
    Section {
        state,
        sources: Vec::new(),
        partial: None,
        items,
        notes: vec!["登録なし ―「なし」の確認ではない".to_owned()],
    }
}

fn summary(sections: BTreeMap<SectionName, Section>) -> Summary {
    Summary {
        patient: Header::default(),
        as_of: "2026-04-01".parse().unwrap(),
        look: Look::Emergency,
        language: Language::Ja,
        sections,
        strip: Strip {
            state: State::Present,
            items: Vec::new(),
            text: None,
        },
        notices: Vec::new(),
        accounting: Accounting::default(),
    }
}

pub(super) fn usual() -> Summary {
    use SectionName as S;
    let mut drugs = section(
        State::Present,
        vec![item("ワルファリン 1mg", "MedicationDispense/1")],
    );
    drugs.notes = vec!["実際の服用・最終服用時刻は不明".to_owned()];
    drugs.partial = Some(Partial {
        unreadable: 2,
        uncoded: 1,
        ..Partial::default()
    });
    drugs.sources = vec![SourceState {
        source: SourceName::Emr,
        state: State::Present,
        freshness: Freshness::Stale,
        fetched_at: Some(testing::noon()),
        why: None,
    }];
    let mut problems = section(State::Withheld, Vec::new());
    problems.notes.clear();
    let visits =
        (0..13).map(|number| item(&format!("受診 {number}"), &format!("Encounter/{number}")));
    let mut usual = summary(BTreeMap::from([
        (S::Allergies, section(State::ReportedEmpty, Vec::new())),
        (
            S::Contraindications,
            section(State::ReportedEmpty, Vec::new()),
        ),
        (S::Drugs, drugs),
        (S::Problems, problems),
        (S::Visits, section(State::Present, visits.collect())),
        (
            S::Infections,
            section(State::Present, vec![item("HBs抗原 陽性", "Observation/1")]),
        ),
        (
            S::Labs,
            section(State::Present, vec![item("K 5.9", "Observation/2")]),
        ),
        (
            S::Documents,
            section(State::Present, vec![item("紹介状", "Composition/1")]),
        ),
    ]));
    usual.notices.push(Notice {
        tone: Tone::Warning,
        text: "別の患者のもの 1件を除外しました".to_owned(),
    });
    usual
}

/// What came from the cache says when it was received.
const STALE: &str =
    "薬剤：電子カルテ情報共有サービス 2026-04-01 12:00 取得分、その後の登録は含みません";

/// A grant as any; lines name whose they are by it.
fn some_grant(world: &World, number: &str) -> Grant {
    testing::grant(&world.ledger, number)
}

fn ids(lines: &[RecordLine]) -> BTreeSet<String> {
    lines.iter().map(|line| line.id.to_string()).collect()
}

#[test]
fn the_record_fills_the_last_four_parts_and_says_what_is_not_there() {
    let world = World::new();
    let grant = some_grant(&world, "1001");
    let lines = super::super::lines(&usual(), &grant);
    let said: Vec<_> = lines.iter().map(|line| (line.part, &*line.text)).collect();
    assert_eq!(
        said[..7],
        [
            (
                Part::Allergies,
                "アレルギー：登録なし ―「なし」の確認ではない"
            ),
            (
                Part::Allergies,
                "薬剤禁忌：登録なし ―「なし」の確認ではない"
            ),
            (Part::Medications, "ワルファリン 1mg"),
            (Part::Medications, "薬剤：実際の服用・最終服用時刻は不明"),
            (Part::Medications, "薬剤：読み取れないもの 2件"),
            (Part::Medications, "薬剤：コードがなく分類できないもの 1件"),
            (Part::Medications, STALE),
        ]
    );
    assert_eq!(
        said[7],
        (Part::Background, "傷病名：非表示（職種または同意の範囲外）")
    );
    assert_eq!(said[8..18].len(), 10, "ten visits, and that there are more");
    assert!(
        said[8..18]
            .iter()
            .all(|(_, text)| text.starts_with("受診 "))
    );
    assert_eq!(
        said[18..],
        [
            (Part::Other, "受診歴：登録なし ―「なし」の確認ではない"),
            (Part::Other, "受診歴：ほか3件（要約を参照）"),
            (Part::Other, "別の患者のもの 1件を除外しました"),
            (
                Part::Other,
                "感染症・検査・文書は引継ぎに含まれません（要約を参照）"
            ),
        ]
    );
    for hidden in ["HBs", "K 5.9", "紹介状"] {
        assert!(
            said.iter().all(|(_, text)| !text.contains(hidden)),
            "{hidden}"
        );
    }
    assert!(lines.iter().all(|line| {
        line.standing == Standing::Proposed && !line.by_crew && line.source.is_some()
    }));
    let again = super::super::lines(&usual(), &grant);
    assert_eq!(lines, again, "the same rows again");
    assert_eq!(ids(&lines).len(), lines.len());
}

#[test]
fn the_same_words_of_two_patients_are_two_lines() {
    let world = World::new();
    let own = some_grant(&world, "1001");
    let other = some_grant(&world, "2002");
    let of = |grant: &Grant| ids(&super::super::lines(&usual(), grant));
    assert!(of(&own).is_disjoint(&of(&other)));
    // Of one person, a second grant gives the same lines; of a household it does not.
    let renewed = Grant {
        id: GrantId("renewed".to_owned()),
        ..own.clone()
    };
    assert_eq!(of(&own), of(&renewed));
    let household = |grant: &Grant| {
        let mut grant = grant.clone();
        grant.person.number.branch.clear();
        grant
    };
    assert!(of(&household(&own)).is_disjoint(&of(&household(&renewed))));
}

#[test]
fn a_row_keeps_its_line_in_another_language_and_gets_another_with_another_value() {
    let world = World::new();
    let grant = some_grant(&world, "1001");
    let with = |text: &str, value: &str| {
        let drug = Item {
            title: "ワルファリン".to_owned(),
            value: Some(value.to_owned()),
            ..item(text, "MedicationDispense/1")
        };
        let drugs = section(State::Present, vec![drug.clone(), drug]);
        let summary = summary(BTreeMap::from([(SectionName::Drugs, drugs)]));
        let lines = super::super::lines(&summary, &grant);
        [lines[0].id.clone(), lines[1].id.clone()]
    };
    let japanese = with("ワルファリン 1mg 朝食後", "1mg");
    assert_eq!(japanese, with("Warfarin 1mg after breakfast", "1mg"));
    assert_ne!(japanese[0], japanese[1], "two rows alike are two");
    assert_ne!(japanese[0], with("ワルファリン 3mg 朝食後", "3mg")[0]);
}

#[test]
fn of_too_many_rows_the_rest_is_counted() {
    let world = World::new();
    let grant = some_grant(&world, "1001");
    let drugs = (0..120).map(|number| item(&format!("薬 {number}"), &format!("M/{number}")));
    let drugs = section(State::Present, drugs.collect());
    let summary = summary(BTreeMap::from([(SectionName::Drugs, drugs)]));
    let lines = super::super::lines(&summary, &grant);
    assert!(
        lines
            .iter()
            .any(|line| line.text == "薬剤：ほか20件（要約を参照）")
    );
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.text.starts_with("薬 "))
            .count(),
        100
    );
}

#[tokio::test]
async fn a_summary_of_somebody_born_on_another_day_is_not_proposed() {
    let world = World::new();
    let id = world.begun("a").await;
    let mut grant = Grant::clone(&*world.linked(&id, "1001").await);
    let mut patient = grant.person.patient.clone().unwrap_or_default();
    patient.birth_date = crate::domain::date::Date::parse("1960-04-01");
    grant.person.patient = Some(patient);
    let mut other = usual();
    other.patient.birth_date = Some("1985-01-02".to_owned());
    let step = world.fresh();
    let refused = world
        .room
        .propose(&crew(), &id, &step, (&grant, &other))
        .await;
    let field = crate::domain::handoff::Field::Lines;
    assert_eq!(refused, Err(Error::Refused(Refused::Invalid { field })));
    other.patient.birth_date = Some("1960-04".to_owned());
    let taken = world
        .room
        .propose(&crew(), &id, &step, (&grant, &other))
        .await;
    assert_eq!(taken.unwrap().taken, Taken::New);
}

#[tokio::test]
async fn what_the_record_says_comes_in_under_the_crews_own_grant_and_goes_with_the_link() {
    let world = World::new();
    let id = world.begun("a").await;
    let grant = world.linked(&id, "1001").await;
    let step = world.fresh();
    let proposed = world
        .room
        .propose(&crew(), &id, &step, (&grant, &usual()))
        .await;
    assert_eq!(proposed.unwrap().taken, Taken::New);
    let Opened::Crew(own) = world.room.open(&crew(), &id).await.unwrap() else {
        panic!("the crew's own");
    };
    assert_eq!(own.form.lines.len(), 22);
    world.take(&crew(), &id, Step::Unlink).await;
    let Opened::Crew(own) = world.room.open(&crew(), &id).await.unwrap() else {
        panic!("the crew's own");
    };
    assert_eq!((own.linked, own.form.lines.len()), (None, 0));
    let kept = world
        .room
        .inner
        .registry
        .handoff(id)
        .await
        .unwrap()
        .unwrap();
    let kept = serde_json::to_string(&kept).unwrap();
    assert!(
        !kept.contains("ワルファリン") && !kept.contains("太郎"),
        "{kept}"
    );
    let entries = world.entries("fire1").await;
    let unlinked = entries
        .iter()
        .find(|entry| entry.word("step") == Some("unlink"));
    let person = unlinked.unwrap().person();
    assert_eq!(person, Some(testing::person("1001")), "whom it was about");
}

#[tokio::test]
async fn nothing_of_another_patient_comes_in() {
    let world = World::new();
    let id = world.begun("a").await;
    world.linked(&id, "1001").await;
    let other = world.grant("2002").await;
    let step = world.fresh();
    let refused = world
        .room
        .propose(&crew(), &id, &step, (&other, &usual()))
        .await;
    assert!(
        matches!(refused, Err(Error::Refused(Refused::Invalid { .. }))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn nobody_links_under_the_grant_of_somebody_else_or_one_that_is_over() {
    let world = World::new();
    let id = world.begun("a").await;
    let grant = world.grant("1001").await;
    let colleague = actor("fire1", "crew9", Role::Paramedic);
    let step = world.fresh();
    let refused = world.room.link(&colleague, &id, &step, &grant).await;
    assert_eq!(refused, Err(Error::NotThere));
    world
        .ledger
        .append(Draft {
            facility: place("fire1"),
            who: Some(crew().who),
            ..testing::draft(Event::GrantEnded {
                grant: grant.id.clone(),
                end: End::Hand,
            })
        })
        .await
        .unwrap();
    let refused = world.room.link(&crew(), &id, &step, &grant).await;
    assert_eq!(refused, Err(Error::NotThere));
}

#[tokio::test]
async fn with_the_handover_the_crews_access_ends_and_the_hospital_keeps_what_it_was_told() {
    let world = World::new();
    let doctor = physician("h1");
    let id = world.asked("a", &["h1"]).await;
    let grant = world.linked(&id, "1001").await;
    let step = world.fresh();
    let proposed = world
        .room
        .propose(&crew(), &id, &step, (&grant, &usual()))
        .await;
    proposed.unwrap();
    world.take(&doctor, &id, Step::Accept).await;
    let arrive = Step::Arrive { by: by("隊長") };
    world.take(&crew(), &id, arrive).await;
    assert!(world.ledger.grant(&grant.id).is_some());
    world
        .take(&doctor, &id, Step::Receive { by: by("医師") })
        .await;
    assert!(world.ledger.grant(&grant.id).is_none());
    assert_eq!(world.ledger.end_of(&grant.id), Some(End::Transferred));
    let Opened::Crew(own) = world.room.open(&crew(), &id).await.unwrap() else {
        panic!("the crew's own");
    };
    assert_eq!((own.linked, own.form.lines.len()), (None, 0));
    let revealed = world.room.reveal(&doctor, &id).await.unwrap();
    assert_eq!(revealed.form.lines.len(), 22);
    assert_eq!(revealed.identity().name.as_deref(), Some("救急 太郎"));
}

#[tokio::test]
async fn the_hospital_says_whose_report_it_is_once_it_has_the_patient_and_by_its_own_grant() {
    let world = World::new();
    let (doctor, other) = (physician("h1"), physician("h2"));
    let id = world.asked("a", &["h1", "h2"]).await;
    world.take(&doctor, &id, Step::Accept).await;
    let own = world.grant_of(&doctor, "1001").await;
    let link = async |actor: &Actor, grant: &Grant| {
        let step = world.fresh();
        world.room.link(actor, &id, &step, grant).await
    };
    // Before the handover the crew alone says it.
    assert_eq!(link(&doctor, &own).await, Err(Error::NotThere));
    let arrive = Step::Arrive { by: by("隊長") };
    world.take(&crew(), &id, arrive).await;
    let receive = Step::Receive { by: by("医師") };
    world.take(&doctor, &id, receive).await;
    let elsewhere = world.grant_of(&other, "1001").await;
    assert_eq!(link(&other, &elsewhere).await, Err(Error::NotThere));
    assert_eq!(link(&doctor, &elsewhere).await, Err(Error::NotThere));
    assert_eq!(link(&doctor, &own).await.unwrap().taken, Taken::New);
    let linked = world.entries("h1").await;
    assert_eq!(linked[0].word("step"), Some("link"));
    let shown = world.room.reveal(&doctor, &id).await.unwrap();
    assert_eq!(shown.identity().name.as_deref(), Some("救急 太郎"));
    // What the crew's role may not see comes in by no other way.
    let step = world.fresh();
    let record = usual();
    let copied = world.room.propose(&doctor, &id, &step, (&own, &record));
    assert_eq!(copied.await, Err(Error::NotThere));
    world.take(&doctor, &id, Step::Unlink).await;
    let shown = world.room.reveal(&doctor, &id).await.unwrap();
    assert_eq!((shown.linked, shown.form.lines.len()), (None, 0));
    let Opened::Crew(seen) = world.room.open(&crew(), &id).await.unwrap() else {
        panic!("the crew's own");
    };
    assert_eq!(seen.linked, None);
}
