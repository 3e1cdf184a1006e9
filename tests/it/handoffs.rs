//! Handing a patient over through the pages, scripts off: from the crew's first touch to the
//! handshake, and what each side can and cannot see on the way.

use std::{sync::Arc, time::Duration};

use emergency_summary::{
    access::admin::{AccountForm, Administration, FacilityForm},
    cli::demo::GuideAccount,
    domain::{
        access::{FacilityId, Role},
        clock::{Clock, japanese_time},
        section::SourceName,
    },
    registry::FacilityKind,
    system::SystemEntropy,
};
use futures_util::future::join;
use scraper::{Html, Selector};
use secrecy::ExposeSecret;

use crate::{
    app::{TestApp, break_glass, fill, pairs, search, whole_summary},
    browser::{Browser, Page},
    seats::named,
};

const NAME: &str = "鈴木 次郎";
const PASSWORD: &str = "violet-harbour-tram-81";

/// A crew, a hospital, and another hospital.
struct Night {
    app: TestApp,
    crew: Browser,
    here: Browser,
    there: Browser,
}

/// A form as a browser without scripts sends it: what is hidden in it, and what was typed, chosen
/// or pressed.
pub(crate) async fn press(browser: &Browser, page: &Page, id: &str, said: &[(&str, &str)]) -> Page {
    let hidden = format!("form#{id} input[type=hidden]");
    let names = page.attributes(&hidden, "name");
    let values = page.attributes(&hidden, "value");
    let hidden = names
        .iter()
        .map(|name| &**name)
        .zip(values.iter().map(|value| &**value));
    let fields: Vec<(&str, &str)> = hidden.chain(said.iter().copied()).collect();
    let action = page.attributes(&format!("form#{id}"), "action");
    let action = action
        .first()
        .unwrap_or_else(|| panic!("no form {id} in\n{}", page.body));
    browser.post(action, &fields).await
}

impl Night {
    async fn begun() -> (Self, String) {
        let app = TestApp::start();
        let crew = app.signed_in(app.account("paramedic")).await;
        let here = app.physician().await;
        let there = app.signed_in(&named(&app, "dr-higashi")).await;
        let list = crew.get("/handoffs").await.is(200);
        let begun = press(&crew, &list, "begin", &[("unit", "湾岸救急1")])
            .await
            .is(303);
        let url = begun.location.expect("the form");
        let night = Self {
            app,
            crew,
            here,
            there,
        };
        (night, url)
    }

    /// One touch of the crew, and the form after it.
    async fn touch(&self, url: &str, form: &str, said: &[(&str, &str)]) -> Page {
        let page = self.crew.get(url).await.is(200);
        press(&self.crew, &page, form, said).await.is(303);
        self.crew.get(url).await.is(200)
    }

    /// The hospitals by their names on the form.
    async fn hospital(&self, url: &str, name: &str) -> String {
        let page = self.crew.get(url).await.is(200);
        let names = page.texts("form#ask label");
        let place = names.iter().position(|known| known.contains(name));
        let ids = page.attributes("form#ask input[name=hospital]", "value");
        ids[place.unwrap_or_else(|| panic!("{names:?}"))].clone()
    }

    /// Asks both hospitals; the path of the run on their boards.
    async fn ask(&self, url: &str) -> String {
        let (here, there) = (
            self.hospital(url, "みらい湾岸").await,
            self.hospital(url, "みらい東").await,
        );
        self.touch(url, "ask", &[("hospital", &here), ("hospital", &there)])
            .await;
        url.replace("/handoffs/", "/board/")
    }

    async fn answer(&self, who: &Browser, path: &str, form: &str, said: &[(&str, &str)]) -> Page {
        let page = who.get(path).await.is(200);
        press(who, &page, form, said).await
    }

    fn count(&self, event: &str) -> usize {
        let word = format!("\"{event}\"");
        self.app
            .entries()
            .lines()
            .filter(|line| line.contains(&word))
            .count()
    }
}

pub(crate) fn has(page: &Page, selector: &str) -> bool {
    let selector = Selector::parse(selector).expect("a selector");
    Html::parse_document(&page.body)
        .select(&selector)
        .next()
        .is_some()
}

