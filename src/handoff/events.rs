//! What changes, live: a number for each facility that only rises. Whoever waits for it to rise and
//! then looks at the registry has everything, however many changes came in between.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::domain::access::FacilityId;

/// Changes of each facility's handoffs. Cloning gives another handle to the same ones.
#[derive(Clone, Default)]
pub struct Events {
    facilities: Arc<Mutex<BTreeMap<FacilityId, watch::Sender<u64>>>>,
}

impl Events {
    fn facilities(&self) -> MutexGuard<'_, BTreeMap<FacilityId, watch::Sender<u64>>> {
        self.facilities
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A facility's number, to wait for. What it says first may be older than the registry: whoever
    /// begins to wait looks once.
    #[must_use]
    pub fn watch(&self, facility: &FacilityId) -> watch::Receiver<u64> {
        self.facilities()
            .entry(facility.clone())
            .or_insert_with(|| watch::Sender::new(0))
            .subscribe()
    }

    /// Whether anybody waits.
    pub(super) fn is_heard(&self) -> bool {
        let facilities = self.facilities();
        facilities.values().any(|one| one.receiver_count() > 0)
    }

    /// Takes the numbers of the registry, which never go back.
    pub(super) fn tell(&self, numbers: Vec<(FacilityId, u64)>) {
        let mut facilities = self.facilities();
        facilities.retain(|_, one| one.receiver_count() > 0);
        for (facility, number) in numbers {
            if let Some(sender) = facilities.get(&facility) {
                sender.send_if_modified(|known| {
                    let is_newer = number > *known;
                    *known = number.max(*known);
                    is_newer
                });
            }
        }
    }
}
