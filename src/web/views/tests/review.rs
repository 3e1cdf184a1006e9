//! The work list and a case as an auditor sees them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::{
        access::{AccountId, End, FoundBy, IdentifiedBy, Person, Reason},
        event::SecondFactor,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
        review::{
            Arrival, Duty, Facts, Given, Kind, Look, NotYours, Relation, Rule, Settled, Table,
            Terminals, Verdict, Volume, course, standing,
        },
    },
    ledger::{ReadEntry, Unread},
    review::{Case, CaseFile, List, Page, SavedView, Wanted},
    web::views::review::{
        case::{CasePage, Opened, TypedTelling},
        cases::{CasesPage, Work},
    },
};

use super::*;

fn began() -> DateTime<Utc> {
    sample::now().wall - TimeDelta::hours(30)
}

/// Everything that can be flagged and explained of one look.
fn facts() -> Facts {
    Facts {
        account: AccountId("a-77".to_owned()),
        started: began(),
        ended: Some((End::Hand, began() + TimeDelta::hours(1))),
        reason: Some(Reason::Other),
        found_by: Some(FoundBy::Insurance),
        identified_by: Some(IdentifiedBy::Belongings),
        factor: Some(SecondFactor::Totp),
        opening: BTreeSet::new(),
        relation: Relation::None,
        is_colleague: false,
        is_protected: true,
        is_decoy: false,
        duty: Some(Duty::On {
            department: "救急科".to_owned(),
            authors: vec![],
        }),
        terminals: Terminals { here: 3, ever: 40 },
        volume: Volume {
            day: 2,
            month: 31,
            days: 12,
            usual: 2,
        },
        unopened: 6,
        earlier: None,
        arrivals: vec![Arrival {
            at: began() + TimeDelta::minutes(14),
            known: began() + TimeDelta::hours(6),
            visit: "4711".to_owned(),
            authors: vec![],
        }],
        handoffs: vec![began() - TimeDelta::minutes(4)],
        arrivals_until: Some(began()),
        looks: vec![Look {
            account: AccountId("<script>".to_owned()),
            at: began() - TimeDelta::minutes(8),
        }],
        clock_step_ms: None,
    }
}

fn case(receipt: &str, facts: Facts) -> Case {
    let standing = standing(&facts, &Table::default(), sample::now().wall);
    Case::sample(receipt, facts, standing)
}

fn unexplained() -> Case {
    let facts = Facts {
        duty: None,
        arrivals: Vec::new(),
        looks: Vec::new(),
        ..facts()
    };
    let mut case = case("4821-0937-5516", facts);
    case.given = vec![Given {
        by: AccountId("au-2".to_owned()),
        verdict: Verdict::Unjustified,
        at: sample::now().wall,
    }];
    case
}

fn entries() -> Vec<ReadEntry> {
    let entry = |seq: u64, event: &str, fields: serde_json::Value| {
        let entry = serde_json::json!({
            "seq": seq,
            "node": "n1",
            "boot": "b",
            "wall": began() + TimeDelta::minutes(i64::try_from(seq).unwrap()),
            "since_boot_ms": 1,
            "event": event,
            "account": "a-77",
            "facility": "f1",
            "reason": "other",
            "fields": fields,
        });
        serde_json::from_value(entry).unwrap()
    };
    vec![
        entry(1, "signed_in", serde_json::json!({})),
        entry(2, "searched", serde_json::json!({"hits": 3})),
        entry(
            3,
            "grant_started",
            serde_json::json!({"found_by": "insurance"}),
        ),
        entry(
            4,
            "viewed",
            serde_json::json!({"method": "screen", "sections": [["drugs", "present", 7], ["labs", "not_asked", 0]]}),
        ),
        entry(
            5,
            "identified",
            serde_json::json!({"identified_by": "belongings"}),
        ),
        entry(6, "grant_ended", serde_json::json!({"end": "hand"})),
        entry(7, "reviewed", serde_json::json!({"verdict": "unjustified"})),
        entry(
            8,
            "debriefed",
            serde_json::json!({"told": false, "why": "not_reached"}),
        ),
    ]
}

fn file(case: Case) -> CaseFile {
    let course = course(
        case.facts.started,
        &Table::default(),
        sample::now().wall,
        |_| case.facts.clone(),
    );
    CaseFile {
        others: vec![unexplained()],
        own: vec![unexplained()],
        left: (0, 7),
        unread: Vec::new(),
        case,
        entries: entries(),
        person: Some(Person {
            number: MemberNumber::new("06139999", "12-34", "187", "01").unwrap(),
            system: MEMBER_NUMBER_SYSTEM.to_owned(),
            patient: Some(sample::patient(sample::NAME)),
        }),
        course,
    }
}

/// The same, its patient's key erased.
fn erased(mut case: Case) -> Case {
    case.is_erased = true;
    case
}

/// A ledger that is not there, with a name of its own.
fn away() -> Vec<Unread> {
    vec![Unread {
        node: Some(crate::domain::access::NodeId("n1-second-<b>".to_owned())),
        entries: 412,
        why: "the second ledger is not there".to_owned(),
        given_up: None,
    }]
}

/// Filters that an auditor keeps.
fn views() -> Vec<SavedView> {
    [
        ("夜間の <b>未審査</b>", "list=open"),
        ("保護", "list=second&rule=protected&explained=no"),
    ]
    .into_iter()
    .zip(1..)
    .map(|((name, query), id)| SavedView {
        id,
        name: name.to_owned(),
        query: query.to_owned(),
    })
    .collect()
}

