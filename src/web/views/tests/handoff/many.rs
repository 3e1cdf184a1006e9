//! Many patients at once.

use chrono::Duration;

use crate::{
    access::Viewer,
    domain::{
        access::Role,
        handoff::{AgeBand, MassCasualty, MassStep, Party, Refused, RowId, StepId, Triage},
        patient::Sex,
        section::Language,
    },
    handoff::Many,
    web::{
        error::Problem,
        text::Text,
        views::{
            HttpResponse, StatusCode,
            handoff::many::{ManyPage, ManySheet, Seen},
            sample,
        },
    },
};

use super::{
    super::{BOTH, count, html},
    board_of, crew_member, list_of,
    run::{NASTY, Run, crew, now, staff},
    sent,
};

/// A list in the making.
struct Listed {
    list: MassCasualty,
    by: Party,
    steps: i64,
}

impl Listed {
    fn begun(by: Party) -> Self {
        let list = MassCasualty::begin(by.facility.clone(), now() - Duration::minutes(40));
        let steps = 0;
        Self { list, by, steps }
    }

    fn step(mut self, step: MassStep) -> Self {
        self.steps += 1;
        let id = StepId::new(&format!("l{}", self.steps)).unwrap();
        let at = now() - Duration::minutes(30) + Duration::seconds(self.steps);
        self.list.apply(id, &self.by, step, at).unwrap();
        self
    }

    fn add(self, word: &str, triage: Triage) -> Self {
        let id = row(word);
        self.step(MassStep::Add { id, triage })
    }

    /// One of each colour, with everything that a row can hold.
    fn filled(by: Party) -> Self {
        let run = Run::linked().handoff.id;
        Self::begun(by)
            .add("p1", Triage::Yellow)
            .step(MassStep::Triage(row("p1"), Triage::Red))
            .step(MassStep::Sex(row("p1"), Some(Sex::Male)))
            .step(MassStep::AgeBand(row("p1"), Some(AgeBand::Seventies)))
            .step(MassStep::Place(row("p1"), NASTY.to_owned()))
            .step(MassStep::Tag(row("p1"), "A-0012".to_owned()))
            .step(MassStep::Handoff(row("p1"), Some(run)))
            .add("p2", Triage::Yellow)
            .step(MassStep::Place(
                row("p2"),
                "第1応急救護所 テントB".to_owned(),
            ))
            .add("p3", Triage::Green)
            .step(MassStep::AgeBand(row("p3"), Some(AgeBand::Toddler)))
            .add("p4", Triage::Green)
            .step(MassStep::Strike(row("p4"), true))
            .add("p5", Triage::Black)
    }

    fn many(self, is_on: bool) -> Many {
        let goes_on = is_on && self.list.ended.is_none();
        Many {
            list: Some(self.list),
            is_on,
            goes_on,
        }
    }
}

fn row(word: &str) -> RowId {
    RowId::new(word).unwrap()
}

fn nothing(is_on: bool) -> Many {
    Many {
        list: None,
        is_on,
        goes_on: false,
    }
}

fn page(language: Language, viewer: &Viewer, many: &Many, row: &str) -> ManyPage {
    let runs = [Run::linked().accepted().row(), Run::filled().asked().row()];
    let seen = Seen {
        many,
        runs: &runs,
        left: 2,
        row,
        step: "next".into(),
        now: now(),
    };
    ManyPage::new(&sample::context(language), viewer, &seen)
}

fn sheet(language: Language, viewer: &Viewer, many: &Many) -> ManySheet {
    let runs = [Run::linked().accepted().row()];
    let seen = Seen {
        many,
        runs: &runs,
        left: 0,
        row: "",
        step: String::new(),
        now: now(),
    };
    ManySheet::new(&sample::context(language), viewer, &seen)
}

fn in_disaster(viewer: Viewer) -> Viewer {
    Viewer {
        disaster: Some("湾岸 地震 – 2026-11-25".into()),
        ..viewer
    }
}

/// Every page of these, with its name.
pub(super) fn pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let crew_here = in_disaster(crew_member(language));
    let nurse = in_disaster(sample::viewer(Role::Nurse, language));
    let clerk = in_disaster(sample::viewer(Role::Clerk, language));
    let filled = Listed::filled(crew()).many(true);
    let ended = Listed::filled(crew()).step(MassStep::End);
    let before = Many {
        goes_on: false,
        ..Listed::filled(crew()).many(true)
    };
    let here = Listed::filled(staff("f1")).many(true);
    let late = Text::of(language).handoff.many.late;
    let typed = sent("row=p2&place=%3Cb%3E");
    let crew_page = |many: &Many, row| page(language, &crew_here, many, row);
    vec![
        ("many none", crew_page(&nothing(true), "").respond()),
        ("many", crew_page(&filled, "").respond()),
        ("many filled in", crew_page(&filled, "p1").respond()),
        (
            "many again",
            crew_page(&filled, "p2")
                .refused(&typed, late, StatusCode::CONFLICT)
                .respond(),
        ),
        ("many over", crew_page(&ended.many(true), "").respond()),
        ("many before", crew_page(&before, "").respond()),
        (
            "many off",
            page(
                language,
                &crew_member(language),
                &Listed::filled(crew()).many(false),
                "p1",
            )
            .respond(),
        ),
        ("many board", page(language, &nurse, &here, "p2").respond()),
        ("many clerk", page(language, &clerk, &here, "p2").respond()),
        ("many sheet", sheet(language, &crew_here, &filled).respond()),
        (
            "many sheet none",
            sheet(language, &clerk, &nothing(false)).respond(),
        ),
        ("handoffs disaster", list_of(&crew_here, &[]).respond()),
        ("board disaster", board_of(&clerk, &[]).respond()),
    ]
}

