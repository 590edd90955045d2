//! Little that inflates to much.

use std::time::Duration;

use crate::case::{Case, Codes, Expected, Kind, Payload, binary, text};

pub(super) fn cases() -> Vec<Case> {
    let bomb = |slug: &str, title: &str| {
        Case::robust(format!("robust/{slug}"), title)
            .rule("7692-8-1")
            .why(
                "The limit of messages counts what is inflated, or a peer with \
                little bandwidth fills any memory.",
            )
            .deflate("permessage-deflate", "permessage-deflate")
    };
    let refused = |case: Case| {
        let case = case.patience(Duration::from_secs(10));
        case.expects([Expected::Close(Codes::OneOf(vec![1009]))]).drops()
    };
    let empty_blocks = b"\x00\x00\x00\xFF\xFF".repeat(50_000);
    let final_blocks = b"\x03\x00".repeat(50_000);
    vec![
        refused(
            bomb("bomb-of-64-mib", "A message of 413 KiB that inflates to 64 MiB")
                .send([binary(bomb_payload()).rsv(0b100)])
                .echoes(Kind::Binary, zeros()),
        ),
        refused(
            bomb(
                "bomb-in-fragments",
                "A message in fragments of 100 bytes that inflates to 64 MiB",
            )
            .send([binary(bomb_payload()).rsv(0b100).in_fragments(100)])
            .echoes(Kind::Binary, zeros()),
        ),
        refused(
            bomb("bomb-of-text", "A text of 413 KiB that inflates to 64 MiB")
                .send([text(bomb_payload()).rsv(0b100)])
                .echoes(Kind::Text, zeros()),
        ),
        bomb("blocks-of-nothing", "A message of 50,000 empty blocks")
            .send([text([&empty_blocks[..], b"\x00"].concat()).rsv(0b100)])
            .echoes(Kind::Text, "")
            .drops(),
        bomb("final-blocks-of-nothing", "A message of 50,000 empty blocks with BFINAL")
            .send([text([&final_blocks[..], b"\x00"].concat()).rsv(0b100)])
            .echoes(Kind::Text, "")
            .drops(),
    ]
}

/// How often [`BOMB_EIGHT`] is in a bomb.
const EIGHTS: usize = 32_513;
/// A block with fixed codes: a zero, and a repetition of it 258 times, which end with a byte.
const BOMB_START: [u8; 3] = [0x62, 0x18, 0x05];
/// Eight further repetitions, of 13 bits each.
const BOMB_EIGHT: [u8; 13] =
    [0xA3, 0x60, 0x14, 0x8C, 0x82, 0x51, 0x30, 0x0A, 0x46, 0xC1, 0x28, 0x18, 0x05];
/// The end of the block, and the start of the empty one whose rest is not sent.
const BOMB_END: [u8; 2] = [0, 0];

/// A compressed message of zeros.
fn bomb_payload() -> Vec<u8> {
    [&BOMB_START[..], &BOMB_EIGHT.repeat(EIGHTS), &BOMB_END].concat()
}

/// What it inflates to: somewhat less than 64 MiB.
const fn zeros() -> Payload {
    Payload::Repeated(0, 259 + 8 * 258 * EIGHTS)
}
