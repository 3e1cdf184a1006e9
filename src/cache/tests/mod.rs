//! The cache: names, seals, lives and layout.

mod layout;
mod outside;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use secrecy::SecretBox;

use super::{Age, Cache, Key, KeyRing, Life, Lives, Redis, Settings, Stored, key::Refused};
use crate::domain::{
    access::{FacilityId, Person},
    clock::{Clock, Moment},
    date::Date,
    entropy::Entropy,
    failure::Failure,
    patient::{MEMBER_NUMBER_SYSTEM, MemberNumber, Patient, Sex},
    record::{Content, Origin, Record, Records, Subject},
    section::{SectionName, SourceName},
};

struct Hands(Mutex<Moment>);

impl Hands {
    /// So long after `start`, by both clocks.
    fn set(&self, start: Moment, passed: Duration) {
        *self.0.lock().unwrap() = Moment {
            wall: start.wall + passed,
            since_boot: start.since_boot + passed,
        };
    }
}

impl Clock for Hands {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

/// Counts upwards: never the same bytes twice.
struct Counter(Mutex<u64>);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.0.lock().unwrap();
        *count += 1;
        for (place, byte) in bytes.iter_mut().zip(count.to_be_bytes().iter().cycle()) {
            *place = *byte;
        }
    }
}

fn entropy() -> Arc<Counter> {
    Arc::new(Counter(Mutex::new(0)))
}

fn clock() -> Arc<Hands> {
    Arc::new(Hands(Mutex::new(Moment {
        wall: DateTime::<Utc>::from_timestamp(1_800_000_000, 0).unwrap(),
        since_boot: Duration::from_secs(1_000_000),
    })))
}

fn ring(secrets: &[u8]) -> KeyRing {
    let secrets: Vec<_> = secrets
        .iter()
        .map(|byte| SecretBox::new(Box::new([*byte; 32])))
        .collect();
    KeyRing::new(&secrets).unwrap()
}

fn person(number: &str) -> Person {
    Person {
        number: MemberNumber::parse(number).unwrap(),
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        patient: Some(Patient {
            birth_date: Date::parse("1960-04-01"),
            sex: Some(Sex::Male),
            ..Patient::default()
        }),
    }
}

fn facility(name: &str) -> FacilityId {
    FacilityId(name.to_owned())
}

fn stored(key: Key, at: Moment) -> Stored {
    let record = Record {
        resource: "Condition/1".to_owned(),
        subject: Subject::default(),
        origin: Origin::default(),
        tags: vec![],
        profiles: vec![],
        last_updated: None,
        identifiers: vec![],
        unreadable: vec![],
        content: Content::Unreadable {
            why: "for a test".to_owned(),
        },
    };
    Stored {
        key,
        records: Arc::new(Records {
            records: vec![record],
            statements: vec![],
        }),
        subject: Some("Patient/1".to_owned()),
        at,
        more_at_source: vec![SectionName::Labs],
        failed: vec![],
        bytes: 1_000,
    }
}

fn cache(secrets: &[u8], redis: Option<String>, clock: Arc<Hands>) -> Cache {
    let settings = Settings {
        redis: redis.map(Redis::from),
        redis_wait: Duration::from_secs(5),
        ..Settings::default()
    };
    Cache::new(settings, ring(secrets), clock, entropy()).unwrap()
}

#[tokio::test]
async fn the_newest_answer_is_kept_however_often_older_ones_were_asked_for() {
    let clock = clock();
    let settings = Settings {
        bytes: 10_000,
        ..Settings::default()
    };
    let now = clock.now();
    let cache = Cache::new(settings, ring(&[1]), clock, entropy()).unwrap();
    let key = |number: usize| {
        let person = person(&format!("1:2:{number}:05"));
        cache.key(&facility("a"), SourceName::Emr, &person)
    };
    for number in 0..3 {
        cache.put(stored(key(number), now)).await;
    }
    for _ in 0..50 {
        for number in 0..3 {
            cache.get(&key(number)).await.unwrap();
        }
    }
    for number in 10..20 {
        cache.put(stored(key(number), now)).await;
        cache.memory.run_pending_tasks().await;
        assert!(cache.get(&key(number)).await.is_some(), "{number}");
    }
}

#[test]
fn the_name_changes_with_facility_source_person_and_ring() {
    let ring1 = ring(&[1]);
    let person1 = person("1:2:3:05");
    let name = ring1.key(&facility("a"), SourceName::Emr, &person1);
    assert_eq!(name, ring1.key(&facility("a"), SourceName::Emr, &person1));
    let twin = Person {
        patient: None,
        ..person1.clone()
    };
    let others = [
        ring1.key(&facility("b"), SourceName::Emr, &person1),
        ring1.key(&facility("a"), SourceName::Claims, &person1),
        ring1.key(&facility("a"), SourceName::Emr, &person("1:2:3:06")),
        ring1.key(&facility("a"), SourceName::Emr, &person("1::23:05")),
        ring1.key(&facility("a"), SourceName::Emr, &twin),
        ring(&[2]).key(&facility("a"), SourceName::Emr, &person1),
    ];
    for other in others {
        assert_ne!(name, other);
    }
}

