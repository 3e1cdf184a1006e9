//! The hospitals that were asked, and those that can be.

use chrono::{DateTime, Utc};

use crate::{
    domain::{
        access::FacilityId,
        handoff::{Handoff, Inquiry, InquiryState, Talk},
    },
    web::text::Text,
};

use super::{Names, TagPart, language, named, when};

/// One hospital that was asked.
pub(super) struct InquiryPart {
    pub(super) hospital: String,
    pub(super) id: String,
    /// A word for the ids of its forms.
    pub(super) number: usize,
    pub(super) asked: String,
    pub(super) tag: TagPart,
    /// When it came to stand so, and why.
    pub(super) said: String,
    pub(super) talk: Vec<TalkPart>,
    pub(super) is_accepted: bool,
    pub(super) is_live: bool,
}

/// Something said.
pub(super) struct TalkPart {
    pub(super) at: String,
    pub(super) who: &'static str,
    pub(super) text: String,
}

impl TalkPart {
    /// Everything said, in its order.
    pub(super) fn all(talk: &[Talk], now: DateTime<Utc>, t: &'static Text) -> Vec<Self> {
        talk.iter()
            .map(|one| Self {
                at: when(one.at, now),
                who: (t.handoff.happened)(if one.by_crew { "answer" } else { "ask_back" }),
                text: one.text.clone(),
            })
            .collect()
    }
}

/// The tag of an inquiry, and what else is said of it.
pub(super) fn standing(
    inquiry: &Inquiry,
    now: DateTime<Utc>,
    t: &'static Text,
) -> (TagPart, String) {
    let happened = t.handoff.happened;
    let (tone, word, said) = match &inquiry.state {
        InquiryState::Asked => ("warning", happened("ask"), String::new()),
        InquiryState::Accepted { .. } => ("info", happened("accept"), String::new()),
        InquiryState::Declined { reason, note, .. } => {
            let reason = reason.name(language(t));
            let said = if note.is_empty() {
                reason.to_owned()
            } else {
                format!("{reason}{}{note}", t.common.comma)
            };
            ("past", happened("decline"), said)
        }
        InquiryState::Withdrawn { .. } => ("past", happened("withdraw"), String::new()),
        InquiryState::Taken { .. } => ("past", t.handoff.board.taken, String::new()),
    };
    let at = inquiry.state.at().map(|at| when(at, now));
    let said = at.into_iter().chain((!said.is_empty()).then_some(said));
    let tag = TagPart {
        tone,
        word: word.to_owned(),
    };
    (tag, said.collect::<Vec<_>>().join(" "))
}

impl InquiryPart {
    /// Every hospital that was asked, the last one first.
    pub(super) fn all(
        handoff: &Handoff,
        names: &Names,
        now: DateTime<Utc>,
        t: &'static Text,
    ) -> Vec<Self> {
        let numbered = handoff.inquiries.iter().enumerate().rev();
        numbered
            .map(|(number, inquiry)| {
                let (tag, said) = standing(inquiry, now, t);
                let counts = handoff.inquiry(&inquiry.hospital) == Some(inquiry);
                Self {
                    hospital: named(names, &inquiry.hospital),
                    id: inquiry.hospital.0.clone(),
                    number: number + 1,
                    asked: (t.handoff.asking.asked_at)(&when(inquiry.asked, now)),
                    tag,
                    said,
                    talk: TalkPart::all(&inquiry.talk, now, t),
                    is_accepted: matches!(inquiry.state, InquiryState::Accepted { .. }),
                    is_live: counts && inquiry.state.is_live(),
                }
            })
            .collect()
    }
}

/// A hospital that can be asked.
pub(super) struct Askable {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

impl Askable {
    /// As it was chosen before.
    pub(super) fn choose(&mut self, chosen: &[String]) {
        self.is_chosen = chosen.contains(&self.id);
    }

    /// Those of the list that are not asked now.
    pub(super) fn all(handoff: &Handoff, hospitals: &[(FacilityId, String)]) -> Vec<Self> {
        let is_free = |id: &FacilityId| {
            let inquiry = handoff.inquiry(id);
            !inquiry.is_some_and(|inquiry| inquiry.state.is_live())
        };
        hospitals
            .iter()
            .filter(|(id, _)| is_free(id))
            .map(|(id, name)| Self {
                id: id.0.clone(),
                name: name.clone(),
                is_chosen: false,
            })
            .collect()
    }
}
