//! Heads: the request and the response of the opening handshake (RFC 6455 4).

mod blame;
mod header_spans;
mod line;
mod offered;
mod reader;
mod request;
mod response;

pub(crate) use offered::Offered;
pub(crate) use reader::{AfterHead, HeadReader};
