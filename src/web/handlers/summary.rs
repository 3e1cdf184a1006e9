//! The summary: assembled, recorded, and only then shown.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use futures_util::future::try_join_all;
use tokio::time::Instant;

use crate::{
    access::{Access, Field, Viewer, Wrong},
    domain::{
        access::{Grant, GrantId, Person},
        clock::{Clock, Moment},
        event::{Draft, Event, Method, View},
        record::names_one,
        section::{Look, SectionName, SourceName},
        summary::Item,
    },
    ledger::{Appended, Ledger},
    summary::{Ask, Assembled, Step, Summaries},
    web::{
        context::Context,
        error::Problem,
        guard::{Guarded, ReadSummary},
        times::Phase,
        views::{print::PrintPage, summary::SummaryPage},
    },
};

use super::draft;

/// What it takes to show a patient.
pub(in crate::web) struct Desk {
    pub(super) access: Access,
    pub(super) summaries: Summaries,
    ledger: Ledger,
    clock: Arc<dyn Clock>,
    firsts: Firsts,
}

/// How a patient is shown.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) method: Method,
    pub(super) look: Look,
    pub(super) step: Step,
}

/// One look: everything a view needs, already in the ledger.
pub(in crate::web) struct Shown {
    /// Under which grant.
    pub(in crate::web) grant: Arc<Grant>,
    /// What.
    pub(in crate::web) assembled: Assembled,
    /// The entry's receipt.
    pub(in crate::web) receipt: Option<String>,
    /// When.
    pub(in crate::web) now: Moment,
    /// Opaque names of the documents that may be opened, by source and resource.
    pub(in crate::web) documents: BTreeMap<(SourceName, String), String>,
}

pub(super) const FIRST: Way = Way {
    method: Method::Screen,
    look: Look::Emergency,
    step: Step::First,
};
pub(super) const LATE: Way = Way {
    method: Method::Late,
    look: Look::Emergency,
    step: Step::Last,
};
const NORMAL: Way = Way {
    method: Method::Screen,
    look: Look::Normal,
    step: Step::Last,
};
const PRINT: Way = Way {
    method: Method::Print,
    look: Look::Emergency,
    step: Step::Last,
};

/// `GET /summary/{grant}`: the first answer.
pub(in crate::web) async fn get(
    guarded: Guarded<ReadSummary>,
    grant: Path<String>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    desk.screen(
        (&guarded.viewer, &guarded.context),
        GrantId(grant.into_inner()),
        FIRST,
    )
    .await
}

/// `GET /summary/{grant}/late`: everything that will come, counted from the first request.
pub(in crate::web) async fn late(
    guarded: Guarded<ReadSummary>,
    grant: Path<String>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    desk.screen(
        (&guarded.viewer, &guarded.context),
        GrantId(grant.into_inner()),
        LATE,
    )
    .await
}

/// `GET /summary/{grant}/normal`: the longer windows; nobody waits for it with a patient at hand,
/// so it comes whole.
pub(in crate::web) async fn normal(
    guarded: Guarded<ReadSummary>,
    grant: Path<String>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    desk.screen(
        (&guarded.viewer, &guarded.context),
        GrantId(grant.into_inner()),
        NORMAL,
    )
    .await
}

/// `GET /summary/{grant}/print`: paper cannot fill in later, so it comes whole.
pub(in crate::web) async fn print(
    guarded: Guarded<ReadSummary>,
    grant: Path<String>,
    desk: Data<Desk>,
) -> Result<HttpResponse, Problem> {
    let who = (&guarded.viewer, &guarded.context);
    let shown = desk.show(who, GrantId(grant.into_inner()), PRINT).await?;
    told(&guarded.context, &shown, || {
        PrintPage::new(&guarded.context, &guarded.viewer, &shown)?.respond()
    })
}

/// The page, with what its browser is told of its times.
fn told(
    context: &Context,
    shown: &Shown,
    page: impl FnOnce() -> Result<HttpResponse, Problem>,
) -> Result<HttpResponse, Problem> {
    let assembled = &shown.assembled;
    context.times.serve(assembled.told());
    context.times.of_now(Phase::Render, page)
}

