//! The crew's pages, the board, and the sheet.

use crate::{
    access::{FacilityKind, Viewer},
    domain::{
        access::{FacilityId, Role},
        handoff::{Codes, DeclineReason, HandoffId, Incoming, Refused, Step, WhyEnded},
        section::Language,
    },
    web::{
        error::Problem,
        form::Fields,
        views::{
            HttpResponse, StatusCode,
            handoff::{
                Names,
                board::{BoardPage, Listed},
                codes::{CodesPage, Left},
                form::{HandoffPage, Open},
                incoming::{Desk, IncomingPage},
                list::HandoffsPage,
                sheet::SheetPage,
            },
            sample,
        },
    },
};

use super::{BOTH, count, html};

mod many;
mod run;

use run::{NASTY, Run, crew, hospital, now, staff};

fn names() -> Names {
    [("f1", "模擬中央病院"), ("f2", "東病院"), ("d1", "湾岸消防")]
        .map(|(id, name)| (FacilityId(id.into()), name.to_owned()))
        .into()
}

fn crew_member(language: Language) -> Viewer {
    Viewer {
        facility: FacilityId("d1".into()),
        facility_name: "湾岸消防".into(),
        facility_kind: FacilityKind::Fire,
        ..sample::viewer(Role::Paramedic, language)
    }
}

fn form(language: Language, run: &Run) -> HandoffPage {
    let (context, viewer) = (sample::context(language), crew_member(language));
    let hospitals: Vec<_> = names().into_iter().filter(|(id, _)| id.0 != "d1").collect();
    let open = Open {
        handoff: &run.handoff,
        names: &names(),
        hospitals: &hospitals,
        grants: &[std::sync::Arc::new(sample::grant())],
        step: "next".into(),
        now: now(),
    };
    HandoffPage::new(&context, &viewer, open)
}

fn offline(language: Language) -> HandoffPage {
    HandoffPage::offline(&sample::context(language), now())
}

fn list(language: Language, runs: &[Incoming]) -> HandoffsPage {
    list_of(&crew_member(language), runs)
}

fn list_of(viewer: &Viewer, runs: &[Incoming]) -> HandoffsPage {
    let made = ("next".to_owned(), now());
    HandoffsPage::new(&sample::context(viewer.language), viewer, runs, made)
}

fn board(language: Language, runs: &[Incoming]) -> BoardPage {
    board_of(&sample::viewer(Role::Clerk, language), runs)
}

fn board_of(viewer: &Viewer, runs: &[Incoming]) -> BoardPage {
    let listed = Listed {
        runs,
        left: 3,
        unreadable: 1,
    };
    let context = sample::context(viewer.language);
    BoardPage::new(&context, viewer, (listed, &names()), now())
}

fn at_hospital(language: Language, run: &Run, role: Role) -> IncomingPage {
    let names = names();
    let desk = Desk {
        names: &names,
        step: "next",
        now: now(),
    };
    let viewer = sample::viewer(role, language);
    IncomingPage::of_incoming(&sample::context(language), &viewer, &run.row(), desk)
}

fn revealed(language: Language, run: &Run) -> IncomingPage {
    let names = names();
    let desk = Desk {
        names: &names,
        step: "next",
        now: now(),
    };
    let viewer = sample::viewer(Role::Physician, language);
    IncomingPage::revealed(&sample::context(language), &viewer, &run.handoff, desk)
}

fn gone(language: Language) -> IncomingPage {
    let declined = Run::filled().asked().step(
        &staff("f1"),
        Step::Decline {
            reason: DeclineReason::Other,
            note: NASTY.into(),
        },
    );
    let names = names();
    let desk = Desk {
        names: &names,
        step: "next",
        now: now(),
    };
    let viewer = sample::viewer(Role::Physician, language);
    let own: Vec<_> = declined
        .handoff
        .inquiry(&hospital())
        .into_iter()
        .cloned()
        .collect();
    let which = (&declined.handoff.id, &own[..]);
    IncomingPage::gone(&sample::context(language), &viewer, which, desk)
}

