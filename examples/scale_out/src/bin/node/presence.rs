use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::hub::Hub;

/// How often leases are renewed, which last three seconds.
const RENEWAL: Duration = Duration::from_secs(1);
/// How long to wait after a change: more may follow.
const PAUSE: Duration = Duration::from_millis(50);

/// Renews the leases of the users of this node for ever, and tells readers who is there.
pub(crate) async fn renew(hub: &Hub) {
    loop {
        for (room, users) in hub.node(|node| node.users()) {
            match hub.log.present(&room, &hub.name, &users).await {
                Ok(users) => hub.node(|node| node.present(&room, users)),
                // Leases end, and are renewed when Redis is back.
                Err(error) => eprintln!("{error}"),
            }
        }
        // Whether it was notified or not.
        let _ = timeout(RENEWAL, hub.presence.notified()).await;
        sleep(PAUSE).await;
    }
}
