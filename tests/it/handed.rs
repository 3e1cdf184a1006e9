//! What an auditor hands over and takes in, through the real app: disclosure, the monthly report,
//! lists by upload.

use std::time::Duration;

use chrono::TimeDelta;
use emergency_summary::{cli::demo::GuidePatient, domain::clock::japanese_time};
use reqwest::Method;

use crate::{
    app::{fill, open, pairs},
    browser::{Browser, Page},
    review::{Morning, last},
};

/// A form with a file as a browser sends it: the fields, then the file.
pub(crate) fn multipart(fields: &[(&str, &str)], file: &[u8]) -> (String, Vec<u8>) {
    let boundary = "----edge7MA4YWxk";
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.into_bytes());
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"list.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    );
    body.extend(head.into_bytes());
    body.extend(file);
    body.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

async fn hand_in(auditor: &Browser, kind: &str, file: &[u8]) -> Page {
    let page = auditor.get("/audit/lists").await.is(200);
    let token = page
        .attributes("#list input[name=form_token]", "value")
        .remove(0);
    let (sort, body) = multipart(&[("form_token", &token), ("kind", kind)], file);
    let body = Some((sort.as_str(), body));
    auditor.send(Method::POST, "/audit/lists", body, &[]).await
}

/// The form of a disclosure, filled in for a patient who asks himself.
fn asked(page: &Page, patient: &GuidePatient, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut fields = page.form("disclosure");
    let own = [
        ("asker", "patient"),
        ("name", &*patient.name),
        ("proof", "individual_number_card"),
        ("of_insurer", &patient.insurer),
        ("of_symbol", &patient.symbol),
        ("of_number", &patient.number),
        ("of_branch", &patient.branch),
        ("born", &patient.birth_date),
    ];
    for (name, value) in own.into_iter().chain(typed.iter().copied()) {
        fill(&mut fields, name, value);
    }
    fields
}

#[actix_web::test]
async fn a_patient_is_told_what_was_shown_when_and_why_and_that_he_asked_is_an_entry_first() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patient = morning.patient(0);
    let path = open(&physician, patient).await;
    physician.get(&path).await.is(200);
    physician.get(&format!("{path}/print")).await.is(200);
    open(&physician, morning.patient(1)).await;
    let auditor = morning.auditor().await;
    let form = auditor.get("/audit/disclosure").await.is(200);
    assert!(!morning.app.entries().contains("\"disclosed\""));
    let fields = asked(&form, patient, &[]);
    let sheet = auditor
        .post("/audit/disclosure", &pairs(&fields))
        .await
        .is(200);
    let told = last(&morning.app, "disclosed");
    let started = last(&morning.app, "grant_started");
    assert_ne!(told["patient"], started["patient"], "the other one");
    assert_eq!(told["fields"]["asker"], "patient");
    assert_eq!(told["fields"]["proof"], "individual_number_card");
    assert_eq!(told["personal"]["name"], patient.name.as_str());
    assert!(!told["fields"].to_string().contains(&patient.name));
    let rows = sheet.texts(".handed-rows tbody tr");
    for said in [
        "患者検索で候補として表示",
        "画面に表示",
        "印刷用に表示",
        "救急時：意識障害",
    ] {
        assert!(
            rows.iter().any(|row| row.contains(said)),
            "{said}: {rows:?}"
        );
    }
    assert!(rows.iter().any(|row| row.contains("薬剤")), "{rows:?}");
    let article = sheet.texts("article").join("");
    for staff in ["佐藤 救", "dr-sato", "野田"] {
        assert!(!article.contains(staff), "{staff}: {article}");
    }
    assert!(article.contains(&patient.name), "{article}");
    assert!(!article.contains(&morning.patient(1).name));
    // The same as a table, by the form beside it.
    let fields = sheet.form("table");
    let table = auditor
        .post("/audit/disclosure", &pairs(&fields))
        .await
        .is(200);
    assert!(
        table.headers["content-type"]
            .to_str()
            .expect("a type")
            .starts_with("text/csv")
    );
    assert!(table.body.contains("救急時：意識障害") && !table.body.contains("佐藤"));
    assert_eq!(last(&morning.app, "disclosed")["fields"]["as_table"], true);
}

