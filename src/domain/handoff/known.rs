//! Who the patient is, and what the record says: what comes in goes with the link.

use super::{
    Change, Field, Handoff, Link, RecordLine, Refused, Replaced, Standing,
    apply::{At, REPLACED, invalid},
};
use crate::domain::access::{GrantId, Person};

/// Grants of the crew, at most.
const GRANTS: usize = 100;

impl Handoff {
    /// Lines stay only where the number is one person's and the same.
    pub(super) fn link(&mut self, at: &At<'_>, link: Link) -> Result<(), Refused> {
        if let Some(grant) = &link.grant {
            self.keep_grant(at, grant)?;
        }
        let is_same = self.linked.as_ref().is_some_and(|old| {
            old.person.number == link.person.number
                && old.person.system == link.person.system
                && link.person.number.is_one_persons()
        });
        if !is_same {
            self.drop_record();
        }
        self.linked = Some(link);
        Ok(())
    }

    /// What the crew opened for the run ends with it. A hospital's own does not.
    fn keep_grant(&mut self, at: &At<'_>, grant: &GrantId) -> Result<(), Refused> {
        if !at.by.is_crew || self.grants.contains(grant) {
            return Ok(());
        }
        if self.grants.len() >= GRANTS {
            return Err(Refused::Full);
        }
        self.grants.push(grant.clone());
        Ok(())
    }

    /// A number that is a whole family's does not say of whom the lines are: there, only the grant
    /// under which the patient was linked does.
    pub(super) fn propose(
        &mut self,
        at: &At<'_>,
        (person, grant): (&Person, GrantId),
        lines: Vec<RecordLine>,
    ) -> Result<(), Refused> {
        let is_of_the_linked = self.linked.as_ref().is_some_and(|link| {
            link.person.number == person.number
                && link.person.system == person.system
                && (person.number.is_one_persons() || link.grant.as_ref() == Some(&grant))
        });
        let is_of_a_record = |line: &RecordLine| {
            !line.by_crew && line.source.is_some() && line.standing == Standing::Proposed
        };
        if !is_of_the_linked || !lines.iter().all(is_of_a_record) {
            return Err(invalid(Field::Lines));
        }
        self.keep_grant(at, &grant)?;
        self.form.drop_outdated(&lines);
        for line in lines {
            let id = line.id.clone();
            let Some(was) = self.form.proposed(line)? else {
                continue;
            };
            if self.replaced.len() >= REPLACED {
                return Err(Refused::Full);
            }
            self.replaced.push(Replaced {
                was: Change::Standing(id, was),
                by: at.by.account.clone(),
                at: at.now,
            });
        }
        Ok(())
    }

    /// Everything that the record said goes.
    pub(super) fn drop_record(&mut self) {
        self.linked = None;
        let lines = &mut self.form.lines;
        lines.retain(|line| line.by_crew);
        let is_of_no_record = |change: &Change| {
            if let Change::Standing(row, _) = change {
                lines.iter().any(|line| line.id == *row)
            } else {
                true
            }
        };
        self.replaced
            .retain(|replaced| is_of_no_record(&replaced.was));
        for late in &mut self.late {
            late.changes.retain(is_of_no_record);
        }
        self.late.retain(|late| !late.changes.is_empty());
    }
}
