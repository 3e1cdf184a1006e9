//! The archive's rows, as SQL.

use std::{collections::BTreeMap, fmt};

use tokio_postgres::{Client, GenericClient, Transaction};

use super::{
    super::{after::Written, store::Head},
    Alarm, End,
    notes::Note,
};
use crate::postgres::said;

/// Why something was not shipped.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The archive is away, or refuses; with why.
    Away(String),
    /// Somebody must look.
    Alarm(Alarm),
    /// The node's own files cannot be read; with why.
    Files(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) | Self::Files(why) => f.write_str(why),
            Self::Alarm(alarm) => alarm.fmt(f),
        }
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Away(said(&error))
    }
}

impl From<super::super::Error> for Trouble {
    fn from(error: super::super::Error) -> Self {
        Self::Files(error.to_string())
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Files(error.to_string())
    }
}

/// The last entry of each node. Goes from node to node by the index: there are few of them, with
/// many entries each.
const ENDS: &str = "
    WITH RECURSIVE named AS (
        (SELECT node FROM ledger_entry ORDER BY node LIMIT 1)
        UNION ALL
        SELECT (SELECT node FROM ledger_entry WHERE node > named.node ORDER BY node LIMIT 1)
        FROM named WHERE named.node IS NOT NULL
    )
    SELECT named.node, last.seq, last.chain FROM named CROSS JOIN LATERAL (
        SELECT seq, chain FROM ledger_entry WHERE node = named.node ORDER BY seq DESC LIMIT 1
    ) last";

/// Where each node's entries end.
pub(super) async fn ends(client: &impl GenericClient) -> Result<BTreeMap<String, End>, Trouble> {
    let rows = client.query(ENDS, &[]).await?;
    let mut ends = BTreeMap::new();
    for row in rows {
        let chain: &[u8] = row.try_get(2)?;
        ends.insert(row.try_get(0)?, End::new(place(row.try_get(1)?), chain));
    }
    Ok(ends)
}

