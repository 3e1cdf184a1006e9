//! With a real Redis, where the machine has one; its other troubles are tested with whole nodes.

use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

use super::{
    super::{Turn, shared::Shared},
    *,
};

const LONG: Duration = Duration::from_secs(5);

async fn recall(cache: &Cache, key: &Key) -> Option<Arc<Stored>> {
    cache.recall(key, cache.shared_until()).await
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_only_a_miss() {
    let hands = clock();
    let unbound = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", unbound.local_addr().unwrap());
    drop(unbound);
    let cache = cache(&[1], Some(address), Arc::clone(&hands));
    let name = cache.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    assert!(recall(&cache, &name).await.is_none());
    let kept = cache.put(stored(name, hands.now())).await;
    cache.share(kept).await;
    assert!(recall(&cache, &name).await.is_some());
}

/// A real `redis-server` on a free port, ended with the test.
struct RedisServer {
    process: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl RedisServer {
    /// `None`, said loudly, on a machine without one.
    async fn start() -> Option<Self> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        Self::start_at(port).await
    }

    async fn start_at(port: u16) -> Option<Self> {
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

impl RedisServer {
    fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        kill_process(id, signal).unwrap();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[tokio::test]
async fn nodes_share_answers_and_refuse_what_was_tampered_with() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let hands = clock();
    let node = || cache(&[1], Some(redis.address.clone()), Arc::clone(&hands));
    let (one, two, three) = (node(), node(), node());
    let name = one.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let kept = one.put(stored(name, hands.now())).await;
    one.share(Arc::clone(&kept)).await;
    let found = recall(&two, &name).await.unwrap();
    assert_eq!(found.records, kept.records);
    assert_eq!(found.subject, kept.subject);
    assert_eq!(found.at, kept.at);
    assert_eq!(found.more_at_source, kept.more_at_source);
    assert!(two.get(&name).await.is_some(), "from now on in memory");
    let foreign = cache(&[9], Some(redis.address.clone()), Arc::clone(&hands));
    assert!(recall(&foreign, &name).await.is_none());

    // Another person's sealed value moved under this name, half a value, and rubbish.
    let other = one.key(&facility("a"), SourceName::Emr, &person("1:2:3:06"));
    let moved = one.seal(&stored(other, hands.now())).unwrap();
    let half = moved[..moved.len() / 2].to_vec();
    let shared = Shared::new(redis.address.clone().into(), LONG).unwrap();
    for poisoned in [moved, half, b"rubbish".to_vec(), Vec::new()] {
        let until = Instant::now() + LONG;
        shared
            .put(&name, poisoned, Duration::from_mins(1), until)
            .await;
        assert!(recall(&three, &name).await.is_none());
        // Refused once, it is gone for everybody.
        assert_eq!(shared.get(&name, until).await, None);
    }

    // A doubtful answer stays here.
    let partial = Stored {
        failed: vec![(SectionName::Labs, Failure::Late)],
        ..stored(other, hands.now())
    };
    one.share(Arc::new(partial)).await;
    assert!(recall(&two, &other).await.is_none());

    drop(redis);
    assert!(recall(&one, &name).await.is_some(), "memory still answers");
    assert!(recall(&three, &name).await.is_none());
}

/// A key is rotated one node after the other: those that have the new one open both.
#[tokio::test]
async fn a_node_with_the_new_key_opens_the_older_nodes_values_and_never_the_other_way_round() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let hands = clock();
    let older = cache(&[1], Some(redis.address.clone()), Arc::clone(&hands));
    let newer = cache(&[2, 1], Some(redis.address.clone()), Arc::clone(&hands));
    let name = older.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    assert_eq!(
        newer.key(&facility("a"), SourceName::Emr, &person("1:2:3:05")),
        name
    );
    let kept = older.put(stored(name, hands.now())).await;
    older.share(Arc::clone(&kept)).await;
    assert!(recall(&newer, &name).await.is_some());
    newer.share(kept).await;
    let another = cache(&[1], Some(redis.address.clone()), Arc::clone(&hands));
    assert!(recall(&another, &name).await.is_none());
    // Removed, fetched again and shared by the older node: the newer one takes it.
    another
        .share(another.put(stored(name, hands.now())).await)
        .await;
    let newest = cache(&[3, 2, 1], Some(redis.address.clone()), hands);
    assert!(recall(&newest, &name).await.is_some());
}

#[tokio::test]
async fn one_node_fetches_and_the_others_wait_for_it_a_little() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let hands = clock();
    let node = || cache(&[1], Some(redis.address.clone()), Arc::clone(&hands));
    let (one, two) = (node(), node());
    let name = one.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let life = Duration::from_secs(30);
    let take = async |cache: &Cache| cache.take_turn(&name, life, cache.shared_until()).await;
    let turn = take(&one).await;
    assert!(matches!(turn, Turn::Own(_)));
    assert!(matches!(take(&two).await, Turn::Others));
    // A holder that died costs what is allowed, and then everyone asks for himself.
    let begun = Instant::now();
    assert!(two.others(&name).await.is_none());
    let waited = begun.elapsed();
    let allowed = Settings::default().other_wait;
    assert!(waited >= allowed, "{waited:?}");
    assert!(waited < allowed + LONG, "{waited:?}");
    // What it brings is taken.
    let kept = one.put(stored(name, hands.now())).await;
    one.share(kept).await;
    assert!(two.others(&name).await.is_some());
    assert!(two.get(&name).await.is_some());
    // One that gave up is not waited for; another's right is not given back.
    let third = node();
    third.give_back(&name, Turn::Others).await;
    assert!(matches!(take(&third).await, Turn::Others));
    one.give_back(&name, turn).await;
    let other = one.key(&facility("a"), SourceName::Emr, &person("1:2:4:05"));
    assert!(third.others(&other).await.is_none());
    assert!(matches!(take(&third).await, Turn::Own(_)));
}

#[tokio::test]
async fn a_redis_that_stands_still_costs_its_bound_a_few_times_and_then_nothing_until_it_goes_on() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let hands = clock();
    let settings = || Settings {
        redis: Some(redis.address.clone().into()),
        redis_wait: Duration::from_millis(250),
        ..Settings::default()
    };
    let clock: Arc<dyn Clock> = Arc::clone(&hands) as Arc<dyn Clock>;
    let new = || Cache::new(settings(), ring(&[1]), Arc::clone(&clock), entropy()).unwrap();
    let (one, two) = (new(), new());
    let name = one.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let kept = one.put(stored(name, hands.now())).await;
    one.share(kept).await;
    redis.signal(Signal::STOP);
    let begun = Instant::now();
    for _ in 0..3 {
        assert!(recall(&two, &name).await.is_none());
    }
    // Each within the bound; what is above it is a machine that has other things to do.
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    let begun = Instant::now();
    for _ in 0..200 {
        assert!(recall(&two, &name).await.is_none());
        let until = two.shared_until();
        let turn = two.take_turn(&name, LONG, until).await;
        assert!(matches!(turn, Turn::Unknown));
    }
    // Not even one bound in four hundred calls.
    let passed_over = begun.elapsed();
    assert!(passed_over < Duration::from_millis(250), "{passed_over:?}");
    redis.signal(Signal::CONT);
    for _ in 0..1_000 {
        if recall(&two, &name).await.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("Redis is asked again once it goes on");
}

#[tokio::test]
async fn every_node_forgets_whom_one_node_is_told_to_forget() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let hands = clock();
    let node = || cache(&[1], Some(redis.address.clone()), Arc::clone(&hands));
    let (one, two) = (node(), node());
    // What was told before this node began concerns nothing that it holds.
    let before = one.key(&facility("a"), SourceName::Emr, &person("1:2:9:05"));
    assert_eq!(one.forget(before.whose).await, (0, true));
    assert!(two.forgotten_elsewhere().await.is_empty());
    let name = one.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let kept = one.put(stored(name, hands.now())).await;
    one.share(kept).await;
    assert!(recall(&two, &name).await.is_some());
    assert_eq!(one.forget(name.whose).await, (1, true));
    assert_eq!(two.forgotten_elsewhere().await, [name.whose]);
    assert_eq!(two.forgotten_elsewhere().await, []);
    assert_eq!(two.forget_here(name.whose).await, 1);
    assert!(recall(&two, &name).await.is_none());
    drop(redis);
    assert_eq!(
        one.forget(name.whose).await,
        (0, false),
        "and it is said where not"
    );
}

