//! Every page in both languages.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::body::to_bytes;
use scraper::{Html, Selector};

use crate::{
    access::{
        Authenticator, AuthenticatorKind, Enrolment, FacilityKind, Field, Found, Glass, NotChanged,
        Refusal, Search, Viewer, Wrong, admin::Flaw,
    },
    domain::{
        access::{AccountId, AuthenticatorId, End, IdentifiedBy, NodeId, Reason, Role},
        section::{Language, SectionName, State},
        summary::{Item, Notice, Partial, Tone},
    },
    ledger::{
        InPart, Proof, ReadEntry, Standing, Unread,
        note::{Checkpoint, Note},
    },
    review::Names,
    web::{context::Context, error::Problem, text::Text},
};

use super::{
    HttpResponse, StatusCode,
    audit::AuditPage,
    document::DocumentPage,
    factors::{FactorsPage, TotpPage},
    glass::GlassPage,
    guide::GuidePage,
    home::HomePage,
    lock::{CoveredPage, LockPage},
    print::PrintPage,
    problem,
    receipts::ReceiptsPage,
    sample,
    sign_in::CodePage,
    sign_in::LoginPage,
    summary::SummaryPage,
    terminal::TerminalPage,
    uncovered::UncoveredPage,
};

mod admin;
mod asked;
mod drawn;
mod grants;
mod handed;
mod handoff;
mod health;
mod integrity;
mod kept;
mod replay;
mod review;
mod screen;
mod seats;
mod snapshots;

const BOTH: [Language; 2] = [Language::Ja, Language::En];

/// Every problem there is.
fn problems() -> Vec<Problem> {
    vec![
        Problem::Malformed,
        Problem::Unclean(Box::new(kept::unclean(None))),
        Problem::Locked(None),
        Problem::NotAllowed,
        Problem::NotFound,
        Problem::WrongMethod("GET"),
        Problem::GrantOver(Some(End::Restart)),
        Problem::OtherNode,
        Problem::Stale,
        Problem::ForeignForm,
        Problem::TooLarge,
        Problem::WrongType,
        Problem::WrongHost,
        Problem::Prefetch,
        Problem::Busy,
        Problem::Field(Field::Note, Wrong::Missing),
        Problem::Broken,
        Problem::CannotRecord,
        Problem::Unavailable,
        Problem::TwoPatients,
    ]
}

async fn html(response: HttpResponse) -> String {
    let bytes = to_bytes(response.into_body()).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn summary_page(language: Language, summary: crate::domain::summary::Summary) -> String {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Physician, language);
    let page = SummaryPage::new(&context, &viewer, &sample::shown(summary)).unwrap();
    html(page.respond().unwrap()).await
}

async fn print_page(language: Language, summary: crate::domain::summary::Summary) -> String {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Physician, language);
    let page = PrintPage::new(&context, &viewer, &sample::shown(summary)).unwrap();
    html(page.respond().unwrap()).await
}

fn glass_page(language: Language, role: Role, found: &Found) -> HttpResponse {
    let viewer = sample::viewer(role, language);
    GlassPage::of(&sample::context(language), &viewer, found)
        .respond()
        .unwrap()
}

/// An entry as the ledger gives it back.
fn entries() -> Vec<crate::ledger::ReadEntry> {
    let entry = serde_json::json!({
        "seq": 12,
        "node": "n1",
        "boot": "b",
        "wall": "2026-11-22T01:41:00Z",
        "since_boot_ms": 1,
        "event": "grant_started",
        "account": "a-77",
        "role": "physician",
        "facility": "f1",
        "terminal": "<script>",
        "reason": "unconscious",
        "patient": "k-1f2e",
        "receipt": "4821-0937-5516",
    });
    vec![serde_json::from_value(entry).unwrap()]
}

