//! Who it is and who may see what: B2, B17.

use std::{collections::BTreeMap, sync::Arc};

use emergency_summary::{
    cli::demo::GuidePatient,
    demo::{patients::charts, sources::Fault},
    domain::{
        access::{Basis, Role},
        clock::Clock,
        section::{SectionName, SourceName},
        sight::Sight,
    },
    sources::Endpoint,
    system::SystemClock,
};
use serde_json::{Value, json};

use crate::{
    app::{TestApp, fill, open, pairs, search, search_number, whole_summary},
    browser::Page,
};

/// An app whose emr is a folder with one Bundle: the chart of `patient`, its Patient changed.
fn with_emr_of(story: &str, change: impl FnOnce(&mut Value)) -> (TestApp, tempfile::TempDir) {
    let today = SystemClock.now().japanese_day();
    let chart = charts(today)
        .into_iter()
        .find(|chart| chart.patient.story.contains(story))
        .expect("a patient with that story");
    let mut resources = chart.resources(SourceName::Emr);
    change(&mut resources[0]);
    let entries: Vec<Value> = resources
        .into_iter()
        .map(|resource| json!({"resource": resource}))
        .collect();
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("chart.json"), bundle.to_string()).expect("written");
    let emr = Endpoint {
        base: format!("file://{}", folder.path().display()),
        ..Endpoint::default()
    };
    let own = Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(own, |options| {
        options.instead = BTreeMap::from([(SourceName::Emr, emr)]);
    });
    (app, folder)
}

/// The member number of a Patient with another branch.
fn rebranch(patient: &mut Value, branch: &str) {
    let identifiers = patient["identifier"].as_array_mut().expect("identifiers");
    for identifier in identifiers {
        let value = identifier["value"].as_str().expect("a value").to_owned();
        if let Some((household, _)) = value.rsplit_once(':') {
            identifier["value"] = json!(format!("{household}:{branch}"));
        }
    }
}

async fn page_of(app: &TestApp, story: &str) -> Page {
    let browser = app.physician().await;
    let path = open(&browser, app.patient(story)).await;
    whole_summary(&browser, &path).await
}

const STORY: &str = "12件のアレルギー";

#[actix_web::test]
async fn b2_a_differing_branch_is_shown_with_a_warning_where_all_attributes_are_equal() {
    let (app, _folder) = with_emr_of(STORY, |patient| rebranch(patient, "07"));
    let page = page_of(&app, STORY).await;
    assert!(
        page.texts("#section-allergies")
            .join("")
            .contains("バンコマイシン"),
        "{}",
        page.body
    );
    assert!(
        page.body
            .contains("枝番の相違：電子カルテ情報共有サービスでは07"),
        "{}",
        page.body
    );
}

#[actix_web::test]
async fn b2_a_differing_branch_is_another_patient_where_an_attribute_is_missing_or_other() {
    let changes: [fn(&mut Value); 3] = [
        |patient| patient["birthDate"] = json!("1950-01-01"),
        |patient| drop(patient.as_object_mut().expect("an object").remove("gender")),
        |patient| {
            let names = patient["name"].as_array_mut().expect("names");
            names.truncate(1);
        },
    ];
    for change in changes {
        let (app, _folder) = with_emr_of(STORY, |patient| {
            rebranch(patient, "07");
            change(patient);
        });
        let page = page_of(&app, STORY).await;
        assert!(!page.body.contains("バンコマイシン"), "{}", page.body);
        let state = page.attributes("section#section-allergies", "data-state");
        assert_eq!(
            state,
            ["reported_empty"],
            "the folder knows no such patient"
        );
    }
}

