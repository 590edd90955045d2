//! Compressing and inflating messages, next to the library called directly on the same data.
//!
//! One iteration is one round of messages, 64 KiB in total. Each round ends with the window with which
//! it began, so that rounds can be repeated although messages refer to earlier ones.

#![allow(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "no bytes of a peer here"
)]

mod wire;

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sansocket::{
    Limits, Message, Seed,
    buffered::{Progress, ReadBuffer},
    connection::{Connection, Event},
    deflate::{self, Compression, Offer},
    frame::{FrameHeader, OpCode, Rsv},
};
use zlib_rs::{Deflate, DeflateFlush, Inflate, InflateFlush};

/// The end of each message, which is not sent (RFC 7692 7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xFF, 0xFF];
const ROUND_LEN: usize = 64 << 10;
const LEVEL: i32 = 6;
const WINDOW_BITS: u8 = 15;

/// One round of messages of one length, uncompressed and compressed.
struct Round {
    name: &'static str,
    data: Vec<u8>,
    len: usize,
    /// Compressed, with the tail, from an empty window; then from that of the round before.
    first: Vec<Vec<u8>>,
    next: Vec<Vec<u8>>,
}

impl Round {
    fn new(name: &'static str, len: usize) -> Self {
        let data = wire::json(ROUND_LEN).into_bytes();
        let mut library = Deflate::new(LEVEL, false, WINDOW_BITS);
        let mut round = || -> Vec<_> {
            let compress = |message| compress(&mut library, message, &mut Vec::new()).to_vec();
            data.chunks(len).map(compress).collect()
        };
        let (first, next) = (round(), round());
        Self { name, data, len, first, next }
    }

    fn throughput(&self) -> Throughput {
        Throughput::ElementsAndBytes {
            elements: self.next.len() as u64,
            bytes: self.data.len() as u64,
        }
    }
}

fn rounds() -> [Round; 3] {
    [Round::new("64 KiB", 64 << 10), Round::new("1 KiB", 1 << 10), Round::new("16 B", 16)]
}

/// Compresses a message, up to its flush.
fn compress<'a>(library: &mut Deflate, message: &[u8], out: &'a mut Vec<u8>) -> &'a [u8] {
    out.resize(message.len() + 256, 0);
    let before = library.total_out();
    library.compress(message, out, DeflateFlush::SyncFlush).unwrap();
    &out[..(library.total_out() - before) as usize]
}

/// Inflates messages that end with the tail; returns how many bytes they have.
fn inflate(library: &mut Inflate, messages: &[Vec<u8>], out: &mut [u8]) -> usize {
    let before = library.total_out();
    for message in messages {
        let status = library.decompress(message, out, InflateFlush::SyncFlush);
        black_box(status).unwrap();
    }
    (library.total_out() - before) as usize
}

fn connection(is_client: bool) -> Connection {
    let config = Limits::default();
    let connection = if is_client {
        Connection::client(&config, Seed::from([7; 32]))
    } else {
        Connection::server(&config)
    };
    let config = deflate::Config::default();
    connection.with_deflate(&Offer::new(&config).answer(&config).1, &config)
}

/// The messages in frames to a client, which nothing needs to unmask.
fn wire(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut wire = Vec::new();
    for message in messages {
        let payload = message.strip_suffix(&TAIL).unwrap();
        let header = FrameHeader {
            fin: true,
            rsv: Rsv::RSV1,
            opcode: OpCode::Binary,
            mask: None,
            payload_len: payload.len() as u64,
        };
        wire.extend_from_slice(&header.encode());
        wire.extend_from_slice(payload);
    }
    wire
}

/// Receives chunks; returns how many bytes they have.
fn receive(connection: &mut Connection, wire: &mut [u8]) -> usize {
    let mut input = wire;
    let mut len = 0;
    while let Some(event) = connection.receiver.receive(&mut input).unwrap() {
        if let Event::Chunk(chunk) = event {
            len += black_box(chunk.payload).len();
            black_box(chunk.is_last);
        }
    }
    len
}

