//! One transaction in the making: drafts are checked against the open grants, sealed and encoded.

use std::sync::Arc;

use chrono::{Datelike as _, SecondsFormat};
use data_encoding::BASE64;

use super::{
    Error, Identity,
    grants::{Alteration, Changes},
    history::{Past, Told},
    keys::{Circle, KeyRing, NoKey},
    lookup::{Marks, Other, Said},
    personal::{Personal, personal_fields},
    read::ReadEntry,
    receipt,
    shown::{Hash, Known, Place},
    store::{Derived, OpenRow, Row, ShownRow, Store},
    writer::Shared,
};
use crate::domain::{
    access::{End, FacilityId, Grant, GrantId, PatientKey, Person},
    clock::{Moment, japanese_time},
    event::{Draft, Event, Object, clear_fields},
};

/// Why a draft does not become an entry.
pub(super) enum Refusal {
    /// The draft itself; the others of the transaction are not concerned.
    Draft(Error),
    /// The disk: nothing of the transaction can be written.
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<NoKey> for Refusal {
    fn from(none: NoKey) -> Self {
        match none {
            NoKey::Database(error) => Self::Database(error),
            NoKey::Unusable => Self::Draft(Error::CannotRecord),
        }
    }
}

const NOT_OPEN: Refusal = Refusal::Draft(Error::GrantNotOpen);
pub(super) const UNSEALED: Refusal = Refusal::Draft(Error::CannotRecord);

/// A transaction in the making.
pub(super) struct Batch<'a> {
    pub(super) identity: &'a Identity,
    pub(super) store: &'a Store,
    pub(super) keys: &'a mut KeyRing,
    /// What is asked of it is asked at once: the lock on it never outlasts a look, since another
    /// ledger's writer may wait for it.
    pub(super) shared: &'a Shared,
    pub(super) changes: Changes,
    /// The clocks at the last entry of this process.
    pub(super) last: Option<Moment>,
    /// What stands in `shown`, as far as it is remembered.
    pub(super) known: &'a Known,
    /// What of that this transaction adds.
    pub(super) newly: Vec<((String, Hash), Place)>,
}