#[test]
fn a_sealed_value_opens_only_whole_under_its_own_name_and_ring() {
    let ring1 = ring(&[1]);
    let name = ring1.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let other = ring1.key(&facility("b"), SourceName::Emr, &person("1:2:3:05"));
    let seal = |plain: &[u8]| ring1.seal(&name, plain, &*entropy()).unwrap();
    let sealed = seal(b"secret");
    assert!(!sealed.windows(6).any(|window| window == b"secret"));
    assert_eq!(ring1.open(&name, &sealed), Ok(b"secret".to_vec()));
    assert_eq!(ring1.open(&other, &sealed), Err(Refused));
    let of_claims = Key {
        source: SourceName::Claims,
        ..name
    };
    assert_eq!(ring1.open(&of_claims, &sealed), Err(Refused));
    assert_eq!(ring(&[2]).open(&name, &sealed), Err(Refused));
    for length in 0..sealed.len() {
        assert_eq!(ring1.open(&name, &sealed[..length]), Err(Refused));
    }
    for place in 0..sealed.len() {
        let mut poisoned = sealed.clone();
        poisoned[place] ^= 1;
        assert_eq!(ring1.open(&name, &poisoned), Err(Refused));
    }
}

#[test]
fn a_new_secret_seals_and_the_old_one_still_opens() {
    let before = ring(&[1]);
    let after = ring(&[2, 1]);
    let name = before.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    assert_eq!(
        after.key(&facility("a"), SourceName::Emr, &person("1:2:3:05")),
        name
    );
    let old = before.seal(&name, b"x", &*entropy()).unwrap();
    assert_eq!(after.open(&name, &old), Ok(b"x".to_vec()));
    let new = after.seal(&name, b"x", &*entropy()).unwrap();
    assert_eq!(before.open(&name, &new), Err(Refused));
    assert!(KeyRing::new(&[]).is_none());
}

#[tokio::test]
async fn the_age_of_an_answer_follows_its_lives_and_no_set_back_clock_makes_it_younger() {
    let hands = clock();
    let cache = cache(&[1], None, Arc::clone(&hands));
    let name = cache.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let start = hands.now();
    let whole = stored(name, start);
    let partial = Stored {
        failed: vec![(SectionName::Labs, Failure::Late)],
        ..whole.clone()
    };
    let unknown = Stored {
        subject: None,
        ..whole.clone()
    };
    let minutes = Duration::from_mins;
    for (passed, of_whole, of_doubtful) in [
        (Duration::from_secs(14), Age::Fresh, Age::Fresh),
        (Duration::from_secs(15), Age::Fresh, Age::Doubtful),
        (minutes(10), Age::Stale, Age::Doubtful),
        (minutes(24 * 60), Age::Expired, Age::Expired),
    ] {
        hands.set(start, passed);
        assert_eq!(cache.age(&whole), of_whole, "{passed:?}");
        assert_eq!(cache.age(&partial), of_doubtful, "{passed:?}");
        assert_eq!(cache.age(&unknown), of_doubtful, "{passed:?}");
    }
    // The wall clock is set back an hour after eleven minutes: stale by the other clock, and an
    // answer from the future has no known age.
    *hands.0.lock().unwrap() = Moment {
        wall: start.wall,
        since_boot: start.since_boot + minutes(11),
    };
    assert_eq!(cache.age(&whole), Age::Stale);
    *hands.0.lock().unwrap() = Moment {
        wall: start.wall - minutes(60),
        since_boot: start.since_boot,
    };
    assert_eq!(cache.age(&whole), Age::Expired);
}

#[tokio::test]
async fn a_value_under_a_wrong_name_in_memory_is_a_miss() {
    let hands = clock();
    let cache = cache(&[1], None, Arc::clone(&hands));
    let mine = cache.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let other = cache.key(&facility("b"), SourceName::Emr, &person("1:2:3:05"));
    let kept = cache.put(stored(mine, hands.now())).await;
    assert!(cache.get(&mine).await.is_some());
    assert!(cache.get(&other).await.is_none());
    cache.memory.insert(other, kept).await;
    assert!(cache.get(&other).await.is_none());
}

#[tokio::test]
async fn memory_is_bounded_by_bytes() {
    let hands = clock();
    let settings = Settings {
        bytes: 100_000,
        ..Settings::default()
    };
    let clock: Arc<dyn Clock> = Arc::clone(&hands) as Arc<dyn Clock>;
    let cache = Cache::new(settings, ring(&[1]), clock, entropy()).unwrap();
    for number in 1..=100 {
        let who = person(&format!("1:2:{number}:05"));
        let key = cache.key(&facility("a"), SourceName::Emr, &who);
        cache.put(stored(key, hands.now())).await;
    }
    cache.memory.run_pending_tasks().await;
    assert!(cache.memory.weighted_size() <= 100_000);
    assert!(cache.memory.entry_count() > 10);
}

