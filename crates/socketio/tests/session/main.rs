//! The sessions of both roles, with simulated packets and time.

mod acknowledgements;
mod client;
mod client_polling;
mod drive;
mod leaving;
mod pair;
mod polling;
mod reconnection;
mod scenario;
mod server;
mod upgrade;
