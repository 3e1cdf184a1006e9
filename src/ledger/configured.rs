//! The settings of a start, compared with those of the start before.

use std::{collections::BTreeMap, fs, io, path::Path};

use super::{Error, Ledger, folder::replace, store::cannot_write};
use crate::domain::{
    access::FacilityId,
    event::{Draft, Event},
};

/// Where the keyed hashes of the settings are kept; never a value.
const FILE: &str = "settings.known";

impl Ledger {
    /// Records which settings differ from those of the last start, by name. Values are compared
    /// by keyed hashes and kept nowhere. Where nothing differs there is no entry.
    ///
    /// # Errors
    /// [`Error::CannotRecord`], [`Error::CannotOpen`] where what is known cannot be kept.
    pub async fn note_settings(&self, settings: &BTreeMap<String, String>) -> Result<(), Error> {
        let hashes = self.hashes(settings)?;
        let file = self.inner.settings.folder.join(FILE);
        let known = known(&file).map_err(cannot_write)?;
        let changed: Vec<String> = hashes
            .keys()
            .chain(known.keys())
            .filter(|name| hashes.get(*name) != known.get(*name))
            .cloned()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        let whole = hashes.values().cloned().collect::<String>();
        let event = Event::Configured {
            digest: self.hash(&whole)?,
            changed,
        };
        self.append_unhurried(Draft {
            who: None,
            facility: FacilityId("service".to_owned()),
            terminal: None,
            address: None,
            request: None,
            person: None,
            event,
        })
        .await?;
        let json = serde_json::to_vec(&hashes).map_err(|error| cannot_write(error.into()))?;
        replace(&self.inner.settings.folder, FILE, &json).map_err(cannot_write)
    }

    fn hashes(
        &self,
        settings: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, Error> {
        settings
            .iter()
            .map(|(name, value)| Ok((name.clone(), self.hash(&format!("{name}={value}"))?)))
            .collect()
    }

    fn hash(&self, text: &str) -> Result<String, Error> {
        let hash = self
            .inner
            .root()
            .lasting_hash("hashes of settings", text.as_bytes())
            .ok_or(Error::CannotRecord)?;
        Ok(data_encoding::HEXLOWER.encode(&hash))
    }
}

fn known(file: &Path) -> io::Result<BTreeMap<String, String>> {
    match fs::read(file) {
        // What cannot be read is not known: every setting is told as changed.
        Ok(json) => Ok(serde_json::from_slice(&json).unwrap_or_default()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}
