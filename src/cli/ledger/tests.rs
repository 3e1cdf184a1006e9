//! Tests of the ledger commands.

use std::path::Path;

use clap::Parser as _;
use proptest::prelude::*;
use rusqlite::Connection;
use serde_json::Value;
use tempfile::TempDir;

use super::{LedgerArgs, run};
use crate::{
    domain::{access::End, event::Event, text::harmless},
    ledger::{
        Ledger,
        note::{Note, Said, Verifier},
        testing::{Counting, Still, draft, end, grant, open, open_seeded, settings, start, view},
        tree,
    },
};

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    args: LedgerArgs,
}

/// Exit code, output and error output of a command on `folder`.
fn command(folder: &Path, words: &[&str]) -> (u8, String, String) {
    let folder = folder.to_str().unwrap();
    let words = [&["ledger"], words, &["--dir", folder]].concat();
    let line = Line::try_parse_from(words).unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&line.args, &mut out, &mut err);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (code, text(out), text(err))
}

/// Two patients' grants, one ended; the note is a formula. Gives the view's receipt too.
fn written() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    let (mut a, b) = (grant(&ledger, "1111"), grant(&ledger, "2222"));
    a.note = Some("=HYPERLINK(\"x\"),\r\n次の行".to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let receipt = runtime.block_on(async {
        ledger.append(draft(Event::SignedIn)).await.unwrap();
        ledger.append(start(&a)).await.unwrap();
        let viewed = ledger.append(view(&a.id, "{}")).await.unwrap();
        ledger.append(start(&b)).await.unwrap();
        ledger.append(end(&a.id, End::Hand)).await.unwrap();
        let refused = Event::SignInRefused {
            name: "@x".to_owned(),
            why: "wrong_code".to_owned(),
        };
        ledger.append(draft(refused)).await.unwrap();
        viewed.receipt.unwrap()
    });
    (folder, receipt)
}

fn put_key(folder: &Path) {
    let key = data_encoding::BASE64.encode(&[7; 32]);
    crate::ledger::write_key(folder, (key + "\n").as_bytes());
}

#[test]
fn verify_counts_the_entries_and_notes_open_grants() {
    let (folder, _) = written();
    let (code, out, err) = command(folder.path(), &["verify"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let lines: Vec<_> = out.lines().collect();
    assert!(lines[0].starts_with("6 entries verified, head "), "{out}");
    // How many there are depends on how soon the first was signed.
    assert!(
        lines[1].ends_with("checkpoints verified, the newest of 6 entries"),
        "{out}"
    );
    assert_eq!(
        lines[2..],
        [
            "note: the public key is the folder's own; --public-key takes one kept elsewhere",
            "note: 1 grants are open",
        ]
    );
    put_key(folder.path());
    let (code, out, _) = command(folder.path(), &["verify"]);
    assert_eq!(code, 0);
    assert!(out.contains("1 shown contents opened"), "{out}");
}

#[test]
fn verify_names_what_is_wrong_and_exits_1() {
    for (harm, said) in [
        (
            "UPDATE entry SET body = x'01' WHERE seq = 3",
            "entry 3: body changed",
        ),
        ("DELETE FROM entry WHERE seq = 4", "entry 4 missing"),
        (
            "DELETE FROM entry WHERE seq > 4",
            "tail removed after entry 4",
        ),
        ("DELETE FROM shown", "missing"),
    ] {
        let (folder, _) = written();
        let connection = Connection::open(folder.path().join("ledger.sqlite")).unwrap();
        connection.execute_batch(harm).unwrap();
        drop(connection);
        let (code, out, err) = command(folder.path(), &["verify"]);
        assert_eq!((code, out.as_str()), (1, ""), "{harm}");
        assert!(err.contains(said), "{err}");
    }
}

#[test]
fn what_is_no_ledger_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["verify"][..],
        &["export", "--format", "csv"],
        &["prove", "1234-5678-9012"],
    ] {
        let (code, out, err) = command(folder.path(), words);
        assert_eq!(
            (code, out.as_str(), err.lines().count()),
            (2, "", 1),
            "{err}"
        );
    }
    std::fs::write(folder.path().join("ledger.sqlite"), "not a database").unwrap();
    let (code, _, err) = command(folder.path(), &["verify"]);
    assert_eq!((code, err.lines().count()), (2, 1), "{err}");
}

