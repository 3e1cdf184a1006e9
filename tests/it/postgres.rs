//! A real PostgreSQL on a free port, started by the test that wants one and gone with it.

use std::{
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// The password of every role of the tests.
pub(crate) const PASSWORD: &str = "pass-of-the-archive";

/// A cluster with a database `archive` and the role `owner`, who may do everything. Nothing of the
/// program is named here: the program's own tests start one, too.
pub(crate) struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Postgres {
    /// Starts one with further settings and without tables, or says why that cannot be done here.
    pub(crate) async fn start_without_tables(settings: &[(&str, &str)]) -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("SKIPPED: no PostgreSQL on this machine");
            return None;
        };
        let folder = prepared(settings);
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port")
            .port();
        let postgres = Self {
            folder,
            programs,
            port,
        };
        let password = postgres.folder.path().join("password");
        let created = postgres.run(
            "initdb",
            &[
                "-D",
                &postgres.data(),
                "-U",
                "owner",
                "-A",
                "scram-sha-256",
                "--pwfile",
                password.to_str().expect("UTF-8"),
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
        );
        assert!(created.status.success(), "initdb: {created:?}");
        let others: Vec<String> = settings
            .iter()
            .filter(|(name, _)| !name.contains('.'))
            .map(|(name, value)| format!("{name} = {value}\n"))
            .collect();
        let text = format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = ''\n\
             fsync = off\nmax_connections = 30\nshared_buffers = 16MB\n{}",
            others.concat()
        );
        let file = postgres.folder.path().join("data/postgresql.auto.conf");
        std::fs::write(file, text).expect("written");
        postgres.start_again();
        postgres.admin("postgres", "CREATE DATABASE archive").await;
        Some(postgres)
    }

    fn data(&self) -> String {
        let data = self.folder.path().join("data");
        data.to_str().expect("UTF-8").to_owned()
    }

    /// A file beside its data, as `start_without_tables` was told to write.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// PostgreSQL refuses to run as root.
    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .output()
            .expect("it runs")
    }

    /// Starts the server, also after it was killed.
    #[track_caller]
    pub(crate) fn start_again(&self) {
        let log = self.folder.path().join("log");
        let log = log.to_str().expect("UTF-8");
        let begun = Instant::now();
        loop {
            // What it writes on its own streams would keep them open after it has gone.
            let started = self.run(
                "pg_ctl",
                &["-D", &self.data(), "-w", "-s", "-l", log, "start"],
            );
            if started.status.success() {
                return;
            }
            let said = std::fs::read_to_string(log).unwrap_or_default();
            // What was killed leaves others behind for a moment.
            let is_late = begun.elapsed() > Duration::from_mins(1);
            assert!(!is_late, "PostgreSQL does not start: {started:?}\n{said}");
        }
    }

    fn pid(&self) -> Pid {
        let file = self.folder.path().join("data/postmaster.pid");
        let text = std::fs::read_to_string(file).expect("it is running");
        let number = text.lines().next().expect("its number").trim();
        Pid::from_raw(number.parse().expect("a number")).expect("a process")
    }

    /// `kill -9`, with everything that serves a connection: else one of them answers once more.
    pub(crate) fn kill(&self) {
        let own = self.pid();
        let others = children(own);
        kill_process(own, Signal::KILL).expect("it is running");
        for process in others {
            // One that has just ended needs no signal.
            kill_process(process, Signal::KILL).ok();
        }
    }

    /// Stops it where it stands, with everything that serves a connection: it answers nothing any
    /// more, and nobody is told.
    pub(crate) fn hang(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub(crate) fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let own = self.pid();
        kill_process(own, signal).expect("it is running");
        for process in children(own) {
            // One that has just ended needs no signal.
            kill_process(process, signal).ok();
        }
    }

    /// Its address for a role.
    pub(crate) fn address(&self, role: &str) -> String {
        format!("postgresql://{role}@127.0.0.1:{}/archive", self.port)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Runs SQL as the owner: the rows of its answer.
    pub(crate) async fn sql(&self, sql: &str) -> Vec<Vec<String>> {
        self.admin("archive", sql).await
    }

    /// The same in another database.
    pub(crate) async fn admin(&self, database: &str, sql: &str) -> Vec<Vec<String>> {
        self.try_sql("owner", database, sql).await.expect("SQL")
    }

    /// Runs SQL as any role: the rows of its answer, or why not.
    pub(crate) async fn try_sql(
        &self,
        role: &str,
        database: &str,
        sql: &str,
    ) -> Result<Vec<Vec<String>>, String> {
        let (client, driver) = tokio_postgres::Config::new()
            .host("127.0.0.1")
            .port(self.port)
            .user(role)
            .password(PASSWORD)
            .dbname(database)
            .connect(NoTls)
            .await
            .map_err(|error| error.to_string())?;
        let work = async {
            let messages = client.simple_query(sql).await;
            drop(client);
            messages
        };
        let (messages, _) = tokio::join!(work, driver);
        let messages = messages.map_err(|error| {
            error
                .as_db_error()
                .map_or_else(|| error.to_string(), |error| error.message().to_owned())
        })?;
        let rows = messages.iter().filter_map(|message| {
            let SimpleQueryMessage::Row(row) = message else {
                return None;
            };
            let columns = 0..row.len();
            let texts = columns.map(|column| row.get(column).unwrap_or("NULL").to_owned());
            Some(texts.collect())
        });
        Ok(rows.collect())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let pid = self.folder.path().join("data/postmaster.pid");
        if pid.exists() {
            // A test may have failed while it was dead.
            if test_kill_process(self.pid()).is_ok() {
                self.go_on();
            }
            self.run(
                "pg_ctl",
                &["-D", &self.data(), "-s", "-m", "immediate", "stop"],
            );
        }
    }
}

/// A folder that the server's own user has, with the files that are asked for.
fn prepared(settings: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mode = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder.path(), mode).expect("its mode");
    std::fs::write(folder.path().join("password"), PASSWORD).expect("written");
    for (name, text) in settings.iter().filter(|(name, _)| name.contains('.')) {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("written");
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, mode).expect("its mode");
    }
    if is_root() {
        let owned = Command::new("chown")
            .args(["-R", "postgres"])
            .arg(folder.path())
            .status();
        assert!(owned.is_ok_and(|status| status.success()), "chown");
    }
    folder
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The newest programs of the machine.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

fn children(of: Pid) -> Vec<Pid> {
    let processes = std::fs::read_dir("/proc").expect("/proc");
    processes
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let number: i32 = path.file_name()?.to_str()?.parse().ok()?;
            let parent = parent(&path)?;
            (parent == of.as_raw_nonzero().get()).then(|| Pid::from_raw(number))?
        })
        .collect()
}

fn parent(process: &Path) -> Option<i32> {
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    // The program's name stands in brackets, and may hold anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(1)?.parse().ok()
}
