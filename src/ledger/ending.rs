//! What may hang on a stalled device: it is waited for, but not for ever, and never by who ends the
//! process.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

/// How long whoever stops waits for a thread. What it had not made durable nobody was told of.
pub(super) const CLOSING: Duration = Duration::from_secs(5);

/// A thread that is about to end.
pub(super) struct Ending(Option<Receiver<bool>>);

impl Ending {
    /// Does `last` in a thread of its own; it says whether all went as it should.
    pub(super) fn begin(last: impl FnOnce() -> bool + Send + 'static) -> Self {
        let (tell, told) = channel();
        let begun = std::thread::Builder::new()
            .name("closing".to_owned())
            .spawn(move || {
                // Whoever waited may have given up.
                tell.send(last()).ok();
            });
        Self(begun.is_ok().then_some(told))
    }

    /// Waits until then at the longest; whether it had ended, as it should.
    pub(super) fn wait(self, until: Instant, what: &'static str) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        match self.0.map(|told| told.recv_timeout(left)) {
            Some(Ok(true)) => return true,
            Some(Err(RecvTimeoutError::Timeout)) => {
                tracing::error!(what, "its device stalls; it is not waited for any more");
            }
            Some(Ok(false) | Err(RecvTimeoutError::Disconnected)) | None => {
                tracing::error!(what, "it had stopped before it was told to");
            }
        }
        false
    }
}

/// Waits for a thread that was told to end; not for ever.
pub(super) fn join(thread: JoinHandle<()>, what: &'static str) {
    let ending = Ending::begin(move || thread.join().is_ok());
    ending.wait(Instant::now() + CLOSING, what);
}

/// Does what may hang in a thread of its own, which no stop of the runtime waits for; `None` where
/// there can be no thread.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, told) = oneshot::channel();
    std::thread::Builder::new()
        .name("reading".to_owned())
        .spawn(move || drop(tell.send(work())))
        .ok()?;
    told.await.ok()
}
