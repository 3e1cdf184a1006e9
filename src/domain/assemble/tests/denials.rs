//! Statements of "none": how far they reach, whose they are, and what stands in their way.

use super::*;

/// `アレルギー歴なし` of a physician, changed.
fn denial(words: &str, change: impl FnOnce(&mut Allergy)) -> Record {
    allergy("n", text(words), change)
}

fn verified(words: &str, verification: &str) -> Record {
    denial(words, |allergy| {
        allergy.verification = Some(verification.to_owned());
    })
}

fn of_kind(id: &str, name: &str, category: &str) -> Record {
    allergy(id, text(name), |allergy| {
        allergy.categories = vec![category.to_owned()];
    })
}

fn allergies(summary: &Summary) -> &Section {
    section(summary, SectionName::Allergies)
}

/// The answer of the shared records, with what makes it less than whole.
fn emr(records: Vec<Record>, change: impl FnOnce(&mut Freshness, &mut Vec<SectionName>)) -> Answer {
    let mut answer = answer(Some(SourceName::Emr), records);
    if let Outcome::Answered {
        freshness,
        more_at_source,
        ..
    } = &mut answer.outcome
    {
        change(freshness, more_at_source);
    }
    answer
}

#[test]
fn a_denial_of_one_kind_never_denies_the_whole() {
    for words in [
        "薬剤アレルギーなし",
        "NKDA",
        "食物アレルギーなし",
        "No known latex allergy",
    ] {
        let summary = files(vec![verified(words, "confirmed")]);
        let section = allergies(&summary);
        assert_eq!(section.state, State::ReportedEmpty, "{words}");
        let said = summary.strip.text.as_deref().unwrap();
        assert!(
            said.contains(&format!(
                "「{words}」の記載（岩本 百合子・駅前病院・2025-05-01"
            )),
            "{said}"
        );
        assert!(
            said.contains("ほかの種類については確認されていません"),
            "{said}"
        );
        assert!(section.items.is_empty() && summary.strip.items.is_empty());
    }
    let both = files(vec![
        denial("薬剤アレルギーなし", |_| {}),
        allergy("m", text("食物アレルギーなし"), |_| {}),
    ]);
    let notes = allergies(&both).notes.join("\n");
    assert!(
        notes.contains("薬剤アレルギーなし") && notes.contains("食物アレルギーなし"),
        "{notes}"
    );
}

#[test]
fn a_denial_contradicts_only_the_rows_of_its_kind() {
    let uncategorised = allergy("u", coded("セフェム", YCM, "GCM6132002F1ZZZ"), |_| {});
    for (words, row, contradicts) in [
        (
            "薬剤アレルギーなし",
            of_kind("d", "ペニシリン", "medication"),
            true,
        ),
        ("薬剤アレルギーなし", uncategorised, true),
        ("薬剤アレルギーなし", of_kind("f", "そば", "food"), false),
        ("食物アレルギーなし", of_kind("f", "そば", "food"), true),
        (
            "食物アレルギーなし",
            of_kind("d", "ペニシリン", "medication"),
            false,
        ),
        ("アレルギーなし", of_kind("f", "そば", "food"), true),
    ] {
        let name = format!("{words} {row:?}");
        let summary = files(vec![denial(words, |_| {}), row]);
        let section = allergies(&summary);
        assert_eq!(section.items.len(), 1, "{name}");
        let marked = section.items[0].text.contains("不一致");
        assert_eq!(marked, contradicts, "{name}");
        let note = section.notes.iter().find(|note| note.contains(words));
        let note = note.expect("the denial is said in any case");
        assert_eq!(note.starts_with("不一致："), contradicts, "{note}");
        assert!(
            !note.starts_with("なし："),
            "beside rows it confirms nothing: {note}"
        );
    }
}

#[test]
fn a_denial_that_its_own_sender_takes_back_denies_nothing() {
    for (verification, state, fate_of, words) in [
        (
            "confirmed",
            State::NoneKnown,
            Fate::Shown,
            "なし：アレルギー歴なし（",
        ),
        (
            "unconfirmed",
            State::ReportedEmpty,
            Fate::Shown,
            "「アレルギー歴なし」の記載（",
        ),
        (
            "refuted",
            State::ReportedEmpty,
            Fate::Shown,
            "「アレルギー歴なし」は否定されています（",
        ),
        (
            "entered-in-error",
            State::ReportedEmpty,
            Fate::NotForThisScreen,
            "誤登録 1件（表示していません）",
        ),
    ] {
        let summary = files(vec![verified("アレルギー歴なし", verification)]);
        let section = allergies(&summary);
        assert_eq!(section.state, state, "{verification}");
        assert!(section.items.is_empty(), "{verification}");
        assert_eq!(fate(&summary, "AllergyIntolerance/n"), fate_of);
        assert!(
            section.notes.iter().any(|note| note.contains(words)),
            "{verification}: {:?}",
            section.notes
        );
    }
    // Beside a refuted denial another physician's denial is no confirmation either.
    let summary = files(vec![
        verified("アレルギー歴なし", "refuted"),
        allergy("m", text("アレルギーなし"), |_| {}),
    ]);
    assert_eq!(allergies(&summary).state, State::ReportedEmpty);
    let notes = allergies(&summary).notes.join("\n");
    assert!(notes.contains("「アレルギーなし」の記載"), "{notes}");
}