/// The page of receipts: empty, mistyped, nothing found, and what can be proven of an entry.
fn receipts(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Auditor, language);
    let page = || ReceiptsPage::new(&context, &viewer);
    let entry = entries().remove(0);
    let signed = crate::ledger::Signed {
        checkpoint: Checkpoint {
            origin: "emergency-summary/n1/ab".to_owned(),
            size: 64,
            root: [7; 32],
        },
        note: Note::parse("emergency-summary/n1/ab\n64\nBwcH\n\n— emergency-summary/n1/ab AAAAAAA=\n— office AAAAAAA=\n")
            .unwrap(),
    };
    let found = |standing| {
        let proof = Proof {
            entry: entry.clone(),
            body: Vec::new(),
            standing,
        };
        page()
            .with("4821-0937-5516", &whole(Some(proof)), &Names::default())
            .respond()
    };
    vec![
        ("receipts", page().respond()),
        ("receipts mistyped", page().mistyped("<script>").respond()),
        (
            "receipts unknown",
            page()
                .with("4821-0937-5516", &whole(None), &Names::default())
                .respond(),
        ),
        (
            "receipts unread",
            page()
                .with("4821-0937-5516", &in_part(None), &Names::default())
                .respond(),
        ),
        (
            "receipts proven",
            found(Standing::Proven {
                signed,
                path: Vec::new(),
            }),
        ),
        ("receipts not yet", found(Standing::NotYet)),
        (
            "receipts broken",
            found(Standing::Broken("<cause>".to_owned())),
        ),
    ]
}

/// An account's own authenticators, as they can be.
fn authenticators() -> Vec<Authenticator> {
    let one = |id: &str, kind, name: &str, used| Authenticator {
        id: AuthenticatorId(id.to_owned()),
        account: AccountId("a1".to_owned()),
        kind,
        name: name.to_owned(),
        added_at: used,
        last_used: used,
    };
    let day = Some(sample::now().wall);
    vec![
        one("u-1", AuthenticatorKind::Totp, "", None),
        one("u-2", AuthenticatorKind::Passkey, sample::NAME, day),
        one(
            "u-3",
            AuthenticatorKind::Passkey,
            "病棟のセキュリティキー（青、初療室2の引き出し）",
            day,
        ),
    ]
}

fn totp_page(context: &Context, viewer: &Viewer) -> TotpPage {
    let enrolment = Enrolment {
        totp_secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP".into(),
        otpauth: "otpauth://totp/a:b?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=a".into(),
        sealed: "sealed".to_owned(),
    };
    TotpPage::new(context, viewer, &enrolment, &[]).unwrap()
}

