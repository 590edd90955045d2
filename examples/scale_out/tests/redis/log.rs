use fastrand::Rng;
use scale_out::{
    cluster::RedisServer,
    log::{Kept, MemoryLog, Options, RedisLog, shard_of},
    protocol::{Name, Position, Publication},
};
use tokio::task::JoinSet;

use crate::directory::Directory;

const SHARDS: usize = 2;
/// Redis trims whole blocks of a hundred entries: below, it keeps what it is asked for.
const KEPT: Kept = Kept { room: 1_000, feed: 1_000 };

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn publication(room: &str, publisher: &str, sequence: u64) -> Publication {
    let text = format!("{publisher} {sequence}: \"Grüße\"\n");
    Publication { room: name(room), publisher: name(publisher), sequence, text }
}

fn options(survives_restart: bool) -> Options {
    Options { shards: SHARDS, kept: KEPT, survives_restart }
}

async fn flush(server: &RedisServer) {
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let () = redis::cmd("FLUSHALL").query_async(&mut connection).await.unwrap();
}

/// A position relative to its epoch: the epochs of the logs are different moments.
fn relative(position: Position, begun: &mut Vec<u64>) -> (usize, u64) {
    let epoch = begun.iter().position(|epoch| *epoch == position.epoch).unwrap_or_else(|| {
        begun.push(position.epoch);
        begun.len() - 1
    });
    (epoch, position.number)
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn the_log_in_memory_does_what_the_scripts_do_in_redis() {
    let directory = Directory::new("model");
    let mut server = RedisServer::start(&directory.path).unwrap();
    let redis = RedisLog::open(&server.url(), options(false)).unwrap();
    let mut memory = MemoryLog::new(SHARDS, KEPT);
    let mut random = Rng::with_seed(7);
    let (mut in_redis, mut in_memory) = (Vec::new(), Vec::new());
    let mut positions = vec![None];
    for step in 0..600 {
        let room = ["red", "green", "blue"][random.usize(..3)];
        match random.u32(..100) {
            0..60 => {
                let (publisher, sequence) =
                    (["a", "b"][random.usize(..2)], random.u64(1..=step + 1));
                let publication = publication(room, publisher, sequence);
                let (left, right) =
                    (redis.append(&publication).await.unwrap(), memory.append(&publication));
                assert_eq!(
                    left.map(|position| relative(position, &mut in_redis)),
                    right.map(|position| relative(position, &mut in_memory)),
                );
                positions.push(left.zip(right));
            }
            60..95 => {
                let after = positions[random.usize(..positions.len())];
                let limit = random.usize(1..20);
                let left =
                    redis.read(&name(room), after.map(|(left, _)| left), limit).await.unwrap();
                let right = memory.read(&name(room), after.map(|(_, right)| right), limit);
                let page = |page: scale_out::log::Page, begun: &mut Vec<u64>| {
                    let end = Position { epoch: page.epoch, number: page.last };
                    let mut messages = Vec::new();
                    for message in page.messages {
                        messages.push((relative(message.position, begun), message.publication));
                    }
                    (relative(end, begun), messages)
                };
                assert_eq!(page(left, &mut in_redis), page(right, &mut in_memory));
            }
            95..98 => {
                let shard = random.usize(..SHARDS);
                let (left, right) = (redis.feed_end(shard).await.unwrap(), memory.feed_end(shard));
                assert_eq!(relative(left, &mut in_redis), relative(right, &mut in_memory));
            }
            98 => {
                flush(&server).await;
                memory.flush(step * 1_000_000);
            }
            _ => {
                server.crash().unwrap();
                server.start_again().unwrap();
                memory.restart_from(memory.clone());
                // The first command finds the connection closed.
                while redis.feed_end(0).await.is_err() {}
                memory.feed_end(0);
            }
        }
    }
    assert!(in_redis.len() > 5, "{in_redis:?}");
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn feeds_bring_what_is_appended_while_a_read_waits() {
    let directory = Directory::new("feeds");
    let server = RedisServer::start(&directory.path).unwrap();
    let log = RedisLog::open(&server.url(), options(true)).unwrap();
    let ends = [log.feed_end(0).await.unwrap(), log.feed_end(1).await.unwrap()];
    let mut feeds = log.subscribe().await.unwrap();
    let appending = async {
        tokio::task::yield_now().await;
        log.append(&publication("red", "a", 1)).await.unwrap().unwrap()
    };
    let (read, position) = tokio::join!(feeds.read(&ends), appending);
    let [(shard, entries)] = &read.unwrap()[..] else { panic!("one shard") };
    assert_eq!(*shard, shard_of(&name("red"), SHARDS));
    assert_eq!(entries[0].message.position, position);
    assert!(ends[*shard].is_followed_by(entries[0].position));
    // Nothing comes: the wait ends after a second.
    let ends = ends.map(|end| if end.epoch == position.epoch { end.next() } else { end });
    assert_eq!(feeds.read(&ends).await.unwrap(), []);
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn a_restart_keeps_the_epoch_if_redis_keeps_what_it_acknowledged() {
    let directory = Directory::new("restart");
    let mut server = RedisServer::start(&directory.path).unwrap();
    let log = RedisLog::open(&server.url(), options(true)).unwrap();
    let position = log.append(&publication("red", "a", 1)).await.unwrap().unwrap();
    server.crash().unwrap();
    assert!(log.feed_end(0).await.is_err(), "there is no server");
    server.start_again().unwrap();
    let page = loop {
        if let Ok(page) = log.read(&name("red"), Some(position), 10).await {
            break page;
        }
    };
    assert_eq!((page.epoch, page.last, page.messages), (position.epoch, 1, vec![]));
    assert_eq!(log.append(&publication("red", "a", 1)).await.unwrap(), None);
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn the_stream_of_a_room_is_trimmed() {
    let directory = Directory::new("trimmed");
    let server = RedisServer::start(&directory.path).unwrap();
    let kept = Kept { room: 150, feed: 150 };
    let log = RedisLog::open(&server.url(), Options { kept, ..options(true) }).unwrap();
    let first = log.append(&publication("red", "a", 1)).await.unwrap();
    let mut appending = JoinSet::new();
    for publisher in 0..60 {
        let log = log.clone();
        appending.spawn(async move {
            for sequence in 1..=10 {
                let publication = publication("red", &format!("b{publisher}"), sequence);
                log.append(&publication).await.unwrap();
            }
        });
    }
    appending.join_all().await;
    let page = log.read(&name("red"), first, 1).await.unwrap();
    assert_eq!(page.last, 601);
    assert!((352..=452).contains(&page.messages[0].position.number), "{page:?}");
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn a_user_is_present_while_a_node_renews_the_lease() {
    let directory = Directory::new("present");
    let server = RedisServer::start(&directory.path).unwrap();
    let log = RedisLog::open(&server.url(), options(true)).unwrap();
    let (room, first, second) = (name("red"), name("node 1"), name("node 2"));
    let (ann, ben) = (name("ann"), name("ben"));
    log.present(&room, &first, &[ann.clone(), ben.clone()]).await.unwrap();
    let users = log.present(&room, &second, std::slice::from_ref(&ann)).await.unwrap();
    assert_eq!(users, [ann.clone(), ben.clone()]);
    // Ben leaves, and Ann is still on the other node.
    log.present(&room, &first, &[]).await.unwrap();
    let users = log.present(&room, &second, std::slice::from_ref(&ann)).await.unwrap();
    assert_eq!(users, [ann]);
}
