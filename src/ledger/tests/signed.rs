//! What somebody does who may write every file but has no checkpoint key.

use std::{fs, path::Path, sync::LazyLock, time::Duration};

use proptest::prelude::*;
use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::super::{
    Fault, Trust, Verified,
    kept::{self, CHECKPOINTS, KEY, PUBLIC_KEY, Piece, TREE},
    note::{Note, Verifier},
    read,
    store::{Head, leaf},
    testing::{Counting, Still, draft, end, grant, open_seeded, settings, start, view},
    tree::Edge,
};
use crate::{
    domain::{access::End, event::Event},
    ledger::Ledger,
};

/// Entries, and the sizes that were signed.
struct Written {
    folder: TempDir,
    sizes: Vec<u64>,
}

/// Six processes one after another, each of which signs when it ends.
static WRITTEN: LazyLock<Written> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    for n in 0..6 {
        let ledger = open_seeded(folder.path(), n);
        runtime.block_on(async {
            let grant = grant(&ledger, &format!("{n}5"));
            ledger.append(start(&grant)).await.unwrap();
            ledger.append(view(&grant.id, "[1]")).await.unwrap();
            ledger.append(draft(Event::SignedIn)).await.unwrap();
            if n % 2 == 0 {
                ledger.append(end(&grant.id, End::Hand)).await.unwrap();
            }
        });
    }
    let sizes = notes(folder.path())
        .iter()
        .map(|note| note.text.lines().nth(1).unwrap().parse().unwrap())
        .collect();
    Written { folder, sizes }
});

fn notes(folder: &Path) -> Vec<Note> {
    let mut notes = Vec::new();
    kept::for_each_note(folder, CHECKPOINTS, |piece| match piece {
        Piece::Note(note) => notes.push(note),
        other @ (Piece::Other | Piece::Unfinished) => panic!("{other:?}"),
    })
    .unwrap();
    notes
}

/// A copy of the folder, for an attack.
fn copied() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["ledger.sqlite", CHECKPOINTS, PUBLIC_KEY, TREE, KEY] {
        fs::copy(WRITTEN.folder.path().join(name), copy.path().join(name)).unwrap();
    }
    copy
}

fn verified(folder: &Path, trust: &Trust) -> Verified {
    read(folder, None).unwrap().verify_with(trust).unwrap()
}

fn fault(folder: &Path) -> Option<Fault> {
    verified(folder, &Trust::default()).fault
}

/// The signed sizes around an entry: the last before it, and the first that covers it.
fn around(seq: u64) -> (u64, u64) {
    let covers = WRITTEN.sizes.iter().find(|size| **size >= seq).unwrap();
    let before = WRITTEN.sizes.iter().rev().find(|size| **size < seq);
    (before.copied().unwrap_or(0), *covers)
}

fn last() -> u64 {
    *WRITTEN.sizes.last().unwrap()
}

pub(super) fn connect(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("ledger.sqlite")).unwrap();
    connection
        .execute_batch("PRAGMA synchronous = OFF")
        .unwrap();
    connection
}

pub(super) fn bodies(connection: &Connection) -> Vec<Vec<u8>> {
    let mut statement = connection
        .prepare("SELECT body FROM entry ORDER BY seq")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The ledger without entries and without what follows from them.
fn emptied(folder: &Path) -> Connection {
    let connection = connect(folder);
    connection
        .execute_batch(
            "DELETE FROM entry; DELETE FROM receipt; DELETE FROM open_grant; \
             DELETE FROM by_patient; DELETE FROM of_grants; DELETE FROM objection",
        )
        .unwrap();
    connection
}

/// Writes the whole ledger anew with these bodies: chain, places, and the tables that follow.
pub(super) fn rewrite(folder: &Path, bodies: &[Vec<u8>]) {
    let connection = emptied(folder);
    let mut head = Head::EMPTY;
    for body in bodies {
        let (next, leaf) = head.next(body);
        let seq = i64::try_from(next.seq).unwrap();
        connection
            .execute(
                "INSERT INTO entry VALUES (?1, ?2, ?3, ?4)",
                params![seq, body, leaf, next.chain],
            )
            .unwrap();
        head = next;
        let entry: serde_json::Value = serde_json::from_slice(&body[1..]).unwrap();
        if let Some(receipt) = entry["receipt"].as_str() {
            connection
                .execute("INSERT INTO receipt VALUES (?1, ?2)", params![receipt, seq])
                .unwrap();
        }
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        match entry["event"].as_str().unwrap() {
            "grant_started" => connection
                .execute(
                    "INSERT INTO open_grant VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![
                        text("grant"),
                        seq,
                        text("account"),
                        text("facility"),
                        text("patient")
                    ],
                )
                .unwrap(),
            "grant_ended" => connection
                .execute(
                    "DELETE FROM open_grant WHERE grant_id = ?1",
                    [text("grant")],
                )
                .unwrap(),
            _ => 0,
        };
    }
    connection
        .execute(
            "UPDATE sqlite_sequence SET seq = ?1",
            [i64::try_from(bodies.len()).unwrap()],
        )
        .unwrap();
    connection
        .execute(
            "DELETE FROM shown WHERE NOT EXISTS (SELECT 1 FROM entry \
             WHERE instr(CAST(body AS TEXT), shown.address) > 0)",
            [],
        )
        .unwrap();
    super::super::lookup::fill(&connection).unwrap();
}

