//! Proofs to hand to others, for reading and for programs.

use std::{io::Write, ops::ControlFlow};

use data_encoding::{BASE64, HEXLOWER};
use serde_json::json;

use super::{Error, Missing};
use crate::ledger::{Grown, Proof, Reader, Signed, Standing, Trust, parse_receipt, tree::Hash};

/// Proves the entry of a receipt.
pub(super) fn receipt(
    ledgers: &[(Reader, Trust)],
    without: &[String],
    (typed, json): (&str, bool),
    out: &mut dyn Write,
) -> Result<(), Error> {
    let receipt = parse_receipt(typed).ok_or_else(|| {
        Error::Unusable("this is no receipt: 12 digits, of which the last checks the others".into())
    })?;
    let proof = find_in(ledgers, without, &receipt)?;
    if json {
        writeln!(out, "{}", receipt_json(&receipt, &proof))?;
    } else {
        print_receipt(&receipt, &proof, out)?;
    }
    match &proof.standing {
        Standing::Proven { .. } => Ok(()),
        Standing::NotYet => Err(Error::Wrong(format!(
            "entry {} is later than the newest checkpoint: nothing proves it yet",
            proof.entry.seq
        ))),
        Standing::Broken(why) => Err(Error::Wrong(format!("entry {}: {why}", proof.entry.seq))),
    }
}

/// The one entry of a receipt in all ledgers. One that is found is proven whatever is missing.
fn find_in(ledgers: &[(Reader, Trust)], without: &[String], receipt: &str) -> Result<Proof, Error> {
    let missing = Missing::of(ledgers.iter().map(|(reader, _)| reader), without)?;
    let mut found = None;
    for (reader, trust) in ledgers {
        if let Some(proof) = find(reader, receipt, trust)?
            && let Some(Proof { entry, .. }) = found.replace(proof)
        {
            return Err(Error::Wrong(format!(
                "two entries have the receipt {receipt}, one of {}: ask one ledger alone",
                entry.node
            )));
        }
    }
    if let Some(proof) = found {
        return Ok(proof);
    }
    let mut said = format!("no entry has the receipt {receipt}");
    for name in missing.unsaid.keys() {
        said = format!("{said}; the ledger {name} was not looked at (--second DIR)");
    }
    let left_out: Vec<String> = missing.sentences().collect();
    if !left_out.is_empty() {
        return Err(Error::Incomplete(format!(
            "{said}\n{}",
            left_out.join("\n")
        )));
    }
    Err(Error::Wrong(said))
}

/// By the table of receipts; where that does not know it, by every entry: the table could have
/// been changed.
fn find(reader: &Reader, receipt: &str, trust: &Trust) -> Result<Option<Proof>, Error> {
    let wrong = |error: crate::ledger::Error| Error::Wrong(error.to_string());
    if let Some(proof) = reader.proof(receipt, trust).map_err(wrong)? {
        return Ok(Some(proof));
    }
    let mut place = None;
    reader
        .for_each(|entry| {
            if entry.receipt.as_deref() == Some(receipt) {
                place = Some(entry.seq);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })
        .map_err(wrong)?;
    match place {
        Some(seq) => reader.proof_at(seq, trust).map_err(wrong),
        None => Ok(None),
    }
}

fn print_receipt(receipt: &str, proof: &Proof, out: &mut dyn Write) -> Result<(), Error> {
    let entry = &proof.entry;
    writeln!(out, "receipt {receipt}")?;
    writeln!(
        out,
        "entry {} of node {}: {} at {}",
        entry.seq, entry.node, entry.event, entry.wall
    )?;
    let Standing::Proven { signed, path } = &proof.standing else {
        return Ok(());
    };
    writeln!(out, "index {} in the tree of the checkpoint", entry.seq - 1)?;
    print_hashes("inclusion proof", path, out)?;
    print_checkpoint(signed, out)
}

fn receipt_json(receipt: &str, proof: &Proof) -> serde_json::Value {
    let mut object = json!({
        "receipt": receipt,
        "entry": proof.entry,
        "body": BASE64.encode(&proof.body),
        "index": proof.entry.seq - 1,
    });
    if let (Standing::Proven { signed, path }, Some(object)) =
        (&proof.standing, object.as_object_mut())
    {
        object.insert("inclusion".to_owned(), hashes(path));
        object.extend(checkpoint_json(signed));
    }
    object
}

/// Proves that the newest checkpoint goes on from an earlier size.
pub(super) fn grown(
    ledgers: &[(Reader, Trust)],
    from: u64,
    json: bool,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let [(reader, trust)] = ledgers else {
        return Err(Error::Unusable(
            "sizes are those of one ledger: give it alone".to_owned(),
        ));
    };
    let Grown {
        root,
        signed,
        proof,
        ..
    } = reader
        .grown(from, trust)
        .map_err(|error| Error::Wrong(error.to_string()))?
        .ok_or_else(|| Error::Wrong(format!("no checkpoint has {from} entries or more")))?;
    if json {
        let mut object = checkpoint_json(&signed);
        object.insert("from".to_owned(), from.into());
        object.insert("from_root".to_owned(), BASE64.encode(&root).into());
        object.insert("consistency".to_owned(), hashes(&proof));
        writeln!(out, "{}", serde_json::Value::Object(object))?;
        return Ok(());
    }
    writeln!(out, "from {from} entries, root {}", BASE64.encode(&root))?;
    print_hashes("consistency proof", &proof, out)?;
    print_checkpoint(&signed, out)
}

fn hashes(hashes: &[Hash]) -> serde_json::Value {
    hashes.iter().map(|hash| BASE64.encode(hash)).collect()
}

fn checkpoint_json(signed: &Signed) -> serde_json::Map<String, serde_json::Value> {
    let checkpoint = &signed.checkpoint;
    let mut object = serde_json::Map::new();
    object.insert("size".to_owned(), checkpoint.size.into());
    object.insert("root".to_owned(), BASE64.encode(&checkpoint.root).into());
    object.insert("checkpoint".to_owned(), signed.note.to_string().into());
    object
}

fn print_hashes(what: &str, hashes: &[Hash], out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "{what}, {} hashes:", hashes.len())?;
    for hash in hashes {
        writeln!(out, "  {}", HEXLOWER.encode(hash))?;
    }
    Ok(())
}

fn print_checkpoint(signed: &Signed, out: &mut dyn Write) -> Result<(), Error> {
    writeln!(out, "checkpoint of {} entries:", signed.checkpoint.size)?;
    for line in signed.note.to_string().lines() {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}
