use std::{collections::BTreeMap, time::Duration};

use fastrand::Rng;
use sansocket::Seed;
use scale_out::engine::{Action, Client, Counts, Next, Notice, Settings};
use scale_out::log::{Kept, MemoryLog};
use scale_out::protocol::{Event, Message, Name, Position, Publication, Request};

use crate::faults::Faults;
use crate::server::{Server, State};
use crate::wire::Wire;
use crate::witness::{Truth, WatchedClient};

/// How many steps things go wrong, and how many rounds they may take to become right.
const STEPS: u32 = 500;
const ROUNDS: u32 = 400;
/// How much a socket takes that nobody reads.
const SOCKET: usize = 3;

/// Clients, servers and the log.
#[derive(Debug)]
pub(crate) struct World {
    random: Rng,
    faults: Faults,
    now: Duration,
    settings: Settings,
    rooms: Vec<Name>,
    log: MemoryLog,
    snapshot: MemoryLog,
    /// What the log gets later, from servers that are gone or have asked again.
    late: Vec<Publication>,
    truth: Truth,
    servers: Vec<Server>,
    peers: Vec<Peer>,
    wires: BTreeMap<u64, Wire>,
    wire_count: u64,
    clock_goes_back: bool,
    /// The clock of the log is never set to the same moment twice.
    flushes: u64,
}

#[derive(Debug)]
struct Peer {
    client: Client,
    watched: WatchedClient,
    wire: Option<u64>,
    /// Of 100 chances to read, how many it takes.
    speed: u32,
}

