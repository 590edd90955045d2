//! A server's side of the opening handshake: parsing a browser's request and writing the response.
//! Compared with the minimum that every server needs: parsing the head, and the digest of the key.

mod wire;

use core::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sansocket::{
    Limits, Parsed,
    handshake::{HeadLimits, server::Request},
};
use sha1::{Digest as _, Sha1};

fn serve(request: &[u8], limits: &HeadLimits, config: &Limits, out: &mut Vec<u8>) -> bool {
    let Ok(Parsed::Complete { value: request, .. }) = Request::parse(request, limits) else {
        return false;
    };
    let response = request.accept();
    black_box(response.send(config, out)).is_ok()
}

fn bare(request: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut head = httparse::Request::new(&mut headers);
    let is_parsed = head.parse(request).is_ok_and(|status| status.is_complete());
    // RFC 6455 4.2.2: a key of 24 bytes, and a GUID of 36.
    black_box(Sha1::digest(black_box([0x55; 24 + 36])));
    is_parsed
}

fn handshake(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("handshake");
    let request = wire::REQUEST.as_bytes();
    let (limits, config) = (HeadLimits::default(), Limits::default());
    let mut out = Vec::new();
    group.throughput(Throughput::Elements(1));
    group.bench_function("serve", |bencher| {
        bencher.iter(|| {
            out.clear();
            assert!(serve(black_box(request), &limits, &config, &mut out));
        });
    });
    group.bench_function("bare", |bencher| {
        bencher.iter(|| assert!(bare(black_box(request))));
    });
    group.finish();
}

criterion_group!(benches, handshake);
criterion_main!(benches);
