//! Real `redis-server` processes on free ports, ended with the test.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use redis::FromRedisValue;
use rustix::process::{Pid, Signal, kill_process};

/// Longer than any of them takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The file of a Sentinel's settings: it stands before every other word.
pub(super) const SENTINEL: &str = "sentinel.conf";

/// A name with its fields and their values.
pub(super) type Held = (String, Vec<(Vec<u8>, Vec<u8>)>);

/// One process.
pub(crate) struct Server {
    process: Child,
    /// Where it listens.
    pub(crate) port: u16,
    /// Where its files are.
    pub(super) folder: tempfile::TempDir,
}

/// A port that nobody listens at now. A Cluster's own port must be beside it, below 65,536.
pub(super) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

impl Server {
    /// Starts one; `None`, said loudly, on a machine without.
    pub(crate) async fn start(more: &[&str]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_in(folder, free_port(), more).await
    }

    /// Starts one whose files are there.
    pub(crate) async fn start_in(
        folder: tempfile::TempDir,
        port: u16,
        more: &[&str],
    ) -> Option<Self> {
        let mut program = Command::new("redis-server");
        program.args(more.iter().filter(|word| **word == SENTINEL));
        program.args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
        ]);
        program.args(more.iter().filter(|word| **word != SENTINEL));
        let process = program
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(process) = process else {
            eprintln!("SKIPPED: no redis-server on this machine");
            return None;
        };
        let server = Self {
            process,
            port,
            folder,
        };
        until("it listens", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        })
        .await;
        Some(server)
    }

    /// Its address.
    pub(super) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What it answers.
    pub(super) fn ask<T: FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let mut connection = redis::Client::open(self.address())?.get_connection()?;
        let (name, arguments) = words.split_first().expect("a command");
        redis::cmd(name).arg(arguments).query(&mut connection)
    }

    /// Says something to it.
    #[track_caller]
    pub(super) fn tell(&self, words: &[&str]) {
        let () = self.ask(words).expect("it does so");
    }

    /// Every byte it holds, values and names.
    pub(super) fn holds(&self) -> Vec<Held> {
        let mut names: Vec<String> = self.ask(&["KEYS", "es:a:*"]).expect("names");
        names.sort();
        names
            .into_iter()
            .map(|name| {
                let fields = self.ask(&["HGETALL", &name]).expect("fields");
                (name, fields)
            })
            .collect()
    }

    pub(super) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.id()).expect("an id");
        kill_process(Pid::from_raw(id).expect("an id"), signal).expect("a process");
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits for a process that has its own time.
pub(super) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
