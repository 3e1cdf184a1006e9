//! The second level, shared by the nodes: Redis. It can only save work: every call is bounded, and
//! every failure is a miss.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::time::timeout;

/// Longer than this a new connection is not waited for in the background.
const CONNECT: Duration = Duration::from_millis(500);
/// Larger values stay in this process: moving them takes longer than asking the source.
const LARGEST: usize = 4 * 1024 * 1024;
const PREFIX: &[u8] = b"es:a:";

/// A Redis server, asked at most `wait` at a time.
#[derive(Clone)]
pub(super) struct Shared {
    manager: ConnectionManager,
    wait: Duration,
}

impl Shared {
    /// Takes the server's address; connects at the first use. Needs a running tokio runtime.
    ///
    /// # Errors
    /// In words, where it is no address; credentials in it are not repeated.
    pub(super) fn new(address: &str, wait: Duration) -> Result<Self, String> {
        let client = redis::Client::open(address)
            .map_err(|_| "the address of Redis is not usable".to_owned())?;
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(1)
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(wait));
        let manager = ConnectionManager::new_lazy_with_config(client, config)
            .map_err(|_| "Redis cannot be set up".to_owned())?;
        Ok(Self { manager, wait })
    }

    /// The value kept under `key`.
    pub(super) async fn get(&self, key: &[u8; 32]) -> Option<Vec<u8>> {
        let mut manager = self.manager.clone();
        let mut command = redis::cmd("GET");
        command.arg(name(key));
        let answer = timeout(
            self.wait,
            command.query_async::<Option<Vec<u8>>>(&mut manager),
        )
        .await;
        match answer {
            Ok(Ok(value)) => {
                count("get", if value.is_some() { "hit" } else { "miss" });
                value
            }
            Ok(Err(_)) => {
                count("get", "error");
                None
            }
            Err(_) => {
                count("get", "late");
                None
            }
        }
    }

    /// Keeps a sealed value for `life`.
    pub(super) async fn put(&self, key: &[u8; 32], sealed: Vec<u8>, life: Duration) {
        if sealed.len() > LARGEST {
            count("put", "too_large");
            return;
        }
        let mut manager = self.manager.clone();
        let mut command = redis::cmd("SET");
        command
            .arg(name(key))
            .arg(sealed)
            .arg("EX")
            .arg(life.as_secs().max(1));
        let outcome = match timeout(self.wait, command.query_async::<()>(&mut manager)).await {
            Ok(Ok(())) => "kept",
            Ok(Err(_)) => "error",
            Err(_) => "late",
        };
        count("put", outcome);
    }
}

fn name(key: &[u8; 32]) -> Vec<u8> {
    [PREFIX, key].concat()
}

fn count(call: &'static str, outcome: &'static str) {
    metrics::counter!("cache_shared_total", "call" => call, "outcome" => outcome).increment(1);
}
