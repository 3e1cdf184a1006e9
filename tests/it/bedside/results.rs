//! Laboratory results and infections: B10, B11, B12, B13.

use serde_json::{Value, json};

use crate::{
    app::{TestApp, break_glass, search, whole_summary},
    field::{row, rows, written},
};

const CORE: &str =
    "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_CoreLabo_CS";
const INFECTION: &str =
    "http://jpfhir.jp/fhir/clins/CodeSystem/JLAC10/JP_CLINS_ObsLabResult_InfectionLabo_CS";
const RESULTS: &str = "http://jpfhir.jp/fhir/LaboResult/CodeSystem";

fn patient(gender: &str, birth_date: &str) -> Value {
    json!({"resourceType": "Patient", "id": "p", "gender": gender, "birthDate": birth_date})
}

/// A final result of the shared records; `value` is `("valueQuantity", …)` or another form.
fn result(id: &str, coding: (&str, &str, &str), value: (&str, Value), day: &str) -> Value {
    let (system, code, display) = coding;
    let mut result = json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [{"coding": [{"code": "laboratory"}]}],
        "code": {"coding": [{"system": system, "code": code, "display": display}]},
        "subject": {"reference": "Patient/p"}, "effectiveDateTime": day,
        "performer": [{"display": format!("{id}病院")}],
    });
    result[value.0] = value.1;
    result
}

fn number(value: f64, unit: &str) -> (&'static str, Value) {
    ("valueQuantity", json!({"value": value, "unit": unit}))
}

fn coded(list: &str, code: &str, display: &str) -> (&'static str, Value) {
    let system = format!("{RESULTS}/{list}");
    let coding = json!({"system": system, "code": code, "display": display});
    ("valueCodeableConcept", json!({"coding": [coding]}))
}

fn creatinine(id: &str, value: f64, unit: &str, day: &str) -> Value {
    result(
        id,
        (CORE, "3C015000002399901", "Cre"),
        number(value, unit),
        day,
    )
}

#[test]
fn b10_blood_groups_say_that_they_are_for_reference_and_two_that_differ_stay_marked() {
    let abo = |id: &str, code: &str, display: &str, day: &str| {
        let value = coded("JP_BldABO_CS", code, display);
        result(id, (CORE, "5H010000001999914", "血液型-ABO"), value, day)
    };
    let rh = result(
        "rh",
        (CORE, "5H020000001999914", "血液型-Rh"),
        coded("JP_BldRh_CS", "1", "＋"),
        "2025-10-01",
    );
    let one = [
        patient("male", "1960-04-01"),
        abo("a", "1", "Ａ", "2025-10-01"),
        rh,
    ];
    let said = written(&one, &[]);
    for text in rows(&said, "labs") {
        assert!(
            text.contains("参考（他院結果）。輸血には必ず当院で検査"),
            "{text}"
        );
        assert!(!text.contains("不一致"), "{text}");
    }
    let [person, first, rh] = one;
    // The older group is years old: a contradiction stays visible whatever its age.
    let other = abo("b", "4", "Ｏ", "2018-01-01");
    let newer = ["2025-09-01", "2025-09-02", "2025-09-03"].map(|day| abo(day, "1", "A型", day));
    let all: Vec<Value> = [person, first, rh, other]
        .into_iter()
        .chain(newer)
        .collect();
    let said = written(&all, &[]);
    assert_eq!(rows(&said, "labs").len(), 3, "{:?}", rows(&said, "labs"));
    for words in [["血液型ABO", "2025-10-01"], ["血液型ABO", "2018-01-01"]] {
        let text = row(&said, "labs", &words)["text"]
            .as_str()
            .expect("words")
            .to_owned();
        assert!(text.contains("不一致"), "{text}");
    }
    let rh = row(&said, "labs", &["血液型Rh"])["text"]
        .as_str()
        .expect("words");
    assert!(!rh.contains("不一致"), "{rh}");
}

