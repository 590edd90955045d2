//! See the wire: the bytes of a WebSocket connection, explained field by field and judged by RFC 6455.
//!
//! It is for people who learn the protocol, and for engineers with a capture that goes wrong. Bytes go in,
//! in any chunks. [`Element`]s come out: heads and frames, each a tree of [`Span`]s. A span has the place
//! of a field on the wire, its value, its meaning, and the rule behind it. There is no I/O.
//!
//! ```
//! use sansocket::Role;
//! use sansocket_explain::render::{Colours, bit_figure, text};
//! use sansocket_explain::{Action, Explainer, Options};
//!
//! let mut explainer = Explainer::new(&Options::frames());
//! // A text of a client, masked; and one that is not, which is wrong.
//! let mut input = &b"\x81\x82\x37\xFA\x21\x3D\x7F\x93\x81\x02Hi"[..];
//! let (mut texts, mut closes) = (String::new(), Vec::new());
//! while let Some(element) = explainer.explain(Role::Client, &mut input) {
//!     texts.push_str(&text(&element, Colours::Never));
//!     texts.push_str(&bit_figure(&element));
//!     closes.extend(element.violations.iter().map(|violation| violation.action.to_string()));
//! }
//! assert!(texts.contains("unmasked         48 69  \"Hi\""));
//! assert_eq!(closes, ["the receiver must close with 1002"]);
//! ```
//!
//! # Contents
//!
//! - Each broken rule, at its byte, with an id of `docs/clauses.md` and the close code that a receiver
//!   must send. The explanation continues after it, and [`Field::Resumed`] names the byte.
//! - The origin of values: the accept value from the key, the payload from mask and key.
//! - Compression: the bytes on the wire, the four bytes that are left out, the inflated message, the
//!   ratio, and whether the window is kept.
//! - The relations of frames: fragments, a Pong and its Ping, the two Close frames.
//! - Protocols inside the messages, see [`Envelope`].
//! - The limits of what can be known: without the handshake, a reserved bit is a remark, not a guess.
//!
//! # Theory of operation
//!
//! ```text
//!                        +-> HeadReader  --> lines, tokens   judged by AwaitingRequest, AwaitingResponse
//! bytes --> Direction ---+
//!   of one end           +-> FrameReader --> OpenFrame       where the fields are, and where it ends
//!                        |          |
//!                        |          +------> Judge           the engine's Receiver, byte by byte
//!                        +-> Unread
//!                     Conversation: what both directions know
//! ```
//!
//! 1. An [`Explainer`] has two directions. They share the request, the agreed extensions, the unanswered
//!    Pings, and the Close frames.
//! 2. The engine judges. Its [`Receiver`](sansocket::connection::Receiver) gets each frame in pieces of
//!    which only the last byte can be wrong, so that an error has a byte. The verdict is the engine's own
//!    and cannot drift from it.
//! 3. A layout of the header says where each field is, whatever it holds. It checks no rules. With it, a
//!    frame can be finished after the judge has failed.
//! 4. A receiver processes nothing after a violation (RFC 6455 7.1.7). To continue, the judge creates a
//!    new one, and brings it to the state of the old one with frames that were never on the wire: the
//!    window in stored blocks, once a compressed message needs it, and the start of a message.
//! 5. Where that is impossible, the explanation says so: after a violation inside a message the length, the
//!    fragments and the control frames of the rest are counted for the limits from 0, the rest of a text is
//!    not checked for UTF-8, and after a compressed message the window is unknown. After a length of 2^63 or
//!    more, nothing can be read.
//! 6. An element is returned when it is complete, so chunks make no difference.
//!
//! # Bounds
//!
//! No input makes it panic. [`Explainer`] lists what it holds. An element holds a head of at most 16 KiB
//! with a span for each line and each element of a list, or of a frame at most [`Options::shown`] bytes of
//! the payload, the reason of a Close frame, and 100 parts of the envelope. A declared length allocates
//! nothing.

#![forbid(unsafe_code)]
// What peer bytes reach never panics and never loses a bit of a number.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::exit,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::mem_forget,
    clippy::modulo_arithmetic,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, reason = "no bytes of a peer here"))]
// What may grow is marked.
#![deny(clippy::exhaustive_enums, clippy::exhaustive_structs)]

mod action;
mod conversation;
mod direction;
mod element;
mod envelope;
mod excerpt;
mod explainer;
mod field;
mod frame;
mod head;
mod level;
mod negotiated;
mod opening;
mod options;
mod place;
pub mod render;
mod role_name;
pub mod rule;
mod span;
mod violation;

pub use action::Action;
pub use element::Element;
pub use envelope::Envelope;
pub use explainer::Explainer;
pub use field::Field;
pub use level::Level;
pub use options::Options;
pub use place::Place;
pub use role_name::role_name;
pub use span::Span;
pub use violation::Violation;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/reading_the_wire.md")]
struct ReadingTheWire;
