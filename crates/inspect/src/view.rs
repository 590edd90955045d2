use clap::{Args, ValueEnum};
use sansocket_explain::{Envelope, Options};

use crate::report::Format;

/// What is shown, and how: the arguments that the commands share.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct View {
    /// The protocol inside the messages; without it, the handshake and the content decide
    #[arg(long, value_enum)]
    envelope: Option<Protocol>,
    /// How many bytes of a payload are shown
    #[arg(long, value_name = "N", default_value_t = 32)]
    shown: usize,
    /// How it is explained
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// The protocol inside messages, as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// Engine.IO 4, and Socket.IO 5 in it
    #[value(alias = "socket.io")]
    EngineIo,
    /// The subprotocol graphql-transport-ws
    GraphqlTransportWs,
    /// JSON-RPC 2.0
    JsonRpc,
    /// MQTT 3.1.1 and 5
    Mqtt,
    /// STOMP 1.0 to 1.2
    Stomp,
    /// Messages stay as they are
    None,
}

impl View {
    /// Sets in `options` what was asked for.
    pub(crate) fn set(&self, options: Options) -> Options {
        let options = options.shown(self.shown);
        match self.envelope {
            None => options,
            Some(Protocol::EngineIo) => options.envelope(Envelope::EngineIo),
            Some(Protocol::GraphqlTransportWs) => options.envelope(Envelope::GraphqlTransportWs),
            Some(Protocol::JsonRpc) => options.envelope(Envelope::JsonRpc),
            Some(Protocol::Mqtt) => options.envelope(Envelope::Mqtt),
            Some(Protocol::Stomp) => options.envelope(Envelope::Stomp),
            Some(Protocol::None) => options.max_envelope(0),
        }
    }
}