/// Every page, with a name for the message of a failing test.
#[expect(clippy::too_many_lines, reason = "a table of pages")]
async fn every_page(language: Language) -> Vec<(String, String)> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Physician, language);
    let two = Found::Candidates(vec![
        sample::candidate("山田 太郎"),
        sample::candidate(sample::NAME),
    ]);
    let mut nameless = sample::candidate("");
    nameless.patient = None;
    let glass = Glass {
        note: "<script>".into(),
        ..Glass::default()
    };
    let mut pages = vec![
        ("login", LoginPage::new(&context).respond()),
        (
            "login again",
            LoginPage::again(&context, "<script>", Refusal::Slowed(3)).respond(),
        ),
        ("code", CodePage::new(&context, "pending").respond()),
        (
            "code again",
            CodePage::again(&context, "pending", Refusal::UsedCode(12)),
        ),
        (
            "factors",
            FactorsPage::new(&context, &viewer, authenticators()).respond(),
        ),
        (
            "factors none",
            FactorsPage::new(&context, &viewer, Vec::new()).respond(),
        ),
        (
            "factors again",
            FactorsPage::new(&context, &viewer, authenticators())
                .with(NotChanged::Flaw(Flaw::LastAuthenticator))
                .respond(),
        ),
        ("totp", totp_page(&context, &viewer).respond()),
        (
            "totp again",
            totp_page(&context, &viewer)
                .with("<script>", NotChanged::Refused(Refusal::WrongCode))
                .respond(),
        ),
        ("guide", GuidePage::new(&context).respond()),
        ("terminal", TerminalPage::new(&context).respond()),
        ("terminal again", TerminalPage::again(&context).respond()),
        ("lock", LockPage::new(&context, &viewer).respond()),
        ("covered", CoveredPage::new(&context, &viewer).respond()),
        (
            "lock again",
            LockPage::again(&context, &viewer, "/", Refusal::UnknownOrWrong).respond(),
        ),
        ("two", Ok(glass_page(language, Role::Physician, &two))),
        (
            "nobody",
            Ok(glass_page(language, Role::Nurse, &Found::Nobody)),
        ),
        (
            "too many",
            Ok(glass_page(language, Role::Clerk, &Found::TooMany)),
        ),
        (
            "unconfirmed",
            Ok(glass_page(
                language,
                Role::Nurse,
                &Found::Unconfirmed(nameless),
            )),
        ),
        ("glass partly", Ok(kept::partly(language, "1954"))),
        (
            "kept",
            Ok(problem(
                &Problem::Unclean(Box::new(kept::unclean(Some(viewer.clone())))),
                &context,
            )),
        ),
        (
            "glass again",
            GlassPage::again(
                &context,
                &viewer,
                sample::candidate("山田"),
                &glass,
                (Field::Note, Wrong::Missing),
            )
            .respond(),
        ),
        (
            "home again",
            HomePage::new(&context, &viewer)
                .with_wrong(&Search::default(), Field::Insurer, Wrong::Missing)
                .respond(),
        ),
        (
            "stale",
            HomePage::new(&context, &viewer)
                .with_stale_candidate()
                .respond(),
        ),
    ];
    let usual = sample::shown(sample::usual(language));
    pages.push((
        "uncovered",
        UncoveredPage::new(&context, &viewer, &usual, &asked::uncovered())
            .and_then(UncoveredPage::respond),
    ));
    pages.push((
        "document",
        DocumentPage::new(&context, &viewer, &usual, &asked::reading()).respond(),
    ));
    pages.push((
        "audit",
        AuditPage::new(
            &context,
            &viewer,
            &whole(entries()),
            &Names::default(),
            &BTreeMap::new(),
        )
        .respond(),
    ));
    pages.push((
        "audit part",
        AuditPage::new(
            &context,
            &viewer,
            &in_part(entries()),
            &Names::default(),
            &BTreeMap::new(),
        )
        .respond(),
    ));
    pages.extend(receipts(language));
    for (name, role) in [("current", Role::Physician), ("current clerk", Role::Clerk)] {
        let viewer = sample::viewer(role, language);
        let page = HomePage::new(&context, &viewer)
            .with_current(&sample::current(8, 3))
            .respond();
        pages.push((name, page));
    }
    pages.push((
        "unrecorded",
        HomePage::new(&context, &viewer).without_current().respond(),
    ));
    let joined = Found::Candidates(vec![sample::current(1, 0).candidates.remove(0)]);
    pages.push(("joined", Ok(glass_page(language, Role::Physician, &joined))));
    pages.push((
        "login after the end",
        LoginPage::new(&context).with_session_over().respond(),
    ));
    pages.extend(grants::pages(language));
    pages.extend(grants::unread(language));
    pages.extend(seats::pages(language));
    pages.extend(handoff::pages(language));
    pages.extend(replay::pages(language));
    pages.extend(review::pages(language));
    pages.extend(integrity::pages(language));
    pages.extend(handed::pages(language));
    let mut done = Vec::new();
    for (name, page) in admin::pages(language)
        .into_iter()
        .chain(health::pages(language))
    {
        done.push((name.to_owned(), html(page).await));
    }
    for (name, page) in pages {
        done.push((name.to_owned(), html(page.unwrap()).await));
    }
    for role in Role::ALL {
        let viewer = sample::viewer(role, language);
        let page = HomePage::new(&context, &viewer)
            .with_grants(&[Arc::new(sample::grant())], sample::now())
            .respond();
        done.push((format!("home {}", role.word()), html(page.unwrap()).await));
    }
    for failure in problems() {
        let page = html(problem(&failure, &context)).await;
        done.push((format!("problem {failure}"), page));
    }
    for (name, summary) in [
        ("usual", sample::usual(language)),
        ("hostile", sample::hostile(language)),
        ("coming", sample::bare(language, State::Coming)),
        ("not fetched", sample::bare(language, State::NotFetched)),
    ] {
        done.push((
            name.to_owned(),
            summary_page(language, summary.clone()).await,
        ));
        done.push((
            format!("{name} printed"),
            print_page(language, summary).await,
        ));
    }
    done
}