impl World {
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        let mut random = Rng::with_seed(seed);
        let settings = Settings {
            shards: random.usize(1..=2),
            window: random.usize(1..=12),
            page: random.usize(1..=6),
            ..Settings::default()
        };
        let kept = match faults.log_loses {
            true => Kept { room: random.usize(2..40), feed: random.usize(2..40) },
            false => Kept { room: usize::MAX, feed: usize::MAX },
        };
        let log = MemoryLog::new(settings.shards, kept);
        let rooms: Vec<Name> = ["red", "green"].map(|room| room.parse().expect("a name")).to_vec();
        let peers = (0..random.usize(2..=3)).map(|number| {
            let mut client = Client::new(name_of(number), Seed::from([random.u8(..); 32]));
            rooms.iter().for_each(|room| client.join(room.clone()));
            let speed = if random.u8(..4) == 0 { 10 } else { 90 };
            Peer { client, watched: WatchedClient::default(), wire: None, speed }
        });
        let peers = peers.collect();
        let servers = (0..random.usize(1..=3)).map(|_| Server::new(settings)).collect();
        let clock_goes_back = random.bool();
        Self {
            random,
            faults,
            now: Duration::ZERO,
            settings,
            rooms,
            snapshot: log.clone(),
            log,
            late: Vec::new(),
            truth: Truth::default(),
            servers,
            peers,
            wires: BTreeMap::new(),
            wire_count: 0,
            clock_goes_back,
            flushes: 0,
        }
    }

    /// Lets things go wrong, then lets them become right, and checks that they are.
    pub(crate) fn run(mut self) -> Counts {
        for _ in 0..STEPS {
            self.now += Duration::from_millis(self.random.u64(..100));
            match self.random.u32(..1_000) {
                0..6 => self.kill(),
                6..12 => self.stop(),
                12..15 => self.release(),
                15..25 => self.cut(),
                25..37 => self.lose(),
                37..70 => self.revive(),
                _ => self.step(),
            }
        }
        // Whatever the log gets too late, it gets before the end.
        while !self.late.is_empty() {
            self.append_late();
        }
        for server in 0..self.servers.len() {
            self.start(server);
        }
        let mut rounds = 0;
        while !self.is_settled() {
            rounds += 1;
            assert!(rounds < ROUNDS, "it does not settle");
            self.now += Duration::from_millis(100);
            self.settle();
        }
        self.finish()
    }

    fn finish(mut self) -> Counts {
        let mut total = Counts::default();
        for room in &self.rooms {
            let end = end_of(&mut self.log, room);
            for peer in &self.peers {
                peer.watched.finish(room, end, &self.truth);
            }
        }
        for peer in &self.peers {
            total += peer.client.counts();
        }
        total
    }

    /// Something happens that is meant to.
    fn step(&mut self) {
        let (server, peer) =
            (self.random.usize(..self.servers.len()), self.random.usize(..self.peers.len()));
        match self.random.u32(..100) {
            0..10 => self.publish(peer),
            10..30 => self.act(peer),
            30..50 if self.random.u32(..100) < self.peers[peer].speed => self.deliver(peer),
            30..50 => self.append_late(),
            50..60 => self.feed(server),
            60..63 => self.look(server),
            63..74 => self.serve_log(server),
            _ => {
                if let Some(wire) = self.any_wire() {
                    self.serve(wire);
                }
            }
        }
    }

    /// Everything that is meant to happens, once each.
    fn settle(&mut self) {
        for peer in 0..self.peers.len() {
            for _ in 0..10 {
                self.act(peer);
                self.deliver(peer);
            }
        }
        for server in 0..self.servers.len() {
            self.feed(server);
            self.look(server);
            for _ in 0..10 {
                self.serve_log(server);
            }
        }
        for wire in self.wires.keys().copied().collect::<Vec<_>>() {
            for _ in 0..10 {
                self.serve(wire);
            }
        }
    }

    fn is_settled(&mut self) -> bool {
        let ends: Vec<_> =
            self.rooms.iter().map(|room| (room.clone(), end_of(&mut self.log, room))).collect();
        self.peers.iter().all(|Peer { client, .. }| {
            client.unacknowledged() == 0
                && ends.iter().all(|(room, end)| client.position(room) == Some(*end))
        })
    }

    fn any_wire(&mut self) -> Option<u64> {
        let index = self.random.usize(..self.wires.len().max(1));
        self.wires.keys().nth(index).copied()
    }

    // The clients.

    fn publish(&mut self, peer: usize) {
        let room = self.rooms[self.random.usize(..self.rooms.len())].clone();
        self.peers[peer].client.publish(room, String::new());
    }

    fn act(&mut self, number: usize) {
        let peer = &mut self.peers[number];
        match peer.client.poll(self.now) {
            Action::Connect => {
                let server = self.random.usize(..self.servers.len());
                if self.servers[server].state != State::Up {
                    return peer.client.closed(self.now);
                }
                let reader = self.servers[server].node.connect("somebody".parse().expect("a name"));
                self.wire_count += 1;
                self.wires.insert(self.wire_count, Wire::new(number, server, reader));
                peer.wire = Some(self.wire_count);
                peer.client.opened(self.now);
            }
            Action::Send(request) => {
                let wire = peer.wire.and_then(|wire| self.wires.get_mut(&wire)).expect("open");
                // Something between the client and the server repeats messages.
                if matches!(request, Request::Publish { .. }) && self.random.u8(..10) == 0 {
                    wire.to_server.push_back(request.clone());
                }
                wire.to_server.push_back(request);
            }
            Action::Abandon => {
                self.leave(number);
            }
            Action::Wait | Action::WaitUntil(_) => {}
        }
    }

    /// The client drops its connection. What it has sent may still arrive.
    fn leave(&mut self, number: usize) {
        let peer = &mut self.peers[number];
        let Some(id) = peer.wire.take() else { return };
        peer.client.closed(self.now);
        let wire = self.wires.get_mut(&id).expect("open");
        wire.client_is_gone = true;
        wire.to_client.clear();
        if wire.server_is_gone {
            self.wires.remove(&id);
        }
    }

    fn deliver(&mut self, number: usize) {
        let peer = &mut self.peers[number];
        let Some(id) = peer.wire else { return };
        let wire = self.wires.get_mut(&id).expect("open");
        let Some(event) = wire.to_client.pop_front() else {
            if wire.server_is_gone {
                self.wires.remove(&id);
                peer.wire = None;
                peer.client.closed(self.now);
            }
            return;
        };
        if let Some(notice) = peer.client.received(event, self.now) {
            if let Notice::Acknowledged(sequence) = notice {
                assert!(self.truth.has(&(name_of(number), sequence)), "acknowledged too early");
            }
            let position = |room: &Name| peer.client.position(room).expect("joined");
            peer.watched.noticed(&notice, position, &self.truth);
        }
    }

    // The servers.

    /// Serves a connection: something is read, appended, or written.
    fn serve(&mut self, id: u64) {
        let Some(wire) = self.wires.get_mut(&id) else { return };
        let server = &mut self.servers[wire.server];
        if server.state != State::Up || wire.server_is_gone {
            return;
        }
        if let Some(publication) = wire.appending.take() {
            match self.random.u8(..200) {
                // The readers get it, and then the log and the answer are lost.
                0 if self.faults.log_loses => {
                    wire.appending = Some(publication.clone());
                    self.append(&publication);
                    (0..self.servers.len()).for_each(|server| self.feed(server));
                    return self.flush();
                }
                // The answer is lost, or the request, or it arrives later: the server asks again.
                1..30 => wire.appending = Some(publication.clone()),
                30..60 => {
                    wire.appending = Some(publication);
                    return;
                }
                60..90 => {
                    wire.appending = Some(publication.clone());
                    self.late.push(publication);
                    return;
                }
                _ => assert!(server.node.acknowledge(wire.reader, publication.sequence)),
            }
            return self.append(&publication);
        }
        match wire.to_server.pop_front() {
            Some(Request::Join { room, after }) => {
                assert!(server.node.join(wire.reader, room, after));
            }
            Some(Request::Publish { room, sequence, text }) => {
                let publisher = name_of(wire.client);
                wire.appending = Some(Publication { room, publisher, sequence, text });
            }
            None if wire.client_is_gone => {
                server.node.disconnect(wire.reader);
                self.wires.remove(&id);
            }
            None => {}
        }
        self.write(id);
    }

    fn write(&mut self, id: u64) {
        let Some(number) = self.wires.get(&id).map(|wire| wire.server) else { return };
        let server = &mut self.servers[number];
        for reader in server.node.take_ready() {
            let mut wires = self.wires.values_mut().filter(|wire| !wire.server_is_gone);
            if let Some(wire) = wires.find(|wire| wire.server == number && wire.reader == reader) {
                wire.is_waiting = false;
            }
        }
        let wire = self.wires.get_mut(&id).expect("a wire");
        if wire.client_is_gone || wire.to_client.len() >= SOCKET {
            return;
        }
        if wire.is_waiting {
            return wire.to_client.push_back(Event::Alive);
        }
        match server.node.next(wire.reader) {
            Next::Message(message) => wire.to_client.push_back(Event::Message((*message).clone())),
            Next::Event(event) => wire.to_client.push_back(event),
            Next::Read { ticket, room, after, limit } => {
                server.reads.push((wire.reader, ticket, room, after, limit));
            }
            Next::Close => {
                server.node.disconnect(wire.reader);
                wire.server_is_gone = true;
            }
            Next::Wait => wire.is_waiting = true,
        }
    }

    fn feed(&mut self, number: usize) {
        let server = &mut self.servers[number];
        if server.state == State::Up && server.fed.is_empty() {
            for shard in 0..self.settings.shards {
                let Some(position) = server.node.feed_positions()[shard] else { continue };
                let entries = self.log.read_feed(shard, position, self.random.usize(1..=20));
                server.fed.push((shard, entries));
            }
        }
    }

    fn look(&mut self, number: usize) {
        let server = &mut self.servers[number];
        if server.state == State::Up && server.ends.is_empty() {
            let ends = (0..self.settings.shards).map(|shard| (shard, self.log.feed_end(shard)));
            server.ends.extend(ends);
        }
    }

    /// The log answers a server, or the answer arrives.
    fn serve_log(&mut self, number: usize) {
        let server = &mut self.servers[number];
        if server.state != State::Up {
            return;
        }
        if let Some((shard, entries)) = server.fed.pop() {
            return server.node.fed(shard, entries);
        }
        if let Some((shard, end)) = server.ends.pop() {
            return server.node.feed_ends(shard, end);
        }
        if !server.pages.is_empty() {
            let answer = self.random.usize(..server.pages.len());
            let (reader, ticket, page) = server.pages.swap_remove(answer);
            return server.node.page(reader, ticket, page);
        }
        if let Some((reader, ticket, room, after, limit)) = server.reads.pop() {
            server.pages.push((reader, ticket, self.log.read(&room, after, limit)));
        }
    }

    // The log.

    fn append(&mut self, publication: &Publication) {
        if let Some(position) = self.log.append(publication) {
            self.truth.saw(&Message::new(position, publication.clone()));
        }
    }

    fn append_late(&mut self) {
        if !self.late.is_empty() {
            let publication = self.late.swap_remove(self.random.usize(..self.late.len()));
            self.append(&publication);
        }
    }

    // What goes wrong.

    fn kill(&mut self) {
        let number = self.random.usize(..self.servers.len());
        self.servers[number].state = State::Down;
        let mut ended = Vec::new();
        for (id, wire) in &mut self.wires {
            if wire.server != number || wire.server_is_gone {
                continue;
            }
            // The log may have got the request.
            self.late.extend(wire.appending.take());
            wire.server_is_gone = true;
            wire.to_client.truncate(self.random.usize(..=SOCKET));
            if wire.client_is_gone {
                ended.push(*id);
            }
        }
        for id in ended {
            self.wires.remove(&id);
        }
    }

    fn stop(&mut self) {
        let number = self.random.usize(..self.servers.len());
        if self.servers[number].state == State::Up {
            self.servers[number].state = State::Stopped;
        }
    }

    fn revive(&mut self) {
        let number = self.random.usize(..self.servers.len());
        self.start(number);
    }

    fn start(&mut self, number: usize) {
        match self.servers[number].state {
            State::Up => {}
            State::Stopped => self.servers[number].state = State::Up,
            State::Down => self.servers[number] = Server::new(self.settings),
        }
    }

    /// A server lets some of its readers go.
    fn release(&mut self) {
        let number = self.random.usize(..self.servers.len());
        if self.servers[number].state == State::Up {
            self.servers[number].node.release(self.random.usize(1..=2), || 300);
        }
    }

    /// A connection breaks for the client.
    fn cut(&mut self) {
        let number = self.random.usize(..self.peers.len());
        self.leave(number);
    }

    fn lose(&mut self) {
        if !self.faults.log_loses {
            return;
        }
        match self.random.u8(..4) {
            0 => self.flush(),
            // Two restarts with the same contents, while the clock is behind their epoch, would begin
            // the same epoch: then the clock must not go back.
            1 if !self.clock_goes_back => self.log.restart_from(self.snapshot.clone()),
            _ => self.snapshot = self.log.clone(),
        }
    }

    fn flush(&mut self) {
        self.flushes += 1;
        let millions = if self.clock_goes_back { self.random.u64(1..3) } else { self.flushes + 1 };
        self.log.flush(1_000_000 * millions + 10_000 * self.flushes);
    }
}

fn end_of(log: &mut MemoryLog, room: &Name) -> Position {
    let page = log.read(room, None, 0);
    Position { epoch: page.epoch, number: page.last }
}

fn name_of(client: usize) -> Name {
    format!("client {client}").parse().expect("a name")
}
