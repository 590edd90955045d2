//! Receiving messages as a server, lent from a `ReadBuffer` or owned. One iteration is one wire: it
//! is copied into the buffer, as a read of the transport would, and every message in it is fetched.
//!
//! "bare" is the limit: the same copy, the same unmasking and the same validation, a header parser
//! that refuses nothing, and no state from one read to the next.

#![allow(clippy::as_conversions, clippy::indexing_slicing, reason = "no bytes of a peer here")]

mod wire;

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sansocket::{
    Limits,
    buffered::{Progress, ReadBuffer},
    connection::{Connection, Receiver},
    frame::{MaskKey, Masker, OpCode},
};

/// What a peer sends, and how much of it arrives with each read.
struct Case {
    name: &'static str,
    wire: Vec<u8>,
    messages: usize,
    read_len: usize,
}

impl Case {
    /// As many equal messages as make about 64 KiB.
    fn whole(name: &'static str, opcode: OpCode, payload: &[u8]) -> Self {
        let frame = wire::message(opcode, payload);
        let messages = (64_usize << 10).div_ceil(frame.len());
        Self { name, wire: frame.repeat(messages), messages, read_len: usize::MAX }
    }
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::whole("binary 16 B", OpCode::Binary, &wire::binary(16)),
        Case::whole("binary 125 B", OpCode::Binary, &wire::binary(125)),
        Case::whole("binary 1 KiB", OpCode::Binary, &wire::binary(1 << 10)),
        Case::whole("binary 64 KiB", OpCode::Binary, &wire::binary(64 << 10)),
    ];
    for len in [16, 125, 1 << 10, 64 << 10] {
        let [ascii, mixed] = match len {
            16 => ["ASCII 16 B", "mixed 16 B"],
            125 => ["ASCII 125 B", "mixed 125 B"],
            1024 => ["ASCII 1 KiB", "mixed 1 KiB"],
            _ => ["ASCII 64 KiB", "mixed 64 KiB"],
        };
        cases.push(Case::whole(ascii, OpCode::Text, wire::ascii(len).as_bytes()));
        cases.push(Case::whole(mixed, OpCode::Text, wire::mixed(len).as_bytes()));
    }
    cases.push(Case {
        name: "64 fragments of 1 KiB",
        wire: wire::fragmented(OpCode::Binary, &wire::binary(1 << 10), 64),
        messages: 1,
        read_len: usize::MAX,
    });
    cases.push(Case {
        name: "125 B in reads of 1 byte",
        wire: wire::message(OpCode::Binary, &wire::binary(125)),
        messages: 1,
        read_len: 1,
    });
    cases
}

/// Receives the whole wire. Returns how many messages it has.
fn receive(buffer: &mut ReadBuffer, receiver: &mut Receiver, case: &Case) -> usize {
    receive_with(buffer, receiver, case, |buffer| {
        black_box(buffer.message().is_ok());
    })
}

/// The same, with a copy of each message.
fn receive_owned(buffer: &mut ReadBuffer, receiver: &mut Receiver, case: &Case) -> usize {
    receive_with(buffer, receiver, case, |buffer| {
        black_box(buffer.owned_message().is_ok());
    })
}

fn receive_with(
    buffer: &mut ReadBuffer,
    receiver: &mut Receiver,
    case: &Case,
    fetch: impl Fn(&mut ReadBuffer),
) -> usize {
    let mut wire = &case.wire[..];
    let mut messages = 0;
    loop {
        while let Ok(Progress::Message) = buffer.advance(receiver, |_| ()) {
            fetch(buffer);
            messages += 1;
        }
        if wire.is_empty() {
            return messages;
        }
        let room = buffer.unfilled();
        let count = room.len().min(wire.len()).min(case.read_len);
        let (read, rest) = wire.split_at(count);
        room[..count].copy_from_slice(read);
        buffer.filled(count);
        wire = rest;
    }
}

/// The least that must be done with the same bytes.
fn bare(storage: &mut [u8], case: &Case) -> usize {
    let mut messages = 0;
    let (mut filled, mut start, mut message_end) = (0, 0, 0);
    for read in case.wire.chunks(case.read_len) {
        storage[filled..filled + read.len()].copy_from_slice(read);
        filled += read.len();
        while let Some((header_len, len, key)) = bare_header(&storage[start..filled]) {
            let at = start + header_len;
            let fin_and_opcode = storage[start];
            if at + len > filled {
                break;
            }
            start = at + len;
            Masker::new(MaskKey(key)).apply(&mut storage[at..start]);
            let message = if fin_and_opcode & 0x0F == 0 {
                storage.copy_within(at..start, message_end);
                message_end += len;
                &storage[..message_end]
            } else {
                message_end = start;
                &storage[at..start]
            };
            if fin_and_opcode & 0x80 != 0 {
                let is_text = fin_and_opcode & 0x0F == 1;
                black_box(!is_text || simdutf8::basic::from_utf8(message).is_ok());
                messages += 1;
            }
        }
    }
    messages
}

fn bare_header(input: &[u8]) -> Option<(usize, usize, [u8; 4])> {
    let rest = input.get(2..)?;
    let (header_len, len) = match input[1] & 0x7F {
        126 => (8, usize::from(u16::from_be_bytes(*rest.first_chunk()?))),
        127 => (14, u64::from_be_bytes(*rest.first_chunk()?) as usize),
        short => (6, usize::from(short)),
    };
    let key = input.get(header_len - 4..header_len)?.first_chunk()?;
    Some((header_len, len, *key))
}

fn receiving(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("receive");
    for case in cases() {
        group.throughput(Throughput::ElementsAndBytes {
            elements: case.messages as u64,
            bytes: case.wire.len() as u64,
        });
        let mut receiver = Connection::server(&Limits::default()).receiver;
        let mut buffer = ReadBuffer::default();
        group.bench_function(BenchmarkId::new(case.name, "lent"), |bencher| {
            bencher.iter(|| {
                let messages = receive(&mut buffer, &mut receiver, black_box(&case));
                assert_eq!(messages, case.messages);
            });
        });
        group.bench_function(BenchmarkId::new(case.name, "owned"), |bencher| {
            bencher.iter(|| {
                let messages = receive_owned(&mut buffer, &mut receiver, black_box(&case));
                assert_eq!(messages, case.messages);
            });
        });
        let mut storage = vec![0; case.wire.len()];
        group.bench_function(BenchmarkId::new(case.name, "bare"), |bencher| {
            bencher.iter(|| {
                let messages = bare(&mut storage, black_box(&case));
                assert_eq!(messages, case.messages);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, receiving);
criterion_main!(benches);
