//! Whatever is changed past the writer is found and named.

use std::{path::Path, sync::LazyLock};

use proptest::prelude::*;
use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::super::{
    Fault, read,
    testing::{draft, end, grant, open, start, view},
};
use crate::domain::{access::End, event::Event};

const ENTRIES: i64 = 30;

/// Thirty entries of all kinds: written once, copied for each case.
static WRITTEN: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let ledger = open(folder.path());
    runtime.block_on(async {
        for n in 0..5 {
            let grant = grant(&ledger, &format!("{n}5"));
            ledger.append(start(&grant)).await.unwrap();
            ledger
                .append(view(&grant.id, &format!("[{n}]")))
                .await
                .unwrap();
            ledger
                .append(view(&grant.id, &format!("[{n}]")))
                .await
                .unwrap();
            ledger
                .append(view(&grant.id, &format!("[{n},1]")))
                .await
                .unwrap();
            ledger.append(draft(Event::SignedIn)).await.unwrap();
            if n < 4 {
                ledger.append(end(&grant.id, End::Hand)).await.unwrap();
            } else {
                ledger.append(draft(Event::Unlocked)).await.unwrap();
            }
        }
    });
    drop(ledger);
    folder
});

/// What verification says after `harm`.
fn after(harm: impl FnOnce(&Connection)) -> Option<Fault> {
    let copy = tempfile::tempdir().unwrap();
    let file = copy.path().join("ledger.sqlite");
    std::fs::copy(WRITTEN.path().join("ledger.sqlite"), &file).unwrap();
    let connection = Connection::open(&file).unwrap();
    connection
        .execute_batch("PRAGMA synchronous = OFF")
        .unwrap();
    harm(&connection);
    drop(connection);
    verify(copy.path())
}

fn verify(folder: &Path) -> Option<Fault> {
    read(folder, None).unwrap().verify().unwrap().fault
}

fn said(harm: &str) -> String {
    after(|connection| connection.execute_batch(harm).unwrap())
        .map_or_else(|| "nothing".to_owned(), |fault| fault.to_string())
}

fn blob(connection: &Connection, column: &str, seq: i64) -> Vec<u8> {
    let sql = format!("SELECT {column} FROM entry WHERE seq = ?1");
    connection.query_row(&sql, [seq], |row| row.get(0)).unwrap()
}

fn put(connection: &Connection, column: &str, seq: i64, bytes: &[u8]) {
    let sql = format!("UPDATE entry SET {column} = ?1 WHERE seq = ?2");
    assert_eq!(connection.execute(&sql, params![bytes, seq]), Ok(1));
}

