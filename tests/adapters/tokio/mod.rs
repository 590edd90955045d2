//! The async adapter: the tests for every adapter, and those that are about futures.

pub(crate) mod adapter;
mod peer;
mod sockets;
mod stingy;
mod tasks;

#[path = "../accepting.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod accepting;
#[path = "../apart.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod apart;
#[path = "../batching.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod batching;
#[path = "../connecting.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod connecting;
#[cfg(feature = "deflate")]
#[path = "../declined.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod declined;
#[path = "../errors.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod errors;
#[path = "../faults.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod faults;
#[path = "../fed.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod fed;
#[path = "../handshake_faults.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod handshake_faults;
#[path = "../proxies.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod proxies;
#[path = "../redirects.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod redirects;
#[path = "../refusals.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod refusals;
#[cfg(not(feature = "tokio-rustls"))]
#[path = "../without_tls.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests for every adapter")]
mod without_tls;

mod back_pressure;
mod cancelling;
mod closer;
mod deadlines;
mod dropped;
mod echo;
mod ending;
mod fairness;
mod footprint;
mod halves;
mod open;
mod opening;
mod panicking;
#[cfg(feature = "deflate")]
mod released;
mod reused_storage;
mod scheduled;
mod slow_reader;
mod split;
#[cfg(feature = "tokio-rustls")]
mod tls;
mod two_tasks;
mod wake_ups;
