//! The summary: the one value that `explain --json` prints, the page is built from, and the
//! ledger keeps as what was shown.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    section::{Fate, Freshness, Language, Look, SectionName, SourceName, State},
    words::fates,
};

/// Everything one screen says of one patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Who.
    pub patient: Header,
    /// The Japanese calendar day that windows and ages are counted from.
    pub as_of: NaiveDate,
    /// Emergency or normal windows.
    pub look: Look,
    /// The language of every `text` in it.
    pub language: Language,
    /// Always all twelve.
    pub sections: BTreeMap<SectionName, Section>,
    /// The allergy strip of the banner (B4).
    pub strip: Strip,
    /// Sentences for the banner that concern the whole page: a record of death, a patient who is
    /// not confirmed, records withheld because they are another patient's, resources that could
    /// not be assigned to any section.
    pub notices: Vec<Notice>,
    /// What became of every resource.
    pub accounting: Accounting,
}

/// What the ledger keeps of a page that shows something asked for from under the summary: a
/// document's text, covered rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept<T> {
    /// Who.
    pub patient: Header,
    /// The strip above it.
    pub strip: Strip,
    /// The sentences above it.
    pub notices: Vec<Notice>,
    /// What was asked for.
    pub shown: T,
}

/// The identity banner's data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// `Patient/id` in the data read; `None` where no patient was found.
    pub reference: Option<String>,
    /// Name in the script of the card.
    pub name: Option<String>,
    /// Name in kana.
    pub kana: Option<String>,
    /// 通称名.
    pub usual_name: Option<String>,
    /// `male`, `female`, `other`, `unknown`.
    pub sex: Option<super::patient::Sex>,
    /// Birth date as far as known, ISO.
    pub birth_date: Option<String>,
    /// Birth date in the Japanese calendar (昭和35年4月1日), where the day is known.
    pub birth_date_japanese: Option<String>,
    /// Age in words (years; months under 3 years, days under 28 days).
    pub age: Option<String>,
    /// The last four characters of the insurance number with what hides the rest.
    pub member_number_tail: Option<String>,
    /// The record of death in words, date and source within; `None` where none is recorded.
    pub death: Option<String>,
    /// Telephone numbers with whose they are.
    pub contacts: Vec<String>,
}

/// One section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Combined state.
    pub state: State,
    /// State, freshness and age per source.
    pub sources: Vec<SourceState>,
    /// Counts beside any state; `None` where the section is whole.
    pub partial: Option<Partial>,
    /// What a reader sees, in the order of the screen.
    pub items: Vec<Item>,
    /// Sentences that belong to the section whatever its items: B3, B13, claims lag, coverage of
    /// the drug × allergen check, the state in words with who said none and when.
    pub notes: Vec<String>,
}

/// What one source says of one section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceState {
    /// Which.
    pub source: SourceName,
    /// Its state.
    pub state: State,
    /// Fresh, stale or missing.
    pub freshness: Freshness,
    /// When its answer was received.
    pub fetched_at: Option<DateTime<Utc>>,
    /// Why it is missing, withheld or empty, in words.
    pub why: Option<String>,
}

/// What is not whole about a section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partial {
    /// Resources of this section that could not be read, wholly or in a field that is shown.
    pub unreadable: usize,
    /// Items whose code is a dummy or missing, so that they could not be classified.
    pub uncoded: usize,
    /// The source has more than was fetched.
    pub more_at_source: bool,
    /// Sources of this section that did not answer.
    pub sources_missing: Vec<SourceName>,
    /// Resources older than the window.
    pub outside_window: usize,
    /// Resources that may not be shown.
    pub withheld: usize,
}

impl Partial {
    /// Whether the section must be called 「一部のみ」: what is only outside the window or withheld
    /// is counted elsewhere.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.unreadable > 0
            || self.uncoded > 0
            || self.more_at_source
            || !self.sources_missing.is_empty()
    }
}

/// Keeps a number and its unit, a result and its date, on one line.
pub const NO_BREAK: char = '\u{a0}';

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The words a reader sees, complete: name, value with comparator and unit, flag with the
    /// sender's code, severity, reaction, status words, source names verbatim.
    pub text: String,
    /// ISO date with the precision known.
    pub date: Option<String>,
    /// Facility.
    pub facility: Option<String>,
    /// Department, where sent.
    pub department: Option<String>,
    /// Telephone of the facility, where sent and useful.
    pub telephone: Option<String>,
    /// The source it came from (the first, where merged).
    pub source: Option<SourceName>,
    /// Every source that says it, where more than one.
    pub also_from: Vec<SourceName>,
    /// `Type/id`.
    pub resource: String,
    /// Resources merged into this row.
    pub merged: Vec<String>,
    /// Heading within the section (抗血栓薬, 腎・電解質, 未調剤 …); rows with the same group stand
    /// together.
    pub group: Option<String>,
    /// The name in bold: agent, drug, test, disease.
    pub title: String,
    /// The value of a result with comparator and unit, or dose with unit: inseparable.
    pub value: Option<String>,
    /// Everything else, in order: reaction, dosage, "11/30分まで調剤", older values.
    pub details: Vec<String>,
    /// Words with a tone: severity, flags, 疑い, 否定, 中間, 要確認.
    pub tags: Vec<Tag>,
    /// B16: the row is covered; `title` then reads 保護項目 and nothing else is in the item.
    pub covered: bool,
    /// Past, refuted or resolved: never in a warning colour.
    pub past: bool,
    /// Values of the same unit, for a trend line.
    pub trend: Option<Trend>,
}

