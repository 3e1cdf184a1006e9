//! What is handed over or handed in: disclosure, the monthly report, lists.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::{
    domain::{
        access::{Basis, TerminalId},
        review::{Asker, Inquiry, Kind, Proof, Rule, Settled, Table, Verdict},
        section::SourceName,
    },
    ledger::Unread,
    review::{
        Cases, Disclosure, FileFlaw, How, LineFlaw, Means, Month, Origin, Outcome, Permissions,
        Refused, Report, Sealed, Shown,
    },
    web::views::review::{
        disclosure::{self, Disclosed, DisclosurePage, Typed},
        lists::ListsPage,
        report::{self, Made, ReportPage},
    },
};

use super::*;

fn shown(minutes: i64, how: How) -> Shown {
    let is_plain = matches!(how, How::Screen | How::Print);
    let mut sections: Vec<(SectionName, u64)> = Vec::new();
    if is_plain {
        sections = SectionName::ALL.map(|name| (name, 3)).to_vec();
        sections[8].1 = 0;
    }
    let is_look = is_plain || matches!(how, How::Uncovered | How::Document);
    Shown {
        at: sample::now().wall - TimeDelta::days(3) + TimeDelta::minutes(minutes),
        basis: is_look.then_some(Basis::Emergency),
        reason: is_look.then_some(Reason::Unconscious),
        receipt: is_look.then(|| "4821-0937-5516".to_owned()),
        how,
        sections,
        unnamed: 0,
        is_erased: false,
    }
}

fn disclosed() -> Disclosure {
    let fetched = How::Fetched(vec![SourceName::Emr, SourceName::Claims]);
    let mut looks = vec![
        shown(0, How::Searched),
        shown(1, fetched),
        shown(2, How::Screen),
        shown(3, How::Print),
        shown(9, How::Uncovered),
        shown(12, How::Document),
        shown(900, How::Reviewed),
        shown(905, How::Replayed(true)),
        shown(4_300, How::Disclosed),
    ];
    looks[4].sections = vec![(SectionName::Problems, 2)];
    looks[5].sections = vec![(SectionName::Documents, 1)];
    looks[5].is_erased = true;
    Disclosure {
        looks,
        silent: 7,
        names: BTreeSet::from([sample::NAME.to_owned()]),
        is_another: false,
        is_unproven: false,
        is_cut: false,
    }
}

fn texts(page: &str) -> String {
    Html::parse_document(page).root_element().text().collect()
}

fn unread() -> Unread {
    Unread {
        node: Some(NodeId("n1-second-9f3a".to_owned())),
        entries: 42,
        why: "gone".to_owned(),
        given_up: None,
    }
}

fn inquiry() -> Inquiry {
    Inquiry {
        asker: Asker::Guardian,
        proof: Proof::Photograph,
        name: sample::NAME.to_owned(),
        right: Some("戸籍謄本".to_owned()),
        as_table: false,
    }
}

fn typed() -> Typed {
    Typed {
        asker: "guardian".to_owned(),
        name: sample::NAME.to_owned(),
        insurer: "06139999".to_owned(),
        number: "187".to_owned(),
        branch: "01".to_owned(),
        ..Typed::default()
    }
}

fn given<T>(
    language: Language,
    found: &InPart<Disclosure>,
    make: impl FnOnce(&Disclosed<'_>) -> T,
) -> T {
    let viewer = sample::viewer(Role::Auditor, language);
    make(&Disclosed {
        viewer: &viewer,
        inquiry: &inquiry(),
        number: "06139999:1234:187:01".to_owned(),
        found,
        now: sample::now().wall,
    })
}

fn sheet(
    language: Language,
    read: Disclosure,
    unread: Vec<Unread>,
) -> Result<HttpResponse, Problem> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Auditor, language);
    let page = DisclosurePage::new(&context, &viewer, typed());
    let found = InPart { read, unread };
    given(language, &found, |disclosed| page.with(disclosed)).respond()
}

