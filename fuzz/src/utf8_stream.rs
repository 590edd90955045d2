use sansocket::{
    Chunk, Limits, MessageKind, Role, Seed,
    connection::{Connection, Event, ProtocolError, SendError},
    frame::{FrameHeader, MaskKey, Masker, OpCode, Rsv},
};

use crate::{
    allocations,
    input::{Cuts, Input},
};

/// Text in any fragments and any reads fails at the byte where `std` says that it is no text, and
/// at no byte before; and so it does where it is sent.
///
/// Input: role and form, [cuts](Input::cuts) of the fragments, cuts of the reads, bytes.
pub fn utf8_stream(data: &[u8]) {
    let mut input = Input::new(data);
    let choice = input.byte();
    let role = if choice & 1 == 0 { Role::Server } else { Role::Client };
    let ends_in_empty_fragment = choice & 2 != 0;
    let (fragments, reads) = (input.cuts(), input.cuts());
    let text = input.rest();

    let mut fragments: Vec<&[u8]> = fragments.pieces(text).collect();
    if fragments.is_empty() || ends_in_empty_fragment {
        fragments.push(&[]);
    }
    let bad = first_bad_byte(text);
    receive(role, &fragments, text, bad, reads);
    send(&fragments, bad);
}

/// The first byte that ends what could have been the beginning of a text; the length if the text
/// ends inside a character.
fn first_bad_byte(text: &[u8]) -> Option<usize> {
    let start = str::from_utf8(text).err()?.valid_up_to();
    let is_bad = |end: &usize| {
        str::from_utf8(&text[start..=*end]).is_err_and(|error| error.error_len().is_some())
    };
    Some((start..text.len()).find(is_bad).unwrap_or(text.len()))
}

fn receive(role: Role, fragments: &[&[u8]], text: &[u8], bad: Option<usize>, reads: Cuts<'_>) {
    let limits = Limits::default().max_fragments(u32::MAX);
    let (mut connection, key) = match role {
        Role::Server => (Connection::server(&limits), Some(MaskKey([0x37, 0xfa, 0x21, 0x3d]))),
        Role::Client => (Connection::client(&limits, Seed::from([7; 32])), None),
    };
    let (wire, places) = frames(fragments, key);
    // A text that ends inside a character is one up to the end of the message.
    let bad = bad.map(|bad| places.get(bad).map_or(wire.len() - 1, |place| *place));
    let (good, rest) = wire.split_at(bad.unwrap_or(wire.len()));

    let (mut received, mut is_whole) = (Vec::new(), false);
    let mut receive = |read: &[u8]| {
        let mut read = read.to_vec();
        let mut input = &mut read[..];
        let mut out = Vec::new();
        loop {
            let (event, peak) = allocations::peak(|| connection.receive(&mut input, &mut out));
            // A Close frame, and what is kept of it.
            assert!(peak <= if event.is_ok() { 0 } else { 512 }, "{peak} bytes held");
            let Some(event) = event? else { return Ok(()) };
            let Event::Chunk(chunk) = event else { panic!("{event:?} was not sent") };
            received.extend_from_slice(chunk.payload);
            is_whole = chunk.is_last;
        }
    };
    for read in reads.pieces(good) {
        assert_eq!(receive(read), Ok(()));
    }
    if let Some(bad) = rest.get(..1) {
        assert_eq!(receive(bad), Err(ProtocolError::InvalidUtf8));
    }
    assert_eq!(is_whole, bad.is_none());
    let good_len = places.iter().filter(|place| **place < good.len()).count();
    assert_eq!(received, text[..good_len]);
}

/// A text message in these fragments, and where on the wire its bytes stand.
fn frames(fragments: &[&[u8]], key: Option<MaskKey>) -> (Vec<u8>, Vec<usize>) {
    let (mut wire, mut places) = (Vec::new(), Vec::new());
    for (index, fragment) in fragments.iter().enumerate() {
        let header = FrameHeader {
            fin: index + 1 == fragments.len(),
            rsv: Rsv::NONE,
            opcode: if index == 0 { OpCode::Text } else { OpCode::Continuation },
            mask: key,
            payload_len: fragment.len().try_into().unwrap(),
        };
        wire.extend_from_slice(&header.encode());
        let start = wire.len();
        wire.extend_from_slice(fragment);
        if let Some(key) = key {
            Masker::new(key).apply(&mut wire[start..]);
        }
        places.extend(start..wire.len());
    }
    (wire, places)
}

/// What was refused is not sent.
fn send(fragments: &[&[u8]], bad: Option<usize>) {
    let mut sender = Connection::server(&Limits::default()).sender;
    let (mut out, mut sent) = (Vec::new(), 0);
    for (index, fragment) in fragments.iter().enumerate() {
        let is_last = index + 1 == fragments.len();
        let len = out.len();
        sent += fragment.len();
        let result = sender
            .send_chunk(Chunk { is_last, ..Chunk::more(MessageKind::Text, fragment) }, &mut out);
        if bad.is_some_and(|bad| is_last || bad < sent) {
            assert_eq!((result, out.len()), (Err(SendError::InvalidUtf8), len));
            return;
        }
        assert_eq!(result, Ok(()));
    }
}
