//! The requests of signing in, of one's own sessions and of one's own factors.

use emergency_summary::{
    access::{Ceremony, admin::TerminalForm},
    domain::access::VouchId,
    registry::{Vouch, VouchKind},
};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::{
    device::Device,
    people::submit,
    request::{Asked, Call, Whose, get},
    world::{Caller, NO_TERMINAL, Seat, Stand, World},
};
use crate::{
    app::whole_summary,
    browser::{Browser, Page},
};

/// The request of a route of this area; `None` where the route is none of it.
pub(super) async fn asked(call: &Call<'_>, route: &str) -> Option<Asked> {
    let (world, caller) = (call.world, call.caller);
    Some(match route {
        "POST /login" => {
            let login = &world.door.login;
            let code = world.code(login);
            call.post(
                "/login",
                &[
                    ("account", &login.account),
                    ("password", &login.password),
                    ("code", &code),
                ],
            )
        }
        "POST /login/code" => {
            let pending = first_step(call).await;
            let code = world.code(&world.door.login);
            call.post("/login/code", &[("pending", &pending), ("code", &code)])
        }
        "POST /login/vouched" => {
            vouched(world).await;
            let pending = first_step(call).await;
            call.post("/login/vouched", &[("pending", &pending)])
        }
        "POST /terminals/register" => {
            let form = TerminalForm {
                facility: caller.facility.clone(),
                name: format!("端末{}", world.next()),
                location: "救急外来".to_owned(),
                idle_lock_seconds: 180,
            };
            let made = world.office.make_code("console", form).await;
            let code = made.expect("a code").code;
            call.post("/terminals/register", &[("code", code.expose_secret())])
        }
        "POST /terminals/vouched" => stranger(call).await,
        "GET /enrol" | "POST /enrol" | "GET /enrol/{opaque}" => enrolled(call, route).await,
        "POST /enrol/passkey/start" | "POST /enrol/passkey/finish" => {
            enrolled_by_passkey(call, route).await
        }
        _ if route.contains("passkey") => passkey(call, route).await,
        _ if route.starts_with("POST /factors") => factors(call, route).await,
        _ => return of_session(call, route).await,
    })
}

/// What a session does with itself.
async fn of_session(call: &Call<'_>, route: &str) -> Option<Asked> {
    let (world, caller, login) = (call.world, call.caller, &call.caller.login);
    Some(match route {
        "POST /switch" | "POST /sessions/end-all" | "POST /logout" | "POST /lock" => {
            call.post(route.trim_start_matches("POST "), &[])
        }
        "POST /sessions/end" => {
            let session = call.listed().await;
            call.post("/sessions/end", &[("session", &session)])
        }
        "POST /sessions/renew" => {
            let code = world.code(login);
            call.post(
                "/sessions/renew",
                &[("password", &login.password), ("code", &code)],
            )
        }
        "POST /vouch" => {
            forget_vouches(world, caller).await;
            world.wait();
            let whom = &world.targets[&caller.facility].login.account;
            call.post(
                "/vouch",
                &[
                    ("whom", "colleague"),
                    ("account", whom),
                    ("password", &login.password),
                ],
            )
        }
        "POST /vouch/start" => {
            with_device(world, caller).await;
            let fields = [
                ("whom", "colleague"),
                ("terminal_code", ""),
                ("account", "anybody"),
            ];
            call.post("/vouch/start", &fields)
        }
        "POST /unlock" => call.post("/unlock", &[("password", &login.password)]),
        "POST /language" => call.post("/language", &[("language", "ja"), ("back", "/factors")]),
        "POST /theme" => call.post("/theme", &[("theme", "dark"), ("back", "/factors")]),
        _ => return None,
    })
}

/// A browser without a session where the caller will ask from.
fn at_the_terminal(call: &Call<'_>) -> Browser {
    let browser = call.world.app.browser();
    let device = match call.caller.stand {
        Stand::Unregistered => NO_TERMINAL,
        Stand::Seated | Stand::Locked | Stand::Nobody => &call.seat.browser.cookies()["device"],
    };
    browser.set_cookie("device", device);
    browser
}

/// Name and password, at the caller's terminal: the first step stands for the terminal.
async fn first_step(call: &Call<'_>) -> String {
    let (registry, browser) = (&call.world.app.registry, at_the_terminal(call));
    // The password alone would resume what an earlier request left locked.
    let ended = registry
        .raise_epoch(call.world.door.id.clone(), false)
        .await;
    ended.expect("ended");
    let login = browser.get("/login").await.is(200);
    let door = &call.world.door.login;
    let typed = [("account", &*door.account), ("password", &*door.password)];
    let step = submit(&browser, &login, "login", &typed).await.is(200);
    step.attributes("input[name=pending]", "value").remove(0)
}

