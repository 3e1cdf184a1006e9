//! The glass: reason, judgement, note and permission, then one grant.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, MutexGuard};

use super::{
    Access, Error, Field, Glass, Viewer, Wrong, candidate::Sealed, consent, record::about,
    session::unlocked,
};
use crate::domain::{
    access::{AccountId, Action, Basis, Grant, GrantId, IdentifiedBy, Reason, Role},
    event::Event,
    text::normalised,
};

/// Characters of a note.
pub(super) const LONGEST_NOTE: usize = 500;
/// Characters of the judging physician's name.
pub(super) const LONGEST_NAME: usize = 120;
/// The basis of the consent form.
const CONSENTED: &str = "consented";
/// How many accounts can open grants at the same time without waiting for each other.
const LANES: usize = 64;

/// One lane per group of accounts: two posts of one account, such as a double submit, open one
/// grant, not two.
pub(super) struct Openings {
    lanes: Vec<Mutex<()>>,
}

impl Default for Openings {
    fn default() -> Self {
        Self {
            lanes: (0..LANES).map(|_| Mutex::new(())).collect(),
        }
    }
}

impl Openings {
    pub(super) async fn lane(&self, account: &AccountId) -> Option<MutexGuard<'_, ()>> {
        let place = Sha256::digest(account.0.as_bytes())
            .first()
            .map_or(0, |byte| usize::from(*byte) % LANES);
        match self.lanes.get(place) {
            Some(lane) => Some(lane.lock().await),
            None => None,
        }
    }
}

/// What the form says, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) reason: Option<Reason>,
    pub(super) judged_by: Option<String>,
    pub(super) note: Option<String>,
    pub(super) identified_by: Option<IdentifiedBy>,
}

impl Glass {
    /// The one reason that the form says, where it says one: what a form that comes back keeps.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        read_reason(&self.reasons, &self.prefilled).ok()
    }
}

impl Access {
    /// Opens a grant: breaks the glass, or takes the consent. With an open grant of one's own for
    /// this patient on the same ground it returns that one.
    ///
    /// # Errors
    /// [`Error::Field`], [`Error::StaleCandidate`], [`Error::Locked`], [`Error::NotAllowed`],
    /// [`Error::Confirm`] where one more confirmation is asked, [`Error::AskConsent`] where the
    /// digit 0 asks for the consent form, [`Error::CannotRecord`].
    pub async fn open_grant(&self, viewer: &Viewer, glass: &Glass) -> Result<GrantId, Error> {
        unlocked(viewer)?;
        let candidate = self.opened(viewer, &glass.candidate)?;
        self.still_brought(viewer, &candidate).await?;
        if glass.basis == CONSENTED {
            return self.open_consented(viewer, glass, candidate).await;
        }
        if consent::is_asked_for(glass) {
            self.may(viewer, Action::ReadSummary).await?;
            return Err(Error::AskConsent);
        }
        self.break_glass(viewer, glass, candidate).await
    }

    /// Checks permission, reason, note and judgement, and opens an emergency grant.
    async fn break_glass(
        &self,
        viewer: &Viewer,
        glass: &Glass,
        candidate: Sealed,
    ) -> Result<GrantId, Error> {
        self.may(viewer, Action::BreakGlass).await?;
        let wrong = |(field, wrong)| Error::Field(field, wrong);
        let _lane = self.inner.openings.lane(&viewer.account).await;
        let own = self.own_open(viewer, &candidate.person);
        // What was consented to does not stand in the way of an emergency.
        if let Some(grant) = own.iter().find(|grant| grant.basis == Basis::Emergency) {
            // Nothing is asked again, and nothing that was said is lost.
            let (note, identified_by) = read_remarks(glass).map_err(wrong)?;
            if note.is_some() || identified_by.is_some() {
                let note = note.unwrap_or_default();
                self.note(viewer, &grant.id, &note, identified_by).await?;
            }
            return Ok(grant.id.clone());
        }
        let (reason, stated) = read(glass, viewer.role).map_err(wrong)?;
        if stated.note.is_none() && self.has_objected(viewer, &candidate) {
            return Err(Error::Field(Field::Note, Wrong::Missing));
        }
        let flags = self.flags(viewer, glass, &candidate, reason)?;
        let mut grant = self.new_grant(viewer, candidate, stated);
        grant.flags = flags;
        self.start(viewer, grant).await
    }

    /// Makes a grant durable, and only then gives it out.
    pub(super) async fn start(&self, viewer: &Viewer, mut grant: Grant) -> Result<GrantId, Error> {
        grant.flags.extend(viewer.flags.iter().copied());
        let id = grant.id.clone();
        let person = grant.person.clone();
        let is_use = grant.basis == Basis::Emergency;
        let started = self
            .record(about(viewer, &person, Event::GrantStarted(Box::new(grant))))
            .await?;
        if is_use {
            let at = self.inner.clock.now().wall;
            self.inner.uses.note(viewer.account.clone(), at);
        }
        // Where one ledger cannot be written another of this node is its home.
        Ok(id.at(&started.node))
    }

