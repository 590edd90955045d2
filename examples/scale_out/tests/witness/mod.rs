//! What a client shows, compared with what the log had: for the simulation and for the proof.

mod truth;
mod watched_client;

pub(crate) use truth::Truth;
pub(crate) use watched_client::WatchedClient;