fn sheet(language: Language, run: &Run) -> SheetPage {
    let viewer = sample::viewer(Role::Physician, language);
    let back = "/board/n1.run".to_owned();
    let names = names();
    let what = (&run.handoff, &names);
    SheetPage::new(&sample::context(language), &viewer, what, (back, now()))
}

fn sent(body: &str) -> Fields {
    Fields::parse(body.as_bytes()).unwrap()
}

/// Every page of these, with its name.
pub(super) fn pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let unit = crate::web::text::Text::of(language).handoff.crew.no_unit;
    let late = Run::linked().accepted();
    let ended = Run::filled().step(
        &crew(),
        Step::End {
            why: WhyEnded::NotTransported,
        },
    );
    let typed = sent("vitals=add&pulse=%3Cscript%3E&jcs=30&hospital=f2");
    let rows = [
        Run::filled().asked().row(),
        late.row(),
        Run::linked().handed_over().row(),
    ];
    let mut pages = vec![
        ("handoffs none", list(language, &[]).respond()),
        ("handoffs", list(language, &rows).respond()),
        (
            "handoffs again",
            list(language, &[]).refused(NASTY, unit).respond(),
        ),
        ("handoff begun", form(language, &Run::begun()).respond()),
        (
            "handoff asked",
            form(language, &Run::filled().asked()).respond(),
        ),
        ("handoff linked", form(language, &late).respond()),
        (
            "handoff again",
            form(language, &Run::filled())
                .refused(&typed, NASTY.into(), StatusCode::UNPROCESSABLE_ENTITY)
                .respond(),
        ),
        (
            "handoff over",
            form(language, &Run::linked().handed_over()).respond(),
        ),
        ("handoff ended", form(language, &ended).respond()),
        ("handoff offline", offline(language).respond()),
    ];
    pages.extend(hospital_pages(language));
    pages.extend(codes_pages(language));
    pages.extend(many::pages(language));
    pages
}

/// Those on which a hospital scans.
fn codes_pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let viewer = sample::viewer(Role::Physician, language);
    let context = sample::context(language);
    let page = || CodesPage::new((&viewer, &context), "next".into());
    let part = Codes::Part {
        missing: vec![2, 4],
        of: 5,
        unread: 1,
    };
    let text = context.text();
    let left = |part, why: &str| Left::new(part, why.to_owned(), text);
    let left = vec![
        left("vitals", text.handoff.unread.time),
        left("alerts", NASTY),
    ];
    vec![
        ("codes", page().respond()),
        ("codes part", page().not_whole(NASTY, &part).respond()),
        ("codes mixed", page().not_whole("", &Codes::Mixed).respond()),
        ("codes unsigned", page().not_signed(NASTY).respond()),
        (
            "codes refused",
            page().refused(NASTY, Refused::AlreadyTaken).respond(),
        ),
        (
            "codes taken",
            page().taken(&HandoffId("demo.a".into()), left).respond(),
        ),
    ]
}

/// Those of the hospital.
fn hospital_pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let text = crate::web::text::Text::of(language);
    let taken = (text.handoff.refused)(Refused::AlreadyTaken);
    let over = Run::linked().handed_over();
    let late = Run::linked().accepted();
    let rows = [
        Run::filled().asked().row(),
        late.row(),
        Run::linked().handed_over().row(),
    ];
    vec![
        ("board none", board(language, &[]).respond()),
        ("board", board(language, &rows).respond()),
        (
            "incoming",
            at_hospital(language, &Run::linked().asked(), Role::Physician).respond(),
        ),
        (
            "incoming clerk",
            at_hospital(language, &Run::filled().asked(), Role::Clerk).respond(),
        ),
        (
            "incoming accepted",
            at_hospital(language, &late, Role::Nurse).respond(),
        ),
        (
            "incoming again",
            at_hospital(language, &Run::filled().asked(), Role::Nurse)
                .refused(&sent("note=%3Cscript%3E"), taken, StatusCode::CONFLICT)
                .respond(),
        ),
        (
            "incoming revealed",
            revealed(language, &late)
                .with_glass("sealed".into())
                .respond(),
        ),
        (
            "incoming over",
            revealed(language, &over)
                .with_link(&over.handoff, &[])
                .respond(),
        ),
        ("incoming gone", gone(language).respond()),
        (
            "handoff sheet",
            sheet(language, &Run::linked().handed_over()).respond(),
        ),
    ]
}

