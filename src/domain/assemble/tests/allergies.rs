//! Allergies, contraindications, the strip.

use super::*;
use crate::domain::record::UnreadableField;

#[test]
fn old_style_contraindications_have_their_own_section_and_stay_in_the_strip() {
    const ECS: &str = "http://jpfhir.jp/fhir/eCS/StructureDefinition/JP_AllergyIntolerance_eCS";
    const OLD: &str =
        "http://jpfhir.jp/fhir/clins/StructureDefinition/JP_AllergyIntolerance_CLINS_eCS";
    for (profile, day, category, expected) in [
        (
            Some(OLD),
            "2025-05-01",
            "medication",
            SectionName::Contraindications,
        ),
        (
            Some(ECS),
            "2024-06-23",
            "medication",
            SectionName::Contraindications,
        ),
        (
            Some(ECS),
            "2024-06-24",
            "medication",
            SectionName::Allergies,
        ),
        (Some(OLD), "2023-05-01", "food", SectionName::Allergies),
        (None, "2010-03-01", "medication", SectionName::Allergies),
    ] {
        let mut one = allergy("1", text("ペニシリン"), |allergy| {
            allergy.categories = vec![category.to_owned()];
            allergy.criticality = Some("high".to_owned());
            allergy.recorded = date(day);
        });
        one.profiles = profile.map(str::to_owned).into_iter().collect();
        let summary = files(vec![one]);
        assert_eq!(
            section(&summary, expected).items.len(),
            1,
            "{profile:?} {day} {category}"
        );
        assert!(summary.strip.items[0].severe);
        assert!(
            section(&summary, SectionName::Contraindications)
                .notes
                .iter()
                .any(|note| note.contains("登録から5年で消えます"))
        );
    }
}

#[test]
fn none_known_needs_a_person_and_is_never_a_row() {
    let denial = |kind: Option<AuthorKind>| {
        let mut one = allergy(
            "1",
            coded("アレルギー歴なし", SCT, "716186003"),
            |allergy| {
                allergy.clinical_status = Some("resolved".to_owned());
            },
        );
        one.origin.author = kind.map(|kind| Author {
            name: Some("岩本 百合子".to_owned()),
            kind,
        });
        files(vec![one])
    };
    let known = denial(Some(AuthorKind::Person));
    let allergies = section(&known, SectionName::Allergies);
    assert_eq!(
        (allergies.state, allergies.items.len()),
        (State::NoneKnown, 0)
    );
    assert_eq!(known.strip.state, State::NoneKnown);
    assert!(
        known
            .strip
            .text
            .as_ref()
            .unwrap()
            .contains("岩本 百合子・駅前病院・2025-05-01")
    );
    assert_eq!(known.accounting.shown, 1);
    for kind in [Some(AuthorKind::System), Some(AuthorKind::Unknown), None] {
        let reported = denial(kind);
        assert_eq!(
            section(&reported, SectionName::Allergies).state,
            State::ReportedEmpty,
            "{kind:?}"
        );
        assert!(
            reported
                .strip
                .text
                .unwrap()
                .contains("「なし」の確認ではない")
        );
    }
}

#[test]
fn a_denial_beside_an_allergy_stays_visible_as_a_disagreement() {
    let denial = allergy(
        "1",
        coded("アレルギー歴なし", SCT, "716186003"),
        |allergy| allergy.recorded = date("2019-02-03"),
    );
    let shock = allergy("2", text("そば"), |allergy| {
        allergy.reactions = vec![Reaction {
            manifestations: vec![text("アナフィラキシー")],
            severity: Some("severe".to_owned()),
            ..Reaction::default()
        }];
    });
    let summary = files(vec![denial, shock]);
    let allergies = section(&summary, SectionName::Allergies);
    assert_eq!(
        (allergies.state, allergies.items.len()),
        (State::Present, 1)
    );
    assert_eq!(
        allergies.items[0].text,
        "そば 症状：重度 不一致 反応：アナフィラキシー"
    );
    assert_eq!(
        allergies.items[0].group.as_deref(),
        Some("その他アレルギー等")
    );
    assert!(allergies.notes.iter().any(|note| {
        note.contains("「アレルギー歴なし」の記載あり（岩本 百合子・駅前病院・2019-02-03")
    }));
    assert_eq!(summary.strip.items[0].marks, ["不一致"]);
}

