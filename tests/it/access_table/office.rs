//! The requests of the administrator's pages and of the files.

use emergency_summary::{
    access::admin::{DisasterForm, Terminal},
    domain::{
        access::{FacilityId, TerminalId},
        clock::Clock,
    },
    registry::Matcher,
};

use super::request::{Asked, Call, Whose, get};

/// The request of a route of this area; `None` where the route is none of it.
pub(super) async fn asked(call: &Call<'_>, route: &str) -> Option<Asked> {
    if route == "GET /static/{name}" {
        let page = call.world.app.browser().get("/login").await.is(200);
        let own = page.attributes("link[rel=stylesheet]", "href").remove(0);
        return Some(get(match call.whose {
            Whose::Own => &own,
            Whose::Colleague | Whose::Foreign | Whose::Nobody => "/static/nothing.css",
        }));
    }
    let path = route.split_once(' ')?.1;
    let path = path.strip_prefix("/admin")?;
    let (area, act) = path
        .trim_start_matches('/')
        .split_once('/')
        .unwrap_or((path, ""));
    match area.trim_start_matches('/') {
        "accounts" => accounts(call, route, act).await,
        "permissions" => permissions(call, act).await,
        "terminals" => terminals(call, act).await,
        "disaster" if route.starts_with("POST") => Some(disaster(call, act).await),
        "sealed" if route.starts_with("POST") => Some(sealed(call, act).await),
        _ => None,
    }
}

/// The facility whose things are asked for.
fn facility<'a>(call: &'a Call<'_>) -> &'a FacilityId {
    match call.whose {
        Whose::Own | Whose::Colleague => &call.caller.facility,
        Whose::Foreign | Whose::Nobody => call.world.other_facility(&call.caller.facility),
    }
}

/// Whom it is about.
fn target(call: &Call<'_>) -> String {
    match call.whose {
        Whose::Nobody => "a-00000000000000000000".to_owned(),
        Whose::Own | Whose::Colleague | Whose::Foreign => {
            call.world.targets[facility(call)].id.0.clone()
        }
    }
}

async fn accounts(call: &Call<'_>, route: &str, act: &str) -> Option<Asked> {
    if !act.starts_with("{opaque}") {
        let sign_in = format!("new-{}", call.world.next());
        return match (route, act) {
            ("POST /admin/accounts", _) => Some(call.post(
                "/admin/accounts",
                &[
                    ("sign_in", &sign_in),
                    ("name", "新任 花子"),
                    ("role", "nurse"),
                ],
            )),
            (_, "find") => Some(call.post("/admin/accounts/find", &[("name", "森")])),
            _ => None,
        };
    }
    let world = call.world;
    let id = &world.targets[facility(call)].id;
    let account = world.app.registry.account(id.clone()).await;
    let account = account.expect("an answer").expect("an account");
    match (act.ends_with("/enable"), account.disabled.is_some()) {
        (true, false) => world.office.disable("console", id).await.expect("disabled"),
        (false, true) => world.office.enable("console", id).await.expect("enabled"),
        _ => {}
    }
    let path = format!("/admin/accounts/{}", act.replace("{opaque}", &target(call)));
    if route.starts_with("GET") {
        return Some(get(&path));
    }
    let mut fields = Vec::new();
    if act.ends_with("/remove") {
        let registry = &world.app.registry;
        if registry
            .factors(id.clone())
            .await
            .expect("a list")
            .is_empty()
        {
            world.office.reset_factor(id).await.expect("a new one");
        }
        let factors = registry.factors(id.clone()).await;
        let first = factors.expect("a list").remove(0).authenticator.id.0;
        fields.push(("authenticator".to_owned(), first));
    }
    Some(call.post(&path, &crate::app::pairs(&fields)))
}

async fn permissions(call: &Call<'_>, act: &str) -> Option<Asked> {
    let (world, office) = (call.world, &call.world.office);
    let id = &world.targets[facility(call)].id;
    let month = world.app.clock.now().japanese_day() + chrono::Days::new(30);
    let path = format!("/admin/permissions/{act}");
    let whom = target(call);
    let until = month.to_string();
    let fields: &[(&str, &str)] = match act {
        "give" => &[("account", &whom), ("until", &until)],
        "give-hours" => {
            office.revoke(id, "console").await.expect("revoked");
            &[("account", &whom), ("hours", "2")]
        }
        "revoke" => {
            office
                .permit(id, month, "console")
                .await
                .expect("permitted");
            &[("account", &whom)]
        }
        "delegate" => &[("account", &whom), ("hours", "2")],
        "undelegate" => {
            office.delegate(id, 2, "console").await.expect("delegated");
            &[("account", &whom)]
        }
        _ => return None,
    };
    Some(call.post(&path, fields))
}

async fn terminals(call: &Call<'_>, act: &str) -> Option<Asked> {
    let typed = [
        ("name", "初療室9"),
        ("location", "1階"),
        ("idle_lock", "180"),
    ];
    match act {
        "code" => Some(call.post("/admin/terminals/code", &typed)),
        "known" => {
            let name = format!("cart-{}.ward.example", call.world.next());
            let known = [("kind", "certificate"), ("device", &*name)];
            let all: Vec<_> = typed.into_iter().chain(known).collect();
            Some(call.post("/admin/terminals/known", &all))
        }
        "" => None,
        _ => {
            let id = terminal(call).await;
            let path = format!("/admin/terminals/{}", act.replace("{opaque}", &id));
            Some(call.post(&path, &typed))
        }
    }
}

/// A terminal that nobody sits at.
async fn terminal(call: &Call<'_>) -> String {
    let number = call.world.next();
    let terminal = Terminal {
        id: TerminalId(format!("t-{number:0>20}")),
        facility: facility(call).clone(),
        name: format!("倉庫{number}"),
        location: "倉庫".to_owned(),
        matcher: Matcher::Cookie,
        device: format!("nobody {number}"),
        idle_lock_seconds: 180,
        registered_by: "console".to_owned(),
        registered_at: call.world.app.clock.now().wall,
        ends: None,
        revoked: None,
    };
    if call.whose == Whose::Nobody {
        return terminal.id.0;
    }
    let id = terminal.id.0.clone();
    let added = call.world.app.registry.add_terminal(terminal).await;
    added.expect("a terminal");
    id
}

async fn disaster(call: &Call<'_>, act: &str) -> Asked {
    let until = call.world.app.clock.now().japanese_day() + chrono::Days::new(2);
    if act != "clear" {
        let until = until.to_string();
        return call.post("/admin/disaster", &[("area", "湾岸"), ("until", &until)]);
    }
    let area = "湾岸".to_owned();
    let form = DisasterForm { area, until };
    let office = &call.world.office;
    let set = office.set_disaster("console", facility(call), form).await;
    set.expect("a flag");
    call.post("/admin/disaster/clear", &[])
}

async fn sealed(call: &Call<'_>, act: &str) -> Asked {
    if act.is_empty() {
        return call.post("/admin/sealed", &[]);
    }
    let id = match call.whose {
        Whose::Nobody => "a-00000000000000000000".to_owned(),
        Whose::Own | Whose::Colleague | Whose::Foreign => {
            let office = &call.world.office;
            let proposed = office.propose_sealed("console", facility(call)).await;
            proposed.expect("proposed").0
        }
    };
    call.post(&format!("/admin/sealed/{id}/confirm"), &[])
}
