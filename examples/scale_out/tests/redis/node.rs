use std::{
    path::Path,
    time::{Duration, Instant},
};

use sansocket::{
    CloseCode, CloseInfo, Error, OwnedMessage,
    tokio::{Connector, WebSocket},
};
use scale_out::{
    cluster::{NodeProcess, RedisServer, Signal},
    protocol::{Event, Position, Request},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::directory::Directory;

const PATIENCE: Duration = Duration::from_secs(20);
const PAGE: &str = "http://127.0.0.1:3000";

/// A node, with its Redis.
struct Running {
    node: NodeProcess,
    redis: RedisServer,
    _directory: Directory,
}

impl Running {
    /// Returns when the node follows the feeds: a client that joins earlier is told to resume.
    async fn start(name: &str) -> Self {
        let directory = Directory::new(name);
        let redis = RedisServer::start(&directory.path.join("redis")).unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_node"));
        let arguments = ["--name", "node", "--redis", &redis.url(), "--origin", PAGE];
        let node = NodeProcess::start(program, &arguments, &directory.path.join("node")).unwrap();
        let running = Self { node, redis, _directory: directory };
        running.wait_for_health(200).await;
        running
    }

    async fn connect(&self, user: &str) -> Client {
        self.connect_over(TcpSocket::new_v4().unwrap(), user).await
    }

    async fn connect_over(&self, socket: TcpSocket, user: &str) -> Client {
        let stream = socket.connect(self.node.address()).await.unwrap();
        let target = format!("/socket?client={user}-1&user={user}");
        let opening = Connector::new().origin(PAGE).connect_over(stream, "127.0.0.1", &target);
        Client(opening.await.unwrap().0)
    }

    /// Waits until the health has this status.
    async fn wait_for_health(&self, status: u16) {
        let until = Instant::now() + PATIENCE;
        while self.health().await != Some(status) {
            assert!(Instant::now() < until, "the health is not {status}");
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn health(&self) -> Option<u16> {
        let mut stream = TcpStream::connect(self.node.address()).await.ok()?;
        let request = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.ok()?;
        let mut response = String::new();
        stream.read_to_string(&mut response).await.ok()?;
        response.split(' ').nth(1)?.parse().ok()
    }
}

struct Client(WebSocket<TcpStream>);

impl Client {
    async fn send(&mut self, request: &Request) {
        self.0.send(serde_json::to_string(request).unwrap()).await.unwrap();
    }

    async fn join(&mut self, after: Option<Position>) -> (bool, Position) {
        self.send(&Request::Join { room: "lobby".parse().unwrap(), after }).await;
        loop {
            if let Event::Joined { recovered, position, .. } = self.next().await {
                return (recovered, position);
            }
        }
    }

    async fn publish(&mut self, sequence: u64, text: &str) {
        let (room, text) = ("lobby".parse().unwrap(), text.into());
        self.send(&Request::Publish { room, sequence, text }).await;
    }

    /// The next event, besides presence and signs of life.
    async fn next(&mut self) -> Event {
        loop {
            match self.receive().await {
                Event::Alive | Event::Present { .. } => {}
                event => return event,
            }
        }
    }

    /// Waits until these users are present.
    async fn wait_for_users(&mut self, expected: &[&str]) {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Event::Present { users, .. } = self.receive().await
                && users.iter().map(|user| &**user).eq(expected.iter().copied())
            {
                return;
            }
            assert!(Instant::now() < until, "{expected:?} are not there");
        }
    }

    async fn receive(&mut self) -> Event {
        let received = timeout(PATIENCE, self.0.recv()).await.expect("an event in time");
        event(&received.unwrap().expect("an event"))
    }

    /// Reads to the end, and returns how it ended.
    async fn end(mut self) -> (Vec<Event>, Option<CloseInfo>) {
        let mut events = Vec::new();
        while let Ok(Some(message)) = self.0.recv().await {
            events.push(event(&message));
        }
        (events, self.0.close_info())
    }
}

fn event(message: &OwnedMessage) -> Event {
    let OwnedMessage::Text(text) = message else { panic!("an event is text") };
    serde_json::from_str(text).expect("an event")
}

fn code(info: Option<CloseInfo>) -> Option<CloseCode> {
    info.and_then(|info| info.received).map(|frame| frame.code)
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn a_client_that_returns_gets_what_it_missed() {
    let running = Running::start("returns").await;
    let mut ann = running.connect("ann").await;
    let (recovered, position) = ann.join(None).await;
    assert!(!recovered);
    drop(ann);
    let mut ben = running.connect("ben").await;
    for sequence in 1..=100 {
        ben.publish(sequence, "Hello").await;
        assert_eq!(ben.next().await, Event::Acknowledged { sequence });
    }
    // Once more: acknowledged, and not appended.
    ben.publish(100, "Hello").await;
    assert_eq!(ben.next().await, Event::Acknowledged { sequence: 100 });
    let mut ann = running.connect("ann").await;
    assert_eq!(ann.join(Some(position)).await, (true, position));
    for number in position.number + 1..=position.number + 100 {
        let Event::Message(message) = ann.next().await else { panic!("a message") };
        assert_eq!(message.position, Position { number, ..position });
    }
    ben.publish(101, "Hello").await;
    let Event::Message(message) = ann.next().await else { panic!("a message") };
    assert_eq!(message.publication.sequence, 101);
    let (recovered, _) = ann.join(Some(Position { epoch: 1, number: 1 })).await;
    assert!(!recovered, "there was no such epoch");
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn a_slow_reader_is_told_to_resume_and_misses_nothing() {
    let running = Running::start("slow").await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8 << 10).unwrap();
    let mut slow = running.connect_over(socket, "slow").await;
    let (_, mut read) = slow.join(None).await;
    // Ten megabytes, of which the node keeps a quarter.
    let mut publishing = JoinSet::new();
    for publisher in 0..20 {
        let mut client = running.connect(&format!("p{publisher}")).await;
        publishing.spawn(async move {
            for sequence in 1..=50 {
                client.publish(sequence, &"x".repeat(10_000)).await;
                assert_eq!(client.next().await, Event::Acknowledged { sequence });
            }
        });
    }
    publishing.join_all().await;
    let end = read.number + 1_000;
    let mut resumes = 0;
    while read.number < end {
        match slow.next().await {
            Event::Message(message) => {
                assert!(read.is_followed_by(message.position), "{read:?} {:?}", message.position);
                read = message.position;
            }
            Event::Resume { .. } => {
                resumes += 1;
                assert_eq!(slow.join(Some(read)).await, (true, read));
            }
            event => panic!("{event:?}"),
        }
    }
    assert!(resumes > 0, "it was not slow");
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn the_health_is_that_of_the_subscription() {
    let mut running = Running::start("health").await;
    running.redis.crash().unwrap();
    running.wait_for_health(503).await;
    running.redis.start_again().unwrap();
    running.wait_for_health(200).await;
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn a_node_that_stops_closes_with_1012_after_a_hint() {
    let mut running = Running::start("stops").await;
    let mut ann = running.connect("ann").await;
    ann.join(None).await;
    running.node.signal(Signal::Terminate).unwrap();
    let (events, info) = ann.end().await;
    assert!(matches!(events.last(), Some(Event::Leaving { return_in: ..1_000 })), "{events:?}");
    assert_eq!(code(info), Some(CloseCode::SERVICE_RESTART));
    while running.node.is_running().unwrap() {
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn everybody_sees_who_comes_and_goes() {
    let running = Running::start("presence").await;
    let mut ann = running.connect("ann").await;
    ann.join(None).await;
    let mut ben = running.connect("ben").await;
    ben.join(None).await;
    ann.wait_for_users(&["ann", "ben"]).await;
    drop(ben);
    ann.wait_for_users(&["ann"]).await;
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn a_message_above_the_limit_ends_its_connection_only() {
    let running = Running::start("limit").await;
    let mut ann = running.connect("ann").await;
    ann.join(None).await;
    let mut ben = running.connect("ben").await;
    // The node may close before it has all of it.
    let _ = ben.0.send("x".repeat(33 << 20)).await;
    let (_, info) = ben.end().await;
    assert!(code(info).is_none_or(|code| code == CloseCode::MESSAGE_TOO_BIG));
    ann.publish(1, "Hello").await;
    let events = [ann.next().await, ann.next().await];
    assert!(events.contains(&Event::Acknowledged { sequence: 1 }), "{events:?}");
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn what_is_no_request_ends_the_connection_with_1008() {
    let running = Running::start("requests").await;
    let sequence = r#"{"type":"publish","room":"lobby","sequence":9007199254740992,"text":""}"#;
    let after = r#"{"type":"join","room":"lobby","after":{"epoch":1,"number":9007199254740992}}"#;
    for request in ["", "{}", r#"{"type":"join","room":""}"#, sequence, after] {
        let mut ann = running.connect("ann").await;
        ann.0.send(request).await.unwrap();
        assert_eq!(code(ann.end().await.1), Some(CloseCode::POLICY_VIOLATION), "{request}");
    }
}

#[tokio::test]
#[ignore = "needs redis-server: `.ci/run scale_out`"]
async fn other_pages_may_not_connect() {
    let running = Running::start("origin").await;
    let stream = TcpStream::connect(running.node.address()).await.unwrap();
    let connector = Connector::new().origin("http://example.com");
    let opening = connector.connect_over(stream, "127.0.0.1", "/socket?client=a&user=a").await;
    let status =
        opening.err().as_ref().and_then(Error::error_response).map(|response| response.status());
    assert_eq!(status, Some(403));
}
