use sansocket::{
    Parsed,
    deflate::{Config, Params},
    handshake::{
        client::{AwaitingResponse, Request},
        server,
    },
};

use crate::{
    agreement::{self, Agreement},
    extension::{Agreed, Extension, Terms},
    http_head::HttpHead,
    input::Input,
};

const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// Any lines of `Sec-WebSocket-Extensions`, as offers to a server and as the answer to a client.
/// Both take what a model of RFC 6455 9.1 and RFC 7692 5.1 and 7.1 takes, and agree on nothing else.
/// The client of an offer can accept the answer to it, and our two ends agree on the same.
///
/// Input: what the server wants, what the client wants, lines.
pub fn offers(data: &[u8]) {
    let mut input = Input::new(data);
    let servers = agreement::config(input.byte());
    let clients = agreement::config(input.byte());
    let lines: Vec<&[u8]> = input.rest().split(|&byte| byte == b'\n').collect();
    // No header holds control bytes (RFC 9110 5.5), and no head very many lines.
    let is_value =
        |line: &&[u8]| line.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..));
    if lines.len() > 8 || !lines.iter().all(is_value) {
        return;
    }
    let (offer, _) = ask(&clients);
    check_server(&servers, &lines);
    check_client(&clients, &offer, &lines);

    let (answer, agreed) = check_server(&servers, &[offer.as_bytes()]).expect("a valid offer");
    assert_eq!(check_client(&clients, &offer, &[answer.as_bytes()]), Some(agreed));
}

/// RFC 7692 5.1: of the offers that are valid the first is taken; extensions that are not known are
/// not. RFC 6455 9.1: with what breaks the grammar it is no request.
///
/// Returns the answer, and what is agreed on by it.
fn check_server(config: &Config, lines: &[&[u8]]) -> Option<(String, Agreed)> {
    let mut headers: Vec<(&str, &[u8])> = vec![
        ("Host", b"server.example.com"),
        ("Upgrade", b"websocket"),
        ("Connection", b"Upgrade"),
        ("Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", b"13"),
    ];
    headers.extend(lines.iter().map(|line| (EXTENSIONS, *line)));
    let request = server::Request::from_parts("/", headers.into_iter());
    let extensions = Extension::parse_lines(lines);
    assert_eq!(request.is_ok(), extensions.is_some());

    let response = request.ok()?.accept().deflate(config);
    let answer = response.headers().expect("a response").find(|(name, _)| *name == EXTENSIONS);
    let params = response.agreed_deflate();
    let Some(offer) = extensions?.iter().find_map(Extension::deflate) else {
        assert_eq!((answer, params), (None, None));
        return None;
    };
    let (_, answer) = answer.expect("an answer");
    let agreed = agreed(params.expect("an agreement"));
    assert_eq!(agreed, offer.answered(wanted(config)));
    assert_eq!(offer.accept(&terms(answer)), Some(agreed));
    Some((answer.to_owned(), agreed))
}

/// RFC 6455 4.1: nothing but what was offered. RFC 7692 5.1: what does not fit fails the handshake.
///
/// Returns what is agreed on.
fn check_client(config: &Config, offer: &str, lines: &[&[u8]]) -> Option<Agreed> {
    let mut response = b"HTTP/1.1 101 Switching Protocols\r\n\
        Upgrade: websocket\r\n\
        Connection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        .to_vec();
    for line in lines {
        response.extend([EXTENSIONS.as_bytes(), b": ", line, b"\r\n"].concat());
    }
    response.extend(b"\r\n");

    let (_, mut awaiting) = ask(config);
    let agreed = match awaiting.parse(&response) {
        Ok(Parsed::Complete { value, .. }) => Some(agreed(value.deflate().expect("an answer"))),
        Ok(Parsed::Partial { .. }) => panic!("the head is whole"),
        Err(_) => None,
    };
    let expected = match Extension::parse_lines(lines).as_deref() {
        Some([answer]) => answer.deflate().and_then(|answer| terms(offer).accept(&answer)),
        _ => None,
    };
    assert_eq!(agreed, expected);
    agreed
}

/// What a client offers that wants this.
fn ask(config: &Config) -> (String, AwaitingResponse) {
    let mut out = Vec::new();
    let awaiting = Request::new("server.example.com", "/")
        .deflate(config)
        .send(*b"the sample nonce", &mut out)
        .expect("a request");
    let offer = HttpHead::parse(&out).value(EXTENSIONS).to_owned();
    let terms = terms(&offer);
    let client_bits = terms.client_max_window_bits.expect("it lets itself be asked");
    let [server, client] = wanted(config);
    assert_eq!(
        server,
        (terms.server_max_window_bits.unwrap_or(15), terms.server_no_context_takeover)
    );
    assert_eq!(client, (client_bits.unwrap_or(15), terms.client_no_context_takeover));
    (offer, awaiting)
}

/// The terms of one extension.
fn terms(value: &str) -> Terms {
    match Extension::parse_lines(&[value.as_bytes()]).as_deref() {
        Some([extension]) => extension.deflate().expect("valid parameters"),
        extensions => panic!("{value:?} is {extensions:?}"),
    }
}

/// What an end with this config wants, and gets if the other one wants the same.
fn wanted(config: &Config) -> Agreed {
    agreed(Agreement::new(config.clone()).params)
}

fn agreed(params: Params) -> Agreed {
    [
        (params.server_max_window_bits, params.server_no_context_takeover),
        (params.client_max_window_bits, params.client_no_context_takeover),
    ]
}
