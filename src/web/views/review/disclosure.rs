//! Disclosure: the form that asks who asks, and the sheet that is handed over.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    access::Viewer,
    domain::{
        access::Basis,
        clock::japanese_time,
        review::{Asker, Inquiry, Proof},
        section::SourceName,
    },
    ledger::InPart,
    review::{Disclosure, How, Shown},
    web::{context::Context, error::Problem, form::Fields, table::Table, text::Text},
};

use super::{super::audit::unread, Choice, Frame, page, pages};

/// What was typed, as it is shown again.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Typed {
    pub(in crate::web) asker: String,
    pub(in crate::web) name: String,
    pub(in crate::web) proof: String,
    pub(in crate::web) note: String,
    pub(in crate::web) insurer: String,
    pub(in crate::web) symbol: String,
    pub(in crate::web) number: String,
    pub(in crate::web) branch: String,
    pub(in crate::web) born: String,
}

impl Typed {
    /// Reads the form.
    pub(in crate::web) fn of(fields: &Fields) -> Self {
        let get = |name| fields.get(name).trim().to_owned();
        Self {
            asker: get("asker"),
            name: get("name"),
            proof: get("proof"),
            note: get("note"),
            insurer: get("of_insurer"),
            symbol: get("of_symbol"),
            number: get("of_number"),
            branch: get("of_branch"),
            born: get("born"),
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "pages/disclosure.html")]
pub(in crate::web) struct DisclosurePage {
    frame: Frame,
    t: &'static Text,
    nav: Vec<(&'static str, &'static str)>,
    flash: Option<&'static str>,
    typed: Typed,
    askers: Vec<Choice>,
    proofs: Vec<Choice>,
    sheet: Option<Sheet>,
    status: StatusCode,
}

/// What is handed over.
struct Sheet {
    facility: String,
    patient: String,
    number: String,
    asked: String,
    made: String,
    notices: Vec<String>,
    rows: Vec<Row>,
    counted: String,
    has_erased: bool,
}

/// What was shown at one time.
struct Row {
    time: String,
    how: &'static str,
    items: String,
    basis: String,
    receipt: String,
    remark: &'static str,
}

/// What is disclosed, to whom.
pub(in crate::web) struct Disclosed<'a> {
    pub(in crate::web) viewer: &'a Viewer,
    pub(in crate::web) inquiry: &'a Inquiry,
    /// The member number in its folded form.
    pub(in crate::web) number: String,
    pub(in crate::web) found: &'a InPart<Disclosure>,
    pub(in crate::web) now: chrono::DateTime<chrono::Utc>,
}

impl DisclosurePage {
    /// The form.
    pub(in crate::web) fn new(context: &Context, viewer: &Viewer, typed: Typed) -> Self {
        let t = context.text();
        let mut frame = Frame::new(context, Some(viewer), t.disclosure.title);
        "/audit/disclosure".clone_into(&mut frame.back);
        let said = &t.disclosure;
        Self {
            frame,
            t,
            nav: pages(t),
            flash: None,
            askers: Asker::ALL
                .map(|one| choice(one.word(), (said.asker_of)(one), &typed.asker))
                .into(),
            proofs: Proof::ALL
                .map(|one| choice(one.word(), (said.proof_of)(one), &typed.proof))
                .into(),
            typed,
            sheet: None,
            status: StatusCode::OK,
        }
    }

    /// The form again, and why.
    pub(in crate::web) const fn wrong(mut self, why: &'static str) -> Self {
        self.flash = Some(why);
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self
    }

    /// With the sheet.
    pub(in crate::web) fn with(mut self, disclosed: &Disclosed<'_>) -> Self {
        self.sheet = Some(Sheet::of(disclosed, self.t));
        self
    }

    /// The answer.
    ///
    /// # Errors
    /// [`Problem::Broken`].
    pub(in crate::web) fn respond(self) -> Result<HttpResponse, Problem> {
        page(&self, &self.frame, self.status)
    }
}

fn choice(value: &str, word: &str, typed: &str) -> Choice {
    Choice {
        value: value.to_owned(),
        word: word.to_owned(),
        is_chosen: value == typed,
    }
}