#[test]
fn untouched_files_are_right() {
    assert_eq!(after(|_| {}), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_flipped_bit_of_any_row_is_found(
        column in 0_usize..3,
        seq in 1..=ENTRIES,
        place in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let name = ["body", "leaf", "chain"][column];
        let fault = after(|connection| {
            let mut bytes = blob(connection, name, seq);
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
            put(connection, name, seq, &bytes);
        });
        let seq = u64::try_from(seq).unwrap();
        prop_assert_eq!(fault, Some([Fault::Body(seq), Fault::Leaf(seq), Fault::Chain(seq)][column].clone()));
    }

    #[test]
    fn a_removed_row_is_named(seq in 1..=ENTRIES) {
        let fault = after(|connection| {
            connection.execute("DELETE FROM entry WHERE seq = ?1", [seq]).unwrap();
        });
        let seq_number = u64::try_from(seq).unwrap();
        let expected = if seq == ENTRIES { Fault::Tail(seq_number - 1) } else { Fault::Missing(seq_number) };
        prop_assert_eq!(fault, Some(expected));
    }

    #[test]
    fn a_tail_cut_off_is_named(kept in 0..ENTRIES) {
        let fault = after(|connection| {
            connection.execute("DELETE FROM entry WHERE seq > ?1", [kept]).unwrap();
        });
        prop_assert_eq!(fault, Some(Fault::Tail(u64::try_from(kept).unwrap())));
    }

    #[test]
    fn swapped_rows_are_found_at_the_first(a in 1..=ENTRIES, b in 1..=ENTRIES) {
        prop_assume!(a != b);
        let fault = after(|connection| {
            for column in ["body", "leaf", "chain"] {
                let (at_a, at_b) = (blob(connection, column, a), blob(connection, column, b));
                put(connection, column, a, &at_b);
                put(connection, column, b, &at_a);
            }
        });
        prop_assert_eq!(fault, Some(Fault::Chain(u64::try_from(a.min(b)).unwrap())));
    }

    #[test]
    fn a_duplicated_row_is_found(of in 1..=ENTRIES, at in prop_oneof![Just(ENTRIES + 1), Just(0), Just(-4)]) {
        let fault = after(|connection| {
            connection.execute(
                "INSERT INTO entry SELECT ?1, body, leaf, chain FROM entry WHERE seq = ?2",
                [at, of],
            ).unwrap();
        });
        let expected = match u64::try_from(at) {
            Ok(seq) if seq > 0 => Fault::Chain(seq),
            _ => Fault::Misplaced(at),
        };
        prop_assert_eq!(fault, Some(expected));
    }

    #[test]
    fn an_inserted_row_that_moves_the_others_is_found(before in 1..=ENTRIES, of in 1..=ENTRIES) {
        let fault = after(|connection| {
            for seq in (before..=ENTRIES).rev() {
                connection.execute("UPDATE entry SET seq = seq + 1 WHERE seq = ?1", [seq]).unwrap();
            }
            let of = if of >= before { of + 1 } else { of };
            connection.execute(
                "INSERT INTO entry SELECT ?1, body, leaf, chain FROM entry WHERE seq = ?2",
                [before, of],
            ).unwrap();
        });
        let first = u64::try_from(before).unwrap();
        // A copy of the very row that stood there is right at its place and wrong at the next.
        let expected = if of == before { first + 1 } else { first };
        prop_assert_eq!(fault, Some(Fault::Chain(expected)));
    }

    #[test]
    fn a_changed_shown_row_is_found(row in 0_i64..10, place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut address = String::new();
        let fault = after(|connection| {
            let (found, mut sealed): (String, Vec<u8>) = connection.query_row(
                "SELECT address, sealed FROM shown ORDER BY address LIMIT 1 OFFSET ?1",
                [row],
                |row| Ok((row.get(0)?, row.get(1)?)),
            ).unwrap();
            let place = place.index(sealed.len());
            sealed[place] ^= 1 << bit;
            connection.execute("UPDATE shown SET sealed = ?1 WHERE address = ?2", params![sealed, found]).unwrap();
            address = found;
        });
        prop_assert_eq!(fault, Some(Fault::Shown(address, "changed")));
    }

    #[test]
    fn damage_to_the_file_never_ends_in_a_panic(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let copy = tempfile::tempdir().unwrap();
        let mut bytes = std::fs::read(WRITTEN.path().join("ledger.sqlite")).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= byte;
        std::fs::write(copy.path().join("ledger.sqlite"), bytes).unwrap();
        if let Ok(reader) = read(copy.path(), None) {
            let said = reader.verify().unwrap();
            prop_assert!(said.entries <= 30);
        }
    }
}

#[test]
fn derived_tables_are_compared_with_the_entries() {
    for (harm, expected) in [
        ("DELETE FROM shown WHERE rowid = 2", " missing"),
        (
            "INSERT INTO shown VALUES ('ab', x'00')",
            "shown ab is named by no entry",
        ),
        (
            "UPDATE shown SET address = 'zz' WHERE rowid = 1",
            "shown zz is named by no entry",
        ),
        ("DELETE FROM receipt WHERE seq = 2", "table receipt"),
        ("UPDATE receipt SET seq = 3 WHERE seq = 2", "table receipt"),
        (
            "INSERT INTO receipt VALUES ('1', 5)",
            "table receipt does not follow: 1",
        ),
        (
            "INSERT INTO receipt VALUES ('1', 31)",
            "tail removed after entry 30",
        ),
        ("DELETE FROM open_grant", "table open_grant"),
        ("UPDATE open_grant SET account = 'a2'", "table open_grant"),
        ("UPDATE open_grant SET entry_seq = 1", "table open_grant"),
        ("UPDATE open_grant SET patient_key = ''", "table open_grant"),
        (
            "INSERT INTO open_grant VALUES ('n1.z', 1, 'a', 'h', 'p')",
            "table open_grant does not follow: n1.z",
        ),
        (
            "UPDATE sqlite_sequence SET seq = 40",
            "tail removed after entry 30",
        ),
        ("UPDATE sqlite_sequence SET seq = 20", "entry 30: inserted"),
        ("DELETE FROM sqlite_sequence", "entry 30: inserted"),
        ("CREATE TABLE more(a)", "other tables: more"),
        ("ALTER TABLE entry ADD COLUMN extra", "other tables: entry"),
        (
            "CREATE TRIGGER t AFTER INSERT ON entry BEGIN SELECT 1; END",
            "other tables: t",
        ),
        (
            "UPDATE entry SET body = CAST(body AS TEXT) WHERE seq = 3",
            "entry 3: body changed",
        ),
    ] {
        let said = said(harm);
        assert!(said.contains(expected), "{harm}: {said}");
    }
}

/// Rewrites the hashes from an entry on, as somebody would who knows how they are made.
fn rehash(connection: &Connection) {
    let mut head = super::super::store::Head::EMPTY;
    for seq in 1..=ENTRIES {
        let (next, leaf) = head.next(&blob(connection, "body", seq));
        put(connection, "leaf", seq, &leaf);
        put(connection, "chain", seq, &next.chain);
        head = next;
    }
}

#[test]
fn entries_that_contradict_each_other_are_found_even_with_right_hashes() {
    for (from, to, seq, how) in [
        // A view under a grant that was never started.
        (2, 26, 26, "receipt is an earlier"),
        // The end of a grant twice.
        (6, 11, 11, "not open, and cannot end"),
        // A start twice.
        (1, 5, 5, "receipt is an earlier"),
        // A view after the end.
        (0, 7, 7, "not an entry"),
    ] {
        let fault = after(|connection| {
            let body = if from == 0 {
                b"\x02{}".to_vec()
            } else {
                blob(connection, "body", from)
            };
            put(connection, "body", to, &body);
            rehash(connection);
        });
        let said = fault.unwrap().to_string();
        assert!(said.starts_with(&format!("entry {seq}:")), "{said}");
        assert!(said.contains(how), "{said}");
    }
}