/// A colleague's word for whoever comes to the door.
async fn vouched(world: &World) {
    let at = emergency_summary::domain::clock::Clock::now(&*world.app.clock).wall;
    let vouch = Vouch {
        id: VouchId(format!("v-{}", world.next())),
        facility: world.hospital.clone(),
        kind: VouchKind::Factor,
        by: world.others[&world.hospital].id.clone(),
        for_account: Some(world.door.id.clone()),
        at,
        ends: at + chrono::Duration::minutes(30),
        used_at: None,
    };
    let added = world.app.registry.add_vouch(vouch).await;
    added.expect("a vouching");
}

/// Somebody vouches for whom nobody has vouched.
async fn forget_vouches(world: &World, caller: &Caller) {
    let at = emergency_summary::domain::clock::Clock::now(&*world.app.clock).wall;
    let registry = &world.app.registry;
    let open = registry.open_vouches(caller.facility.clone(), at).await;
    for vouch in open.expect("a list") {
        registry.use_vouch(vouch.id, at).await.expect("used");
    }
}

/// A terminal that shows a code, and somebody who types it at his.
async fn stranger(call: &Call<'_>) -> Asked {
    let voucher = call.world.colleague(call.caller);
    let browser = call.world.app.browser();
    let shown = browser.get("/terminals/vouched").await.is(200);
    let code = shown.texts("strong.told").remove(0);
    call.world.wait();
    let seat = call.world.whole_seat(voucher).await;
    let page = seat.browser.get("/vouch").await.is(200);
    let typed = [
        ("terminal_code", &*code),
        ("password", &*voucher.login.password),
    ];
    submit(&seat.browser, &page, "vouch-terminal", &typed)
        .await
        .is(200);
    let token = shown.attributes("input[name=token]", "value").remove(0);
    call.post(
        "/terminals/vouched",
        &[("token", &token), ("location", "2階")],
    )
}

/// A link that was just made, and what its holder sends.
async fn enrolled(call: &Call<'_>, route: &str) -> Asked {
    let link = call
        .world
        .office
        .make_link("console", &call.world.link.id)
        .await;
    let path = link.expect("a link").path();
    if route == "GET /enrol/{opaque}" {
        return get(path.expose_secret());
    }
    let browser = &call.seat.browser;
    browser.get(path.expose_secret()).await.is(303);
    if route == "GET /enrol" {
        return get("/enrol");
    }
    let page = browser.get("/enrol").await.is(200);
    let code = call.world.code_of(&page.texts("#secret").remove(0));
    let token = page
        .attributes("form#enrol input[name=token]", "value")
        .remove(0);
    let password = "amber-lantern-river-52";
    call.post(
        "/enrol",
        &[
            ("token", &token),
            ("password", password),
            ("again", password),
            ("code", &code),
        ],
    )
}

/// A passkey on a link that was just made.
async fn enrolled_by_passkey(call: &Call<'_>, route: &str) -> Asked {
    enrolled(call, "GET /enrol").await;
    let start = call.post("/enrol/passkey/start", &[]);
    if route.ends_with("/start") {
        return start;
    }
    let begun = ceremony(&call.send(&start).await).expect("a question");
    // Whatever was set on the link before goes.
    let mut device = Device::new(99);
    device.origin = format!("http://localhost:{}", call.world.app.address.port());
    let credential = device.create(&begun);
    let fields = [
        ("name", "鍵"),
        ("token", &*begun.token),
        ("credential", &credential),
    ];
    call.post("/enrol/passkey/finish", &fields)
}

/// One's own app, name and password, with both factors given anew.
async fn factors(call: &Call<'_>, route: &str) -> Asked {
    let login = &call.caller.login;
    let password = &*login.password;
    let path = route.trim_start_matches("POST ");
    match path {
        "/factors/totp/start" => call.post(path, &[]),
        "/factors/anew/start" => {
            // Where there is no passkey, none can be asked for.
            with_device(call.world, call.caller).await;
            call.post(path, &[("change", "remove")])
        }
        "/factors/totp/finish" => second_app(call, path).await,
        "/factors/rename" => {
            let factor = call.factor(false).await;
            call.post(path, &[("authenticator", &factor), ("name", "電話")])
        }
        "/factors/remove" => {
            let (factor, code) = (call.factor(true).await, call.world.code(login));
            let fields = [
                ("authenticator", &*factor),
                ("password", password),
                ("code", &code),
            ];
            call.post(path, &fields)
        }
        "/factors/password" => {
            let code = call.world.code(login);
            let fields = [
                ("password", password),
                ("code", &code),
                ("new", password),
                ("again", password),
            ];
            call.post(path, &fields)
        }
        _ => panic!("no request is known for {route}"),
    }
}

