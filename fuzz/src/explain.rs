use std::iter;

use sansocket::{
    CloseCode, Limits, Role, Seed,
    connection::{Connection, Receiver},
    deflate::{Config, Offer, Params},
};
use sansocket_explain::{
    Action, Element, Envelope, Explainer, Options, Place, Span,
    render::{Colours, bit_figure, html, json, text},
};

use crate::input::Input;

/// Any bytes in any chunks: the same elements as in one chunk, which are all bytes in order, can be
/// rendered, and have the engine's verdict.
///
/// Input: a choice of sender and extensions, one of the envelope, [cuts](Input::cuts), bytes.
pub fn explain(data: &[u8]) {
    let mut input = Input::new(data);
    let (choice, envelope) = (input.byte(), input.byte());
    let cuts = input.cuts();
    let bytes = input.rest();

    let sender = if choice & 1 == 0 { Role::Client } else { Role::Server };
    let (options, judged) = options(choice >> 1);
    let options = match envelope % 6 {
        1 => options.envelope(Envelope::EngineIo),
        2 => options.envelope(Envelope::GraphqlTransportWs),
        3 => options.envelope(Envelope::JsonRpc),
        4 => options.envelope(Envelope::Mqtt),
        5 => options.envelope(Envelope::Stomp),
        _ => options,
    };
    let elements = elements(&options, sender, iter::once(bytes));
    assert_eq!(self::elements(&options, sender, cuts.pieces(bytes)), elements);

    let mut at = 0;
    for element in &elements {
        let range = element.root.place.range();
        assert_eq!(range.start, at);
        at = range.end;
        check_places(&element.root, at);
        render(element);
    }
    assert_eq!(at, u64::try_from(bytes.len()).unwrap());

    if let Some(params) = judged {
        assert_eq!(verdict(&elements), engine(sender, params.as_ref(), bytes));
    }
}

/// What was agreed on, if it is known and frames come first.
type Judged = Option<Option<Params>>;

fn options(choice: u8) -> (Options, Judged) {
    let answer = match choice % 6 {
        0 => return (Options::default(), None),
        1 => return (Options::handshake(), None),
        2 => return (Options::frames(), Some(None)),
        3 => "",
        4 => "; server_no_context_takeover; client_no_context_takeover",
        _ => "; server_max_window_bits=9; client_max_window_bits=9",
    };
    let (server_bits, is_fresh) = match choice % 6 {
        3 => (15, false),
        4 => (15, true),
        _ => (9, false),
    };
    let config = Config::default()
        .server_max_window_bits(server_bits)
        .client_max_window_bits(server_bits)
        .server_no_context_takeover(is_fresh)
        .client_no_context_takeover(is_fresh);
    let (_, params) = Offer::new(&config).answer(&config);
    let options = Options::deflate(&format!("permessage-deflate{answer}")).expect("it is valid");
    (options, Some(Some(params)))
}

fn elements<'a>(
    options: &Options,
    sender: Role,
    chunks: impl Iterator<Item = &'a [u8]>,
) -> Vec<Element> {
    let mut explainer = Explainer::new(options);
    let mut elements = Vec::new();
    for mut chunk in chunks {
        elements.extend(iter::from_fn(|| explainer.explain(sender, &mut chunk)));
        assert!(chunk.is_empty(), "{} bytes are left", chunk.len());
    }
    elements.extend(iter::from_fn(|| explainer.end(sender)));
    elements
}

fn check_places(span: &Span, end: u64) {
    let range = span.place.range();
    assert!(range.start <= range.end);
    assert!(
        matches!(span.place, Place::Message(_))
            || range.start <= end && range.end <= end.max(range.start + 1)
    );
    for child in &span.children {
        check_places(child, end);
    }
}

/// What a peer sends moves no border of what is rendered.
fn render(element: &Element) {
    let is_control = |char: char| char.is_control() && char != '\n';
    assert!(!text(element, Colours::Never).contains(is_control));
    assert!(!bit_figure(element).contains(is_control));
    assert_eq!(json(element).matches('\n').count(), 1);
    let html = html(element, "");
    assert_eq!(html.matches('<').count(), html.matches('>').count());
}

/// The first close code that a receiver must send, and the byte at which it knows.
fn verdict(elements: &[Element]) -> Option<(CloseCode, u64)> {
    let violations = elements.iter().flat_map(|element| &element.violations);
    violations.into_iter().find_map(|violation| match violation.action {
        Action::Close(code) => Some((code, violation.at)),
        _ => None,
    })
}

fn engine(sender: Role, params: Option<&Params>, bytes: &[u8]) -> Option<(CloseCode, u64)> {
    let mut receiver = receiver(sender, params);
    for (at, &byte) in (0..).zip(bytes) {
        let mut byte = [byte];
        let mut input = &mut byte[..];
        loop {
            match receiver.receive(&mut input) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => return Some((error.close_code(), at)),
            }
        }
    }
    None
}

fn receiver(sender: Role, params: Option<&Params>) -> Receiver {
    let limits = Limits::default()
        .max_message_len(u64::MAX)
        .max_fragments(u32::MAX)
        .max_controls_per_message(u32::MAX);
    let connection = match sender {
        Role::Client => Connection::server(&limits),
        Role::Server => Connection::client(&limits, Seed::from([0; 32])),
    };
    match params {
        Some(params) => connection.with_deflate(params, &Config::default()).receiver,
        None => connection.receiver,
    }
}
