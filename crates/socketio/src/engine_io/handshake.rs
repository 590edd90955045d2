use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::{fmt, time::Duration};

use serde::Deserialize;

use super::{PacketError, Transport};
use crate::value::json;

/// The data of an open packet, the first of a session.
///
/// ```
/// use core::time::Duration;
/// use sansocket_socketio::engine_io::{Packet, Transport};
///
/// let Packet::Open(handshake) = Packet::parse(
///     r#"0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#,
/// )? else { unreachable!() };
/// assert_eq!(handshake.sid, "lv_VI97HAXpY6yYWAAAC");
/// assert_eq!(handshake.upgrades, [Transport::WebSocket]);
/// assert_eq!(handshake.ping_interval, Duration::from_secs(25));
/// assert_eq!(handshake.max_payload, Some(1_000_000));
/// # Ok::<(), sansocket_socketio::engine_io::PacketError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the protocol has these fields")]
pub struct Handshake {
    /// The id of the session, which later requests of the client have in their query. Whoever knows
    /// it can take over the session.
    pub sid: String,
    /// The transports that the session can be upgraded to. Those unknown here are left out.
    pub upgrades: Vec<Transport>,
    /// The time between two pings of the server, in whole milliseconds on the wire.
    pub ping_interval: Duration,
    /// The timeout for the client's pong, in whole milliseconds on the wire.
    pub ping_timeout: Duration,
    /// The longest payload that the server accepts, in bytes. Servers before Socket.IO 4.3 send none.
    pub max_payload: Option<u64>,
}

impl Handshake {
    pub(crate) fn parse(data: &str) -> Result<Self, PacketError> {
        let wire: Wire = serde_json::from_str(data).map_err(|error| {
            let (at, reason) = json::explain(&error, data);
            // After the type of the packet.
            PacketError::Handshake { at: at.saturating_add(1), reason }
        })?;
        Ok(Self {
            sid: wire.sid,
            upgrades: wire.upgrades.iter().filter_map(|name| Transport::from_name(name)).collect(),
            ping_interval: Duration::from_millis(wire.ping_interval),
            ping_timeout: Duration::from_millis(wire.ping_timeout),
            max_payload: wire.max_payload,
        })
    }

    /// Appends the JSON of the handshake.
    pub(crate) fn append_to(&self, text: &mut String) {
        text.push_str(r#"{"sid":"#);
        json::append_string(&self.sid, text);
        text.push_str(r#","upgrades":["#);
        for (index, upgrade) in self.upgrades.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            json::append_string(upgrade.name(), text);
        }
        text.push_str(r#"],"pingInterval":"#);
        text.push_str(&self.ping_interval.as_millis().to_string());
        text.push_str(r#","pingTimeout":"#);
        text.push_str(&self.ping_timeout.as_millis().to_string());
        if let Some(max_payload) = self.max_payload {
            text.push_str(r#","maxPayload":"#);
            text.push_str(&max_payload.to_string());
        }
        text.push('}');
    }
}

impl fmt::Debug for Handshake {
    // The session id grants access: keep it out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("upgrades", &self.upgrades)
            .field("ping_interval", &self.ping_interval)
            .field("ping_timeout", &self.ping_timeout)
            .field("max_payload", &self.max_payload)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    sid: String,
    #[serde(default)]
    upgrades: Vec<String>,
    ping_interval: u64,
    ping_timeout: u64,
    max_payload: Option<u64>,
}
