//! The requests of crews and boards. A run belongs to its department and to the hospitals that it
//! asks.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use emergency_summary::{access::admin::DisasterForm, domain::clock::Clock};

use super::{
    request::{Asked, Call, Whose, get},
    world::World,
};
use crate::carried::{Tablet, begun_away};

/// Nobody's run.
const NOBODY: &str = "demo.AAAAAAAAAAAAAAAAAAAAAA";

/// The request of a route of this area; `None` where the route is none of it.
pub(super) async fn asked(call: &Call<'_>, route: &str) -> Option<Asked> {
    let world = call.world;
    let step = format!("table-{}", world.next());
    if route == "POST /handoffs" {
        return Some(call.post("/handoffs", &[("step", &step), ("unit", "湾岸救急1")]));
    }
    if route == "POST /handoffs/codes" {
        // An uncompressed point, as far as anybody looks at it.
        let public = URL_SAFE_NO_PAD.encode([4_u8; 65]);
        return Some(call.post("/handoffs/codes", &[("public", &public)]));
    }
    if route == "POST /board/codes" {
        let crew = world.seat_of_other(&world.others[&world.fire]).await;
        let codes = Tablet::of(&crew.browser).await.codes(&begun_away(&step));
        return Some(call.post("/board/codes", &[("step", &step), ("codes", &codes)]));
    }
    let (verb, path) = route.split_once(' ')?;
    if verb == "POST" && path.ends_with("/many") {
        declared(world).await;
        return Some(call.post(path, &[("step", &step), ("add", "red")]));
    }
    let (area, form) = path.split_once("/{opaque}")?;
    if !["/handoffs", "/board"].contains(&area) {
        return None;
    }
    let id = match call.whose {
        Whose::Nobody => NOBODY.to_owned(),
        _ => run(call, &step, form).await,
    };
    let path = path.replace("{opaque}", &id);
    if verb == "GET" {
        return Some(get(&path));
    }
    let hospital = world.hospital.0.clone();
    let grant = match form {
        "/link" => grant(call).await,
        _ => String::new(),
    };
    let step = ("step", &*step);
    Some(match form {
        "/edit" => call.post(&path, &[step, ("complaint", "on.chest_pain")]),
        "/ask" => call.post(&path, &[step, ("hospital", &hospital)]),
        "/arrive" => call.post(&path, &[step, ("why", "mistaken")]),
        "/link" => call.post(&path, &[step, ("link", &grant)]),
        "/answer" => {
            let asked = match call.whose {
                Whose::Own => inquiry(world, &id).await,
                _ => "0".to_owned(),
            };
            call.post(&path, &[step, ("asked", &asked), ("accept", "yes")])
        }
        "/reveal" => call.post(&path, &[]),
        _ => panic!("no request is known for {route}"),
    })
}

/// 災害時, at the department and at the hospital: their lists take patients, and many grants of one
/// account are asked about no further.
pub(super) async fn declared(world: &World) {
    let until = world.app.clock.now().japanese_day() + chrono::Days::new(2);
    for facility in [&world.fire, &world.hospital] {
        let area = "湾岸".to_owned();
        let form = DisasterForm { area, until };
        let set = world.office.set_disaster("console", facility, form).await;
        set.expect("a flag");
    }
}

/// A run of the crew's department: asked of the hospital, accepted where the form needs it; one
/// that nobody was asked about where it is somebody else's.
async fn run(call: &Call<'_>, step: &str, form: &str) -> String {
    let world = call.world;
    let crew = post(
        world,
        true,
        "/handoffs",
        &[("step", step), ("unit", "湾岸救急2")],
    )
    .await;
    let id = crew.rsplit('/').next().expect("an id").to_owned();
    if call.whose != Whose::Own || form == "/ask" {
        return id;
    }
    let ask = [("step", step), ("hospital", &*world.hospital.0)];
    post(world, true, &format!("/handoffs/{id}/ask"), &ask).await;
    let is_at_board = ["/print", "/link"].contains(&form) && is_board(call);
    if ["/reveal", "/document"].contains(&form) || is_at_board {
        let asked = inquiry(world, &id).await;
        let accept = [("step", step), ("asked", &asked), ("accept", "yes")];
        post(world, false, &format!("/board/{id}/answer"), &accept).await;
    }
    if form == "/link" && is_at_board {
        // The hospital says whose report it is once the patient was handed over.
        let arrive = [("step", step), ("by", "湾岸 隊長")];
        post(world, true, &format!("/handoffs/{id}/arrive"), &arrive).await;
        let asked = inquiry(world, &id).await;
        let receive = [
            ("step", step),
            ("asked", &asked),
            ("received_by", "救急 医師"),
        ];
        post(world, false, &format!("/board/{id}/answer"), &receive).await;
    }
    id
}

/// Whether the caller is of the hospital.
fn is_board(call: &Call<'_>) -> bool {
    call.caller.facility == call.world.hospital
}

/// A form of somebody else's of the department or of the hospital; where it leads.
async fn post(world: &World, is_crew: bool, path: &str, fields: &[(&str, &str)]) -> String {
    let facility = if is_crew {
        &world.fire
    } else {
        &world.hospital
    };
    let seat = world.seat_of_other(&world.others[facility]).await;
    let token = [("form_token", &*seat.token)];
    let fields: Vec<_> = token.iter().chain(fields).copied().collect();
    let page = seat.browser.post(path, &fields).await.is(303);
    page.location.expect("a place to go")
}

/// When the hospital was asked, as its forms say it.
async fn inquiry(world: &World, id: &str) -> String {
    let seat = world.seat_of_other(&world.others[&world.hospital]).await;
    let page = seat.browser.get(&format!("/board/{id}")).await.is(200);
    page.attributes("input[name=asked]", "value").remove(0)
}

/// An open grant of the caller's own.
async fn grant(call: &Call<'_>) -> String {
    let path = call.world.grant(call.caller, 0).await;
    path.trim_start_matches("/summary/").to_owned()
}
