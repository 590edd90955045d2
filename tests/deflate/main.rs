//! permessage-deflate (RFC 7692), through the public API.

mod vectors;
