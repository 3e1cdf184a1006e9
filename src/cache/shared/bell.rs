//! A bell between the nodes, by Redis' channels: whoever hears it looks at what the nodes share
//! elsewhere. It says nothing, and it may be missed.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::server::Redis;

/// The channel's name.
pub(super) const CHANNEL: &str = "es:bell";
/// How long is waited before Redis is listened to again.
const PAUSE: Duration = Duration::from_secs(1);

/// Counts how often it was rung, until the node stops. What was rung while nobody could listen is
/// not known: beginning to listen counts, too.
pub(in crate::cache) async fn hear(
    redis: &Redis,
    rung: &watch::Sender<u64>,
    stop: &CancellationToken,
) {
    let count = || rung.send_modify(|count| *count = count.wrapping_add(1));
    let listen = async || {
        let mut listening = redis.listen().await?;
        listening.subscribe(CHANNEL).await?;
        count();
        let mut heard = listening.on_message();
        while heard.next().await.is_some() {
            count();
        }
        redis::RedisResult::Ok(())
    };
    loop {
        match stop.run_until_cancelled(listen()).await {
            None => return,
            Some(Ok(())) => tracing::warn!("the bell between the nodes was lost"),
            Some(Err(_)) => {}
        }
        let pause = tokio::time::sleep(PAUSE);
        if stop.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}
