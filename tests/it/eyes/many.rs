//! The list of many patients under a finger, and on paper.

use std::path::Path;

use serde_json::json;

use crate::{
    app::TestApp,
    browser::{Browser, Page},
    handoffs::press,
    many::declared,
};

use super::{
    access::{axe, violations},
    driver::{Eye, Scripts, crate_root, hand},
    handing::{small, touch},
    layout::{faults, words},
    paper::{assert_a4, counts_pages, pages, pdf},
};

const LIST: &str = "/handoffs/many";

/// What a row is filled with.
const FILLED: [(&str, &str, &str); 5] = [
    ("touch-who", "sex", "male"),
    ("touch-who", "age", "70s"),
    ("type-place", "place", "第1応急救護所"),
    ("type-tag", "tag", "A-0012"),
    ("triage", "triage", "yellow"),
];

/// A crew whose department has declared a disaster.
async fn crew(app: &TestApp) -> Browser {
    let fire = app.account("paramedic").clone();
    declared(app, &fire.facility).await;
    app.signed_in(&fire).await
}

/// One press without a window; the page after it.
async fn pressed(crew: &Browser, page: &Page, form: &str, said: (&str, &str)) -> Page {
    let done = press(crew, page, form, &[said]).await.is(303);
    let to = done.location.expect("the list");
    crew.get(to.split('#').next().expect("a path"))
        .await
        .is(200)
}

/// As many patients, some filled in, one struck.
async fn filled(crew: &Browser, count: usize) {
    let mut page = crew.get(LIST).await.is(200);
    for number in 0..count {
        let triage = ["red", "yellow", "green", "green", "green", "black"][number % 6];
        page = pressed(crew, &page, "add", ("add", triage)).await;
        for (form, name, value) in FILLED.into_iter().take(number % 6) {
            page = pressed(crew, &page, form, (name, value)).await;
        }
        if number == 3 {
            page = pressed(crew, &page, "strike", ("strike", "on")).await;
        }
    }
}

#[actix_web::test]
async fn every_press_of_a_colour_is_a_row_that_is_filled_in_without_leaving_the_page() {
    let app = TestApp::start();
    let crew = crew(&app).await;
    let tablet = Eye::open(&app, Scripts::On).await;
    tablet.adopt(&crew).await;
    tablet.window(hand(1024, 768)).await;
    tablet.goto(LIST).await;
    tablet.script("window.stays = true;", Vec::new()).await;
    for (number, triage) in ["red", "red", "green"].iter().enumerate() {
        touch(&tablet, &format!("form#add button[value={triage}]")).await;
        tablet
            .shown(&format!(".many-row:nth-child({})", number + 1))
            .await;
    }
    tablet.shown(".many-row:first-child .many-edit").await;
    touch(&tablet, "form#touch-who button[value='50s']").await;
    touch(&tablet, "form#touch-who button[value='female']").await;
    // Pressed again it would take the sex back: the row comes from the server.
    tablet
        .shown("form#touch-who button[name=sex][value=''][aria-pressed=true]")
        .await;
    tablet.shown("#unsent-list:empty").await;
    touch(&tablet, "form#type-tag [name=tag]").await;
    tablet.write("B-7").await;
    // What was typed is kept by the next press, whatever that is.
    touch(&tablet, "form#triage button[value=black]").await;
    tablet.shown(".many-row:first-child .triage-black").await;
    tablet.shown("#unsent-list:empty").await;
    let stays = tablet.script("return window.stays === true;", Vec::new());
    assert_eq!(stays.await, json!(true), "the page was never left");
    let row = tablet.text(".many-row:first-child .many-line").await;
    for said in ["黒 0", "50代 女", "B-7"] {
        assert!(row.contains(said), "{said}: {row}");
    }

    // Another tablet of the department writes: this one comes to show it by itself.
    let blur = "document.activeElement.blur();";
    tablet.script(blur, Vec::new()).await;
    let page = crew.get(LIST).await.is(200);
    pressed(&crew, &page, "add", ("add", "yellow")).await;
    tablet.shown(".many-row:nth-child(4)").await;
    let counts = tablet.text("ul.many-counts").await;
    assert!(
        counts.contains("計4") || counts.contains("計\n4"),
        "{counts}"
    );
    let stays = tablet.script("return window.stays === true;", Vec::new());
    assert_eq!(stays.await, json!(true), "nobody loaded it again");
    assert_eq!(tablet.console().await, json!([]));
    tablet.close().await;
}