fn count(page: &str, selector: &str) -> usize {
    Html::parse_document(page)
        .select(&Selector::parse(selector).unwrap())
        .count()
}

#[actix_web::test]
async fn every_page_is_complete_and_asks_no_other_host() {
    for language in BOTH {
        for (name, page) in every_page(language).await {
            assert!(
                page.contains(Text::of(language).common.demo),
                "{name}: demo"
            );
            assert!(
                page.ends_with("</html>\n") || page.ends_with("</html>"),
                "{name}: end"
            );
            for foreign in [
                "http:",
                "https:",
                "style=\"",
                "<style",
                "onclick",
                "javascript:",
            ] {
                let page = page.replace(admin::ORIGIN, "");
                assert!(!page.contains(foreign), "{name}: {foreign}");
            }
            assert_eq!(count(&page, "script:not([src])"), 0, "{name}");
            assert_eq!(count(&page, "h1"), 1, "{name}");
            assert_eq!(
                count(&page, &format!("html[lang={}]", Text::of(language).lang)),
                1
            );
            assert!(count(&page, "[autofocus]") <= 1, "{name}: one focus");
            let document = Html::parse_document(&page);
            let ids: Vec<_> = document
                .select(&Selector::parse("[id]").unwrap())
                .filter_map(|element| element.attr("id").map(str::to_owned))
                .collect();
            let mut distinct = ids.clone();
            distinct.sort();
            distinct.dedup();
            assert_eq!(ids.len(), distinct.len(), "{name}: {ids:?}");
        }
    }
}

#[actix_web::test]
async fn nothing_typed_or_sent_becomes_markup() {
    for language in BOTH {
        for (name, page) in every_page(language).await {
            assert!(!page.contains("<script>"), "{name}");
            assert!(!page.contains("<img src=x>"), "{name}");
        }
        let page = summary_page(language, sample::hostile(language)).await;
        assert!(page.contains("&#60;script&#62;alert(1)"));
    }
}

#[actix_web::test]
async fn every_form_has_an_id_and_every_session_form_its_token() {
    for language in BOTH {
        for (name, page) in every_page(language).await {
            let document = Html::parse_document(&page);
            for form in document.select(&Selector::parse("form").unwrap()) {
                let id = form
                    .attr("id")
                    .unwrap_or_else(|| panic!("{name}: a form without id"));
                let holds = |field: &str| {
                    let selector = Selector::parse(&format!("[name={field}]")).unwrap();
                    form.select(&selector).count()
                };
                let signed_out = [
                    "login",
                    "login-code",
                    "login-passkey",
                    "login-vouched",
                    "stranger",
                    "terminal",
                    "enrol",
                    "enrol-passkey",
                ]
                .contains(&id)
                    || id == "guide"
                    || ["language", "theme"].contains(&id) && !page.contains("id=\"logout\"");
                // What such a form holds stands in the address, where no secret may be.
                let only_asks = form.attr("method") == Some("get");
                assert_eq!(
                    holds("form_token"),
                    usize::from(!signed_out && !only_asks),
                    "{name}: {id}"
                );
                assert_eq!(holds("number"), usize::from(id == "search"), "{name}: {id}");
            }
        }
    }
}