fn texts(page: &str, selector: &str) -> Vec<String> {
    let page = scraper::Html::parse_document(page);
    let selector = scraper::Selector::parse(selector).unwrap();
    let found = page.select(&selector);
    found
        .map(|one| one.text().collect::<String>().trim().to_owned())
        .collect()
}

#[actix_web::test]
async fn a_row_says_its_colour_in_a_word_and_a_shape_and_the_top_counts_who_is_not_struck() {
    for (language, said) in [
        (
            Language::Ja,
            ["▲赤1", "■黄1", "●緑1", "✚黒1", "計4", "取消1"],
        ),
        (
            Language::En,
            [
                "▲Red1",
                "■Yellow1",
                "●Green1",
                "✚Black1",
                "Total4",
                "Struck1",
            ],
        ),
    ] {
        let many = Listed::filled(crew()).many(true);
        let crew_here = in_disaster(crew_member(language));
        for made in [
            page(language, &crew_here, &many, "").respond(),
            sheet(language, &crew_here, &many).respond(),
        ] {
            let made = html(made.unwrap()).await;
            let counts: Vec<String> = texts(&made, "ul.many-counts > li")
                .iter()
                .map(|one| one.split_whitespace().collect())
                .collect();
            assert_eq!(counts, said);
            assert_eq!(count(&made, ".is-struck"), 1);
            for triage in Triage::ALL {
                let name = triage.name(language);
                assert!(made.contains(name) && made.contains(triage.shape()));
            }
        }
    }
}

#[actix_web::test]
async fn four_buttons_add_and_one_row_at_a_time_is_filled_in() {
    for language in BOTH {
        let many = Listed::filled(crew()).many(true);
        let crew_here = in_disaster(crew_member(language));
        for (row, rows) in [("", 0), ("p3", 1), ("p9", 0)] {
            let page = html(page(language, &crew_here, &many, row).respond().unwrap()).await;
            assert_eq!(count(&page, "header form#add button[name=add]"), 4);
            assert_eq!(count(&page, ".many-edit"), rows, "{row}");
            assert_eq!(count(&page, ".many-row"), 5);
            let first = texts(&page, ".many-row:first-child .many-number");
            assert!(first[0].ends_with('5'), "the newest first: {first:?}");
        }
    }
}

#[actix_web::test]
async fn whoever_only_reads_and_a_list_that_takes_nothing_show_no_form() {
    for language in BOTH {
        let over = Listed::filled(crew()).step(MassStep::End).many(true);
        let off = Listed::filled(crew()).many(false);
        let here = Listed::filled(staff("f1")).many(true);
        let crew_here = crew_member(language);
        let clerk = sample::viewer(Role::Clerk, language);
        let said = &Text::of(language).handoff.many;
        // What is left to do: begin the next, end, nothing.
        for (viewer, many, forms, why) in [
            (&crew_here, &over, ["add"].as_slice(), said.begin_anew_hint),
            (&crew_here, &off, ["end"].as_slice(), said.off),
            (&clerk, &here, [].as_slice(), said.only_reads),
        ] {
            let page = html(page(language, viewer, many, "p2").respond().unwrap()).await;
            assert_eq!(count(&page, "main form"), forms.len(), "{why}");
            for form in forms {
                assert_eq!(count(&page, &format!("main form#{form}")), 1, "{form}");
            }
            let words = texts(&page, "main").concat();
            assert!(words.contains(why), "{why}");
            assert_eq!(count(&page, ".many-row"), 5, "it can be read");
        }
    }
}

#[actix_web::test]
async fn nobody_is_named_on_the_list_also_where_a_row_is_linked() {
    for language in BOTH {
        for (_, page) in pages(language) {
            let page = html(page.unwrap()).await;
            for told in ["鈴木", "山田", "ヤマダ", "1954", "3456789", "赤い上着"] {
                assert!(!page.contains(told), "{told}");
            }
            assert!(!page.contains(NASTY));
        }
    }
}

#[actix_web::test]
async fn why_a_touch_was_refused_is_said_beside_what_was_typed() {
    for language in BOTH {
        let many = Listed::filled(crew()).many(true);
        let crew_here = in_disaster(crew_member(language));
        let typed = sent("row=p2&place=%E6%9D%B1&was_place=");
        let late = Text::of(language).handoff.many.late;
        let why = (Text::of(language).handoff.refused)(Refused::Full);
        for why in [late, why] {
            let page = page(language, &crew_here, &many, "p2");
            let page = page.refused(&typed, why, StatusCode::CONFLICT).respond();
            let page = html(page.unwrap()).await;
            assert_eq!(texts(&page, "#flash"), [why]);
            assert_eq!(count(&page, "input[name=place][value='東']"), 1);
        }
    }
}
