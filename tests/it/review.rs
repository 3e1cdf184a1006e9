//! The auditor's morning: the work list over the real app, each rule and explanation from what
//! people did at their terminals, and the review by keyboard.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use emergency_summary::{
    cli::demo::GuidePatient,
    domain::{
        access::FacilityId,
        clock::{Clock, japanese_time},
        review::Kind,
    },
};

use crate::{
    app::{TestApp, break_glass, fill, open, pairs, search},
    browser::{Browser, Page},
};

/// An app, its hospital, and whom its stories are about.
pub(crate) struct Morning {
    pub(crate) app: TestApp,
    pub(crate) hospital: FacilityId,
}

impl Morning {
    pub(crate) async fn new() -> Self {
        Self::of(TestApp::start()).await
    }

    pub(crate) async fn of(app: TestApp) -> Self {
        let facilities = app.registry.facilities().await.expect("facilities");
        let hospital = app.account("physician").facility.clone();
        let hospital = facilities.into_iter().find(|one| one.name == hospital);
        Self {
            hospital: hospital.expect("the hospital").id,
            app,
        }
    }

    pub(crate) fn patient(&self, number: usize) -> &GuidePatient {
        &self.app.guide.patients[number]
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.app.clock.now().wall
    }

    async fn take(&self, kind: Kind, text: &str) {
        let taken = self
            .app
            .review
            .take_list(&self.hospital, kind, text.as_bytes());
        taken
            .await
            .unwrap_or_else(|refused| panic!("{kind:?}: {refused:?}"));
    }

    /// Registers patients so many minutes from now.
    pub(crate) async fn register(&self, patients: &[(&GuidePatient, i64)]) {
        let mut text = "arrived_at,visit,insurer,symbol,number,branch,name,birth_date\n".to_owned();
        for (number, (patient, minutes)) in patients.iter().enumerate() {
            let at = japanese_time(self.now() + TimeDelta::minutes(*minutes));
            let at = at.format("%Y-%m-%d %H:%M:%S");
            let line = format!(
                "{at},V-{number},{},{},{},{},{},{}\n",
                patient.insurer,
                patient.symbol,
                patient.number,
                patient.branch,
                patient.name,
                patient.birth_date
            );
            text.push_str(&line);
        }
        self.take(Kind::Arrivals, &text).await;
    }

    async fn people(&self, kind: Kind, patient: &GuidePatient) {
        let text = format!(
            "insurer,symbol,number,branch\n{},{},{},{}\n",
            patient.insurer, patient.symbol, patient.number, patient.branch
        );
        self.take(kind, &text).await;
    }

    pub(crate) async fn auditor(&self) -> Browser {
        self.app
            .signed_in(&self.app.account("auditor").clone())
            .await
    }

    /// The row of the newest case, in words.
    pub(crate) async fn newest(&self) -> String {
        let auditor = self.auditor().await;
        let page = auditor.get("/audit/cases?list=all").await.is(200);
        page.texts("table.case-rows tbody tr").remove(0)
    }

    pub(crate) async fn assert_flagged(&self, name: &str) {
        let row = self.newest().await;
        assert!(row.contains(name), "{name}: {row}");
    }

    pub(crate) async fn assert_not_flagged(&self, name: &str) {
        let row = self.newest().await;
        assert!(!row.contains(name), "{name}: {row}");
    }

    pub(crate) async fn end(&self, browser: &Browser, path: &str, end: &str) {
        let page = browser.get(path).await.is(200);
        let forms = page.form(&format!("end-{}", end.replace('_', "-")));
        let mut fields = forms;
        fill(&mut fields, "end", end);
        let grant = path.trim_start_matches("/summary/");
        let ended = browser
            .post(&format!("/grants/{grant}/end"), &pairs(&fields))
            .await;
        ended.is(303);
    }
}

/// The glass with a reason, a note, and how the patient was identified.
pub(crate) async fn glass(
    browser: &Browser,
    patient: &GuidePatient,
    said: &[(&str, &str)],
) -> Page {
    let hit = search(browser, patient).await.is(200);
    let mut fields = hit.form("glass");
    for (name, value) in said {
        fill(&mut fields, name, value);
    }
    let answer = browser.post("/grants", &pairs(&fields)).await;
    if answer.status == 200 {
        // What is out of the ordinary is asked for once more.
        let fields = answer.form("glass");
        return browser.post("/grants", &pairs(&fields)).await;
    }
    answer
}

