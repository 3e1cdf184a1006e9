//! The auditor's work list and its cases: what both of them say of a case.

pub(in crate::web) mod case;
pub(in crate::web) mod cases;
mod chart;
pub(in crate::web) mod disclosure;
mod happened;
pub(in crate::web) mod integrity;
pub(in crate::web) mod lists;
pub(in crate::web) mod report;

use crate::{
    domain::{
        access::{Reason, Role},
        review::{Explanation, Kind, Rule, Standing, Table, name, sentence},
        section::Language,
    },
    review::{Case, Known, List, Names, Told, Wanted},
    web::{context::Query, text::Text},
};

use super::{Choice, Frame, admin::time, page};

/// The pages of an auditor: address and word, for the bar.
fn pages(t: &'static Text) -> Vec<(&'static str, &'static str)> {
    vec![
        ("/audit/cases", t.review.short),
        ("/audit", t.audit.title),
        ("/audit/disclosure", t.disclosure.short),
        ("/audit/report", t.report.short),
        ("/audit/lists", t.lists.short),
        ("/audit/receipts", t.receipts.short),
        ("/audit/integrity", t.integrity.short),
        ("/", t.common.start),
    ]
}

/// What an address asks of the work list; what cannot be read asks nothing.
pub(in crate::web) fn wanted(query: &Query) -> Wanted {
    Wanted {
        list: List::parse(&query.list).unwrap_or_default(),
        rule: Rule::parse(&query.rule),
        explained: match &*query.explained {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        },
        role: Role::parse(&query.role),
        reason: Reason::from_field(&query.reason),
        page: query
            .page
            .parse::<usize>()
            .map_or(0, |page| page.saturating_sub(1)),
    }
}

/// The same as it stands in an address.
pub(in crate::web) fn query(wanted: &Wanted) -> String {
    let mut said = vec![format!("list={}", wanted.list.word())];
    said.extend(wanted.rule.map(|rule| format!("rule={}", rule.word())));
    let explained = wanted.explained.map(|yes| if yes { "yes" } else { "no" });
    said.extend(explained.map(|word| format!("explained={word}")));
    said.extend(wanted.role.map(|role| format!("role={}", role.word())));
    said.extend(
        wanted
            .reason
            .map(|reason| format!("reason={}", reason.digit())),
    );
    if wanted.page > 0 {
        said.push(format!("page={}", wanted.page + 1));
    }
    said.join("&")
}

/// A flag: its name, its sentence, and how grave it is.
pub(super) struct FlagPart {
    pub(super) name: String,
    pub(super) sentence: String,
    /// `danger`, `warning` or `info`.
    pub(super) tone: &'static str,
}

impl FlagPart {
    fn all(standing: &Standing, table: &Table, language: Language) -> Vec<Self> {
        let one = |raised: &crate::domain::review::Raised| Self {
            name: name(table, raised.rule, language),
            sentence: sentence(table, *raised, language),
            tone: match raised.rule.weight() {
                3 => "danger",
                2 => "warning",
                _ => "info",
            },
        };
        standing.raised.iter().map(one).collect()
    }

    /// Those of a case, and what cannot be compared any more.
    fn of(case: &Case, table: &Table, t: &Text) -> Vec<Self> {
        let mut flags = Self::all(&case.standing, table, language(t));
        let unchecked = case.unchecked(table);
        let names = unchecked.iter().map(|rule| name(table, *rule, language(t)));
        let names: Vec<String> = names.collect();
        if !names.is_empty() {
            flags.push(Self {
                name: t.review.unchecked.to_owned(),
                sentence: (t.review.unchecked_rules)(&names.join("、")),
                tone: "warning",
            });
        }
        flags
    }
}

/// What explains a case, in words; colleagues are named only where names are given.
fn explained(standing: &Standing, names: Option<&Names>, t: &Text) -> Vec<String> {
    let said = &t.review;
    let one = |explanation: &Explanation| match explanation {
        Explanation::Registered { minutes, visit } => (said.registered)(*minutes, visit),
        Explanation::Launched => said.launched.to_owned(),
        Explanation::HandedOver { minutes } => (said.handed_over)(*minutes),
        Explanation::OnDuty { department } => (said.on_duty)(department),
        Explanation::Colleague { account, minutes } => {
            let name = names.map(|names| names.account(account));
            (said.colleague)(name, *minutes)
        }
    };
    standing.explanations.iter().map(one).collect()
}

/// 事後説明 in words.
fn told(case: &Case, t: &Text) -> &'static str {
    match case.told {
        None => t.review.untold,
        Some(Told::Yes) => t.review.told,
        Some(Told::No(why)) => (t.review.not_told)(why),
    }
}

fn reason(case: &Case, t: &Text) -> &'static str {
    case.facts.reason.map_or("", t.words.reason)
}

fn role(case: &Case, t: &Text) -> &'static str {
    case.role.map_or("", t.words.role)
}

fn language(t: &Text) -> Language {
    if t.lang == "en" {
        Language::En
    } else {
        Language::Ja
    }
}

/// Rules that cannot say anything, and why: what is not flagged by them is not unflagged.
fn lacking(lists: &[(Kind, Option<Known>)], table: &Table, t: &Text) -> Vec<String> {
    lists
        .iter()
        .filter(|(_, known)| known.is_none())
        .filter_map(|(kind, _)| {
            let rules: Vec<String> = Rule::ALL
                .into_iter()
                .filter(|rule| table.is_on(*rule) && rule.needs() == Some(*kind))
                .map(|rule| name(table, rule, language(t)))
                .collect();
            let list = (t.review.kind)(*kind);
            (!rules.is_empty()).then(|| (t.review.missing_list)(list, &rules.join("、")))
        })
        .collect()
}
