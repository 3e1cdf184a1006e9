//! The hand-written stories: who, what happened, what the screen must show, what the sources hold.

use chrono::NaiveDate;

use super::{Chart, DemoPatient, ScreenLine, person::Person};

mod allergies;
mod cancer;
mod documents;
mod drugs;
mod family;
mod heart;
mod identity;
mod infections;
mod kidney;
mod labs;

/// One hand-written patient.
#[derive(Debug)]
pub(super) struct Story {
    pub(super) person: Person,
    /// What happened, in Japanese.
    pub(super) tells: &'static str,
    /// What the screen must show for it.
    pub(super) lines: &'static [ScreenLine],
    /// Writes what the sources hold.
    pub(super) write: fn(&mut Chart),
}

impl Story {
    /// Who it is on the day of the run.
    pub(super) fn patient(&self, today: NaiveDate) -> DemoPatient {
        DemoPatient {
            story: self.tells.to_owned(),
            lines: self.lines.to_vec(),
            ..self.person.on(today)
        }
    }
}

/// Every story, in the order of the documentation.
pub(super) fn all() -> Vec<&'static Story> {
    [
        heart::STORIES,
        drugs::STORIES,
        cancer::STORIES,
        kidney::STORIES,
        family::STORIES,
        identity::STORIES,
        labs::STORIES,
        infections::STORIES,
        allergies::STORIES,
        documents::STORIES,
    ]
    .into_iter()
    .flatten()
    .collect()
}
