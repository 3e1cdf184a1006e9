//! The auditor's work list and its cases. Whatever names somebody is an entry first.

use std::collections::BTreeMap;

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use chrono::NaiveDate;

use crate::{
    access::Viewer,
    domain::{
        event::Event,
        review::{Debrief, NotYours, Verdict, WhyNot},
        text::normalised,
    },
    review::{self, CaseFile, Names, Place},
    web::{
        context::Context,
        error::Problem,
        form::Fields,
        guard::{Guarded, Posted, ReadLedger},
        views::review::{
            case::{CasePage, Opened, TypedTelling},
            cases::{CasesPage, Work, url},
            query, wanted,
        },
    },
};

use super::{draft, replay::AuditDesk, see_other};

/// Characters of the longest note.
const LONGEST_NOTE: usize = 500;
/// Characters of the longest name or relation.
const LONGEST_NAME: usize = 120;

/// `GET /audit/cases`: the filter stands in the address, and in the entry.
pub(in crate::web) async fn list(
    guarded: Guarded<ReadLedger>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let wanted = wanted(&context.query);
    let read = Event::LedgerRead {
        what: format!("cases {}", query(&wanted)),
    };
    desk.ledger
        .append(draft(viewer, context, None, read))
        .await?;
    let page = desk.review.work(&viewer.facility, &wanted).await?;
    let places = page.cases.iter().map(|case| &case.place);
    let urls: Vec<String> = places
        .map(|place| format!("{}?{}", desk.url(viewer, place), query(&wanted)))
        .collect();
    let views = desk.review.views(&viewer.account).await;
    let work = Work {
        wanted: &wanted,
        views: &views,
        page: &page,
        urls: &urls,
        table: desk.review.table(),
        now: desk.clock.now().wall,
    };
    CasesPage::new(context, viewer, &work).respond()
}

/// `GET /audit/cases/{opaque}`: that a case was opened is written before anybody is named.
pub(in crate::web) async fn get(
    guarded: Guarded<ReadLedger>,
    name: Path<String>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&guarded.viewer, &guarded.context);
    let file = desk.file(viewer, &name).await?;
    desk.opened(viewer, context, &file).await?.respond()
}

/// `POST /audit/cases/{opaque}/verdict`: recorded, the next case of the same filter is opened.
pub(in crate::web) async fn judge(
    posted: Posted<ReadLedger>,
    name: Path<String>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let file = desk.file(viewer, &name).await?;
    if desk.not_yours(viewer, &file).await?.is_some() {
        desk.refused(viewer, context, "verdict").await?;
        return Err(Problem::NotAllowed);
    }
    let note = posted.fields.get("note").trim();
    let verdict = match typed_verdict(&posted.fields, file.case.standing.is_explained()) {
        Ok(verdict) => verdict,
        Err(flaw) => {
            let flash = flaw.said(context);
            let page = desk.opened(viewer, context, &file).await?;
            return page.not_judged(flash, note).respond();
        }
    };
    let next = desk.next(viewer, context, &file.case.place).await?;
    let event = Event::Reviewed {
        grant: file.case.grant.clone(),
        verdict,
        note: Some(note.to_owned()).filter(|note| !note.is_empty()),
    };
    desk.say(viewer, context, &file, event).await?;
    Ok(see_other(&next.unwrap_or_else(|| {
        format!("{}&done=judged", url(&wanted(&context.query)))
    })))
}

/// `POST /audit/cases/{opaque}/told`: 事後説明.
pub(in crate::web) async fn tell(
    posted: Posted<ReadLedger>,
    name: Path<String>,
    desk: Data<AuditDesk>,
) -> Result<HttpResponse, Problem> {
    let (viewer, context) = (&posted.viewer, &posted.context);
    let file = desk.file(viewer, &name).await?;
    let typed = telling(&posted.fields);
    let today = desk.clock.now().japanese_day();
    let Some(debrief) = debrief(&typed, today) else {
        let page = desk.opened(viewer, context, &file).await?;
        return page.not_told(typed).respond();
    };
    let event = Event::Debriefed {
        grant: file.case.grant.clone(),
        debrief,
    };
    desk.say(viewer, context, &file, event).await?;
    let asked = query(&wanted(&context.query));
    let case = desk.url(viewer, &file.case.place);
    Ok(see_other(&format!("{case}?{asked}&done=told")))
}

