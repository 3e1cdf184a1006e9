//! The crew's form under a finger, and the hospital's board that keeps itself current.

use fantoccini::Locator;
use serde_json::json;

use crate::{
    app::TestApp,
    browser::{Browser, Page},
    seats::named,
};

use super::{
    driver::{Eye, Scripts, desk, enter, hand},
    layout::{faults, words},
    walk,
};

/// What a glove must hit, in CSS pixels.
const GLOVE: u32 = 48;

/// A crew's browser, without a window, and the path of a run that it began.
pub(super) async fn begun(app: &TestApp) -> (Browser, String) {
    let crew = app.signed_in(app.account("paramedic")).await;
    let list = crew.get("/handoffs").await.is(200);
    let fields: Vec<(String, String)> = list.form("begin").into_iter().collect();
    let mut fields: Vec<(&str, &str)> = fields
        .iter()
        .filter(|(name, _)| name != "unit")
        .map(|(name, value)| (&**name, &**value))
        .collect();
    fields.push(("unit", "湾岸救急1"));
    let begun = crew.post("/handoffs", &fields).await.is(303);
    (crew, begun.location.expect("the form"))
}

/// One touch of a finger, which scrolls what it wants into the middle. The form may be made anew
/// between looking for the button and touching it.
pub(super) async fn touch(eye: &Eye, button: &str) {
    let into_view = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center' });";
    eye.shown(button).await;
    for _ in 0..20 {
        eye.script(into_view, vec![json!(button)]).await;
        match eye.client().find(Locator::Css(button)).await {
            Ok(found) if found.click().await.is_ok() => return,
            // It was touched though the driver did not hear of it: pressed, it says something else.
            Err(_) => return,
            Ok(_) => {}
        }
    }
    panic!("{button} cannot be touched");
}

/// A gloved hand that counts.
struct Hand<'a> {
    eye: &'a Eye,
    touches: usize,
}

impl Hand<'_> {
    /// Touches, and waits for what comes of it.
    async fn touch(&mut self, button: &str, next: &str) {
        touch(self.eye, button).await;
        self.touches += 1;
        self.eye.shown(next).await;
    }

    /// From the first page to a form with nothing in it; its path.
    async fn begin(&mut self) -> String {
        self.eye.goto("/").await;
        self.touch("main a[href='/handoffs']", "form#begin-again")
            .await;
        self.touch("form#begin-again button", "form#touch-patient")
            .await;
        self.eye.path().await
    }

    /// What is the matter, how bad, when they come, and the hospital is asked.
    async fn send(&mut self) {
        for (form, value) in [
            ("touch-complaint", "on.chest_pain"),
            ("touch-acuity", "red"),
        ] {
            let button = format!("form#{form} button[value='{value}']");
            // Pressed again it would be taken back.
            let pressed = format!("form#{form} button[data-then='{value}'][aria-pressed=true]");
            self.touch(&button, &pressed).await;
        }
        let button = "form#touch-eta button[value='10']";
        self.touch(button, "header.handoff-head [data-eta]").await;
        let hospital = "form#ask input[name=hospital]";
        self.touch(hospital, "form#ask input:checked").await;
        self.touch("form#ask button.main", ".inquiry").await;
        self.eye.shown("#unsent-list:empty").await;
    }
}

/// A tablet of a crew whose unit was out before.
async fn tablet(app: &TestApp) -> Eye {
    let (crew, _) = begun(app).await;
    let eye = Eye::open(app, Scripts::On).await;
    eye.adopt(&crew).await;
    eye.window(hand(1024, 768)).await;
    eye
}

#[actix_web::test]
async fn from_a_card_to_the_asked_hospital_it_takes_twelve_touches_and_one_name() {
    let app = TestApp::start();
    let eye = tablet(&app).await;
    let mut hand = Hand {
        eye: &eye,
        touches: 0,
    };
    let form = hand.begin().await;
    hand.touch("form#link a.press", "form#search").await;
    walk::type_number(&app, &eye).await;
    eye.write(&enter()).await;
    eye.shown("form#glass").await;
    let captain = eye.element("form#glass [name=judged_by]").await;
    captain.send_keys("阿部 隊長").await.expect("keys");
    let reason = "form#glass button[name=reason][value='1']";
    hand.touch(reason, "section#section-drugs").await;
    hand.touch("#handoffs", ".runs").await;
    let run = format!(".runs a[href='{form}']");
    hand.touch(&run, "form#link button").await;
    hand.touch("form#link button", "form#unlink").await;
    assert!(
        eye.count("#record .said-lines li").await > 3,
        "what the record says comes with the link"
    );
    hand.send().await;
    assert_eq!(hand.touches, 12);
    assert!(app.entries().contains("\"step\":\"ask\""));
    assert_eq!(eye.console().await, json!([]));
    eye.close().await;
}

