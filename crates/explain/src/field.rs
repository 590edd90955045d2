/// The field that a [`Span`](crate::Span) explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// The HTTP request of a client.
    Request,
    /// The HTTP response of a server.
    Response,
    /// The first line of a request.
    RequestLine,
    /// The first line of a response.
    StatusLine,
    /// The method of a request.
    Method,
    /// The target of a request.
    Target,
    /// The version of HTTP.
    Version,
    /// The status of a response.
    Status,
    /// The phrase after the status.
    Reason,
    /// A header line.
    Header,
    /// The name of a header.
    Name,
    /// An element of the value of a header.
    Token,
    /// The empty line that ends a head.
    HeadEnd,
    /// A frame.
    Frame,
    /// The bit FIN.
    Fin,
    /// The bit RSV1.
    Rsv1,
    /// The bit RSV2.
    Rsv2,
    /// The bit RSV3.
    Rsv3,
    /// The opcode.
    Opcode,
    /// The bit MASK.
    Mask,
    /// The seven bits of the length.
    PayloadLen,
    /// The 16 or 64 bits of a longer length.
    ExtendedLen,
    /// The masking key.
    MaskingKey,
    /// The payload, as it was on the wire.
    Payload,
    /// The payload after unmasking.
    Unmasked,
    /// The code of a Close frame.
    CloseCode,
    /// The reason of a Close frame.
    CloseReason,
    /// The first DEFLATE block of a message.
    DeflateBlock,
    /// The four bytes that the sender of a compressed message leaves out.
    DeflateTail,
    /// The LZ77 window after a compressed message.
    Window,
    /// A complete message, put together and inflated.
    Message,
    /// A protocol inside messages.
    Envelope,
    /// A part of an envelope.
    EnvelopePart,
    /// Bytes that cannot be read.
    Unread,
    /// The end of the stream.
    End,
    /// The point after a violation from where the bytes are read again.
    Resumed,
    /// A broken rule.
    Violation,
    /// Something that an engineer should know.
    Remark,
}

impl Field {
    /// Returns whether the bytes of the field are one number.
    pub(crate) const fn is_number(self) -> bool {
        matches!(self, Self::ExtendedLen | Self::CloseCode)
    }

    /// Returns the name of the field, in the words of the RFC.
    ///
    /// ```
    /// use sansocket_explain::Field;
    ///
    /// assert_eq!(Field::PayloadLen.name(), "payload length");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::RequestLine => "request line",
            Self::StatusLine => "status line",
            Self::Method => "method",
            Self::Target => "target",
            Self::Version => "version",
            Self::Status => "status",
            Self::Reason => "reason phrase",
            Self::Header => "header",
            Self::Name => "name",
            Self::Token => "token",
            Self::HeadEnd => "empty line",
            Self::Frame => "frame",
            Self::Fin => "FIN",
            Self::Rsv1 => "RSV1",
            Self::Rsv2 => "RSV2",
            Self::Rsv3 => "RSV3",
            Self::Opcode => "opcode",
            Self::Mask => "MASK",
            Self::PayloadLen => "payload length",
            Self::ExtendedLen => "extended length",
            Self::MaskingKey => "masking key",
            Self::Payload => "payload",
            Self::Unmasked => "unmasked",
            Self::CloseCode => "close code",
            Self::CloseReason => "close reason",
            Self::DeflateBlock => "DEFLATE block",
            Self::DeflateTail => "left out",
            Self::Window => "window",
            Self::Message => "message",
            Self::Envelope => "envelope",
            Self::EnvelopePart => "part",
            Self::Unread => "unread",
            Self::End => "end",
            Self::Resumed => "resumed",
            Self::Violation => "violation",
            Self::Remark => "remark",
        }
    }
}
