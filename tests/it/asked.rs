//! What is shown only when asked for: covered rows and the text of a document.

use std::time::Duration;

use crate::{
    app::{TestApp, open, whole_summary},
    browser::{Browser, Page},
};

/// What the covered story must not say before it is asked.
const COVERED: &str = "膵癌";

/// The first document's address on a summary.
#[track_caller]
fn first_document(page: &Page) -> String {
    let links = page.attributes("#section-documents a.open-document", "href");
    links.first().cloned().expect("a document to open")
}

#[track_caller]
fn token(page: &Page) -> String {
    page.attributes("input[name=form_token]", "value").remove(0)
}

async fn uncover(browser: &Browser, path: &str, token: &str) -> Page {
    let fields = [("form_token", token), ("section", "problems")];
    browser.post(&format!("{path}/uncover"), &fields).await
}

/// The entries of one way of looking.
#[track_caller]
fn looks(app: &TestApp, method: &str) -> usize {
    let word = format!("\"method\":\"{method}\"");
    app.entries()
        .lines()
        .filter(|line| line.replace(' ', "").contains(&word))
        .count()
}

fn refusals(app: &TestApp, what: &str) -> usize {
    let out = app.entries();
    out.lines()
        .filter(|line| line.contains("\"refused\"") && line.contains(&format!("\"{what}\"")))
        .count()
}

#[actix_web::test]
async fn covered_rows_are_shown_when_asked_for_and_have_their_entry() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, app.patient("未告知")).await;
    let page = whole_summary(&browser, &path).await;
    let rows = page.texts("#section-problems .row");
    assert!(rows[0].contains("保護項目"), "always first: {rows:?}");
    assert!(!page.body.contains(COVERED) && !page.body.contains("未告知"));
    let print = browser.get(&format!("{path}/print")).await.is(200);
    assert!(print.body.contains("保護項目") && !print.body.contains(COVERED));
    assert!(print.attributes("form.uncover", "action").is_empty());
    assert_eq!(looks(&app, "uncovered"), 0);

    let form = page.form("uncover-problems");
    let fields = crate::app::pairs(&form);
    let shown = browser
        .post(&format!("{path}/uncover"), &fields)
        .await
        .is(200);
    let rows = shown.texts("#section-problems .row").join(" ");
    assert!(rows.contains(COVERED) && rows.contains("未告知"), "{rows}");
    assert!(rows.contains("最終更新"), "the day of the mark: {rows}");
    assert!(shown.body.contains("本人・家族に未告知の病名を含みます"));
    assert_eq!(shown.headers["cache-control"], "no-store");
    assert_eq!(shown.headers["refresh"], format!("60; url={path}?by=page"));
    assert_eq!(shown.attributes("a#back", "href"), [path.as_str()]);
    assert_eq!(looks(&app, "uncovered"), 1);
    let receipt = shown.texts(".receipt");
    assert_eq!(receipt.len(), 1, "its own receipt");
    assert_ne!(receipt, page.texts(".receipt"));

    let again = browser.get(&path).await.is(200);
    assert!(!again.body.contains(COVERED), "covered again");
}

#[actix_web::test]
async fn nothing_is_uncovered_without_a_form_of_ones_own_page() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, app.patient("未告知")).await;
    let page = browser.get(&path).await.is(200);
    assert_eq!(browser.get(&format!("{path}/uncover")).await.status, 405);
    let bare = browser.post(&format!("{path}/uncover"), &[]).await;
    assert_eq!(bare.status, 403);
    let wrong = [("form_token", token(&page)), ("section", "x".to_owned())];
    let wrong = browser
        .post(
            &format!("{path}/uncover"),
            &crate::app::pairs(&wrong.map(|(n, v)| (n.to_owned(), v))),
        )
        .await;
    assert_eq!(wrong.status, 400);

    let stranger = another_physician(&app).await;
    let token = token(&stranger.get("/").await.is(200));
    let refused = uncover(&stranger, &path, &token).await;
    assert_eq!(refused.status, 403);
    assert!(
        ![bare.body, wrong.body, refused.body]
            .concat()
            .contains(COVERED)
    );
    assert_eq!(looks(&app, "uncovered"), 0);
}

#[actix_web::test]
async fn after_the_end_nothing_is_uncovered_and_no_document_is_opened() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let covered = open(&browser, app.patient("未告知")).await;
    let letters = open(&browser, app.patient("退院時処方を含む")).await;
    let page = whole_summary(&browser, &letters).await;
    let document = first_document(&page);
    let token = token(&page);
    for path in [&covered, &letters] {
        let grant = path.trim_start_matches("/summary/");
        browser
            .post(
                &format!("/grants/{grant}/end"),
                &[("form_token", &token), ("end", "hand")],
            )
            .await
            .is(303);
    }
    let refused = uncover(&browser, &covered, &token).await;
    assert_eq!(refused.status, 410);
    assert!(!refused.body.contains(COVERED));
    assert_eq!(browser.get(&document).await.status, 410);
    assert_eq!(looks(&app, "uncovered") + looks(&app, "document"), 0);
}

async fn another_physician(app: &TestApp) -> Browser {
    let account = app
        .guide
        .accounts
        .iter()
        .filter(|account| account.role == "physician")
        .nth(1)
        .expect("a second physician");
    app.signed_in(account).await
}