fn list(language: Language, wanted: &Wanted, cases: Vec<Case>) -> Result<HttpResponse, Problem> {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Auditor, language);
    let urls = vec!["/audit/cases/x?list=open".to_owned(); cases.len()];
    let page = Page {
        has_more: !cases.is_empty(),
        counts: [cases.len(), 1, 7, 120, 128],
        lists: vec![
            (Kind::Arrivals, Some((began(), 41))),
            (Kind::Duty, None),
            (Kind::Staff, None),
        ],
        cases,
        unread: away(),
    };
    let work = Work {
        wanted,
        views: &views(),
        page: &page,
        urls: &urls,
        table: &Table::default(),
        now: sample::now().wall,
    };
    CasesPage::new(&context, &viewer, &work).respond()
}

fn opened(language: Language, file: &CaseFile, not_yours: Option<NotYours>) -> CasePage {
    let context = sample::context(language);
    let viewer = sample::viewer(Role::Auditor, language);
    let place = (entries()[3].node.clone(), 4);
    CasePage::new(
        &context,
        &viewer,
        &Opened {
            file,
            names: &Names::default(),
            table: &Table::default(),
            wanted: &Wanted::default(),
            url: "/audit/cases/x".to_owned(),
            next: Some("/audit/cases/y?list=open".to_owned()),
            replays: &BTreeMap::from([(place, "/audit/replay/z".to_owned())]),
            not_yours,
        },
    )
}

/// The list, full and empty, and a case as it can be.
pub(super) fn pages(language: Language) -> Vec<(&'static str, Result<HttpResponse, Problem>)> {
    let filtered = Wanted {
        list: List::Second,
        rule: Some(Rule::Protected),
        explained: Some(false),
        page: 2,
        ..Wanted::default()
    };
    let explained = file(case("1111-2222-3333", facts()));
    let gone = CaseFile {
        person: None,
        unread: away(),
        ..file(erased(unexplained()))
    };
    let typed = TypedTelling {
        to: sample::NAME.to_owned(),
        why: "harm".to_owned(),
        ..TypedTelling::default()
    };
    let cases = vec![unexplained(), erased(case("1111-2222-3333", facts()))];
    vec![
        ("cases", list(language, &filtered, cases)),
        ("cases none", list(language, &Wanted::default(), Vec::new())),
        ("case", opened(language, &explained, None).respond()),
        (
            "case own",
            opened(language, &gone, Some(NotYours::Own)).respond(),
        ),
        (
            "case again",
            opened(language, &explained, None)
                .not_judged(Text::of(language).review.not_a_verdict, sample::NAME)
                .not_told(typed)
                .respond(),
        ),
    ]
}

#[actix_web::test]
async fn the_work_list_names_nobody_and_says_why_each_case_stands_where_it_stands() {
    for language in BOTH {
        let cases = vec![unexplained(), case("1111-2222-3333", facts())];
        let page = html(list(language, &Wanted::default(), cases).unwrap()).await;
        for nobody in ["a-77", "&lt;script", "&#60;script", "ヤマダ", "k-1f2e"] {
            assert!(!page.contains(nobody), "{nobody}");
        }
        let said = &Text::of(language).review;
        assert!(page.contains("4821-0937-5516") && page.contains("4711"));
        assert!(page.contains((said.settled)(Settled::NeedsSecond)));
        let missing = crate::domain::review::name(&Table::default(), Rule::OffDuty, language);
        assert!(page.contains(&missing), "what is not checked is said");
        assert_eq!(count(&page, "a.receipt[autofocus]"), 1);
    }
}

#[actix_web::test]
async fn a_case_asks_for_one_digit_first_and_who_may_not_judge_is_asked_nothing() {
    let explained = file(case("1111-2222-3333", facts()));
    let page = html(opened(Language::Ja, &explained, None).respond().unwrap()).await;
    assert_eq!(count(&page, "[autofocus]"), 1);
    assert_eq!(count(&page, "#verdict input[name=verdict][autofocus]"), 1);
    assert!(page.contains("14分後に来院登録（受付 4711）"));
    assert!(page.contains("ヤマダ タロウ") && !page.contains("<script>alert"));
    assert!(page.contains("/audit/replay/z"));
    let own = opened(Language::Ja, &explained, Some(NotYours::Own));
    let own = html(own.respond().unwrap()).await;
    assert_eq!(count(&own, "#verdict"), 0);
    assert!(own.contains("自分の閲覧は審査できません"));
}

#[actix_web::test]
async fn what_is_away_and_what_cannot_be_compared_any_more_is_said_on_list_and_case() {
    for language in BOTH {
        let said = Text::of(language);
        let erased = || erased(case("1111-2222-3333", facts()));
        let page = html(list(language, &Wanted::default(), vec![erased()]).unwrap()).await;
        assert!(page.contains(said.review.unchecked));
        assert!(page.contains("412") && !page.contains("<b>"));
        let file = CaseFile {
            unread: away(),
            ..file(erased())
        };
        let page = html(opened(language, &file, None).respond().unwrap()).await;
        let rule = crate::domain::review::name(&Table::default(), Rule::Colleague, language);
        let sentence = (said.review.unchecked_rules)("");
        let beginning: String = sentence.chars().take(12).collect();
        assert!(page.contains(&beginning) && page.contains(&rule), "{page}");
        assert!(page.contains("412"));
    }
}
