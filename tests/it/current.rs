//! The search and glass pages, what colleagues look at, paper, and every page that says no.

use std::time::Duration;

use reqwest::Method;

use crate::{
    app::{TestApp, break_glass, fill, open, pairs, search, whole_summary},
    browser::{Browser, Page},
};

/// The second physician of the hospital, with permission.
fn colleague(app: &TestApp) -> emergency_summary::cli::demo::GuideAccount {
    app.guide
        .accounts
        .iter()
        .find(|account| account.account == "dr-kato")
        .expect("a second physician")
        .clone()
}

/// Presses a patient of the list: the glass page.
async fn choose(browser: &Browser, home: &Page, number: usize) -> Page {
    let fields = home.form(&format!("current-{number}"));
    browser.post("/patients", &pairs(&fields)).await
}

#[actix_web::test]
async fn a_colleagues_patient_is_joined_with_one_press_and_enter() {
    let app = TestApp::start();
    let patient = &app.guide.patients[0];
    let first = app.physician().await;
    let theirs = break_glass(&first, &search(&first, patient).await.is(200), "2").await;
    let theirs = theirs.is(303).location.expect("a place to go");

    let second = app.signed_in(&colleague(&app)).await;
    let home = second.get("/").await.is(200);
    assert!(home.body.contains(&patient.name) && home.body.contains("現在対応中の患者"));
    let glass = choose(&second, &home, 1).await.is(200);
    assert!(glass.body.contains(&patient.name));
    assert!(glass.body.contains("生命の危険"));
    // The form as it stands, sent with Enter.
    let opened = second
        .post("/grants", &pairs(&glass.form("glass")))
        .await
        .is(303);
    let ours = opened.location.expect("a place to go");
    assert_ne!(ours, theirs, "a grant is never passed on");
    assert!(
        whole_summary(&second, &ours)
            .await
            .body
            .contains("ペニシリン")
    );
    assert_eq!(second.get(&theirs).await.status, 403);

    // Now it is one's own: opened again without asking, each look logged.
    let home = second.get("/").await.is(200);
    assert_eq!(
        home.attributes(".grants a", "href"),
        [ours.as_str()],
        "{}",
        home.body
    );
    assert!(home.attributes("form[id^=current-]", "id").is_empty());
    let looks = app.entries().matches("\"viewed\"").count();
    second.get(&ours).await.is(200);
    let out = app.entries();
    assert_eq!(out.matches("\"viewed\"").count(), looks + 1);
    assert!(out.contains("\"found_by\":\"board\""), "{out}");
}

#[actix_web::test]
async fn another_reason_is_typed_over_or_pressed() {
    let app = TestApp::start();
    let patient = &app.guide.patients[0];
    let first = app.physician().await;
    open(&first, patient).await;
    let second = app.signed_in(&colleague(&app)).await;
    let home = second.get("/").await.is(200);
    let glass = choose(&second, &home, 1).await.is(200);
    let mut appended = glass.form("glass");
    fill(&mut appended, "reason", "13");
    let refused = second.post("/grants", &pairs(&appended)).await.is(422);
    assert!(
        refused
            .attributes("#glass [name=reason][value]", "value")
            .len()
            == 7,
        "the buttons of the six reasons and of consent, and nothing in the field"
    );
    let mut burst = glass.form("glass");
    fill(&mut burst, "reason", "145012345678901234567");
    assert_eq!(second.post("/grants", &pairs(&burst)).await.status, 422);
    // A touch button beside the digit that nobody typed.
    let mut touched = glass.form("glass");
    touched.push(("reason".to_owned(), "3".to_owned()));
    second.post("/grants", &pairs(&touched)).await.is(303);
    let out = app.entries();
    assert_eq!(out.matches("\"cannot_communicate\"").count(), 1, "{out}");
}

