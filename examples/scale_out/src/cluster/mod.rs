//! Several nodes and a Redis as processes of this machine, for the demo and the proof.

mod node_process;
mod redis_server;

pub use node_process::{NodeProcess, Signal};
pub use redis_server::RedisServer;