#[actix_web::test]
async fn nothing_is_disclosed_where_the_birth_date_is_anothers_or_the_request_is_not_whole() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patient = morning.patient(0);
    open(&physician, patient).await;
    let auditor = morning.auditor().await;
    let form = auditor.get("/audit/disclosure").await.is(200);
    for typed in [
        ("name", ""),
        ("proof", "x"),
        ("asker", "delegate"),
        ("of_branch", ""),
        ("born", "?"),
    ] {
        let fields = asked(&form, patient, &[typed]);
        let again = auditor
            .post("/audit/disclosure", &pairs(&fields))
            .await
            .is(422);
        assert_eq!(again.texts("#flash").len(), 1, "{typed:?}");
        assert!(again.texts("article").is_empty());
    }
    assert!(!morning.app.entries().contains("\"disclosed\""));
    let fields = asked(&form, patient, &[("born", "1901-01-01")]);
    let another = auditor
        .post("/audit/disclosure", &pairs(&fields))
        .await
        .is(422);
    assert!(another.texts("#flash").join("").contains("別の生年月日"));
    assert!(another.texts("article").is_empty() && !another.body.contains("意識障害"));
    last(&morning.app, "disclosed");
    // A number that nobody has.
    let fields = asked(&form, patient, &[("of_number", "99999998")]);
    let nobody = auditor
        .post("/audit/disclosure", &pairs(&fields))
        .await
        .is(200);
    assert!(nobody.texts("article").join("").contains("閲覧記録の開示"));
}

#[actix_web::test]
async fn a_month_is_counted_in_japan_and_says_that_it_is_not_over() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patients = [0, 1].map(|number| morning.patient(number));
    for patient in patients {
        open(&physician, patient).await;
    }
    let at = japanese_time(morning.now() + TimeDelta::minutes(9));
    let text = format!(
        "来院日時,受付番号,氏名,生年月日\n{},4711,{},{}\n",
        at.format("%Y-%m-%d %H:%M"),
        patients[0].name,
        patients[0].birth_date
    );
    let auditor = morning.auditor().await;
    hand_in(&auditor, "arrivals", text.as_bytes()).await.is(200);
    let page = auditor.get("/audit/report").await.is(200);
    let article = page.texts("article").join("");
    for said in ["2件", "50%", "途中の数字", "意識障害", "記録は"] {
        assert!(article.contains(said), "{said}: {article}");
    }
    assert!(!article.contains("佐藤") && !article.contains(&patients[0].name));
    let month = japanese_time(morning.now()).format("%Y-%m").to_string();
    let read = last(&morning.app, "ledger_read");
    assert_eq!(read["fields"]["what"], format!("report {month}"));
    let table = auditor
        .get(&format!("/audit/report/table?month={month}"))
        .await
        .is(200);
    assert!(
        table.body.contains(&format!("救急時閲覧,{month},2\r\n")),
        "{}",
        table.body
    );
    assert!(table.body.contains("途中の数字"));
    let before = auditor.get("/audit/report?month=2020-02").await.is(200);
    assert!(before.texts("article").join("").contains("0件"));
    auditor.get("/audit/report?month=2020-13").await.is(400);
    morning.app.clock.advance(Duration::from_hours(24 * 40));
    let auditor = morning.auditor().await;
    let over = auditor
        .get(&format!("/audit/report?month={month}"))
        .await
        .is(200);
    let article = over.texts("article").join("");
    assert!(
        article.contains("2件") && !article.contains("途中の数字"),
        "{article}"
    );
}

#[actix_web::test]
async fn a_list_is_handed_in_by_a_browser_in_any_encoding_and_who_did_is_an_entry() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patient = morning.patient(0);
    open(&physician, patient).await;
    let auditor = morning.auditor().await;
    let at = japanese_time(morning.now() + TimeDelta::minutes(14));
    let text = format!(
        "来院日時,受付番号,氏名,生年月日\n{},4711,{},{}\n",
        at.format("%Y/%m/%d %H:%M"),
        patient.name,
        patient.birth_date
    );
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let taken = hand_in(&auditor, "arrivals", &sjis).await.is(200);
    assert!(
        taken.texts("#done").join("").contains("1行"),
        "{}",
        taken.body
    );
    let entry = last(&morning.app, "list_taken");
    assert!(entry["account"].is_string(), "who handed it in: {entry}");
    assert!(morning.newest().await.contains("来院登録（受付 4711）"));
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let again = hand_in(&auditor, "arrivals", &marked).await.is(200);
    assert!(again.texts("#done").join("").contains("何も変わりません"));
}

#[actix_web::test]
async fn registrations_come_as_encounters_of_fhir_too() {
    let morning = Morning::new().await;
    let physician = morning.app.physician().await;
    let patient = morning.patient(0);
    open(&physician, patient).await;
    let auditor = morning.auditor().await;
    let number = format!(
        "{}:{}:{}:{}",
        patient.insurer, patient.symbol, patient.number, patient.branch
    );
    let start = japanese_time(morning.now() + TimeDelta::minutes(14)).to_rfc3339();
    let encounter = |status: &str| {
        serde_json::json!({
            "resourceType": "Encounter", "status": status,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
            "identifier": [{"system": "urn:visits", "value": "E-4712"}],
            "period": {"start": start},
            "subject": {"identifier": {
                "system": "http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID",
                "value": number,
            }},
        })
        .to_string()
    };
    let mut broken: serde_json::Value = serde_json::from_str(&encounter("arrived")).expect("JSON");
    broken["period"] = serde_json::json!({});
    let lines = format!("{}\n{broken}\n", encounter("planned"));
    let refused = hand_in(&auditor, "arrivals", lines.as_bytes())
        .await
        .is(422);
    assert_eq!(refused.texts(".flaws tbody tr"), ["2period.startが空"]);
    assert_eq!(
        last(&morning.app, "refused")["fields"]["what"],
        "list arrivals"
    );
    let whole = format!("{}\n{}\n", encounter("planned"), encounter("arrived"));
    let taken = hand_in(&auditor, "arrivals", whole.as_bytes())
        .await
        .is(200);
    assert!(
        taken.texts("#done").join("").contains("未来院"),
        "{}",
        taken.body
    );
    assert!(morning.newest().await.contains("来院登録（受付 E-4712）"));
}