/// The last entry of an event.
pub(crate) fn last(app: &TestApp, event: &str) -> serde_json::Value {
    app.entries()
        .lines()
        .rev()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .find(|entry| entry["event"] == event)
        .expect("an entry")
}

#[actix_web::test]
async fn names_appear_only_in_an_opened_case_and_opening_is_an_entry_of_that_patient() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patient = morning.patient(0);
    open(&physician, patient).await;
    let auditor = morning.auditor().await;
    let list = auditor.get("/audit/cases").await.is(200);
    for name in [&patient.name, &patient.kana, "佐藤 救"] {
        assert!(!list.body.contains(name), "{name} in the list");
    }
    let before = morning.app.entries();
    assert!(!before.contains("case_opened"));
    let case = list.attributes("a.receipt", "href").remove(0);
    let page = auditor.get(&case).await.is(200);
    assert!(page.body.contains(&patient.name) && page.body.contains("佐藤 救"));
    let told = last(&morning.app, "case_opened");
    let started = last(&morning.app, "grant_started");
    assert_eq!(told["patient"], started["patient"]);
    assert_eq!(told["grant"], started["grant"]);
    let timeline = page
        .texts("section[aria-labelledby=happened] tbody tr")
        .join("\n");
    for event in ["ログイン", "患者検索", "閲覧開始"] {
        assert!(timeline.contains(event), "{event}: {timeline}");
    }
}

#[actix_web::test]
async fn explained_cases_are_reviewed_with_two_keys_each_one_after_the_other() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patients: Vec<&GuidePatient> = [0, 1, 2].map(|number| morning.patient(number)).to_vec();
    for patient in &patients {
        open(&physician, patient).await;
    }
    let registered: Vec<_> = patients.iter().map(|patient| (*patient, 14)).collect();
    morning.register(&registered).await;
    let auditor = morning.auditor().await;
    let list = auditor.get("/audit/cases").await.is(200);
    let mut at = list.attributes("a.receipt[autofocus]", "href").remove(0);
    for left in (0..3).rev() {
        // The digit goes into the field that has the focus, and Enter sends its form.
        let case = auditor.get(&at).await.is(200);
        assert_eq!(case.attributes("[autofocus]", "name"), ["verdict"]);
        assert!(case.body.contains("来院登録（受付 V-"), "{}", case.body);
        let mut fields = case.form("verdict");
        fill(&mut fields, "verdict", "1");
        let action = case.attributes("#verdict", "action").remove(0);
        let next = auditor.post(&action, &pairs(&fields)).await.is(303);
        at = next.location.expect("a place to go");
        assert_eq!(at.contains("done=judged"), left == 0, "{at}");
    }
    let done = auditor.get(&at).await.is(200);
    assert!(done.attributes("a.receipt", "href").is_empty());
    let closed = auditor.get("/audit/cases?list=closed").await.is(200);
    assert_eq!(closed.attributes("a.receipt", "href").len(), 3);
    assert_eq!(
        last(&morning.app, "reviewed")["fields"]["verdict"],
        "justified"
    );
}

#[actix_web::test]
async fn what_is_not_explained_needs_a_note_and_unjustified_waits_for_a_second_auditor() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    open(&physician, morning.patient(0)).await;
    let auditor = morning.auditor().await;
    let list = auditor.get("/audit/cases").await.is(200);
    let at = list.attributes("a.receipt", "href").remove(0);
    let judged = async |verdict: &str, note: &str| {
        let case = auditor.get(&at).await.is(200);
        let mut fields = case.form("verdict");
        fill(&mut fields, "verdict", verdict);
        fill(&mut fields, "note", note);
        let action = case.attributes("#verdict", "action").remove(0);
        auditor.post(&action, &pairs(&fields)).await
    };
    for (verdict, note) in [
        ("1", ""),
        ("2", ""),
        ("3", ""),
        ("4", "x"),
        ("12", "x"),
        ("", "x"),
    ] {
        assert_eq!(
            judged(verdict, note).await.status,
            422,
            "{verdict:?} {note:?}"
        );
    }
    assert!(!morning.app.entries().contains("\"reviewed\""));
    judged("2", "担当でない病棟から").await.is(303);
    let told = last(&morning.app, "reviewed");
    assert_eq!(told["personal"]["note"], "担当でない病棟から");
    let second = auditor.get("/audit/cases?list=second").await.is(200);
    assert_eq!(second.attributes("a.receipt", "href").len(), 1);
    // A correction is a new entry; what was said before stays.
    judged("1", "診療録で確認した").await.is(303);
    let entries = morning.app.entries();
    assert_eq!(entries.matches("\"reviewed\"").count(), 2);
    let closed = auditor.get("/audit/cases?list=closed").await.is(200);
    assert_eq!(closed.attributes("a.receipt", "href").len(), 1);
}