#[actix_web::test]
async fn one_digit_and_enter_break_the_glass_of_a_single_candidate_only() {
    let one = Found::Candidates(vec![sample::candidate("山田 太郎")]);
    let page = html(glass_page(Language::Ja, Role::Physician, &one)).await;
    assert_eq!(
        count(
            &page,
            "form#glass input[name=reason][type=tel][autofocus]:not([maxlength])"
        ),
        1
    );
    assert_eq!(
        count(
            &page,
            "form#glass input[type=hidden][name=basis][value=emergency]"
        ),
        1
    );
    let document = Html::parse_document(&page);
    let first = document
        .select(&Selector::parse("form#glass button").unwrap())
        .next()
        .unwrap();
    assert_eq!(first.attr("name"), None);
    let two = Found::Candidates(vec![
        sample::candidate("山田 太郎"),
        sample::candidate("山田 次郎"),
    ]);
    let page = html(glass_page(Language::Ja, Role::Physician, &two)).await;
    assert_eq!(count(&page, "[autofocus]"), 0);
    assert_eq!(count(&page, "form#glass"), 1);
    assert_eq!(count(&page, "form#glass-2"), 1);
    assert_eq!(count(&page, "h2.differs"), 2);
    assert!(page.contains("同番号・同生年月日の家族あり"));
    let page = html(glass_page(Language::Ja, Role::Clerk, &one)).await;
    assert_eq!(count(&page, "form.glass"), 0);
}

#[actix_web::test]
async fn the_refusal_to_show_what_cannot_be_recorded_carries_the_facilitys_words() {
    let response = problem(&Problem::CannotRecord, &sample::context(Language::Ja));
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = html(response).await;
    assert!(page.contains("記録できないため表示できません"));
    assert!(page.contains("内線 1234"));
    assert!(page.contains("0011223344556677"));
}

/// Everything that there is.
fn whole<T>(read: T) -> InPart<T> {
    InPart {
        read,
        unread: Vec::new(),
    }
}

/// The same without two other ledgers: one that is away, and one that is lost for good.
fn in_part<T>(read: T) -> InPart<T> {
    let unread = |name: &str, entries, given_up| Unread {
        node: Some(NodeId(name.to_owned())),
        entries,
        why: "no device".to_owned(),
        given_up,
    };
    InPart {
        read,
        unread: vec![
            unread("n1-second-a1b2c3", 412, None),
            unread("n1-second-d4e5f6", 97, Some(sample::now().wall)),
        ],
    }
}

#[actix_web::test]
async fn what_cannot_be_read_is_said_on_the_auditors_list() {
    let context = sample::context(Language::Ja);
    let viewer = sample::viewer(Role::Auditor, Language::Ja);
    let said = |entries: &InPart<Vec<ReadEntry>>| {
        let page = AuditPage::new(
            &context,
            &viewer,
            entries,
            &Names::default(),
            &BTreeMap::new(),
        );
        html(page.respond().unwrap())
    };
    let part = said(&in_part(entries())).await;
    for words in [
        "n1-second-a1b2c3」（412件以上）は現在読めない",
        "n1-second-d4e5f6」（97件以上）は失われた",
    ] {
        assert!(part.contains(words), "{words}");
    }
    assert!(!said(&whole(entries())).await.contains("一部のみ"));
}

#[actix_web::test]
async fn the_auditor_sees_who_when_and_why_but_no_patient() {
    let context = sample::context(Language::Ja);
    let viewer = sample::viewer(Role::Auditor, Language::Ja);
    let page = html(
        AuditPage::new(
            &context,
            &viewer,
            &whole(entries()),
            &Names::default(),
            &BTreeMap::from([((entries()[0].node.clone(), 1), "/audit/replay/x".to_owned())]),
        )
        .respond()
        .unwrap(),
    )
    .await;
    for words in [
        "閲覧開始",
        "医師 a-77",
        "2026-11-22 10:41:00",
        "意識障害",
        "4821-0937-5516",
        "k-1f2e",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("<script>"));
}

#[actix_web::test]
async fn problems_name_no_cause() {
    for failure in problems() {
        let page = html(problem(&failure, &sample::context(Language::En))).await;
        for cause in ["Error(", "sqlite", "panicked", "Problem::", "askama"] {
            assert!(!page.contains(cause), "{failure}: {cause}");
        }
    }
}