/// Why a verdict cannot be taken.
enum Flaw {
    NotOne,
    NoNote,
    TooLong,
}

impl Flaw {
    fn said(&self, context: &Context) -> &'static str {
        let said = &context.text().review;
        match self {
            Self::NotOne => said.not_a_verdict,
            Self::NoNote => said.note_missing,
            Self::TooLong => said.too_long,
        }
    }
}

/// Exactly one digit, typed or pressed; what is not explained, and what is not justified, needs a
/// note.
fn typed_verdict(fields: &Fields, is_explained: bool) -> Result<Verdict, Flaw> {
    let typed = fields.all("verdict");
    let mut said = typed.iter().filter(|value| !value.trim().is_empty());
    let verdict = match (said.next(), said.next()) {
        (Some(one), None) => Verdict::from_field(one).ok_or(Flaw::NotOne)?,
        _ => return Err(Flaw::NotOne),
    };
    let note = fields.get("note").trim();
    if note.chars().count() > LONGEST_NOTE {
        Err(Flaw::TooLong)
    } else if note.is_empty() && !(is_explained && verdict == Verdict::Justified) {
        Err(Flaw::NoNote)
    } else {
        Ok(verdict)
    }
}

fn telling(fields: &Fields) -> TypedTelling {
    let get = |name| {
        let typed: String = normalised(fields.get(name));
        typed.chars().take(LONGEST_NAME).collect()
    };
    TypedTelling {
        to: get("to"),
        on: get("on"),
        by: get("by"),
        why: get("why"),
    }
}

/// All of to whom, when and by whom, or why not; never both.
fn debrief(typed: &TypedTelling, today: NaiveDate) -> Option<Debrief> {
    if !typed.why.is_empty() {
        let why = WhyNot::parse(&typed.why)?;
        return (typed.to.is_empty() && typed.on.is_empty()).then_some(Debrief::Not(why));
    }
    let on: NaiveDate = typed.on.parse().ok().filter(|on| *on <= today)?;
    let is_whole = !typed.to.is_empty() && !typed.by.is_empty();
    is_whole.then(|| Debrief::Told {
        to: typed.to.clone(),
        on,
        by: typed.by.clone(),
    })
}

impl AuditDesk {
    async fn not_yours(
        &self,
        viewer: &Viewer,
        file: &CaseFile,
    ) -> Result<Option<NotYours>, Problem> {
        let reviewer = self.review.reviewer(&viewer.facility, &viewer.account);
        Ok(file.case.may_be_judged_by(&reviewer.await?).err())
    }

    /// A case's address for this session; the list where none can be made.
    fn url(&self, viewer: &Viewer, (node, seq): &Place) -> String {
        let name = self.access.entry_name(viewer, node, *seq);
        name.map_or_else(
            || "/audit/cases".to_owned(),
            |name| format!("/audit/cases/{name}"),
        )
    }

    /// The case that an opaque name stands for. What is not there, not of this facility or no case
    /// is all the same, and recorded.
    async fn file(&self, viewer: &Viewer, name: &str) -> Result<CaseFile, Problem> {
        let place = self.access.entry_named(viewer, name).await?;
        match self.review.case(&viewer.facility, &place).await {
            Ok(file) => Ok(file),
            Err(review::Error::NotThere) => Err(self.access.no_entry(viewer).await.into()),
            Err(other) => Err(other.into()),
        }
    }

