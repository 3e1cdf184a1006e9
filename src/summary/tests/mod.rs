//! The service against sources that answer, hang, lie, and come back.

mod prefetch;
mod unchanged;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use secrecy::SecretBox;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::{Ask, Budgets, Error, HELD_BACK, Refused, Rules, Step, Summaries};
use crate::{
    cache::{Cache, Key, KeyRing, Settings as CacheSettings, Stored},
    domain::{
        access::{
            AccountId, Basis, FacilityId, FoundBy, Grant, GrantId, PatientKey, Person, Role,
            TerminalId,
        },
        assemble::{Answer, Outcome},
        clock::Clock,
        entropy::Entropy,
        record::Records,
        section::{Freshness, Language, Look, SectionName, SourceName, State},
        sight::Sight,
        summary::SourceState,
    },
    fhir,
    sources::{
        Endpoint, Settings, Sources,
        canned::{Hands, Reply, Request, Server, bundle, good, patient, person},
    },
};

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);

/// Not random: what it fills is of no matter here.
struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

struct House {
    summaries: Summaries,
    cache: Cache,
    tasks: TaskTracker,
    hands: Arc<Hands>,
}

/// A service whose sources are at `bases` (emr, eprescription, claims).
fn house(bases: [Option<&str>; 3], answer: Duration, budgets: Budgets) -> House {
    let hands = Hands::new();
    let endpoints: BTreeMap<_, _> = SourceName::CLINICAL
        .into_iter()
        .zip(bases)
        .filter_map(|(source, base)| {
            let base = base?.to_owned();
            let endpoint = Endpoint {
                base,
                ..Endpoint::default()
            };
            Some((source, endpoint))
        })
        .collect();
    let settings = Settings {
        endpoints,
        answer,
        bytes: 1_000_000,
        resources: 100,
    };
    let clock: Arc<dyn Clock> = Arc::clone(&hands) as Arc<dyn Clock>;
    let sources = Sources::new(settings, Arc::clone(&clock)).unwrap();
    let ring = KeyRing::new(&[SecretBox::new(Box::new([7; 32]))]).unwrap();
    let cache = Cache::new(
        CacheSettings::default(),
        ring,
        Arc::clone(&clock),
        Arc::new(Zeros),
    )
    .unwrap();
    let tasks = TaskTracker::new();
    let summaries = Summaries::new(
        sources,
        cache.clone(),
        Rules::default(),
        budgets,
        clock,
        tasks.clone(),
    );
    House {
        summaries,
        cache,
        tasks,
        hands,
    }
}

fn ample() -> Budgets {
    Budgets {
        first: LONG,
        last: LONG,
    }
}

fn ask(facility: &str, step: Step) -> Ask {
    let hands = Hands::new();
    let grant = Grant {
        id: GrantId("n.1".to_owned()),
        account: AccountId("a".to_owned()),
        role: Role::Physician,
        facility: FacilityId(facility.to_owned()),
        terminal: TerminalId("t".to_owned()),
        person: person(),
        patient_key: PatientKey("k".to_owned()),
        basis: Basis::Emergency,
        reason: None,
        judged_by: None,
        note: None,
        found_by: FoundBy::Insurance,
        consent: None,
        flags: std::collections::BTreeSet::new(),
        renews: None,
        epoch: 1,
        identified_by: None,
        start: hands.now(),
        span: LONG,
    };
    Ask {
        grant: Arc::new(grant),
        look: Look::Emergency,
        language: Language::Ja,
        role: Role::Physician,
        facility_number: None,
        since: Instant::now(),
        step,
    }
}

/// What each source contributed: `fresh n`, `stale n`, `coming`, or why not.
fn told(answers: &[Answer]) -> Vec<String> {
    answers
        .iter()
        .map(|answer| match &answer.outcome {
            Outcome::Answered {
                records, freshness, ..
            } => {
                let freshness = match freshness {
                    Freshness::Fresh => "fresh",
                    Freshness::Stale => "stale",
                    Freshness::Missing => "missing",
                };
                format!("{freshness} {}", records.records.len())
            }
            Outcome::Failed { why, .. } => why.clone(),
            Outcome::Coming => "coming".to_owned(),
            Outcome::Forbidden => "forbidden".to_owned(),
        })
        .collect()
}

/// The answer of a source that knows no such patient.
fn nothing_known(key: Key, house: &House) -> Stored {
    Stored {
        key,
        records: Arc::default(),
        subject: None,
        at: house.hands.now(),
        more_at_source: vec![],
        failed: vec![],
        bytes: 0,
    }
}

