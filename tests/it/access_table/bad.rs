//! Every form there is, filled in wrongly in every way: a sentence, what was typed, nothing done.

use emergency_summary::domain::access::Action;
use reqwest::Method;

use super::{
    Entries, Row, outcome,
    request::{Asked, Call, Whose, asked},
    rows,
    runs::declared,
    world::{Caller, Seat, Stand, World},
};
use crate::browser::{Page, form};

const FORM: &str = "application/x-www-form-urlencoded";
/// What is typed anew after a refusal.
const ANEW: [&str; 6] = ["password", "code", "new", "again", "new_code", "reason"];
/// More than any form holds.
const LARGE: usize = 10 * 1024 * 1024;

/// What stands behind a value that no field may hold, as it is sent.
const UNCLEAN: [(&str, &str); 5] = [
    ("NUL", "%00"),
    ("escape", "%1B"),
    ("lone surrogate", "%ED%A0%80"),
    ("no UTF-8", "%FF"),
    ("broken escape", "%G"),
];

/// Fields without which a form means the same, or says something else that is right.
const OPTIONAL: &[(&str, &str)] = &[
    ("/launch/candidate", "form_token"),
    ("/language", "language"),
    ("/language", "back"),
    ("/theme", "theme"),
    ("/theme", "back"),
    ("/patients", "symbol"),
    ("/patients", "branch"),
    // A unit has any name.
    ("/handoffs", "unit"),
    ("/grants", "basis"),
    ("/grants", "judged_by"),
    ("/grants", "categories"),
    ("/note", "note"),
    ("/note", "identified_by"),
    ("/vouch", "whom"),
    // What is asked for is a word about whatever is typed.
    ("/vouch/start", "whom"),
    ("/vouch/start", "terminal_code"),
    ("/vouch/start", "account"),
    ("/login/passkey/start", "account"),
    ("/admin/accounts/find", "name"),
    ("/passkey/finish", "name"),
    ("/factors/totp/finish", "name"),
    ("/factors/rename", "name"),
    // Everything that is covered.
    ("/uncover", "section"),
    // Everything that was recorded.
    ("/_search", "patient"),
    // Needed where somebody asks for another; a page where nothing is said.
    ("/disclosure", "note"),
    ("/disclosure", "as"),
    ("/disclosure", "of_symbol"),
    // What stands in the form beside it means nothing here.
    ("/revoke", "name"),
    ("/revoke", "location"),
    ("/revoke", "idle_lock"),
];

/// One route with whom it works for.
struct Bad<'a> {
    world: &'a World,
    entries: &'a Entries,
    row: &'a Row<'static>,
    caller: &'a Caller,
}