#[actix_web::test]
async fn crews_neither_see_nor_uncover_nor_open_what_is_forbidden_to_them() {
    let app = TestApp::start();
    let account = app.account("paramedic").clone();
    let crew = app.signed_in(&account).await;
    for story in ["未告知", "退院時処方を含む"] {
        let hit = crate::app::search(&crew, app.patient(story)).await.is(200);
        let mut fields = hit.form("glass");
        crate::app::fill(&mut fields, "reason", "1");
        crate::app::fill(&mut fields, "judged_by", "隊長");
        let opened = crew
            .post("/grants", &crate::app::pairs(&fields))
            .await
            .is(303);
        let path = opened.location.expect("a place to go");
        let page = whole_summary(&crew, &path).await;
        assert!(!page.body.contains("保護項目"), "{story}");
        assert!(page.attributes("a.open-document", "href").is_empty());
        let answer = uncover(&crew, &path, &token(&page)).await;
        assert_eq!(answer.status, 303, "{story}");
    }
    assert_eq!(looks(&app, "uncovered"), 0);
}

#[actix_web::test]
async fn a_documents_text_is_shown_when_asked_for_and_nothing_in_it_can_act() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, app.patient("退院時処方を含む")).await;
    let page = whole_summary(&browser, &path).await;
    assert!(
        !page.body.contains("発熱の精査加療"),
        "no text before it is asked for"
    );
    let rows = page.texts("#section-documents .row");
    assert_eq!(
        rows.iter()
            .filter(|row| row.contains("退院時サマリー"))
            .count(),
        1,
        "the letter and its copy are one row: {rows:?}"
    );
    assert!(rows.iter().any(|row| row.contains("健診")), "{rows:?}");
    let mut texts = String::new();
    let mut markup = String::new();
    for link in page.attributes("#section-documents a.open-document", "href") {
        assert!(!link.contains("Composition"), "opaque: {link}");
        let shown = browser.get(&link).await.is(200);
        assert_eq!(shown.headers["cache-control"], "no-store");
        texts += &shown.texts("#document").join(" ");
        for wrong in [
            "#document script",
            "#document style",
            "#document iframe",
            "#document form",
            "#document img",
            ".passage a",
            ".passage [style]",
            ".passage [class]",
            ".passage [id]",
        ] {
            assert!(shown.texts(wrong).is_empty(), "{wrong}");
        }
        markup += &shown.body;
    }
    for text in [
        "発熱の精査加療をお願いいたします。",
        "第3病日より解熱。",
        "< 0.30",
        "画像所見",
        "図・画像は表示していません",
        "転倒歴あり。夜間はトイレ歩行に見守り。",
        "心電図",
        "この画面では開けません",
    ] {
        assert!(texts.contains(text), "{text}: {texts}");
    }
    for wrong in ["onclick", "javascript:", "x.example", "document.title"] {
        assert!(!markup.contains(wrong), "{wrong}");
    }
    let links = page.attributes("#section-documents a.open-document", "href");
    assert_eq!(looks(&app, "document"), links.len(), "each has its entry");
}

#[actix_web::test]
async fn a_document_is_opened_only_from_the_page_it_stands_on() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, app.patient("退院時処方を含む")).await;
    let link = first_document(&whole_summary(&browser, &path).await);
    let (_, name) = link.rsplit_once('/').expect("a name");
    let other = open(&browser, app.patient("未告知")).await;

    let stranger = another_physician(&app).await;
    let own = open(&stranger, app.patient("退院時処方を含む")).await;
    for (who, place) in [
        (&browser, format!("{other}/documents/{name}")),
        (&browser, format!("{path}/documents/{name}x")),
        (&browser, format!("{path}/documents/Composition")),
        (&stranger, link.clone()),
        (&stranger, format!("{own}/documents/{name}")),
    ] {
        let refused = who.get(&place).await;
        assert_eq!(refused.status, 403, "{place}");
        assert!(!refused.body.contains("発熱の精査"));
    }
    let prefetched = browser
        .send(
            reqwest::Method::GET,
            &link,
            None,
            &[("sec-purpose", "prefetch")],
        )
        .await;
    assert_eq!(prefetched.status, 503);
    assert_eq!(looks(&app, "document"), 0);
    assert_eq!(refusals(&app, "document"), 4, "{}", app.entries());
    browser.get(&link).await.is(200);
    assert_eq!(looks(&app, "document"), 1);
    // A grant's name of a document lives no longer than a grant.
    app.clock.advance(Duration::from_secs(4 * 3600 + 1));
    assert_ne!(browser.get(&link).await.status, 200);
}

#[actix_web::test]
async fn what_is_addressed_elsewhere_has_no_link() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, app.patient("他院宛て")).await;
    let page = whole_summary(&browser, &path).await;
    assert!(page.attributes("a.open-document", "href").is_empty());
    assert!(!page.body.contains("胸部異常陰影"));
    assert!(
        page.texts("#section-documents")
            .join(" ")
            .contains("非表示")
    );
}

#[actix_web::test]
async fn where_the_ledger_cannot_be_written_nothing_asked_for_is_shown() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let covered = open(&browser, app.patient("未告知")).await;
    let letters = open(&browser, app.patient("退院時処方を含む")).await;
    let page = whole_summary(&browser, &letters).await;
    let (link, token) = (first_document(&page), token(&page));
    app.ledger.close();
    for refused in [
        uncover(&browser, &covered, &token).await,
        browser.get(&link).await,
    ] {
        assert_eq!(refused.status, 503);
        assert!(refused.body.contains("記録できないため表示できません"));
        assert!(!refused.body.contains(COVERED) && !refused.body.contains("発熱の精査"));
    }
}
