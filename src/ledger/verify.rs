//! Whether the files are what the writer wrote: hashes, places, and every table that follows from
//! the entries.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::ControlFlow,
};

use data_encoding::HEXLOWER;
use rusqlite::{Connection, OptionalExtension as _, types::ValueRef};

use super::{
    Error, Trust,
    both::Others,
    covered::{Covering, Tally},
    lookup::{self, Compared},
    read::{EntryKey, Opened, ReadEntry, Reader},
    recent,
    replayed::Replay,
    seal::digest,
    store::{Head, OpenRow, TABLES, cannot_read, leaf, open_rows, place},
};

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no entry at this place, but there are later ones.
    Missing(u64),
    /// A row stands at a place that no entry can have.
    Misplaced(i64),
    /// The body does not give the leaf.
    Body(u64),
    /// The leaf is not that of the body, which the chain confirms.
    Leaf(u64),
    /// The chain does not go on from the entry before.
    Chain(u64),
    /// The hashes fit, but this is no entry; with why.
    Unreadable(u64, String),
    /// The entry does not agree with earlier ones; with how.
    Contradiction(u64, &'static str),
    /// Later entries than this one were there.
    Tail(u64),
    /// The counter of places is behind this last entry: rows were put in past the writer.
    Counter(u64),
    /// The entry says that keys were erased, and this one is there; only known with the key.
    NotErased(u64, String),
    /// A `shown` row: its address, and what is wrong.
    Shown(String, &'static str),
    /// A table that follows from the entries does not; with which row.
    Derived(&'static str, String),
    /// The file has other tables than the writer makes.
    Tables(String),
    /// The file itself cannot be read on after this entry; with why.
    File(u64, String),
    /// The first of these entries that is not what the checkpoint of so many signed: from, to.
    Rewritten(u64, u64, u64),
    /// A checkpoint: of which file, the how many-th, and what is wrong.
    Checkpoint(&'static str, u64, &'static str),
    /// From this entry on no checkpoint covers any, though a node that runs signs one soon.
    Uncovered(u64),
    /// What is wrong with the public key in the folder.
    Key(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(seq) => write!(f, "entry {seq} missing"),
            Self::Misplaced(seq) => write!(f, "entry {seq}: no entry can stand there"),
            Self::Body(seq) => write!(f, "entry {seq}: body changed"),
            Self::Leaf(seq) => write!(f, "entry {seq}: leaf changed"),
            Self::Chain(seq) => write!(
                f,
                "entry {seq}: chain broken (this entry was changed, inserted or moved)"
            ),
            Self::Unreadable(seq, why) => write!(f, "entry {seq}: not an entry ({why})"),
            Self::Contradiction(seq, how) => write!(f, "entry {seq}: {how}"),
            Self::Tail(seq) => write!(f, "tail removed after entry {seq}"),
            Self::Counter(seq) => write!(f, "entry {seq}: inserted past the counter of places"),
            Self::NotErased(seq, id) => {
                write!(f, "entry {seq}: key {id} was to be erased and is there")
            }
            Self::Shown(address, what) => write!(f, "shown {address} {what}"),
            Self::Derived(table, row) => write!(f, "table {table} does not follow: {row}"),
            Self::Tables(what) => write!(f, "the file has other tables: {what}"),
            Self::File(seq, why) => write!(f, "the file cannot be read after entry {seq}: {why}"),
            Self::Rewritten(from, to, size) if from == to => {
                write!(f, "entry {from}: not what the checkpoint of {size} signed")
            }
            Self::Rewritten(from, to, size) => write!(
                f,
                "entries {from} to {to}: not all are what the checkpoint of {size} signed"
            ),
            Self::Checkpoint(file, number, what) => {
                write!(f, "checkpoint {number} ({file}) {what}")
            }
            Self::Uncovered(seq) => write!(f, "entry {seq}: no checkpoint covers it"),
            Self::Key(what) => write!(f, "checkpoint.pub {what}"),
        }
    }
}

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries are right, counted from the first.
    pub entries: u64,
    /// The chain value after them.
    pub head: [u8; 32],
    /// Grants without an end, as after a crash or in a running node.
    pub open_grants: usize,
    /// Entries whose personal fields were erased; only known with the key.
    pub erased: u64,
    /// `shown` rows whose address was recomputed; only possible with the key.
    pub recomputed: u64,
    /// What checkpoints say of them.
    pub signed: Tally,
    /// What they say of the node's other ledgers: confirmed only together with those.
    pub others: Others,
    /// The first thing that is wrong; `None` where everything is right.
    pub fault: Option<Fault>,
}

