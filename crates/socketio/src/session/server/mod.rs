//! The server's end of a session.

mod engine;
mod event;
mod members;
mod receiving;
mod server_session;
mod settings;

pub use event::Event;
pub use server_session::ServerSession;
pub use settings::Settings;
