//! The requests of the auditor's pages.

use emergency_summary::{domain::access::FacilityId, ledger::parse_receipt};
use rusqlite::Connection;
use serde_json::Value;

use super::{
    request::{Asked, Call, Whose, get},
    world::Caller,
};

/// The request of a route of this area; `None` where the route is none of it.
pub(super) async fn asked(call: &Call<'_>, route: &str) -> Option<Asked> {
    let post = |path: &str, fields: &[(&str, &str)]| call.post(path, fields);
    Some(match route {
        "POST /audit/receipts" => post("/audit/receipts", &[("receipt", &receipt(call).await)]),
        "GET /audit/replay/{opaque}" => get(&replay(call).await),
        "POST /audit/replay/{opaque}" => post(&replay(call).await, &[("reason", "本人からの照会")]),
        "GET /audit/cases/{opaque}" => get(&case(call).await),
        "POST /audit/cases/{opaque}/verdict" => post(
            &format!("{}/verdict", case(call).await),
            &[("verdict", "1"), ("note", "診療録で確認")],
        ),
        "POST /audit/cases/{opaque}/told" => {
            post(&format!("{}/told", case(call).await), &[("why", "harm")])
        }
        "POST /audit/integrity/verify" => post("/audit/integrity/verify", &[]),
        "POST /audit/views" => post("/audit/views?list=all", &[("name", "夜間")]),
        "POST /audit/views/remove" => {
            let id = kept_view(call).await.to_string();
            post("/audit/views/remove?list=all", &[("view", &id)])
        }
        "POST /audit/disclosure" => {
            let patient = &call.world.app.guide.patients[0];
            let fields = [
                ("asker", "patient"),
                ("name", &*patient.name),
                ("proof", "photograph"),
                ("note", ""),
                ("of_insurer", &patient.insurer),
                ("of_symbol", &patient.symbol),
                ("of_number", &patient.number),
                ("of_branch", &patient.branch),
                ("born", &patient.birth_date),
                ("as", "page"),
            ];
            post("/audit/disclosure", &fields)
        }
        "POST /audit/lists" => {
            let visit = call.world.next();
            let file = format!(
                "arrived_at,visit,name,birth_date\n2026-11-22 10:00,{visit},甲,1980-01-01\n"
            );
            post("/audit/lists", &[("kind", "arrivals"), ("file", &file)])
        }
        "POST /fhir/AuditEvent/_search" => {
            let patient = &call.world.app.guide.patients[0];
            let number = format!(
                "{}:{}:{}:{}",
                patient.insurer, patient.symbol, patient.number, patient.branch
            );
            post("/fhir/AuditEvent/_search", &[("patient", &number)])
        }
        _ => return None,
    })
}

/// Somebody of a facility looks at somebody.
async fn looked_at(call: &Call<'_>, facility: &FacilityId) {
    let world = call.world;
    let who = &world.others[facility];
    let path = world.grant(who, 0).await;
    let seat = world.whole_seat(who).await;
    seat.browser.get(&path).await.is(200);
}

/// The receipt of a look in the facility that is meant.
async fn receipt(call: &Call<'_>) -> String {
    let facility = match call.whose {
        Whose::Own | Whose::Colleague => &call.caller.facility,
        Whose::Foreign => call.world.other_facility(&call.caller.facility),
        Whose::Nobody => return unknown(),
    };
    looked_at(call, facility).await;
    let file = call.world.app.folder.path().join("ledger.sqlite");
    let ledger = Connection::open(file).expect("a ledger");
    let mut query = ledger
        .prepare("SELECT body FROM entry ORDER BY seq DESC")
        .expect("a query");
    let bodies = query.query_map([], |row| row.get::<_, Vec<u8>>(0));
    bodies
        .expect("entries")
        .find_map(|body| {
            let entry: Value = serde_json::from_slice(&body.expect("a body")[1..]).expect("JSON");
            let is_of = entry["facility"] == facility.0.as_str();
            let receipt = entry["receipt"].as_str().filter(|_| is_of)?;
            Some(receipt.to_owned())
        })
        .expect("a receipt")
}

/// A filter that the caller keeps.
async fn kept_view(call: &Call<'_>) -> i64 {
    let registry = &call.world.app.registry;
    let account = call.caller.id.clone();
    let (name, query) = ("朝".to_owned(), "list=all".to_owned());
    let kept = registry.keep_view(account.clone(), name, query).await;
    assert!(kept.expect("an account"), "there is room");
    let views = registry.views(account).await.expect("views");
    views.first().expect("a view").id
}

/// A receipt without a typing error that no entry has.
fn unknown() -> String {
    (0..10)
        .map(|digit| format!("0000-0000-000{digit}"))
        .find(|receipt| parse_receipt(receipt).is_some())
        .expect("one digit is right")
}

/// A case: by the caller's own list, by another session's, by none.
async fn case(call: &Call<'_>) -> String {
    named(call, "/audit/cases", "a.receipt", "/audit/cases/").await
}

/// Where a look is shown again: by the caller's own list, by another session's, by none.
async fn replay(call: &Call<'_>) -> String {
    named(
        call,
        "/audit",
        "a[href^='/audit/replay/']",
        "/audit/replay/",
    )
    .await
}

/// The first address that a list leads to, without what stands behind it.
async fn named(call: &Call<'_>, list: &str, links: &str, prefix: &str) -> String {
    let world = call.world;
    if call.whose == Whose::Nobody {
        return format!("{prefix}{}", "A".repeat(120));
    }
    looked_at(call, &world.hospital).await;
    let auditor = |caller: &&Caller| caller.word == "auditor";
    let auditor = world.callers.iter().find(auditor).expect("an auditor");
    let page = if call.whose == Whose::Own && call.caller.word == auditor.word {
        call.seat.browser.get(list).await
    } else {
        world.seat(auditor).await.browser.get(list).await
    };
    let links = page.is(200).attributes(links, "href");
    let first = links.first().expect("a look");
    first.split('?').next().expect("a path").to_owned()
}
