//! The synthetic patients: hand-written ones with a story each, and patient number N for any N.
//!
//! Each hand-written patient says which lines the screen must show; `docs/demo-patients.md` is the
//! same list for readers, and a test keeps the two equal.

use chrono::NaiveDate;

use crate::domain::{
    patient::Sex,
    section::{SectionName, SourceName, State},
};

mod chart;
mod claim;
mod drug;
mod emr;
mod generated;
mod lab;
#[cfg(test)]
mod listing;
mod paper;
mod person;
mod place;
mod stories;
mod supply;
mod systems;

pub(in crate::demo) use chart::{prefix, written_id};

pub use chart::Chart;
pub use generated::{GENERATED_INSURER, GENERATED_SYMBOL, generated, generated_number};

/// 保険医療機関番号 of the hospital at whose terminals the demonstration takes place: documents
/// addressed to it may be read there.
pub const HOSPITAL_NUMBER: &str = "1318800999";
/// Its name.
pub const HOSPITAL_NAME: &str = "みらい湾岸救急病院";

/// A synthetic patient as a card, a companion or a board would name them, with the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoPatient {
    /// Name in the script of the card, family name first.
    pub name: String,
    /// Name in kana; empty where none was ever recorded.
    pub kana: String,
    /// Name the person goes by, where it differs (通称名).
    pub usual_name: Option<String>,
    /// Birth date as far as known: `YYYY-MM-DD`, or only `YYYY`.
    pub birth_date: String,
    /// How the birth date follows from the day of the run, in words.
    pub birth_rule: String,
    /// Administrative sex.
    pub sex: Sex,
    /// Address in one line, prefecture first.
    pub address: String,
    /// Prefecture, and city or ward.
    pub town: [String; 2],
    /// The patient's telephone number.
    pub telephone: String,
    /// Who can be called, and the number.
    pub contact: Option<[String; 2]>,
    /// Day of a recorded death.
    pub death: Option<NaiveDate>,
    /// Whether the number is that of a public payer (生活保護) instead of an insurer.
    pub public_payer: bool,
    /// 保険者番号 or 公費負担者番号, 8 digits.
    pub insurer: String,
    /// 記号; may be empty.
    pub symbol: String,
    /// 番号 or 受給者番号.
    pub number: String,
    /// 枝番; may be empty.
    pub branch: String,
    /// What happened, in Japanese.
    pub story: String,
    /// What the summary must show for it.
    pub lines: Vec<ScreenLine>,
}

/// One thing the summary must show, or must not. Words are the senders' own (for results
/// the item's fixed name), so that they can be looked for whatever the screen puts around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenLine {
    /// One row of the section holds all of these words.
    Row(SectionName, &'static [&'static str]),
    /// The section is in this state when every source has answered.
    Is(SectionName, State),
    /// No row of the section holds this in the emergency view, though a source sent it.
    Never(SectionName, &'static str),
    /// The banner or the candidates hold this.
    Banner(&'static str),
}

impl DemoPatient {
    /// The insurance number as an identifier's value, in the written form of the sender.
    #[must_use]
    pub fn member_value(&self) -> String {
        format!(
            "{}:{}:{}:{}",
            self.insurer, self.symbol, self.number, self.branch
        )
    }

    /// The naming system of [`Self::member_value`].
    #[must_use]
    pub fn member_system(&self) -> &'static str {
        if self.public_payer {
            crate::domain::patient::PUBLIC_PAYER_SYSTEM
        } else {
            crate::domain::patient::MEMBER_NUMBER_SYSTEM
        }
    }
}

/// Every hand-written patient, in the order of the documentation; the first one is on warfarin.
#[must_use]
pub fn demo_patients(today: NaiveDate) -> Vec<DemoPatient> {
    stories::all()
        .into_iter()
        .map(|story| story.patient(today))
        .collect()
}

/// Every hand-written patient with everything the sources hold.
#[must_use]
pub fn charts(today: NaiveDate) -> Vec<Chart> {
    (0..).map_while(|index| chart(today, index)).collect()
}

/// Hand-written patient `index` (from 0) with everything the sources hold.
#[must_use]
pub fn chart(today: NaiveDate, index: usize) -> Option<Chart> {
    stories::all()
        .get(index)
        .map(|story| Chart::of_story(story, index, today))
}

/// What `source` holds about hand-written patient `index` (from 0), its Patient first; empty where
/// it does not know the patient.
#[must_use]
pub fn resources(today: NaiveDate, index: usize, source: SourceName) -> Vec<serde_json::Value> {
    chart(today, index)
        .map(|chart| chart.resources(source))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
