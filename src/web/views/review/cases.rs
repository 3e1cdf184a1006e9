//! The work list: every emergency grant, the least explained first; nobody is named.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    access::Viewer,
    domain::{
        access::{Reason, Role},
        review::{Rule, Table, name},
    },
    review::{Case, List, Page, SavedView, Wanted},
    web::{context::Context, error::Problem, text::Text, views::audit::unread},
};

use super::{
    Choice, FlagPart, Frame, explained, lacking, language, page, pages, query, reason, role, time,
    told,
};

/// The list.
#[derive(Template)]
#[template(path = "pages/cases.html")]
pub(in crate::web) struct CasesPage {
    frame: Frame,
    t: &'static Text,
    nav: Vec<(&'static str, &'static str)>,
    done: Option<&'static str>,
    lists: Vec<ListPart>,
    list: &'static str,
    rules: Vec<Choice>,
    explained: Vec<Choice>,
    roles: Vec<Choice>,
    reasons: Vec<Choice>,
    rows: Vec<RowPart>,
    place: String,
    previous: String,
    next: String,
    known: Vec<String>,
    missing: Vec<String>,
    unread: Vec<String>,
    views: Vec<ViewPart>,
    /// What the list asks for, as it stands in addresses.
    asked: String,
}

/// A filter that the auditor keeps.
struct ViewPart {
    id: i64,
    url: String,
    name: String,
    is_here: bool,
}

/// One of the lists.
struct ListPart {
    url: String,
    word: &'static str,
    count: String,
    is_here: bool,
}

/// One case.
struct RowPart {
    url: String,
    receipt: String,
    began: String,
    age: String,
    role: &'static str,
    reason: &'static str,
    flags: Vec<FlagPart>,
    explained: Vec<String>,
    settled: &'static str,
    told: &'static str,
    is_first: bool,
}

/// What the page is made of.
pub(in crate::web) struct Work<'a> {
    pub(in crate::web) wanted: &'a Wanted,
    /// The auditor's own filters.
    pub(in crate::web) views: &'a [SavedView],
    pub(in crate::web) page: &'a Page,
    /// The address of each case, in the page's order.
    pub(in crate::web) urls: &'a [String],
    pub(in crate::web) table: &'a Table,
    pub(in crate::web) now: DateTime<Utc>,
}

impl CasesPage {
    /// One page of the list.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, work: &Work<'_>) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.review.title);
        "/audit/cases".clone_into(&mut frame.back);
        let wanted = work.wanted;
        frame.stay = url(wanted);
        let turned = |page: usize| url(&Wanted { page, ..*wanted });
        Self {
            frame,
            t,
            nav: pages(t),
            done: (t.review.done)(&context.query.done),
            lists: lists(work, t),
            list: wanted.list.word(),
            rules: rules(work, t),
            explained: explained_choices(wanted, t),
            roles: roles(wanted, t),
            reasons: reasons(wanted, t),
            rows: rows(work, t),
            place: (t.review.page)(wanted.page + 1),
            previous: wanted.page.checked_sub(1).map_or_else(String::new, turned),
            next: if work.page.has_more {
                turned(wanted.page + 1)
            } else {
                String::new()
            },
            known: known(work.page, t),
            missing: lacking(&work.page.lists, work.table, t),
            unread: work.page.unread.iter().map(|one| unread(one, t)).collect(),
            views: views(work),
            asked: query(wanted),
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, StatusCode::OK)
    }
}

/// The address of a list.
pub(in crate::web) fn url(wanted: &Wanted) -> String {
    format!("/audit/cases?{}", query(wanted))
}

fn lists(work: &Work<'_>, t: &Text) -> Vec<ListPart> {
    List::ALL
        .into_iter()
        .zip(work.page.counts)
        .map(|(list, count)| ListPart {
            url: url(&Wanted {
                list,
                page: 0,
                ..*work.wanted
            }),
            word: (t.review.list)(list),
            count: (t.review.count)(count),
            is_here: list == work.wanted.list,
        })
        .collect()
}

/// An auditor's own filters. What is kept was made here; it stands behind a path of this service.
fn views(work: &Work<'_>) -> Vec<ViewPart> {
    let here = query(&Wanted {
        page: 0,
        ..*work.wanted
    });
    let views = work.views.iter();
    views
        .map(|view| ViewPart {
            id: view.id,
            url: format!("/audit/cases?{}", view.query),
            name: view.name.clone(),
            is_here: view.query == here,
        })
        .collect()
}

fn choice(value: &str, word: String, is_chosen: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        word,
        is_chosen,
    }
}

fn rules(work: &Work<'_>, t: &Text) -> Vec<Choice> {
    let on = Rule::ALL.into_iter().filter(|rule| work.table.is_on(*rule));
    on.map(|rule| {
        let said = name(work.table, rule, language(t));
        choice(rule.word(), said, work.wanted.rule == Some(rule))
    })
    .collect()
}

fn explained_choices(wanted: &Wanted, t: &Text) -> Vec<Choice> {
    [
        ("no", t.review.unexplained, Some(false)),
        ("yes", t.review.explained, Some(true)),
    ]
    .into_iter()
    .map(|(value, word, is)| choice(value, word.to_owned(), wanted.explained == is))
    .collect()
}

fn roles(wanted: &Wanted, t: &Text) -> Vec<Choice> {
    Role::ALL
        .into_iter()
        .filter(|role| role.may(crate::domain::access::Action::BreakGlass))
        .map(|role| {
            let word = (t.words.role)(role).to_owned();
            choice(role.word(), word, wanted.role == Some(role))
        })
        .collect()
}

fn reasons(wanted: &Wanted, t: &Text) -> Vec<Choice> {
    Reason::ALL
        .into_iter()
        .map(|reason| {
            let word = (t.words.reason)(reason).to_owned();
            let value = reason.digit().to_string();
            choice(&value, word, wanted.reason == Some(reason))
        })
        .collect()
}

fn rows(work: &Work<'_>, t: &'static Text) -> Vec<RowPart> {
    let each = work.page.cases.iter().zip(work.urls).enumerate();
    each.map(|(number, (case, url))| RowPart {
        url: url.clone(),
        receipt: case.receipt.clone(),
        began: time(case.facts.started),
        age: age(case, work.now, t),
        role: role(case, t),
        reason: reason(case, t),
        flags: FlagPart::of(case, work.table, t),
        explained: explained(&case.standing, None, t),
        settled: (t.review.settled)(case.settled()),
        told: told(case, t),
        is_first: number == 0,
    })
    .collect()
}

fn age(case: &Case, now: DateTime<Utc>, t: &Text) -> String {
    let minutes = now.signed_duration_since(case.facts.started).num_minutes();
    (t.review.span)(minutes.max(0))
}

/// What hospitals handed over, and since when.
fn known(page: &Page, t: &Text) -> Vec<String> {
    page.lists
        .iter()
        .filter_map(|(kind, known)| {
            let (since, lines) = (*known)?;
            Some((t.review.list_known)(
                (t.review.kind)(*kind),
                &time(since),
                lines,
            ))
        })
        .collect()
}
