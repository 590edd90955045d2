use sansocket_explain::Field;

/// Why a field is there: what the explanation of its value takes for granted.
pub(super) fn lesson(field: Field) -> &'static str {
    match field {
        Field::RequestLine => "The first line of a request: what is asked for, of which resource.",
        Field::StatusLine => "The first line of a response: what became of the request.",
        Field::Method => "WebSocket asks with GET, and has no body.",
        Field::Target => "The resource at the server, such as a room of a chat.",
        Field::Version => "HTTP/1.1 knows the change of the protocol; 1.0 does not.",
        Field::Status => "101 alone opens the connection.",
        Field::Reason => "Words for people; a client ignores them.",
        Field::Header => "A name, a colon and a value. The order of the lines is free.",
        Field::Token => "One of the values of the line.",
        Field::HeadEnd => {
            "A carriage return and a line feed alone end the head. The next byte is the first of a frame."
        }
        Field::Fin => "Whether this frame is the last of its message.",
        Field::Rsv1 => {
            "Reserved for extensions. Compression has taken it: it marks the first frame of a compressed message."
        }
        Field::Rsv2 => "Reserved for extensions. No extension here uses it, so that it is 0.",
        Field::Rsv3 => "Reserved for extensions. No extension here uses it, so that it is 0.",
        Field::Opcode => {
            "What the frame is: 0 continues a message, 1 is text, 2 binary, 8 Close, 9 Ping, 10 Pong. The others are reserved."
        }
        Field::Mask => "Whether the payload is masked, with a key before it.",
        Field::PayloadLen => {
            "The length of the payload: itself if it is at most 125, and otherwise the form of the length that follows."
        }
        Field::ExtendedLen => "The length, with its most significant byte first.",
        Field::MaskingKey => {
            "Four random bytes. They hide nothing: they are there so that nobody can choose the bytes on the wire."
        }
        Field::Payload => "What the frame carries.",
        Field::Unmasked => {
            "Masking is its own inverse: XOR with the same byte of the key gives the byte back."
        }
        Field::CloseCode => "Two bytes that say why, with the most significant one first.",
        Field::CloseReason => "Words in UTF-8, for logs.",
        Field::DeflateBlock => {
            "DEFLATE (RFC 1951) consists of blocks. The low three bits of the first byte say whether a block is the last, and how it is compressed."
        }
        Field::DeflateTail => {
            "Each compressed message would end with the same four bytes, an empty block. They are left out."
        }
        Field::Window => "What compression may refer back to.",
        Field::Message => "The payloads of all its frames, put together, and inflated.",
        Field::End => "TCP tells each end when the other one sends nothing more.",
        Field::Violation => "A rule is broken here.",
        _ => "",
    }
}

/// Returns the rule that a field follows from, where the explanation of its value names none.
pub(super) fn clause(field: Field) -> Option<&'static str> {
    Some(match field {
        Field::RequestLine | Field::Method => "6455-4.1-10",
        Field::StatusLine | Field::Status => "6455-4.2.2-12",
        Field::Version | Field::Reason => "9112-4",
        Field::Header => "9112-5",
        Field::Token => "9112-5.1",
        Field::HeadEnd => "9112-2.1",
        Field::Payload | Field::PayloadLen => "6455-5.2-5",
        Field::Message => "6455-6.2-4",
        Field::Unmasked => "6455-5.3-5",
        _ => return None,
    })
}