impl Batch<'_> {
    /// Turns a draft into a row, or says why not. A refused draft leaves no trace.
    pub(super) fn prepare(&mut self, draft: &Draft, now: Moment) -> Result<Row, Refusal> {
        let grant = self.grant_of(draft)?;
        // Its end may not be written yet, but nothing is shown or fetched after its time.
        if matches!(draft.event, Event::Viewed(_) | Event::Prefetched(_))
            && grant.as_ref().is_some_and(|grant| grant.is_over(now))
        {
            return Err(NOT_OPEN);
        }
        let patient = match (&draft.person, &grant) {
            // Whose it is was checked with the grant.
            (_, Some(grant)) => Some(grant.patient_key.clone()),
            (Some(person), None) => Some(self.patient_key(&draft.facility, person)),
            (None, None) => self.corrected_of(draft)?,
        };
        let fields = clear_fields(draft, grant.as_deref());
        let personal = personal_fields(draft, grant.as_deref())?;
        let row = self.row(draft, fields, personal, patient.clone(), now)?;
        self.tell(draft, patient, &row, now);
        self.note_change(draft, grant, now);
        Ok(row)
    }

    /// The end that a renewal brings with it: the draft to be written next. Of a grant with another
    /// home it is the stop.
    pub(super) fn follows(&self, draft: &Draft) -> Option<Draft> {
        let Event::GrantStarted(grant) = &draft.event else {
            return None;
        };
        let (grant, end) = (grant.renews.clone()?, End::Renewed);
        let event = if self.is_home_of(&grant) {
            Event::GrantEnded { grant, end }
        } else {
            Event::GrantStopped { grant, end }
        };
        Some(Draft {
            event,
            ..draft.clone()
        })
    }

    fn is_home_of(&self, grant: &GrantId) -> bool {
        grant.home().as_ref() == Some(&self.identity.node)
    }

    /// The patient of the grant that a correction names: it must be the viewer's own.
    fn corrected_of(&self, draft: &Draft) -> Result<Option<PatientKey>, Refusal> {
        let Event::Corrected { grant, .. } = &draft.event else {
            return Ok(None);
        };
        let who = draft.who.as_ref().map(|who| &who.account);
        self.shared
            .read(|grants| grants.history.find(grant).cloned())
            .filter(|past| past.facility == draft.facility && Some(&past.account) == who)
            .map(|past| Some(past.patient))
            .ok_or(NOT_OPEN)
    }

    /// Adds to the history what an entry tells.
    fn tell(&mut self, draft: &Draft, patient: Option<PatientKey>, row: &Row, now: Moment) {
        if let Event::GrantStarted(grant) = &draft.event {
            self.changes.told.push(Told::Started(Box::new(Past {
                id: grant.id.clone(),
                account: grant.account.clone(),
                facility: grant.facility.clone(),
                patient: grant.patient_key.clone(),
                basis: grant.basis,
                reason: grant.reason,
                is_renewal: grant.renews.is_some(),
                receipt: row.receipt.clone(),
                started: now.wall,
                ended: None,
            })));
        } else if let Event::GrantEnded { grant, end } | Event::GrantStopped { grant, end } =
            &draft.event
        {
            self.changes.told.push(Told::Ended {
                grant: grant.clone(),
                end: *end,
                at: now.wall,
                facility: draft.facility.clone(),
                patient,
            });
        }
    }

    /// The end of a grant that an earlier process left open: its row and its first entry are known.
    pub(super) fn prepare_left_open(
        &mut self,
        open: &OpenRow,
        end: End,
        now: Moment,
    ) -> Result<Row, Refusal> {
        let grant = GrantId(open.grant.clone());
        let draft = Draft {
            who: None,
            facility: FacilityId(open.facility.clone()),
            terminal: None,
            address: None,
            request: None,
            person: None,
            event: Event::GrantEnded {
                grant: grant.clone(),
                end,
            },
        };
        let patient = Some(PatientKey(open.patient.clone()));
        let mut fields = clear_fields(&draft, None);
        let mut account = None;
        let started = self.store.body(open.seq)?;
        if let Ok(started) = ReadEntry::parse(open.seq, &started) {
            fields.put_some("basis", started.basis);
            fields.put_some("purpose", started.purpose);
            fields.put_some("override", started.overriding);
            fields.put_some("reason", started.reason);
            account = started.account;
        }
        let row = self.row(&draft, fields, Vec::new(), patient.clone(), now)?;
        self.tell(&draft, patient, &row, now);
        self.changes.end(grant, end, account);
        Ok(row)
    }

    /// The grant that a draft starts or happens under, checked: it must be open (or new), of this
    /// node, of the draft's facility, and of the draft's patient. Only its home starts and ends it.
    fn grant_of(&self, draft: &Draft) -> Result<Option<Arc<Grant>>, Refusal> {
        let grant = match (&draft.event, draft.event.under()) {
            (Event::GrantStarted(grant), _) => {
                let is_known = |known: &_| self.changes.knows(known, &grant.id);
                if self.shared.read(is_known) || !self.is_home_of(&grant.id) {
                    return Err(NOT_OPEN);
                }
                if grant.patient_key != self.patient_key(&grant.facility, &grant.person) {
                    tracing::error!(grant = %grant.id, "a grant carries another patient's key");
                    return Err(NOT_OPEN);
                }
                self.check_renewed(grant)?;
                Arc::new((**grant).clone())
            }
            (Event::GrantEnded { grant, .. }, _) if self.is_home_of(grant) => self
                .shared
                .read(|known| self.changes.without_end(known, grant))
                .ok_or(NOT_OPEN)?,
            (Event::GrantEnded { .. }, _) => return Err(NOT_OPEN),
            (Event::GrantStopped { grant, .. }, _) if self.is_home_of(grant) => {
                return Err(NOT_OPEN);
            }
            (_, Some(id)) => self.open_grant(id).ok_or(NOT_OPEN)?,
            (_, None) => return Ok(None),
        };
        let is_of_patient = draft
            .person
            .as_ref()
            .is_none_or(|person| self.patient_key(&draft.facility, person) == grant.patient_key);
        let is_of_viewer = !matches!(draft.event, Event::GrantStarted(_) | Event::Viewed(_))
            || draft
                .who
                .as_ref()
                .is_none_or(|who| who.account == grant.account);
        if grant.facility != draft.facility || !is_of_patient || !is_of_viewer {
            tracing::error!(grant = %grant.id, "a draft does not fit its grant");
            return Err(NOT_OPEN);
        }
        Ok(Some(grant))
    }

    /// What a grant renews is open, of the same account, and for the same patient.
    fn check_renewed(&self, grant: &Grant) -> Result<(), Refusal> {
        let Some(id) = &grant.renews else {
            return Ok(());
        };
        let old = self.open_grant(id).ok_or(NOT_OPEN)?;
        let is_same = old.account == grant.account
            && old.facility == grant.facility
            && old.patient_key == grant.patient_key;
        if is_same { Ok(()) } else { Err(NOT_OPEN) }
    }

    fn open_grant(&self, id: &GrantId) -> Option<Arc<Grant>> {
        self.shared.read(|known| self.changes.find(known, id))
    }

    fn patient_key(&self, facility: &FacilityId, person: &Person) -> PatientKey {
        self.identity.root.patient_key(facility, &person.number)
    }

    fn note_change(&mut self, draft: &Draft, grant: Option<Arc<Grant>>, now: Moment) {
        let Some(grant) = grant else { return };
        let event = &draft.event;
        if let Event::GrantStarted(_) = event {
            self.changes.open(grant);
        } else if let Event::Identified { by, .. } = event {
            let said = Alteration::Identified(*by, now.since_boot);
            self.changes.change(grant.id.clone(), said);
        } else if let Event::Noted { note, .. } = event {
            let said = Alteration::Noted(note.clone());
            self.changes.change(grant.id.clone(), said);
        } else if let Event::GrantEnded { end, .. } = event {
            let account = Some(grant.account.clone());
            self.changes.end(grant.id.clone(), *end, account);
        } else if let Event::GrantStopped { end, .. } = event {
            let event = Event::GrantEnded {
                grant: grant.id.clone(),
                end: *end,
            };
            let owed = Draft {
                event,
                ..draft.clone()
            };
            self.changes.stop(grant, *end, owed);
        }
    }

    fn row(
        &mut self,
        draft: &Draft,
        mut body: Object,
        personal: Vec<Personal>,
        patient: Option<PatientKey>,
        now: Moment,
    ) -> Result<Row, Refusal> {
        self.stamp(&mut body, now);
        let derived = derived(&draft.event);
        let has_receipt = matches!(draft.event, Event::GrantStarted(_) | Event::Viewed(_));
        let receipt = has_receipt.then(|| self.fresh_receipt()).transpose()?;
        body.put_some("patient", patient.as_ref().map(|key| key.0.as_str()));
        body.put_some("receipt", receipt.as_deref());
        let marks = marks(draft, patient.as_ref(), now);
        let shown = self.seal_into(&mut body, draft, personal, patient, now)?;
        self.last = Some(now);
        Ok(Row {
            body: body.to_body(),
            receipt,
            shown,
            derived,
            marks,
        })
    }

    /// Node, process and both clocks. Where the wall clock moved by more than a second against
    /// the other clock since this process's last entry, by how much.
    fn stamp(&self, body: &mut Object, now: Moment) {
        body.put("node", self.identity.node.0.as_str());
        body.put("boot", self.identity.boot.as_str());
        let wall = now.wall.to_rfc3339_opts(SecondsFormat::Micros, true);
        body.put("wall", wall);
        let since_boot = u64::try_from(now.since_boot.as_millis()).unwrap_or(u64::MAX);
        body.put("since_boot_ms", since_boot);
        body.put_some(
            "clock_step_ms",
            self.last.and_then(|last| step_ms(last, now)),
        );
    }

    fn fresh_receipt(&self) -> Result<String, Refusal> {
        for _ in 0..RECEIPT_TRIES {
            let receipt = receipt::fresh(self.identity.entropy.as_ref());
            if !self.store.has_receipt(&receipt)? {
                return Ok(receipt);
            }
        }
        tracing::error!("no receipt is free: the randomness is none");
        Err(UNSEALED)
    }

    /// Seals the personal fields into the body; gives the `shown` row where it is a new one.
    fn seal_into(
        &mut self,
        body: &mut Object,
        draft: &Draft,
        personal: Vec<Personal>,
        patient: Option<PatientKey>,
        now: Moment,
    ) -> Result<Option<ShownRow>, Refusal> {
        let view = if let Event::Viewed(view) = &draft.event {
            Some(view)
        } else {
            None
        };
        if personal.is_empty() && view.is_none() {
            return Ok(None);
        }
        let circle = Circle {
            node: self.identity.node.clone(),
            facility: draft.facility.clone(),
            patient,
            year: japanese_time(now.wall).year(),
        };
        let entropy = self.identity.entropy.as_ref();
        let key = self.keys.get(&circle, entropy)?;
        body.put("key", key.id.as_str());
        let mut fields = Object::default();
        for (name, plain) in personal {
            let sealed = key
                .seal(entropy, name, plain.as_bytes())
                .map_err(|_| UNSEALED)?;
            fields.put(name, BASE64.encode(&sealed));
        }
        body.put_object("sealed", fields);
        let Some(view) = view else { return Ok(None) };
        self.put_shown(body, &key, &view.shown)
    }
}

