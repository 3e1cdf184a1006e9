//! What was typed comes back after a refusal, for the same patient, and is sent again by hand.

use crate::{
    app::{TestApp, break_glass, fill, open, pairs, search, search_number},
    browser::Page,
};

/// The form's fields as a browser with scripts sends them along with a choice of the page.
fn along(page: &Page, choice: &str, typed: &[(String, String)]) -> Vec<(String, String)> {
    let mut fields = page.form(choice);
    fields.extend(
        typed
            .iter()
            .filter(|(name, _)| name != "form_token")
            .cloned(),
    );
    fields
}

fn value(page: &Page, selector: &str) -> String {
    page.attributes(selector, "value").join("|")
}

#[actix_web::test]
async fn a_digit_given_before_the_judge_was_missing_is_not_given_again() {
    let app = TestApp::start();
    let nurse = app.signed_in(&app.account("nurse").clone()).await;
    let hit = search(&nurse, &app.guide.patients[0]).await.is(200);
    let refused = break_glass(&nurse, &hit, "2").await.is(422);
    assert_eq!(refused.attributes("#joined", "placeholder"), ["2"]);
    assert!(!app.entries().contains("grant_started"));
    let mut fields = refused.form("glass");
    fill(&mut fields, "judged_by", "佐藤 医師");
    nurse.post("/grants", &pairs(&fields)).await.is(303);
    let out = app.entries();
    assert!(out.contains("\"reason\":\"danger_to_life\""), "{out}");
}

#[actix_web::test]
async fn what_no_field_may_hold_leads_back_to_the_patient_with_the_rest_of_it() {
    let app = TestApp::start();
    let nurse = app.signed_in(&app.account("nurse").clone()).await;
    let patient = &app.guide.patients[0];
    let hit = search(&nurse, patient).await.is(200);
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", "1");
    fill(&mut fields, "judged_by", "佐藤 医師");
    fill(&mut fields, "note", "搬送\u{0}前");
    let unclean = nurse.post("/grants", &pairs(&fields)).await.is(400);
    assert!(unclean.body.contains("使えない文字"), "{}", unclean.body);
    assert!(!unclean.body.contains(&patient.name), "it names nobody");
    let kept = unclean.form("kept");
    let again = nurse.post("/language", &pairs(&kept)).await.is(200);
    for typed in [&*patient.name, "佐藤 医師", "搬送前"] {
        assert!(again.body.contains(typed), "{typed}: {}", again.body);
    }
    assert!(!app.entries().contains("grant_started"));
    break_glass(&nurse, &again, "1").await.is(303);
}

#[actix_web::test]
async fn a_scanners_burst_after_a_refusal_is_no_reason_and_no_line_of_its_own() {
    let app = TestApp::start();
    let nurse = app.signed_in(&app.account("nurse").clone()).await;
    let hit = search(&nurse, &app.guide.patients[0]).await.is(200);
    let refused = break_glass(&nurse, &hit, "2").await.is(422);
    // In the empty field beside the kept reason a burst is two reasons or none.
    let mut fields = refused.form("glass");
    fill(&mut fields, "judged_by", "佐藤 医師");
    fill(&mut fields, "reason", "14987654321012345678");
    nurse.post("/grants", &pairs(&fields)).await.is(422);
    assert!(!app.entries().contains("grant_started"));
}

#[actix_web::test]
async fn language_and_light_keep_the_patient_and_what_was_typed() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let hit = search(&browser, patient).await.is(200);
    let mut typed = hit.form("glass");
    fill(&mut typed, "reason", "6");
    fill(&mut typed, "note", "搬送前の確認");
    let english = along(&hit, "language", &typed);
    let english = browser.post("/language", &pairs(&english)).await.is(200);
    assert!(english.body.contains("<html lang=\"en\""));
    assert!(english.body.contains(&patient.name) && english.body.contains("搬送前の確認"));
    assert_eq!(english.attributes("#joined", "placeholder"), ["6"]);
    let mut dark = along(&english, "theme", &english.form("glass"));
    fill(&mut dark, "theme", "dark");
    let dark = browser.post("/theme", &pairs(&dark)).await.is(200);
    assert!(dark.body.contains("data-theme=\"dark\""));
    assert!(dark.body.contains(&patient.name) && dark.body.contains("搬送前の確認"));
    assert_eq!(dark.attributes("#joined", "placeholder"), ["6"]);
    // With scripts off the patient stays.
    let plain = dark.form("language");
    let plain = browser.post("/language", &pairs(&plain)).await.is(200);
    assert!(plain.body.contains("<html lang=\"ja\"") && plain.body.contains(&patient.name));
    assert!(!app.entries().contains("grant_started"));
    // Nobody else's page shows it.
    let other = app.signed_in(&app.account("nurse").clone()).await;
    let mut foreign = hit.form("language");
    let own = other.get("/").await.is(200).form("language");
    let token = own.iter().find(|(name, _)| name == "form_token");
    fill(&mut foreign, "form_token", &token.expect("a token").1);
    other.post("/language", &pairs(&foreign)).await.is(303);
}

