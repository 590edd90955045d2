//! Properties that hold for all agreements and messages.

mod corrupt;
mod final_blocks;
mod pair;
mod strategy;
mod zlib;
