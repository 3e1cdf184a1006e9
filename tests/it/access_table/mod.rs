//! Who may do what: every route there is, asked by everybody there is, with what is his and with
//! what is not. What should come stands in `expected.txt`, one row for each route.

mod audit;
mod bad;
#[path = "../../../src/access/tests/device.rs"]
mod device;
mod door;
mod office;
mod patients;
mod people;
mod request;
mod runs;
mod world;

use emergency_summary::web::{ROUTES, Verb};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use self::{
    people::hashed,
    request::{Asked, Call, Whose, asked},
    world::{COLUMNS, Caller, NO_TERMINAL, Seat, Stand, World},
};
use crate::browser::Page;

const TABLE: &str = include_str!("expected.txt");

/// One row: a route, what the ledger says where it worked, and what comes for whom.
struct Row<'a> {
    /// Verb and path, and in what state the thing is.
    route: &'a str,
    /// The event by which the ledger tells that it worked; `-`: it tells nothing.
    entry: &'a str,
    cells: Vec<&'a str>,
    /// What comes for somebody who may, where the thing is not his; `-`: there is nothing to own.
    strange: &'a str,
}

impl Row<'_> {
    /// Verb and path alone.
    fn path(&self) -> String {
        let mut words = self.route.split(' ');
        let (verb, path) = (words.next(), words.next());
        format!("{} {}", verb.unwrap_or_default(), path.unwrap_or_default())
    }

    /// Whether there are colleagues' things of this kind: what belongs to the facility is every
    /// administrator's.
    fn whose(&self) -> &'static [Whose] {
        match self.strange {
            "-" => &[],
            _ if self.route.contains("/static/") || self.route.contains("/launch") => {
                &[Whose::Nobody]
            }
            // A run is its whole department's.
            _ if self.route.contains("/handoffs/") => &[Whose::Nobody],
            _ if self.route.contains("/board/{") => &[Whose::Foreign, Whose::Nobody],
            // A key belongs to an account, wherever that is.
            _ if self.route.contains("/passkey/") => &[Whose::Colleague],
            _ if self.route.contains("/factors/") => &[Whose::Colleague, Whose::Nobody],
            _ if ["/audit/replay", "/audit/cases/"]
                .iter()
                .any(|part| self.route.contains(part)) =>
            {
                &[Whose::Colleague, Whose::Nobody]
            }
            _ if self.route.contains("/audit/") => &[Whose::Foreign, Whose::Nobody],
            _ if self.route.contains("/admin/") => &[Whose::Foreign, Whose::Nobody],
            _ => &[Whose::Colleague, Whose::Foreign, Whose::Nobody],
        }
    }
}

fn rows() -> Vec<Row<'static>> {
    let lines = TABLE.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rows = lines.map(|line| {
        let mut parts = line.split('|').map(str::trim);
        let mut part = || parts.next().unwrap_or_else(|| panic!("no row: {line}"));
        Row {
            route: part(),
            entry: part(),
            cells: part().split_whitespace().collect(),
            strange: part(),
        }
    });
    rows.collect()
}

#[test]
fn every_route_has_its_row_in_the_access_table() {
    let rows = rows();
    for route in ROUTES {
        let name = format!("{} {}", route.verb.word(), route.path);
        assert!(
            rows.iter().any(|row| row.path() == name),
            "{name} has no row in tests/it/access_table/expected.txt"
        );
    }
    for row in &rows {
        let known = |route: &emergency_summary::web::Route| {
            format!("{} {}", route.verb.word(), route.path) == row.path()
        };
        assert!(ROUTES.iter().any(known), "{} is no route", row.route);
        assert_eq!(row.cells.len(), COLUMNS.len(), "{}", row.route);
        let changes = row.route.starts_with("POST");
        let works = row
            .cells
            .iter()
            .any(|cell| ["effect", "page"].contains(cell));
        // What is over, and what is signed for the other facility, is good for nobody.
        let never = [" over", " foreign"]
            .iter()
            .any(|state| row.route.ends_with(state));
        assert_eq!(works, !never, "{}: nothing is shown", row.route);
        let is_told = row.cells.contains(&"effect") || row.entry == "-";
        assert!(!changes || is_told || never, "{}", row.route);
    }
}

/// The ledger's entries as they stand in its file.
struct Entries(Connection);

