//! The commands on a folder of their own.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Parser, Subcommand};

use super::{AccountArgs, FacilityArgs, TerminalArgs, account, facility, terminal};
use crate::{domain::clock::Clock, system::SystemClock};

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Account(AccountArgs),
    Facility(FacilityArgs),
    Terminal(TerminalArgs),
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let key = STANDARD.encode([3; 32]);
    std::fs::write(folder.path().join("ledger.key"), key).unwrap();
    folder
}

/// Runs a line and gives exit code, output and complaint.
fn run(folder: &Path, line: &[&str]) -> (u8, String, String) {
    let (command, rest) = line.split_first().unwrap();
    let dir = folder.to_str().unwrap();
    let words = ["emergency-summary", command, "--dir", dir]
        .into_iter()
        .chain(rest.iter().copied());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = match Line::try_parse_from(words).map(|line| line.command) {
        Ok(Command::Account(args)) => account(&args, &mut out, &mut err),
        Ok(Command::Facility(args)) => facility(&args, &mut out, &mut err),
        Ok(Command::Terminal(args)) => terminal(&args, &mut out, &mut err),
        Err(error) => {
            err = error.to_string().into_bytes();
            2
        }
    };
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (code, text(out), text(err))
}

fn hospital(folder: &Path) -> String {
    let line = ["facility", "add", "中央病院", "--kind", "hospital"];
    let (code, id, _) = run(folder, &line);
    assert_eq!(code, 0);
    id.trim().to_owned()
}

fn add<'a>(sign_in: &'a str, facility: &'a str, role: &'a str) -> Vec<&'a str> {
    let name = ["--name", "山田 花子", "--role", role];
    [
        &["account", "add", sign_in, "--facility", facility][..],
        &name,
    ]
    .concat()
}

#[test]
fn an_account_is_made_permitted_listed_revoked_and_reset() {
    let folder = folder();
    let folder = folder.path();
    let id = hospital(folder);
    let (code, out, _) = run(folder, &add("doctor", &id, "physician"));
    assert_eq!(code, 0);
    let link = |out: &str| {
        let (_, token) = out.trim_end().split_once("/enrol/").unwrap();
        assert_eq!(token.len(), 43, "256 bits");
        assert!(
            !out.contains("password") && !out.contains("otpauth"),
            "{out}"
        );
        token.to_owned()
    };
    let first = link(&out);
    let permit = [
        "account",
        "permit",
        "doctor",
        "--until",
        "2099-12-31",
        "--by",
        "院長",
    ];
    assert_eq!(run(folder, &permit).0, 0);
    let (_, listed, _) = run(folder, &["account", "list"]);
    assert!(listed.contains("until 2099-12-31 by 院長"), "{listed}");
    let revoke = ["account", "revoke", "doctor", "--by", "院長"];
    assert_eq!(run(folder, &revoke).0, 0);
    let (_, listed, _) = run(folder, &["account", "list", "--facility", &id]);
    assert!(listed.trim_end().ends_with("\t-"), "{listed}");
    let mut links = vec![first];
    for word in ["reset-password", "reset-factor"] {
        let (code, out, err) = run(folder, &["account", word, "doctor"]);
        assert_eq!(code, 0, "{err}");
        links.push(link(&out));
    }
    links.dedup();
    assert_eq!(links.len(), 3);
}

#[test]
fn an_account_is_invited_disabled_enabled_and_reset_by_links() {
    let folder = folder();
    let folder = folder.path();
    let id = hospital(folder);
    let mut invite = add("doctor", &id, "physician");
    invite[1] = "invite";
    let (code, out, _) = run(folder, &[&invite[..], &["--by", "院長"]].concat());
    assert_eq!((code, out.contains("password")), (0, false), "{out}");
    let link = |out: &str| {
        let (_, token) = out.trim_end().split_once("/enrol/").unwrap();
        token.to_owned()
    };
    let by = |word| run(folder, &["account", word, "doctor", "--by", "院長"]);
    let (code, again, _) = by("reset");
    assert_eq!(code, 0);
    assert_ne!(link(&out), link(&again));
    assert_eq!(by("disable").0, 0);
    let (_, listed, _) = run(folder, &["account", "list"]);
    assert!(listed.contains("\tdisabled\t"), "{listed}");
    let (code, _, err) = by("reset");
    assert_eq!((code, err.contains("disabled")), (2, true), "{err}");
    assert_eq!(by("enable").0, 0);
    assert_eq!(by("reset").0, 0);
}