impl Item {
    /// Whether a tag only gives the value's own first word its tone (「陽性」 of 「陽性 2026-01-01」): a
    /// reader sees the word once.
    #[must_use]
    pub fn is_tone_of_value(&self, tag: &Tag) -> bool {
        self.value
            .as_deref()
            .is_some_and(|value| value.split(NO_BREAK).next() == Some(tag.word.as_str()))
    }
}

/// A trend: at least two plain values of one test in one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// The trend in words, for those who do not see the drawing.
    pub words: String,
    /// Its points, oldest first.
    pub points: Vec<TrendPoint>,
}

/// One value of a trend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendPoint {
    /// Japanese wall time of the sample; the day's beginning where only the day is known.
    pub at: NaiveDateTime,
    /// The number; of a bound (`<0.3`) the number it bounds.
    pub number: f64,
    /// A final value. A bound or an interim value is none: no line leads to it.
    pub is_plain: bool,
}

/// A word with a tone; the tone is never the only carrier of meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Tone.
    pub tone: Tone,
    /// Word.
    pub word: String,
}

/// Tones of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// Can kill: severe reaction, panic value, antithrombotic.
    Danger,
    /// Wants a second look.
    Warning,
    /// Plain fact.
    Info,
    /// Over, refuted, resolved.
    Past,
}

/// The allergy strip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strip {
    /// State of the allergies and contraindications together.
    pub state: State,
    /// Every active allergy of any category, severe reactions first.
    pub items: Vec<StripItem>,
    /// The words beside or instead of the items: 「アレルギー照会中 ―「なし」ではありません」, who
    /// said none and when, what could not be fetched.
    pub text: Option<String>,
}

/// One allergen in the strip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripItem {
    /// Agent.
    pub agent: String,
    /// Reaction or severity in a few words.
    pub reaction: Option<String>,
    /// Whether the reaction was severe or the criticality high.
    pub severe: bool,
    /// 疑い, 不一致, 禁忌.
    pub marks: Vec<String>,
}

/// A sentence for the banner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Tone.
    pub tone: Tone,
    /// Sentence.
    pub text: String,
}

/// What became of every resource; the counts add up to `resources`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounting {
    /// All that came in.
    pub resources: usize,
    /// See [`Fate::Shown`].
    pub shown: usize,
    /// See [`Fate::Merged`].
    pub merged: usize,
    /// See [`Fate::Superseded`].
    pub superseded: usize,
    /// See [`Fate::OutsideWindow`].
    pub outside_window: usize,
    /// See [`Fate::Withheld`].
    pub withheld: usize,
    /// See [`Fate::NotForThisScreen`].
    pub not_for_this_screen: usize,
    /// See [`Fate::Unreadable`].
    pub unreadable: usize,
    /// One for each resource, in the order they came.
    pub entries: Vec<Accounted>,
}

/// The fate of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounted {
    /// `Type/id`.
    pub resource: String,
    /// What became of it.
    pub fate: Fate,
    /// Why, in words; names the item it went into where merged.
    pub why: String,
}

impl Accounting {
    /// What a screen counts as received: what must not be delivered (未提供), and what the viewer's
    /// role or the consent does not reach, is in no count.
    #[must_use]
    pub fn on_screen(&self) -> usize {
        let held = self
            .entries
            .iter()
            .filter(|entry| {
                entry.fate == Fate::Withheld
                    && (fates::is_not_for_delivery(&entry.why)
                        || fates::is_not_for_this_role(&entry.why))
            })
            .count();
        self.resources.saturating_sub(held)
    }

    /// Adds one resource with its fate.
    pub fn add(&mut self, resource: String, fate: Fate, why: String) {
        self.resources += 1;
        let count = match fate {
            Fate::Shown => &mut self.shown,
            Fate::Merged => &mut self.merged,
            Fate::Superseded => &mut self.superseded,
            Fate::OutsideWindow => &mut self.outside_window,
            Fate::Withheld => &mut self.withheld,
            Fate::NotForThisScreen => &mut self.not_for_this_screen,
            Fate::Unreadable => &mut self.unreadable,
        };
        *count += 1;
        self.entries.push(Accounted {
            resource,
            fate,
            why,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_makes_a_part_and_what_is_only_left_out_does_not() {
        let with = |change: fn(&mut Partial)| {
            let mut partial = Partial::default();
            change(&mut partial);
            partial.is_partial()
        };
        assert!(!with(|_| ()));
        assert!(!with(|partial| partial.outside_window = 1));
        assert!(!with(|partial| partial.withheld = 1));
        assert!(with(|partial| partial.unreadable = 1));
        assert!(with(|partial| partial.uncoded = 1));
        assert!(with(|partial| partial.more_at_source = true));
        assert!(with(
            |partial| partial.sources_missing = vec![SourceName::Emr]
        ));
    }
}
