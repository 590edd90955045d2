//! The engine and its buffers, full of secrets.

use sansocket::buffered::{Parts, Progress, ReadBuffer, WriteBuffer};
use sansocket::connection::{ChunkMut, Connection, Event, Watchdog};
use sansocket::deflate::{self, Compression, Offer};
use sansocket::frame::{Decoder, FrameHeader, MaskKey, Masker, OpCode, Rsv};
use sansocket::{
    Chunk, CloseCode, CloseFrame, Limits, Message, MessageKind, OwnedMessage, PreparedMessage,
    Role, Timeouts, Timestamp,
};

use crate::log::{KEY, Log, PAYLOAD, PING, SEED};
use crate::wire::{self, BINARY, CONTINUATION, FIN, Length, PONG, TEXT};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

pub(crate) fn connection(role: Role, config: &Limits) -> Connection {
    match role {
        Role::Client => Connection::client(config, SEED.into()),
        Role::Server => Connection::server(config),
    }
}

fn compressed(role: Role) -> Connection {
    let config = deflate::Config::default().min_len(0);
    let (_, params) = Offer::new(&config).answer(&config);
    connection(role, &Limits::default()).with_deflate(&params, &config)
}

pub(crate) fn check(log: &mut Log) {
    frames(log);
    for role in ROLES {
        receiving(log, role);
        sending(log, role);
        compressing(log, role);
        buffers(log, role);
    }
}

fn frames(log: &mut Log) {
    let header = FrameHeader {
        fin: true,
        rsv: Rsv::NONE,
        opcode: OpCode::Binary,
        mask: Some(MaskKey(KEY)),
        payload_len: 10,
    };
    log.check(&header.encode());
    log.check(&Masker::new(MaskKey(KEY)));
    let bytes = wire::frame(FIN | BINARY, PAYLOAD.as_bytes(), Some(KEY));
    for end in 0..bytes.len() {
        let mut decoder = Decoder::new();
        let mut bytes = bytes[..end].to_vec();
        let mut input = &mut bytes[..];
        while decoder.decode(&mut input).unwrap().is_some() {}
        log.check(&decoder);
    }
}

fn receiving(log: &mut Log, role: Role) {
    let mut watchdog = Watchdog::new(Timeouts::default());
    let frames = [
        wire::to(role, TEXT, PAYLOAD.as_bytes()),
        wire::to(role, FIN | wire::PING, &PING),
        wire::to(role, FIN | PONG, &PING),
        wire::to(role, FIN | CONTINUATION, PAYLOAD.as_bytes()),
        wire::to(role, FIN | wire::CLOSE, &wire::close_payload(1000, "bye")),
    ];
    let bytes = frames.concat();
    let mut connection = connection(role, &Limits::default());
    for byte in bytes {
        let Connection { receiver, sender } = &mut connection;
        let mut byte = [byte];
        let mut input = &mut byte[..];
        while let Some(event) = receiver.receive(&mut input).unwrap() {
            if let Some(reply) = event.reply() {
                log.check(&reply);
                sender.reply(reply, &mut Vec::new());
            }
        }
        log.check(&receiver.liveness());
        watchdog.poll(Timestamp::default(), receiver.liveness(), sender, &mut Vec::new());
        log.check(&watchdog);
        log.check(&connection);
        log.check(&connection.receiver);
        log.check(&connection.sender);
    }
    assert!(connection.close_info().unwrap().was_clean);
}