impl Reader {
    /// Checks everything, believing what is in the folder itself of its public key.
    ///
    /// # Errors
    /// As [`Self::verify_with`].
    pub fn verify(&self) -> Result<Verified, Error> {
        self.verify_with(&Trust::default())
    }

    /// Checks everything: entries, tables, and checkpoints with the keys that are trusted.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where the keys or checkpoints cannot be read; what is wrong with the
    /// ledger itself is no error but [`Verified::fault`].
    pub fn verify_with(&self, trust: &Trust) -> Result<Verified, Error> {
        self.verify_watched(trust, &mut |_| ControlFlow::Continue(()))
    }

    /// The same, told of every entry's place as it is reached; whoever is told may break it off.
    ///
    /// # Errors
    /// As [`Self::verify_with`], and where it was broken off.
    pub fn verify_watched(
        &self,
        trust: &Trust,
        watch: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Verified, Error> {
        // Before the entries: whatever a checkpoint covers was durable when it was signed.
        let mut covering = Covering::read(&self.folder, trust)?;
        // One snapshot, also of a running node.
        let snapshot = self.ledger.unchecked_transaction().map_err(cannot_read)?;
        let mut replay = Replay::default();
        let mut compared = Compared::with(&snapshot);
        let mut trouble = None;
        let (head, mut fault) = walk(&snapshot, |entry, leaf| {
            if watch(entry.seq).is_break() {
                trouble = Some(Error::CannotRead("broken off".to_owned()));
                return ControlFlow::Break(None);
            }
            if let Some(fault) = covering.add(leaf) {
                return ControlFlow::Break(Some(fault));
            }
            compared.take(&entry);
            let not_erased = self
                .note_erased(&entry, &mut replay)
                .and_then(|()| self.not_erased(&entry));
            match not_erased {
                Ok(None) => {}
                Ok(fault) => return ControlFlow::Break(fault),
                Err(error) => {
                    trouble = Some(error);
                    return ControlFlow::Break(None);
                }
            }
            match replay.take(entry) {
                None => ControlFlow::Continue(()),
                Some(fault) => ControlFlow::Break(Some(fault)),
            }
        });
        if let Some(error) = trouble {
            return Err(error);
        }
        let (signed, uncovered) = covering.finish(head.seq);
        if fault.is_none() {
            fault = uncovered;
        }
        if fault.is_none() {
            fault = self
                .derived_fault(&snapshot, head, &mut replay, compared)
                .unwrap_or_else(|error| Some(Fault::File(head.seq, error.to_string())));
        }
        let right = match &fault {
            Some(Fault::Rewritten(first, ..)) => first.saturating_sub(1),
            _ => head.seq,
        };
        Ok(Verified {
            entries: right,
            head: head.chain,
            open_grants: replay.open.len(),
            erased: replay.erased,
            recomputed: replay.recomputed,
            signed,
            others: replay.others,
            fault,
        })
    }

    fn note_erased(&self, entry: &ReadEntry, replay: &mut Replay) -> Result<(), Error> {
        let Some(id) = &entry.key else { return Ok(()) };
        let is_erased = if let Some(is_erased) = replay.erased_keys.get(id) {
            *is_erased
        } else {
            let is_erased = matches!(self.key(id)?, EntryKey::Not(Opened::Erased));
            replay.erased_keys.insert(id.clone(), is_erased);
            is_erased
        };
        replay.erased += u64::from(is_erased);
        Ok(())
    }

    /// A key that is there although the entry says it is erased: the erasing was cut short, or the
    /// file of keys is one of before it.
    fn not_erased(&self, entry: &ReadEntry) -> Result<Option<Fault>, Error> {
        let Some(file) = self.key_file().filter(|_| entry.event == "keys_erased") else {
            return Ok(None);
        };
        let named = entry.fields.get("keys").and_then(|keys| keys.as_array());
        for id in named.into_iter().flatten().filter_map(|id| id.as_str()) {
            let is_there = file
                .prepare_cached("SELECT 1 FROM key WHERE id = ?1 AND wrapped IS NOT NULL")
                .and_then(|mut statement| statement.exists([id]))
                .map_err(cannot_read)?;
            if is_there {
                return Ok(Some(Fault::NotErased(entry.seq, id.to_owned())));
            }
        }
        Ok(None)
    }

    fn derived_fault(
        &self,
        connection: &Connection,
        head: Head,
        replay: &mut Replay,
        compared: Compared<'_>,
    ) -> rusqlite::Result<Option<Fault>> {
        if let Some(fault) = counter_fault(connection, head)? {
            return Ok(Some(fault));
        }
        if let Some(fault) = tables_fault(connection)? {
            return Ok(Some(fault));
        }
        if let Some(fault) = receipts_fault(connection, head, replay)? {
            return Ok(Some(fault));
        }
        if let Some(fault) = open_grants_fault(connection, replay)? {
            return Ok(Some(fault));
        }
        if let Some(fault) = compared.fault(head)? {
            return Ok(Some(fault));
        }
        self.shown_fault(connection, replay)
    }

    /// Every `shown` row is named by an entry and is what the entry says; with keys, its content
    /// gives its address.
    fn shown_fault(
        &self,
        connection: &Connection,
        replay: &mut Replay,
    ) -> rusqlite::Result<Option<Fault>> {
        let mut statement = connection.prepare("SELECT address, sealed FROM shown")?;
        let mut rows = statement.query([])?;
        let mut named = std::mem::take(&mut replay.shown);
        while let Some(row) = rows.next()? {
            let address: String = row.get(0)?;
            let Some((said, key)) = named.remove(&address) else {
                return Ok(Some(Fault::Shown(address, "is named by no entry")));
            };
            let ValueRef::Blob(sealed) = row.get_ref(1)? else {
                return Ok(Some(Fault::Shown(address, "changed")));
            };
            if HEXLOWER.encode(&digest(&[sealed])) != said {
                return Ok(Some(Fault::Shown(address, "changed")));
            }
            if let Some(Ok(EntryKey::Here(key))) = key.map(|id| self.key(&id)) {
                let right = key
                    .open(super::batch::SHOWN, sealed)
                    .and_then(|plain| key.address(&plain));
                if right.as_ref() != Ok(&address) {
                    return Ok(Some(Fault::Shown(address, "is not at its address")));
                }
                replay.recomputed += 1;
            }
        }
        Ok(named
            .into_keys()
            .next()
            .map(|address| Fault::Shown(address, "missing")))
    }
}

/// Goes through the entries as long as their places and hashes are right and the visitor wants
/// more; gives the last right one and what is wrong after it.
fn walk(
    connection: &Connection,
    mut visit: impl FnMut(ReadEntry, [u8; 32]) -> ControlFlow<Option<Fault>>,
) -> (Head, Option<Fault>) {
    let mut head = Head::EMPTY;
    let fault = walk_rows(connection, &mut head, &mut visit)
        .unwrap_or_else(|error| Some(Fault::File(head.seq, error.to_string())));
    (head, fault)
}

fn walk_rows(
    connection: &Connection,
    head: &mut Head,
    visit: &mut dyn FnMut(ReadEntry, [u8; 32]) -> ControlFlow<Option<Fault>>,
) -> rusqlite::Result<Option<Fault>> {
    let mut statement =
        connection.prepare("SELECT seq, body, leaf, chain FROM entry ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let place: i64 = row.get(0)?;
        let Ok(seq) = u64::try_from(place) else {
            return Ok(Some(Fault::Misplaced(place)));
        };
        if seq == 0 {
            return Ok(Some(Fault::Misplaced(place)));
        }
        if seq != head.seq + 1 {
            return Ok(Some(Fault::Missing(head.seq + 1)));
        }
        let columns = (row.get_ref(1)?, row.get_ref(2)?, row.get_ref(3)?);
        let (ValueRef::Blob(body), ValueRef::Blob(said_leaf), ValueRef::Blob(said_chain)) = columns
        else {
            return Ok(Some(Fault::Body(seq)));
        };
        let (next, right_leaf) = head.next(body);
        match (right_leaf == said_leaf, next.chain == said_chain) {
            (true, true) => {}
            (true, false) => return Ok(Some(Fault::Chain(seq))),
            (false, true) => return Ok(Some(Fault::Leaf(seq))),
            (false, false) => return Ok(Some(Fault::Body(seq))),
        }
        let entry = match ReadEntry::parse(seq, body) {
            Ok(entry) => entry,
            Err(why) => return Ok(Some(Fault::Unreadable(seq, why))),
        };
        let before = *head;
        *head = next;
        if let ControlFlow::Break(fault) = visit(entry, leaf(body)) {
            if fault.is_some() {
                *head = before;
            }
            return Ok(fault);
        }
    }
    Ok(None)
}

fn counter_fault(connection: &Connection, head: Head) -> rusqlite::Result<Option<Fault>> {
    let counted: Option<i64> = connection
        .query_row(
            "SELECT max(seq) FROM sqlite_sequence WHERE name = 'entry'",
            [],
            |row| row.get(0),
        )
        .optional()?
        .flatten();
    let counted = u64::try_from(counted.unwrap_or(0)).unwrap_or(0);
    Ok(match counted.cmp(&head.seq) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some(Fault::Tail(head.seq)),
        std::cmp::Ordering::Less => Some(Fault::Counter(head.seq)),
    })
}

