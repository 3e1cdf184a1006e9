//! The commands on a folder of their own.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Parser, Subcommand};

use super::{AccountArgs, FacilityArgs, TerminalArgs, account_with, facility, terminal};

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
fn run(folder: &Path, line: &[&str], input: &str) -> (u8, String, String) {
    let (command, rest) = line.split_first().unwrap();
    let dir = folder.to_str().unwrap();
    let words = ["emergency-summary", command, "--dir", dir]
        .into_iter()
        .chain(rest.iter().copied());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = match Line::try_parse_from(words).map(|line| line.command) {
        Ok(Command::Account(args)) => {
            account_with(&args, &mut input.as_bytes(), &mut out, &mut err)
        }
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
    let (code, id, _) = run(folder, &line, "");
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
    let (code, out, _) = run(folder, &add("doctor", &id, "physician"), "");
    assert_eq!(code, 0);
    assert!(out.contains("password (shown once): "), "{out}");
    assert!(out.contains("otpauth://totp/"), "{out}");
    let permit = [
        "account",
        "permit",
        "doctor",
        "--until",
        "2099-12-31",
        "--by",
        "院長",
    ];
    assert_eq!(run(folder, &permit, "").0, 0);
    let (_, listed, _) = run(folder, &["account", "list"], "");
    assert!(listed.contains("until 2099-12-31 by 院長"), "{listed}");
    let revoke = ["account", "revoke", "doctor", "--by", "院長"];
    assert_eq!(run(folder, &revoke, "").0, 0);
    let (_, listed, _) = run(folder, &["account", "list", "--facility", &id], "");
    assert!(listed.trim_end().ends_with("\t-"), "{listed}");
    let reset = ["account", "reset-password", "doctor", "--password-stdin"];
    let (code, out, _) = run(folder, &reset, "a password of mine\n");
    assert_eq!((code, out.contains("a password of mine")), (0, false));
    let (code, out, _) = run(folder, &["account", "reset-factor", "doctor"], "");
    assert_eq!((code, out.contains("otpauth://totp/")), (0, true));
}

#[test]
fn a_terminal_is_registered_and_listed() {
    let folder = folder();
    let folder = folder.path();
    let id = hospital(folder);
    let at = ["--facility", &id, "--location", "救急外来", "--by", "院長"];
    let line = [&["terminal", "add", "初療室 1"][..], &at].concat();
    let (code, out, _) = run(folder, &line, "");
    assert_eq!(
        (code, out.contains("device cookie (shown once): ")),
        (0, true)
    );
    let (_, listed, _) = run(folder, &["terminal", "list"], "");
    assert!(listed.contains("初療室 1\t救急外来\t180 s"), "{listed}");
}

#[test]
fn every_refusal_is_one_clear_line_and_exit_2() {
    let folder = folder();
    let folder = folder.path();
    let id = hospital(folder);
    assert_eq!(run(folder, &add("doctor", &id, "physician"), "").0, 0);
    let given = |line: Vec<&'static str>| [&line[..], &["--password-stdin"]].concat();
    for (line, input, said) in [
        (add("doctor", &id, "nurse"), "", "in use"),
        (add("a b", &id, "nurse"), "", "sign-in name"),
        (add("nurse", "f-nowhere", "nurse"), "", "no such facility"),
        (add("nurse", &id, "surgeon"), "", "one of physician"),
        (
            given(vec!["account", "reset-password", "doctor"]),
            "short\n",
            "at least 8",
        ),
        (
            given(vec!["account", "reset-password", "doctor"]),
            "",
            "no password",
        ),
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
            "",
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
            "",
            "in the past",
        ),
        (
            vec![
                "facility", "add", "x", "--kind", "hospital", "--number", "12",
            ],
            "",
            "10 digits",
        ),
    ] {
        let (code, out, err) = run(folder, &line, input);
        assert_eq!((code, &*out), (2, ""), "{line:?}");
        assert!(err.contains(said), "{line:?}: {err}");
    }
}

#[test]
fn a_folder_in_use_or_without_key_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let (code, _, err) = run(empty.path(), &["facility", "list"], "");
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
    let folder = folder();
    let place = super::Place {
        config: None,
        dir: Some(folder.path().to_owned()),
    };
    let server = place.open();
    let (code, _, err) = run(folder.path(), &["facility", "list"], "");
    assert_eq!((code, err.lines().count()), (2, 1));
    assert!(
        err.contains("if the server is running, stop it first"),
        "{err}"
    );
    drop(server);
    assert_eq!(run(folder.path(), &["facility", "list"], "").0, 0);
}
