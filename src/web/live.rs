//! Server-sent events: a page is told that something has changed, never what. It then asks for
//! itself, through every guard there is.

use std::{convert::Infallible, time::Duration};

use actix_web::{HttpResponse, http::header, web::Bytes};
use futures_util::stream;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, timeout},
};

use super::connections::Held;

/// How often something is said on a connection on which nothing happens: twice within the time after
/// which it would be shut down.
const PULSE: Duration = Duration::from_secs(4);

/// How long one connection is told: then the browser asks anew, and whether it may is looked at
/// again.
const LONGEST: Duration = Duration::from_mins(5);

/// What the page hears, in the words of the protocol.
const CHANGED: &[u8] = b"event: changed\ndata: changed\n\n";
/// Nothing has changed, and somebody is still there.
const STILL: &[u8] = b": still\n\n";
/// The first words: after how many milliseconds to come again.
const WELCOME: &[u8] = b"retry: 2000\n\n";

/// One page that listens.
struct Listening {
    changes: watch::Receiver<u64>,
    held: Option<Held>,
    until: Instant,
    has_begun: bool,
    /// Its place among those that listen, until it is over.
    _place: Option<OwnedSemaphorePermit>,
}

impl Listening {
    /// What is said next; `None` where it is over.
    async fn next(&mut self) -> Option<&'static [u8]> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some(WELCOME);
        }
        if Instant::now() >= self.until {
            return None;
        }
        match timeout(PULSE, self.changes.changed()).await {
            Ok(Ok(())) => {
                self.changes.mark_unchanged();
                Some(CHANGED)
            }
            // Nobody will say anything any more: the node stops.
            Ok(Err(_)) => None,
            Err(_) => Some(STILL),
        }
    }
}

/// The media type of events, which browsers that listen ask for.
pub(super) const KIND: &str = "text/event-stream";

/// The answer for whoever does not listen.
pub(super) fn once() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, KIND))
        .body(WELCOME)
}

/// The answer that goes on. However often something changed while nothing could be sent, it is said
/// once.
pub(super) fn respond(
    changes: watch::Receiver<u64>,
    held: Option<Held>,
    place: OwnedSemaphorePermit,
) -> HttpResponse {
    let listening = Listening {
        changes,
        held,
        until: Instant::now() + LONGEST,
        has_begun: false,
        _place: Some(place),
    };
    let told = stream::unfold(listening, |mut listening| async move {
        let said = listening.next().await?;
        if let Some(held) = &listening.held {
            held.sent();
        }
        Some((Ok::<_, Infallible>(Bytes::from_static(said)), listening))
    });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, KIND))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listening(changes: watch::Receiver<u64>) -> Listening {
        Listening {
            changes,
            held: None,
            until: Instant::now() + LONGEST,
            has_begun: false,
            _place: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn changes_are_said_once_and_silence_is_said_before_the_connection_is_given_up() {
        let (sender, changes) = watch::channel(0);
        let mut page = listening(changes);
        assert_eq!(page.next().await, Some(WELCOME));
        assert_eq!(page.next().await, Some(STILL));
        for version in 1..=3 {
            sender.send_replace(version);
        }
        assert_eq!(page.next().await, Some(CHANGED));
        assert_eq!(page.next().await, Some(STILL));
        drop(sender);
        assert_eq!(page.next().await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn after_some_minutes_the_browser_has_to_ask_again() {
        let (sender, changes) = watch::channel(0);
        let mut page = listening(changes);
        let begun = Instant::now();
        while page.next().await.is_some() {}
        let passed = begun.elapsed();
        assert!(passed >= LONGEST && passed <= LONGEST + PULSE, "{passed:?}");
        drop(sender);
    }
}
