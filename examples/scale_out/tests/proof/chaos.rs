use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use fastrand::Rng;
use scale_out::cluster::{NodeProcess, RedisServer, Signal};
use tokio::time::sleep;

/// Longer than the silence after which a client gives up a node.
const STOPPED: Duration = Duration::from_secs(6);

/// Between the last kills.
const CALM: Duration = Duration::from_secs(2);

/// What has gone wrong, how often.
#[derive(Debug, Default)]
pub(crate) struct Harm {
    pub(crate) kills: u32,
    pub(crate) stops: u32,
    pub(crate) drains: u32,
    pub(crate) restarts: u32,
    pub(crate) flushes: u32,
}

/// What goes wrong.
pub(crate) struct Chaos<'a> {
    pub(crate) random: Rng,
    pub(crate) redis: &'a mut RedisServer,
    pub(crate) nodes: &'a mut [NodeProcess],
    pub(crate) flushes: bool,
    pub(crate) harm: Harm,
}

impl Chaos<'_> {
    /// Everything goes wrong at least once, and then nodes are killed until `is_over`. In the end all is
    /// up.
    pub(crate) async fn rage(mut self, is_over: &AtomicBool) -> Harm {
        self.kill_some().await;
        self.restart().await;
        self.flush().await;
        self.stop().await;
        self.kill_some().await;
        self.drain().await;
        self.restart().await;
        self.kill_some().await;
        self.flush().await;
        while !is_over.load(Ordering::Relaxed) {
            self.kill().await;
            // Clients that are disconnected again and again wait longer and longer.
            sleep(CALM).await;
        }
        self.harm
    }

    async fn pause(&mut self) {
        sleep(Duration::from_millis(self.random.u64(50..400))).await;
    }

    async fn kill(&mut self) {
        self.pause().await;
        let node = self.random.usize(..self.nodes.len());
        self.kill_node(node).await;
    }

    async fn kill_some(&mut self) {
        for _ in 0..3 {
            self.kill().await;
        }
    }

    async fn kill_node(&mut self, node: usize) {
        self.nodes[node].kill().unwrap();
        self.pause().await;
        self.nodes[node].start_again().unwrap();
        self.harm.kills += 1;
    }

    /// A node stops, with its subscription and its connections open; meanwhile another one is killed.
    async fn stop(&mut self) {
        self.pause().await;
        let node = self.random.usize(..self.nodes.len());
        self.nodes[node].signal(Signal::Stop).unwrap();
        sleep(STOPPED / 2).await;
        self.kill_node((node + 1) % self.nodes.len()).await;
        sleep(STOPPED / 2).await;
        self.nodes[node].signal(Signal::Continue).unwrap();
        self.harm.stops += 1;
    }

    async fn drain(&mut self) {
        self.pause().await;
        let node = &mut self.nodes[self.random.usize(..self.nodes.len())];
        node.signal(Signal::Terminate).unwrap();
        while node.is_running().unwrap() {
            sleep(Duration::from_millis(50)).await;
        }
        node.start_again().unwrap();
        self.harm.drains += 1;
    }

    async fn restart(&mut self) {
        self.pause().await;
        self.redis.crash().unwrap();
        self.pause().await;
        self.redis.start_again().unwrap();
        self.harm.restarts += 1;
    }

    async fn flush(&mut self) {
        if !self.flushes {
            return;
        }
        self.pause().await;
        let client = redis::Client::open(self.redis.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
        self.harm.flushes += 1;
    }
}