#[tokio::test]
async fn what_was_told_before_a_node_first_asked_or_was_lost_is_forgotten_all_the_same() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let hands = clock();
    let node = || cache(&[1], Some(redis.address.clone()), Arc::clone(&hands));
    let (one, two) = (node(), node());
    let name = one.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let kept = one.put(stored(name, hands.now())).await;
    one.share(Arc::clone(&kept)).await;
    assert!(recall(&two, &name).await.is_some());
    // It holds the answer and has never asked whom to forget.
    assert_eq!(one.forget(name.whose).await, (1, true));
    assert_eq!(two.forgotten_elsewhere().await, [name.whose]);
    assert_eq!(two.forget_here(name.whose).await, 1);
    assert_eq!(two.forgotten_elsewhere().await, []);

    // Redis lost what it was told, with a word that this node has not heard.
    one.share(one.put(stored(name, hands.now())).await).await;
    assert!(recall(&two, &name).await.is_some());
    let client = redis::Client::open(redis.address.as_str()).unwrap();
    let mut connection = client.get_connection().unwrap();
    one.forget(name.whose).await;
    let gone: u64 = redis::cmd("DEL")
        .arg("es:forgotten")
        .query(&mut connection)
        .unwrap();
    assert_eq!(gone, 1);
    assert_eq!(two.forgotten_elsewhere().await, [name.whose], "everybody");
    assert_eq!(two.forget_here(name.whose).await, 1);
    assert_eq!(two.forgotten_elsewhere().await, []);
    assert!(one.forget(name.whose).await.1);
    assert_eq!(two.forgotten_elsewhere().await, [name.whose], "and goes on");
}

