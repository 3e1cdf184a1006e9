//! Where what a view showed stands: stored once, and found again without reading it.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

use super::{
    batch::{Batch, Refusal, SHOWN, UNSEALED},
    keys::DataKey,
    seal::digest,
    store::{ShownRow, Store},
};
use crate::domain::event::{Content, Object};

/// How many contents are remembered.
const KEPT: usize = 4_096;

/// SHA-256 of what a view shows, in the clear: only ever in memory.
pub(super) type Hash = [u8; 32];

/// One row of `shown` as entries name it.
#[derive(Clone)]
pub(super) struct Place {
    address: String,
    digest: String,
}

impl Place {
    fn new(address: String, sealed: &[u8]) -> Self {
        Self {
            address,
            digest: HEXLOWER.encode(&digest(&[sealed])),
        }
    }
}

/// Contents that stand durably in the file, by the key's id and what they say.
#[derive(Default)]
pub(super) struct Known(BTreeMap<(String, Hash), Place>);

impl Known {
    /// Remembers what a commit made durable.
    pub(super) fn extend(&mut self, newly: Vec<((String, Hash), Place)>) {
        if self.0.len() + newly.len() > KEPT {
            self.0.clear();
        }
        self.0.extend(newly);
    }
}

impl Batch<'_> {
    /// Puts the place of what was shown into the body; gives the row where it is a new one.
    ///
    /// The body names a row by its address and the digest of its sealed bytes as they stand in the
    /// table, so that a changed, removed or foreign row is found without any key.
    pub(super) fn put_shown(
        &mut self,
        body: &mut Object,
        key: &DataKey,
        shown: &Content,
    ) -> Result<Option<ShownRow>, Refusal> {
        let known_as = (key.id.clone(), shown.hash());
        let (place, row) = if let Some(place) = self.known.0.get(&known_as) {
            (place.clone(), None)
        } else {
            let (place, row) = self.place(key, shown.bytes())?;
            self.newly.push((known_as, place.clone()));
            (place, row)
        };
        let mut named = Object::default();
        named.put("address", place.address);
        named.put("digest", place.digest);
        body.put_object("shown", named);
        Ok(row)
    }

    fn place(&self, key: &DataKey, shown: &[u8]) -> Result<(Place, Option<ShownRow>), Refusal> {
        let store: &Store = self.store;
        let address = key.address(shown).map_err(|_| UNSEALED)?;
        if let Some(sealed) = store.shown(&address)? {
            return Ok((Place::new(address, &sealed), None));
        }
        let entropy = self.identity.entropy.as_ref();
        let sealed = key.seal(entropy, SHOWN, shown).map_err(|_| UNSEALED)?;
        let place = Place::new(address.clone(), &sealed);
        Ok((place, Some((address, sealed))))
    }
}
