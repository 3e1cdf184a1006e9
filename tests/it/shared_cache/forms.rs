//! Redis behind Sentinels, and as a Cluster: kept through the death of a master.

use std::{sync::Arc, time::Duration};

use emergency_summary::{
    cache::{Cache, Form, Key, KeyRing, Redis, Settings, Stored},
    domain::{
        access::{FacilityId, Person},
        clock::Clock,
        patient::{MEMBER_NUMBER_SYSTEM, MemberNumber},
        record::Records,
        section::SourceName,
    },
    system::{SystemClock, SystemEntropy},
};
use secrecy::SecretBox;

use super::servers::{SENTINEL, Server, free_port, until};

const PATIENCE: Duration = Duration::from_mins(1);

/// A node of its own, with the one key.
pub(super) fn node(redis: Redis) -> Cache {
    let settings = Settings {
        redis: Some(redis),
        // What is late is another test's matter: here processors are shared.
        redis_wait: Duration::from_secs(2),
        ..Settings::default()
    };
    let ring = KeyRing::new(&[SecretBox::new(Box::new([7; 32]))]).expect("a ring");
    Cache::new(
        settings,
        ring,
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    )
    .expect("a cache")
}

fn key(cache: &Cache, number: usize) -> Key {
    let person = Person {
        number: MemberNumber::new("06123456", "1", &number.to_string(), "01").expect("a number"),
        system: MEMBER_NUMBER_SYSTEM.to_owned(),
        patient: None,
    };
    cache.key(&FacilityId("a".to_owned()), SourceName::Emr, &person)
}

async fn share(cache: &Cache, key: Key) {
    let stored = Stored {
        key,
        records: Arc::new(Records::default()),
        subject: Some("Patient/1".to_owned()),
        at: SystemClock.now(),
        more_at_source: vec![],
        failed: vec![],
        bytes: 100,
    };
    let stored = cache.put(stored).await;
    cache.share(stored).await;
}

/// Whether what one node shares is what a node that never had it recalls.
async fn is_shared(redis: &Redis, one: &Cache, number: usize) -> bool {
    let key = key(one, number);
    share(one, key).await;
    let other = node(redis.clone());
    other.recall(&key, other.shared_until()).await.is_some()
}

async fn soon(redis: &Redis, one: &Cache, number: usize) -> bool {
    let begun = tokio::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        if is_shared(redis, one, number).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

#[actix_web::test]
async fn behind_sentinels_the_new_master_is_found_when_the_old_one_dies() {
    let Some(mut master) = Server::start(&[]).await else {
        return;
    };
    let port = master.port.to_string();
    let replica = Server::start(&["--replicaof", "127.0.0.1", &port])
        .await
        .expect("a replica");
    let is_linked = || {
        let said: String = replica.ask(&["INFO", "replication"]).unwrap_or_default();
        said.contains("master_link_status:up")
    };
    until("the replica follows", is_linked).await;
    let mut sentinels = Vec::new();
    for _ in 0..3 {
        sentinels.push(sentinel(&port).await);
    }
    until("the Sentinels know each other and the replica", || {
        sentinels.iter().all(|sentinel| {
            let said: String = sentinel.ask(&["INFO", "sentinel"]).unwrap_or_default();
            said.contains("slaves=1,sentinels=3")
        })
    })
    .await;
    let redis = Redis {
        form: Form::Sentinel {
            master: "ward".to_owned(),
        },
        addresses: sentinels.iter().map(Server::address).collect(),
        ..String::new().into()
    };
    let one = node(redis.clone());
    assert!(is_shared(&redis, &one, 1).await);
    for (place, answer) in redis.reached(PATIENCE).await {
        assert_eq!(answer, Ok(()), "{place}");
    }
    master.kill();
    assert!(
        soon(&redis, &one, 2).await,
        "the replica has become the master"
    );
    // One Sentinel less changes nothing.
    drop(sentinels.remove(0));
    assert!(soon(&redis, &one, 3).await);
}

/// One that watches the master at `port`.
async fn sentinel(port: &str) -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = format!(
        "sentinel monitor ward 127.0.0.1 {port} 2\n\
         sentinel down-after-milliseconds ward 500\n\
         sentinel failover-timeout ward 3000\n"
    );
    std::fs::write(folder.path().join(SENTINEL), settings).expect("a file");
    Server::start_in(folder, free_port(), &[SENTINEL, "--sentinel"])
        .await
        .expect("a Sentinel")
}

