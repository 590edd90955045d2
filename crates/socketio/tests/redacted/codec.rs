//! Packets, decoders and their errors.

use std::time::Duration;

use sansocket_socketio::{
    Binary, Namespace, Value,
    engine_io::{
        self, EncodedPacket, Handshake, Message, PacketError, PayloadDecoder, Query, Rejection,
        Transport,
    },
    packet::{self, Body, ConnectError, DecodeError, Decoder, EncodeError, Packet},
};

use crate::{BYTES, PID, SID, TEXT, TOKEN, arguments, auth, log::Log};

pub(crate) fn check(log: &mut Log) {
    engine_io(log);
    let namespace = Namespace::new("/admin").unwrap();
    log.check(&namespace);
    // The beginning of a name is shown.
    log.check_error(&Namespace::new("admin").unwrap_err());
    log.check(&Binary::from(BYTES.as_bytes()));
    let bodies = [
        Body::Connect(Some(auth())),
        Body::Event { id: Some(7), name: "login".into(), arguments: arguments() },
        Body::Ack { id: 7, arguments: arguments() },
        Body::Disconnect,
        Body::ConnectError(ConnectError::new("Not authorized")),
    ];
    for body in bodies {
        log.check(&body);
        if let Body::ConnectError(error) = &body {
            log.check(error);
        }
        let packet = Packet { namespace: namespace.clone(), body };
        log.check(&packet);
        for message in packet.encode().unwrap() {
            log.check(&message);
        }
    }
    decoder(log);

    log.check(&packet::Limits::default());
    log.check_error(&EncodeError::Placeholder);
    let error = Value::from(TEXT).read::<u8>().unwrap_err();
    log.check_error(&error);
}

fn engine_io(log: &mut Log) {
    let handshake = Handshake {
        sid: SID.into(),
        upgrades: vec![Transport::WebSocket],
        ping_interval: Duration::from_secs(25),
        ping_timeout: Duration::from_secs(20),
        max_payload: None,
    };
    log.check(&handshake);
    log.check(&Transport::WebSocket);
    log.check(&engine_io::Limits::default());
    log.check_error(&Rejection::UnknownSid);
    log.check(&Query { transport: Transport::Polling, sid: Some(SID.into()) });
    let connect = format!(r#"0{{"token":"{TOKEN}"}}"#);
    for packet in [
        engine_io::Packet::Open(handshake),
        engine_io::Packet::Ping(TEXT),
        engine_io::Packet::Pong(TEXT),
        engine_io::Packet::from(connect.as_str()),
        engine_io::Packet::from(BYTES.as_bytes()),
    ] {
        log.check(&packet);
        log.check(&EncodedPacket::from(&packet));
        if let engine_io::Packet::Message(message) = &packet {
            log.check(message);
        }
        let mut payload = String::new();
        EncodedPacket::from(&packet).append_to_payload(&mut payload);
        let mut decoder = PayloadDecoder::new(&engine_io::Limits::default());
        decoder.decode(&mut payload.as_bytes()).unwrap();
        log.check(&decoder);
        log.check(&decoder.finish().unwrap());
        log.check(&decoder);
    }
    for packet in [
        format!(r#"0{{"sid":"{SID}","pingInterval":"{TEXT}","pingTimeout":1}}"#),
        format!(r#"0{{"sid":"{SID}""#),
        format!(r#"0"{SID}""#),
        format!("b{TEXT}"),
        format!("1{TEXT}"),
    ] {
        let error: PacketError = engine_io::Packet::parse(&packet).unwrap_err();
        log.check_error(&error);
    }
}

fn decoder(log: &mut Log) {
    let mut decoder = Decoder::new(&packet::Limits::default());
    let text = format!(
        r#"52-["login","{TEXT}",{{"_placeholder":true,"num":0}},{{"_placeholder":true,"num":1}}]"#
    );
    for message in [Message::Text(&text), Message::Binary(BYTES.as_bytes().into())] {
        assert_eq!(decoder.receive(message), Ok(None));
        log.check(&decoder);
    }
    let packet = decoder.receive(Message::Binary(BYTES.as_bytes().into())).unwrap();
    log.check(&packet.expect("a packet"));
    for text in [
        format!(r#"0{{"token":"{TOKEN}" "{TOKEN}"}}"#),
        format!(r#"0"{TOKEN}""#),
        format!(r#"0{{"pid":"{PID}"#),
        format!(r#"2{{"{TEXT}":1}}"#),
        format!(r#"2["a",{TEXT}]"#),
    ] {
        let error: DecodeError =
            Decoder::new(&packet::Limits::default()).receive(Message::Text(&text)).unwrap_err();
        log.check_error(&error);
    }
}
