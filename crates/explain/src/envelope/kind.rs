/// A protocol inside messages.
///
/// A handshake says which one it is, by the subprotocol or by the target.
/// [`Options::envelope`](crate::Options::envelope) says it where the handshake was not seen. JSON-RPC
/// is recognised by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Envelope {
    /// Engine.IO 4, and Socket.IO 5 in it. The target of the request has `EIO=4`.
    EngineIo,
    /// The subprotocol `graphql-transport-ws`.
    GraphqlTransportWs,
    /// JSON-RPC 2.0.
    JsonRpc,
    /// MQTT, the subprotocol `mqtt`.
    Mqtt,
    /// STOMP, the subprotocols `v10.stomp` to `v12.stomp`.
    Stomp,
}

impl Envelope {
    /// Returns the envelope of a subprotocol.
    ///
    /// ```
    /// use sansocket_explain::Envelope;
    ///
    /// assert_eq!(Envelope::of_subprotocol("v12.stomp"), Some(Envelope::Stomp));
    /// assert_eq!(Envelope::of_subprotocol("chat"), None);
    /// ```
    #[must_use]
    pub fn of_subprotocol(name: &str) -> Option<Self> {
        match name {
            "graphql-transport-ws" => Some(Self::GraphqlTransportWs),
            "mqtt" | "mqttv3.1" => Some(Self::Mqtt),
            "v10.stomp" | "v11.stomp" | "v12.stomp" => Some(Self::Stomp),
            _ => None,
        }
    }

    /// Returns the envelope that the target of a request asks for.
    pub(crate) fn of_target(target: &str) -> Option<Self> {
        let (_, query) = target.split_once('?')?;
        query.split('&').any(|pair| pair == "EIO=4").then_some(Self::EngineIo)
    }

    /// Returns its name, as its makers write it.
    ///
    /// ```
    /// use sansocket_explain::Envelope;
    ///
    /// assert_eq!(Envelope::Mqtt.name(), "MQTT");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EngineIo => "Engine.IO",
            Self::GraphqlTransportWs => "graphql-transport-ws",
            Self::JsonRpc => "JSON-RPC",
            Self::Mqtt => "MQTT",
            Self::Stomp => "STOMP",
        }
    }
}
