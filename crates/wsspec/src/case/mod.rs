//! What a case is made of.

mod builder;
mod demand;
mod expected;
mod explanation;
mod frame;
mod head;
mod level;
mod opening;
mod outcome;
mod payload;
mod sample;
mod step;

pub use builder::Case;
pub use demand::Demand;
pub(crate) use expected::is_valid_code;
pub use expected::{Codes, Expected, Kind};
pub use frame::{Frame, binary, close, continuation, frame, ping, pong, text};
pub use head::Head;
pub use level::Level;
pub use opening::Opening;
pub use outcome::Outcome;
pub use payload::Payload;
pub use sample::Sample;
pub use step::{Part, Step, raw};
