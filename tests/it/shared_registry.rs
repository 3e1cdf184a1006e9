//! Two nodes with one registry in a real PostgreSQL: accounts, sessions and handoffs are the same
//! on both, and while it is away each node's copy lets in whom it knows.

use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

use emergency_summary::{cache::Settings as Cache, cli::demo::GuideAccount, postgres::Target};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use crate::{
    app::{TestApp, break_glass, command, search},
    browser::{Browser, Page},
    handoffs::{other_department, press},
    postgres::{PASSWORD, Postgres},
    shared_cache::{on, servers::Server, sources_of},
};

/// How long anything may take that does not come at once.
const PATIENCE: Duration = Duration::from_secs(30);

/// Two nodes, and what they share.
struct Installation {
    postgres: Postgres,
    one: TestApp,
    two: TestApp,
}

fn address(postgres: &Postgres) -> String {
    format!("postgresql://owner@127.0.0.1:{}/registry", postgres.port())
}

impl Installation {
    /// `None` where this machine has no PostgreSQL. Both nodes go by one clock.
    async fn begun() -> Option<Self> {
        Self::begun_with(&Cache::default()).await
    }

    /// The same with this cache on both.
    async fn begun_with(cache: &Cache) -> Option<Self> {
        let postgres = Postgres::start_without_tables(&[]).await?;
        let create = "CREATE DATABASE registry";
        postgres.admin("postgres", create).await;
        let password = SecretString::from(PASSWORD);
        let target = Target::new(&address(&postgres), Some(&password), None).expect("a target");
        let folders = [(), ()].map(|()| Arc::new(tempfile::tempdir().expect("a folder")));
        let [first, second] = folders;
        let one = TestApp::start_with(Arc::clone(&first), |options| {
            options.registry = Some(target.clone());
            options.cache = cache.clone();
        });
        // The key of the installation, and what the accounts' holders know; nothing else.
        for name in ["ledger.key", "demo.json"] {
            let copy = second.path().join(name);
            std::fs::copy(first.path().join(name), copy).expect("a copy");
        }
        let mut two = TestApp::start_with(second, |options| {
            options.registry = Some(target);
            options.cache = cache.clone();
            options.instead = sources_of(&one);
            options.clock = Arc::clone(&one.clock) as _;
        });
        two.clock = Arc::clone(&one.clock);
        Some(Self { postgres, one, two })
    }

    /// What whoever signs in is answered, wherever it ends.
    async fn try_sign_in(&self, app: &TestApp, account: &GuideAccount) -> Page {
        let browser = app.browser();
        let login = browser.get("/login").await;
        if login.status != 200 {
            return login;
        }
        app.sign_in(&browser, account).await
    }

    /// Both nodes have found the registry again, and nothing is remembered of before.
    async fn answer_again(&self) {
        for app in [&self.one, &self.two] {
            let begun = Instant::now();
            while app.registry.copy_stands_in().is_some() || app.registry.seats().await.is_err() {
                assert!(begun.elapsed() < PATIENCE, "it does not go back");
                app.registry.copy_now().await;
            }
        }
        self.one.clock.advance(Duration::from_secs(5));
    }

    async fn ready(&self) -> [u16; 2] {
        let mut answers = [0; 2];
        for (answer, app) in answers.iter_mut().zip([&self.one, &self.two]) {
            app.health.look().await;
            let page = app.browser().get("/health/ready").await;
            *answer = page.status.as_u16();
        }
        answers
    }
}

/// The same page again until it is as it should be.
async fn until(browser: &Browser, path: &str, is_right: impl Fn(&Page) -> bool) -> Page {
    let begun = Instant::now();
    loop {
        let page = browser.get(path).await;
        if is_right(&page) {
            return page;
        }
        assert!(begun.elapsed() < PATIENCE, "{} {}", page.status, page.body);
        sleep(Duration::from_millis(50)).await;
    }
}

