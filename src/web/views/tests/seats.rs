//! The pages of one's own sessions, of vouching, and the session's end on every page.

use std::time::Duration;

use scraper::{Html, Selector};

use crate::{
    access::{Authenticator, OwnMeans, OwnSession, Refusal, Stranger, Viewer, Vouched},
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
    let renew = |known: &[Authenticator]| RenewPage::new(&context, &half, known, "/");
    let conflict = StatusCode::CONFLICT;
    let mut pages = vec![
        (
            "sessions",
            SessionsPage::new(&context, &viewer, list).respond(),
        ),
        ("renew", renew(&authenticators()).respond()),
        ("renew by passkey", renew(&authenticators()[1..2]).respond()),
        (
            "renew again",
            renew(&[]).again(Refusal::WrongCode).respond(),
        ),
        ("home ending", HomePage::new(&context, &half).respond()),
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
    ];
    pages.extend(vouching(language));
    pages
}

/// The voucher's page, by what he has and what came of it.
fn vouching(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Physician, language);
    let means = |has_password, has_code, has_passkey| OwnMeans {
        has_password,
        has_code,
        has_passkey,
    };
    let vouch = || VouchPage::new(&context, &viewer, means(true, true, false));
    let by_passkey = || VouchPage::new(&context, &viewer, means(false, false, true));
    let ends = sample::now().wall;
    let name = "森 かおる".to_owned();
    vec![
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
        ("vouch by passkey", by_passkey().respond()),
        (
            "vouch any way",
            VouchPage::new(&context, &viewer, means(true, true, true)).respond(),
        ),
        (
            "vouch no password",
            by_passkey()
                .after(
                    &Vouched::NoPassword {
                        name: sample::NAME.to_owned(),
                    },
                    "",
                    "ns-mori",
                )
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
async fn whoever_has_only_a_passkey_is_asked_for_nothing_else() {
    for language in BOTH {
        let page = pages(language)
            .into_iter()
            .find(|(name, _)| *name == "renew by passkey");
        let page = html(page.unwrap().1.unwrap()).await;
        assert!(has(&page, "form#renew button.own-passkey.main"));
        for field in ["password", "code"] {
            assert!(!has(&page, &format!("form#renew [name={field}]")));
        }
        assert!(!has(&page, "form#renew button:not([type=button])"));
    }
}

#[actix_web::test]
async fn a_voucher_is_asked_for_what_he_has_and_told_where_a_script_is_needed() {
    for language in BOTH {
        let pages = pages(language);
        let find = |wanted: &str| pages.iter().position(|(name, _)| *name == wanted).unwrap();
        let places = ["vouch", "vouch by passkey", "vouch any way"].map(find);
        let mut drawn = Vec::new();
        for (_, page) in pages {
            drawn.push(html(page.unwrap()).await);
        }
        let [typed, passkey, any] = places.map(|place| &drawn[place]);
        for form in ["form#vouch-terminal", "form#vouch-colleague"] {
            let holds = |page: &str, what: &str| has(page, &format!("{form} {what}"));
            for field in ["[name=password]", "[name=code]", "button.main:not([type])"] {
                assert!(holds(typed, field) && holds(any, field), "{form} {field}");
                assert!(!holds(passkey, field), "{form} {field}");
            }
            let button = "button.own-passkey[data-start='/vouch/start'][hidden]";
            assert!(holds(any, button) && !holds(typed, button));
            assert!(holds(passkey, &format!("{button}.main")));
            assert!(holds(passkey, "noscript") && !holds(any, "noscript"));
        }
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