    /// An emergency grant that begins now.
    pub(super) fn new_grant(&self, viewer: &Viewer, candidate: Sealed, stated: Stated) -> Grant {
        Grant {
            id: self.inner.ledger.new_grant_id(),
            account: viewer.account.clone(),
            role: viewer.role,
            facility: viewer.facility.clone(),
            terminal: viewer.terminal.clone(),
            patient_key: self
                .inner
                .ledger
                .patient_key(&viewer.facility, &candidate.person.number),
            person: candidate.person,
            basis: Basis::Emergency,
            reason: stated.reason,
            judged_by: stated.judged_by,
            note: stated.note,
            found_by: candidate.found_by,
            identified_by: stated.identified_by,
            consent: None,
            flags: BTreeSet::new(),
            renews: None,
            epoch: viewer.epoch,
            start: self.inner.clock.now(),
            span: self.inner.settings.grant,
        }
    }
}

fn read(glass: &Glass, role: Role) -> Result<(Reason, Stated), (Field, Wrong)> {
    // Consent has its own form; here it is not one of the possible grounds.
    if glass.basis != "emergency" {
        return Err((Field::Reason, Wrong::NotOneOf));
    }
    let reason = read_reason(&glass.reasons, &glass.prefilled)?;
    let (note, identified_by) = read_remarks(glass)?;
    if reason == Reason::Other && note.is_none() {
        return Err((Field::Note, Wrong::Missing));
    }
    let judged_by = read_text(Field::JudgedBy, &glass.judged_by, LONGEST_NAME)?;
    if !role.judges_himself() && judged_by.is_none() {
        return Err((Field::JudgedBy, Wrong::Missing));
    }
    let stated = Stated {
        reason: Some(reason),
        judged_by,
        note,
        identified_by,
    };
    Ok((reason, stated))
}

/// What may be said besides the reason: the note, and how the patient was identified.
pub(super) fn read_remarks(
    glass: &Glass,
) -> Result<(Option<String>, Option<IdentifiedBy>), (Field, Wrong)> {
    let note = read_text(Field::Note, &glass.note, LONGEST_NOTE)?;
    let identified_by = match &*normalised(&glass.identified_by) {
        "" => None,
        digit => {
            Some(IdentifiedBy::from_field(digit).ok_or((Field::IdentifiedBy, Wrong::NotOneOf))?)
        }
    };
    Ok((note, identified_by))
}

/// Exactly one reason: every value that is not empty must be one digit 1 to 6, and all the same.
/// Where nothing is said and a colleague's reason stands beside the empty field, it is that.
fn read_reason(values: &[String], prefilled: &str) -> Result<Reason, (Field, Wrong)> {
    let mut stated = None;
    for value in values.iter().filter(|value| !normalised(value).is_empty()) {
        let reason = Reason::from_field(value).ok_or((Field::Reason, Wrong::NotOneOf))?;
        if stated.is_some_and(|before| before != reason) {
            return Err((Field::Reason, Wrong::Contradictory));
        }
        stated = Some(reason);
    }
    stated
        .or_else(|| Reason::from_field(prefilled))
        .ok_or((Field::Reason, Wrong::Missing))
}

