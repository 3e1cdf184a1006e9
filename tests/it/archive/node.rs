//! A node whose ledger is shipped, and what is said of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use emergency_summary::{
    domain::{
        access::{FacilityId, NodeId},
        event::{Draft, Event},
    },
    ledger::{
        Ledger, Settings,
        archive::{self, Archive, Lag, Target},
        read,
    },
    system::{SystemClock, SystemEntropy},
};
use futures_util::future::join_all;

use crate::{
    binary::{shown, told},
    postgres::{PASSWORD, Postgres},
};

/// Longer than anything here may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
const KEY: [u8; 32] = [7; 32];

/// A node with a ledger of its own.
pub(crate) struct Node {
    /// Its name.
    pub name: &'static str,
    /// Its folder.
    pub folder: tempfile::TempDir,
    ledger: Ledger,
}

impl Node {
    pub(crate) fn new(name: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            folder: folder.path().to_owned(),
            node: NodeId(name.to_owned()),
            key: KEY.to_vec().into(),
            commit_deadline: PATIENCE,
        };
        let ledger = Ledger::open(settings, Arc::new(SystemClock), Arc::new(SystemEntropy))
            .expect("a ledger");
        Self {
            name,
            folder,
            ledger,
        }
    }

    /// Appends entries with something personal in each, of a facility.
    pub(crate) async fn append(&self, entries: usize, facility: &str) {
        let appended = join_all((0..entries).map(|nth| {
            self.ledger.append(Draft {
                who: None,
                facility: FacilityId(facility.to_owned()),
                terminal: None,
                address: None,
                request: None,
                person: None,
                event: Event::SignInRefused {
                    name: format!("somebody {nth}"),
                    why: "unknown_or_wrong".to_owned(),
                },
            })
        }))
        .await;
        assert!(appended.iter().all(Result::is_ok));
    }

    pub(crate) fn last(&self) -> u64 {
        let reader = read(self.folder.path(), None).expect("a ledger");
        reader.last_place().expect("a place")
    }

    /// Ships to a database, without making anybody wait.
    pub(crate) fn ship(&self, target: Target) -> Archive {
        self.ship_as(self.name, target)
    }

    pub(crate) fn ship_as(&self, name: &str, target: Target) -> Archive {
        let node = NodeId(name.to_owned());
        let folder = self.folder.path().to_owned();
        Archive::start(archive::Settings {
            every: Duration::from_millis(20),
            keys_every: Duration::from_millis(50),
            answer: Duration::from_secs(5),
            again: (Duration::from_millis(50), Duration::from_millis(200)),
            ..archive::Settings::new(node, folder, target)
        })
        .expect("it starts")
    }

    /// Everything has arrived, each byte of it.
    pub(crate) async fn all_arrived(&self, archive: &Archive, postgres: &Postgres) {
        let last = self.last();
        until(archive, |lag| lag.archived == Some(last)).await;
        self.is_same(postgres).await;
    }

    pub(crate) async fn is_same(&self, postgres: &Postgres) {
        let rows = postgres
            .sql(&format!(
                "SELECT seq, encode(body, 'hex'), encode(leaf, 'hex'), encode(chain, 'hex') \
                 FROM ledger_entry WHERE node = '{}' ORDER BY seq",
                self.name
            ))
            .await;
        let reader = read(self.folder.path(), None).expect("a ledger");
        let own = reader.entries_after(0, usize::MAX, usize::MAX);
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let own: Vec<Vec<String>> = own
            .expect("entries")
            .iter()
            .map(|entry| {
                let (body, leaf) = (hex(&entry.body), hex(&entry.leaf));
                vec![entry.seq.to_string(), body, leaf, hex(&entry.chain)]
            })
            .collect();
        assert_eq!(rows.len(), own.len());
        assert!(rows == own, "the same bytes in the same order");
    }

    /// What `ledger verify` says of the archive to whoever has this node's configuration.
    pub(crate) fn verify(&self, postgres: &Postgres) -> (i32, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| shown(&folder.path().join(name));
        std::fs::write(path("key"), data_encoding::BASE64.encode(&KEY)).expect("written");
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path("key"), own).expect("its owner's alone");
        std::fs::write(path("password"), PASSWORD).expect("written");
        let config = format!(
            "node = \"{}\"\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\n\
             folder = {:?}\nkey_file = {:?}\nhosts = [\"a\"]\n\
             [archive]\naddress = {:?}\npassword_file = {:?}\n",
            self.name,
            shown(self.folder.path()),
            path("key"),
            postgres.address("n1"),
            path("password"),
        );
        std::fs::write(path("config.toml"), config).expect("written");
        let arguments = ["ledger", "verify", "--config", &path("config.toml")];
        let (code, out, err) = told(&arguments);
        (code, out + &err)
    }
}

/// Waits until the archive is so far.
pub(crate) async fn until(archive: &Archive, is_so: impl Fn(&Lag) -> bool) -> Lag {
    let begun = Instant::now();
    loop {
        let lag = archive.lag();
        if is_so(&lag) {
            return lag;
        }
        assert!(begun.elapsed() < PATIENCE, "{lag:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What `ledger verify --archive` says to whoever has only the archive.
pub(crate) fn verified(postgres: &Postgres, more: &[&str]) -> (i32, String) {
    let password = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(password.path(), PASSWORD).expect("written");
    let (address, password) = (postgres.address("n1"), shown(password.path()));
    let arguments = [
        &["ledger", "verify", "--archive", &address][..],
        &["--password-file", &password],
        more,
    ];
    let (code, out, err) = told(&arguments.concat());
    (code, out + &err)
}