#[test]
fn what_the_patient_or_a_relative_said_says_so() {
    for (kind, state, words) in [
        (
            AuthorKind::Person,
            State::NoneKnown,
            "岩本 百合子・駅前病院",
        ),
        (
            AuthorKind::Patient,
            State::NoneKnown,
            "岩本 百合子・患者申告・駅前病院",
        ),
        (
            AuthorKind::Relative,
            State::NoneKnown,
            "岩本 百合子・家族等の申告・駅前病院",
        ),
        (
            AuthorKind::Organisation,
            State::ReportedEmpty,
            "岩本 百合子・駅前病院",
        ),
        (
            AuthorKind::System,
            State::ReportedEmpty,
            "岩本 百合子・駅前病院",
        ),
        (
            AuthorKind::Unknown,
            State::ReportedEmpty,
            "岩本 百合子・駅前病院",
        ),
    ] {
        let mut one = denial("アレルギー歴なし", |_| {});
        if let Some(author) = &mut one.origin.author {
            author.kind = kind;
        }
        let summary = files(vec![one]);
        assert_eq!(allergies(&summary).state, state, "{kind:?}");
        let strip = summary.strip.text.unwrap();
        assert!(strip.contains(words), "{strip}");
    }
}

#[test]
fn nobody_knows_and_nobody_asked_are_neither_none_nor_rows() {
    for (words, code, state, said) in [
        (
            "情報なし",
            "1287211007",
            State::NotFetched,
            "取得できず（送信元に情報がない",
        ),
        (
            "アレルギー不明",
            "",
            State::NotFetched,
            "取得できず（送信元に情報がない",
        ),
        (
            "未聴取",
            "1631000175102",
            State::NotAsked,
            "未聴取（岩本 百合子・駅前病院",
        ),
    ] {
        let summary = files(vec![allergy("1", coded(words, SCT, code), |_| {})]);
        let section = allergies(&summary);
        assert_eq!((section.state, section.items.len()), (state, 0), "{words}");
        assert!(section.notes[0].starts_with(said), "{:?}", section.notes);
        let strip = summary.strip.text.unwrap();
        assert!(strip.starts_with("アレルギー："), "{strip}");
    }
}

#[test]
fn a_part_of_the_list_never_reads_as_the_whole() {
    let more = |records| summary(&[emr(records, |_, more| more.push(SectionName::Allergies))]);
    let cut = more(vec![denial("アレルギー歴なし", |_| {})]);
    assert_eq!(allergies(&cut).state, State::NotFetched);
    assert_eq!(
        cut.strip.text.as_deref(),
        Some("アレルギー：取得できず（一部のみ取得、情報源に続きあり）")
    );
    assert!(
        allergies(&cut)
            .notes
            .iter()
            .any(|note| note.contains("「アレルギー歴なし」の記載（岩本 百合子")),
        "what was said is not lost"
    );
    let empty = more(Vec::new());
    assert_eq!(allergies(&empty).state, State::NotFetched);
    let rows = more(vec![of_kind("f", "そば", "food")]);
    assert_eq!(allergies(&rows).state, State::Present);
    assert_eq!(
        rows.strip.text.as_deref(),
        Some("アレルギー：情報源にはこれ以外にもあります（一部のみ取得）")
    );
}

#[test]
fn silence_out_of_the_cache_says_how_old_it_is() {
    let stale = |records| summary(&[emr(records, |freshness, _| *freshness = Freshness::Stale)]);
    for records in [Vec::new(), vec![denial("アレルギー歴なし", |_| {})]] {
        let summary = stale(records);
        let strip = summary.strip.text.unwrap();
        assert!(
            strip.contains("2025-11-20 12:00 取得分、その後の登録は含みません"),
            "{strip}"
        );
    }
}

#[test]
fn a_failed_source_that_carries_no_allergies_takes_nothing_from_a_denial() {
    let failed = Answer {
        source: Some(SourceName::Claims),
        subject: None,
        subject_optional: false,
        outcome: Outcome::Failed {
            why: "x".to_owned(),
            at: now(),
        },
    };
    let known = summary(&[
        emr(vec![denial("アレルギー歴なし", |_| {})], |_, _| {}),
        failed,
    ]);
    assert_eq!(allergies(&known).state, State::NoneKnown);
    assert_eq!(known.strip.state, State::NoneKnown);
}