/// Under what its entry is found.
fn marks(draft: &Draft, patient: Option<&PatientKey>, now: Moment) -> Marks {
    let end = if let Event::GrantEnded { end, .. } | Event::GrantStopped { end, .. } = &draft.event
    {
        Some(end.word())
    } else {
        None
    };
    let listed = if let Event::Searched { listed, .. } = &draft.event {
        listed.as_slice()
    } else {
        &[]
    };
    let said = Said {
        event: draft.event.word(),
        end,
        facility: &draft.facility,
        patient,
        wall: now.wall,
        other: other(&draft.event),
    };
    Marks::new(&said, listed.iter().map(|key| key.0.as_str()))
}

/// What an event says of the node's other ledger.
fn other(event: &Event) -> Option<Other> {
    let (node, has) = if let Event::OtherLedger {
        node,
        entries,
        head,
    } = event
    {
        (node, Some((*entries, head.clone())))
    } else if let Event::OtherAccepted { node, has, .. } = event {
        (node, has.clone())
    } else {
        return None;
    };
    let node = node.0.clone();
    Some(Other { node, has })
}

/// How often a taken receipt is drawn again. With 10¹¹ receipts and a million taken, twice in a
/// row happens once in ten billion.
const RECEIPT_TRIES: usize = 16;

/// What an event changes in the table of open grants.
fn derived(event: &Event) -> Derived {
    if let Event::GrantStarted(grant) = event {
        Derived::Open(OpenRow {
            grant: grant.id.0.clone(),
            seq: 0,
            account: grant.account.0.clone(),
            facility: grant.facility.0.clone(),
            patient: grant.patient_key.0.clone(),
        })
    } else if let Event::GrantEnded { grant, .. } = event {
        Derived::Close(grant.0.clone())
    } else {
        Derived::None
    }
}

/// The purpose under which shown content is sealed.
pub(super) const SHOWN: &str = "shown";

fn step_ms(last: Moment, now: Moment) -> Option<i64> {
    let by_wall = now.wall.signed_duration_since(last.wall).num_milliseconds();
    let passed = now.since_boot.saturating_sub(last.since_boot).as_millis();
    let step = by_wall.saturating_sub(i64::try_from(passed).unwrap_or(i64::MAX));
    (step.abs() > 1_000).then_some(step)
}
