//! Paper: one A4 page for a usual patient; what does not fit goes to counted pages.

use emergency_summary::cli::demo::GuidePatient;
use serde_json::json;

use crate::app::{TestApp, open};

use super::driver::{Eye, Scripts};

/// A page of A4 in points, as PDF counts.
const A4: (f64, f64) = (595.0, 842.0);

/// The page in front of the eye as PDF.
pub(super) async fn pdf(eye: &Eye) -> String {
    let how = json!({"preferCSSPageSize": true, "printBackground": false, "paperWidth": 8.27, "paperHeight": 11.69});
    let answer = eye.devtools("Page.printToPDF", how).await;
    let data = answer["data"].as_str().expect("data");
    let bytes = data_encoding::BASE64
        .decode(data.as_bytes())
        .expect("bytes");
    assert!(bytes.starts_with(b"%PDF-"));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The number of pages: each is an object of its own.
pub(super) fn pages(pdf: &str) -> usize {
    let pages = pdf.matches("/Type /Page\n").count() + pdf.matches("/Type /Page ").count();
    assert!(pages > 0, "pages are found");
    pages
}

pub(super) fn assert_a4(pdf: &str) {
    for found in pdf.split("/MediaBox").skip(1) {
        let numbers: Vec<f64> = found
            .split(['[', ']'])
            .nth(1)
            .expect("a box")
            .split_whitespace()
            .map(|number| number.parse().expect("a number"))
            .collect();
        assert!(
            (numbers[2] - A4.0).abs() < 2.0 && (numbers[3] - A4.1).abs() < 2.0,
            "{numbers:?}"
        );
    }
}

#[actix_web::test]
async fn a_usual_patient_is_one_page_of_paper() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&browser).await;
    let usual = open(&browser, &app.guide.patients[0]).await;
    for language in ["ja", "en"] {
        eye.speak(language).await;
        eye.goto(&format!("{usual}/print")).await;
        let sheet = pdf(&eye).await;
        assert_eq!(pages(&sheet), 1, "{language}");
        assert_a4(&sheet);
    }
    // The screen's own page is not for paper: nothing leaves without its entry.
    eye.goto(&usual).await;
    eye.devtools("Emulation.setEmulatedMedia", json!({"media": "print"}))
        .await;
    let sections = "return [...document.querySelectorAll('section, #strip, #banner')].filter((e) => e.checkVisibility()).length;";
    assert_eq!(eye.script(sections, Vec::new()).await, json!(0));
    eye.close().await;
}

#[actix_web::test]
async fn what_does_not_fit_on_one_page_goes_to_counted_pages() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&browser).await;
    // Which of the patients by number has so much depends on the day.
    for number in 15..60 {
        let path = open(&browser, &numbered(&app.guide.patients[0], number)).await;
        eye.goto(&format!("{path}/print")).await;
        let sheet = pdf(&eye).await;
        if pages(&sheet) > 1 {
            assert_a4(&sheet);
            assert!(counts_pages(&eye).await, "the pages are counted");
            eye.close().await;
            return;
        }
    }
    panic!("no patient needs two pages");
}

/// The patient that the simulated sources know by this number alone.
fn numbered(like: &GuidePatient, number: u32) -> GuidePatient {
    GuidePatient {
        insurer: "06999999".to_owned(),
        symbol: "999".to_owned(),
        number: format!("{number:07}"),
        branch: "00".to_owned(),
        ..like.clone()
    }
}

/// Whether the style of paper has the page's number and how many there are in its margin.
pub(super) async fn counts_pages(eye: &Eye) -> bool {
    let script = "const rules = (list) => [...list].flatMap((rule) => [rule, ...(rule.cssRules ? rules(rule.cssRules) : [])]);
        const all = [...document.styleSheets].flatMap((sheet) => rules(sheet.cssRules));
        const page = all.filter((rule) => rule instanceof CSSPageRule).map((rule) => rule.cssText).join('');
        return page.includes('counter(page)') && page.includes('counter(pages)');";
    eye.script(script, Vec::new()).await == json!(true)
}
