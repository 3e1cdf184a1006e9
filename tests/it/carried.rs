//! A crew's tablet without a connection hands over by codes on its screen: what a hospital that
//! scans them gets, and what it does not.

use std::{io::Write as _, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use data_encoding::BASE32_NOPAD;
use emergency_summary::domain::clock::{Clock as _, japanese_time};
use flate2::{Compression, write::DeflateEncoder};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    app::TestApp,
    browser::{Browser, Page},
    handoffs::{has, press},
    seats::named,
};

const NAME: &str = "鈴木 次郎";

/// What a tablet has in its browser.
pub(crate) struct Tablet {
    pair: EcdsaKeyPair,
    key: Vec<u8>,
    pass: Vec<u8>,
}

/// A touch as a tablet keeps it: what it does, its id, what the form said, how many seconds ago.
fn touched(kind: &str, step: &str, said: &[(&str, &str)], ago: &str) -> Value {
    json!([kind, step, said, ago])
}

impl Tablet {
    /// Of a crew that has a connection.
    pub(crate) async fn of(crew: &Browser) -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let made = made.expect("a key");
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random);
        let pair = pair.expect("a pair");
        let public = URL_SAFE_NO_PAD.encode(pair.public_key());
        let given = asked_for_key(crew, &public).await.is(200);
        let given: Value = serde_json::from_str(&given.body).expect("JSON");
        let bytes = |name: &str| {
            let text = given[name].as_str().expect("text");
            URL_SAFE_NO_PAD.decode(text).expect("Base64")
        };
        let (key, pass) = (bytes("key"), bytes("pass"));
        Self { pair, key, pass }
    }

    /// Everything that its codes hold.
    fn content(&self, clear: &Value) -> Vec<u8> {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        packed
            .write_all(clear.to_string().as_bytes())
            .expect("packed");
        let mut sealed = packed.finish().expect("packed");
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.key).expect("a key"));
        let nonce = [7; 12];
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::empty(),
            &mut sealed,
        )
        .expect("sealed");
        let length = u16::try_from(self.pass.len()).expect("short").to_be_bytes();
        let mut whole = [&length, self.pass.as_slice(), &nonce, &sealed].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &whole);
        whole.extend_from_slice(signature.expect("signed").as_ref());
        whole
    }

    /// Its codes, one on each line.
    pub(crate) fn codes(&self, clear: &Value) -> String {
        in_codes(&self.content(clear))
    }
}

fn in_codes(content: &[u8]) -> String {
    let whole = BASE32_NOPAD.encode(content);
    let pieces: Vec<&[u8]> = whole.as_bytes().chunks(640).collect();
    let of = pieces.len();
    let code = |(place, piece): (usize, &&[u8])| {
        let piece = std::str::from_utf8(piece).expect("ASCII");
        let said = format!("ES1ABCD{place:02}{of:02}{piece}");
        let sum = BASE32_NOPAD.encode(&Sha256::digest(said.as_bytes()));
        format!("{said}{}\n", &sum[..4])
    };
    (1..).zip(&pieces).map(code).collect()
}

fn token_of(list: &Page) -> String {
    list.attributes("form#begin input[name=form_token]", "value")
        .remove(0)
}

async fn asked_for_key(crew: &Browser, public: &str) -> Page {
    let list = crew.get("/handoffs").await.is(200);
    let token = token_of(&list);
    let fields = [("form_token", &*token), ("public", public)];
    crew.post("/handoffs/codes", &fields).await
}

/// What the hospital's page says when these were scanned.
async fn scanned(hospital: &Browser, codes: &str) -> Page {
    let page = hospital.get("/board/codes").await.is(200);
    press(hospital, &page, "scan", &[("codes", codes)]).await
}

/// What was touched on a run that was begun without a connection.
pub(crate) fn begun_away(first: &str) -> Value {
    json!({"made": null, "run": "", "touches": [
        touched("begin", first, &[("unit", "湾岸救急9")], "900"),
        touched("edit", "s-2", &[("name", NAME)], "800"),
        touched("edit", "s-3", &[("complaint", "on.chest_pain")], "700"),
        touched("edit", "s-4", &[("vitals", "add"), ("spo2", "91")], "600"),
    ]})
}

fn count(app: &TestApp, step: &str) -> usize {
    let entries = app.entries();
    let word = format!("\"step\":\"{step}\"");
    entries.lines().filter(|line| line.contains(&word)).count()
}