#[actix_web::test]
async fn what_is_done_on_one_node_is_so_on_the_other_within_five_seconds() {
    let Some(both) = Installation::begun().await else {
        return;
    };
    let (one, two) = (&both.one, &both.two);
    assert!(!one.folder.path().join("registry.sqlite").exists());
    let captain = other_department(one).await;
    let crew = two.signed_in(&captain).await;
    crew.get("/handoffs").await.is(200);

    // A session goes on at the other node, and ends there.
    let browser = one.physician().await;
    browser.get("/").await.is(200);
    browser.moved_to(two.address);
    browser.get("/").await.is(200);
    let doctor = one.account("physician");
    let found = one.registry.credentials(doctor.account.clone()).await;
    let id = found
        .expect("the registry")
        .expect("the account")
        .account
        .id;
    one.registry.raise_epoch(id, true).await.expect("revoked");
    one.clock.advance(Duration::from_secs(5));
    let over = browser.get("/").await.is(303);
    assert_eq!(over.location.as_deref(), Some("/login"));

    // A handoff from the one is on the other's board, and the answer comes back.
    let here = two.physician().await;
    crew.moved_to(one.address);
    let list = crew.get("/handoffs").await.is(200);
    let begun = press(&crew, &list, "begin", &[("unit", "山手救急7")]).await;
    let url = begun.is(303).location.expect("the form");
    let form = crew.get(&url).await.is(200);
    let names = form.texts("form#ask label");
    let place = names.iter().position(|name| name.contains("みらい湾岸"));
    let ids = form.attributes("form#ask input[name=hospital]", "value");
    let hospital = &ids[place.expect("the hospital")];
    press(&crew, &form, "ask", &[("hospital", hospital)])
        .await
        .is(303);
    let board = here.get("/board").await.is(200);
    assert!(board.body.contains("山手救急7"), "{}", board.body);
    let path = url.replace("/handoffs/", "/board/");
    let incoming = here.get(&path).await.is(200);
    press(&here, &incoming, "accept", &[("accept", "yes")])
        .await
        .is(303);
    let elsewhere = one.physician().await;
    let accepted = elsewhere.get(&path).await.is(200);
    assert!(accepted.attributes("form#accept", "action").is_empty());
    let told = crew.get(&url).await.is(200);
    assert_ne!(told.body, form.body);
    // Whoever reads the database reads neither what crews write nor a one-time secret.
    let secret = data_encoding::BASE32_NOPAD
        .decode(captain.totp_secret.as_bytes())
        .expect("a secret");
    let secret = data_encoding::HEXLOWER.encode(&secret);
    let sql = format!(
        "SELECT (SELECT count(*) FROM handoff), (SELECT count(*) FROM handoff \
         WHERE position(convert_to('山手救急7', 'UTF8') IN body) > 0), \
         (SELECT count(*) FROM authenticator WHERE position('\\x{secret}'::bytea IN secret) > 0)"
    );
    let found = both.postgres.admin("registry", &sql).await;
    assert_eq!(found, [["1", "0", "0"]]);
}

/// A page's board that listens and looks when it is told that something has changed; what it shows now.
#[expect(
    clippy::disallowed_methods,
    reason = "a screen, which ends with the test"
)]
fn listening(app: &TestApp, browser: &Browser) -> Rc<RefCell<String>> {
    let shown = Rc::new(RefCell::new(String::new()));
    let cookies = browser.cookies();
    let cookies: Vec<_> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let (base, cookies) = (format!("http://{}", app.address), cookies.join("; "));
    let screen = Rc::clone(&shown);
    actix_web::rt::spawn(async move {
        let client = crate::browser::client();
        let ask = |path: &str, kind: &str| {
            let request = client.get(format!("{base}{path}?by=page"));
            let request = request.header("cookie", &cookies);
            request.header("accept", kind).send()
        };
        let mut answer = ask("/board/live", "text/event-stream").await.expect("it");
        // As a page does: it looks when it is connected, and whenever it is told of a change.
        let mut looks = true;
        loop {
            if looks {
                let board = ask("/board", "text/html").await.expect("a board");
                *screen.borrow_mut() = board.text().await.expect("text");
            }
            let Some(told) = answer.chunk().await.expect("more") else {
                return;
            };
            looks = String::from_utf8_lossy(&told).contains("event: changed");
        }
    });
    shown
}

