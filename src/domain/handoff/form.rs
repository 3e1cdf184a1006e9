//! What the crew reports, in the order it is spoken.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Acuity, AgeBand, Complaint, Finding, Label, Mechanism, Part, Rule, Standing, Times, Treatment,
    VitalSet,
};
use crate::domain::{date::Date, patient::Sex, section::SourceName};

/// One row of a form: a word made by the tablet, so that a row sent twice is one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RowId(String);

impl RowId {
    /// Letters, digits and `-_.`, at most 40: no name fits through it.
    #[must_use]
    pub fn new(word: &str) -> Option<Self> {
        super::step::is_word(word).then(|| Self(word.to_owned()))
    }
}

impl std::fmt::Display for RowId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RowId {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        Self::new(&word).ok_or("not the id of a row")
    }
}

impl From<RowId> for String {
    fn from(row: RowId) -> Self {
        row.0
    }
}

/// 傷病者, as far as the crew typed it. What a link says is not copied into it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientPart {
    /// Name.
    pub name: Option<String>,
    /// Name in kana.
    pub kana: Option<String>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// About how old.
    pub age_band: Option<AgeBand>,
    /// Sex.
    pub sex: Option<Sex>,
    /// What an unidentified patient goes by. Shown to the hospitals that are asked.
    pub label: Option<String>,
}

/// What was touched, and a free note beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said<C: Ord> {
    /// What was touched.
    pub choices: BTreeSet<C>,
    /// What was typed; empty where nothing was.
    pub note: String,
}

impl<C: Ord> Default for Said<C> {
    fn default() -> Self {
        Self {
            choices: BTreeSet::new(),
            note: String::new(),
        }
    }
}

impl<C: Ord> Said<C> {
    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.choices.is_empty() && self.note.is_empty()
    }
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Which row of the form.
    pub id: RowId,
    /// What.
    pub what: Treatment,
    /// When, as the crew says.
    pub at: Option<DateTime<Utc>>,
    /// How much, where, with what.
    pub note: String,
    /// Struck by the crew: it stays, marked.
    pub struck: bool,
}

/// One line of アレルギー, 薬剤, 背景 or その他.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLine {
    /// Which row of the form.
    pub id: RowId,
    /// Where it belongs.
    pub part: Part,
    /// The line.
    pub text: String,
    /// Which source the record had it from; `None` for what the crew typed.
    pub source: Option<SourceName>,
    /// Its date, as far as known.
    pub date: Option<Date>,
    /// What the crew says of it.
    pub standing: Standing,
    /// Whether the crew typed it.
    pub by_crew: bool,
}

/// The whole report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// 傷病者
    pub patient: PatientPart,
    /// 主訴. Shown to the hospitals that are asked.
    pub complaint: Said<Complaint>,
    /// 受傷機転. Shown to the hospitals that are asked.
    pub mechanism: Said<Mechanism>,
    /// 損傷・所見
    pub findings: Said<Finding>,
    /// バイタル, in the order of their times.
    pub vitals: Vec<VitalSet>,
    /// 処置, in the order they were entered.
    pub treatments: Vec<Done>,
    /// 経過
    pub course: String,
    /// アレルギー, 薬剤, 背景, その他
    pub lines: Vec<RecordLine>,
    /// What to get ready for.
    pub labels: BTreeSet<Label>,
    /// The times of the run.
    pub times: Times,
    /// When the crew expects to arrive.
    pub eta: Option<DateTime<Utc>>,
    /// 重症度・緊急度
    pub acuity: Option<Acuity>,
    /// Suggested alerts that the crew put away.
    pub dismissed_alerts: BTreeSet<Rule>,
}

impl Form {
    /// The sets that were not struck, in the order of their times.
    #[must_use]
    pub fn valid_vitals(&self) -> impl DoubleEndedIterator<Item = &VitalSet> {
        self.vitals.iter().filter(|set| !set.struck)
    }

    /// The lines of one part, in their order.
    pub fn part(&self, part: Part) -> impl Iterator<Item = &RecordLine> {
        self.lines.iter().filter(move |line| line.part == part)
    }
}
