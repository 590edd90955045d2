//! Nothing of the library: what the others have besides it.

#![no_std]
#![no_main]

mod machine;

extern crate alloc;

fn run() -> Option<alloc::vec::Vec<u8>> {
    Some(alloc::vec::Vec::new())
}
