use flate2::{Decompress, FlushDecompress, Status};
use sansocket::{
    Chunk, Limits, MessageKind, Role, Seed,
    connection::{Connection, ProtocolError, Sender},
    deflate::Compression,
};

use crate::{
    agreement::{self, Agreement},
    allocations,
    blocks::TAIL,
    connection::{Bounds, Outcome, check_received},
    inbox::{Inbox, Received},
    input::{Cuts, Input},
    naive::{NaiveInflater, NaivePeer},
    wire::{self, BINARY, CONTINUATION, FIN, RSV1},
    zlib::Decompressor,
};

/// How many bytes come from the input: they can be inflated to a thousand times as much.
const MAX_LEN: usize = 256;

/// Messages in any fragments and reads, whatever was agreed on. Some are received, see [`receive`],
/// or else sent, see [`send`].
///
/// Input: agreement, options, which of each eight messages are compressed, limit,
/// [cuts](Input::cuts) of the messages, of the fragments, and of the reads, bytes.
pub fn deflate(data: &[u8]) {
    let mut input = Input::new(data);
    let (choice, options, compressed) = (input.byte(), input.byte(), input.byte());
    let config = agreement::config(choice).level(options >> 2 & 7);
    let agreement = Agreement::new(config);
    let role = if options & 1 == 0 { Role::Server } else { Role::Client };
    let limit = input.size();
    let (messages, fragments, reads) = (input.cuts(), input.cuts(), input.cuts());
    let bytes = input.bytes(MAX_LEN);
    // What is sent is so long that small windows do not hold all of it.
    let repetitions = if options & 2 == 0 { 1 } else { 1 + 4 * (options >> 5) };
    let bytes = bytes.repeat(repetitions.into());
    let messages: Vec<Message<'_>> = messages
        .pieces(&bytes)
        .enumerate()
        .map(|(index, data)| {
            let mut fragments: Vec<_> = fragments.pieces(data).collect();
            if fragments.is_empty() {
                fragments.push(data);
            }
            Message { is_compressed: compressed >> (index % 8) & 1 == 1, data, fragments }
        })
        .collect();
    if options & 2 == 0 {
        receive(role, limit, agreement, &messages, reads);
    } else {
        send(role, &agreement, &messages);
    }
}

struct Message<'a> {
    is_compressed: bool,
    data: &'a [u8],
    fragments: Vec<&'a [u8]>,
}

/// Any bytes as compressed data give what an inflater that follows RFC 1951 word for word makes of
/// them, and zlib too, up to the limit and no further.
fn receive(
    role: Role,
    limit: usize,
    agreement: Agreement,
    messages: &[Message<'_>],
    reads: Cuts<'_>,
) {
    let (window_bits, no_context_takeover) = agreement.of_sender(role.peer());
    let mut naive = NaiveInflater::new(window_bits, no_context_takeover);
    let mut zlib = Some(Decompress::new(false));
    let mut bytes = Vec::new();
    let mut expected = Vec::new();
    let mut fault = None;
    for message in messages {
        message.write(role, &mut bytes);
        if fault.is_some() {
            continue;
        }
        let data = if message.is_compressed {
            naive.message(message.data)
        } else {
            Ok(message.data.to_vec())
        };
        if message.is_compressed
            && let Ok(data) = &data
        {
            zlib = zlib.and_then(|zlib| inflate(zlib, message.data, data));
            if no_context_takeover && let Some(zlib) = &mut zlib {
                zlib.reset(false);
            }
        }
        match data {
            Ok(data) if data.len() <= limit => {
                expected.push(Received::message(MessageKind::Binary, data));
            }
            Ok(_) => fault = Some(Fault::TooLong),
            Err(_) => fault = Some(Fault::Corrupt),
        }
    }
    let limits = Bounds::inflating(limit, agreement);
    let Outcome { inbox, result, .. } = check_received(role, &limits, &bytes, reads);
    assert_eq!(inbox.received, expected);
    let is_too_long = matches!(result, Err(ProtocolError::MessageTooLong { .. }));
    match fault {
        None => assert_eq!(result, Ok(())),
        Some(Fault::TooLong) => assert!(is_too_long, "{result:?}"),
        // Too much may come before the fault.
        Some(Fault::Corrupt) => {
            assert!(is_too_long || result == Err(ProtocolError::InvalidDeflate), "{result:?}");
        }
    }
}

enum Fault {
    TooLong,
    Corrupt,
}

impl Message<'_> {
    /// Appends its frames, as the peer of `role` sends them.
    fn write(&self, role: Role, bytes: &mut Vec<u8>) {
        for (index, fragment) in self.fragments.iter().enumerate() {
            let opcode = match (index, self.is_compressed) {
                (0, true) => RSV1 | BINARY,
                (0, false) => BINARY,
                _ => CONTINUATION,
            };
            let fin = if index + 1 == self.fragments.len() { FIN } else { 0 };
            bytes.extend(wire::to(role, fin | opcode, fragment));
        }
    }

    fn send(&self, sender: &mut Sender, out: &mut Vec<u8>) {
        sender.set_compression(match self.is_compressed {
            true => Compression::Always,
            false => Compression::Never,
        });
        let sent = match &self.fragments[..] {
            [whole] => sender.send_binary(whole, out),
            [parts @ .., last] => parts
                .iter()
                .try_for_each(|part| sender.send_chunk(Chunk::more(MessageKind::Binary, part), out))
                .and_then(|()| sender.send_chunk(Chunk::last(MessageKind::Binary, last), out)),
            [] => unreachable!("an empty message has an empty fragment"),
        };
        sent.expect("the connection is open");
    }
}

