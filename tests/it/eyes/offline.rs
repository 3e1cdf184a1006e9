//! A crew's tablet without a connection: what was touched stays, is sent once, by nobody else.

use std::{
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use chrono::TimeDelta;
use emergency_summary::{
    domain::clock::{Clock, japanese_time},
    registry::FacilityKind,
};
use serde_json::{Value, json};

use crate::{app::TestApp, browser::Browser, handoffs::crew_member};

use super::{
    driver::{Eye, Scripts, hand},
    handing::{begun, touch},
};

/// Everything that the browser keeps, as far as a script can read it, and whether a key can be taken
/// out. (A name that is typed must not be among it.)
const KEPT: &str = "return new Promise((done, fail) => { const open = indexedDB.open('drafts', 1); open.onerror = fail;
    open.onsuccess = () => { const all = open.result.transaction(['steps', 'keys']); const steps = all.objectStore('steps').getAll(); const keys = all.objectStore('keys').getAll();
    all.oncomplete = () => { open.result.close(); done([steps.result.length, keys.result.filter((key) => key instanceof CryptoKey).map((key) => key.extractable),
      steps.result.map((row) => Object.entries(row).map(([name, value]) => name + '=' + (value instanceof ArrayBuffer ? new TextDecoder().decode(value) : value)).join(' ')).join(' ')]); }; }; });";

/// Touches that reach the server, and whose answer does not come back.
const LOST: &str = "const ask = window.fetch; window.lost = 0; window.fetch = async (...what) => { const answer = await ask(...what);
    if (what[1] && what[1].method === 'POST' && window.lost < 2) { window.lost += 1; throw new TypeError('lost'); } return answer; };";

/// Touches do not reach the server, all else does.
const HELD: &str = "window.held = true; const ask = window.fetch; window.fetch = (...what) =>
    what[1] && what[1].method === 'POST' && window.held ? Promise.reject(new TypeError('held')) : ask(...what);";

/// The tablet's clock is three hours slow.
const SLOW: &str = "const right = Date.now; Date.now = () => right() - 3 * 3600 * 1000;";

