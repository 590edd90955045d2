//! The headers of frames (RFC 6455 5.2).

use sansocket::Role;

use super::mutation::{Conduct, Mutation};

/// A header that is accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    pub(crate) rsv1: bool,
    pub(crate) opcode: u8,
    pub(crate) key: [u8; 4],
    pub(crate) length: u64,
}

pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

const TOP_BIT: u64 = 1 << 63;

/// What breaks a rule of framing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Violation;

/// The header at the start of what came, and how long it is; `None` if there is not all of it.
pub(crate) fn read(
    bytes: &[u8],
    reader: Role,
    has_deflate: bool,
    conduct: &Conduct,
) -> Result<Option<(Header, usize)>, Violation> {
    let does = |mutation| conduct.does(mutation);
    let Some([first, second]) = bytes.first_chunk() else { return Ok(None) };
    let (fin, rsv, opcode) = (first & 0x80 != 0, first >> 4 & 7, first & 0x0F);
    let (is_masked, short) = (second & 0x80 != 0, second & 0x7F);
    let is_control = opcode >= 8;
    check_opcode(opcode, conduct)?;
    check_reserved_bits(rsv, opcode, has_deflate, conduct)?;
    let accepts_mask = match (reader, is_masked) {
        (Role::Server, true) | (Role::Client, false) => true,
        (Role::Server, false) => {
            does(Mutation::AcceptsUnmasked) || is_control && does(Mutation::AcceptsUnmaskedControls)
        }
        (Role::Client, true) => {
            does(Mutation::AcceptsMasked) || is_control && does(Mutation::AcceptsMaskedControls)
        }
    };
    let is_control_accepted = !is_control
        || (fin || does(Mutation::AcceptsFragmentedControls))
            && (short <= 125
                || does(Mutation::AcceptsLongControls)
                || does(Mutation::AcceptsLongFormsInControls));
    if !accepts_mask || !is_control_accepted {
        return Err(Violation);
    }
    let Some((length, width)) = length(short, &bytes[2..], is_control, conduct)? else {
        return Ok(None);
    };
    if is_control && length > 125 && does(Mutation::AcceptsLongFormsInControls) {
        return Err(Violation);
    }
    let key = match is_masked {
        false => [0; 4],
        true => match bytes[2 + width..].first_chunk() {
            Some(key) => *key,
            None => return Ok(None),
        },
    };
    let header = Header { fin, rsv1: rsv & 4 != 0, opcode, key, length };
    Ok(Some((header, 2 + width + if is_masked { 4 } else { 0 })))
}

fn check_opcode(opcode: u8, conduct: &Conduct) -> Result<(), Violation> {
    let is_accepted = match opcode {
        0..=2 | 8..=10 => true,
        3..8 => {
            conduct.does(Mutation::AcceptsReservedData)
                || conduct.does(Mutation::IgnoresReservedData)
        }
        _ => conduct.does(Mutation::IgnoresReservedControls),
    };
    if is_accepted { Ok(()) } else { Err(Violation) }
}

/// Only RSV1 is defined, with permessage-deflate, on the first frame of a message (RFC 7692 6).
fn check_reserved_bits(
    rsv: u8,
    opcode: u8,
    has_deflate: bool,
    conduct: &Conduct,
) -> Result<(), Violation> {
    let does = |mutation| conduct.does(mutation);
    let is_control = opcode >= 8;
    let is_accepted = |bit: u8| match bit {
        _ if rsv & bit == 0 => true,
        4 if has_deflate => match opcode {
            TEXT | BINARY => true,
            CONTINUATION => does(Mutation::AcceptsRsv1OnContinuation),
            _ => does(Mutation::AcceptsRsv1OnControls),
        },
        _ if has_deflate => does(Mutation::AcceptsRsv2WithDeflate),
        _ if is_control => does(Mutation::AcceptsRsvOnControls),
        4 => does(Mutation::AcceptsRsv1),
        2 => does(Mutation::AcceptsRsv2),
        _ => does(Mutation::AcceptsRsv3),
    };
    let is_several = rsv.count_ones() > 1;
    if is_several && does(Mutation::AcceptsRsvTogether) || [4, 2, 1].into_iter().all(is_accepted) {
        Ok(())
    } else {
        Err(Violation)
    }
}

/// The length of the payload, and how many bytes it takes beside the first two.
fn length(
    short: u8,
    bytes: &[u8],
    is_control: bool,
    conduct: &Conduct,
) -> Result<Option<(u64, usize)>, Violation> {
    let does = |mutation| conduct.does(mutation);
    let (length, width) = match short {
        126 => match bytes.first_chunk() {
            Some(length) => (u64::from(u16::from_be_bytes(*length)), 2),
            None => return Ok(None),
        },
        127 => match bytes.first_chunk() {
            Some(length) => (u64::from_be_bytes(*length), 8),
            None => return Ok(None),
        },
        short => (u64::from(short), 0),
    };
    let is_accepted = match (width, length) {
        (2, 0..126) => {
            does(Mutation::AcceptsLength16TooLong)
                || is_control && does(Mutation::AcceptsLongFormsInControls)
        }
        (8, 0..0x1_0000) => {
            does(Mutation::AcceptsLength64TooLong)
                || is_control && does(Mutation::AcceptsLongFormsInControls)
        }
        (8, TOP_BIT..) if does(Mutation::IgnoresTopBitOfLength) => {
            return Ok(Some((length & 0xFFFF, width)));
        }
        (8, TOP_BIT..) => false,
        _ => true,
    };
    if is_accepted { Ok(Some((length, width))) } else { Err(Violation) }
}

/// A frame as it is sent. `key` is that of a client.
pub(crate) fn write(first: u8, payload: &[u8], key: Option<[u8; 4]>, conduct: &Conduct) -> Vec<u8> {
    let mask_bit = if key.is_some() { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        _ if first & 0x0F < 8 && conduct.does(Mutation::SendsLongLengths) => {
            frame.push(mask_bit | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
        length @ 0..126 => frame.push(mask_bit | length as u8),
        length @ 126..0x1_0000 => {
            frame.push(mask_bit | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(mask_bit | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    match key {
        None => frame.extend(payload),
        Some(key) => {
            frame.extend(key);
            frame.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        }
    }
    frame
}