impl Desk {
    /// Wires the services.
    pub(in crate::web) fn new(
        access: Access,
        summaries: Summaries,
        ledger: Ledger,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            access,
            summaries,
            ledger,
            clock,
            firsts: Firsts::default(),
        }
    }

    async fn screen(
        &self,
        (viewer, context): (&Viewer, &Context),
        id: GrantId,
        way: Way,
    ) -> Result<HttpResponse, Problem> {
        let mut shown = self.show((viewer, context), id, way).await?;
        shown.documents = self.documents(viewer, &shown);
        told(context, &shown, || {
            SummaryPage::new(context, viewer, &shown)?.respond()
        })
    }

    /// The first answer once more, saying why the grant was not renewed.
    pub(super) async fn not_renewed(
        &self,
        viewer: &Viewer,
        context: &Context,
        id: GrantId,
        (field, wrong): (Field, Wrong),
    ) -> Result<HttpResponse, Problem> {
        // Everything on it leads where the page of the patient leads.
        let context = context.clone().at(format!("/summary/{id}"));
        let mut shown = self.show((viewer, &context), id, FIRST).await?;
        shown.documents = self.documents(viewer, &shown);
        SummaryPage::new(&context, viewer, &shown)?
            .not_renewed(field, wrong)
            .respond()
    }

    /// Grant, summary, entry; a page may be made of what this returns, and of nothing else.
    pub(super) async fn show(
        &self,
        (viewer, context): (&Viewer, &Context),
        id: GrantId,
        way: Way,
    ) -> Result<Shown, Problem> {
        let (grant, assembled) = self.looked_up((viewer, context), &id, way).await?;
        let view = view(context, &grant, &assembled, way)?;
        let receipt = self.record(viewer, context, &grant, view).await?;
        Ok(self.shown(grant, assembled, receipt))
    }

    /// What a look would show, under a grant that is still open; not recorded yet.
    pub(super) async fn looked_up(
        &self,
        (viewer, context): (&Viewer, &Context),
        id: &GrantId,
        way: Way,
    ) -> Result<(Arc<Grant>, Assembled), Problem> {
        let times = &context.times;
        let grant = self.access.grant(viewer, id);
        let grant = times.of(Phase::Grant, grant).await?;
        let ask = self.ask(viewer, context, &grant, way);
        let assembled = self.summaries.assemble(&ask);
        let assembled = times.of(Phase::Assembly, assembled).await?;
        // The sources took their time: whoever locked, signed out or ended the grant meanwhile is
        // not shown anything any more.
        let grant = self.access.still(viewer, &grant.id);
        let grant = times.of(Phase::Grant, grant).await?;
        Ok((grant, assembled))
    }

    /// What is asked of the sources for one look.
    pub(super) fn ask(
        &self,
        viewer: &Viewer,
        context: &Context,
        grant: &Arc<Grant>,
        way: Way,
    ) -> Ask {
        Ask {
            look: way.look,
            language: context.language,
            role: viewer.role,
            facility_number: viewer.facility_number.clone(),
            since: self.firsts.since(&grant.id, way.method, context.started),
            step: way.step,
            grant: Arc::clone(grant),
        }
    }

    /// What a view is made of.
    pub(super) fn shown(
        &self,
        grant: Arc<Grant>,
        assembled: Assembled,
        receipt: Option<String>,
    ) -> Shown {
        Shown {
            grant,
            assembled,
            receipt,
            now: self.clock.now(),
            documents: BTreeMap::new(),
        }
    }

    /// The names under which this page's documents may be opened.
    pub(super) fn documents(
        &self,
        viewer: &Viewer,
        shown: &Shown,
    ) -> BTreeMap<(SourceName, String), String> {
        let section = shown
            .assembled
            .summary
            .sections
            .get(&SectionName::Documents);
        let items = section.map_or(&[][..], |section| &section.items);
        openable(items)
            .filter_map(|(source, resource)| {
                let which = (source, resource);
                let name = self.access.document_name(viewer, &shown.grant, which)?;
                Some(((source, resource.to_owned()), name))
            })
            .collect()
    }

    /// Makes the look and every refused answer durable; returns the look's receipt.
    pub(super) async fn record(
        &self,
        viewer: &Viewer,
        context: &Context,
        grant: &Grant,
        view: View,
    ) -> Result<Option<String>, Problem> {
        let refused = self
            .summaries
            .take_refusals(grant)
            .into_iter()
            .map(|refused| Event::SourceRefused {
                source: refused.source,
                why: refused.why,
            });
        let entries = try_join_all(
            std::iter::once(Event::Viewed(Box::new(view)))
                .chain(refused)
                .map(|event| {
                    let person = Some(grant.person.clone());
                    self.ledger.append(draft(viewer, context, person, event))
                }),
        );
        let appended: Vec<Appended> = context.times.of(Phase::Ledger, entries).await?;
        Ok(appended.into_iter().next().and_then(|entry| entry.receipt))
    }
}

/// Records every refused answer of a source that waited for its entry at least for `span`: no page
/// of the patient asked for was recorded since, or the source was asked in the background.
pub(in crate::web) async fn record_refusals(
    summaries: &Summaries,
    ledger: &Ledger,
    span: Duration,
) {
    for refused in summaries.overdue_refusals(span) {
        let recorded = ledger.append(Draft {
            who: None,
            facility: refused.facility.clone(),
            terminal: None,
            address: None,
            request: None,
            person: Some(Person::clone(&refused.person)),
            event: Event::SourceRefused {
                source: refused.source,
                why: refused.why.clone(),
            },
        });
        if let Err(error) = recorded.await {
            tracing::error!(%error, "a refused answer could not be recorded yet");
            summaries.give_back(refused);
        }
    }
}

