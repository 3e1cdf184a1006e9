//! Proofs from outside: another implementation, a witness in a process of its own, an auditor with
//! a receipt in his hand.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use emergency_summary::{
    ledger::{Proofs, note::Verifier},
    witness::{Asked, keep_asking},
};
use serde_json::Value;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    app::{TestApp, fill, open, pairs, whole_summary},
    binary::{Server, shown, told},
};

/// Waits until what is proven of the app's ledger is enough, while its clock goes on.
async fn until(app: &TestApp, what: impl Fn(&Proofs) -> bool) {
    let begun = Instant::now();
    while !what(&app.ledger.proofs()) {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{:?}",
            app.ledger.proofs()
        );
        app.clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Every entry so far is covered by a checkpoint.
async fn signed(app: &TestApp) {
    let entries = app.ledger.proofs().entries;
    until(app, |proofs| {
        let signed = proofs.signed.as_ref();
        signed.is_some_and(|signed| signed.checkpoint.size >= entries)
    })
    .await;
}

/// A witness of its own for the app's ledger.
struct Witness {
    _server: Server,
    folder: tempfile::TempDir,
    url: String,
}

impl Witness {
    async fn start(app: &TestApp) -> Self {
        signed(app).await;
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = shown(&app.folder.path().join("checkpoint.pub"));
        let mut server = Server::start(&[
            "witness",
            "--dir",
            &shown(folder.path()),
            "--name",
            "office.example/w1",
            "--listen",
            "127.0.0.1:0",
            "--ledger",
            &ledger,
        ]);
        let line = server.until("listening on");
        let address = line.rsplit(' ').next().expect("an address");
        Self {
            url: format!("http://{address}"),
            _server: server,
            folder,
        }
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("witness.pub")
    }

    fn key(&self) -> Verifier {
        let key = std::fs::read_to_string(self.key_file()).expect("a key");
        Verifier::parse(&key).expect("a key")
    }

    /// Has everything so far cosigned.
    async fn cosigns(&self, app: &TestApp) {
        signed(app).await;
        let stop = CancellationToken::new();
        let asked = Asked {
            url: self.url.clone(),
            key: self.key(),
        };
        let asking = TaskTracker::new().spawn(keep_asking(app.ledger.clone(), asked, stop.clone()));
        until(app, |proofs| {
            let size = |signed: &Option<emergency_summary::ledger::Signed>| {
                signed.as_ref().map(|signed| signed.checkpoint.size)
            };
            size(&proofs.cosigned) == size(&proofs.signed)
        })
        .await;
        stop.cancel();
        asking.await.expect("it ends").expect("it asks");
    }
}

/// A receipt that a physician has on the screen.
async fn receipt(app: &TestApp) -> String {
    let browser = app.physician().await;
    let path = open(&browser, &app.guide.patients[0]).await;
    let page = whole_summary(&browser, &path).await;
    let receipts = page.texts(".receipt");
    let digits = |text: &String| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let receipt = receipts.first().map(digits).expect("a receipt");
    assert_eq!(receipt.len(), 12, "{receipts:?}");
    receipt
}

fn copy_of(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.path().is_file() && entry.file_name() != "reserve" {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
        }
    }
    copy
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/proofs")
        .join(name)
}