#[test]
fn a_night_is_delegated_and_unused_permissions_are_reported() {
    let folder = folder();
    let folder = folder.path();
    let id = hospital(folder);
    assert_eq!(run(folder, &add("doctor", &id, "physician")).0, 0);
    let by = ["doctor", "--by", "院長"];
    for line in [
        &["delegate", "--hours", "12"][..],
        &["end-delegation"],
        &["permit", "--hours", "24"],
    ] {
        let (code, out, err) = run(folder, &[&["account"], line, &by].concat());
        assert_eq!((code, out.starts_with("doctor may")), (0, true), "{err}");
    }
    for line in [
        &["delegate", "--hours", "25"][..],
        &["permit", "--hours", "0"],
    ] {
        let (code, _, err) = run(folder, &[&["account"], line, &by].concat());
        assert_eq!((code, err.contains("1 to 24 hours")), (2, true), "{err}");
    }
    let (code, _, err) = run(folder, &[&["account", "permit"][..], &by].concat());
    assert_eq!((code, err.contains("--until")), (2, true), "{err}");
    let report = ["account", "report-unused", "--facility", &id];
    assert_eq!(run(folder, &report), (0, String::new(), String::new()));
}

#[test]
fn a_disaster_is_said_and_taken_back() {
    let folder = folder();
    let folder = folder.path();
    let id = hospital(folder);
    let until = (SystemClock.now().japanese_day() + chrono::Days::new(7)).to_string();
    let area = ["--area", "湾岸", "--until", &until, "--by", "院長"];
    let on = [&["facility", "disaster", "on", &id][..], &area].concat();
    assert_eq!(run(folder, &on).0, 0);
    let (_, listed, _) = run(folder, &["facility", "list"]);
    assert!(listed.contains(&format!("disaster in 湾岸 until {until}")));
    let far = ["--area", "湾岸", "--until", "2099-12-31", "--by", "院長"];
    let far = [&["facility", "disaster", "on", &id][..], &far].concat();
    assert_ne!(run(folder, &far).0, 0, "more than 14 days ahead");
    let off = ["facility", "disaster", "off", &id, "--by", "院長"];
    assert_eq!(run(folder, &off).0, 0);
    let (_, listed, _) = run(folder, &["facility", "list"]);
    assert!(!listed.contains("disaster"), "{listed}");
    let nowhere = ["facility", "disaster", "off", "f-nowhere", "--by", "院長"];
    assert_eq!(run(folder, &nowhere).0, 2);
}

#[test]
fn a_terminal_is_registered_listed_and_revoked() {
    let folder = folder();
    let folder = folder.path();
    let id = hospital(folder);
    let at = ["--facility", &id, "--location", "救急外来", "--by", "院長"];
    let line = [&["terminal", "code", "初療室 1"][..], &at].concat();
    let (code, out, _) = run(folder, &line);
    assert_eq!((code, out.contains("registration code")), (0, true));
    let by_range = ["--range", "10.1.2.0/24", "--idle-lock", "900"];
    let line = [&["terminal", "add", "初療室 2"][..], &at, &by_range].concat();
    let (code, out, err) = run(folder, &line);
    assert_eq!(code, 0, "{err}");
    let id = out.trim().strip_prefix("terminal: ").unwrap();
    let (_, listed, _) = run(folder, &["terminal", "list"]);
    let row = listed.trim_end();
    assert!(row.starts_with(&format!("{id}\t初療室 2\t救急外来\t900 s")));
    assert!(row.ends_with("\trange"), "{row}");
    let revoke = ["terminal", "revoke", id, "--by", "院長"];
    assert_eq!(run(folder, &revoke).0, 0);
    let (_, listed, _) = run(folder, &["terminal", "list"]);
    assert!(listed.trim_end().ends_with("\trevoked"), "{listed}");
    let wide = [
        &["terminal", "add", "x"][..],
        &at,
        &["--range", "0.0.0.0/0"],
    ]
    .concat();
    let (code, _, err) = run(folder, &wide);
    assert_eq!((code, err.contains("address range")), (2, true), "{err}");
}

