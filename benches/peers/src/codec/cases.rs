//! Everything that is measured in process, table by table.

use sansocket::Role;

use super::case::{Case, Payload, Setup, Work};
use crate::wire;

pub struct Group {
    pub title: &'static str,
    pub cases: Vec<Case>,
}

pub fn groups() -> Vec<Group> {
    let server = Setup { role: Role::Server, deflate: false };
    let client = Setup { role: Role::Client, deflate: false };
    vec![
        Group { title: "A server reads", cases: server_reads(server) },
        Group { title: "A client reads", cases: client_reads(client) },
        Group { title: "A server writes", cases: writes(server) },
        Group { title: "A client writes", cases: writes(client) },
        Group {
            title: "A server with permessage-deflate",
            cases: deflate(Setup { deflate: true, ..server }),
        },
        Group {
            title: "A server answers the opening handshake",
            cases: vec![Case::new("parse, 101", Work::Accept, server, binary(0)).goal(1.0)],
        },
    ]
}

fn server_reads(setup: Setup) -> Vec<Case> {
    let read = |name, payload| Case::new(name, Work::Read, setup, payload);
    vec![
        read("0 B", binary(0)),
        read("16 B", binary(16)).goal(0.5),
        read("125 B", binary(125)).goal(0.5),
        read("1 KiB", binary(1 << 10)).goal(0.9),
        read("4 KiB", binary(4 << 10)).goal(0.9),
        read("16 KiB", binary(16 << 10)).goal(0.9),
        read("64 KiB", binary(64 << 10)).goal(0.9).owned_goal(1.0),
        read("1 MiB", binary(1 << 20)).goal(0.9).owned_goal(1.0),
        read("text, ASCII, 1 KiB", ascii(1 << 10)),
        read("text, mixed, 1 KiB", mixed(1 << 10)),
        read("text, ASCII, 64 KiB", ascii(64 << 10)).goal(0.8),
        read("text, mixed, 64 KiB", mixed(64 << 10)).goal(0.95),
        read("64 fragments of 1 KiB", binary(64 << 10)).fragments(64).goal(0.8),
        read("125 B, reads of 1 B", binary(125)).read_len(1).goal(1.0),
        read("125 B, reads of 7 B", binary(125)).read_len(7).goal(1.0),
        read("16 KiB, reads of 1,460 B", binary(16 << 10)).read_len(1460).goal(1.0),
    ]
}

fn client_reads(setup: Setup) -> Vec<Case> {
    let read = |name, payload| Case::new(name, Work::Read, setup, payload);
    vec![
        read("16 B", binary(16)).goal(0.5),
        read("1 KiB", binary(1 << 10)).goal(0.9),
        read("64 KiB", binary(64 << 10)).goal(0.9).owned_goal(1.0),
        read("text, mixed, 1 KiB", mixed(1 << 10)),
        read("64 fragments of 1 KiB", binary(64 << 10)).fragments(64).goal(0.8),
    ]
}

fn writes(setup: Setup) -> Vec<Case> {
    let write = |name, len| Case::new(name, Work::Write, setup, binary(len)).goal(1.0);
    vec![write("16 B", 16), write("1 KiB", 1 << 10), write("64 KiB", 64 << 10)]
}

fn deflate(setup: Setup) -> Vec<Case> {
    let case = |name, work, len| Case::new(name, work, setup, Payload::Text(wire::json(len)));
    vec![
        case("inflate 1 KiB", Work::Read, 1 << 10).goal(0.9),
        case("inflate 64 KiB", Work::Read, 64 << 10).goal(0.9),
        case("deflate 1 KiB", Work::Write, 1 << 10).goal(0.9),
        case("deflate 64 KiB", Work::Write, 64 << 10),
    ]
}

fn binary(len: usize) -> Payload {
    Payload::Binary(wire::binary(len))
}

fn ascii(len: usize) -> Payload {
    Payload::Text(wire::ascii(len))
}

fn mixed(len: usize) -> Payload {
    Payload::Text(wire::mixed(len))
}