async fn answers(house: &House, ask: &Ask) -> Vec<String> {
    told(&house.summaries.answers(ask, &Sight::whole()).await.unwrap())
}

#[tokio::test]
async fn all_three_sources_answer_and_the_cache_answers_the_second_look() {
    let server = Server::start(good);
    let base = Some(server.base.as_str());
    let house = house([base; 3], LONG, ample());
    let first = answers(&house, &ask("f", Step::First)).await;
    assert_eq!(first, ["fresh 4", "fresh 1", "fresh 1"]);
    let asked = server.log().len();
    assert_eq!(answers(&house, &ask("f", Step::First)).await, first);
    assert_eq!(server.log().len(), asked, "nothing is asked twice");
    let done = house
        .summaries
        .assemble(&ask("f", Step::First))
        .await
        .unwrap();
    assert!(!done.coming);
    assert!(house.summaries.overdue_refusals(Duration::ZERO).is_empty());
    assert_eq!(done.summary.sections.len(), 12);
    assert_eq!(done.summary.accounting.resources, 6);
    assert_eq!(done.summary.sections[&SectionName::Labs].items.len(), 2);
}

/// Whether two looks were served by one assembly.
async fn is_one_assembly(house: &House, one: &Ask, other: &Ask) -> bool {
    let one = house.summaries.assemble(one).await.unwrap();
    let other = house.summaries.assemble(other).await.unwrap();
    Arc::ptr_eq(&one.summary, &other.summary)
}

#[tokio::test]
async fn the_same_answers_are_put_together_once_and_changed_ones_anew() {
    let server = Server::start(good);
    let base = Some(server.base.as_str());
    let house = house([base; 3], LONG, ample());
    let ask = ask("f", Step::First);
    assert!(is_one_assembly(&house, &ask, &ask).await);
    let before = house.summaries.assemble(&ask).await.unwrap();
    let json = serde_json::to_vec(&*before.summary).unwrap();
    assert_eq!(
        before.shown().map(crate::domain::event::Content::bytes),
        Some(&*json)
    );
    let person = &ask.grant.person;
    let key = house
        .cache
        .key(&ask.grant.facility, SourceName::Emr, person);
    house.cache.put(nothing_known(key, &house)).await;
    let after = house.summaries.assemble(&ask).await.unwrap();
    assert_eq!(after.summary.accounting.resources, 2);
    assert_eq!(before.summary.accounting.resources, 6);
    house.hands.forward(Duration::from_mins(11));
    let stale = house.summaries.assemble(&ask).await.unwrap();
    let section = &stale.summary.sections[&SectionName::Drugs];
    let is_stale = |source: &SourceState| source.freshness == Freshness::Stale;
    assert!(section.sources.iter().any(is_stale), "its age is said");
}

#[tokio::test]
async fn an_assembly_serves_no_other_question_and_no_other_person() {
    let server = Server::start(good);
    let base = Some(server.base.as_str());
    let house = house([base; 3], LONG, ample());
    let own = ask("f", Step::First);
    let with = |change: &dyn Fn(&mut Ask)| {
        let mut ask = own.clone();
        change(&mut ask);
        ask
    };
    let person = |change: &dyn Fn(&mut Person)| {
        with(&|ask| {
            let mut grant = Grant::clone(&ask.grant);
            change(&mut grant.person);
            ask.grant = Arc::new(grant);
        })
    };
    for (what, other) in [
        ("look", with(&|ask| ask.look = Look::Normal)),
        ("language", with(&|ask| ask.language = Language::En)),
        ("role", with(&|ask| ask.role = Role::Paramedic)),
        (
            "reader",
            with(&|ask| ask.facility_number = Some("1310000001".to_owned())),
        ),
        ("facility", ask("g", Step::First)),
        (
            "name",
            person(&|person| {
                person.patient.as_mut().unwrap().usual_name = Some("別名".to_owned());
            }),
        ),
    ] {
        assert!(!is_one_assembly(&house, &own, &other).await, "{what}");
        assert!(is_one_assembly(&house, &own, &own).await, "{what}");
    }
    let late = with(&|ask| ask.step = Step::Last);
    assert!(
        is_one_assembly(&house, &own, &late).await,
        "nothing was coming"
    );
    let today = house.summaries.assemble(&own).await.unwrap();
    house.hands.forward(Duration::from_hours(24));
    let tomorrow = house.summaries.assemble(&own).await.unwrap();
    assert_ne!(today.summary.as_of, tomorrow.summary.as_of);
}

