use sansocket::Role;

use super::{Envelope, engine_io, graphql, json_rpc, mqtt::MqttReader, stomp, view::View};
use crate::Span;

/// The envelopes in the messages of one direction.
#[derive(Clone, Debug)]
pub(crate) struct EnvelopeReader {
    sender: Role,
    mqtt: MqttReader,
}

impl EnvelopeReader {
    pub(crate) fn new(sender: Role) -> Self {
        Self { sender, mqtt: MqttReader::default() }
    }

    /// Explains a message, in the envelope that was agreed on. `content` is `None` if it is not known.
    pub(crate) fn explain(
        &mut self,
        envelope: Option<Envelope>,
        content: Option<&[u8]>,
        is_text: bool,
    ) -> Option<Span> {
        let Some(bytes) = content else {
            self.mqtt.lose();
            return None;
        };
        if bytes.is_empty() {
            return None;
        }
        let view = View { bytes };
        match envelope {
            Some(Envelope::EngineIo) => Some(engine_io::explain(view, self.sender, is_text)),
            Some(Envelope::GraphqlTransportWs) => Some(graphql::explain(view, self.sender)),
            Some(Envelope::Mqtt) => Some(self.mqtt.explain(view, is_text)),
            Some(Envelope::Stomp) => Some(stomp::explain(view)),
            Some(Envelope::JsonRpc) | None if is_text => json_rpc::explain(view),
            Some(Envelope::JsonRpc) | None => None,
        }
    }
}