/// Writes the tree's file anew.
fn regrow(folder: &Path, bodies: &[Vec<u8>]) {
    let (mut edge, mut hashes) = (Edge::default(), Vec::new());
    for body in bodies {
        edge.push(leaf(body), |hash| hashes.extend_from_slice(hash));
    }
    fs::write(folder.join(TREE), hashes).unwrap();
}

/// A body that says another time since the machine was started, and is an entry all the same.
pub(super) fn changed(body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let changed = text.replacen("\"since_boot_ms\":1", "\"since_boot_ms\":7", 1);
    assert_ne!(changed, text);
    changed.into_bytes()
}

/// Takes the checkpoints and their key away: what is left is what a chain alone can say.
fn unsigned(folder: &Path) {
    for name in [CHECKPOINTS, PUBLIC_KEY, TREE] {
        // The tree may have gone before.
        fs::remove_file(folder.join(name)).unwrap_or_default();
        assert!(!folder.join(name).exists());
    }
}

#[test]
fn an_honest_ledger_is_right_and_wholly_covered() {
    let said = verified(WRITTEN.folder.path(), &Trust::default());
    assert_eq!(said.fault, None);
    assert_eq!(said.entries, last());
    assert_eq!(said.signed.covered, last());
    let signed = u64::try_from(WRITTEN.sizes.len()).unwrap();
    assert!(signed >= 6 && said.signed.checkpoints == signed);
    assert!(said.signed.is_own_key && !said.signed.is_unfinished);
    // What the attacks rewrite is right in itself.
    let copy = copied();
    let bodies = bodies(&connect(copy.path()));
    rewrite(copy.path(), &bodies);
    assert_eq!(fault(copy.path()), None);
}

#[test]
fn whoever_brings_a_key_is_told_that_nothing_was_signed() {
    let copy = copied();
    let key = fs::read_to_string(copy.path().join(PUBLIC_KEY)).unwrap();
    let trust = Trust {
        key: Verifier::parse(&key),
        ..Trust::default()
    };
    assert!(trust.key.is_some());
    assert_eq!(verified(copy.path(), &trust).fault, None);
    unsigned(copy.path());
    let found = verified(copy.path(), &trust).fault;
    assert_eq!(found, Some(Fault::Uncovered(1)));
}