#[actix_web::test]
async fn boards_are_right_by_themselves_while_redis_is_away_and_when_it_is_back() {
    const BOARDS: usize = 12;
    let Some(mut redis) = Server::start(&[]).await else {
        return;
    };
    let Some(both) = Installation::begun_with(&on(&redis)).await else {
        return;
    };
    let (one, two) = (&both.one, &both.two);
    let crew = one.signed_in(one.account("paramedic")).await;
    let here = two.physician().await;
    let list = crew.get("/handoffs").await.is(200);
    let begun = press(&crew, &list, "begin", &[("unit", "湾岸救急7")]).await;
    let url = begun.is(303).location.expect("the form");
    let form = crew.get(&url).await.is(200);
    let names = form.texts("form#ask label");
    let place = names.iter().position(|name| name.contains("みらい湾岸"));
    let ids = form.attributes("form#ask input[name=hospital]", "value");
    let hospital = &ids[place.expect("the hospital")];
    press(&crew, &form, "ask", &[("hospital", hospital)])
        .await
        .is(303);
    let token = form.attributes("form#ask input[name=form_token]", "value");
    let boards: Vec<_> = (0..BOARDS).map(|_| listening(two, &here)).collect();

    let touched = async |mark: &str| {
        let fields = [
            ("form_token", &*token[0]),
            ("step", mark),
            ("complaint_note", mark),
        ];
        crew.post(&format!("{url}/edit"), &fields).await.is(303);
        let begun = Instant::now();
        while !boards.iter().all(|board| board.borrow().contains(mark)) {
            assert!(begun.elapsed() < PATIENCE, "{mark} is not on every board");
            sleep(Duration::from_millis(20)).await;
        }
    };
    touched("with-redis").await;
    let port = redis.port;
    redis.kill();
    for mark in ["just-killed", "without-redis"] {
        touched(mark).await;
    }
    let again = Server::start_in(tempfile::tempdir().expect("a folder"), port, &[]).await;
    let _again = again.expect("it starts again");
    for mark in ["just-back", "with-redis-again"] {
        touched(mark).await;
    }
}

/// Of when the copy is that the newest entry of a kind in a node's ledger rests on.
fn rests_on(app: &TestApp, event: &str) -> Option<String> {
    let entries = app.entries();
    let entries = entries
        .lines()
        .map(serde_json::from_str::<serde_json::Value>);
    let newest = entries
        .filter_map(Result::ok)
        .rfind(|entry| entry["event"] == event)
        .expect("an entry");
    newest["accounts_as_of"].as_str().map(str::to_owned)
}

#[actix_web::test]
async fn while_the_registry_is_away_its_copy_lets_in_whom_it_knows_and_afterwards_all_is_as_before()
{
    let Some(both) = Installation::begun().await else {
        return;
    };
    let (one, two) = (&both.one, &both.two);
    let doctor = one.account("physician");
    let browser = one.signed_in(doctor).await;
    let leaving = one.signed_in(one.account("nurse")).await;
    let administrator = one.signed_in(one.account("administrator")).await;
    let nurse = one.account("nurse");
    // Two more terminals, which are registered: that cannot be done meanwhile.
    let terminals = [one.signed_in(nurse).await, two.signed_in(nurse).await];
    let patient = &one.guide.patients[0];
    let hit = search(&browser, patient).await.is(200);
    for app in [one, two] {
        app.registry.copy_now().await;
    }
    assert_eq!(both.ready().await, [200, 200]);

    both.postgres.kill();
    one.clock.advance(Duration::from_secs(5));
    browser.get("/").await.is(200);
    let opened = break_glass(&browser, &hit, "1").await.is(303);
    let summary = browser
        .get(&opened.location.expect("a summary"))
        .await
        .is(200);
    assert!(summary.body.contains(&patient.name));
    assert!(rests_on(one, "grant_started").is_some());
    // Nothing is changed meanwhile, and no handoff is there.
    browser.get("/board").await.is(503);
    administrator.get("/admin/accounts").await.is(503);
    let home = leaving.get("/").await;
    press(&leaving, &home, "logout", &[]).await.is(303);
    // The cookie of a session that is over keeps nobody out.
    terminals[0].set_cookie("session", "of-yesterday");
    for (app, terminal) in [one, two].into_iter().zip(&terminals) {
        app.sign_in(terminal, doctor).await.is(303);
        terminal.get("/").await.is(200);
        assert!(rests_on(app, "signed_in").is_some());
    }
    both.try_sign_in(one, doctor).await.is(503);
    assert_eq!(both.ready().await, [200, 200]);

    both.postgres.start_again();
    both.answer_again().await;
    until(&terminals[0], "/board", |page| page.status == 200).await;
    leaving.get("/").await.is(303);
    // Who signed in on the one while it was away is known to the other.
    let [_, terminal] = &terminals;
    terminal.get("/").await.is(200);
    terminal.moved_to(one.address);
    terminal.get("/").await.is(200);
    both.try_sign_in(one, doctor).await.is(303);
    assert_eq!(rests_on(one, "signed_in"), None);
    assert_eq!(both.ready().await, [200, 200]);
}