/// Checks that zlib inflates a message to this. Its stream cannot go on behind a final block.
fn inflate(mut zlib: Decompress, compressed: &[u8], expected: &[u8]) -> Option<Decompress> {
    let compressed = [compressed, &TAIL].concat();
    // With room for one byte more, if there is one.
    let mut data = Vec::with_capacity(expected.len() + 1);
    let before = zlib.total_in();
    match zlib.decompress_vec(&compressed, &mut data, FlushDecompress::Sync).expect("the same") {
        Status::StreamEnd => {
            assert!(expected.starts_with(&data));
            None
        }
        Status::Ok | Status::BufError => {
            assert_eq!(zlib.total_in() - before, u64::try_from(compressed.len()).unwrap());
            assert!(data == expected);
            Some(zlib)
        }
    }
}

/// Any messages are inflated again by both inflaters, with references no farther back than the
/// window that was agreed on; and by our other end.
fn send(role: Role, agreement: &Agreement, messages: &[Message<'_>]) {
    let config = Limits::default();
    let server = agreement.apply(Connection::server(&config));
    let client = agreement.apply(Connection::client(&config, Seed::from([7; 32])));
    let (mut sender, mut peer) = match role {
        Role::Server => (server.sender, client),
        Role::Client => (client.sender, server),
    };
    let (window_bits, no_context_takeover) = agreement.of_sender(role);
    let mut naive = NaivePeer::new(window_bits, no_context_takeover);
    let mut zlib = Decompressor::new(window_bits, no_context_takeover);
    let mut inbox = Inbox::default();
    for message in messages {
        let mut out = Vec::new();
        let ((), held) = allocations::peak(|| message.send(&mut sender, &mut out));
        // What `deflate` documents, and the output twice.
        assert!(held <= (325 << 10) + 4 * out.len() + message.data.len(), "{held} bytes held");

        let frames = wire::frames(&out);
        let mut inflated = Vec::new();
        let mut naively_inflated = Vec::new();
        for (frame, naive) in frames.iter().zip(naive.read(&out)) {
            let room = message.data.len();
            inflated.extend(match (naive.is_compressed, frame.first & FIN) {
                (false, _) => frame.payload.clone(),
                (true, 0) => zlib.part(&frame.payload, room),
                (true, _) => zlib.message(&frame.payload, room),
            });
            assert!(message.is_compressed || !naive.is_compressed);
            naively_inflated.extend(naive.payload);
        }
        assert!(inflated == message.data && naively_inflated == message.data);

        let mut input = &mut out[..];
        while let Some(event) = peer.receive(&mut input, &mut Vec::new()).expect("a message") {
            inbox.take(event);
        }
        let message = Received::message(MessageKind::Binary, message.data.to_vec());
        assert!(inbox.received.pop() == Some(message));
    }
}
