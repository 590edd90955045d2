use std::time::{Duration, Instant};

use scale_out::{
    log::{Feeds, LogError},
    protocol::Position,
};
use tokio::time::sleep;

use crate::hub::Hub;

/// How often to ask where the feeds end: after a flush of Redis nothing else comes.
const LOOK: Duration = Duration::from_secs(1);
/// How long to wait before the next attempt.
const RETRY: Duration = Duration::from_millis(200);

/// Reads the feeds of all shards for ever.
pub(crate) async fn follow(hub: &Hub) {
    loop {
        if let Err(error) = follow_once(hub).await {
            eprintln!("{error}");
        }
        sleep(RETRY).await;
    }
}

async fn follow_once(hub: &Hub) -> Result<(), LogError> {
    let mut feeds = hub.log.subscribe().await?;
    loop {
        for shard in 0..hub.node(|node| node.feed_positions().len()) {
            let end = hub.log.feed_end(shard).await?;
            hub.node(|node| node.feed_ends(shard, end));
        }
        read_until(Instant::now() + LOOK, hub, &mut feeds).await?;
    }
}

/// Reads, and then until this time.
async fn read_until(end: Instant, hub: &Hub, feeds: &mut Feeds) -> Result<(), LogError> {
    loop {
        let positions: Vec<Position> =
            hub.node(|node| node.feed_positions().iter().copied().flatten().collect());
        for (shard, entries) in feeds.read(&positions).await? {
            hub.node(|node| node.fed(shard, entries));
        }
        hub.subscription_is_alive();
        if Instant::now() >= end {
            return Ok(());
        }
    }
}