#[actix_web::test]
async fn an_unidentified_patient_goes_from_the_first_touch_to_the_handshake() {
    let (night, url) = Night::begun().await;
    for (form, said) in [
        ("touch-patient", ("age", "70s")),
        ("touch-patient", ("sex", "male")),
        ("touch-complaint", ("complaint", "on.chest_pain")),
        ("touch-findings", ("finding", "on.st_elevation")),
        ("touch-acuity", ("acuity", "red")),
        ("touch-labels", ("ready", "on.infection")),
        ("touch-treatments", ("treatment", "oxygen")),
        ("time-departed", ("now", "departed")),
        ("touch-eta", ("eta", "10")),
    ] {
        night.touch(&url, form, &[said]).await;
    }
    let vitals = [
        ("jcs", "30"),
        ("eyes", "2"),
        ("verbal", "3"),
        ("motor", "5"),
        ("spo2", "93"),
        ("temperature", "98.6"),
    ];
    let form = night.touch(&url, "add-vitals", &vitals).await;
    assert!(form.body.contains("E2V3M5 = 10") && form.body.contains("華氏"));
    assert!(
        form.texts("#alerts .tag-danger")
            .iter()
            .any(|kind| kind.contains("STEMI"))
    );
    assert_eq!(
        form.texts(".times-row .is-unset").len(),
        4,
        "times not set are said"
    );

    let path = night.ask(&url).await;
    for hospital in [&night.here, &night.there] {
        let board = hospital.get("/board").await.is(200);
        let rows = board.texts("tr.is-new");
        assert_eq!(rows.len(), 1, "{}", board.body);
        // Without scripts it is loaded again by itself, which keeps no session awake.
        let again = r#"<noscript><meta http-equiv="refresh" content="30;url=/board?by=page">"#;
        assert!(board.body.contains(again));
        for said in [
            "あと10分",
            "赤（緊急）",
            "胸痛",
            "70代 男",
            "STEMI",
            "感染対策",
            "湾岸救急1",
        ] {
            assert!(rows[0].contains(said), "{said}: {rows:?}");
        }
    }
    night
        .answer(&night.here, &path, "accept", &[("accept", "yes")])
        .await
        .is(303);
    let shown = night
        .answer(&night.here, &path, "reveal", &[])
        .await
        .is(200);
    assert!(has(&shown, ".revealed") && shown.body.contains("酸素投与"));

    night.touch(&url, "arrive", &[("by", "阿部 隊長")]).await;
    let board = night.here.get("/board").await.is(200);
    assert_eq!(board.texts("#here + * tbody tr").len(), 1);
    let received = [("received_by", "佐藤 救")];
    night
        .answer(&night.here, &path, "receive", &received)
        .await
        .is(303);
    let over = night.crew.get(&url).await.is(200);
    assert!(
        over.body.contains("引渡し 阿部 隊長、受取り 佐藤 救"),
        "{}",
        over.body
    );
    assert!(!has(&over, "form#touch-patient") && !has(&over, "form#arrive"));
    let sheet = night.crew.get(&format!("{url}/print")).await.is(200);
    assert!(sheet.body.contains("身元不明") && sheet.body.contains("E2V3M5 = 10"));
}

#[actix_web::test]
async fn who_it_is_is_shown_after_acceptance_and_after_its_entry_and_never_to_who_declined() {
    let (night, url) = Night::begun().await;
    night
        .touch(
            &url,
            "type-patient",
            &[("name", NAME), ("birth_date", "S29.3.12")],
        )
        .await;
    night
        .touch(&url, "add-allergies", &[("line", "ペニシリンで発疹")])
        .await;
    let path = night.ask(&url).await;
    let hidden = async |who: &Browser| {
        for page in [who.get("/board").await, who.get(&path).await] {
            let page = page.is(200);
            for told in [NAME, "1954", "ペニシリン"] {
                assert!(!page.body.contains(told), "{told}");
            }
        }
    };
    hidden(&night.here).await;
    hidden(&night.there).await;
    let decline = [("decline", "beds"), ("note", "")];
    night
        .answer(&night.there, &path, "decline", &decline)
        .await
        .is(303);
    let gone = night.there.get(&path).await.is(200);
    assert!(!has(&gone, "#report") && !has(&gone, "form[action^='/board/']"));
    assert!(gone.body.contains("ベッド満床"), "its own answer");
    assert!(
        night
            .there
            .get("/board")
            .await
            .is(200)
            .texts("tbody tr")
            .is_empty()
    );

    night
        .answer(&night.here, &path, "accept", &[("accept", "yes")])
        .await
        .is(303);
    hidden(&night.here).await;
    let before = night.count("handoff_revealed");
    let accepted = night.here.get(&path).await.is(200);
    let shown = press(&night.here, &accepted, "reveal", &[]).await.is(200);
    assert!(shown.body.contains(NAME) && shown.body.contains("ペニシリンで発疹"));
    assert_eq!(night.count("handoff_revealed"), before + 1);
    hidden(&night.here).await;
    for file in [
        "ledger.sqlite",
        "ledger.sqlite-wal",
        "registry.sqlite",
        "registry.sqlite-wal",
    ] {
        let bytes = std::fs::read(night.app.folder.path().join(file)).unwrap_or_default();
        let name = NAME.as_bytes();
        let is_there = bytes.windows(name.len()).any(|part| part == name);
        assert!(!is_there, "no name stands in clear in {file}");
    }
}

