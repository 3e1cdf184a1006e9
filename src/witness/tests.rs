//! Tests of what a witness cosigns, and of a node that asks one.

use std::{path::Path, sync::Arc};

use data_encoding::BASE64;
use proptest::prelude::*;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Answer, Asked, Cosigner, Error, keep_asking, serve};
use crate::{
    domain::event::Event,
    ledger::{
        Ledger,
        note::{Checkpoint, Kind, Line, Note, Said, Signer, Verifier},
        read,
        testing::{Counting, Still, draft, open_seeded},
        tree::{self, Edge, Hash},
    },
};

const NAME: &str = "privacy-office.example";

/// A ledger that is only a tree and a key.
struct Log {
    signer: Signer,
    hashes: Vec<Hash>,
    edge: Edge,
}

impl Log {
    fn new(name: &str, seed: u16) -> Self {
        Self {
            signer: Signer::fresh(name, Kind::Ledger, &Counting::starting(seed)).unwrap(),
            hashes: Vec::new(),
            edge: Edge::default(),
        }
    }

    fn grow(&mut self, to: u64, seed: u8) {
        while self.edge.size() < to {
            let number = u8::try_from(self.edge.size()).unwrap();
            let hashes = &mut self.hashes;
            self.edge
                .push([number ^ seed; 32], |hash| hashes.push(*hash));
        }
    }

    fn note(&self, size: u64) -> Note {
        let text = Checkpoint {
            origin: self.signer.verifier().name().to_owned(),
            size,
            root: tree::root(&self.hashes, size).unwrap(),
        }
        .text();
        let signatures = vec![self.signer.sign(&text, 0)];
        Note { text, signatures }
    }

    fn request(&self, old: u64, size: u64) -> String {
        let proof = tree::consistency(&self.hashes, old, size)
            .unwrap()
            .unwrap_or_default();
        let mut lines: Vec<String> = proof.iter().map(|hash| BASE64.encode(hash)).collect();
        lines.insert(0, format!("old {old}"));
        format!("{}\n\n{}", lines.join("\n"), self.note(size))
    }
}

fn cosigner(folder: &Path, log: &Log) -> Cosigner {
    let keys = vec![log.signer.verifier().clone()];
    Cosigner::open(folder, NAME, keys, &Counting::starting(77)).unwrap()
}

fn grown(to: u64) -> Log {
    let mut log = Log::new("emergency-summary/n1/ab", 1);
    log.grow(to, 0);
    log
}

fn is_cosigned(answer: &Answer) -> bool {
    matches!(answer, Answer::Cosigned(_))
}

#[test]
fn a_ledger_that_grows_is_cosigned_and_the_signature_holds() {
    let folder = tempfile::tempdir().unwrap();
    let log = grown(20);
    let witness = cosigner(folder.path(), &log);
    for (old, size) in [(0, 3), (3, 3), (3, 8), (8, 20)] {
        let Answer::Cosigned(line) = witness.add(&log.request(old, size), 1_700_000_000) else {
            panic!("{old} to {size}");
        };
        let mut note = log.note(size);
        note.signatures
            .push(Line::parse(line.strip_suffix('\n').unwrap()).unwrap());
        let said = witness.verifier().check(&note);
        assert_eq!(said, Said::Signed(Some(1_700_000_000)));
    }
}

#[test]
fn what_was_cosigned_is_known_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = grown(20);
    let witness = cosigner(folder.path(), &log);
    assert!(is_cosigned(&witness.add(&log.request(0, 12), 1)));
    let again = Cosigner::open(folder.path(), NAME, Vec::new(), &Counting::default());
    assert!(matches!(again, Err(Error::InUse)));
    drop(witness);
    let witness = cosigner(folder.path(), &log);
    assert_eq!(witness.add(&log.request(0, 12), 2), Answer::Conflict(12));
    assert!(is_cosigned(&witness.add(&log.request(12, 20), 2)));
}

