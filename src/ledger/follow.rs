//! Following what is written, for an index that can be made anew from the entries at any time.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::ControlFlow,
};

use super::{
    Error, InPart, Ledger, Opened,
    read::{ReadEntry, Reader},
    seal::joined,
    second::Second,
};
use crate::domain::access::{FacilityId, NodeId};

/// What keyed hashes of names, birth dates and towns are for.
const MARKS: &str = "emergency-summary review: marks of people, 1";

impl Reader {
    /// The entries after a place in their order, at most `most`; opened where `is_opened` says so.
    fn follow(
        &self,
        after: u64,
        most: usize,
        is_opened: fn(&ReadEntry) -> bool,
    ) -> Result<Vec<ReadEntry>, Error> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut found = Vec::new();
        self.select_closed(
            "SELECT seq, body FROM entry WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            &[&after, &most],
            &mut |entry| {
                found.push(entry);
                ControlFlow::Continue(())
            },
        )?;
        for entry in found.iter_mut().filter(|entry| is_opened(entry)) {
            self.open_fields(entry)?;
        }
        Ok(found)
    }
}

impl Ledger {
    /// The next entries of the ledgers of this node that can be read, after the places that are
    /// known, as they happened: each ledger's in their order, those of two by the clock; at most
    /// `most` of each ledger; opened where `is_opened` says so. What one ledger may still have to say
    /// first is left for the next time. One that cannot be read now tells its own later, out of
    /// their time.
    ///
    /// # Errors
    /// [`Error::CannotRead`] where nothing can be.
    pub async fn follow_in_part(
        &self,
        known: &BTreeMap<NodeId, u64>,
        most: usize,
        is_opened: fn(&ReadEntry) -> bool,
    ) -> Result<InPart<Vec<ReadEntry>>, Error> {
        let known = known.clone();
        let look = move |node: &NodeId, reader: &Reader| {
            let after = known.get(node).copied().unwrap_or_default();
            reader.follow(after, most, is_opened)
        };
        let pieces = self.reading_each_named(look).await?;
        Ok(pieces.map(|pieces| {
            let pieces = pieces.into_iter().map(|(_, piece)| piece).collect();
            as_they_happened(pieces, most)
        }))
    }

    /// How many entries each ledger of this node has that is there.
    #[must_use]
    pub fn ends(&self) -> BTreeMap<NodeId, u64> {
        let second = self.inner.second.as_ref().and_then(Second::get);
        std::iter::once(self)
            .chain(second)
            .map(|part| (part.node(), part.inner.shared.head().seq))
            .collect()
    }

    /// The entries at these places, opened as far as keys are there, in the order asked; without
    /// those of a ledger that is not there.
    ///
    /// # Errors
    /// [`Error::CannotRead`], also where one of them is not in its ledger.
    pub async fn entries_at(
        &self,
        places: &[(NodeId, u64)],
    ) -> Result<InPart<Vec<ReadEntry>>, Error> {
        let mut wanted: BTreeMap<NodeId, Vec<u64>> = BTreeMap::new();
        for (node, seq) in places {
            wanted.entry(node.clone()).or_default().push(*seq);
        }
        let mut found = BTreeMap::new();
        for (node, places) in wanted {
            let Some(part) = self.named(&node) else {
                continue;
            };
            let look = move |reader: &Reader| {
                let read = |seq: u64| {
                    reader
                        .entry(seq)?
                        .ok_or_else(|| Error::CannotRead(format!("entry {seq} is not there")))
                };
                places.into_iter().map(read).collect::<Result<Vec<_>, _>>()
            };
            for entry in part.reading(look).await? {
                found.insert((node.clone(), entry.seq), entry);
            }
        }
        Ok(InPart {
            read: places
                .iter()
                .filter_map(|place| found.get(place).cloned())
                .collect(),
            unread: self.unread(),
        })
    }

    /// Keyed hashes of texts about people of one facility: the same for the same text, meaningless
    /// outside this installation.
    pub fn marks(&self, facility: &FacilityId) -> impl Fn(&str) -> u64 + Send + use<> {
        let (root, facility) = (self.inner.root(), facility.clone());
        move |text| {
            let hash = root.lasting_hash(MARKS, &joined(&[&facility.0, text]));
            let first = hash.as_ref().and_then(|hash| hash.first_chunk::<8>());
            first.copied().map_or(0, u64::from_be_bytes)
        }
    }
}