#[tokio::test]
async fn calls_that_were_given_next_to_no_time_do_not_make_redis_be_passed_over() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let hands = clock();
    let settings = Settings {
        redis: Some(redis.address.clone().into()),
        redis_wait: LONG,
        ..Settings::default()
    };
    let clock: Arc<dyn Clock> = Arc::clone(&hands) as Arc<dyn Clock>;
    let cache = Cache::new(settings, ring(&[1]), clock, entropy()).unwrap();
    let name = cache.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    assert!(recall(&cache, &name).await.is_none());
    redis.signal(Signal::STOP);
    for _ in 0..20 {
        let soon = Instant::now() + Duration::from_millis(1);
        assert!(cache.recall(&name, soon).await.is_none());
    }
    redis.signal(Signal::CONT);
    let turn = cache.take_turn(&name, LONG, cache.shared_until()).await;
    assert!(
        matches!(turn, Turn::Own(_)),
        "it is asked as before: {turn:?}"
    );
}

#[test]
fn a_redis_on_another_machine_is_not_asked_in_the_clear_unless_that_is_said() {
    let problems = |address: &str, in_the_clear| {
        let redis = Redis {
            in_the_clear,
            ..address.to_owned().into()
        };
        redis.problems()
    };
    for own in [
        "redis://127.0.0.1:6379",
        "redis://localhost",
        "redis://[::1]:6379",
    ] {
        assert_eq!(problems(own, false), [""; 0], "{own}");
    }
    for other in [
        "redis://r1.example:6379",
        "redis://10.0.0.7",
        "redis://[fd00::7]:6379",
    ] {
        let said = problems(other, false);
        assert!(
            said.len() == 1 && said[0].contains("in the clear"),
            "{said:?}"
        );
        assert_eq!(problems(other, true), [""; 0], "{other}");
    }
    assert_eq!(problems("rediss://r1.example", false), [""; 0]);
    let settings = Settings {
        redis: Some("redis://r1.example".to_owned().into()),
        ..Settings::default()
    };
    let hands = clock() as Arc<dyn Clock>;
    assert!(
        Cache::new(settings, ring(&[1]), hands, entropy()).is_err(),
        "nor at start"
    );
}

#[tokio::test]
async fn redis_keeps_a_value_for_its_hard_life_and_longer_only_where_it_must_not_end() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let hands = clock();
    let short = Life {
        soft: Duration::from_mins(1),
        hard: Duration::from_mins(5),
    };
    let settings = Settings {
        lives: Lives {
            by_source: [(SourceName::Emr, short)].into(),
            ..Lives::default()
        },
        redis: Some(redis.address.clone().into()),
        redis_wait: LONG,
        ..Settings::default()
    };
    let clock: Arc<dyn Clock> = Arc::clone(&hands) as Arc<dyn Clock>;
    let cache = Cache::new(settings, ring(&[1]), clock, entropy()).unwrap();
    let name = cache.key(&facility("a"), SourceName::Emr, &person("1:2:3:05"));
    let kept = cache.put(stored(name, hands.now())).await;
    cache.share(kept).await;
    let left = || {
        let client = redis::Client::open(redis.address.as_str()).unwrap();
        let mut connection = client.get_connection().unwrap();
        let names: Vec<String> = redis::cmd("KEYS")
            .arg("es:a:*")
            .query(&mut connection)
            .unwrap();
        let left: u64 = redis::cmd("PTTL")
            .arg(&names)
            .query(&mut connection)
            .unwrap();
        Duration::from_millis(left)
    };
    let none = BTreeSet::new();
    cache.sweep(&none, &BTreeSet::new()).await;
    assert!(left() <= short.hard && left() > short.soft, "{:?}", left());
    let open = [name.whose].into();
    cache.sweep(&open, &BTreeSet::new()).await;
    assert!(left() > short.hard, "{:?}", left());
}

#[tokio::test]
async fn the_bell_that_a_node_rings_is_heard_by_the_others_and_again_once_redis_came_back() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let hands = clock();
    let node = || cache(&[1], Some(redis.address.clone()), Arc::clone(&hands));
    let (one, other) = (node(), node());
    let (rung, mut heard) = tokio::sync::watch::channel(0);
    let stop = tokio_util::sync::CancellationToken::new();
    let tasks = tokio_util::task::TaskTracker::new();
    let listening = tasks.spawn(other.hear(rung, stop.clone()));
    let next = async |heard: &mut tokio::sync::watch::Receiver<u64>, within| {
        tokio::time::timeout(within, heard.changed()).await.is_ok()
    };
    assert!(next(&mut heard, LONG).await, "it has begun to listen");
    one.ring().await;
    assert!(next(&mut heard, LONG).await);
    let port = redis.address.rsplit(':').next().unwrap().parse().unwrap();
    drop(redis);
    one.ring().await;
    let again = RedisServer::start_at(port).await.unwrap();
    assert!(
        next(&mut heard, LONG).await,
        "what was missed is looked for"
    );
    let begun = Instant::now();
    loop {
        one.ring().await;
        if next(&mut heard, Duration::from_millis(100)).await {
            break;
        }
        assert!(begun.elapsed() < LONG, "it is heard again");
    }
    stop.cancel();
    listening.await.unwrap();
    drop(again);
}
