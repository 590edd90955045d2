//! Servers that share a real Redis, as processes that are killed, and as clients see them. `.ci/run socketio`
//! runs those that are ignored: the servers are the example `contract_server`, built before, and
//! `examples/scale_out/redis.sh` starts Redis.

mod cluster;
mod unreachable;

use std::time::Duration;

use cluster::{Cluster, Member, texts};
use sansocket_socketio::client::{EmitError, Incoming};

#[tokio::test]
#[ignore = "needs a Redis: `.ci/run socketio`"]
async fn a_room_has_members_on_both_servers() {
    let cluster = Cluster::start(2).await;
    let (mut ann, mut ben) = (cluster.member(0).await, cluster.member(1).await);
    ann.join("tea").await;
    ben.join("tea").await;
    for round in 0..20 {
        let (sender, text) = (if round % 2 == 0 { &ann } else { &ben }, format!("{round}"));
        sender.say("tea", &text).await.unwrap();
    }
    let expected: Vec<_> = (0..20).map(|round| round.to_string()).collect();
    assert_eq!(texts(&mut ann, 20).await, expected);
    assert_eq!(texts(&mut ben, 20).await, expected);
}

#[tokio::test]
#[ignore = "needs a Redis: `.ci/run socketio`"]
async fn what_a_client_missed_arrives_once_and_in_order_from_another_server_after_a_kill() {
    let mut cluster = Cluster::start(2).await;
    let (mut ann, ben) = (cluster.member(0).await, cluster.member(1).await);
    ann.join("tea").await;
    ben.say("tea", "before").await.unwrap();
    assert_eq!(texts(&mut ann, 1).await, ["before"]);
    let id = ann.id();

    // From now on, its attempts reach the other server.
    ann.use_server(1);
    cluster.kill(0).await;
    assert!(matches!(ann.next().await, Incoming::Disconnected(_)));
    // Some pages of the stream end by their bytes, others by their number of entries.
    let len = |number| if number < 40 { 60_000 } else { 1 };
    let text = |number| format!("missed {number:0$}", len(number));
    for number in 0..200 {
        ben.say("tea", &text(number)).await.unwrap();
    }
    assert!(matches!(ann.next().await, Incoming::Connected { recovered: true }));
    assert!(texts(&mut ann, 200).await.into_iter().eq((0..200).map(text)));
    assert_eq!(ann.id(), id);

    ben.say("tea", "after").await.unwrap();
    assert_eq!(texts(&mut ann, 1).await, ["after"]);
}

#[tokio::test]
#[ignore = "needs a Redis: `.ci/run socketio`"]
async fn after_a_restart_of_redis_clients_are_told_that_they_may_have_missed_something() {
    let mut cluster = Cluster::start(2).await;
    let (mut ann, mut ben) = (cluster.member(0).await, cluster.member(1).await);
    ann.join("tea").await;
    ben.say("tea", "before").await.unwrap();
    assert_eq!(texts(&mut ann, 1).await, ["before"]);

    cluster.restart_redis().await;
    // Each server interrupts its own.
    for member in [&mut ann, &mut ben] {
        assert!(matches!(member.next().await, Incoming::Disconnected(_)));
        assert!(matches!(member.next().await, Incoming::Connected { recovered: false }));
    }
    // The servers go on: nobody was started again.
    ann.join("tea").await;
    ben.say("tea", "after").await.unwrap();
    assert_eq!(texts(&mut ann, 1).await, ["after"]);
}

#[tokio::test]
#[ignore = "needs a Redis: `.ci/run socketio`"]
async fn after_a_flush_a_client_that_comes_back_is_not_recovered() {
    let cluster = Cluster::start(1).await;
    let mut ann = cluster.member(0).await;
    ann.join("tea").await;
    ann.say("tea", "before").await.unwrap();
    assert_eq!(texts(&mut ann, 1).await, ["before"]);

    cluster.flush().await;
    ann.cut();
    assert!(matches!(ann.next().await, Incoming::Disconnected(_)));
    assert!(matches!(ann.next().await, Incoming::Connected { recovered: false }));
}

