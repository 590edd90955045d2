use sansocket::Role;

use crate::{Span, Violation};

/// A finished piece of the wire, with its explanation: a head, a frame, bytes that cannot be read, or
/// the end of the stream.
///
/// ```
/// use sansocket::Role;
/// use sansocket_explain::{Explainer, Field, Options};
///
/// let mut explainer = Explainer::new(&Options::frames());
/// let frame = explainer.explain(Role::Server, &mut &b"\x81\x05Hello"[..]).unwrap();
/// assert_eq!((frame.sender, frame.root.field), (Role::Server, Field::Frame));
/// assert_eq!(frame.root.place.range(), 0..7);
/// assert_eq!(frame.bytes, b"\x81\x05Hello");
/// assert!(frame.violations.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Element {
    /// The end that sent it.
    pub sender: Role,
    /// The span of all of it.
    pub root: Span,
    /// Its first bytes as they were on the wire: a head or a header in full, and as much of the
    /// payload as [`Options::shown`](crate::Options::shown) says.
    pub bytes: Vec<u8>,
    /// The rules that it breaks, in the order in which a receiver can tell.
    pub violations: Vec<Violation>,
}
