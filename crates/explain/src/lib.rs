//! See the wire: the bytes of a WebSocket connection, explained field by field and judged by RFC 6455.
//!
//! For people who learn the protocol, and for engineers with a capture that goes wrong. Bytes go in, in
//! any chunks; [`Element`]s come out: heads and frames, each a tree of [`Span`]s. A span has the place of
//! a field on the wire, its value, what that means, and the rule behind it. There is no I/O.
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
//! # What it shows
//!
//! - Each rule that is broken, at its byte, with an id of `docs/clauses.md` and the close code that a
//!   receiver must send. After it the bytes are read on, and [`Field::Resumed`] says from where.
//! - What leads to a value: the accept value from the key, the payload from mask and key.
//! - Compression: the block as it was on the wire, the four bytes that are left out, what was inflated,
//!   the ratio, and whether the window is kept.
//! - How frames belong together: fragments, a Pong and its Ping, both Close frames.
//! - Protocols inside the messages: see [`Envelope`].
//! - What it cannot know: without the handshake, what a reserved bit means is a remark, not a guess.
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
//! 1. An [`Explainer`] has two directions. They share the request, what was agreed on, the Pings that
//!    are not answered, and the Close frames.
//! 2. The engine judges: [`Receiver`](sansocket::connection::Receiver) gets each frame in pieces of which
//!    only the last byte can be wrong, so that its error has a byte. So the verdict is the engine's, and
//!    cannot drift from it.
//! 3. Beside the judge, a layout of the header says where each field is, whatever it holds. It breaks
//!    no rule and knows none. With it, a frame is finished after the judge has stopped.
//! 4. A receiver reads nothing after a violation (RFC 6455 7.1.7). To read on, the judge takes a new one,
//!    and brings it to the state of the old one with frames that never were on the wire: the window in
//!    stored blocks, and the start of a message.
//! 5. If that is impossible, it says so: inside a compressed message the window is lost, and inside a
//!    text the rest is not checked for UTF-8. After a length of 2^63 or more, nothing can be read.
//! 6. An element is made when it is complete. So chunks make no difference.
//!
//! # Bounds
//!
//! No input makes it panic. It holds what [`Explainer`] lists, and an element holds at most what
//! [`Options::shown`] says of a payload. A declared length allocates nothing.

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
mod options;
mod place;
pub mod render;
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
pub use span::Span;
pub use violation::Violation;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
