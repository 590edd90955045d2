//! Possible agreements and messages.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::deflate;

use crate::data::{json, periodic, random};
use crate::endpoint::Received;

pub(super) fn deflate() -> impl Strategy<Value = deflate::Config> {
    (
        (0..=9_u8, 1..=9_u8, prop_oneof![Just(64), 0..2000_usize]),
        (8..=15_u8, 8..=15_u8),
        any::<(bool, bool)>(),
    )
        .prop_map(
            |((level, mem_level, min_len), (server_bits, client_bits), (server, client))| {
                deflate::Config::default()
                    .level(level)
                    .mem_level(mem_level)
                    .min_len(min_len)
                    .server_max_window_bits(server_bits)
                    .client_max_window_bits(client_bits)
                    .server_no_context_takeover(server)
                    .client_no_context_takeover(client)
            },
        )
}

/// Long messages are rare.
fn len() -> impl Strategy<Value = usize> {
    prop_oneof![
        6 => 0..300_usize,
        3 => 300..20_000_usize,
        1 => 20_000..=200_usize << 10,
    ]
}

pub(super) fn message() -> impl Strategy<Value = Received> {
    prop_oneof![
        vec(any::<u8>(), 0..300).prop_map(Received::Binary),
        any::<String>().prop_map(Received::Text),
        len().prop_map(|len| Received::Text(json(len))),
        (len(), any::<u64>()).prop_map(|(len, seed)| Received::Binary(random(len, seed))),
        (1..40_000_usize, len(), 0..3_u64)
            .prop_map(|(period, len, seed)| Received::Binary(periodic(period, len, seed))),
    ]
}

/// Places where a message is cut.
pub(super) fn cuts() -> impl Strategy<Value = Vec<Index>> {
    prop_oneof![Just(Vec::new()), vec(any::<Index>(), 0..6)]
}

/// The parts of a payload that end at these places.
pub(super) fn parts<'a>(payload: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(payload.len() + 1)).collect();
    cuts.extend([0, payload.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|ends| &payload[ends[0]..ends[1]]).collect()
}

/// The lengths of reads, repeated. Few are short, so that long messages do not take too many.
pub(super) fn read_lens() -> impl Strategy<Value = Vec<usize>> {
    let len = prop_oneof![1..20_usize, 20..5000_usize];
    (vec(len, 0..6), 500..70_000_usize).prop_map(|(mut lens, last)| {
        lens.push(last);
        lens
    })
}