#[tokio::test]
#[ignore = "needs a Redis: `.ci/run socketio`"]
async fn a_server_that_was_stopped_delivers_what_was_published_meanwhile() {
    let cluster = Cluster::start(2).await;
    let (mut ann, ben) = (cluster.member(0).await, cluster.member(1).await);
    ann.join("tea").await;
    cluster.signal(0, "STOP").await;
    for number in 0..20 {
        ben.say("tea", &format!("{number}")).await.unwrap();
    }
    cluster.signal(0, "CONT").await;
    let expected: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(texts(&mut ann, 20).await, expected);
}

#[tokio::test]
#[ignore = "needs a Redis: `.ci/run socketio`"]
async fn a_server_that_is_behind_sends_nothing_again_to_a_client_that_comes_back() {
    let cluster = Cluster::start(2).await;
    let (mut ann, ben) = (cluster.member(0).await, cluster.member(0).await);
    ann.join("tea").await;
    cluster.signal(1, "STOP").await;
    for number in 0..300 {
        ben.say("tea", &format!("{number}")).await.unwrap();
    }
    let expected: Vec<_> = (0..300).map(|number| number.to_string()).collect();
    assert_eq!(texts(&mut ann, 300).await, expected);

    ann.use_server(1);
    ann.cut();
    assert!(matches!(ann.next().await, Incoming::Disconnected(_)));
    // The request for the recovery waits at the server before the server reads what it missed.
    tokio::time::sleep(Duration::from_millis(500)).await;
    cluster.signal(1, "CONT").await;
    assert!(matches!(ann.next().await, Incoming::Connected { recovered: true }));
    ben.say("tea", "after").await.unwrap();
    assert_eq!(texts(&mut ann, 1).await, ["after"]);
}

#[tokio::test]
#[ignore = "needs a Redis: `.ci/run socketio`"]
async fn an_event_for_too_many_rooms_is_refused_and_leaves_no_gap() {
    let cluster = Cluster::start(1).await;
    let mut ann = cluster.member(0).await;
    ann.join("tea").await;
    let rooms: Vec<_> = (0..5_000).map(|room| format!("room {room}")).collect();
    assert!(ann.say_to(&rooms, "many").await.is_err());
    ann.say("tea", "one").await.unwrap();
    assert_eq!(texts(&mut ann, 1).await, ["one"]);
}

#[tokio::test]
#[ignore = "needs a Redis: `.ci/run socketio`"]
async fn an_event_of_33_mb_is_refused_and_nothing_else_suffers() {
    let cluster = Cluster::start(2).await;
    let (mut ann, mut ben) = (cluster.member(0).await, cluster.member(1).await);
    ann.join("tea").await;
    ben.join("tea").await;
    let refused = ann.say("tea", &"x".repeat(33_000_000)).await;
    assert!(matches!(refused, Err(EmitError::AckTimeout(_))), "{refused:?}");
    let lines = cluster.errors(0).await;
    let is_told = |line: &String| {
        line.contains("the event has 330000") && line.contains("and may have 8388608")
    };
    assert!(lines.iter().any(is_told), "{lines:?}");

    ben.say("tea", "small").await.unwrap();
    assert_eq!(texts(&mut ann, 1).await, ["small"]);
    assert_eq!(texts(&mut ben, 1).await, ["small"]);
}

#[tokio::test]
#[ignore = "needs a Redis: `.ci/run socketio`"]
async fn the_sockets_of_a_room_are_counted_over_all_servers_that_live() {
    let mut cluster = Cluster::start(3).await;
    let members: [Member; 3] =
        [cluster.member(0).await, cluster.member(1).await, cluster.member(2).await];
    for member in &members {
        member.join("tea").await;
    }
    let mut expected: Vec<_> = members.iter().map(Member::id).collect();
    expected.sort();
    assert_eq!(members[0].sockets("tea").await, expected);

    let lost = members[2].id();
    cluster.kill(2).await;
    // Its lease ends.
    tokio::time::sleep(Duration::from_secs(6)).await;
    expected.retain(|id| *id != lost);
    assert_eq!(members[0].sockets("tea").await, expected);
}