#[test]
fn another_past_is_never_cosigned() {
    let folder = tempfile::tempdir().unwrap();
    let log = grown(20);
    let witness = cosigner(folder.path(), &log);
    assert!(is_cosigned(&witness.add(&log.request(0, 12), 1)));
    let mut other = grown(5);
    other.grow(20, 9);
    for size in 13..=20 {
        let answer = witness.add(&other.request(12, size), 2);
        assert_eq!(answer, Answer::Inconsistent, "{size}");
    }
    // The same size with another root, a smaller tree, and one that forgets what was known.
    assert_eq!(witness.add(&other.request(12, 12), 2), Answer::Conflict(12));
    assert_eq!(witness.add(&log.request(8, 10), 2), Answer::Conflict(12));
    assert_eq!(witness.add(&log.request(12, 10), 2), Answer::Malformed);
    assert_eq!(witness.add(&other.request(0, 20), 2), Answer::Conflict(12));
    assert!(is_cosigned(&witness.add(&log.request(12, 20), 2)));
}

#[test]
fn strangers_and_forgeries_are_turned_away() {
    let folder = tempfile::tempdir().unwrap();
    let log = grown(20);
    let witness = cosigner(folder.path(), &log);
    let mut stranger = Log::new("emergency-summary/n2/cd", 1);
    stranger.grow(3, 0);
    assert_eq!(witness.add(&stranger.request(0, 3), 1), Answer::Unknown);
    let mut forger = Log::new("emergency-summary/n1/ab", 2);
    forger.grow(3, 0);
    assert_eq!(witness.add(&forger.request(0, 3), 1), Answer::Unsigned);
    let right = log.request(0, 3);
    for wrong in [
        String::new(),
        right.replacen("old 0", "old 00", 1),
        right.replacen("old 0", "old -1", 1),
        right.replacen("old 0\n", "old 0\nAAAA\n", 1),
        right.trim_end().to_owned(),
        right.replacen("old 0\n", &"old 0\n".repeat(2), 1),
    ] {
        assert_eq!(witness.add(&wrong, 1), Answer::Malformed, "{wrong:?}");
    }
    let more = format!("old 0\n{}\n", BASE64.encode(&[0; 32]));
    let with_proof = right.replacen("old 0\n", &more, 1);
    assert_eq!(witness.add(&with_proof, 1), Answer::Inconsistent);
}

#[test]
fn a_witness_never_starts_with_less_than_it_knew() {
    let log = grown(20);
    let known = || {
        let folder = tempfile::tempdir().unwrap();
        let witness = cosigner(folder.path(), &log);
        assert!(is_cosigned(&witness.add(&log.request(0, 12), 1)));
        drop(witness);
        folder
    };
    let keys = || vec![log.signer.verifier().clone()];
    let open = |folder: &Path, name| Cosigner::open(folder, name, keys(), &Counting::default());
    let folder = known();
    std::fs::remove_file(folder.path().join("witness.key")).unwrap();
    assert!(matches!(open(folder.path(), NAME), Err(Error::Foreign(_))));
    let folder = known();
    assert!(matches!(
        open(folder.path(), "another"),
        Err(Error::Foreign(_))
    ));
    let folder = known();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "checkpoint") {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(&path, text.replacen("\n12\n", "\n11\n", 1)).unwrap();
        }
    }
    assert!(matches!(open(folder.path(), NAME), Err(Error::Foreign(_))));
    // Without its file a ledger is not as if it had never been cosigned.
    let folder = known();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "checkpoint") {
            std::fs::remove_file(&path).unwrap();
        }
    }
    assert!(matches!(open(folder.path(), NAME), Err(Error::Foreign(_))));
    // A crash between the two files is none of these.
    let folder = known();
    std::fs::remove_file(folder.path().join("begun")).unwrap();
    drop(open(folder.path(), NAME).unwrap());
    assert!(folder.path().join("begun").exists());
}

#[test]
fn nobody_fills_a_witness_with_lines_it_cannot_read_again() {
    let (folder, log) = (tempfile::tempdir().unwrap(), grown(20));
    let witness = cosigner(folder.path(), &log);
    let request = log.request(0, 12);
    let line = log.note(12).signatures[0].to_string();
    let mut stranger = Log::new(log.signer.verifier().name(), 9);
    stranger.grow(20, 0);
    let strange = stranger.note(12).signatures[0].to_string();
    let lines = format!("{line}\n").repeat(40) + &format!("{strange}\n").repeat(23);
    assert!(is_cosigned(&witness.add(&format!("{request}{lines}"), 1)));
    drop(witness);
    let witness = cosigner(folder.path(), &log);
    assert!(is_cosigned(&witness.add(&log.request(12, 20), 2)));
}