#[tokio::test]
async fn what_failed_is_asked_and_put_together_anew() {
    let server = Server::start(good);
    let base = Some(server.base.as_str());
    let house = house([base, base, None], LONG, ample());
    let ask = ask("f", Step::First);
    assert!(!is_one_assembly(&house, &ask, &ask).await);
}

#[tokio::test]
async fn one_facilitys_fetch_never_answers_anothers_view() {
    let server = Server::start(good);
    let base = Some(server.base.as_str());
    let house = house([base, None, None], LONG, ample());
    answers(&house, &ask("f", Step::First)).await;
    let asked = server.log().len();
    answers(&house, &ask("g", Step::First)).await;
    assert_eq!(server.log().len(), 2 * asked);
}

#[tokio::test]
async fn a_hanging_source_is_coming_at_first_and_not_fetched_at_last() {
    let hanging = Server::start(|_| Reply::Hang);
    let base = Some(hanging.base.as_str());
    let house = house(
        [base, base, None],
        SHORT,
        Budgets {
            first: SHORT / 3,
            last: 2 * SHORT,
        },
    );
    // The healthy source's answer is in the cache: only the hanging one decides.
    let mine = ask("f", Step::First);
    let key = house.cache.key(
        &mine.grant.facility,
        SourceName::Eprescription,
        &mine.grant.person,
    );
    house.cache.put(nothing_known(key, &house)).await;
    let mut first = ask("f", Step::First);
    assert_eq!(
        answers(&house, &first).await,
        ["coming", "fresh 0", "未接続"]
    );
    let early = house.summaries.assemble(&first).await.unwrap();
    assert!(early.coming);
    assert_eq!(
        early.summary.sections[&SectionName::Allergies].state,
        State::Coming
    );
    first.step = Step::Last;
    assert_eq!(
        answers(&house, &first).await,
        ["時間内に応答が得られません", "fresh 0", "未接続"]
    );
    let last = house.summaries.assemble(&first).await.unwrap();
    assert!(!last.coming);
    for (name, section) in &last.summary.sections {
        assert_ne!(section.state, State::Coming, "{name:?}");
    }
    assert_eq!(
        last.summary.sections[&SectionName::Allergies].state,
        State::NotFetched
    );
    first.language = Language::En;
    assert_eq!(answers(&house, &first).await[0], "no answer in time");
}

#[tokio::test]
async fn the_last_step_does_not_ask_again_what_failed_since_the_first() {
    let server = Server::start(|_| Reply::status(500, "text/plain", "x"));
    let house = house([Some(&server.base), None, None], LONG, ample());
    let mut ask = ask("f", Step::First);
    let why = "情報源がエラー 500 を返しました";
    assert_eq!(answers(&house, &ask).await[0], why);
    ask.step = Step::Last;
    assert_eq!(answers(&house, &ask).await[0], why);
    assert_eq!(server.log().len(), 1);
    // A new look does ask again.
    let again = Ask {
        since: Instant::now(),
        ..ask
    };
    answers(&house, &again).await;
    assert_eq!(server.log().len(), 2);
}

#[tokio::test]
async fn a_hundred_asks_at_once_are_one_flight_per_source() {
    let server = Server::start(good);
    let base = Some(server.base.as_str());
    let house = house([base; 3], LONG, ample());
    let asks: Vec<Ask> = (0..100).map(|_| ask("f", Step::First)).collect();
    let all = join_all(asks.iter().map(|ask| answers(&house, ask))).await;
    assert!(
        all.iter()
            .all(|told| *told == ["fresh 4", "fresh 1", "fresh 1"])
    );
    let searches = server
        .log()
        .iter()
        .filter(|line| line.starts_with("POST"))
        .count();
    assert_eq!(searches, 3);
}

#[tokio::test]
async fn a_stale_record_is_used_while_the_source_is_asked_again() {
    let more = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&more);
    let server = Server::start(move |request: &Request| {
        if switch.load(Ordering::SeqCst) && request.kind() == "AllergyIntolerance" {
            return Reply::Json(bundle(Some("AllergyIntolerance?patient=p1"), None, &[]));
        }
        good(request)
    });
    let house = house([Some(&server.base), None, None], LONG, ample());
    assert_eq!(answers(&house, &ask("f", Step::First)).await[0], "fresh 4");
    more.store(true, Ordering::SeqCst);
    house.hands.forward(Duration::from_mins(11));
    assert_eq!(answers(&house, &ask("f", Step::First)).await[0], "stale 4");
    house.tasks.close();
    house.tasks.wait().await;
    assert_eq!(answers(&house, &ask("f", Step::First)).await[0], "fresh 3");
}