#[actix_web::test]
async fn b2_another_name_at_a_source_is_said_and_another_spelling_is_not() {
    let renamed = |name: &'static str| {
        move |patient: &mut Value| {
            let names = patient["name"].as_array_mut().expect("names");
            names[0] = json!({"text": name});
        }
    };
    let (app, _folder) = with_emr_of(STORY, renamed("十文字 絹世"));
    let page = page_of(&app, STORY).await;
    assert!(
        page.body
            .contains("氏名の相違：電子カルテ情報共有サービスでは「十文字 絹世"),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("バンコマイシン"),
        "number, birth date and sex are the patient's"
    );

    let (app, _folder) = with_emr_of(STORY, renamed("十文字　絹\u{E0100}代"));
    let page = page_of(&app, STORY).await;
    assert!(!page.body.contains("氏名の相違"), "{}", page.body);
}

#[actix_web::test]
async fn b2_without_a_branch_every_member_is_listed_and_none_is_preselected() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let (sister, twin) = (app.patient("双子の姉"), app.patient("双子の妹"));
    let hits = search_number(
        &browser,
        &sister.insurer,
        &sister.symbol,
        &sister.number,
        "",
    )
    .await
    .is(200);
    for member in [sister, twin] {
        assert!(hits.body.contains(&member.name), "{}", hits.body);
    }
    assert_eq!(hits.attributes("input[name=candidate]", "value").len(), 2);
    assert!(
        hits.attributes("input[autofocus]", "name").is_empty(),
        "none is preselected"
    );
    assert!(
        hits.body.contains("<strong>") || hits.body.contains("<b>"),
        "what differs is in bold"
    );

    let other = search_number(
        &browser,
        &sister.insurer,
        &sister.symbol,
        &sister.number,
        "09",
    )
    .await;
    for member in [sister, twin] {
        assert!(
            !other.body.contains(&member.name),
            "a branch that nobody has"
        );
    }
}

#[actix_web::test]
async fn b2_resources_of_another_patient_are_withheld_and_the_refusal_is_in_the_ledger() {
    let app = TestApp::start();
    let browser = app.physician().await;
    app.faults.set(SourceName::Emr, Fault::OtherPatient);
    let patient = app.patient("鶏卵と落花生");
    let path = open(&browser, patient).await;
    let page = whole_summary(&browser, &path).await;
    for section in ["allergies", "infections", "labs", "problems", "documents"] {
        let state = page.attributes(&format!("section#section-{section}"), "data-state");
        assert_eq!(state, ["not_fetched"], "{section}");
    }
    assert!(
        page.texts("#section-drugs")
            .join("")
            .contains("モンテルカスト"),
        "{}",
        page.body
    );
    let refused: Vec<Value> = app
        .entries()
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|entry: &Value| entry.to_string().contains("source_refused"))
        .collect();
    assert!(!refused.is_empty(), "the refusal is recorded");
    for entry in &refused {
        assert_eq!(entry["fields"]["source"], "emr", "{entry}");
        assert_eq!(entry["fields"]["why"], "another patient", "{entry}");
        let open = format!("{} {}", entry["fields"], entry["patient"]);
        assert!(
            !open.contains(&patient.name) && !open.contains(&patient.number),
            "{entry}"
        );
    }
}

/// The page of a patient for the first account of a role.
async fn seen_by(app: &TestApp, role: &str, patient: &GuidePatient) -> Page {
    let browser = app.signed_in(app.account(role)).await;
    let hit = search(&browser, patient).await.is(200);
    let mut fields = hit.form("glass");
    fill(&mut fields, "reason", "1");
    if role != "physician" {
        fill(&mut fields, "judged_by", "当直医");
    }
    let opened = browser.post("/grants", &pairs(&fields)).await.is(303);
    whole_summary(&browser, &opened.location.expect("a place to go")).await
}

fn state(page: &Page, section: &str) -> String {
    page.attributes(&format!("section#section-{section}"), "data-state")
        .join(" ")
}