#[test]
fn prove_finds_the_entry_of_a_receipt() {
    let (folder, receipt) = written();
    let (code, out, _) = command(folder.path(), &["prove", &receipt.replace('-', "")]);
    assert_eq!(code, 0);
    assert!(out.contains("entry 3 of node n1: viewed"), "{out}");
    assert!(out.contains("checkpoint of 6 entries"), "{out}");
    let digit = receipt.as_bytes()[0];
    let other = receipt.replacen(char::from(digit), if digit == b'9' { "0" } else { "9" }, 1);
    let (code, _, err) = command(folder.path(), &["prove", &other]);
    assert_eq!(code, 2, "{err}");
    let (code, _, err) = command(folder.path(), &["prove", "0000-0000-0010"]);
    assert!(
        code == 2 || (code == 1 && err.contains("no entry")),
        "{err}"
    );
}

#[test]
fn a_proof_for_programs_holds_by_itself() {
    let (folder, receipt) = written();
    let json = |words: &[&str]| -> Value {
        let (code, out, err) = command(folder.path(), &[words, &["--json"]].concat());
        assert_eq!((code, err.as_str()), (0, ""));
        serde_json::from_str(&out).unwrap()
    };
    let bytes = |text: &Value| {
        data_encoding::BASE64
            .decode(text.as_str().unwrap().as_bytes())
            .unwrap()
    };
    let hash = |text: &Value| <[u8; 32]>::try_from(bytes(text)).unwrap();
    let hashes = |list: &Value| -> Vec<_> { list.as_array().unwrap().iter().map(hash).collect() };
    let proof = json(&["prove", &receipt]);
    let (size, root) = (proof["size"].as_u64().unwrap(), hash(&proof["root"]));
    let index = proof["index"].as_u64().unwrap();
    let path = hashes(&proof["inclusion"]);
    assert!(tree::is_included(
        &bytes(&proof["body"]),
        index,
        size,
        &root,
        &path
    ));
    let key = std::fs::read_to_string(folder.path().join("checkpoint.pub")).unwrap();
    let note = Note::parse(proof["checkpoint"].as_str().unwrap()).unwrap();
    let key = Verifier::parse(&key).unwrap();
    assert_eq!(key.check(&note), Said::Signed(None));

    let grown = json(&["prove", "--from", "4"]);
    let (old, new) = (hash(&grown["from_root"]), hash(&grown["root"]));
    let steps = hashes(&grown["consistency"]);
    assert!(tree::is_consistent((4, &old), (6, &new), &steps));
    let (code, _, err) = command(folder.path(), &["prove", "--from", "7"]);
    assert_eq!(code, 1, "{err}");
}

#[test]
fn a_ledger_that_was_written_anew_is_found_by_a_key_or_checkpoint_kept_elsewhere() {
    let (folder, _) = written();
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["checkpoint.pub", "checkpoints"] {
        std::fs::copy(folder.path().join(name), elsewhere.path().join(name)).unwrap();
    }
    let kept = |name: &str| elsewhere.path().join(name).to_str().unwrap().to_owned();
    let with_key = ["verify", "--public-key", &kept("checkpoint.pub")];
    let (code, _, err) = command(folder.path(), &with_key);
    assert_eq!((code, err.as_str()), (0, ""));
    let (code, out, _) = command(
        folder.path(),
        &["verify", "--checkpoint", &kept("checkpoints")],
    );
    assert_eq!(code, 2, "two empty lines are no note: {out}");
    let notes = std::fs::read_to_string(kept("checkpoints")).unwrap();
    let pieces: Vec<&str> = notes.trim_end().split("\n\n").collect();
    let last = pieces[pieces.len() - 2..].join("\n\n");
    std::fs::write(kept("note"), last + "\n").unwrap();
    let check = ["verify", "--checkpoint", &kept("note")];
    assert_eq!(command(folder.path(), &check).0, 0);
    for name in ["checkpoint.key", "checkpoint.pub", "checkpoints", "tree"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    drop(open_seeded(folder.path(), 9));
    assert_eq!(command(folder.path(), &["verify"]).0, 0);
    let (code, _, err) = command(
        folder.path(),
        &["verify", "--public-key", &kept("checkpoint.pub")],
    );
    assert_eq!(code, 1);
    assert!(err.contains("is not signed with the ledger's key"), "{err}");
}

#[test]
fn exports_open_personal_fields_only_with_the_key() {
    let (folder, _) = written();
    for format in ["ndjson", "csv", "fhir"] {
        let (code, out, err) = command(folder.path(), &["export", "--format", format]);
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.contains("sealed"), "{out}");
        assert!(!out.contains("HYPERLINK") && !out.contains("1111"), "{out}");
    }
    put_key(folder.path());
    for format in ["ndjson", "csv", "fhir"] {
        let (code, out, _) = command(folder.path(), &["export", "--format", format]);
        assert_eq!(code, 0);
        assert!(!out.contains("sealed"), "{out}");
        assert!(out.contains("HYPERLINK") && out.contains("1111"), "{out}");
    }
}