#[test]
fn the_strip_holds_every_active_allergy_severe_first_and_no_past_one() {
    let with = |id: &str, agent: &str, status: &str, verification: &str, criticality: &str| {
        allergy(id, coded(agent, YCM, "00M"), |allergy| {
            allergy.categories = vec!["medication".to_owned()];
            allergy.clinical_status = Some(status.to_owned());
            allergy.verification = Some(verification.to_owned());
            allergy.criticality = Some(criticality.to_owned());
        })
    };
    let summary = files(vec![
        with("1", "アスピリン", "active", "confirmed", "low"),
        with("2", "ペニシリン", "active", "unconfirmed", "high"),
        with("3", "卵", "resolved", "confirmed", "high"),
        with("4", "牛乳", "active", "refuted", "low"),
        with("5", "造影剤", "active", "entered-in-error", "high"),
        allergy("6", text("ラテックス"), |allergy| {
            allergy.categories = vec!["environment".to_owned()];
        }),
    ]);
    let agents: Vec<&str> = summary
        .strip
        .items
        .iter()
        .map(|item| item.agent.as_str())
        .collect();
    assert_eq!(agents, ["ペニシリン", "アスピリン", "ラテックス"]);
    assert_eq!(summary.strip.items[0].marks, ["疑い"]);
    let allergies = section(&summary, SectionName::Allergies);
    assert_eq!(allergies.items.len(), 5);
    assert!(
        allergies
            .items
            .iter()
            .any(|item| item.past && item.text.contains("否定"))
    );
    assert!(
        allergies
            .items
            .iter()
            .any(|item| item.past && item.text.contains("解消済"))
    );
    assert!(
        allergies
            .items
            .iter()
            .all(|item| !item.text.contains("医薬品"))
    );
    assert_eq!(allergies.partial.as_ref().unwrap().uncoded, 5);
    assert_eq!(
        fate(&summary, "AllergyIntolerance/5"),
        Fate::NotForThisScreen
    );
    assert!(
        allergies
            .notes
            .contains(&"誤登録 1件（表示していません）".to_owned())
    );
}

#[test]
fn until_the_source_answered_the_strip_says_so() {
    let outcome = |outcome: Outcome| Answer {
        source: Some(SourceName::Emr),
        subject: None,
        subject_optional: false,
        outcome,
    };
    let coming = summary(&[outcome(Outcome::Coming)]);
    assert_eq!(
        coming.strip.text.as_deref(),
        Some("アレルギー照会中 ―「なし」ではありません")
    );
    assert_eq!(
        section(&coming, SectionName::Allergies).state,
        State::Coming
    );
    let failed = summary(&[outcome(Outcome::Failed {
        why: "時間切れ".to_owned(),
        at: now(),
    })]);
    assert_eq!(
        failed.strip.text.as_deref(),
        Some("アレルギー：取得できず（時間切れ）")
    );
    let partial = section(&failed, SectionName::Allergies)
        .partial
        .as_ref()
        .unwrap();
    assert_eq!(partial.sources_missing, [SourceName::Emr]);
    let empty = summary(&[answer(Some(SourceName::Emr), Vec::new())]);
    assert_eq!(empty.strip.state, State::ReportedEmpty);
    assert_eq!(
        empty.strip.text.as_deref(),
        Some("アレルギー：登録なし ―「なし」の確認ではない")
    );
}

#[test]
fn a_drug_of_the_list_that_is_the_allergen_is_said_on_the_allergy() {
    let records = vec![
        allergy(
            "1",
            coded("ペニシリン系", YCM, "YCM6131001M2017"),
            |allergy| allergy.categories = vec!["medication".to_owned()],
        ),
        drug_record(drug(
            "2",
            coded("サワシリンカプセル250", YJ, "6131001C1210"),
            Act::Dispensed,
            "2025-11-01",
            7,
        )),
    ];
    let summary = files(records);
    let allergies = section(&summary, SectionName::Allergies);
    assert!(
        allergies.items[0]
            .text
            .contains("記録後に調剤：サワシリンカプセル250 2025-11-01（成分一致・駅前病院）"),
        "{}",
        allergies.items[0].text
    );
    assert!(
        allergies
            .notes
            .iter()
            .any(|note| note.contains("アレルゲン 1件と薬剤 1種類（表示期間外を含む）を照合"))
    );
}

#[test]
fn the_same_fact_told_twice_is_one_row_and_two_hospitals_are_two() {
    let penicillin = |id: &str, facility: &str| {
        let mut one = allergy(id, text("ペニシリン"), |_| {});
        one.origin.facility = Some(facility.to_owned());
        one.origin.facility_number = None;
        one
    };
    let answers = [
        answer(Some(SourceName::Emr), vec![penicillin("1", "駅前病院")]),
        answer(
            Some(SourceName::Eprescription),
            vec![penicillin("2", "駅前病院"), penicillin("3", "港診療所")],
        ),
    ];
    let summary = summary(&answers);
    let allergies = section(&summary, SectionName::Allergies);
    assert_eq!(allergies.items.len(), 2);
    let one = &allergies.items[0];
    assert_eq!(one.merged, ["AllergyIntolerance/2"]);
    assert_eq!(one.also_from, [SourceName::Eprescription]);
    assert_eq!(fate(&summary, "AllergyIntolerance/2"), Fate::Merged);
    assert_eq!(summary.strip.items.len(), 1, "the agent once");
}