/// The secret of a second app that was just shown, proven by its own code.
async fn second_app(call: &Call<'_>, path: &str) -> Asked {
    let login = &call.caller.login;
    let code = call.world.code(login);
    let begun = call.send(&call.post("/factors/totp/start", &[])).await;
    let token = begun.attributes("form#totp input[name=token]", "value");
    let (token, new) = match (token.first(), begun.texts("code").first()) {
        (Some(token), Some(secret)) => (token.clone(), call.world.code_of(secret)),
        _ => ("x".to_owned(), "000000".to_owned()),
    };
    // The field of the new code has a name of its own where the present one is asked for too.
    let is_asked = !begun.attributes("input[name=new_code]", "name").is_empty();
    let fields = [
        ("token", &*token),
        ("name", "病棟の電話"),
        ("password", &login.password),
        ("code", if is_asked { &code } else { &new }),
        ("new_code", &new),
    ];
    call.post(path, &fields)
}

/// What a page's script would have got.
fn ceremony(page: &Page) -> Option<Ceremony> {
    let json: Value = serde_json::from_str(&page.body).ok()?;
    Some(Ceremony {
        options: json["options"].as_str()?.to_owned(),
        token: json["token"].as_str()?.to_owned(),
    })
}

/// A key in software for this account, known to the service.
async fn with_device(world: &World, caller: &Caller) {
    if world.devices.borrow().contains_key(&caller.id) {
        return;
    }
    let number = u8::try_from(world.devices.borrow().len() + 1).expect("few");
    let mut device = Device::new(number);
    device.origin = format!("http://localhost:{}", world.app.address.port());
    let seat = world.whole_seat(caller).await;
    let call = Call {
        world,
        caller,
        seat: &seat,
        whose: Whose::Own,
    };
    let started = call.post(
        "/factors/passkey/start",
        &[
            ("password", &caller.login.password),
            ("code", &world.code(&caller.login)),
        ],
    );
    if let Some(begun) = ceremony(&call.send(&started).await) {
        let credential = device.create(&begun);
        let fields = [
            ("name", "鍵"),
            ("token", &*begun.token),
            ("credential", &credential),
        ];
        let finished = call.post("/factors/passkey/finish", &fields);
        call.send(&finished).await.is(303);
    }
    world.devices.borrow_mut().insert(caller.id.clone(), device);
}

/// Passkeys: of the door, of the lock, of one's own list.
async fn passkey(call: &Call<'_>, route: &str) -> Asked {
    let (world, password) = (call.world, &*call.caller.login.password);
    let path = route.trim_start_matches("POST ");
    match path {
        "/login/passkey/start" => call.post(path, &[("account", &world.door.login.account)]),
        "/unlock/passkey/start" => call.post(path, &[]),
        "/factors/passkey/start" => {
            let code = world.code(&call.caller.login);
            call.post(path, &[("password", password), ("code", &code)])
        }
        "/factors/passkey/finish" => {
            let whose = call.holder();
            let seat: &Seat = call.seat;
            let other = world.whole_seat(whose).await;
            let at = if call.whose == Whose::Own {
                seat
            } else {
                &other
            };
            let begun = Call {
                seat: at,
                caller: whose,
                ..*call
            };
            let started = begun.post(
                "/factors/passkey/start",
                &[
                    ("password", &whose.login.password),
                    ("code", &world.code(&whose.login)),
                ],
            );
            let begun = ceremony(&begun.send(&started).await);
            let mut device = Device::new(u8::try_from(100 + world.next() % 150).expect("a byte"));
            device.origin = format!("http://localhost:{}", world.app.address.port());
            let (token, credential) = match begun {
                Some(begun) if call.whose != Whose::Nobody => {
                    (begun.token.clone(), device.create(&begun))
                }
                _ => ("x".to_owned(), "{}".to_owned()),
            };
            let fields = [
                ("name", "鍵"),
                ("token", &*token),
                ("credential", &credential),
            ];
            call.post(path, &fields)
        }
        "/login/passkey/finish" | "/unlock/passkey/finish" => signed(call, path).await,
        _ => panic!("no request is known for {route}"),
    }
}

/// A right answer of the account's own key, or of somebody else's.
async fn signed(call: &Call<'_>, path: &str) -> Asked {
    let (world, whose) = (call.world, call.holder());
    with_device(world, whose).await;
    let start = path.replace("finish", "start");
    let at = call.post(&start, &[("account", "")]);
    let begun = if path.starts_with("/login") {
        at_the_terminal(call).post(&start, &[]).await
    } else {
        call.send(&at).await
    };
    let signed = ceremony(&begun).map(|begun| {
        let mut devices = world.devices.borrow_mut();
        let device = devices.get_mut(&whose.id).expect("made");
        (begun.token.clone(), device.sign(&begun))
    });
    let (token, credential) = match signed {
        Some(signed) if call.whose != Whose::Nobody => signed,
        _ => ("x".to_owned(), "{}".to_owned()),
    };
    call.post(path, &[("token", &token), ("credential", &credential)])
}

/// The summary of a grant with everything that will come, in the session that will ask.
pub(super) async fn summary(call: &Call<'_>, path: &str) -> Page {
    whole_summary(&call.seat.browser, path).await
}
