//! The streams of the adapters' connections, apart from those of the standard library and Tokio.

#[cfg(feature = "url")]
mod client_stream;
#[cfg(all(feature = "rustls", feature = "url"))]
mod client_tls;
mod shared_stream;
#[cfg(all(feature = "rustls", feature = "url"))]
mod shared_tls;
mod socket;
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
pub(crate) use shared_stream::SharedStream;
pub use socket::Socket;
#[cfg(all(feature = "rustls", feature = "url"))]
use tls_config::default_config;
#[cfg(all(feature = "rustls", feature = "url"))]
pub(crate) use tls_config::offering_http_1;
#[cfg(feature = "rustls")]
pub use tls_stream::TlsStream;
#[cfg(all(feature = "net", feature = "url"))]
pub use tokio_client_stream::ClientStream as TokioClientStream;
pub use untimed::Untimed;