#[actix_web::test]
async fn a_cluster_keeps_every_answer_on_the_node_of_its_slot_and_one_node_dead_is_a_miss() {
    let Some(mut nodes) = cluster().await else {
        return;
    };
    let redis = Redis {
        form: Form::Cluster,
        // The others are found from one.
        addresses: vec![nodes[0].address()],
        ..String::new().into()
    };
    for (place, answer) in redis.reached(PATIENCE).await {
        assert_eq!(answer, Ok(()), "{place}");
    }
    let one = node(redis.clone());
    for number in 0..30 {
        assert!(is_shared(&redis, &one, number).await, "{number}");
    }
    for node in &nodes {
        assert!(!node.holds().is_empty(), "each node holds some");
    }
    let whose = key(&one, 0).whose;
    assert_eq!(one.forget(whose).await, (1, true));
    let other = node(redis.clone());
    let forgotten = key(&other, 0);
    assert!(
        other
            .recall(&forgotten, other.shared_until())
            .await
            .is_none()
    );
    for node in &nodes {
        node.tell(&["CONFIG", "SET", "cluster-require-full-coverage", "no"]);
    }
    nodes[2].kill();
    let mut found = 0;
    for number in 1..30 {
        let key = key(&one, number);
        // From memory always; from the others' nodes still.
        assert!(one.recall(&key, one.shared_until()).await.is_some());
        let other = node(redis.clone());
        found += usize::from(other.recall(&key, other.shared_until()).await.is_some());
    }
    assert!(found > 0, "the other two still answer");
}

/// Three masters that share the slots.
async fn cluster() -> Option<Vec<Server>> {
    let mut nodes = Vec::new();
    for _ in 0..3 {
        let own = free_port().to_string();
        let more = ["--cluster-enabled", "yes", "--cluster-port", &own];
        nodes.push((Server::start(&more).await?, own));
    }
    for (place, (node, _)) in nodes.iter().enumerate() {
        let (first, last) = [(0, 5_460), (5_461, 10_922), (10_923, 16_383)][place];
        node.tell(&[
            "CLUSTER",
            "ADDSLOTSRANGE",
            &first.to_string(),
            &last.to_string(),
        ]);
        node.tell(&["CLUSTER", "SET-CONFIG-EPOCH", &(place + 1).to_string()]);
    }
    for (node, own) in &nodes {
        let port = node.port.to_string();
        nodes[0]
            .0
            .tell(&["CLUSTER", "MEET", "127.0.0.1", &port, own]);
    }
    let nodes: Vec<Server> = nodes.into_iter().map(|(node, _)| node).collect();
    until("the Cluster is whole", || {
        nodes.iter().all(|node| {
            let said: String = node.ask(&["CLUSTER", "INFO"]).unwrap_or_default();
            said.contains("cluster_state:ok") && said.contains("cluster_known_nodes:3")
        })
    })
    .await;
    Some(nodes)
}

#[actix_web::test]
async fn by_tls_redis_is_spoken_to_only_where_its_certificate_is_vouched_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let signed = rcgen::generate_simple_self_signed(names.clone()).expect("a certificate");
    let stranger = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let write = |name: &str, text: String| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("a file");
        file.display().to_string()
    };
    let certificate = write("cert.pem", signed.cert.pem());
    let key_file = write("key.pem", signed.signing_key.serialize_pem());
    let secured = free_port().to_string();
    let more = [
        "--tls-port",
        &secured,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key_file,
        "--tls-ca-cert-file",
        &certificate,
        "--tls-auth-clients",
        "no",
    ];
    let Some(server) = Server::start(&more).await else {
        return;
    };
    server.tell(&["CONFIG", "SET", "requirepass", "geheim"]);
    let with = |authority: &str, password: Option<&str>| Redis {
        authority: Some(authority.as_bytes().to_vec()),
        password: password.map(|password| password.to_owned().into()),
        ..format!("rediss://localhost:{secured}").into()
    };
    let right = with(&signed.cert.pem(), Some("geheim"));
    assert_eq!(right.reached(PATIENCE).await[0].1, Ok(()));
    let one = node(right.clone());
    assert!(is_shared(&right, &one, 1).await);
    for wrong in [
        with(&stranger.cert.pem(), Some("geheim")),
        with(&signed.cert.pem(), Some("falsch")),
        with(&signed.cert.pem(), None),
    ] {
        let said = wrong.reached(PATIENCE).await;
        let why = said[0].1.clone().expect_err("it is not reached");
        assert!(!why.contains("geheim") && !why.contains("falsch"), "{why}");
        let other = node(wrong);
        let key = key(&other, 1);
        assert!(other.recall(&key, other.shared_until()).await.is_none());
    }
}
