//! Sessions that are driven as adapters drive them, over simulated bytes and time.

mod driver;
mod link;
mod recorded;

mod ending;
#[cfg(feature = "std")]
mod faults;
