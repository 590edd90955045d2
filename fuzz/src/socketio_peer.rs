//! What both ends of Socket.IO have in common for a fuzzer: a hostile peer, and what it reads.

use std::time::Duration;

use sansocket::Timestamp;
use sansocket_socketio::{
    Arguments, Namespace,
    engine_io::{self, EncodedPacket, Limits, Packet, PacketError, PayloadDecoder, Transport},
    packet::{self, Body, Decoder},
};

use crate::input::Input;

/// The name of the events that are counted.
pub(crate) const COUNTED: &str = "counted";

pub(crate) fn namespace(choice: u8) -> Namespace {
    ["/", "/admin", "/x"][usize::from(choice) % 3].parse().expect("a namespace")
}

pub(crate) fn transport(choice: u8) -> Transport {
    [Transport::WebSocket, Transport::Polling][usize::from(choice) % 2]
}

pub(crate) fn later(now: Timestamp, choice: u8) -> Timestamp {
    now + Duration::from_millis(500) * u32::from(choice)
}

/// A packet that the input names or spells out.
pub(crate) fn packet<'a>(
    input: &mut Input<'a>,
    known: &[&'static str],
) -> Result<Packet<'a>, PacketError> {
    let choice = usize::from(input.byte());
    if let Some(packet) = known.get(choice) {
        return Packet::parse(packet);
    }
    let len = input.byte();
    let bytes = input.bytes(len.into());
    if choice & 1 == 0 {
        return Ok(bytes.into());
    }
    std::str::from_utf8(bytes)
        .map_err(|error| PacketError::Utf8 { at: error.valid_up_to() })
        .and_then(Packet::parse)
}

/// The peer's end: all that it reads is valid, and the events that are counted come once and in order.
pub(crate) struct Reader {
    decoder: Decoder,
    /// The next of the events that were queued.
    pub(crate) next: u64,
}

impl Reader {
    pub(crate) fn new(next: u64) -> Self {
        let mut limits = packet::Limits::default();
        limits.max_attachments = usize::MAX;
        Self { decoder: Decoder::new(&limits), next }
    }

    pub(crate) fn read(&mut self, packet: &EncodedPacket) {
        match packet {
            EncodedPacket::Text(text) => {
                self.take(Packet::parse(text).expect("a valid packet"));
            }
            EncodedPacket::Binary(bytes) => self.take(bytes[..].into()),
        }
    }

    pub(crate) fn read_payload(&mut self, payload: &str) {
        let mut decoder = PayloadDecoder::new(&Limits::default());
        let mut input = payload.as_bytes();
        while let Some(packet) = decoder.decode(&mut input).expect("a valid payload") {
            self.take(packet);
        }
        self.take(decoder.finish().expect("a valid payload"));
    }

    fn take(&mut self, packet: Packet<'_>) {
        let engine_io::Packet::Message(message) = packet else { return };
        let packet = self.decoder.receive(message).expect("a valid packet");
        if let Some(Body::Event { name, arguments, .. }) = packet.map(|packet| packet.body)
            && name == COUNTED
        {
            let number: u64 = arguments.read().expect("a number");
            assert_eq!(number, self.next);
            self.next += 1;
        }
    }
}

pub(crate) fn count(number: u64) -> Arguments {
    Arguments::new(&number).expect("a number")
}
