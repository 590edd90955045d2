use sansocket::Role;
use sansocket_explain::{Element, Explainer, Field, Options, render::json};
use serde_json::value::RawValue;

/// How many bytes of a payload the page shows.
const SHOWN: usize = 1024;

/// How many elements of bytes that were not sent the page shows.
const MAX_ELEMENTS: usize = 100;

/// Returns an explainer of heads without a connection.
pub(super) fn of_head() -> Explainer {
    Explainer::new(&options())
}

/// Returns the options for a connection from its first byte.
pub(super) fn options() -> Options {
    Options::handshake().shown(SHOWN)
}

/// Returns an explainer of frames without a connection, with the parameters of permessage-deflate that a
/// server would have answered. `None` means that these cannot be read.
pub(super) fn alone(deflate: Option<&str>) -> Option<Explainer> {
    let options = match deflate {
        Some(answer) => Options::deflate(answer)?,
        None => Options::frames(),
    };
    Some(Explainer::new(&options.shown(SHOWN)))
}

/// Explains bytes, the last element also if it is not complete.
pub(super) fn explain(explainer: &mut Explainer, sender: Role, bytes: &[u8]) -> Vec<Element> {
    let mut input = bytes;
    let mut elements = Vec::new();
    while elements.len() < MAX_ELEMENTS {
        let element = explainer.explain(sender, &mut input).or_else(|| explainer.end(sender));
        match element {
            Some(element) if element.root.field == Field::End => break,
            Some(element) => elements.push(element),
            None => break,
        }
    }
    elements
}

/// Returns the element as JSON for the page.
pub(super) fn to_json(element: &Element) -> Box<RawValue> {
    let text = json(element);
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
