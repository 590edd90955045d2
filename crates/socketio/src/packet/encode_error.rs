use alloc::string::String;

/// The caller tried to send what the protocol has no form for. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The name of the event is reserved.
    #[error("the event name {0:?} is reserved: choose another one")]
    ReservedEvent(String),
    /// The data of a CONNECT or CONNECT_ERROR packet has binary, which only events and
    /// acknowledgements may carry.
    #[error("{0} packets cannot carry binary: send it in an event")]
    Binary(&'static str),
    /// A packet with binary also has an object with a member `_placeholder` that is `true`. The peer
    /// would put an attachment in its place.
    #[error("an object with `\"_placeholder\": true` cannot be sent together with binary")]
    Placeholder,
}