#[actix_web::test]
async fn a_patient_whom_nobody_knows_is_announced_with_nine_touches_and_nothing_typed() {
    let app = TestApp::start();
    let eye = tablet(&app).await;
    let mut hand = Hand {
        eye: &eye,
        touches: 0,
    };
    hand.begin().await;
    for value in ["70s", "male"] {
        let button = format!("form#touch-patient button[value='{value}']");
        let pressed = format!("form#touch-patient button[data-then='{value}'][aria-pressed=true]");
        hand.touch(&button, &pressed).await;
    }
    hand.send().await;
    assert_eq!(hand.touches, 9);
    assert!(app.entries().contains("\"step\":\"ask\""));
    eye.close().await;
}

#[actix_web::test]
async fn every_touch_is_kept_without_leaving_the_form_and_the_board_hears_of_it_by_itself() {
    let app = TestApp::start();
    let (crew, url) = begun(&app).await;
    let tablet = Eye::open(&app, Scripts::On).await;
    tablet.adopt(&crew).await;
    tablet.window(hand(1024, 768)).await;
    tablet.goto(&url).await;
    tablet.script("window.stays = true;", Vec::new()).await;
    for (form, value) in [
        ("touch-patient", "70s"),
        ("touch-patient", "male"),
        ("touch-complaint", "on.chest_pain"),
        ("touch-acuity", "red"),
    ] {
        touch(&tablet, &format!("form#{form} button[value='{value}']")).await;
    }
    touch(&tablet, "form#touch-eta button[value='10']").await;
    // The form comes back from the server once all of them are kept.
    tablet.shown("header.handoff-head [data-eta]").await;
    tablet.shown("#unsent-list:empty").await;
    let stays = tablet.script("return window.stays === true;", Vec::new());
    assert_eq!(stays.await, json!(true), "the page was never left");
    assert_eq!(
        tablet
            .count("form#touch-patient button[aria-pressed=true]")
            .await,
        2
    );

    // Typed where nothing is pressed, then touched elsewhere: what was typed is not lost.
    let note = tablet.element("form#type-complaint [name=complaint_note]");
    note.await.send_keys("30分前から").await.expect("keys");
    touch(&tablet, "form#touch-patient button[value='female']").await;
    tablet
        .shown("form#touch-patient button[data-then='female'][aria-pressed=true]")
        .await;
    tablet.shown("#unsent-list:empty").await;
    let kept = crew.get(&url).await.is(200);
    assert!(kept.body.contains("30分前から"), "{}", kept.body);

    let ward = app.physician().await;
    let board = Eye::open(&app, Scripts::On).await;
    board.adopt(&ward).await;
    board.window(desk(1366, 768)).await;
    board.goto("/board").await;
    board.shown("#board-live[data-state=live]").await;
    assert_eq!(board.count("tr[data-new]").await, 0);
    board.script("window.stays = true;", Vec::new()).await;
    let hospital = Page::attributes(&kept, "form#ask input[name=hospital]", "value");
    for id in &hospital {
        touch(
            &tablet,
            &format!("form#ask label:has(input[value='{id}']) input"),
        )
        .await;
    }
    touch(&tablet, "form#ask button.main").await;
    let each = format!(".inquiry:nth-of-type({})", hospital.len());
    tablet.shown(&each).await;
    board.shown("tr[data-new]").await;
    let row = board.text("tr[data-new]").await;
    assert!(row.contains("胸痛") && row.contains("70代 女"), "{row}");
    let stays = board.script("return window.stays === true;", Vec::new());
    assert_eq!(stays.await, json!(true), "nobody loaded the board again");
    assert!(!board.text("#board-said").await.is_empty(), "said in words");

    assert_eq!(tablet.console().await, json!([]));
    tablet.close().await;
    board.close().await;
}

/// A script that says what is too small for a glove.
pub(super) fn small() -> String {
    format!(
        "return [...document.querySelectorAll('main :is(button, a[href], input:not([type=hidden], [type=radio], \
         [type=checkbox]), textarea, select, label.pick > span, .hospital-picks label)')].filter(e => \
         e.getClientRects().length).map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.height < {GLOVE} - 0.5 \
         || r.width < {GLOVE} - 0.5).map(([e, r]) => `${{e.tagName}} ${{e.name || e.textContent.trim()}} ${{r.width}}x${{r.height}}`)"
    )
}

#[actix_web::test]
async fn a_glove_hits_everything_on_the_crews_form_and_nothing_is_cut_on_either_side() {
    let app = TestApp::start();
    let (crew, url) = begun(&app).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&crew).await;
    let mut wrong = Vec::new();
    let small = small();
    for language in ["ja", "en"] {
        eye.speak(language).await;
        for window in [hand(1024, 768), hand(1280, 800)] {
            eye.window(window).await;
            for path in ["/handoffs", &*url] {
                eye.goto(path).await;
                let what = format!("{path} {language} {:?}", window.size);
                wrong.extend(faults(&eye, &what).await);
                let small = words(&eye.script(&small, Vec::new()).await);
                wrong.extend(small.iter().map(|small| format!("{what}: {small}")));
            }
        }
    }
    eye.close().await;
    let east = app.signed_in(&named(&app, "dr-higashi")).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&east).await;
    for window in [desk(1366, 768), desk(1920, 1080)] {
        eye.window(window).await;
        eye.goto("/board").await;
        wrong.extend(faults(&eye, &format!("board {:?}", window.size)).await);
    }
    eye.close().await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}