impl Entries {
    fn of(world: &World) -> Self {
        let file = world.app.folder.path().join("ledger.sqlite");
        Self(Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a ledger"))
    }

    fn newest(&self) -> i64 {
        let sql = "SELECT max(seq) FROM entry";
        self.0
            .query_row(sql, [], |row| row.get(0))
            .expect("a number")
    }

    /// What was said since: the event, and what it says first.
    fn since(&self, seq: i64) -> Vec<String> {
        let sql = "SELECT body FROM entry WHERE seq > ?1 ORDER BY seq";
        let mut query = self.0.prepare_cached(sql).expect("a query");
        let bodies = query.query_map([seq], |row| row.get::<_, Vec<u8>>(0));
        let said = bodies.expect("entries").map(|body| {
            let body = body.expect("a body");
            let entry: Value = serde_json::from_slice(&body[1..]).expect("an entry");
            let more = ["what", "why", "end"].map(|name| entry["fields"][name].as_str());
            let more = more.into_iter().flatten().next().unwrap_or_default();
            format!("{}:{more}", entry["event"].as_str().expect("a word"))
        });
        said.collect()
    }
}

/// The word of what came.
fn outcome(row: &Row<'_>, page: &Page, said: &[String]) -> String {
    let told = row.entry != "-" && said.iter().any(|event| event.starts_with(row.entry));
    let status = page.status.as_u16();
    let shows = row.route.starts_with(Verb::Get.word());
    let to = page.location.as_deref().unwrap_or_default();
    let word = match status {
        200 if shows && (told || row.entry == "-") => "page",
        200 | 303 if told => "effect",
        303 if to == "/login" => "to_login",
        303 if row.entry == "-" => "effect",
        303 => "nothing",
        200 if row.entry == "-" => "page",
        200 => "again",
        401 | 409 | 422 | 429 => "wrong",
        403 => "refused",
        404 => "missing",
        410 => "over",
        423 => "locked",
        _ => return format!("{status}"),
    };
    if told && !["page", "effect"].contains(&word) {
        return format!("{word}-although-{}", row.entry);
    }
    word.to_owned()
}

/// What was sent back, without what is another one in every answer and every session, and without
/// what was asked for itself, which the caller knows.
fn same(page: &Page, seat: &Seat, asked: &Asked) -> (u16, String) {
    let mut body = page.body.replace(&seat.token, "");
    let typed = asked.fields.iter().flatten().map(|(_, value)| &**value);
    let ids = asked.path.split('/').chain(typed);
    let ids = ids.filter(|word| word.len() > 12);
    for id in page.texts("code").iter().map(String::as_str).chain(ids) {
        body = body.replace(id, "");
    }
    (page.status.as_u16(), body)
}

/// Brings a browser into the state in which its caller asks.
async fn stands(world: &World, call: &Call<'_>) {
    let browser = &call.seat.browser;
    match call.caller.stand {
        Stand::Seated => {}
        Stand::Locked => {
            let hash = hashed(&browser.cookies()["session"]);
            let now = emergency_summary::domain::clock::Clock::now(&*world.app.clock).wall;
            let locked = world.app.registry.set_locked(&hash, true, now).await;
            locked.expect("locked");
        }
        Stand::Nobody => browser.set_cookie("session", "over"),
        Stand::Unregistered => browser.set_cookie("device", NO_TERMINAL),
    }
}

/// One request: the word for what came, and what was sent back.
async fn cell(
    (world, entries): (&World, &Entries),
    row: &Row<'_>,
    (caller, seat): (&Caller, &Seat),
    whose: Whose,
) -> (String, (u16, String)) {
    let call = Call {
        world,
        caller,
        seat,
        whose,
    };
    let asked = asked(&call, row.route).await;
    stands(world, &call).await;
    let since = entries.newest();
    let page = call.send(&asked).await;
    let came = outcome(row, &page, &entries.since(since));
    (came, same(&page, seat, &asked))
}

/// Everything that a caller gets by a route: what differs from the row is written down.
async fn answers(
    here: (&World, &Entries),
    row: &Row<'_>,
    caller: &Caller,
    expected: &str,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut seat = here.0.seat(caller).await;
    let (own, _) = cell(here, row, (caller, &seat), Whose::Own).await;
    if own != expected {
        wrong.push(format!("{own}, not {expected}"));
    }
    let may = ["page", "effect", "nothing"].contains(&&*own);
    // Who is not let in with what is his may learn as early that this is not his.
    let right = |word: &str| word == row.strange || (!may && word == own);
    let mut first = None;
    for whose in row.whose() {
        // Where nothing was done the seat is as it was.
        if may {
            seat = here.0.seat(caller).await;
        }
        let (came, answer) = cell(here, row, (caller, &seat), *whose).await;
        if !right(&came) {
            wrong.push(format!("{whose:?}: {came}, not {}", row.strange));
        }
        let first = first.get_or_insert_with(|| answer.clone());
        if *first != answer {
            wrong.push(format!("{whose:?} can be told from the others"));
        }
    }
    wrong
}

#[actix_web::test]
async fn every_route_answers_everybody_as_the_access_table_says() {
    let world = World::new().await;
    let here = (&world, &Entries::of(&world));
    let mut wrong = Vec::new();
    for row in rows() {
        if row.path() == "POST /grants/{grant}/renew" {
            world.shortly_before_the_end().await;
        }
        for (caller, expected) in world.callers.iter().zip(&row.cells) {
            let found = answers(here, &row, caller, expected).await;
            let (route, who) = (row.route, caller.word);
            wrong.extend(found.iter().map(|what| format!("{route} | {who}: {what}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
