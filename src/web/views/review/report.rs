//! A month in figures as one sheet: what a board looks at rather than reads.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{Datelike as _, TimeDelta};

use crate::{
    access::Viewer,
    domain::review::{Rule, Settled, Verdict, name},
    review::{Cases, Means, Month, Names, Origin, Report},
    web::{context::Context, error::Problem, table::Table, text::Text},
};

use super::{
    super::{admin::time, audit::unread},
    Frame,
    chart::{Bars, Hours, Ring},
    lacking, language, page, pages,
};

/// Bars of one chart; what is beyond is one more.
const MOST_BARS: usize = 7;

/// The page.
#[derive(Template)]
#[template(path = "pages/report.html")]
pub(in crate::web) struct ReportPage {
    frame: Frame,
    t: &'static Text,
    nav: Vec<(&'static str, &'static str)>,
    month: String,
    /// Where something is known of an earlier month.
    before: Option<String>,
    next: Option<String>,
    heading: String,
    facility: String,
    made: String,
    notices: Vec<String>,
    cases: String,
    compared: String,
    share: Ring,
    lag: String,
    within: String,
    unjustified: String,
    /// What nobody has judged.
    open: String,
    hours: Hours,
    /// In pairs, side by side.
    charts: Vec<Bars>,
}

/// What the page is made of.
pub(in crate::web) struct Made<'a> {
    pub(in crate::web) report: &'a Report,
    pub(in crate::web) names: &'a Names,
    pub(in crate::web) table: &'a crate::domain::review::Table,
}