    /// Records that the case was opened, and gives its page.
    async fn opened(
        &self,
        viewer: &Viewer,
        context: &Context,
        file: &CaseFile,
    ) -> Result<CasePage, Problem> {
        let grant = file.case.grant.clone();
        self.say(viewer, context, file, Event::CaseOpened { grant })
            .await?;
        let names: Names = self.review.names(&viewer.facility).await;
        let replays: BTreeMap<Place, String> = self.replays(viewer, &file.entries);
        Ok(CasePage::new(
            context,
            viewer,
            &Opened {
                file,
                names: &names,
                table: self.review.table(),
                wanted: &wanted(&context.query),
                url: self.url(viewer, &file.case.place),
                next: self.next(viewer, context, &file.case.place).await?,
                replays: &replays,
                not_yours: self.not_yours(viewer, file).await?,
            },
        ))
    }

    /// The address of the next case of the filter that this auditor may judge.
    async fn next(
        &self,
        viewer: &Viewer,
        context: &Context,
        after: &Place,
    ) -> Result<Option<String>, Problem> {
        let wanted = wanted(&context.query);
        let whose = (&viewer.account, after);
        let next = self.review.next(&viewer.facility, &wanted, whose).await?;
        Ok(next.map(|next| format!("{}?{}", self.url(viewer, &next), query(&wanted))))
    }

    /// Records what is said of a case, in the ledger that holds it.
    async fn say(
        &self,
        viewer: &Viewer,
        context: &Context,
        file: &CaseFile,
        event: Event,
    ) -> Result<(), Problem> {
        let entry = draft(viewer, context, file.person.clone(), event);
        self.ledger.append_at(&file.case.place.0, entry).await?;
        Ok(())
    }

    async fn refused(&self, viewer: &Viewer, context: &Context, what: &str) -> Result<(), Problem> {
        let event = Event::Refused {
            what: what.to_owned(),
            why: "own_or_permitted".to_owned(),
        };
        self.ledger
            .append(draft(viewer, context, None, event))
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(to: &str, on: &str, by: &str, why: &str) -> TypedTelling {
        TypedTelling {
            to: to.to_owned(),
            on: on.to_owned(),
            by: by.to_owned(),
            why: why.to_owned(),
        }
    }

    #[test]
    fn telling_is_whole_or_says_why_not_and_never_both() {
        let today: NaiveDate = "2026-11-22".parse().unwrap();
        let told = Debrief::Told {
            to: "長女".to_owned(),
            on: today,
            by: "野田".to_owned(),
        };
        for (typed, debrief_of) in [
            (typed("長女", "2026-11-22", "野田", ""), Some(told)),
            (
                typed("", "", "野田", "harm"),
                Some(Debrief::Not(WhyNot::Harm)),
            ),
            (typed("長女", "2026-11-22", "野田", "harm"), None),
            (typed("長女", "2026-11-23", "野田", ""), None),
            (typed("長女", "", "野田", ""), None),
            (typed("", "2026-11-22", "野田", ""), None),
            (typed("", "", "", "other"), None),
            (typed("", "", "", ""), None),
        ] {
            assert_eq!(debrief(&typed, today), debrief_of, "{typed:?}");
        }
    }

    #[test]
    fn a_verdict_is_one_digit_and_needs_a_note_where_nothing_explains_the_case() {
        let judged = |body: &str, is_explained| {
            let fields = Fields::parse(body.as_bytes()).ok().unwrap();
            typed_verdict(&fields, is_explained).ok()
        };
        assert_eq!(judged("verdict=1", true), Some(Verdict::Justified));
        assert_eq!(judged("verdict=&verdict=1", true), Some(Verdict::Justified));
        for (body, is_explained) in [
            ("verdict=1", false),
            ("verdict=2", true),
            ("verdict=3", true),
            ("verdict=", true),
            ("verdict=1&verdict=2", true),
            ("verdict=11", true),
        ] {
            assert_eq!(judged(body, is_explained), None, "{body}");
        }
        assert_eq!(
            judged("verdict=2&note=x", false),
            Some(Verdict::Unjustified)
        );
        let long = format!("verdict=2&note={}", "x".repeat(501));
        assert_eq!(judged(&long, false), None);
    }
}