#[actix_web::test]
async fn several_candidates_stay_several_in_the_other_language() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let hit = search_number(
        &browser,
        &patient.insurer,
        &patient.symbol,
        &patient.number,
        "",
    )
    .await
    .is(200);
    let all = hit.attributes("section.candidate", "data-patient-key");
    let plain = hit.form("language");
    let english = browser.post("/language", &pairs(&plain)).await.is(200);
    assert_eq!(
        english.attributes("section.candidate", "data-patient-key"),
        all
    );
}

#[actix_web::test]
async fn a_late_ledger_keeps_the_patient_chosen_and_sends_nothing_by_itself() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let path = open(&browser, &app.guide.patients[1]).await;
    let hit = search(&browser, patient).await.is(200);
    let home = browser.get("/").await.is(200);
    app.ledger.close();
    let late = break_glass(&browser, &hit, "1").await.is(503);
    assert!(late.body.contains(&patient.name) && late.body.contains("まだ開いていません"));
    assert!(late.body.contains("紙の様式"), "the facility's own words");
    assert_eq!(late.attributes("#joined", "placeholder"), ["1"]);
    assert!(!late.form("glass").is_empty() && !late.body.contains("section-drugs"));
    let mut asked = home.form("search");
    fill(&mut asked, "insurer", &patient.insurer);
    fill(&mut asked, "number", &patient.number);
    let late = browser.post("/patients", &pairs(&asked)).await.is(503);
    assert!(late.body.contains("まだ検索していません"), "{}", late.body);
    assert_eq!(
        value(&late, "form#search [name=number]"),
        patient.number,
        "the number is kept"
    );
    assert!(!late.body.contains(&patient.name));
    let late = browser.get(&path).await.is(503);
    assert_eq!(
        late.attributes(&format!("a.main[href='{path}']"), "href")
            .len(),
        1
    );
}

#[actix_web::test]
async fn where_nobody_is_found_the_number_stays_to_be_put_right() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = &app.guide.patients[0];
    let nobody = search_number(&browser, &patient.insurer, "", "9999999", "").await;
    let nobody = nobody.is(200);
    assert!(nobody.body.contains("登録なし ― 既往なしではない"));
    assert_eq!(value(&nobody, "form#search [name=number]"), "9999999");
    let said = nobody.texts("#nobody").join("");
    assert!(said.contains("氏名・生年月日・性別・住所"), "{said}");
    let mut four = nobody.form("search-four");
    for (name, typed) in [
        ("name", "存在 しない"),
        ("birth_date", "S35.4.1"),
        ("sex", "male"),
        ("address", "千葉県千葉市"),
    ] {
        fill(&mut four, name, typed);
    }
    let nobody = browser.post("/patients", &pairs(&four)).await.is(200);
    assert_eq!(
        value(&nobody, "form#search-four [name=name]"),
        "存在 しない"
    );
    let said = nobody.texts("#nobody").join("");
    assert!(
        said.contains("番号で検索") && !said.contains("住所"),
        "{said}"
    );
    fill(&mut four, "birth_date", "令和99年1月1日");
    let wrong = browser.post("/patients", &pairs(&four)).await.is(422);
    assert!(wrong.body.contains("今日より後"), "{}", wrong.body);
    fill(&mut four, "birth_date", "19600231");
    let wrong = browser.post("/patients", &pairs(&four)).await.is(422);
    assert!(wrong.body.contains("実在する日付"), "{}", wrong.body);
}