/// A month of a busy emergency department.
fn month() -> Report {
    let reasons = Reason::ALL.into_iter().zip([31, 18, 9, 40, 2, 5]);
    let mut hours = [(0, 0); 24];
    for (hour, place) in hours.iter_mut().enumerate() {
        *place = ((hour * 7) % 9, (hour * 5) % 3);
    }
    let department = |name: &str| Origin::Department(name.to_owned());
    let terminal = Origin::Terminal(Some(TerminalId("<script>".to_owned())));
    let rules = Rule::ALL
        .into_iter()
        .zip([1, 1, 2, 3, 1, 1, 1, 2, 4, 6, 9, 3]);
    Report {
        month: Month::parse("2026-11").unwrap(),
        made: sample::now().wall,
        cases: Cases {
            all: 105,
            explained: 88,
            reasons: reasons
                .map(|(reason, count)| (Some(reason), count))
                .collect(),
            origins: BTreeMap::from([
                (department("救急科"), 71),
                (department("内科"), 14),
                (department("外科"), 9),
                (terminal, 11),
            ]),
            hours,
            means: BTreeMap::from([
                (Means::Registered, 80),
                (Means::OnDuty, 70),
                (Means::Colleague, 22),
            ]),
            flags: rules.collect(),
            settled: BTreeMap::from([
                (Settled::Closed(Verdict::Justified), 81),
                (Settled::Closed(Verdict::Unjustified), 1),
                (Settled::Closed(Verdict::Inconclusive), 3),
                (Settled::NeedsSecond, 2),
                (Settled::Open, 18),
            ]),
            lags: (0..87).map(TimeDelta::hours).collect(),
            told: [90, 6, 9],
        },
        before: 98,
        permissions: Permissions {
            valid: 34,
            unused: 6,
        },
        sealed: Sealed {
            made: 1,
            used: 0,
            lying: 2,
        },
        since: Some(sample::now().wall - TimeDelta::days(400)),
        lists: vec![
            (Kind::Arrivals, Some((sample::now().wall, 41))),
            (Kind::Duty, None),
        ],
        unread: vec![],
    }
}

fn made<T>(report: &Report, make: impl FnOnce(&Made<'_>) -> T) -> T {
    make(&Made {
        report,
        names: &Names::default(),
        table: &Table::default(),
    })
}

fn report_page(language: Language, report: &Report) -> Result<HttpResponse, Problem> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Auditor, language);
    made(report, |made| ReportPage::new(&context, &viewer, made)).respond()
}

/// A month with nothing in it, of a ledger that is not whole.
fn empty() -> Report {
    Report {
        cases: Cases::default(),
        before: 0,
        since: None,
        unread: vec![unread()],
        lists: Kind::ALL.map(|kind| (kind, None)).to_vec(),
        ..month()
    }
}

fn lists(
    language: Language,
    change: impl FnOnce(ListsPage) -> ListsPage,
) -> Result<HttpResponse, Problem> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Auditor, language);
    let known = [
        (Kind::Arrivals, Some((sample::now().wall, 41))),
        (Kind::Duty, None),
    ];
    change(ListsPage::new(&context, &viewer, &known, Some(Kind::Duty))).respond()
}

fn flaws() -> Refused {
    let flaws = [
        LineFlaw::Fields,
        LineFlaw::Control,
        LineFlaw::Missing("account"),
        LineFlaw::Unreadable("from"),
        LineFlaw::Formula("department"),
        LineFlaw::Resource,
        LineFlaw::Nobody,
        LineFlaw::OtherFacility,
        LineFlaw::Span,
        LineFlaw::Future,
    ];
    Refused::Lines((2..).zip(flaws).collect())
}

/// Every page of these.
pub(super) fn pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Auditor, language);
    let form = DisclosurePage::new(&context, &viewer, typed());
    let outcome = Outcome {
        kind: Kind::Arrivals,
        lines: 41,
        twice: 2,
        strangers: 0,
        absent: 3,
        was_known: false,
    };
    let cut = Disclosure {
        looks: Vec::new(),
        names: BTreeSet::new(),
        is_cut: true,
        ..disclosed()
    };
    vec![
        (
            "disclosure",
            form.wrong(Text::of(language).disclosure.another).respond(),
        ),
        ("disclosure sheet", sheet(language, disclosed(), vec![])),
        ("disclosure part", sheet(language, cut, vec![unread()])),
        ("report", report_page(language, &month())),
        ("report empty", report_page(language, &empty())),
        ("lists", lists(language, |page| page.taken(&outcome))),
        (
            "lists refused",
            lists(language, |page| page.refused(&flaws())),
        ),
    ]
}