#[actix_web::test]
async fn the_list_is_the_facilitys_own_and_only_for_who_may_search() {
    let app = TestApp::start();
    let patient = &app.guide.patients[0];
    let first = app.physician().await;
    open(&first, patient).await;
    for (role, sees, may_open) in [
        ("clerk", true, false),
        ("nurse", true, true),
        ("paramedic", false, false),
        ("auditor", false, false),
        ("administrator", false, false),
    ] {
        let browser = app.signed_in(&app.account(role).clone()).await;
        let home = browser.get("/").await.is(200);
        assert_eq!(home.body.contains(&patient.name), sees, "{role}");
        let forms = home.attributes("form[id^=current-]", "id");
        assert_eq!(!forms.is_empty(), may_open, "{role}");
        for clinical in ["意識障害", "ペニシリン", &patient.number] {
            assert!(!home.body.contains(clinical), "{role}: {clinical}");
        }
        if sees {
            assert_eq!(home.headers["refresh"], "179; url=/locked?back=/", "{role}");
        }
    }
    let out = app.entries();
    assert_eq!(out.matches("\"mode\":\"board\"").count(), 2, "{out}");
}

#[actix_web::test]
async fn a_wrong_patient_is_no_candidate_for_the_next() {
    let app = TestApp::start();
    let patient = &app.guide.patients[0];
    let first = app.physician().await;
    let path = open(&first, patient).await;
    let second = app.signed_in(&colleague(&app)).await;
    let home = second.get("/").await.is(200);
    let glass = choose(&second, &home, 1).await.is(200);
    let page = first.get(&path).await.is(200);
    let end = page.form("end-wrong-patient");
    let grant = path.trim_start_matches("/summary/");
    first
        .post(&format!("/grants/{grant}/end"), &pairs(&end))
        .await
        .is(303);
    for page in [
        choose(&second, &home, 1).await,
        second.post("/grants", &pairs(&glass.form("glass"))).await,
    ] {
        let page = page.is(422);
        assert!(!page.body.contains(&patient.name));
        assert!(page.body.contains("もう一度検索してください"));
    }
}

#[actix_web::test]
async fn without_a_ledger_the_list_is_not_shown_and_the_page_says_so() {
    let app = TestApp::start();
    let patient = &app.guide.patients[0];
    let first = app.physician().await;
    open(&first, patient).await;
    let second = app.signed_in(&colleague(&app)).await;
    app.ledger.close();
    let home = second.get("/").await.is(200);
    assert!(!home.body.contains(&patient.name));
    assert!(home.body.contains("一覧を表示できません"), "{}", home.body);
    assert!(!home.attributes("form#search", "id").is_empty());
}

#[actix_web::test]
async fn how_the_patient_was_identified_is_asked_after_opening_and_blocks_nothing() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = whole_summary(&browser, &path).await;
    assert!(
        page.body.contains("ペニシリン"),
        "nothing waits for the answer"
    );
    assert!(page.texts(".identity").join("").contains("未確定"));
    assert_eq!(page.attributes("#banner #end-wrong-patient", "id").len(), 1);
    let grant = path.trim_start_matches("/summary/").to_owned();
    let note = format!("/grants/{grant}/note");
    for (digit, settled) in [("4", false), ("2", true)] {
        let mut fields = browser.get(&path).await.is(200).form("note");
        fill(&mut fields, "identified_by", digit);
        let answered = browser.post(&note, &pairs(&fields)).await.is(303);
        assert_eq!(answered.location.as_deref(), Some(path.as_str()));
        let page = browser.get(&path).await.is(200);
        let said = page.texts(".identity").join("");
        assert_eq!(!said.contains("未確定"), settled, "{digit}: {said}");
    }
    let token = page.attributes("input[name=form_token]", "value").remove(0);
    let nothing = browser.post(&note, &[("form_token", &token)]).await;
    assert_eq!(nothing.status, 422, "an empty answer is said to be one");
    let out = app.entries();
    assert_eq!(out.matches("\"identified\"").count(), 2, "{out}");
}

