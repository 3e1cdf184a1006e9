//! The archive in a real PostgreSQL: shipped in order, once each, without the ward's knowing; and
//! whatever is changed there is named.

mod database;
mod node;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use emergency_summary::ledger::{
    archive::{self, Alarm, Target},
    read,
};

use self::node::{Node, PATIENCE, until, verified};
use crate::{
    app::{TestApp, ledger_command, open, whole_summary},
    binary::shown,
    postgres::{PASSWORD, Postgres},
};

#[actix_web::test]
async fn entries_wait_while_postgresql_is_killed_and_are_shipped_once_each_in_order_afterwards() {
    let Some(postgres) = Postgres::start().await else {
        return;
    };
    let node = Node::new("n1");
    node.append(40, "h1").await;
    let archive = node.ship(postgres.target("n1"));
    node.all_arrived(&archive, &postgres).await;

    postgres.kill();
    until(&archive, |lag| !lag.is_connected).await;
    node.append(900, "h1").await;
    let lag = until(&archive, |lag| lag.behind() == Some(900)).await;
    assert_eq!((lag.last, lag.archived), (940, Some(40)));
    let reader = read(node.folder.path(), None).expect("a ledger");
    let first = reader.entries_after(40, 1, 0).expect("entries");
    let first = first[0].entry().expect("an entry").wall;
    assert_eq!(
        until(&archive, |lag| lag.since.is_some()).await.since,
        Some(first)
    );

    postgres.start_again();
    until(&archive, |lag| lag.archived > Some(40)).await;
    // In the middle, once more.
    postgres.kill();
    node.append(30, "h1").await;
    postgres.start_again();
    node.all_arrived(&archive, &postgres).await;
    let lag = until(&archive, |lag| {
        lag.behind() == Some(0) && lag.since.is_none()
    })
    .await;
    assert_eq!(lag.alarm, None);

    // And from where the archive is, when the node itself was away.
    drop(archive);
    node.append(5, "h1").await;
    let archive = node.ship(postgres.target("n1"));
    node.all_arrived(&archive, &postgres).await;
    let (code, said) = node.verify(&postgres);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("node n1: 975 entries verified"), "{said}");
}

