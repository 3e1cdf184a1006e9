//! Erasing keys and wrapping them anew, while entries go on being written.
//!
//! What is sealed under an erased key is unreadable for ever; the entries, their hashes and every
//! proof stay as they are. The entry that says what is erased is durable before anything is.

use std::collections::BTreeMap;

use chrono::Datelike as _;
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::{
    Error, Ledger, RootSecrets, UNHURRIED,
    keys::{ALL, KeyRing, KeyRow, ONE, key_row},
    read::Reader,
    ring::RootKeys,
    writer::Command,
};
use crate::domain::{
    access::{FacilityId, PatientKey},
    clock::{Moment, japanese_time},
    entropy::Entropy,
    event::{Cause, Draft, Event},
    patient::MemberNumber,
};

/// How many keys one entry names and one transaction changes.
const PIECE: usize = 200;

/// Which keys are to be erased.
#[derive(Clone, Debug)]
pub enum Erasing {
    /// Those whose Japanese calendar year ended more than so many years ago.
    Expired {
        /// Years of retention.
        years: u16,
        /// The present.
        now: Moment,
    },
    /// Every key of one patient.
    Order {
        /// The member number.
        number: MemberNumber,
        /// At which facility; `None`: at all of this node.
        facility: Option<FacilityId>,
        /// The order in words: which court or request, of when.
        reason: String,
    },
}

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// How many keys.
    pub keys: usize,
    /// Whether their bytes are gone from the files too. Else somebody was reading: they are gone
    /// once this is done again.
    pub is_scrubbed: bool,
}

/// Keys to be erased under one entry.
struct Due {
    facility: FacilityId,
    whose: Option<PatientKey>,
    keys: Vec<String>,
}

impl Ledger {
    /// See [`Ledger::erase`], of this one alone.
    pub(super) async fn erase_here(&self, what: Erasing) -> Result<Erased, Error> {
        let wanted = what.clone();
        let due = self.reading(move |reader| reader.due(&wanted)).await?;
        let mut done = Erased::default();
        for Due {
            facility,
            whose,
            keys,
        } in due
        {
            let (cause, reason) = match &what {
                Erasing::Expired { .. } => (Cause::Expired, None),
                Erasing::Order { reason, .. } => (Cause::Order, Some(reason.clone())),
            };
            done.keys += keys.len();
            let event = Event::KeysErased {
                cause,
                keys: keys.clone(),
                whose,
                reason,
            };
            self.append_here(of_service(facility, event), UNHURRIED)
                .await?;
            self.change_keys(move |ring| ring.erase(&keys)).await?;
        }
        done.is_scrubbed = self.change_keys(KeyRing::scrub).await?;
        Ok(done)
    }

    /// See [`Ledger::rewrap`], of this one alone.
    pub(super) async fn rewrap_here(&self, secrets: RootSecrets) -> Result<usize, Error> {
        let root = self.inner.root().renewed(&secrets)?;
        let due = self.to_wrap(&root).await?;
        let event = Event::KeysRewrapped { keys: due.len() };
        let service = FacilityId("service".to_owned());
        self.append_here(of_service(service, event), UNHURRIED)
            .await?;
        let renewed = root.clone();
        self.change_keys(move |ring| {
            ring.renew(renewed);
            Ok(())
        })
        .await?;
        // From here on readers meet keys wrapped under either.
        *self
            .inner
            .root
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = root.clone();
        // Once more: what was made until now is wrapped as before.
        let due = self.to_wrap(&root).await?;
        for piece in due.chunks(PIECE) {
            let (piece, root) = (piece.to_vec(), root.clone());
            let entropy = std::sync::Arc::clone(&self.inner.entropy);
            self.change_keys(move |ring| ring.wrap_anew(&piece, &root, &*entropy))
                .await?;
        }
        let (kept, entropy) = (root.clone(), std::sync::Arc::clone(&self.inner.entropy));
        self.change_keys(move |ring| kept.keep_hashes(ring.file(), &*entropy))
            .await?;
        self.change_keys(KeyRing::scrub).await?;
        Ok(due.len())
    }

    async fn to_wrap(&self, root: &RootKeys) -> Result<Vec<String>, Error> {
        let root = root.clone();
        self.reading(move |reader| reader.to_wrap(&root)).await
    }

    /// Runs a change of the file of keys on the writer's thread, between two transactions.
    async fn change_keys<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut KeyRing) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Keys(Box::new(move |ring| {
            // Whoever asked may have gone; the change is made all the same.
            drop(reply.send(change(ring)));
        }));
        let queue = self.inner.queue.clone();
        tokio::task::spawn_blocking(move || queue.send(command))
            .await
            .map_err(|_| Error::CannotRecord)?
            .map_err(|_| Error::CannotRecord)?;
        answer.await.map_err(|_| Error::CannotRecord)?
    }
}