/// Runs the second implementation; its exit code and what it says.
fn verify(arguments: &[&str]) -> (i32, String) {
    let output = Command::new("python3")
        .arg("-B")
        .arg(script("verify.py"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("python3 is installed");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().expect("not killed"),
        String::from_utf8(text).expect("UTF-8"),
    )
}

/// The proof that `ledger prove` prints.
fn proof(folder: &str, what: &[&str]) -> Value {
    let (code, out, err) = told(&[&["ledger", "prove", "--json", "--dir", folder], what].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{what:?}");
    serde_json::from_str(&out).expect("JSON")
}

/// What each field of a proof becomes in a forger's hands.
fn forged(proof: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, value) in proof.as_object().expect("an object") {
        let mut harm = |value: Value| {
            let mut forged = proof.clone();
            forged[name] = value;
            all.push((name.clone(), forged));
        };
        match value {
            // What is said beside the proof rests on the entry and the checkpoint themselves.
            Value::Number(number) if name != "size" => {
                let number = number.as_u64().expect("a number");
                harm((number + 1).into());
                harm(number.saturating_sub(1).into());
            }
            Value::String(text) if name != "root" => {
                for (from, to) in [('a', 'b'), ('1', '2'), ('A', 'B')] {
                    if text.contains(from) {
                        harm(text.replacen(from, &to.to_string(), 1).into());
                    }
                }
            }
            Value::Array(list) if !list.is_empty() => {
                harm(list[1..].to_vec().into());
                let mut more = list.clone();
                more.push(list[0].clone());
                harm(more.into());
                let mut turned = list.clone();
                turned.rotate_left(1);
                if turned != *list {
                    harm(turned.into());
                }
            }
            _ => {}
        }
    }
    all
}

#[actix_web::test]
async fn a_second_implementation_agrees_and_refuses_what_was_tampered_with() {
    let app = TestApp::start();
    let receipt = receipt(&app).await;
    let witness = Witness::start(&app).await;
    witness.cosigns(&app).await;
    let copy = copy_of(app.folder.path());
    let folder = shown(copy.path());
    let file = |name: &str| shown(&copy.path().join(name));
    let (key, witness_key) = (file("checkpoint.pub"), shown(&witness.key_file()));
    let keys = ["--key", &key, "--witness", &witness_key];
    assert_eq!(verify(&["self-test"]).0, 0);

    let inclusion = proof(&folder, &[&receipt]);
    let consistency = proof(&folder, &["--from", "3"]);
    std::fs::write(file("inclusion.json"), inclusion.to_string()).expect("written");
    std::fs::write(file("consistency.json"), consistency.to_string()).expect("written");
    let note = inclusion["checkpoint"].as_str().expect("a note");
    std::fs::write(file("note"), note).expect("written");
    for (what, of) in [
        ("inclusion", file("inclusion.json")),
        ("consistency", file("consistency.json")),
        ("checkpoint", file("note")),
        ("ledger", folder.clone()),
    ] {
        let (code, said) = verify(&[&[what][..], &keys, &[&of]].concat());
        assert_eq!(code, 0, "{what}: {said}");
    }
    for (what, right) in [("inclusion", &inclusion), ("consistency", &consistency)] {
        let forgeries = forged(right);
        assert!(forgeries.len() >= 8, "{what}");
        for (name, forged) in forgeries {
            std::fs::write(file("forged.json"), forged.to_string()).expect("written");
            let (code, said) = verify(&[&[what][..], &keys, &[&file("forged.json")]].concat());
            assert_ne!(code, 0, "{what} with another {name}: {said}");
        }
    }
    agrees_with_aics(
        &key,
        &witness_key,
        &file("inclusion.json"),
        &file("consistency.json"),
    );
    refuses_a_ledger_written_anew(copy.path(), &keys);
}

/// One entry changed, every hash of the database made to fit.
fn refuses_a_ledger_written_anew(folder: &Path, keys: &[&str]) {
    use sha2::{Digest as _, Sha256};
    let connection = rusqlite::Connection::open(folder.join("ledger.sqlite")).expect("a file");
    let mut statement = connection
        .prepare("SELECT body FROM entry ORDER BY seq")
        .expect("a table");
    let bodies: Vec<Vec<u8>> = statement
        .query_map([], |row| row.get(0))
        .expect("rows")
        .map(|body| body.expect("a body"))
        .collect();
    let mut chain = [0; 32];
    for (mut body, seq) in bodies.into_iter().zip(1_i64..) {
        if seq == 2 {
            let text = String::from_utf8_lossy(&body).replacen("\"boot\":\"", "\"boot\":\"0", 1);
            body = text.into_bytes();
        }
        let leaf = Sha256::new()
            .chain_update([0])
            .chain_update(&body)
            .finalize();
        chain = Sha256::new()
            .chain_update(chain)
            .chain_update(leaf)
            .finalize()
            .into();
        connection
            .execute(
                "UPDATE entry SET body = ?1, leaf = ?2, chain = ?3 WHERE seq = ?4",
                rusqlite::params![body, leaf.as_slice(), chain, seq],
            )
            .expect("rewritten");
    }
    drop(statement);
    drop(connection);
    let (code, said) = verify(&[&["ledger"][..], keys, &[&shown(folder)]].concat());
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("are not those signed"), "{said}");
    let (code, _, err) = told(&["ledger", "verify", "--dir", &shown(folder)]);
    assert_eq!(code, 1, "{err}");
    assert!(err.starts_with("entry 2: not what the checkpoint"), "{err}");
}