/// The chain value at a node's entry, in hexadecimal digits; `None` where there is no such entry.
pub(super) async fn chain_at(
    client: &Client,
    node: &str,
    seq: u64,
) -> Result<Option<String>, Trouble> {
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    let row = client
        .query_opt(
            "SELECT encode(chain, 'hex') FROM ledger_entry WHERE node = $1 AND seq = $2",
            &[&node, &seq],
        )
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Where a node's entries end.
pub(super) async fn head(client: &Client, node: &str) -> Result<Head, Trouble> {
    let last = client
        .query_opt(
            "SELECT seq, chain FROM ledger_entry WHERE node = $1 ORDER BY seq DESC LIMIT 1",
            &[&node],
        )
        .await?;
    let Some(last) = last else {
        return Ok(Head::EMPTY);
    };
    let seq = place(last.try_get(0)?);
    let chain: &[u8] = last.try_get(1)?;
    Ok(Head {
        seq,
        chain: chain
            .try_into()
            .map_err(|_| Trouble::Alarm(Alarm::Differs(seq)))?,
    })
}

/// Adds entries in one statement. Those that are there already must be the same.
pub(super) async fn add_entries(
    within: &Transaction<'_>,
    node: &str,
    entries: &[Written],
) -> Result<(), Trouble> {
    let seqs: Vec<i64> = entries.iter().map(|entry| number(entry.seq)).collect();
    let column = |of: fn(&Written) -> &Vec<u8>| -> Vec<&[u8]> {
        entries.iter().map(|entry| of(entry).as_slice()).collect()
    };
    let (bodies, leaves) = (column(|entry| &entry.body), column(|entry| &entry.leaf));
    let chains = column(|entry| &entry.chain);
    let added = within
        .execute(
            "INSERT INTO ledger_entry(node, seq, body, leaf, chain) \
             SELECT $1, * FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[]) \
             ON CONFLICT (node, seq) DO NOTHING",
            &[&node, &seqs, &bodies, &leaves, &chains],
        )
        .await?;
    if usize::try_from(added) == Ok(entries.len()) {
        return Ok(());
    }
    let other = within
        .query_opt(
            "SELECT seq FROM ledger_entry there JOIN \
             unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bytea[]) \
             AS here(seq, body, leaf, chain) USING (seq) WHERE node = $1 \
             AND (there.body <> here.body OR there.leaf <> here.leaf OR there.chain <> here.chain) \
             ORDER BY seq LIMIT 1",
            &[&node, &seqs, &bodies, &leaves, &chains],
        )
        .await?;
    match other {
        Some(row) => Err(Trouble::Alarm(Alarm::Differs(place(row.try_get(0)?)))),
        None => Ok(()),
    }
}

/// Which of these addresses the archive does not have yet.
pub(super) async fn not_shown(
    within: &Transaction<'_>,
    node: &str,
    addresses: &[&str],
) -> Result<Vec<String>, Trouble> {
    let rows = within
        .query(
            "SELECT here.address FROM unnest($2::text[]) AS here(address) WHERE NOT EXISTS \
             (SELECT 1 FROM ledger_shown WHERE node = $1 AND address = here.address)",
            &[&node, &addresses],
        )
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Adds what a view showed.
pub(super) async fn add_shown(
    within: &Transaction<'_>,
    node: &str,
    address: &str,
    sealed: &[u8],
) -> Result<(), Trouble> {
    within
        .execute(
            "INSERT INTO ledger_shown(node, address, sealed) VALUES ($1, $2, $3) \
             ON CONFLICT (node, address) DO NOTHING",
            &[&node, &address, &sealed],
        )
        .await?;
    Ok(())
}

/// The last note of a file; number 0 where there is none.
pub(super) async fn last_note(client: &Client, node: &str, file: &str) -> Result<Note, Trouble> {
    let last = client
        .query_opt(
            "SELECT number, note FROM ledger_note WHERE node = $1 AND file = $2 \
             ORDER BY number DESC LIMIT 1",
            &[&node, &file],
        )
        .await?;
    let Some(last) = last else {
        return Ok(Note {
            number: 0,
            text: String::new(),
        });
    };
    Ok(Note {
        number: place(last.try_get(0)?),
        text: last.try_get(1)?,
    })
}

/// Adds a note. One that is there already must be the same.
pub(super) async fn add_note(
    client: &Client,
    node: &str,
    file: &str,
    signed: &Note,
) -> Result<(), Trouble> {
    let number = number(signed.number);
    let added = client
        .execute(
            "INSERT INTO ledger_note(node, file, number, note) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (node, file, number) DO NOTHING",
            &[&node, &file, &number, &signed.text],
        )
        .await?;
    if added == 1 {
        return Ok(());
    }
    let there: String = client
        .query_one(
            "SELECT note FROM ledger_note WHERE node = $1 AND file = $2 AND number = $3",
            &[&node, &file, &number],
        )
        .await?
        .try_get(0)?;
    if there == signed.text {
        Ok(())
    } else {
        let alarm = Alarm::Note(file.to_owned(), signed.number);
        Err(Trouble::Alarm(alarm))
    }
}

/// Which tables the role may not ship to, or does not see.
pub(super) async fn unshippable(client: &Client) -> Result<Vec<String>, Trouble> {
    let rows = client
        .query(
            "SELECT name FROM unnest(ARRAY['ledger_entry', 'ledger_shown', 'ledger_note', \
             'ledger_key']) AS name WHERE to_regclass(name) IS NULL \
             OR NOT coalesce(has_table_privilege(to_regclass(name), 'SELECT') \
             AND has_table_privilege(to_regclass(name), 'INSERT'), false)",
            &[],
        )
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// What the role may do to entries that no one should: the words of its rights.
pub(super) async fn excess(client: &Client) -> Result<Vec<String>, Trouble> {
    let rows = client
        .query(
            "SELECT unnest || ' on ' || tables.name \
             FROM (VALUES ('ledger_entry'), ('ledger_shown'), ('ledger_note')) AS tables(name), \
             unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) \
             WHERE has_table_privilege(tables.name, unnest)",
            &[],
        )
        .await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// A place as PostgreSQL counts it.
pub(super) fn number(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// A place that PostgreSQL counted; what no entry can have is before the first.
fn place(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
