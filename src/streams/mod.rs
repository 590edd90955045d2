//! The streams of the adapters' connections, apart from those of the standard library and Tokio.

#[cfg(feature = "url")]
mod client_stream;
#[cfg(all(feature = "rustls", feature = "url"))]
mod client_tls;
mod loopback;
mod shared_stream;
#[cfg(all(feature = "rustls", feature = "url"))]
mod shared_tls;
mod socket;
mod timed_stream;
#[cfg(all(feature = "rustls", feature = "url"))]
mod tls_config;
#[cfg(feature = "rustls")]
mod tls_stream;
#[cfg(all(feature = "net", feature = "url"))]
mod tokio_client_stream;
mod untimed;

#[cfg(feature = "url")]
pub use client_stream::ClientStream;
#[cfg(all(feature = "rustls", feature = "url"))]
pub(crate) use client_tls::ClientTls;
pub(crate) use loopback::loopback;
pub(crate) use shared_stream::SharedStream;
pub use socket::Socket;
pub(crate) use timed_stream::{TimedStream, is_timeout, is_vain};
#[cfg(all(feature = "rustls", feature = "url"))]
use tls_config::default_config;
#[cfg(all(feature = "rustls", feature = "url"))]
pub(crate) use tls_config::offering_http_1;
#[cfg(feature = "rustls")]
pub use tls_stream::TlsStream;
#[cfg(all(feature = "net", feature = "url"))]
pub use tokio_client_stream::ClientStream as TokioClientStream;
pub use untimed::Untimed;