#[test]
fn every_refusal_is_one_clear_line_and_exit_2() {
    let folder = folder();
    let folder = folder.path();
    let id = hospital(folder);
    assert_eq!(run(folder, &add("doctor", &id, "physician")).0, 0);
    for (line, said) in [
        (add("doctor", &id, "nurse"), "in use"),
        (add("a b", &id, "nurse"), "sign-in name"),
        (add("nurse", "f-nowhere", "nurse"), "no such facility"),
        (add("nurse", &id, "surgeon"), "one of physician"),
        (vec!["account", "reset-password", "nobody"], "no such"),
        (
            vec![
                "account",
                "permit",
                "nobody",
                "--until",
                "2099-01-01",
                "--by",
                "x",
            ],
            "no such",
        ),
        (
            vec![
                "account",
                "permit",
                "doctor",
                "--until",
                "2000-01-01",
                "--by",
                "x",
            ],
            "in the past",
        ),
        (
            vec![
                "facility", "add", "x", "--kind", "hospital", "--number", "12",
            ],
            "10 digits",
        ),
    ] {
        let (code, out, err) = run(folder, &line);
        assert_eq!((code, &*out), (2, ""), "{line:?}");
        assert!(err.contains(said), "{line:?}: {err}");
    }
}

#[test]
fn the_first_start_gives_one_link_until_an_administrator_has_set_himself_up() {
    let folder = folder();
    let place = super::Place {
        config: None,
        dir: Some(folder.path().to_owned()),
    };
    let first = || -> Option<(String, bool)> {
        let opened = place.open().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let first = runtime
            .block_on(opened.administration.first_start(None))
            .unwrap();
        let told = first.map(|first| {
            let path = first.link.path();
            let path = secrecy::ExposeSecret::expose_secret(&path).to_owned();
            (path, first.code.is_some())
        });
        opened.ledger.close();
        told
    };
    assert_eq!(first(), None, "no facility");
    let id = hospital(folder.path());
    let one = first().unwrap();
    let other = first().unwrap();
    assert_ne!(one, other);
    assert!(one.1 && other.1);
    let (_, listed, _) = run(folder.path(), &["account", "list"]);
    assert_eq!(listed.lines().count(), 1, "{listed}");
    let line = add("second", &id, "administrator");
    assert_eq!(run(folder.path(), &line).0, 0);
    assert!(first().is_some(), "nobody has used a link yet");
    set_up(&place, "second");
    assert_eq!(first(), None, "somebody administers");
}

/// As if its holder had used his link.
fn set_up(place: &super::Place, sign_in: &str) {
    let opened = place.open().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let account = opened.administration.find(sign_in).await.unwrap();
        let password = "seven swans of the northern lake".into();
        let set = opened.administration.set_password(&account.id, password);
        set.await.unwrap();
    });
    opened.ledger.close();
}

#[test]
fn a_folder_in_use_or_without_key_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let (code, _, err) = run(empty.path(), &["facility", "list"]);
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    let folder = folder();
    let place = super::Place {
        config: None,
        dir: Some(folder.path().to_owned()),
    };
    let server = place.open();
    let (code, _, err) = run(folder.path(), &["facility", "list"]);
    assert_eq!((code, err.lines().count()), (2, 1));
    assert!(
        err.contains("if the server is running, stop it first"),
        "{err}"
    );
    drop(server);
    assert_eq!(run(folder.path(), &["facility", "list"]).0, 0);
}