#[actix_web::test]
async fn what_is_scanned_is_the_crews_own_steps_once_and_the_hospital_has_accepted() {
    let app = TestApp::start();
    let crew = app.signed_in(app.account("paramedic")).await;
    let tablet = Tablet::of(&crew).await;
    app.clock.advance(Duration::from_mins(30));
    let here = app.signed_in(app.account("nurse")).await;
    let codes = tablet.codes(&begun_away("s-1"));
    assert!(codes.lines().count() > 1 && !codes.contains("RIVER"));

    let measured = app.clock.now().wall - TimeDelta::seconds(600);
    let taken = scanned(&here, &codes).await.is(303);
    let path = taken.location.expect("the run");
    let incoming = here.get(&path).await.is(200);
    assert!(!incoming.body.contains(NAME), "before its entry");
    let shown = press(&here, &incoming, "reveal", &[]).await.is(200);
    for said in [NAME, "胸痛", "91", "湾岸救急9"] {
        assert!(shown.body.contains(said), "{said}");
    }
    let counted = ["begin", "carried", "edit", "ask", "accept"].map(|step| count(&app, step));
    assert_eq!(counted, [1, 1, 3, 1, 1]);

    // Scanned again, and sent by the tablet when its connection is back: each stays one.
    scanned(&here, &codes).await.is(303);
    let crew = app.signed_in(app.account("paramedic")).await;
    let list = crew.get("/handoffs").await.is(200);
    let token = token_of(&list);
    let begun = [
        ("unit", "湾岸救急9"),
        ("step", "s-1"),
        ("form_token", &*token),
    ];
    let begun = crew.post("/handoffs", &begun).await.is(303);
    let url = begun.location.expect("the form");
    assert_eq!(url.replace("/handoffs/", "/board/"), path);
    let name = [
        ("name", NAME),
        ("step", "s-2"),
        ("form_token", &*token),
        ("ago", "2700"),
    ];
    crew.post(&format!("{url}/edit"), &name).await.is(303);
    let counted = ["begin", "carried", "edit", "ask", "accept"].map(|step| count(&app, step));
    assert_eq!(counted, [1, 2, 3, 1, 1]);
    // The vital signs are of when they were measured.
    let form = crew.get(&url).await.is(200);
    let time = japanese_time(measured);
    let time = time.format("%H:%M").to_string();
    assert!(form.body.contains(&time), "{time}");
}

#[actix_web::test]
async fn a_run_that_was_begun_with_a_connection_goes_on_and_arrival_is_a_part_of_it() {
    let app = TestApp::start();
    let crew = app.signed_in(app.account("paramedic")).await;
    let here = app.physician().await;
    let tablet = Tablet::of(&crew).await;
    let list = crew.get("/handoffs").await.is(200);
    let begun = press(&crew, &list, "begin", &[("unit", "湾岸救急1")])
        .await
        .is(303);
    let url = begun.location.expect("the form");
    let run = url.trim_start_matches("/handoffs/");
    let made = app.clock.now().wall.timestamp_millis();
    let clear = json!({"made": made, "run": run, "touches": [
        touched("edit", "s-1", &[("name", NAME)], "60"),
        touched("edit", "s-2", &[("time", "called"), ("time_at", "2599")], "50"),
        touched("arrive", "s-3", &[("by", "阿部 隊長")], "1200"),
        touched("ask", "s-4", &[("hospital", "another")], "30"),
    ]});
    let arrived = japanese_time(app.clock.now().wall - TimeDelta::seconds(1200));
    let codes = tablet.codes(&clear);
    let whole = scanned(&here, &codes).await.is(200);
    let left = whole.texts("main li");
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].starts_with("時刻"), "{left:?}");
    let path = whole.attributes("main a.press", "href").remove(0);
    let incoming = here.get(&path).await.is(200);
    let received = press(&here, &incoming, "receive", &[("received_by", "佐藤 救")]).await;
    received.is(303);
    let over = crew.get(&url).await.is(200);
    assert!(over.body.contains("引渡し 阿部 隊長、受取り 佐藤 救"));
    let arrived = arrived.format("%H:%M").to_string();
    let times = over.texts("main").concat();
    assert!(
        times.contains(&format!("病着{arrived}")),
        "{arrived}: {times}"
    );
    assert_eq!(count(&app, "ask"), 1, "of this hospital alone");

    let late = scanned(&app.signed_in(&named(&app, "dr-higashi")).await, &codes).await;
    assert_eq!(late.is(409).texts("#flash").len(), 1, "it is over");
}

