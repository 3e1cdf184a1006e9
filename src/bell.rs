//! Between the nodes: what one changes of the handoffs the others look at, at once where they share
//! a Redis, else with their next look. Part of starting a node; may name what that may.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{cache::Cache, handoff::Handoffs};

/// Keeps handoffs up with what other nodes change, and tells them of what this one changes, until it
/// stops.
pub async fn keep(cache: Cache, handoffs: Handoffs, stop: CancellationToken) {
    let (rung, heard) = watch::channel(0);
    let own = handoffs.own_changes();
    tokio::join!(
        handoffs.keep_up(heard, stop.clone()),
        cache.clone().hear(rung, stop.clone()),
        ring(cache, own, stop),
    );
}

/// However many changes there were while it was being rung, it is rung once more.
async fn ring(cache: Cache, mut own: watch::Receiver<u64>, stop: CancellationToken) {
    while let Some(Ok(())) = stop.run_until_cancelled(own.changed()).await {
        own.mark_unchanged();
        cache.ring().await;
    }
}