#[actix_web::test]
async fn without_a_copy_of_today_nobody_is_let_in_and_grants_end_all_the_same() {
    let Some(both) = Installation::begun().await else {
        return;
    };
    let (one, two) = (&both.one, &both.two);
    let doctor = one.account("physician");
    let browser = one.signed_in(doctor).await;
    let patient = &one.guide.patients[0];
    let hit = search(&browser, patient).await.is(200);
    break_glass(&browser, &hit, "1").await.is(303);
    for app in [one, two] {
        app.registry.copy_now().await;
    }

    // What ends by the clock ends without it, too.
    assert_eq!(one.ledger.all_open_grants().len(), 1);
    both.postgres.kill();
    one.clock.advance(Duration::from_hours(4));
    let begun = Instant::now();
    while !one.ledger.all_open_grants().is_empty() {
        assert!(begun.elapsed() < PATIENCE, "the grant is still open");
        sleep(Duration::from_millis(50)).await;
    }
    one.clock.advance(Duration::from_hours(20));
    for app in [one, two] {
        let refused = both.try_sign_in(app, doctor).await.is(503);
        assert!(!refused.body.contains("PostgreSQL"), "{}", refused.body);
    }
    assert_eq!(both.ready().await, [503, 503]);
    let refused = browser.get("/").await.is(503);
    assert!(!refused.body.contains(&patient.name));
    both.postgres.start_again();
    both.answer_again().await;
    for app in [one, two] {
        both.try_sign_in(app, doctor).await.is(303);
    }
    assert_eq!(both.ready().await, [200, 200]);
}

/// For what is no task itself: a command line waits by itself.
fn wait<T>(work: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(work)
}

#[test]
fn the_command_line_administers_the_shared_registry_and_check_says_what_is_wrong_with_it() {
    let Some(postgres) = wait(Postgres::start_without_tables(&[])) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let written = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, mode).expect("its mode");
        file.display().to_string()
    };
    let key = written("key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let password = written("password", PASSWORD);
    let text = format!(
        "node = \"n1\"\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\n\
         hosts = [\"localhost\"]\nfolder = \"{}\"\nkey_file = \"{key}\"\n\
         [registry]\naddress = \"{}\"\npassword_file = \"{password}\"\n",
        folder.path().display(),
        address(&postgres),
    );
    let file = written("config.toml", &text);
    let (code, said) = command(&["check", "--config", &file]);
    assert_eq!(code, 1);
    assert!(
        said.contains("registry: database \"registry\" does not exist"),
        "{said}"
    );
    wait(postgres.admin("postgres", "CREATE DATABASE registry"));
    let (code, said) = command(&["check", "--config", &file]);
    assert_eq!((code, said.contains("registry: ok")), (0, true), "{said}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(wait(postgres.admin("registry", tables)), [["0"]]);

    let add = ["facility", "add", "みらい病院", "--kind", "hospital"];
    let (code, said) = command(&[&add[..], &["--config", &file]].concat());
    assert_eq!(code, 0, "{said}");
    let facilities = wait(postgres.admin("registry", "SELECT name FROM facility"));
    assert_eq!(facilities, [["みらい病院"]]);
    assert!(!folder.path().join("registry.sqlite").exists());

    wait(postgres.admin("registry", "UPDATE registry_schema SET version = 99"));
    let (code, said) = command(&["check", "--config", &file]);
    assert_eq!(code, 1);
    assert!(
        said.contains("made by a newer version of this program"),
        "{said}"
    );
    assert!(!said.contains(PASSWORD));
}