/// With or without a connection.
pub(super) async fn connected(tablet: &Eye, is_connected: bool) {
    tablet.devtools("Network.enable", json!({})).await;
    let how = json!({"offline": !is_connected, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
    tablet
        .devtools("Network.emulateNetworkConditions", how)
        .await;
}

/// A tablet at a form that was begun.
async fn tablet(app: &TestApp) -> (Browser, Eye, String) {
    let (crew, url) = begun(app).await;
    let tablet = Eye::open(app, Scripts::On).await;
    tablet.adopt(&crew).await;
    tablet.window(hand(1024, 768)).await;
    tablet.goto(&url).await;
    (crew, tablet, url)
}

pub(super) async fn typed(tablet: &Eye, field: &str, text: &str) {
    let field = tablet.element(field).await;
    field.send_keys(text).await.expect("keys");
}

/// How many steps of this word the ledger has.
pub(super) fn steps(app: &TestApp, word: &str) -> usize {
    let entries = app.entries();
    let is_it = |line: &&str| {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        let text = entry.to_string();
        text.contains("\"handoff_step\"") && text.contains(&format!("\"step\":\"{word}\""))
    };
    entries.lines().filter(is_it).count()
}

/// Waits until so many are said not to be sent.
pub(super) async fn unsent(tablet: &Eye, many: usize) {
    let said = "return document.getElementById('unsent').hidden ? '0' : document.getElementById('unsent-count').textContent;";
    let mut now = Value::Null;
    for _ in 0..100 {
        now = tablet.script(said, Vec::new()).await;
        if now == json!(many.to_string()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{many} are not sent, the page says {now}");
}

#[actix_web::test]
async fn what_is_touched_without_a_connection_outlives_the_browser_and_is_sent_once_in_its_order() {
    let app = TestApp::start();
    let (crew, tablet, url) = tablet(&app).await;
    let slow = json!({"source": SLOW});
    tablet
        .devtools("Page.addScriptToEvaluateOnNewDocument", slow)
        .await;
    tablet.goto(&url).await;
    tablet.shown("#drafts[data-heard]").await;
    connected(&tablet, false).await;
    let name = "form#type-patient [name=name]";
    typed(&tablet, name, "路上 太郎").await;
    for button in [
        "form#touch-patient button[value='70s']",
        "form#touch-patient button[value='80s']",
        "form#touch-complaint button[value='on.chest_pain']",
        "form#touch-complaint button[value='off.chest_pain']",
        "form#time-called button.main",
    ] {
        touch(&tablet, button).await;
    }
    typed(&tablet, "form#add-vitals [name=spo2]", "93").await;
    touch(&tablet, "form#add-vitals button.main").await;
    unsent(&tablet, 7).await;
    assert_eq!(steps(&app, "edit"), 0);
    touch(&tablet, "#unsent-all summary").await;
    let said = tablet.text("#unsent-list").await;
    for word in ["胸痛", "覚知", "93"] {
        assert!(said.contains(word), "{word} in {said}");
    }
    let kept = tablet.script(KEPT, Vec::new()).await;
    assert_eq!((&kept[0], &kept[1]), (&json!(7), &json!([false])));
    let plain = kept[2].as_str().expect("text");
    for word in ["太郎", "chest_pain", "/handoffs/"] {
        assert!(!plain.contains(word), "{plain}");
    }

    // The browser is closed, and is opened at another page of the crew's.
    let tablet = tablet.reopened().await;
    tablet.adopt(&crew).await;
    let hold = json!({"source": HELD});
    tablet
        .devtools("Page.addScriptToEvaluateOnNewDocument", hold)
        .await;
    tablet.goto("/handoffs").await;
    unsent(&tablet, 7).await;
    tablet.goto(&url).await;
    unsent(&tablet, 7).await;
    tablet.script("window.held = false;", Vec::new()).await;
    unsent(&tablet, 0).await;
    assert_eq!(steps(&app, "edit"), 7);
    tablet
        .shown("form#touch-patient button[data-then='80s'][aria-pressed=true]")
        .await;
    let form = crew.get(&url).await.is(200);
    assert_eq!(
        form.attributes("form#touch-complaint button[aria-pressed=true]", "value"),
        [""; 0],
        "touched and taken back"
    );
    assert!(form.body.contains("路上 太郎") && form.body.contains("93"));
    assert_eq!(form.texts("table.vitals tbody tr").len(), 1);
    // Whose clock was set right meanwhile: the time is the server's, of the touch.
    let called = form.texts("form#time-called .time-said").remove(0);
    let minutes = |ago| japanese_time(app.clock.now().wall - TimeDelta::minutes(ago));
    let near: Vec<String> = (0..5)
        .map(|ago| minutes(ago).format("%H:%M").to_string())
        .collect();
    assert!(
        near.iter().any(|time| called.ends_with(&**time)),
        "{called}, now {near:?}"
    );
    tablet.goto(&url).await;
    unsent(&tablet, 0).await;
    assert_eq!(steps(&app, "edit"), 7, "and not again");
    let kept = tablet.script(KEPT, Vec::new()).await;
    assert_eq!(kept[0], json!(0));
    tablet.close().await;
}

#[actix_web::test]
async fn a_touch_whose_answer_was_lost_is_sent_again_and_done_once() {
    let app = TestApp::start();
    let (crew, tablet, url) = tablet(&app).await;
    tablet.script(LOST, Vec::new()).await;
    touch(&tablet, "form#touch-treatments button[value='oxygen']").await;
    unsent(&tablet, 1).await;
    unsent(&tablet, 0).await;
    let lost = tablet.script("return window.lost;", Vec::new()).await;
    assert_eq!(lost, json!(2));
    tablet.shown("#treatments .said-lines li").await;
    let form = crew.get(&url).await.is(200);
    assert_eq!(form.texts("#treatments .said-lines li").len(), 1);
    assert_eq!(steps(&app, "edit"), 1);
    tablet.close().await;
}

#[actix_web::test]
async fn another_account_at_the_same_tablet_sends_nothing_and_reads_nothing_of_it() {
    let app = TestApp::start();
    let (crew, tablet, url) = tablet(&app).await;
    let facilities = app.registry.facilities().await.expect("facilities");
    let fire = facilities.iter().find(|one| one.kind == FacilityKind::Fire);
    let colleague = crew_member(&app, &fire.expect("a department").id.0, "ems-ito").await;
    let colleague = app.signed_in(&colleague).await;
    connected(&tablet, false).await;
    typed(
        &tablet,
        "form#type-complaint [name=complaint_note]",
        "太郎の言",
    )
    .await;
    touch(&tablet, "form#touch-patient button[value='70s']").await;
    unsent(&tablet, 2).await;
    // The page is still the former's, and the session another's: it makes room by itself.
    tablet.adopt(&colleague).await;
    connected(&tablet, true).await;
    tablet.shown("#unsent-others:not([hidden])").await;
    assert_eq!(tablet.text("#unsent-others b").await, "2");
    tablet.goto(&url).await;
    tablet.shown("#unsent-others:not([hidden])").await;
    touch(&tablet, "form#touch-patient button[value='male']").await;
    tablet
        .shown("form#touch-patient button[data-then='male'][aria-pressed=true]")
        .await;
    tablet.shown("#unsent-list:empty").await;
    assert!(
        !tablet
            .client()
            .source()
            .await
            .expect("it")
            .contains("太郎の言")
    );
    assert_eq!(steps(&app, "edit"), 1, "the other's own");

    // Signing out removes what is his own, and leaves what is the former's.
    touch(&tablet, "form#logout button").await;
    tablet.shown("form#login").await;
    tablet.adopt(&crew).await;
    tablet.goto(&url).await;
    tablet
        .shown("form#touch-patient button[data-then='70s'][aria-pressed=true]")
        .await;
    unsent(&tablet, 0).await;
    assert_eq!(steps(&app, "edit"), 3);
    tablet.close().await;
}

#[actix_web::test]
async fn signing_out_says_what_is_not_sent_and_then_removes_it_with_its_key() {
    let app = TestApp::start();
    let (crew, tablet, url) = tablet(&app).await;
    tablet.script(HELD, Vec::new()).await;
    touch(&tablet, "form#touch-patient button[value='70s']").await;
    unsent(&tablet, 1).await;
    touch(&tablet, "form#logout button").await;
    tablet.shown("#unsent-leaving:not([hidden])").await;
    assert_eq!(tablet.path().await, url, "said first");
    touch(&tablet, "form#logout button").await;
    tablet.shown("form#login").await;
    let left = "return indexedDB.databases().then((all) => all.length);";
    assert_eq!(tablet.script(left, Vec::new()).await, json!(0));
    assert_ne!(crew.get(&url).await.status, 200);
    let again = app.signed_in(app.account("paramedic")).await;
    tablet.adopt(&again).await;
    tablet.goto(&url).await;
    tablet.shown("#drafts[data-ready]").await;
    unsent(&tablet, 0).await;
    assert_eq!(steps(&app, "edit"), 0);
    tablet.close().await;
}

#[actix_web::test]
async fn what_was_refused_is_said_with_its_reason_until_somebody_has_noted_it() {
    let app = TestApp::start();
    let (_, tablet, url) = tablet(&app).await;
    connected(&tablet, false).await;
    typed(&tablet, "form#time-called [name=time_at]", "25時").await;
    touch(&tablet, "form#time-called .time-acts button").await;
    touch(&tablet, "form#touch-patient button[value='70s']").await;
    unsent(&tablet, 2).await;
    connected(&tablet, true).await;
    unsent(&tablet, 0).await;
    for _ in 0..2 {
        tablet.shown("#refused:not([hidden]) li").await;
        let said = tablet.text("#refused-list").await;
        for word in ["覚知", "25時", "1041"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        tablet.goto(&url).await;
    }
    assert_eq!(steps(&app, "edit"), 1, "what came after it is recorded");
    touch(&tablet, "#refused-list button").await;
    tablet.shown("#refused[hidden]").await;
    tablet.goto(&url).await;
    tablet.shown("#drafts[data-ready]").await;
    let kept = tablet.script(KEPT, Vec::new()).await;
    assert_eq!(kept[0], json!(0));
    tablet.close().await;
}

#[actix_web::test]
async fn behind_the_lock_what_is_not_sent_waits_and_goes_on_after_it() {
    let app = TestApp::start();
    let (crew, tablet, url) = tablet(&app).await;
    let form = crew.get(&url).await.is(200);
    let token = form.attributes("input[name=form_token]", "value").remove(0);
    let lock = [("form_token", &*token), ("back", &*url)];
    crew.post("/lock", &lock).await.is(303);
    touch(&tablet, "form#touch-patient button[value='70s']").await;
    tablet.shown("form#unlock").await;
    assert_eq!(steps(&app, "edit"), 0);
    let password = app.account("paramedic").password.clone();
    typed(&tablet, "form#unlock [name=password]", &password).await;
    touch(&tablet, "form#unlock button").await;
    tablet
        .shown("form#touch-patient button[data-then='70s'][aria-pressed=true]")
        .await;
    assert_eq!(steps(&app, "edit"), 1);
    assert_eq!(tablet.path().await, url);
    tablet.close().await;
}

/// The network between a tablet and the app, which can be cut.
pub(super) struct Line {
    pub(super) port: u16,
    shared: Arc<Mutex<Ends>>,
}

#[derive(Default)]
struct Ends {
    is_cut: bool,
    open: Vec<TcpStream>,
}

/// Runs until what it waits for is gone; it ends with the test process at the latest.
fn named(name: &str, what: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name(name.to_owned());
    drop(thread.spawn(what).expect("a thread"));
}

impl Line {
    pub(super) fn to(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (shared, address) = (Arc::<Mutex<Ends>>::default(), app.address);
        let ends = Arc::clone(&shared);
        named("line", move || {
            for near in listener.incoming().map_while(Result::ok) {
                let mut ends = ends.lock().expect("the line");
                let far = TcpStream::connect(address);
                let Some(far) = far.ok().filter(|_| !ends.is_cut) else {
                    continue;
                };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let mut from = from.try_clone().expect("an end");
                    let mut to = to.try_clone().expect("an end");
                    named("end of a line", move || {
                        std::io::copy(&mut from, &mut to).ok();
                        to.shutdown(Shutdown::Both).ok();
                    });
                }
                ends.open.extend([near, far]);
            }
        });
        Self { port, shared }
    }

    pub(super) fn cut(&self, is_cut: bool) {
        let mut ends = self.shared.lock().expect("the line");
        ends.is_cut = is_cut;
        for end in ends.open.drain(..).filter(|_| is_cut) {
            end.shutdown(Shutdown::Both).ok();
        }
    }
}

/// Whether the browser answers for the crew's pages where nobody else does.
pub(super) const READY: &str = "return navigator.serviceWorker.ready.then(async (worker) => Boolean(worker.active) && Boolean(await caches.match('/handoffs/offline')));";

#[actix_web::test]
async fn the_form_opens_without_any_connection_and_what_is_entered_waits_for_its_author() {
    let app = TestApp::start();
    let (crew, url) = begun(&app).await;
    let line = Line::to(&app);
    let tablet = Eye::at(format!("http://localhost:{}", line.port), Scripts::On).await;
    tablet.adopt(&crew).await;
    tablet.goto(&url).await;
    typed(&tablet, "form#type-patient [name=name]", "路上 太郎").await;
    touch(&tablet, "form#touch-patient button[value='70s']").await;
    tablet
        .shown("form#touch-patient button[data-then='70s'][aria-pressed=true]")
        .await;
    tablet.shown("#unsent-list:empty").await;
    assert_eq!(steps(&app, "edit"), 2);
    assert_eq!(tablet.script(READY, Vec::new()).await, json!(true));

    line.cut(true);
    tablet.goto(&url).await;
    tablet.shown("#handoff:not([hidden])").await;
    let page = tablet.client().source().await.expect("a page");
    assert!(!page.contains("太郎"), "nothing that was recorded: {page}");
    assert_eq!(tablet.count("button[aria-pressed=true]").await, 0);
    touch(&tablet, "form#touch-complaint button[value='on.fever']").await;
    unsent(&tablet, 1).await;
    // Another run begins without any connection.
    tablet.goto("/handoffs").await;
    typed(&tablet, "form#begin [name=unit]", "湾岸救急2").await;
    touch(&tablet, "form#begin button").await;
    touch(&tablet, "form#touch-acuity button[value='red']").await;
    unsent(&tablet, 3).await;
    assert_eq!(tablet.count("#unsent-list li").await, 2, "of this page");

    line.cut(false);
    tablet.shown("#unchecked:not([hidden])").await;
    assert_eq!((steps(&app, "edit"), steps(&app, "begin")), (2, 1));
    touch(&tablet, "#unchecked-own").await;
    unsent(&tablet, 0).await;
    assert_eq!((steps(&app, "edit"), steps(&app, "begin")), (4, 2));
    let list = crew.get("/handoffs").await.is(200);
    assert!(list.body.contains("湾岸救急2"), "{}", list.body);
    let form = crew.get(&url).await.is(200);
    let chosen = form.attributes("form#touch-complaint button[aria-pressed=true]", "value");
    assert_eq!(chosen, ["off.fever"]);

    // Signing out leaves neither the page nor anybody for whom it would keep.
    tablet.goto("/handoffs").await;
    touch(&tablet, "form#logout button").await;
    tablet.shown("form#login").await;
    let left = "return caches.keys().then(async (all) => [all.length, (await navigator.serviceWorker.getRegistrations()).length, (await indexedDB.databases()).length]);";
    assert_eq!(tablet.script(left, Vec::new()).await, json!([0, 0, 0]));
    tablet.close().await;
}