#[actix_web::test]
async fn b17_crews_see_what_is_claims_like_and_allergies_and_of_the_rest_no_byte() {
    let app = TestApp::start();
    for (story, shown, hidden) in [
        ("HCV抗体陽性", &[][..], &["HCV抗体", "HBs抗原"][..]),
        (
            "未告知",
            &["モルヒネ"][..],
            &["膵癌", "便秘症", "保護項目", "未告知"][..],
        ),
        (
            "当院宛ての紹介状",
            &["プレドニゾロン"][..],
            &["退院時サマリー 20", "紹介状"][..],
        ),
        (
            "ペニシリンでアナフィラキシー",
            &["ペニシリン", "ワルファリン"][..],
            &["PT-INR", "心房細動"][..],
        ),
    ] {
        let page = seen_by(&app, "paramedic", app.patient(story)).await;
        for section in ["infections", "labs", "problems", "documents"] {
            assert_eq!(state(&page, section), "withheld", "{story} {section}");
        }
        for section in [
            "allergies",
            "contraindications",
            "drugs",
            "operations",
            "dialysis",
            "visits",
            "procedures",
            "checkups",
        ] {
            assert_ne!(state(&page, section), "withheld", "{story} {section}");
        }
        for word in shown {
            assert!(page.body.contains(word), "{story}: {word}: {}", page.body);
        }
        for word in hidden {
            assert!(!page.body.contains(word), "{story}: {word}: {}", page.body);
        }
    }
    let page = seen_by(&app, "nurse", app.patient("HCV抗体陽性")).await;
    assert!(page.body.contains("HCV抗体"));
}

#[actix_web::test]
async fn b17_the_table_decides_by_role_basis_section_and_source() {
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(folder, |options| {
        let only = |sections: &[SectionName], sources: &[SourceName], covered| Sight {
            sections: sections.iter().copied().collect(),
            sources: sources.iter().copied().collect(),
            covered,
        };
        let sights = &mut options.rules.sights;
        let crew = only(&[SectionName::Problems], &SourceName::CLINICAL, false);
        sights.set(Role::Paramedic, Basis::Emergency, crew);
        let nurse = only(&SectionName::ALL, &[SourceName::Claims], true);
        sights.set(Role::Nurse, Basis::Emergency, nurse);
        // Nobody looks by consent here.
        sights.set(Role::Physician, Basis::Consented, Sight::default());
    });
    let untold = app.patient("未告知");
    let crew = seen_by(&app, "paramedic", untold).await;
    assert!(
        crew.texts("#section-problems").join("").contains("便秘症"),
        "{}",
        crew.body
    );
    assert!(
        crew.texts("#section-problems").join("").contains("非表示"),
        "{}",
        crew.body
    );
    for word in ["膵癌", "保護項目", "未告知", "モルヒネ"] {
        assert!(!crew.body.contains(word), "{word}: {}", crew.body);
    }

    let nurse = seen_by(&app, "nurse", app.patient("ペニシリンでアナフィラキシー")).await;
    assert_eq!(
        state(&nurse, "allergies"),
        "withheld",
        "the emr is not asked"
    );
    assert_eq!(state(&nurse, "labs"), "withheld");
    assert_ne!(state(&nurse, "visits"), "withheld");
    assert!(!nurse.body.contains("ペニシリン"), "{}", nurse.body);

    let physician = seen_by(&app, "physician", untold).await;
    assert!(
        physician.body.contains("保護項目 1件"),
        "{}",
        physician.body
    );
}

#[actix_web::test]
async fn a_record_of_death_is_said_with_its_day_and_source_in_candidates_and_banner() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let patient = app.patient("死亡の記録がある");
    let day = app.clock.now().japanese_day() - chrono::Days::new(42);
    let said = format!("死亡の記録あり（{day}・オンライン資格確認）― 患者違いの可能性");
    let hit = search(&browser, patient).await.is(200);
    assert!(hit.body.contains(&said), "{}", hit.body);
    let path = open(&browser, patient).await;
    let page = whole_summary(&browser, &path).await;
    assert_eq!(page.body.matches(&said).count(), 1, "{}", page.body);
    let print = browser.get(&format!("{path}/print")).await.is(200);
    assert!(print.body.contains(&said), "{}", print.body);
    for sheet in [&page, &print] {
        assert!(
            sheet.body.contains("連絡先 本人 0"),
            "the telephone that was sent: {}",
            sheet.body
        );
    }
}