#[actix_web::test]
async fn telling_the_patient_afterwards_has_a_list_of_its_own() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    open(&physician, morning.patient(0)).await;
    let auditor = morning.auditor().await;
    let list = auditor.get("/audit/cases?list=untold").await.is(200);
    let at = list.attributes("a.receipt", "href").remove(0);
    let case = auditor.get(&at).await.is(200);
    let action = case.attributes("#told", "action").remove(0);
    let mut fields = case.form("told");
    fill(&mut fields, "to", "長女");
    let half = auditor.post(&action, &pairs(&fields)).await;
    assert_eq!(half.status, 422);
    let today = morning.app.clock.now().japanese_day().to_string();
    fill(&mut fields, "on", &today);
    fill(&mut fields, "by", "佐藤 救");
    auditor.post(&action, &pairs(&fields)).await.is(303);
    let told = last(&morning.app, "debriefed");
    assert_eq!(told["personal"]["told_to"], "長女");
    assert_eq!(told["fields"]["on"], today.as_str());
    assert!(!told["fields"].to_string().contains("長女"));
    let list = auditor.get("/audit/cases?list=untold").await.is(200);
    assert!(list.attributes("a.receipt", "href").is_empty());
}

#[actix_web::test]
async fn filters_stand_in_the_address_and_work_without_scripts() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    glass(
        &physician,
        morning.patient(0),
        &[("reason", "6"), ("note", "転院の調整")],
    )
    .await
    .is(303);
    open(&physician, morning.patient(1)).await;
    morning.register(&[(morning.patient(1), 5)]).await;
    let auditor = morning.auditor().await;
    for (query, count) in [
        ("list=all", 2),
        ("rule=other_reason", 1),
        ("explained=yes", 1),
        ("explained=no", 1),
        ("role=nurse", 0),
        ("role=physician", 2),
        ("reason=6", 1),
        ("list=all&page=2", 0),
        ("list=nonsense&rule=nonsense&page=-1", 2),
    ] {
        let page = auditor.get(&format!("/audit/cases?{query}")).await.is(200);
        assert_eq!(page.attributes("a.receipt", "href").len(), count, "{query}");
    }
    let told = last(&morning.app, "ledger_read");
    assert_eq!(told["fields"]["what"], "cases list=open");
    // The least explained stand first.
    let page = auditor.get("/audit/cases").await.is(200);
    let rows = page.texts("table.case-rows tbody tr");
    assert!(
        rows[0].contains("その他") && rows[1].contains("来院登録"),
        "{rows:?}"
    );
}

#[actix_web::test]
async fn scenario_other_reason() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let said = [("reason", "6"), ("note", "転院の調整")];
    glass(&physician, morning.patient(0), &said).await.is(303);
    morning.assert_flagged("理由「その他」").await;
}

#[actix_web::test]
async fn scenario_disaster_not_declared() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let hit = search(&physician, morning.patient(0)).await.is(200);
    let asked = break_glass(&physician, &hit, "5").await;
    if asked.status != 303 {
        // A disaster that nobody declared is asked for once more.
        let mut fields = asked.form("glass");
        fill(&mut fields, "reason", "5");
        physician.post("/grants", &pairs(&fields)).await.is(303);
    }
    morning.assert_flagged("宣言のない災害").await;
}

#[actix_web::test]
async fn scenario_possession_only_identity_never_confirmed() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let said = [("reason", "1"), ("identified_by", "4")];
    glass(&physician, morning.patient(0), &said).await.is(303);
    morning.assert_not_flagged("本人確認が未確定").await;
    morning.app.clock.advance(Duration::from_hours(5));
    morning.assert_flagged("本人確認が未確定").await;
}

