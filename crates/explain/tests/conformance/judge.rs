//! Compares the verdicts on what a case gives to an end, or sends as a head.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    thread,
};

use sansocket::{
    Role,
    handshake::{HandshakeError, HeadError, ResponseError},
};
use sansocket_explain::{Action, Element, Explainer, Options};

use crate::{
    endpoint::Endpoint,
    heads::first_error,
    verdict::{closes, engine, options},
};

/// What [`count`](crate::count) looks for in the output.
pub(crate) const MARK: &str = "judged: ";

/// Says that a case was judged, and its bytes in a number.
fn say(what: &str, bytes: &[u8], is_broken: bool) {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let verdict = if is_broken { "broken" } else { "obeyed" };
    println!("{MARK}{what} {verdict} {:016x}", hasher.finish());
}

/// A case is over when its end is dropped.
impl Drop for Endpoint {
    fn drop(&mut self) {
        if !thread::panicking() {
            frames(self);
        }
    }
}

fn elements(
    explainer: &mut Explainer,
    sender: Role,
    mut bytes: &[u8],
) -> impl Iterator<Item = Element> {
    std::iter::from_fn(move || {
        explainer.explain(sender, &mut bytes).or_else(|| explainer.end(sender))
    })
}

fn frames(endpoint: &Endpoint) {
    let Endpoint { role, limits, input, .. } = endpoint;
    let sender = role.peer();
    let expected = engine(sender, limits, None, input);
    let mut explainer = Explainer::new(&options(limits, None));
    let actual = closes(elements(&mut explainer, sender, input)).next();
    let start = &input[..input.len().min(100)];
    assert_eq!(actual, expected, "from the {sender:?}: {start:02x?}");
    say(&format!("frames-to-the-{role:?}"), input, expected.is_some());
}

fn verdict(explainer: &mut Explainer, sender: Role, head: &[u8]) -> Option<(Action, u64)> {
    let violation = elements(explainer, sender, head).flat_map(|element| element.violations).next();
    violation.map(|violation| (violation.action, violation.at))
}

/// Compares the verdicts on a request.
#[track_caller]
pub(crate) fn request(head: &[u8], parse: impl FnMut(&[u8]) -> Result<bool, HandshakeError>) {
    let expected = first_error(head, parse);
    let expected = expected
        .map(|(error, at)| (Action::Reject(error.rejection_status().expect("it has one")), at));
    let actual = verdict(&mut Explainer::new(&Options::handshake()), Role::Client, head);
    assert_eq!(actual, expected, "{}", head.escape_ascii());
    say("requests", head, expected.is_some());
}

/// Compares the verdicts on the response to a request.
#[track_caller]
pub(crate) fn response(
    request: &[u8],
    head: &[u8],
    parse: impl FnMut(&[u8]) -> Result<bool, HandshakeError>,
) {
    let expected = match first_error(head, parse) {
        // A refusal breaks no rule.
        None | Some((HandshakeError::UnexpectedResponse(_), _)) => None,
        // What the client asks for, and the limit of a test, are not on the wire.
        Some((
            HandshakeError::Response(
                ResponseError::MissingSubprotocol
                | ResponseError::Head(HeadError::TooManyHeaders { limit: 3 }),
            ),
            _,
        )) => None,
        Some((_, at)) => Some((Action::Fail, at)),
    };
    let mut explainer = Explainer::new(&Options::handshake());
    assert_eq!(verdict(&mut explainer, Role::Client, request), None);
    let actual = verdict(&mut explainer, Role::Server, head);
    assert_eq!(actual, expected, "{}", head.escape_ascii());
    say("responses", head, expected.is_some());
}