#[actix_web::test]
async fn the_next_page_says_what_was_ended_and_what_ends_all_takes_a_second_press() {
    let app = TestApp::start();
    let browser = app.physician().await;
    for (why, said) in [
        ("wrong-patient", "閲覧を終了しました（患者違い）"),
        ("deceased", "閲覧を終了しました（死亡）"),
        ("objected", "本人が拒否、この施設の閲覧すべて"),
    ] {
        // An objection makes the next opening need a note: it comes last.
        let path = open(&browser, &app.guide.patients[0]).await;
        let page = browser.get(&path).await.is(200);
        let form = format!("end-{why}");
        let behind = page.attributes(&format!("details.twice form#{form}"), "id");
        assert_eq!(behind.len(), usize::from(why != "wrong-patient"), "{why}");
        let to = page.attributes(&format!("form#{form}"), "action").join("");
        let ended = browser.post(&to, &pairs(&page.form(&form))).await.is(303);
        let next = ended.location.expect("a place to go");
        let next = browser.get(&next).await.is(200);
        let done = next.texts("#done").join("");
        assert!(done.contains(said), "{why}: {done}");
    }
    let odd = browser.get("/?done=everything").await.is(200);
    assert!(odd.texts("#done").is_empty());
}

#[actix_web::test]
async fn a_form_with_nothing_in_it_says_so_on_a_page_with_the_way_back() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    let grant = path.trim_start_matches("/summary/");
    let to = format!("/grants/{grant}/note");
    let mut fields = page.form("note");
    let empty = browser.post(&to, &pairs(&fields)).await.is(422);
    assert!(empty.body.contains("本人確認の方法か補足を入力"));
    assert_eq!(
        empty
            .attributes(&format!("main a[href='{path}']"), "href")
            .len(),
        1
    );
    fill(&mut fields, "identified_by", "3");
    fill(&mut fields, "note", &"あ".repeat(501));
    let long = browser.post(&to, &pairs(&fields)).await.is(422);
    assert!(long.body.contains("500文字以内"), "{}", long.body);
    let kept = long.attributes("form#note option[selected]", "value");
    assert!(kept.contains(&"3".to_owned()), "{kept:?}");
    assert_eq!(value(&long, "form#note [name=note]"), "あ".repeat(501));
    let list = browser.get("/grants").await.is(200).form("correct-1");
    let to = format!("/grants/{grant}/correct");
    let unchanged = browser.post(&to, &pairs(&list)).await.is(422);
    assert!(unchanged.body.contains("訂正する理由を選ぶか"));
    assert_eq!(
        unchanged
            .attributes(&format!("a[href='{path}']"), "href")
            .len(),
        1
    );
    assert!(!app.entries().contains("\"noted\""));
}

#[actix_web::test]
async fn what_is_too_long_comes_back_with_its_limit_and_nothing_lost() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", "1");
    fill(&mut fields, "judged_by", "佐藤 医師");
    fill(&mut fields, "note", &"a".repeat(40_000));
    let long = browser.post("/grants", &pairs(&fields)).await.is(422);
    assert!(long.body.contains("補足は500文字以内"), "the limit is said");
    assert!(long.body.contains("佐藤 医師") && long.body.contains(&"a".repeat(40_000)));
    fill(&mut fields, "note", &"a".repeat(70_000));
    let refused = browser.post("/grants", &pairs(&fields)).await.is(413);
    assert!(refused.body.contains("64 kB"), "{}", refused.body);
    assert!(!app.entries().contains("grant_started"));
}

#[actix_web::test]
async fn the_number_on_a_screen_is_found_in_the_list_of_ones_own_grants() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = browser.get(&path).await.is(200);
    let receipt = page.texts(".receipt").join("");
    let number = receipt.rsplit(' ').next().expect("a receipt").to_owned();
    assert_eq!(number.len(), 14, "{receipt}");
    let list = browser.get("/grants").await.is(200);
    assert!(list.body.contains(&number), "{number}: {}", list.body);
}

#[actix_web::test]
async fn what_was_not_consented_to_is_not_even_counted() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let hit = search(&browser, &app.guide.patients[0]).await.is(200);
    let form = break_glass(&browser, &hit, "0").await.is(200);
    let mut fields = form.form("consent");
    fields.retain(|(name, _)| !matches!(&**name, "how" | "categories"));
    fill(&mut fields, "how", "oral");
    fill(&mut fields, "categories", "operations");
    let opened = browser.post("/grants", &pairs(&fields)).await.is(303);
    let path = opened.location.expect("a place to go");
    let page = crate::app::whole_summary(&browser, &path).await;
    for section in ["drugs", "visits", "procedures", "checkups", "labs"] {
        let said = page.texts(&format!("#section-{section}")).join("");
        assert!(said.contains("同意の範囲外"), "{section}: {said}");
        assert!(!said.contains("取得できず"), "{section}: {said}");
        assert!(!said.contains("件"), "{section}: {said}");
    }
}