/// The rows of an eGFR computed for somebody with a creatinine of 2025-10-01.
fn estimated(gender: &str, birth: &str, more: Vec<Value>) -> Vec<String> {
    let own = [
        patient(gender, birth),
        creatinine("cr", 1.0, "mg/dL", "2025-10-01"),
    ];
    let records: Vec<Value> = own.into_iter().chain(more).collect();
    let said = written(&records, &[]);
    let all = rows(&said, "labs")
        .into_iter()
        .filter(|text| text.contains("推算"));
    all.map(str::to_owned).collect()
}

#[test]
fn b11_an_egfr_computed_here_says_so_and_is_given_only_where_it_may_be() {
    let computed = estimated("male", "1975-05-01", vec![]);
    let [text] = computed.as_slice() else {
        panic!("{computed:?}")
    };
    for words in [
        "eGFR 63 mL/min/1.73m2 推算",
        "Cr 1.0 mg/dL（2025-10-01）から計算",
        "急性腎障害・透析では当てになりません",
    ] {
        assert!(text.contains(words), "{text}");
    }
    let dialysis = json!({
        "resourceType": "Procedure", "id": "hd", "status": "completed",
        "subject": {"reference": "Patient/p"},
        "code": {"text": "人工腎臓（慢性維持透析）"}, "performedDateTime": "2025-09-20",
    });
    let mut bare = creatinine("bare", 1.2, "", "2025-11-01");
    bare["valueQuantity"] = json!({"value": 1.2});
    for (why, gender, birth, more) in [
        ("dialysis", "male", "1975-05-01", vec![dialysis]),
        ("17 years", "male", "2008-05-01", vec![]),
        ("sex unknown", "unknown", "1975-05-01", vec![]),
        (
            "a newer one without a unit",
            "male",
            "1975-05-01",
            vec![bare],
        ),
    ] {
        assert_eq!(
            estimated(gender, birth, more),
            Vec::<String>::new(),
            "{why}"
        );
    }
}

#[test]
fn b11_a_sent_egfr_stands_in_the_renal_group_and_is_not_doubled() {
    let code = (CORE, "8A065000002391901", "eGFR");
    let sent = result("gfr", code, number(41.0, "mL/min/1.73m2"), "2025-10-01");
    assert_eq!(
        estimated("male", "1975-05-01", vec![sent.clone()]),
        Vec::<String>::new()
    );
    let said = written(&[patient("male", "1975-05-01"), sent], &[]);
    let row = row(&said, "labs", &["eGFR 41.0 mL/min/1.73m2"]);
    assert_eq!(row["group"], "腎・電解質");
}

#[actix_web::test]
async fn b11_on_the_page_a_dialysis_patient_has_no_computed_egfr_and_another_has() {
    let app = TestApp::start();
    let browser = app.physician().await;
    for (story, is_computed) in [("週3回の血液透析", false), ("造影CTの前", true)] {
        let hit = search(&browser, app.patient(story)).await.is(200);
        let opened = break_glass(&browser, &hit, "1").await.is(303);
        let page = whole_summary(&browser, &opened.location.expect("a place to go")).await;
        let labs = page.texts("section#section-labs").join(" ");
        assert!(
            labs.contains("Cr") && labs.contains("mg/dL"),
            "{story}: {labs}"
        );
        assert_eq!(labs.contains("推算"), is_computed, "{story}: {labs}");
    }
}