proptest! {
    #[test]
    fn any_request_is_answered(request in any::<String>(), harm in any::<prop::sample::Index>(), by in any::<char>()) {
        let folder = tempfile::tempdir().unwrap();
        let log = grown(9);
        let witness = cosigner(folder.path(), &log);
        prop_assert!(!is_cosigned(&witness.add(&request, 1)));
        let mut text: Vec<char> = log.request(0, 9).chars().collect();
        let place = harm.index(text.len());
        let same = text[place] == by;
        text[place] = by;
        let changed: String = text.into_iter().collect();
        prop_assert_eq!(is_cosigned(&witness.add(&changed, 1)), same);
    }
}

/// Waits until the witness cosigned so many entries, or does not.
async fn until(ledger: &Ledger, what: impl Fn(&crate::ledger::Proofs) -> bool) {
    for _ in 0..4_000 {
        if what(&ledger.proofs()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{:?}", ledger.proofs());
}

fn size(signed: Option<&crate::ledger::Signed>) -> u64 {
    signed.map_or(0, |signed| signed.checkpoint.size)
}

#[actix_web::test]
async fn a_node_has_its_checkpoints_cosigned_and_a_ledger_that_was_cut_gets_none() {
    let (node, witness) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ledger = open_seeded(node.path(), 1);
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    until(&ledger, |proofs| size(proofs.signed.as_ref()) == 1).await;
    let key = std::fs::read_to_string(node.path().join("checkpoint.pub")).unwrap();
    let key = Verifier::parse(&key).unwrap();
    let keys = vec![key.clone()];
    let cosigner =
        Arc::new(Cosigner::open(witness.path(), NAME, keys, &Counting::starting(7)).unwrap());
    let here = "127.0.0.1:0".parse().unwrap();
    let tasks = TaskTracker::new();
    let running = serve(Arc::clone(&cosigner), Still::new(), here, &tasks).unwrap();
    let asked = Asked {
        url: format!("http://{}/", running.address),
        key: cosigner.verifier().clone(),
    };
    let stop = CancellationToken::new();
    let asking = tasks.spawn(keep_asking(ledger.clone(), asked.clone(), stop.clone()));
    until(&ledger, |proofs| size(proofs.cosigned.as_ref()) == 1).await;
    for _ in 0..64 {
        ledger.append(draft(Event::SignedIn)).await.unwrap();
    }
    until(&ledger, |proofs| size(proofs.cosigned.as_ref()) >= 64).await;
    stop.cancel();
    asking.await.unwrap().unwrap();
    ledger.close();
    let trust = crate::ledger::Trust {
        witness: Some(asked.key.clone()),
        ..Default::default()
    };
    let verified = read(node.path(), None)
        .unwrap()
        .verify_with(&trust)
        .unwrap();
    assert_eq!(verified.fault, None);
    assert!(verified.signed.cosigned.is_some_and(|(size, _)| size >= 64));

    // The same key and an older copy of the files: the witness knows more.
    let cut = tempfile::tempdir().unwrap();
    for name in ["checkpoint.key", "checkpoint.pub"] {
        std::fs::copy(node.path().join(name), cut.path().join(name)).unwrap();
    }
    let ledger = open_seeded(cut.path(), 2);
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    until(&ledger, |proofs| size(proofs.signed.as_ref()) == 1).await;
    let stop = CancellationToken::new();
    let asking = tasks.spawn(keep_asking(ledger.clone(), asked, stop.clone()));
    until(&ledger, |proofs| {
        proofs
            .witness_trouble
            .as_ref()
            .is_some_and(|why| why.contains("which this ledger does not have"))
    })
    .await;
    assert_eq!(size(ledger.proofs().cosigned.as_ref()), 0);
    stop.cancel();
    asking.await.unwrap().unwrap();
    running.stop().await;
}