#[actix_web::test]
async fn paper_is_a_page_of_its_own_logged_whole_and_without_what_is_covered() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let covered = app.patient("未告知");
    let path = open(&browser, covered).await;
    let screen = whole_summary(&browser, &path).await;
    let print = browser.get(&format!("{path}/print")).await.is(200);
    let out = app.entries();
    assert!(out.contains("\"method\":\"print\""), "{out}");
    assert!(!print.body.contains("膵癌"), "only the count is on paper");
    assert!(print.body.contains("保護項目"));
    let order = |page: &Page| -> Vec<String> {
        let mut sections = page.attributes("section[data-state]", "id");
        sections.sort();
        sections
    };
    assert_eq!(order(&screen), order(&print), "the same sections");
    for section in order(&screen) {
        let selector = format!("section#{section}");
        assert_eq!(
            screen.attributes(&selector, "data-state"),
            print.attributes(&selector, "data-state"),
            "{section}"
        );
    }
    let meta = print.texts(".sheet-meta").join(" ");
    for words in [
        "印刷者 佐藤 救（医師）",
        "印刷日時 20",
        "受付番号",
        "基準日",
    ] {
        assert!(meta.contains(words), "{words}: {meta}");
    }
    let rows = print.attributes("article.sheet li.row", "class").len();
    assert!(meta.contains(&format!("全{rows}行")), "{meta}");
    assert!(
        print
            .texts(".sheet-end")
            .join("")
            .contains(&format!("全{rows}行"))
    );
    let receipt = |page: &Page, selector: &str| page.texts(selector).join(" ");
    assert_ne!(
        receipt(&screen, ".receipt"),
        receipt(&print, ".sheet-meta"),
        "printing has a receipt of its own"
    );
}

#[actix_web::test]
async fn a_page_left_alone_locks_the_seat_before_its_limit() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    // What a browser keeps for its Back key goes where a cookie changes: one does with every page.
    let cookie = |page: &Page| {
        let set = page.headers.get_all("set-cookie").iter();
        let mut set = set.filter_map(|value| value.to_str().ok());
        let cookie = set.find(|cookie| cookie.starts_with("page="));
        cookie.expect("a page's cookie").to_owned()
    };
    assert!(cookie(&page).contains("HttpOnly") && cookie(&page).contains("SameSite=Strict"));
    assert_ne!(cookie(&page), cookie(&browser.get("/").await.is(200)));
    // Asked too early, because the seat was busy elsewhere: covered, and no activity by itself.
    app.clock.advance(Duration::from_secs(100));
    browser.get("/locked").await.is(200);
    app.clock.advance(Duration::from_secs(79));
    let locked = browser.get("/locked").await.is(423);
    assert!(!locked.body.contains(&app.guide.patients[0].name));
    browser.get(&path).await.is(423);
    let out = app.entries();
    assert_eq!(out.matches("\"idle\"").count(), 1, "{out}");
}

/// What every page that says no must be: one sentence of what to do next in both languages, the
/// request's id, and no cause.
#[track_caller]
fn says_what_to_do(page: &Page, status: u16, ja: &str, en: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    assert!(page.body.contains(ja), "{ja}: {}", page.body);
    assert!(page.body.contains(en), "{en}: {}", page.body);
    let id = page.texts("code").join("");
    assert_eq!(id.len(), 16, "the request's id: {}", page.body);
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    for cause in ["sqlite", "panicked", "Error", "rror(", "::", "/src/"] {
        assert!(!page.body.contains(cause), "{cause}: {}", page.body);
    }
    assert_eq!(page.attributes("link[rel=stylesheet]", "href").len(), 1);
    assert_eq!(page.headers["cache-control"], "no-store");
}

