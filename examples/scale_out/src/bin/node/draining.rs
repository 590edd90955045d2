use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::hub::Hub;

/// How many waves there are at most, and how long after each other.
const WAVES: usize = 10;
const INTERVAL: Duration = Duration::from_millis(200);
/// Over how many milliseconds the clients of a wave spread their return.
const RETURN_WITHIN: u64 = 1_000;
/// How long clients may take to close.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends all clients away, in waves: the other nodes get them one after the other.
pub(crate) async fn drain(hub: &Hub) {
    hub.begin_draining();
    let until = Instant::now() + TIMEOUT;
    let wave = hub.node(|node| node.reader_count()).div_ceil(WAVES).max(1);
    while hub.node(|node| node.release(wave, || fastrand::u64(..RETURN_WITHIN))) > 0 {
        sleep(INTERVAL).await;
    }
    while hub.node(|node| node.reader_count()) > 0 && Instant::now() < until {
        sleep(Duration::from_millis(20)).await;
    }
}