#[actix_web::test]
async fn a_glove_hits_everything_on_the_list_and_nothing_is_cut() {
    let app = TestApp::start();
    let crew = crew(&app).await;
    filled(&crew, 8).await;
    let page = crew.get(LIST).await.is(200);
    let open = page.attributes("a.many-turn", "href").remove(4);
    let open = open.split('#').next().expect("a path").to_owned();
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&crew).await;
    let axe = axe();
    let mut wrong = Vec::new();
    for language in ["ja", "en"] {
        eye.speak(language).await;
        for window in [hand(1024, 768), hand(1280, 800), hand(390, 844)] {
            eye.window(window).await;
            for path in ["/handoffs", LIST, &*open] {
                eye.goto(path).await;
                let what = format!("{path} {language} {:?}", window.size);
                wrong.extend(faults(&eye, &what).await);
                let small = words(&eye.script(&small(), Vec::new()).await);
                wrong.extend(small.iter().map(|small| format!("{what}: {small}")));
                wrong.extend(violations(&eye, &axe, &what).await);
            }
        }
    }
    eye.close().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[actix_web::test]
async fn a_usual_list_is_one_page_of_paper_and_a_long_one_counts_its_pages() {
    let app = TestApp::start();
    let crew = crew(&app).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&crew).await;
    for (count, is_one) in [(21, true), (60, false)] {
        filled(&crew, count - if is_one { 0 } else { 21 }).await;
        for language in ["ja", "en"] {
            eye.speak(language).await;
            eye.goto(&format!("{LIST}/print")).await;
            assert_eq!(eye.count(".many-sheet tbody tr").await, count);
            let sheet = pdf(&eye).await;
            assert_eq!(pages(&sheet) == 1, is_one, "{count} {language}");
            assert_a4(&sheet);
        }
    }
    assert!(counts_pages(&eye).await, "the pages are counted");
    eye.close().await;
}

/// Pictures of the list, in `target/many`: `cargo test --test it pictures_of_many -- --ignored`.
#[actix_web::test]
#[ignore = "writes pictures"]
async fn pictures_of_many() {
    let folder = crate_root().join("target/many");
    std::fs::create_dir_all(&folder).expect("a folder");
    let app = TestApp::start();
    let crew = crew(&app).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&crew).await;
    for language in ["ja", "en"] {
        eye.speak(language).await;
        take(&eye, LIST, &folder, &format!("none-{language}")).await;
    }
    filled(&crew, 21).await;
    let page = crew.get(LIST).await.is(200);
    let open = page.attributes("a.many-turn", "href").remove(1);
    for language in ["ja", "en"] {
        eye.speak(language).await;
        for (path, name) in [
            (LIST, "list"),
            (&*open, "open"),
            ("/handoffs/many/print", "print"),
            ("/handoffs", "handoffs"),
        ] {
            take(&eye, path, &folder, &format!("{name}-{language}")).await;
        }
    }
    eye.dark(true).await;
    take(&eye, &open, &folder, "dark").await;
    eye.close().await;
}

async fn take(eye: &Eye, path: &str, folder: &Path, name: &str) {
    let windows = if path.ends_with("/print") {
        [hand(820, 1160), hand(820, 1160)]
    } else {
        [hand(1024, 768), hand(1280, 800)]
    };
    for window in windows {
        eye.window(window).await;
        eye.goto(path).await;
        let picture = eye
            .devtools("Page.captureScreenshot", json!({"format": "png"}))
            .await;
        let picture = picture["data"].as_str().expect("a picture").as_bytes();
        let picture = data_encoding::BASE64.decode(picture).expect("bytes");
        let name = format!("{name}-{}.png", window.size.0);
        std::fs::write(folder.join(name), picture).expect("written");
    }
}