#[test]
fn b12_a_value_is_never_without_its_unit_nor_in_one_row_with_another_unit() {
    let albumin = (CORE, "3A015000001827101", "ALB");
    let crp = |id: &str, value: f64, unit: &str, day: &str| {
        result(
            id,
            (CORE, "5C070000002306201", "CRP"),
            number(value, unit),
            day,
        )
    };
    let mut bare = result(
        "bare",
        (CORE, "3H015000002326101", "K"),
        number(5.5, ""),
        "2025-10-01",
    );
    bare["valueQuantity"] = json!({"value": 5.5});
    let text = result(
        "text",
        (CORE, "3B010000002327201", "CK"),
        ("valueString", json!("＜30")),
        "2025-10-01",
    );
    let said = written(
        &[
            patient("female", "1960-04-01"),
            result("alb", albumin, number(3.9, "mg/L"), "2025-10-01"),
            crp("crp1", 3.0, "mg/L", "2025-10-02"),
            crp("crp2", 2.0, "mg/L", "2025-09-02"),
            crp("crp3", 0.9, "mg/dL", "2025-08-02"),
            bare,
            text,
        ],
        &[],
    );
    row(&said, "labs", &["Alb 3.9 mg/L", "単位要確認"]);
    row(&said, "labs", &["K 5.5 単位なし", "単位要確認"]);
    row(&said, "labs", &["CK ＜30 単位なし", "単位要確認"]);
    let litre = row(&said, "labs", &["CRP", "前回", "単位の異なる結果あり"]);
    let litre = litre["text"].as_str().expect("words");
    assert!(
        litre.contains("mg/L") && !litre.contains("mg/dL"),
        "{litre}"
    );
    assert!(
        !litre.contains("単位要確認"),
        "mg/L is a unit of CRP: {litre}"
    );
    let decilitre = row(&said, "labs", &["CRP 0.9 mg/dL", "単位の異なる結果あり"]);
    assert!(!decilitre["text"].as_str().expect("words").contains("mg/L"));
}

/// Results of one patient: antibody and RNA of one virus, antigen and antibody of another.
fn infections() -> Value {
    let of = |id: &str, display: &str, code: &str, value: (&str, Value), day: &str| {
        result(id, (INFECTION, code, display), value, day)
    };
    let judged = |code: &str, display: &str| coded("JP_PosNegHold_CS", code, display);
    let (yes, no) = (|| judged("1", "陽性"), || judged("2", "陰性"));
    let rna = number(1.2, "LogIU/mL");
    let hiv = "HIV-1+2抗体・p24抗原(定性)";
    let day = "2025-06-01";
    written(
        &[
            patient("male", "1960-04-01"),
            of(
                "a",
                "HCV抗体(定性)",
                "5F360143002305211",
                yes(),
                "2024-06-01",
            ),
            of("b", "HCV核酸増幅検査(定量)", "5F360145302386501", rna, day),
            of("c", "HBs抗原(定性)", "5F016141002305111", no(), "2021-03"),
            of("d", "HBs抗体(定性)", "5F016143002305111", yes(), day),
            of("e", hiv, "5F560155002305111", judged("3", "判定保留"), day),
            of(
                "f",
                "梅毒STS(定性)",
                "5E074000002306211",
                no(),
                "2020-12-31",
            ),
            of(
                "g",
                "梅毒TP抗体(定性)",
                "5E075000002306211",
                yes(),
                "2020-12-30",
            ),
        ],
        &[],
    )
}

#[test]
fn b13_infections_are_one_row_per_test_dated_and_without_a_verdict() {
    let said = infections();
    let texts = rows(&said, "infections");
    assert_eq!(texts.len(), 6, "{texts:#?}");
    for begins in [
        "HCV抗体(定性) 陽性 2024-06-01（18か月前）",
        "HCV核酸増幅検査(定量) 1.2 LogIU/mL 2025-06-01（6か月前）",
        "HBs抗原(定性) 陰性 2021-03（4年前）",
        "HBs抗体(定性) 陽性 2025-06-01（6か月前）",
        "HIV-1+2抗体・p24抗原(定性) 判定保留 2025-06-01（6か月前）",
        "梅毒STS(定性) 陰性 2020-12-31（5年前）",
    ] {
        let found = texts.iter().find(|text| text.starts_with(begins));
        let text = found.unwrap_or_else(|| panic!("{begins}: {texts:#?}"));
        let result = begins.rsplit(' ').next().expect("a date");
        assert_eq!(text.matches(result).count(), 1, "said once: {text}");
        for verdict in ["陽性", "陰性"] {
            assert!(text.matches(verdict).count() <= 1, "said once: {text}");
        }
        for derived in ["感染", "キャリア", "基準範囲"] {
            assert!(!text.contains(derived), "{text}");
        }
    }
    assert_eq!(said["accounting"]["outside_window"], 1);
    let notes = said["sections"]["infections"]["notes"].to_string();
    assert!(notes.contains("結核・MRSA・COVID-19等は対象外"), "{notes}");
}

