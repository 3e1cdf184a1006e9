//! The pages of one's own sessions, of vouching, and the session's end on every page.

use std::time::Duration;

use scraper::{Html, Selector};

use crate::{
    access::{OwnSession, Refusal, Stranger, Viewer, Vouched},
    domain::{access::Role, event::SecondFactor, section::Language},
    web::{
        error::Problem,
        views::{
            HttpResponse, StatusCode,
            home::HomePage,
            lock::LockPage,
            sample,
            seats::{RenewPage, SessionsPage},
            sign_in::{CodePage, LoginPage},
            vouch::{StrangerPage, VouchPage},
        },
    },
};

use super::{BOTH, authenticators, html};

fn own(is_this: bool, terminal: &str) -> OwnSession {
    let since = sample::now().wall;
    OwnSession {
        id: "opaque".into(),
        terminal_name: terminal.into(),
        location: "救急外来".into(),
        since,
        last_seen: since,
        ends: since + Duration::from_hours(12),
        locked: !is_this,
        is_this,
    }
}

fn stranger() -> Stranger {
    Stranger {
        code: "ABCDE-FGH23".into(),
        token: "sealed".into(),
    }
}

/// Somebody whose session ends so soon.
fn ending(language: Language, left: Duration) -> Viewer {
    Viewer {
        left,
        ends: sample::now().wall + left,
        ..sample::viewer(Role::Physician, language)
    }
}

/// Every page of these, with its name.
pub(super) fn pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Physician, language);
    let list = vec![own(true, "初療室2"), own(false, "<script>")];
    let half = ending(language, Duration::from_mins(29));
    let vouch = || VouchPage::new(&context, &viewer);
    let ends = sample::now().wall;
    let name = "森 かおる".to_owned();
    let conflict = StatusCode::CONFLICT;
    vec![
        (
            "sessions",
            SessionsPage::new(&context, &viewer, list).respond(),
        ),
        (
            "renew",
            RenewPage::new(&context, &half, &authenticators(), "/").respond(),
        ),
        (
            "renew again",
            RenewPage::new(&context, &half, &[], "/")
                .again(Refusal::WrongCode)
                .respond(),
        ),
        ("home ending", HomePage::new(&context, &half).respond()),
        ("vouch", vouch().respond()),
        (
            "vouch again",
            vouch()
                .after(&Vouched::UnknownColleague, "", "<script>")
                .respond(),
        ),
        (
            "vouch done",
            vouch()
                .after(&Vouched::Colleague { name, ends }, "", "ns-mori")
                .respond(),
        ),
        (
            "stranger",
            StrangerPage::new(&context, stranger()).respond(),
        ),
        (
            "stranger again",
            StrangerPage::new(&context, stranger())
                .again(context.text().seats.not_yet.into(), "<script>", conflict)
                .respond(),
        ),
        (
            "login strange",
            LoginPage::again(&context, "dr-sato", Refusal::UnknownTerminal).respond(),
        ),
        (
            "code vouched",
            CodePage::new(&context, "pending")
                .with_vouch(true)
                .respond(),
        ),
    ]
}

fn has(page: &str, selector: &str) -> bool {
    let selector = Selector::parse(selector).unwrap();
    Html::parse_document(page)
        .select(&selector)
        .next()
        .is_some()
}

#[actix_web::test]
async fn every_page_says_when_the_session_ends_from_half_an_hour_before_and_leads_to_renewal() {
    for language in BOTH {
        let context = sample::context(language);
        for (left, shown, waits) in [
            (Duration::from_mins(34), false, false),
            (Duration::from_mins(32), true, true),
            (Duration::from_mins(30), true, false),
            (Duration::from_secs(1), true, false),
        ] {
            let viewer = ending(language, left);
            let page = HomePage::new(&context, &viewer).respond().unwrap();
            let page = html(page).await;
            assert_eq!(has(&page, "#ends-soon"), shown, "{left:?}");
            assert_eq!(has(&page, "#ends-soon[hidden]"), waits, "{left:?}");
            let door = "#ends-soon a[href^='/sessions/renew?back=/']";
            assert_eq!(has(&page, door), shown, "{left:?}");
        }
        // 01:41 UTC and 29 minutes, on a Japanese wall.
        let viewer = ending(language, Duration::from_mins(29));
        let page = HomePage::new(&context, &viewer).respond().unwrap();
        assert!(html(page).await.contains("11:10") || language == Language::En);
    }
}

#[actix_web::test]
async fn a_sealed_account_is_offered_neither_renewal_nor_a_change_of_users() {
    let context = sample::context(Language::Ja);
    let sealed = Viewer {
        second_factor: SecondFactor::Sealed,
        ..ending(Language::Ja, Duration::from_mins(10))
    };
    let pages = [
        HomePage::new(&context, &sealed).respond(),
        LockPage::new(&context, &sealed).respond(),
        SessionsPage::new(&context, &sealed, Vec::new()).respond(),
    ];
    for page in pages {
        let page = html(page.unwrap()).await;
        assert!(!has(&page, "form#switch") && !page.contains("/sessions/renew"));
    }
}

#[actix_web::test]
async fn no_factor_is_ever_sent_back_in_a_form() {
    for language in BOTH {
        for (name, page) in pages(language) {
            let page = html(page.unwrap()).await;
            for factor in ["password", "code"] {
                assert!(
                    !has(&page, &format!("input[name={factor}][value]")),
                    "{name}"
                );
            }
        }
    }
}
