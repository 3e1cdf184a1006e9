//! `ledger verify`: each ledger for itself, then those of one node against each other.

use std::io::Write;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;

use super::{Error, Missing};
use crate::ledger::{Lost, Reader, Tally, Together, Trust, Verified, together};

/// Verifies the ledgers of one node. With one given and another named in it, that is said: a part
/// is not the whole.
pub(super) fn verify(
    ledgers: Vec<(Reader, Trust)>,
    without: &[String],
    out: &mut dyn Write,
) -> Result<(), Error> {
    let are_several = ledgers.len() > 1;
    let mut parts = Vec::new();
    for (reader, trust) in ledgers {
        if are_several {
            writeln!(out, "{}:", reader.folder().display())?;
        }
        let verified = verify_one(&reader, &trust, out)?;
        parts.push((reader, verified));
    }
    said_together(&parts, without, out)
}

/// Holds ledgers against each other, and says what was not seen and what is lost.
pub(super) fn said_together(
    parts: &[(Reader, Verified)],
    without: &[String],
    out: &mut dyn Write,
) -> Result<(), Error> {
    let missing = Missing::of(parts.iter().map(|(reader, _)| reader), without)?;
    let Together {
        unseen,
        confirmed,
        lost,
        faults,
    } = together(parts)?;
    if !faults.is_empty() {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        return Err(Error::Wrong(lines.join("\n")));
    }
    for (name, entries, confirmed) in confirmed {
        writeln!(
            out,
            "{name}: {confirmed} of {entries} entries confirmed by the other ledger"
        )?;
    }
    for one in &lost {
        print_lost(one, out)?;
    }
    for name in unseen.iter().filter(|name| !without.contains(name)) {
        writeln!(
            out,
            "note: this is a part: the ledger {name} is named and was not seen (--second DIR)"
        )?;
    }
    for sentence in missing.sentences() {
        writeln!(out, "{sentence}")?;
    }
    missing.said()
}

/// What an administrator accepted as lost; everything else holds.
fn print_lost(lost: &Lost, out: &mut dyn Write) -> Result<(), Error> {
    let Lost {
        name,
        said,
        kept,
        by: (by, at),
        why,
    } = lost;
    writeln!(
        out,
        "lost: {name} had been said to have {said} entries, of which those up to {kept} are \
         confirmed; accepted in entry {at} of {by}: {why}"
    )?;
    Ok(())
}

/// Verifies one ledger for itself.
pub(super) fn verify_one(
    reader: &Reader,
    trust: &Trust,
    out: &mut dyn Write,
) -> Result<Verified, Error> {
    let verified = reader.verify_with(trust)?;
    let Verified {
        entries,
        head,
        open_grants,
        erased,
        recomputed,
        signed,
        fault,
        others: _,
    } = &verified;
    if let Some(fault) = fault {
        return Err(Error::Wrong(format!(
            "{fault} ({entries} entries before it are right)"
        )));
    }
    writeln!(
        out,
        "{entries} entries verified, head {}",
        HEXLOWER.encode(head)
    )?;
    print_tally(*entries, signed, trust, out)?;
    if *recomputed > 0 {
        writeln!(
            out,
            "note: {recomputed} shown contents opened and found at their addresses"
        )?;
    }
    if *open_grants > 0 {
        writeln!(out, "note: {open_grants} grants are open")?;
    }
    if *erased > 0 {
        writeln!(
            out,
            "note: the personal fields of {erased} entries are erased"
        )?;
    }
    Ok(verified)
}

/// What checkpoints say, and what they leave open.
fn print_tally(
    entries: u64,
    signed: &Tally,
    trust: &Trust,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let Tally {
        checkpoints,
        covered,
        ..
    } = signed;
    writeln!(
        out,
        "{checkpoints} checkpoints verified, the newest of {covered} entries"
    )?;
    if let Some((size, time)) = signed.cosigned {
        let time = i64::try_from(time).ok();
        let time = time.and_then(|time| DateTime::<Utc>::from_timestamp(time, 0));
        let time = time.map_or_else(|| "?".to_owned(), |time| time.to_rfc3339());
        writeln!(out, "cosigned by the witness up to {size} entries, {time}")?;
    } else if trust.witness.is_some() {
        writeln!(out, "note: the witness cosigned nothing")?;
    }
    let later = entries - covered;
    if later > 0 {
        writeln!(
            out,
            "note: {later} entries are later than the newest checkpoint"
        )?;
    }
    if signed.is_own_key {
        writeln!(
            out,
            "note: the public key is the folder's own; --public-key takes one kept elsewhere"
        )?;
    }
    if signed.is_unfinished {
        writeln!(out, "note: a checkpoint is unfinished, as after a crash")?;
    }
    Ok(())
}
