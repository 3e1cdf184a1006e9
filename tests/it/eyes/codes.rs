//! The last resort: a tablet without a connection shows codes, the hospital's scanner types them.

use std::time::Duration;

use serde_json::json;

use crate::{
    app::TestApp,
    factors::read_code,
    handoffs::{has, press},
};

use super::{
    access::{axe, violations},
    driver::{Eye, Scripts, hand},
    handing::{begun, touch},
    offline::{Line, READY, connected, steps, typed, unsent},
};

/// Whether the tablet has fetched what it seals and signs with, and whether a script could take it out.
const KEYS: &str = "return new Promise((done, fail) => { const open = indexedDB.open('drafts', 1); open.onerror = fail;
    open.onsuccess = () => { const store = open.result.transaction('keys').objectStore('keys'); const all = store.getAll();
    all.onsuccess = () => { open.result.close(); const found = all.result.filter((one) => one.pass);
      done(found.map((one) => one.signs.extractable || one.key.extractable)); }; }; });";

async fn has_keys(tablet: &Eye) {
    for _ in 0..100 {
        let found = tablet.script(KEYS, Vec::new()).await;
        if found == json!([false]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the tablet has no keys");
}

/// What a scanner reads from the picture on the tablet.
async fn read(tablet: &Eye) -> String {
    let drawn = "const image = document.querySelector('#codes-image svg'); return [image.getAttribute('viewBox'), image.querySelector('path').getAttribute('d')];";
    let drawn = tablet.script(drawn, Vec::new()).await;
    let text = |at: usize| drawn[at].as_str().expect("text").to_owned();
    read_code(&text(0), &text(1))
}

/// Every code, one after the other, as the hospital's scanner types them.
async fn scanned(tablet: &Eye) -> String {
    let mut typed = String::new();
    loop {
        typed.push_str(&read(tablet).await);
        typed.push('\n');
        let next = tablet.element("#codes-next").await;
        if next.attr("disabled").await.expect("an attribute").is_some() {
            return typed;
        }
        next.click().await.expect("touched");
    }
}

#[actix_web::test]
async fn a_tablet_without_a_connection_hands_over_by_codes_that_the_hospital_scans() {
    let app = TestApp::start();
    let (crew, url) = begun(&app).await;
    let tablet = Eye::open(&app, Scripts::On).await;
    tablet.adopt(&crew).await;
    tablet.window(hand(1024, 768)).await;
    tablet.goto(&url).await;
    tablet.shown("#drafts[data-heard]").await;
    has_keys(&tablet).await;
    connected(&tablet, false).await;
    typed(&tablet, "form#type-patient [name=name]", "路上 太郎").await;
    touch(&tablet, "form#touch-patient button[value='70s']").await;
    touch(
        &tablet,
        "form#touch-complaint button[value='on.chest_pain']",
    )
    .await;
    unsent(&tablet, 3).await;
    touch(&tablet, "#codes-open").await;
    tablet.shown("#codes-image svg").await;
    let wrong = violations(&tablet, &axe(), "the codes").await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    let codes = scanned(&tablet).await;
    assert!(codes.lines().all(|line| line.starts_with("ES1")), "{codes}");
    touch(&tablet, "#codes-close").await;

    let here = app.physician().await;
    let page = here.get("/board/codes").await.is(200);
    let taken = press(&here, &page, "scan", &[("codes", &codes)])
        .await
        .is(303);
    let path = taken.location.expect("the run");
    assert_eq!(path, url.replace("/handoffs/", "/board/"));
    let incoming = here.get(&path).await.is(200);
    let shown = press(&here, &incoming, "reveal", &[]).await.is(200);
    for said in ["路上 太郎", "70代", "胸痛"] {
        assert!(shown.body.contains(said), "{said}");
    }
    assert!(has(&shown, ".revealed"));

    connected(&tablet, true).await;
    unsent(&tablet, 0).await;
    assert_eq!((steps(&app, "edit"), steps(&app, "carried")), (3, 1));
    assert_eq!(tablet.count("#refused:not([hidden])").await, 0);
    tablet.close().await;
}

#[actix_web::test]
async fn a_run_begun_on_the_page_that_opens_without_any_connection_is_handed_over_by_codes() {
    let app = TestApp::start();
    let (crew, url) = begun(&app).await;
    let line = Line::to(&app);
    let tablet = Eye::at(format!("http://localhost:{}", line.port), Scripts::On).await;
    tablet.adopt(&crew).await;
    tablet.goto(&url).await;
    has_keys(&tablet).await;
    assert_eq!(tablet.script(READY, Vec::new()).await, json!(true));

    line.cut(true);
    tablet.goto("/handoffs").await;
    typed(&tablet, "form#begin [name=unit]", "湾岸救急2").await;
    touch(&tablet, "form#begin button").await;
    touch(&tablet, "form#touch-patient button[value='70s']").await;
    touch(&tablet, "form#touch-acuity button[value='red']").await;
    unsent(&tablet, 3).await;
    touch(&tablet, "#codes-open").await;
    tablet.shown("#codes-image svg").await;
    let codes = scanned(&tablet).await;
    touch(&tablet, "#codes-close").await;

    let here = app.physician().await;
    let page = here.get("/board/codes").await.is(200);
    let taken = press(&here, &page, "scan", &[("codes", &codes)])
        .await
        .is(303);
    let path = taken.location.expect("the run");
    assert_ne!(
        path,
        url.replace("/handoffs/", "/board/"),
        "a run of its own"
    );
    let incoming = here.get(&path).await.is(200);
    for said in ["湾岸救急2", "70代"] {
        assert!(incoming.body.contains(said), "{said}: {}", incoming.body);
    }

    // Sent afterwards, it is the same run, and nothing of it is there twice.
    line.cut(false);
    tablet.shown("#unchecked:not([hidden])").await;
    touch(&tablet, "#unchecked-own").await;
    unsent(&tablet, 0).await;
    let counts = ["begin", "edit", "carried"].map(|word| steps(&app, word));
    assert_eq!(counts, [2, 2, 1]);
    assert_eq!(tablet.count("#refused:not([hidden])").await, 0);
    let list = crew.get("/handoffs").await.is(200);
    let units = list.texts("ul.runs b");
    let of_it = units.iter().filter(|unit| *unit == "湾岸救急2");
    assert_eq!(of_it.count(), 1, "{units:?}");
    tablet.close().await;
}

#[actix_web::test]
async fn a_hospitals_terminal_counts_what_its_scanner_types() {
    let app = TestApp::start();
    let (crew, url) = begun(&app).await;
    let tablet = Eye::open(&app, Scripts::On).await;
    tablet.adopt(&crew).await;
    tablet.goto(&url).await;
    tablet.shown("#drafts[data-heard]").await;
    has_keys(&tablet).await;
    connected(&tablet, false).await;
    typed(&tablet, "form#type-patient [name=name]", "路上 太郎").await;
    touch(&tablet, "form#touch-patient button[value='70s']").await;
    unsent(&tablet, 2).await;
    touch(&tablet, "#codes-open").await;
    tablet.shown("#codes-image svg").await;
    let codes = scanned(&tablet).await;
    tablet.close().await;
    let of = codes.lines().count();

    let desk = Eye::open(&app, Scripts::On).await;
    desk.adopt(&app.physician().await).await;
    desk.goto("/board/codes").await;
    assert_eq!(
        desk.field().await.as_deref(),
        Some("codes"),
        "the scanner types at once"
    );
    let (first, rest) = codes.split_once('\n').expect("more than one");
    desk.write(&format!("{first}\n")).await;
    let said = desk.text("#codes-count").await;
    assert_eq!(said, format!("{of}枚のうち1枚を読み取りました。"));
    desk.write(&rest.to_lowercase()).await;
    let said = desk.text("#codes-count").await;
    assert_eq!(said, format!("{of}枚のうち{of}枚を読み取りました。"));
    touch(&desk, "#scan button.main").await;
    desk.shown("form#reveal").await;
    assert_eq!(desk.path().await, url.replace("/handoffs/", "/board/"));
    desk.close().await;
}
