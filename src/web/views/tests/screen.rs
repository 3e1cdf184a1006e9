//! The screen: what is there, what folds, what is said once.

use super::*;

#[actix_web::test]
async fn all_twelve_sections_are_there_in_every_state() {
    for language in BOTH {
        for state in [
            State::NoneKnown,
            State::ReportedEmpty,
            State::NotAsked,
            State::NotCovered,
            State::Withheld,
            State::NotFetched,
            State::Coming,
        ] {
            let bare = || sample::bare(language, state);
            for page in [
                summary_page(language, bare()).await,
                print_page(language, bare()).await,
            ] {
                let document = Html::parse_document(&page);
                for name in SectionName::ALL {
                    let selector = format!(
                        "section#section-{}[data-state={}][data-patient-key=k-1f2e]",
                        name.word(),
                        state.word()
                    );
                    let section = document.select(&Selector::parse(&selector).unwrap()).next();
                    let words: String = section
                        .unwrap_or_else(|| panic!("{selector}"))
                        .text()
                        .collect();
                    assert!(
                        words.contains((Text::of(language).words.state)(state)),
                        "{words}"
                    );
                }
            }
        }
    }
}

/// The number in 「＋7件」 of a section; nothing where nothing is folded.
fn said_to_be_folded(page: &str, section: &str) -> Option<usize> {
    let selector = format!("#section-{section} details.more:not([hidden]) summary");
    let document = Html::parse_document(page);
    let summary = document.select(&Selector::parse(&selector).unwrap()).next();
    let words: String = summary?.text().next()?.to_owned();
    words
        .chars()
        .filter(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .ok()
}

#[actix_web::test]
async fn rows_that_can_kill_never_fold_and_folded_rows_are_counted() {
    let mut summary = sample::usual(Language::Ja);
    let drugs = summary.sections.get_mut(&SectionName::Drugs).unwrap();
    let plain = drugs.items[5].clone();
    let warfarin = drugs.items[0].clone();
    drugs.items = vec![plain; 40];
    drugs.items.push(warfarin);
    let allergies = summary.sections.get_mut(&SectionName::Allergies).unwrap();
    allergies.items = vec![allergies.items[1].clone(); 40];
    let page = summary_page(Language::Ja, summary).await;
    assert_eq!(count(&page, "#section-allergies li.row"), 40);
    assert_eq!(count(&page, "#section-allergies .is-folded"), 0);
    assert_eq!(said_to_be_folded(&page, "allergies"), None);
    assert_eq!(count(&page, "#section-drugs li.row"), 41, "all in the page");
    let folded = count(&page, "#section-drugs li.row.is-folded");
    assert!((20..=35).contains(&folded), "{folded}");
    assert_eq!(said_to_be_folded(&page, "drugs"), Some(folded));
    assert_eq!(count(&page, "#section-drugs li.row-danger.is-folded"), 0);
    assert_eq!(
        count(&page, "#section-drugs li.row-danger.row-stays"),
        1,
        "nor does the script fold it"
    );
}

#[actix_web::test]
async fn the_normal_view_and_paper_fold_nothing() {
    let mut summary = sample::usual(Language::Ja);
    let drugs = summary.sections.get_mut(&SectionName::Drugs).unwrap();
    drugs.items = vec![drugs.items[5].clone(); 60];
    let printed = print_page(Language::Ja, summary.clone()).await;
    assert_eq!(count(&printed, ".sheet details, .is-folded"), 0);
    summary.look = crate::domain::section::Look::Normal;
    let page = summary_page(Language::Ja, summary).await;
    assert_eq!(count(&page, ".is-folded"), 0);
}

#[actix_web::test]
async fn every_row_on_the_screen_says_where_it_comes_from_in_full() {
    for language in BOTH {
        let page = summary_page(language, sample::usual(language)).await;
        let document = Html::parse_document(&page);
        let words = |selector: &str| -> Vec<String> {
            document
                .select(&Selector::parse(selector).unwrap())
                .map(|element| element.text().collect())
                .collect()
        };
        let rows = words("li.row").len();
        let origins = words("li.row details.origin > dl");
        assert_eq!(rows, origins.len());
        let t = Text::of(language);
        for origin in origins {
            assert!(origin.contains(t.summary.source), "{origin}");
            assert!(origin.contains("2026-11-22 10:41"), "{origin}");
        }
        for section in words(".section > header details.origin > dl") {
            assert!(
                section.contains((t.words.source)(crate::domain::section::SourceName::Emr))
                    || section
                        .contains((t.words.source)(crate::domain::section::SourceName::Claims)),
                "{section}"
            );
        }
        // Nothing is said only while a pointer rests on it.
        assert_eq!(count(&page, "[title]"), 0);
    }
}

#[actix_web::test]
async fn nothing_is_said_twice_on_the_screen() {
    let mut summary = sample::usual(Language::Ja);
    let death = "死亡の記録あり（2026-10-11）― 患者違いの可能性";
    summary.patient.death = Some(death.into());
    summary.notices.push(Notice {
        tone: Tone::Danger,
        text: death.into(),
    });
    let operations = summary.sections.get_mut(&SectionName::Operations).unwrap();
    operations.state = State::ReportedEmpty;
    operations.items.clear();
    operations.partial = Some(Partial {
        outside_window: 1,
        ..Partial::default()
    });
    operations.notes = vec![
        "期間内の登録なし ―「なし」の確認ではない".into(),
        "期間外 1件".into(),
    ];
    let page = summary_page(Language::Ja, summary).await;
    assert_eq!(page.matches(death).count(), 1);
    let document = Html::parse_document(&page);
    let selector = Selector::parse("#section-operations").unwrap();
    let words: String = document.select(&selector).next().unwrap().text().collect();
    assert_eq!(words.matches("登録なし").count(), 1, "{words}");
    assert!(words.contains("期間内の登録なし"), "{words}");
    assert_eq!(words.matches("期間外 1件").count(), 1, "{words}");
}

#[actix_web::test]
async fn a_patient_whom_identity_does_not_know_is_told_by_the_number_searched_for() {
    let mut summary = sample::bare(Language::Ja, State::NotFetched);
    summary.patient.member_number_tail = None;
    let mut shown = sample::shown(summary);
    let mut grant = sample::grant();
    grant.person.patient = None;
    grant.person.number.number = "10440187".into();
    shown.grant = Arc::new(grant);
    let viewer = sample::viewer(Role::Physician, Language::Ja);
    let page = SummaryPage::new(&sample::context(Language::Ja), &viewer, &shown).unwrap();
    let page = html(page.respond().unwrap()).await;
    assert!(page.contains("本人情報 未確認"));
    assert!(page.contains("****0187"));
}

#[actix_web::test]
async fn nothing_fetched_is_never_called_a_part() {
    let mut summary = sample::bare(Language::Ja, State::NotFetched);
    for section in summary.sections.values_mut() {
        section.partial = Some(Partial {
            sources_missing: vec![crate::domain::section::SourceName::Emr],
            ..Partial::default()
        });
    }
    let page = summary_page(Language::Ja, summary.clone()).await;
    assert!(!page.contains("一部のみ"));
    for section in summary.sections.values_mut() {
        section.state = State::Present;
    }
    let page = summary_page(Language::Ja, summary).await;
    assert_eq!(page.matches("一部のみ").count(), 12);
}

#[actix_web::test]
async fn what_is_wrong_has_the_focus_on_the_first_page() {
    let context = sample::context(Language::Ja);
    let viewer = sample::viewer(Role::Physician, Language::Ja);
    for (mode, field, selector) in [
        (
            "insurance",
            Field::Number,
            "#search [name=number][autofocus]",
        ),
        (
            "insurance",
            Field::Mode,
            "#search [name=insurer][autofocus]",
        ),
        (
            "four",
            Field::BirthDate,
            "#search-four [name=birth_date][autofocus]",
        ),
        (
            "four",
            Field::Insurer,
            "#search-four [name=name][autofocus]",
        ),
    ] {
        let search = Search {
            mode: mode.into(),
            ..Search::default()
        };
        let page = HomePage::new(&context, &viewer).with_wrong(&search, field, Wrong::Missing);
        let page = html(page.respond().unwrap()).await;
        assert_eq!(count(&page, selector), 1, "{selector}");
        assert_eq!(count(&page, "[autofocus]"), 1, "{selector}");
    }
    for role in [Role::Auditor, Role::Administrator] {
        let viewer = sample::viewer(role, Language::Ja);
        let page = html(HomePage::new(&context, &viewer).respond().unwrap()).await;
        assert!(!page.contains("患者検索"), "{role:?} cannot search");
    }
}

#[actix_web::test]
async fn what_warns_folds_after_what_does_not() {
    let mut summary = sample::usual(Language::Ja);
    let labs = summary.sections.get_mut(&SectionName::Labs).unwrap();
    let warns = |item: &Item| item.tags.iter().any(|tag| tag.tone == Tone::Warning);
    let mut warning = labs.items.iter().find(|item| warns(item)).unwrap().clone();
    warning.tags.retain(|tag| tag.tone != Tone::Danger);
    let mut plain = warning.clone();
    plain.tags.clear();
    labs.items = vec![plain; 60];
    labs.items.extend(vec![warning; 4]);
    let page = summary_page(Language::Ja, summary).await;
    let folded = count(&page, "#section-labs li.row.is-folded");
    assert!(folded > 30, "{folded}");
    assert_eq!(said_to_be_folded(&page, "labs"), Some(folded));
    assert_eq!(count(&page, "#section-labs li.row-warning.is-folded"), 0);
}

#[actix_web::test]
async fn a_page_with_something_coming_asks_once_more_and_a_page_left_alone_is_covered() {
    let coming = summary_page(Language::Ja, sample::bare(Language::Ja, State::Coming)).await;
    assert!(coming.contains(
        r#"<noscript><meta http-equiv="refresh" content="1;url=/summary/n1.abc/late"></noscript>"#
    ));
    assert!(coming.contains(r#"data-late="/summary/n1.abc/late""#));
    let decided = summary_page(Language::Ja, sample::usual(Language::Ja)).await;
    assert!(!decided.contains("/late"));
    let viewer = sample::viewer(Role::Physician, Language::Ja);
    let shown = sample::shown(sample::usual(Language::Ja));
    let context = sample::context(Language::Ja);
    let screen = SummaryPage::new(&context, &viewer, &shown).unwrap();
    let print = PrintPage::new(&context, &viewer, &shown).unwrap();
    for response in [screen.respond().unwrap(), print.respond().unwrap()] {
        assert_eq!(
            response.headers().get("refresh").unwrap(),
            "179; url=/locked?back=/summary/n1.abc"
        );
    }
}

#[actix_web::test]
async fn a_missing_section_is_never_passed_over() {
    let mut summary = sample::usual(Language::Ja);
    summary.sections.remove(&SectionName::Dialysis);
    let viewer = sample::viewer(Role::Physician, Language::Ja);
    let page = SummaryPage::new(
        &sample::context(Language::Ja),
        &viewer,
        &sample::shown(summary),
    );
    assert!(matches!(page, Err(Problem::Broken)));
}