#[test]
fn the_strip_names_all_that_was_seen_of_one_agent() {
    let seen = |id: &str, sign: &str| {
        allergy(id, text("そば"), |allergy| {
            allergy.reactions = vec![Reaction {
                manifestations: vec![text(sign)],
                ..Reaction::default()
            }];
        })
    };
    let summary = files(vec![
        seen("1", "蕁麻疹"),
        seen("2", "呼吸困難"),
        seen("3", "蕁麻疹"),
    ]);
    assert_eq!(summary.strip.items.len(), 1);
    assert_eq!(
        summary.strip.items[0].reaction.as_deref(),
        Some("蕁麻疹、呼吸困難")
    );
}

#[test]
fn a_reaction_says_what_was_seen_together_apart_or_not_at_all() {
    let null = |code: &str| Concept {
        text: None,
        codings: vec![Coding {
            system: Some("http://terminology.hl7.org/CodeSystem/v3-NullFlavor".to_owned()),
            code: Some(code.to_owned()),
            display: Some("no information".to_owned()),
        }],
    };
    let event = |signs: Vec<Concept>| Reaction {
        manifestations: signs,
        ..Reaction::default()
    };
    let mut second = event(vec![text("嘔吐")]);
    second.onset = date("2019-03");
    second.substance = Some(text("アモキシシリン"));
    let cases = [
        (vec![], vec!["反応：記載なし"]),
        (vec![event(vec![null("NI")])], vec!["反応：記載なし"]),
        (vec![event(vec![null("UNK")])], vec!["反応：不明"]),
        (
            vec![event(vec![text("発疹"), text("嘔気")])],
            vec!["反応：発疹＋嘔気"],
        ),
        (
            vec![event(vec![text("発疹")]), second],
            vec!["反応：発疹", "反応：嘔吐（原因 アモキシシリン／2019-03）"],
        ),
    ];
    for (reactions, expected) in cases {
        let summary = files(vec![allergy("1", text("ペニシリン"), |allergy| {
            allergy.reactions = reactions;
        })]);
        let item = &section(&summary, SectionName::Allergies).items[0];
        assert_eq!(item.details, expected);
    }
}

#[test]
fn drugs_that_the_role_may_not_see_are_not_named_at_allergies() {
    let records = vec![
        allergy("1", coded("ペニシリン", YCM, "YCM6131001M2017"), |_| {}),
        drug_record(drug(
            "2",
            coded("サワシリンカプセル250", YJ, "6131001C1210"),
            Act::Dispensed,
            "2025-11-01",
            7,
        )),
    ];
    let forbidden = [SectionName::Drugs];
    let summary = summary_of(&[answer(None, records)], |request| {
        request.forbidden = Box::leak(Box::new(forbidden));
    });
    assert!(!format!("{summary:?}").contains("サワシリン"));
    let allergies = section(&summary, SectionName::Allergies);
    assert!(
        allergies.notes.iter().any(|note| note
            == "薬剤は表示対象外のため照合していません。同系統（交差反応）と、これから投与する薬は照合していません"),
        "{:?}",
        allergies.notes
    );
}

#[test]
fn a_row_says_when_it_began_was_last_seen_and_why_it_has_no_date() {
    let said = |change: fn(&mut Record)| {
        let mut one = allergy("1", text("ペニシリン"), |_| {});
        change(&mut one);
        let summary = files(vec![one]);
        section(&summary, SectionName::Allergies).items[0]
            .details
            .join(" / ")
    };
    let whole = said(|record| {
        if let Content::Allergy(allergy) = &mut record.content {
            allergy.onset = date("2001-04");
            allergy.last_occurrence = date("2024-02-03");
        }
    });
    for words in ["発現 2001-04", "最終発現 2024-02-03"] {
        assert!(whole.contains(words), "{words}: {whole}");
    }
    assert!(!whole.contains("日付"), "{whole}");
    for (sent, words) in [("7 歳", "発現 7歳"), ("幼少期", "発現 幼少期")] {
        let mut one = allergy("1", text("ペニシリン"), |allergy| {
            allergy.onset_text = Some(sent.to_owned());
            allergy.recorded = None;
        });
        one.last_updated = None;
        let summary = files(vec![one]);
        let item = &section(&summary, SectionName::Allergies).items[0];
        let details = item.details.join(" / ");
        assert!(details.contains(words), "{details}");
        assert!(details.contains("日付の記載なし"), "{details}");
    }
    let unread = said(|record| {
        record.unreadable.push(UnreadableField {
            path: "recordedDate".to_owned(),
            why: "no date".to_owned(),
        });
    });
    assert!(unread.contains("日付を読めず"), "{unread}");
}