#[actix_web::test]
async fn whoever_declined_cannot_have_it_shown_with_a_form_of_his_own_session() {
    let (night, url) = Night::begun().await;
    night.touch(&url, "type-patient", &[("name", NAME)]).await;
    let path = night.ask(&url).await;
    let decline = [("decline", "beds"), ("note", "")];
    night
        .answer(&night.there, &path, "decline", &decline)
        .await
        .is(303);
    let gone = night.there.get(&path).await.is(200);
    let token = gone
        .attributes("form#lock input[name=form_token]", "value")
        .remove(0);
    let form = [("form_token", &*token)];
    let asked = [
        night.there.post(&format!("{path}/reveal"), &form).await,
        night.there.get(&format!("{path}/print")).await,
        night.there.get(&format!("{path}/document")).await,
    ];
    for asked in asked {
        assert_eq!(asked.status, 403);
        assert!(!asked.body.contains(NAME));
    }
}

#[actix_web::test]
async fn of_two_hospitals_that_accept_at_once_one_has_the_patient_and_the_other_is_told() {
    let (night, url) = Night::begun().await;
    let path = night.ask(&url).await;
    let accept = [("accept", "yes")];
    let (one, other) = join(
        night.answer(&night.here, &path, "accept", &accept),
        night.answer(&night.there, &path, "accept", &accept),
    )
    .await;
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    let late = if one.status == 409 { one } else { other };
    assert_eq!(late.texts("#flash"), ["先に他の病院が受け入れました。"]);
    assert!(!has(&late, "#report"));
    let form = night.crew.get(&url).await.is(200);
    assert_eq!(form.texts(".inquiry.is-accepted").len(), 1);
    assert_eq!(form.texts(".inquiry.is-over").len(), 1);
}

#[actix_web::test]
async fn the_same_touch_sent_twice_is_one_and_what_is_wrong_changes_nothing() {
    let (night, url) = Night::begun().await;
    let page = night.crew.get(&url).await.is(200);
    night.app.clock.advance(Duration::from_secs(2));
    for _ in 0..2 {
        let oxygen = [("treatment", "oxygen")];
        press(&night.crew, &page, "touch-treatments", &oxygen)
            .await
            .is(303);
        night.app.clock.advance(Duration::from_secs(2));
    }
    let form = night.crew.get(&url).await.is(200);
    assert_eq!(form.texts("#treatments .said-lines li").len(), 1);
    let typed = [("pulse", "はやい"), ("spo2", "93"), ("jcs", "30")];
    let wrong = press(&night.crew, &form, "add-vitals", &typed)
        .await
        .is(422);
    assert!(wrong.texts("#flash")[0].contains("脈拍"));
    assert_eq!(
        wrong.attributes("input[name=spo2]", "value"),
        ["93"],
        "kept"
    );
    assert!(has(&wrong, "input[name=jcs][value='30'][checked]"));
    assert!(!has(&wrong, "table.vitals"));
}

