//! One sheet of A4: the same order and states, who printed, when, and the receipt.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Viewer,
    domain::{clock::japanese_time, section::SectionName},
    web::{context::Context, error::Problem, handlers::summary::Shown, text::Text},
};

use super::{
    Frame,
    banner::Banner,
    page,
    section::{Making, Medium, SectionPart},
    summary::{check_one_patient, sections},
};

/// The sheet.
#[derive(Template)]
#[template(path = "pages/print.html")]
pub(in crate::web) struct PrintPage {
    frame: Frame,
    t: &'static Text,
    banner: Banner,
    sections: Vec<SectionPart>,
    printed_at: String,
    printed_by: String,
    facility: String,
    terminal: String,
    screen_url: String,
    accounting: String,
    /// Rows on the paper, in words, and the line after the last one.
    rows: String,
    end: String,
    as_of: String,
}

/// The order on paper is the order of what clinicians asked for first.
const ORDER: [SectionName; 12] = [
    SectionName::Allergies,
    SectionName::Contraindications,
    SectionName::Drugs,
    SectionName::Infections,
    SectionName::Labs,
    SectionName::Problems,
    SectionName::Operations,
    SectionName::Dialysis,
    SectionName::Visits,
    SectionName::Procedures,
    SectionName::Checkups,
    SectionName::Documents,
];

impl PrintPage {
    /// The sheet of what is already in the ledger.
    ///
    /// # Errors
    /// As the screen.
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        shown: &Shown,
    ) -> Result<Self, Problem> {
        let t = context.text();
        let summary = &shown.assembled.summary;
        let how = Making {
            t,
            now: shown.now.wall,
            medium: Medium::Paper,
            asking: None,
        };
        let banner = Banner::new(viewer, shown, t);
        let sections = sections(shown, &ORDER, how)?;
        check_one_patient(&banner.patient_key, sections.iter())?;
        let rows = sections.iter().map(|section| section.rows.len()).sum();
        Ok(Self {
            frame: Frame::new(context, Some(viewer), t.summary.print_title),
            t,
            banner,
            sections,
            printed_at: japanese_time(shown.now.wall)
                .format("%Y-%m-%d %H:%M:%S")
                .to_string(),
            printed_by: format!("{}（{}）", viewer.name, (t.words.role)(viewer.role)),
            facility: viewer.facility_name.clone(),
            terminal: viewer.terminal_name.clone(),
            screen_url: format!("/summary/{}", shown.grant.id),
            rows: (t.summary.sheet_rows)(rows),
            end: (t.summary.sheet_end)(rows),
            accounting: (t.summary.accounting)(
                summary.accounting.shown + summary.accounting.merged,
                summary.accounting.on_screen(),
            ),
            as_of: summary.as_of.format("%Y-%m-%d").to_string(),
        })
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, StatusCode::OK)
    }
}