#[actix_web::test]
async fn what_cannot_be_taken_over_is_refused_line_by_line_and_nothing_of_it_is_taken() {
    let morning = Morning::new().await;
    let auditor = morning.auditor().await;
    let number = &morning.patient(0).number;
    let text = format!(
        "arrived_at,visit,insurer,number,branch,facility\n\
         2026-11-22 10:00,1,06139999,{number},01,\n\
         noon,2,06139999,{number},01,\n\
         2026-11-22 10:00,=1+1,06139999,{number},01,\n\
         2026-11-22 10:00,3,06139999,{number},,\n\
         2026-11-22 10:00,4,06139999,{number},01,9999999999\n\
         2026-11-22 10:00,5\n"
    );
    let refused = hand_in(&auditor, "arrivals", text.as_bytes()).await.is(422);
    let lines = refused.texts(".flaws tbody td:first-child");
    assert_eq!(lines, ["3", "4", "5", "6", "7"]);
    assert!(!refused.body.contains("=1+1") && !refused.body.contains(&**number));
    assert!(!morning.app.entries().contains("\"list_taken\""));
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let long = [
        b"account,from,until\n".to_vec(),
        b"a,2026-11-22 08:00,2026-11-22 09:00\n".repeat(5_001),
    ]
    .concat();
    let many = b"a,2026-11-22 08:00,2026-11-22 09:00\n".repeat(200_000);
    for (kind, file, said) in [
        ("arrivals", &*utf16, "UTF-8でもShift_JISでもない"),
        ("duty", text.as_bytes(), "1列目の見出し"),
        ("duty", b"from,until\n1,2\n", "account"),
        ("duty", &*long, "5000行を超えて"),
        ("duty", &*many, "2 MBを超えて"),
        ("duty", b"", "ファイルを選んで"),
        ("arrivals", b"{\"resourceType\": 7}", "取り込みませんでした"),
        ("nonsense", b"x", "種類を選んで"),
    ] {
        let page = hand_in(&auditor, kind, file).await.is(422);
        let flash = page.texts("#flash").join("");
        assert!(flash.contains(said), "{kind} {said}: {flash}");
    }
    assert!(!morning.app.entries().contains("\"list_taken\""));
}

#[actix_web::test]
async fn an_upload_that_is_no_form_of_this_session_does_nothing() {
    let morning = Morning::new().await;
    let auditor = morning.auditor().await;
    let page = auditor.get("/audit/lists").await.is(200);
    let token = page
        .attributes("#list input[name=form_token]", "value")
        .remove(0);
    let file = b"account,from,until\nx,2026-11-22 08:00,2026-11-22 09:00\n";
    let (kind, whole) = multipart(&[("form_token", &token), ("kind", "duty")], file);
    let (_, foreign) = multipart(&[("form_token", "x"), ("kind", "duty")], file);
    let (_, nameless) = multipart(&[("kind", "duty")], file);
    let (_, unclean) = multipart(&[("form_token", &token), ("kind", "du\u{0}ty")], file);
    let (_, long) = multipart(
        &[("form_token", &token), ("kind", &"d".repeat(9_000))],
        file,
    );
    let cut = whole[..whole.len() / 2].to_vec();
    let urlencoded = "application/x-www-form-urlencoded";
    for (what, kind, body, status) in [
        ("foreign", &*kind, foreign, 403),
        ("without a token", &*kind, nameless, 403),
        ("unclean", &*kind, unclean, 400),
        ("long", &*kind, long, 413),
        ("cut", &*kind, cut, 400),
        ("no parts", &*kind, b"hello".to_vec(), 400),
        ("no boundary", "multipart/form-data", whole.clone(), 400),
        ("urlencoded", urlencoded, b"kind=duty".to_vec(), 415),
        ("json", "application/json", b"{}".to_vec(), 415),
    ] {
        let body = Some((kind, body));
        let page = auditor.send(Method::POST, "/audit/lists", body, &[]).await;
        assert_eq!(page.status.as_u16(), status, "{what}: {}", page.body);
    }
    assert!(!morning.app.entries().contains("\"list_taken\""));
    let other = [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ];
    let body = Some((&*kind, whole));
    let page = auditor
        .send(Method::POST, "/audit/lists", body, &other)
        .await;
    assert_eq!(page.status, 403);
}