#[actix_web::test]
async fn nothing_that_tells_who_it_is_stands_on_the_board_before_it_is_revealed() {
    let run = Run::linked();
    for language in BOTH {
        let asked = Run::linked().asked();
        let pages = [
            board(language, &[asked.row(), Run::linked().accepted().row()]).respond(),
            at_hospital(language, &asked, Role::Physician).respond(),
            at_hospital(language, &Run::linked().accepted(), Role::Physician).respond(),
            gone(language).respond(),
            list(language, &[asked.row()]).respond(),
        ];
        for page in pages {
            let page = html(page.unwrap()).await;
            for told in [
                "鈴木",
                "山田",
                "ヤマダ",
                "1954",
                "3456789",
                "6789",
                "ペニシリン",
                "ワルファリン",
                "独居",
            ] {
                assert!(!page.contains(told), "{told}");
            }
        }
        let shown = html(revealed(language, &run_accepted(&run)).respond().unwrap()).await;
        for told in ["山田 太郎", "1954-03-12", "ペニシリン"] {
            assert!(shown.contains(told), "{told}");
        }
    }
}

fn run_accepted(run: &Run) -> Run {
    Run {
        handoff: run.handoff.clone(),
        steps: run.steps,
    }
    .accepted()
}

#[actix_web::test]
async fn a_hospital_that_declined_sees_its_own_times_and_nothing_of_the_form() {
    for language in BOTH {
        let page = html(gone(language).respond().unwrap()).await;
        assert_eq!(count(&page, "form[action^='/board/']"), 0);
        assert_eq!(count(&page, "#report"), 0);
        assert_eq!(count(&page, "#own-times + .history li"), 1);
    }
}

#[actix_web::test]
async fn no_form_of_a_touch_has_a_field_to_type_in_and_enter_never_touches() {
    for language in BOTH {
        for (name, page) in pages(language) {
            let page = html(page.unwrap()).await;
            // The first button of a form that is typed in has no name: Enter presses it.
            for form in [
                "add-vitals",
                "type-patient",
                "type-label",
                "type-complaint",
                "arrive",
                "ask",
                "ask-back",
                "receive",
                "begin",
            ] {
                let first = format!("form#{form} button[name]");
                assert_eq!(count(&page, &first), 0, "{name} {form}");
            }
            for form in [
                "touch-patient",
                "touch-complaint",
                "touch-findings",
                "touch-labels",
            ] {
                let typed = format!("form#{form} input:not([type=hidden])");
                assert_eq!(count(&page, &typed), 0, "{name} {form}");
            }
        }
    }
}

#[actix_web::test]
async fn a_page_that_names_nobody_is_not_hidden_from_who_passes_by() {
    for (run, hides) in [
        (Run::begun(), false),
        (Run::linked(), true),
        (Run::filled(), true),
    ] {
        let page = html(form(Language::Ja, &run).respond().unwrap()).await;
        assert_eq!(count(&page, "body[data-lock-after]") == 1, hides);
    }
    let page = html(
        board(Language::Ja, &[Run::filled().asked().row()])
            .respond()
            .unwrap(),
    )
    .await;
    assert_eq!(count(&page, "body[data-lock-after]"), 0);
}

#[actix_web::test]
async fn what_is_doubtful_is_said_beside_it_and_never_corrected() {
    let page = html(form(Language::Ja, &Run::filled()).respond().unwrap()).await;
    assert!(page.contains("98.6"), "as typed");
    assert!(page.contains("華氏") && page.contains("収縮期が拡張期以下"));
    assert!(page.contains("E2VTM5") && page.contains("E3V4M6 = 13"));
    assert!(page.contains("「接触」が「覚知」より前"));
}
