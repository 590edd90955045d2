//! Parsing and encoding the three forms of a header.

#![allow(clippy::as_conversions, reason = "no bytes of a peer here")]

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sansocket::frame::{FrameHeader, MaskKey, OpCode, Rsv};

fn header(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("header");
    for payload_len in [16_u64, 1 << 10, 64 << 10] {
        let header = FrameHeader {
            fin: true,
            rsv: Rsv::NONE,
            opcode: OpCode::Binary,
            mask: Some(MaskKey([0x37, 0xfa, 0x21, 0x3d])),
            payload_len,
        };
        let bytes = header.encode();
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(BenchmarkId::new("parse", payload_len), |bencher| {
            bencher.iter(|| FrameHeader::parse(black_box(&bytes)));
        });
        group.bench_function(BenchmarkId::new("encode", payload_len), |bencher| {
            bencher.iter(|| black_box(header).encode());
        });
    }
    group.finish();
}

criterion_group!(benches, header);
criterion_main!(benches);
