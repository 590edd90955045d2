use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use sansocket::tokio::{Connector, WebSocket};
use scale_out::{
    engine::{Action, Client},
    protocol::{Event, Name, Request},
};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::witness::{Truth, WatchedClient};

/// How long a client tries to connect or to send.
const TIMEOUT: Duration = Duration::from_secs(3);
/// A slow reader pauses as long, after as many messages.
const PAUSE: Duration = Duration::from_secs(3);
const PAUSE_AFTER: u64 = 1_500;
/// Every so many messages are published twice.
const TWICE: u64 = 20;

/// A client on Tokio.
pub(crate) struct Driver {
    pub(crate) name: Name,
    /// Looked at by the trial, to know when all is done.
    pub(crate) client: Arc<Mutex<Client>>,
    pub(crate) truth: Arc<Mutex<Truth>>,
    pub(crate) watched: WatchedClient,
    pub(crate) nodes: Vec<SocketAddr>,
    /// The next node to connect to.
    pub(crate) next: usize,
    pub(crate) is_slow: bool,
    /// What is to be published, and how often.
    pub(crate) publishes: Vec<(Name, String)>,
    pub(crate) interval: Duration,
    pub(crate) begun: Instant,
    /// How many messages were sent twice.
    pub(crate) twice: u64,
    /// How often a node has said to resume.
    pub(crate) resumes: u64,
}

impl Driver {
    /// Runs until `stop` is true.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) -> Self {
        let mut socket: Option<WebSocket<TcpStream>> = None;
        let mut next_publish = Instant::now();
        let mut shown = 0;
        loop {
            let action = self.client.lock().unwrap().poll(self.now());
            let until = match action {
                Action::Connect => {
                    socket = timeout(TIMEOUT, self.connect()).await.ok().flatten();
                    let (mut client, now) = (self.client.lock().unwrap(), self.now());
                    if socket.is_some() {
                        client.opened(now);
                    } else {
                        client.closed(now);
                    }
                    continue;
                }
                Action::Send(request) => {
                    if !self.send(socket.as_mut(), &request).await {
                        self.lost(&mut socket);
                    }
                    continue;
                }
                Action::Abandon => {
                    self.lost(&mut socket);
                    continue;
                }
                Action::WaitUntil(until) => self.begun + until,
                Action::Wait => Instant::now() + Duration::from_secs(1),
            };
            tokio::select! {
                received = receive(&mut socket) => match received {
                    Some(event) => {
                        shown += u64::from(matches!(event, Event::Message(_)));
                        self.received(event);
                        if self.is_slow && shown % PAUSE_AFTER == PAUSE_AFTER - 1 {
                            shown += 1;
                            sleep(PAUSE).await;
                        }
                    }
                    None => self.lost(&mut socket),
                },
                () = sleep_until(next_publish), if !self.publishes.is_empty() => {
                    next_publish += self.interval;
                    if let Some((room, text)) = self.publishes.pop() {
                        self.client.lock().unwrap().publish(room, text);
                    }
                }
                () = sleep_until(until) => {}
                () = async { drop(stop.wait_for(|stop| *stop).await) } => return self,
            }
        }
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    async fn connect(&mut self) -> Option<WebSocket<TcpStream>> {
        let node = self.nodes[self.next % self.nodes.len()];
        self.next += 1;
        let socket = TcpSocket::new_v4().ok()?;
        if self.is_slow {
            // So that what it does not read stays with the node.
            socket.set_recv_buffer_size(8 << 10).ok()?;
        }
        let stream = socket.connect(node).await.ok()?;
        let name = &self.name;
        let target = format!("/socket?client={name}&user={name}");
        let opening = Connector::new().connect_over(stream, &node.to_string(), &target).await;
        opening.ok().map(|(socket, _)| socket)
    }

    async fn send(&mut self, socket: Option<&mut WebSocket<TcpStream>>, request: &Request) -> bool {
        let Some(socket) = socket else { return false };
        let json = serde_json::to_string(request).unwrap();
        let is_twice =
            matches!(request, Request::Publish { sequence, .. } if sequence % TWICE == 0);
        self.twice += u64::from(is_twice);
        for _ in 0..1 + u8::from(is_twice) {
            if !matches!(timeout(TIMEOUT, socket.send(&json)).await, Ok(Ok(()))) {
                return false;
            }
        }
        true
    }

    fn received(&mut self, event: Event) {
        let mut truth = self.truth.lock().unwrap();
        match &event {
            Event::Message(message) => truth.saw(message),
            Event::Resume { .. } => self.resumes += 1,
            _ => {}
        }
        let mut client = self.client.lock().unwrap();
        let now = self.now();
        if let Some(notice) = client.received(event, now) {
            self.watched.noticed(&notice, |room| client.position(room).expect("joined"), &truth);
        }
    }

    fn lost(&self, socket: &mut Option<WebSocket<TcpStream>>) {
        *socket = None;
        self.client.lock().unwrap().closed(self.now());
    }
}

/// Returns `None` when the connection has ended. Waits for ever without one.
async fn receive(socket: &mut Option<WebSocket<TcpStream>>) -> Option<Event> {
    let Some(socket) = socket else { return std::future::pending().await };
    let (message, _) = socket.read().await.ok()??;
    Some(serde_json::from_str(message.as_text()?).expect("an event"))
}