/// The look as the ledger keeps it.
pub(super) fn view(
    context: &Context,
    grant: &Grant,
    assembled: &Assembled,
    way: Way,
) -> Result<View, Problem> {
    let summary = &assembled.summary;
    Ok(View {
        grant: grant.id.clone(),
        method: way.method,
        look: summary.look,
        language: summary.language,
        sections: assembled.sections().to_vec(),
        sources: assembled.sources().to_vec(),
        duration_ms: u64::try_from(context.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        shown: assembled.shown().cloned().ok_or(Problem::CannotRecord)?,
    })
}

/// When each open grant's page was first asked for: the late answer counts from there.
#[derive(Default)]
struct Firsts(Mutex<BTreeMap<GrantId, Instant>>);

impl Firsts {
    /// More grants than one node has open at a time; the oldest are forgotten first.
    const LIMIT: usize = 4096;
    /// A late answer asked for after this is a look of its own.
    const LIFE: Duration = Duration::from_secs(10);

    /// The instant that the budgets of this look count from.
    fn since(&self, grant: &GrantId, method: Method, started: Instant) -> Instant {
        let mut firsts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match method {
            Method::Late => firsts
                .get(grant)
                .copied()
                .filter(|first| started.duration_since(*first) < Self::LIFE)
                .unwrap_or(started),
            Method::Screen => {
                if firsts.len() >= Self::LIMIT {
                    firsts.retain(|_, first| started.duration_since(*first) < Self::LIFE);
                }
                if firsts.len() < Self::LIMIT {
                    firsts.insert(grant.clone(), started);
                }
                started
            }
            Method::Print | Method::Uncovered | Method::Document => started,
        }
    }
}

/// The rows that may be opened: a name that two rows share, or that stands for no id, would open
/// the text of another document.
fn openable(items: &[Item]) -> impl Iterator<Item = (SourceName, &str)> {
    let named = |item: &'_ Item| item.source.map(|source| (source, item.resource.clone()));
    let mut rows: BTreeMap<(SourceName, String), usize> = BTreeMap::new();
    for name in items.iter().filter_map(named) {
        *rows.entry(name).or_default() += 1;
    }
    items
        .iter()
        .filter(move |item| {
            !item.covered && named(item).is_some_and(|name| rows.get(&name) == Some(&1))
        })
        .filter_map(|item| Some((item.source?, item.resource.as_str())))
        .filter(|(_, resource)| names_one(resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_late_answer_counts_from_the_first_request_of_the_same_grant() {
        let firsts = Firsts::default();
        let first = Instant::now();
        let (mine, other) = (GrantId("n.1".into()), GrantId("n.2".into()));
        assert_eq!(firsts.since(&mine, Method::Screen, first), first);
        let soon = first + Duration::from_millis(300);
        assert_eq!(firsts.since(&mine, Method::Late, soon), first);
        assert_eq!(firsts.since(&other, Method::Late, soon), soon);
        assert_eq!(firsts.since(&mine, Method::Print, soon), soon);
        let much_later = first + Duration::from_mins(1);
        assert_eq!(firsts.since(&mine, Method::Late, much_later), much_later);
    }

    #[tokio::test]
    async fn first_requests_are_not_kept_without_bound() {
        let firsts = Firsts::default();
        let now = Instant::now();
        for number in 0..Firsts::LIMIT + 10 {
            firsts.since(&GrantId(format!("n.{number}")), Method::Screen, now);
        }
        assert_eq!(firsts.0.lock().unwrap().len(), Firsts::LIMIT);
        let later = now + Duration::from_mins(1);
        firsts.since(&GrantId("n.new".into()), Method::Screen, later);
        assert_eq!(firsts.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn a_document_is_opened_by_a_name_of_its_own_only() {
        let row = |resource: &str, source: SourceName, covered: bool| Item {
            resource: resource.to_owned(),
            source: Some(source),
            covered,
            ..Item::default()
        };
        let items = [
            row("Composition/1", SourceName::Emr, false),
            row("Composition/1", SourceName::Emr, false),
            row("Composition/2", SourceName::Emr, false),
            row("Composition/2", SourceName::Eprescription, false),
            row("Composition/3", SourceName::Emr, false),
            row("Composition/3", SourceName::Emr, true),
            row("Composition/?4", SourceName::Emr, false),
            row("Composition/5", SourceName::Emr, true),
        ];
        let opened: Vec<_> = openable(&items).collect();
        assert_eq!(
            opened,
            [
                (SourceName::Emr, "Composition/2"),
                (SourceName::Eprescription, "Composition/2"),
            ]
        );
    }
}
