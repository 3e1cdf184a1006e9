//! The one screen.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::{FacilityKind, Field, Viewer, Wrong},
    domain::section::{Look, SectionName, State},
    web::{context::Context, error::Problem, handlers::summary::Shown, text::Text},
};

use super::{
    Frame,
    banner::Banner,
    drawn::{Block, Drawn, Printed},
    page_of,
    section::{Making, Medium, SectionPart, look_word},
};

/// Bytes of a page around its sections, or a little more.
const AROUND: usize = 20 * 1024;

/// The screen of one look.
#[derive(Template)]
#[template(path = "pages/summary.html")]
pub(in crate::web) struct SummaryPage {
    frame: Frame,
    t: &'static Text,
    banner: Banner,
    /// Blocks of sections; reading order is the order of the page.
    blocks: Vec<Block>,
    /// Where the blocks stand.
    arrangement: &'static str,
    /// `emergency` or `normal`.
    look: &'static str,
    look_word: &'static str,
    /// The page of the other look, and its word.
    other_look: (String, &'static str),
    print_url: String,
    /// Where a crew hands the patient over: address and word.
    handing: Option<(&'static str, &'static str)>,
    /// The whole answer, where something is still coming.
    late_url: Option<String>,
    accounting: String,
    as_of: String,
    /// Why the grant was not renewed.
    not_renewed: Option<String>,
    status: StatusCode,
    /// About how many bytes the page has.
    bytes: usize,
}

impl SummaryPage {
    /// The screen of what is already in the ledger.
    ///
    /// # Errors
    /// [`Problem::TwoPatients`], [`Problem::Broken`] where a section is not there at all.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        shown: &Shown,
    ) -> Result<Self, Problem> {
        let t = context.text();
        let summary = &shown.assembled.summary;
        let id = &shown.grant.id;
        let banner = Banner::new(viewer, shown, t);
        let how = Making {
            t,
            now: shown.now.wall,
            medium: Medium::Screen,
            asking: Some(shown),
        };
        let frame = Frame::new(context, Some(viewer), t.summary.title).with_keys();
        let is_late = context.path.ends_with("/late");
        let drawn = Drawn::of(shown, how, &frame, is_late || is_coming(shown))?;
        let blocks = drawn.blocks(shown, how)?;
        if drawn.patient_key() != banner.patient_key {
            return Err(Problem::TwoPatients);
        }
        check_one_patient(&banner.patient_key, blocks.iter().flat_map(Block::asking))?;
        Ok(Self {
            frame,
            t,
            banner,
            blocks,
            arrangement: drawn.arrangement,
            look: look_word(summary.look),
            look_word: (t.words.look)(summary.look),
            other_look: match summary.look {
                Look::Emergency => (format!("/summary/{id}/normal"), t.summary.normal),
                Look::Normal => (format!("/summary/{id}"), t.summary.emergency),
            },
            print_url: format!("/summary/{id}/print"),
            handing: (viewer.facility_kind == FacilityKind::Fire)
                .then_some(("/handoffs", t.handoff.crew.title)),
            late_url: is_coming(shown).then(|| format!("/summary/{id}/late")),
            accounting: (t.summary.accounting)(
                summary.accounting.shown + summary.accounting.merged,
                summary.accounting.on_screen(),
            ),
            as_of: summary.as_of.format("%Y-%m-%d").to_string(),
            not_renewed: None,
            status: StatusCode::OK,
            bytes: drawn.bytes() + AROUND,
        })
    }

    /// With why the grant was not renewed, beside the field.
    pub(in crate::web) fn not_renewed(mut self, field: Field, wrong: Wrong) -> Self {
        self.not_renewed = Some((self.t.words.wrong)(field, wrong));
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page_of(&self, &self.frame, self.status, self.bytes)
    }
}

/// Whether the page must be asked for once more.
fn is_coming(shown: &Shown) -> bool {
    let summary = &shown.assembled.summary;
    shown.assembled.coming
        || summary
            .sections
            .values()
            .any(|section| section.state == State::Coming)
}

/// The parts of the named sections, in this order.
///
/// # Errors
/// [`Problem::Broken`] where one is missing: a screen without it would read as "nothing".
pub(super) fn sections(
    shown: &Shown,
    names: &[SectionName],
    how: Making<'_>,
) -> Result<Vec<SectionPart>, Problem> {
    let key = &shown.grant.patient_key.0;
    names
        .iter()
        .map(|name| {
            shown
                .assembled
                .summary
                .sections
                .get(name)
                .map(|section| SectionPart::new(*name, section, key, how))
                .ok_or(Problem::Broken)
        })
        .collect()
}

/// A page is made of one patient's fragments or not at all.
///
/// # Errors
/// [`Problem::TwoPatients`].
pub(super) fn check_one_patient<'a>(
    patient_key: &str,
    mut fragments: impl Iterator<Item = &'a SectionPart>,
) -> Result<(), Problem> {
    if fragments.all(|fragment| fragment.patient_key == patient_key) {
        Ok(())
    } else {
        Err(Problem::TwoPatients)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::section::Language;

    use super::{super::sample, *};

    #[test]
    fn fragments_of_two_patients_never_make_one_page() {
        let shown = sample::shown(sample::usual(Language::Ja));
        let how = Making {
            t: Text::of(Language::Ja),
            now: sample::now().wall,
            medium: Medium::Paper,
            asking: None,
        };
        let part = |key: &str| {
            let name = SectionName::Drugs;
            SectionPart::new(name, &shown.assembled.summary.sections[&name], key, how)
        };
        let (mine, foreign) = (part("k-1"), part("k-2"));
        assert!(check_one_patient("k-1", [&mine, &mine].into_iter()).is_ok());
        assert!(matches!(
            check_one_patient("k-1", [&mine, &foreign].into_iter()),
            Err(Problem::TwoPatients)
        ));
    }
}
