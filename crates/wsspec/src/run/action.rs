use std::time::Duration;

/// What to do next for a [`Run`](super::Run).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Write these bytes, and flush.
    Send(Vec<u8>),
    /// End what is sent, as TCP's FIN does.
    End,
    /// Wait for bytes, or until this time.
    Wait(Duration),
    /// Close the transport, and ask for the [`Judgement`](super::Run::judgement).
    Finished,
}