#[actix_web::test]
async fn scenario_wrong_patient() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let path = open(&physician, morning.patient(0)).await;
    morning.end(&physician, &path, "wrong_patient").await;
    morning.assert_flagged("患者違い").await;
}

#[actix_web::test]
async fn scenario_protected_person_and_decoy_patient() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    open(&physician, morning.patient(0)).await;
    morning.people(Kind::Protected, morning.patient(0)).await;
    morning.people(Kind::Decoys, morning.patient(1)).await;
    morning.assert_flagged("特に保護する患者").await;
    morning.assert_not_flagged("おとり患者").await;
    open(&physician, morning.patient(1)).await;
    morning.assert_flagged("おとり患者").await;
}

#[actix_web::test]
async fn scenario_own_record_colleague_and_same_family_and_town() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patient = morning.patient(0);
    open(&physician, patient).await;
    let family = patient
        .name
        .split_whitespace()
        .next()
        .expect("a family name");
    let staff = |name: &str, birth: &str, account: &str| {
        format!(
            "name,birth_date,address,account\n{name},{birth},{},{account}\n",
            patient.address
        )
    };
    let own = staff(&patient.name, &patient.birth_date, "dr-sato");
    morning.take(Kind::Staff, &own).await;
    morning.assert_flagged("本人の記録").await;
    let colleague = staff(&patient.name, &patient.birth_date, "dr-kato");
    morning.take(Kind::Staff, &colleague).await;
    morning.assert_flagged("職員の記録").await;
    morning.assert_not_flagged("本人の記録").await;
    let relative = staff(&format!("{family} 一"), "1999-09-09", "dr-sato");
    morning.take(Kind::Staff, &relative).await;
    morning.assert_flagged("同姓・同じ市区町村").await;
}

#[actix_web::test]
async fn scenario_no_arrival_within_a_day() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    open(&physician, morning.patient(0)).await;
    morning.app.clock.advance(Duration::from_hours(26));
    morning.assert_not_flagged("来院登録なし").await;
    morning.register(&[(morning.patient(1), 0)]).await;
    morning.assert_flagged("来院登録なし").await;
}

#[actix_web::test]
async fn scenario_off_duty_and_explanation_on_duty() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    open(&physician, morning.patient(0)).await;
    let roster = |from: i64, until: i64| {
        let at = |hours| {
            let at = japanese_time(morning.now() + TimeDelta::hours(hours));
            at.format("%Y-%m-%d %H:%M").to_string()
        };
        let other = format!("dr-kato,{},{},内科\n", at(-30), at(-20));
        let own = format!("dr-sato,{},{},救急科\n", at(from), at(until));
        // On the day on which the first of them begins, whatever the hour: else that day would not
        // be in the list that replaces it.
        let today = format!("dr-kato,{},{},内科\n", at(-2), at(1));
        format!("account,from,until,department\n{other}{own}{today}")
    };
    morning.take(Kind::Duty, &roster(-2, 6)).await;
    let row = morning.newest().await;
    assert!(row.contains("勤務表で勤務中（救急科）"), "{row}");
    morning.take(Kind::Duty, &roster(3, 9)).await;
    morning.assert_flagged("勤務時間外").await;
}

#[actix_web::test]
async fn scenario_same_patient_again_after_weeks() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let path = open(&physician, morning.patient(0)).await;
    morning.end(&physician, &path, "transferred").await;
    morning.app.clock.advance(Duration::from_hours(24 * 20));
    let physician = morning.app.physician().await;
    open(&physician, morning.patient(0)).await;
    morning.assert_flagged("日を置いて再び").await;
}

#[actix_web::test]
async fn scenario_search_trawling() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    for number in 1..=5 {
        search(&physician, morning.patient(number)).await.is(200);
        morning.app.clock.advance(Duration::from_secs(40));
    }
    open(&physician, morning.patient(0)).await;
    morning.assert_flagged("探し回り").await;
}

#[actix_web::test]
async fn scenario_objection_overridden() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let path = open(&physician, morning.patient(0)).await;
    morning.end(&physician, &path, "objected").await;
    let said = [("reason", "2"), ("note", "心停止")];
    glass(&physician, morning.patient(0), &said).await.is(303);
    morning.assert_flagged("拒否の後").await;
}

#[actix_web::test]
async fn scenario_clock_step() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let path = open(&physician, morning.patient(0)).await;
    morning.app.clock.step(-300);
    physician.get(&path).await;
    morning.assert_flagged("時計の変更").await;
}

