//! What is seen of one ledger, and of a node's second one all that belongs to it.

use super::Lag;
use crate::{
    domain::clock::Moment,
    ledger::{Pairing, Proofs},
};

/// What is seen of one ledger. `None` is not measured, or not there.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Entries there are.
    pub entries: u64,
    /// When the newest of them was first seen; as exact as the looks are frequent.
    pub recorded: Option<Moment>,
    /// Entries that the last checkpoint covers.
    pub signed: Option<u64>,
    /// When it was first seen.
    pub signed_at: Option<Moment>,
    /// Since when there are entries that no checkpoint came to cover.
    pub unsigned_since: Option<Moment>,
    /// Whether none can be signed.
    pub cannot_sign: bool,
    /// Entries that the witness has cosigned.
    pub cosigned: Option<u64>,
    /// Whether the witness does not cosign.
    pub witness_fails: bool,
}

/// What is seen of a node's second ledger.
#[derive(Clone, Debug)]
pub struct Second {
    /// How it is to the node.
    pub pairing: Pairing,
    /// Whether it could take over now.
    pub is_recording: bool,
    /// What it holds.
    pub written: Written,
    /// Whether the room for a full disk is there.
    pub has_reserve: Option<bool>,
    /// Room on its disk: free, and all there is, in bytes.
    pub disk: Option<(u64, u64)>,
    /// How far the archive is behind it, where there is one.
    pub archive: Option<Lag>,
}

impl Written {
    /// Takes over what is so now.
    pub(super) fn see(&mut self, proofs: &Proofs, now: Moment) {
        if self.recorded.is_none() || self.entries != proofs.entries {
            self.recorded = Some(now);
        }
        self.entries = proofs.entries;
        let signed = proofs.signed.as_ref().map(|signed| signed.checkpoint.size);
        let is_whole = signed.unwrap_or_default() >= proofs.entries;
        if self.signed != signed {
            self.signed_at = Some(now);
        }
        if is_whole {
            self.unsigned_since = None;
        } else if self.signed != signed || self.unsigned_since.is_none() {
            self.unsigned_since = Some(now);
        }
        self.signed = signed;
        self.cannot_sign = proofs.trouble.is_some();
        let cosigned = proofs.cosigned.as_ref();
        self.cosigned = cosigned.map(|signed| signed.checkpoint.size);
        self.witness_fails = proofs.witness_trouble.is_some();
    }
}
