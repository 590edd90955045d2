//! Streams of many final blocks are read as RFC 1951 says, however they are split.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use sansocket::connection::ProtocolError;
use sansocket::{Limits, Role};

use super::strategy::{cuts, parts, read_lens};
use crate::agreement::{ROLES, endpoint, other, with_window_of};
use crate::blocks::Blocks;
use crate::data::random;
use crate::endpoint::Received;
use crate::naive::NaiveInflater;
use crate::reading::{Outcome, read_chunks, read_messages};
use crate::wire::{self, BINARY, CONTINUATION, FIN, RSV1};

/// A block, and how far back it refers, as a fraction of the window. Few refer to data before it.
#[derive(Clone, Debug)]
struct Block {
    is_stored: bool,
    is_final: bool,
    literals: Vec<u8>,
    /// How long the copy is, and how far it goes back.
    copy: Option<(usize, Index)>,
}

fn block() -> impl Strategy<Value = Block> {
    let is_stored = prop::bool::weighted(0.2);
    let is_final = prop::bool::weighted(0.8);
    let copy = prop::option::weighted(0.6, (3..=10_usize, any::<Index>()));
    (is_stored, is_final, vec(any::<u8>(), 0..6), copy).prop_map(
        |(is_stored, is_final, literals, copy)| Block { is_stored, is_final, literals, copy },
    )
}

fn compressed(message: &[Block], window_len: usize) -> Vec<u8> {
    let blocks = message.iter().fold(Blocks::default(), |blocks, block| {
        if block.is_stored {
            return blocks.stored(&block.literals);
        }
        let mut blocks = blocks.fixed(block.is_final).literals(&block.literals);
        if let Some((len, distance)) = block.copy {
            // One in some thousands is beyond.
            let distance = 1 + distance.index(window_len + window_len / 2048 + 1);
            blocks = blocks.copy(len, distance.min(1 << 15));
        }
        let blocks = blocks.end_of_block();
        if block.is_final { blocks.align() } else { blocks }
    });
    blocks.message()
}

fn write(role: Role, data: &[u8], cuts: &[Index], wire: &mut Vec<u8>) {
    let fragments = parts(data, cuts);
    for (index, fragment) in fragments.iter().enumerate() {
        let opcode = if index == 0 { RSV1 | BINARY } else { CONTINUATION };
        let fin = if index + 1 == fragments.len() { FIN } else { 0 };
        wire.extend(wire::to(role, fin | opcode, fragment));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    // Shows 7692-7.2.2-3 (both), 7692-7.2.2-4.
    #[test]
    fn many_final_blocks_are_read_as_the_naive_inflater_reads_them(
        role in prop::sample::select(&ROLES),
        bits in 8..=15_u8,
        messages in vec((vec(block(), 1..12), cuts()), 1..12),
        rounds in 1..12_usize,
        read_lens in read_lens(),
    ) {
        let mut naive = NaiveInflater::new(bits, false);
        let filling = Blocks::default().stored(&random(1 << bits, 1)).message();
        let mut bytes = wire::to(role, FIN | RSV1 | BINARY, &filling);
        let mut expected: Outcome =
            (vec![Received::Binary(naive.message(&filling).unwrap())], None);
        for (message, cuts) in messages.iter().cycle().take(rounds * messages.len()) {
            let data = compressed(message, 1 << bits);
            write(role, &data, cuts, &mut bytes);
            match naive.message(&data) {
                Ok(message) => expected.0.push(Received::Binary(message)),
                Err(_) => {
                    expected.1 = Some(ProtocolError::InvalidDeflate);
                    break;
                }
            }
        }
        let deflate = with_window_of(other(role), bits, 15);
        let limits = Limits::default();
        let end = || endpoint(role, &limits, &deflate);

        let mut events = end();
        let error = events.receive_in(&bytes, &read_lens).err();
        events.received.retain(|received| matches!(received, Received::Binary(_)));
        prop_assert!((events.received, error) == expected, "events: {error:?}");
        for read_len in [1, 100, usize::MAX] {
            let mut received = Vec::new();
            let receiver = &mut end().connection.receiver;
            let error = read_messages(receiver, &bytes, read_len, &mut received);
            prop_assert!((received, error) == expected, "reads of {read_len}: {error:?}");
            let mut received = Vec::new();
            let receiver = &mut end().connection.receiver;
            let error = read_chunks(receiver, &bytes, read_len, &mut received);
            prop_assert!((received, error) == expected, "parts of {read_len}: {error:?}");
        }
    }
}