#[actix_web::test]
async fn explanation_colleague_who_looked_at_the_same_patient() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    open(&physician, morning.patient(0)).await;
    let other = morning.app.guide.accounts[1].clone();
    let other = morning.app.signed_in(&other).await;
    open(&other, morning.patient(0)).await;
    let row = morning.newest().await;
    assert!(row.contains("同僚も閲覧"), "{row}");
    assert!(!row.contains("佐藤"), "{row}");
}

#[actix_web::test]
async fn explanation_registered_by_a_list_in_the_folder() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patient = morning.patient(0);
    open(&physician, patient).await;
    let folder = morning
        .app
        .folder
        .path()
        .join("lists")
        .join(&morning.hospital.0);
    std::fs::create_dir_all(&folder).expect("a folder");
    let at = japanese_time(morning.now() + TimeDelta::minutes(14));
    let text = format!(
        "来院日時,受付番号,氏名,生年月日\n{},4711,{},{}\n",
        at.format("%Y/%m/%d %H:%M:%S"),
        patient.name,
        patient.birth_date
    );
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let file = folder.join("arrivals-morning.csv");
    std::fs::write(&file, &sjis).expect("a file");
    let old = std::time::SystemTime::from(morning.now() - TimeDelta::minutes(1));
    let opened = std::fs::File::options().write(true).open(&file);
    opened.expect("a file").set_modified(old).expect("older");
    morning.app.review.look_into_folder().await;
    let row = morning.newest().await;
    assert!(row.contains("来院登録（受付 4711）"), "{row}");
    assert!(!file.exists() && folder.join("done").is_dir());
}

#[actix_web::test]
async fn a_filter_is_kept_under_a_name_for_its_auditor_alone_and_removed_again() {
    let morning = Morning::new().await;
    let auditor = morning.auditor().await;
    let page = auditor.get("/audit/cases?rule=decoy&page=3").await.is(200);
    let mut fields = page.form("keep-view");
    fill(&mut fields, "name", "おとり");
    let action = page.attributes("#keep-view", "action").remove(0);
    let kept = auditor.post(&action, &pairs(&fields)).await.is(303);
    let at = kept.location.expect("the list");
    assert!(
        !at.contains("おとり") && !at.contains('%'),
        "no name in an address: {at}"
    );
    let page = auditor.get(&at).await.is(200);
    assert_eq!(page.texts("nav.case-views a"), ["おとり"]);
    let link = page.attributes("nav.case-views a", "href").remove(0);
    assert_eq!(
        link, "/audit/cases?list=open&rule=decoy",
        "from its first page on"
    );
    let page = auditor.get(&link).await.is(200);
    assert_eq!(page.texts("nav.case-views [aria-current]"), ["おとり"]);
    let form = page.attributes("ul.view-rows form", "id").remove(0);
    let (fields, action) = (
        page.form(&form),
        page.attributes(&format!("#{form}"), "action").remove(0),
    );
    auditor.post(&action, &pairs(&fields)).await.is(303);
    let page = auditor.get("/audit/cases").await.is(200);
    assert!(page.texts("nav.case-views a").is_empty());
    auditor.post(&action, &pairs(&fields)).await.is(404);
    assert!(
        !morning.app.entries().contains("おとり"),
        "a setting is no entry"
    );
}

#[actix_web::test]
async fn the_ledger_is_verified_on_request_and_the_page_says_what_was_found() {
    let morning = Morning::new().await;
    open(&morning.app.physician().await, morning.patient(0)).await;
    let auditor = morning.auditor().await;
    let page = auditor.get("/audit/integrity").await.is(200);
    assert!(page.body.contains("まだ検証していません"));
    assert_eq!(
        last(&morning.app, "ledger_read")["fields"]["what"],
        "integrity"
    );
    let fields = page.form("verify-form");
    let begun = auditor
        .post("/audit/integrity/verify", &pairs(&fields))
        .await;
    let at = begun.is(303).location.expect("the page");
    for _ in 0..1_500 {
        let page = auditor.get(&at).await.is(200);
        let said = page
            .texts("section[aria-labelledby=verify] strong")
            .remove(0);
        if said.contains("すべてが正しい") {
            return;
        }
        assert!(said.contains("検証中です"), "{said}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it does not end");
}
