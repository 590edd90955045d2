//! Both ends of a session without I/O.

use std::time::Duration;

use sansocket::{Backoff, Seed, Timestamp};
use sansocket_socketio::{
    Namespace,
    engine_io::{EncodedPacket, Packet, Transport},
    session::{ClientSession, DisconnectReason, SendError, ServerSession, client, server},
};

use crate::{PID, SID, TEXT, arguments, auth, log::Log};

const WS: Transport = Transport::WebSocket;
const MINUTE: Duration = Duration::from_secs(60);

fn parse(packet: &EncodedPacket) -> Packet<'_> {
    match packet {
        EncodedPacket::Text(text) => Packet::parse(text).unwrap(),
        EncodedPacket::Binary(bytes) => Packet::from(&bytes[..]),
    }
}

struct Pair {
    client: ClientSession,
    server: ServerSession,
    now: Timestamp,
}

impl Pair {
    /// Moves all packets, and shows all that happens.
    fn run(&mut self, log: &mut Log) {
        let mut is_done = false;
        while !is_done {
            is_done = true;
            log.check(&self.client);
            log.check(&self.server);
            while let Some(packet) = self.server.next_packet() {
                is_done = false;
                log.check(&packet);
                self.client.receive(WS, parse(&packet), self.now);
                log.check(&self.client);
            }
            while let Some(packet) = self.client.next_packet() {
                is_done = false;
                log.check(&packet);
                self.server.receive(WS, parse(&packet), self.now);
                log.check(&self.server);
            }
            while let Some(event) = self.server.next_event() {
                is_done = false;
                log.check(&event);
                self.on_server(log, event);
            }
            while let Some(event) = self.client.next_event() {
                is_done = false;
                log.check(&event);
                if let client::Event::Event { namespace, ack: Some(ack), .. } = event {
                    log.check(&ack);
                    self.client.acknowledge(&namespace, ack, arguments()).unwrap();
                }
            }
        }
    }

    fn on_server(&mut self, log: &mut Log, event: server::Event) {
        match event {
            server::Event::Connect { namespace, .. } => {
                self.server.accept(&namespace, "socket", Some(PID)).unwrap();
            }
            server::Event::Event { namespace, ack, .. } => {
                if let Some(ack) = ack {
                    log.check(&ack);
                    self.server.acknowledge(&namespace, ack, arguments()).unwrap();
                }
                self.server.emit(&namespace, "answer", arguments()).unwrap();
                let _ = self.server.emit_with_ack(
                    &namespace,
                    "question",
                    arguments(),
                    MINUTE,
                    self.now,
                );
            }
            _ => {}
        }
    }
}

pub(crate) fn check(log: &mut Log) {
    let (mut server_settings, client_settings) =
        (server::Settings::default(), client::Settings::default());
    server_settings.max_queued_len = 10_000;
    log.check(&server_settings);
    log.check(&client_settings);
    let now = Timestamp::default();
    let mut pair = Pair {
        client: ClientSession::new(&client_settings, Backoff::new(Seed::from([7; 32]))),
        server: ServerSession::new(&server_settings, SID, WS, now),
        now,
    };
    let main = Namespace::default();
    pair.client.connect(main.clone(), auth());
    pair.client.emit(&main, "early", arguments()).unwrap();
    pair.client.opened(WS, now);
    pair.run(log);
    assert!(pair.client.is_connected(&main));
    pair.client.emit_with_ack(&main, "question", arguments(), MINUTE, now).unwrap();
    pair.run(log);
    log.check(&pair.client.query(WS));

    // What waits, and what had no room.
    let error = loop {
        log.check(&pair.server);
        if let Err(error) = pair.server.emit(&main, "flood", arguments()) {
            break error;
        }
    };
    log.check_error(&error);
    log.check_error(&SendError::NotConnected(main.clone()));
    pair.client.emit(&main, "late", arguments()).unwrap();
    log.check(&pair.client);

    // The ends.
    let error = Packet::parse(&format!("1{TEXT}")).unwrap_err();
    pair.client.receive_invalid(WS, error.clone(), now);
    pair.server.receive_invalid(WS, error.clone());
    pair.client.emit(&main, "away", arguments()).unwrap();
    pair.run(log);
    log.check_error(&DisconnectReason::from(error));
}
