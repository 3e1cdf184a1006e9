//! The built binary as an administrator runs it: its own process, its own streams, real signals.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use emergency_summary::{
    cli::demo::{self, Guide, GuideAccount},
    domain::clock::Clock,
    system::SystemClock,
};

use crate::{
    app::{fill, pairs},
    browser::Browser,
};

/// Longer than any start or stop may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server in a process of its own; killed when dropped.
pub(crate) struct Server {
    child: Child,
    lines: mpsc::Receiver<String>,
    /// What it has printed so far.
    pub printed: String,
}

impl Server {
    /// Starts the binary.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_as(binary(arguments))
    }

    fn start_as(mut program: Command) -> Self {
        let mut child = program
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("its output");
        let (said, lines) = mpsc::channel();
        std::thread::Builder::new()
            .spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if said.send(line).is_err() {
                        return;
                    }
                }
            })
            .expect("a thread");
        Self {
            child,
            lines,
            printed: String::new(),
        }
    }

    /// Reads what it prints up to a line with these words, which is returned.
    #[track_caller]
    pub(crate) fn until(&mut self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                let complaint = self.complaint();
                panic!("no line with {words:?}: {}\n{complaint}", self.printed);
            };
            self.printed.push_str(&line);
            self.printed.push('\n');
            if line.contains(words) {
                return line;
            }
        }
    }

    /// The demo in a folder, ready; with what it says of itself.
    #[track_caller]
    pub(crate) fn demo(folder: &Path) -> (Self, Guide) {
        Self::demo_as(folder, |_| {})
    }

    /// The same, started with what `change` adds.
    #[track_caller]
    pub(crate) fn demo_as(folder: &Path, change: impl FnOnce(&mut Command)) -> (Self, Guide) {
        let mut program = binary(&["demo", "--port", "0", "--dir", &shown(folder)]);
        change(&mut program);
        let mut server = Self::start_as(program);
        server.until("one-time codes");
        let text = std::fs::read_to_string(folder.join("demo.json")).expect("demo.json");
        (server, serde_json::from_str(&text).expect("a guide"))
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is running");
        self.child.wait().expect("it ends");
    }

    /// `kill -TERM`, or another signal, and how it ended.
    pub(crate) fn signal(mut self, signal: rustix::process::Signal) -> (ExitStatus, String) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).expect("it is running");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("its state") {
                return (status, self.complaint());
            }
            std::thread::yield_now();
        }
        panic!("it does not stop");
    }

    /// Process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    fn complaint(&mut self) -> String {
        let mut text = String::new();
        self.child.kill().ok();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut text).ok();
        }
        text
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The binary with these arguments, not yet started.
pub(crate) fn binary(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_emergency-summary"));
    command.args(arguments);
    command
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    binary(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs")
}

/// Runs the binary to its end: exit code, output, error output.
pub(crate) fn told(arguments: &[&str]) -> (i32, String, String) {
    let output = run(arguments);
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (
        output.status.code().expect("not killed"),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A path as an argument.
pub(crate) fn shown(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// Where a guide's pages are, on IPv4.
pub(crate) fn address(guide: &Guide) -> SocketAddr {
    let port = guide.address.rsplit(':').next().expect("a port");
    SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a number")))
}

/// Signs in with the code of this moment, which is good for one sign-in of this account.
pub(crate) async fn sign_in(browser: &Browser, account: &GuideAccount) {
    let login = browser.get("/login").await.is(200);
    let unix = u64::try_from(SystemClock.now().wall.timestamp()).expect("after 1970");
    let code = demo::code(&account.totp_secret, unix).expect("a code");
    let mut fields = login.form("login");
    fill(&mut fields, "account", &account.account);
    fill(&mut fields, "password", &account.password);
    fill(&mut fields, "code", &code);
    let page = browser.post("/login", &pairs(&fields)).await;
    assert_eq!(page.status, 303, "{}", page.body);
}