/// Free text within a limit, without control characters but line ends and tabs; `None` if empty.
pub(super) fn read_text(
    field: Field,
    text: &str,
    longest: usize,
) -> Result<Option<String>, (Field, Wrong)> {
    let text = text.trim();
    if text.chars().count() > longest {
        return Err((field, Wrong::TooLong(longest)));
    }
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err((field, Wrong::Unreadable));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn glass(reasons: &[&str]) -> Glass {
        Glass {
            basis: "emergency".to_owned(),
            reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            ..Glass::default()
        }
    }

    #[test]
    fn a_reason_is_exactly_one_digit_said_once_or_twice_the_same() {
        let wrong = |wrong| Err((Field::Reason, wrong));
        for (values, expected) in [
            (&["1"][..], Ok(Reason::Unconscious)),
            (&["２"], Ok(Reason::DangerToLife)),
            (&["③"], Ok(Reason::CannotCommunicate)),
            (&[" 4 "], Ok(Reason::NoTime)),
            (&["", "5"], Ok(Reason::Disaster)),
            (&["5", "5"], Ok(Reason::Disaster)),
            (&["", " ", "6"], Ok(Reason::Other)),
            (&[], wrong(Wrong::Missing)),
            (&["", "　"], wrong(Wrong::Missing)),
            (&["1", "2"], wrong(Wrong::Contradictory)),
            (&["0"], wrong(Wrong::NotOneOf)),
            (&["7"], wrong(Wrong::NotOneOf)),
            (&["11"], wrong(Wrong::NotOneOf)),
            (&["1 1"], wrong(Wrong::NotOneOf)),
            (&["4912345678904"], wrong(Wrong::NotOneOf)),
            (&["一"], wrong(Wrong::NotOneOf)),
            (&["1", "x"], wrong(Wrong::NotOneOf)),
            (&["-1"], wrong(Wrong::NotOneOf)),
        ] {
            assert_eq!(
                read_reason(&glass(values).reasons, ""),
                expected,
                "{values:?}"
            );
        }
    }

    #[test]
    fn a_colleagues_reason_counts_where_nothing_else_is_said_and_only_there() {
        for (values, expected) in [
            (&[""][..], Ok(Reason::Unconscious)),
            (&["", ""], Ok(Reason::Unconscious)),
            (&["4"], Ok(Reason::NoTime)),
            (&["1", "3"], Err((Field::Reason, Wrong::Contradictory))),
            (&["1", "1"], Ok(Reason::Unconscious)),
            (&["2", "3"], Err((Field::Reason, Wrong::Contradictory))),
            (&["12"], Err((Field::Reason, Wrong::NotOneOf))),
            (&["1", "3", "4"], Err((Field::Reason, Wrong::Contradictory))),
            (&["", "3"], Ok(Reason::CannotCommunicate)),
        ] {
            let read = read_reason(&glass(values).reasons, "1");
            assert_eq!(read, expected, "{values:?}");
        }
    }

    /// Reads a form with one reason and one other field.
    fn with(
        reason: &str,
        role: Role,
        field: fn(&mut Glass) -> &mut String,
        value: &str,
    ) -> Result<Stated, (Field, Wrong)> {
        let mut glass = glass(&[reason]);
        value.clone_into(field(&mut glass));
        read(&glass, role).map(|(_, stated)| stated)
    }

    #[test]
    fn a_note_is_needed_with_the_sixth_reason_and_bounded_with_all() {
        let note = |reason: &str, value: &str| {
            with(reason, Role::Physician, |glass| &mut glass.note, value).map(|stated| stated.note)
        };
        let wrong = |wrong| Err((Field::Note, wrong));
        assert_eq!(note("1", ""), Ok(None));
        assert_eq!(note("6", ""), wrong(Wrong::Missing));
        assert_eq!(note("6", " 　"), wrong(Wrong::Missing));
        assert_eq!(note("6", " 理由 "), Ok(Some("理由".to_owned())));
        assert_eq!(note("1", &"あ".repeat(500)), Ok(Some("あ".repeat(500))));
        assert_eq!(note("1", &"あ".repeat(501)), wrong(Wrong::TooLong(500)));
        assert_eq!(note("1", "a\0b"), wrong(Wrong::Unreadable));
    }

    #[test]
    fn who_judged_is_needed_from_all_but_physicians() {
        let judge = |role, value: &str| {
            with("1", role, |glass| &mut glass.judged_by, value).map(|stated| stated.judged_by)
        };
        let wrong = |wrong| Err((Field::JudgedBy, wrong));
        let named = Ok(Some("佐藤".to_owned()));
        assert_eq!(judge(Role::Physician, ""), Ok(None));
        assert_eq!(judge(Role::Physician, "佐藤"), named);
        for role in [Role::Nurse, Role::Pharmacist, Role::Paramedic] {
            assert_eq!(judge(role, " "), wrong(Wrong::Missing));
            assert_eq!(judge(role, "佐藤"), named);
            assert_eq!(judge(role, &"あ".repeat(121)), wrong(Wrong::TooLong(120)));
        }
    }

    #[test]
    fn how_identified_is_optional_and_basis_is_emergency_here() {
        let identified = |value: &str| {
            with(
                "1",
                Role::Physician,
                |glass| &mut glass.identified_by,
                value,
            )
            .map(|stated| stated.identified_by)
        };
        assert_eq!(identified(""), Ok(None));
        assert_eq!(identified("４"), Ok(Some(IdentifiedBy::Belongings)));
        for value in ["0", "6", "11", "x"] {
            let wrong = Err((Field::IdentifiedBy, Wrong::NotOneOf));
            assert_eq!(identified(value), wrong, "{value}");
        }
        for value in ["consented", "", "EMERGENCY"] {
            let read = with("1", Role::Physician, |glass| &mut glass.basis, value);
            assert_eq!(read, Err((Field::Reason, Wrong::NotOneOf)), "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_burst_of_two_or_more_characters_is_never_a_reason(burst in "[0-9０-９]{2,20}") {
            prop_assert_eq!(read_reason(&[burst], ""), Err((Field::Reason, Wrong::NotOneOf)));
        }

        #[test]
        fn any_values_are_read_or_refused_without_panic(values: Vec<String>) {
            let says_something = values.iter().any(|value| !normalised(value).is_empty());
            let read = read_reason(&values, "");
            prop_assert_eq!(read == Err((Field::Reason, Wrong::Missing)), !says_something);
        }
    }
}