/// What the service does by itself.
pub(super) fn of_service(facility: FacilityId, event: Event) -> Draft {
    Draft {
        who: None,
        facility,
        terminal: None,
        address: None,
        request: None,
        person: None,
        event,
    }
}

impl Reader {
    fn due(&self, what: &Erasing) -> Result<Vec<Due>, Error> {
        let mut found: BTreeMap<(FacilityId, Option<PatientKey>), Vec<String>> = BTreeMap::new();
        for (id, circle, wrapped) in self.key_rows()? {
            if wrapped.is_none() {
                continue;
            }
            let whose = match what {
                Erasing::Expired { years, now } => {
                    let year = japanese_time(now.wall).year();
                    (circle.year + i32::from(*years) < year).then_some(None)
                }
                Erasing::Order {
                    number, facility, ..
                } => {
                    let is_here = facility.as_ref().is_none_or(|one| *one == circle.facility);
                    let is_theirs = circle.patient.is_some()
                        && circle.patient == self.patient_key(&circle.facility, number);
                    (is_here && is_theirs).then(|| circle.patient.clone())
                }
            };
            if let Some(whose) = whose {
                found.entry((circle.facility, whose)).or_default().push(id);
            }
        }
        let pieces = found.into_iter().flat_map(|((facility, whose), keys)| {
            let pieces: Vec<Due> = keys
                .chunks(PIECE)
                .map(|piece| Due {
                    facility: facility.clone(),
                    whose: whose.clone(),
                    keys: piece.to_vec(),
                })
                .collect();
            pieces
        });
        Ok(pieces.collect())
    }

    /// The ids of the keys that the newest key-encryption key did not wrap.
    fn to_wrap(&self, root: &RootKeys) -> Result<Vec<String>, Error> {
        let mut due = Vec::new();
        for (id, circle, wrapped) in self.key_rows()? {
            let Some(wrapped) = wrapped else { continue };
            let circumstances = circle.circumstances(&id);
            if root.is_newest(&wrapped, &circumstances) {
                continue;
            }
            if root.unwrap(&wrapped, &circumstances).is_err() {
                return Err(Error::CannotOpen(format!(
                    "no key at hand opens the key {id} of keys.sqlite"
                )));
            }
            due.push(id);
        }
        Ok(due)
    }

    fn key_rows(&self) -> Result<Vec<KeyRow>, Error> {
        let Some(connection) = self.key_file() else {
            return Err(Error::CannotRead("there is no key".to_owned()));
        };
        rows(connection).map_err(super::store::cannot_read)
    }
}

fn rows(connection: &Connection) -> rusqlite::Result<Vec<KeyRow>> {
    connection.prepare(ALL)?.query_map([], key_row)?.collect()
}

impl KeyRing {
    /// Erases keys: their bytes are overwritten in the file.
    fn erase(&mut self, ids: &[String]) -> Result<(), Error> {
        self.forget();
        let erased = (|| {
            let change = self.file().transaction()?;
            for id in ids {
                change
                    .prepare_cached("UPDATE key SET wrapped = NULL WHERE id = ?1")?
                    .execute([id])?;
            }
            change.commit()
        })();
        erased.map_err(|error: rusqlite::Error| {
            tracing::error!(%error, "keys could not be erased");
            Error::CannotRecord
        })
    }

    /// Moves the write-ahead log into the file and cuts it to nothing, so that no older bytes stay
    /// in it; whether that could be done.
    fn scrub(&mut self) -> Result<bool, Error> {
        let busy: i64 = self
            .file()
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(super::store::cannot_read)?;
        Ok(busy == 0)
    }

    /// Wraps keys under the newest key-encryption key. One that was erased meanwhile stays so.
    fn wrap_anew(
        &mut self,
        ids: &[String],
        root: &RootKeys,
        entropy: &dyn Entropy,
    ) -> Result<(), Error> {
        let wrapped = (|| {
            let change = self.file().transaction()?;
            for id in ids {
                let (_, circle, wrapped) = change.prepare_cached(ONE)?.query_row([id], key_row)?;
                let circumstances = circle.circumstances(id);
                // What does not open is left as it is.
                let anew = wrapped
                    .and_then(|wrapped| root.unwrap(&wrapped, &circumstances).ok())
                    .and_then(|key| root.wrap(&key, entropy, &circumstances).ok());
                change
                    .prepare_cached("UPDATE key SET wrapped = ?2 WHERE id = ?1 AND ?2 IS NOT NULL")?
                    .execute(params![id, anew])?;
            }
            change.commit()
        })();
        wrapped.map_err(|error: rusqlite::Error| {
            tracing::error!(%error, "keys could not be wrapped anew");
            Error::CannotRecord
        })
    }
}
