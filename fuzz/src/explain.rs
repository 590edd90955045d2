use std::iter;

use sansocket::{Limits, Role, deflate::Params};
use sansocket_explain::{
    Element, Envelope, Explainer, Options, Place, Span,
    render::{Colours, bit_figure, html, json, text},
};

use crate::{
    agreement::{self, Agreement},
    input::Input,
    verdict,
};

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
        let verdict = verdict::engine(sender, &limits(), params.as_ref(), bytes);
        assert_eq!(verdict::closes(elements).next(), verdict);
    }
}

/// What was agreed on, if it is known and frames come first.
type Judged = Option<Option<Params>>;

fn options(choice: u8) -> (Options, Judged) {
    let config = match choice % 6 {
        0 => return (Options::default(), None),
        1 => return (Options::handshake(), None),
        2 => return (options_after(None), Some(None)),
        3 => 0x3F,
        4 => 0xFF,
        _ => 0x09,
    };
    let params = Agreement::new(agreement::config(config)).params;
    (options_after(Some(&params)), Some(Some(params)))
}

fn options_after(params: Option<&Params>) -> Options {
    verdict::options(&limits(), params)
}

fn limits() -> Limits {
    Limits::default()
        .max_message_len(u64::MAX)
        .max_fragments(u32::MAX)
        .max_controls_per_message(u32::MAX)
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
