//! The interpreter of cases: bytes and time in, bytes and a judgement out.

mod action;
mod compression;
mod demands;
mod distances;
mod encoder;
mod interpreter;
mod judgement;
mod matching;
mod negotiation;
mod opening;
mod outgoing;
mod phase;
mod reader;
mod script;
mod seen;
mod settings;
mod transcript;

pub use action::Action;
pub use interpreter::Run;
pub use judgement::{Judgement, Verdict};
pub use seen::{Event, SeenFrame, SeenHead};
pub use settings::{Cut, Settings};
pub use transcript::{Entry, Transcript};
