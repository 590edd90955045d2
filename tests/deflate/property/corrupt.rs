//! Damaged data is read as RFC 1951 says, however it is split.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::Limits;
use sansocket::connection::ProtocolError;

use super::strategy::{cuts, parts};
use crate::agreement::{ROLES, other, with_window_of};
use crate::blocks::Blocks;
use crate::data::{json, random};
use crate::endpoint::Received;
use crate::naive::NaiveInflater;
use crate::reading::assert_reads;
use crate::wire::{self, BINARY, CONTINUATION, FIN, RSV1};
use crate::zlib::Compressor;

#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    CutOff(Index),
}

impl Damage {
    fn spoil(&self, data: &mut Vec<u8>) {
        let len = data.len();
        match self {
            Self::Insert(at, byte) => data.insert(at.index(len + 1), *byte),
            Self::Flip(at, bit) if len > 0 => data[at.index(len)] ^= bit,
            Self::Remove(at) if len > 0 => _ = data.remove(at.index(len)),
            Self::CutOff(at) if len > 0 => data.truncate(at.index(len)),
            _ => {}
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, 1 << bit)),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        1 => any::<Index>().prop_map(Damage::Remove),
        1 => any::<Index>().prop_map(Damage::CutOff),
    ]
}

/// Blocks in any order, some with references too far back.
fn blocks() -> impl Strategy<Value = Vec<u8>> {
    let distance = prop_oneof![3 => 1..60_usize, 1 => 200..700_usize];
    let block = (0..4_u8, vec(any::<u8>(), 0..120), 3..=10_usize, distance);
    vec(block, 0..6).prop_map(|blocks| {
        let blocks =
            blocks.into_iter().fold(Blocks::default(), |blocks, (kind, data, len, distance)| {
                match kind {
                    0 => blocks.stored(&data),
                    1 => blocks.fixed(true).literals(&data).end_of_block().align(),
                    2 => blocks.fixed(false).literals(&data).copy(len, distance).end_of_block(),
                    _ => blocks.fixed(true).copy(len, distance).end_of_block().align(),
                }
            });
        blocks.message()
    })
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    let deflated = (0..=9_u32, 0..1500_usize, any::<bool>()).prop_map(|(level, len, is_text)| {
        let message = if is_text { json(len).into_bytes() } else { random(len / 5, 1) };
        Compressor::new(level, 15, false).message(&message)
    });
    prop_oneof![
        4 => deflated,
        4 => blocks(),
        1 => vec(any::<u8>(), 0..40),
    ]
}

proptest! {
    // Shows 7692-7.2.2-4.
    #[test]
    fn damaged_data_is_read_as_the_naive_inflater_reads_it(
        role in prop::sample::select(&ROLES),
        bits in prop_oneof![8..=9_u8, Just(15)],
        messages in vec((data(), vec(damage(), 0..2), cuts()), 1..6),
    ) {
        let mut naive = NaiveInflater::new(bits, false);
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        let mut error = None;
        for (mut data, damages, cuts) in messages {
            for damage in damages {
                damage.spoil(&mut data);
            }
            let fragments = parts(&data, &cuts);
            for (index, fragment) in fragments.iter().enumerate() {
                let opcode = if index == 0 { RSV1 | BINARY } else { CONTINUATION };
                let fin = if index + 1 == fragments.len() { FIN } else { 0 };
                bytes.extend(wire::to(role, fin | opcode, fragment));
            }
            if error.is_none() {
                match naive.message(&data) {
                    Ok(message) => expected.push(Received::Binary(message)),
                    Err(_) => error = Some(ProtocolError::InvalidDeflate),
                }
            }
        }
        let deflate = with_window_of(other(role), bits, 15);
        assert_reads(role, &Limits::default(), &deflate, &bytes, &(expected, error));
    }
}