#[actix_web::test]
async fn the_page_is_the_same_and_as_fast_while_postgresql_hangs() {
    let Some(postgres) = Postgres::start().await else {
        return;
    };
    let folder = Arc::new(tempfile::tempdir().expect("a folder"));
    let app = TestApp::start_with(Arc::clone(&folder), |options| {
        options.archive = Some(postgres.target("n1"));
    });
    let browser = app.physician().await;
    let path = open(&browser, app.patient("ワルファリン")).await;
    whole_summary(&browser, &path).await;
    let view = async || {
        let begun = Instant::now();
        let page = browser.get(&path).await.is(200);
        (begun.elapsed(), page.texts("section[data-state]"))
    };
    let views = async || {
        let mut views = Vec::new();
        for _ in 0..25 {
            views.push(view().await);
        }
        views
    };
    let median = |views: &[(Duration, Vec<String>)]| {
        let mut times: Vec<Duration> = views.iter().map(|(time, _)| *time).collect();
        times.sort();
        times[times.len() / 2]
    };
    let before = views().await;
    postgres.hang();
    let during = views().await;
    postgres.go_on();
    assert_eq!(before[0].1.len(), 12);
    for (_, sections) in &during {
        assert!(*sections == before[0].1, "the same page");
    }
    let (before, during) = (median(&before), median(&during));
    assert!(
        during < before * 2 + Duration::from_millis(10),
        "{before:?} before, {during:?} while it hangs"
    );

    // What was shown meanwhile arrives, with what it showed and its keys.
    let last = read(folder.path(), None).expect("a ledger");
    let last = last.last_place().expect("a place").to_string();
    let begun = Instant::now();
    loop {
        let there = postgres.sql("SELECT max(seq) FROM ledger_entry").await;
        if there[0][0] == last {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{there:?} of {last}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let key = shown(&folder.path().join("ledger.key"));
    let (code, said) = verified(&postgres, &["--key-file", &key]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("shown contents opened"), "{said}");
    drop(app);
}

#[actix_web::test]
async fn a_changed_row_of_the_archive_is_named_and_whoever_ships_can_change_none() {
    let Some(postgres) = Postgres::start().await else {
        return;
    };
    let (one, two) = (Node::new("n1"), Node::new("n2"));
    for (node, entries) in [(&one, 20), (&two, 12)] {
        node.append(entries, "h1").await;
        let archive = node.ship(postgres.target(node.name));
        node.all_arrived(&archive, &postgres).await;
    }
    let (code, said) = verified(&postgres, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("node n1: 20 entries verified"), "{said}");
    assert!(said.contains("node n2: 12 entries verified"), "{said}");
    for harm in [
        "UPDATE ledger_entry SET body = 'x' WHERE seq = 3",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "DELETE FROM ledger_shown",
        "UPDATE ledger_note SET note = ''",
        "DELETE FROM ledger_key",
        "UPDATE ledger_key SET facility = 'x'",
    ] {
        let refused = postgres.try_sql("n1", "archive", harm).await;
        let why = refused.expect_err(harm);
        assert!(why.contains("permission denied"), "{harm}: {why}");
    }
    for (harm, named) in [
        (
            "UPDATE ledger_entry SET body = set_byte(body, 20, 65) WHERE node = 'n2' AND seq = 7",
            "node n2: entry 7: body changed",
        ),
        (
            "UPDATE ledger_entry SET leaf = set_byte(leaf, 0, get_byte(leaf, 0) # 1) \
             WHERE node = 'n1' AND seq = 4",
            "node n1: entry 4: leaf changed",
        ),
        (
            "DELETE FROM ledger_entry WHERE node = 'n1' AND seq = 9",
            "node n1: entry 9 missing",
        ),
        (
            "INSERT INTO ledger_entry SELECT 'n1', 0, body, leaf, chain FROM ledger_entry \
             WHERE node = 'n1' AND seq = 2",
            "node n1: entry 0: no entry can stand there",
        ),
    ] {
        let saved = "CREATE TABLE saved AS SELECT * FROM ledger_entry";
        postgres.sql(saved).await;
        postgres.sql(harm).await;
        let (code, said) = verified(&postgres, &[]);
        assert_eq!(code, 1, "{harm}: {said}");
        assert!(said.contains(named), "{harm}: {said}");
        let is_other_right = ["n1: 20 entries verified", "n2: 12 entries verified"];
        assert!(
            is_other_right.iter().any(|words| said.contains(words)),
            "{said}"
        );
        let back = "TRUNCATE ledger_entry; INSERT INTO ledger_entry SELECT * FROM saved; \
                    DROP TABLE saved";
        postgres.sql(back).await;
    }
}

#[actix_web::test]
async fn a_removed_tail_and_a_removed_node_are_missed_by_whoever_saw_them() {
    let Some(postgres) = Postgres::start().await else {
        return;
    };
    let (one, two) = (Node::new("n1"), Node::new("n2"));
    two.append(30, "h1").await;
    let archive = two.ship(postgres.target("n2"));
    two.all_arrived(&archive, &postgres).await;
    drop(archive);
    one.append(10, "h1").await;
    let archive = one.ship(postgres.target("n1"));
    one.all_arrived(&archive, &postgres).await;
    drop(archive);
    let (code, said) = one.verify(&postgres);
    assert_eq!(code, 0, "{said}");

    let remove = "DELETE FROM ledger_entry WHERE node = 'n2' AND seq > 21";
    postgres.sql(remove).await;
    let (code, said) = one.verify(&postgres);
    assert_eq!(code, 1, "{said}");
    let named = "node n2: tail removed after entry 21: entry 30 was seen before";
    assert!(said.contains(named), "{said}");
    let archive = one.ship(postgres.target("n1"));
    let lag = until(&archive, |lag| lag.alarm.is_some()).await;
    assert_eq!(lag.alarm, Some(Alarm::Lost("n2".to_owned(), 21)));
    drop(archive);

    // The node whose it is makes up for it.
    let archive = two.ship(postgres.target("n2"));
    two.all_arrived(&archive, &postgres).await;
    drop(archive);
    let (code, said) = one.verify(&postgres);
    assert_eq!(code, 0, "{said}");

    for table in ["entry", "shown", "note", "key"] {
        let remove = format!("DELETE FROM ledger_{table} WHERE node = 'n2'");
        postgres.sql(&remove).await;
    }
    let (code, said) = one.verify(&postgres);
    assert_eq!(code, 1, "{said}");
    let named = "node n2 is absent (30 entries were seen before)";
    assert!(said.contains(named), "{said}");
    let (code, said) = verified(&postgres, &["--node", "n1", "--node", "n2"]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("node n2 is absent"), "{said}");

    // Rows that fit together and are not the node's own.
    let other = Node::new("n1");
    other.append(10, "h1").await;
    postgres.sql("DELETE FROM ledger_entry").await;
    let archive = other.ship(postgres.target("n1"));
    other.all_arrived(&archive, &postgres).await;
    let (code, said) = one.verify(&postgres);
    assert_eq!(code, 1, "{said}");
    let named = "node n1: the entries up to 10 are not those that were seen before";
    assert!(said.contains(named), "{said}");
}

#[actix_web::test]
async fn other_bytes_at_the_same_place_are_an_alarm_and_nothing_is_overwritten() {
    let Some(postgres) = Postgres::start().await else {
        return;
    };
    let node = Node::new("n1");
    node.append(5, "h1").await;
    let squat = "INSERT INTO ledger_entry VALUES ('n1', 4, 'a', 'b', sha256('c'))";
    postgres.sql(squat).await;
    let archive = node.ship(postgres.target("n1"));
    let lag = until(&archive, |lag| lag.alarm.is_some()).await;
    assert_eq!(lag.alarm, Some(Alarm::Differs(4)));
    drop(archive);
    let rows = postgres
        .sql("SELECT seq, encode(body, 'escape') FROM ledger_entry")
        .await;
    assert_eq!(rows, [["4", "a"]]);

    // Two nodes of one name.
    postgres.sql("DELETE FROM ledger_entry").await;
    let archive = node.ship(postgres.target("n1"));
    node.all_arrived(&archive, &postgres).await;
    let other = Node::new("n2");
    other.append(9, "h1").await;
    let second = other.ship_as("n1", postgres.target("n2"));
    let lag = until(&second, |lag| lag.alarm.is_some()).await;
    assert_eq!(lag.alarm, Some(Alarm::Differs(5)));
    node.is_same(&postgres).await;

    // A node whose own files were changed ships nothing of it.
    drop((archive, second));
    node.append(3, "h1").await;
    let file = rusqlite::Connection::open(node.folder.path().join("ledger.sqlite"));
    let harm = "UPDATE entry SET body = zeroblob(9) WHERE seq = 7";
    file.expect("SQLite").execute_batch(harm).expect(harm);
    let archive = node.ship(postgres.target("n1"));
    let lag = until(&archive, |lag| lag.alarm.is_some()).await;
    assert_eq!(lag.alarm, Some(Alarm::Own(7)));
    let last = postgres.sql("SELECT max(seq) FROM ledger_entry").await;
    assert_eq!(last, [["6"]]);
}

#[actix_web::test]
async fn a_key_that_is_erased_is_erased_in_the_archive_and_stays_so() {
    let Some(postgres) = Postgres::start().await else {
        return;
    };
    let node = Node::new("n1");
    node.append(3, "h1").await;
    node.append(2, "h2").await;
    let archive = node.ship(postgres.target("n1"));
    node.all_arrived(&archive, &postgres).await;
    let kept = "SELECT facility, wrapped IS NOT NULL FROM ledger_key \
                WHERE id NOT LIKE 'secret:%' ORDER BY facility";
    let secret = "SELECT count(*) FROM ledger_key WHERE id LIKE 'secret:%'";
    let here = |sql: &str| {
        let file = rusqlite::Connection::open(node.folder.path().join("keys.sqlite"));
        file.expect("SQLite").execute_batch(sql).expect("SQL");
    };
    assert_eq!(postgres.sql(kept).await, [["h1", "t"], ["h2", "t"]]);
    let begun = Instant::now();
    while postgres.sql(secret).await != [["1"]] {
        assert!(begun.elapsed() < PATIENCE, "patients could not be found");
    }
    here("CREATE TABLE saved AS SELECT * FROM key");
    here("UPDATE key SET wrapped = NULL WHERE facility = 'h1'");
    let begun = Instant::now();
    while postgres.sql(kept).await != [["h1", "f"], ["h2", "t"]] {
        assert!(begun.elapsed() < PATIENCE, "it is not erased there");
    }
    assert_eq!(archive.lag().alarm, None);
    let (code, said) = node.verify(&postgres);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("personal fields of 3 entries are erased"),
        "{said}"
    );

    // Wrapped anew it is taken over; given back it is an alarm.
    here("UPDATE key SET wrapped = zeroblob(60) WHERE facility = 'h2'");
    let there = "SELECT length(wrapped) FROM ledger_key WHERE facility = 'h2'";
    while postgres.sql(there).await != [["60"]] {
        assert!(begun.elapsed() < PATIENCE, "it is not wrapped anew there");
    }
    here("REPLACE INTO key SELECT * FROM saved WHERE facility = 'h1'");
    let lag = until(&archive, |lag| lag.alarm.is_some()).await;
    assert!(matches!(lag.alarm, Some(Alarm::Key(_))), "{lag:?}");
    let back = "UPDATE ledger_key SET wrapped = 'x' WHERE wrapped IS NULL";
    let refused = postgres.try_sql("n1", "archive", back).await;
    assert_eq!(refused.expect_err(back), "an erased key stays erased");
    assert_eq!(postgres.sql(kept).await[0], ["h1", "f"]);
}

#[actix_web::test]
async fn a_checkpoint_in_the_archive_misses_the_tail_that_it_covers() {
    let Some(postgres) = Postgres::start().await else {
        return;
    };
    let node = Node::new("n1");
    node.append(80, "h1").await;
    let file = node.folder.path().join("checkpoints");
    let signed = || std::fs::read_to_string(&file).unwrap_or_default();
    let archive = node.ship(postgres.target("n1"));
    node.all_arrived(&archive, &postgres).await;
    let there = "SELECT number, note FROM ledger_note WHERE file = 'checkpoints' ORDER BY number";
    let begun = Instant::now();
    let covered = loop {
        let rows = postgres.sql(there).await;
        let numbers: Vec<String> = (1..=rows.len()).map(|number| number.to_string()).collect();
        assert!(rows.iter().map(|row| &row[0]).eq(&numbers), "{rows:?}");
        let notes: String = rows
            .iter()
            .flat_map(|row| [row[1].as_str(), "\n"])
            .collect();
        let last = rows.last().and_then(|row| row[1].lines().nth(1));
        // More than is deleted below, and every byte of each.
        if let Some(size) = last.and_then(|size| size.parse::<u64>().ok())
            && size >= 64
            && notes == signed()
        {
            break size;
        }
        assert!(begun.elapsed() < PATIENCE, "the notes do not arrive");
    };
    drop(archive);
    postgres.sql("DELETE FROM ledger_entry WHERE seq > 5").await;
    let (code, said) = verified(&postgres, &[]);
    assert_eq!(code, 1, "{said}");
    let named =
        format!("node n1: tail removed after entry 5: a checkpoint covers {covered} entries");
    assert!(said.contains(&named), "{said}");
}

#[actix_web::test]
async fn the_archive_is_reached_by_tls_only_where_its_certificate_is_vouched_for() {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("signed");
    let (certificate, key) = (signed.cert.pem(), signed.signing_key.serialize_pem());
    let settings = [
        ("server.crt", certificate.as_str()),
        ("server.key", key.as_str()),
        ("ssl", "on"),
        ("ssl_cert_file", "'../server.crt'"),
        ("ssl_key_file", "'../server.key'"),
    ];
    let Some(postgres) = Postgres::start_without_tables(&settings).await else {
        return;
    };
    let usable = async |authority: Option<&Path>, database: &str| {
        let port = postgres.port();
        let address = format!("postgresql://owner@localhost:{port}/{database}?sslmode=require");
        let password = secrecy::SecretString::from(PASSWORD);
        let target = Target::new(&address, Some(&password), authority).expect("a target");
        archive::usable(&target).await
    };
    let authority = postgres.file("server.crt");
    let refused = usable(Some(&authority), "archive")
        .await
        .expect_err("no tables");
    assert!(
        refused.contains("cannot be shipped to: ledger_entry"),
        "{refused}"
    );
    let unknown = usable(None, "archive").await.expect_err("nobody vouches");
    assert!(unknown.to_lowercase().contains("certificate"), "{unknown}");
    let absent = usable(Some(&authority), "nowhere")
        .await
        .expect_err("absent");
    assert!(absent.contains("does not exist"), "{absent}");

    postgres.sql(archive::SCHEMA).await;
    postgres.sql(archive::SCHEMA).await;
    let much = usable(Some(&authority), "archive")
        .await
        .expect_err("the owner");
    assert!(
        much.contains("the role may do too much: UPDATE on"),
        "{much}"
    );
    let role = format!("CREATE ROLE n1 LOGIN PASSWORD '{PASSWORD}' IN ROLE ledger_shipper");
    postgres.sql(&role).await;
    let target = Target::new(
        &format!(
            "postgresql://n1@localhost:{}/archive?sslmode=require",
            postgres.port()
        ),
        Some(&secrecy::SecretString::from(PASSWORD)),
        Some(&authority),
    )
    .expect("a target");
    archive::usable(&target).await.expect("usable");
    let node = Node::new("n1");
    node.append(4, "h1").await;
    let archive = node.ship(target);
    node.all_arrived(&archive, &postgres).await;
    let encrypted = postgres
        .sql(
            "SELECT DISTINCT ssl, version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
             WHERE usename = 'n1'",
        )
        .await;
    assert_eq!(encrypted, [["t", "TLSv1.3"]]);
}

#[test]
fn the_tables_of_the_archive_are_printed_for_their_owner() {
    let (code, out) = ledger_command(&["schema"]);
    assert_eq!((code, out.as_str()), (0, archive::SCHEMA));
}