#[actix_web::test]
async fn b13_on_the_page_hbs_antibody_never_warns_and_no_result_is_in_strip_or_title() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = app.patient("HBs抗体だけが陽性");
    let hit = search(&browser, patient).await.is(200);
    let opened = break_glass(&browser, &hit, "1").await.is(303);
    let page = whole_summary(&browser, &opened.location.expect("a place to go")).await;
    let infections = page.texts("section#section-infections").join(" ");
    assert!(
        infections.contains("HBs抗体") && infections.contains("陽性"),
        "{infections}"
    );
    let values = page.texts("section#section-infections .what");
    let positive: Vec<&String> = values.iter().filter(|row| row.contains("陽性")).collect();
    let [row] = positive.as_slice() else {
        panic!("{values:?}")
    };
    assert_eq!(row.matches("陽性").count(), 1, "said once: {row}");
    assert!(row.contains("か月前）"), "with its date and age: {row}");
    let dates = page.texts("section#section-infections time");
    assert!(
        dates.is_empty(),
        "the date stands with the result: {dates:?}"
    );
    assert!(
        infections.contains("結核・MRSA・COVID-19等は対象外"),
        "{infections}"
    );
    assert!(
        page.texts(
            "section#section-infections .row-warning, section#section-infections .row-danger"
        )
        .is_empty()
    );
    assert!(
        page.texts(
            "section#section-infections .tag-warning, section#section-infections .tag-danger"
        )
        .is_empty()
    );
    for place in ["title", "#banner", "#strip", "h1"] {
        let words = page.texts(place).join(" ");
        assert!(!words.is_empty(), "{place}");
        assert!(
            !words.contains("HBs") && !words.contains("抗体"),
            "{place}: {words}"
        );
    }
    let hovering = page.attributes("[title]", "title").join(" ");
    assert!(
        !hovering.contains("HBs") && !hovering.contains("陽性"),
        "{hovering}"
    );
}

#[test]
fn b12_a_member_inside_its_panel_is_shown_with_its_value() {
    let mut panel = result(
        "gas",
        ("urn:own", "gas", "動脈血ガス"),
        number(1.0, "x"),
        "2025-12-01",
    );
    let panel_fields = panel.as_object_mut().expect("an object");
    panel_fields.remove("valueQuantity");
    panel["hasMember"] = json!([{"reference": "#k"}]);
    panel["contained"] = json!([{"resourceType": "Observation", "id": "k", "status": "final",
        "code": {"text": "乳酸"}, "valueQuantity": {"value": 12, "unit": "mmol/L"}}]);
    let said = written(&[patient("male", "1950-01-01"), panel], &[]);
    let text = rows(&said, "labs")[0].replace('\u{a0}', " ");
    assert!(text.contains("乳酸 12 mmol/L"), "{text}");
    assert!(!text.contains("内訳"), "{text}");
}

#[test]
fn b11_a_month_without_its_day_is_said_once() {
    let said = written(
        &[
            patient("male", "1950-01-01"),
            creatinine("one", 1.0, "mg/dL", "2025-12"),
        ],
        &[],
    );
    let text = rows(&said, "labs")[0];
    assert_eq!(text.matches("2025-12").count(), 1, "{text}");
    assert!(text.contains("今月"), "{text}");
}
