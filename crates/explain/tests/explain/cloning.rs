//! A copy of an explainer explains what follows as the original does.

use sansocket::{Limits, Role};
use sansocket_explain::{Element, Explainer, Options};

use crate::{
    generator::{self, Numbers},
    verdict::options,
};

/// Returns what both ends send in turn, a few bytes at a time.
fn turns(numbers: &mut Numbers, streams: [(Role, &[u8]); 2]) -> Vec<(Role, Vec<u8>)> {
    let mut rests = streams;
    let mut turns = Vec::new();
    while rests.iter().any(|(_, rest)| !rest.is_empty()) {
        for (sender, rest) in &mut rests {
            let len = usize::try_from(numbers.below(12)).unwrap().min(rest.len());
            let (piece, further) = rest.split_at(len);
            turns.push((*sender, piece.to_vec()));
            *rest = further;
        }
    }
    turns
}

fn explain(explainer: &mut Explainer, turns: &[(Role, Vec<u8>)]) -> Vec<Element> {
    let mut elements = Vec::new();
    for (sender, bytes) in turns {
        let mut input = &bytes[..];
        while let Some(element) = explainer.explain(*sender, &mut input) {
            elements.push(element);
        }
    }
    elements
}

#[test]
fn a_copy_explains_the_rest_alike() {
    let (mut copies, mut inside) = (0, 0);
    for seed in 0..1500 {
        let mut numbers = Numbers::new(seed);
        let params = generator::params(&mut numbers);
        let options = match numbers.below(4) {
            0 => Options::default(),
            _ => options(&Limits::default(), params.as_ref()),
        };
        let client = generator::stream(&mut numbers, Role::Client, params.as_ref());
        let server = generator::stream(&mut numbers, Role::Server, params.as_ref());
        let turns = turns(&mut numbers, [(Role::Client, &client), (Role::Server, &server)]);
        let mut explainer = Explainer::new(&options);
        let mut elements = 0;
        let mut whole = Explainer::new(&options);
        let whole = explain(&mut whole, &turns);
        for (index, turn) in turns.iter().enumerate() {
            elements += explain(&mut explainer, std::slice::from_ref(turn)).len();
            let Some(mut copy) = explainer.try_clone() else {
                inside += 1;
                continue;
            };
            copies += 1;
            // A copy of a copy is in the same state, too.
            let mut second = copy.try_clone().unwrap();
            let rest = &turns[index + 1..];
            assert_eq!(explain(&mut copy, rest), whole[elements..], "{seed}");
            assert_eq!(explain(&mut second, rest), whole[elements..], "{seed}");
        }
    }
    assert!(copies > 1000 && inside > 1000, "{copies} {inside}");
}

#[test]
fn a_copy_knows_the_handshake() {
    let mut explainer = Explainer::new(&Options::handshake());
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    let response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let (first, rest) = request.split_at(40);
    assert!(explainer.explain(Role::Client, &mut &first[..]).is_none());
    assert!(explainer.try_clone().is_none());
    explainer.explain(Role::Client, &mut &rest[..]).unwrap();
    let mut copy = explainer.try_clone().unwrap();
    let original = explainer.explain(Role::Server, &mut &response[..]).unwrap();
    assert_eq!(copy.explain(Role::Server, &mut &response[..]).unwrap(), original);
    assert_eq!(original.violations, []);
}