#[actix_web::test]
async fn a_disclosure_names_no_staff_and_says_what_is_erased_and_what_is_missing() {
    for language in BOTH {
        let t = Text::of(language);
        let page = html(sheet(language, disclosed(), vec![unread()]).unwrap()).await;
        for said in [
            t.disclosure.erased,
            t.disclosure.erased_note,
            "n1-second-9f3a",
            t.disclosure.covers,
        ] {
            assert!(texts(&page).contains(said), "{said}");
        }
        assert_eq!(count(&page, ".handed-rows tbody tr"), 9);
        let article = page.split("<article").nth(1).unwrap();
        assert!(!article.contains("<script>") && !article.contains("山城 結衣"));
    }
}

#[actix_web::test]
async fn the_same_as_a_table_says_the_same_and_no_spreadsheet_computes_it() {
    let mut found = InPart {
        read: disclosed(),
        unread: vec![unread()],
    };
    found.read.looks[0].receipt = Some("=1+1".to_owned());
    let t = Text::of(Language::Ja);
    let answer = given(Language::Ja, &found, |disclosed| {
        disclosure::table(disclosed, t)
    })
    .unwrap();
    let name = answer.headers().get("content-disposition").unwrap();
    assert_eq!(name, "attachment; filename=\"disclosure.csv\"");
    let table = html(answer).await;
    assert!(
        table.starts_with('\u{FEFF}') && table.contains(",'=1+1,"),
        "{table}"
    );
    for said in [
        t.disclosure.erased,
        "n1-second-9f3a",
        t.disclosure.nobody,
        "救急時",
        // Two files laid side by side are told apart.
        &format!("{}: ", t.disclosure.patient),
        "06139999:1234:187:01",
        &format!("{}: ", t.disclosure.who),
    ] {
        assert!(table.contains(said), "{said}: {table}");
    }
    assert_eq!(table.matches("\r\n").count(), 1 + 9 + 3 + 4);
}

#[actix_web::test]
async fn a_month_says_that_it_is_not_over_and_what_it_does_not_hold() {
    for language in BOTH {
        let said = &Text::of(language).report;
        let running = (said.ripeness)(crate::review::Ripeness::Running).unwrap();
        let page = html(report_page(language, &month()).unwrap()).await;
        assert!(texts(&page).contains(running), "{running}");
        assert!(!page.contains("<script>"));
        let later = Report {
            made: sample::now().wall + TimeDelta::days(60),
            ..month()
        };
        let later = html(report_page(language, &later).unwrap()).await;
        assert!(!texts(&later).contains(running));
        let empty = html(report_page(language, &empty()).unwrap()).await;
        assert!(texts(&empty).contains(said.no_entries) && empty.contains("n1-second-9f3a"));
    }
    let t = Text::of(Language::Ja);
    let table = made(&month(), |made| report::table(made, t)).unwrap();
    let table = html(table).await;
    for line in [
        "救急時閲覧,2026-11,105\r\n",
        "理由別,同意取得の時間的余裕がない,40\r\n",
        "審査の結果,不当,1\r\n",
    ] {
        assert!(table.contains(line), "{line}: {table}");
    }
}

#[actix_web::test]
async fn every_line_that_stands_in_the_way_is_named_and_so_are_the_limits() {
    for language in BOTH {
        let page = html(lists(language, |page| page.refused(&flaws())).unwrap()).await;
        assert_eq!(count(&page, ".flaws tbody tr"), 10);
        for flaw in [FileFlaw::TooLarge, FileFlaw::TooLong] {
            let refused = Refused::File(flaw);
            let answer = lists(language, |page| page.refused(&refused)).unwrap();
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
            assert!(html(answer).await.contains("5000") || language == Language::Ja);
        }
        assert!(page.contains("5000") && page.contains("2 MB"));
    }
}
