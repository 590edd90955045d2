//! What Autobahn accepts, the cases with its ids accept, too.

use std::time::Duration;

use sansocket::Role;
use wsspec::{Case, Verdict, binary, cases, close, frame, pong, text};

use super::simulation::{Peer, judge};

/// What a case of Autobahn accepts.
struct Accepted {
    id: &'static str,
    target_begins: bool,
    codes: Vec<u16>,
    /// The strict way first.
    ways: Vec<Way>,
}

/// What a target sends before its Close frame.
#[derive(Clone, Default)]
struct Way {
    closes_at_once: bool,
    waits: usize,
    frames: Vec<wsspec::Frame>,
}

fn table() -> Vec<Accepted> {
    let lines = include_str!("autobahn.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.splitn(4, ' ');
            let id = words.next().unwrap();
            let target_begins = words.next().unwrap() == "target";
            let codes = words.next().unwrap().split(',');
            let ways = words.next().unwrap().split(" | ");
            Accepted {
                id,
                target_begins,
                codes: codes.map(|code| code.parse().unwrap()).collect(),
                ways: ways.map(|words| way(words, target_begins)).collect(),
            }
        })
        .collect()
}

fn way(words: &str, closes_at_once: bool) -> Way {
    let mut way = Way { closes_at_once, ..Way::default() };
    for word in words.split(' ').filter(|word| *word != "-") {
        match word.split_once(':') {
            None => way.waits += 1,
            Some(("text", hex)) => way.frames.push(text(payload(hex))),
            Some(("binary", hex)) => way.frames.push(binary(payload(hex))),
            Some((_, hex)) => way.frames.push(pong(payload(hex))),
        }
    }
    way
}

fn payload(hex: &str) -> Vec<u8> {
    let (hex, count) = hex.split_once('*').unwrap_or((hex, "1"));
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
    bytes.repeat(count.parse().unwrap())
}

/// How it ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Close(u16),
    EmptyClose,
    Silent,
    Never,
}

/// A target that sends what it was told to, whatever comes.
struct Recorded {
    role: Role,
    way: Way,
    ending: Ending,
    writes: usize,
    quiet_since: Duration,
    is_open: bool,
    has_ended: bool,
}

impl Recorded {
    fn new(role: Role, way: &Way, ending: Ending) -> Self {
        Self {
            role,
            way: way.clone(),
            ending,
            writes: 0,
            quiet_since: Duration::ZERO,
            is_open: false,
            has_ended: false,
        }
    }

    fn end(&mut self) -> Vec<u8> {
        self.has_ended = self.ending != Ending::Never;
        match self.ending {
            Ending::Close(code) => close(code, "").encode(self.role, [0; 4]),
            Ending::EmptyClose => frame(8, "").encode(self.role, [0; 4]),
            Ending::Silent | Ending::Never => Vec::new(),
        }
    }
}

impl Peer for Recorded {
    fn receive(&mut self, _: &[u8], now: Duration) -> Vec<u8> {
        self.quiet_since = now;
        if !self.is_open {
            self.is_open = true;
            return match self.role {
                Role::Server => b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec(),
                Role::Client => Vec::new(),
            };
        }
        self.writes += 1;
        if self.way.waits > 0 && self.writes == self.way.waits + 1 && !self.has_ended {
            return self.end();
        }
        Vec::new()
    }

    fn end_of_stream(&mut self, _: Duration) -> Vec<u8> {
        Vec::new()
    }

    fn tick(&mut self, now: Duration) -> Vec<u8> {
        if self.role == Role::Client && now == Duration::ZERO && !self.is_open {
            return b"GET / HTTP/1.1\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
                .to_vec();
        }
        // Longer than a pause of a case.
        let is_quiet = now >= self.quiet_since + Duration::from_millis(300);
        if !self.is_open || !is_quiet || self.has_ended || self.way.waits > 0 {
            return Vec::new();
        }
        self.quiet_since = now;
        if self.way.frames.is_empty() {
            return self.end();
        }
        let frames = std::mem::take(&mut self.way.frames);
        let bytes = frames.iter().flat_map(|frame| frame.encode(self.role, [0; 4]));
        let mut bytes: Vec<u8> = bytes.collect();
        if self.way.closes_at_once {
            bytes.extend(self.end());
        }
        bytes
    }

    fn has_ended(&self) -> bool {
        self.has_ended
    }
}

fn with_id<'c>(cases: &'c [Case], id: &str) -> Vec<&'c Case> {
    cases.iter().filter(|case| case.autobahn_ids().iter().any(|other| other == id)).collect()
}

#[test]
fn each_case_of_autobahn_has_one_counterpart() {
    let cases = cases();
    let table = table();
    let counts = [16, 11, 7, 10, 20, 145, 37];
    for (section, count) in (1..).zip(counts) {
        let prefix = format!("{section}.");
        assert_eq!(table.iter().filter(|line| line.id.starts_with(&prefix)).count(), count);
    }
    for line in &table {
        let found: Vec<_> = with_id(&cases, line.id).iter().map(|case| case.id()).collect();
        assert_eq!(found.len(), 1, "{}: {found:?}", line.id);
        assert!(
            [Role::Server, Role::Client]
                .iter()
                .all(|role| { with_id(&cases, line.id).iter().any(|case| case.is_for(*role)) })
        );
    }
    for id in cases.iter().flat_map(Case::autobahn_ids) {
        let is_open = matches!(id.split('.').next(), Some("1" | "2" | "3" | "4" | "5" | "6" | "7"));
        assert!(!is_open || table.iter().any(|line| line.id == id), "there is no {id}");
    }
}

#[test]
fn what_autobahn_accepts_is_accepted() {
    let cases = cases();
    for line in table() {
        for case in with_id(&cases, line.id) {
            for role in [Role::Server, Role::Client] {
                for (at, way) in line.ways.iter().enumerate() {
                    let closes = line.codes.iter().map(|code| Ending::Close(*code));
                    let others = match line.target_begins {
                        true => vec![Ending::EmptyClose, Ending::Silent],
                        false => vec![Ending::EmptyClose],
                    };
                    for ending in closes.chain(others) {
                        let judgement = judge(case, role, &mut Recorded::new(role, way, ending));
                        let is_right = match judgement.verdict {
                            Verdict::Pass => true,
                            // What it accepts as non-strict, or without the code, may be lax here.
                            Verdict::Warn => at > 0 || !matches!(ending, Ending::Close(_)),
                            _ => false,
                        };
                        let (id, verdict) = (line.id, judgement.verdict);
                        let (reason, seen) = (&judgement.reason, &judgement.seen);
                        assert!(
                            is_right,
                            "{id} {role:?} {ending:?}: {verdict}: {reason}; {seen:?}"
                        );
                    }
                }
            }
        }
    }
}

/// A target that does nothing, and one that sends what nobody asked for.
#[test]
fn what_autobahn_rejects_is_rejected() {
    let cases = cases();
    for line in table() {
        for case in with_id(&cases, line.id) {
            for role in [Role::Server, Role::Client] {
                let nothing = Way::default();
                let judgement =
                    judge(case, role, &mut Recorded::new(role, &nothing, Ending::Never));
                assert_eq!(judgement.verdict, Verdict::Fail, "{} {role:?}: silent", line.id);
                let echo = Way { frames: vec![text("an echo that nobody asked for")], ..nothing };
                let judgement = judge(case, role, &mut Recorded::new(role, &echo, Ending::Never));
                assert_eq!(judgement.verdict, Verdict::Fail, "{} {role:?}: echo", line.id);
            }
        }
    }
}
