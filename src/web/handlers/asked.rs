//! What is shown only when asked for: covered rows, and the text of a document; each look has its
//! own entry first.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use serde::Serialize;

use crate::{
    access::Viewer,
    domain::{
        access::GrantId,
        document::Reading,
        event::{Content, Method},
        section::{Look, SectionName, State},
        summary::{Item, Kept, Summary},
    },
    summary::{Asked, Step},
    web::{
        context::Context,
        error::Problem,
        form::Fields,
        guard::{Guarded, Posted, ReadSummary},
        views::{document::DocumentPage, uncovered::UncoveredPage},
    },
};

use super::{
    see_other,
    summary::{Desk, Shown, Way, view},
};

const READ: Way = Way {
    method: Method::Document,
    look: Look::Normal,
    step: Step::Last,
};

/// `POST /summary/{grant}/uncover`: the covered rows of the section named, or of all.
pub(in crate::web) async fn uncover(
    posted: Posted<ReadSummary>,
    grant: Path<String>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let id = GrantId(grant.into_inner());
    let what = Wanted::read(&posted.fields)?;
    let (viewer, context) = (&posted.viewer, &posted.context);
    let (shown, sections) = desk.uncovered(viewer, context, &id, &what).await?;
    if sections.is_empty() {
        return Ok(see_other(&format!("/summary/{id}")));
    }
    UncoveredPage::new(context, viewer, &shown, &sections)?.respond()
}

/// `GET /summary/{grant}/documents/{opaque}`: the text of one document.
pub(in crate::web) async fn document(
    guarded: Guarded<ReadSummary>,
    path: Path<(String, String)>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let (grant, name) = path.into_inner();
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let (shown, reading) = desk.read(viewer, context, &GrantId(grant), &name).await?;
    DocumentPage::new(context, viewer, &shown, &reading).respond()
}

/// What is to be uncovered.
struct Wanted {
    /// `None`: every section.
    section: Option<SectionName>,
    /// With the windows of the page that was looked at.
    look: Look,
}

impl Wanted {
    fn read(fields: &Fields) -> Result<Self, Problem> {
        let section = match fields.get("section") {
            "" => None,
            word => Some(
                SectionName::ALL
                    .into_iter()
                    .find(|name| name.word() == word)
                    .ok_or(Problem::Malformed)?,
            ),
        };
        let look = match fields.get("look") {
            "normal" => Look::Normal,
            "" | "emergency" => Look::Emergency,
            _ => return Err(Problem::Malformed),
        };
        Ok(Self { section, look })
    }

    /// The names of covered problems are what takes words out of other sections: uncovering the
    /// problems gives those back too.
    fn includes(&self, name: SectionName) -> bool {
        self.section
            .is_none_or(|wanted| wanted == name || wanted == SectionName::Problems)
    }
}

impl Desk {
    async fn uncovered(
        &self,
        viewer: &Viewer,
        context: &Context,
        id: &GrantId,
        wanted: &Wanted,
    ) -> Result<(Shown, Vec<(SectionName, Vec<Item>)>), Problem> {
        let grant = self.access.grant(viewer, id).await?;
        let way = Way {
            method: Method::Uncovered,
            look: wanted.look,
            step: Step::Last,
        };
        let ask = self.ask(viewer, context, &grant, way);
        let Asked {
            assembled,
            mut found,
        } = self.summaries.uncover(&ask).await?;
        found.retain(|(name, _)| wanted.includes(*name));
        let grant = self.access.still(viewer, &grant.id).await?;
        if found.is_empty() {
            let shown = self.shown(grant, assembled, None);
            return Ok((shown, found));
        }
        let mut view = view(context, &grant, &assembled, way)?;
        view.sections = found
            .iter()
            .map(|(name, items)| (*name, State::Present, items.len()))
            .collect();
        view.shown = kept(&assembled.summary, &found)?;
        let receipt = self.record(viewer, context, &grant, view).await?;
        Ok((self.shown(grant, assembled, receipt), found))
    }

    async fn read(
        &self,
        viewer: &Viewer,
        context: &Context,
        id: &GrantId,
        name: &str,
    ) -> Result<(Shown, Reading), Problem> {
        let grant = self.access.grant(viewer, id).await?;
        let (source, resource) = self.access.document_named(viewer, &grant, name).await?;
        let ask = self.ask(viewer, context, &grant, READ);
        let Asked { assembled, found } = self.summaries.document(&ask, (source, &resource)).await?;
        let grant = self.access.still(viewer, &grant.id).await?;
        let Some(reading) = found else {
            let section = assembled.summary.sections.get(&SectionName::Documents);
            return Err(
                if section.is_some_and(|section| section.state == State::NotFetched) {
                    Problem::Unavailable
                } else {
                    self.access.no_document(viewer).await.into()
                },
            );
        };
        let mut view = view(context, &grant, &assembled, READ)?;
        view.sections = vec![(SectionName::Documents, State::Present, 1)];
        view.sources.retain(|(known, _)| *known == source);
        view.shown = kept(&assembled.summary, &reading)?;
        let receipt = self.record(viewer, context, &grant, view).await?;
        Ok((self.shown(grant, assembled, receipt), reading))
    }
}

fn kept<T: Serialize>(summary: &Summary, shown: &T) -> Result<Content, Problem> {
    serde_json::to_vec(&Kept {
        patient: summary.patient.clone(),
        strip: summary.strip.clone(),
        notices: summary.notices.clone(),
        shown,
    })
    .map(Content::new)
    .map_err(|_| Problem::CannotRecord)
}
