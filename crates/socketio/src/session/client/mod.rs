//! The client's end of a session.

mod client_session;
mod engine;
mod event;
mod membership;
mod receiving;
mod settings;

pub use client_session::ClientSession;
pub use event::Event;
pub use settings::Settings;