#[test]
fn no_proof_is_given_of_entries_that_were_not_signed() {
    let copy = copied();
    let mut bodies = bodies(&connect(copy.path()));
    let grown = |from| {
        read(copy.path(), None)
            .unwrap()
            .grown(from, &Trust::default())
    };
    assert!(grown(0).unwrap().is_some());
    bodies[1] = changed(&bodies[1]);
    rewrite(copy.path(), &bodies);
    for from in [0, 1, 4] {
        assert!(grown(from).is_err(), "from {from}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_changed_entry_is_found_even_with_everything_computed_anew(
        place in any::<prop::sample::Index>(),
        tree in 0..3,
    ) {
        let copy = copied();
        let mut bodies = bodies(&connect(copy.path()));
        let place = place.index(bodies.len());
        bodies[place] = changed(&bodies[place]);
        rewrite(copy.path(), &bodies);
        match tree {
            0 => regrow(copy.path(), &bodies),
            1 => fs::remove_file(copy.path().join(TREE)).unwrap(),
            _ => {}
        }
        let seq = u64::try_from(place).unwrap() + 1;
        let (before, covers) = around(seq);
        let expected = if tree == 2 {
            Fault::Rewritten(seq, seq, covers)
        } else {
            Fault::Rewritten(before + 1, covers, covers)
        };
        prop_assert_eq!(fault(copy.path()), Some(expected));
        unsigned(copy.path());
        prop_assert_eq!(fault(copy.path()), None, "a chain alone says nothing");
    }

    #[test]
    fn an_entry_taken_out_or_put_in_is_found_even_with_everything_computed_anew(
        place in any::<prop::sample::Index>(),
        puts_in in any::<bool>(),
        grows_anew in any::<bool>(),
    ) {
        let copy = copied();
        let mut bodies = bodies(&connect(copy.path()));
        // Sign-ins have nothing that follows from them.
        let signed_in: Vec<usize> = (0..bodies.len())
            .filter(|place| {
                String::from_utf8_lossy(&bodies[*place]).contains("\"event\":\"signed_in\"")
            })
            .collect();
        let place = signed_in[place.index(signed_in.len())];
        if puts_in {
            let more = changed(&bodies[place]);
            bodies.insert(place, more);
        } else {
            bodies.remove(place);
        }
        rewrite(copy.path(), &bodies);
        if grows_anew {
            regrow(copy.path(), &bodies);
        }
        let seq = u64::try_from(place).unwrap() + 1;
        let (before, covers) = around(seq);
        let is_short = !puts_in && covers == last();
        let expected = match (is_short, grows_anew) {
            (true, _) => Fault::Tail(last() - 1),
            (false, true) => Fault::Rewritten(before + 1, covers, covers),
            (false, false) => Fault::Rewritten(seq, seq, covers),
        };
        prop_assert_eq!(fault(copy.path()), Some(expected));
        unsigned(copy.path());
        prop_assert_eq!(fault(copy.path()), None, "a chain alone says nothing");
    }

    #[test]
    fn a_tail_cut_off_is_found_by_the_checkpoint_that_covered_it(
        kept in any::<prop::sample::Index>(),
        cuts_checkpoints in any::<bool>(),
    ) {
        let copy = copied();
        let mut bodies = bodies(&connect(copy.path()));
        let kept = kept.index(bodies.len());
        bodies.truncate(kept);
        rewrite(copy.path(), &bodies);
        regrow(copy.path(), &bodies);
        let kept = u64::try_from(kept).unwrap();
        let trust = Trust {
            checkpoints: vec![notes(WRITTEN.folder.path()).pop().unwrap()],
            ..Trust::default()
        };
        if cuts_checkpoints {
            let left: Vec<String> = notes(copy.path())
                .iter()
                .zip(&WRITTEN.sizes)
                .filter(|(_, size)| **size <= kept)
                .map(|(note, _)| format!("{note}\n"))
                .collect();
            fs::write(copy.path().join(CHECKPOINTS), left.concat()).unwrap();
            prop_assert_eq!(fault(copy.path()), None, "only what is elsewhere tells");
        } else {
            prop_assert_eq!(fault(copy.path()), Some(Fault::Tail(kept)));
        }
        prop_assert_eq!(verified(copy.path(), &trust).fault, Some(Fault::Tail(kept)));
    }

    #[test]
    fn a_flipped_bit_of_any_file_of_proofs_is_found(
        file in 0_usize..3,
        place in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let copy = copied();
        let name = [CHECKPOINTS, PUBLIC_KEY, TREE][file];
        let path = copy.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        fs::write(&path, &bytes).unwrap();
        let said = verified(copy.path(), &Trust::default());
        // White space around the key is no part of it; the very last line may be a crash's.
        let is_same_key = name == PUBLIC_KEY
            && String::from_utf8(bytes).is_ok_and(|text| {
                Verifier::parse(&text) == Verifier::parse(
                    &fs::read_to_string(WRITTEN.folder.path().join(PUBLIC_KEY)).unwrap(),
                )
            });
        prop_assert!(said.fault.is_some() || said.signed.is_unfinished || is_same_key);
        if name == TREE {
            prop_assert!(matches!(said.fault, Some(Fault::Derived(TREE, _))));
        }
    }
}

#[test]
fn a_checkpoint_that_is_missing_in_the_middle_moves_nothing_and_one_that_is_put_in_is_found() {
    let copy = copied();
    let mut left = notes(copy.path());
    let taken = left.remove(2);
    let write = |notes: &[Note]| {
        let text: Vec<String> = notes.iter().map(|note| format!("{note}\n")).collect();
        fs::write(copy.path().join(CHECKPOINTS), text.concat()).unwrap();
    };
    write(&left);
    assert_eq!(fault(copy.path()), None);
    left.push(taken);
    write(&left);
    let number = u64::try_from(left.len()).unwrap();
    let expected = Fault::Checkpoint(CHECKPOINTS, number, "does not go on from the one before");
    assert_eq!(fault(copy.path()), Some(expected));
}

#[test]
fn a_ledger_without_any_checkpoint_is_not_taken_for_a_young_one() {
    let copy = copied();
    unsigned(copy.path());
    let mut bodies = bodies(&connect(copy.path()));
    let more = bodies[2].clone();
    assert!(String::from_utf8_lossy(&more).contains("signed_in"));
    bodies.extend(std::iter::repeat_n(more, 4_096));
    rewrite(copy.path(), &bodies);
    assert_eq!(fault(copy.path()), Some(Fault::Uncovered(1)));
}

/// Waits until the thread has signed so many.
pub(super) async fn signed(ledger: &Ledger, size: u64) {
    for _ in 0..2_000 {
        let signed = ledger.proofs().signed;
        if signed.is_some_and(|signed| signed.checkpoint.size >= size) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{size} entries are not signed: {:?}", ledger.proofs());
}

#[tokio::test]
async fn a_checkpoint_is_signed_every_64_entries_and_ten_seconds_after_the_first_uncovered() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Still::new();
    let entropy = std::sync::Arc::new(Counting::default());
    let ledger = Ledger::open(settings(folder.path()), clock.clone(), entropy).unwrap();
    // The clock stands: only the count can be the reason.
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    signed(&ledger, 1).await;
    for _ in 0..64 {
        ledger.append(draft(Event::SignedIn)).await.unwrap();
    }
    signed(&ledger, 65).await;
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    for _ in 0..600 {
        clock.step(chrono::Duration::seconds(10), Duration::from_secs(10));
        if ledger.proofs().signed.unwrap().checkpoint.size == 66 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    signed(&ledger, 66).await;
    assert_eq!(ledger.proofs().trouble, None);
    assert_eq!(fault(folder.path()), None);
}

#[tokio::test]
async fn a_node_signs_nothing_on_top_of_a_ledger_that_was_written_anew() {
    let copy = copied();
    let mut bodies = bodies(&connect(copy.path()));
    bodies[3] = changed(&bodies[3]);
    rewrite(copy.path(), &bodies);
    regrow(copy.path(), &bodies);
    let before = fs::read(copy.path().join(CHECKPOINTS)).unwrap();
    let ledger = open_seeded(copy.path(), 99);
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    ledger.close();
    let trouble = ledger.proofs().trouble.unwrap();
    assert!(
        trouble.contains("not those that the last checkpoint signed"),
        "{trouble}"
    );
    assert_eq!(fs::read(copy.path().join(CHECKPOINTS)).unwrap(), before);
}

#[tokio::test]
async fn a_key_that_was_lost_is_not_replaced_in_silence() {
    let copy = copied();
    fs::remove_file(copy.path().join(KEY)).unwrap();
    let ledger = open_seeded(copy.path(), 99);
    ledger.append(draft(Event::SignedIn)).await.unwrap();
    ledger.close();
    let trouble = ledger.proofs().trouble.unwrap();
    assert!(trouble.contains("checkpoint.key is not there"), "{trouble}");
    assert!(!copy.path().join(KEY).exists());
    assert_eq!(
        fault(copy.path()),
        None,
        "the entry is recorded all the same"
    );
}

#[tokio::test]
async fn the_file_of_the_tree_is_made_again_where_it_is_missing_short_or_wrong() {
    let whole = fs::read(WRITTEN.folder.path().join(TREE)).unwrap();
    let mut wrong = whole.clone();
    wrong[40] ^= 1;
    for harmed in [Vec::new(), whole[..whole.len() - 33].to_vec(), wrong] {
        let copy = copied();
        fs::write(copy.path().join(TREE), &harmed).unwrap();
        let ledger = open_seeded(copy.path(), 99);
        ledger.append(draft(Event::SignedIn)).await.unwrap();
        ledger.close();
        assert_eq!(ledger.proofs().trouble, None);
        let made = fs::read(copy.path().join(TREE)).unwrap();
        // A hash inside that nothing asks for at a start is told by verification only.
        let is_inside = harmed.len() == whole.len();
        assert_eq!(made.starts_with(&whole), !is_inside);
        let found = fault(copy.path());
        assert_eq!(found.is_some(), is_inside, "{found:?}");
    }
}
