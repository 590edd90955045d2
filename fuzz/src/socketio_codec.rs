use sansocket_socketio::{
    engine_io::{self, EncodedPacket, Limits, Packet, PacketError, PayloadDecoder},
    packet::{self, DecodeError, Decoder},
};

use crate::{
    allocations,
    input::Input,
    socketio_model::{self, Message, Model},
};

/// Any bytes as a payload, in any chunks: the same packets as when the whole is split at its separators.
/// Their messages are the packets of Socket.IO that a naive parser finds, and encode to messages that
/// say the same. Memory is bounded by what arrived.
///
/// Input: a choice of limits, [cuts](Input::cuts), the payload.
pub fn socketio_codec(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = usize::from(input.byte());
    let cuts = input.cuts();
    let payload = input.rest();

    let mut limits = Limits::default();
    if choice != 0 {
        limits.max_packet_len = choice * 4;
        limits.max_payload_len = choice * 6;
        limits.max_packets = choice;
    }
    let decoded = decode(&limits, cuts.pieces(payload));
    assert_eq!(decoded, decode(&limits, std::iter::once(payload)));
    if choice != 0 {
        return;
    }
    let (packets, _) = &decoded;
    assert_eq!(decoded, split(payload));

    let messages: Vec<_> = packets.iter().filter_map(message).collect();
    let max = packet::Limits::default().max_attachments;
    let (models, is_wrong) = socketio_model::decode(&messages, max.try_into().unwrap());
    let ((decoded, error), peak) = allocations::peak(|| receive(&messages));
    // The shortest value that takes memory has two bytes, and an array grows by doubling.
    assert!(peak <= 40 * payload.len() + 0x10000, "{peak} bytes for {}", payload.len());
    assert_eq!(error.is_some(), is_wrong, "{error:?}");
    assert_eq!(decoded.len(), models.len());
    for (packet, model) in decoded.iter().zip(&models) {
        // What may not be sent was refused, or is an object that looks like a placeholder.
        let Ok(encoded) = packet.encode() else { continue };
        assert_eq!(again(&encoded).as_slice(), std::slice::from_ref(model));
    }
}

type Decoded = (Vec<EncodedPacket>, Option<PacketError>);

fn decode<'a>(limits: &Limits, chunks: impl Iterator<Item = &'a [u8]>) -> Decoded {
    let mut decoder = PayloadDecoder::new(limits);
    let mut packets = Vec::new();
    for mut chunk in chunks {
        loop {
            match decoder.decode(&mut chunk) {
                Ok(Some(packet)) => packets.push(EncodedPacket::from(&packet)),
                Ok(None) => break,
                Err(error) => return (packets, Some(error)),
            }
        }
        assert!(chunk.is_empty());
    }
    match decoder.finish() {
        Ok(packet) => packets.push(EncodedPacket::from(&packet)),
        Err(error) => return (packets, Some(error)),
    }
    (packets, None)
}

/// The naive way.
fn split(payload: &[u8]) -> Decoded {
    let mut packets = Vec::new();
    for bytes in payload.split(|&byte| byte == 0x1e) {
        let packet = std::str::from_utf8(bytes)
            .map_err(|error| PacketError::Utf8 { at: error.valid_up_to() })
            .and_then(Packet::parse);
        match packet {
            Ok(packet) => packets.push(EncodedPacket::from(&packet)),
            Err(error) => return (packets, Some(error)),
        }
    }
    (packets, None)
}

/// The message that a packet carries.
fn message(packet: &EncodedPacket) -> Option<Message<'_>> {
    match packet {
        EncodedPacket::Text(text) => text.strip_prefix('4').map(Message::Text),
        EncodedPacket::Binary(bytes) => Some(Message::Binary(bytes)),
    }
}

fn receive(messages: &[Message<'_>]) -> (Vec<packet::Packet>, Option<DecodeError>) {
    let mut decoder = Decoder::new(&packet::Limits::default());
    let mut packets = Vec::new();
    for message in messages {
        let message = match *message {
            Message::Text(text) => engine_io::Message::Text(text),
            Message::Binary(bytes) => engine_io::Message::Binary(bytes.into()),
        };
        match decoder.receive(message) {
            Ok(packet) => packets.extend(packet),
            Err(error) => return (packets, Some(error)),
        }
    }
    (packets, None)
}

/// The packets that the naive parser finds in what we encode.
fn again(encoded: &[EncodedPacket]) -> Vec<Model> {
    let messages: Vec<_> =
        encoded.iter().map(|packet| message(packet).expect("a message")).collect();
    let (models, is_wrong) = socketio_model::decode(&messages, u64::MAX);
    assert!(!is_wrong);
    models
}
