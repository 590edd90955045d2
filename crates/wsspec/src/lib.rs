//! Judges WebSocket implementations: servers and clients, case by case, by RFC 6455 and RFC 7692.
//!
//! A [`Case`] is data: what is sent, and which answers are accepted. [`Run`] interprets a case for one
//! connection. It has no I/O: bytes and time go in, bytes come out, and at the end a [`Judgement`].
//!
//! ```
//! use std::time::Duration;
//!
//! use sansocket::Role;
//! use wsspec::{Action, Run, Settings, Verdict, cases};
//!
//! let case = cases().into_iter().find(|case| case.id() == "rfc6455/5.1/unmasked-text").unwrap();
//! let mut run = Run::new(&case, Role::Server, &Settings::default());
//! let now = Duration::ZERO;
//! assert!(matches!(run.poll(now), Action::Send(request) if request.starts_with(b"GET / HTTP/1.1\r\n")));
//! assert!(matches!(run.poll(now), Action::Wait(_)));
//! run.received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", now);
//! assert!(matches!(run.poll(now), Action::Send(frame) if frame == b"\x81\x05Hello"));
//! // The server fails the connection, as it must.
//! run.received(b"\x88\x02\x03\xEA", now);
//! while run.poll(now) != Action::Finished {
//!     run.ended(now);
//! }
//! assert_eq!(run.judgement().verdict, Verdict::Pass);
//! ```
//!
//! # Theory of operation
//!
//! ```text
//! Case: opening, steps, accepted outcomes, demands
//!   |
//!   v
//! Run --- Script: the bytes of the steps, cut       --> Action::Send
//!   |
//!   +---- Reader: heads, messages, Close, the end   <-- received, ended
//!   |        |
//!   |        v
//!   +---- Outcome: does what was seen match?        --> Judgement
//! ```
//!
//! 1. The **target** is the implementation under test. The run is its peer, and the connection is that
//!    of the target's role: a run for a server is a client.
//! 2. The reader is lenient: it reads a masked frame of a server, and a length in too many bytes. What a
//!    target sends wrongly is judged by the cases that name the rule, through their [`Demand`]s, and by
//!    no others. So each broken rule fails its own cases alone.
//! 3. A run ends as early as possible: when an outcome matches, or none can match any more. If a target
//!    is silent, a Ping asks whether it just goes on.
//! 4. After a match the run closes the connection. What comes then and was not asked for is a failure.

#![forbid(unsafe_code)]
// What bytes of a target reach never panics.
#![deny(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod case;
mod cases;
mod report;
mod run;
mod selection;

pub use case::{
    Case, Codes, Demand, Expected, Frame, Head, Kind, Level, Opening, Outcome, Part, Payload,
    Sample, Step, binary, close, continuation, frame, ping, pong, raw, text,
};
pub use cases::{autobahn_ids, cases};
pub use report::{Allowance, CaseReport, Report, Wire};
pub use run::{
    Action, Cut, Entry, Event, Judgement, Run, SeenFrame, SeenHead, Settings, Transcript, Verdict,
};
pub use selection::{NEWEST_SET, Profile, select};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
