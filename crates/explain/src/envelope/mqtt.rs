use super::{
    Envelope,
    view::{Parts, View, with_remark},
};
use crate::Span;

/// The packets of MQTT in one direction. MQTT 5.0 6: they do not align with messages, so that a message
/// may hold several, and a packet may go on in the next message.
#[derive(Clone, Debug, Default)]
pub(super) struct MqttReader {
    /// The start of a packet whose length has not come yet: at most five bytes.
    header: Vec<u8>,
    /// What the packet that has begun still lacks.
    missing: usize,
    /// Whether the border of packets is unknown.
    is_lost: bool,
}

/// MQTT 5.0 2.1.4: a length has at most four bytes.
const MAX_HEADER: usize = 5;

impl MqttReader {
    /// Gives up, because of a message whose content is not known.
    pub(super) const fn lose(&mut self) {
        self.is_lost = true;
    }

    pub(super) fn explain(&mut self, view: View<'_>, is_text: bool) -> Span {
        let mut span = view.envelope(Envelope::Mqtt);
        if is_text {
            // MQTT 5.0 6.
            let note =
                "a text message: packets are in binary ones; the receiver closes the connection";
            span = with_remark(span, note);
        }
        let mut parts = Parts::of(view);
        let len = view.bytes.len();
        let mut at = 0;
        let mut packets = 0_u32;
        while at < len && !self.is_lost {
            let start = at;
            if self.missing > 0 {
                at = self.take(at, len);
                let more = if self.missing > 0 { ", which goes on" } else { ", to its end" };
                let note = format!("the packet of the message before{more}");
                parts.push(start..at, |place| view.binary(place, note));
                continue;
            }
            if self.header.is_empty() {
                packets = packets.saturating_add(1);
            }
            while let Some(&byte) = view.bytes.get(at)
                && packet_len(&self.header).is_none()
                && self.header.len() < MAX_HEADER
            {
                self.header.push(byte);
                at = at.saturating_add(1);
            }
            let Some(body_len) = packet_len(&self.header) else {
                if self.header.len() >= MAX_HEADER {
                    self.is_lost = true;
                } else {
                    let note = "the start of a packet, which goes on in the next message";
                    parts.push(start..at, |place| view.binary(place, note));
                }
                continue;
            };
            let first = self.header.first().copied().unwrap_or_default();
            self.header.clear();
            self.missing = body_len;
            let body = at;
            at = self.take(at, len);
            let is_whole = self.missing == 0;
            parts.push(start..at, |place| {
                let more = if is_whole { "" } else { "; it goes on in the next message" };
                let kind = packet_type(first);
                let note = format!("{kind}, {body_len} bytes after the header{more}");
                view.binary(place, note).with(topic(view, first, body..at))
            });
        }
        span.children.extend(parts.into_spans());
        if self.is_lost {
            return with_remark(span, "where a packet begins is not known");
        }
        let packets = match packets {
            0 => "no packet begins here".into(),
            1 => "1 packet begins here".into(),
            count => format!("{count} packets begin here"),
        };
        span.note(packets)
    }

    /// Takes what is there of the packet, and returns where it ends.
    fn take(&mut self, at: usize, len: usize) -> usize {
        let count = self.missing.min(len.saturating_sub(at));
        self.missing = self.missing.saturating_sub(count);
        at.saturating_add(count)
    }
}

/// Returns the length in a header, if it is complete. MQTT 5.0 1.5.5: seven bits in each byte, the
/// lowest first.
fn packet_len(header: &[u8]) -> Option<usize> {
    let (_, digits) = header.split_first()?;
    let last = digits.last()?;
    let len = digits.iter().rev().fold(0, |len: usize, &byte| len << 7 | usize::from(byte & 0x7F));
    (last & 0x80 == 0).then_some(len)
}

const fn packet_type(first: u8) -> &'static str {
    match first >> 4 {
        1 => "CONNECT",
        2 => "CONNACK",
        3 => "PUBLISH",
        4 => "PUBACK",
        5 => "PUBREC",
        6 => "PUBREL",
        7 => "PUBCOMP",
        8 => "SUBSCRIBE",
        9 => "SUBACK",
        10 => "UNSUBSCRIBE",
        11 => "UNSUBACK",
        12 => "PINGREQ",
        13 => "PINGRESP",
        14 => "DISCONNECT",
        15 => "AUTH",
        _ => "reserved packet type",
    }
}

/// Returns the topic of a PUBLISH, or the protocol of a CONNECT.
fn topic(view: View<'_>, first: u8, body: core::ops::Range<usize>) -> Option<Span> {
    let note = match first >> 4 {
        1 => "the protocol",
        3 => "the topic",
        _ => return None,
    };
    let (&len, rest) = view.get(body.clone()).split_first_chunk::<2>()?;
    let len = usize::from(u16::from_be_bytes(len));
    let start = body.start.saturating_add(2);
    (len <= rest.len()).then(|| view.text(start..start.saturating_add(len), note))
}
