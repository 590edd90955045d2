//! Masking in place, compared with a copy of the same bytes, and with a loop over single bytes.

#![allow(clippy::as_conversions, clippy::indexing_slicing, reason = "no bytes of a peer here")]

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sansocket::frame::{MaskKey, Masker};

const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

fn mask(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mask");
    for len in [16_usize, 125, 1 << 10, 16 << 10, 1 << 20] {
        group.throughput(Throughput::Bytes(len as u64));
        // After a header of 6 bytes, as in a frame.
        let mut frame = vec![0x55; 6 + len];
        let payload = &mut frame[6..];
        group.bench_function(BenchmarkId::new("in place", len), |bencher| {
            bencher.iter(|| Masker::new(MaskKey(black_box(KEY))).apply(black_box(payload)));
        });
        group.bench_function(BenchmarkId::new("bytes, naive", len), |bencher| {
            bencher.iter(|| {
                let key = black_box(KEY);
                for (index, byte) in black_box(&mut *payload).iter_mut().enumerate() {
                    *byte ^= key[index % 4];
                }
            });
        });
        // Half a page apart: a load that is mistaken for one of a store just before would wait.
        let mut copy = vec![0; 2048 + len];
        let copy = &mut copy[2048..];
        group.bench_function(BenchmarkId::new("copy, limit", len), |bencher| {
            bencher.iter(|| black_box(&mut *copy).copy_from_slice(black_box(payload)));
        });
    }
    group.finish();
}

criterion_group!(benches, mask);
criterion_main!(benches);
