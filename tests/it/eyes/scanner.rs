//! A scanner types twenty characters and Enter faster than any hand, wherever the focus is.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};

use crate::app::TestApp;

use super::{
    driver::{Eye, Scripts, enter},
    keys::nothing_follows,
    layout::decided,
    walk::{sign_in, type_number},
};

/// A wristband's number that begins with a reason, one that holds every command, and one of
/// nothing but the letter of paper.
const BURSTS: [&str; 3] = [
    "14987654321012345678",
    "np1e0l?u/4ppnn11uue3",
    "pppppppppppppppppppp",
];
/// What follows another key within this time is a scanner's.
const BURST_MS: f64 = 50.0;
/// Notes when each key came, also across pages.
const NOTE: &str = "sessionStorage.removeItem('burst'); document.documentElement.dataset.seen = '1';
    document.addEventListener('keydown', (event) => { const at = JSON.parse(sessionStorage.getItem('burst') || '[]');
    at.push(event.timeStamp); sessionStorage.setItem('burst', JSON.stringify(at)); }, true);";

/// What may not have happened.
#[derive(Debug, PartialEq, Eq)]
struct Tally {
    grants: usize,
    prints: usize,
    uncovered: usize,
}

fn tally(app: &TestApp) -> Tally {
    let entries = app.entries();
    let count = |word: &str| entries.matches(word).count();
    Tally {
        grants: count("\"grant_started\""),
        prints: count("\"print\""),
        uncovered: count("\"uncovered\""),
    }
}

/// Types a burst where the focus is; whether it was as fast as a scanner, which a busy machine
/// may not be.
async fn burst(eye: &Eye, characters: &str) -> bool {
    eye.script(NOTE, Vec::new()).await;
    let mut keys = KeyActions::new("scanner".to_owned());
    for key in (characters.to_owned() + &enter()).chars() {
        keys = keys
            .then(KeyAction::Down { value: key })
            .then(KeyAction::Up { value: key });
    }
    eye.client().perform_actions(keys).await.expect("a burst");
    nothing_follows(eye).await;
    eye.shown("main").await;
    let at = "return JSON.parse(sessionStorage.getItem('burst') || '[]');";
    let at = eye.script(at, Vec::new()).await;
    let at: Vec<f64> = at
        .as_array()
        .expect("times")
        .iter()
        .filter_map(serde_json::Value::as_f64)
        .collect();
    assert!(at.len() > 10, "the keys came: {at:?}");
    at.windows(2).all(|pair| pair[1] - pair[0] < BURST_MS)
}

/// Bursts, each from the same page, until each was as fast as a scanner.
async fn bursts<B: AsyncFn()>(app: &TestApp, eye: &Eye, what: &str, begin: B) {
    for characters in BURSTS {
        let mut fast = false;
        for _ in 0..20 {
            begin().await;
            let before = tally(app);
            fast = burst(eye, characters).await;
            if fast {
                assert_eq!(tally(app), before, "{what}: {characters}");
                break;
            }
            eprintln!("a burst was too slow for a scanner and is typed again: {what}");
        }
        assert!(fast, "{what}: no burst was as fast as a scanner");
    }
}

/// Every field that can be typed into, by form and name.
async fn fields(eye: &Eye, forms: &str) -> Vec<String> {
    let script = "return [...document.querySelectorAll(arguments[0])].flatMap((form) =>
        [...form.querySelectorAll('input:not([type=hidden]), select, textarea')]
        .map((field) => `form#${form.id} [name=${field.name}]`));";
    let found = eye.script(script, vec![forms.into()]).await;
    super::layout::words(&found)
}

async fn focus(eye: &Eye, selector: &str) {
    let script = "document.querySelector(arguments[0]).focus();";
    eye.script(script, vec![selector.into()]).await;
}

#[actix_web::test]
async fn a_scanners_burst_in_any_field_opens_no_patient() {
    let app = TestApp::start();
    let eye = Eye::open(&app, Scripts::On).await;
    sign_in(&app, &eye).await;
    let home = fields(&eye, "form#search, form#search-four").await;
    assert!(home.len() >= 9, "{home:?}");
    for field in &home {
        bursts(&app, &eye, field, async || {
            eye.goto("/").await;
            focus(&eye, field).await;
        })
        .await;
    }
    let search = async || {
        eye.goto("/").await;
        type_number(&app, &eye).await;
        eye.write(&enter()).await;
        eye.shown("form#glass").await;
    };
    search().await;
    let glass = fields(&eye, "form#glass").await;
    assert!(glass.len() >= 4, "{glass:?}");
    for field in &glass {
        bursts(&app, &eye, field, async || {
            search().await;
            focus(&eye, field).await;
        })
        .await;
    }
    assert_eq!(tally(&app).grants, 0);
    eye.close().await;
}

#[actix_web::test]
async fn a_scanners_burst_on_the_summary_prints_and_uncovers_nothing() {
    let app = TestApp::start();
    let browser = app.physician().await;
    let path = crate::app::open(&browser, app.patient("膵癌は本人に未告知")).await;
    let eye = Eye::open(&app, Scripts::On).await;
    eye.adopt(&browser).await;
    eye.goto(&path).await;
    decided(&eye).await;
    let mut places = vec![
        "body".to_owned(),
        "#print".to_owned(),
        "section#section-drugs".to_owned(),
    ];
    places.extend(fields(&eye, "form#note").await);
    for form in super::layout::words(&eye.script(
        "return [...document.querySelectorAll('form[action$=\"/uncover\"] button')].map((b) => `form#${b.form.id} button`);",
        Vec::new(),
    ).await) {
        places.push(form);
    }
    assert!(
        places.iter().any(|place| place.contains("uncover")),
        "{places:?}"
    );
    for place in &places {
        bursts(&app, &eye, place, async || {
            eye.goto(&path).await;
            decided(&eye).await;
            let open = "for (const more of document.querySelectorAll('details')) more.open = true;";
            eye.script(open, Vec::new()).await;
            focus(&eye, place).await;
        })
        .await;
        let now = eye.path().await;
        assert!(!now.ends_with("/print"), "{place}: {now}");
    }
    eye.close().await;
}
