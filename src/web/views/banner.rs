//! The identity banner with the allergy strip inside it.

use std::time::Duration;

use crate::{
    access::Viewer,
    domain::{
        access::{Basis, End, IdentifiedBy, RENEWABLE},
        section::State,
        summary::{Header, Kept, Notice, Strip, Summary, Tone},
    },
    web::{handlers::summary::Shown, text::Text},
};

use super::Choice;

/// Who the patient is, who looks, until when.
pub(super) struct Banner {
    pub(super) patient_key: String,
    pub(super) name: String,
    pub(super) kana: Option<String>,
    pub(super) usual_name: Option<String>,
    pub(super) sex: Option<&'static str>,
    /// 「1954-03-12（昭和29年3月12日）」
    pub(super) birth: Option<String>,
    pub(super) age: Option<String>,
    pub(super) number_tail: Option<String>,
    /// `identity` could not be asked.
    pub(super) unconfirmed: bool,
    /// How the patient was identified; `None` while it is not settled.
    pub(super) identified: Option<&'static str>,
    /// What was said where it does not settle it.
    pub(super) identified_weakly: Option<&'static str>,
    pub(super) viewer: String,
    pub(super) left: String,
    pub(super) left_seconds: u64,
    pub(super) receipt: Option<String>,
    pub(super) grant: String,
    pub(super) death: Option<String>,
    pub(super) contacts: Vec<String>,
    pub(super) notices: Vec<NoticePart>,
    pub(super) strip: StripPart,
    /// On what ground, where it is not the emergency: the words beside the viewer.
    pub(super) consented: Option<&'static str>,
    /// Seconds before the end from which it can be renewed; `None` where it cannot be.
    pub(super) renewable_at: Option<u64>,
    /// Whether it can be renewed now.
    pub(super) is_renewable: bool,
    /// Ends chosen by hand besides 患者違い: form value and word.
    pub(super) ends: Vec<(&'static str, &'static str, Option<&'static str>)>,
    /// Ways of identifying: digit and word.
    pub(super) ways: Vec<Choice>,
}

/// A sentence with its icon.
pub(super) struct NoticePart {
    /// `danger`, `warning`, `info`, `past`.
    pub(super) tone: &'static str,
    /// Sentence.
    pub(super) text: String,
}

/// The strip.
pub(super) struct StripPart {
    /// State word, also its style.
    pub(super) state: &'static str,
    /// State in words, where there is no item.
    pub(super) label: Option<&'static str>,
    /// Allergens.
    pub(super) items: Vec<StripItemPart>,
    /// Words beside or instead of the items.
    pub(super) text: Option<String>,
}

/// One allergen.
pub(super) struct StripItemPart {
    pub(super) agent: String,
    pub(super) reaction: Option<String>,
    pub(super) severe: bool,
    pub(super) marks: Vec<String>,
}

/// What stands around the sections of a page: of the patient, not of who looks.
pub(super) struct Around<'a> {
    header: &'a Header,
    strip: &'a Strip,
    notices: &'a [Notice],
}

impl<'a> Around<'a> {
    /// Of a summary.
    pub(super) fn of(summary: &'a Summary) -> Self {
        Self {
            header: &summary.patient,
            strip: &summary.strip,
            notices: &summary.notices,
        }
    }

    /// Of what was kept of another page.
    pub(super) fn kept<T>(kept: &'a Kept<T>) -> Self {
        Self {
            header: &kept.patient,
            strip: &kept.strip,
            notices: &kept.notices,
        }
    }
}