/// Several ledgers' entries as one story. A ledger of which there is more than the piece at hand
/// ends it: nothing of another goes before what that one says next.
fn as_they_happened(pieces: Vec<Vec<ReadEntry>>, most: usize) -> Vec<ReadEntry> {
    let mut pieces: Vec<_> = pieces
        .into_iter()
        .map(|piece| {
            let has_more = piece.len() >= most;
            (VecDeque::from(piece), has_more)
        })
        .collect();
    let mut story = Vec::new();
    loop {
        let is_unknown = |(piece, has_more): &(VecDeque<_>, bool)| piece.is_empty() && *has_more;
        if pieces.iter().any(is_unknown) {
            return story;
        }
        let next = pieces
            .iter_mut()
            .filter(|(piece, _)| !piece.is_empty())
            .min_by_key(|(piece, _)| piece.front().map(|entry| entry.wall));
        match next.and_then(|(piece, _)| piece.pop_front()) {
            Some(entry) => story.push(entry),
            None => return story,
        }
    }
}

impl ReadEntry {
    /// A personal field, where it is there and its key too.
    #[must_use]
    pub fn personal_text(&self, name: &str) -> Option<&str> {
        match self.personal.get(name)? {
            Opened::Clear(text) => Some(text),
            Opened::Sealed | Opened::Erased | Opened::Unreadable => None,
        }
    }

    /// A field that is not personal, where it is a text.
    #[must_use]
    pub fn word(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(serde_json::Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing, *};
    use crate::domain::event::{Event, FORMAT};

    #[tokio::test]
    async fn entries_are_followed_from_a_place_and_found_by_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = testing::open(folder.path());
        for name in ["one", "two", "three"] {
            let event = Event::SignInRefused {
                name: name.to_owned(),
                why: "unknown_or_wrong".to_owned(),
            };
            ledger.append(testing::draft(event)).await.unwrap();
        }
        let known = BTreeMap::from([(ledger.node(), 1)]);
        let second = |entry: &ReadEntry| entry.seq == 2;
        let next = ledger.follow_in_part(&known, 9, second).await.unwrap().read;
        let names: Vec<_> = next
            .iter()
            .map(|entry| entry.personal_text("name"))
            .collect();
        assert_eq!(names, [Some("two"), None]);
        let one = ledger.follow_in_part(&known, 1, second).await.unwrap();
        assert_eq!((one.read.len(), one.unread.len()), (1, 0));
        assert_eq!(ledger.ends(), BTreeMap::from([(ledger.node(), 3)]));
        let places = [(ledger.node(), 3), (ledger.node(), 1)];
        let found = ledger.entries_at(&places).await.unwrap().read;
        let names: Vec<_> = found
            .iter()
            .map(|entry| entry.personal_text("name"))
            .collect();
        assert_eq!(names, [Some("three"), Some("one")]);
        assert!(ledger.entries_at(&[(ledger.node(), 9)]).await.is_err());
    }

    #[test]
    fn two_ledgers_are_one_story_as_far_as_both_are_known() {
        let entry = |node: &str, seq: u64, second: u32| {
            let body = serde_json::json!({
                "v": 1, "node": node, "boot": "b", "event": "signed_in", "facility": "h1",
                "wall": format!("2026-11-23T03:00:{second:02}.000000Z"), "since_boot_ms": 1,
            });
            let body = [&[FORMAT], body.to_string().as_bytes()].concat();
            ReadEntry::parse(seq, &body).unwrap()
        };
        let first = || vec![entry("n", 1, 10), entry("n", 2, 30), entry("n", 3, 20)];
        let second = || vec![entry("n-second-1", 1, 15), entry("n-second-1", 2, 40)];
        let told = |most| -> Vec<_> {
            as_they_happened(vec![first(), second()], most)
                .iter()
                .map(|entry| (entry.node.0.len(), entry.seq))
                .collect()
        };
        // Of one ledger never out of its own order, whatever its clock did.
        assert_eq!(told(9), [(1, 1), (10, 1), (1, 2), (1, 3), (10, 2)]);
        // There may be more of the first: the second's last waits for it.
        assert_eq!(told(3), [(1, 1), (10, 1), (1, 2), (1, 3)]);
        assert_eq!(told(2), [(1, 1), (10, 1), (1, 2), (1, 3)]);
    }

    #[tokio::test]
    async fn a_mark_is_the_same_within_a_facility_and_another_outside() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = testing::open(folder.path());
        let (own, other) = (
            ledger.marks(&testing::hospital()),
            ledger.marks(&FacilityId("h2".to_owned())),
        );
        assert_eq!(own("name 山田"), own("name 山田"));
        assert_ne!(own("name 山田"), own("name 山本"));
        assert_ne!(own("name 山田"), other("name 山田"));
    }
}
