//! Sending whole messages into an output buffer, compared with a copy of the payload.

#![allow(clippy::as_conversions, reason = "no bytes of a peer here")]

mod wire;

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sansocket::{Limits, PreparedMessage, Seed, connection::Connection};

fn send(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("send");
    let limits = Limits::default();
    for len in [16_usize, 125, 1 << 10, 64 << 10] {
        group.throughput(Throughput::Bytes(len as u64));
        let payload = wire::binary(len);
        let mut out = Vec::new();
        let server = Connection::server(&limits).sender;
        let client = Connection::client(&limits, Seed::from([7; 32])).sender;
        for (name, mut sender) in [("server", server), ("client", client)] {
            group.bench_function(BenchmarkId::new(name, len), |bencher| {
                bencher.iter(|| {
                    out.clear();
                    black_box(sender.send_binary(black_box(&payload), &mut out)).is_ok()
                });
            });
        }
        let mut sender = Connection::server(&limits).sender;
        let prepared = PreparedMessage::binary(&payload);
        group.bench_function(BenchmarkId::new("server, prepared", len), |bencher| {
            bencher.iter(|| {
                out.clear();
                black_box(sender.send_prepared(black_box(&prepared), &mut out)).is_ok()
            });
        });
        group.bench_function(BenchmarkId::new("copy, limit", len), |bencher| {
            bencher.iter(|| {
                out.clear();
                out.extend_from_slice(black_box(&payload));
                black_box(&mut out).len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, send);
criterion_main!(benches);
