//! The connection to Redis, kept up by a task of its own: whoever asks uses what is there at once,
//! and passes the shared level over while there is nothing, or nothing that answers in time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use redis::RedisError;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout, timeout_at},
};

use super::server::{Connection, Form, Redis};

/// So many late answers in a row, and the shared level is passed over.
const LATE_IN_A_ROW: u32 = 3;
/// How long a first connection is waited for as if it came any moment.
const SETTLED: Duration = Duration::from_millis(500);
/// How long a connection may take to come about, Sentinels that do not answer included.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long is waited at first before Redis is tried again, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// How Redis stands.
#[derive(Clone)]
enum State {
    /// It is asked for the first time.
    Starting,
    /// It answers in time.
    There(Connection),
    /// It is passed over.
    Away,
}

/// Why a call came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missed {
    /// Nobody was asked.
    Away,
    /// No answer in time.
    Late,
    /// The connection broke, or Redis said no.
    Refused,
}

/// The connection. Cloning shares it; with the last clone its task ends.
#[derive(Clone)]
pub(super) struct Link {
    state: Arc<watch::Sender<State>>,
    struck: mpsc::Sender<()>,
    late: Arc<AtomicU32>,
    form: Form,
    /// How long a call is usually given: one that had less says nothing about Redis.
    wait: Duration,
}

impl Link {
    /// Begins to connect; a connection counts as one where it answers within `wait`. Needs a running
    /// tokio runtime.
    pub(super) fn new(server: Redis, wait: Duration) -> Self {
        let state = Arc::new(watch::Sender::new(State::Starting));
        let (struck, strikes) = mpsc::channel(1);
        let late = Arc::new(AtomicU32::new(0));
        let form = server.form.clone();
        let told = (Arc::clone(&state), Arc::clone(&late));
        #[expect(
            clippy::disallowed_methods,
            reason = "it ends with the last clone, and holds nothing that a stop must wait for"
        )]
        tokio::spawn(keep(server, wait, told, strikes));
        Self {
            state,
            struck,
            late,
            form,
            wait,
        }
    }

    /// Asks Redis, until `until` at the longest.
    pub(super) async fn ask<T, F: Future<Output = Result<T, RedisError>>>(
        &self,
        until: Instant,
        asked: impl FnOnce(Connection) -> F,
    ) -> Result<T, Missed> {
        let connection = self.connection(until).await?;
        let begun = Instant::now();
        match timeout_at(until, asked(connection)).await {
            Ok(Ok(answer)) => {
                self.late.store(0, Ordering::Relaxed);
                Ok(answer)
            }
            Ok(Err(error)) => {
                self.judge(&error);
                Err(if error.is_timeout() {
                    Missed::Late
                } else {
                    Missed::Refused
                })
            }
            Err(_) => {
                // Who asked may have had next to no time left, as at the end of a page's budget.
                if begun.elapsed() >= self.wait / 2 {
                    self.was_late();
                }
                Err(Missed::Late)
            }
        }
    }

    async fn connection(&self, until: Instant) -> Result<Connection, Missed> {
        let mut state = self.state.subscribe();
        let settled = state.wait_for(|state| !matches!(state, State::Starting));
        let Ok(Ok(state)) = timeout_at(until, settled).await else {
            return Err(Missed::Away);
        };
        match &*state {
            State::There(connection) => Ok(connection.clone()),
            State::Starting | State::Away => Err(Missed::Away),
        }
    }

    /// Whether a connection is of use after this.
    fn judge(&self, error: &RedisError) {
        if error.is_timeout() {
            self.was_late();
            return;
        }
        let is_broken = error.is_io_error() || error.is_connection_dropped();
        // A Cluster's connection mends itself; one that was a master may be another's replica now.
        let is_gone = match self.form {
            Form::Single => is_broken,
            Form::Sentinel { .. } => {
                is_broken
                    || matches!(
                        error.kind(),
                        redis::ErrorKind::Server(redis::ServerErrorKind::ReadOnly)
                    )
            }
            Form::Cluster => false,
        };
        if is_gone {
            self.strike();
        } else if is_broken {
            self.was_late();
        }
    }

    fn was_late(&self) {
        if self.late.fetch_add(1, Ordering::Relaxed) + 1 >= LATE_IN_A_ROW {
            self.strike();
        }
    }

    /// At once, since every further call would wait in vain; and only then is the task told, which
    /// else could have connected anew before.
    fn strike(&self) {
        tell(&self.state, State::Away);
        // One that waits already says the same.
        self.struck.try_send(()).ok();
    }
}

/// Keeps a connection until nobody can ask any more.
async fn keep(
    server: Redis,
    wait: Duration,
    (state, late): (Arc<watch::Sender<State>>, Arc<AtomicU32>),
    mut strikes: mpsc::Receiver<()>,
) {
    let mut pause = PAUSE.0;
    loop {
        if let Some(connection) = connected(&server, wait, &state).await {
            while strikes.try_recv().is_ok() {}
            late.store(0, Ordering::Relaxed);
            tell(&state, State::There(connection));
            pause = PAUSE.0;
            if strikes.recv().await.is_none() {
                return;
            }
            tracing::warn!("the shared cache does not answer and is passed over");
            metrics::counter!("cache_shared_passed_over_total").increment(1);
            tell(&state, State::Away);
        } else {
            tell(&state, State::Away);
            if let Ok(None) = timeout(pause, strikes.recv()).await {
                return;
            }
            pause = (pause * 2).min(PAUSE.1);
        }
    }
}

fn tell(state: &watch::Sender<State>, now: State) {
    let is_there = matches!(now, State::There(_));
    metrics::gauge!("cache_shared_up").set(if is_there { 1.0 } else { 0.0 });
    state.send_replace(now);
}

/// A connection that has answered in time.
async fn connected(
    server: &Redis,
    wait: Duration,
    state: &watch::Sender<State>,
) -> Option<Connection> {
    let mut connecting = std::pin::pin!(timeout(PATIENCE, server.connect(wait)));
    let connected = if let Ok(connected) = timeout(SETTLED, &mut connecting).await {
        connected
    } else {
        tell(state, State::Away);
        connecting.await
    };
    let mut connection = connected.ok()?.ok()?;
    let answered = timeout(wait, redis::cmd("PING").exec_async(&mut connection)).await;
    matches!(answered, Ok(Ok(()))).then_some(connection)
}