/// The same as a file for a spreadsheet. What is missing stands in lines of its own.
///
/// # Errors
/// [`Problem::Broken`].
pub(in crate::web) fn table(
    disclosed: &Disclosed<'_>,
    t: &'static Text,
) -> Result<HttpResponse, Problem> {
    let sheet = Sheet::of(disclosed, t);
    let said = &t.disclosure;
    let mut table = Table::new(&[
        said.time,
        said.facility,
        said.how_title,
        said.items,
        said.basis,
        said.receipt,
        said.note,
    ])?;
    for row in &sheet.rows {
        let fields = [&row.time, &sheet.facility, row.how, &row.items, &row.basis];
        table.add(&[&fields[..], &[&row.receipt, row.remark]].concat())?;
    }
    // Whose it is: a file is kept apart from the page that it was asked on.
    let whose = [
        (said.patient, format!("{} {}", sheet.patient, sheet.number)),
        (said.who, sheet.asked.clone()),
        (said.made, sheet.made.clone()),
    ];
    for (what, value) in whose {
        table.add(&["", "", "", "", "", "", &format!("{what}: {value}")])?;
    }
    let remarks = sheet.notices.iter().map(String::as_str);
    let remarks = remarks.chain([&*sheet.counted, said.covers, said.nobody]);
    for remark in remarks {
        table.add(&["", "", "", "", "", "", remark])?;
    }
    table.respond("disclosure")
}

impl Sheet {
    fn of(disclosed: &Disclosed<'_>, t: &'static Text) -> Self {
        let said = &t.disclosure;
        let found = &disclosed.found.read;
        let mut notices: Vec<String> = disclosed
            .found
            .unread
            .iter()
            .map(|one| unread(one, t))
            .collect();
        notices.extend(found.is_cut.then(|| said.cut.to_owned()));
        let names: Vec<&str> = found.names.iter().map(String::as_str).collect();
        let names = if names.is_empty() {
            said.no_name.to_owned()
        } else {
            names.join(t.common.comma)
        };
        let rows: Vec<Row> = found.looks.iter().map(|one| Row::of(one, t)).collect();
        let inquiry = disclosed.inquiry;
        Self {
            facility: disclosed.viewer.facility_name.clone(),
            patient: names,
            number: disclosed.number.clone(),
            asked: format!(
                "{} {} / {}",
                (said.asker_of)(inquiry.asker),
                inquiry.name,
                (said.proof_of)(inquiry.proof)
            ),
            made: time(disclosed.now),
            notices,
            counted: (said.counted)(rows.len(), found.silent),
            has_erased: found.looks.iter().any(|one| one.is_erased),
            rows,
        }
    }
}

impl Row {
    fn of(one: &Shown, t: &'static Text) -> Self {
        let said = &t.disclosure;
        Self {
            time: time(one.at),
            how: (said.how)(&one.how),
            items: items(one, t),
            basis: basis(one, t),
            receipt: one.receipt.clone().unwrap_or_default(),
            remark: if one.is_erased { said.erased } else { "" },
        }
    }
}

fn items(one: &Shown, t: &Text) -> String {
    let said = &t.disclosure;
    match &one.how {
        How::Searched | How::Reviewed | How::HandedOver => return said.identity_items.to_owned(),
        How::Fetched(sources) => {
            let words: Vec<&str> = sources.iter().map(|one| source(*one, t)).collect();
            return words.join(t.common.comma);
        }
        How::Screen
        | How::Print
        | How::Uncovered
        | How::Document
        | How::Replayed(_)
        | How::Disclosed
        | How::Other => {}
    }
    let (full, empty): (Vec<_>, Vec<_>) = one.sections.iter().partition(|(_, rows)| *rows > 0);
    let full = full
        .iter()
        .map(|(name, rows)| (said.item)((t.words.section)(*name), *rows));
    let empty = (!empty.is_empty()).then(|| (said.empty)(empty.len()));
    let unnamed = (one.unnamed > 0).then(|| (said.unnamed)(one.unnamed));
    full.chain(empty)
        .chain(unnamed)
        .collect::<Vec<_>>()
        .join(t.common.comma)
}

fn source(name: SourceName, t: &Text) -> &'static str {
    (t.words.source)(name)
}

fn basis(one: &Shown, t: &Text) -> String {
    let said = &t.disclosure;
    match one.basis {
        Some(Basis::Emergency) => (said.emergency)(one.reason.map_or("", t.words.reason)),
        Some(Basis::Consented) => said.consented.to_owned(),
        None => match one.how {
            How::Replayed(_) | How::Reviewed | How::Disclosed => said.audit.to_owned(),
            How::Searched
            | How::Screen
            | How::Print
            | How::Uncovered
            | How::Document
            | How::HandedOver
            | How::Fetched(_)
            | How::Other => String::new(),
        },
    }
}

fn time(at: chrono::DateTime<chrono::Utc>) -> String {
    let at = japanese_time(at);
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}