#[actix_web::test]
async fn every_refusal_says_in_one_sentence_what_to_do_next() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&browser, patient).await;

    let nowhere = browser.get("/no-such-page").await;
    says_what_to_do(
        &nowhere,
        404,
        "最初の画面から開き直してください",
        "Start again from the first page",
    );
    let wrong = browser.send(Method::DELETE, &path, None, &[]).await;
    says_what_to_do(
        &wrong,
        405,
        "最初の画面からやり直してください",
        "Start again from the first page",
    );
    assert_eq!(wrong.headers["allow"], "GET");
    let long = vec![b'a'; 70_000];
    let form = "application/x-www-form-urlencoded";
    let large = browser
        .send(Method::POST, "/patients", Some((form, long)), &[])
        .await;
    says_what_to_do(&large, 413, "短くして送り直してください", "Shorten it");
    let ono = app
        .guide
        .accounts
        .iter()
        .find(|account| account.account == "dr-ono")
        .expect("a physician without the permission")
        .clone();
    let stranger = app.signed_in(&ono).await;
    let theirs = stranger.get(&path).await;
    says_what_to_do(
        &theirs,
        403,
        "最初の画面から開き直してください",
        "Start again from the first page",
    );
    assert!(!theirs.body.contains(&patient.name));
    let elsewhere = browser.get("/summary/n7.0123456789abcdef").await;
    says_what_to_do(
        &elsewhere,
        404,
        "この端末で開き直してください",
        "at this terminal",
    );

    // The viewer's language is the page's, the other one stands below.
    let english = browser
        .send(
            Method::GET,
            "/no-such-page",
            None,
            &[("cookie", "language=en")],
        )
        .await;
    says_what_to_do(
        &english,
        404,
        "最初の画面から開き直してください",
        "Start again from the first page",
    );

    let page = browser.get(&path).await.is(200);
    let grant = path.trim_start_matches("/summary/").to_owned();
    browser
        .post(
            &format!("/grants/{grant}/end"),
            &pairs(&page.form("end-hand")),
        )
        .await
        .is(303);
    for suffix in ["", "/late", "/normal", "/print"] {
        let over = browser.get(&format!("{path}{suffix}")).await;
        says_what_to_do(&over, 410, "もう一度理由を入力して", "give the reason");
        assert!(!over.body.contains(&patient.name));
    }
}

#[actix_web::test]
async fn a_lock_and_an_end_of_the_session_say_what_to_do_next() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    app.clock.advance(Duration::from_secs(181));
    let locked = browser.get(&path).await;
    says_what_to_do(&locked, 423, "パスワードを入力してください", "lock");
    app.clock.advance(Duration::from_hours(12));
    let over = browser.get(&path).await.is(303);
    assert_eq!(over.location.as_deref(), Some("/login"));
    let login = browser.get("/login").await;
    says_what_to_do(&login, 200, "ログインし直してください", "login");
    let fresh = app.browser().get("/login").await.is(200);
    assert!(!fresh.body.contains("ログインし直してください"));
    assert!(fresh.texts("code").is_empty());
}

#[actix_web::test]
async fn too_many_tries_are_slowed_and_told_for_how_long() {
    let app = TestApp::start();
    let account = app.account("physician").account.clone();
    let browser = app.browser();
    let mut slowed = None;
    for _ in 0..12 {
        let mut fields = browser.get("/login").await.is(200).form("login");
        fill(&mut fields, "account", &account);
        fill(&mut fields, "password", "wrong");
        fill(&mut fields, "code", "000000");
        let page = browser.post("/login", &pairs(&fields)).await;
        if page.status == 429 {
            slowed = Some(page);
            break;
        }
    }
    let slowed = slowed.expect("slowed in the end");
    says_what_to_do(&slowed, 429, "秒", "login");
}

#[actix_web::test]
async fn what_cannot_be_recorded_is_refused_with_the_facilitys_own_words() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&browser, patient).await;
    let hit = search(&browser, &app.guide.patients[1]).await.is(200);
    app.ledger.close();
    let page = browser.get(&path).await;
    says_what_to_do(&page, 503, "別の端末で開くか", "Use another terminal");
    let glass = break_glass(&browser, &hit, "1").await.is(503);
    assert!(glass.body.contains("別の端末で開くか"), "{}", glass.body);
    for page in [page, glass] {
        assert!(page.body.contains("紙の様式"), "the facility's own words");
        assert!(!page.body.contains(&patient.name));
    }
}

#[actix_web::test]
async fn after_a_restart_the_owner_is_told_that_his_grant_ended_and_nobody_else() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let second = app.signed_in(&colleague(&app)).await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let again = TestApp::start_in(app.stop());
    browser.moved_to(again.address);
    second.moved_to(again.address);
    let over = browser.get(&path).await;
    says_what_to_do(&over, 410, "もう一度理由を入力して", "give the reason");
    assert_eq!(second.get(&path).await.status, 403);
}
