//! Notices through the real app to real receivers: what is said, in what order, and what becomes of
//! it where a receiver is away, refuses, errs or hangs.

mod servers;

use std::{path::Path, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use emergency_summary::{
    domain::{access::FacilityId, review::Kind},
    health::{Level, Part, Why},
    outbox::{Channel, Mail, MailSettings, Outbox, Pace, Security, Way, Webhook},
    sources,
};
use hmac::{Hmac, Mac as _};
use secrecy::SecretSlice;
use sha2::Sha256;

use crate::{
    app::{TestApp, fill, open, pairs},
    browser::Browser,
};

use servers::{Got, Receiver, Reply};

const KEY: [u8; 32] = [9; 32];

/// So quick that a test need not wait.
fn pace() -> Pace {
    Pace {
        first: Duration::from_millis(20),
        longest: Duration::from_millis(80),
        patience: Duration::from_millis(500),
        look: Duration::from_millis(20),
        ..Pace::default()
    }
}

fn webhook(address: std::net::SocketAddr) -> Channel {
    let client = sources::client(false).expect("a client");
    let url = format!("http://{address}/notices");
    Channel {
        name: "soc".to_owned(),
        facilities: None,
        way: Way::Webhook(Webhook::new(url, SecretSlice::from(KEY.to_vec()), client)),
    }
}

fn mail(address: std::net::SocketAddr) -> Channel {
    mail_by(address, Security::None, None)
}

fn mail_by(
    address: std::net::SocketAddr,
    security: Security,
    authorities: Option<String>,
) -> Channel {
    let mail = Mail::new(MailSettings {
        host: "localhost".to_owned(),
        port: address.port(),
        security,
        authorities: authorities.map(String::into_bytes),
        node: "demo".to_owned(),
        login: None,
        from: "terminal@example.org".to_owned(),
        to: vec!["audit@example.org".to_owned()],
    });
    Channel {
        name: "audit-mail".to_owned(),
        facilities: None,
        way: Way::mail(mail.expect("a mail")),
    }
}

fn start(channels: Vec<Channel>) -> TestApp {
    start_in(Arc::new(tempfile::tempdir().expect("a folder")), channels)
}

fn start_in(folder: Arc<tempfile::TempDir>, channels: Vec<Channel>) -> TestApp {
    let count = channels.len();
    let app = TestApp::start_with(folder, |options| {
        options.outbox = Outbox::new(channels, pace());
    });
    until_begun(app.folder.path(), count);
    app
}

/// A channel begins with what happens after it: that it has begun is kept at once.
fn until_begun(folder: &Path, count: usize) {
    let begun = || {
        let names = std::fs::read_dir(folder).expect("a folder").flatten();
        let is_place = |name: &str| {
            name.starts_with("notices-") && name.contains(".place") && !name.contains(".unfinished")
        };
        names
            .filter(|file| is_place(&file.file_name().to_string_lossy()))
            .count()
    };
    for _ in 0..1_500 {
        if begun() >= count {
            return;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    panic!("{} of {count} channels begin", begun());
}

/// The whole of what a mail says, its words no longer encoded for the way.
fn all(got: &Got) -> String {
    let body = got.body.replace("\r\n", "");
    let text = STANDARD.decode(body.trim());
    let text = text.map_or_else(
        |_| got.body.clone(),
        |text| String::from_utf8(text).expect("UTF-8"),
    );
    format!("{}\n{text}", got.head)
}

fn standing(app: &TestApp) -> (Level, Option<Why>) {
    let picture = app.health.picture();
    let standing = picture.standings[&Part::Notices];
    (standing.level, standing.why)
}

async fn until_standing(app: &TestApp, wanted: (Level, Option<Why>)) {
    for _ in 0..1_500 {
        app.health.look().await;
        if standing(app) == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?} should be {wanted:?}", standing(app));
}

async fn hospital(app: &TestApp) -> FacilityId {
    let facilities = app.registry.facilities().await.expect("facilities");
    let name = &app.account("physician").facility;
    let hospital = facilities.into_iter().find(|one| one.name == *name);
    hospital.expect("the hospital").id
}

async fn judge_newest(app: &TestApp, auditor: &Browser) {
    let list = auditor.get("/audit/cases?list=all").await.is(200);
    let at = list.attributes("a.receipt", "href").remove(0);
    let case = auditor.get(&at).await.is(200);
    let mut fields = case.form("verdict");
    fill(&mut fields, "verdict", "1");
    fill(&mut fields, "note", "診療録で確認");
    let action = case.attributes("#verdict", "action").remove(0);
    auditor.post(&action, &pairs(&fields)).await.is(303);
    assert!(app.entries().contains("\"reviewed\""));
}

#[actix_web::test]
async fn each_emergency_grant_is_told_by_mail_and_by_a_signed_request_with_a_reference_only() {
    let (requests, mails) = (Receiver::of_requests(), Receiver::of_mails());
    let app = start(vec![webhook(requests.address), mail(mails.address)]);
    let patient = &app.guide.patients[0];
    let path = open(&app.physician().await, patient).await;
    let request = requests.until(1).await.remove(0);
    let message = mails.until(1).await.remove(0);

    let sent = request.header("webhook-timestamp");
    let mut hash = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&KEY).expect("a key");
    hash.update(format!("{}.{sent}.{}", request.key(), request.body).as_bytes());
    let right = format!("v1,{}", STANDARD.encode(hash.finalize().into_bytes()));
    assert_eq!(request.header("webhook-signature"), right);
    assert_eq!(request.header("webhook-id"), request.key());
    let said: serde_json::Value = serde_json::from_str(&request.body).expect("JSON");
    let receipt = said["data"]["reference"].as_str().expect("a reference");
    assert_eq!(said["type"], "emergency_access.opened");
    let entries = app.entries();
    assert!(entries.contains(receipt));

    let text = all(&message);
    assert!(
        text.contains(receipt) && text.contains("救急時閲覧がありました"),
        "{text}"
    );
    assert!(
        message
            .header("message-id")
            .starts_with(&format!("<{}@", request.key()))
    );
    let account = app.account("physician");
    let grant = path.trim_start_matches("/summary/");
    let key = entries
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|entry| Some(entry["patient"].as_str()?.to_owned()));
    for said in [format!("{}{}", request.head, request.body), text] {
        for secret in [
            &*patient.name,
            &patient.kana,
            &patient.birth_date,
            &patient.number,
            &account.account,
            "佐藤",
            grant,
            &key.clone().expect("a patient's key"),
        ] {
            assert!(!said.contains(secret), "{secret}: {said}");
        }
    }
}

#[actix_web::test]
async fn a_server_that_was_down_gets_everything_in_order_once_it_is_back() {
    let gone = Receiver::of_requests();
    let address = gone.address;
    drop(gone);
    let app = start(vec![webhook(address)]);
    let physician = app.physician().await;
    for patient in &app.guide.patients[..3] {
        open(&physician, patient).await;
    }
    let tries = || {
        let picture = app.health.picture();
        let waiting = picture.facts.channels[0].0.waiting.clone();
        waiting.map_or(0, |waiting| waiting.tries)
    };
    for _ in 0..1_500 {
        app.health.look().await;
        if tries() > 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(tries() > 2, "it waits, and says so");
    let back = Receiver::of_requests_at(address);
    let got = back.until(3).await;
    let started: Vec<String> = app
        .entries()
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|entry| entry["event"] == "grant_started")
        .map(|entry| entry["receipt"].as_str().expect("a receipt").to_owned())
        .collect();
    assert_eq!(started.len(), 3);
    for (receipt, got) in started.iter().zip(&got) {
        assert!(got.body.contains(receipt), "{receipt}: {got:?}");
    }
}

/// How far a channel has come, as it is kept.
fn kept(place: &Path) -> String {
    std::fs::read_to_string(place).expect("how far it came")
}

#[actix_web::test]
async fn what_was_taken_but_not_kept_as_taken_is_said_again_under_the_same_key() {
    let receiver = Receiver::of_requests();
    let app = start(vec![webhook(receiver.address)]);
    let place = app.folder.path().join("notices-soc.place");
    let begun = kept(&place);
    let physician = app.physician().await;
    open(&physician, &app.guide.patients[0]).await;
    receiver.until(1).await;
    // It is kept after the answer.
    while kept(&place) == begun {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = kept(&place);
    open(&physician, &app.guide.patients[1]).await;
    receiver.until(2).await;
    let folder = app.stop();
    // As the file is where the process is killed between the answer and keeping how far it came.
    std::fs::write(&place, before).expect("the file");
    let app = start_in(folder, vec![webhook(receiver.address)]);
    app.clock.advance(Duration::from_mins(1));
    let got = receiver.until(3).await;
    assert_eq!(got[1].key(), got[2].key());
    assert_eq!(got[1].body, got[2].body);
    assert_ne!(got[0].key(), got[1].key());
    // What was kept as taken is not said again.
    open(&app.physician().await, &app.guide.patients[2]).await;
    let got = receiver.until(4).await;
    assert_eq!(got.len(), 4);
    assert_ne!(got[3].key(), got[2].key());
}

#[actix_web::test]
async fn what_is_refused_for_good_is_not_sent_again_and_seen_and_the_next_goes_on() {
    let receiver = Receiver::of_requests();
    receiver.does(Reply::Says(422));
    let app = start(vec![webhook(receiver.address)]);
    let physician = app.physician().await;
    open(&physician, &app.guide.patients[0]).await;
    until_standing(&app, (Level::Attention, Some(Why::NoticesRefused))).await;
    let first = receiver.got();
    assert_eq!(first.len(), 1);
    let auditor = app.signed_in(app.account("auditor")).await;
    let page = auditor.get("/audit/integrity").await.is(200);
    let reference = first[0]
        .body
        .split('"')
        .find(|text| text.len() == 14 && text.contains('-'));
    let card = page.texts("#part-notices").remove(0);
    assert!(card.contains(reference.expect("a reference")), "{card}");
    let folder = app.stop();
    // It is still said after a start.
    let app = start_in(folder, vec![webhook(receiver.address)]);
    app.clock.advance(Duration::from_mins(1));
    until_standing(&app, (Level::Attention, Some(Why::NoticesRefused))).await;
    receiver.does(Reply::Says(200));
    open(&app.physician().await, &app.guide.patients[1]).await;
    until_standing(&app, (Level::Well, None)).await;
    let got = receiver.until(2).await;
    assert_eq!(got.len(), 2);
    assert_ne!(got[0].key(), got[1].key());
}

#[actix_web::test]
async fn a_server_that_errs_is_asked_again_and_seen_as_stuck_until_it_takes_it() {
    let (requests, mails) = (Receiver::of_requests(), Receiver::of_mails());
    requests.does(Reply::Says(503));
    mails.does(Reply::Says(451));
    let app = start(vec![webhook(requests.address), mail(mails.address)]);
    open(&app.physician().await, &app.guide.patients[0]).await;
    let (first, letters) = (requests.until(3).await, mails.until(3).await);
    assert!(first.iter().all(|got| got.key() == first[0].key()));
    assert!(
        letters
            .iter()
            .all(|got| got.head == letters[0].head && got.body == letters[0].body)
    );
    app.health.look().await;
    assert_eq!(
        standing(&app),
        (Level::Well, None),
        "it has not waited for long"
    );
    app.clock.advance(Duration::from_mins(16));
    until_standing(&app, (Level::Attention, Some(Why::NoticesStuck))).await;
    let auditor = app.signed_in(app.account("auditor")).await;
    let page = auditor.get("/audit/integrity").await.is(200);
    let card = page.texts("#part-notices").remove(0);
    assert!(
        card.contains("soc") && card.contains("audit-mail") && card.contains("送信待ち"),
        "{card}"
    );
    requests.does(Reply::Says(202));
    mails.does(Reply::Says(250));
    until_standing(&app, (Level::Well, None)).await;
    let last = requests.got();
    assert_eq!(last.last().expect("one").key(), first[0].key());
}

#[actix_web::test]
async fn a_mail_server_that_refuses_loses_nothing_and_is_asked_until_it_is_mended() {
    let mails = Receiver::of_mails();
    mails.does(Reply::Says(554));
    let app = start(vec![mail(mails.address)]);
    open(&app.physician().await, &app.guide.patients[0]).await;
    let refused = mails.until(2).await;
    mails.does(Reply::Says(250));
    until_standing(&app, (Level::Well, None)).await;
    let taken = mails.got();
    assert_eq!(taken.last().expect("one").key(), refused[0].key());
}

#[actix_web::test]
async fn mails_go_by_starttls_and_to_nobody_whom_none_vouches_for() {
    let (server, authority) = Receiver::of_secured_mails();
    let (stranger, _) = Receiver::of_secured_mails();
    let of = |address, name: &str| Channel {
        name: name.to_owned(),
        ..mail_by(address, Security::Starttls, Some(authority.clone()))
    };
    let channels = vec![
        of(server.address, "known"),
        of(stranger.address, "stranger"),
    ];
    let app = start(channels);
    open(&app.physician().await, &app.guide.patients[0]).await;
    let got = server.until(1).await;
    assert!(all(&got[0]).contains("救急時閲覧がありました"));
    let waits = || {
        let picture = app.health.picture();
        let channels = picture.facts.channels.iter();
        let waiting = channels.filter(|(seen, _)| seen.waiting.is_some());
        waiting
            .map(|(seen, _)| seen.name.clone())
            .collect::<Vec<_>>()
    };
    for _ in 0..1_500 {
        app.health.look().await;
        if waits() == ["stranger"] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(waits(), ["stranger"]);
    assert!(stranger.got().is_empty());
}

#[actix_web::test]
async fn the_ward_does_not_wait_while_a_server_hangs() {
    let receiver = Receiver::of_requests();
    receiver.does(Reply::Hangs);
    let app = start(vec![webhook(receiver.address)]);
    let physician = app.physician().await;
    open(&physician, &app.guide.patients[0]).await;
    receiver.until(1).await;
    for patient in &app.guide.patients[1..4] {
        let path = open(&physician, patient).await;
        physician.get(&path).await.is(200);
    }
    // All of that happened while the first was still not taken.
    assert!(
        receiver
            .got()
            .iter()
            .all(|got| got.key() == receiver.got()[0].key())
    );
    receiver.does(Reply::Says(200));
    let taken = || {
        let mut keys: Vec<String> = receiver.got().iter().map(Got::key).collect();
        keys.dedup();
        keys.len()
    };
    for _ in 0..1_500 {
        if taken() == 4 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} of 4", taken());
}

#[actix_web::test]
async fn a_case_that_nobody_judged_in_72_hours_is_told_once_and_a_judged_one_is_not() {
    let receiver = Receiver::of_requests();
    let app = start(vec![webhook(receiver.address)]);
    let physician = app.physician().await;
    open(&physician, &app.guide.patients[0]).await;
    let auditor = app.signed_in(app.account("auditor")).await;
    judge_newest(&app, &auditor).await;
    open(&physician, &app.guide.patients[1]).await;
    let opened = receiver.until(2).await;
    app.clock.advance(Duration::from_hours(71));
    open(&app.physician().await, &app.guide.patients[2]).await;
    assert!(
        receiver
            .until(3)
            .await
            .iter()
            .all(|got| got.what() == "opened")
    );
    app.clock.advance(Duration::from_hours(1));
    let got = receiver.until(4).await;
    assert_eq!(got[3].what(), "overdue");
    let reference = |got: &Got| {
        let said: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
        said["data"]["reference"]
            .as_str()
            .expect("a reference")
            .to_owned()
    };
    assert_eq!(reference(&got[3]), reference(&opened[1]));
    let folder = app.stop();
    let app = start_in(folder, vec![webhook(receiver.address)]);
    app.clock.advance(Duration::from_hours(73));
    open(&app.physician().await, &app.guide.patients[3]).await;
    let what: Vec<String> = receiver.until(5).await.iter().map(Got::what).collect();
    let overdue = what.iter().filter(|what| *what == "overdue").count();
    assert_eq!((overdue, what.len()), (1, 5), "{what:?}");
}

#[actix_web::test]
async fn a_decoy_is_told_as_what_it_is_beside_the_grant() {
    let receiver = Receiver::of_requests();
    let app = start(vec![webhook(receiver.address)]);
    let decoy = &app.guide.patients[4];
    let list = format!(
        "insurer,symbol,number,branch\n{},{},{},{}\n",
        decoy.insurer, decoy.symbol, decoy.number, decoy.branch
    );
    let facility = hospital(&app).await;
    let taken = app
        .review
        .take_list(&facility, Kind::Decoys, list.as_bytes());
    taken.await.expect("a list");
    let physician = app.physician().await;
    open(&physician, &app.guide.patients[0]).await;
    open(&physician, decoy).await;
    let what: Vec<String> = receiver.until(3).await.iter().map(Got::what).collect();
    assert_eq!(what, ["opened", "opened", "decoy"]);
}

#[actix_web::test]
async fn a_facilitys_notices_go_only_by_its_own_channels() {
    let (own, other) = (Receiver::of_requests(), Receiver::of_requests());
    // Ids of facilities are made anew with every folder.
    let folder = TestApp::start();
    let facility = hospital(&folder).await;
    let folder = folder.stop();
    let of = |name: &str, address, facility: &FacilityId| Channel {
        name: name.to_owned(),
        facilities: Some([facility.clone()].into()),
        ..webhook(address)
    };
    let nobody = FacilityId("nobody".to_owned());
    let channels = vec![
        of("own", own.address, &facility),
        of("other", other.address, &nobody),
    ];
    let app = start_in(folder, channels);
    open(&app.physician().await, &app.guide.patients[0]).await;
    own.until(1).await;
    let auditor = app.signed_in(app.account("auditor")).await;
    let page = auditor.get("/audit/integrity").await.is(200);
    let card = page.texts("#part-notices").remove(0);
    assert!(card.contains("own") && !card.contains("other"), "{card}");
    open(&app.physician().await, &app.guide.patients[1]).await;
    own.until(2).await;
    assert!(other.got().is_empty(), "{:?}", other.got());
}