/// Receives whole messages; returns how many bytes they have.
fn read(connection: &mut Connection, buffer: &mut ReadBuffer, mut wire: &[u8]) -> usize {
    let mut len = 0;
    loop {
        while let Progress::Message = buffer.advance(&mut connection.receiver, |_| ()).unwrap() {
            if let Ok(Message::Binary(data)) = buffer.message() {
                len += black_box(data).len();
            }
        }
        if wire.is_empty() {
            return len;
        }
        let room = buffer.unfilled();
        let (read, rest) = wire.split_at(room.len().min(wire.len()));
        room[..read.len()].copy_from_slice(read);
        buffer.filled(read.len());
        wire = rest;
    }
}

fn inflating(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("inflate");
    for round in rounds() {
        group.throughput(round.throughput());
        let (mut first, mut next) = (wire(&round.first), wire(&round.next));

        let mut library = Inflate::new(false, WINDOW_BITS);
        let mut out = vec![0; ROUND_LEN + 1];
        inflate(&mut library, &round.first, &mut out);
        group.bench_function(BenchmarkId::new(round.name, "library"), |bencher| {
            bencher.iter(|| {
                let len = inflate(&mut library, black_box(&round.next), &mut out);
                assert_eq!(len, ROUND_LEN);
            });
        });

        let mut client = connection(true);
        receive(&mut client, &mut first);
        group.bench_function(BenchmarkId::new(round.name, "Receiver"), |bencher| {
            bencher.iter(|| {
                assert_eq!(receive(&mut client, black_box(&mut next)), ROUND_LEN);
            });
        });

        let mut client = connection(true);
        let mut buffer = ReadBuffer::default();
        read(&mut client, &mut buffer, &first);
        group.bench_function(BenchmarkId::new(round.name, "ReadBuffer"), |bencher| {
            bencher.iter(|| {
                assert_eq!(read(&mut client, &mut buffer, black_box(&next)), ROUND_LEN);
            });
        });
    }
    group.finish();
}

fn deflating(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("deflate");
    for round in rounds() {
        group.throughput(round.throughput());

        let mut library = Deflate::new(LEVEL, false, WINDOW_BITS);
        let mut out = vec![0; ROUND_LEN];
        group.bench_function(BenchmarkId::new(round.name, "library"), |bencher| {
            bencher.iter(|| {
                for message in black_box(&round.data).chunks(round.len) {
                    black_box(compress(&mut library, message, &mut out));
                }
            });
        });

        let mut sender = connection(false).sender;
        sender.set_compression(Compression::Always);
        let mut out = Vec::new();
        group.bench_function(BenchmarkId::new(round.name, "Sender"), |bencher| {
            bencher.iter(|| {
                for message in black_box(&round.data).chunks(round.len) {
                    out.clear();
                    sender.send_binary(message, &mut out).unwrap();
                    black_box(&out);
                }
            });
        });
    }
    group.finish();
}

/// The most expensive input for its length on the wire: streams of a few bytes that end with a final
/// block.
fn final_blocks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("final blocks");
    // Blocks with the fixed codes (RFC 1951 3.2.6).
    let empty = [0x03, 0x00];
    let copy_of_the_oldest = [0x03, 0xDE, 0xFF, 0x0F, 0x00];
    let first = Round::new("", ROUND_LEN).first;
    for (name, block) in [("empty", &empty[..]), ("copies", &copy_of_the_oldest)] {
        let message = [&block.repeat(10_000)[..], &[0x00], &TAIL].concat();
        let mut next = wire(&[message]);
        group.throughput(Throughput::Bytes(next.len() as u64));
        let mut client = connection(true);
        receive(&mut client, &mut wire(&first));
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(receive(&mut client, black_box(&mut next))));
        });
    }
    group.finish();
}

criterion_group!(benches, inflating, deflating, final_blocks);
criterion_main!(benches);