fn tables_fault(connection: &Connection) -> rusqlite::Result<Option<Fault>> {
    let mut statement = connection.prepare(
        "SELECT name, coalesce(sql, '') FROM sqlite_master \
         WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let found: BTreeMap<String, String> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let right = TABLES
        .iter()
        .chain(&lookup::TABLES)
        .chain([&recent::TABLE])
        .map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned()))
        .collect::<BTreeMap<_, _>>();
    let differs = found
        .iter()
        .find(|(name, sql)| right.get(*name) != Some(sql))
        .or_else(|| right.iter().find(|(name, _)| !found.contains_key(*name)));
    Ok(differs.map(|(name, _)| Fault::Tables(name.clone())))
}

fn receipts_fault(
    connection: &Connection,
    head: Head,
    replay: &mut Replay,
) -> rusqlite::Result<Option<Fault>> {
    let mut statement = connection.prepare(
        "SELECT receipt, seq FROM receipt \
         UNION ALL SELECT coalesce(receipt, ''), seq FROM recent \
         WHERE receipt IS NOT NULL OR patient IS NULL",
    )?;
    let mut rows = statement.query([])?;
    let mut missing = std::mem::take(&mut replay.receipts);
    while let Some(row) = rows.next()? {
        let (receipt, seq): (String, u64) = (row.get(0)?, place(row, 1)?);
        if seq > head.seq {
            return Ok(Some(Fault::Tail(head.seq)));
        }
        if missing.remove(&receipt) != Some(seq) {
            return Ok(Some(Fault::Derived("receipt", receipt)));
        }
    }
    let missing = missing.into_iter().next();
    Ok(missing.map(|(receipt, _)| Fault::Derived("receipt", receipt)))
}

fn open_grants_fault(connection: &Connection, replay: &Replay) -> rusqlite::Result<Option<Fault>> {
    let found: BTreeSet<OpenRow> = open_rows(connection)?.into_iter().collect();
    let right: BTreeSet<OpenRow> = replay.open.values().cloned().collect();
    let differs = found.symmetric_difference(&right).next();
    Ok(differs.map(|row| Fault::Derived("open_grant", row.grant.clone())))
}