#[test]
fn an_export_of_one_patient_has_no_other() {
    let (folder, _) = written();
    let export = ["export", "--format", "ndjson", "--patient"];
    let number = "06139999:12-34:1111:01";
    let (code, _, err) = command(folder.path(), &[&export[..], &[number]].concat());
    assert_eq!(code, 2, "a number cannot be found without the key: {err}");
    put_key(folder.path());
    let events = |patient: &str| -> Vec<Value> {
        let (code, out, _) = command(folder.path(), &[&export[..], &[patient]].concat());
        assert_eq!(code, 0);
        out.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let of_a = events(number);
    let places: Vec<_> = of_a.iter().map(|entry| &entry["seq"]).collect();
    assert_eq!(places, [2, 3, 5]);
    assert_eq!(events(of_a[0]["patient"].as_str().unwrap()), of_a);
    assert_eq!(events("06139999::7777:"), Vec::<Value>::new());
}

#[test]
fn the_table_is_safe_for_spreadsheets() {
    let (folder, _) = written();
    put_key(folder.path());
    let (_, out, _) = command(folder.path(), &["export", "--format", "csv"]);
    let mut table = csv::Reader::from_reader(out.as_bytes());
    let heading = table.headers().unwrap().clone();
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    let field = |row: usize, name: &str| {
        let column = heading.iter().position(|column| column == name).unwrap();
        rows[row][column].to_owned()
    };
    assert_eq!(field(1, "note"), "'=HYPERLINK(\"x\"),\r\n次の行");
    assert_eq!(field(1, "patient_name"), "救急 太郎");
    assert_eq!(field(1, "time"), "2026-04-01T12:00:00.000+09:00");
    assert_eq!(field(5, "typed_name"), "'@x");
    assert!(rows.iter().flatten().all(|field| field == harmless(field)));
}

proptest! {
    #[test]
    fn no_field_ever_starts_a_formula(start in "[ \t\r\n　]{0,2}[=+@＝＋－＠\\-]?", rest in any::<String>()) {
        let field = harmless(&format!("{start}{rest}"));
        let first = field.trim_start().chars().next();
        prop_assert!(!first.is_some_and(|c| "=+-@＝＋－＠".contains(c)), "{field:?}");
        prop_assert!(!field.starts_with(['\t', '\r', '\n']));
        prop_assert!(field.ends_with(&rest));
    }
}

#[test]
fn the_bundle_has_the_codes_of_breaking_glass() {
    let (folder, _) = written();
    put_key(folder.path());
    let (_, out, _) = command(folder.path(), &["export", "--format", "fhir"]);
    let bundle: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(bundle["resourceType"], "Bundle");
    let events: Vec<_> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["resource"])
        .collect();
    let codes: Vec<_> = events
        .iter()
        .map(|event| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&event["type"]["code"]),
                text(&event["subtype"][0]["code"]),
                text(&event["action"]),
                text(&event["outcome"]),
            )
        })
        .collect();
    let expected = [
        ("110114", "110122", "E", "0"),
        ("110113", "110127", "E", "0"),
        ("rest", "read", "R", "0"),
        ("110113", "110127", "E", "0"),
        ("110113", "110138", "E", "0"),
        ("110114", "110122", "E", "4"),
    ]
    .map(|(a, b, c, d)| (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned()));
    assert_eq!(codes, expected);
    let purposes = &events[1]["purposeOfEvent"];
    assert_eq!(purposes[0]["coding"][0]["code"], "ETREAT");
    assert_eq!(purposes[1]["coding"][0]["code"], "BTG");
    let user = events[1]["agent"].as_array().unwrap().last().unwrap();
    assert_eq!(user["who"]["identifier"]["value"], "a1");
    let patient = &events[1]["entity"][0];
    assert_eq!(patient["role"]["code"], "1");
    assert_eq!(
        patient["what"]["identifier"]["value"],
        "06139999:1234:1111:01"
    );
    assert!(events[0].get("purposeOfEvent").is_none());
    let (_, out, _) = command(
        folder.path(),
        &["export", "--format", "fhir", "--patient", &"0".repeat(32)],
    );
    let empty: Value = serde_json::from_str(&out).unwrap();
    assert!(empty.get("entry").is_none());
}

/// A node with two ledgers that know of each other; the second's name.
fn two(folder: &Path) -> String {
    let settings = crate::ledger::Settings {
        node: crate::domain::access::NodeId("ward-1".to_owned()),
        commit_deadline: std::time::Duration::from_secs(20),
        ..settings(&folder.join("first"))
    };
    let second = folder.join("second");
    for seed in 0..2 {
        let entropy = std::sync::Arc::new(Counting::starting(seed));
        let opened =
            Ledger::open_with_second(settings.clone(), second.clone(), Still::new(), entropy);
        let ledger = opened.unwrap();
        let other = ledger.second().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_time().build().unwrap();
        for part in [&ledger, &other] {
            let sign_in = draft(Event::SignedIn);
            let node = part.node();
            runtime.block_on(ledger.append_at(&node, sign_in)).unwrap();
        }
    }
    let name = std::fs::read_to_string(second.join("second.name")).unwrap();
    name.trim().to_owned()
}