#[actix_web::test]
async fn another_department_is_answered_as_if_there_were_no_such_run() {
    let (night, url) = Night::begun().await;
    let stranger = other_department(&night.app).await;
    let browser = night.app.signed_in(&stranger).await;
    let list = browser.get("/handoffs").await.is(200);
    assert!(!list.body.contains("湾岸救急1"));
    let token = list
        .attributes("form#begin input[name=form_token]", "value")
        .remove(0);
    let nobody = "/handoffs/demo.AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    let mut answers = Vec::new();
    for path in [&url, &nobody] {
        let fields = [("form_token", &*token), ("step", "s1"), ("age", "70s")];
        let id = path.rsplit('/').next().expect("an id");
        for page in [
            browser.get(path).await,
            browser.get(&format!("{path}/print")).await,
            browser.post(&format!("{path}/edit"), &fields).await,
        ] {
            let request = page.texts("code").concat();
            let body = page.body.replace(id, "").replace(&request, "");
            answers.push((path.clone(), page.status.as_u16(), body));
        }
    }
    for (theirs, nobodys) in answers.iter().zip(&answers[3..]) {
        assert_eq!((theirs.1, &theirs.2), (nobodys.1, &nobodys.2));
        assert_eq!(theirs.1, 403);
    }
    let form = night.crew.get(&url).await.is(200);
    assert!(!has(&form, "button[name=age][aria-pressed=true]"));
}

#[actix_web::test]
async fn what_a_tablet_kept_has_the_time_of_its_touch_and_the_record_says_that_it_came_later() {
    let (night, url) = Night::begun().await;
    let page = night.crew.get(&url).await.is(200);
    let twenty = [("treatment", "oxygen"), ("ago", "1200")];
    press(&night.crew, &page, "touch-treatments", &twenty)
        .await
        .is(303);
    // The same touch whose answer was lost, later.
    let later = [("treatment", "oxygen"), ("ago", "1260")];
    night.app.clock.advance(Duration::from_mins(1));
    press(&night.crew, &page, "touch-treatments", &later)
        .await
        .is(303);
    let form = night.crew.get(&url).await.is(200);
    assert_eq!(form.texts("#treatments .said-lines li").len(), 1);
    let touched = night.app.clock.now().wall - chrono::TimeDelta::minutes(21);
    let touched = japanese_time(touched).format("%H:%M").to_string();
    let said = form.texts("#treatments .said-lines .line-text").remove(0);
    assert!(said.starts_with(&touched), "{touched}: {said}");
    let log = form.texts("ul.history li");
    assert!(log[0].contains("通信が戻ってから送信"), "{log:?}");
    for ago in ["unknown", "90000"] {
        let why = [("now", "called"), ("ago", ago)];
        let refused = press(&night.crew, &page, "time-called", &why).await.is(422);
        assert!(refused.body.contains("押した時刻が分かりません"), "{ago}");
    }
    assert_eq!(night.count("handoff_step"), 2, "begun, and one touch");
}

#[actix_web::test]
async fn signing_out_empties_a_crews_browser_and_only_there_and_not_at_the_lock() {
    let app = TestApp::start();
    for (account, is_locked, others, header) in [
        ("paramedic", false, "", Some("\"storage\"")),
        ("paramedic", false, "yes", None),
        ("paramedic", true, "", None),
        ("physician", false, "", None),
    ] {
        let browser = app.signed_in(app.account(account)).await;
        let page = browser.get("/sessions").await.is(200);
        let token = page.attributes("input[name=form_token]", "value").remove(0);
        if is_locked {
            browser
                .post("/lock", &[("form_token", &*token)])
                .await
                .is(303);
        }
        let fields = [("form_token", &*token), ("others", others)];
        let out = browser.post("/logout", &fields).await.is(303);
        let said = out.headers.get("clear-site-data");
        let said = said.map(|value| value.to_str().expect("ASCII"));
        assert_eq!(said, header, "{account} {is_locked} {others}");
    }
}

/// What the console does.
pub(crate) fn office(app: &TestApp) -> Administration {
    let clock: Arc<dyn Clock> = Arc::clone(&app.clock) as _;
    let (registry, ledger) = (app.registry.clone(), app.ledger.clone());
    Administration::new(registry, ledger, clock, Arc::new(SystemEntropy))
}

pub(crate) async fn other_department(app: &TestApp) -> GuideAccount {
    let facility = FacilityForm {
        name: "山手消防本部".to_owned(),
        kind: FacilityKind::Fire,
        number: None,
    };
    let facility = office(app)
        .create_facility(facility)
        .await
        .expect("a department");
    crew_member(app, &facility.0, "ems-yama").await
}

