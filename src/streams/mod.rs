//! The streams that the adapters' connections run over, where the standard library and Tokio have
//! none that fits.

#[cfg(all(feature = "tokio", feature = "url"))]
mod client_stream;
mod shared_stream;
mod socket;
#[cfg(feature = "rustls")]
mod tls_config;
#[cfg(feature = "rustls")]
mod tls_stream;
mod untimed;

#[cfg(all(feature = "tokio", feature = "url"))]
pub use client_stream::ClientStream;
#[cfg(feature = "rustls")]
pub(crate) use client_stream::ClientTls;
pub(crate) use shared_stream::SharedStream;
pub use socket::Socket;
#[cfg(feature = "rustls")]
pub(crate) use tls_config::offering_http_1;
#[cfg(feature = "rustls")]
use tls_config::platform_config;
#[cfg(feature = "rustls")]
pub use tls_stream::TlsStream;
pub use untimed::Untimed;