impl Banner {
    /// The banner of one look.
    pub(super) fn new(viewer: &Viewer, shown: &Shown, t: &'static Text) -> Self {
        let (grant, summary) = (&shown.grant, &shown.assembled.summary);
        let left = grant.left(shown.now);
        let around = Self::around(&Around::of(summary), grant.identified_by, t);
        Self {
            patient_key: grant.patient_key.0.clone(),
            // Where `identity` did not answer, the number searched for is all there is to check by.
            number_tail: around.number_tail.or_else(|| {
                grant
                    .person
                    .patient
                    .is_none()
                    .then(|| grant.person.number.tail())
            }),
            unconfirmed: grant.person.patient.is_none(),
            viewer: viewer.name.clone(),
            left: hours(left),
            left_seconds: left.as_secs(),
            receipt: shown.receipt.clone(),
            grant: grant.id.0.clone(),
            consented: (grant.basis == Basis::Consented).then_some(t.grants.consented),
            renewable_at: (grant.basis == Basis::Emergency).then_some(RENEWABLE.as_secs()),
            is_renewable: grant.is_renewable(shown.now),
            ends: [End::Hand, End::Transferred, End::Objected, End::Deceased]
                .map(|end| (end.word(), (t.words.end)(end), (t.grants.end_twice)(end)))
                .to_vec(),
            ways: Choice::ways(t, ""),
            ..around
        }
    }

    /// What it says of the patient; of who looks, nothing.
    pub(super) fn around(
        around: &Around<'_>,
        identified_by: Option<IdentifiedBy>,
        t: &'static Text,
    ) -> Self {
        let header = around.header;
        let identified = identified_by.map(|by| (by.is_certain(), (t.words.identified_by)(by)));
        Self {
            patient_key: String::new(),
            name: header
                .name
                .clone()
                .unwrap_or_else(|| t.summary.name_unknown.to_owned()),
            kana: header.kana.clone(),
            usual_name: header.usual_name.clone(),
            sex: header.sex.map(t.words.sex),
            birth: birth(
                header.birth_date.as_deref(),
                header.birth_date_japanese.as_deref(),
            ),
            age: header.age.clone(),
            number_tail: header.member_number_tail.clone(),
            unconfirmed: false,
            identified: identified
                .filter(|(certain, _)| *certain)
                .map(|(_, word)| word),
            identified_weakly: identified
                .filter(|(certain, _)| !certain)
                .map(|(_, word)| word),
            viewer: String::new(),
            left: String::new(),
            left_seconds: 0,
            receipt: None,
            grant: String::new(),
            death: header.death.clone(),
            contacts: header.contacts.clone(),
            // A record of death has its own line.
            notices: around
                .notices
                .iter()
                .filter(|notice| Some(&notice.text) != header.death.as_ref())
                .map(NoticePart::of)
                .collect(),
            strip: StripPart::of(around.strip, t),
            consented: None,
            renewable_at: None,
            is_renewable: false,
            ends: Vec::new(),
            ways: Vec::new(),
        }
    }
}

/// The birth date in both calendars.
pub(super) fn birth(iso: Option<&str>, japanese: Option<&str>) -> Option<String> {
    match (iso, japanese) {
        (Some(iso), Some(japanese)) => Some(format!("{iso}（{japanese}）")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    }
}

/// 「3:59」: hours and minutes, the begun minute counted only when it is whole.
pub(super) fn hours(left: Duration) -> String {
    let minutes = left.as_secs() / 60;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// The word of a tone in classes and icons.
pub(super) const fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Danger => "danger",
        Tone::Warning => "warning",
        Tone::Info => "info",
        Tone::Past => "past",
    }
}

impl NoticePart {
    fn of(notice: &Notice) -> Self {
        Self {
            tone: tone(notice.tone),
            text: notice.text.clone(),
        }
    }
}

impl StripPart {
    fn of(strip: &Strip, t: &'static Text) -> Self {
        let label = (t.words.state)(strip.state);
        let says_itself = strip
            .text
            .as_deref()
            .is_some_and(|text| text.contains(label) || strip.state == State::Coming);
        Self {
            state: strip.state.word(),
            label: (strip.state != State::Present && !says_itself).then_some(label),
            items: strip
                .items
                .iter()
                .map(|item| StripItemPart {
                    agent: item.agent.clone(),
                    reaction: item.reaction.clone(),
                    severe: item.severe,
                    marks: item.marks.clone(),
                })
                .collect(),
            text: strip.text.clone(),
        }
    }
}