impl ReportPage {
    /// A month.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, made: &Made<'_>) -> Self {
        let t = context.text();
        let said = &t.report;
        let mut frame = Frame::new(context, Some(viewer), said.title);
        "/audit/report".clone_into(&mut frame.back);
        let report = made.report;
        let cases = &report.cases;
        let is_last = report.month >= Month::of(report.made);
        frame.stay = url(report.month);
        Self {
            frame,
            t,
            nav: pages(t),
            month: report.month.word(),
            before: report
                .since
                .filter(|since| Month::of(*since) < report.month)
                .map(|_| url(report.month.before())),
            next: (!is_last).then(|| url(report.month.next())),
            heading: heading(report, t),
            facility: viewer.facility_name.clone(),
            made: time(report.made),
            notices: notices(made, t),
            cases: (said.count)(cases.all),
            compared: report.compared().map_or_else(
                || said.not_compared.to_owned(),
                |before| (said.compared)(before),
            ),
            share: Ring::of(
                cases.explained,
                cases.all,
                (said.of_all)(cases.explained, cases.all),
            ),
            lag: cases
                .usual_lag()
                .map_or_else(|| said.lag_none.to_owned(), t.review.span),
            within: {
                let within = cases.judged_within(TimeDelta::hours(72));
                (said.of_all)(within, cases.all)
            },
            unjustified: (said.count)(settled(cases, Settled::Closed(Verdict::Unjustified))),
            open: format!(
                "{} {}",
                (t.review.settled)(Settled::Open),
                (said.count)(settled(cases, Settled::Open))
            ),
            hours: Hours::of(&cases.hours, t),
            charts: charts(made, t),
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

/// The address of a month.
pub(in crate::web) fn url(month: Month) -> String {
    format!("/audit/report?month={}", month.word())
}

/// The same as a file for a spreadsheet. What is missing stands in lines of its own.
///
/// # Errors
/// [`Problem::Broken`].
pub(in crate::web) fn table(made: &Made<'_>, t: &'static Text) -> Result<HttpResponse, Problem> {
    let said = &t.report;
    let (report, cases) = (made.report, &made.report.cases);
    let mut table = Table::new(&said.columns)?;
    let mut add =
        |group: &str, item: &str, count: usize| table.add(&[group, item, &count.to_string()]);
    add(said.cases, &report.month.word(), cases.all)?;
    if let Some(before) = report.compared() {
        add(said.cases, &report.month.before().word(), before)?;
    }
    add(said.cases, said.explained, cases.explained)?;
    for (hour, (explained, not)) in cases.hours.iter().enumerate() {
        let hour = (said.hour)(hour);
        add(
            said.hours,
            &format!("{hour} {}", said.explained),
            *explained,
        )?;
        add(said.hours, &format!("{hour} {}", said.not_explained), *not)?;
    }
    for (title, rows) in groups(made, t) {
        for (item, count) in rows {
            add(title, &item, count)?;
        }
    }
    if let Some(minutes) = cases.usual_lag() {
        table.add(&[said.lag, said.minutes, &minutes.to_string()])?;
    }
    for remark in notices(made, t)
        .iter()
        .map(String::as_str)
        .chain([said.rests])
    {
        table.add(&[said.remark, remark, ""])?;
    }
    table.respond(&format!("report-{}", report.month.word()))
}

fn heading(report: &Report, t: &Text) -> String {
    let first = report.month.first();
    (t.report.heading)(first.year(), first.month())
}

/// Why the figures are not the whole, or not the last.
fn notices(made: &Made<'_>, t: &'static Text) -> Vec<String> {
    let (said, report) = (&t.report, made.report);
    let ripe = (said.ripeness)(report.ripeness()).map(str::to_owned);
    let begins = report.begins_late().then(|| {
        report.since.map_or_else(
            || said.no_entries.to_owned(),
            |since| (said.begins)(&time(since)),
        )
    });
    let missing = report.unread.iter().map(|one| unread(one, t));
    let lists = lacking(&report.lists, made.table, t);
    ripe.into_iter()
        .chain(begins)
        .chain(missing)
        .chain(lists)
        .collect()
}

fn settled(cases: &Cases, state: Settled) -> usize {
    cases.settled.get(&state).copied().unwrap_or_default()
}

/// A chart's rows: what, and how many.
type Rows = Vec<(String, usize)>;

/// Everything that is counted, by what it is counted by.
fn groups(made: &Made<'_>, t: &'static Text) -> Vec<(&'static str, Rows)> {
    let said = &t.report;
    let report = made.report;
    let sealed = report.sealed;
    let permissions = vec![
        (said.valid.to_owned(), report.permissions.valid),
        (said.unused.to_owned(), report.permissions.unused),
        (said.made_sealed.to_owned(), sealed.made),
        (said.used_sealed.to_owned(), sealed.used),
        (said.lying_sealed.to_owned(), sealed.lying),
    ];
    vec![
        (said.reasons, reasons(&report.cases, t)),
        (said.origins, origins(&report.cases, made.names, t)),
        (said.means, means(&report.cases, t)),
        (said.flags, flags(&report.cases, made.table, t)),
        (said.verdicts, verdicts(&report.cases, t)),
        (said.lag, lags(&report.cases, t)),
        (said.told, told(&report.cases, t)),
        (said.permissions, permissions),
    ]
}

fn charts(made: &Made<'_>, t: &'static Text) -> Vec<Bars> {
    groups(made, t)
        .into_iter()
        .map(|(title, rows)| Bars::of(title, rows, MOST_BARS, t))
        .collect()
}

fn reasons(cases: &Cases, t: &Text) -> Rows {
    let word = |reason: Option<_>| reason.map_or(t.report.no_reason, t.words.reason);
    let rows = cases.reasons.iter();
    most_first(rows.map(|(reason, count)| (word(*reason).to_owned(), *count)))
}

fn origins(cases: &Cases, names: &Names, t: &Text) -> Rows {
    let word = |origin: &Origin| match origin {
        Origin::Department(department) => department.clone(),
        Origin::Terminal(Some(terminal)) => (t.report.terminal)(names.terminal(terminal)),
        Origin::Terminal(None) => t.report.no_terminal.to_owned(),
    };
    most_first(cases.origins.iter().map(|(one, count)| (word(one), *count)))
}

fn means(cases: &Cases, t: &Text) -> Rows {
    let count = |means: Means| cases.means.get(&means).copied().unwrap_or_default();
    let row = |means: Means| ((t.report.means_of)(means).to_owned(), count(means));
    Means::ALL.map(row).into()
}

fn flags(cases: &Cases, table: &crate::domain::review::Table, t: &Text) -> Rows {
    let word = |rule: Rule| name(table, rule, language(t));
    most_first(
        cases
            .flags
            .iter()
            .map(|(rule, count)| (word(*rule), *count)),
    )
}

fn verdicts(cases: &Cases, t: &Text) -> Rows {
    let states = Verdict::ALL.map(Settled::Closed).into_iter();
    states
        .chain([Settled::NeedsSecond, Settled::Disagreed, Settled::Open])
        .map(|state| {
            let word = (t.review.settled)(state).to_owned();
            (word, settled(cases, state))
        })
        .collect()
}

fn lags(cases: &Cases, t: &Text) -> Rows {
    let said = &t.report;
    let judged = cases.lags.len();
    let day = cases.judged_within(TimeDelta::hours(24));
    let three = cases.judged_within(TimeDelta::hours(72));
    vec![
        (said.within_day.to_owned(), day),
        (said.within_three.to_owned(), three.saturating_sub(day)),
        (said.later.to_owned(), judged.saturating_sub(three)),
        (said.not_judged.to_owned(), cases.all.saturating_sub(judged)),
    ]
}

fn told(cases: &Cases, t: &Text) -> Rows {
    let words = t.report.told_of.into_iter().map(str::to_owned);
    words.zip(cases.told).collect()
}

fn most_first(rows: impl Iterator<Item = (String, usize)>) -> Rows {
    let mut rows: Rows = rows.collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    rows
}
