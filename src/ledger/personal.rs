//! What of a draft is personal: those fields are sealed, everything else stands readable.

use super::batch::{Refusal, UNSEALED};
use crate::domain::{
    access::{Grant, Person},
    event::{Draft, Event, Ground},
    patient::Patient,
    review::Debrief,
};

/// A field to be sealed: the name it has in the entry, and what it says.
pub(super) type Personal = (&'static str, String);

/// What of a draft is sealed. A view says whom it showed also where the draft leaves that to the
/// grant: a record of what was looked at must not need another entry to be read.
pub(super) fn personal_fields(
    draft: &Draft,
    grant: Option<&Grant>,
) -> Result<Vec<Personal>, Refusal> {
    let mut fields = Vec::new();
    let mut put = |name: &'static str, text: Option<&String>| {
        if let Some(text) = text {
            fields.push((name, text.clone()));
        }
    };
    match &draft.event {
        Event::GrantStarted(grant) => {
            put("note", grant.note.as_ref());
            put("judged_by", grant.judged_by.as_ref());
            let consent = grant.consent.as_ref();
            put("consent_taken_by", consent.map(|consent| &consent.taken_by));
        }
        Event::Noted { note, .. } => put("note", Some(note)),
        Event::Corrected { note, .. } | Event::Reviewed { note, .. } => put("note", note.as_ref()),
        Event::SignInRefused { name, .. } => put("name", Some(name)),
        Event::Searched { asked, .. } => put("asked", Some(asked)),
        Event::Replayed { reason, .. } | Event::KeysErased { reason, .. } => {
            put("note", reason.as_ref());
        }
        Event::Debriefed { .. } | Event::Disclosed(_) => {
            for (name, text) in told(&draft.event) {
                put(name, text);
            }
        }
        Event::ListTaken { taken, .. } => put("taken", Some(taken)),
        Event::HandoffStep { said, .. } => put("said", Some(said)),
        Event::Prefetched(prefetch) => {
            if let Ground::Consent { consent, .. } = &prefetch.ground {
                put("consent_taken_by", Some(&consent.taken_by));
            }
        }
        Event::Started { .. }
        | Event::SignedIn
        | Event::SignedOut { .. }
        | Event::Locked { .. }
        | Event::Unlocked
        | Event::UnlockRefused
        | Event::TerminalRegistered { .. }
        | Event::Administered { .. }
        | Event::Viewed(_)
        | Event::Identified { .. }
        | Event::GrantEnded { .. }
        | Event::GrantStopped { .. }
        | Event::Refused { .. }
        | Event::SourceRefused { .. }
        | Event::HandoffRevealed { .. }
        | Event::LedgerRead { .. }
        | Event::CaseOpened { .. }
        | Event::Configured { .. }
        | Event::KeysRewrapped { .. }
        | Event::OtherLedger { .. }
        | Event::OtherAccepted { .. } => {}
    }
    if let Some(person) = person_of(draft, grant) {
        let json = serde_json::to_string(&person).map_err(|_| UNSEALED)?;
        fields.push(("person", json));
    }
    Ok(fields)
}

/// Of what was told to somebody: to whom and by whom, or who asked by what right.
fn told(event: &Event) -> [(&'static str, Option<&String>); 2] {
    if let Event::Disclosed(inquiry) = event {
        [
            ("name", Some(&inquiry.name)),
            ("note", inquiry.right.as_ref()),
        ]
    } else if let Event::Debriefed {
        debrief: Debrief::Told { to, by, .. },
        ..
    } = event
    {
        [("told_to", Some(to)), ("told_by", Some(by))]
    } else {
        [("told_to", None), ("told_by", None)]
    }
}

/// Whom it is about.
fn person_of(draft: &Draft, grant: Option<&Grant>) -> Option<Person> {
    match (&draft.person, grant) {
        (Some(person), _) => Some(person.clone()),
        (None, Some(grant)) if matches!(draft.event, Event::GrantStarted(_)) => {
            Some(grant.person.clone())
        }
        (None, Some(grant)) if matches!(draft.event, Event::Viewed(_)) => {
            Some(in_short(&grant.person))
        }
        (None, _) => None,
    }
}

/// The person by number, names, sex and birth date; the rest stands with the start of the grant.
fn in_short(person: &Person) -> Person {
    Person {
        number: person.number.clone(),
        system: person.system.clone(),
        patient: person.patient.as_ref().map(|patient| Patient {
            name: patient.name.clone(),
            kana: patient.kana.clone(),
            usual_name: patient.usual_name.clone(),
            sex: patient.sex,
            birth_date: patient.birth_date,
            ..Patient::default()
        }),
    }
}
