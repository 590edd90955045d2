//! Receiving text as a client. Nothing is unmasked, so this is mostly validation. Compared with the
//! standard library's validation of the same text.

#![allow(clippy::as_conversions, clippy::indexing_slicing, reason = "no bytes of a peer here")]

mod wire;

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sansocket::{Limits, Seed, connection::Connection, frame::OpCode};

fn utf8(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("utf8");
    for len in [125_usize, 1 << 10, 64 << 10] {
        group.throughput(Throughput::Bytes(len as u64));
        for (name, text) in [("ASCII", wire::ascii(len)), ("mixed", wire::mixed(len))] {
            let mut frame = wire::frame(OpCode::Text, true, false, text.as_bytes());
            let seed = Seed::from([7; 32]);
            let mut receiver = Connection::client(&Limits::default(), seed).receiver;
            group.bench_function(BenchmarkId::new(format!("{name}, receive"), len), |bencher| {
                bencher.iter(|| {
                    let mut input = black_box(&mut frame[..]);
                    black_box(receiver.receive(&mut input)).is_ok()
                });
            });
            group.bench_function(BenchmarkId::new(format!("{name}, std"), len), |bencher| {
                bencher.iter(|| core::str::from_utf8(black_box(text.as_bytes())));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, utf8);
criterion_main!(benches);