#[tokio::test]
async fn past_its_hard_life_a_record_is_used_only_where_the_source_is_down() {
    let status = Arc::new(AtomicUsize::new(200));
    let switch = Arc::clone(&status);
    let server = Server::start(move |request: &Request| {
        match u16::try_from(switch.load(Ordering::SeqCst)).unwrap() {
            200 => good(request),
            status => Reply::status(status, "text/plain", "x"),
        }
    });
    let house = house([Some(&server.base), None, None], LONG, ample());
    answers(&house, &ask("f", Step::First)).await;
    house.hands.forward(Duration::from_hours(25));
    status.store(503, Ordering::SeqCst);
    assert_eq!(answers(&house, &ask("f", Step::Last)).await[0], "stale 4");
    status.store(403, Ordering::SeqCst);
    assert_eq!(
        answers(&house, &ask("f", Step::Last)).await[0],
        "情報源がエラー 403 を返しました"
    );
    status.store(200, Ordering::SeqCst);
    assert_eq!(answers(&house, &ask("f", Step::Last)).await[0], "fresh 4");
}

#[tokio::test]
async fn another_patients_answer_is_refused_said_and_recorded_once() {
    let server = Server::start(|_| {
        Reply::Json(bundle(
            None,
            None,
            &[patient("p9", "00012345:ア:188:05", "1960-04-01")],
        ))
    });
    let house = house([Some(&server.base), None, None], LONG, ample());
    let ask = ask("f", Step::First);
    let refused = Refused {
        facility: ask.grant.facility.clone(),
        person: Arc::new(ask.grant.person.clone()),
        source: SourceName::Emr,
        why: "another patient".to_owned(),
    };
    assert_eq!(answers(&house, &ask).await[0], "別の患者の応答を拒否");
    let overdue = |span| house.summaries.overdue_refusals(span);
    assert!(overdue(LONG).is_empty(), "its page may still record it");
    let taken = house.summaries.take_refusals(&ask.grant);
    assert_eq!(taken, std::slice::from_ref(&refused));
    assert!(house.summaries.take_refusals(&ask.grant).is_empty());
    house.summaries.give_back(refused.clone());
    house.summaries.give_back(refused.clone());
    assert_eq!(overdue(Duration::ZERO), [refused]);
    assert!(overdue(Duration::ZERO).is_empty());
}

#[tokio::test]
async fn an_answer_of_another_patient_in_the_cache_makes_no_page() {
    let house = house([Some("http://127.0.0.1:9"), None, None], LONG, ample());
    let ask = ask("f", Step::First);
    let key = house
        .cache
        .key(&ask.grant.facility, SourceName::Emr, &ask.grant.person);
    let keep = async |records: Records| {
        let stored = Stored {
            records: Arc::new(records),
            subject: Some("Patient/p1".to_owned()),
            ..nothing_known(key, &house)
        };
        house.cache.put(stored).await;
        house.summaries.assemble(&ask).await.map(|_| ())
    };
    let read = |number: &str| {
        let text = json!({"resourceType": "Bundle", "type": "collection",
            "entry": [{"resource": patient("p1", number, "1960-04-01")}]})
        .to_string();
        fhir::read(text.as_bytes(), fhir::Form::Json, 1).unwrap()
    };
    assert_eq!(
        keep(read("00012345:ア:188:05")).await,
        Err(Error::TwoPatients)
    );
    assert_eq!(keep(Records::default()).await, Err(Error::TwoPatients));
    let refused = house.summaries.take_refusals(&ask.grant);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].why, HELD_BACK, "the ledger is told");
    assert_eq!(keep(read("00012345:ア:187:05")).await, Ok(()));
}

#[tokio::test]
async fn an_ask_that_leaves_still_fills_the_cache() {
    let server = Server::start(good);
    let house = house(
        [Some(&server.base), None, None],
        LONG,
        Budgets {
            first: Duration::ZERO,
            last: LONG,
        },
    );
    assert_eq!(answers(&house, &ask("f", Step::First)).await[0], "coming");
    house.tasks.close();
    house.tasks.wait().await;
    assert_eq!(answers(&house, &ask("f", Step::First)).await[0], "fresh 4");
}
