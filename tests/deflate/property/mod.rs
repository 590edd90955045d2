//! Properties that hold for whatever is agreed on and sent.

mod corrupt;
mod final_blocks;
mod pair;
mod strategy;
mod zlib;