impl Bad<'_> {
    /// A request that would be right, in a seat of its own.
    async fn right(&self) -> (Seat, Asked) {
        self.wait();
        let seat = self.world.seat(self.caller).await;
        let call = Call {
            world: self.world,
            caller: self.caller,
            seat: &seat,
            whose: Whose::Own,
        };
        let right = asked(&call, self.row.route).await;
        (seat, right)
    }

    /// Where factors are tried: until the next try is not slowed.
    fn wait(&self) {
        let path = self.row.path();
        let tried = [
            "/login",
            "/unlock",
            "/vouch",
            "/factors",
            "/sessions",
            "/terminals",
        ];
        if tried.iter().any(|one| path.contains(one)) {
            self.world.wait();
        }
    }

    /// Sends a body; what came, and whether it was done.
    async fn send(&self, seat: &Seat, path: &str, kind: &str, body: Vec<u8>) -> (Page, bool) {
        let since = self.entries.newest();
        let body = Some((kind, body));
        let page = seat.browser.send(Method::POST, path, body, &[]).await;
        let came = outcome(self.row, &page, &self.entries.since(since));
        let is_done = ["effect", "page"].contains(&&*came) || came.contains("although");
        (page, is_done)
    }

    fn says(&self, what: &str, page: &Page) -> String {
        let start: String = page.body.chars().take(300).collect();
        format!("{} {what}: {} {start}", self.row.route, page.status)
    }

    /// Whether the form is one of a page that knows no session: its token means nothing.
    fn is_for_anyone(&self) -> bool {
        let path = self.row.path();
        let is_it = |route: &&emergency_summary::web::Route| path == format!("POST {}", route.path);
        let route = emergency_summary::web::ROUTES.iter().find(is_it);
        route.is_some_and(|route| route.action == Action::Anyone)
    }

    /// What no field may hold, in every field.
    async fn unclean(&self, wrong: &mut Vec<String>) {
        let (seat, right) = self.right().await;
        let fields = right.fields.expect("a form");
        for place in 0..fields.len() {
            for (what, bytes) in UNCLEAN {
                let body = with(&fields, place, |value| format!("{value}{bytes}"));
                let (page, is_done) = self.send(&seat, &right.path, FORM, body).await;
                let name = &fields[place].0;
                let what = format!("{what} in {name}");
                if is_done || page.status != 400 || !is_sentence(&page) {
                    wrong.push(self.says(&what, &page));
                }
                // What another origin sent comes back to nobody, nor what is of no session's form.
                let is_kept = name != "form_token" && right.path != "/launch";
                if is_kept {
                    wrong.extend(kept(&page, &right.path, &fields).map(|lost| {
                        let said = self.says(&what, &page);
                        format!("{said}: {lost}")
                    }));
                }
            }
        }
    }

    /// What is no form, and what is more than one.
    async fn shapeless(&self, wrong: &mut Vec<String>) {
        let (seat, right) = self.right().await;
        for (kind, body, status) in [
            ("application/json", b"{}".to_vec(), 415),
            ("multipart/form-data; boundary=x", b"--x--".to_vec(), 415),
            ("text/plain", b"a=b".to_vec(), 415),
            (FORM, vec![b'a'; LARGE], 413),
        ] {
            let (page, is_done) = self.send(&seat, &right.path, kind, body).await;
            if is_done || page.status != status || !is_sentence(&page) {
                wrong.push(self.says(kind, &page));
            }
        }
    }

    /// A field that is missing, empty, too long, or holds what was never given out.
    async fn senseless(&self, wrong: &mut Vec<String>) {
        let (mut seat, mut right) = self.right().await;
        let count = right.fields.as_ref().map_or(0, Vec::len);
        for place in 0..count {
            for (what, change) in CHANGES {
                let fields = right.fields.clone().expect("a form");
                let name = fields[place].0.clone();
                let body = match change {
                    None => without(&fields, place),
                    Some(change) => {
                        let mut fields = fields;
                        fields[place].1 = change();
                        form(&crate::app::pairs(&fields)).into_bytes()
                    }
                };
                self.wait();
                let (page, is_done) = self.send(&seat, &right.path, FORM, body).await;
                let may = || {
                    let known = |(path, field): &&(&str, &str)| {
                        right.path.ends_with(path) && *field == name
                    };
                    let is_open = name == "form_token" && self.is_for_anyone();
                    // A name that somebody gives may be any.
                    let is_name = ["name", "location", "area", "note", "judged_by", "taken_by"];
                    let is_words = name == "reason" && right.path.starts_with("/audit");
                    let is_name = is_name.contains(&&*name) || is_words;
                    let is_text = *what == "odd" && is_name;
                    is_open || is_text || OPTIONAL.iter().any(|one| known(&one))
                };
                let is_broken = page.status.is_server_error();
                if is_broken || (is_done && !may()) || !is_answer(&page) {
                    wrong.push(self.says(&format!("{what} {name}"), &page));
                }
                if is_done || page.status.is_redirection() {
                    (seat, right) = self.right().await;
                }
            }
        }
    }

    /// The right form, sent twice: what is good once is done once.
    async fn twice(&self, wrong: &mut Vec<String>) {
        let (seat, right) = self.right().await;
        let fields = right.fields.expect("a form");
        let body = form(&crate::app::pairs(&fields)).into_bytes();
        let (first, is_done) = self.send(&seat, &right.path, FORM, body.clone()).await;
        // A grant that is open already is gone on with.
        if !is_done && !first.status.is_redirection() {
            wrong.push(self.says("right", &first));
        }
        let (second, again) = self.send(&seat, &right.path, FORM, body).await;
        let is_once = ONCE
            .iter()
            .any(|path| self.row.path() == format!("POST {path}"));
        if second.status.is_server_error() || (is_once && again) {
            wrong.push(self.says("twice", &second));
        }
    }
}

/// Forms with a file, which are sent in another way: `handed.rs` looks at them.
const FILES: [&str; 1] = ["POST /audit/lists"];