#[actix_web::test]
async fn what_another_hospital_accepted_stays_its_own_and_what_was_touched_is_not_lost() {
    let app = TestApp::start();
    let crew = app.signed_in(app.account("paramedic")).await;
    let (here, there) = (
        app.physician().await,
        app.signed_in(&named(&app, "dr-higashi")).await,
    );
    let tablet = Tablet::of(&crew).await;
    let codes = tablet.codes(&begun_away("s-1"));
    let path = scanned(&there, &codes)
        .await
        .is(303)
        .location
        .expect("there");
    let refused = scanned(&here, &codes).await.is(409);
    assert_eq!(refused.texts("#flash"), ["先に他の病院が受け入れました。"]);
    let kept = refused.texts("textarea#codes").concat();
    let lines = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(&kept), lines(&codes));
    here.get(&path).await.is(403);
    let incoming = there.get(&path).await.is(200);
    let shown = press(&there, &incoming, "reveal", &[]).await.is(200);
    assert!(shown.body.contains(NAME));
}

#[actix_web::test]
async fn what_is_missing_changed_too_old_or_of_nobody_any_more_is_refused_in_a_sentence() {
    let app = TestApp::start();
    let crew = app.signed_in(app.account("paramedic")).await;
    let here = app.physician().await;
    let tablet = Tablet::of(&crew).await;
    let whole = tablet.content(&begun_away("s-1"));
    let codes = in_codes(&whole);
    let said = async |codes: &str| scanned(&here, codes).await.is(422).texts("#flash").concat();
    assert!(
        said("https://example.test/")
            .await
            .contains("読み取られていません")
    );
    let (first, _) = codes.split_once('\n').expect("more than one");
    assert!(said(first).await.contains("まだです"));
    let other = codes.replace("ES1ABCD", "ES1ABCE");
    let other = format!("{first}\n{other}");
    assert!(
        said(&other).await.contains("まだです"),
        "a changed name breaks its sum"
    );

    // Every part of it counts.
    let last = whole.len() - 1;
    for place in [
        0,
        2,
        40,
        tablet.pass.len() + 2,
        tablet.pass.len() + 20,
        last - 70,
        last,
    ] {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        let said = said(&in_codes(&changed)).await;
        assert!(said.contains("受け取れません"), "{place}: {said}");
    }
    // Another tablet's signature under this one's pass.
    let another = Tablet::of(&crew).await;
    let mixed = Tablet {
        pass: tablet.pass.clone(),
        ..another
    };
    assert!(
        said(&mixed.codes(&begun_away("s-1")))
            .await
            .contains("受け取れません")
    );
    for clear in [
        json!({}),
        json!([]),
        json!({"made": null, "run": "", "touches": []}),
    ] {
        let page = scanned(&here, &tablet.codes(&clear)).await;
        assert!([400, 422].contains(&page.status.as_u16()), "{clear}");
    }
    let foreign = json!({"made": null, "run": "n1.none", "touches": []});
    scanned(&here, &tablet.codes(&foreign)).await.is(403);
    assert_eq!(
        ["begin", "carried", "edit"].map(|step| count(&app, step)),
        [0; 3]
    );

    let mine = TestApp::start();
    let stranger = mine.signed_in(mine.account("paramedic")).await;
    let theirs = Tablet::of(&stranger).await;
    assert!(
        said(&theirs.codes(&begun_away("s-1")))
            .await
            .contains("受け取れません")
    );

    app.clock.advance(Duration::from_hours(24));
    let later = app.physician().await;
    let old = scanned(&later, &codes).await.is(422);
    assert!(old.texts("#flash").concat().contains("受け取れません"));
    assert!(!has(&old, "a.press.main"));
    assert!(app.entries().contains("pass_over"), "the ledger says why");
}

#[actix_web::test]
async fn only_a_crew_is_given_a_key_and_only_whoever_may_accept_scans() {
    let app = TestApp::start();
    let crew = app.signed_in(app.account("paramedic")).await;
    for public in ["", "AAAA", &URL_SAFE_NO_PAD.encode([5_u8; 65])] {
        asked_for_key(&crew, public).await.is(400);
    }
    crew.get("/board/codes").await.is(403);
    let clerk = app.signed_in(app.account("clerk")).await;
    clerk.get("/board/codes").await.is(403);
}
