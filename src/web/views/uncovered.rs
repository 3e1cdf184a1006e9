//! Covered rows in words, for a minute.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use askama::Template;

use crate::{
    access::Viewer,
    domain::{
        section::{Look, SectionName, State},
        summary::{Item, Section},
    },
    web::{context::Context, error::Problem, handlers::summary::Shown, text::Text},
};

use super::{
    Frame,
    banner::Banner,
    page,
    section::{Making, Medium, SectionPart},
    summary::check_one_patient,
};

/// How long uncovered rows stay (B16).
const SECONDS: u64 = 60;

/// The page of what is uncovered.
#[derive(Template)]
#[template(path = "pages/uncovered.html")]
pub(in crate::web) struct UncoveredPage {
    frame: Frame,
    t: &'static Text,
    banner: Banner,
    sections: Vec<SectionPart>,
    /// The covered page, and the same where nobody pressed anything.
    back: String,
    by_itself: String,
    seconds: u64,
    until: String,
}

impl UncoveredPage {
    /// The page of what is already in the ledger.
    ///
    /// # Errors
    /// [`Problem::TwoPatients`], [`Problem::Broken`].
    pub(in crate::web) fn new(
        context: &Context,
        viewer: &Viewer,
        shown: &Shown,
        uncovered: &[(SectionName, Vec<Item>)],
    ) -> Result<Self, Problem> {
        let t = context.text();
        let banner = Banner::new(viewer, shown, t);
        let how = Making {
            t,
            now: shown.now.wall,
            medium: Medium::Screen,
            asking: None,
        };
        let sections: Vec<SectionPart> = uncovered
            .iter()
            .map(|(name, items)| {
                let known = shown.assembled.summary.sections.get(name);
                let section = Section {
                    state: State::Present,
                    sources: known.map(|known| known.sources.clone()).unwrap_or_default(),
                    partial: None,
                    items: items.clone(),
                    notes: Vec::new(),
                };
                SectionPart::new(*name, &section, &shown.grant.patient_key.0, how)
            })
            .collect();
        check_one_patient(&banner.patient_key, sections.iter())?;
        let back = match shown.assembled.summary.look {
            Look::Emergency => format!("/summary/{}", shown.grant.id),
            Look::Normal => format!("/summary/{}/normal", shown.grant.id),
        };
        let mut frame = Frame::new(context, Some(viewer), t.asked.uncover_title);
        // This page cannot be asked for again: its address only takes forms.
        frame.back.clone_from(&back);
        // It goes back before the seat locks.
        frame.lock_after = None;
        // A seat that locks sooner covers sooner.
        let seconds = SECONDS.min(viewer.idle_lock.as_secs());
        Ok(Self {
            frame,
            t,
            banner,
            sections,
            by_itself: format!("{back}?by=page"),
            back,
            seconds,
            until: (t.asked.until)(seconds),
        })
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        let mut response = page(&self, &self.frame, StatusCode::OK)?;
        // By a header, so that no element of the page does it, and with scripts off as well.
        let back = format!("{}; url={}", self.seconds, self.by_itself);
        let back = HeaderValue::from_str(&back).map_err(|_| Problem::Broken)?;
        response.headers_mut().insert(header::REFRESH, back);
        Ok(response)
    }
}