#[test]
fn english_words_are_english_and_japanese_words_japanese() {
    let foreign = |word: &str| word.chars().any(|c| ('\u{3040}'..='\u{9fff}').contains(&c));
    let (ja, en) = (Text::of(Language::Ja), Text::of(Language::En));
    for name in SectionName::ALL {
        assert!(foreign((ja.words.section)(name)) && !foreign((en.words.section)(name)));
    }
    for reason in Reason::ALL {
        assert!(foreign((ja.words.reason)(reason)) && !foreign((en.words.reason)(reason)));
    }
    for way in IdentifiedBy::ALL {
        assert!(foreign((ja.words.identified_by)(way)) && !foreign((en.words.identified_by)(way)));
    }
    for end in [End::Time, End::Hand, End::WrongPatient, End::Objected] {
        assert!(foreign((ja.words.end)(end)) && !foreign((en.words.end)(end)));
    }
    for failure in problems() {
        let (ja, en) = (failure.sentence(ja), failure.sentence(en));
        assert!(foreign(ja.title) && foreign(ja.body) && !foreign(en.title) && !foreign(en.body));
    }
}

#[actix_web::test]
async fn the_glass_says_who_looks_at_whom_and_what_the_facility_adds() {
    let one = Found::Candidates(vec![sample::candidate("山田 太郎")]);
    let page = html(glass_page(Language::Ja, Role::Physician, &one)).await;
    let said = "医師 佐藤 一郎が山田 太郎 様を閲覧したこと";
    assert!(page.contains(said), "{page}");
    assert!(page.contains("1954-03-12（昭和29年3月12日）"));
    let english = html(glass_page(Language::En, Role::Nurse, &one)).await;
    assert!(english.contains("Nurse 佐藤 一郎 looked at 山田 太郎"));
    for page in [&page, &english] {
        assert!(!page.contains("マイナポータル") && !page.contains("portal"));
    }
    let mut context = sample::context(Language::Ja);
    let settings = crate::web::Settings {
        glass_text: crate::web::GlassText {
            hospital: Some(crate::web::Wording {
                ja: "患者本人がマイナポータルで確認できます。".into(),
                en: "The patient can see it on the portal.".into(),
            }),
            fire: None,
            crew: None,
        },
        ..(**context.settings).clone()
    };
    context.settings = actix_web::web::Data::new(settings);
    for (language, kind, said) in [
        (Language::Ja, FacilityKind::Hospital, "マイナポータル"),
        (Language::En, FacilityKind::Hospital, "on the portal"),
        (Language::Ja, FacilityKind::Fire, ""),
    ] {
        let mut viewer = sample::viewer(Role::Physician, language);
        viewer.facility_kind = kind;
        let context = context.clone().in_language(language);
        let page = GlassPage::of(&context, &viewer, &one).respond().unwrap();
        let page = html(page).await;
        match said {
            "" => assert!(!page.contains("マイナポータル")),
            said => assert!(page.contains(said), "{said}"),
        }
    }
}

#[actix_web::test]
async fn a_current_patient_is_one_press_away_for_whoever_may_break_the_glass() {
    let context = sample::context(Language::Ja);
    let list = async |role| {
        let page = HomePage::new(&context, &sample::viewer(role, Language::Ja));
        let page = page.with_current(&sample::current(8, 3));
        let response = page.respond().unwrap();
        assert_eq!(
            response.headers().get("refresh").unwrap(),
            "179; url=/locked?back=/"
        );
        html(response).await
    };
    let page = list(Role::Physician).await;
    assert_eq!(count(&page, "form[id^=current-] > button"), 8);
    assert_eq!(count(&page, "details form[id^=current-]"), 2);
    assert_eq!(count(&page, "li[data-patient-key]"), 8);
    assert_eq!(
        count(&page, "form#search [autofocus]"),
        1,
        "the number is typed at once"
    );
    assert!(page.contains("ほか3人"));
    assert!(page.contains("同番号または同姓同名の患者あり"));
    assert!(!page.contains("意識障害"), "no reason in the list");
    let page = list(Role::Clerk).await;
    assert_eq!(count(&page, "form[id^=current-]"), 0);
    assert_eq!(count(&page, "li[data-patient-key]"), 8);
}

