//! The client on Tokio, over streams in memory and with simulated time.

mod acknowledgements;
mod connecting;
mod echo_server;
mod flow;
mod leaving;
mod peer;
mod reconnecting;
