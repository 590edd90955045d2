//! Peers that do not speak HTTP/1.1 at all.

use crate::case::{Case, Expected, Head, Payload};

pub(super) fn cases() -> Vec<Case> {
    // The start of a ClientHello of TLS 1.2, and of the settings of HTTP/2.
    const TLS: &[u8] = b"\x16\x03\x01\x00\x2F\x01\x00\x00\x2B\x03\x03\x00\x01\x02\x03\x04\x05\x06\
        \x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x11\x12\x13\x14\x15\x16\x17\x18\
        \x19\x1A\x1B\x1C\x1D\x1E\x1F\x00\x00\x04\x13\x01\x13\x02\x01\x00";
    const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
    let stranger = |slug: &str, title: &str, bytes: Payload| {
        Case::robust(format!("robust/stranger-{slug}"), title)
            .for_servers()
            .rule("6455-4.2.1-12")
            .why(
                "Scanners and misconfigured clients send it to each open port. It \
                must be refused at once.",
            )
            .opens_with(Head::raw(bytes).body(b"\r\n\r\n"))
            .expects([Expected::Refused(vec![])])
            .expects([Expected::End])
            .expects([Expected::OtherProtocol])
    };
    vec![
        stranger("speaks-tls", "A ClientHello of TLS", TLS.into()),
        stranger("speaks-http-2", "The preface of HTTP/2", HTTP_2.into()),
        stranger("speaks-ssh", "The banner of SSH", "SSH-2.0-wsspec\r\n".into()),
        stranger("speaks-smtp", "The greeting of SMTP", "EHLO localhost\r\n".into()),
        stranger(
            "sends-frames",
            "A masked text, without a handshake",
            b"\x81\x85\x00\x00\x00\x00Hello".into(),
        ),
        stranger("sends-zeros", "64 KiB of zeros", Payload::Repeated(0, 1 << 16)),
        stranger(
            "sends-noise",
            "64 KiB of noise",
            Payload::Sample(crate::case::Sample::Noise, 0, 1 << 16),
        ),
    ]
}
