use crate::Action;

/// A broken rule: which, where, and what a receiver must do.
///
/// The span of the field at fault has a child [`Field::Violation`](crate::Field::Violation) with the
/// same text.
///
/// ```
/// use sansocket::{CloseCode, Role};
/// use sansocket_explain::{Action, Explainer, Options};
///
/// let mut explainer = Explainer::new(&Options::frames());
/// // A client must mask.
/// let frame = explainer.explain(Role::Client, &mut &b"\x81\x00"[..]).unwrap();
/// let violation = &frame.violations[0];
/// assert_eq!((violation.at, violation.clause), (1, "6455-5.1-2"));
/// assert_eq!(violation.action, Action::Close(CloseCode::PROTOCOL_ERROR));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The offset of the byte at which the engine's receiver tells.
    pub at: u64,
    /// The rule: an id of `docs/clauses.md`.
    pub clause: &'static str,
    /// What is wrong.
    pub text: String,
    /// What a receiver must do.
    pub action: Action,
}