#[tokio::test]
async fn each_source_has_its_own_lives() {
    let hands = clock();
    let short = Life {
        soft: Duration::from_mins(1),
        hard: Duration::from_mins(2),
    };
    let settings = Settings {
        lives: Lives {
            by_source: [(SourceName::Emr, short)].into(),
            ..Lives::default()
        },
        ..Settings::default()
    };
    let clock: Arc<dyn Clock> = Arc::clone(&hands) as Arc<dyn Clock>;
    let cache = Cache::new(settings, ring(&[1]), clock, entropy()).unwrap();
    let start = hands.now();
    let of = |source| {
        let key = cache.key(&facility("a"), source, &person("1:2:3:05"));
        stored(key, start)
    };
    let (emr, claims) = (of(SourceName::Emr), of(SourceName::Claims));
    for (seconds, of_emr) in [(59, Age::Fresh), (60, Age::Stale), (120, Age::Expired)] {
        hands.set(start, Duration::from_secs(seconds));
        assert_eq!(cache.age(&emr), of_emr, "{seconds}");
        assert_eq!(cache.age(&claims), Age::Fresh, "{seconds}");
    }
}

#[tokio::test]
async fn what_is_past_its_hard_life_stays_only_for_an_open_grant_or_a_source_that_is_down() {
    let hands = clock();
    let cache = cache(&[1], None, Arc::clone(&hands));
    let start = hands.now();
    let key = |number: &str, source| cache.key(&facility("a"), source, &person(number));
    let keys = [
        key("1:2:3:05", SourceName::Emr),
        key("1:2:3:05", SourceName::Claims),
        key("1:2:4:05", SourceName::Emr),
        key("1:2:4:05", SourceName::Claims),
    ];
    for key in keys {
        cache.put(stored(key, start)).await;
    }
    let here = async || {
        let mut here = Vec::new();
        for key in &keys {
            here.push(cache.get(key).await.is_some());
        }
        here
    };
    let open: BTreeSet<_> = [keys[0].whose].into();
    let down: BTreeSet<_> = [SourceName::Claims].into();
    let none = (BTreeSet::new(), BTreeSet::new());
    hands.set(start, Duration::from_hours(24) - Duration::from_secs(1));
    cache.sweep(&none.0, &none.1).await;
    assert_eq!(here().await, [true; 4]);
    hands.set(start, Duration::from_hours(24));
    cache.sweep(&open, &down).await;
    assert_eq!(here().await, [true, true, false, true]);
    cache.sweep(&open, &none.1).await;
    assert_eq!(here().await, [true, true, false, false]);
    // A grant lasts hours, an outage may last days: nothing outlives three of them.
    hands.set(start, Duration::from_hours(72));
    cache.sweep(&open, &down).await;
    assert_eq!(here().await, [false; 4]);
}

#[tokio::test]
async fn forgetting_a_patient_takes_the_whole_household_of_one_facility_and_nobody_else() {
    let hands = clock();
    let cache = cache(&[1], None, Arc::clone(&hands));
    let key = |at: &str, number: &str, source| cache.key(&facility(at), source, &person(number));
    let gone = [
        key("a", "1:2:3:05", SourceName::Emr),
        key("a", "1:2:3:05", SourceName::Claims),
        key("a", "1:2:3:", SourceName::Emr),
    ];
    let kept = [
        key("b", "1:2:3:05", SourceName::Emr),
        key("a", "1:2:4:05", SourceName::Emr),
    ];
    for key in gone.into_iter().chain(kept) {
        cache.put(stored(key, hands.now())).await;
    }
    let number = MemberNumber::parse("1:2:3:05").unwrap();
    let whose = cache.whose(&facility("a"), &number);
    assert_eq!(cache.forget(whose).await, (3, true));
    for key in gone {
        assert!(cache.get(&key).await.is_none());
    }
    for key in kept {
        assert!(cache.get(&key).await.is_some());
    }
}

#[tokio::test]
async fn what_has_outlived_every_use_or_is_of_the_future_is_not_taken_from_outside() {
    let clock = clock();
    let cache = cache(&[1], None, Arc::clone(&clock));
    let key = cache.key(&facility("f"), SourceName::Emr, &person("1:2:3:05"));
    let start = clock.now();
    let sealed = cache.seal(&stored(key, start)).unwrap();
    let taken = async || {
        let until = cache.shared_until();
        cache.opened(&key, sealed.clone(), until).await.is_some()
    };
    assert!(taken().await);
    clock.set(start, Duration::from_hours(71));
    assert!(taken().await);
    clock.set(start, Duration::from_hours(72));
    assert!(!taken().await);
    let earlier = Moment {
        wall: start.wall - chrono::Duration::minutes(2),
        ..start
    };
    clock.set(earlier, Duration::ZERO);
    assert!(!taken().await);
}
