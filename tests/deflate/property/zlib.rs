//! zlib reads what one endpoint sends, and the other endpoint reads what zlib writes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::deflate::{self, Compression};
use sansocket::{Chunk, Limits, MessageKind, Role};

use super::strategy::{cuts, deflate, message, parts, read_lens};
use crate::agreement::{ROLES, agreed, endpoint, other};
use crate::endpoint::Received;
use crate::wire::{self, BINARY, CONTINUATION, FIN, RSV1, TEXT};
use crate::zlib::{Compressor, Decompressor};

fn kind_and_payload(message: &Received) -> (MessageKind, &[u8]) {
    match message {
        Received::Text(text) => (MessageKind::Text, text.as_bytes()),
        Received::Binary(data) => (MessageKind::Binary, data),
        other => unreachable!("{other:?} is no message"),
    }
}

/// The window in which the end of this role compresses, and whether each message is compressed independently.
fn of_sender(role: Role, deflate: &deflate::Config) -> (u8, bool) {
    let params = agreed(deflate);
    match role {
        Role::Client => (params.client_max_window_bits, params.client_no_context_takeover),
        Role::Server => (params.server_max_window_bits, params.server_no_context_takeover),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // Shows 7692-6.1-2, 7692-7.2.1-1.
    #[test]
    fn zlib_inflates_what_is_sent(
        role in prop::sample::select(&ROLES),
        deflate in deflate(),
        messages in vec((message(), cuts(), any::<bool>()), 0..8),
    ) {
        let (bits, no_context_takeover) = of_sender(role, &deflate);
        let mut zlib = Decompressor::new(bits, no_context_takeover);
        let mut end = endpoint(role, &Limits::default(), &deflate);
        for (message, cuts, is_always) in messages {
            let (kind, payload) = kind_and_payload(&message);
            end.connection.sender.set_compression(match is_always {
                true => Compression::Always,
                false => Compression::Auto,
            });
            if cuts.is_empty() {
                end.send(|sender, out| match &message {
                    Received::Text(text) => sender.send_text(text, out),
                    _ => sender.send_binary(payload, out),
                })
                .unwrap();
            } else {
                let mut parts = parts(payload, &cuts);
                let last = parts.pop().unwrap();
                for part in parts {
                    end.send(|sender, out| sender.send_chunk(Chunk::more(kind, part), out)).unwrap();
                }
                end.send(|sender, out| sender.send_chunk(Chunk::last(kind, last), out)).unwrap();
            }
            let mut inflated = Vec::new();
            let mut is_compressed = false;
            for frame in wire::frames(&end.take_out()) {
                is_compressed |= frame.first & RSV1 != 0;
                let data = &frame.payload[..];
                inflated.extend(match (is_compressed, frame.first & FIN != 0) {
                    (false, _) => data.to_vec(),
                    (true, true) => zlib.message(data, payload.len()),
                    (true, false) => zlib.part(data, payload.len()),
                });
            }
            prop_assert!(inflated == payload);
        }
    }

    // Shows 7692-7.2.2-1.
    #[test]
    fn what_zlib_deflates_is_received(
        role in prop::sample::select(&ROLES),
        deflate in deflate(),
        level in 0..=9_u32,
        messages in vec((message(), cuts(), cuts(), 0..4_u8), 0..8),
        read_lens in read_lens(),
    ) {
        let (bits, no_context_takeover) = of_sender(other(role), &deflate);
        // zlib has no window of 8 bits.
        prop_assume!(bits > 8);
        let mut zlib = Compressor::new(level, bits, no_context_takeover);
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (message, flushes, cuts, one_in_four) in messages {
            let (kind, payload) = kind_and_payload(&message);
            let opcode = match kind {
                MessageKind::Text => TEXT,
                MessageKind::Binary => BINARY,
            };
            let is_compressed = one_in_four > 0;
            let data = match is_compressed {
                true => compress(&mut zlib, payload, &flushes),
                false => payload.to_vec(),
            };
            // Frames need not end where the data was flushed.
            let fragments = parts(&data, &cuts);
            for (index, fragment) in fragments.iter().enumerate() {
                let opcode = match index {
                    0 if is_compressed => RSV1 | opcode,
                    0 => opcode,
                    _ => CONTINUATION,
                };
                let fin = if index + 1 == fragments.len() { FIN } else { 0 };
                bytes.extend(wire::to(role, fin | opcode, fragment));
            }
            expected.push(message);
        }
        let mut end = endpoint(role, &Limits::default(), &deflate);
        prop_assert_eq!(end.receive_in(&bytes, &read_lens), Ok(()));
        prop_assert!(end.received == expected);
    }
}

fn compress(zlib: &mut Compressor, payload: &[u8], flushes: &[Index]) -> Vec<u8> {
    let mut parts = parts(payload, flushes);
    let last = parts.pop().unwrap();
    let mut data: Vec<u8> = parts.into_iter().flat_map(|part| zlib.part(part)).collect();
    data.extend(zlib.message(last));
    data
}
