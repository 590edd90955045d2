//! Properties that hold for whatever is agreed on and sent.

mod corrupt;
mod pair;
mod strategy;
mod zlib;
