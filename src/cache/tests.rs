//! The cache: names, seals, lives, and a real Redis where the machine has one.

use std::{
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use secrecy::SecretBox;

use super::{Age, Cache, Key, KeyRing, Settings, Stored, key::Refused, shared::Shared};
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
        redis,
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
    let seal = |plain: &[u8]| {
        ring1
            .seal(&name, SourceName::Emr, plain, &*entropy())
            .unwrap()
    };
    let sealed = seal(b"secret");
    assert!(!sealed.windows(6).any(|window| window == b"secret"));
    assert_eq!(
        ring1.open(&name, SourceName::Emr, &sealed),
        Ok(b"secret".to_vec())
    );
    assert_eq!(ring1.open(&other, SourceName::Emr, &sealed), Err(Refused));
    assert_eq!(ring1.open(&name, SourceName::Claims, &sealed), Err(Refused));
    assert_eq!(
        ring(&[2]).open(&name, SourceName::Emr, &sealed),
        Err(Refused)
    );
    for length in 0..sealed.len() {
        assert_eq!(
            ring1.open(&name, SourceName::Emr, &sealed[..length]),
            Err(Refused)
        );
    }
    for place in 0..sealed.len() {
        let mut poisoned = sealed.clone();
        poisoned[place] ^= 1;
        assert_eq!(ring1.open(&name, SourceName::Emr, &poisoned), Err(Refused));
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
    let old = before
        .seal(&name, SourceName::Emr, b"x", &*entropy())
        .unwrap();
    assert_eq!(after.open(&name, SourceName::Emr, &old), Ok(b"x".to_vec()));
    let new = after
        .seal(&name, SourceName::Emr, b"x", &*entropy())
        .unwrap();
    assert_eq!(before.open(&name, SourceName::Emr, &new), Err(Refused));
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
        *hands.0.lock().unwrap() = Moment {
            wall: start.wall + passed,
            since_boot: start.since_boot + passed,
        };
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
async fn a_redis_that_is_not_there_is_only_a_miss() {
    let hands = clock();
    let unbound = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", unbound.local_addr().unwrap());
    drop(unbound);
    let cache = cache(&[1], Some(address), Arc::clone(&hands));
    let name = cache.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    assert!(cache.recall(&name, SourceName::Emr).await.is_none());
    let kept = cache.put(stored(name, hands.now())).await;
    cache.share(SourceName::Emr, kept).await;
    assert!(cache.recall(&name, SourceName::Emr).await.is_some());
}

/// A real `redis-server` on a free port, ended with the test.
struct Redis {
    process: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Redis {
    /// `None`, said loudly, on a machine without one.
    async fn start() -> Option<Self> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let folder = tempfile::tempdir().unwrap();
        let Ok(process) = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--port"])
            .arg(port.to_string())
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .spawn()
        else {
            eprintln!("SKIPPED: no redis-server on this machine");
            return None;
        };
        let redis = Self {
            process,
            address: format!("redis://127.0.0.1:{port}"),
            folder,
        };
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .is_ok()
            {
                return Some(redis);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "redis-server did not start in {}",
            redis.folder.path().display()
        );
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[tokio::test]
async fn nodes_share_answers_and_refuse_what_was_tampered_with() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let hands = clock();
    let node = || cache(&[1], Some(redis.address.clone()), Arc::clone(&hands));
    let (one, two, three) = (node(), node(), node());
    let name = one.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let kept = one.put(stored(name, hands.now())).await;
    one.share(SourceName::Emr, Arc::clone(&kept)).await;
    let found = two.recall(&name, SourceName::Emr).await.unwrap();
    assert_eq!(found.records, kept.records);
    assert_eq!(found.subject, kept.subject);
    assert_eq!(found.at, kept.at);
    assert_eq!(found.more_at_source, kept.more_at_source);
    assert!(two.get(&name).await.is_some(), "from now on in memory");
    let foreign = cache(&[9], Some(redis.address.clone()), Arc::clone(&hands));
    assert!(foreign.recall(&name, SourceName::Emr).await.is_none());

    // Another person's sealed value moved under this name, half a value, and rubbish.
    let other = one.key(&facility("a"), SourceName::Emr, &person("1:2:3:06"));
    let moved = one
        .seal(SourceName::Emr, &stored(other, hands.now()))
        .unwrap();
    let half = moved[..moved.len() / 2].to_vec();
    let shared = Shared::new(&redis.address, Duration::from_secs(5)).unwrap();
    for poisoned in [moved, half, b"rubbish".to_vec(), Vec::new()] {
        shared.put(&name.0, poisoned, Duration::from_mins(1)).await;
        assert!(three.recall(&name, SourceName::Emr).await.is_none());
    }

    // A doubtful answer stays here.
    let partial = Stored {
        failed: vec![(SectionName::Labs, Failure::Late)],
        ..stored(other, hands.now())
    };
    one.share(SourceName::Emr, Arc::new(partial)).await;
    assert!(two.recall(&other, SourceName::Emr).await.is_none());

    drop(redis);
    assert!(
        one.recall(&name, SourceName::Emr).await.is_some(),
        "memory still answers"
    );
    assert!(three.recall(&name, SourceName::Emr).await.is_none());
}