/// The package that nobody here wrote, where a Python that runs it was found.
fn agrees_with_aics(key: &str, witness: &str, inclusion: &str, consistency: &str) {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/aics-tlog/bin/python");
    if !python.exists() {
        eprintln!("SKIPPED: tests/run found no Python 3.12 for aics-tlog");
        return;
    }
    let output = Command::new(&python)
        .arg("-B")
        .arg(script("aics.py"))
        .args([key, witness, inclusion, consistency])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("aics-tlog agrees"), "{output:?}");
}

#[actix_web::test]
async fn a_witness_tells_a_ledger_whose_end_was_cut_with_its_checkpoints() {
    let app = TestApp::start();
    let witness = Witness::start(&app).await;
    let early = copy_of(app.folder.path());
    receipt(&app).await;
    witness.cosigns(&app).await;
    let late = copy_of(app.folder.path());
    let origin = app
        .ledger
        .proofs()
        .signed
        .expect("signed")
        .checkpoint
        .origin;
    let hash = {
        use sha2::{Digest as _, Sha256};
        data_encoding::HEXLOWER.encode(&Sha256::digest(origin))
    };
    let page = reqwest::get(format!("{}/checkpoint/{hash}", witness.url))
        .await
        .expect("an answer");
    let kept = witness.folder.path().join("kept");
    std::fs::write(&kept, page.text().await.expect("a note")).expect("written");
    let (kept, key) = (shown(&kept), shown(&witness.key_file()));
    let check = |folder: &Path, words: &[&str]| {
        told(&[&["ledger", "verify", "--dir", &shown(folder)], words].concat())
    };
    let with = ["--witness-key", &key, "--checkpoint", &kept];
    let (code, out, err) = check(late.path(), &with);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("cosigned by the witness up to"), "{out}");
    // The earlier copy is right in itself: only what is kept elsewhere tells.
    let (code, _, err) = check(early.path(), &[]);
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = check(early.path(), &with);
    assert_eq!(code, 1, "{err}");
    assert!(err.starts_with("tail removed after entry"), "{err}");
}

#[actix_web::test]
async fn an_auditor_enters_a_receipt_and_sees_the_entry_and_its_proof() {
    let app = TestApp::start();
    let receipt = receipt(&app).await;
    signed(&app).await;
    let auditor = app.signed_in(&app.account("auditor").clone()).await;
    let ask = async |typed: &str| {
        let mut fields = auditor.get("/audit/receipts").await.is(200).form("receipt");
        fill(&mut fields, "receipt", typed);
        auditor.post("/audit/receipts", &pairs(&fields)).await
    };
    let wide: String = receipt
        .chars()
        .filter_map(|digit| char::from_u32(u32::from(digit) + 0xFEE0))
        .collect();
    for typed in [
        receipt.clone(),
        format!("{} {}-{}", &receipt[..4], &receipt[4..8], &receipt[8..]),
        format!("　{wide} "),
    ] {
        let before = app.entries().lines().count();
        let page = ask(&typed).await.is(200);
        assert_eq!(
            page.attributes("#proof", "data-proof"),
            ["proven"],
            "{typed}"
        );
        assert!(page.body.contains("改変されていません"));
        assert!(!page.body.contains(&app.guide.patients[0].name));
        let entries = app.entries();
        let last = entries.lines().last().expect("an entry");
        assert_eq!(entries.lines().count(), before + 1, "looking is an entry");
        assert!(last.contains("ledger_read"), "{last}");
    }
    let digit = if receipt.starts_with('9') { "0" } else { "9" };
    let before = app.entries().lines().count();
    let page = ask(&format!("{digit}{}", &receipt[1..])).await.is(422);
    assert!(page.body.contains("受付番号が正しくありません"));
    assert_eq!(
        app.entries().lines().count(),
        before,
        "nothing was looked for"
    );
    let page = ask("0000-0000-0019").await;
    assert!(
        [404, 422].contains(&page.status.as_u16()),
        "{}",
        page.status
    );
    for role in ["physician", "administrator", "clerk"] {
        let browser = app.signed_in(&app.account(role).clone()).await;
        assert_eq!(browser.get("/audit/receipts").await.status, 403, "{role}");
    }
}