fn sending(log: &mut Log, role: Role) {
    let Connection { mut sender, .. } = connection(role, &Limits::default().high_water_mark(0));
    let (mut out, mut payload) = (vec![0], format!("\u{20AC}{PAYLOAD}").into_bytes());
    // A pending Pong.
    sender.reply(Event::Ping(&PING).reply().unwrap(), &mut out);
    log.check(&sender);
    // A chunk that ends inside a character.
    let (cut, rest) = payload.split_at_mut(1);
    sender.send_chunk(Chunk::more(MessageKind::Text, cut), &mut out).unwrap();
    log.check(&sender);
    log.check(&sender.frame_in_place(ChunkMut::last(MessageKind::Text, rest)).unwrap());
    log.check(&sender);
    let close = CloseFrame { code: CloseCode::NORMAL, reason: "bye" };
    sender.send_close(Some(close), &mut out).unwrap();
    log.check(&sender);
    for message in [PreparedMessage::text(PAYLOAD), PreparedMessage::binary(PAYLOAD.as_bytes())] {
        log.check(&message);
        log.check(&message.with_deflate(&deflate::Config::default()));
    }
    log.check(&OwnedMessage::from(PAYLOAD.as_bytes()).into_text().unwrap_err());
    let long = PreparedMessage::text(&PAYLOAD.repeat(50)).with_deflate(&deflate::Config::default());
    log.check(&long);
}

fn compressing(log: &mut Log, role: Role) {
    let other = if role == Role::Client { Role::Server } else { Role::Client };
    let (mut one, mut two) = (compressed(role), compressed(other));
    one.sender.set_compression(Compression::Always);
    let mut out = Vec::new();
    for _ in 0..3 {
        one.sender.send_text(PAYLOAD, &mut out).unwrap();
        log.check(&one);
    }
    for byte in &mut out {
        let mut input = core::slice::from_mut(byte);
        while two.receiver.receive(&mut input).unwrap().is_some() {}
        log.check(&two);
    }
    for connection in [&mut one, &mut two] {
        connection.sender.release();
        connection.receiver.release();
        log.check(connection);
    }
}

fn buffers(log: &mut Log, role: Role) {
    let mut other = connection(role, &Limits::default());
    let mut read_buffer = ReadBuffer::default();
    let mut write_buffer = WriteBuffer::default();
    let mut bytes = [
        wire::to(role, FIN | TEXT, PAYLOAD.as_bytes()),
        wire::to(role, TEXT, PAYLOAD.as_bytes()),
        wire::to(role, FIN | CONTINUATION, PAYLOAD.as_bytes()),
        wire::to(role, FIN | BINARY, PAYLOAD.as_bytes()),
    ]
    .concat();
    bytes.extend(wire::header(FIN | BINARY, Length::of(100), wire::key_to(role)));
    for read in bytes.chunks(7) {
        let room = read_buffer.unfilled();
        room[..read.len()].copy_from_slice(read);
        read_buffer.filled(read.len());
        log.check(&read_buffer);
        while read_buffer.advance(&mut other.receiver, |_| ()) == Ok(Progress::Message) {
            log.check(&read_buffer);
            let message = read_buffer.message().unwrap();
            assert_eq!(message.as_bytes()[..5], PAYLOAD.as_bytes()[..5]);
            write_buffer.send(&mut other.sender, message).unwrap();
            log.check(&write_buffer);
            write_buffer.written(3);
        }
    }
    read_buffer.detach();
    log.check(&read_buffer);
    log.check(&ReadBuffer::from(PAYLOAD.as_bytes().to_vec()));

    let mut inflated = ReadBuffer::default();
    let [mut here, mut there] = ROLES.map(compressed);
    if role == Role::Client {
        core::mem::swap(&mut here, &mut there);
    }
    here.sender.set_compression(Compression::Always);
    let mut out = Vec::new();
    here.sender.send_text(PAYLOAD, &mut out).unwrap();
    inflated.unfilled()[..out.len()].copy_from_slice(&out);
    inflated.filled(out.len());
    assert_eq!(inflated.advance(&mut there.receiver, |_| ()), Ok(Progress::Message));
    assert_eq!(inflated.message(), Ok(Message::Text(PAYLOAD)));
    log.check(&inflated);
    let parts = Parts { stream: (), connection: there, read_buffer: inflated, write_buffer };
    log.check(&parts);
}
