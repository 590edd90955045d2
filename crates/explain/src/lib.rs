//! See the wire: the bytes of a WebSocket connection, explained field by field and judged by RFC 6455.

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