/// Another member of a department's crews.
pub(crate) async fn crew_member(app: &TestApp, facility: &str, sign_in: &str) -> GuideAccount {
    let form = AccountForm {
        facility: FacilityId(facility.to_owned()),
        sign_in: sign_in.to_owned(),
        name: "山手 隊長".to_owned(),
        role: Role::Paramedic,
    };
    let made = office(app)
        .create_account(form, PASSWORD.to_owned().into())
        .await
        .expect("an account");
    GuideAccount {
        account: sign_in.to_owned(),
        password: PASSWORD.to_owned(),
        totp_secret: made.totp_secret.expose_secret().to_owned(),
        role: Role::Paramedic.word().to_owned(),
        facility: facility.to_owned(),
    }
}

#[actix_web::test]
async fn whoever_accepted_opens_the_record_from_the_board_with_one_digit() {
    let (night, url) = Night::begun().await;
    let patient = &night.app.guide.patients[0];
    let hit = search(&night.crew, patient).await.is(200);
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", "1");
    fill(&mut fields, "judged_by", "阿部 隊長");
    night.crew.post("/grants", &pairs(&fields)).await.is(303);
    let form = night.crew.get(&url).await.is(200);
    let grant = form
        .attributes("form#link button[name=link]", "value")
        .remove(0);
    // What the record says comes with the link, and asked for again it stands there once.
    let form = night.touch(&url, "link", &[("link", &grant)]).await;
    assert!(form.body.contains(&patient.name));
    let lines = form.texts("#record .said-lines li");
    assert!(
        lines.iter().any(|line| line.contains("記録より・要確認")),
        "{lines:?}"
    );
    let form = night.touch(&url, "unlink", &[("link", "copy")]).await;
    assert_eq!(form.texts("#record .said-lines li"), lines);

    let path = night.ask(&url).await;
    let asked = || SourceName::CLINICAL.map(|one| (one, night.app.faults.requests(one)));
    let before = asked();
    let accepted = night
        .answer(&night.here, &path, "accept", &[("accept", "yes")])
        .await;
    accepted.is(303);
    // Fetched ahead, one source after the other: with the last one asked, the others are there.
    let warm = loop {
        let now = asked();
        if before
            .iter()
            .zip(&now)
            .all(|(before, now)| now.1 > before.1)
        {
            break now;
        }
        tokio::task::yield_now().await;
    };
    let shown = night
        .answer(&night.here, &path, "reveal", &[])
        .await
        .is(200);
    assert!(shown.body.contains(&patient.name));
    let glass = press(&night.here, &shown, "glass", &[]).await.is(200);
    let opened = break_glass(&night.here, &glass, "1").await.is(303);
    let summary = opened.location.expect("a summary");
    whole_summary(&night.here, &summary).await;
    let last = warm.len() - 1;
    assert_eq!(asked()[..last], warm[..last], "no source is asked again");
    let settled = asked();
    night.here.get(&summary).await.is(200);
    assert_eq!(asked(), settled);

    // The auditor is told what explains it: the run that the hospital accepted.
    let auditor = night.app.signed_in(night.app.account("auditor")).await;
    let cases = auditor.get("/audit/cases?list=all").await.is(200);
    let row = cases.texts("table.case-rows tbody tr").remove(0);
    assert!(row.contains("救急隊引継ぎ（応需済み）を表示"), "{row}");

    // Not that patient: nothing of the record stays on the form.
    let form = night.touch(&url, "unlink", &[("link", "undo")]).await;
    assert!(!form.body.contains("記録より・要確認</span>"));
    assert!(form.texts("#record .said-lines li").is_empty());
}

#[actix_web::test]
async fn a_board_that_listens_is_told_that_something_changed_and_nothing_else() {
    let (night, url) = Night::begun().await;
    let cookies = night.here.cookies();
    let cookies: Vec<_> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let address = format!("http://{}/board/live?by=page", night.app.address);
    let listening = crate::browser::client()
        .get(address)
        .header("cookie", cookies.join("; "))
        .header("accept", "text/event-stream");
    let mut answer = listening.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    night.touch(&url, "type-patient", &[("name", NAME)]).await;
    night.ask(&url).await;
    let mut told = String::new();
    while !told.contains("event: changed") {
        let chunk = answer.chunk().await.expect("more").expect("it goes on");
        told.push_str(&String::from_utf8_lossy(&chunk));
    }
    let lines = told.lines().filter(|line| !line.is_empty());
    for line in lines {
        let known = ["retry: 2000", ": still", "event: changed", "data: changed"];
        assert!(known.contains(&line), "{line}");
    }
}