/// What is good once.
const ONCE: [&str; 15] = [
    "/login",
    "/login/code",
    "/login/passkey/finish",
    "/terminals/register",
    "/terminals/vouched",
    "/sessions/renew",
    "/enrol",
    "/enrol/passkey/finish",
    "/factors/passkey/finish",
    "/factors/remove",
    "/factors/password",
    "/launch/candidate",
    "/grants",
    "/grants/{grant}/end",
    "/admin/sealed/{opaque}/confirm",
];

type Change = Option<fn() -> String>;

/// What becomes of a value; `None`: the field is not there.
const CHANGES: &[(&str, Change)] = &[
    ("without", None),
    ("empty", Some(String::new)),
    ("odd", Some(|| "\u{1F600}' <b>\u{202E}".to_owned())),
    ("too long", Some(|| "あ".repeat(5_000))),
];

/// The form with one value as raw bytes of the body.
fn with(fields: &[(String, String)], place: usize, change: impl Fn(&str) -> String) -> Vec<u8> {
    let one = |(at, (name, value)): (usize, &(String, String))| {
        let plain = form(&[(name, value)]);
        if at == place { change(&plain) } else { plain }
    };
    let all: Vec<String> = fields.iter().enumerate().map(one).collect();
    all.join("&").into_bytes()
}

fn without(fields: &[(String, String)], place: usize) -> Vec<u8> {
    let mut fields = fields.to_vec();
    fields.remove(place);
    form(&crate::app::pairs(&fields)).into_bytes()
}

/// Whether it is a page that says something in its own language.
fn is_sentence(page: &Page) -> bool {
    let said = page.texts("main").join(" ");
    let is_japanese = said.chars().any(|c| ('\u{3040}'..='\u{30FF}').contains(&c));
    page.body.contains("<html lang=\"ja\"") && is_japanese
}

/// The same, or the way to another page, or what a script is told.
fn is_answer(page: &Page) -> bool {
    let kind = page.headers.get("content-type");
    let is_json = kind.is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.contains("json")));
    page.status.is_redirection() || is_json || is_sentence(page)
}

/// What of a form is not on the page that asks for it once more, or should not be.
fn kept<'a>(
    page: &'a Page,
    path: &'a str,
    fields: &'a [(String, String)],
) -> impl Iterator<Item = String> + 'a {
    let id = page.attributes("form.kept", "id");
    let again = id.first().map_or_else(Vec::new, |id| page.form(id));
    fields.iter().filter_map(move |(name, value)| {
        let is_words = name == "reason" && path.starts_with("/audit");
        if ANEW.contains(&&**name) && !is_words {
            let is_back = again
                .iter()
                .any(|(known, back)| known == name && !back.is_empty());
            return is_back.then(|| format!("{name} came back"));
        }
        let one = (name.clone(), value.clone());
        (!again.contains(&one)).then(|| format!("{name} is lost"))
    })
}

#[actix_web::test]
async fn no_form_does_anything_or_fails_for_what_is_wrong_in_it() {
    let world = World::new().await;
    let entries = Entries::of(&world);
    let mut wrong = Vec::new();
    let rows = rows();
    for row in &rows {
        let mut callers = world.callers.iter().zip(&row.cells);
        let caller = callers.find(|(caller, cell)| {
            caller.stand == Stand::Seated && ["effect", "page"].contains(&**cell)
        });
        let (true, Some((caller, _))) = (row.route.starts_with("POST"), caller) else {
            continue;
        };
        if FILES.contains(&&*row.path()) {
            continue;
        }
        declared(&world).await;
        if row.path() == "POST /grants/{grant}/renew" {
            world.shortly_before_the_end().await;
        }
        let bad = Bad {
            world: &world,
            entries: &entries,
            row,
            caller,
        };
        bad.unclean(&mut wrong).await;
        bad.shapeless(&mut wrong).await;
        bad.senseless(&mut wrong).await;
        bad.twice(&mut wrong).await;
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_form_there_is_has_somebody_whom_it_works_for() {
    for route in emergency_summary::web::ROUTES {
        if route.verb != emergency_summary::web::Verb::Post {
            continue;
        }
        let name = format!("POST {}", route.path);
        let rows = rows();
        let mut cells = rows.iter().filter(|row| row.path() == name);
        // The first eleven callers are seated: see `COLUMNS`.
        let works = |row: &Row<'_>| {
            let seated = row.cells.iter().take(11);
            seated
                .into_iter()
                .any(|cell| ["effect", "page"].contains(cell))
        };
        assert!(cells.any(works), "{name}: nobody's form is looked at");
    }
}
