//! The requests of finding a patient and of looking at one.

use emergency_summary::domain::{access::FacilityId, clock::Clock};
use serde_json::json;

use super::{
    door::summary,
    people::consented,
    request::{Asked, Call, Whose, get},
};
use crate::{
    app::{pairs, search},
    find,
};

/// Whose story has covered rows.
const COVERED: &str = "未告知";
/// Who has documents.
const LETTERS: &str = "当院宛ての紹介状";

/// The request of a route of this area; `None` where the route is none of it.
pub(super) async fn asked(call: &Call<'_>, route: &str) -> Option<Asked> {
    let world = call.world;
    Some(match route {
        "POST /patients" => {
            let patient = &world.app.guide.patients[0];
            call.post(
                "/patients",
                &[
                    ("mode", "insurance"),
                    ("insurer", &patient.insurer),
                    ("symbol", &patient.symbol),
                    ("number", &patient.number),
                    ("branch", &patient.branch),
                ],
            )
        }
        "POST /launch" => {
            let token = launch(call, &call.caller.facility);
            call.post("/launch", &[("token", &token)])
        }
        "POST /launch/candidate" | "POST /launch/candidate foreign" => {
            let is_foreign = route.ends_with(" foreign");
            let sealed = launched(call, is_foreign).await;
            call.post("/launch/candidate", &[("launch", &sealed)])
        }
        "POST /grants emergency" => {
            let candidate = candidate(call, 0).await;
            call.post(
                "/grants",
                &[
                    ("candidate", &candidate),
                    ("basis", "emergency"),
                    ("reason", "1"),
                    ("judged_by", "佐藤 医師"),
                ],
            )
        }
        "POST /grants consented" => {
            let candidate = candidate(call, 1).await;
            let fields = consented(&call.seat.token, &candidate);
            Asked {
                path: "/grants".to_owned(),
                fields: Some(fields),
            }
        }
        "GET /summary/{grant}/documents/{opaque}" => document(call).await,
        _ if route.contains("{grant}") => of_grant(call, route).await,
        _ => return None,
    })
}

/// A grant's id: of the story, open or over, or one that nobody has.
async fn grant(call: &Call<'_>, is_over: bool) -> String {
    if call.whose == Whose::Nobody {
        return "demo.AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    }
    let (world, holder) = (call.world, call.holder());
    let patient = world.patient(if is_over { LETTERS } else { COVERED });
    let path = world.grant(holder, patient).await;
    let id = path.trim_start_matches("/summary/").to_owned();
    if is_over {
        world.end(holder, &path).await;
    }
    id
}

async fn of_grant(call: &Call<'_>, route: &str) -> Asked {
    let is_over = route.ends_with(" over");
    let (verb, path) = route
        .trim_end_matches(" over")
        .split_once(' ')
        .expect("a verb");
    let path = path.replace("{grant}", &grant(call, is_over).await);
    if verb == "GET" {
        return get(&path);
    }
    let fields: &[(&str, &str)] = match path.rsplit('/').next().expect("a word") {
        "uncover" => &[("section", "problems")],
        "note" => &[("note", "家族が到着"), ("identified_by", "2")],
        "end" => &[("end", "hand")],
        "renew" => &[("reason", "1")],
        "correct" => &[("note", "搬送後に意識は清明")],
        _ => panic!("no request is known for {route}"),
    };
    call.post(&path, fields)
}

/// A document of one's own page; of others the name that stands on theirs.
async fn document(call: &Call<'_>) -> Asked {
    let world = call.world;
    let patient = world.patient(LETTERS);
    let own = world.grant(call.caller, patient).await;
    let name = match call.whose {
        Whose::Nobody => None,
        Whose::Own => named(call, &own).await,
        Whose::Colleague | Whose::Foreign => {
            let holder = call.holder();
            let theirs = world.grant(holder, patient).await;
            let seat = world.seat_of_other(holder).await;
            let call = Call {
                caller: holder,
                seat: &seat,
                ..*call
            };
            named(&call, &theirs).await
        }
    };
    let name = name.unwrap_or_else(|| "A".repeat(220));
    get(&format!("{own}/documents/{name}"))
}

/// The opaque name of the first document on a page, where the page has any.
async fn named(call: &Call<'_>, path: &str) -> Option<String> {
    if call.seat.browser.get(path).await.status != 200 {
        return None;
    }
    let page = summary(call, path).await;
    let links = page.attributes("#section-documents a.open-document", "href");
    let name = links.first()?.rsplit('/').next()?;
    Some(name.to_owned())
}

/// A search's answer: the caller's own, or somebody else's.
async fn candidate(call: &Call<'_>, patient: usize) -> String {
    let world = call.world;
    let patient = &world.app.guide.patients[patient];
    if call.whose == Whose::Nobody {
        return "A".repeat(200);
    }
    let may = !matches!(&*call.holder().login.role, "auditor" | "administrator");
    let found = if call.whose == Whose::Own && may {
        search(&call.seat.browser, patient).await
    } else {
        let holder = if may {
            call.holder()
        } else {
            world.colleague(call.caller)
        };
        search(&world.seat_of_other(holder).await.browser, patient).await
    };
    let tokens = found.is(200).attributes("input[name=candidate]", "value");
    if let Some(token) = tokens.first() {
        return token.clone();
    }
    // A clerk's page has no form for it.
    let colleague = world.seat_of_other(world.colleague(call.caller)).await;
    let found = search(&colleague.browser, patient).await.is(200);
    found.attributes("input[name=candidate]", "value").remove(0)
}

/// What the chart of a facility signs.
fn launch(call: &Call<'_>, facility: &FacilityId) -> String {
    let world = call.world;
    let patient = &world.app.guide.patients[0];
    let (issuer, key) = if *facility == world.hospital {
        ("chart", find::KEY)
    } else {
        ("crew", find::OTHER_KEY)
    };
    let claims = json!({
        "iss": issuer, "aud": facility.0, "jti": format!("{:0>16}", world.next()),
        "iat": world.app.clock.now().wall.timestamp(),
        "patient": {
            "insurance": {
                "insurer": patient.insurer, "symbol": patient.symbol,
                "number": patient.number, "branch": patient.branch,
            },
            "birth_date": patient.birth_date,
        },
    });
    find::token(
        &claims,
        if call.whose == Whose::Nobody {
            [9; 32]
        } else {
            key
        },
    )
}

/// What the page between the chart and the glass sends.
async fn launched(call: &Call<'_>, is_foreign: bool) -> String {
    if call.whose == Whose::Nobody {
        return "A".repeat(200);
    }
    let facility = if is_foreign {
        call.world.other_facility(&call.caller.facility)
    } else {
        &call.caller.facility
    };
    let token = launch(call, facility);
    let page = find::from_chart(&call.world.app, &token).await.is(200);
    let fields = page.form("launch");
    let pairs = pairs(&fields);
    let sealed = pairs.iter().find(|(name, _)| *name == "launch");
    sealed.expect("what is sealed").1.to_owned()
}