#[actix_web::test]
async fn a_colleagues_reason_stands_beside_an_empty_field_and_enter_takes_it_in_that_field_only() {
    let found = |reason| {
        let mut candidate = sample::current(1, 0).candidates.remove(0);
        candidate.reason = Some(reason);
        Found::Candidates(vec![candidate])
    };
    let page = glass_page(Language::Ja, Role::Physician, &found(Reason::DangerToLife));
    let page = html(page).await;
    let field = "form#glass input[name=reason][type=tel][placeholder='2'][autofocus]:not([value])";
    assert_eq!(count(&page, field), 1);
    assert_eq!(
        count(&page, "form#glass input[name=prefilled][value='2']"),
        1
    );
    // Every other control in which Enter would send the form.
    assert_eq!(count(&page, "form#glass input:not([type=hidden])"), 1);
    assert_eq!(count(&page, "form#glass select"), 0);
    assert_eq!(count(&page, "form#glass textarea[name=note]"), 1);
    assert_eq!(count(&page, "form#glass textarea[name=judged_by]"), 1);
    let page = glass_page(Language::Ja, Role::Physician, &found(Reason::Other));
    let page = html(page).await;
    assert_eq!(count(&page, "form#glass textarea[name=note][autofocus]"), 1);
    // After a wrong digit the field begins empty.
    let Found::Candidates(mut candidates) = found(Reason::NoTime) else {
        panic!("no candidate")
    };
    let wrong = (Field::Reason, Wrong::NotOneOf);
    let context = sample::context(Language::Ja);
    let viewer = sample::viewer(Role::Physician, Language::Ja);
    let candidate = candidates.remove(0);
    let typed = Glass {
        candidate: candidate.token.clone(),
        ..Glass::default()
    };
    let again = GlassPage::again(&context, &viewer, candidate, &typed, wrong);
    let page = html(again.respond().unwrap()).await;
    assert_eq!(count(&page, "form#glass input[name=prefilled]"), 0);
    assert_eq!(count(&page, "form#glass input[name=reason][value]"), 0);
}

#[actix_web::test]
async fn paper_counts_its_rows_and_says_where_it_ends() {
    for language in BOTH {
        let page = print_page(language, sample::usual(language)).await;
        let rows = count(&page, "article.sheet li.row");
        let t = &Text::of(language).summary;
        assert!(page.contains(&format!(
            "<span class=\"sheet-rows\">{}</span>",
            (t.sheet_rows)(rows)
        )));
        assert!(page.contains(&(t.sheet_end)(rows)));
        assert_eq!(count(&page, ".sheet-head .sheet-who"), 1, "on every sheet");
        assert_eq!(count(&page, ".sheet-head #strip"), 1);
        assert_eq!(
            count(&page, ".sheet details"),
            0,
            "nothing is folded on paper"
        );
    }
}

/// The pages are also written to `target/pages`, with style and script beside them, to be looked
/// at in a browser.
#[actix_web::test]
async fn no_page_names_another_host() {
    use crate::web::asset::Asset;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("app.css"), Asset::Style.bytes()).unwrap();
    std::fs::write(folder.join("app.js"), Asset::Script.bytes()).unwrap();
    for asset in [Asset::Style, Asset::Script] {
        let bytes = asset.bytes();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(!text.contains("://"), "style and script load nothing");
    }
    for language in BOTH {
        for (number, (name, page)) in every_page(language).await.into_iter().enumerate() {
            let others = page.replace(admin::ORIGIN, "");
            assert!(!others.contains("://"), "{name}: {page}");
            let page = page
                .replace(&Asset::Style.url(), "app.css")
                .replace(&Asset::Script.url(), "app.js");
            let file = format!("{}-{number:02}-{name}.html", Text::of(language).lang);
            std::fs::write(folder.join(file.replace(' ', "-")), page).unwrap();
        }
    }
}