#[test]
fn a_part_is_given_only_where_that_is_asked_for_and_says_exactly_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let name = two(folder.path());
    let first = folder.path().join("first");
    let missing = format!("missing: the ledger {name} with at least ");
    for format in ["csv", "fhir", "fhir-ndjson", "ndjson"] {
        let export = ["export", "--format", format];
        let (code, out, err) = command(&first, &export);
        assert_eq!((code, out.as_str()), (2, ""), "{format}: {err}");
        assert!(
            err.contains("this is a part") && err.contains(&name),
            "{err}"
        );
        let (code, out, err) = command(&first, &[&export[..], &["--without", &name]].concat());
        assert_eq!(code, 3, "{format}: {err}");
        assert!(
            err.starts_with(&missing) && err.contains("of ward-1 of 2026"),
            "{err}"
        );
        let place = out.find(&name).unwrap();
        let entry = out.find("signed_in").unwrap();
        assert!(place < entry, "{format}: before everything else: {out}");
        let (code, _, err) = command(&first, &[&export[..], &["--without", "n7"]].concat());
        assert!(code == 2 && err.contains("n7"), "{code}: {err}");
    }
    let (code, out, _) = command(&first, &["verify"]);
    assert!(code == 0 && out.contains("was not seen"), "{code}: {out}");
    let (code, out, _) = command(&first, &["verify", "--without", &name]);
    assert!(code == 3 && out.contains(&missing), "{code}: {out}");
    assert!(!out.contains("was not seen"), "{out}");
    // A receipt that is one, and that nothing has.
    let receipt = (0..10)
        .map(|last| format!("0000-0000-000{last}"))
        .find(|receipt| crate::ledger::parse_receipt(receipt).is_some())
        .unwrap();
    let prove = ["prove", &*receipt];
    let (code, _, err) = command(&first, &prove);
    assert!(
        code == 1 && err.contains("was not looked at"),
        "{code}: {err}"
    );
    let (code, _, err) = command(&first, &[&prove[..], &["--without", &name]].concat());
    assert!(code == 3 && err.contains(&missing), "{code}: {err}");
}

#[test]
fn a_new_pair_is_no_whole_without_its_second_before_any_entry_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let first = crate::ledger::Settings {
        commit_deadline: std::time::Duration::from_secs(20),
        ..settings(&folder.path().join("first"))
    };
    let second = folder.path().join("second");
    let entropy = std::sync::Arc::new(Counting::starting(0));
    drop(Ledger::open_with_second(first, second.clone(), Still::new(), entropy).unwrap());
    for (dir, other) in [
        (folder.path().join("first"), &second),
        (second.clone(), &folder.path().join("first")),
    ] {
        let (code, _, err) = command(&dir, &["export", "--format", "ndjson"]);
        assert!(code == 2 && err.contains("this is a part"), "{code}: {err}");
        let (code, out, _) = command(&dir, &["verify"]);
        assert!(code == 0 && out.contains("this is a part"), "{code}: {out}");
        let both = [
            "export",
            "--format",
            "ndjson",
            "--second",
            other.to_str().unwrap(),
        ];
        assert_eq!(command(&dir, &both).0, 0);
    }
}

#[test]
fn what_is_lost_is_accepted_by_its_name_and_verify_says_it_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let name = two(folder.path());
    let first = folder.path().join("first");
    put_key(&first);
    std::fs::remove_dir_all(folder.path().join("second")).unwrap();
    let accept = ["accept", "--reason", "disk broke"];
    let (code, _, err) = command(&first, &accept);
    assert!(code == 2 && err.contains("is its device?"), "{code}: {err}");
    let (code, out, err) = command(&first, &[&accept[..], &["--lost", &name]].concat());
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains(&name) && out.contains("nothing of it is there"),
        "{out}"
    );
    let (code, out, err) = command(&first, &["verify"]);
    assert_eq!(code, 0, "{err}");
    let lost = format!("lost: {name} had been said to have ");
    assert!(out.contains(&lost) && out.contains("disk broke"), "{out}");
    assert!(!out.contains("this is a part"), "{out}");
    let (code, _, err) = command(&first, &["export", "--format", "ndjson"]);
    assert!(
        code == 2 && err.contains(&name),
        "never the whole again: {err}"
    );
}
